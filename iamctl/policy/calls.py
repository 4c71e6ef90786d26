"""What a service refuses, or grants, whatever the policies say.

Source: the STS API Reference, AssumeRole, AssumeRoleWithWebIdentity and AssumeRoleWithSAML.
"""

from iamctl.policy.arns import Resource
from iamctl.policy.request import Caller

_ASSUME_ROLE = "sts:assumerole"
_WEB_IDENTITY = "sts:assumerolewithwebidentity"
_SAML = "sts:assumerolewithsaml"

_NO_CREDENTIALS = "{action} needs credentials of a user or of a role's session"
_CANNOT_ASSUME = {
    "Account": "Roles may not be assumed by root accounts.",
    "FederatedUser": "a federated user's session cannot assume roles",
    "Anonymous": _NO_CREDENTIALS.format(action="sts:AssumeRole"),
    "Federated": _NO_CREDENTIALS.format(action="sts:AssumeRole"),
}


def needs_no_permission(caller: Caller, action: str) -> bool:
    """Whether the call is everybody's who has credentials, even where a policy denies it.

    The action is in lower case. Source: the STS API Reference, GetCallerIdentity.
    """
    return action == "sts:getcalleridentity" and bool(caller.account)


def refusal(caller: Caller, action: str, resource: Resource) -> str:
    """Why the service refuses the call, or "". The action is in lower case."""
    if not action.startswith(_ASSUME_ROLE):
        return ""
    if action == _ASSUME_ROLE:
        return _CANNOT_ASSUME.get(caller.type) or _across_partitions(caller, resource)
    if action == _WEB_IDENTITY:
        return _not_vouched_for(caller, resource, saml=False)
    return _not_vouched_for(caller, resource, saml=True) if action == _SAML else ""


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
