"""The user's own settings: a TOML file in the settings folder, never the project's.

A file of tables and plain texts, as `config set` writes it, is read here, which costs next to
nothing at start; any other with tomllib. Files are written with tomlkit, which keeps comments.
"""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from iamctl import files
from iamctl.domain.errors import InvalidValue, NotFound, StorageFailure
from iamctl.domain.names import did_you_mean, shown
from iamctl.domain.patterns import DIGITS, LETTERS, consists_of

KEYS: Mapping[str, str] = {
    "directory": "the directory file used when none is found from the working folder",
    "vault": "the kind of vault that `init` makes: keyring, passphrase, file or env",
    "duration": "how long assumed sessions last, cut to the role's maximum: 1h",
    "mfa_process": "the command line that prints an MFA code when one is needed",
    "aliases": "table: another name for a role, NAME = ROLE or its ARN",
    "directories": "table by directory UUID: `user`, the default caller of that directory; "
    "`aws.account`, `aws.profile` and `aws.region`, the real account that it mirrors",
}
"""Top-level setting -> what it does."""

_TABLES = {
    "aliases": "aliases.NAME",
    "directories": "directories.UUID.user or directories.UUID.aws.account, .profile or .region",
}
"""Table -> what its settings are called."""

_OF_AWS = ("account", "profile", "region")
_BARE = LETTERS | DIGITS | frozenset("_-")


class Settings:
    """The settings file at a path; a missing file is empty settings."""

    def __init__(self, path: str) -> None:
        self.path = path
        self._values: dict[str, Any] | None = None

    def values(self) -> dict[str, Any]:
        """Everything that is set. Raises InvalidValue with the place when it is not TOML."""
        if self._values is None:
            self._values = _parse(self._text(), self.path)
        return self._values

    def get(self, key: str) -> str | None:
        """One value by its dotted name, or None. Raises NotFound for a setting we do not know."""
        value = _found(self.values(), _steps(key))
        return None if value is None else str(value)

    def items(self) -> Iterator[tuple[str, str]]:
        """Every value with its dotted name."""
        yield from _flat("", self.values())

    def set(self, key: str, value: str) -> None:
        """Set one value, keeping everything else, comments included."""
        steps = _steps(key)
        if not value.isprintable():
            raise InvalidValue(
                "a setting is one line of printable text",
                hint="leave out line breaks and control characters",
            )
        with self._editing() as (document, values):
            _put(document, steps, value)
            for step in steps[:-1]:
                values = values.setdefault(step, {})
            values[steps[-1]] = value

    def unset(self, key: str) -> None:
        """Remove one value and tables left empty. Raises NotFound when it is not set."""
        steps = _steps(key)
        with self._editing() as (document, values):
            if _found(values, steps) is None:
                raise NotFound(f'setting "{key}" is not set')
            _take(document, steps)
            _take(values, steps)

    @contextmanager
    def _editing(self) -> Iterator[tuple[Any, dict[str, Any]]]:
        """The document and its plain values, both to be edited, under one lock.

        The document is written back if it reads as the values do then; nothing is written on an
        error. Raises Busy, StorageFailure, InvalidValue; ConcurrentChange when an editor, which
        takes no lock, saved the file meanwhile.
        """
        files.private_folder(os.path.dirname(self.path))
        target = files.real_target(self.path)
        with files.folder_lock(os.path.dirname(target)):
            import tomlkit

            self._values = None
            stamp, text = files.stamp_of(target), self._text()
            values, document = _parse(text, self.path), tomlkit.parse(text)
            yield document, values
            text = document.as_string()
            if not _reads_as(text, values):  # tomlkit has its limits
                raise StorageFailure(
                    f"{self.path} cannot be edited without changing more than was asked",
                    hint="edit it by hand",
                )
            files.replace_durably(self.path, text.encode(), mode=0o600, expected=stamp)

    def _text(self) -> str:
        if not os.path.lexists(self.path):
            return ""
        try:
            return files.read_bytes(self.path).decode()
        except UnicodeDecodeError:
            raise InvalidValue(
                f"{self.path} is not UTF-8 text", hint="mend the file, or move it away"
            ) from None


def _parse(text: str, path: str) -> dict[str, Any]:
    values = _plain_values(text)
    if values is None:
        values = _toml_values(text, path)
    for key in KEYS:
        if key in values and not _well_formed(key, values[key]):
            raise InvalidValue(
                f'{path}: the setting "{key}" is not what it should be',
                hint=f"{key}: {KEYS[key]}",
            )
    return values


def _plain_values(text: str) -> dict[str, Any] | None:
    """The values of a file of nothing but tables and plain texts, as `config set` writes them.

    None for whatever else TOML may be, that which is none included: tomllib, which is slow to
    load, reads that.
    """
    table = values = dict[str, Any]()
    for line in text.split("\n"):
        if not line or (line[0] == "#" and line.isprintable()):
            continue
        if line[0] == "[" and line[-1] == "]":
            opened = _plain_table(values, line[1:-1].split("."))
            if opened is None:
                return None
            table = opened
            continue
        key, equals, value = line.partition(" = ")
        plain = value.isprintable() and not any(mark in value[1:-1] for mark in '"\\')
        quoted = len(value) > 1 and value[0] == value[-1] == '"'
        if not (equals and plain and quoted and consists_of(_BARE, key)) or key in table:
            return None
        table[key] = value[1:-1]
    return values


def _plain_table(values: dict[str, Any], steps: list[str]) -> dict[str, Any] | None:
    """A new table below those that are there; None when it is there itself, or has no bare name."""
    table = values
    for step in steps[:-1]:
        table = table.setdefault(step, {})
        if not isinstance(table, dict):
            return None
    if steps[-1] in table or not all(consists_of(_BARE, step) for step in steps):
        return None
    made: dict[str, Any] = {}
    table[steps[-1]] = made
    return made


def _toml_values(text: str, path: str) -> dict[str, Any]:
    import tomllib

    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InvalidValue(
            f"{path} is not valid TOML: {error}", hint="mend the file, or move it away"
        ) from None
    except RecursionError:
        raise StorageFailure(f"{path} is nested too deeply") from None


def _well_formed(key: str, value: object) -> bool:
    """Whether a known setting has its shape; what we do not know may be a later version's."""
    if key not in _TABLES:
        return isinstance(value, str | int) and not isinstance(value, bool)
    if not isinstance(value, dict):
        return False
    if key == "aliases":
        return all(isinstance(role, str) for role in value.values())
    return all(_of_directory(of_directory) for of_directory in value.values())


def _of_directory(value: object) -> bool:
    if not isinstance(value, dict) or not isinstance(value.get("user", ""), str):
        return False
    aws = value.get("aws", {})
    return isinstance(aws, dict) and all(isinstance(aws.get(name, ""), str) for name in _OF_AWS)


def _steps(key: str) -> list[str]:
    steps = key.split(".", 1) if key.startswith("aliases.") else key.split(".")
    known = steps[0] in KEYS and (steps[0] in _TABLES) == (len(steps) > 1) and all(steps)
    known = known and key.isprintable()
    if steps[0] == "directories":
        asked = tuple(steps[2:])
        known = known and (asked == ("user",) or asked in {("aws", name) for name in _OF_AWS})
    if not known:
        if steps[0] in _TABLES:
            hint = f"write {_TABLES[steps[0]]}"
        else:
            names = ", ".join(_TABLES.get(name, name) for name in KEYS)
            hint = did_you_mean(key, KEYS) or f"settings are {names}"
        raise NotFound(f"there is no setting {shown(key)}", hint=hint)
    return steps


def _reads_as(text: str, values: dict[str, Any]) -> bool:
    import tomllib

    try:
        return tomllib.loads(text) == values
    except tomllib.TOMLDecodeError:
        return False


def _found(values: Mapping[str, Any], steps: list[str]) -> object:
    """The value behind the steps, None when there is none or a table of them."""
    value: Any = values
    for step in steps:
        value = value.get(step) if isinstance(value, dict) else None
    return None if isinstance(value, dict) else value


def _put(document: Any, steps: list[str], value: str) -> None:
    """Set a value of a tomlkit document, below new tables written as those beside them are."""
    import tomlkit
    from tomlkit.items import InlineTable

    table = document
    for position, step in enumerate(steps[:-1]):
        if step in table:
            table = table[step]
            continue
        dotted = any(key and key.is_dotted() and key.key == steps[0] for key, _ in document.body)
        if position and dotted:
            document.append(tomlkit.key(steps), value)
            return
        # Inline fits into tables of every kind, those that dotted keys make included.
        inline = position > 1 or isinstance(table, InlineTable)
        table[step] = tomlkit.inline_table() if inline else tomlkit.table(position < len(steps) - 2)
        table = table[step]
    table[steps[-1]] = value


def _take(root: Any, steps: list[str]) -> None:
    """Remove a value that is there, and tables left empty, of a document or its plain values."""
    tables = [root]
    for step in steps[:-1]:
        tables.append(tables[-1][step])
    del tables.pop()[steps[-1]]
    for table, step in zip(reversed(tables), reversed(steps[:-1]), strict=True):
        if not table[step]:
            del table[step]


def _flat(prefix: str, values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, value in values.items():
        if isinstance(value, dict):
            yield from _flat(f"{prefix}{name}.", value)
        else:
            yield f"{prefix}{name}", str(value)
