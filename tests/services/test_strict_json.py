"""Objects and lists walked member by member are what the standard decoder makes of them."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iamctl.services import strict_json

PIECES = st.sampled_from(
    [
        *("{", "}", "[", "]", ",", ":", '"a"', '"b"', '"\\u0061"', '"é\\n"', "1", "-0.5e3", "true"),
        *("null", " ", "\t", "\r", "NaN", "'", "\\", '"', "\u00a0", "\x00", "01", ".5", "[]", "{}"),
    ]
)
TEXTS = st.lists(PIECES, max_size=16).map("".join)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=10,
)
SPACES = st.sampled_from([(",", ":"), (", ", ": "), (" ,\t", "\r: ")])


def walked(text):
    """What the text holds, its objects and lists walked at every depth."""

    def read(text, at):
        if text.startswith("{", at):
            found = {}

            def member(key, text, at):
                if key in found:
                    raise strict_json.RepeatedKey(key)
                found[key], end = read(text, at)
                return end

            return found, strict_json.members(text, at, member)
        if text.startswith("[", at):
            return strict_json.items(text, at, read)
        return strict_json.value(text, at)

    found, end = read(text, strict_json.begin(text))
    strict_json.finish(text, end)
    return found


def decoded(text):
    """The same by the standard decoder."""

    def unique(pairs):
        if len(dict(pairs)) != len(pairs):
            raise strict_json.RepeatedKey
        return dict(pairs)

    def refuse(name):
        raise ValueError(name)

    return json.loads(text, object_pairs_hook=unique, parse_constant=refuse)


@given(TEXTS | TEXTS.map("[{}]".format) | TEXTS.map('{{"a": {}}}'.format))
def test_what_is_json_is_told_from_what_is_not(text):
    try:
        wanted = decoded(text)
    except ValueError:
        with pytest.raises(ValueError):
            walked(text)
    else:
        assert walked(text) == wanted


@given(VALUES, SPACES)
def test_every_value_is_read(value, separators):
    assert walked(json.dumps(value, separators=separators)) == value


@given(VALUES, st.data())
def test_a_value_with_one_character_changed(value, data):
    text = json.dumps({"a": [value]})
    at = data.draw(st.integers(0, len(text) - 1))
    changed = text[:at] + data.draw(st.sampled_from(["", ",", '"', "}", "x"])) + text[at + 1 :]
    try:
        wanted = decoded(changed)
    except ValueError:
        with pytest.raises(ValueError):
            walked(changed)
    else:
        assert walked(changed) == wanted


def test_a_value_is_left_where_it_ends():
    assert strict_json.value("[1] x", 0) == ([1], 3)
    assert strict_json.skip('{"a": 1, "a": NaX}', 0 + 6) == 7


@pytest.mark.parametrize(
    ("data", "words"),
    [(None, "null"), (True, "true or false"), (1, "a number"), (1.5, "a number"), ("", "text"),
     ([], "a list"), ({}, "an object")],
)  # fmt: skip
def test_kinds(data, words):
    assert strict_json.kind_of(data) == words
