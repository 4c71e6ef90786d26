"""A request: who asks for which action on which resource, in which context.

Callers and context keys: the IAM User Guide's pages on policy variables and on global
condition context keys.
"""

from collections.abc import Mapping
from typing import Literal

from iamctl.domain.arns import (
    assumed_role_arn,
    federated_user_arn,
    iam_arn,
    parse_arn,
    root_arn,
    split_iam_resource,
)
from iamctl.domain.times import format_instant
from iamctl.domain.tuples import NamedTuple
from iamctl.policy.match import Context

CallerType = Literal[
    "User", "AssumedRole", "FederatedUser", "Account", "Anonymous", "Service", "Federated"
]


class Caller(NamedTuple):
    """Who asks.

    `type` is aws:PrincipalType, or Service, or Federated for an unsigned call that another
    identity provider vouches for. `arn` is what GetCallerIdentity says, `principal_arn` is
    aws:PrincipalArn (the role, with its path, for a role session). `unique_id` is the AIDA or
    AROA id alone; `issuer` the ARN of the user who made a federated user, or the provider of
    a Federated caller; `services` the names of a service principal. With `any_path` the path of
    the role is not known, and `principal_arn` is without it.
    """

    type: CallerType
    account: str = ""
    arn: str = ""
    principal_arn: str = ""
    userid: str = ""
    username: str = ""
    unique_id: str = ""
    issuer: str = ""
    services: tuple[str, ...] = ()
    any_path: bool = False


ANONYMOUS = Caller("Anonymous", userid="anonymous")


class Request(NamedTuple):
    """A question to the policies.

    `resource` is an ARN, or `*` for an action that takes none. `resource_account` is needed
    where the ARN has no account (S3) and the resource is not the caller's own.
    """

    caller: Caller
    action: str
    resource: str
    context: Context
    resource_account: str | None = None

    @property
    def owner(self) -> str:
        """The account that owns the resource.

        What belongs to nobody's account, such as AWS's own managed policies, is asked for
        within the caller's.
        """
        if self.resource_account is not None:
            return self.resource_account
        parts = self.resource.split(":", 5)
        has_account = len(parts) == 6 and parts[4].isdigit()
        return parts[4] if has_account else self.caller.account


def user_caller(account: str, name: str, path: str = "/", unique_id: str = "") -> Caller:
    """An IAM user, with long-term keys or a GetSessionToken session."""
    arn = iam_arn(account, "user", path, name)
    return Caller("User", account, arn, arn, unique_id, name, unique_id)


def session_caller(
    account: str, role: str, session: str, path: str = "/", role_id: str = ""
) -> Caller:
    """A role session."""
    return Caller(
        "AssumedRole",
        account,
        assumed_role_arn(account, role, session),
        iam_arn(account, "role", path, role),
        f"{role_id}:{session}",
        unique_id=role_id,
    )


def root_caller(account: str) -> Caller:
    """The root user of an account."""
    return Caller("Account", account, root_arn(account), root_arn(account), account)


def federated_user_caller(account: str, name: str, issuer: str = "") -> Caller:
    """A GetFederationToken session; `issuer` is the ARN of the user who made it."""
    arn = federated_user_arn(account, name)
    return Caller("FederatedUser", account, arn, arn, f"{account}:{name}", issuer=issuer)


def service_caller(*names: str) -> Caller:
    """An AWS service that calls in its own name."""
    return Caller("Service", services=names)


def federated_caller(provider: str) -> Caller:
    """Whoever a provider vouches for, in AssumeRoleWithWebIdentity or AssumeRoleWithSAML."""
    return Caller("Federated", issuer=provider)


def caller_of_arn(arn: str, unique_id: str = "") -> Caller | None:
    """The caller an ARN means, or None when it is no principal's.

    A role's ARN means any session of it; an assumed-role ARN does not say the role's path.
    """
    parsed = parse_arn(arn)
    if parsed is None or parsed.service not in ("iam", "sts") or not parsed.account:
        return None
    account, (kind, path, name) = parsed.account, split_iam_resource(parsed.resource)
    if parsed.service == "iam" and parsed.resource == "root":
        return Caller("Account", account, arn, arn, account)
    if not name:
        return None
    if parsed.service == "iam" and kind == "user":
        return Caller("User", account, arn, arn, unique_id, name, unique_id)
    if parsed.service == "iam" and kind == "role":
        return Caller("AssumedRole", account, arn, arn, unique_id, unique_id=unique_id)
    if kind == "federated-user":
        return Caller("FederatedUser", account, arn, arn, f"{account}:{name}")
    if kind == "assumed-role" and path != "/":
        role = f"arn:{parsed.partition}:iam::{account}:role{path[:-1]}"
        userid = f"{unique_id}:{name}" if unique_id else ""
        return Caller("AssumedRole", account, arn, role, userid, unique_id=unique_id, any_path=True)
    return None


_NO_TAGS: Mapping[str, str] = {}
_NO_KEYS: Mapping[str, str | tuple[str, ...]] = {}


def context_of(
    caller: Caller,
    now: int,
    *,
    principal_tags: Mapping[str, str] = _NO_TAGS,
    token_issue_time: int | None = None,
    mfa: bool | None = None,
    mfa_time: int | None = None,
    source_identity: str | None = None,
    federated_provider: str | None = None,
    resource: str = "*",
    resource_account: str | None = None,
    resource_tags: Mapping[str, str] = _NO_TAGS,
    request_tags: Mapping[str, str] | None = None,
    region: str = "us-east-1",
    extra: Mapping[str, str | tuple[str, ...]] = _NO_KEYS,
) -> dict[str, str | tuple[str, ...]]:
    """The context keys that follow from plain facts, in lower case.

    Times are epoch seconds. `mfa` None leaves aws:MultiFactorAuthPresent absent, as for
    long-term keys; `request_tags` None means that the call takes no tags. `extra` adds or
    overrides keys, written in any case.
    """
    context: dict[str, str | tuple[str, ...]] = {
        "aws:currenttime": format_instant(now),
        "aws:epochtime": str(now),
        "aws:securetransport": "true",
        "aws:viaawsservice": "false",
        "aws:requestedregion": region,
    }
    _caller_keys(context, caller)
    _put_tags(context, "aws:principaltag/", principal_tags)
    optional = {
        "aws:tokenissuetime": None
        if token_issue_time is None
        else format_instant(token_issue_time),
        "aws:multifactorauthpresent": None if mfa is None else str(mfa).lower(),
        "aws:multifactorauthage": str(now - mfa_time) if mfa and mfa_time is not None else None,
        "aws:sourceidentity": source_identity,
        "aws:federatedprovider": federated_provider,
        "aws:resourceaccount": resource_account or _account_of(resource),
    }
    context.update({key: value for key, value in optional.items() if value is not None})
    _put_tags(context, "aws:resourcetag/", resource_tags)
    if resource.split(":", 3)[2:3] == ["iam"]:
        _put_tags(context, "iam:resourcetag/", resource_tags)
    if request_tags:
        _put_tags(context, "aws:requesttag/", request_tags)
        context["aws:tagkeys"] = tuple(request_tags)
    context.update({key.lower(): value for key, value in extra.items()})
    return context


def _caller_keys(context: dict[str, str | tuple[str, ...]], caller: Caller) -> None:
    signed = caller.type not in ("Anonymous", "Federated")
    keys = {
        "aws:principalarn": caller.principal_arn,
        "aws:principalaccount": caller.account or ("anonymous" if not signed else ""),
        "aws:principaltype": "" if caller.type in ("Service", "Federated") else caller.type,
        "aws:userid": caller.userid,
        "aws:username": caller.username,
        "aws:principalisawsservice": str(caller.type == "Service").lower() if signed else "",
    }
    context.update({key: value for key, value in keys.items() if value})
    if caller.services:
        context["aws:principalservicename"] = caller.services[0]
        context["aws:principalservicenameslist"] = caller.services
    if caller.type == "Federated" and not caller.issuer.partition(":saml-provider/")[1]:
        context["aws:federatedprovider"] = caller.issuer


def _put_tags(
    context: dict[str, str | tuple[str, ...]], prefix: str, tags: Mapping[str, str]
) -> None:
    for key, value in tags.items():
        context[prefix + key.lower()] = value


def _account_of(resource: str) -> str | None:
    parts = resource.split(":", 5)
    return parts[4] if len(parts) == 6 and parts[4] else None
