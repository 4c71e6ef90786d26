"""Other names and paths for entities, with everything that refers to them."""

from iamctl.domain.arns import iam_arn
from iamctl.domain.change import NOUNS, Changes
from iamctl.domain.directory import Directory
from iamctl.domain.entities import User
from iamctl.domain.errors import InvalidValue
from iamctl.domain.names import NAME_RULES, shown
from iamctl.domain.source import Plain
from iamctl.services.creation import check_free, check_path
from iamctl.services.draft import Draft
from iamctl.services.mentions import follow_rename
from iamctl.services.trust_edits import replace_principal
from iamctl.services.trusts import group_document, group_policy_name

RENAMABLE = ("users", "groups", "identity_pools")
"""Sections whose entities AWS can rename (UpdateUser, UpdateGroup, UpdateIdentityPool). An OIDC
provider has a name in this file alone."""


def plan_rename(directory: Directory, *, section: str, name: str, new: str) -> Changes:
    """Rename a user, group, identity pool or OIDC provider; memberships, devices, pools and the
    principals of policies follow.

    Raises NotFound, AlreadyExists, and InvalidValue for anything else, which AWS cannot rename.
    """
    entity = directory.named(section, name)
    oidc = section == "identity_providers" and not directory.identity_provider(name).is_saml
    if section not in RENAMABLE and not oidc:
        raise InvalidValue(
            f"AWS cannot rename {NOUNS[section]} {shown(name)}",
            hint="create another one and delete this one",
        )
    NAME_RULES[section].check(new)
    if new == name:
        return ()
    if new.lower() != name.lower():
        check_free(directory, section, new)
    draft = Draft(directory)
    draft.rename(section, name, new)
    follow_rename(directory, draft, section, name, new)
    if isinstance(entity, User):
        _rename_memberships(directory, draft, name, new)
        old_arn = directory.arn(entity)
        new_arn = iam_arn(directory.account.id, "user", entity.path, new)
        replace_principal(directory, draft, old_arn, new_arn)
    return draft.changes


def plan_move(directory: Directory, *, section: str, name: str, path: str) -> Changes:
    """Give an entity another path; the principals of policies follow its ARN.

    Raises NotFound, InvalidValue.
    """
    entity = directory.entity(section, name)
    check_path(section, path)
    draft = Draft(directory)
    if path == entity.path:
        return ()
    draft.set((section, name, "path"), None if path == "/" else path)
    if section in ("users", "roles"):
        new_arn = iam_arn(directory.account.id, NOUNS[section], path, name)
        replace_principal(directory, draft, directory.arn(entity), new_arn)
        if section == "roles":
            _follow_role(directory, draft, name, directory.arn(entity), new_arn)
    return draft.changes


def _rename_memberships(directory: Directory, draft: Draft, name: str, new: str) -> None:
    for group, _ in directory.groups_of(name):
        at = ("groups", group.name, "members", name)
        item: Plain = draft.value(at)
        if isinstance(item, dict):
            draft.set((*at, "user"), new)
        else:
            draft.set(at, new)


def _follow_role(directory: Directory, draft: Draft, role: str, old: str, new: str) -> None:
    """The inline policies that `role allow` wrote for groups name the role by its ARN."""
    for group in directory.groups:
        at = ("groups", group, "inline", group_policy_name(role))
        if draft.value(at) == group_document(old):
            draft.set_document(at, group_document(new))
