"""An index that follows a file holds it to all rules, those between two entities first of all."""

import os
import random
from typing import Any

import pytest

from iamctl.domain.errors import InvalidDirectory
from iamctl.store.index import chunks
from iamctl.store.index.build import _Builder, build
from iamctl.store.index.contents import Unfit
from iamctl.store.index.indexed import Contents
from iamctl.store.index.parts import alone
from iamctl.store.index.refresh import refresh
from iamctl.store.reader import load_checked

SCALE = int(os.environ.get("IAMCTL_TEST_SCALE", "1"))
FILE = "d.yaml"
SEEN = ((1, 2, 3, 4, 5), 6, False, True, ())
HEAD = 'iamctl: 1\naccount: {id: "123456789012"}\n'
POOLS = HEAD + (
    "identity_pools:\n"
    "  first:\n    id: us-east-1:11111111-1111-1111-1111-111111111111\n"
    "  second:\n    id: us-east-1:22222222-2222-2222-2222-222222222222\n"
)
PROVIDERS = HEAD + (
    "identity_providers:\n"
    "  first:\n    url: https://one.example\n    client_ids: [web]\n"
    "  second:\n    url: https://two.example\n    client_ids: [web]\n"
)


def followed(old: str, new: str) -> bool:
    """Whether the index of a file becomes another's without all of it being read."""
    whole = build(alone(old.encode()), SEEN, FILE)
    contents = Contents(whole.root, whole.pages.__getitem__, FILE)
    try:
        return refresh(contents, len(whole.pages), alone(new.encode()), SEEN, FILE) is not None
    except Unfit:
        return False


def is_sound(text: str) -> bool:
    try:
        load_checked(text.encode(), FILE)
    except InvalidDirectory:
        return False
    return True


@pytest.mark.parametrize(
    ("text", "one", "other"),
    [(POOLS, "11111111-1111-1111-1111-111111111111", "22222222-2222-2222-2222-222222222222"),
     (PROVIDERS, "one.example", "two.example")],
    ids=["pools", "providers"],
)  # fmt: skip
def test_what_may_stand_once_is_missed_on_neither_side(text: str, one: str, other: str) -> None:
    """Of two that bear the same the later is told of, whichever was written to."""
    assert not followed(text, text.replace(one, other))
    assert not followed(text, text.replace(other, one))
    assert followed(text, text.replace(one, one.replace("1", "3").replace("one", "three")))


NAMES = ("a", "b", "A")
PATHS = {"a": "", "b": "x/"}
ARN = "arn:aws:iam::123456789012:"


class Random:
    """A small sound directory of entities that name one another."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.count = 0

    def text(self) -> str:
        return HEAD + "".join(
            f"{section}:\n" + "".join(f"  {name}:\n{make(name)}" for name in PATHS)
            for section, make in (
                ("users", self.user), ("groups", self.group), ("roles", self.role),
                ("policies", self.policy), ("mfa", self.device),
                ("identity_providers", self.provider), ("identity_pools", self.pool),
            )
        )  # fmt: skip

    def one(self, *names: str) -> str:
        return self.rng.choice(names)

    def next(self) -> str:
        self.count += 1
        return chr(ord("A") + self.count)

    def identity(self, prefix: str, name: str) -> str:
        path = f"    path: /{PATHS[name]}\n"
        return f"    id: {prefix}{self.next() * 17}\n    created: 2026-01-01T00:00:00Z\n{path}"

    def attached(self) -> str:
        name = self.one(*PATHS)
        named = self.one(name, f"{ARN}policy/{PATHS[name]}{name}")
        field = self.one("policies: [{}]", "boundary: {}", "# {}")
        return f"    {field.format(named)}\n"

    def user(self, name: str) -> str:
        key = f"    keys:\n      AKIA{self.next() * 16}: {{created: 2026-01-01T00:00:00Z}}\n"
        return self.identity("AIDA", name) + self.attached() + self.one("", key)

    def group(self, name: str) -> str:
        return self.identity("AGPA", name) + f"    members: [{self.one(*PATHS)}]\n"

    def role(self, name: str) -> str:
        named = self.one(*PATHS)
        principal = f"{{AWS: {ARN}{self.one('user', 'role')}/{PATHS[named]}{named}}}"
        statement = f"{{Effect: Allow, Action: sts:AssumeRole, Principal: {principal}}}"
        trust = f"    trust: {{Version: '2012-10-17', Statement: [{statement}]}}\n"
        return self.identity("AROA", name) + self.attached() + trust

    def policy(self, name: str) -> str:
        statement = "{Effect: Allow, Action: s3:GetObject, Resource: '*'}"
        document = f"    document: {{Version: '2012-10-17', Statement: [{statement}]}}\n"
        return self.identity("ANPA", name) + document

    def device(self, _name: str) -> str:
        enabled = f"    user: {self.one(*PATHS)}\n    enabled: 2026-01-01T00:00:00Z\n"
        return "    created: 2026-01-01T00:00:00Z\n" + self.one("", enabled)

    def provider(self, _name: str) -> str:
        return f"    url: https://{self.next()}.example\n    client_ids: [web]\n"

    def pool(self, _name: str) -> str:
        self.count += 1
        return (
            f"    id: us-east-1:11111111-1111-1111-1111-{self.count:012}\n"
            f"    providers: [{self.one(*PATHS)}]\n"
            f"    authenticated_role: {self.one(*PATHS)}\n"
        )

    def changed(self, text: str) -> str:
        """With an entity, a name or a line of an entity in place of another, or gone."""
        lines = text.splitlines(keepends=True)
        at = self.rng.randrange(3, len(lines))
        indent = "    " if lines[at].startswith("    ") else "  "
        like = [line for line in lines[3:] if line.startswith(indent)]
        words = lines[at].split(":")[0]
        same = [line for line in like if line.split(":")[0] == words]
        put = self.rng.choice([*same, *same, *like, "", f"  {self.one(*NAMES)}:\n"])
        return "".join((*lines[:at], put, *lines[at + 1 :]))


@pytest.mark.parametrize("seed", range(8 * SCALE))
def test_no_rule_between_entities_is_missed(seed: int) -> None:
    drawn = Random(random.Random(seed))
    text = drawn.text()
    assert is_sound(text), text
    count = 0
    while count < 10:
        new = drawn.changed(text)
        if followed(text, new):
            assert is_sound(new), new
            count += 1


@pytest.mark.parametrize("seed", range(4 * SCALE))
def test_an_index_is_built_of_just_the_files_that_break_no_rule(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of one entity a chunk, so that every rule between two is one between chunks."""
    monkeypatch.setattr(chunks, "least_bytes", lambda _size: 1)
    drawn = Random(random.Random(seed))
    text = drawn.text()
    assert is_built(text)
    told: list[bool] = []
    while len(told) < 20 or len(set(told)) < 2:
        new = drawn.changed(text)
        built, sound = is_built(new), is_sound(new)
        assert built == sound or (sound and not is_cut(new)), new
        told.append(sound)


def is_built(text: str) -> bool:
    try:
        build(alone(text.encode()), SEEN, FILE)
    except Unfit:
        return False
    return True


def is_cut(text: str) -> bool:
    """Whether the chunks stand alone, as far as shapes go."""
    data = text.encode()
    cut = chunks.cut(data)
    try:
        for chunk in cut or ():
            read = chunks.read_chunk if chunk.section else chunks.read_top
            read(chunk, data[chunk.start : chunk.end], FILE)
    except Unfit:
        return False
    return cut is not None


def test_what_is_assumed_of_other_chunks_is_looked_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """And chunks of which all of it was so are not held to the rules a second time."""
    monkeypatch.setattr(chunks, "least_bytes", lambda _size: 1)
    again: list[list[int]] = []
    really = _Builder._doubted

    def noted(self: _Builder, halves: Any) -> list[int]:
        again.append(really(self, halves))
        return again[-1]

    monkeypatch.setattr(_Builder, "_doubted", noted)
    users = HEAD + "users:\n" + "".join(
        f"  {name}:\n    id: AIDA{name * 16}\n    policies: [Read]\n" for name in "BCDE"
    )  # fmt: skip
    rest = (
        "groups:\n  dev:\n    members: [B, E]\npolicies:\n  Read:\n    document:\n"
        "      {Version: '2012-10-17', Statement: {Effect: Allow, Action: '*', Resource: '*'}}\n"
    )
    assert is_built(users + rest)
    assert again.pop() == []
    for old, new, pages in (
        ("[B, E]", "[B, F]", 1), ("  Read:", "  Reed:", 4), ("AIDAC", "AIDAB", 0),
        ("AIDA" + "C" * 16, "AIDA" + "B" * 16, 2), ("  E:", "  b:", 3),
    ):  # fmt: skip
        text = (users + rest).replace(old, new)
        assert is_built(text) == is_sound(text) == (pages == 0), new
        assert len(again.pop()) == pages, new
