"""What a service refuses, or grants, whatever the policies say.

Source: the STS API Reference, AssumeRole, AssumeRoleWithWebIdentity, AssumeRoleWithSAML,
GetSessionToken and GetFederationToken.
"""

from iamctl.policy.arns import Resource
from iamctl.policy.request import Caller

_ASSUME_ROLE = "sts:assumerole"
_WEB_IDENTITY = "sts:assumerolewithwebidentity"
_SAML = "sts:assumerolewithsaml"

TOKEN_CALLS = ("sts:getsessiontoken", "sts:getfederationtoken")
_WITH_SESSION = "Cannot call {name} with session credentials"
_NAMES = dict(zip(TOKEN_CALLS, ("GetSessionToken", "GetFederationToken"), strict=True))
_NO_CALLS = frozenset(
    ("iam:passrole", "sts:tagsession", "sts:setsourceidentity", "sts:setcontext")
)  # they are permissions that other calls need
NAMED_CALLS = (*TOKEN_CALLS, *sorted(_NO_CALLS), _ASSUME_ROLE, "sts:getcalleridentity")
"""The actions of IAM and STS that `refusal_of_session` tells from the rest of their service."""

_NO_CREDENTIALS = "{action} needs credentials of a user or of a role's session"
_CANNOT_ASSUME = {
    "Account": "Roles may not be assumed by root accounts.",
    "FederatedUser": "a federated user's session cannot assume roles",
    "Anonymous": _NO_CREDENTIALS.format(action="sts:AssumeRole"),
    "Federated": _NO_CREDENTIALS.format(action="sts:AssumeRole"),
}


def needs_no_permission(caller: Caller, action: str) -> bool:
    """Whether the call is everybody's who has such credentials, even where a policy denies it.

    The action is in lower case. Sessions are taken for what `refusal_of_session` says first.
    Source: the STS API Reference, GetCallerIdentity; the IAM User Guide, permissions for
    GetSessionToken.
    """
    if action == "sts:getcalleridentity":
        return bool(caller.account)
    return action == "sts:getsessiontoken" and caller.type in ("User", "Account")


def refusal(caller: Caller, action: str, resource: Resource) -> str:
    """Why nobody like the caller is let assume the role, or "". The action is in lower case."""
    if not action.startswith(_ASSUME_ROLE):
        return ""
    if action == _ASSUME_ROLE:
        return _CANNOT_ASSUME.get(caller.type) or _across_partitions(caller, resource)
    if action == _WEB_IDENTITY:
        return _not_vouched_for(caller, resource, saml=False)
    return _not_vouched_for(caller, resource, saml=True) if action == _SAML else ""


def _of_federated_user(action: str) -> str:
    """Its session may call nothing of IAM, and of STS GetCallerIdentity only."""
    if action == _ASSUME_ROLE:
        return _CANNOT_ASSUME["FederatedUser"]
    if action in TOKEN_CALLS:
        return _WITH_SESSION.format(name=_NAMES[action])
    if action in _NO_CALLS or action == "sts:getcalleridentity":
        return ""
    service = "IAM" if action.startswith("iam:") else "STS, but GetCallerIdentity"
    return f"a federated user's session cannot call {service}"


def refusal_of_session(caller: Caller, action: str, mfa: bool | None) -> str:
    """Why temporary credentials are of no use for the call, or "". The action is in lower case.

    `mfa` says whether they were got with MFA; it is None for long-term credentials.
    """
    if caller.type == "FederatedUser" and action.startswith(("iam:", "sts:")):
        return _of_federated_user(action)
    if caller.type == "AssumedRole" and action in TOKEN_CALLS:
        return _WITH_SESSION.format(name=_NAMES[action])
    return "" if mfa is None or caller.type != "User" else _of_user(action, mfa)


def _of_user(action: str, mfa: bool) -> str:
    """A session of GetSessionToken may call AssumeRole and GetCallerIdentity of STS, and IAM if it
    was got with MFA."""
    if action in _NO_CALLS or action in (_ASSUME_ROLE, "sts:getcalleridentity"):
        return ""
    if action in TOKEN_CALLS:
        return _WITH_SESSION.format(name=_NAMES[action])
    if action.startswith("sts:"):
        return "a session of GetSessionToken cannot call STS, but AssumeRole and GetCallerIdentity"
    if action.startswith("iam:") and not mfa:
        return "a session of GetSessionToken that was got without MFA cannot call IAM"
    return ""


def _across_partitions(caller: Caller, resource: Resource) -> str:
    parts = caller.arn.split(":", 2)
    if len(parts) < 3 or not resource.parts or parts[1] == resource.parts[1]:
        return ""
    return f"{caller.arn} is of another partition than the role"


def _not_vouched_for(caller: Caller, resource: Resource, saml: bool) -> str:
    """A provider that has an ARN stands in the role's own account. Other callers are left to the
    trust policy."""
    if caller.type != "Federated":
        return ""
    provider = caller.issuer
    if (":saml-provider/" in provider) is not saml:
        return f"{provider} is no provider of {'SAML assertions' if saml else 'web identities'}"
    parts = provider.split(":", 5)
    if len(parts) == 6 and resource.parts and parts[4] != resource.parts[4]:
        return f"{provider} is of another account than the role"
    return ""
