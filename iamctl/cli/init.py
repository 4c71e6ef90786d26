"""`iamctl init`: a directory file, and a vault on this machine for it or for an existing one."""

import os
import sys
from typing import Annotated

import typer

from iamctl.bootstrap import Runtime
from iamctl.cli.app import single
from iamctl.cli.candidates import one_of
from iamctl.cli.output import answer, say
from iamctl.domain.change import Changes
from iamctl.domain.directory import Directory
from iamctl.domain.errors import AlreadyExists, ConcurrentChange, NotFound
from iamctl.domain.ids import mint_uuid
from iamctl.domain.names import USER_NAME
from iamctl.services.init import initial, plan_adopt

DEFAULT_KIND = "keyring"


def init(
    account: Annotated[
        str | None,
        typer.Option("--account", metavar="ID", help="The account's twelve digits."),
    ] = None,
    alias: Annotated[
        str | None, typer.Option("--alias", metavar="ALIAS", help="The account's alias.")
    ] = None,
    user: Annotated[
        str | None,
        typer.Option(
            "--user", metavar="NAME", help="Create this user with a key; the default caller here."
        ),
    ] = None,
    vault: Annotated[
        str | None,
        typer.Option(
            "--vault",
            metavar="KIND",
            help="Where the vault's wrapping key comes from: keyring, passphrase, file or env.",
            envvar="IAMCTL_VAULT",
            show_envvar=True,
            autocompletion=one_of("keyring", "passphrase", "file", "env"),
        ),
    ] = None,
    new_identity: Annotated[
        bool,
        typer.Option(
            "--new-identity",
            help="Give an existing file a new directory UUID: a copy becomes its own directory.",
        ),
    ] = False,
    directory: Annotated[
        str | None,
        typer.Option(
            "--directory",
            metavar="PATH",
            help="The file to make or adopt, or its folder.",
            envvar="IAMCTL_DIRECTORY",
            show_envvar=True,
        ),
    ] = None,
) -> None:
    """Make a directory file here, and this machine's vault for it.

    Beside an existing file it adopts that: the file is kept, and this machine gets a signing key
    for it. It never overwrites, and never adopts a file of a parent folder.

    \b
    iamctl init --user me
    iamctl init --account 111122223333 --alias acme-dev --vault passphrase
    """
    runtime = Runtime()
    path = _target(directory)
    kind = vault or runtime.settings.get("vault") or DEFAULT_KIND
    if user is not None:
        USER_NAME.check(user)
        runtime.settings.values()  # they take the default caller in the end
    if os.path.lexists(path):
        _adopt(runtime, path, directory is not None, kind, account, alias, user, new_identity)
    else:
        _create(runtime, path, kind, account, alias, user)


app = single(init)


def _target(directory: str | None) -> str:
    """The file to make: a folder that is named means `directory.yaml` in it."""
    path = directory or "directory.yaml"
    if directory is not None and os.path.isdir(path):
        path = os.path.join(path, "directory.yaml")
    folder = os.path.realpath(os.path.dirname(path))
    if not os.path.isdir(folder):
        raise NotFound(
            f"the folder {folder} does not exist", code="NoSuchFile", hint="make it first"
        )
    return os.path.join(folder, os.path.basename(path))


def _create(
    runtime: Runtime,
    path: str,
    kind: str,
    account: str | None,
    alias: str | None,
    user: str | None,
) -> None:
    uuid = mint_uuid(runtime.randomness)
    with_key = user is not None and kind != "env"
    fresh = initial(
        account,
        alias,
        user,
        uuid=uuid,
        now=runtime.now(),
        randomness=runtime.randomness,
        with_key=with_key,
    )
    secrets = {fresh.key_id: fresh.secret} if fresh.key_id and fresh.secret else {}
    create = runtime.creation(path, fresh.text.encode())
    with runtime.vaults.creating(kind, uuid, path, secrets) as vault:
        _show_signing_key(kind, vault.signing_key)
        create(vault.settle)
    _make_default(runtime, uuid, user)
    say(f"created {path}")
    if fresh.account_is_example:
        say(f"account {fresh.account} is AWS's documentation account; --account names yours")
    if user is not None:
        key = f" with access key {fresh.key_id}" if fresh.key_id else ""
        say(f'user "{user}"{key} is the default caller here')
        say(f"next: iamctl role create deployer --allow user/{user}")


def _adopt(
    runtime: Runtime,
    path: str,
    named: bool,
    kind: str,
    account: str | None,
    alias: str | None,
    user: str | None,
    new_identity: bool,
) -> None:
    """This machine's signing key for a file that exists; the file gets a UUID if it has none.

    A file that nobody named came with the folder, and has to be what a search may find.
    """
    repository = runtime.repository(path if named else None)
    if not named and repository.path != path:
        raise ConcurrentChange(f"{path} was removed meanwhile", hint="run the command again")
    repository.load()  # a file with any problem is not adopted
    fresh = mint_uuid(runtime.randomness)
    held: str | None = None

    def plan(found: Directory) -> Changes:
        nonlocal held
        held = found.uuid
        return plan_adopt(
            found, account=account, alias=alias, user=user, uuid=fresh, new_identity=new_identity
        )

    planned = repository.apply(plan, dry_run=True).changes
    uuid = fresh if planned or held is None else held
    if runtime.vaults.kind(uuid) is not None:
        raise AlreadyExists(
            f"{path} exists, and this machine has a vault for it",
            hint="nothing is left to do; a moved or second clone wants: iamctl trust",
        )
    with runtime.vaults.creating(kind, uuid, path) as vault:
        _show_signing_key(kind, vault.signing_key)
        vault.settle()
        repository.apply(plan, planned)
    _make_default(runtime, uuid, user)
    say(f"adopted {path}: this machine can sign sessions for it")
    if user is not None:
        say(f'user "{user}" is the default caller here; a key for it: iamctl key create {user}')


def _show_signing_key(kind: str, signing_key: str) -> None:
    """Of kind env: before anything is made, since nothing else will ever hold it."""
    if kind == "env":
        say("the signing key is shown this once; keep it where CI keeps its secrets:")
        answer(f"IAMCTL_SIGNING_KEY={signing_key}\n")
        sys.stdout.flush()


def _make_default(runtime: Runtime, uuid: str, user: str | None) -> None:
    if user is not None:
        runtime.settings.set(f"directories.{uuid}.user", user)
