"""Entities as rows of lists and as facts, for the nouns and for `show`."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from iamctl.cli.facts import Facts, instant, lines
from iamctl.cli.output import answer, for_pipe, show_facts, show_rows
from iamctl.cli.values import FORMS, check_form
from iamctl.domain.change import NOUNS
from iamctl.domain.directory import Directory
from iamctl.domain.entities import AccessKey
from iamctl.domain.source import Plain
from iamctl.domain.times import day, format_duration
from iamctl.services import listing
from iamctl.services.attachments import Attached
from iamctl.services.awsshape import aws_shape, file_shape
from iamctl.services.documents import document_json

COLUMNS = {
    "users": ("user", "path", "groups", "keys", "policies", "tags", "created"),
    "groups": ("group", "path", "members", "policies", "created"),
    "roles": ("role", "path", "session", "description", "tags", "created"),
    "policies": ("policy", "path", "attached", "bounds", "description", "tags", "created"),
}


def show_list(
    output: str | None, directory: Directory, section: str, rows: Sequence[Any], empty: str
) -> None:
    """Rows of `services.listing` in the form that was asked for."""
    names = [row.name for row in rows]
    show_rows(
        output,
        COLUMNS[section],
        [_CELLS[section](row) for row in rows],
        lambda: {section.capitalize(): [aws_shape(directory, section, name) for name in names]},
        lambda: as_in_file(directory, section, names),
        empty,
    )


def show_created(output: str | None, directory: Directory, section: str, names: list[str]) -> None:
    """What a command made, on stdout, when a form was asked for: alone as AWS answers it."""
    if check_form(output) is None:
        return None
    if output == "json" and len(names) == 1:
        from iamctl.rendering.machine import json_text

        shape = aws_shape(directory, section, names[0])
        return answer(json_text({NOUNS[section].capitalize(): shape}))
    rows = [row for row in _LISTS[section](directory) if row.name in names]
    return show_list(output, directory, section, rows, "")


def show_entity(output: str | None, directory: Directory, section: str, name: str) -> None:
    """One entity with everything around it."""
    check_form(output, FORMS)
    show_facts(
        output,
        _facts(section)(directory, name, None if for_pipe(output) else 2),
        lambda: entity_json(directory, section, name),
        lambda: as_in_file(directory, section, [name]),
        name,
    )


def show_resource(output: str | None, directory: Directory, arn: str) -> None:
    """A resource's policy; JSON has the names of AWS's answers to GetResourcePolicy."""
    document = directory.value_at(("resources", arn))
    policy = document_json(document, None if for_pipe(output) else 2)
    show_facts(
        output,
        [("resource", arn), ("policy", policy)],
        lambda: {"ARN": arn, "ResourcePolicy": document},
        lambda: {"resources": {arn: document}},
        arn,
    )


def entity_json(directory: Directory, section: str, name: str) -> Plain:
    """The entity as AWS answers it; of a group its users too, as GetGroup does."""
    if section not in FACTS:
        from iamctl.cli.showing_federation import federation_json

        return federation_json(directory, section, name)
    shape: dict[str, Plain] = {
        NOUNS[section].capitalize(): aws_shape(directory, section, name, detail=True)
    }
    if section == "groups":
        members = directory.group(name).members
        shape["Users"] = [aws_shape(directory, "users", member.user) for member in members]
    return shape


def _facts(section: str) -> Callable[[Directory, str, int | None], Facts]:
    if section in FACTS:
        return FACTS[section]
    # Imported here, since lists of users and their like have no use for them.
    from iamctl.cli.showing_federation import FEDERATION_FACTS

    return FEDERATION_FACTS[section]


def as_in_file(directory: Directory, section: str, names: Iterable[str]) -> Plain:
    """The entities under their section, as the file holds them."""
    entities: dict[str, Plain] = {}
    for name in names:
        shape = file_shape(directory, section, name)
        entities |= shape if isinstance(shape, dict) else {}
    return {section: entities}


def tags_text(tags: Mapping[str, str]) -> str:
    """Tags in one cell."""
    return ", ".join(f"{key}={value}" for key, value in tags.items())


def day_text(epoch: int | None) -> str:
    """The UTC day of an instant, for lists."""
    return "" if epoch is None else str(day(epoch))


def key_text(key: AccessKey) -> str:
    """An access key in one line."""
    words = ["active" if key.active else "inactive"]
    if key.created is not None:
        words.append(f"since {day_text(key.created)}" if key.active else day_text(key.created))
    return f"{key.id} ({', '.join(words)})"


def _user_cells(row: listing.UserRow) -> tuple[str, ...]:
    counts = (str(row.keys), str(row.policies))
    groups = ", ".join(row.groups)
    return (row.name, row.path, groups, *counts, tags_text(row.tags), day_text(row.created))


def _group_cells(row: listing.GroupRow) -> tuple[str, ...]:
    return (row.name, row.path, str(row.members), str(row.policies), day_text(row.created))


def _role_cells(row: listing.RoleRow) -> tuple[str, ...]:
    session = format_duration(row.max_session_duration)
    about = (row.description or "", tags_text(row.tags), day_text(row.created))
    return (row.name, row.path, session, *about)


def policy_cells(row: listing.PolicyRow) -> tuple[str, ...]:
    """A managed policy of this file in a list."""
    about = (row.description or "", tags_text(row.tags), day_text(row.created))
    return (row.name, row.path, str(row.attachments), str(row.bounds or ""), *about)


def _user_facts(directory: Directory, name: str, _indent: int | None) -> Facts:
    from iamctl.services.show import user_view  # lists have no use for it

    view = user_view(directory, name)
    user = view.user
    groups = (
        group if until is None else f"{group} (until {instant(until)})"
        for group, until in view.groups
    )
    return [
        *_head("user", name, view.arn, user.id, user.path, user.created),
        ("tags", lines(f"{key} = {value}" for key, value in user.tags.items())),
        ("groups", lines(groups)),
        *_permissions(view.attached, user.inline, view.boundary),
        ("access keys", lines(key_text(key) for key in user.keys.values())),
        ("MFA devices", lines(device.name for device in directory.devices_of(name))),
        ("trusted by", lines(f"role {role}" for role in view.trusted_by)),
        ("named by", lines(f"policy of {arn}" for arn in view.named_by)),
    ]


def _group_facts(directory: Directory, name: str, _indent: int | None) -> Facts:
    from iamctl.services.show import group_view

    view = group_view(directory, name)
    group = view.group
    members = (
        m.user if m.until is None else f"{m.user} (until {instant(m.until)})" for m in group.members
    )
    return [
        *_head("group", name, view.arn, group.id, group.path, group.created),
        ("members", lines(members)),
        *_permissions(view.attached, group.inline, None),
    ]


def _role_facts(directory: Directory, name: str, indent: int | None) -> Facts:
    from iamctl.services.show import role_view

    view = role_view(directory, name)
    role = view.role
    return [
        *_head("role", name, view.arn, role.id, role.path, role.created),
        ("description", role.description or ""),
        ("longest session", format_duration(role.max_session_duration)),
        ("tags", lines(f"{key} = {value}" for key, value in role.tags.items())),
        *_permissions(view.attached, role.inline, view.boundary),
        ("trusted by", lines(f"role {other}" for other in view.trusted_by)),
        ("named by", lines(f"policy of {arn}" for arn in view.named_by)),
        ("trust policy", document_json(view.trust, indent)),
    ]


def _policy_facts(directory: Directory, name: str, indent: int | None) -> Facts:
    from iamctl.services.show import policy_view

    view = policy_view(directory, name)
    policy = view.policy
    return [
        *_head("policy", name, view.arn, policy.id, policy.path, policy.created),
        ("description", policy.description or ""),
        ("tags", lines(f"{key} = {value}" for key, value in policy.tags.items())),
        ("used by", lines(view.used_by)),
        ("document", document_json(view.document, indent)),
    ]


def _head(
    noun: str, name: str, arn: str, unique_id: str | None, path: str, created: int | None
) -> Facts:
    return [
        (noun, name),
        ("arn", arn),
        ("id", unique_id or "none yet; `iamctl validate --fix` mints it"),
        ("path", path),
        ("created", instant(created)),
    ]


def _permissions(
    attached: Iterable[Attached], inline: Iterable[str], boundary: Attached | None
) -> Facts:
    return [
        ("policies", lines(map(attached_text, attached))),
        ("inline policies", lines(inline)),
        ("boundary", attached_text(boundary) if boundary else ""),
    ]


def attached_text(policy: Attached) -> str:
    """A policy of this file by its name, AWS's by its ARN."""
    return policy.arn if policy.arn.startswith("arn:aws:iam::aws:") else policy.name


FACTS: Mapping[str, Callable[[Directory, str, int | None], Facts]] = {
    "users": _user_facts,
    "groups": _group_facts,
    "roles": _role_facts,
    "policies": _policy_facts,
}
_CELLS: Mapping[str, Callable[[Any], tuple[str, ...]]] = {
    "users": _user_cells,
    "groups": _group_cells,
    "roles": _role_cells,
    "policies": policy_cells,
}
_LISTS: Mapping[str, Callable[[Directory], Sequence[Any]]] = {
    "users": listing.users,
    "groups": listing.groups,
    "roles": listing.roles,
    "policies": listing.policies,
}
