"""The writer of files: whole files only, one writer at a time, clear refusals."""

import errno
import fcntl
import os
import resource
import signal
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from iamctl import files
from iamctl.domain.errors import (
    AlreadyExists,
    Busy,
    ConcurrentChange,
    IamctlError,
    NotFound,
    StorageFailure,
)
from iamctl.files import writing

SCALE = int(os.environ.get("IAMCTL_TEST_SCALE", "1"))
AS_ROOT = os.geteuid() == 0
UNPRIVILEGED = 65534


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def in_child(action: Callable[[], object], user: int | None = None) -> int:
    """Runs the action in a forked child; 0 when it returned, 100 for IamctlError, -n a signal."""
    child = os.fork()
    if child == 0:
        status = 99
        try:
            if user is not None:
                os.setgroups([])
                os.setgid(user)
                os.setuid(user)
            action()
            status = 0
        except IamctlError as error:
            os.write(2, f"{type(error).__name__}: {error.message}\n".encode())
            status = 100
        finally:
            os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def killed_at_line(number: int, action: Callable[[], object]) -> Callable[[], None]:
    """The action, killed by SIGKILL before the numbered line of iamctl/files that it runs."""
    room = os.path.dirname(files.__file__)

    def run() -> None:
        left = number

        def each_line(frame: object, event: str, _argument: object) -> object:
            nonlocal left
            if event == "line":
                left -= 1
                if left == 0:
                    os.kill(os.getpid(), signal.SIGKILL)
            return each_line

        def each_call(frame: object, _event: str, _argument: object) -> object:
            code = frame.f_code  # type: ignore[attr-defined]
            return each_line if os.path.dirname(code.co_filename) == room else None

        sys.settrace(each_call)  # type: ignore[arg-type]
        action()

    return run


@pytest.fixture
def tiny_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 64 kB that really fills up."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k,mode=700", "iamctl-test", str(folder)],
        capture_output=True,
        check=False,
    )
    if mounted.returncode != 0:
        pytest.skip("mounting a tmpfs needs root")
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)


class TestReading:
    def test_the_bytes_come_back_with_their_stamp(self, tmp_path: Path) -> None:
        path = tmp_path / "f"
        path.write_bytes(b"\x00\xffabc")
        status = path.stat()
        data, stamp = files.read_stamped(str(path))
        assert data == b"\x00\xffabc"
        assert files.read_bytes(str(path)) == data
        assert files.read_regular(str(path)) == data
        times = (status.st_mtime_ns, status.st_ctime_ns)
        assert stamp == (5, *times, status.st_ino, status.st_dev)
        assert stamp.size == 5
        assert files.stamp_of(str(path)) == stamp

    def test_missing_is_not_found(self, tmp_path: Path) -> None:
        with pytest.raises(NotFound, match="does not exist"):
            files.read_bytes(str(tmp_path / "none"))
        assert files.stamp_of(str(tmp_path / "none")) is None
        (tmp_path / "f").touch()
        assert files.stamp_of(str(tmp_path / "f" / "below")) is None
        with pytest.raises(StorageFailure, match="is no folder"):
            files.read_bytes(str(tmp_path / "f" / "below"))

    def test_a_folder_a_pipe_and_a_device_are_refused(self, tmp_path: Path) -> None:
        os.mkfifo(tmp_path / "pipe")
        for path in (tmp_path, tmp_path / "pipe", Path("/dev/zero")):
            with pytest.raises(StorageFailure, match=r"it is (a folder|not a regular file)"):
                files.read_bytes(str(path))

    def test_a_named_pipe_is_read_when_any_file_will_do(self, tmp_path: Path) -> None:
        path = str(tmp_path / "pipe")
        os.mkfifo(path)
        with subprocess.Popen(["sh", "-c", 'printf hello > "$1"', "sh", path]):
            assert files.read_bytes(path, allow_any=True) == b"hello"

    def test_the_limit_holds_for_files_and_endless_devices(self, tmp_path: Path) -> None:
        path = tmp_path / "f"
        path.write_bytes(b"x" * 100)
        assert len(files.read_bytes(str(path), 100)) == 100
        with pytest.raises(StorageFailure, match="longer than 99 bytes"):
            files.read_bytes(str(path), 99)
        with pytest.raises(StorageFailure, match="longer than 1000 bytes"):
            files.read_bytes("/dev/zero", 1000, allow_any=True)

    def test_only_an_explicit_file_may_be_a_link(self, tmp_path: Path) -> None:
        (tmp_path / "f").write_bytes(b"x")
        (tmp_path / "link").symlink_to("f")
        assert files.read_bytes(str(tmp_path / "link")) == b"x"
        for read in (files.read_regular, lambda path: files.read_stamped(path, own=True)):
            with pytest.raises(StorageFailure, match="symbolic link"):
                read(str(tmp_path / "link"))

    @pytest.mark.skipif(not AS_ROOT, reason="giving files away needs root")
    def test_a_file_of_another_user_is_not_one_of_our_own(self, tmp_path: Path) -> None:
        path = tmp_path / "f"
        path.write_bytes(b"x")
        os.chown(path, UNPRIVILEGED, UNPRIVILEGED)
        assert files.read_bytes(str(path)) == b"x"
        with pytest.raises(StorageFailure, match="belongs to another user"):
            files.read_regular(str(path))

    def test_an_unreadable_file_says_so(self, tmp_path: Path) -> None:
        path = tmp_path / "f"
        path.write_bytes(b"x")
        path.chmod(0)
        if not AS_ROOT:
            with pytest.raises(StorageFailure, match="permission denied"):
                files.read_bytes(str(path))
            return
        os.chmod(tmp_path, 0o755)
        descriptor = os.open(tmp_path, os.O_RDONLY)

        def read() -> None:
            os.fchdir(descriptor)
            files.read_bytes("f")

        assert in_child(read, user=UNPRIVILEGED) == 100

    def test_a_file_that_never_holds_still_is_refused(self, tmp_path: Path) -> None:
        path = tmp_path / "f"
        path.write_bytes(b"x")

        def grow(frame: object, _event: str, _argument: object) -> None:
            if frame.f_code.co_name == "_read_all":  # type: ignore[attr-defined]
                path.write_bytes(path.read_bytes() + b"x")

        sys.settrace(grow)
        try:
            with pytest.raises(ConcurrentChange, match="keeps changing"):
                files.read_stamped(str(path))
        finally:
            sys.settrace(None)


class TestReadingInside:
    @pytest.mark.parametrize("path", ["../x.yaml", "/etc/passwd", "a/../x", "..", ".", "", "a//b"])
    def test_nothing_outside_the_folder_is_ever_opened(self, tmp_path: Path, path: str) -> None:
        (tmp_path / "x.yaml").write_bytes(b"x")
        (tmp_path / "inner" / "a").mkdir(parents=True)
        with pytest.raises(OSError, match="Invalid argument"):
            files.read_inside(str(tmp_path / "inner"), path)

    def test_no_descriptor_is_left_open(self, tmp_path: Path) -> None:
        (tmp_path / "a" / "b").mkdir(parents=True)
        (tmp_path / "a" / "b" / "x.yaml").write_bytes(b"inside")
        before = len(os.listdir("/dev/fd"))
        assert files.read_inside(str(tmp_path), "a/b/x.yaml") == b"inside"
        for path in ("a/b/gone", "a/x.yaml/y", "a/b"):
            with pytest.raises(OSError):
                files.read_inside(str(tmp_path), path)
        with pytest.raises(StorageFailure, match="longer than 5 bytes"):
            files.read_inside(str(tmp_path), "a/b/x.yaml", limit=5)
        assert len(os.listdir("/dev/fd")) == before


class TestReplacing:
    def test_mode_survives_and_nothing_is_left_over(self, tmp_path: Path) -> None:
        path = tmp_path / "f"
        path.write_bytes(b"old")
        path.chmod(0o640)
        stamp = files.replace_durably(str(path), b"new bytes")
        assert path.read_bytes() == b"new bytes"
        assert mode_of(path) == 0o640
        assert stamp == files.stamp_of(str(path))
        assert os.listdir(tmp_path) == ["f"]

    def test_parts_are_written_one_after_another(self, tmp_path: Path) -> None:
        path = tmp_path / "f"
        parts = [b"one", memoryview(b"--two--")[2:5], b"", memoryview(b"")]
        stamp = files.replace_durably(str(path), parts)
        assert path.read_bytes() == b"onetwo"
        assert stamp.size == 6

    def test_a_given_modification_time_is_the_new_files(self, tmp_path: Path) -> None:
        path = tmp_path / "file"
        path.write_bytes(b"old")
        stamp = files.replace_durably(str(path), b"new", modified=1_700_000_000_123_456_789)
        assert path.stat().st_mtime_ns == stamp[1] == 1_700_000_000_123_456_789

    def test_a_given_mode_wins_and_a_new_file_obeys_the_umask(self, tmp_path: Path) -> None:
        before = os.umask(0o027)
        try:
            files.replace_durably(str(tmp_path / "plain"), b"")
            files.replace_durably(str(tmp_path / "secret"), b"", mode=0o600)
            files.create_exclusively(str(tmp_path / "made"), b"", 0o666)
        finally:
            os.umask(before)
        assert mode_of(tmp_path / "plain") == 0o640
        assert mode_of(tmp_path / "secret") == 0o600
        assert mode_of(tmp_path / "made") == 0o640
        files.replace_durably(str(tmp_path / "plain"), b"", mode=0o600)
        assert mode_of(tmp_path / "plain") == 0o600

    @pytest.mark.parametrize("stands", [False, True])
    def test_a_private_file_is_private_before_anything_is_in_it(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stands: bool
    ) -> None:
        path, modes, write = tmp_path / "secret", [], os.write
        if stands:
            path.write_bytes(b"old")
            path.chmod(0o644)

        def watched(descriptor: int, data: bytes) -> int:
            modes.append(stat.S_IMODE(os.fstat(descriptor).st_mode))
            return write(descriptor, data)

        monkeypatch.setattr(os, "write", watched)
        before = os.umask(0)
        try:
            files.replace_durably(str(path), b"secret", mode=0o600)
        finally:
            os.umask(before)
        assert modes == [0o600]

    def test_what_stands_in_the_way_of_the_temporary_is_named(self, tmp_path: Path) -> None:
        (tmp_path / ".f.iamctl-new").mkdir()
        with pytest.raises(
            StorageFailure, match=r"cannot remove .*/\.f\.iamctl-new: it is a folder"
        ):
            files.replace_durably(str(tmp_path / "f"), b"new")
        assert os.listdir(tmp_path) == [".f.iamctl-new"]

    @pytest.mark.skipif(not AS_ROOT, reason="giving files away needs root")
    def test_the_owner_survives(self, tmp_path: Path) -> None:
        path = tmp_path / "f"
        path.write_bytes(b"old")
        os.chown(path, UNPRIVILEGED, 12345)
        path.chmod(0o664)
        files.replace_durably(str(path), b"new")
        status = path.stat()
        assert (status.st_uid, status.st_gid, mode_of(path)) == (UNPRIVILEGED, 12345, 0o664)

    def test_a_link_is_written_through(self, tmp_path: Path) -> None:
        (tmp_path / "real").mkdir()
        (tmp_path / "real" / "f").write_bytes(b"old")
        (tmp_path / "link").symlink_to("real/f")
        files.replace_durably(str(tmp_path / "link"), b"new")
        assert (tmp_path / "link").is_symlink()
        assert (tmp_path / "real" / "f").read_bytes() == b"new"
        assert files.real_target(str(tmp_path / "link")) == str(tmp_path / "real" / "f")

    def test_a_file_that_changed_since_is_left_alone(self, tmp_path: Path) -> None:
        path = tmp_path / "f"
        path.write_bytes(b"one")
        _, stamp = files.read_stamped(str(path))
        stamp = files.replace_durably(str(path), b"two", expected=stamp)
        path.write_bytes(b"by hand")
        with pytest.raises(ConcurrentChange):
            files.replace_durably(str(path), b"three", expected=stamp)
        path.unlink()
        with pytest.raises(ConcurrentChange):
            files.replace_durably(str(path), b"three", expected=stamp)
        assert os.listdir(tmp_path) == []

    def test_a_change_while_the_temporary_is_written_is_seen(self, tmp_path: Path) -> None:
        path = tmp_path / "f"
        path.write_bytes(b"one")
        _, stamp = files.read_stamped(str(path))

        def edit(frame: object, _event: str, _argument: object) -> None:
            if frame.f_code.co_name == "_write_temporary":  # type: ignore[attr-defined]
                path.write_bytes(b"by hand")

        sys.settrace(edit)
        try:
            with pytest.raises(ConcurrentChange):
                files.replace_durably(str(path), b"two", expected=stamp)
        finally:
            sys.settrace(None)
        assert path.read_bytes() == b"by hand"
        assert os.listdir(tmp_path) == ["f"]

    def test_what_stands_where_the_temporary_goes_is_never_followed(self, tmp_path: Path) -> None:
        (tmp_path / "victim").write_bytes(b"precious")
        (tmp_path / ".f.iamctl-new").symlink_to("victim")
        files.replace_durably(str(tmp_path / "f"), b"new")
        assert (tmp_path / "victim").read_bytes() == b"precious"
        assert sorted(os.listdir(tmp_path)) == ["f", "victim"]

    def test_folders_pipes_and_missing_folders_are_refused(self, tmp_path: Path) -> None:
        (tmp_path / "folder").mkdir()
        os.mkfifo(tmp_path / "pipe")
        for name in ("folder", "pipe"):
            with pytest.raises(StorageFailure):
                files.replace_durably(str(tmp_path / name), b"x")
        with pytest.raises(NotFound):
            files.replace_durably(str(tmp_path / "none" / "f"), b"x")
        assert sorted(os.listdir(tmp_path)) == ["folder", "pipe"]

    def test_a_read_only_file_and_folder_are_respected(self, tmp_path: Path) -> None:
        folder = tmp_path / "folder"
        folder.mkdir()
        (folder / "f").write_bytes(b"old")
        (folder / "f").chmod(0o444)
        descriptor = os.open(folder, os.O_RDONLY)
        user = UNPRIVILEGED if AS_ROOT else None
        if AS_ROOT:
            os.chown(folder, UNPRIVILEGED, UNPRIVILEGED)
            os.chown(folder / "f", UNPRIVILEGED, UNPRIVILEGED)

        def write() -> None:
            os.fchdir(descriptor)
            files.replace_durably("f", b"new")

        # The folder may lie below one that the child cannot enter; give it a way in.
        opened = [parent for parent in folder.parents if AS_ROOT and not mode_of(parent) & 1]
        modes = [mode_of(parent) for parent in opened]
        for parent in opened:
            parent.chmod(mode_of(parent) | 0o011)
        try:
            assert in_child(write, user) == 100
            (folder / "f").chmod(0o644)
            folder.chmod(0o555)
            assert in_child(write, user) == 100
            assert (folder / "f").read_bytes() == b"old"
            folder.chmod(0o755)
            assert in_child(write, user) == 0
            assert (folder / "f").read_bytes() == b"new"
        finally:
            for parent, mode in zip(opened, modes, strict=True):
                parent.chmod(mode)

    def test_a_full_disk_leaves_the_old_file_and_no_temporary(self, tiny_disk: Path) -> None:
        path = tiny_disk / "f"
        path.write_bytes(b"old")
        with pytest.raises(StorageFailure, match="the disk is full"):
            files.replace_durably(str(path), b"x" * 200_000)
        with pytest.raises(StorageFailure, match="the disk is full"):
            files.create_exclusively(str(tiny_disk / "g"), b"x" * 200_000)
        assert path.read_bytes() == b"old"
        assert os.listdir(tiny_disk) == ["f"]
        files.replace_durably(str(path), b"new")
        assert path.read_bytes() == b"new"

    def test_a_file_size_limit_leaves_the_old_file_and_no_temporary(self, tmp_path: Path) -> None:
        path = tmp_path / "f"
        path.write_bytes(b"old")

        def write() -> None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
            files.replace_durably(str(path), b"x" * 5000)

        assert in_child(write) == 100
        assert path.read_bytes() == b"old"
        assert os.listdir(tmp_path) == ["f"]

    def test_an_interruption_removes_the_temporary(self, tmp_path: Path) -> None:
        path = tmp_path / "f"
        path.write_bytes(b"old")

        def interrupt(frame: object, _event: str, _argument: object) -> None:
            if frame.f_code.co_name == "_sync":  # type: ignore[attr-defined]
                raise KeyboardInterrupt

        sys.settrace(interrupt)
        try:
            with pytest.raises(KeyboardInterrupt):
                files.replace_durably(str(path), b"new")
        finally:
            sys.settrace(None)
        assert path.read_bytes() == b"old"
        assert os.listdir(tmp_path) == ["f"]

    def test_killed_at_every_line_the_file_is_whole_and_the_next_writer_cleans_up(
        self, tmp_path: Path
    ) -> None:
        path, old, new = tmp_path / "f", b"old" * 2000, b"new" * 3000
        seen: set[bytes] = set()
        litter = 0
        for number in range(1, 1000):
            path.write_bytes(old)

            def write() -> None:
                files.replace_durably(str(path), new)

            status = in_child(killed_at_line(number, write))
            seen.add(path.read_bytes())
            litter += len(os.listdir(tmp_path)) - 1
            files.replace_durably(str(path), b"next")
            assert os.listdir(tmp_path) == ["f"]
            if status == 0:
                break
            assert status == -signal.SIGKILL
        else:
            pytest.fail("the child never came to its end")
        assert seen == {old, new}
        assert litter > 0

    def test_killed_at_every_line_a_creation_is_whole_or_absent(self, tmp_path: Path) -> None:
        path = tmp_path / "f"
        seen: set[bytes | None] = set()
        for number in range(1, 1000):

            def create() -> None:
                files.create_exclusively(str(path), b"whole" * 1000)

            status = in_child(killed_at_line(number, create))
            seen.add(path.read_bytes() if path.exists() else None)
            path.unlink(missing_ok=True)
            if status == 0:
                break
        assert seen == {None, b"whole" * 1000}
        files.create_exclusively(str(path), b"next")
        assert os.listdir(tmp_path) == ["f"]


class TestCreatingAndRemoving:
    def test_nothing_is_ever_overwritten(self, tmp_path: Path) -> None:
        (tmp_path / "f").write_bytes(b"old")
        (tmp_path / "dangling").symlink_to("nowhere")
        (tmp_path / "folder").mkdir()
        for name in ("f", "dangling", "folder"):
            with pytest.raises(AlreadyExists):
                files.create_exclusively(str(tmp_path / name), b"new")
        assert (tmp_path / "f").read_bytes() == b"old"
        assert sorted(os.listdir(tmp_path)) == ["dangling", "f", "folder"]

    def test_without_hard_links_it_still_never_overwrites(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def no_links(*_arguments: object, **_options: object) -> None:
            raise PermissionError(1, "Operation not permitted")

        monkeypatch.setattr(os, "link", no_links)
        files.create_exclusively(str(tmp_path / "f"), b"first", 0o600)
        with pytest.raises(AlreadyExists):
            files.create_exclusively(str(tmp_path / "f"), b"second")
        assert (tmp_path / "f").read_bytes() == b"first"
        assert mode_of(tmp_path / "f") == 0o600
        assert os.listdir(tmp_path) == ["f"]

    def test_one_of_twenty_creators_wins(self, tmp_path: Path) -> None:
        path = str(tmp_path / "f")

        def create() -> None:
            with files.folder_lock(str(tmp_path)):
                files.create_exclusively(path, str(os.getpid()).encode() * 100)

        children = []
        for _ in range(20):
            child = os.fork()
            if child == 0:
                try:
                    create()
                    os._exit(0)
                except AlreadyExists:
                    os._exit(1)
                finally:
                    os._exit(99)
            children.append(child)
        codes = sorted(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children)
        assert codes == [0] + [1] * 19

    def test_removing(self, tmp_path: Path) -> None:
        (tmp_path / "f").touch()
        assert files.remove_file(str(tmp_path / "f")) is True
        assert files.remove_file(str(tmp_path / "f")) is False
        (tmp_path / "folder").mkdir()
        with pytest.raises(StorageFailure):
            files.remove_file(str(tmp_path / "folder"))


class TestPrivateFolders:
    def test_it_is_made_with_its_parents_for_us_alone(self, tmp_path: Path) -> None:
        before = os.umask(0)
        try:
            files.private_folder(str(tmp_path / "a" / "b"))
        finally:
            os.umask(before)
        assert mode_of(tmp_path / "a") == mode_of(tmp_path / "a" / "b") == 0o700
        files.private_folder(str(tmp_path / "a" / "b"))

    def test_what_others_can_write_in_is_refused(self, tmp_path: Path) -> None:
        for mode in (0o720, 0o702, 0o777):
            tmp_path.chmod(mode)
            with pytest.raises(StorageFailure, match="can be written by other users") as refused:
                files.private_folder(str(tmp_path))
            assert refused.value.hint == f"chmod go-w {tmp_path}"
        tmp_path.chmod(0o755)
        files.private_folder(str(tmp_path))

    @pytest.mark.skipif(not AS_ROOT, reason="giving folders away needs root")
    def test_a_foreign_one_is_refused(self, tmp_path: Path) -> None:
        os.chown(tmp_path, UNPRIVILEGED, UNPRIVILEGED)
        with pytest.raises(StorageFailure, match="belongs to another user"):
            files.private_folder(str(tmp_path))

    def test_a_file_in_its_place_is_refused(self, tmp_path: Path) -> None:
        (tmp_path / "f").touch()
        with pytest.raises(StorageFailure, match="is not a folder"):
            files.private_folder(str(tmp_path / "f"))
        with pytest.raises(StorageFailure, match="is no folder"):
            files.private_folder(str(tmp_path / "f" / "below"))

    def test_a_missing_one_is_not_made_unasked(self, tmp_path: Path) -> None:
        with pytest.raises(NotFound):
            files.private_folder(str(tmp_path / "a"), create=False)
        assert os.listdir(tmp_path) == []


class TestLocking:
    def test_a_second_process_waits_no_longer_than_told(self, tmp_path: Path) -> None:
        def take() -> None:
            with files.folder_lock(str(tmp_path), 0):
                pass

        with files.folder_lock(str(tmp_path)):
            with pytest.raises(Busy, match="for 0 seconds"):
                take()
            with (
                pytest.raises(Busy, match=r"for 0\.02 seconds"),
                files.folder_lock(str(tmp_path), 0.02),
            ):
                pass
            assert in_child(take) == 100
        assert in_child(take) == 0

    def test_it_is_let_go_after_an_error_and_after_death(self, tmp_path: Path) -> None:
        with pytest.raises(ZeroDivisionError), files.folder_lock(str(tmp_path)):
            _ = 1 / 0

        def die() -> None:
            with files.folder_lock(str(tmp_path)):
                os.kill(os.getpid(), signal.SIGKILL)

        assert in_child(die) == -signal.SIGKILL
        with files.folder_lock(str(tmp_path), 0):
            pass

    def test_a_missing_folder_and_a_file_are_refused(self, tmp_path: Path) -> None:
        (tmp_path / "f").touch()
        with pytest.raises(NotFound), files.folder_lock(str(tmp_path / "none")):
            pass
        with pytest.raises(StorageFailure), files.folder_lock(str(tmp_path / "f")):
            pass

    def test_the_lock_is_on_the_folder_of_that_name_now(self, tmp_path: Path) -> None:
        """A waiter whose folder was replaced must not take the old folder's lock."""
        folder = tmp_path / "folder"
        folder.mkdir()
        replaced = False

        def replace(_frame: object, event: str, function: object) -> None:
            nonlocal replaced
            if event == "c_call" and function is fcntl.flock and not replaced:
                replaced = True
                folder.rename(tmp_path / "old")
                folder.mkdir()

        lock = files.folder_lock(str(folder))
        sys.setprofile(replace)
        try:
            lock.__enter__()
        finally:
            sys.setprofile(None)
        with pytest.raises(Busy), files.folder_lock(str(folder), 0):
            pass
        lock.__exit__()
        with files.folder_lock(str(folder), 0):
            pass

    def test_a_child_program_does_not_keep_the_lock(self, tmp_path: Path) -> None:
        with files.folder_lock(str(tmp_path)):
            program = subprocess.Popen(["cat"], stdin=subprocess.PIPE, close_fds=False)
        try:
            with files.folder_lock(str(tmp_path), 0):
                pass
        finally:
            program.communicate()

    def test_twenty_processes_count_without_losing_one(self, tmp_path: Path) -> None:
        path = str(tmp_path / "count")
        times = 10 * SCALE
        files.create_exclusively(path, b"0")

        def count() -> None:
            for _ in range(times):
                with files.folder_lock(str(tmp_path)):
                    data, stamp = files.read_stamped(path)
                    files.replace_durably(path, str(int(data) + 1).encode(), expected=stamp)

        children = []
        for _ in range(20):
            child = os.fork()
            if child == 0:
                try:
                    count()
                    os._exit(0)
                finally:
                    os._exit(99)
            children.append(child)
        codes = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]
        assert codes == [0] * 20
        assert files.read_bytes(path) == str(20 * times).encode()
        assert os.listdir(tmp_path) == ["count"]


def test_importing_it_costs_next_to_nothing() -> None:
    code = "import sys; before = set(sys.modules); import iamctl.files; print(*sys.modules)"
    ran = subprocess.run(
        [sys.executable, "-S", "-P", "-c", f"import sys; sys.path[:0] = {sys.path!r}\n{code}"],
        capture_output=True,
        text=True,
        check=True,
    )
    loaded = set(ran.stdout.split())
    heavy = {"typing", "contextlib", "re", "json", "enum", "tempfile", "pathlib", "subprocess"}
    assert "iamctl.files" in loaded
    assert loaded & heavy == set()


class TestFileLock:
    def test_the_file_is_private_and_stays(self, tmp_path: Path) -> None:
        path = tmp_path / "flight"
        for _ in range(2):
            with files.file_lock(str(path), None):
                assert mode_of(path) == 0o600
        assert path.read_bytes() == b""

    def test_a_second_process_waits_no_longer_than_told(self, tmp_path: Path) -> None:
        path = str(tmp_path / "flight")

        def take() -> None:
            with files.file_lock(path, 0):
                pass

        with files.file_lock(path, None):
            assert in_child(take) == 100
            with files.folder_lock(str(tmp_path), 0):  # whoever waits here stops no writer
                pass
        assert in_child(take) == 0

    def test_what_bears_the_name_but_is_no_file_of_ours_is_refused(self, tmp_path: Path) -> None:
        (tmp_path / "elsewhere").touch()
        (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
        for path in (tmp_path, tmp_path / "link"):
            with pytest.raises(StorageFailure), files.file_lock(str(path), None):
                pass
        with pytest.raises(NotFound), files.file_lock(str(tmp_path / "none" / "flight"), None):
            pass

    def test_a_killed_holder_lets_those_go_on_who_wait(self, tmp_path: Path) -> None:
        path = str(tmp_path / "flight")
        reading, writing = os.pipe()

        def hold() -> None:
            with files.file_lock(path, None):
                os.write(writing, b"x")
                signal.pause()

        def wait_then_take() -> None:
            with files.file_lock(path, None):
                os.write(writing, b"y")

        actions = (hold, *[wait_then_take] * 5)
        children = []
        for action in actions:
            child = os.fork()
            if child == 0:
                try:
                    action()
                    os._exit(0)
                finally:
                    os._exit(99)
            children.append(child)
            if action is hold:
                assert os.read(reading, 1) == b"x"
        os.kill(children[0], signal.SIGKILL)
        codes = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]
        assert codes == [-signal.SIGKILL, 0, 0, 0, 0, 0]
        os.close(writing)
        with os.fdopen(reading, "rb") as pipe:
            assert pipe.read() == b"y" * 5

    def test_ctrl_c_ends_the_wait(self, tmp_path: Path) -> None:
        path = str(tmp_path / "flight")
        code = (
            "import sys\n"
            "sys.path[:0] = {paths!r}\n"
            "from iamctl import files\n"
            "try:\n"
            "    print('waiting', flush=True)\n"
            "    with files.file_lock({path!r}, None):\n"
            "        pass\n"
            "except KeyboardInterrupt:\n"
            "    print('interrupted')\n"
        )
        with files.file_lock(path, None):
            waiter = subprocess.Popen(
                [sys.executable, "-S", "-P", "-c", code.format(paths=sys.path, path=path)],
                stdout=subprocess.PIPE,
                text=True,
            )
            assert waiter.stdout is not None
            assert waiter.stdout.readline() == "waiting\n"
            waiter.send_signal(signal.SIGINT)
            assert waiter.communicate(timeout=60)[0] == "interrupted\n"


class TestPrivate:
    @pytest.mark.parametrize("kind", ["nothing", "file", "link", "dangling"])
    def test_what_bears_the_name_is_replaced_and_never_written_through(
        self, tmp_path: Path, kind: str
    ) -> None:
        path, theirs = tmp_path / "secret", tmp_path / "theirs"
        theirs.write_bytes(b"theirs")
        if kind == "file":
            path.write_bytes(b"old")
            path.chmod(0o666)
        elif kind != "nothing":
            path.symlink_to(theirs if kind == "link" else tmp_path / "nowhere")
        files.replace_private(str(path), b"new")
        assert not path.is_symlink()
        assert path.read_bytes() == b"new"
        assert mode_of(path) == 0o600
        assert theirs.read_bytes() == b"theirs"
        assert sorted(os.listdir(tmp_path)) == ["secret", "theirs"]

    def test_nobody_else_can_open_it_at_any_instant(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        seen: list[int] = []
        write, rename = os.write, os.rename

        def looked_at(act: Callable[..., object]) -> Callable[..., object]:
            def looking(*arguments: object) -> object:
                seen.extend(p.lstat().st_mode & 0o777 for p in tmp_path.iterdir())
                return act(*arguments)

            return looking

        monkeypatch.setattr(os, "write", looked_at(write))
        monkeypatch.setattr(os, "rename", looked_at(rename))
        old = os.umask(0)
        try:
            files.replace_private(str(tmp_path / "secret"), b"x")
        finally:
            os.umask(old)
        assert len(seen) == 2
        assert set(seen) == {0o600}

    def test_a_full_disk_leaves_what_was_there(self, tmp_path: Path) -> None:
        path = tmp_path / "f"
        path.write_bytes(b"old")

        def write() -> None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
            files.replace_private(str(path), b"x" * 5000)

        assert in_child(write) == 100
        assert path.read_bytes() == b"old"
        assert os.listdir(tmp_path) == ["f"]


class TestAppending:
    @pytest.mark.parametrize(("old", "new"), [
        (b"", b"A=1\n"), (b"Z=0\n", b"Z=0\nA=1\n"), (b"Z=0", b"Z=0\nA=1\n"), (b"\n", b"\nA=1\n"),
    ])  # fmt: skip
    def test_lines_follow_whole_lines(self, tmp_path: Path, old: bytes, new: bytes) -> None:
        path = tmp_path / "f"
        path.write_bytes(old)
        path.chmod(0o640)
        files.append_lines(str(path), b"A=1\n")
        assert path.read_bytes() == new
        assert mode_of(path) == 0o640

    def test_all_lines_or_none(self, tmp_path: Path) -> None:
        path = tmp_path / "f"
        path.write_bytes(b"old")

        def write() -> None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            files.append_lines(str(path), b"x\n" * 2000)

        assert in_child(write) == 100
        assert path.read_bytes() == b"old"

    def test_only_a_regular_file_that_is_there(self, tmp_path: Path) -> None:
        with pytest.raises(NotFound):
            files.append_lines(str(tmp_path / "f"), b"x\n")
        (tmp_path / "f").write_bytes(b"")
        (tmp_path / "link").symlink_to("f")
        os.mkfifo(tmp_path / "pipe")
        for name in ("link", "pipe", "."):
            with pytest.raises(StorageFailure):
                files.append_lines(str(tmp_path / name), b"x\n")
        assert (tmp_path / "f").read_bytes() == b""


# Parts of a file that is held


def replaced_in_the_middle(path: str) -> bytes:
    """What becomes of 3 MB of which a few bytes in the middle give way to others."""
    data = bytes(range(256)) * 12_000
    with open(path, "wb") as out:
        out.write(data)
    held = files.hold(path)
    assert held.read(250, 260) == data[250:260]
    assert held.read(len(data) - 3, len(data) + 9) == data[-3:]
    parts = [held.stretch(0, 1_500_001), b"new", held.stretch(1_500_010, len(data))]
    files.replace_durably(path, parts, expected=held.stamp)
    held.close()
    return data[:1_500_001] + b"new" + data[1_500_010:]


def test_stretches_of_a_file_that_is_held_are_copied(tmp_path):
    path = str(tmp_path / "file")
    wanted = replaced_in_the_middle(path)
    assert (tmp_path / "file").read_bytes() == wanted


@pytest.mark.parametrize("code", [errno.EINVAL, errno.ENOSYS])
def test_stretches_are_copied_where_the_kernel_does_not(tmp_path, monkeypatch, code):
    def refused(*_):
        raise OSError(code, "")

    monkeypatch.setattr(writing, "_SENDS", True)
    monkeypatch.setattr(os, "sendfile", refused)
    path = str(tmp_path / "file")
    wanted = replaced_in_the_middle(path)
    assert (tmp_path / "file").read_bytes() == wanted


def test_a_file_that_is_cut_short_while_it_is_copied_stays_as_it_is(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"0123456789")
    held = files.hold(str(path))
    os.truncate(path, 4)
    with pytest.raises(StorageFailure):
        files.replace_durably(str(path), [held.stretch(0, 8), b"new"])
    held.close()
    assert path.read_bytes() == b"0123"
    assert os.listdir(tmp_path) == ["file"]


def test_a_file_that_changed_while_it_is_copied_stays_as_it_is(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"0123456789")
    held = files.hold(str(path))
    os.utime(path, ns=(1, 1))
    with pytest.raises(ConcurrentChange):
        files.replace_durably(str(path), [held.stretch(0, 8)], expected=held.stamp)
    held.close()
    assert path.read_bytes() == b"0123456789"


@pytest.mark.parametrize("what", ["a folder", "a pipe", "a link", "nothing"])
def test_only_a_regular_file_is_held(tmp_path, what):
    path = tmp_path / "file"
    if what == "a folder":
        path.mkdir()
    elif what == "a pipe":
        os.mkfifo(path)
    elif what == "a link":
        path.symlink_to("/etc/passwd")
    with pytest.raises(NotFound if what == "nothing" else StorageFailure):
        files.hold(str(path), own=True)
