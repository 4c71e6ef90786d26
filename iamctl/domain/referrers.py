"""Whose validity hangs on an entity: who names it by name, ARN or unique id."""

from iamctl.domain.change import item_name
from iamctl.domain.directory import Directory
from iamctl.domain.lookups import items, texts
from iamctl.domain.mentions import mentions_of
from iamctl.domain.references import aws_principals, policy_reference, principal_reference
from iamctl.domain.source import Plain


def referrers(directory: Directory, section: str, name: str) -> set[tuple[str, str]]:
    """The (section, name) of entities and resource policies whose validity may hang on that
    entity, be it there or not."""
    found: set[tuple[str, str]] = set()
    if section == "policies":
        for owner in ("users", "groups", "roles"):
            found.update(
                (owner, other)
                for other, plain in items(directory, owner)
                if _uses_policy(directory, plain, name)
            )
    if section == "users":
        for group, plain in items(directory, "groups"):
            members = plain.get("members")
            if any(item_name(m) == name for m in (members if isinstance(members, list) else ())):
                found.add(("groups", group))
    found.update((at[0], at[1]) for at in mentions_of(directory, section, name))
    if section in ("users", "roles"):
        found.update(
            ("roles", role)
            for role, plain in items(directory, "roles")
            if _trusts(directory, plain.get("trust"), section, name)
        )
        found.update(
            ("resources", arn)
            for arn, plain in items(directory, "resources")
            if _trusts(directory, plain, section, name)
        )
    return found


def _uses_policy(directory: Directory, plain: dict[str, Plain], name: str) -> bool:
    for text in (*texts(plain.get("policies")), *texts([plain.get("boundary")])):
        meant = policy_reference(text, directory.account.id)
        if meant is not None and meant.name == name:
            return True
    return False


def _trusts(directory: Directory, trust: Plain, section: str, name: str) -> bool:
    unique_id = directory.value_at((section, name, "id"))
    for _, text in aws_principals(trust):
        meant = principal_reference(text, directory.account.id)
        if text == unique_id or (meant and (meant.section, meant.name) == (section, name)):
            return True
    return False
