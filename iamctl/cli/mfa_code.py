"""Where MFA codes come from: an option, the environment, a program of the user's, the person."""

from typing import TYPE_CHECKING

from iamctl.domain.errors import AccessDenied, InvalidValue
from iamctl.rendering.escape import printable

if TYPE_CHECKING:
    from iamctl.bootstrap import Runtime

VARIABLE = "IAMCTL_MFA_CODE"
SETTING = "mfa_process"
_PATIENCE = 30.0
_ATTEMPTS = 3
_NO_CODE = (
    "MultiFactorAuthentication failed, must provide both MFA serial number and one time pass code."
)
_WAYS = (
    f"give it with --mfa-code or in {VARIABLE}, or have a program print it: "
    f"`iamctl config set {SETTING} 'COMMAND'`"
)


class CodeNeeded(AccessDenied):
    """Only a person could give the code, and the terminal is a command's."""


class MfaCodes:
    """Gives the code that a device shows, once one is needed.

    The first that applies: what the command line gave, IAMCTL_MFA_CODE, what the program
    prints that `mfa_process` of the user's own settings names, a prompt on the controlling
    terminal. Where it is `unattended`, beside a command that runs, only the program is left: what
    was given has been used, and the terminal is the command's.
    """

    def __init__(
        self, runtime: "Runtime", given: str | None = None, unattended: bool = False
    ) -> None:
        self._runtime = runtime
        self._given = given
        self._unattended = unattended

    def __call__(self, serial: str) -> str:
        """The code of the device of that serial number: six digits.

        A person may take a while: take the time to check it at afterwards. Raises InvalidValue
        when it is no code, AccessDenied when there is no way to get one, CodeNeeded when only a
        person could give it, Interrupted when the person gives up.
        """
        from iamctl.services.mfa_check import well_formed

        given = self._given or self._runtime.environ.get(VARIABLE)
        if given and not self._unattended:
            return well_formed(given)
        command = self._runtime.settings.get(SETTING)
        if command:
            return self._printed(command)
        if self._unattended:
            raise CodeNeeded(
                f"another code of MFA device {serial} is needed, and a command has the terminal",
                hint=f"run it again, or have a program print codes: "
                f"`iamctl config set {SETTING} 'COMMAND'`",
            )
        code = asked_code(f"MFA code for {serial}: ")
        if code is None:
            raise AccessDenied(_NO_CODE, hint=f"there is no terminal to ask on; {_WAYS}")
        return code

    def _printed(self, command: str) -> str:
        from iamctl.prompts import program_output
        from iamctl.services.mfa_check import well_formed

        output = program_output(
            command,
            self._runtime.environ,
            f"{SETTING} of your settings",
            lambda message: AccessDenied(message, hint=f"see: iamctl config get {SETTING}"),
            timeout=_PATIENCE,
        )
        try:
            return well_formed(output.reveal().decode("ascii", "replace"))
        except InvalidValue as error:
            error.hint = f"that is what {SETTING} of your settings printed"
            raise


def asked_code(question: str) -> str | None:
    """The six digits that a person types on the controlling terminal; None when there is none.

    What is no code is asked for again, twice. Raises InvalidValue after that, Interrupted when
    the person gives up.
    """
    from iamctl.prompts import ask_terminal
    from iamctl.services.mfa_check import well_formed

    text = printable(question)
    for attempt in range(1, _ATTEMPTS + 1):
        typed = ask_terminal(text, echo=True, given_up="no MFA code was given")
        if typed is None:
            return None
        try:
            return well_formed(typed.reveal().decode("ascii", "replace"))
        except InvalidValue:
            if attempt == _ATTEMPTS:
                raise
            text = f"A code has six digits. {printable(question)}"
    return None
