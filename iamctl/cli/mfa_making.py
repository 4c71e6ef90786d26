"""`iamctl mfa create`: a new device, and its seed into the hands of a person's phone."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Annotated, NamedTuple, TextIO

import typer

from iamctl.cli.edits import WAIT, Editing
from iamctl.cli.mfa_code import asked_code
from iamctl.cli.options import (
    Directory,
    DryRun,
    LockTimeout,
    NewPath,
    Tags,
    check_form,
    form_option,
    names_of,
    parse_tags,
)
from iamctl.cli.output import answer_json, colour, report, say, show_facts
from iamctl.domain.directory import Directory as Loaded
from iamctl.domain.errors import AccessDenied, AlreadyExists, Usage
from iamctl.domain.secret import Secret
from iamctl.ports import Vault
from iamctl.prompts import has_terminal
from iamctl.services import mfa, mfa_seeds
from iamctl.services.mfa_seeds import CreatedDevice

_FORMS = ("json",)
_ATTEMPTS = 3
_NO_EYES = "the seed of a new device must reach a phone, and there is no terminal to show it on"
_NO_EYES_HINT = "--qr-png FILE, --qr-svg FILE, --show-secret or -o json hands it over"
_NO_HANDS = "two codes of the device are asked for, and there is no terminal"


class Handing(NamedTuple):
    """How the seed goes to its owner: files of the QR code, text, AWS's JSON; else the terminal."""

    png: str | None
    svg: str | None
    text: bool
    form: str | None

    @property
    def files(self) -> list[str]:
        """The files to be made."""
        return [path for path in (self.png, self.svg) if path is not None]

    @property
    def draws(self) -> bool:
        """Whether the QR code is drawn on the terminal, if there is one."""
        return not self.files and self.form is None


def create(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The new device's name.")],
    path: NewPath = "/",
    user: Annotated[
        str | None,
        typer.Option(
            "--user",
            metavar="USER",
            help="Enable it for this user at once; two codes are asked for.",
            autocompletion=names_of("users"),
        ),
    ] = None,
    qr_png: Annotated[
        str | None, typer.Option("--qr-png", metavar="FILE", help="Write the QR code as PNG.")
    ] = None,
    qr_svg: Annotated[
        str | None, typer.Option("--qr-svg", metavar="FILE", help="Write the QR code as SVG.")
    ] = None,
    show_secret: Annotated[
        bool, typer.Option("--show-secret", help="Show the seed as text, this once, on stdout.")
    ] = False,
    tags: Tags = None,
    output: Annotated[
        str | None, form_option(_FORMS, "json: AWS's response, with the seed and the QR code.")
    ] = None,
    dry_run: DryRun = False,
    directory: Directory = None,
    lock_timeout: LockTimeout = WAIT,
) -> None:
    """Make a virtual MFA device.

    Its seed goes into this machine's vault, never into the file, and is shown this once: as a QR
    code on the terminal, for an authenticator app, or as the options say. Whoever sees it can
    make the device's codes. In JSON both members are base64, as AWS writes them.

    \b
    iamctl mfa create alice-phone --user alice
    iamctl mfa create alice-phone --qr-png alice-phone.png
    iamctl mfa create alice-phone -o json
    """
    handing = Handing(qr_png, qr_svg, show_secret, check_form(output, _FORMS))
    pairs, editing = parse_tags(tags), Editing(directory, lock_timeout, dry_run)
    if dry_run:
        editing.apply(
            lambda found: mfa.plan_create(
                found, name=name, path=path, tags=pairs, user=user, now=editing.now
            )
        )
        return
    _check_ways(handing, user)
    loaded = editing.repository.load()
    vault = open_vault(editing, loaded)
    with _picture_files(handing.files) as write:
        created = mfa_seeds.create_device(
            editing.repository,
            vault,
            name=name,
            path=path,
            tags=pairs,
            user=user,
            prepare=lambda seed: _prepare(editing, vault, loaded, handing, name, user, seed, write),
            now=editing.now,
            randomness=editing.runtime.randomness,
        )
    report(created.edit, False)
    _hand_over(loaded, handing, created, user, pairs)


def prove(
    editing: Editing, vault: Vault, device: str, codes: tuple[str | None, str | None], wide: bool
) -> None:
    """Have two codes of a device synchronized: those given, else what a person types, three times.

    Raises Usage when there is no terminal to ask on, AccessDenied when they are not right.
    """
    first, second = codes
    if first is not None and second is not None:
        mfa_seeds.synchronize(vault, device, (first, second), editing.runtime.now(), wide=wide)
        return
    if (first, second) != (None, None):
        raise Usage("two codes are needed", hint="give --code1 and --code2, or neither")
    for attempt in range(1, _ATTEMPTS + 1):
        asked = (_asked(f"Code of {device}: "), _asked("The code that it shows next: "))
        try:
            mfa_seeds.synchronize(vault, device, asked, editing.runtime.now(), wide=wide)
            return
        except AccessDenied as error:
            if attempt == _ATTEMPTS:
                raise
            say(f"{error.message} {error.hint or ''}")


def open_vault(editing: Editing, loaded: Loaded) -> Vault:
    """The vault, open: nothing prompts later."""
    vault = editing.runtime.vault(loaded, editing.repository.path)
    vault.unlock()
    return vault


def _asked(question: str) -> str:
    code = asked_code(question)
    if code is None:
        raise Usage(_NO_HANDS, hint="give --code1 and --code2")
    return code


def _check_ways(handing: Handing, user: str | None) -> None:
    """Raise Usage unless the seed, and the codes, find a way; AlreadyExists for a file that is."""
    seen = handing.files or handing.text or handing.form or _screen() is not None
    if not seen:
        raise Usage(_NO_EYES, hint=_NO_EYES_HINT)
    if user is not None and not has_terminal():
        raise Usage(_NO_HANDS, hint="leave out --user, then run: iamctl mfa enable")
    for path in handing.files:
        if os.path.lexists(path):
            raise AlreadyExists(f"{path} already exists", hint="name a file that does not exist")


def _prepare(
    editing: Editing,
    vault: Vault,
    loaded: Loaded,
    handing: Handing,
    name: str,
    user: str | None,
    seed: Secret,
    write: Callable[[str, bytes], None],
) -> None:
    """What must succeed for the device to be: its pictures, and the user's two codes."""
    from iamctl.rendering import qr

    uri = _uri(loaded, name, seed)
    if handing.png is not None:
        write(handing.png, qr.png(uri))
    if handing.svg is not None:
        write(handing.svg, qr.svg(uri))
    if user is not None:
        if handing.draws:
            _draw(uri)
        if handing.text:
            say(f"seed: {qr.base32(seed).reveal_text()}")
        prove(editing, vault, name, (None, None), wide=False)


def _hand_over(
    loaded: Loaded,
    handing: Handing,
    created: CreatedDevice,
    user: str | None,
    tags: list[tuple[str, str]],
) -> None:
    """What the answer shows of the seed, and how to go on."""
    from iamctl.rendering import qr

    uri = _uri(loaded, created.name, created.seed)
    base32 = qr.base32(created.seed)
    if handing.form == "json":
        return answer_json(_response(created.serial, base32, qr.png(uri), tags))
    for path in handing.files:
        say(f"the QR code is in {path}; whoever reads it can make the device's codes")
    if handing.draws and user is None:
        _draw(uri)
    if handing.text:
        facts = [
            ("MFA device", created.name),
            ("serial number", created.serial),
            ("seed", base32.reveal_text()),
        ]
        show_facts(None, facts, dict, dict, created.name)
    if user is None:
        say(f"once an authenticator app has it: iamctl mfa enable {created.name} --user USER")
    return None


def _response(
    serial: str, base32: Secret, png: bytes, tags: list[tuple[str, str]]
) -> dict[str, object]:
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


def _uri(loaded: Loaded, name: str, seed: Secret) -> Secret:
    from iamctl.rendering import qr

    return qr.otpauth_uri(name, loaded.account.alias or loaded.account.id, seed)


def _screen() -> TextIO | None:
    """The stream that a person sees, if there is one: the QR code is drawn there."""
    return next((s for s in (sys.stdout, sys.stderr) if s is not None and s.isatty()), None)


def _draw(uri: Secret) -> None:
    """The QR code on the terminal, if there is one."""
    from iamctl.rendering import qr

    screen = _screen()
    if screen is not None:
        screen.write(qr.terminal(uri, colour(screen), screen.encoding))
        screen.flush()


@contextmanager
def _picture_files(paths: list[str]) -> Iterator[Callable[[str, bytes], None]]:
    """Gives what makes private files; they are gone again if the body fails."""
    from iamctl import files

    made: list[str] = []

    def write(path: str, data: bytes) -> None:
        with files.folder_lock(os.path.dirname(os.path.abspath(path))):
            files.create_exclusively(path, data, mode=0o600)
        made.append(path)

    try:
        yield write
    except BaseException:
        for path in made:
            files.forget_file(path)
        raise
