"""When the stamp of a file may stand in for reading it.

A write gives a file the kernel's time, and the kernel's clock ticks in milliseconds (seconds on old
file systems): two writes within a tick leave one stamp. So a stamp proves nothing about a file that
was read while its last change was still fresh; git calls such a file racily clean and reads it
again. What no stamp shows, here as in git: a program that goes on writing through a memory map
whose pages are not yet on the disk, and a disk that is changed below its own file system.
"""

from __future__ import annotations

import os

from iamctl.files import Stamp

FRESH = 2_000_000_000
"""Nanoseconds within which a later change might bear the same times (FAT's tick is the longest)."""

_LOCAL = frozenset(
    {
        "bcachefs", "btrfs", "ext2", "ext3", "ext4", "f2fs", "jfs", "nilfs2", "overlay", "ramfs",
        "reiserfs", "tmpfs", "xfs", "zfs",
    }
)  # fmt: skip
# Of Linux, stamped by its own clock at every change. overlay is the root of a container: what is
# written through it is stamped so too, and the kernel forbids changes below it. Not here: fuse,
# 9p, virtiofs, vboxsf, nfs, cifs (another machine's clock or caches), and FAT, exFAT, NTFS and HFS
# (coarse times that programs can set at will).


def relied_on(stamp: Stamp, verified_at_ns: int, minted: bool) -> bool:
    """Whether a file that bears this stamp still holds what it held at `verified_at_ns`.

    That instant is when the content was last known to be under the stamp, in nanoseconds of the
    system's clock taken before the reading began. The file must be on a device of `local_device`.
    A stamp of which either time is within two seconds before the instant, or after it (clocks are
    set), is not relied on.

    `minted` is for what iamctl wrote itself: true only when the stamp's modification time is, to
    the nanosecond, the one of `minted_time` that the file was given before it got its name. Then
    no wait is needed: a write sets both times of a file to one instant, so that they differ from
    this stamp, whose two times are not equal, whatever the clock says; and a tool that puts times
    back afterwards (cp -p, tar, rsync) can only put back one that it has seen, by a system call
    that moves the change time. Where the file system is too coarse to keep the two times apart, a
    minted stamp is as any other.
    """
    _, modified, changed, _, _ = stamp
    if minted and modified != changed:
        return True
    return max(modified, changed) + FRESH < verified_at_ns


def minted_time(now_ns: int) -> int:
    """A modification time for a file that iamctl is about to put in place, in nanoseconds.

    A hair before now, so that it is no time the kernel's clock gives the file by itself (that may
    lag by one tick, 10 ms at most), and tools that compare ages are not misled.
    """
    return now_ns - 20_000_001


def local_device(path: str) -> bool:
    """Whether a file is on a file system of this machine, stamped by this kernel's clock.

    Read from Linux's table of mounts by the mount that the open file itself names, so that bind
    mounts, stacked mounts and Btrfs's nameless devices are told apart. False anywhere else and on
    any doubt. Meant for when an index is written: it opens the file.
    """
    try:
        descriptor = os.open(path, getattr(os, "O_PATH", os.O_RDONLY) | os.O_CLOEXEC)
        try:
            mount = _mount_of(_lines(f"/proc/self/fdinfo/{descriptor}"))
        finally:
            os.close(descriptor)
        return _kind_of(mount, _lines("/proc/self/mountinfo")) in _LOCAL
    except (OSError, ValueError):
        return False


def _lines(path: str) -> list[str]:
    with open(path, encoding="utf-8", errors="surrogateescape") as table:
        return table.read().split("\n")


def _mount_of(facts: list[str]) -> int:
    """The number of the mount of an open file, from its fdinfo (proc_pid_fdinfo(5))."""
    for line in facts:
        name, _, value = line.partition(":")
        if name == "mnt_id":
            return int(value)
    raise ValueError("no mount is named")


def _kind_of(mount: int, table: list[str]) -> str:
    """The kind of file system of a mount (proc_pid_mountinfo(5)).

    After six fields and any number of optional ones, ` - ` stands before the kind; blanks within
    a field are written as octal escapes.
    """
    for line in table:
        before, separator, after = line.partition(" - ")
        if separator and before.split(" ", 1)[0] == str(mount):
            return after.split(" ", 1)[0]
    raise ValueError("the mount is not in the table")
