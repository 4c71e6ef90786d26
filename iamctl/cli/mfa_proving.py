"""Two codes of an MFA device that follow each other: as options give them, or as a person types."""

from iamctl.bootstrap import Runtime
from iamctl.cli.mfa_code import asked_code
from iamctl.cli.output import say
from iamctl.domain.errors import AccessDenied, Usage
from iamctl.ports import Vault
from iamctl.services.mfa_seeds import synchronize

NO_HANDS = "two codes of the device are asked for, and there is no terminal"
_ATTEMPTS = 3


def prove(
    runtime: Runtime,
    vault: Vault,
    device: str,
    code1: str | None = None,
    code2: str | None = None,
    *,
    wide: bool = False,
) -> None:
    """Have two codes of a device synchronized: those given, else what a person types, three times.

    `wide` looks for a clock that is far off. Raises Usage when there is no terminal to ask on,
    AccessDenied when the codes are not right.
    """
    if code1 is not None and code2 is not None:
        return synchronize(vault, device, (code1, code2), runtime.now(), wide=wide)
    if (code1, code2) != (None, None):
        raise Usage("two codes are needed", hint="give --code1 and --code2, or neither")
    for _ in range(_ATTEMPTS - 1):
        try:
            return synchronize(vault, device, _typed(device), runtime.now(), wide=wide)
        except AccessDenied as error:
            say(error.message)
            if error.hint:
                say(f"hint: {error.hint}")
    return synchronize(vault, device, _typed(device), runtime.now(), wide=wide)


def _typed(device: str) -> tuple[str, str]:
    return _asked(f"Code of {device}: "), _asked("The code that it shows next: ")


def _asked(question: str) -> str:
    code = asked_code(question)
    if code is None:
        raise Usage(NO_HANDS, hint="give --code1 and --code2")
    return code
