"""Managed policies on users, groups and roles: attached ones and permissions boundaries."""

from collections.abc import Callable, Sequence

from iamctl.domain.arns import iam_arn, is_aws_managed, parse_arn
from iamctl.domain.change import NOUNS, Changes
from iamctl.domain.directory import Directory
from iamctl.domain.entities import require_modifiable
from iamctl.domain.errors import InvalidValue, NotFound
from iamctl.domain.names import did_you_mean, shown
from iamctl.domain.source import Plain
from iamctl.domain.tuples import NamedTuple
from iamctl.services.draft import Draft
from iamctl.services.limits import require_room_for_policies

Managed = Callable[[str], str | None]
"""Answers with the ARN of the AWS managed policy of a name, or None."""


def no_managed(_name: str) -> str | None:
    """A `Managed` that knows of no AWS managed policy by name; their ARNs still work."""
    return None


class Attached(NamedTuple):
    """A managed policy as AWS lists it: its name and ARN."""

    name: str
    arn: str


def plan_attach(
    directory: Directory,
    *,
    section: str,
    name: str,
    policies: Sequence[str],
    managed: Managed = no_managed,
) -> Changes:
    """Attach policies; one that is attached already stays as it is.

    Raises NotFound, InvalidValue (PolicyNotAttachable, UnmodifiableEntity) and LimitExceeded.
    """
    require_modifiable(directory.entity(section, name))
    draft = Draft(directory)
    for policy in policies:
        attach(directory, draft, section, name, resolve_policy(directory, policy, managed))
    if draft.changes:
        require_room_for_policies(draft, directory, section, name)
    return draft.changes


def attach(directory: Directory, draft: Draft, section: str, name: str, reference: str) -> None:
    """Attach one resolved policy in a draft, unless the entity has it."""
    at = (section, name, "policies")
    if written_as(directory, draft.value(at), reference) is None:
        draft.add_item(at, reference)


def plan_detach(
    directory: Directory,
    *,
    section: str,
    name: str,
    policies: Sequence[str],
    managed: Managed = no_managed,
) -> Changes:
    """Detach policies; raises NotFound for one that is not attached, as AWS does, and
    InvalidValue for a role linked to a service."""
    require_modifiable(directory.entity(section, name))
    draft = Draft(directory)
    at = (section, name, "policies")
    for policy in policies:
        reference = _reference(directory, policy, managed)
        item = written_as(directory, draft.value(at), reference)
        if item is None:
            names = (one.name for one in attached(directory, section, name))
            raise NotFound(
                f"policy {shown(policy)} is not attached to {NOUNS[section]} {shown(name)}",
                hint=did_you_mean(policy, names),
            )
        draft.remove_item(at, item)
    return draft.changes


def plan_boundary(
    directory: Directory,
    *,
    section: str,
    name: str,
    policy: str | None,
    managed: Managed = no_managed,
) -> Changes:
    """Set the permissions boundary of a user or role; None removes it.

    Raises NotFound, and InvalidValue for a role linked to a service.
    """
    require_modifiable(directory.entity(section, name))
    draft = Draft(directory)
    at = (section, name, "boundary")
    if policy is None:
        draft.set(at, None)
        return draft.changes
    reference = resolve_policy(directory, policy, managed)
    if written_as(directory, [draft.value(at)], reference) is None:
        draft.set(at, reference)
    return draft.changes


def resolve_policy(directory: Directory, text: str, managed: Managed = no_managed) -> str:
    """What the file holds for a policy given by name or ARN: a local name, or an AWS ARN.

    A local name comes before an AWS managed policy's. Raises NotFound, and InvalidValue with
    the code PolicyNotAttachable for policies that only service-linked roles may have.
    """
    reference = _reference(directory, text, managed)
    parsed = parse_arn(reference)
    if parsed is None:
        return directory.policy(reference).name
    if not is_aws_managed(reference):
        near = did_you_mean(text.rpartition("/")[2], directory.policies)
        raise NotFound(f"policy {shown(text)} does not exist or is not attachable", hint=near)
    if parsed.resource.startswith("policy/aws-service-role/"):
        raise InvalidValue(
            f"policy {shown(text)} cannot be attached: it is for service-linked roles only",
            code="PolicyNotAttachable",
        )
    return reference


def _reference(directory: Directory, text: str, managed: Managed) -> str:
    local = directory.local_policy(text)
    if local is not None:
        return local.name
    if text.startswith("arn:"):
        return text
    return managed(text) or text


def written_as(directory: Directory, items: Plain, reference: str) -> str | None:
    """The item among attached policies that means the referenced policy, as it is written."""
    for item in items if isinstance(items, list) else ():
        if item is None:
            continue
        local = directory.local_policy(str(item))
        if (str(item) if local is None else local.name) == reference:
            return str(item)
    return None


def attached(directory: Directory, section: str, name: str) -> tuple[Attached, ...]:
    """The managed policies attached to an entity, in the file's order. Raises NotFound."""
    directory.entity(section, name)
    items = directory.value_at((section, name, "policies"))
    listed = items if isinstance(items, list) else []
    return tuple(attachment(directory, str(item)) for item in listed)


def attachment(directory: Directory, reference: str) -> Attached:
    """Name and ARN of the policy that a reference in the file means."""
    local = directory.local_policy(reference)
    if local is not None:
        return Attached(local.name, directory.arn(local))
    if reference.startswith("arn:"):
        return Attached(reference.rpartition("/")[2], reference)
    return Attached(reference, iam_arn(directory.account.id, "policy", "/", reference))
