"""Inline policies of users, groups and roles."""

from collections.abc import Sequence

from iamctl.domain.change import NOUNS, Changes
from iamctl.domain.directory import Directory
from iamctl.domain.entities import require_modifiable
from iamctl.domain.errors import NotFound
from iamctl.domain.names import POLICY_NAME, did_you_mean, shown
from iamctl.domain.source import Plain
from iamctl.services.documents import check_supplied
from iamctl.services.draft import Draft
from iamctl.services.limits import require_inline_size


def plan_put(
    directory: Directory, *, section: str, name: str, policy: str, document: Plain
) -> Changes:
    """Write an inline policy, replacing one of that name.

    Raises NotFound, InvalidValue, MalformedPolicyDocument, LimitExceeded.
    """
    require_modifiable(directory.entity(section, name))
    POLICY_NAME.check(policy)
    check_supplied(directory, document)
    draft = Draft(directory)
    at = (section, name, "inline")
    if draft.value((*at, policy)) is None:
        draft.put(at, policy, document)
    else:
        draft.set_document((*at, policy), document)
    require_inline_size(draft, directory, section, name)
    return draft.changes


def plan_delete(
    directory: Directory, *, section: str, name: str, policies: Sequence[str]
) -> Changes:
    """Remove inline policies. Raises NotFound, and InvalidValue for a role linked to a service."""
    require_modifiable(directory.entity(section, name))
    draft = Draft(directory)
    for policy in dict.fromkeys(policies):
        show(directory, section, name, policy)
        draft.drop((section, name, "inline"), policy)
    return draft.changes


def names(directory: Directory, section: str, name: str) -> tuple[str, ...]:
    """The names of an entity's inline policies, sorted. Raises NotFound."""
    directory.entity(section, name)
    return tuple(sorted(_inline(directory, section, name)))


def show(directory: Directory, section: str, name: str, policy: str) -> Plain:
    """An inline policy's document as the file holds it. Raises NotFound."""
    directory.entity(section, name)
    inline = _inline(directory, section, name)
    if policy not in inline:
        raise NotFound(
            f"{NOUNS[section]} {shown(name)} has no inline policy {shown(policy)}",
            hint=did_you_mean(policy, inline),
        )
    return inline[policy]


def _inline(directory: Directory, section: str, name: str) -> dict[str, Plain]:
    value = directory.value_at((section, name, "inline"))
    return value if isinstance(value, dict) else {}
