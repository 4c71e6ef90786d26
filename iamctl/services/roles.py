"""Creating and changing roles. Who may assume one is in trusts."""

from collections.abc import Sequence

from iamctl.domain.arns import iam_arn
from iamctl.domain.change import Changes
from iamctl.domain.directory import Directory
from iamctl.domain.entities import DEFAULT_SESSION_DURATION, require_modifiable
from iamctl.domain.errors import InvalidValue
from iamctl.domain.ids import Randomness
from iamctl.domain.names import ROLE_DESCRIPTION
from iamctl.domain.source import Plain
from iamctl.domain.times import format_duration
from iamctl.services.attachments import Managed, no_managed, resolve_policy
from iamctl.services.creation import check_new
from iamctl.services.documents import check_supplied
from iamctl.services.draft import Draft
from iamctl.services.federated_principals import check_any_ref
from iamctl.services.limits import require_document_size, require_room_for_policies
from iamctl.services.minting import fresh_entity
from iamctl.services.principals import FORMS, parse_principal
from iamctl.services.renaming import plan_move
from iamctl.services.tags import checked_tags
from iamctl.services.trust_statements import Principal, new_trust, trusting
from iamctl.services.trusts import let_group_assume

LONGEST_SESSION = 43_200
"""Seconds. Source: botocore's IAM model, roleMaxSessionDurationType."""


def plan_create(
    directory: Directory,
    *,
    name: str,
    trust: Plain | None = None,
    allow: Sequence[str] = (),
    any_ref: bool = False,
    path: str = "/",
    description: str | None = None,
    max_session_duration: int | None = None,
    tags: Sequence[tuple[str, str]] = (),
    policies: Sequence[str] = (),
    boundary: str | None = None,
    now: int,
    randomness: Randomness,
    managed: Managed = no_managed,
) -> Changes:
    """Create a role with a trust policy, principals (`principals.FORMS`), or both.

    `any_ref` as in `parse_principal`; `max_session_duration` is in seconds. Raises AlreadyExists,
    InvalidValue, NotFound, Usage, MalformedPolicyDocument, LimitExceeded.
    """
    check_new(directory, "roles", [name], path)
    check_any_ref(allow, any_ref)
    principals = [parse_principal(directory, text, any_ref) for text in allow]
    document = _trust(directory, trust, principals)
    require_document_size(directory, "trust_size", document)
    attached = dict.fromkeys(resolve_policy(directory, p, managed) for p in policies)
    fields: dict[str, Plain] = {
        "description": _description(description or ""),
        "max_session_duration": _duration(max_session_duration),
        "trust": document,
        "tags": dict(checked_tags(directory, "roles", tags)),
        "policies": [*attached],
        "boundary": None if boundary is None else resolve_policy(directory, boundary, managed),
    }
    role = fresh_entity("roles", path, now, randomness)
    draft = Draft(directory)
    draft.set(("roles", name), {**role, **{k: v for k, v in fields.items() if v}})
    require_room_for_policies(draft, directory, "roles", name)
    for principal in principals:
        if principal.group is not None:
            arn = iam_arn(directory.account.id, "role", path, name)
            let_group_assume(directory, draft, principal.group, name, arn)
    return draft.changes


def plan_update(
    directory: Directory,
    *,
    name: str,
    description: str | None = None,
    max_session_duration: int | None = None,
    path: str | None = None,
) -> Changes:
    """Change what is given; an empty description removes it.

    `max_session_duration` is in seconds. Another path is a choice of iamctl (AWS has no call for
    it): the principals of trust policies follow. Raises NotFound, InvalidValue.
    """
    role = directory.role(name)
    if max_session_duration is not None or path is not None:  # AWS lets descriptions be changed
        require_modifiable(role)
    draft = Draft(directory)
    if description is not None:
        draft.set(("roles", name, "description"), _description(description))
    if max_session_duration is not None:
        seconds = _duration(max_session_duration)
        if role.max_session_duration != max_session_duration:
            draft.set(("roles", name, "max_session_duration"), seconds)
    moved = () if path is None else plan_move(directory, section="roles", name=name, path=path)
    return (*draft.changes, *moved)


def _trust(directory: Directory, trust: Plain | None, principals: Sequence[Principal]) -> Plain:
    if trust is not None:
        check_supplied(directory, trust, "trust")
        return trusting(trust, principals)
    if not principals:
        raise InvalidValue(
            "a role needs to trust somebody", hint=f"--allow takes {FORMS}; --trust a document"
        )
    return new_trust(principals)


def _description(text: str) -> Plain:
    return ROLE_DESCRIPTION.check(text) or None


def _duration(seconds: int | None) -> Plain:
    """The duration as the file holds it; the default is left out."""
    if seconds is None or seconds == DEFAULT_SESSION_DURATION:
        return None
    if not DEFAULT_SESSION_DURATION <= seconds <= LONGEST_SESSION:
        raise InvalidValue(
            f"a longest session of {format_duration(seconds)} is out of range",
            hint="AWS takes 1h to 12h",
        )
    return format_duration(seconds)
