"""The decision on a request. Rules: the IAM User Guide's pages on how AWS evaluates requests,
within one account and across accounts, on permissions boundaries and on session policies.

What iamctl decides where AWS's pages disagree or are silent:
- a role trust policy that names a user still needs the user's permissions boundary to allow
  sts:AssumeRole, in whichever form the user is named (the stricter of two pages);
- of several session policies one Allow is enough;
- resource control policies need an Allow at each level, as service control policies do; AWS
  attaches its own RCPFullAWSAccess everywhere, so that there it never shows;
- both reach the root user, and resource control policies also services and anonymous callers;
  who they do not reach at all (the management account, service-linked roles) has no such levels.
"""

from collections.abc import Iterable, Mapping
from typing import Literal

from iamctl.domain.documents import Statement
from iamctl.domain.tuples import NamedTuple
from iamctl.policy.arns import Resource, resource_of
from iamctl.policy.calls import refusal
from iamctl.policy.candidates import ByResource, Candidates, Entries, Entry
from iamctl.policy.compile import CompiledStatement, SourcePolicy
from iamctl.policy.layers import Layers as Layers
from iamctl.policy.layers import Policies, Stack
from iamctl.policy.match import Context
from iamctl.policy.principals import STRENGTH
from iamctl.policy.request import ANONYMOUS, Caller, Request

Verdict = Literal["allowed", "implicitDeny", "explicitDeny", "unknown"]


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
    `refused` says why the service refuses the call although the policies do not.
    """

    verdict: Verdict
    layers: Mapping[str, Verdict]
    statements: tuple[Matched, ...] = ()
    lacking: str = ""
    unreadable: Policies = ()
    cross_account: bool = False
    refused: str = ""

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


_Applying = tuple[SourcePolicy, CompiledStatement, str]
"""A statement that applies, with its policy, and the form in which it names the caller."""


class _Finding:
    """What one layer says. `strength` is 0 without an Allow, else principals.STRENGTH's, 3 the
    most; `could` is the strength it might have if its unreadable policies were read."""

    __slots__ = ("allows", "could", "denies", "strength")

    def __init__(
        self,
        denies: tuple[_Applying, ...] = (),
        allows: tuple[_Applying, ...] = (),
        strength: int = 0,
        could: int = 0,
    ) -> None:
        self.denies = denies
        self.allows = allows
        self.strength = strength
        self.could = could

    @property
    def verdict(self) -> Verdict:
        if self.denies:
            return "explicitDeny"
        if self.strength:
            return "allowed"
        return "unknown" if self.could else "implicitDeny"


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
    stack = layers.about(question.action)
    findings = _findings(question, layers, stack, explicit)
    verdicts = {name: found.verdict for name, found in findings.items()}
    unreadable = stack.unreadable
    denies = [(name, found.denies) for name, found in findings.items() if found.denies]
    if denies:
        every = _matched(found for _, found in denies)
        return Decision("explicitDeny", verdicts, every, denies[0][0], unreadable, cross)
    refused = refusal(caller, question.action, question.resource)
    if refused:
        return Decision("implicitDeny", verdicts, (), "", unreadable, cross, refused)
    needed = _needed(caller, findings, both_sides, explicit)
    for name in needed:
        if not findings[name].could:
            return Decision("implicitDeny", verdicts, (), name, unreadable, cross)
    if unreadable:
        # What cannot be read might hold a Deny, so never an Allow.
        return Decision("unknown", verdicts, (), unreadable[0].type, unreadable, cross)
    allows = _matched(findings[name].allows for name in needed)
    return Decision("allowed", verdicts, allows, "", (), cross)


def _findings(
    question: Question, layers: Layers, stack: Stack, explicit: bool
) -> dict[str, _Finding]:
    """What each layer that takes part says."""
    found: dict[str, _Finding] = {}
    caller = question.caller
    if stack.rcps:
        found["rcp"] = _every_level(_for_rcp(question), stack.rcps)
    if stack.scps and caller.account:
        found["scp"] = _every_level(question, stack.scps)
    if stack.resource is not None:
        found[resource_layer(question, layers)] = _look(question, stack.resource)
    elif explicit:
        found[resource_layer(question, layers)] = _Finding()
    if caller.account:
        own = found["identity"] = _look(question, stack.identity)
        if caller.type == "Account":
            own.strength = own.could = 3
        if stack.boundary is not None:
            found["boundary"] = _look(question, stack.boundary)
        if stack.session is not None:
            found["session"] = _look(question, stack.session)
        elif caller.type == "FederatedUser":
            found["session"] = _Finding()
    return found


def _for_rcp(question: Question) -> Question:
    """The `*` of a resource control policy means everybody, whoever vouches for the caller."""
    if question.caller.type != "Federated":
        return question
    return question._replace(caller=ANONYMOUS)


def _every_level(question: Question, levels: tuple[Candidates, ...]) -> _Finding:
    """Levels of which each must allow."""
    whole = _Finding(strength=3, could=3)
    for level in levels:
        found = _look(question, level)
        whole.denies += found.denies
        whole.allows += found.allows
        whole.strength = min(whole.strength, found.strength)
        whole.could = min(whole.could, found.could)
    return whole


def _look(question: Question, about: Candidates) -> _Finding:
    """The first Deny and the strongest Allow of a layer."""
    denies: tuple[_Applying, ...] = ()
    allows: tuple[_Applying, ...] = ()
    strength = 0
    if about.denies:
        for policy, statement in _near(about.denies, question):
            form = _form(statement, question)
            if form is not None:
                denies = ((policy, statement, form),)
                break
    for policy, statement in _near(about.allows, question):
        form = _form(statement, question)
        if form is not None and (reach := STRENGTH.get(form, 3)) > strength:
            allows, strength = ((policy, statement, form),), reach
            if strength == 3:
                break
    return _Finding(denies, allows, strength, 3 if about.unreadable else strength)


def _matched(found: Iterable[tuple[_Applying, ...]]) -> tuple[Matched, ...]:
    """What applied, as a decision tells it."""
    return tuple(
        [
            Matched(policy, statement.statement, form)
            for applying in found
            for policy, statement, form in applying
        ]
    )


def _near(entries: Entries, question: Question) -> Iterable[Entry]:
    """The statements that could be about the resource."""
    return entries.about(question.resource.text) if isinstance(entries, ByResource) else entries


def _form(statement: CompiledStatement, question: Question) -> str | None:
    """How a statement about the action names the caller when the rest matches, else None."""
    form = "" if statement.names_nobody else statement.form(question.caller, question.bounded)
    if form is None or not statement.matches_rest(question.resource, question.context):
        return None
    return form


def applies(statement: CompiledStatement, question: Question) -> str | None:
    """How a statement names the caller when all of it matches the request, else None."""
    return _form(statement, question) if statement.matches_action(question.action) else None


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
    of_role = parts and parts[2] == "iam" and parts[5].startswith("role/")
    return "trust" if of_role and question.action.startswith("sts:") else "resource"


def _needed(
    caller: Caller, findings: Mapping[str, _Finding], both_sides: bool, explicit: bool
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
    strength = findings[resource].could if resource in findings else 0
    if both_sides or strength < 2:
        return [*needed, *([resource] if explicit else []), "identity", *limits]
    if caller.type == "User":
        limits = [name for name in limits if name == "boundary" and resource == "trust"]
    elif strength == 3:
        limits = []
    return [*needed, resource, *limits]
