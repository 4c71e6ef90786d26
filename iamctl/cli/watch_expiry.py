"""`iamctl watch-expiry`: memberships that end, what ends with them, and keys that are due."""

import shlex
import sys
from collections.abc import Iterator, Sequence
from typing import Annotated

import typer

from iamctl.cli import exits
from iamctl.cli.access_options import AccountFiles, At
from iamctl.cli.app import single
from iamctl.cli.asking import Asking
from iamctl.cli.options import Directory, form_option
from iamctl.cli.output import for_pipe, say, show_facts, show_rows
from iamctl.cli.values import check_form
from iamctl.domain.source import Plain
from iamctl.domain.times import format_duration, format_instant, parse_duration
from iamctl.domain.tuples import NamedTuple
from iamctl.rendering.progress import progress
from iamctl.rendering.question import can_words
from iamctl.services.expiry import Expiring, due_keys, expiring
from iamctl.services.expiry_access import Difference, Item
from iamctl.services.keys import KeyRow
from iamctl.services.what_can import Permission
from iamctl.services.what_can_grants import Grant

_FORMS = ("table", "json", "yaml", "tsv")
_COLUMNS = ("when", "user", "of", "what", "access", "resources", "conditions")
_LONG_AGO = -(10**18)
_LINES, _ACTIONS, _RESOURCES = 12, 6, 3
"""How much people are shown of one membership: lines, actions of a line, resources of a line."""

_UNLISTED = "something that AWS's list of actions does not know"
_UNREAD = "something: it hangs on what could not be read"


class Line(NamedTuple):
    """One thing that changes: loses, may lose, gains or may gain; the access, where, and if."""

    what: str
    access: str
    resources: str = ""
    conditions: str = ""


def watch_expiry(
    within: Annotated[
        str,
        typer.Option(
            "--within", metavar="DURATION", help="How far to look ahead.", show_default=True
        ),
    ] = "30d",
    ended: Annotated[
        bool, typer.Option("--ended", help="Also memberships that have ended already.")
    ] = False,
    key_age: Annotated[
        str,
        typer.Option(
            "--key-age",
            metavar="DURATION",
            help="The age at which an active access key is due.",
            show_default=True,
        ),
    ] = "90d",
    at: At = None,
    account_file: AccountFiles = None,
    output: Annotated[str | None, form_option(_FORMS, "table, json, yaml or tsv.")] = None,
    directory: Directory = None,
) -> None:
    """Memberships that end soon, and what access ends with each; access keys that are due.

    What a user may do is compared at the second at which the membership ends: with it, and
    without it. "loses" is proved by a request that is allowed with it and denied without;
    "nothing" is proved too; what cannot be proved is what a user "may lose". One such request of
    each membership is shown, and all with -o json. What roles can do that may no longer be
    assumed is not counted again. Keys have no end in the file: AWS advises to rotate them after
    90 days. Exit 1: something ends, or a key is due.

    \b
    iamctl watch-expiry
    iamctl watch-expiry --within 7d -o json
    iamctl watch-expiry --ended --key-age 365d
    """
    check_form(output, _FORMS)
    ahead, age = parse_duration(within), parse_duration(key_age)
    asking = Asking(directory, account_file, at)
    now = asking.access.now
    with progress(sys.stderr, "comparing access", long=3, step=1) as told:
        found = expiring(
            asking.directory,
            asking.access_at,
            _LONG_AGO if ended else now,
            now + ahead,
            told,
        )
    keys = due_keys(asking.directory, now, age)
    if found or keys or output in ("json", "yaml"):
        _show(output, found, keys, now, age)
    else:
        say(f"nothing ends within {format_duration(ahead)}, and no key is due")
    if found or keys:
        raise typer.Exit(exits.NEGATIVE)


app = single(watch_expiry)


def _show(
    output: str | None, found: Sequence[Expiring], keys: Sequence[KeyRow], now: int, age: int
) -> None:
    def shape() -> dict[str, Plain]:
        return {
            "At": format_instant(now),
            "Memberships": [_shape(one, now) for one in found],
            "AccessKeys": [_key_shape(key, now) for key in keys],
        }

    if output not in ("json", "yaml") and not for_pipe(output):
        return show_facts("table", _facts(found, keys, now), dict, dict, "")
    rows = [row for one in found for row in _rows(one)]
    rows += [_key_row(key, age, now) for key in keys]
    return show_rows(output, _COLUMNS, rows, shape, shape, "")


def _facts(
    found: Sequence[Expiring], keys: Sequence[KeyRow], now: int
) -> Iterator[tuple[str, str]]:
    """For people: when, and what then happens."""
    for one in found:
        verb = "leaves" if now < one.until else "left"
        said = [f"{one.user} {verb} {', '.join(one.groups)}"]
        said += [_sentence(line) for line in _some(list(_lines(one, brief=True)))]
        said += _proofs(one)
        said += [f"unknown: {reason}" for reason in one.changes.unread]
        yield format_instant(one.until), "\n".join(said)
    for key in keys:
        yield "key due", f"{key.key_id} of {key.user}, {_age(key, now)}"


def _proofs(one: Expiring) -> Iterator[str]:
    """A request that is denied from then on, and one that is allowed from then on."""
    for verdict, difference in (("denied", one.changes.lost), ("allowed", one.changes.gained)):
        witness = next((item.witness for item in difference.items if item.witness), None)
        if witness is not None:
            asked = witness.action, witness.resource, witness.context
            words = can_words(f"user/{one.user}", *asked, one.until)
            yield f"{verdict} then: iamctl can {shlex.join(words)}"


def _some(lines: list[Line]) -> Iterator[Line]:
    yield from lines if len(lines) <= _LINES else lines[: _LINES - 1]
    if len(lines) > _LINES:
        yield Line("and", f"{len(lines) - _LINES + 1} more; -o tsv has all")


def _sentence(line: Line) -> str:
    where = f" on {line.resources}" if line.resources else ""
    conditions = f", {line.conditions}" if line.conditions else ""
    return f"{line.what} {line.access}{where}{conditions}"


def _lines(one: Expiring, brief: bool = False) -> Iterator[Line]:
    """What a membership's end changes; at least one line."""
    lost, gained, unread = one.changes
    if lost.nothing:
        yield Line("loses", "nothing")
    for difference, verb in ((lost, "lose"), (gained, "gain")):
        if difference.items:
            for item in difference.items:
                yield from _item_lines(item, verb, brief)
        elif not difference.nothing:
            yield Line(f"may {verb}", _UNREAD if unread else _UNLISTED)


def _item_lines(item: Item, verb: str, brief: bool) -> Iterator[Line]:
    what = f"may {verb}" if item.witness is None else f"{verb}s"
    if isinstance(item.what, Permission):
        for grant in item.what.grants:
            yield _grant_line(what, item.what, grant, brief)
    else:
        context = item.witness.context if item.witness is not None else {}
        said = ", ".join(f"{key}={_joined(value)}" for key, value in context.items())
        yield Line(what, item.what, "", f"with {said}" if said else "")


def _joined(value: str | tuple[str, ...]) -> str:
    return value if isinstance(value, str) else " and ".join(value)


def _grant_line(what: str, permission: Permission, grant: Grant, brief: bool) -> Line:
    names = [action.rpartition(":")[2] for action in permission.shown]
    excepted = f" except {_cut(grant.excepted, _RESOURCES, brief)}" if grant.excepted else ""
    return Line(
        what,
        f"{permission.service} ({', '.join(permission.levels)}): {_cut(names, _ACTIONS, brief)}",
        _cut(grant.resources, _RESOURCES, brief) + excepted,
        "; ".join(map(str, grant.conditions)),
    )


def _cut(words: Sequence[str], most: int, brief: bool) -> str:
    """The words; of many, when `brief`, some of them."""
    more = len(words) - most
    shown = [*words[:most], f"and {more} more"] if brief and more > 1 else words
    return ", ".join(shown)


def _rows(one: Expiring) -> Iterator[tuple[str, ...]]:
    head = (format_instant(one.until), one.user, ", ".join(one.groups))
    for line in _lines(one):
        yield (*head, *line)
    for reason in one.changes.unread:
        yield (*head, "unknown", reason, "", "")


def _key_row(key: KeyRow, age: int, now: int) -> tuple[str, ...]:
    since = "" if key.created is None else format_instant(key.created + age)
    return since, key.user, key.key_id, "due", _age(key, now), "", ""


def _age(key: KeyRow, now: int) -> str:
    return "of unknown age" if key.created is None else f"{_days(key.created, now)} days old"


def _days(created: int, now: int) -> int:
    return max(now - created, 0) // 86400


def _shape(one: Expiring, now: int) -> dict[str, Plain]:
    return {
        "UserName": one.user,
        "GroupNames": list(one.groups),
        "Until": format_instant(one.until),
        "Ended": one.until <= now,
        "Loses": _verdict(one.changes.lost),
        "Lost": [_item_shape(item) for item in one.changes.lost.items],
        "Gains": _verdict(one.changes.gained),
        "Gained": [_item_shape(item) for item in one.changes.gained.items],
        "Unreadable": list(one.changes.unread),
    }


def _verdict(difference: Difference) -> str:
    """nothing and something are proved; maybe is not."""
    if difference.nothing:
        return "nothing"
    sure = any(item.witness is not None for item in difference.items)
    return "something" if sure else "maybe"


def _item_shape(item: Item) -> dict[str, Plain]:
    witness: Plain = None
    if item.witness is not None:
        context: dict[str, Plain] = {
            key: value if isinstance(value, str) else list(value)
            for key, value in item.witness.context.items()
        }
        witness = {
            "Action": item.witness.action,
            "Resource": item.witness.resource,
            "Context": context,
        }
    sure: dict[str, Plain] = {"Certain": item.witness is not None, "Witness": witness}
    if not isinstance(item.what, Permission):
        return {"Role": item.what.partition("/")[2], **sure}
    return {
        "Service": item.what.service,
        "AccessLevels": list(item.what.levels),
        "Actions": list(item.what.actions),
        "Grants": [
            {
                "Resources": list(grant.resources),
                "Except": list(grant.excepted),
                "Conditions": [str(proof) for proof in grant.conditions],
            }
            for grant in item.what.grants
        ],
        **sure,
    }


def _key_shape(key: KeyRow, now: int) -> dict[str, Plain]:
    return {
        "UserName": key.user,
        "AccessKeyId": key.key_id,
        "CreateDate": None if key.created is None else format_instant(key.created),
        "AgeDays": None if key.created is None else _days(key.created, now),
    }
