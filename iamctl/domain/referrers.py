"""Whose validity hangs on an entity: who names it by name, ARN or unique id."""

from iamctl.domain.directory import Directory
from iamctl.domain.lookups import mentions_of, texts
from iamctl.domain.references import policy_reference
from iamctl.domain.source import Plain


def referrers(directory: Directory, section: str, name: str) -> set[tuple[str, str]]:
    """The (section, name) of entities and resource policies whose validity may hang on that
    entity, be it there or not."""
    found: set[tuple[str, str]] = set()
    if section == "policies":
        found.update(
            owner
            for owner in directory.holders("policy", name)
            if _uses_policy(directory, directory.fields_of(*owner), name)
        )
    if section == "users":
        found.update(directory.holders("member", name))
    found.update((at[0], at[1]) for at in mentions_of(directory, section, name))
    if section in ("users", "roles"):
        unique_id = directory.value_at((section, name, "id"))
        for text in (f"{section}/{name}", *([unique_id] if isinstance(unique_id, str) else [])):
            found.update(directory.holders("principal", text))
    return found


def _uses_policy(directory: Directory, plain: dict[str, Plain], name: str) -> bool:
    for text in (*texts(plain.get("policies")), *texts([plain.get("boundary")])):
        meant = policy_reference(text, directory.account.id)
        if meant is not None and meant.name == name:
            return True
    return False
