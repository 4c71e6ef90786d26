"""The account itself: its alias, its quotas, and what is in it."""

from collections.abc import Mapping

from iamctl.domain.change import Changes
from iamctl.domain.directory import Directory
from iamctl.domain.errors import InvalidValue, NotFound
from iamctl.domain.names import ACCOUNT_ALIAS, ACCOUNT_ID, did_you_mean, shown
from iamctl.domain.quotas import QUOTAS
from iamctl.domain.tuples import NamedTuple
from iamctl.services.draft import Draft

_COUNTED = {"users": "Users", "groups": "Groups", "roles": "Roles", "policies": "Policies"}
_QUOTA_KEYS = {
    "users": "UsersQuota",
    "groups": "GroupsQuota",
    "roles": "RolesQuota",
    "policies": "PoliciesQuota",
    "groups_per_user": "GroupsPerUserQuota",
    "keys_per_user": "AccessKeysPerUserQuota",
    "policies_per_user": "AttachedPoliciesPerUserQuota",
    "policies_per_group": "AttachedPoliciesPerGroupQuota",
    "policies_per_role": "AttachedPoliciesPerRoleQuota",
    "policy_size": "PolicySizeQuota",
    "user_inline_size": "UserPolicySizeQuota",
    "group_inline_size": "GroupPolicySizeQuota",
    "role_inline_size": "RolePolicySizeQuota",
    "trust_size": "AssumeRolePolicySizeQuota",
}
"""Quota in the file -> key of GetAccountSummary. Source: botocore's IAM model."""


class QuotaRow(NamedTuple):
    """A quota: its name in the file, the limit in force, AWS's default and maximum."""

    name: str
    title: str
    limit: int
    default: int
    maximum: int
    overridden: bool


class AccountView(NamedTuple):
    """The account of a directory. `counts` is what GetAccountSummary says of it."""

    id: str
    alias: str | None
    uuid: str | None
    counts: Mapping[str, int]
    quotas: tuple[QuotaRow, ...]


def summary(directory: Directory) -> AccountView:
    """What the account holds and may hold."""
    account = directory.account
    counts = {key: len(directory.section(section)) for section, key in _COUNTED.items()}
    counts["MFADevices"] = len(directory.mfa)
    counts["MFADevicesInUse"] = sum(device.user is not None for device in directory.mfa.values())
    counts["Providers"] = len(directory.identity_providers)
    counts |= {key: account.quota(name) for name, key in _QUOTA_KEYS.items()}
    rows = tuple(
        QuotaRow(name, quota.title, account.quota(name), quota.default, quota.maximum,
                 name in account.quotas)
        for name, quota in QUOTAS.items()
    )  # fmt: skip
    return AccountView(account.id, account.alias, directory.uuid, counts, rows)


def check_alias(alias: str) -> str:
    """The alias; raises InvalidValue when AWS would refuse it."""
    ACCOUNT_ALIAS.check(alias)
    if ACCOUNT_ID.problem(alias) is None:
        raise InvalidValue("an account alias must not be twelve digits")
    return alias


def plan_alias(directory: Directory, *, alias: str | None) -> Changes:
    """Set the account's only alias; None removes it. Raises InvalidValue."""
    draft = Draft(directory)
    draft.set(("account", "alias"), None if alias is None else check_alias(alias))
    return draft.changes


def plan_quota(directory: Directory, *, name: str, value: int | None) -> Changes:
    """Set a quota for this account; None goes back to AWS's default.

    Raises NotFound for another name, InvalidValue for a number below 1.
    """
    if name not in QUOTAS:
        hint = did_you_mean(name, QUOTAS) or "`iamctl account quota` lists them"
        raise NotFound(f"quota {shown(name)} does not exist", hint=hint)
    if value is not None and value < 1:
        raise InvalidValue(f"quota {name} must be at least 1")
    draft = Draft(directory)
    if value is None:
        draft.drop(("account", "quotas"), name)
    else:
        draft.put(("account", "quotas"), name, value)
    return draft.changes


def quota_warning(name: str, value: int) -> str | None:
    """What to say about a quota that AWS itself would not grant, or None."""
    quota = QUOTAS.get(name)
    if quota is None or value <= quota.maximum:
        return None
    return f"AWS allows {quota.maximum} {quota.title} at most"
