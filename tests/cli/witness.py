"""What anybody can see of a command while it runs: command lines, environments, files, limits."""

import threading
from base64 import b32encode, b64encode, urlsafe_b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from iamctl.cli.child import MARKER

_OWN = f"{MARKER}=".encode()


class Sight(NamedTuple):
    """Something that was seen, and where: a file of /proc, or one of the machine's."""

    where: str
    content: bytes


class Witness:
    """Looks on for as long as its body runs; then `sights` holds all that differed.

    The environment of a command that has a session, which its marker tells, is left out: that is
    what the session is for. `given` is what each process was started with on purpose.
    """

    def __init__(self, place: Path, given: set[bytes]) -> None:
        self._place = place
        self._given = given
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look_on, daemon=True)
        self.sights: set[Sight] = set()

    def __enter__(self) -> "Witness":
        self._look()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()
        self._look()

    def leaks(self, secret: bytes) -> Iterator[str]:
        """Where the secret was seen, in whatever form."""
        forms = forms_of(secret)
        for sight in self.sights:
            if any(form in sight.content for form in forms):
                yield sight.where

    def _look_on(self) -> None:
        while not self._over.is_set():
            self._look()

    def _look(self) -> None:
        for name in ("cmdline", "environ"):
            for path in Path("/proc").glob(f"[0-9]*/{name}"):
                self._see(path, name)
        for path in self._place.rglob("*"):
            if path.is_file() and not path.is_symlink():
                self._see(path, self._named(path))

    def _named(self, path: Path) -> str:
        """Where it lies on the machine; with its mode if others may read it."""
        name = str(path.relative_to(self._place))
        try:
            mode = path.stat().st_mode & 0o777
        except OSError:
            return name
        return f"{name} {mode:o}" if mode & 0o077 else name

    def _see(self, path: Path, name: str) -> None:
        try:
            content = path.read_bytes()
        except OSError:  # it is gone by now
            return
        if name == "environ":
            words = content.split(b"\0")
            if any(word.startswith(_OWN) for word in words):
                return
            content = b"\0".join(word for word in words if word not in self._given)
        self.sights.add(Sight(name, content))


def forms_of(secret: bytes) -> set[bytes]:
    """The forms that a secret may be found in: itself, hexadecimal, base32, and within base64."""
    hexadecimal = secret.hex().encode()
    found = {secret, hexadecimal, hexadecimal.upper(), b32encode(secret).rstrip(b"=")}
    for offset in range(3):
        # Of a longer text's base64, the characters that depend on the secret alone.
        begin, end = (offset * 8 + 5) // 6, (offset + len(secret)) * 8 // 6
        for encode in (b64encode, urlsafe_b64encode):
            found.add(encode(bytes(offset) + secret)[begin:end])
    return found
