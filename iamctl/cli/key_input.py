"""An access key handed in: from stdin in the forms it is passed around in, or typed at a prompt."""

import csv
import sys

from iamctl.cli.confirm import typed_line
from iamctl.cli.documents import stdin_text
from iamctl.domain.errors import InvalidValue, Usage
from iamctl.domain.names import ACCESS_KEY_ID
from iamctl.domain.secret import Secret

_FORMS = (
    "give the key id and the secret with a space between, the console's CSV, "
    "or the JSON of `aws iam create-access-key`"
)


def read_key() -> tuple[str, Secret]:
    """The key id and the secret. Raises InvalidValue, whose message holds neither."""
    return _prompted() if sys.stdin.isatty() else parse_key(stdin_text())


def parse_key(text: str) -> tuple[str, Secret]:
    """The key in `KEYID SECRET`, CSV with or without its header, or AWS's JSON."""
    text = text.strip()
    if text.startswith("{"):
        fields = _of_json(text)
    elif "," in text:
        fields = _of_csv(text)
    else:
        fields = text.split()
    if len(fields) != 2 or not _is_key_id(fields[0]):
        raise InvalidValue("standard input holds no access key with its secret", hint=_FORMS)
    return fields[0], Secret(fields[1])


def _is_key_id(text: str) -> bool:
    """AWS's ids have no small letters: a secret in an id's place is never taken, nor repeated."""
    return ACCESS_KEY_ID.problem(text) is None and text == text.upper()


def _of_json(text: str) -> list[str]:
    import json

    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return []
    key = value.get("AccessKey", value)
    fields = [key.get(n) for n in ("AccessKeyId", "SecretAccessKey")] if _is_map(key) else []
    return [field for field in fields if isinstance(field, str)]


def _is_map(value: object) -> bool:
    return isinstance(value, dict)


def _of_csv(text: str) -> list[str]:
    try:
        rows = [[cell.strip() for cell in row] for row in csv.reader(text.splitlines()) if row]
    except csv.Error:
        return []
    header = [cell.lower() for cell in rows[0]]
    if "access key id" in header and "secret access key" in header:
        places = [header.index("access key id"), header.index("secret access key")]
        rows = rows[1:]
    else:
        places = [len(rows[0]) - 2, len(rows[0]) - 1]  # the console's older files begin with a user
    if len(rows) != 1 or len(rows[0]) <= max(places) or min(places) < 0:
        return []
    return [rows[0][place] for place in places]


def _prompted() -> tuple[str, Secret]:
    from iamctl.prompts import ask_terminal

    sys.stderr.write("access key id: ")
    sys.stderr.flush()
    key_id = typed_line().strip()
    if not _is_key_id(key_id):
        raise InvalidValue("that is no access key id, which looks like AKIAIOSFODNN7EXAMPLE")
    secret = ask_terminal(
        "secret access key (not shown): ", echo=False, given_up="nothing was changed"
    )
    if secret is None:
        raise Usage("there is no terminal to ask for the secret on", hint=_FORMS)
    return key_id, Secret(secret.reveal().decode("utf-8", "replace").strip())
