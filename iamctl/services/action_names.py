"""Actions that documents of a directory name and no service of AWS has.

Only the services that the documents name are asked for.
"""

from collections.abc import Iterator

from iamctl.domain.change import NOUNS
from iamctl.domain.directory import Directory
from iamctl.domain.names import shown
from iamctl.domain.references import statements_of
from iamctl.domain.source import Address, Plain, Problem
from iamctl.ports import Catalogue

_MAX_SUGGESTIONS = 20
"""Near names are looked for this often: each search reads all names of a service or more."""


def unknown_actions(directory: Directory, catalogue: Catalogue) -> Iterator[Problem]:
    """A warning for each place of an action, or of a pattern of one service, that AWS has not.

    AWS takes such documents: the statement is about nothing there. Actions that are newer than
    the catalogue are warned about too, so this is never an error. Raises StorageFailure.
    """
    known: dict[str, bool] = {}
    hints: dict[str, str | None] = {}
    for at, document in _documents(directory):
        for rest, action in _actions(document):
            if action not in known:
                known[action] = _is_known(action, catalogue)
            if known[action]:
                continue
            if action not in hints:
                enough = len(hints) >= _MAX_SUGGESTIONS
                hints[action] = None if enough else catalogue.near_action(action)
            place = (*at, *rest)
            yield Problem(
                "warning",
                "unknown-action",
                f"AWS's list of actions does not know {shown(action)}",
                place,
                directory.source_of(place),
                hints[action],
            )


def _is_known(action: str, catalogue: Catalogue) -> bool:
    """Whether it matches an action; what the grammar refuses is not for us to judge."""
    service, colon, name = action.partition(":")
    if not colon or not name or "*" in service or "?" in service:
        return True
    if name == "*":
        return service.lower() in catalogue.services()
    return bool(catalogue.expand(action))


def _documents(directory: Directory) -> Iterator[tuple[Address, Plain]]:
    """Every document of the file with its address."""
    for section in NOUNS:
        for name in directory.section(section):
            at = (section, name)
            for field in ("trust", "document"):
                yield (*at, field), directory.value_at((*at, field))
            inline = directory.value_at((*at, "inline"))
            for policy in inline if isinstance(inline, dict) else ():
                yield (*at, "inline", policy), directory.value_at((*at, "inline", policy))
    for arn in directory.resources:
        yield ("resources", arn), directory.value_at(("resources", arn))
    levels = directory.value_at(("organization", "levels"))
    for index, level in enumerate(levels if isinstance(levels, list) else ()):
        for kind in ("scps", "rcps"):
            policies = level.get(kind) if isinstance(level, dict) else None
            for policy, document in policies.items() if isinstance(policies, dict) else ():
                yield ("organization", "levels", index, kind, policy), document


def _actions(document: Plain) -> Iterator[tuple[Address, str]]:
    """Every text of an Action or NotAction element, with its address in the document."""
    for at, statement in statements_of(document):
        for element in ("Action", "NotAction"):
            value = statement.get(element)
            if isinstance(value, str):
                yield (*at, element), value
            for index, action in enumerate(value if isinstance(value, list) else ()):
                if isinstance(action, str):
                    yield (*at, element, index), action
