"""The levels of an organization, told a control policy at a time."""

from collections.abc import Callable, Iterator

from iamctl.domain.change import Change
from iamctl.domain.comparing_documents import alike, document_changes
from iamctl.domain.source import Address, Plain

Describe = Callable[[Change], str]
"""Words for a change inside a policy document, whose address begins with ("resources", NAME)."""


def level_lines(old: Plain, new: Plain, describe: Describe) -> Iterator[str]:
    """What differs in the levels of an organization: `level Root: SCP Guard: add statement 2: …`.

    Levels are the same by their names; their order is that of the way to the account.
    """
    before, after = _named(old), _named(new)
    for name in dict.fromkeys((*before, *after)):
        if name not in after:
            yield f"remove level {name}"
            continue
        if name not in before:
            yield f"add level {name}"
        for words in _level(before.get(name), after[name], describe):
            yield f"level {name}: {words}"
    kept = [name for name in before if name in after]
    if kept != [name for name in after if name in before]:
        yield f"set the order of levels to {', '.join(after)}"


def _level(
    old: dict[str, Plain] | None, new: dict[str, Plain], describe: Describe
) -> Iterator[str]:
    before = old or {}
    if old is not None and ("scps" in old) != ("scps" in new):
        # Rule: AWS Organizations User Guide, "Attaching and detaching SCPs".
        yield ("SCPs are listed: AWS's FullAWSAccess is no longer there by itself"
               if "scps" in new else "no SCP is listed: AWS's FullAWSAccess is alone")  # fmt: skip
    for field, noun in (("scps", "SCP"), ("rcps", "RCP")):
        held, holds = _mapping(before.get(field)), _mapping(new.get(field))
        for policy in dict.fromkeys((*held, *holds)):
            was, now = held.get(policy), holds.get(policy)
            for words in _document(("resources", policy), was, now, describe):
                yield f"{noun} {policy}: {words}"


def _document(at: Address, old: Plain, new: Plain, describe: Describe) -> Iterator[str]:
    if isinstance(old, dict) and isinstance(new, dict):
        changes = document_changes(at, old, new)
    else:
        changes = iter([] if alike(old, new) else [Change(at, old, new)])
    yield from map(describe, changes)


def _named(levels: Plain) -> dict[str, dict[str, Plain]]:
    """Levels by their names; one without by its place, or of a name that another has."""
    named: dict[str, dict[str, Plain]] = {}
    for number, level in enumerate(levels if isinstance(levels, list) else (), 1):
        if isinstance(level, dict):
            name = str(level.get("name") or f"number {number}")
            named[f"{name} (number {number})" if name in named else name] = level
    return named


def _mapping(value: Plain) -> dict[str, Plain]:
    return value if isinstance(value, dict) else {}
