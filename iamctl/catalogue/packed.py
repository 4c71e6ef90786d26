"""What the packed files have in common: a head, and one way to say that a file is unusable.

A file begins with its magic line, a line that names the data's source and a line of decimal
sizes; the rest of the head says whose the data is, padded with NULs to a size of its own (so that
git takes the file for what it is, binary).
"""

from typing import BinaryIO

from iamctl.domain.errors import StorageFailure


class PackedFile:
    """One data file that ships with iamctl; `what` names it in errors, in the plural."""

    def __init__(self, path: str, magic: bytes, head_size: int, what: str) -> None:
        self.path = path
        self._magic = magic
        self._head_size = head_size
        self._what = what

    def opened(self) -> BinaryIO:
        """The file, open for reading. Raises StorageFailure."""
        try:
            return open(self.path, "rb")
        except OSError as error:
            raise StorageFailure(
                f"the {self._what} that ship with iamctl cannot be read: {error.strerror}",
                hint=f"install iamctl again: {self.path}",
            ) from error

    def read_head(self, file: BinaryIO, count: int) -> tuple[str, list[int]]:
        """The source and that many sizes; the file then stands after the head."""
        head = file.read(self._head_size)
        if not head.startswith(self._magic):
            raise self.damaged()
        try:
            source, line = head[len(self._magic) :].decode("utf-8").split("\n")[:2]
            sizes = [int(size) for size in line.split(" ")]
        except ValueError:
            raise self.damaged() from None
        if len(sizes) != count:
            raise self.damaged()
        return source, sizes

    def damaged(self) -> StorageFailure:
        """The error that says the file is not what was installed."""
        return StorageFailure(
            f"the {self._what} that ship with iamctl are damaged",
            hint=f"install iamctl again: {self.path}",
        )


def packed_head(magic: bytes, source: str, sizes: list[int], notice: str, size: int) -> bytes:
    """The head of a packed file. Raises ValueError when it is longer than `size` bytes."""
    line = " ".join(map(str, sizes))
    head = magic + f"{source}\n{line}\n{notice}".encode()
    if len(head) > size:
        raise ValueError(f"the head takes {len(head)} bytes, {size} are set aside")
    return head.ljust(size, b"\0")
