"""The kind `passphrase`: the wrapping key is stretched out of what a person knows.

The passphrase is IAMCTL_VAULT_PASSPHRASE, else what IAMCTL_VAULT_PASSPHRASE_COMMAND prints, else
asked for on the controlling terminal. It is kept nowhere.
"""

import os
from collections.abc import Mapping

from iamctl.domain.errors import InvalidValue, VaultUnavailable
from iamctl.domain.secret import Secret
from iamctl.prompts import ask_terminal, program_output
from iamctl.vault.interface import VaultSettings, Wrapping, WrappingKey
from iamctl.vault.sealed import stretch

VARIABLE = "IAMCTL_VAULT_PASSPHRASE"
COMMAND_VARIABLE = "IAMCTL_VAULT_PASSPHRASE_COMMAND"

_LONGEST = 4096


class _NoTerminal(VaultUnavailable):
    """Nobody can be asked."""


class Passphrase:
    """Wrapping keys out of a passphrase and the salt that the sealed file carries."""

    kind = "passphrase"

    def __init__(self, settings: VaultSettings) -> None:
        self._settings = settings

    def mint(self) -> WrappingKey:
        """The key of a new passphrase; a person types it twice."""
        passphrase = _given(self._settings.environment)
        if passphrase is None:
            passphrase = self._asked("New passphrase for this machine's vault: ", confirm=True)
        wrapping = Wrapping(self.kind, self._settings.randomness(16), self._settings.scrypt_log_n)
        return self._key(passphrase, wrapping)

    def obtain(self, wrapping: Wrapping) -> WrappingKey:
        """The key of the passphrase; a wrong one shows only when it opens nothing."""
        passphrase = _given(self._settings.environment)
        if passphrase is None:
            passphrase = self._asked("Passphrase of this machine's vault: ")
        return self._key(passphrase, wrapping)

    def forget(self, wrapping: Wrapping) -> None:
        """Nothing is kept, so there is nothing to remove."""

    def _asked(self, message: str, confirm: bool = False) -> Secret:
        try:
            return ask_passphrase(self._settings, message, confirm)
        except _NoTerminal as error:
            error.hint = f"set {VARIABLE} or {COMMAND_VARIABLE}"
            raise

    @staticmethod
    def _key(passphrase: Secret, wrapping: Wrapping) -> WrappingKey:
        return WrappingKey(wrapping, stretch(passphrase, wrapping.id, wrapping.scrypt_log_n))


def ask_passphrase(settings: VaultSettings, message: str, confirm: bool = False) -> Secret:
    """A passphrase from a person, twice when it is a new one.

    Raises VaultUnavailable when it is empty or there is no terminal, InvalidValue when the two
    differ, Interrupted when the person gives up.
    """
    prompt = _on_terminal if settings.prompt is None else settings.prompt
    passphrase = check_passphrase(prompt(message))
    if confirm and prompt("The same again: ") != passphrase:
        raise InvalidValue("the two passphrases differ", hint="type the same one twice")
    return passphrase


def check_passphrase(passphrase: Secret, giver: str | None = None) -> Secret:
    """The passphrase; raises VaultUnavailable when it is empty or absurdly long.

    `giver` is the variable that it came from, if no person typed it.
    """
    hint = "type it again" if giver is None else f"that is what {giver} gives"
    if not passphrase.reveal():
        raise VaultUnavailable("the passphrase is empty", hint=hint)
    if len(passphrase.reveal()) > _LONGEST:
        raise VaultUnavailable(f"the passphrase is longer than {_LONGEST} bytes", hint=hint)
    return passphrase


def _on_terminal(message: str) -> Secret:
    passphrase = ask_terminal(message, echo=False, given_up="no passphrase was given")
    if passphrase is None:
        raise _NoTerminal(
            "there is no terminal to ask for the passphrase on",
            hint="run it where there is one",
        )
    return passphrase


def _given(environment: Mapping[str, str]) -> Secret | None:
    """The passphrase that the environment gives, or None when a person must be asked."""
    if VARIABLE in environment:
        return check_passphrase(Secret(os.fsencode(environment[VARIABLE])), VARIABLE)
    if COMMAND_VARIABLE in environment:
        printed = program_output(
            environment[COMMAND_VARIABLE], environment, COMMAND_VARIABLE, VaultUnavailable
        )
        return check_passphrase(printed, COMMAND_VARIABLE)
    return None
