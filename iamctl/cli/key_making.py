"""`iamctl key create`, `import` and `rotate`: the verbs that put secrets into the vault."""

from typing import Annotated

import typer

from iamctl.cli.candidates import names_of, one_of
from iamctl.cli.edits import WAIT, Editing
from iamctl.cli.key_input import read_key
from iamctl.cli.key_rows import SECRET_FORMS, display_secret
from iamctl.cli.new_files import require_free
from iamctl.cli.options import Directory, DryRun, LockTimeout, UserName
from iamctl.cli.output import answer, report, say
from iamctl.cli.values import check_form
from iamctl.domain.errors import Usage
from iamctl.ports import Vault
from iamctl.services import key_secrets, keys
from iamctl.services.key_secrets import CreatedKey
from iamctl.services.keys import KeyRow

ShowSecret = Annotated[
    bool, typer.Option("--show-secret", help="Show the secret, this once, on stdout.")
]
SecretForm = Annotated[
    str | None,
    typer.Option(
        "--output",
        "-o",
        metavar="FORM",
        help="Show the secret, this once, as env (for a shell's eval), json or csv.",
        autocompletion=one_of(*SECRET_FORMS),
    ),
]
SecretFile = Annotated[
    str | None,
    typer.Option(
        "--output-file",
        metavar="FILE",
        help="Write -o json or csv into this new file, which only you can read.",
    ),
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print the new key's id alone.")]


def create(
    user: UserName,
    show_secret: ShowSecret = False,
    output: SecretForm = None,
    output_file: SecretFile = None,
    quiet: Quiet = False,
    dry_run: DryRun = False,
    directory: Directory = None,
    lock_timeout: LockTimeout = WAIT,
) -> None:
    """Make an access key.

    The secret goes into this machine's vault, never into the file; it is shown only when asked
    for, and only now.

    \b
    iamctl key create alice
    iamctl key create alice --show-secret
    iamctl key create alice -o csv --output-file alice.csv
    eval "$(iamctl key create alice -o env)"
    """
    _check_showing(output, show_secret, quiet, output_file)
    editing = Editing(directory, lock_timeout, dry_run)
    created = key_secrets.create_key(
        editing.repository,
        _vault(editing),
        user=user,
        now=editing.now,
        randomness=editing.runtime.randomness,
        dry_run=dry_run,
    )
    if dry_run:
        return report(created.edit, True)
    if not quiet:
        report(created.edit, False, f'created access key {created.key_id} of user "{user}"')
    return _hand_over(created, editing.now, output, show_secret, quiet, output_file)


def import_(
    user: UserName,
    with_fingerprint: Annotated[
        bool,
        typer.Option(
            "--fingerprint",
            help="Write a fingerprint into the file; only for secrets made at random.",
        ),
    ] = False,
    dry_run: DryRun = False,
    directory: Directory = None,
    lock_timeout: LockTimeout = WAIT,
) -> None:
    """Take over an access key made elsewhere.

    It comes from stdin, or from a prompt on a terminal, never from the command line.
    Stdin holds `KEYID SECRET`, the AWS console's CSV, or the JSON of aws iam create-access-key.
    A key that the file lists already only goes into this machine's vault.

    \b
    iamctl key import alice
    iamctl key import alice < alice_accessKeys.csv
    """
    editing = Editing(directory, lock_timeout, dry_run)
    key_id, secret = read_key()
    keys.check_key_id(key_id)
    imported = key_secrets.import_key(
        editing.repository,
        _vault(editing),
        user=user,
        key_id=key_id,
        secret=secret,
        with_fingerprint=with_fingerprint,
        now=editing.now,
        randomness=editing.runtime.randomness,
        dry_run=dry_run,
    )
    if dry_run or imported.edit.changes:
        return report(imported.edit, dry_run, f'imported access key {key_id} of user "{user}"')
    return say(f'the secret of access key {key_id} of user "{user}" is in this machine\'s vault')


def rotate(
    target: Annotated[
        str | None,
        typer.Argument(
            metavar="USER|KEYID",
            help="A user with one key, or a key; the default caller here if omitted.",
            autocompletion=names_of("users"),
        ),
    ] = None,
    keep_old: Annotated[
        bool, typer.Option("--keep-old", help="Leave the old key active for now.")
    ] = False,
    show_secret: ShowSecret = False,
    output: SecretForm = None,
    output_file: SecretFile = None,
    quiet: Quiet = False,
    dry_run: DryRun = False,
    directory: Directory = None,
    lock_timeout: LockTimeout = WAIT,
) -> None:
    """Replace an access key.

    The new one is made and proved before the old one is deactivated. Two keys are the most a
    user may have, so the one before must be gone.

    \b
    iamctl key rotate alice
    iamctl key rotate AKIAIOSFODNN7EXAMPLE --keep-old
    """
    _check_showing(output, show_secret, quiet, output_file)
    editing = Editing(directory, lock_timeout, dry_run)
    whose = target or editing.runtime.default_user(editing.repository.load())
    if whose is None:
        raise Usage("there is no default caller here", hint="say whose key: a USER or a KEYID")
    if dry_run:
        return report(
            key_secrets.preview_rotation(
                editing.repository,
                target=whose,
                keep_old=keep_old,
                now=editing.now,
                randomness=editing.runtime.randomness,
            ),
            True,
        )
    rotated = key_secrets.rotate_key(
        editing.repository,
        _vault(editing),
        target=whose,
        keep_old=keep_old,
        now=editing.now,
        randomness=editing.runtime.randomness,
    )
    created, old = rotated.created, rotated.old_key_id
    if not quiet:
        report(created.edit, False, f'created access key {created.key_id} of user "{created.user}"')
        say(f"deactivated {old}" if rotated.deactivated else f"left {old} as it was")
    _hand_over(created, editing.now, output, show_secret, quiet, output_file)
    return None if quiet else say(f"when nothing uses it any more: iamctl key delete {old}")


def _check_showing(output: str | None, show: bool, quiet: bool, file: str | None) -> None:
    """Raise for what does not go together, before a key is made: Usage, AlreadyExists, NotFound."""
    check_form(output, SECRET_FORMS)
    if file is not None and (not file or file == "-" or output not in ("json", "csv")):
        raise Usage("--output-file goes with -o json or -o csv, and needs the name of a file")
    if file is not None:
        require_free(file)
    if quiet and (show or output is not None):
        raise Usage("--quiet prints the key's id alone; the secret is shown without it")


def _vault(editing: Editing) -> Vault:
    """The vault, open: nothing prompts later."""
    vault = editing.runtime.vault(editing.repository.load(), editing.repository.path)
    vault.unlock()
    return vault


def _hand_over(
    created: CreatedKey, now: int, form: str | None, show: bool, quiet: bool, file: str | None
) -> None:
    """The id alone, the secret if it was asked for, or a word on where it is."""
    if quiet:
        return answer(f"{created.key_id}\n")
    if show or form is not None:
        row = KeyRow(created.user, created.key_id, "active", now, True)
        return display_secret(form, row, created.secret, file)
    return say(f"the secret of {created.key_id} is in this machine's vault")
