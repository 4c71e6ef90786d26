"""Whether a principal can never do something: on no resource of a pattern, in no context, at no
time from now on, as long as the directory stays as it is.

All that the principal may do is taken as a set of requests (services.reaching) and cut at the
action and the resource; the claim is proved where nothing is left. What a request brings along is
open. The clock is not: it is looked at now, whenever a membership ends, and around every time that
a condition names, which is all that can make a difference. What own policies would allow on
resources of accounts that no file speaks of is never proved. A counterexample is put to the
evaluator as `can` does.
"""

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property

from iamctl.domain import condition_values as values
from iamctl.domain.arns import assumed_role_arn
from iamctl.domain.errors import InvalidValue, NotFound
from iamctl.domain.names import SESSION_NAME, shown
from iamctl.domain.patterns import Pattern
from iamctl.domain.tuples import NamedTuple
from iamctl.policy.reach import ALL, Box, Point, Requests, Term
from iamctl.policy.reach_exact import is_empty
from iamctl.policy.reach_patterns import (
    RESOURCES,
    Patterns,
    action_pattern,
    arn_pattern,
    within_account,
)
from iamctl.policy.reach_provisos import Known
from iamctl.policy.request import ANONYMOUS
from iamctl.services.access import OF_ITS_FILE, Access, Answer, Circumstances, Value
from iamctl.services.can import OF_WHO
from iamctl.services.claims_places import Places
from iamctl.services.prove_owners import could, home, owned
from iamctl.services.prove_points import global_kinds, likely_points, single_keys
from iamctl.services.prove_times import AccessAt, as_written, telling_instants
from iamctl.services.reaching import known_of, reach_of
from iamctl.services.subjects import Subject

_BROUGHT = ("aws:securetransport", "aws:viaawsservice", "aws:tokenissuetime")
"""Keys that a request brings along, and that other questions take for what is usual."""
_LONGEST_SESSION = 129_600
"""Seconds. Source: the STS API Reference, GetSessionToken."""
_REGIONS = ("eu-west-1", "ap-southeast-2", "sa-east-1", "ca-central-1")
_ACTION = Pattern(r"[a-z0-9*?-]+:[a-z0-9*?]+|\*")
_TAGS = ("aws:resourcetag/", "iam:resourcetag/", "iam:permissionsboundary")
_TRIED = 60
_INSTANTS = 60
"""At how many times at most the directory is looked at."""

NOT_SETTLED = (
    "conditions that hang on one another, or sheer size, keep it from being proved, and no request"
    " was found that is allowed"
)


class Possible(NamedTuple):
    """A request that is allowed: by whom, in which context besides what the directory says, at
    which time in epoch seconds, None = the time that was asked for."""

    principal: str
    context: Mapping[str, Value]
    at: int | None
    answer: Answer


class Never(NamedTuple):
    """Whether it is proved that something can never be; else what can, or why that is unknown."""

    proved: bool
    possible: Possible | None = None
    unknown: str = ""


def never(access_at: AccessAt, principal: str, action: str, resource: str = "*") -> Never:
    """Whether no request of the principal for the action, a pattern, on the resource, a pattern of
    ARNs or `role/NAME` and the like, can be allowed from that time on.

    Raises NotFound, InvalidValue, and what loading other accounts' files does.
    """
    access = access_at(None)
    if _ACTION.fullmatch(action.lower()) is None:
        hint = "write SERVICE:Action, as in s3:GetObject; * and ? match any characters"
        raise InvalidValue(f"{shown(action)} is no pattern of actions", hint=hint)
    asked = _Asked(access_at, action, access.arn(resource))
    subject = access.subject(principal)
    unknown = "" if subject.principal.account else asked.places.unknown_owner(asked.resource) or ""
    for reference in (principal, *_sessions(asked.places, access, subject)):
        found = asked.of(reference)
        if found.possible is not None:
            return found
        unknown = unknown or found.unknown
    return Never(not unknown, unknown=unknown)


def _sessions(places: Places, access: Access, subject: Subject) -> Iterable[str]:
    """The sessions of a role that policies name; no other session is told from the rest."""
    principal = subject.principal
    if principal.type != "AssumedRole" or principal.arn != principal.principal_arn:
        return ()
    return places.sessions.get(principal.arn.rpartition("/")[2], ())


class _Asked:
    """An action and a resource, asked of whoever."""

    def __init__(self, access_at: AccessAt, action: str, resource: str) -> None:
        self._access_at = access_at
        self._now = access_at(None)
        self.action = action
        self.resource = resource
        self.places = Places(self._now)
        self._actions = Patterns((action_pattern(action),))
        self._single = single_keys(self._now.catalogue)
        self._kinds = global_kinds(self._now.catalogue)

    def of(self, reference: str) -> Never:
        """Whether a principal can never, at any time."""
        instants = telling_instants(self._access_at, reference, self._actions)
        if instants is None:
            return Never(False, unknown="a condition or a variable reads the clock as text")
        unknown = ""
        for count, instant in enumerate(instants):
            if count == _INSTANTS:
                return Never(False, unknown="too many times make a difference")
            found = self._then(instant, reference)
            if found.possible is not None:
                return found
            unknown = unknown or found.unknown
        return Never(not unknown, unknown=unknown)

    def _at(self, instant: int, reference: str) -> tuple[Access, Subject]:
        access = self._now if instant == self._now.now else self._access_at(instant)
        return access, access.subject(reference)

    def _then(self, instant: int, reference: str) -> Never:
        """Whether a principal can never at that time."""
        access, subject = self._at(instant, reference)
        own = access.directory.account.id
        alone = len(access.known_accounts()) == 1
        known = self._known(access, subject)
        parts: list[tuple[Known, Requests]] = [(known, ALL)]
        if alone:
            ours = home(own)
            parts = [
                (owned(access, known), Requests((Term(Box((), (ours,))),))),
                (known, Requests((Term(Box((), (~ours,))),))),
            ]
        unknown = ""
        for about, place in parts:
            wanted = self._wanted & place
            if is_empty(wanted, about) is True:
                continue
            reached = reach_of(access, subject, {}, about)
            if reached.unread:
                policy = reached.unread[0]
                return Never(False, unknown=f"{policy.id} could not be read: {policy.reason}")
            left = reached.requests & wanted
            empty = is_empty(left, about)
            if empty is True:
                continue
            for count, point in enumerate(likely_points(left, about, access.catalogue, own)):
                if count == _TRIED:
                    break
                possible = self._confirmed(access, subject, reference, about, point)
                if possible is not None:
                    return Never(False, possible)
            unknown = unknown or NOT_SETTLED
        return Never(False, unknown=unknown or self._abroad(access, subject, known))

    @cached_property
    def _wanted(self) -> Requests:
        """The requests that are asked about: of actions that take no resource, those for `*`."""
        catalogue = self._now.catalogue
        facts = filter(None, map(catalogue.action, catalogue.expand(self.action)))
        names = [action_pattern(fact.name) for fact in facts if not fact.takes_resource]
        box = Box((self._actions,), (Patterns((arn_pattern([self.resource]),)),))
        elsewhere = Box((Patterns(names),), (Patterns(RESOURCES.patterns[:1], negated=True),))
        return Requests((Term(box),)).less([elsewhere] if names else [])

    def _known(self, access: Access, subject: Subject) -> Known:
        """What is known of every request, whatever it brings along."""
        known = known_of(access, subject, {})
        opened: tuple[str, ...] = _BROUGHT
        if subject.principal == ANONYMOUS:
            opened += OF_WHO
        elif not access.knows(subject):
            opened += OF_ITS_FILE
        context = {k: v for k, v in known.context.items() if not k.startswith(opened)}
        return Known(
            context,
            lambda key: not key.startswith(opened) and known.settles(key),
            self._single,
            self._kinds,
        )

    def _abroad(self, access: Access, subject: Subject, known: Known) -> str:
        """Why it is unknown for resources of accounts that no file speaks of, if it is."""
        if not subject.principal.account:
            return ""
        accounts = tuple(map(within_account, access.known_accounts()))
        abroad = Box((), (RESOURCES, *(~places for places in accounts)))
        found = could(subject, known) & self._wanted & Requests((Term(abroad),))
        if is_empty(found, known) is True:
            return ""
        point = next(iter(likely_points(found, known, access.catalogue, "999999999999")), None)
        such = "" if point is None else f", such as {point.action} on {point.resource}"
        return (
            "the principal's own policies may allow it on resources of accounts that no file"
            f" speaks of{such}"
        )

    def _confirmed(
        self, access: Access, subject: Subject, reference: str, known: Known, point: Point
    ) -> Possible | None:
        """A request as the evaluator allows it, with no more context than it needs; None when it
        does not."""
        given = {k: v for k, v in point.context.items() if k not in known.context}
        named = _session_of(subject, given.pop("aws:userid", None))
        if named is None:
            return None
        reference = named or reference
        for context in _contexts(given, access.now):
            try:
                asked = access.subject(reference)
                plain = access.target(point.action, point.resource)
                facts = {key.lower() for key in plain.keys} | {"aws:resourceaccount"}
                told = {
                    key: value
                    for key, value in context.items()
                    if key not in facts
                    and not key.startswith("aws:resourceorg")
                    and not (key.startswith(_TAGS) and access.knows_tags(plain))
                }
                around = Circumstances(context=told)
                answer = access.answer(asked, access.target(point.action, point.resource, around))
            except (InvalidValue, NotFound):
                return None
            request = answer.request
            if answer.decision.allowed and self._wanted.holds(request.action, request.resource, {}):
                at = None if access.now == self._now.now else access.now
                spelled = as_written(access, asked, told)
                return Possible(reference, {spelled[k]: v for k, v in told.items()}, at, answer)
        return None


def _session_of(subject: Subject, userid: Value | None) -> str | None:
    """The session that an aws:userid means, "" where it says nothing; None when it can be none."""
    if userid is None:
        return ""
    principal = subject.principal
    unique_id, _, name = userid.partition(":") if isinstance(userid, str) else ("", "", "")
    if not unique_id or unique_id != principal.unique_id or SESSION_NAME.problem(name) is not None:
        return None
    role = principal.arn.rpartition("/")[2]
    return assumed_role_arn(principal.account, role, name)


def _contexts(given: Mapping[str, Value], now: int) -> Iterator[dict[str, Value]]:
    """What a request may bring along, the least first: what AWS always says is left to be what it
    is elsewhere, as long as that will do."""
    least = {key: value for key, value in given.items() if key != "aws:tokenissuetime"}
    contexts = [least]
    issued = given.get("aws:tokenissuetime")
    began = values.parse_date(issued) if isinstance(issued, str) else None
    if began is not None and now - _LONGEST_SESSION <= began / 10**9 <= now:
        contexts.append(dict(given))
    for context in contexts:
        yield context
        if "aws:requestedregion" not in context:
            yield from ({**context, "aws:requestedregion": region} for region in _REGIONS)
