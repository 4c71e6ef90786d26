"""Who may assume a role: its trust policy, shown, replaced, widened and narrowed."""

from collections.abc import Sequence

from iamctl.domain.change import Changes
from iamctl.domain.directory import Directory
from iamctl.domain.entities import Entity, require_modifiable
from iamctl.domain.errors import AlreadyExists, Conflict, NotFound
from iamctl.domain.names import shown
from iamctl.domain.references import statements_of
from iamctl.domain.source import Plain
from iamctl.services.documents import check_supplied
from iamctl.services.draft import Draft
from iamctl.services.federated_principals import check_any_ref
from iamctl.services.limits import require_document_size, require_inline_size
from iamctl.services.principals import parse_principal
from iamctl.services.trust_edits import rewritten, without_empty
from iamctl.services.trust_statements import (
    ASSUME_ROLE,
    Principal,
    principals_in,
    trusting,
    without_conditional,
)


def trust_of(directory: Directory, name: str) -> Plain:
    """The trust policy as the file holds it. Raises NotFound."""
    directory.role(name)
    return directory.value_at(("roles", name, "trust"))


def plan_replace(directory: Directory, *, role: str, document: Plain) -> Changes:
    """Put another trust policy in place.

    Raises NotFound, MalformedPolicyDocument, LimitExceeded, and InvalidValue for a role linked to
    a service.
    """
    require_modifiable(directory.role(role))
    check_supplied(directory, document, "trust")
    at = ("roles", role, "trust")
    require_document_size(directory, "trust_size", document, directory.value_at(at))
    draft = Draft(directory)
    draft.set_document(at, document)
    return draft.changes


def plan_allow(
    directory: Directory, *, role: str, principals: Sequence[str], any_ref: bool = False
) -> Changes:
    """Let principals assume the role; those who may already stay as they are.

    A group gets an inline policy and the account is trusted. `any_ref` as in `parse_principal`.
    Raises NotFound, InvalidValue, Usage, LimitExceeded, and AlreadyExists when the group has
    another policy of that name.
    """
    require_modifiable(directory.role(role))
    check_any_ref(principals, any_ref)
    parsed = [parse_principal(directory, text, any_ref) for text in principals]
    draft = Draft(directory)
    at = ("roles", role, "trust")
    trust = trusting(draft.value(at), parsed)
    require_document_size(directory, "trust_size", trust, draft.value(at))
    draft.set_document(at, trust)
    arn = directory.arn(directory.role(role))
    for principal in parsed:
        if principal.group is not None:
            let_group_assume(directory, draft, principal.group, role, arn)
    return draft.changes


def plan_disallow(directory: Directory, *, role: str, principals: Sequence[str]) -> Changes:
    """Take principals out of every Allow statement of the role's trust policy.

    What stands there may be named as it stands, such as the unique id of a deleted user. A user or
    role that stands there by its unique id goes as well; an identity provider goes whatever the
    conditions on it. For a group its inline policy goes, the trust in the account stays. Raises
    NotFound when there is nothing to remove, and Conflict when the role would trust nobody.
    """
    require_modifiable(directory.role(role))
    draft = Draft(directory)
    at = ("roles", role, "trust")
    trust = draft.value(at)
    for text in principals:
        principal = _meant(directory, trust, text)
        if principal.group is not None:
            _stop_group(draft, principal.group, role)
            continue
        if principal.conditions:
            narrowed = without_conditional(trust, principal)
        else:
            narrowed = _without(directory, trust, principal)
        if narrowed == trust:
            raise NotFound(
                f"role {shown(role)} does not trust {shown(text)}",
                hint=f"`iamctl role trust {role}` shows whom it trusts, and on what conditions",
            )
        trust = narrowed
    kept = without_empty(trust)
    if kept is None:
        raise Conflict(
            f"role {shown(role)} would trust nobody, and AWS keeps no empty trust policy",
            hint=f"`iamctl role delete {role}`, or `iamctl role trust {role} FILE` replaces it",
        )
    draft.set_document(at, kept)
    return draft.changes


def notes(
    directory: Directory, *, role: str, principals: Sequence[str], allowed: bool = True
) -> tuple[str, ...]:
    """What a person should know about the groups among the principals. Raises as the plans do."""
    said: list[str] = []
    for text in principals:
        trust = None if allowed else trust_of(directory, role)
        group = _meant(directory, trust, text).group
        if group is None:
            continue
        if allowed:
            said.append(
                f"a group is no principal in AWS: role {role} trusts the account, and inline "
                f"policy {group_policy_name(role)} of group {group} lets its members assume it"
            )
        else:
            said.append(
                f"role {role} still trusts the account; `iamctl role disallow {role} "
                f"account/{directory.account.id}` ends that for every group"
            )
    return tuple(said)


def group_policy_name(role: str) -> str:
    """The inline policy that lets a group assume the role."""
    return f"AssumeRole-{role}"


def group_document(role_arn: str) -> Plain:
    """What that inline policy says."""
    statement: dict[str, Plain] = {"Effect": "Allow", "Action": ASSUME_ROLE, "Resource": role_arn}
    return {"Version": "2012-10-17", "Statement": [statement]}


def let_group_assume(
    directory: Directory, draft: Draft, group: str, role: str, role_arn: str
) -> None:
    """Write the identity policy that a trusted account's group needs. Raises AlreadyExists."""
    name = group_policy_name(role)
    document = group_document(role_arn)
    held = draft.value(("groups", group, "inline", name))
    if held is not None and held != document:
        raise AlreadyExists(
            f"group {shown(group)} has another inline policy {shown(name)}",
            where=directory.source_of(("groups", group, "inline", name)),
            hint=f"`iamctl group inline show {group} {name}` shows it",
        )
    draft.put(("groups", group, "inline"), name, document)
    require_inline_size(draft, directory, "groups", group)


def stop_groups(directory: Directory, draft: Draft, role: str) -> None:
    """Take back what `let_group_assume` wrote for the role, wherever it is unchanged."""
    written = group_document(directory.arn(directory.role(role)))
    for group in directory.groups:
        at = ("groups", group, "inline")
        if draft.value((*at, group_policy_name(role))) == written:
            draft.drop(at, group_policy_name(role))


def _stop_group(draft: Draft, group: str, role: str) -> None:
    name = group_policy_name(role)
    if draft.value(("groups", group, "inline", name)) is None:
        raise NotFound(f"group {shown(group)} has no inline policy {shown(name)}")
    draft.drop(("groups", group, "inline"), name)


def _meant(directory: Directory, trust: Plain, text: str) -> Principal:
    """The principal that a text means where the trust policy stands already."""
    standing = _standing(trust, text)
    if standing is not None:
        return standing
    form, _, name = text.partition("/")
    if form == "provider":
        provider = directory.identity_provider(name)
        return Principal("Federated", provider.principal(directory.account.id))
    return parse_principal(directory, text, any_ref=True)


def _standing(trust: Plain, text: str) -> Principal | None:
    """The principal that an Allow statement of the trust policy names in exactly these words."""
    for _, statement in statements_of(trust):
        for kind, values in principals_in(statement).items():
            if statement.get("Effect") == "Allow" and text in values:
                return Principal(kind, text)
    return None


def _without(directory: Directory, trust: Plain, principal: Principal) -> Plain:
    same = {principal.value}
    entity = directory.by_arn(principal.value)
    if isinstance(entity, Entity) and entity.id is not None:
        same.add(entity.id)
    if principal.value.endswith(":root"):
        same.add(principal.value.split(":")[4])

    return rewritten(
        trust,
        lambda named: None if named in same else named,
        lambda statement: statement.get("Effect") == "Allow",
    )
