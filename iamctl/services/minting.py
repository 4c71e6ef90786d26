"""Unique ids and creation times of entities, and randomness that can be drawn twice."""

from collections.abc import Callable

from iamctl.domain.ids import Randomness, mint_unique_id
from iamctl.domain.source import Plain
from iamctl.domain.times import format_instant
from iamctl.services.draft import Draft


def replayed(randomness: Randomness) -> Callable[[], Randomness]:
    """A maker of identical sources: each one it gives draws the same bytes in the same order.

    A plan shown to a person and planned again under the lock mints the same ids both times.
    """
    tape = bytearray()

    def fresh() -> Randomness:
        at = 0

        def draw(count: int) -> bytes:
            nonlocal at
            missing = at + count - len(tape)
            if missing > 0:
                tape.extend(randomness(missing))
            at += count
            return bytes(tape[at - count : at])

        return draw

    return fresh


def fresh_entity(section: str, path: str, now: int, randomness: Randomness) -> dict[str, Plain]:
    """What every new entity starts with, in the file's order: id, path unless `/`, created."""
    entity: dict[str, Plain] = {"id": mint_unique_id(section, randomness)}
    if path != "/":
        entity["path"] = path
    entity["created"] = format_instant(now)
    return entity


def unique_id_of(draft: Draft, section: str, name: str, randomness: Randomness) -> str:
    """The entity's unique id; a hand-written entity without one gets it in this edit."""
    held = draft.value((section, name, "id"))
    if held is not None:
        return str(held)
    minted = mint_unique_id(section, randomness)
    draft.set((section, name, "id"), minted)
    return minted
