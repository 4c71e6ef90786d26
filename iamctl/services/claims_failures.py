"""What breaks a claim, in words and as data."""

from collections.abc import Iterable

from iamctl.domain.tuples import NamedTuple
from iamctl.policy.evaluate import Matched
from iamctl.policy.explain import describe_matched
from iamctl.services.claims_principals import title
from iamctl.services.claims_ways import Way
from iamctl.services.everybody import Kind

_NAMED = 3


class Broken(NamedTuple):
    """Somebody who `can` or `cannot` do an action, and how; `path` holds the roles to be assumed
    before, in their order."""

    kind: Kind
    name: str
    verb: str
    action: str
    way: Way
    path: tuple[str, ...] = ()
    note: str = ""


class Failure(NamedTuple):
    """One reason why a claim does not hold.

    `decision` is one of AWS's, conditional or unknown, "" for a claim that tests nothing; with
    several `actions`, resource and statement are the first one's.
    """

    message: str
    principal: str = ""
    actions: tuple[str, ...] = ()
    resource: str = ""
    decision: str = ""
    path: tuple[str, ...] = ()
    conditions: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()
    matched: Matched | None = None

    @property
    def details(self) -> list[str]:
        """Lines for a person: the way, the statement, the conditions, what is not known."""
        lines = []
        if self.path:
            lines.append("through " + " → ".join(f"role/{name}" for name in self.path))
        if self.matched is not None:
            lines.append(describe_matched(self.matched))
        lines += self.conditions
        return lines + [f"unknown: {reason}" for reason in self.unread]


def together(found: Iterable[Broken]) -> list[Failure]:
    """The failures, those that differ in their action alone put together."""
    alike: dict[object, list[Broken]] = {}
    for broken in found:
        matched = broken.way.matched
        key = (
            *broken[:3],
            broken.path,
            broken.note,
            broken.way.verdict,
            None if matched is None else id(matched.statement),
            broken.way.conditions if matched is not None else (),
            broken.way.unread,
        )
        alike.setdefault(key, []).append(broken)
    return [_failure(group) for group in alike.values()]


def _failure(group: list[Broken]) -> Failure:
    first = group[0]
    actions = tuple(dict.fromkeys(broken.action for broken in group))
    way = first.way
    who = title(first.kind, first.name)
    verb = "may be able to" if first.verb == "can" and way.verdict == "unknown" else first.verb
    more = len(actions) - _NAMED
    named = ", ".join(actions[:_NAMED]) + (f" and {more} more actions" if more > 0 else "")
    where = f" on {way.resource}" if way.resource != "*" else ""
    note = f" {first.note}" if first.note else ""
    return Failure(
        f"{who} {verb} {named}{where}{note}",
        who,
        actions,
        way.resource,
        way.verdict,
        first.path,
        way.conditions,
        way.unread,
        way.matched,
    )
