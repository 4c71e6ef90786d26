"""What a caller asks of AssumeRole, and what the session will be called and carry.

Sources: the STS API Reference (AssumeRole) and the IAM User Guide, "Passing session tags in AWS
STS" and "Monitor and control actions taken with assumed roles".
"""

from collections.abc import Mapping
from types import MappingProxyType

from iamctl.domain.errors import AccessDenied, InvalidValue
from iamctl.domain.names import EXTERNAL_ID, SESSION_NAME, SOURCE_IDENTITY, check_tags, shown
from iamctl.domain.tuples import NamedTuple
from iamctl.sts.caller import Caller
from iamctl.sts.packed import packed_size
from iamctl.sts.session import overlaid

_MAX_TAGS = 50
_MAX_CHAIN = 10


class AssumeRequest(NamedTuple):
    """What the caller asks for. Durations are in seconds.

    `configured_duration` comes from the settings and is cut to what the role allows; `duration`
    was asked for and is refused when it is too long. `policies` are session policies, ARNs or
    JSON texts, known to be good. `mfa_time` is when a code of the caller's device was accepted.
    """

    session_name: str | None = None
    duration: int | None = None
    configured_duration: int | None = None
    external_id: str | None = None
    tags: tuple[tuple[str, str], ...] = ()
    transitive_tag_keys: tuple[str, ...] = ()
    source_identity: str | None = None
    policies: tuple[str, ...] = ()
    mfa_time: int | None = None


class Terms(NamedTuple):
    """What the session will be called and carry, checked; inherited tags are among `tags`.

    `packed` is the size of policies and tags in percent of what is allotted to them.
    """

    session_name: str
    tags: Mapping[str, str]
    passed_tags: Mapping[str, str]
    inherited_tags: Mapping[str, str]
    transitive: tuple[str, ...]
    source_identity: str | None
    chain: tuple[str, ...]
    policies: tuple[str, ...]
    packed: int | None


def terms_of(caller: Caller, request: AssumeRequest) -> Terms:
    """The session's name, tags, source identity and chain. Raises InvalidValue, AccessDenied."""
    if request.external_id is not None:
        EXTERNAL_ID.check(request.external_id)
    inherited = _inherited(caller)
    passed = passed_tags(request.tags, inherited)
    tags = overlaid(passed, inherited)
    transitive = (*inherited, *transitive_keys(request.transitive_tag_keys, passed, inherited))
    chain = (*(caller.session.claims.chain if caller.session else ()), caller.arn)
    return Terms(
        session_name=_session_name(caller, request.session_name),
        tags=tags,
        passed_tags=passed,
        inherited_tags=inherited,
        transitive=transitive,
        source_identity=_source_identity(caller, request.source_identity),
        # A token is bounded, a chain is not: the first caller and the latest ones are kept.
        chain=chain if len(chain) <= _MAX_CHAIN else (chain[0], *chain[1 - _MAX_CHAIN :]),
        policies=request.policies,
        packed=packed_size(request.policies, tags, transitive),
    )


def _session_name(caller: Caller, asked: str | None) -> str:
    if asked is not None:
        return SESSION_NAME.check(asked)
    previous = caller.session.claims.name if caller.session else ""
    name = previous or (caller.user.name if caller.user else "")
    problem = SESSION_NAME.problem(name)
    if problem is not None:
        raise InvalidValue(problem, hint="give one with --session-name")
    return name


def _inherited(caller: Caller) -> dict[str, str]:
    """The transitive tags that a chained call takes along."""
    if caller.session is None:
        return {}
    claims = caller.session.claims
    going_on = {key.lower() for key in claims.transitive}
    return {key: value for key, value in claims.tags.items() if key.lower() in going_on}


def passed_tags(
    tags: tuple[tuple[str, str], ...], inherited: Mapping[str, str] = MappingProxyType({})
) -> dict[str, str]:
    """The session tags that are passed, checked; an inherited one cannot be passed again.

    Raises InvalidValue.
    """
    if len(tags) > _MAX_TAGS:
        raise InvalidValue(f"at most {_MAX_TAGS} session tags can be passed")
    try:
        passed = check_tags(tags)
    except InvalidValue as error:
        raise InvalidValue(error.message, hint=error.hint) from None
    taken = {key.lower() for key in inherited}
    for key in passed:
        if key.lower() in taken:
            raise InvalidValue(
                f"session tag {shown(key)} is inherited from the calling session "
                "and cannot be passed again",
            )
    return passed


def transitive_keys(
    keys: tuple[str, ...],
    passed: Mapping[str, str],
    inherited: Mapping[str, str] = MappingProxyType({}),
) -> tuple[str, ...]:
    """The passed keys that are to go on, as their tags spell them. Raises InvalidValue."""
    spelled = {key.lower(): key for key in passed}
    kept: dict[str, None] = {}
    for key in keys:
        if key.lower() not in spelled:
            already = key.lower() in {k.lower() for k in inherited}
            raise InvalidValue(
                f"transitive tag key {shown(key)} "
                + ("is inherited already" if already else "is not among the session tags"),
                hint=None if already else f"pass the tag too: --tag {key}=VALUE",
            )
        kept[spelled[key.lower()]] = None
    return tuple(kept)


def _source_identity(caller: Caller, asked: str | None) -> str | None:
    """Set once, at the first assume; the same value again is accepted, another is not."""
    if asked is not None:
        SOURCE_IDENTITY.check(asked)
        if asked.lower().startswith("aws:"):
            raise InvalidValue('a source identity must not start with "aws:"')
    inherited = caller.source_identity
    if inherited is not None and asked not in (None, inherited):
        raise AccessDenied(
            f"the source identity {shown(inherited)} of the calling session cannot be changed"
        )
    return inherited or asked
