"""Whom a question is about: a principal by name, ARN or id, and the policies that bear on it."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from iamctl.domain.arns import PARTITION, Arn, assumed_role_arn, parse_arn, split_iam_resource
from iamctl.domain.directory import Directory
from iamctl.domain.entities import Role, User
from iamctl.domain.errors import InvalidValue, NotFound
from iamctl.domain.names import SESSION_NAME, did_you_mean, shown
from iamctl.domain.tuples import NamedTuple
from iamctl.policy.collect import Collector
from iamctl.policy.compile import SourcePolicy
from iamctl.policy.evaluate import Layers
from iamctl.policy.request import (
    ANONYMOUS,
    Caller,
    caller_of_arn,
    root_caller,
    service_caller,
    session_caller,
    user_caller,
)
from iamctl.services.principals import full_service_name
from iamctl.sts.caller import Caller as Authenticated
from iamctl.sts.caller import principal_of
from iamctl.sts.principal import layers_of

FORMS = (
    "a user's name, user/NAME, role/NAME, assumed-role/ROLE/SESSION, root, service/NAME, "
    "anonymous, an ARN or a unique id"
)

ANY_SESSION = "*"
"""Stands for the name of a role's session that nobody has named."""


class Temporary(NamedTuple):
    """What is special to temporary credentials. Times are epoch seconds; `mfa_time` None means
    that no MFA was used. `provider` and `keys`, condition keys in lower case, are what an identity
    provider's word leaves in its session."""

    issued: int
    mfa_time: int | None = None
    source_identity: str | None = None
    provider: str | None = None
    keys: Mapping[str, str | tuple[str, ...]] = MappingProxyType({})


class Subject(NamedTuple):
    """A principal as the policies see it: who it is, its principal tags, its own policies
    (identity, boundary, session and service control policies), and whether its credentials are
    temporary. `taggable`: whoever begins its session may put tags of its own over the role's."""

    principal: Caller
    layers: Layers = Layers()
    tags: Mapping[str, str] = MappingProxyType({})
    temporary: Temporary | None = None
    taggable: bool = False


Collectors = Callable[[str], Collector | None]
"""The policies of an account by its id, or None when no file says what is in it."""


def subject_of(own: Collector, collectors: Collectors, reference: str) -> Subject:
    """The principal that a text means. Names and ids are those of the directory of `own`.

    A role means a session of it that begins now, whose name nobody has said. Raises NotFound,
    InvalidValue.
    """
    if reference.startswith("arn:"):
        return _of_arn(collectors, reference)
    directory = own.directory
    kind, slash, name = reference.partition("/")
    if slash and kind == "user":
        return user_subject(own, directory.user(name))
    if slash and kind == "role":
        return role_subject(own, directory.role(name))
    if slash and kind == "assumed-role":
        role, _, session = name.partition("/")
        return role_subject(own, directory.role(role), session)
    if slash and kind == "service":
        return Subject(service_caller(full_service_name(name)))
    if reference in ("root", "anonymous"):
        if reference in directory.users:
            raise InvalidValue(
                f"{reference} may mean a user of that name here",
                hint=f"write user/{reference}, or the ARN of the root user",
            )
        return _root(own) if reference == "root" else Subject(ANONYMOUS)
    if slash:
        raise InvalidValue(f"{shown(reference)} is not a principal", hint=f"write {FORMS}")
    return _of_name(own, reference)


def user_subject(collector: Collector, user: User) -> Subject:
    """A user with its long-term credentials."""
    principal = user_caller(collector.directory.account.id, user.name, user.path, user.id or "")
    return Subject(principal, collector.user(user.name), user.tags)


def role_subject(collector: Collector, role: Role, session: str | None = None) -> Subject:
    """A session of a role that begins now; without a name, a session of any name."""
    directory = collector.directory
    if session is None:
        principal = caller_of_arn(directory.arn(role), role.id or "")
        if principal is None:
            raise ValueError("a role has an ARN")
        # A session's aws:userid ends in its name, which nobody has said.
        principal = principal._replace(userid="")
    else:
        SESSION_NAME.check(session)
        principal = session_caller(
            directory.account.id, role.name, session, role.path, role.id or ""
        )
    temporary = Temporary(collector.now)
    layers = collector.role(role.name)
    return Subject(principal, layers, role.tags, temporary, _lets_tag(collector.trust(role.name)))


def _lets_tag(trust: tuple[SourcePolicy, ...]) -> bool:
    """Whether a trust policy lets anybody pass session tags (IAM User Guide, "Passing session
    tags in AWS STS")."""
    documents = (policy.document for policy in trust if policy.document is not None)
    return any(
        statement.allows and statement.matches_action("sts:tagsession")
        for document in documents
        for statement in document.statements
    )


def of_some_session(principal: Caller) -> Caller:
    """A role asked about in general as a session of it whose name no policy has: `*`, which is
    no session's name."""
    if principal.type != "AssumedRole" or principal.arn != principal.principal_arn:
        return principal
    partition, name = principal.arn.split(":", 2)[1], principal.arn.rpartition("/")[2]
    return principal._replace(
        arn=f"arn:{partition}:sts::{principal.account}:assumed-role/{name}/{ANY_SESSION}",
        userid=f"{principal.unique_id}:{ANY_SESSION}" if principal.unique_id else "",
    )


def caller_subject(collector: Collector, caller: Authenticated) -> Subject:
    """The authenticated caller of a session or a long-term key, with its session policies."""
    session = caller.session
    temporary = None
    if session is not None:
        claims = session.claims
        temporary = Temporary(
            claims.issued, caller.mfa_time, caller.source_identity, claims.provider, claims.context
        )
    return Subject(principal_of(caller), layers_of(caller, collector), caller.tags, temporary)


def with_session_policies(subject: Subject, policies: tuple[SourcePolicy, ...]) -> Subject:
    """The subject with session policies over it. Raises InvalidValue where AWS takes none, or
    where it has its own, which nothing widens later."""
    if subject.layers.session is not None:
        raise InvalidValue(
            "the session has session policies already, and they stay as they are",
            hint="ask for role/NAME to see what other session policies would leave",
        )
    if subject.principal.type not in ("AssumedRole", "FederatedUser"):
        raise InvalidValue(
            "session policies are passed to role sessions and federated users only",
            hint="ask for role/NAME, or for a federated user's ARN",
        )
    return subject._replace(layers=subject.layers._replace(session=policies))


def _root(collector: Collector) -> Subject:
    account = collector.directory.account.id
    return Subject(root_caller(account), Layers(scps=collector.scps()))


def _of_name(own: Collector, reference: str) -> Subject:
    directory = own.directory
    if reference in directory.users:
        return user_subject(own, directory.users[reference])
    entity = directory.by_unique_id(reference)
    if isinstance(entity, User):
        return user_subject(own, entity)
    if isinstance(entity, Role):
        return role_subject(own, entity)
    if entity is not None:
        raise InvalidValue(
            f"{shown(reference)} is neither a user nor a role", hint=f"write {FORMS}"
        )
    hint = did_you_mean(reference, directory.users)
    if reference in directory.roles:
        hint = f"there is a role of that name: role/{reference}"
    raise NotFound(f"user {shown(reference)} does not exist", hint=hint)


def _of_arn(collectors: Collectors, text: str) -> Subject:
    arn = parse_arn(text)
    principal = caller_of_arn(text)
    if arn is None or principal is None or "*" in text or "?" in text:
        raise InvalidValue(f"{shown(text)} is not the ARN of a principal", hint=f"write {FORMS}")
    collector = collectors(arn.account)
    if collector is None:
        return _of_unknown_account(principal)
    if arn.partition != PARTITION:
        raise NotFound(f"nobody here bears the ARN {shown(text, 200)}")
    if principal.type == "Account":
        return _root(collector)
    if principal.type == "FederatedUser":
        reason = "nothing says which user made the federated user, and it has that user's policies"
        return _unknown(principal, reason, collector)
    return _of_known_account(collector, arn, text)


def _of_known_account(collector: Collector, arn: Arn, text: str) -> Subject:
    directory = collector.directory
    if arn.service == "sts":
        _, role, *session = arn.resource.split("/")
        found = role_subject(collector, directory.role(role), "/".join(session))
        if found.principal.arn != assumed_role_arn(arn.account, role, "/".join(session)):
            raise NotFound(f"nobody here bears the ARN {shown(text)}")
        return found
    entity = directory.by_arn(text)
    if isinstance(entity, User):
        return user_subject(collector, entity)
    if isinstance(entity, Role):
        return role_subject(collector, entity)
    raise NotFound(
        f"nobody here bears the ARN {shown(text, 200)}", hint=_near_arn(directory, arn.resource)
    )


def _near_arn(directory: Directory, resource: str) -> str | None:
    """The ARN that was probably meant: of the same name, often at another path."""
    kind, _, name = split_iam_resource(resource)
    entity = (directory.users if kind == "user" else directory.roles).get(name)
    return None if entity is None else f"did you mean {directory.arn(entity)}?"


def _of_unknown_account(principal: Caller) -> Subject:
    reason = f"no file says what account {principal.account} holds"
    if principal.type == "Account":
        name = f"the service control policies over {principal.arn}"
        return Subject(principal, Layers(scps=((SourcePolicy(name, "scp", None, "", reason),),)))
    return _unknown(principal, reason)


def _unknown(principal: Caller, reason: str, collector: Collector | None = None) -> Subject:
    """A principal whose own policies nobody can read: a decision that needs them is unknown."""
    missing = SourcePolicy(f"the policies of {principal.arn}", "identity", None, "", reason)
    scps = collector.scps() if collector is not None else ()
    temporary = Temporary(0) if principal.type != "User" else None
    return Subject(principal, Layers(identity=(missing,), scps=scps), temporary=temporary)
