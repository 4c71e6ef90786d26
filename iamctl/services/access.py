"""Who can do what: one question to everything the directory knows, and its answer.

Which keys of the context follow from the directory: the IAM User Guide, "AWS global condition
context keys". Where a resource belongs to: its ARN's account; without one (S3), the account whose
file holds a policy for it, else the directory's own.
"""

import re
from collections.abc import Mapping
from types import MappingProxyType

from iamctl.domain.arns import parse_arn
from iamctl.domain.change import KINDS
from iamctl.domain.directory import Directory
from iamctl.domain.documents import DocumentKind, parse_document
from iamctl.domain.entities import Group, Role
from iamctl.domain.errors import InvalidValue, MalformedPolicyDocument
from iamctl.domain.names import ACCOUNT_ID, shown
from iamctl.domain.source import Locate, Plain
from iamctl.domain.tuples import NamedTuple
from iamctl.policy.calls import needs_no_permission, refusal_of_session
from iamctl.policy.collect import Collector, Levels, Managed
from iamctl.policy.compile import SourcePolicy, has_wildcard, source_policy
from iamctl.policy.evaluate import Decision, Layers, evaluate
from iamctl.policy.request import Request, context_of
from iamctl.policy.suppose import Supposed
from iamctl.ports import Accounts, Catalogue
from iamctl.services.assume import managed_policies
from iamctl.services.subjects import Subject, of_some_session, subject_of

Value = str | tuple[str, ...]

_ACTION = re.compile(r"[a-z0-9-]+:[a-z0-9]+", re.ASCII | re.IGNORECASE)
_ASKING = ("kms:", "sts:assumerole")
"""How the actions begin that the resource's own policy must allow even within one account."""
_SECTIONS = {kind: section for section, kind in KINDS.items()}
OF_ITS_FILE = ("aws:principalorg", "aws:principaltag/")
"""How the context keys begin that only the file of a caller's account can tell."""
_NO_VALUES: Mapping[str, Value] = MappingProxyType({})


class Circumstances(NamedTuple):
    """What a person adds to a question.

    `context` overrides what follows from the directory; without `defaults` it is the whole
    context. `resource_policy` stands in for the resource's own; `resource_account` says whose
    the resource is.
    """

    context: Mapping[str, Value] = _NO_VALUES
    defaults: bool = True
    resource_policy: tuple[SourcePolicy, ...] | None = None
    resource_account: str | None = None


PLAIN = Circumstances()


class Target(NamedTuple):
    """What a question is about: the action, the resource, and all that hangs on the resource.

    `account` owns the resource; None is the asking principal's own account.
    """

    action: str
    resource: str
    account: str | None
    policy: tuple[SourcePolicy, ...] | None
    rcps: Levels
    keys: Mapping[str, Value]
    circumstances: Circumstances
    notes: tuple[str, ...]


class Answer(NamedTuple):
    """A decision with what was asked; `notes` are for the person, `assumed` says what nothing
    tells and is taken for granted."""

    request: Request
    layers: Layers
    decision: Decision
    notes: tuple[str, ...] = ()
    assumed: tuple[str, ...] = ()


class Access:
    """Answers questions about access at one instant, `now` in epoch seconds.

    Each document is compiled once in its life. `accounts` knows other accounts by their id.
    """

    def __init__(
        self,
        directory: Directory,
        catalogue: Catalogue,
        now: int,
        accounts: Accounts | None = None,
        managed: Managed | None = None,
    ) -> None:
        self.directory = directory
        self.now = now
        self.catalogue = catalogue
        self._accounts = accounts
        self._managed = managed or managed_policies(catalogue)
        self.own = Collector(directory, self._managed, now)
        self._collectors: dict[str, Collector | None] = {directory.account.id: self.own}

    def again(self, directory: Directory, now: int, accounts: Accounts | None) -> "Access":
        """The answers of another state of a directory, or at another time. AWS's own policies are
        parsed once for all of them."""
        return Access(directory, self.catalogue, now, accounts, self._managed)

    def collector(self, account: str) -> Collector | None:
        """The policies of an account, or None when no file says what it holds."""
        if account not in self._collectors:
            other = self._accounts(account) if self._accounts else None
            self._collectors[account] = (
                None if other is None else Collector(other, self._managed, self.now)
            )
        return self._collectors[account]

    def known_accounts(self) -> tuple[str, ...]:
        """The accounts that a file says what they hold, the directory's own first."""
        others = self._accounts.ids() if self._accounts else ()
        return tuple(dict.fromkeys((self.directory.account.id, *others)))

    def subject(self, reference: str) -> Subject:
        """The principal that a text means. Raises NotFound, InvalidValue."""
        return subject_of(self.own, self.collector, reference)

    def target(
        self, action: str, resource: str = "*", circumstances: Circumstances = PLAIN
    ) -> Target:
        """An action on a resource. Raises InvalidValue, NotFound for a name of nobody."""
        notes: list[str] = []
        action = self._action(action, notes)
        resource = self._resource(action, self.arn(resource), notes)
        notes += [
            f"AWS's list of condition keys does not know {key}"
            for key in circumstances.context
            if self.catalogue.condition_key(key) is None
        ]
        account = self._account(resource, circumstances.resource_account)
        owner = self.own if account is None else self.collector(account)
        policy = circumstances.resource_policy
        if policy is None and owner is not None:
            policy = _resource_policy(owner, action, resource)
        elif policy is None:
            reason = f"no file says what account {account} holds"
            policy = (SourcePolicy(f"the policy of {resource}", "resource", None, "", reason),)
        return Target(
            action,
            resource,
            account,
            policy,
            () if owner is None else owner.rcps(),
            _NO_VALUES if owner is None else _resource_keys(owner.directory, account, resource),
            circumstances,
            tuple(notes),
        )

    def answer(self, subject: Subject, target: Target) -> Answer:
        """The decision on what the subject asks of the target."""
        subject = subject._replace(principal=of_some_session(subject.principal))
        request = self.request(subject, target)
        layers = subject.layers._replace(resource=target.policy, rcps=target.rcps)
        decision = self._decision(subject, request, layers)
        refused = refused_to(subject, target.action.lower())
        if refused:
            decision = _refusing(decision, refused)
        elif needs_no_permission(subject.principal, target.action.lower()):
            decision = Decision("allowed", decision.layers)
        return Answer(request, layers, decision, target.notes, self._assumed(target))

    def _assumed(self, target: Target) -> tuple[str, ...]:
        """What the answer takes for granted, since no file says it."""
        arn = parse_arn(target.resource)
        if arn is None or arn.account or target.circumstances.resource_account is not None:
            return ()
        owner = None if target.account is None else self.collector(target.account)
        if owner is None or owner.directory.resource_policy(target.resource) is not None:
            return ()
        return (
            f"no file holds a policy of {target.resource}, so it is taken to be of account"
            f" {target.account}; --resource-account says otherwise",
        )

    def _decision(self, subject: Subject, request: Request, layers: Layers) -> Decision:
        """The decision; unknown when it hangs on what only a missing file could tell of a caller:
        its organization and its tags."""
        decision = evaluate(request, layers)
        if self.knows(subject):
            return decision

        def is_open(key: str) -> bool:
            return key.startswith(OF_ITS_FILE) and key not in request.context

        hoped = evaluate(request, Supposed(is_open, best=True).layers(layers))
        feared = evaluate(request, Supposed(is_open, best=False).layers(layers))
        denied = ("implicitDeny", "explicitDeny")
        if hoped.verdict in denied:
            return hoped
        if feared.verdict not in denied:
            return decision
        return decision._replace(verdict="unknown", statements=(), lacking="")

    def knows(self, subject: Subject) -> bool:
        """Whether there is a file of the subject's account, or none is needed."""
        account = subject.principal.account
        return not account or self.collector(account) is not None

    def knows_tags(self, target: Target) -> bool:
        """Whether the resource's tags are in a file, so that an absent one is not there."""
        owner = self.own if target.account is None else self.collector(target.account)
        return owner is not None and owner.directory.by_arn(target.resource) is not None

    def request(self, subject: Subject, target: Target) -> Request:
        """The request with its context: what follows from the directory, then what was given."""
        given = {key.lower(): value for key, value in target.circumstances.context.items()}
        context = self._context(subject, target) | given if target.circumstances.defaults else given
        return Request(subject.principal, target.action, target.resource, context, target.account)

    def _context(self, subject: Subject, target: Target) -> dict[str, Value]:
        temporary = subject.temporary
        principal = subject.principal
        collector = self.collector(principal.account) if principal.account else None
        extra = {**(temporary.keys if temporary else {}), **target.keys}
        if collector is not None and collector.directory.organization is not None:
            extra |= collector.directory.organization.context_keys("Principal")
        # A federated user's session never says whether there was MFA (IAM User Guide).
        says_mfa = temporary is not None and principal.type != "FederatedUser"
        return context_of(
            principal,
            self.now,
            principal_tags=subject.tags,
            token_issue_time=temporary.issued if temporary else None,
            mfa=temporary.mfa_time is not None if says_mfa and temporary else None,
            mfa_time=temporary.mfa_time if temporary else None,
            source_identity=temporary.source_identity if temporary else None,
            federated_provider=temporary.provider if temporary else None,
            resource=target.resource,
            resource_account=target.account,
            extra=extra,
        )

    def _action(self, action: str, notes: list[str]) -> str:
        """The action as AWS spells it."""
        if _ACTION.fullmatch(action) is None:
            hint = "write SERVICE:Action, as in s3:GetObject"
            raise InvalidValue(f"{shown(action)} is not an action", hint=hint)
        facts = self.catalogue.action(action)
        if facts is not None:
            return facts.name
        near = self.catalogue.near_action(action)
        notes.append(
            f"AWS's list of actions does not know {action}" + (f"; {near}" if near else "")
        )
        return action

    def _resource(self, action: str, resource: str, notes: list[str]) -> str:
        """The resource, or `*` for an action that takes none (IAM User Guide, Resource element)."""
        facts = self.catalogue.action(action)
        if resource != "*" and facts is not None and not facts.takes_resource:
            notes.append(f"{action} takes no resource, so it is asked for *")
            return "*"
        low = action.lower()
        if resource == "*" and (facts is None or facts.takes_resource) and low.startswith(_ASKING):
            notes.append(
                f"no certain resource is named, and its own policy must allow {action} too"
            )
        if resource != "*" and has_wildcard(resource):
            notes.append(
                f"{resource} is asked for as one name: a Deny of some of what it matches is not"
                " looked for; `iamctl test` asks for all of it"
            )
        return resource

    def arn(self, resource: str) -> str:
        """The ARN, or `*`, that a word means: itself, or of `role/NAME` and the like in the
        directory. Raises InvalidValue, NotFound."""
        if resource == "*" or (parse_arn(resource) is not None and resource.isprintable()):
            return resource
        noun, slash, name = resource.partition("/")
        if slash and noun in _SECTIONS:
            return self.directory.arn(self.directory.named(_SECTIONS[noun], name))
        raise InvalidValue(
            f"{shown(resource)} is not a resource",
            hint="write an ARN, *, or user/NAME, group/NAME, role/NAME, policy/NAME",
        )

    def _account(self, resource: str, given: str | None) -> str | None:
        """Whose the resource is; a person may say it of an ARN that does not."""
        if given is None:
            return self._owner(resource)
        if ACCOUNT_ID.problem(given) is not None:
            raise InvalidValue(f"{shown(given)} is no account id", hint="write its twelve digits")
        arn = parse_arn(resource)
        if arn is not None and arn.account not in ("", given):
            raise InvalidValue(
                f"{shown(resource, 200)} is not of account {given}, as its ARN says",
                hint="say whose a resource is where its ARN does not, as those of S3",
            )
        return given

    def _owner(self, resource: str) -> str | None:
        arn = parse_arn(resource)
        if arn is None or arn.account == "aws":
            return None
        return arn.account if arn.account.isdigit() else self._holder(resource)

    def _holder(self, resource: str) -> str:
        """The account whose file holds a policy for a resource without account in its ARN."""
        own = self.directory.account.id
        if self.directory.resource_policy(resource) is None:
            for account in self._accounts.ids() if self._accounts else ():
                other = self.collector(account)
                if other is not None and other.directory.resource_policy(resource) is not None:
                    return account
        return own


def refused_to(subject: Subject, action: str) -> str:
    """Why the subject's credentials are of no use for an action, in lower case, or ""."""
    session = subject.temporary
    mfa = None if session is None else session.mfa_time is not None
    return refusal_of_session(subject.principal, action, mfa)


def _refusing(decision: Decision, refused: str) -> Decision:
    """The decision with the service's refusal; an explicit deny stays one."""
    if decision.verdict == "explicitDeny":
        return decision
    return decision._replace(verdict="implicitDeny", statements=(), lacking="", refused=refused)


def supplied_policy(document: Plain, locate: Locate, kind: DocumentKind, name: str) -> SourcePolicy:
    """A policy that a person hands in for one question. Raises MalformedPolicyDocument."""
    parsed, problems = parse_document(document, kind, locate)
    if parsed is None:
        raise MalformedPolicyDocument.of(p for p in problems if p.severity == "error")
    return source_policy(parsed, name, kind)


def _resource_policy(
    owner: Collector, action: str, resource: str
) -> tuple[SourcePolicy, ...] | None:
    """The trust policy of a role for what sts asks of it, else what `resources` holds."""
    if action.lower().startswith("sts:"):
        role = owner.directory.by_arn(resource)
        if isinstance(role, Role):
            return owner.trust(role.name)
    return owner.resource(resource)


def _resource_keys(directory: Directory, account: str | None, resource: str) -> dict[str, Value]:
    """The keys that say what is known of a resource: its tags, its boundary, its organization."""
    entity = directory.by_arn(resource)
    found: dict[str, Value] = {}
    if entity is not None and not isinstance(entity, Group):  # groups have no tags in IAM
        for key, value in entity.tags.items():
            found[f"aws:ResourceTag/{key}"] = value
            if entity.section != "identity_pools":  # which are Cognito's
                found[f"iam:ResourceTag/{key}"] = value
        boundary = getattr(entity, "boundary", None)
        if boundary is not None:
            local = directory.local_policy(boundary)
            found["iam:PermissionsBoundary"] = directory.arn(local) if local else boundary
    if account is not None and directory.organization is not None:
        found |= directory.organization.context_keys("Resource")
    return found
