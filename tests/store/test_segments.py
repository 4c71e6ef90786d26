"""The file as segments: a partition, each entity with the comments that belong to it."""

import random
import sys
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from iamctl.domain.shape import SECTIONS
from iamctl.store.reader import read_value
from iamctl.store.segments import Segments
from iamctl.store.tree import compose_text, parse_tree

sys.path.insert(0, str(Path(__file__).parent))
from hand_formatted import HandFormatted, random_directory

TEXT = """\
# the file
iamctl: 1
# the account
account:
  id: "123456789012"

# people
users: # all
  # alice's
  alice:
    path: /a/
    # in alice
# odd, above bob
  bob: {}

  # apart

  # carol's 1
  # carol's 2
  carol:
    path: /c/

groups: {dev: {}} # flow
# the end
"""


def segments_of(text: str) -> list[tuple[str, str]]:
    tree = parse_tree(text.encode(), "d.yaml")
    return [(".".join(s.at), tree.text[s.start : s.end]) for s in Segments(tree)]


def test_each_entity_has_its_own_leading_comments() -> None:
    assert segments_of(TEXT) == [
        ("iamctl", "# the file\niamctl: 1\n"),
        ("account", '# the account\naccount:\n  id: "123456789012"\n\n'),
        ("users", "# people\nusers: # all\n"),
        ("users.alice", "  # alice's\n  alice:\n    path: /a/\n    # in alice\n"),
        ("users.bob", "# odd, above bob\n  bob: {}\n\n  # apart\n\n"),
        ("users.carol", "  # carol's 1\n  # carol's 2\n  carol:\n    path: /c/\n\n"),
        ("groups", "groups: {dev: {}} # flow\n# the end\n"),
    ]


def test_text_that_looks_like_a_comment_stays_with_its_entity() -> None:
    text = "iamctl: 1\npolicies:\n  A:\n    description: |\n      # text\n  B: {}\n"
    assert segments_of(text)[2:] == [
        ("policies.A", "  A:\n    description: |\n      # text\n"),
        ("policies.B", "  B: {}\n"),
    ]


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 2**48))
def test_segments_part_any_file_and_each_entity_parses_alone(seed: int) -> None:
    rng = random.Random(seed)
    tree = parse_tree(HandFormatted(rng).write(random_directory(rng)), "d.yaml")
    found = Segments(tree)
    at = 0
    for segment in found:
        assert segment.start == at
        at = segment.end
        if len(segment.at) == 2:
            section, name = segment.at
            root = compose_text(f"{section}:\n{tree.text[segment.start : segment.end]}", "d.yaml")
            assert root is not None
            ((key, value),) = root.value[0][1].value
            assert key.value == name
            shape, place = SECTIONS[section], (section, name)
            alone, problems = read_value(shape, value, place)
            assert (alone, ()) == (read_value(shape, segment.node, place)[0], problems)
    assert at == len(tree.text)


def test_segments_near_a_place_are_those_around_it() -> None:
    tree = parse_tree(TEXT.encode(), "d.yaml")
    found = Segments(tree)
    users = next(top for top in found.tops() if top.at == ("users",))
    everything = found.entities(users)
    for start in range(users.start, users.end):
        near = found.near(users, start, start)
        assert near == [s for s in everything if s.start <= start <= s.end]
