"""When a stamp may stand in for reading a file."""

import os
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iamctl.files import Stamp
from iamctl.store.index import stamps
from iamctl.store.index.stamps import FRESH, local_device, minted_time, relied_on

SECOND = 1_000_000_000
AT = 1_800_000_000 * SECOND
MACHINE = """\
27 1 254:0 / / rw,relatime - ext4 /dev/vda rw,discard
22 27 0:21 / /proc rw,relatime - proc proc rw
31 27 0:40 / /net\\040work rw shared:7 master:2 - nfs4 server:/a - b rw
32 27 0:41 / /home rw,relatime shared:9 - btrfs /dev/vdb rw,subvol=/home
33 27 0:42 / /mac rw - fuse.sshfs x rw
34 33 0:43 / /mac/in rw unbindable - overlay overlay rw,lowerdir=/l - o,upperdir=/u
35 27 0:44 / /vm rw - 9p share rw
36 27 0:45 / /usb rw - vfat /dev/sdb rw
"""


def stamp(modified: int, changed: int) -> Stamp:
    return Stamp((100, modified, changed, 7, 8))


@pytest.mark.parametrize(
    ("modified", "changed", "relied"),
    [
        (AT - FRESH - 1, AT - FRESH - 1, True),
        (AT - FRESH, AT - FRESH - 1, False),
        (AT - FRESH - 1, AT - FRESH, False),
        (AT - 10 * FRESH, AT - 1, False),
        (AT, AT, False),
        (AT - 10 * FRESH, AT + 1, False),
        (AT + 1000 * SECOND, AT - 10 * FRESH, False),
        (0, AT - FRESH - 1, True),
        (-5 * SECOND, AT - 4 * SECOND, True),
    ],
)
def test_a_fresh_or_future_stamp_is_not_relied_on(modified, changed, relied):
    assert relied_on(stamp(modified, changed), AT, False) is relied


times = st.integers(AT - 5 * FRESH, AT + 5 * FRESH)


@given(times, times, times)
def test_what_is_relied_on_stays_so_when_verified_later(modified, changed, verified):
    if relied_on(stamp(modified, changed), verified, False):
        assert relied_on(stamp(modified, changed), verified + 1, False)
        assert max(modified, changed) < verified - FRESH


@given(times, times, times)
def test_a_minted_stamp_with_two_equal_times_is_as_any_other(modified, changed, verified):
    plain = relied_on(stamp(modified, changed), verified, False)
    assert relied_on(stamp(modified, changed), verified, True) is (plain or modified != changed)


def minted(path: Path) -> Stamp:
    """As a file is put in place by us: its time is chosen before it has its name."""
    new = path.with_name("new")
    new.write_bytes(b"ours")
    chosen = minted_time(time.time_ns())
    os.utime(new, ns=(chosen, chosen))
    os.rename(new, path)
    found = Stamp.of(os.stat(path))
    assert found[1] == chosen
    assert relied_on(found, time.time_ns(), True)
    return found


def test_no_write_leaves_a_minted_stamp_as_it_was(tmp_path):
    """Of equal length and at once: on most kernels in the same tick of the clock."""
    if not local_device(str(tmp_path)):
        pytest.skip("the clock of this file system is another's")
    path = tmp_path / "directory.yaml"
    for _ in range(200):
        before = minted(path)
        descriptor = os.open(path, os.O_WRONLY)
        os.pwrite(descriptor, b"evil", 0)
        os.close(descriptor)
        assert Stamp.of(os.stat(path)) != before


def test_a_minted_time_is_past_and_by_less_than_a_person_notices():
    now = time.time_ns()
    assert now - SECOND // 10 < minted_time(now) < now - SECOND // 100


@pytest.mark.parametrize(
    ("mount", "kind", "local"),
    [
        (27, "ext4", True),
        (31, "nfs4", False),
        (32, "btrfs", True),
        (33, "fuse.sshfs", False),
        (34, "overlay", True),
        (35, "9p", False),
        (36, "vfat", False),
    ],
)
def test_the_table_of_mounts_says_what_is_local(mount, kind, local, monkeypatch, tmp_path):
    tables = {"/proc/self/mountinfo": MACHINE.split("\n")}
    monkeypatch.setattr(
        stamps, "_lines", lambda path: tables.get(path, ["pos:\t0", f"mnt_id:\t{mount}"])
    )
    assert stamps._kind_of(mount, MACHINE.split("\n")) == kind
    assert local_device(str(tmp_path)) is local


@pytest.mark.parametrize(
    "facts", [[], ["pos:\t0"], ["mnt_id:\t99"], ["mnt_id:\tx"], ["mnt_id:\t2"]]
)
def test_any_doubt_about_the_mount_is_no(facts, monkeypatch, tmp_path):
    tables = {"/proc/self/mountinfo": [*MACHINE.split("\n"), "2", "2 27 - "]}
    monkeypatch.setattr(stamps, "_lines", lambda path: tables.get(path, facts))
    assert not local_device(str(tmp_path))


def test_what_is_not_there_or_not_on_a_disk_is_not_local(tmp_path):
    assert not local_device(str(tmp_path / "none"))
    assert not local_device("/proc/self/status")
    assert not local_device("/dev/null")
    assert not local_device("/sys")


@pytest.mark.skipif(not os.path.exists("/proc/self/mountinfo"), reason="Linux tells its mounts")
def test_the_file_system_of_this_machine_is_found(tmp_path):
    path = tmp_path / "directory.yaml"
    path.write_bytes(b"")
    named = os.popen(f"stat -f -c %T {tmp_path}").read().strip()
    known = {"ext2/ext3", "xfs", "btrfs", "tmpfs", "overlayfs", "f2fs", "zfs"}
    assert local_device(str(path)) is (named in known)
    os.chmod(path, 0)
    assert local_device(str(path)) is (named in known)
