"""The kind `passphrase`: the wrapping key is stretched out of what a person knows.

The passphrase is IAMCTL_VAULT_PASSPHRASE, else what IAMCTL_VAULT_PASSPHRASE_COMMAND prints, else
asked for on the controlling terminal. It is kept nowhere.
"""

import os
from collections.abc import Mapping

from iamctl.domain.errors import Interrupted, InvalidValue, VaultUnavailable
from iamctl.domain.secret import Secret
from iamctl.vault.interface import VaultSettings, Wrapping, WrappingKey
from iamctl.vault.sealed import stretch

VARIABLE = "IAMCTL_VAULT_PASSPHRASE"
COMMAND_VARIABLE = "IAMCTL_VAULT_PASSPHRASE_COMMAND"

_LONGEST = 4096


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
        except VaultUnavailable as error:
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
    prompt = ask_terminal if settings.prompt is None else settings.prompt
    passphrase = check_passphrase(prompt(message))
    if confirm and prompt("The same again: ") != passphrase:
        raise InvalidValue("the two passphrases differ")
    return passphrase


def check_passphrase(passphrase: Secret) -> Secret:
    """The passphrase; raises VaultUnavailable when it is empty or absurdly long."""
    if not passphrase.reveal():
        raise VaultUnavailable("the passphrase is empty")
    if len(passphrase.reveal()) > _LONGEST:
        raise VaultUnavailable(f"the passphrase is longer than {_LONGEST} bytes")
    return passphrase


def ask_terminal(message: str) -> Secret:
    """Asks on the controlling terminal, whatever the standard streams are, without echo."""
    import select
    import termios

    try:
        terminal = os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY)
    except OSError:
        raise VaultUnavailable(
            "there is no terminal to ask for the passphrase on",
            hint="run it where there is one",
        ) from None
    try:
        before = termios.tcgetattr(terminal)
        silent = [*before]
        silent[3] &= ~termios.ECHO
        termios.tcsetattr(terminal, termios.TCSAFLUSH, silent)
        try:
            os.write(terminal, message.encode())
            # In short steps: a Ctrl-C just before a read that blocks would be seen after it.
            while not select.select([terminal], [], [], 0.2)[0]:
                pass
            line = os.read(terminal, _LONGEST + 1)
        except KeyboardInterrupt:
            raise Interrupted("no passphrase was given") from None
        finally:
            termios.tcsetattr(terminal, termios.TCSAFLUSH, before)
            os.write(terminal, b"\n")
    finally:
        os.close(terminal)
    if not line:
        raise Interrupted("no passphrase was given")
    return Secret(line.rstrip(b"\r\n"))


def _given(environment: Mapping[str, str]) -> Secret | None:
    """The passphrase that the environment gives, or None when a person must be asked."""
    if VARIABLE in environment:
        return check_passphrase(Secret(os.fsencode(environment[VARIABLE])))
    if COMMAND_VARIABLE in environment:
        return check_passphrase(_from_command(environment))
    return None


def _from_command(environment: Mapping[str, str]) -> Secret:
    """What the command prints, less one line end. It sees none of our own variables."""
    import shlex
    import subprocess

    try:
        words = shlex.split(environment[COMMAND_VARIABLE])
    except ValueError:
        words = []
    program = _program(words[0], environment) if words else None
    if program is None:
        raise VaultUnavailable(
            f"the program that {COMMAND_VARIABLE} names was not found",
            hint="give an absolute path, or the name of a program on PATH",
        )
    theirs = {name: v for name, v in environment.items() if not name.startswith("IAMCTL_")}
    try:
        ran = subprocess.run(
            [program, *words[1:]],
            env=theirs,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            check=False,
        )
    except OSError as error:
        raise VaultUnavailable(f"{program} could not be run: {error.strerror}") from None
    if ran.returncode != 0:
        raise VaultUnavailable(f"{COMMAND_VARIABLE} failed with status {ran.returncode}")
    return Secret(ran.stdout.removesuffix(b"\n").removesuffix(b"\r"))


def _program(name: str, environment: Mapping[str, str]) -> str | None:
    """The program's absolute path. The working folder may be a hostile clone: never looked in."""
    if "/" in name:
        return name if os.path.isabs(name) and os.access(name, os.X_OK) else None
    for folder in environment.get("PATH", os.defpath).split(os.pathsep):
        path = os.path.join(folder, name)
        if os.path.isabs(folder) and os.path.isfile(path) and os.access(path, os.X_OK):
            return path
    return None
