"""Gates: what a change must not do. Each is broken with the line that breaks it.

An answer that is not complete breaks a gate as well: what could not be read, or was not refuted by
a request, may be what the gate is there for. `not_granted` asks of the new state alone, as IAM
Access Analyzer's CheckAccessNotGranted does of a policy; the root user, whom no policy keeps from
anything within the account, is left out of it.
"""

from collections.abc import Iterator, Sequence

from iamctl.domain.claims import Claim
from iamctl.domain.errors import Usage
from iamctl.domain.names import shown
from iamctl.domain.patterns import Pattern
from iamctl.domain.tuples import NamedTuple
from iamctl.policy.reach import Box
from iamctl.policy.reach_automaton import may_meet
from iamctl.policy.reach_patterns import RESOURCES, Patterns, action_pattern, arn_pattern
from iamctl.services.access_diff import Unread
from iamctl.services.access_diff_assume import Edge
from iamctl.services.access_diff_lines import AccessDiff, Line
from iamctl.services.access_diff_outside import ANONYMOUS, ANYBODY, CANONICAL
from iamctl.services.access_diff_times import AccessAt, over_time
from iamctl.services.claims import check
from iamctl.services.what_can import ALL_LEVELS
from iamctl.services.who_can import ASSUME_ROLE, FEDERATED_ASSUMES

NO_NEW_ACCESS, NOT_GRANTED = "no-new-access", "not-granted"
NO_PUBLIC, NO_NEW_ASSUME, CLAIMS = "no-public", "no-new-assume", "claims"
_OF_S3 = "arn:aws:s3:::"
_ACTION = Pattern(r"[A-Za-z0-9*?-]+:[A-Za-z0-9*?]+|\*")
_ASSUMES = frozenset(action.lower() for action in (ASSUME_ROLE, *FEDERATED_ASSUMES))


class Breach(NamedTuple):
    """What breaks a gate: a line, a way to a role, a policy that could not be read, that nothing is
    told of an instant and what comes later, or what else there is, in words."""

    gate: str
    line: Line | None = None
    edge: Edge | None = None
    unread: Unread | None = None
    unasked: int | None = None
    words: str = ""


class Review(NamedTuple):
    """All that there is to say of a change: what it gives and takes, the ways to roles that it
    opens, new credentials in words, what breaks gates, and the ways that it closes."""

    diff: AccessDiff
    edges: tuple[Edge, ...]
    credentials: tuple[str, ...]
    breaches: tuple[Breach, ...]
    lost: tuple[Edge, ...] = ()


def no_new_access(found: AccessDiff, credentials: Sequence[str] = ()) -> Iterator[Breach]:
    """Nobody may do what it could not before, whoever is not of the file included, and nobody has
    new credentials to do it with."""
    yield from (Breach(NO_NEW_ACCESS, line) for line in (*found.gained, *_let_in(found)))
    yield from (Breach(NO_NEW_ACCESS, words=words) for words in credentials)
    yield from _incomplete(NO_NEW_ACCESS, found)


def no_new_assume(found: AccessDiff, edges: Sequence[Edge]) -> Iterator[Breach]:
    """Nobody may become a role that it could not before, over any number of others, nor under
    fewer conditions."""
    yield from (Breach(NO_NEW_ASSUME, edge=edge) for edge in edges)
    told = {edge.principal for edge in edges}
    for line in (*found.gained, *_let_in(found)):
        others = tuple(word for word in line.principals if word not in told)
        if others and _may_assume(line):
            yield Breach(NO_NEW_ASSUME, line._replace(principals=others))
    yield from _incomplete(NO_NEW_ASSUME, found)


def _may_assume(line: Line) -> bool:
    """Whether a line may be about assuming roles; a broad one says so in patterns alone."""
    if not line.permission.service and line.permission.levels == (ALL_LEVELS,):
        resources = [text for grant in line.permission.grants for text in grant.resources]
        return any(text == "*" or not text.startswith(_OF_S3) for text in resources)
    return not _ASSUMES.isdisjoint(map(str.lower, line.permission.actions))


def no_public(found: AccessDiff) -> Iterator[Breach]:
    """No policy of a resource or role may let in, newly, whoever asks or whomever another account
    chooses."""
    for line in found.outside:
        public = tuple(filter(is_public, line.principals))
        if line.gained and public:
            yield Breach(NO_PUBLIC, line._replace(principals=public))
    unread = (u for u in found.unread if any(map(is_public, u.principals)))
    yield from _incomplete(NO_PUBLIC, found._replace(unread=tuple(unread)))


def not_granted(
    after: AccessAt, now: int, actions: Sequence[str], resource: str | None = None
) -> Iterator[Breach]:
    """Nobody but root may do, in the new state, any of the actions on any of the resources, which
    are patterns as policies have them. Raises Usage, also for what no request can be about."""
    for action in actions:
        if _ACTION.fullmatch(action) is None:
            raise Usage(
                f"{shown(action)} is no action", hint="write SERVICE:Action, as in iam:Create*"
            )
    about = Patterns(tuple(map(action_pattern, actions)))
    where = () if resource is None else (Patterns((arn_pattern([resource]),)),)
    if not may_meet((RESOURCES, *where)):
        raise Usage(
            f"no resource is like {shown(resource or '', 200)}",
            hint="write an ARN with * and ?, or *",
        )
    within = (Box((about,), where),)
    found = over_time([], after, now, within=within).diff
    for line in found.lines:
        others = tuple(word for word in line.principals if not _is_root(word))
        if others:
            yield Breach(NOT_GRANTED, line._replace(principals=others))
    yield from (Breach(NOT_GRANTED, line) for line in found.outside)
    yield from _incomplete(NOT_GRANTED, found)


def _let_in(found: AccessDiff) -> Iterator[Line]:
    return (line for line in found.outside if line.gained)


def is_public(word: str) -> bool:
    """Whether a word of `outside` means whoever asks, or whoever an account chooses."""
    return word in (ANYBODY, ANONYMOUS) or word.endswith(":root") or word.startswith(CANONICAL)


def claims_hold(
    before: Sequence[Claim], after: Sequence[Claim], state: AccessAt, now: int
) -> Iterator[Breach]:
    """The new state must do as the claims of both states say, and keep those there were, so that no
    change weakens what it is held against."""
    kept = [_said(claim) for claim in after]
    gone = [claim for claim in before if _said(claim) not in kept]
    for claim in gone:
        yield Breach(CLAIMS, words=f"a claim is gone or another: {claim}")
    for checked in check([*after, *gone], lambda at: state(now if at is None else at)):
        for failure in checked.failures:
            yield Breach(CLAIMS, words=f"{checked.claim} fails: {failure.message}")


def _said(claim: Claim) -> Claim:
    """What a claim says; where it stands, and why, is left out."""
    return claim._replace(source=None, why="")


def _is_root(word: str) -> bool:
    return word == "root" or word.endswith(":root")


def _incomplete(gate: str, found: AccessDiff) -> Iterator[Breach]:
    yield from (Breach(gate, unread=unread) for unread in found.unread)
    if found.unasked is not None:
        yield Breach(gate, unasked=found.unasked)
