"""Texts that were read before are found again where they stand, and no others."""

import json
import random

from hypothesis import given
from hypothesis import strategies as st

from iamctl.services.known_texts import KnownTexts

TEXTS = st.lists(
    st.lists(st.text("ab", max_size=40), max_size=6).map(json.dumps), max_size=30, unique=True
)


@given(TEXTS, st.text("ab[]", max_size=10), st.text('ab[]"', max_size=40))
def test_every_text_is_found_where_it_stands(texts, before, after):
    known = KnownTexts(10**6)
    for number, text in enumerate(texts):
        assert known.find(before + text + after, len(before)) is None
        known.add(text, number)
        for wanted in range(number + 1):
            found = known.find(before + texts[wanted] + after, len(before))
            assert found is not None
            assert found == (texts[wanted], wanted)


@given(TEXTS)
def test_a_text_cut_short_is_not_found(texts):
    known = KnownTexts(10**6)
    for text in texts:
        known.add(text, text)
    for text in texts:
        for end in range(len(text)):
            assert known.find(text[:end], 0) is None


def test_texts_that_differ_late_are_told_apart():
    known = KnownTexts(10**6)
    texts = [f"[{'x' * length}{last}]" for length in (10, 100, 5000) for last in range(50)]
    for text in texts:
        known.add(text, text)
    assert all(known.find(text, 0) == (text, text) for text in texts)


def test_what_is_held_is_bounded_and_what_is_used_stays():
    limit = 20_000
    known = KnownTexts(limit)
    known.add("[0]", "[0]")
    draw = random.Random(1)
    added = ["[0]"]
    for number in range(1, 500):
        text = f"[{number}, {'x' * draw.randrange(100)}]"
        known.add(text, text)
        added.append(text)
        assert known.find("[0]", 0) is not None
    held = [text for text in added if known.find(text, 0) is not None]
    assert sum(len(text) for text in held) <= 2 * limit
    assert added[-1] in held
    assert added[1] not in held
