"""Credentials as text that a shell evaluates or another program reads; also how to fail there.

A shell form first unsets every variable that could leave another identity in force, then sets the
new ones in one statement. Every value is quoted for its shell: unquoted, it would be code. The
variables are the AWS SDKs and Tools Reference Guide's. Text is written whole, in one write, and is
ordered so that any beginning of it (a full disk, a kill) never holds a new access key id without
the rest. Every line ends with `;`, so that an unquoted `eval $(iamctl …)`, which joins the lines,
does the same.
"""

from collections.abc import Callable, Mapping, Sequence

TYPE_CHECKING = False
if TYPE_CHECKING:
    from iamctl.domain.errors import InvalidValue

FORMS = (
    "sh",
    "bash",
    "zsh",
    "fish",
    "powershell",
    "nushell",
    "dotenv",
    "json",
    "process",
    "github",
)
"""Every form of `-o` for credentials. `json`, AWS's response shape, is made elsewhere."""

ALIASES = {"env": "sh", "env-no-export": "dotenv"}
"""What `aws configure export-credentials --format` calls two of them."""

EVALUATED = frozenset({"sh", "bash", "zsh", "fish", "powershell"})
"""The forms whose text a shell runs, and whose failures must therefore be text too."""

CLEARED = (
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_SECURITY_TOKEN",
    "AWS_CREDENTIAL_EXPIRATION",
    "AWS_PROFILE",
    "AWS_DEFAULT_PROFILE",
    "AWS_ROLE_ARN",
    "AWS_ROLE_SESSION_NAME",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_ACCOUNT_ID",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
)
"""Whatever names an identity to an SDK. The first goes first: without it the rest says nothing."""

_MASKED = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
_PROCESS_FIELDS = (
    ("AccessKeyId", "AWS_ACCESS_KEY_ID"),
    ("SecretAccessKey", "AWS_SECRET_ACCESS_KEY"),
    ("SessionToken", "AWS_SESSION_TOKEN"),
    ("Expiration", "AWS_CREDENTIAL_EXPIRATION"),
    ("AccountId", "AWS_ACCOUNT_ID"),
)


def canonical_form(form: str) -> str:
    """The form by its own name; AWS CLI's names are accepted. Raises InvalidValue."""
    form = ALIASES.get(form, form)
    if form not in FORMS:
        raise _invalid(
            f'"{form}" is no form of credentials', hint=f"one of {', '.join((*FORMS, *ALIASES))}"
        )
    return form


def credentials_text(form: str, values: Mapping[str, str], clear: Sequence[str] = CLEARED) -> str:
    """What puts `values` (variable -> value) in force in that form, all else in `clear` gone.

    For `github` these are lines to append to the file $GITHUB_ENV; `github_masks` goes before
    them. dotenv and github cannot unset. Raises InvalidValue for a value the form cannot carry,
    and for `json`, which is made of the whole response.
    """
    form = canonical_form(form)
    if form not in _WRITERS:
        raise _invalid(f'the form "{form}" is not made of variables')
    for name, value in values.items():
        if not _is_variable(name):
            raise _invalid("a variable's name must be ASCII letters, digits and _")
        if "\0" in value:
            raise _invalid(f"the value of {name} holds a NUL character")
    # The access key id comes last: text cut short leaves no identity rather than half of one.
    ordered = dict(sorted(values.items(), key=lambda item: item[0] == "AWS_ACCESS_KEY_ID"))
    return _WRITERS[form](ordered, clear)


def failure_text(form: str, status: int, clear: Sequence[str] = CLEARED) -> str:
    """What leaves no identity in force and `status` as the shell's last exit status.

    Empty for the forms that nobody evaluates, and for nushell, where no text can both clear and
    fail: `from json | load-env` stops at empty text.
    """
    form = canonical_form(form)
    if form == "fish":
        hide = "set -q -U $v; and set -gx $v '';"
        return f"{_fish_cleared(clear, hide)}\n/bin/sh -c 'exit {status:d}';\n"
    if form == "powershell":
        return (
            f"{_powershell_cleared(clear)}\n$global:LASTEXITCODE = {status:d};\n"
            f"Write-Error -Message 'iamctl: no credentials (exit code {status:d})';\n"
        )
    if form in EVALUATED:
        return f"unset {' '.join(clear)};\n(exit {status:d});\n"
    return ""


def help_as_comments(text: str) -> str:
    """Each line behind `# `. Stands last: in an unquoted eval a comment swallows what follows."""
    lines = text.rstrip("\n").replace("\r", "\n").split("\n")
    return "".join(f"# {line}".rstrip() + "\n" for line in lines)


def process_json(values: Mapping[str, str]) -> str:
    """One line of JSON as credential_process hands it over, Version 1."""
    import json

    fields = {key: values[name] for key, name in _PROCESS_FIELDS if name in values}
    return json.dumps({"Version": 1, **fields}, ensure_ascii=False) + "\n"


def github_masks(values: Mapping[str, str]) -> str:
    """Workflow commands that hide the secrets in the log of a GitHub job.

    The runner reads them from a step's stdout and stderr alike, and only there: never append them
    to $GITHUB_ENV.
    """
    secrets = [values[name] for name in _MASKED if values.get(name)]
    return "".join(f"::add-mask::{_command_data(secret)}\n" for secret in secrets)


def _invalid(message: str, hint: str | None = None) -> "InvalidValue":
    # Imported late: text that fails must come out of an iamctl of which nothing else loads.
    from iamctl.domain.errors import InvalidValue

    return InvalidValue(message, hint=hint)


def _is_variable(name: str) -> bool:
    return name.isascii() and name.isidentifier()


def _posix(values: Mapping[str, str], clear: Sequence[str]) -> str:
    settings = " ".join(f"{name}={_posix_quoted(value)}" for name, value in values.items())
    return f"unset {' '.join(clear)};\nexport {settings};\n"


def _posix_quoted(value: str) -> str:
    return "'" + value.replace("'", "'\\''") + "'"


def _fish(values: Mapping[str, str], clear: Sequence[str]) -> str:
    # `set` leaves $status alone, hence `true`; an unfinished `begin` is an error and sets nothing.
    settings = " ".join(f"set -gx {name} {_fish_quoted(value)};" for name, value in values.items())
    return f"{_fish_cleared(clear)}\nbegin; {settings} end; true;\n"


def _fish_cleared(clear: Sequence[str], also: str = "") -> str:
    """Erases in every scope but the universal one: that is the person's own, for all shells.

    Nothing hides an exported universal variable except another value. New keys go before a
    profile with every SDK, so it may stay beside them; a failure hides it behind an empty value.
    """
    erase = "while set -e -l $v; end; while set -e -g $v; end;"
    return f"for v in {' '.join(clear)}; {erase} {also} end;".replace("  ", " ")


def _fish_quoted(value: str) -> str:
    r"""Control characters stand outside the quotes as \xHH: `eval (…)` splits at newlines."""
    quoted = value.replace("\\", "\\\\").replace("'", "\\'")
    return "'" + "".join(c if c >= " " else f"'\\x{ord(c):02x}'" for c in quoted) + "'"


def _powershell(values: Mapping[str, str], clear: Sequence[str]) -> str:
    settings = "".join(
        f"$Env:{name} = {_powershell_quoted(value)};\n" for name, value in values.items()
    )
    return f"{_powershell_cleared(clear)}\n{settings}"


def _powershell_cleared(clear: Sequence[str]) -> str:
    places = ",".join(f"'Env:{name}'" for name in clear)
    return f"Remove-Item -ErrorAction SilentlyContinue -Path {places};"


def _powershell_quoted(value: str) -> str:
    """Doubled quotes; PowerShell takes four typographic ones for the plain one.

    Line ends become characters by number: Out-String writes its own.
    """
    for quote in "'\u2018\u2019\u201a\u201b":
        value = value.replace(quote, quote * 2)
    for end in "\r\n":
        value = value.replace(end, f"' + [char]{ord(end)} + '")
    return f"'{value}'"


def _nushell(values: Mapping[str, str], clear: Sequence[str]) -> str:
    """A record for `from json | load-env`, where null hides a variable."""
    import json

    return json.dumps(dict.fromkeys(clear) | dict(values), ensure_ascii=False) + "\n"


def _dotenv(values: Mapping[str, str], clear: Sequence[str]) -> str:
    return "".join(f"{name}={_dotenv_quoted(name, value)}\n" for name, value in values.items())


def _dotenv_quoted(name: str, value: str) -> str:
    """Bare where every reader agrees, else in single quotes, unless readers disagree on those."""
    if all(c.isascii() and (c.isalnum() or c in "_+=,.@:/-") for c in value):
        return value
    if any(c in "'\\$\r\n" for c in value):
        raise _invalid(
            f"the value of {name} has a character that dotenv files have no common spelling for"
        )
    return f"'{value}'"


def _process(values: Mapping[str, str], clear: Sequence[str]) -> str:
    return process_json(values)


def _github(values: Mapping[str, str], clear: Sequence[str]) -> str:
    return "".join(_github_setting(name, value) for name, value in values.items())


def _github_setting(name: str, value: str) -> str:
    """One line, or a here-document whose delimiter does not occur in the value."""
    if "\n" not in value and "\r" not in value:
        return f"{name}={value}\n"
    delimiter = "IAMCTL_END"
    while delimiter in value:
        delimiter += "_"
    return f"{name}<<{delimiter}\n{value}\n{delimiter}\n"


def _command_data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


_WRITERS: dict[str, Callable[[Mapping[str, str], Sequence[str]], str]] = {
    "sh": _posix,
    "bash": _posix,
    "zsh": _posix,
    "fish": _fish,
    "powershell": _powershell,
    "nushell": _nushell,
    "dotenv": _dotenv,
    "process": _process,
    "github": _github,
}
