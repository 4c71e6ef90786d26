"""Access keys as rows, as facts, and with their secrets where these were asked for."""

import csv
import io
from collections.abc import Sequence

from iamctl.cli.facts import instant
from iamctl.cli.new_files import write_new
from iamctl.cli.output import answer, say, show_facts, show_rows
from iamctl.cli.showing import day_text
from iamctl.domain.directory import Directory
from iamctl.domain.secret import Secret
from iamctl.domain.source import Plain
from iamctl.services.awsshape import key_shape
from iamctl.services.keys import KeyRow, list_keys

SECRET_FORMS = ("env", "json", "csv")
"""The forms of `-o` that show a secret access key: a shell's, AWS's response, the console's."""


def show_keys(
    output: str | None, directory: Directory, rows: Sequence[KeyRow], now: int, empty: str
) -> None:
    """Keys in the form that was asked for."""
    show_rows(
        output,
        ("key id", "user", "status", "created", "age"),
        [(r.key_id, r.user, r.status, day_text(r.created), age(r.created, now)) for r in rows],
        lambda: {"AccessKeyMetadata": [key_shape(row) for row in rows]},
        lambda: _in_file(directory, rows),
        empty,
    )


def show_key(output: str | None, directory: Directory, user: str, key_id: str, now: int) -> None:
    """One key and whose it is."""
    row = next(r for r in list_keys(directory, user=user, now=now) if r.key_id == key_id)
    owner = directory.user(user)
    show_facts(
        output,
        [
            ("access key", row.key_id),
            ("user", row.user),
            ("arn", directory.arn(owner)),
            ("status", row.status),
            ("created", instant(row.created)),
            ("age", age(row.created, now)),
            ("secret", _proof(row)),
        ],
        lambda: {"AccessKeyMetadata": [key_shape(row)]},
        lambda: _in_file(directory, [row]),
        row.key_id,
    )


def age(created: int | None, now: int) -> str:
    """Whole days since then."""
    return "" if created is None else f"{max(now - created, 0) // 86400}d"


def display_secret(form: str | None, row: KeyRow, secret: Secret, file: str | None = None) -> None:
    """A key with its secret, on stdout or in a new file of its owner's; without a form, for a
    person to copy. Raises AlreadyExists, StorageFailure."""
    text = secret.reveal_text()
    if form is None:
        return show_facts(
            None,
            [("user", row.user), ("access key", row.key_id), ("secret access key", text)],
            dict,
            dict,
            row.key_id,
        )
    shown = _secret_text(form, row, text)
    if file is None:
        return answer(shown)
    write_new(file, shown.encode())
    return say(f"wrote {file}, which only you can read")


def _secret_text(form: str, row: KeyRow, secret: str) -> str:
    """A key with its secret in one of `SECRET_FORMS`."""
    if form == "json":
        from iamctl.rendering.machine import json_text

        return json_text({"AccessKey": {**key_shape(row), "SecretAccessKey": secret}})
    if form == "env":
        from iamctl.rendering.shells import credentials_text

        values = {"AWS_ACCESS_KEY_ID": row.key_id, "AWS_SECRET_ACCESS_KEY": secret}
        return credentials_text("sh", values)
    return _csv(("User Name", "Access key ID", "Secret access key"), row, secret)


def _csv(columns: Sequence[str], row: KeyRow, secret: str) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([columns, (row.user, row.key_id, secret)])
    return text.getvalue()


def _proof(row: KeyRow) -> str:
    return "proved by its fingerprint" if row.has_fingerprint else "proved by the vault alone"


def _in_file(directory: Directory, rows: Sequence[KeyRow]) -> Plain:
    users: dict[str, dict[str, Plain]] = {}
    for row in rows:
        key = directory.value_at(("users", row.user, "keys", row.key_id))
        users.setdefault(row.user, {})[row.key_id] = key
    return {"users": {name: {"keys": dict(keys)} for name, keys in users.items()}}
