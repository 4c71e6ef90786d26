"""Whether something is possible on any of the resources that a pattern matches, and how.

An action on one resource is asked as `who-can` asks. For a pattern, all that a principal may do
is taken as a set of requests, and cut at the action and the pattern: what is left over is a way.
Such a set may look larger than it is, never smaller, so that nothing possible is passed over.
"""

from collections.abc import Mapping

from iamctl.domain.documents import parse_document
from iamctl.domain.source import Plain
from iamctl.domain.tuples import NamedTuple
from iamctl.policy.compile import CompiledDocument, SourcePolicy, source_policy
from iamctl.policy.evaluate import Layers, Matched
from iamctl.policy.reach import Box, Requests, Term
from iamctl.policy.reach_layers import unreadable
from iamctl.policy.reach_provisos import Known
from iamctl.policy.request import ANONYMOUS
from iamctl.services.access import OF_ITS_FILE, Access, Circumstances, Target, Value
from iamctl.services.can import OF_WHO, why
from iamctl.services.claims_places import Places
from iamctl.services.everybody import Asked, grants_anything
from iamctl.services.reaching import Reached, known_of, reach_of
from iamctl.services.subjects import Subject
from iamctl.services.who_can import Finding, WhoCan

_OF_RESOURCES = (
    "aws:resourceaccount",
    "aws:requestedregion",
    "aws:resourcetag/",
    "aws:resourceorg",
    "iam:resourcetag/",
    "iam:permissionsboundary",
)
"""How the keys begin that hang on which resource is asked for."""

Context = Mapping[str, Value]
_Case = tuple[str, str, tuple[tuple[str, Value], ...]]


class Way(NamedTuple):
    """How something is possible, on a resource such as this one.

    `verdict` is allowed, conditional or unknown; `conditions` are in words, as is `unread`.
    """

    resource: str
    verdict: str
    matched: Matched | None = None
    conditions: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()


class Ways:
    """Answers for one directory at one time; what was once found out is kept."""

    def __init__(self, access: Access) -> None:
        self.access = access
        self.places = Places(access)
        self._everybody: dict[tuple[tuple[str, Value], ...], WhoCan] = {}
        self._targets: dict[tuple[str, str, tuple[tuple[str, Value], ...]], Target] = {}
        self._reached: dict[tuple[str, _Case], tuple[Reached, tuple[str, ...]]] = {}
        self._terms: dict[tuple[str, _Case, str], list[Term]] = {}

    def who_can(self, context: Context) -> WhoCan:
        """Asks everybody under these circumstances."""
        key = frozen(context)
        if key not in self._everybody:
            self._everybody[key] = WhoCan(self.access, Circumstances(context=context))
        return self._everybody[key]

    def target(self, action: str, resource: str, context: Context) -> Target:
        """An action on one resource. Raises InvalidValue, NotFound."""
        key = (action, resource, frozen(context))
        if key not in self._targets:
            around = Circumstances(context=context)
            self._targets[key] = self.access.target(action, resource, around)
        return self._targets[key]

    def possible(self, asked: Asked, action: str, pattern: str, context: Context) -> Way | None:
        """How a principal can do it on some resource; None when it can on none, whatever the
        open keys of the context are. A role can when a session of it can, whatever its name.
        Raises InvalidValue, NotFound."""
        way = self._possible(asked, action, pattern, context)
        if way is not None or asked.kind != "role":
            return way
        for arn in self.places.sessions.get(asked.name, ()):
            session = Asked("outside", arn, self.access.subject(arn))
            way = self._possible(session, action, pattern, context)
            if way is not None:
                name = arn.rpartition("/")[2]
                return way._replace(conditions=(*way.conditions, f"if the session is named {name}"))
        return None

    def _possible(self, asked: Asked, action: str, pattern: str, context: Context) -> Way | None:
        if self.places.is_exact(action, pattern):
            return self._on_one(asked.subject, action, pattern, context)
        subject = asked.subject
        if not self._may_grant(subject, action):
            return None
        stranger = self.places.unknown_owner(pattern)
        if stranger is not None:
            return Way(pattern, "unknown", unread=(stranger,))
        reached, unread = self._reach(asked, context)
        for term in self._about(asked, action, context, reached):
            way = self._through(term, subject, action, pattern, context, reached.known, unread)
            if way is not None:
                return way
        return None

    def doubt(self, asked: Asked, action: str, pattern: str, context: Context) -> Way | None:
        """On which resource a principal may not do it, asked with this context alone, `matched`
        being the Deny if there is one; None when it may on all. Raises InvalidValue, NotFound."""
        subject = asked.subject
        if self.places.is_exact(action, pattern):
            return self._refused(subject, action, pattern, context)
        stranger = self.places.unknown_owner(pattern)
        if stranger is not None:
            return Way(pattern, "unknown", unread=(stranger,))
        missing = [p.reason for p in unreadable(subject.layers)]
        if missing:
            return Way(pattern, "unknown", unread=tuple(dict.fromkeys(missing)))
        known = self._settled(subject, context)
        reached = self._once(asked, context, "certain", subject, known)[0]
        held = Requests(tuple(_at_action(reached.requests.terms, action.lower())))
        left = Requests((Term(Box((), self.places.region(action, pattern))),)) - held
        if left.is_empty() is True:
            return None
        point = left.witness(known)
        if point is None:
            return Way(pattern, "unknown", conditions=("it was not proved for all of them",))
        return self._refused(subject, action, point.resource, context) or Way(
            point.resource, "unknown", conditions=("it was not proved for all of them",)
        )

    def _on_one(self, subject: Subject, action: str, resource: str, context: Context) -> Way | None:
        target = self.target(action, resource, context)
        finding = self.who_can(context).ask(subject, target)
        return None if finding is None else way_of(target.resource, finding)

    def _refused(
        self, subject: Subject, action: str, resource: str, context: Context
    ) -> Way | None:
        answer = self.access.answer(subject, self.target(action, resource, context))
        if answer.decision.allowed:
            return None
        denied = next((m for m in answer.decision.statements if not _allows(m)), None)
        words = () if denied is not None else (why(answer),)
        return Way(answer.request.resource, answer.decision.verdict, denied, words)

    def _may_grant(self, subject: Subject, action: str) -> bool:
        """Whether any policy of the principal's or of a resource's could be about the action."""
        if grants_anything(subject, subject.layers, action.lower()):
            return True
        return self._resources_grant(action.lower())

    def _resources_grant(self, action: str) -> bool:
        own, directory = self.access.own, self.access.directory
        if action.startswith("sts:") or len(self.access.known_accounts()) > 1:
            return True
        return any(
            policy.document is None or any(True for _ in policy.document.allows(action))
            for arn in directory.resources
            for policy in own.resource(arn) or ()
        )

    def _reach(self, asked: Asked, context: Context) -> tuple[Reached, tuple[str, ...]]:
        """All that may be possible: what cannot be read is taken to allow everything."""
        subject = asked.subject
        layers, unread = _hoped(subject.layers)
        known = self._open(subject, context)
        return self._once(asked, context, "hoped", subject._replace(layers=layers), known, unread)

    def _once(
        self,
        asked: Asked,
        context: Context,
        what: str,
        subject: Subject,
        known: Known,
        unread: tuple[str, ...] = (),
    ) -> tuple[Reached, tuple[str, ...]]:
        key = (what, (asked.kind, asked.name, frozen(context)))
        if key not in self._reached:
            self._reached[key] = (reach_of(self.access, subject, context, known), unread)
        return self._reached[key]

    def _open(self, subject: Subject, context: Context) -> Known:
        """What is known of every request, whatever else it brings along."""
        known = known_of(self.access, subject, context)
        alone = len(self.access.known_accounts()) == 1
        unsettled: tuple[str, ...] = ()
        if subject.principal == ANONYMOUS:
            unsettled = OF_WHO
        elif not self.access.knows(subject):
            unsettled = OF_ITS_FILE

        def settles(key: str) -> bool:
            if key.startswith(unsettled):
                return False
            return known.settles(key) or (alone and key.startswith("aws:resourceorg"))

        found = {**self._of_the_owner(), **known.context} if alone else known.context
        return Known(found, settles)

    def _of_the_owner(self) -> dict[str, Value]:
        """Keys that tell whose a resource is, when all are this account's."""
        found: dict[str, Value] = {"aws:resourceaccount": self.access.directory.account.id}
        organization = self.access.directory.organization
        if organization is not None and organization.id is not None:
            found["aws:resourceorgid"] = organization.id
        if organization is not None and organization.path is not None:
            found["aws:resourceorgpaths"] = (organization.path,)
        return found

    def _settled(self, subject: Subject, context: Context) -> Known:
        """The request with this context alone: only what hangs on the resource is open."""
        given = {key.lower() for key in context}
        known = self._open(subject, context)

        def settles(key: str) -> bool:
            return known.settles(key) or key in given or not key.startswith(_OF_RESOURCES)

        return known._replace(settles=settles)

    def _about(self, asked: Asked, action: str, context: Context, reached: Reached) -> list[Term]:
        key = ("hoped", (asked.kind, asked.name, frozen(context)), action.lower())
        if key not in self._terms:
            self._terms[key] = _at_action(reached.requests.terms, action.lower())
        return self._terms[key]

    def _through(
        self,
        term: Term,
        subject: Subject,
        action: str,
        pattern: str,
        context: Context,
        known: Known,
        unread: tuple[str, ...],
    ) -> Way | None:
        """How a term allows the action on some resource of the pattern."""
        region = (*self.places.region(action, pattern), *term.box.resources)
        if subject.principal.account != self.access.directory.account.id:
            region = (*region, self.places.with_policy)
        cut = Requests((Term(term.box._replace(resources=region), term.without),))
        if cut.is_empty() is True:
            return None
        point = cut.witness(known)
        resource = pattern if point is None else point.resource
        # What was hoped for is in no file; it would be cited as if it were.
        origins = (o.matched for o in term.box.origins if not o.matched.policy.reason)
        matched = next(origins, None)
        way = None if point is None else self._on_one(subject, action, resource, context)
        if way is not None:
            return way._replace(matched=way.matched or matched)
        if unread:
            return Way(resource, "unknown", matched, unread=unread)
        return Way(resource, "conditional", matched, ("it cannot be ruled out",))


def way_of(resource: str, finding: Finding) -> Way:
    """A finding of who-can as a way."""
    return Way(
        resource,
        finding.verdict,
        finding.matched,
        tuple(map(str, finding.hinges)),
        finding.unread,
    )


def _at_action(terms: tuple[Term, ...], action: str) -> list[Term]:
    """The terms about an action, which is settled in them."""
    return [
        Term(
            term.box._replace(actions=()),
            tuple(
                out._replace(actions=())
                for out in term.without
                if all(p.holds(action) for p in out.actions)
            ),
        )
        for term in terms
        if all(p.holds(action) for p in term.box.actions)
    ]


def _hoped(layers: Layers) -> tuple[Layers, tuple[str, ...]]:
    """The layers with everything allowed by what cannot be read, and why it cannot be."""
    missing = unreadable(layers)
    if not missing:
        return layers, ()

    def of(policies: tuple[SourcePolicy, ...]) -> tuple[SourcePolicy, ...]:
        return tuple(p if p.document else p._replace(document=_all_allowed()) for p in policies)

    hoped = layers._replace(
        identity=of(layers.identity),
        boundary=None if layers.boundary is None else of(layers.boundary),
        session=None if layers.session is None else of(layers.session),
        scps=tuple(of(level) for level in layers.scps),
    )
    return hoped, tuple(dict.fromkeys(policy.reason for policy in missing))


def _all_allowed() -> CompiledDocument:
    everything: dict[str, Plain] = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    parsed, _ = parse_document({"Version": "2012-10-17", "Statement": [everything]}, "identity")
    document = source_policy(parsed, "", "identity").document if parsed else None
    if document is None:
        raise ValueError("a document that allows everything can be read")
    return document


def _allows(matched: Matched) -> bool:
    return matched.statement.effect == "Allow"


def frozen(context: Context) -> tuple[tuple[str, Value], ...]:
    """A context as what is remembered can be found by."""
    return tuple(sorted(context.items()))
