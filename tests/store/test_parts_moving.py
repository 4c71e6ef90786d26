"""Splitting a directory over files and joining it: no entity and no comment is lost on the way."""

import random
import re
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iamctl.domain.errors import Conflict
from iamctl.domain.source import same
from iamctl.files import Stamp
from iamctl.ports import Division
from iamctl.services.split import WAYS
from iamctl.store.parts import Whole, alone, read_whole
from iamctl.store.parts_edit import merged
from iamctl.store.parts_gather import Text
from iamctl.store.parts_moving import join_steps, split_steps
from iamctl.store.parts_places import Folder
from iamctl.store.reader import read_file

sys.path.insert(0, str(Path(__file__).parent))
from hand_formatted import HandFormatted, random_directory

MAIN = """\
# Acme
iamctl: 1
account:
  id: "123456789012"

# people
users: # all of them
  # the first
  alice:
    path: /eng/
  bob: {path: /ops/}   # joined in May

  # reads only
  carol: {}
# below people

groups:
  dev:
    members:
      - alice   # lead

policies: {}
"""
BY_PATH = Division(
    {("users", "alice"): "people/eng.yaml", ("users", "bob"): "people/ops.yaml"},
    ("people/*.yaml",),
)
BY_SECTION = Division(
    {("users",): "users.yaml", ("groups",): "groups.yaml"}, ("users.yaml", "groups.yaml")
)


def read(folder: Path, texts: dict[str, bytes]) -> Whole:
    """The directory of texts, of which the first is the main file's."""
    for name, data in texts.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(data)
    name, data = next(iter(texts.items()))
    main = Text(name, name, data, Stamp((len(data), 0, 0, 0, 0)))
    result = read_file(data, name)
    assert result.directory is not None, result.problems
    if len(texts) == 1:
        return alone(main, result)
    return read_whole(main, result, Folder(str(folder)))


def after(texts: dict[str, bytes], steps: list) -> dict[str, bytes]:
    """The texts once the steps are carried out."""
    new = dict(texts)
    for step in steps:
        assert new.get(step.name) == step.old
        if step.new is None:
            del new[step.name]
        else:
            new[step.name] = step.new
    return new


def texts_of(text: str) -> dict[str, bytes]:
    return {"directory.yaml": text.encode()}


def test_entities_go_with_their_comments(tmp_path):
    start = texts_of(MAIN)
    split = after(start, split_steps(read(tmp_path, start), BY_PATH))
    assert split["people/eng.yaml"].decode() == (
        "users:\n  # the first\n  alice:\n    path: /eng/\n"
    )
    assert split["people/ops.yaml"].decode() == (
        "users:\n  bob: {path: /ops/}   # joined in May\n\n"
    )
    assert split["directory.yaml"].decode() == MAIN.replace(
        "  # the first\n  alice:\n    path: /eng/\n  bob: {path: /ops/}   # joined in May\n\n", ""
    ).replace('"\n\n#', '"\ninclude: [people/*.yaml]\n\n#')


def test_whole_sections_go_with_theirs(tmp_path):
    start = texts_of(MAIN)
    split = after(start, split_steps(read(tmp_path, start), BY_SECTION))
    assert split["users.yaml"].decode().startswith("# people\nusers: # all of them\n")
    assert (
        split["groups.yaml"].decode() == "groups:\n  dev:\n    members:\n      - alice   # lead\n"
    )
    assert b"users" not in split["directory.yaml"].replace(b"users.yaml", b"")
    assert b"# below people" in split["directory.yaml"]


def test_joining_takes_it_all_back(tmp_path):
    start = texts_of(MAIN)
    for division in (BY_PATH, BY_SECTION):
        split = after(start, split_steps(read(tmp_path, start), division))
        joined = after(split, join_steps(read(tmp_path, split)))
        assert list(joined) == ["directory.yaml"]
        assert comments(joined) == comments(start)
        if division is BY_PATH:
            assert joined == start
        for name in split:
            (tmp_path / name).unlink()


def test_a_parts_own_comments_travel(tmp_path):
    split = {
        "directory.yaml": MAIN.replace("account:", "include: [a.yaml]\naccount:").encode(),
        "a.yaml": (
            b"--- # of eng\n# owned by @acme/eng\n\n# zed's\nusers: # some\n    zed:\n"
            b"        path: /z/\n    # last words\n\nroles: {} # none yet\n"
        ),
    }
    joined = after(split, join_steps(read(tmp_path, split)))["directory.yaml"].decode()
    assert (
        "  # of eng\n  # owned by @acme/eng\n  # zed's\n  # some\n  zed:\n      path: /z/\n"
        in joined
    )
    assert joined.endswith("\n# none yet\n")
    assert "include" not in joined


def test_entities_are_put_in_order_where_all_are(tmp_path):
    split = {
        "directory.yaml": MAIN.replace("account:", "include: [a.yaml]\naccount:").encode(),
        "a.yaml": b"users: {bea: {}, zoe: {path: /z/}}\n",
    }
    joined = after(split, join_steps(read(tmp_path, split)))["directory.yaml"].decode()
    names = re.findall(r"^  (\w+):", joined, re.M)
    assert [name for name in names if name not in ("id", "dev")] == [
        "alice", "bea", "bob", "carol", "zoe",
    ]  # fmt: skip


def test_nothing_to_move_changes_nothing(tmp_path):
    start = read(tmp_path, texts_of(MAIN))
    assert split_steps(start, Division({}, ())) == []
    assert join_steps(start) == []


@pytest.mark.parametrize(
    "text",
    [
        '{"iamctl": 1, "account": {"id": "123456789012"}, "users": {"alice": {}}}',
        MAIN.replace("path: /eng/", "tags: &t {a: b}").replace("{path: /ops/}", "{tags: *t}"),
        MAIN.replace("users: # all of them\n", "users: # all\n").replace("# lead", "\u2028# lead"),
        MAIN[: MAIN.index("users:")] + "users: {alice: {}, # the first\n  bob: {}}\n",
    ],
)
def test_what_cannot_be_moved_safely_is_refused(tmp_path, text):
    with pytest.raises(Conflict, match="cannot be moved safely"):
        split_steps(read(tmp_path, texts_of(text)), BY_PATH)


def comments(texts: dict[str, bytes]) -> list[str]:
    found = (re.findall(rb"#[ c][^\r\n]*", data) for data in texts.values())
    return sorted(line.decode().strip() for lines in found for line in lines)


def tokens(texts: dict[str, bytes]) -> list[str]:
    return sorted(
        token for data in texts.values() for token in re.findall(r"#c\d+#", data.decode())
    )


@settings(deadline=None, max_examples=40)
@given(seed=st.integers(0, 2**32), odd=st.booleans())
def test_hand_formatted_files_lose_nothing(tmp_path_factory, seed, odd):
    """Whatever people write, entities and comments are all there, or nothing is done at all."""
    rng = random.Random(seed)
    plain = random_directory(rng)
    start = {"directory.yaml": HandFormatted(rng, odd=odd).write(plain)}
    folder = tmp_path_factory.mktemp("hand")
    whole = read(folder, start)
    places = {}
    for section in ("users", "groups", "roles", "policies"):
        names = list(whole.required().section(section))
        if rng.random() < 0.3 and names:
            places[(section,)] = f"{section}.yaml"
        else:
            places |= {
                (section, name): f"part{rng.randrange(3)}.yaml"
                for name in names
                if rng.random() < 0.6
            }
    include = tuple(sorted(set(places.values())))
    try:
        split = after(start, split_steps(whole, Division(places, include)))
        assert tokens(split) == tokens(start)
        if len(split) == 1:
            return
        back = read(folder, split)
        assert same(*(merged([sections(one)]) for one in (whole, back)))
        joined = after(split, join_steps(back))
    except Conflict:  # comments between braces
        return
    assert tokens(joined) == tokens(start)
    assert same(*(merged([sections(one)]) for one in (whole, read(folder, joined))))


NAMES = ("alice", "bob", "carol", "dave", "erin", "frank", "zoe")


def in_order(rng: random.Random) -> str:
    """A file as iamctl writes one: sections and entities in order, sections a blank line apart;
    comments and line ends as people have them."""

    def comment(column: int) -> list[str]:
        return [f"{' ' * column}# c{rng.randrange(99)}"] * rng.choice((0, 0, 1))

    def beside() -> str:
        return rng.choice(("", "", "  # c"))

    users = sorted(rng.sample(NAMES, rng.randint(1, len(NAMES))))
    lines = ["# Acme", "iamctl: 1", "account:", '  id: "123456789012"', "", *comment(0)]
    lines.append(f"users:{beside()}")
    for name in users:
        path = rng.choice((None, "/eng/", "/ops/", "/eng/web/"))
        empty = "" if path else " {}"
        lines += [*comment(2), f"  {name}:{empty}{beside()}"]
        lines += [f"    path: {path}{beside()}"] if path else []
    lines += [*comment(2), "", *comment(0), f"groups:{beside()}"]
    for name in sorted(rng.sample(("dev", "ops", "web"), rng.randint(1, 3))):
        members = rng.sample(users, rng.randint(1, len(users)))
        lines += [*comment(2), f"  {name}:", "    members:"]
        lines += [f"      - {member}{beside()}" for member in members]
    lines += rng.choice(([], ["", "policies: {}"], ["", "# c", "policies: {}"]))
    end = rng.choice(("", "\n", "\n\n"))
    text = "\n".join(lines) + end
    return rng.choice(("", "\ufeff")) + rng.choice((text, text, text.replace("\n", "\r\n")))


@settings(deadline=None, max_examples=60)
@given(seed=st.integers(0, 2**32), way=st.sampled_from(sorted(WAYS)))
def test_what_is_in_order_comes_back_byte_for_byte(tmp_path_factory, seed, way):
    start = texts_of(in_order(random.Random(seed)))
    folder = tmp_path_factory.mktemp("order")
    whole = read(folder, start)
    split = after(start, split_steps(whole, WAYS[way](whole.required())))
    if way == "file":
        assert len(split) > 1
    if len(split) > 1:
        assert after(split, join_steps(read(folder, split))) == start


APART = """\
iamctl: 1
account: {id: "123456789012"}

users:
  alice:
    path: /eng/

  # on call
  bob:
    path: /ops/

  carol: {}

  dave:
    path: /eng/
  # nobody else

# whoever pays
groups: {}
"""


@pytest.mark.parametrize("way", sorted(WAYS))
def test_blank_lines_between_entities_stay_where_they_are(tmp_path, way):
    start = texts_of(APART.replace("groups: {}", "groups:\n  dev:\n    members: [alice, dave]"))
    whole = read(tmp_path, start)
    split = after(start, split_steps(whole, WAYS[way](whole.required())))
    assert len(split) > 1
    assert after(split, join_steps(read(tmp_path, split))) == start


def sections(whole: Whole) -> dict:
    return {k: v for k, v in whole.required().plain.items() if k != "include"}
