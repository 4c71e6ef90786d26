"""Our named tuples are typing's, but for the price of a class."""

import copy
import pickle
from typing import Any
from typing import NamedTuple as Typing

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iamctl.domain.tuples import NamedTuple as Ours


class Thing(Ours):
    """Ours."""

    name: str
    size: int = 1
    tags: tuple[str, ...] = ()

    @property
    def shout(self) -> str:
        """The name, loudly."""
        return self.name.upper()


class Peer(Typing):
    """Typing's."""

    name: str
    size: int = 1
    tags: tuple[str, ...] = ()


class Nothing(Ours):
    """A tuple that has no defaults."""

    name: str


class Loud(Thing):
    """A class that only adds a method."""

    def twice(self) -> str:
        """The name, twice."""
        return self.name * 2


VALUES = st.lists(st.sampled_from(["a", "b", 1, None]), max_size=4)
NAMED = st.dictionaries(
    st.sampled_from(["name", "size", "tags", "strange"]), st.sampled_from(["a", "b", 2])
)


def constructed(kind: Any, values: list[Any], named: dict[str, Any]) -> Any:
    try:
        return kind(*values, **named)
    except TypeError:
        return TypeError


@given(VALUES, NAMED, NAMED)
def test_they_are_made_and_changed_as_typing_s(
    values: list[Any], named: dict[str, Any], others: dict[str, Any]
) -> None:
    one, peer = constructed(Thing, values, named), constructed(Peer, values, named)
    assert one == peer
    if one is TypeError:
        return
    assert repr(one) == repr(peer).replace("Peer", "Thing")
    assert (hash(one), one._asdict(), [*one]) == (hash(peer), peer._asdict(), [*peer])
    assert (one.name, one.size, one.tags) == (peer.name, peer.size, peer.tags)
    if "strange" not in others:
        assert tuple(one._replace(**others)) == tuple(peer._replace(**others))


@given(VALUES)
def test_made_of_an_iterable_they_hold_each_item(values: list[Any]) -> None:
    if len(values) == 3:
        assert tuple(Thing._make(values)) == tuple(values)


def test_what_is_wrong_is_named() -> None:
    with pytest.raises(TypeError, match="Nothing needs 'name'"):
        Nothing()  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="strange"):
        Thing("a", strange=1)  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="strange"):
        Thing("a")._replace(strange=1)  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="name"):
        Thing("a", name="b")  # type: ignore[misc]


def test_they_are_frozen_and_have_no_room_for_more() -> None:
    thing = Thing("a")
    for name in ("name", "strange"):
        with pytest.raises(AttributeError):
            setattr(thing, name, "b")
    assert not hasattr(thing, "__dict__")
    assert Thing._fields == Peer._fields
    assert Thing._field_defaults == Peer._field_defaults


def test_methods_belong_to_them_as_to_any_class() -> None:
    loud = Loud("a", size=2)
    assert (Thing("a").shout, loud.shout, loud.twice(), loud.size) == ("A", "A", "aa", 2)
    match loud:
        case Thing(name, 2):
            assert name == "a"
        case _:
            pytest.fail("it does not match by position")


def test_a_copy_is_equal_and_of_the_same_class() -> None:
    thing = Thing("a", 2, ("k",))
    for copied in (copy.copy(thing), copy.deepcopy(thing), pickle.loads(pickle.dumps(thing))):
        assert copied == thing
        assert type(copied) is Thing
