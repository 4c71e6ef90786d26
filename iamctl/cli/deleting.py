"""Deleting entities: what hangs on them is shown, a person is asked, secrets follow the file."""

from collections.abc import Sequence
from typing import Protocol

from iamctl.bootstrap import Runtime
from iamctl.cli.edits import Editing
from iamctl.cli.output import say
from iamctl.domain.change import NOUNS, Changes
from iamctl.domain.directory import Directory
from iamctl.domain.errors import VaultUnavailable
from iamctl.domain.ids import Randomness
from iamctl.ports import Plan, Vault
from iamctl.services.deletion import dependants


class DeletePlan(Protocol):
    """One of `services.deletion`'s plans."""

    def __call__(
        self,
        directory: Directory,
        *,
        names: Sequence[str],
        cascade: bool = False,
        randomness: Randomness,
    ) -> Changes: ...


def delete_entities(
    editing: Editing, section: str, names: Sequence[str], plan: DeletePlan, cascade: bool, yes: bool
) -> None:
    """Delete entities of one section, with their secrets."""
    loaded = editing.repository.load(checked=False)
    along = [
        f'{NOUNS[section]} "{name}": {what}'
        for name in dict.fromkeys(names)
        if cascade
        for what in dependants(loaded, section, name)
    ]
    delete_with_secrets(
        editing,
        loaded,
        lambda found: plan(found, names=names, cascade=cascade, randomness=editing.randomness),
        f"delete {NOUNS[section]} {', '.join(names)}{', and all of this' if along else ''}?",
        yes,
        along,
    )


def delete_with_secrets(
    editing: Editing,
    loaded: Directory,
    plan: Plan,
    question: str,
    yes: bool,
    along: Sequence[str] = (),
) -> None:
    """Carry out, once confirmed, a plan that deletes; then, from the vault, the secrets of keys
    that went and the seeds of MFA devices."""
    # Imported late: they bring the session code along, which lists have no use for.
    from iamctl.services.key_secrets import forget_removed
    from iamctl.services.keys import removed_keys
    from iamctl.services.mfa import removed_devices
    from iamctl.services.mfa_seeds import forget_removed_seeds

    vault: Vault | None = None

    def open_vault(planned: Changes) -> None:
        """A vault may ask for its passphrase: who gives up there has changed nothing."""
        nonlocal vault
        if gone := (*removed_keys(planned), *removed_devices(planned)):
            vault = vault_or_note(editing.runtime, loaded, editing.repository.path, gone)

    edit = editing.apply_confirmed(plan, question, yes, along, open_vault)
    if vault is not None:
        forget_removed(vault, edit.changes)
        forget_removed_seeds(vault, edit.changes)


def vault_or_note(
    runtime: Runtime, directory: Directory, path: str, gone: Sequence[str]
) -> Vault | None:
    """The vault that may hold secrets of those keys and devices; None, with a note, where it
    cannot be opened."""
    try:
        vault = runtime.vault(directory, path)
        vault.unlock()
        return vault
    except VaultUnavailable as error:
        say(f"note: no vault was opened here: {error.message}")
        say(f"note: a secret it holds for {', '.join(gone)} stays there")
        return None
