"""Deleting entities by AWS's rules: refused while something hangs on them.

Source: botocore's IAM model, DeleteUser, DeleteGroup, DeleteRole and DeletePolicy. What a file
adds to it: a role or provider that identity pools name is not deleted from under them. Principals
never block: as AWS does it, a trust or resource policy then holds the unique id, so that a name
that is used again inherits nothing.
"""

from collections.abc import Sequence

from iamctl.domain.change import NOUNS, Changes
from iamctl.domain.directory import Directory
from iamctl.domain.errors import Conflict
from iamctl.domain.ids import Randomness, mint_unique_id
from iamctl.domain.names import shown
from iamctl.domain.source import Plain
from iamctl.services.draft import Draft
from iamctl.services.mentions import drop_mentions, pool_uses, rules_choosing
from iamctl.services.trust_edits import (
    documents_naming,
    principals_of,
    remove_principal,
    replace_principal,
)
from iamctl.services.trusts import stop_groups

_STEPS = {
    "keys": ("access key", "delete access keys"),
    "inline": ("inline policy", "delete policies"),
    "policies": ("attached policy", "detach all policies"),
    "members": ("member", "remove users from group"),
}
"""Field of an entity -> what one of its items is called, what AWS asks to do first."""


def plan_delete_users(
    directory: Directory, *, names: Sequence[str], cascade: bool = False, randomness: Randomness
) -> Changes:
    """Delete users; with `cascade` their keys, policies, memberships, trusts and MFA devices go
    in the edit.

    Raises NotFound, Conflict.
    """
    draft = Draft(directory)
    for name in dict.fromkeys(names):
        _require_free(directory, "users", name, cascade)
        for group, _ in directory.groups_of(name):
            draft.remove_item(("groups", group.name, "members"), name)
        for device in directory.devices_of(name):
            draft.set(("mfa", device.name), None)
        _release_principal(directory, draft, "users", name, cascade, randomness)
        draft.set(("users", name), None)
    return draft.changes


def plan_delete_groups(
    directory: Directory, *, names: Sequence[str], cascade: bool = False, randomness: Randomness
) -> Changes:
    """Delete groups; `cascade` takes memberships and policies with them.

    Raises NotFound, Conflict. Nothing is drawn from `randomness`.
    """
    draft = Draft(directory)
    for name in dict.fromkeys(names):
        _require_free(directory, "groups", name, cascade)
        draft.set(("groups", name), None)
    return draft.changes


def plan_delete_roles(
    directory: Directory, *, names: Sequence[str], cascade: bool = False, randomness: Randomness
) -> Changes:
    """Delete roles; `cascade` takes their policies, the trusts that name them, their use in
    identity pools, and the inline policies by which `role allow` let groups assume them. Rules of
    pools that choose them go first, by themselves: whom they meant gets another role then.

    Raises NotFound, Conflict.
    """
    draft = Draft(directory)
    for name in dict.fromkeys(names):
        _require_no_rules(directory, name)
        _require_free(directory, "roles", name, cascade)
        if cascade:
            stop_groups(directory, draft, name)
            drop_mentions(directory, draft, "roles", name)
        _release_principal(directory, draft, "roles", name, cascade, randomness)
        draft.set(("roles", name), None)
    return draft.changes


def plan_delete_policies(
    directory: Directory, *, names: Sequence[str], cascade: bool = False, randomness: Randomness
) -> Changes:
    """Delete managed policies; `cascade` detaches them and ends their use as boundaries.

    Raises NotFound, Conflict. Nothing is drawn from `randomness`.
    """
    draft = Draft(directory)
    for name in dict.fromkeys(names):
        _require_free(directory, "policies", name, cascade)
        for at in directory.references_to_policy(name):
            if at[2] == "boundary":
                draft.set(at, None)
            else:
                draft.remove_item(at[:-1], str(at[-1]))
        draft.set(("policies", name), None)
    return draft.changes


def plan_delete_identity_providers(
    directory: Directory, *, names: Sequence[str], cascade: bool = False, randomness: Randomness
) -> Changes:
    """Delete identity providers; `cascade` takes them out of identity pools. Trust policies go on
    naming them and let nobody in by them, as in AWS.

    Raises NotFound, Conflict. Nothing is drawn from `randomness`.
    """
    draft = Draft(directory)
    for name in dict.fromkeys(names):
        _require_free(directory, "identity_providers", name, cascade)
        drop_mentions(directory, draft, "identity_providers", name)
        draft.set(("identity_providers", name), None)
    return draft.changes


def dependants(directory: Directory, section: str, name: str) -> tuple[str, ...]:
    """What keeps an entity from being deleted, in words: `access key AKIA…`. Raises NotFound."""
    directory.named(section, name)
    if section == "policies":
        return tuple(
            f"{_use(str(at[2]))} {NOUNS[str(at[0])]} {shown(str(at[1]))}"
            for at in directory.references_to_policy(name)
        )
    entity = directory.value_at((section, name))
    fields = entity if isinstance(entity, dict) else {}
    found = [
        f"{word} {item}"
        for field, (word, _) in _STEPS.items()
        for item in _items(fields.get(field))
    ]
    if section == "users":
        found += (f"membership of group {group.name}" for group, _ in directory.groups_of(name))
        found += (f"MFA device {device.name}" for device in directory.devices_of(name))
    else:
        found += pool_uses(directory, section, name)
    return tuple(found)


def _require_free(directory: Directory, section: str, name: str, cascade: bool) -> None:
    hanging = dependants(directory, section, name)
    if not hanging or cascade:
        return
    noun = NOUNS[section]
    if section == "policies":
        reason = f"Cannot delete policy {shown(name)}: it is attached to entities"
    else:
        steps = _steps(directory, section, name)
        reason = f"Cannot delete {noun} {shown(name)}, must {' and '.join(steps)} first"
    raise Conflict(reason, hanging, hint="--cascade takes them in the same edit")


def _require_no_rules(directory: Directory, role: str) -> None:
    rules = rules_choosing(directory, role)
    if rules:
        pool, provider, number = rules[-1]
        raise Conflict(
            f"Cannot delete role {shown(role)}, rules of identity pools choose it",
            tuple(f"rule {n} for {vouches} of identity pool {p}" for p, vouches, n in rules),
            hint="without them those whom they mean get other roles; to remove one: "
            f"`iamctl pool unmap {pool} {provider} --rule {number}`",
        )


def _steps(directory: Directory, section: str, name: str) -> list[str]:
    entity = directory.value_at((section, name))
    fields = entity if isinstance(entity, dict) else {}
    steps = [step for field, (_, step) in _STEPS.items() if fields.get(field)]
    if section == "users" and directory.groups_of(name):
        steps.append(_STEPS["members"][1])
    if section == "users" and directory.devices_of(name):
        steps.append("delete MFA device")
    if section != "users" and pool_uses(directory, section, name):
        steps.append("remove it from identity pools")
    return steps


def _items(value: Plain) -> list[str]:
    if isinstance(value, list):
        return [str(item["user"] if isinstance(item, dict) else item) for item in value]
    return list(value) if isinstance(value, dict) else []


def _use(field: str) -> str:
    return "permissions boundary of" if field == "boundary" else "attached to"


def _release_principal(
    directory: Directory,
    draft: Draft,
    section: str,
    name: str,
    cascade: bool,
    randomness: Randomness,
) -> None:
    """Trust and resource policies stop naming what is deleted by its ARN. One without an id gets
    one here: an id that nobody ever bears matches nobody."""
    entity = directory.entity(section, name)
    named = [t for t in principals_of(directory, entity) if documents_naming(directory, t)]
    if not named:
        return
    unique_id = entity.id or mint_unique_id(section, randomness)
    for text in named:
        if cascade:
            remove_principal(directory, draft, text, unique_id)
        else:
            replace_principal(directory, draft, text, unique_id)
