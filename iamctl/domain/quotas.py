"""AWS's quotas for IAM entities. Source: IAM User Guide, "IAM and AWS STS quotas"."""

from collections.abc import Mapping

from iamctl.domain.tuples import NamedTuple


class Quota(NamedTuple):
    """A limit: AWS's name for it in errors, its default, and the most AWS raises it to."""

    error_name: str
    default: int
    maximum: int
    title: str


class Excess(NamedTuple):
    """A quota, by its name in the file, and the amount that is higher."""

    quota: str
    amount: int


QUOTAS: Mapping[str, Quota] = {
    "users": Quota("UsersPerAccount", 5000, 5000, "users in the account"),
    "groups": Quota("GroupsPerAccount", 300, 500, "groups in the account"),
    "roles": Quota("RolesPerAccount", 1000, 5000, "roles in the account"),
    "policies": Quota("PoliciesPerAccount", 1500, 5000, "managed policies in the account"),
    "mfa_devices": Quota(
        "VirtualMFADevicesPerAccount", 5000, 5000, "virtual MFA devices in the account"
    ),
    "oidc_providers": Quota(
        "OpenIdConnectProvidersPerAccount", 100, 700, "OIDC providers in the account"
    ),
    "saml_providers": Quota("SAMLProvidersPerAccount", 100, 100, "SAML providers in the account"),
    "groups_per_user": Quota("GroupsPerUser", 10, 10, "groups of a user"),
    "keys_per_user": Quota("AccessKeysPerUser", 2, 2, "access keys of a user"),
    "mfa_devices_per_user": Quota("MFADevicesPerUser", 8, 8, "MFA devices of a user"),
    "policies_per_user": Quota("PoliciesPerUser", 10, 20, "managed policies of a user"),
    "policies_per_group": Quota("PoliciesPerGroup", 10, 10, "managed policies of a group"),
    "policies_per_role": Quota("PoliciesPerRole", 10, 25, "managed policies of a role"),
    "client_ids_per_provider": Quota(
        "ClientIdsPerOpenIdConnectProvider", 100, 100, "client ids of an OIDC provider"
    ),
    "tags": Quota("TagsPerEntity", 50, 50, "tags of an entity"),
    "policy_size": Quota("PolicySize", 6144, 6144, "characters of a managed policy"),
    "user_inline_size": Quota(
        "InlinePolicySizePerUser", 2048, 2048, "characters of a user's inline policies"
    ),
    "group_inline_size": Quota(
        "InlinePolicySizePerGroup", 5120, 5120, "characters of a group's inline policies"
    ),
    "role_inline_size": Quota(
        "InlinePolicySizePerRole", 10240, 10240, "characters of a role's inline policies"
    ),
    "trust_size": Quota("ACLSizePerRole", 2048, 4096, "characters of a role's trust policy"),
}
"""Name in the file's `account.quotas` -> the quota. Sizes do not count white space."""
