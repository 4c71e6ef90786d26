"""What STS makes of an OpenID Connect token: condition keys, session tags, source identity.

Sources: the IAM User Guide, "Available keys for AWS OIDC federation" (which claims are keys, and
that `amr`, `aud` and `sub` alone live on in the session), "Passing session tags using
AssumeRoleWithWebIdentity" (nested and flattened), "Monitor and control actions taken with assumed
roles" (source identity).
"""

from collections.abc import Mapping
from typing import NoReturn

from iamctl.domain.errors import NotAuthenticated
from iamctl.domain.names import SESSION_NAME, SOURCE_IDENTITY, shown
from iamctl.ports.federation import WebIdentityToken
from iamctl.sts.federated import WITH_WEB_IDENTITY, Vouched

TAGS = "https://aws.amazon.com/tags"
SOURCE_IDENTITY_CLAIM = "https://aws.amazon.com/source_identity"
BAD_SOURCE_IDENTITY = (
    'Source Identity must match [a-zA-Z_0-9+=,.@-]{2,64} and not begin with "aws:"'
)

_MORE_CLAIMS = {
    "token.actions.githubusercontent.com": (
        "actor",
        "actor_id",
        "job_workflow_ref",
        "repository",
        "repository_id",
        "workflow",
        "ref",
        "environment",
        "enterprise_id",
    ),
}
"""Host of a provider -> the claims that AWS makes keys of for it alone."""


def of_web_identity(
    token: WebIdentityToken, provider: str, host: str, session_name: str
) -> Vouched:
    """What a token says of whoever wants to assume a role.

    `provider` is its provider's ARN or, of one that AWS knows by itself, its domain; `host` the
    provider's URL without the scheme. Raises InvalidValue for the session name, NotAuthenticated
    for tags or a source identity that are malformed.
    """
    SESSION_NAME.check(session_name)
    surviving: dict[str, str | tuple[str, ...]] = {
        f"{host}:aud".lower(): token.audience,
        f"{host}:sub".lower(): token.subject,
    }
    if token.amr:
        surviving[f"{host}:amr".lower()] = token.amr
    tags, transitive = _tags(token.claims)
    return Vouched(
        action=WITH_WEB_IDENTITY,
        provider=provider,
        session_name=session_name,
        keys={**_claim_keys(token.claims, host), **surviving},
        surviving=surviving,
        tags=tags,
        transitive_tag_keys=transitive,
        source_identity=_source_identity(token.claims),
    )


def checked_source_identity(value: object) -> str:
    """A source identity that a provider gives. Raises NotAuthenticated with AWS's text."""
    if (
        not isinstance(value, str)
        or SOURCE_IDENTITY.problem(value) is not None
        or value.lower().startswith("aws:")
    ):
        _refuse(BAD_SOURCE_IDENTITY, "the identity provider gives one that does not")
    return value


def _claim_keys(claims: Mapping[str, object], host: str) -> dict[str, str | tuple[str, ...]]:
    """The keys of claims that count in this call only."""
    named = {"oaud": "aud", "email": "email"}
    named |= {claim: claim for claim in _MORE_CLAIMS.get(host, ())}
    keys: dict[str, str | tuple[str, ...]] = {}
    for key, claim in named.items():
        value = claims.get(claim)
        if isinstance(value, str):
            keys[f"{host}:{key}".lower()] = value
        elif isinstance(value, list) and all(isinstance(item, str) for item in value):
            keys[f"{host}:{key}".lower()] = tuple(value)
    return keys


def _tags(
    claims: Mapping[str, object],
) -> tuple[tuple[tuple[str, str], ...], tuple[str, ...]]:
    """The session tags and the transitive keys among them, in either form."""
    nested = claims.get(TAGS, {})
    if not isinstance(nested, dict):
        _refuse_tags("it is no object")
    within = nested.get("principal_tags", {})
    if not isinstance(within, dict):
        _refuse_tags("its principal_tags is no object")
    prefix = f"{TAGS}/principal_tags/"
    flat = {name[len(prefix) :]: claims[name] for name in claims if name.startswith(prefix)}
    pairs = (*within.items(), *flat.items())
    keys = [
        *_texts(nested.get("transitive_tag_keys", [])),
        *_texts(claims.get(f"{TAGS}/transitive_tag_keys", [])),
    ]
    return tuple((key, _one(key, value)) for key, value in pairs), tuple(dict.fromkeys(keys))


def _one(key: str, value: object) -> str:
    several = _texts(value)
    if len(several) != 1:
        _refuse_tags(f"tag {shown(key)} has {len(several)} values, not one")
    return several[0]


def _texts(value: object) -> tuple[str, ...]:
    several = [value] if isinstance(value, str) else value
    if not isinstance(several, list) or not all(isinstance(item, str) for item in several):
        _refuse_tags("a value in it is no text")
    return tuple(several)


def _source_identity(claims: Mapping[str, object]) -> str | None:
    said = claims.get(SOURCE_IDENTITY_CLAIM)
    return None if said is None else checked_source_identity(said)


def _refuse_tags(reason: str) -> NoReturn:
    _refuse("The session tags in the token are malformed", f"claim {TAGS}: {reason}")


def _refuse(message: str, hint: str) -> NoReturn:
    raise NotAuthenticated(message, code="InvalidIdentityToken", hint=hint)
