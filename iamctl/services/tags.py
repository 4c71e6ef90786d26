"""Tags of whatever can have them.

Keys of users and roles are compared ignoring case, those of everything else are not. Source: IAM
User Guide, "Tags for IAM resources".
"""

from collections.abc import Sequence

from iamctl.domain.change import KINDS, NOUNS, Changes
from iamctl.domain.directory import Directory
from iamctl.domain.errors import InvalidValue
from iamctl.domain.names import check_tags, tag_problem
from iamctl.domain.source import Plain
from iamctl.services.draft import Draft
from iamctl.services.limits import count_of, require_room

TAGGABLE = ("users", "roles", "policies", "mfa", "identity_providers", "identity_pools")
"""Sections whose entities can have tags; groups cannot."""

_IGNORING_CASE = ("users", "roles")


def plan_tag(
    directory: Directory, *, section: str, name: str, tags: Sequence[tuple[str, str]]
) -> Changes:
    """Set tags; a key that is there gets the new value. Raises NotFound, InvalidValue,
    LimitExceeded."""
    directory.named(section, name)
    checked = checked_tags(directory, section, tags)
    draft = Draft(directory)
    at = (section, name, "tags")
    for key, value in checked.items():
        held = _held(draft.value(at), section, key)
        if held is not None and held != key:
            draft.drop(at, held)
        draft.put(at, key, value)
    require_room(
        directory,
        "tags",
        count_of(draft.value(at)),
        before=count_of(directory.value_at(at)),
        who=f'{NOUNS[section]} "{name}"',
        hint=f"`iamctl {KINDS[section]} untag {name} KEY` makes room",
    )
    return draft.changes


def plan_untag(directory: Directory, *, section: str, name: str, keys: Sequence[str]) -> Changes:
    """Remove tags by key; a key that is not there is passed over, as AWS does. Raises NotFound."""
    directory.named(section, name)
    draft = Draft(directory)
    at = (section, name, "tags")
    for key in keys:
        held = _held(draft.value(at), section, key)
        if held is not None:
            draft.drop(at, held)
    return draft.changes


def checked_tags(
    directory: Directory, section: str, tags: Sequence[tuple[str, str]]
) -> dict[str, str]:
    """The tags of one request as a mapping. Raises InvalidValue, LimitExceeded."""
    if section not in TAGGABLE:
        raise InvalidValue(f"{section} cannot have tags", code="InvalidInput")
    checked = check_tags(tags) if section in _IGNORING_CASE else _case_sensitive(tags)
    require_room(directory, "tags", len(checked))
    return checked


def _case_sensitive(tags: Sequence[tuple[str, str]]) -> dict[str, str]:
    checked: dict[str, str] = {}
    for key, value in tags:
        problem = tag_problem(key, value)
        if problem is None and key in checked:
            problem = "Duplicate tag keys found"
        if problem is not None:
            raise InvalidValue(problem, code="InvalidInput")
        checked[key] = value
    return checked


def _held(tags: Plain, section: str, key: str) -> str | None:
    """The key as the entity has it, by the section's rule for case."""
    if not isinstance(tags, dict):
        return None
    if section not in _IGNORING_CASE or key in tags:
        return key if key in tags else None
    return next((held for held in tags if held.lower() == key.lower()), None)
