"""The size of what a session carries, in percent."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iamctl.domain.errors import InvalidValue
from iamctl.sts.packed import packed_size


def test_a_session_that_carries_nothing_has_no_size():
    assert packed_size((), {}, ()) is None


def test_one_short_tag_is_one_percent():
    assert packed_size((), {"team": "ci"}, ()) == 1


@given(st.integers(0, 4000))
def test_more_is_never_smaller(length):
    size = packed_size(("x" * length,), {}, ())
    shorter = packed_size(("x" * (length // 2),), {}, ())
    assert size is not None
    assert shorter is not None
    assert 1 <= shorter <= size <= 100


def test_more_than_all_is_refused():
    with pytest.raises(InvalidValue, match=r"^Packed size of session policies consumes 1\d\d% "):
        packed_size(("x" * 5000,), {}, ())


def test_tags_alone_are_named():
    tags = {f"key{n:03}": "v" * 250 for n in range(50)}
    with pytest.raises(InvalidValue) as error:
        packed_size((), tags, ())
    assert error.value.message.startswith("Packed size of session tags consumes ")
    assert error.value.message.endswith("% of allotted space.")
