"""The exit-code table: README and help print it from here."""

from iamctl.domain import errors

OK = 0
NEGATIVE = 1
USAGE = 2
INVALID_DIRECTORY = 3
NOT_POSSIBLE = 4
DENIED = 5
VAULT = 6
BUSY = 7
INPUT_OUTPUT = 8
REMOTE = 9
EXTRA_MISSING = 10
BUG = 70
NOT_BEGUN = 125
CANNOT_EXECUTE = 126
COMMAND_NOT_FOUND = 127
INTERRUPTED = 130
CLOSED_PIPE = 141

TABLE: tuple[tuple[int, str], ...] = (
    (OK, "success; the answer is yes"),
    (NEGATIVE, "a negative answer and nothing else: denied, unknown, differs, findings"),
    (USAGE, "usage, a value that breaks a rule, no terminal to confirm on"),
    (INVALID_DIRECTORY, "the directory file is invalid"),
    (NOT_POSSIBLE, "not found, already exists, conflict, quota"),
    (DENIED, "access denied, or not authenticated"),
    (VAULT, "the vault is unavailable, or there is no signing key"),
    (BUSY, "lock timeout, or a change happened meanwhile"),
    (INPUT_OUTPUT, "reading or writing failed: read-only, disk full"),
    (REMOTE, "a remote service failed"),
    (EXTRA_MISSING, "an optional part, or git, is not installed"),
    (BUG, "a bug in iamctl"),
    (NOT_BEGUN, "exec and shell: any of these, before the command began"),
    (CANNOT_EXECUTE, "exec and shell: the command cannot be run"),
    (COMMAND_NOT_FOUND, "exec and shell: there is no such command"),
    (INTERRUPTED, "interrupted"),
    (CLOSED_PIPE, "the reader of the output went away"),
)

_BY_ERROR: tuple[tuple[type[errors.IamctlError], int], ...] = (
    (errors.Usage, USAGE),
    (errors.InvalidValue, USAGE),
    (errors.InvalidDirectory, INVALID_DIRECTORY),
    (errors.Unreadable, INVALID_DIRECTORY),
    (errors.NotFound, NOT_POSSIBLE),
    (errors.AlreadyExists, NOT_POSSIBLE),
    (errors.Conflict, NOT_POSSIBLE),
    (errors.LimitExceeded, NOT_POSSIBLE),
    (errors.AccessDenied, DENIED),
    (errors.NotAuthenticated, DENIED),
    (errors.VaultUnavailable, VAULT),
    (errors.Busy, BUSY),
    (errors.ConcurrentChange, BUSY),
    (errors.StorageFailure, INPUT_OUTPUT),
    (errors.RemoteFailure, REMOTE),
    (errors.ExtraMissing, EXTRA_MISSING),
    (errors.CommandNotFound, COMMAND_NOT_FOUND),
    (errors.CannotExecute, CANNOT_EXECUTE),
    (errors.Interrupted, INTERRUPTED),
)


def code_of(error: errors.IamctlError) -> int:
    """The exit code of an expected failure."""
    return next((code for kind, code in _BY_ERROR if isinstance(error, kind)), BUG)


def before_a_command(code: int) -> int:
    """What a code becomes where a command's own code was to be passed on, as `env` has it."""
    return code if code in _NOT_THE_COMMANDS else NOT_BEGUN


_NOT_THE_COMMANDS = (OK, CANNOT_EXECUTE, COMMAND_NOT_FOUND, INTERRUPTED)
