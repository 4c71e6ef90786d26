"""The decision on a request. Rules: the IAM User Guide's pages on how AWS evaluates requests,
within one account and across accounts, on permissions boundaries and on session policies.

What iamctl decides where AWS's pages disagree or are silent:
- a role trust policy that names a user still needs the user's permissions boundary to allow
  sts:AssumeRole, in whichever form the user is named (the stricter of two pages);
- of several session policies one Allow is enough;
- resource control policies count together: one Allow at any level is enough, because AWS
  attaches its own RCPFullAWSAccess everywhere; service control policies need one at each level.
"""

from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple

from iamctl.domain.documents import Statement
from iamctl.policy.arns import Resource, resource_of
from iamctl.policy.compile import CompiledStatement, SourcePolicy
from iamctl.policy.match import Context
from iamctl.policy.principals import STRENGTH
from iamctl.policy.request import ANONYMOUS, Caller, Request

Verdict = Literal["allowed", "implicitDeny", "explicitDeny", "unknown"]
Policies = tuple[SourcePolicy, ...]


class Layers(NamedTuple):
    """The policies a decision looks at, by what they are to it.

    None means that there is no such policy. `resource` holds the resource-based policy; one of
    type "trust" must allow explicitly. `scps` and `rcps` are levels, root first, each with its
    policies; without levels they do not apply.
    """

    identity: Policies = ()
    boundary: Policies | None = None
    session: Policies | None = None
    resource: Policies | None = None
    scps: tuple[Policies, ...] = ()
    rcps: tuple[Policies, ...] = ()


class Matched(NamedTuple):
    """A statement that applied. `form` is how a resource-based policy named the caller: user,
    role, session, federated-user, account, service, federated or `*`; "" elsewhere."""

    policy: SourcePolicy
    statement: Statement
    form: str = ""


class Decision(NamedTuple):
    """What the policies say, as data.

    `layers` holds the verdict of each layer that took part (identity, boundary, session,
    resource or trust, scp, rcp); `statements` those that decided: the Denies, or one Allow for
    each layer that had to give one. `lacking` names the layer that denied or had no Allow.
    `unreadable` lists policies that could not be read; an "unknown" verdict hangs on them.
    """

    verdict: Verdict
    layers: Mapping[str, Verdict]
    statements: tuple[Matched, ...] = ()
    lacking: str = ""
    unreadable: Policies = ()
    cross_account: bool = False

    @property
    def allowed(self) -> bool:
        """Whether the answer is yes."""
        return self.verdict == "allowed"


class Question(NamedTuple):
    """A request prepared for matching: the action in lower case, the resource taken apart."""

    action: str
    resource: Resource
    context: Context
    caller: Caller
    bounded: bool


class _Finding(NamedTuple):
    """What one layer says. `strength` is 0 without an Allow, else principals.STRENGTH's, 3 the
    most; `could` is the strength it might have if its unreadable policies were read."""

    deny: Matched | None
    allow: Matched | None
    strength: int
    could: int

    @property
    def verdict(self) -> Verdict:
        if self.deny is not None:
            return "explicitDeny"
        if self.strength:
            return "allowed"
        return "unknown" if self.could else "implicitDeny"


_ABSENT_SESSION = _Finding(None, None, 0, 0)


def question_of(request: Request, layers: Layers) -> Question:
    """The request prepared for matching against the layers."""
    return Question(
        request.action.lower(),
        resource_of(request.resource),
        request.context,
        request.caller,
        layers.boundary is not None,
    )


def evaluate(request: Request, layers: Layers, both_sides: bool = False) -> Decision:
    """The decision on a request by all layers together.

    A Deny in any layer wins. Callers of the resource's account and of another one are told
    apart by the request; callers without account (anonymous, services, those whom an identity
    provider vouches for) have the resource-based policy alone. With `both_sides` the caller's
    own policies and the resource-based one must both allow, as if across accounts.
    """
    question = question_of(request, layers)
    caller = request.caller
    cross = bool(caller.account) and request.owner != caller.account
    both_sides = both_sides or cross
    explicit = both_sides or not caller.account or needs_explicit_allow(question, layers)
    findings = _findings(question, layers, explicit)
    verdicts = {name: _verdict(name, found) for name, found in findings.items()}
    unreadable = _unreadable(layers)
    denies = tuple(f.deny for found in findings.values() for f in found if f.deny is not None)
    if denies:
        lacking = next(name for name, found in findings.items() if any(f.deny for f in found))
        return Decision("explicitDeny", verdicts, denies, lacking, unreadable, cross)
    needed = _needed(caller, findings, both_sides, explicit)
    for name in needed:
        if not _might_allow(name, findings[name]):
            return Decision("implicitDeny", verdicts, (), name, unreadable, cross)
    if unreadable:
        # What cannot be read might hold a Deny, so never an Allow.
        lacking = unreadable[0].type
        return Decision("unknown", verdicts, (), lacking, unreadable, cross)
    allows = tuple(f.allow for name in needed for f in findings[name] if f.allow is not None)
    return Decision("allowed", verdicts, allows, "", (), cross)


def _findings(question: Question, layers: Layers, explicit: bool) -> dict[str, Sequence[_Finding]]:
    """What each layer that takes part says; of SCPs and RCPs, each level."""
    found: dict[str, Sequence[_Finding]] = {}
    caller = question.caller
    if layers.rcps:
        found["rcp"] = [_look(_for_rcp(question), level) for level in layers.rcps]
    if layers.scps and caller.account:
        found["scp"] = [_look(question, level) for level in layers.scps]
    if layers.resource is not None or explicit:
        found[resource_layer(question, layers)] = [_look(question, layers.resource or ())]
    if caller.account:
        own = _look(question, layers.identity)
        is_root = caller.type == "Account"
        found["identity"] = [own._replace(strength=3, could=3) if is_root else own]
        if layers.boundary is not None:
            found["boundary"] = [_look(question, layers.boundary)]
        if layers.session is not None:
            found["session"] = [_look(question, layers.session)]
        elif caller.type == "FederatedUser":
            found["session"] = [_ABSENT_SESSION]
    return found


def _for_rcp(question: Question) -> Question:
    """The `*` of a resource control policy means everybody, whoever vouches for the caller."""
    if question.caller.type != "Federated":
        return question
    return question._replace(caller=ANONYMOUS)


def _look(question: Question, policies: Policies) -> _Finding:
    """The first Deny and the strongest Allow of a layer."""
    deny: Matched | None = None
    allow: Matched | None = None
    strength = could = 0
    action = question.action
    for policy in policies:
        document = policy.document
        if document is None:
            could = 3
            continue
        if deny is None:
            for statement in document.denies(action):
                form = applies(statement, question)
                if form is not None:
                    deny = Matched(policy, statement.statement, form)
                    break
        if strength == 3:
            continue
        for statement in document.allows(action):
            form = applies(statement, question)
            if form is not None and (reach := STRENGTH.get(form, 3)) > strength:
                allow, strength = Matched(policy, statement.statement, form), reach
                if strength == 3:
                    break
    return _Finding(deny, allow, strength, max(strength, could))


def applies(statement: CompiledStatement, question: Question) -> str | None:
    """How a statement names the caller when all of it matches the request, else None."""
    if not statement.matches_action(question.action):
        return None
    form = statement.form(question.caller, question.bounded)
    if (
        form is not None
        and statement.matches_resource(question.resource, question.context)
        and statement.matches_conditions(question.context)
    ):
        return form
    return None


def needs_explicit_allow(question: Question, layers: Layers) -> bool:
    """Whether the resource-based policy must allow even inside one account.

    So it is for role trust policies and for KMS keys.
    """
    if layers.resource and any(policy.type == "trust" for policy in layers.resource):
        return True
    parts = question.resource.parts
    if not parts:
        return False
    if parts[2] == "iam":
        return question.action.startswith("sts:") and parts[5].startswith("role/")
    return parts[2] == "kms" and parts[5].startswith("key/")


def resource_layer(question: Question, layers: Layers) -> str:
    """What the resource-based policy is called here: "trust" of a role, else "resource"."""
    if layers.resource:
        return "trust" if layers.resource[0].type == "trust" else "resource"
    parts = question.resource.parts
    return "trust" if parts and parts[2] == "iam" else "resource"


def _needed(
    caller: Caller, findings: Mapping[str, Sequence[_Finding]], both_sides: bool, explicit: bool
) -> list[str]:
    """The layers that must allow, in the order in which AWS asks them.

    Inside one account the form in which a resource-based policy allows decides which of the
    caller's own layers count; across accounts all of them do.
    """
    needed = [name for name in ("rcp", "scp") if name in findings]
    resource = "trust" if "trust" in findings else "resource"
    if not caller.account:
        return [*needed, resource]
    limits = [name for name in ("boundary", "session") if name in findings]
    strength = findings[resource][0].could if resource in findings else 0
    if both_sides or strength < 2:
        return [*needed, *([resource] if explicit else []), "identity", *limits]
    if caller.type == "User":
        limits = [name for name in limits if name == "boundary" and resource == "trust"]
    elif strength == 3:
        limits = []
    return [*needed, resource, *limits]


def _might_allow(name: str, found: Sequence[_Finding]) -> bool:
    """Whether a layer allows, or might if its unreadable policies were read."""
    if name == "rcp":
        return any(f.could for f in found)
    return all(f.could for f in found)


def _verdict(name: str, found: Sequence[_Finding]) -> Verdict:
    """The verdict of all levels of a layer."""
    verdicts = [f.verdict for f in found]
    if "explicitDeny" in verdicts:
        return "explicitDeny"
    if name == "rcp" and "allowed" in verdicts:
        return "allowed"
    if "implicitDeny" in verdicts:
        return "implicitDeny"
    return "unknown" if "unknown" in verdicts else "allowed"


def _unreadable(layers: Layers) -> Policies:
    groups = (
        layers.identity,
        layers.boundary or (),
        layers.session or (),
        layers.resource or (),
        *layers.scps,
        *layers.rcps,
    )
    return tuple(policy for group in groups for policy in group if policy.document is None)
