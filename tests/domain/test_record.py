"""Records are what dataclasses with frozen, slots and a `source` left out of equality are."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Mapping
from dataclasses import FrozenInstanceError, dataclass, field, replace
from typing import Any, ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iamctl.domain.record import Record, made


class Thing(Record):
    """A record of every kind of field."""

    section: ClassVar[str] = "things"
    name: str
    size: int = 1
    tags: Mapping[str, str] = made(factory=dict)
    source: str | None = None


@dataclass(frozen=True, slots=True)
class Peer:
    """The dataclass that says the same."""

    section: ClassVar[str] = "things"
    name: str
    size: int = 1
    tags: Mapping[str, str] = field(default_factory=dict)
    source: str | None = field(default=None, compare=False)


VALUES = st.lists(st.sampled_from(["a", "b", 1, None]), max_size=5)
NAMED = st.dictionaries(
    st.sampled_from(["name", "size", "tags", "source", "strange"]), st.sampled_from(["a", "b", 2])
)


def constructed(kind: Any, values: list[Any], named: dict[str, Any]) -> Any:
    try:
        return kind(*values, **named)
    except TypeError:
        return TypeError


@given(VALUES, NAMED, VALUES, NAMED)
def test_construction_equality_and_repr_are_a_dataclass_s(
    values: list[Any], named: dict[str, Any], others: list[Any], named_others: dict[str, Any]
) -> None:
    one, peer = constructed(Thing, values, named), constructed(Peer, values, named)
    assert (one is TypeError) == (peer is TypeError)
    if one is TypeError:
        return
    assert repr(one) == repr(peer).replace("Peer", "Thing")
    other = constructed(Thing, others, named_others)
    if other is not TypeError:
        assert (one == other) == (peer == constructed(Peer, others, named_others))
        assert repr(one._replace(name=other.name)) == (
            repr(replace(peer, name=other.name)).replace("Peer", "Thing")
        )


def test_a_record_is_frozen_and_has_no_room_for_more() -> None:
    thing = Thing("a")
    for name in ("name", "strange"):
        with pytest.raises(AttributeError):
            setattr(thing, name, "b")
        with pytest.raises((FrozenInstanceError, TypeError)):  # slots and frozen: a TypeError
            setattr(Peer("a"), name, "b")
    with pytest.raises(AttributeError):
        del thing.name
    assert thing == Thing("a")
    assert not hasattr(thing, "__dict__")


def test_where_it_was_written_is_no_part_of_what_it_is() -> None:
    assert Thing("a", source="here") == Thing("a", source="there") != Thing("b", source="here")
    assert hash(Thing("a", tags=(), source="x")) == hash(Thing("a", tags=()))  # type: ignore[arg-type]
    assert Thing("a") != Peer("a")
    assert Thing("a") != ("a", 1, {}, None)


def test_defaults_that_can_change_are_made_anew() -> None:
    one, other = Thing("a"), Thing("a")
    assert one.tags == {}
    assert one.tags is not other.tags


def test_a_copy_is_equal() -> None:
    thing = Thing("a", 2, {"k": "v"}, "here")
    for copied in (copy.copy(thing), copy.deepcopy(thing), pickle.loads(pickle.dumps(thing))):
        assert copied == thing
        assert copied.source == "here"
    assert thing._asdict() == {"name": "a", "size": 2, "tags": {"k": "v"}, "source": "here"}


def test_a_missing_and_a_strange_field_are_named() -> None:
    with pytest.raises(TypeError, match="Thing needs 'name'"):
        Thing()  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="strange"):
        Thing("a", strange=1)  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="name"):
        Thing("a", name="b")  # type: ignore[misc]
    with pytest.raises(TypeError):
        Thing("a", 1, {}, None, "b")  # type: ignore[call-arg]
