"""How the seed of a new MFA device reaches its owner, who has it on a phone from then on."""

import os
import sys
from contextlib import suppress
from typing import NamedTuple, Self, TextIO

from iamctl import files
from iamctl.cli.new_files import require_free, write_new
from iamctl.cli.output import answer_json, colour, say, show_facts
from iamctl.domain.errors import IamctlError, Usage
from iamctl.domain.secret import Secret
from iamctl.rendering import qr

Tags = list[tuple[str, str]]


class Handing(NamedTuple):
    """Files of the QR code, the seed as text, AWS's JSON; without any, the terminal."""

    png: str | None
    svg: str | None
    text: bool
    json: bool

    def check(self, typing: bool) -> None:
        """Raise Usage unless the seed finds a way, AlreadyExists or NotFound for a file that cannot
        be made.

        A person who is to be `typing` codes must see it before the answer is given.
        """
        if self.png is not None and self.png == self.svg:
            raise Usage("--qr-png and --qr-svg name the same file", hint="name another file")
        if not (self.png or self.svg or self.text or _screen() or (self.json and not typing)):
            raise Usage(
                "the seed of a new device must reach a phone, and there is no terminal to show "
                "it on",
                hint="--qr-png FILE, --qr-svg FILE, --show-secret or -o json hands it over",
            )
        for path in self._files():
            require_free(path)

    def show(self, uri: Secret, seed: Secret) -> None:
        """Show a person what an authenticator app needs, before codes are asked for."""
        self.draw(uri, seed)
        self.name_files()
        if self.text:
            say(f"seed: {qr.base32(seed).reveal_text()}")

    def draw(self, uri: Secret, seed: Secret) -> None:
        """Draw the QR code on the terminal, if there is one, unless it is in a file; where it is
        too narrow for that, write the seed as text."""
        screen = _screen()
        if screen is None or self.png or self.svg:
            return
        picture = qr.terminal(uri, colour(screen), screen.encoding)
        if 0 < os.get_terminal_size(screen.fileno()).columns < qr.width(uri, screen.encoding):
            base32 = qr.base32(seed).reveal_text()
            picture = f"This terminal is too narrow for the QR code. The seed as text: {base32}\n"
        screen.write(picture)
        screen.flush()

    def name_files(self) -> None:
        """Say where the QR code is, if it is in files."""
        for path in self._files():
            say(f"the QR code is in {path}; whoever reads it can make the device's codes")

    def answer(self, name: str, serial: str, uri: Secret, seed: Secret, tags: Tags) -> None:
        """What the command answers once the device is there."""
        base32 = qr.base32(seed)
        if self.json:
            return answer_json(_response(serial, base32, qr.png(uri), tags))
        if self.text:
            facts = [("MFA device", name), ("serial number", serial)]
            facts.append(("seed", base32.reveal_text()))
            show_facts(None, facts, dict, dict, name)
        return None

    def _files(self) -> list[str]:
        return [path for path in (self.png, self.svg) if path is not None]


class Pictures:
    """Private files of a QR code, which are gone again when the body fails."""

    def __init__(self, handing: Handing) -> None:
        self._handing = handing
        self._made: list[str] = []

    def write(self, uri: Secret) -> None:
        """Make the files. Raises AlreadyExists, NotFound, StorageFailure."""
        for path, picture in ((self._handing.png, qr.png), (self._handing.svg, qr.svg)):
            if path is not None:
                write_new(path, picture(uri))
                self._made.append(path)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        for path in self._made if error is not None else ():
            with suppress(IamctlError):  # what went wrong before matters more
                files.forget_file(path)


def _screen() -> TextIO | None:
    """The stream that a person sees, if there is one: the QR code is drawn there."""
    return next((s for s in (sys.stdout, sys.stderr) if s is not None and s.isatty()), None)


def _response(serial: str, base32: Secret, png: bytes, tags: Tags) -> dict[str, object]:
    """CreateVirtualMFADevice's response; blobs are base64, that of the seed's base32 as well."""
    from base64 import b64encode

    device: dict[str, object] = {
        "SerialNumber": serial,
        "Base32StringSeed": b64encode(base32.reveal()).decode(),
        "QRCodePNG": b64encode(png).decode(),
    }
    if tags:
        device["Tags"] = [{"Key": key, "Value": value} for key, value in tags]
    return {"VirtualMFADevice": device}
