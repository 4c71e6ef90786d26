"""`iamctl mfa create`: a new device, and its seed into the hands of its owner."""

from typing import Annotated

import typer

from iamctl.cli.candidates import names_of
from iamctl.cli.edits import WAIT, Editing
from iamctl.cli.mfa_handing import Handing, Pictures
from iamctl.cli.mfa_proving import NO_HANDS, prove
from iamctl.cli.options import Directory, DryRun, Into, LockTimeout, NewPath, Tags, form_option
from iamctl.cli.output import report, say
from iamctl.cli.values import check_form, parse_tags
from iamctl.domain.change import Changes
from iamctl.domain.directory import Directory as Loaded
from iamctl.domain.errors import Usage
from iamctl.domain.names import shown
from iamctl.domain.secret import Secret
from iamctl.ports import Vault
from iamctl.prompts import has_terminal
from iamctl.rendering.qr import otpauth_uri
from iamctl.services import mfa, mfa_seeds

_FORMS = ("json",)


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
    into: Into = None,
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
    handing = Handing(qr_png, qr_svg, show_secret, check_form(output, _FORMS) == "json")
    pairs, editing = parse_tags(tags), Editing(directory, lock_timeout, dry_run, into)

    def plan(found: Loaded) -> Changes:
        return mfa.plan_create(found, name=name, path=path, tags=pairs, user=user, now=editing.now)

    if dry_run:
        editing.apply(plan)
        return
    loaded = editing.repository.load()
    plan(loaded)  # before a person is asked for a passphrase in vain
    handing.check(typing=user is not None)
    if user is not None and not has_terminal():
        raise Usage(NO_HANDS, hint="leave out --user, then run: iamctl mfa enable")
    vault = open_vault(editing, loaded)

    def uri(seed: Secret) -> Secret:
        return otpauth_uri(name, loaded.account.alias or loaded.account.id, seed)

    def prepare(seed: Secret) -> None:
        pictures.write(uri(seed))
        if user is not None:
            handing.show(uri(seed), seed)
            prove(editing.runtime, vault, name)

    with Pictures(handing) as pictures:
        created = mfa_seeds.create_device(
            editing.repository,
            vault,
            name=name,
            path=path,
            tags=pairs,
            user=user,
            prepare=prepare,
            now=editing.now,
            randomness=editing.runtime.randomness,
        )
    whose = f", enabled for user {shown(user)}" if user is not None else ""
    report(created.edit, False, f"added MFA device {shown(name)}{whose}")
    if user is None:
        handing.name_files()
    handing.answer(name, created.serial, uri(created.seed), created.seed, pairs)
    if user is None and not handing.json:
        handing.draw(uri(created.seed), created.seed)
        say(f"once an authenticator app has it: iamctl mfa enable {name} --user USER")


def open_vault(editing: Editing, loaded: Loaded) -> Vault:
    """The vault, open: nothing prompts later."""
    vault = editing.runtime.vault(loaded, editing.repository.path)
    vault.unlock()
    return vault
