"""`iamctl vault`: this machine's secrets for a directory."""

import sys
from collections.abc import Sequence
from typing import Annotated

import typer

from iamctl import files
from iamctl.bootstrap import Runtime, require_uuid
from iamctl.bootstrap.texts import vault_kinds
from iamctl.cli.app import group
from iamctl.cli.candidates import one_of
from iamctl.cli.confirm import confirm
from iamctl.cli.documents import stdin_bytes
from iamctl.cli.new_files import require_free, write_new
from iamctl.cli.options import Directory, DryRun, Output, Yes
from iamctl.cli.output import answer, for_pipe, say, show_facts
from iamctl.domain.directory import Directory as LoadedDirectory
from iamctl.domain.errors import ConcurrentChange, Conflict, NotFound, Usage
from iamctl.domain.names import shown
from iamctl.domain.source import Plain
from iamctl.domain.times import format_instant, parse_duration
from iamctl.ports import Vault

app = group(
    """This machine's secrets for a directory: signing keys, secret access keys and MFA seeds.

    \b
    iamctl vault status
    iamctl vault export backup.vault
    iamctl vault rewrap --to passphrase
    """
)

OVERLAP = "12h"
_DEVICE = "mfa/"
_STORING = ("keyring", "passphrase", "file")
_PLACE = Annotated[str, typer.Argument(metavar="FILE", help="The file; - is stdin or stdout.")]


class _Open:
    """The directory and its vault, opened for one command."""

    def __init__(self, directory: str | None) -> None:
        self.runtime = Runtime()
        self.repository = self.runtime.repository(directory)
        self.loaded: LoadedDirectory = self.repository.load()
        self.vault: Vault = self.runtime.vault(self.loaded, self.repository.path)

    def held(self) -> tuple[str, ...]:
        """What is held: key ids, and MFA devices as mfa/NAME."""
        return (*self.vault.key_ids(), *(_DEVICE + name for name in self.vault.mfa_devices()))

    def mentions(self, name: str) -> bool:
        """Whether the file has that key, or MFA device, now."""
        if name.startswith(_DEVICE):
            return name.removeprefix(_DEVICE) in self.loaded.mfa
        return self.loaded.key(name) is not None

    def orphans(self) -> tuple[str, ...]:
        """What is held and the file does not mention now."""
        return tuple(name for name in self.held() if not self.mentions(name))

    def missing(self) -> tuple[str, ...]:
        """What the file mentions and this machine does not hold."""
        held = set(self.held())
        keys = (key for user in self.loaded.users.values() for key in user.keys)
        devices = (_DEVICE + name for name in self.loaded.mfa)
        return tuple(name for name in (*keys, *devices) if name not in held)


@app.command("status")
def status(output: Output = None, directory: Directory = None) -> None:
    """Show what the vault is and what it holds.

    Its kind, its signing keys, orphans, and the keys and MFA devices of the file that it does not
    hold.

    \b
    iamctl vault status
    iamctl vault status -o json
    """
    opened, piped = _Open(directory), for_pipe(output)
    current, *retired = opened.vault.signing_keys()
    shape: dict[str, Plain] = {
        "Directory": require_uuid(opened.loaded),
        "Kind": opened.vault.kind,
        "SigningKeyId": current.id,
        "RetiredSigningKeys": [
            {"Id": key.id, "Ends": format_instant(key.ends or 0)} for key in retired
        ],
        "AccessKeys": list(opened.vault.key_ids()),
        "MFADevices": list(opened.vault.mfa_devices()),
        "Orphans": list(opened.orphans()),
        "NotHeld": list(opened.missing()),
    }
    facts = [
        ("directory", str(shape["Directory"])),
        ("kind", opened.vault.kind),
        ("signing key", current.id),
        *(("retired", f"{key.id} until {format_instant(key.ends or 0)}") for key in retired),
        ("secrets held", _counted(opened.held(), piped)),
        ("orphans", _counted(opened.orphans(), piped)),
        ("not held here", _counted(opened.missing(), piped)),
    ]
    show_facts(output, facts, lambda: shape, lambda: shape, opened.vault.kind)


def _counted(names: tuple[str, ...], piped: bool) -> str:
    """The names, a line each; for people, of many only how many."""
    return "\n".join(names) if piped or len(names) <= 10 else _secrets(names)


@app.command("export")
def export(
    file: _PLACE,
    signing_key: Annotated[
        bool,
        typer.Option("--signing-key", help="With the signing keys: who has them mints sessions."),
    ] = False,
    directory: Directory = None,
) -> None:
    """Write the secrets to an encrypted file.

    A passphrase for it is asked for. It is for the same directory on another machine. An existing
    file is never overwritten.

    \b
    iamctl vault export team.vault
    """
    opened = _Open(directory)
    # Before a passphrase is asked for in vain.
    if file == "-" and sys.stdout.isatty():
        raise Usage("an export is no text for a terminal", hint="name a file, or give it to a pipe")
    if file != "-":
        require_free(file)
    blob = opened.runtime.vaults.export(opened.vault, signing_key)
    if file == "-":
        sys.stdout.buffer.write(blob)
    else:
        write_new(file, blob)
        say(f"exported {_secrets(opened.held())} to {file}")


@app.command("import")
def import_(file: _PLACE, directory: Directory = None) -> None:
    """Take in the secrets of an export.

    All of them or none: a key or MFA device that is held with another secret stops it.

    \b
    iamctl vault import team.vault
    """
    opened = _Open(directory)
    blob = stdin_bytes(files.LIMIT) if file == "-" else files.read_bytes(file, allow_any=True)
    retire_at = opened.runtime.now() + parse_duration(OVERLAP)
    came, signs = opened.runtime.vaults.take_in(opened.vault, blob, retire_at)
    say(f"imported {_secrets(came)}{' and the signing key' if signs else ''}")


@app.command("prune")
def prune(
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="KEYID|mfa/NAME", help="Only these; every orphan if omitted."),
    ] = None,
    yes: Yes = False,
    dry_run: DryRun = False,
    directory: Directory = None,
) -> None:
    """Forget secrets that the file does not mention.

    Another branch of the file may still mention them: the list is shown first.

    \b
    iamctl vault prune --dry-run
    iamctl vault prune AKIAIOSFODNN7EXAMPLE mfa/alice-phone
    """
    opened = _Open(directory)
    chosen = _chosen_orphans(opened, names or ())
    if not chosen:
        return say("no orphans: the file mentions every key and device whose secret is held")
    if dry_run:
        return answer("".join(f"{name}\n" for name in chosen))
    for name in chosen:
        say(f"  {name}")
    confirm(f"forget {_secrets(chosen)} that {opened.repository.path} does not mention?", yes)
    opened.loaded = opened.repository.load()
    if not set(chosen) <= set(opened.orphans()):
        raise ConcurrentChange(
            "the file or the vault changed while you were asked", hint="run the command again"
        )
    devices = tuple(n.removeprefix(_DEVICE) for n in chosen if n.startswith(_DEVICE))
    opened.vault.delete_secret_access_keys(tuple(n for n in chosen if not n.startswith(_DEVICE)))
    opened.vault.delete_mfa_seeds(devices)
    return say(f"forgot {_secrets(chosen)}")


def _chosen_orphans(opened: _Open, names: Sequence[str]) -> tuple[str, ...]:
    """The orphans to forget; raises for a name that is none."""
    orphans = opened.orphans()
    for name in names:
        device = name.removeprefix(_DEVICE) if name.startswith(_DEVICE) else None
        what = f"access key {shown(name)}" if device is None else f"MFA device {shown(device)}"
        if opened.mentions(name):
            noun, bare = ("key", name) if device is None else ("mfa", device)
            raise Conflict(f"the file mentions {what}", hint=f"iamctl {noun} delete {bare}")
        if name not in orphans:
            raise NotFound(f"the vault holds no secret of {what}")
    return tuple(dict.fromkeys(names)) or orphans


def _secrets(names: Sequence[str]) -> str:
    return "1 secret" if len(names) == 1 else f"{len(names)} secrets"


@app.command("rewrap")
def rewrap(
    to: Annotated[
        str,
        typer.Option(
            "--to",
            metavar="KIND",
            help="keyring, passphrase or file.",
            autocompletion=one_of(*_STORING),
        ),
    ],
    directory: Directory = None,
) -> None:
    """Change the kind of vault; the secrets stay.

    \b
    iamctl vault rewrap --to keyring
    """
    if to not in vault_kinds():
        raise Usage(
            f"there is no kind of vault {shown(to)}", hint="use keyring, passphrase or file"
        )
    opened = _Open(directory)
    before = opened.vault.kind
    opened.runtime.vaults.rewrap(opened.vault, to)
    say(f"the vault's kind is {to} now; it was {before}")


@app.command("rotate-signing-key")
def rotate_signing_key(
    now: Annotated[
        bool, typer.Option("--now", help="End every session signed so far, at once.")
    ] = False,
    yes: Yes = False,
    directory: Directory = None,
) -> None:
    """Sign with a new key from now on.

    The old one verifies sessions for 12 hours more; with --now all of them end at once.

    \b
    iamctl vault rotate-signing-key
    iamctl vault rotate-signing-key --now --yes
    """
    opened = _Open(directory)
    opened.vault.unlock()
    instant = opened.runtime.now()
    if now:
        confirm("end every session that was signed so far?", yes)
    fresh = opened.runtime.vaults.new_signing_key()
    ends = instant if now else instant + parse_duration(OVERLAP)
    opened.vault.rotate_signing_key(fresh, ends, instant)
    say(f"signing key {fresh.id} is current; the old one ends {format_instant(ends)}")
