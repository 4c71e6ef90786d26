"""Creating and changing customer managed policies.

AWS keeps a policy's name, path and description for its whole life: only the document and the
tags change.
"""

from collections.abc import Sequence

from iamctl.domain.change import Changes
from iamctl.domain.directory import Directory
from iamctl.domain.ids import Randomness
from iamctl.domain.names import POLICY_DESCRIPTION
from iamctl.domain.source import Plain
from iamctl.services.creation import check_new
from iamctl.services.documents import check_supplied
from iamctl.services.draft import Draft
from iamctl.services.limits import require_document_size
from iamctl.services.minting import fresh_entity
from iamctl.services.tags import checked_tags


def plan_create(
    directory: Directory,
    *,
    name: str,
    document: Plain,
    path: str = "/",
    description: str | None = None,
    tags: Sequence[tuple[str, str]] = (),
    now: int,
    randomness: Randomness,
) -> Changes:
    """Create a managed policy.

    Raises AlreadyExists, InvalidValue, MalformedPolicyDocument, LimitExceeded.
    """
    check_new(directory, "policies", [name], path)
    _check(directory, document)
    policy = fresh_entity("policies", path, now, randomness)
    if description:
        policy["description"] = POLICY_DESCRIPTION.check(description)
    if tags:
        policy["tags"] = dict(checked_tags(directory, "policies", tags))
    policy["document"] = document
    draft = Draft(directory)
    draft.set(("policies", name), policy)
    return draft.changes


def plan_update(directory: Directory, *, name: str, document: Plain) -> Changes:
    """Put another document in place; git keeps the versions before it.

    Raises NotFound, MalformedPolicyDocument, LimitExceeded.
    """
    directory.policy(name)
    at = ("policies", name, "document")
    _check(directory, document, directory.value_at(at))
    draft = Draft(directory)
    draft.set_document(at, document)
    return draft.changes


def _check(directory: Directory, document: Plain, held: Plain = None) -> None:
    check_supplied(directory, document)
    require_document_size(directory, "policy_size", document, held)
