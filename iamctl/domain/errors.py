"""What can go wrong, as facts. The boundary in cli turns them into messages and exit codes."""

from collections.abc import Iterable
from typing import Self

from iamctl.domain.source import Problem, Source


class IamctlError(Exception):
    """Base of every expected failure.

    `message` is one sentence without a full stop that never holds a secret; `code` is AWS's own
    error code where it has one; `where` a place in a file; `hint` how to mend it.
    """

    code = "InternalFailure"

    def __init__(
        self,
        message: str,
        *,
        code: str | None = None,
        where: Source | None = None,
        hint: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.where = where
        self.hint = hint
        if code is not None:
            self.code = code


class Usage(IamctlError):
    """The command line cannot be carried out as it stands; also: no terminal to confirm on."""

    code = "Usage"


class InvalidValue(IamctlError):
    """A value breaks AWS's rule for it (ValidationError, InvalidInput)."""

    code = "ValidationError"


class Unreadable(IamctlError):
    """Base of what is told of a text as a whole; `problems` lists everything wrong with it."""

    def __init__(self, message: str, problems: tuple[Problem, ...] = (), **facts: object) -> None:
        super().__init__(message, **facts)  # type: ignore[arg-type]
        self.problems = problems

    @classmethod
    def of(cls, problems: Iterable[Problem], code: str | None = None) -> Self:
        """The error that carries problems, one at least; it speaks with the first error's words."""
        every = tuple(problems)
        first = next((p for p in every if p.severity == "error"), every[0])
        return cls(first.message, every, code=code, where=first.source, hint=first.hint)


class MalformedPolicyDocument(Unreadable, InvalidValue):
    """A document that was handed in is not a policy AWS would accept."""

    code = "MalformedPolicyDocument"


class InvalidDirectory(Unreadable):
    """The directory file cannot be used."""

    code = "InvalidDirectory"


class NotFound(IamctlError):
    """Something named does not exist."""

    code = "NoSuchEntity"


class AlreadyExists(IamctlError):
    """The name is taken (names of one type are compared ignoring case)."""

    code = "EntityAlreadyExists"


class Conflict(IamctlError):
    """Something still hangs on what was to be deleted; `dependants` names it."""

    code = "DeleteConflict"

    def __init__(self, message: str, dependants: tuple[str, ...] = (), **facts: object) -> None:
        super().__init__(message, **facts)  # type: ignore[arg-type]
        self.dependants = dependants


class LimitExceeded(IamctlError):
    """A quota would be exceeded."""

    code = "LimitExceeded"


class AccessDenied(IamctlError):
    """The policies say no; `details` are lines that say which statement or what almost matched."""

    code = "AccessDenied"

    def __init__(self, message: str, details: tuple[str, ...] = (), **facts: object) -> None:
        super().__init__(message, **facts)  # type: ignore[arg-type]
        self.details = details


class NotAuthenticated(IamctlError):
    """Credentials are missing, unknown, forged, foreign, revoked or over."""

    code = "InvalidClientTokenId"


class VaultUnavailable(IamctlError):
    """The vault of this machine cannot be opened, trusted or used for this."""

    code = "VaultUnavailable"


class Busy(IamctlError):
    """Another process held the lock for longer than we were told to wait."""

    code = "LockTimeout"


class ConcurrentChange(IamctlError):
    """The file is no longer what was read or confirmed."""

    code = "ConcurrentModification"


class StorageFailure(IamctlError):
    """Reading or writing failed: read-only, disk full, not a regular file."""

    code = "InputOutput"


class RemoteFailure(IamctlError):
    """A service that was asked did not answer as it should."""

    code = "ServiceFailure"


class ExtraMissing(IamctlError):
    """An optional part of iamctl is not installed."""

    code = "ExtraMissing"


class CommandNotFound(IamctlError):
    """There is no program of the name that was to be run."""

    code = "CommandNotFound"


class CannotExecute(IamctlError):
    """There is such a file, and it cannot be run."""

    code = "CannotExecute"


class Interrupted(IamctlError):
    """The person pressed Ctrl-C or closed the prompt."""

    code = "Interrupted"
