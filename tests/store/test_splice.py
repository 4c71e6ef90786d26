"""Edits of hand-formatted files keep every byte that is not theirs."""

import difflib
import importlib.util
import os
import random
import re
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from iamctl.domain.change import AnyChange, Change, Renamed, apply_changes, item_name, value_at
from iamctl.store.check import check
from iamctl.store.reader import read_directory
from iamctl.store.splice import splice

SCALE = int(os.environ.get("IAMCTL_TEST_SCALE", "1"))


def _load(name: str) -> Any:
    spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


hand = _load("hand_formatted")
TOKEN = re.compile(r"#c\d+#")


def edited(text: str, *changes: AnyChange) -> str:
    """The text after the changes, proved to read as what the changes yield."""
    before = read_directory(text.encode(), "d.yaml")
    assert before.directory is not None, before.problems
    assert before.tree is not None
    result = splice(before.tree, before.directory.plain, tuple(changes))
    after = read_directory(result.text.encode(), "d.yaml")
    assert after.directory is not None, (after.problems, result.text)
    assert after.directory.plain == apply_changes(before.directory.plain, tuple(changes))
    return result.text


def changed_lines(old: str, new: str) -> list[str]:
    """The lines of a diff that are not context."""
    diff = difflib.ndiff(old.splitlines(keepends=True), new.splitlines(keepends=True))
    return [line for line in diff if line[0] in "+-"]


# --- random edits -------------------------------------------------------------------------------


class Edits:
    """Makes up changes that fit a directory, one after another."""

    def __init__(self, rng: random.Random, plain: Any) -> None:
        self.rng = rng
        self.plain = plain
        self.changes: list[AnyChange] = []
        self.lost: list[tuple[Any, ...]] = []
        self.origin: dict[Any, Any] = {}

    def set(self, at: tuple[Any, ...], new: Any) -> None:
        old = value_at(self.plain, at)
        if old is None and new is None:
            return
        change = Change(at, old, new)
        self.plain = apply_changes(self.plain, (change,))
        self.changes.append(change)
        if new is None or (isinstance(old, dict | list) or isinstance(new, dict | list)):
            self.lost.append(tuple(self.origin.get(step, step) for step in at))

    def make(self) -> None:
        options = [
            self.add_user, self.remove_entity, self.rename, self.tag, self.untag, self.attach,
            self.detach, self.member, self.leave, self.field, self.statement, self.action,
            self.add_role, self.document, self.add_key, self.principal,
        ]  # fmt: skip
        self.rng.choice(options)()

    def entity(self, *sections: str) -> tuple[Any, ...] | None:
        found = [(s, n) for s in sections for n in self.plain.get(s) or ()]
        return self.rng.choice(found) if found else None

    def add_user(self) -> None:
        name = self.rng.choice(["aa", "mm", "zz", "no", "0042", "zz.top"])
        if name not in self.plain["users"]:
            self.set(("users", name), hand._user(self.rng))

    def add_role(self) -> None:
        if "newrole" not in (self.plain.get("roles") or {}):
            self.set(("roles", "newrole"), {"trust": hand.random_document(self.rng, True)})

    def remove_entity(self) -> None:
        if at := self.entity("users", "groups", "roles", "policies"):
            self.set(at, None)

    def rename(self) -> None:
        at = self.entity("users")
        new = self.rng.choice(["renamed", "yes", "aaa.b"])
        if at is None or new in self.plain["users"]:
            return
        self.origin[new] = self.origin.get(at[1], at[1])
        change = Renamed("users", None, at[1], new)
        self.plain = apply_changes(self.plain, (change,))
        self.changes.append(change)
        for group, value in (self.plain.get("groups") or {}).items():
            member = value_at(value, ("members", at[1]))
            if isinstance(member, dict):
                self.set(("groups", group, "members", at[1], "user"), new)
            elif member is not None:
                self.set(("groups", group, "members", at[1]), new)

    def tag(self) -> None:
        if at := self.entity("users", "roles"):
            self.set(
                (*at, "tags", self.rng.choice(["team", "new", "no"])), "v " + str(self.rng.random())
            )

    def untag(self) -> None:
        if (at := self.entity("users", "roles")) and (tags := value_at(self.plain, (*at, "tags"))):
            self.set((*at, "tags", self.rng.choice(list(tags))), None)
            if not value_at(self.plain, (*at, "tags")) and self.rng.random() < 0.7:
                self.set((*at, "tags"), None)

    def attach(self) -> None:
        if at := self.entity("users", "groups"):
            name = "P" + str(self.rng.randint(0, 99))
            if value_at(self.plain, (*at, "policies")) is None:
                self.set((*at, "policies"), [name])
            elif value_at(self.plain, (*at, "policies", name)) is None:
                self.set((*at, "policies", name), name)

    def detach(self) -> None:
        at = self.entity("users", "groups")
        if at and (items := value_at(self.plain, (*at, "policies"))):
            self.set((*at, "policies", self.rng.choice(items)), None)

    def member(self) -> None:
        if at := self.entity("groups"):
            name = self.rng.choice(["aa", "zz", "alice", "bob"])
            item = hand._member(self.rng, name)
            if value_at(self.plain, (*at, "members")) is None:
                self.set((*at, "members"), [item])
            else:
                self.set((*at, "members", name), item)

    def leave(self) -> None:
        if (at := self.entity("groups")) and (items := value_at(self.plain, (*at, "members"))):
            self.set((*at, "members", item_name(self.rng.choice(items))), None)

    def field(self) -> None:
        if at := self.entity("users"):
            name, value = self.rng.choice(
                [("path", "/q/"), ("boundary", "Write"), ("id", "AIDA" + "Z" * 17),
                 ("created", "2025-01-01T00:00:00Z")]
            )  # fmt: skip
            self.set((*at, name), self.rng.choice([value, value, None]))

    def add_key(self) -> None:
        if at := self.entity("users"):
            self.set((*at, "keys", "AKIA" + "Q" * 16), {"created": "2026-01-01T00:00:00Z"})

    def statements(self) -> tuple[tuple[Any, ...], Any] | None:
        if at := self.entity("policies"):
            at = (*at, "document", "Statement")
            return at, value_at(self.plain, at)
        return None

    def statement(self) -> None:
        if found := self.statements():
            at, items = found
            n = self.rng.randrange(len(items) + 1)
            if n < len(items) > 1 and self.rng.random() < 0.6:
                self.set((*at, n), None)
            else:
                self.set((*at, len(items)), hand.random_document(self.rng)["Statement"][0])

    def action(self) -> None:
        if found := self.statements():
            at, items = found
            n = self.rng.randrange(len(items))
            actions = items[n].get("Action")
            if isinstance(actions, list) and self.rng.random() < 0.7:
                k = self.rng.randrange(len(actions) + 1)
                new = self.rng.choice(["x:Y", "s3:Get*", "a:b,c"])
                if k < len(actions) > 1 and self.rng.random() < 0.5:
                    self.set((*at, n, "Action", k), None)
                else:
                    self.set((*at, n, "Action", k), new)
            else:
                self.set((*at, n, "Action"), self.rng.choice(["x:Y", ["x:Y", "x:Z"]]))

    def document(self) -> None:
        if at := self.entity("policies"):
            self.set((*at, "document"), hand.random_document(self.rng))

    def principal(self) -> None:
        if at := self.entity("roles"):
            principal = self.rng.choice([{"AWS": ["arn:aws:iam::1:user/a", "AIDAX"]}, "*"])
            self.set((*at, "trust", "Statement", 0, "Principal"), principal)


def expected_to_stay(owner: dict[str, tuple[Any, ...]], lost: list[tuple[Any, ...]]) -> set[str]:
    """The comments that stand neither in nor beside something the edits took away."""
    stay = set()
    for token, at in owner.items():
        bare = at[1:] if at and at[0] in ("lead", "end", "deep") else at
        if at[:1] == ("deep",) and any(gone[: len(bare)] == bare for gone in lost):
            continue
        inside = [gone for gone in lost if bare[: len(gone)] == gone]
        leads_field = at[:1] == ("lead",) and len(bare) != 2
        if not inside or (leads_field and all(gone == bare for gone in inside)):
            stay.add(token)
    return stay


@settings(max_examples=300 * SCALE, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(0, 2**48))
def test_random_edits_of_random_files(seed: int) -> None:
    check_seed(seed)


def check_seed(seed: int) -> None:
    rng = random.Random(seed)
    writer = hand.HandFormatted(rng, comments=rng.choice([0.0, 0.15, 0.4]))
    data = writer.write(hand.random_directory(rng))
    before = read_directory(data, "d.yaml")
    assert before.directory is not None, (before.problems, data.decode())
    assert before.tree is not None
    text = before.tree.text
    edits = Edits(rng, before.directory.plain)
    for _ in range(rng.randint(1, 4)):
        edits.make()
    result = splice(before.tree, before.directory.plain, tuple(edits.changes))
    after = read_directory(result.text.encode(), "d.yaml")
    context = f"{edits.changes}\n--- old\n{text}\n--- new\n{result.text}"
    assert after.directory is not None, f"{after.problems}\n{context}"
    assert after.directory.plain == edits.plain, context
    check(before.tree, before.directory.plain, edits.plain, result, whole_limit=0)
    # Bytes outside the spans are the same, counted from both ends of each gap.
    at = shift = 0
    for start, end, new in result.spans:
        assert text[at:start] == result.text[at + shift : start + shift], context
        at, shift = end, shift + len(new) - (end - start)
    assert text[at:] == result.text[at + shift :], context
    stays = expected_to_stay(writer.owner, edits.lost)
    assert stays <= set(TOKEN.findall(result.text)), (
        f"{stays - set(TOKEN.findall(result.text))}\n{context}"
    )
