"""A fresh directory, and adopting one that is there already."""

import re

from iamctl.domain.change import Changes
from iamctl.domain.directory import Directory
from iamctl.domain.errors import InvalidValue
from iamctl.domain.ids import (
    Randomness,
    mint_access_key_id,
    mint_secret_access_key,
    mint_unique_id,
)
from iamctl.domain.names import ACCOUNT_ID, USER_NAME
from iamctl.domain.secret import Secret
from iamctl.domain.times import format_instant
from iamctl.domain.tuples import NamedTuple
from iamctl.services.account import check_alias
from iamctl.services.draft import Draft
from iamctl.sts.caller import fingerprint

EXAMPLE_ACCOUNT = "123456789012"
"""The account id of AWS's documentation."""

_HEAD = """\
# Users, groups, roles and policies of one account. Edit this file by hand or with `iamctl`;
# no secret is ever in it. `iamctl validate` says what is wrong with it and where.
iamctl: 1
directory: {uuid}  # secrets on people's machines belong to this id: keep it
account:
  id: "{account}"{example}
"""

_USER = """
users:
  {name}:
    id: {id}
    created: {created}
"""

_KEY = """\
    keys:
      {key_id}:
        created: {created}
        fingerprint: {fingerprint}
"""

_TAIL = """
# One member a line; `until: 2026-12-31` ends a membership by itself.
groups: {}

# A trust policy says who may assume a role: `iamctl role create NAME --allow user/NAME`.
roles: {}

policies: {}
"""

_PLAIN_KEY = re.compile(r"[A-Za-z][\w.@+-]*", re.ASCII)
_YAML_WORDS = frozenset(["y", "n", "yes", "no", "true", "false", "on", "off", "null", "nan", "inf"])


class Initial(NamedTuple):
    """The text of a new directory file and what is in it.

    The key of the user, if any, is in the text by id and fingerprint; its secret belongs in the
    vault before the file is written.
    """

    text: str
    account: str
    account_is_example: bool
    user_id: str | None = None
    key_id: str | None = None
    secret: Secret | None = None


def initial(
    account: str | None,
    alias: str | None,
    user: str | None,
    *,
    uuid: str,
    now: int,
    randomness: Randomness,
    with_key: bool = True,
) -> Initial:
    """A fresh directory; without an account, of AWS's example account. Raises InvalidValue."""
    number = EXAMPLE_ACCOUNT if account is None else ACCOUNT_ID.check(account)
    example = "  # AWS's example account: put yours here" if account is None else ""
    text = _HEAD.format(uuid=uuid, account=number, example=example)
    if alias is not None:
        text += f"  alias: {_scalar(check_alias(alias))}\n"
    if user is None:
        return Initial(text + "\nusers: {}\n" + _TAIL, number, account is None)
    created = format_instant(now)
    user_id = mint_unique_id("users", randomness)
    text += _USER.format(name=_scalar(USER_NAME.check(user)), id=user_id, created=created)
    if not with_key:
        return Initial(text + _TAIL, number, account is None, user_id)
    key_id = mint_access_key_id("AKIA", number, randomness)
    secret = Secret(mint_secret_access_key(randomness))
    proof = fingerprint(uuid, user_id, key_id, secret)
    text += _KEY.format(key_id=key_id, created=created, fingerprint=proof)
    return Initial(text + _TAIL, number, account is None, user_id, key_id, secret)


def plan_adopt(
    directory: Directory,
    *,
    account: str | None = None,
    alias: str | None = None,
    user: str | None = None,
    uuid: str,
    new_identity: bool = False,
) -> Changes:
    """What adopting an existing file changes in it: it gets a UUID when it has none.

    With `new_identity` it gets another one: a copy that shall be a directory of its own.
    Raises NotFound for the user, InvalidValue when the file is of another account or alias.
    """
    if user is not None:
        directory.user(user)
    for what, asked, held in (
        ("account", account, directory.account.id),
        ("alias", alias, directory.account.alias),
    ):
        if asked not in (None, held):
            raise InvalidValue(
                f"the directory is there already, and its {what} is {held or 'not set'}, "
                f"not {asked}",
                hint=f"leave out --{what} to adopt it, or edit the file",
            )
    draft = Draft(directory)
    if new_identity or directory.uuid is None:
        draft.set(("directory",), uuid)
    return draft.changes


def _scalar(text: str) -> str:
    """A name as YAML, quoted where a reader might take it for something else."""
    if _PLAIN_KEY.fullmatch(text) and text.lower() not in _YAML_WORDS:
        return text
    return f'"{text}"'
