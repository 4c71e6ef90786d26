"""Who can do something: every user and role of the directory, by itself or through roles, and
whoever a role's trust policy or a resource's policy lets in from outside.

What the directory and the clock do not settle, such as the caller's address or MFA, is open: an
answer that hangs on it is conditional.
"""

from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Literal

from iamctl.domain.arns import parse_arn, root_arn
from iamctl.domain.documents import Condition
from iamctl.domain.errors import NotFound
from iamctl.domain.tuples import NamedTuple
from iamctl.policy.calls import needs_no_permission
from iamctl.policy.compile import SourcePolicy
from iamctl.policy.evaluate import Layers, Matched, applies, evaluate, question_of
from iamctl.policy.request import ANONYMOUS, Request, federated_caller, service_caller
from iamctl.policy.suppose import Supposed
from iamctl.services.access import OF_ITS_FILE, PLAIN, Access, Circumstances, Target, refused_to
from iamctl.services.can import OF_WHO, deciding
from iamctl.services.everybody import Asked, Everybody, Kind, grants_anything, named_in
from iamctl.services.settled import PRINCIPAL_TAG, settled_keys
from iamctl.services.subjects import Subject, of_some_session

ASSUME_ROLE = "sts:AssumeRole"
FEDERATED_ASSUMES = ("sts:AssumeRoleWithWebIdentity", "sts:AssumeRoleWithSAML")
Verdict = Literal["allowed", "conditional", "unknown"]
Progress = Callable[[int, int], object]
"""Told how many of how many principals have been asked."""

_SETTLED_STARTS = ("aws:principal", "aws:resourceorg")
_TAGS = ("aws:resourcetag/", "iam:resourcetag/")


_Case = tuple[bool, bool, bool, bool, frozenset[str]]


class Hinge(NamedTuple):
    """Conditions that an answer hangs on: all must be true or, with `unless`, not all."""

    conditions: tuple[Condition, ...]
    unless: bool = False

    def __str__(self) -> str:
        words = " and ".join(
            f"{c.operator} {c.key} {' or '.join(c.values) or 'nothing'}" for c in self.conditions
        )
        return f"unless {words}" if self.unless else f"if {words}"


class Finding(NamedTuple):
    """How somebody can. `unread` says what could not be read when the verdict is unknown."""

    verdict: Verdict
    matched: Matched | None = None
    hinges: tuple[Hinge, ...] = ()
    unread: tuple[str, ...] = ()


class Holder(NamedTuple):
    """Somebody who can. `path` holds the roles to be assumed, in their order; none when the
    principal can by itself. `kind` is user, role, or outside for who is not in the directory."""

    kind: Kind
    name: str
    arn: str
    path: tuple[str, ...]
    finding: Finding


class WhoCan:
    """Asks every principal of a directory the same, under the same circumstances."""

    def __init__(
        self,
        access: Access,
        circumstances: Circumstances = PLAIN,
        progress: Progress = lambda done, total: None,
    ) -> None:
        self._access = access
        self._given = frozenset(key.lower() for key in circumstances.context)
        self._circumstances = circumstances
        self._progress = progress
        self._trust = circumstances._replace(resource_policy=None, resource_account=None)
        self._supposed: dict[_Case, tuple[Supposed, Supposed]] = {}
        self._everybody = Everybody(access)

    def holders(self, target: Target, direct: bool = False) -> list[Holder]:
        """Everybody who can: users, roles, then outsiders, in the order of the file."""
        found: dict[tuple[Kind, str], Holder] = {}
        self._ask_all(target, (), Finding("allowed"), found)
        if not direct:
            self._through_roles(found)
        kinds: dict[Kind, int] = {"user": 0, "role": 1, "outside": 2}
        place = {(a.kind, a.name): n for n, a in enumerate(self.everybody())}
        return sorted(found.values(), key=lambda h: (kinds[h.kind], place.get((h.kind, h.name), 0)))

    def _through_roles(self, found: dict[tuple[Kind, str], Holder]) -> None:
        """Add whoever may assume a role that can, then whoever may assume those, and so on."""
        directory = self._access.directory
        waiting = [holder for holder in found.values() if holder.kind == "role"]
        for role in waiting:  # grows while it is walked, so the shortest path is found first
            path = (role.name, *role.path)
            arn = directory.arn(directory.role(role.name))
            for action in (ASSUME_ROLE, *FEDERATED_ASSUMES):
                target = self._access.target(action, arn, self._trust)
                new = self._ask_all(target, path, role.finding, found)
                waiting += [holder for holder in new if holder.kind == "role"]

    def _ask_all(
        self,
        target: Target,
        path: tuple[str, ...],
        then: Finding,
        found: dict[tuple[Kind, str], Holder],
    ) -> list[Holder]:
        """Ask everybody; those who can, and could not yet or not without conditions, are added."""
        # Only whom an identity provider vouches for calls without credentials of its own.
        everybody = (
            self._everybody.worth_asking(target) if target.action not in FEDERATED_ASSUMES else []
        )
        new = []
        for number, asked in enumerate((*everybody, *self.outsiders(target)), 1):
            self._progress(number, len(everybody))
            held = found.get((asked.kind, asked.name))
            if held is not None and held.finding.verdict == "allowed":
                continue
            finding = self.ask(asked.subject, target)
            if finding is None:
                continue
            joined = _joined(finding, then) if path else finding
            if held is None or joined.verdict == "allowed":
                arn = asked.subject.principal.arn
                holder = Holder(asked.kind, asked.name, arn or asked.name, path, joined)
                found[asked.kind, asked.name] = holder
                if held is None:
                    new.append(holder)
        return new

    def ask(self, subject: Subject, target: Target) -> Finding | None:
        """How a principal can, or None when it cannot whatever the open conditions are."""
        if refused_to(subject, target.action.lower()):
            return None
        if needs_no_permission(subject.principal, target.action.lower()):
            return Finding("allowed")
        layers = subject.layers._replace(resource=target.policy, rcps=target.rcps)
        if not grants_anything(subject, layers, target.action.lower()):
            return None
        best, worst = self._cases(subject, target)
        # A role is asked as a session that no policy names, so that NotPrincipal leaves it out of
        # a Deny no more than AWS does.
        session = subject._replace(principal=of_some_session(subject.principal))
        request = self._access.request(session, target)
        hoped = evaluate(request, best.layers(layers))
        if hoped.verdict not in ("allowed", "unknown"):
            return None
        if hoped.verdict == "unknown":
            unread = tuple(dict.fromkeys(policy.reason for policy in hoped.unreadable))
            hinges = _hinges(request, layers, best, worst)
            return Finding("unknown", None, hinges, unread)
        sure = evaluate(request, worst.layers(layers))
        if sure.allowed:
            return Finding("allowed", deciding(sure))
        hinges = _hinges(request, layers, best, worst)
        return Finding("conditional", deciding(hoped), hinges)

    def _cases(self, subject: Subject, target: Target) -> tuple[Supposed, Supposed]:
        """The best and the worst case for this kind of principal and target."""
        tags_known = self._access.knows_tags(target)
        known = self._access.knows(subject)
        # Anybody, with credentials or without: nothing is known of who that is.
        anybody = subject.principal == ANONYMOUS
        settled = settled_keys(subject) | {"aws:resourceaccount"} | self._given
        taggable = subject.taggable
        case = tags_known, known, anybody, taggable, settled
        if case not in self._supposed:

            def is_open(key: str) -> bool:
                if anybody and key.startswith(OF_WHO) and key not in self._given:
                    return True
                if key in settled:
                    return False
                if taggable and key.startswith(PRINCIPAL_TAG):
                    return True
                if key.startswith(OF_ITS_FILE):
                    return not known
                return not (
                    key.startswith(_SETTLED_STARTS) or (tags_known and key.startswith(_TAGS))
                )

            self._supposed[case] = Supposed(is_open, True), Supposed(is_open, False)
        return self._supposed[case]

    def everybody(self) -> list[Asked]:
        """Every user and role of the directory, in the order of the file."""
        return self._everybody.all()

    def outsiders(self, target: Target) -> Iterator[Asked]:
        """Whoever the target's policy names and `everybody` does not hold: strangers, and
        sessions of a certain name."""
        own = self._access.directory.account.id
        for kind, name in dict.fromkeys(named_in(target)):
            if kind == "Service":
                yield Asked("outside", name, Subject(service_caller(name)))
            elif name == "*":
                yield Asked("outside", "anybody", Subject(ANONYMOUS))
            elif kind == "Federated":
                yield Asked("outside", name, Subject(federated_caller(name)))
            elif kind == "AWS":
                arn = root_arn(name) if name.isdigit() else name
                parsed = parse_arn(arn)
                if parsed is None:
                    continue
                with suppress(NotFound):  # whom its account's file does not know is nobody
                    if parsed.account != own:
                        yield Asked("outside", arn, self._outsider(arn))
                    elif parsed.service == "sts":
                        yield self._session(arn, parsed.resource)

    def _session(self, arn: str, resource: str) -> Asked:
        """A session of this account: of a role, that role's; else nobody says whose."""
        subject = self._access.subject(arn)
        kind, _, name = resource.partition("/")
        if kind == "assumed-role":
            return Asked("role", name.partition("/")[0], subject)
        return Asked("outside", arn, subject)

    def _outsider(self, arn: str) -> Subject:
        """Somebody of another account; the ARN of all of it means whomever it lets."""
        subject = self._access.subject(arn)
        principal = subject.principal
        if principal.type != "Account":
            return subject
        reason = f"account {principal.account} says which of its users and roles may"
        if not self._access.knows(subject):
            reason = f"no file says what account {principal.account} holds"
        own = SourcePolicy(f"the policies of {arn}", "identity", None, "", reason)
        return Subject(principal._replace(type="User"), Layers(identity=(own,)))


def _joined(first: Finding, then: Finding) -> Finding:
    """Two steps one after the other: the statement is the first step's."""
    verdicts = (first.verdict, then.verdict)
    verdict: Verdict = "allowed"
    if "unknown" in verdicts:
        verdict = "unknown"
    elif "conditional" in verdicts:
        verdict = "conditional"
    hinges = tuple(dict.fromkeys((*first.hinges, *then.hinges)))
    return Finding(verdict, first.matched, hinges, (*first.unread, *then.unread))


def _hinges(request: Request, layers: Layers, best: Supposed, worst: Supposed) -> tuple[Hinge, ...]:
    """The open conditions of the Allows that could be needed and of the Denies that could apply.

    A layer that has an Allow without open conditions needs no other.
    """
    question = question_of(request, layers)
    found: list[Hinge] = []
    for policies in _levels(best.layers(layers)):
        allows = [
            best.dropped(statement.statement)
            for policy in policies
            for statement in (policy.document.allows(question.action) if policy.document else ())
            if applies(statement, question) is not None
        ]
        if all(allows):
            found += [Hinge(conditions) for conditions in allows]
    for policies in _levels(worst.layers(layers)):
        for policy in policies:
            for statement in policy.document.denies(question.action) if policy.document else ():
                conditions = worst.dropped(statement.statement)
                if conditions and applies(statement, question) is not None:
                    found.append(Hinge(conditions, unless=True))
    return tuple(dict.fromkeys(found))


def _levels(layers: Layers) -> tuple[tuple[SourcePolicy, ...], ...]:
    one_level = (layers.identity, layers.boundary, layers.session, layers.resource)
    return (*(level for level in one_level if level is not None), *layers.scps, *layers.rcps)
