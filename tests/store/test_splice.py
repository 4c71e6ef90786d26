"""Edits of hand-formatted files keep every byte that is not theirs."""

import difflib
import importlib.util
import json
import os
import random
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from iamctl.domain.change import AnyChange, Change, Renamed, apply_changes, item_name, value_at
from iamctl.domain.errors import Conflict
from iamctl.domain.source import Plain
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


# --- random edits -------------------------------------------------------------------------------


SECTIONS = (
    "users",
    "groups",
    "roles",
    "policies",
    "mfa",
    "identity_providers",
    "identity_pools",
)


class Edits:
    """Makes up changes that fit a directory, one after another."""

    def __init__(self, rng: random.Random, plain: Any) -> None:
        self.rng = rng
        self.plain = plain
        self.changes: list[AnyChange] = []
        self.lost: list[tuple[Any, ...]] = []
        self.origin: dict[Any, Any] = {}
        self.order: dict[tuple[Any, ...], list[int]] = {}

    def set(self, at: tuple[Any, ...], new: Any) -> None:
        old = value_at(self.plain, at)
        if old is None and new is None:
            return
        width = counted(at)
        if width:
            count = len(value_at(self.plain, at[:width]))
            self.order.setdefault(at[:width], list(range(count)))
        change = Change(at, old, new)
        self.plain = apply_changes(self.plain, (change,))
        self.changes.append(change)
        if new is None or (isinstance(old, dict | list) or isinstance(new, dict | list)):
            names = self.origin if at[0] in ("users", "groups") else {}
            self.lost.append(tuple(names.get(step, step) for step in self.unshifted(at)))
        if width and len(at) == width + 1:
            order, n = self.order[at[:width]], at[width]
            order[n : n + 1] = [] if new is None else [order[n] if old else -1]

    def unshifted(self, at: tuple[Any, ...]) -> tuple[Any, ...]:
        """The address with the position of a statement or rule as it was before earlier
        removals."""
        width = counted(at)
        order = self.order.get(at[:width]) if width else None
        if order is None:
            return at
        n = at[width]
        return (*at[:width], order[n] if n < len(order) else -1, *at[width + 1 :])

    def make(self) -> None:
        options = [
            self.add_user, self.remove_entity, self.rename, self.tag, self.untag, self.attach,
            self.detach, self.member, self.leave, self.field, self.statement, self.action,
            self.add_role, self.document, self.add_key, self.principal, self.device,
            self.provider, self.client_id, self.signing_key, self.metadata, self.pool, self.rule,
        ]  # fmt: skip
        self.rng.choice(options)()

    def entity(self, *sections: str) -> tuple[Any, ...] | None:
        found = [(s, n) for s in sections for n in self.plain.get(s) or ()]
        return self.rng.choice(found) if found else None

    def add_user(self) -> None:
        name = self.rng.choice(["aa", "mm", "zz", "no", "0042", "zz.top"])
        if name not in self.plain["users"]:
            self.set(("users", name), hand.random_user(self.rng))

    def add_role(self) -> None:
        if "newrole" not in (self.plain.get("roles") or {}):
            self.set(("roles", "newrole"), {"trust": hand.random_document(self.rng, True)})

    def remove_entity(self) -> None:
        if at := self.entity(*SECTIONS):
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
        if at := self.entity("users", "roles", "mfa", "identity_providers", "identity_pools"):
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

    def device(self) -> None:
        at = self.entity("mfa")
        if at is None or self.rng.random() < 0.3:
            device = {"user": "aa", "enabled": "2026-01-01"}
            self.set(("mfa", self.rng.choice(["aa", "zz"])), device)
        elif value_at(self.plain, (*at, "user")) is None:
            self.set((*at, "user"), "zz")
        else:
            self.set((*at, "user"), None)

    def provider(self) -> None:
        name = self.rng.choice(["aaa", "corp", "zzz"])
        if name not in (self.plain.get("identity_providers") or {}):
            self.set(("identity_providers", name), hand.random_provider(self.rng, name))

    def oidc(self) -> tuple[Any, ...] | None:
        at = self.entity("identity_providers")
        return at if at and value_at(self.plain, (*at, "url")) else None

    def client_id(self) -> None:
        if at := self.oidc():
            items = value_at(self.plain, (*at, "client_ids"))
            name = self.rng.choice(["new", "0x1", "a: b"])
            if not items:
                self.set((*at, "client_ids"), [name])
            elif self.rng.random() < 0.4:
                self.set((*at, "client_ids", self.rng.choice(items)), None)
            elif name not in items:
                self.set((*at, "client_ids", name), name)

    def signing_key(self) -> None:
        if at := self.oidc():
            keys = value_at(self.plain, (*at, "jwks"))
            if keys and self.rng.random() < 0.5:
                self.set((*at, "jwks", self.rng.choice(list(keys))), None)
            else:
                self.set((*at, "jwks", "new"), hand.random_signing_key(self.rng))

    def metadata(self) -> None:
        at = self.entity("identity_providers")
        if at and value_at(self.plain, (*at, "saml_metadata")):
            lines = ["<a>", *(f"  <b x='{n}'/>\t# {n}" for n in range(60)), "", "</a>"]
            end = self.rng.choice(["", "\n", "\n\n", " "])
            text = self.rng.choice(["\n", "\n", "\r\n", ""]).join(lines) + end
            self.set((*at, "saml_metadata"), text)

    def pool(self) -> None:
        at = self.entity("identity_pools")
        if at is None or self.rng.random() < 0.2:
            self.set(("identity_pools", self.rng.choice(["aa", "zz"])),
                     hand.random_pool(self.rng, ["google", "github"]))  # fmt: skip
        else:
            self.set((*at, "guest_role"), self.rng.choice(["newrole", None]))

    def rule(self) -> None:
        at = self.entity("identity_pools")
        mappings = value_at(self.plain, (*at, "role_mappings")) if at else None
        if not at or not mappings:
            return
        where = (*at, "role_mappings", self.rng.choice(list(mappings)), "rules")
        rules = value_at(self.plain, where)
        n = self.rng.randrange(len(rules) + 1)
        if n < len(rules) > 1 and self.rng.random() < 0.6:
            self.set((*where, n), None)
        elif n < len(rules):
            self.set((*where, n, "role"), "newrole")
        else:
            self.set((*where, n), hand.random_rule(self.rng))


def counted(at: tuple[Any, ...]) -> int:
    """How far an address goes to the list of statements or rules whose item, or what is in it, it
    names by position; 0 for all others."""
    for width, steps in ((4, ("document", "Statement")), (5, ("rules",))):
        if len(at) > width and at[width - len(steps) : width] == steps:
            return width
    return 0


def expected_to_stay(owner: dict[str, tuple[Any, ...]], lost: list[tuple[Any, ...]]) -> set[str]:
    """The comments that stand neither in nor beside something the edits took away."""
    stay = set()
    for token, at in owner.items():
        bare = at[1:] if at and at[0] in ("lead", "end", "deep") else at
        within = (gone for gone in lost if len(bare) <= 2 or gone != bare)
        if at[:1] == ("deep",) and any(gone[: len(bare)] == bare for gone in within):
            continue
        inside = [gone for gone in lost if bare[: len(gone)] == gone]
        near_field = at[:1] in (("lead",), ("deep",)) and len(bare) != 2
        if not inside or (near_field and all(gone == bare for gone in inside)):
            stay.add(token)
    return stay


@settings(max_examples=300 * SCALE, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(0, 2**48))
def test_random_edits_of_random_files(seed: int) -> None:
    check_seed(seed)


def share_tags(rng: random.Random, writer: Any, plain: Any) -> None:
    """Two users have the same tags, by an anchor and an alias."""
    names = rng.sample(sorted(plain["users"]), 2)
    writer.shared = hand._tags(rng) or {"team": "payments"}
    for name in names:
        plain["users"][name]["tags"] = writer.shared


def check_seed(seed: int) -> None:
    rng = random.Random(seed)
    writer = hand.HandFormatted(rng, comments=rng.choice([0.0, 0.15, 0.4]))
    plain = hand.random_directory(rng)
    if rng.random() < 0.15:
        share_tags(rng, writer, plain)
    data = writer.write(plain)
    before = read_directory(data, "d.yaml")
    assert before.directory is not None, (before.problems, data.decode())
    assert before.tree is not None
    text = before.tree.text
    edits = Edits(rng, before.directory.plain)
    for _ in range(rng.randint(1, 4)):
        edits.make()
    try:
        result = splice(before.tree, before.directory.plain, tuple(edits.changes))
    except Conflict:
        assert before.tree.shared, text
        return
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


# --- known traps, one small file each -----------------------------------------------------------

HEAD = 'iamctl: 1\naccount: {id: "123456789012"}\n'
ALICE = ("users", "alice")


def tag(name: str, value: str | None, at: tuple[str, ...] = ALICE) -> Change:
    return Change((*at, "tags", name), None if value else "old", value)


def case(body: str, expected: str, *changes: AnyChange) -> None:
    """The text after HEAD becomes the expected one."""
    assert edited(HEAD + body, *changes) == HEAD + expected


def test_a_block_ends_with_its_last_leaf_not_at_the_next_token() -> None:
    case(
        "users:\n  alice:\n    tags:\n      a: b\n\n\n  # bob's\n  bob: {}\n",
        "users:\n  alice:\n    tags:\n      a: b\n      c: d\n\n\n  # bob's\n  bob: {}\n",
        tag("c", "d"),
    )


def test_a_byte_order_mark_and_crlf_shift_nothing() -> None:
    text = HEAD + "users:\r\n  alice: {tags: {a: b}} # c\r\n  bob: {}\r\n"
    assert edited(text, tag("a", "x")) == text.replace("{a: b}", "{a: x}")
    assert edited("\ufeff" + text, tag("a", "x")) == text.replace("{a: b}", "{a: x}")


def test_a_block_scalar_keeps_its_trailing_blanks_to_itself() -> None:
    policy = "policies:\n  P:\n    description: |+\n      x\n\n\n    document: {Statement: []}\n"
    case(
        policy,
        policy.replace("|+\n      x\n\n\n", "short\n"),
        Change(("policies", "P", "description"), "x\n\n\n", "short"),
    )
    clipped = policy.replace("|+", "|")
    case(
        clipped,
        clipped.replace("|\n      x\n", "short\n"),
        Change(("policies", "P", "description"), "x\n", "short"),
    )


def test_no_blank_line_is_put_below_text_that_would_swallow_it() -> None:
    body = "policies:\n  A:\n    document: {}\n\n  B:\n    document: {}\n"
    body += "    description: |+\n      x\n"
    case(
        body,
        body + "  C:\n    document: {}\n",
        Change(("policies", "C"), None, {"document": {}}),
    )


def test_comments_inside_a_flow_collection_stay() -> None:
    case(
        "users:\n  alice:\n    tags: { # why\n      a: b, # a's\n      c: d # c's\n    } # end\n",
        "users:\n  alice:\n    tags: { # why\n      a: b, # a's\n      c: d, # c's\n      e: f\n"
        "    } # end\n",
        tag("e", "f"),
    )
    case(
        "users:\n  alice:\n    tags: {a: b, # a's\n      c: d}\n",
        "users:\n  alice:\n    tags: { # a's\n      c: d}\n",
        tag("a", None),
    )
    case(
        "users:\n  alice:\n    tags: { # none\n    }\n",
        "users:\n  alice:\n    tags: {a: b # none\n    }\n",
        tag("a", "b"),
    )


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("[a, b]", "[a, b, c]"),
        ("[a, b,]", "[a, b, c,]"),
        ("[ a ]", "[ a, c ]"),
        ("[]", "[c]"),
        ("[ ]", "[c]"),
        ("[a,\n      b]", "[a,\n      b, c]"),
        ("[\n      a,\n      b\n    ]", "[\n      a,\n      b,\n      c\n    ]"),
        ("[\n      a,\n      b,\n    ]", "[\n      a,\n      b,\n      c,\n    ]"),
        ("[\n      a\n      , b\n    ]", "[\n      a\n      , b, c\n    ]"),
    ],
)
def test_an_item_joins_a_flow_list_in_its_manner(old: str, new: str) -> None:
    body = "users:\n  alice:\n    policies: {} # p\n"
    change = Change((*ALICE, "policies", "c"), None, "c")
    case(body.replace("{}", old), body.replace("{}", new), change)


@pytest.mark.parametrize(
    ("old", "gone", "new"),
    [
        ("[a, b, c]", "a", "[b, c]"),
        ("[a, b, c]", "b", "[a, c]"),
        ("[a, b, c]", "c", "[a, b]"),
        ("[a, b, c]", "bc", "[a]"),
        ("[a, b, c]", "ab", "[c]"),
        ("[a, b, c]", "abc", "[]"),
        ("[a, b,]", "b", "[a,]"),
        ("[ a ]", "a", "[]"),
        ("[\n      a, # x\n      b # y\n    ]", "b", "[\n      a # x\n    ]"),
        ("[\n      a, # x\n      b # y\n    ]", "a", "[\n      b # y\n    ]"),
        ("[a, # x\n      b]", "b", "[a # x\n      ]"),
    ],
)
def test_items_leave_a_flow_list(old: str, gone: str, new: str) -> None:
    body = "users:\n  alice:\n    policies: {} # p\n"
    changes = (Change((*ALICE, "policies", name), name, None) for name in gone)
    case(body.replace("{}", old), body.replace("{}", new), *changes)


@pytest.mark.parametrize("empty", ["{}", "{ }", "", "~", "null"])
def test_an_empty_section_becomes_a_block(empty: str) -> None:
    case(
        f"users: {empty} # nobody yet\ngroups: {{}}\n",
        f"users:{'' if empty else ' '} # nobody yet\n  alice:\n    path: /x/\ngroups: {{}}\n",
        Change(ALICE, None, {"path": "/x/"}),
    )


def test_the_last_entity_leaves_an_empty_section() -> None:
    case(
        "# all\nusers: # people\n  # the boss\n  alice:\n    path: /x/\n\ngroups: {}\n",
        "# all\nusers: {} # people\n\ngroups: {}\n",
        Change(ALICE, {}, None),
    )


def test_an_empty_value_below_its_key_gives_way_to_a_block() -> None:
    new = Change(ALICE, None, {"path": "/x/"})
    expected = "users: # u\n  # e\n\n  alice:\n    path: /x/\n"
    case("users: # u\n  {}\t# e\n", expected, new)
    case("users: # u\n  {}\n  # e\n", expected, new)


def test_an_anchor_nobody_uses_stays_before_an_emptied_value() -> None:
    case(
        "users:\n  alice:\n    tags: &t # t\n      a: b\n",
        "users:\n  alice:\n    tags: &t {} # t\n",
        tag("a", None),
    )


def test_a_quoted_text_may_go_on_at_any_indent() -> None:
    body = 'roles:\n  r:\n    trust: {}\n    description: "a\n# no comment\n  b" # c\n'
    body += "  s:\n    trust: {}\n"
    case(
        body,
        body.replace('"a\n# no comment\n  b"', '"short"'),
        Change(("roles", "r", "description"), "x", "short"),
    )
    case(body, "roles:\n  s:\n    trust: {}\n", Change(("roles", "r"), {}, None))


def test_a_deleted_entity_takes_its_comments_and_no_others() -> None:
    case(
        "users:\n"
        "  # alice's\n  alice: {}\n    # in alice\n"
        "\n"
        "  # apart\n"
        "\n"
        "  # bob's 1\n  # bob's 2\n  bob: # on bob\n    path: /x/ # path\n    # in bob\n"
        "\n"
        "  # carol's\n  carol: {}\n",
        "users:\n"
        "  # alice's\n  alice: {}\n    # in alice\n"
        "\n"
        "  # apart\n"
        "\n"
        "  # carol's\n  carol: {}\n",
        Change(("users", "bob"), {}, None),
    )


def test_a_deleted_entity_leaves_what_looks_like_a_comment_in_the_text_above() -> None:
    case(
        "policies:\n  A:\n    document: {}\n    description: |\n      x\n\n      # text\n  B:\n"
        "    document: {}\n",
        "policies:\n  A:\n    document: {}\n    description: |\n      x\n\n      # text\n",
        Change(("policies", "B"), {}, None),
    )


def test_new_entities_go_in_order_where_there_is_one_and_last_otherwise() -> None:
    new = Change(("users", "bob"), None, {"path": "/b/"})
    case(
        "users:\n  alice: {}\n  # carol's\n  carol: {}\n",
        "users:\n  alice: {}\n  bob:\n    path: /b/\n  # carol's\n  carol: {}\n",
        new,
    )
    case(
        "users:\n  carol: {}\n\n  alice: {}\n    # in alice\n\n# groups\ngroups: {}\n",
        "users:\n  carol: {}\n\n  alice: {}\n    # in alice\n\n  bob:\n    path: /b/\n\n"
        "# groups\ngroups: {}\n",
        new,
    )
    case(
        "users:\n  alice: {path: /a/}\n  carol: {path: /c/}",
        "users:\n  alice: {path: /a/}\n  bob: {path: /b/}\n  carol: {path: /c/}",
        new,
    )


def test_a_new_section_goes_where_sections_go() -> None:
    role = {"trust": {"Statement": []}}
    case(
        "\nusers: {}\n\npolicies: {}\n",
        "\nusers: {}\n\nroles:\n  r:\n    trust:\n      Statement: []\n\npolicies: {}\n",
        Change(("roles", "r"), None, role),
    )
    assert edited(HEAD[:-1], Change(ALICE, None, {"path": "/"})) == (
        HEAD + "users:\n  alice:\n    path: /"
    )


def test_new_lines_copy_the_indentation_around_them() -> None:
    case(
        "groups:\n    dev:\n        policies:\n        - A\n        members:\n        -   bob\n",
        "groups:\n    dev:\n        policies:\n        - A\n        members:\n        -   bob\n"
        "        - eve\n    ops:\n        members:\n        - bob\n",
        Change(("groups", "dev", "members", "eve"), None, "eve"),
        Change(("groups", "ops"), None, {"members": ["bob"]}),
    )


def test_a_member_gains_and_loses_an_end() -> None:
    until = "2026-12-31T00:00:00Z"
    plain = "groups:\n  dev:\n    members:\n      - alice # a\n      - bob # b\n"
    ending = plain.replace("- alice # a", f"- user: alice # a\n        until: {until}")
    at = ("groups", "dev", "members", "alice")
    case(plain, ending, Change(at, "alice", {"user": "alice", "until": until}))
    case(ending, plain, Change(at, {"user": "alice", "until": until}, "alice"))
    spread = plain.replace(
        "- alice # a", f"-\n        user: alice # a\n        # end\n        until: {until} # e"
    )
    case(
        spread,
        plain.replace("- alice # a", "-\n        alice # a\n        # end"),
        Change(at, {"user": "alice", "until": until}, "alice"),
    )


def test_what_goes_altogether_leaves_the_comments_between_its_elements() -> None:
    body = (
        "groups:\n  dev:\n    path: /x/\n    members: # all\n      # - dave (back in March)\n"
        "      - alice # lead\n      # - erin\n      - user: bob # loan\n        # in bob\n"
        "        until: 2031-12-31T00:00:00Z\n      # last\n    policies: [P]\n"
    )
    case(
        body,
        "groups:\n  dev:\n    path: /x/\n      # - dave (back in March)\n      # - erin\n"
        "      # last\n    policies: [P]\n",
        Change(("groups", "dev", "members"), [], None),
    )
    case(
        "policies:\n  P:\n    document: {}\n    description: |\n      x\n    tags:\n"
        "      # apart\n      a: b\n    path: /x/\n",
        "policies:\n  P:\n    document: {}\n    description: |\n      x\n"
        "    # apart\n    path: /x/\n",
        Change(("policies", "P", "tags"), {}, None),
    )


def test_entities_of_a_flow_section_go_and_come_with_their_comments() -> None:
    body = (
        "users: { # people\n  # alice\n  alice: { path: /a/ }, # lead\n  # carol\n"
        "  carol: { path: /c/ } # c\n  # end\n}\n"
    )
    case(
        body,
        "users: { # people\n  # carol\n  carol: { path: /c/ } # c\n  # end\n}\n",
        Change(ALICE, {}, None),
    )
    case(
        body,
        "users: { # people\n  # alice\n  alice: { path: /a/ } # lead\n  # end\n}\n",
        Change(("users", "carol"), {}, None),
    )
    case(
        body,
        body.replace("  # alice\n", "  aaa: {path: /0/},\n  # alice\n").replace(
            "  # carol\n", "  bob: {path: /b/},\n  # carol\n"
        ),
        Change(("users", "bob"), None, {"path": "/b/"}),
        Change(("users", "aaa"), None, {"path": "/0/"}),
    )


def test_entities_stand_as_many_blank_lines_apart_as_the_others() -> None:
    body = "users:\n\n  carol: {}\n\n\n  alice: {}\n\n\n# groups\ngroups: {}\n"
    case(
        body,
        body.replace("  alice: {}\n", "  alice: {}\n\n\n  bob:\n    path: /b/\n"),
        Change(("users", "bob"), None, {"path": "/b/"}),
    )


@pytest.mark.parametrize(
    ("old", "gone", "new"),
    [
        ("[ a,\n      b ]", "a", "[ b ]"),
        ("[ a,\n      b ]", "b", "[ a ]"),
        ("[ a,\n      b, ]", "b", "[ a, ]"),
        ("[ a, b,\n      c ]", "b", "[ a,\n      c ]"),
        ("[ a, b, # b\n      c ]", "b", "[ a, # b\n      c ]"),
        ("[\n      a\n      , b\n    ]", "b", "[\n      a\n    ]"),
        ("[ # all\n      a ]", "a", "[ # all\n       ]"),
        ("[ a, # a\n      b # b\n      ]", "b", "[ a # a\n      ]"),
    ],
)
def test_a_flow_list_closes_where_an_item_goes(old: str, gone: str, new: str) -> None:
    body = "users:\n  alice:\n    policies: "
    case(f"{body}{old}\n", f"{body}{new}\n", Change((*ALICE, "policies", gone), gone, None))


@pytest.mark.parametrize("empty", ["users:\n", "users: {}\n"])
def test_comments_of_an_empty_section_do_not_become_its_first_entity_s(empty: str) -> None:
    comments = "  # dave:\n  #   path: /d/\n"
    body = empty + comments + "groups: {}\n"
    full = "users:\n" + comments + "\n  bob:\n    path: /b/\ngroups: {}\n"
    case(body, full, Change(("users", "bob"), None, {"path": "/b/"}))
    case(full, body.replace(empty, "users: {}\n"), Change(("users", "bob"), {}, None))


def test_an_empty_section_over_two_lines_leaves_no_space_behind() -> None:
    full = "users:\n  bob:\n    path: /b/\n"
    case("users: {\n}\n", full, Change(("users", "bob"), None, {"path": "/b/"}))


@pytest.mark.parametrize("indent", [2, 4, "\t"])
def test_a_file_of_printed_json_stays_printed_json(indent: int | str) -> None:
    old: dict[str, Any] = {
        "iamctl": 1,
        "account": {"id": "123456789012"},
        "users": {"alice": {"path": "/a/", "keys": {}}, "carol": {"tags": {"a": "b"}}},
        "groups": {},
    }
    new: dict[str, Any] = {
        **old,
        "users": {
            "alice": {"path": "/a/", "policies": ["P", "Q"], "keys": {}},
            "bob": {"tags": {"x": "y"}, "policies": ["P"]},
            "carol": {"tags": {"c": "d"}},
        },
        "groups": {"dev": {"members": [{"user": "bob", "until": "2031-12-31T00:00:00Z"}]}},
    }
    text = edited(
        json.dumps(old, indent=indent) + "\n",
        Change((*ALICE, "policies"), None, ["P", "Q"]),
        Change(("users", "bob"), None, new["users"]["bob"]),
        tag("c", "d", ("users", "carol")),
        tag("a", None, ("users", "carol")),
        Change(("groups", "dev"), None, new["groups"]["dev"]),
    )
    assert text == json.dumps(new, indent=indent) + "\n"


def test_renaming_touches_the_key_alone() -> None:
    case(
        'users:\n  "alice" : {tags: {a: b}} # c\n',
        'users:\n  "0042" : {tags: {a: b}} # c\n',
        Renamed("users", None, "alice", "0042"),
    )
    case(
        "users:\n  alice: {path: /x/}\n  bob: {path: /y/}\n",
        'users:\n  bob: {path: /x/}\n  "no": {path: /y/}\n',
        Renamed("users", None, "bob", "no"),
        Renamed("users", None, "alice", "bob"),
    )


def test_a_key_that_is_called_otherwise_takes_its_comments_along() -> None:
    head = "identity_pools:\n  web:\n    role_mappings:\n"
    before = (
        "      # people\n      a: # by rules\n        type: token # c\n      b: {type: token}\n"
    )
    at = ("identity_pools", "web", "role_mappings")
    token: Plain = {"type": "token"}
    both = {"a": token, "b": token}
    case(head + before, head + before.replace("a: #", "z: #"),
         Change(at, both, {"z": token, "b": token}))  # fmt: skip
    case(head + before, head + before.replace("b:", "z:"),
         Change(at, both, {"a": token, "z": token}))  # fmt: skip
    deny: Plain = {"type": "token", "ambiguous": "deny"}
    case(head + before, head + "      # people\n      b: {type: token}\n      z:\n"
         "        type: token\n        ambiguous: deny\n",
         Change(at, both, {"b": token, "z": deny}))  # fmt: skip


def test_a_recreated_entity_is_written_anew() -> None:
    case(
        "users:\n  # the old one\n  alice: # c\n    path: /x/\n  bob: {}\n",
        "users:\n  bob: {}\n  alice:\n    path: /y/\n",
        Change(ALICE, {"path": "/x/"}, None),
        Change(ALICE, None, {"path": "/y/"}),
    )


def test_a_comment_below_a_field_that_goes_stays_out_of_the_block_text_above() -> None:
    head = "policies:\n  P:\n    document: {}\n    description: |+\n      x\n"
    change = Change(("policies", "P", "tags"), {}, None)
    case(
        head + "    tags: {}\n\n        # of tags\n          # more\n\n    path: /\n",
        head + "    # of tags\n    # more\n\n    path: /\n",
        change,
    )
    case(head + "    tags: {}\n\n    path: /\n", head + "    path: /\n", change)
    case(head + "    tags: {}\n     # near\n", head + "    # near\n", change)
    role = "roles:\n  R:\n    description: >\n      Ships it\n"
    case(
        role + "    max_session_duration: 2h # long\n\n     # near\n\n    trust: {}\n",
        role + "\n    # near\n\n    trust: {}\n",
        Change(("roles", "R", "max_session_duration"), 7200, None),
    )
    case(
        role + "    policies:\n    # all\n    - A\n        # but B\n    - C\n      # end\n"
        "    trust: {}\n",
        role + "    # all\n    # but B\n    # end\n    trust: {}\n",
        Change(("roles", "R", "policies"), ["A", "C"], None),
    )


SPACE = st.lists(st.one_of(st.integers(0, 8).map(lambda n: " " * n + "# c"), st.sampled_from(
    ["", "", "  ", "     ", "         "])), max_size=3)  # fmt: skip
FIELDS = {
    "max_session_duration": ("max_session_duration: 2h", 7200),
    "policies": ("policies:\n    # apart\n    - A\n       # but\n    - B", ["A", "B"]),
    "tags": ("tags:\n      # apart\n      a: b", {"a": "b"}),
    "path": ("path: /x/ # beside", "/x/"),
}


@settings(max_examples=200 * SCALE, deadline=None)
@given(
    st.sampled_from(["|", ">", "|-", ">+", "|+", "|1", ">3-", "|2+"]),
    st.sets(st.sampled_from(sorted(FIELDS)), min_size=1),
    st.permutations(sorted(FIELDS)),
    st.lists(SPACE, min_size=5, max_size=5),
    st.sampled_from(["\n", ""]),
)
def test_comments_stay_whatever_goes_below_a_block_text(
    sign: str, gone: set[str], order: list[str], spaces: list[list[str]], end: str
) -> None:
    depth = 4 + int(re.sub(r"\D", "", sign) or 2)
    shallow = [line for line in spaces[0] if "#" not in line or line.index("#") <= 4]
    lines = ["roles:", "  R:", "    trust: {}", f"    description: {sign}", " " * depth + "x"]
    lines += shallow
    for name, space in zip(order, spaces[1:], strict=True):
        lines += [f"    {FIELDS[name][0]} # by {name}", *space]
    old = HEAD + "\n".join(lines) + end
    new = edited(old, *(Change(("roles", "R", name), FIELDS[name][1], None) for name in gone))
    own = [re.findall("# .*", line) for name in order if name not in gone
           for line in FIELDS[name][0].splitlines()]  # fmt: skip
    assert new.count("# c\n") + new.endswith("# c") == old.count("# c\n") + old.endswith("# c")
    assert new.count("# but") == old.count("# but") == 1
    assert new.count("# apart") == old.count("# apart") == 2
    assert all(comment in new for found in own for comment in found)
    assert all((f"# by {name}" in new) is (name not in gone) for name in order)


def test_an_item_that_goes_below_a_block_text_leaves_its_comment() -> None:
    at = ("policies", "P", "document", "Statement", 0, "Action")
    head = (
        "policies:\n  P:\n    document:\n      Statement:\n      - Action:\n"
        "        - |-\n          a:b\n"
    )
    case(
        head + "        - c:d\n          # was c:d\n          # indeed\n",
        head + "        # was c:d\n        # indeed\n",
        Change(at, ["a:b", "c:d"], ["a:b"]),
    )


def test_a_statement_is_edited_element_by_element() -> None:
    at = ("policies", "P", "document", "Statement")
    body = (
        "policies:\n  P:\n    document:\n      Statement:\n"
        "        - Sid: A # a\n          Action: s3:Get* # get\n"
        "        # on B\n        - Sid: B\n          Action: [x:Y, x:Z] # list\n"
    )
    case(
        body,
        body.replace("[x:Y, x:Z]", "[x:Y, x:W]"),
        Change((*at, 1, "Action", 1), "x:Z", "x:W"),
    )
    case(
        body,
        body.replace("s3:Get*", "[s3:Get*, s3:Put*]"),
        Change((*at, 0, "Action"), "s3:Get*", ["s3:Get*", "s3:Put*"]),
    )
    case(
        body,
        body.replace("        - Sid: A # a\n          Action: s3:Get* # get\n", ""),
        Change((*at, 0), {}, None),
    )
    case(
        body,
        body + "        - Sid: C\n          Action: a:B\n",
        Change((*at, 2), None, {"Sid": "C", "Action": "a:B"}),
    )


def test_a_value_of_another_kind_keeps_the_comments_between_it_and_its_key() -> None:
    at = ("policies", "P", "document", "Statement")
    head = "policies:\n  P:\n    document:\n      Statement: # all\n        # first\n"
    one = head + "        Sid: A # a\n        Action: # what\n          - x:Y # y\n"
    case(
        one,
        head + "        - Sid: B\n          Action: x:Z # y\n",
        Change(at, {}, [{"Sid": "B", "Action": "x:Z"}]),
    )
    case(
        one,
        one.replace("Action: # what\n          - x:Y # y\n", "Action: x:Z # what\n"),
        Change((*at, "Action"), ["x:Y"], "x:Z"),
    )
    spread = one.replace("- x:Y # y", "-\n            x:Y")
    case(
        spread,
        spread.replace("Action: # what\n          -\n            x:Y\n", "Action: x:Z # what\n"),
        Change((*at, "Action"), ["x:Y"], "x:Z"),
    )
    below = head + "        Action: # what\n          # one\n          x:Y # y\n"
    long = [f"service:{n * 30}" for n in "abc"]
    lines = "".join(f"          - {action}\n" for action in long)[:-1]
    case(
        below,
        below.replace("          x:Y", lines),
        Change((*at, "Action"), "x:Y", long),
    )


def test_the_comment_beside_the_sign_of_a_block_text_stays() -> None:
    head = "users:\n  alice:\n    tags:\n      team: "
    case(
        head + ">-  # why\n        not\n        red\n      b: c\n",
        head + "blue  # why\n      b: c\n",
        tag("team", "blue"),
    )
    at = ("policies", "P", "document", "Statement", "Action")
    one = (
        "policies:\n  P:\n    document:\n      Statement:\n"
        "        Action: | # what\n          x:Y\n        Sid: A\n"
    )
    case(
        one,
        one.replace("| # what\n          x:Y\n", "[x:Y, x:Z] # what\n"),
        Change(at, "x:Y\n", ["x:Y", "x:Z"]),
    )


def test_a_json_file_stays_json() -> None:
    text = (
        '{"iamctl": 1, "account": {"id": "123456789012"},\n'
        ' "users": {\n  "alice": {"path": "/x/"}\n }}\n'
    )
    assert edited(text, Change(("users", "bob"), None, {"tags": {"a": "1"}})) == text.replace(
        '/x/"}\n', '/x/"},\n  "bob": {"tags": {"a": "1"}}\n'
    )


def test_a_final_line_without_a_break_stays_so() -> None:
    body = "users:\n  alice: {}\n  bob: {}"
    case(body, body + "\n  carol: {}", Change(("users", "carol"), None, {}))
    case(body, "users:\n  alice: {}", Change(("users", "bob"), {}, None))


def test_document_markers_stay_around_the_file() -> None:
    text = f"%YAML 1.1\n---\n{HEAD}users:\n  alice: {{}}\n...\n# end\n"
    assert edited(text, Change(("users", "bob"), None, {})) == text.replace("...", "  bob: {}\n...")


def test_text_that_yaml_would_misread_is_quoted() -> None:
    case(
        "users:\n  alice:\n    tags: {}\n",
        'users:\n  alice:\n    tags: {a: "no", b: "0042", c: "2026-01-01", d: "x: y", e: "a #b"}\n',
        *(
            tag(k, v)
            for k, v in zip("abcde", ("no", "0042", "2026-01-01", "x: y", "a #b"), strict=True)
        ),
    )


@pytest.mark.parametrize(
    ("body", "at", "line"),
    [
        ("users:\n  alice: &a\n    path: /x/\n  bob: *a\n", ("alice", "path"), 4),
        ("users:\n  alice: &a\n    path: /x/\n  bob: *a\n", ("bob", "path"), 4),
        ("users:\n  alice: &a\n    path: /x/\n  bob: *a\n", ("alice",), 4),
        ("users:\n  alice: {path: &p /x/}\n  bob: {path: *p}\n", ("alice",), 4),
        ("users:\n  alice: {path: &p /x/}\n  bob: {path: *p}\n", ("bob", "path"), 4),
        ("users:\n  alice: &a\n    path: /x/\n  bob:\n    <<: *a\n", ("bob", "path"), 7),
        ("users:\n  ? alice\n  : path: /x/\n", ("alice",), 4),
    ],
)
def test_what_cannot_be_edited_safely_is_refused_with_its_line(
    body: str, at: tuple[str, ...], line: int
) -> None:
    new = None if len(at) == 1 else "/q/"
    with pytest.raises(Conflict) as raised:
        edited(HEAD + body, Change(("users", *at), "/x/", new))
    assert raised.value.code == "UnmodifiableEntity"
    assert raised.value.where is not None
    assert raised.value.where.line == line
    assert f"d.yaml:{line}:" in raised.value.message


def test_what_stands_beside_an_anchor_or_merge_key_can_be_edited() -> None:
    body = "users:\n  alice: &a\n    path: /x/\n  bob:\n    <<: *a\n  carol: *a\n"
    case(body, body.replace("  carol: *a\n", ""), Change(("users", "carol"), {}, None))
    case(
        body,
        body.replace("<<: *a\n", "<<: *a\n    boundary: P\n"),
        Change(("users", "bob", "boundary"), None, "P"),
    )


def test_one_tag_in_a_thousand_users_changes_one_line() -> None:
    rng = random.Random(11)
    plain: dict[str, Any] = {"iamctl": 1, "account": {"id": "123456789012"}}
    plain["users"] = {f"user{n:04d}": hand.random_user(rng) for n in range(1000)}
    plain["users"]["user0500"]["tags"] = {"team": "payments"}
    text = hand.HandFormatted(rng).write(plain).decode().removeprefix("\ufeff")
    new = edited(text, tag("cost", "4711", ("users", "user0500")))
    lines = changed_lines(text, new)
    assert len(lines) <= 2
    assert any("4711" in line for line in lines)


def changed_lines(old: str, new: str) -> list[str]:
    diff = difflib.unified_diff(old.splitlines(), new.splitlines(), n=0, lineterm="")
    return [line for line in diff if line[0] in "+-" and line[:3] not in ("+++", "---")]


# --- metadata, which is a text of several lines, and rules, which are a list of records ----------

XML = "<EntityDescriptor>\n" + "  <x/>\n" * 150 + "\n</EntityDescriptor>\n"
NEW = XML.replace("<x/>", "<y/>")
CORP = ("identity_providers", "corp")


def block(text: str, margin: str) -> str:
    """The lines of a block text at a margin."""
    return "".join(margin + line if line.strip() else line for line in text.splitlines(True))


def test_a_new_text_of_several_lines_is_a_block_text() -> None:
    case(
        "users:\n  a: {}\n",
        "users:\n  a: {}\nidentity_providers:\n  corp:\n    saml_metadata: |\n"
        + block(XML, "      "),
        Change(CORP, None, {"saml_metadata": XML}),
    )
    case(
        "identity_providers:\n    b:\n        url: https://b\n# end\n",
        "identity_providers:\n    b:\n        url: https://b\n"
        "    corp:\n        saml_metadata: |-\n"
        + block(XML, "            ")
        + "        created: 2026-01-01\n# end\n",
        Change(CORP, None, {"saml_metadata": XML[:-1], "created": "2026-01-01"}),
    )


def test_a_block_text_gives_way_to_another_in_its_place() -> None:
    head = "identity_providers:\n  corp:\n    saml_metadata: "
    tail = "    # when\n    created: 2026-01-01\n"
    change = Change((*CORP, "saml_metadata"), XML, NEW)
    old, new = block(XML, "       "), block(NEW, "      ")
    case(f"{head}|  # theirs\n{old}{tail}", f"{head}|  # theirs\n{new}{tail}", change)
    quoted = XML.replace("\n", "\\n")
    case(f'{head}"{quoted}"\n{tail}', f"{head}|\n{new}{tail}", change)


@pytest.mark.parametrize("after", [" # comment\n", "\n     # deeper\n"])
def test_no_block_text_swallows_a_comment(after: str) -> None:
    head = "identity_providers:\n  corp:\n    saml_metadata: "
    old, new = XML.replace("\n", "\\n"), NEW.replace("\n", "\\n")
    change = Change((*CORP, "saml_metadata"), XML, NEW)
    case(f'{head}"{old}"{after}', f'{head}"{new}"{after}', change)


@pytest.mark.parametrize(
    "text",
    [
        " " + XML,
        "\n" + XML,
        XML + "\n",
        XML + "  \n",
        XML.replace("\n", "\r\n"),
        XML + "\x85\n",
        XML + "\u2028\n",
    ],
)
def test_what_no_block_text_can_hold_is_quoted(text: str) -> None:
    new = edited(HEAD + "users:\n  a: {}\n", Change(CORP, None, {"saml_metadata": text}))
    assert '    saml_metadata: "' in new


def test_a_rule_goes_with_its_lines_alone() -> None:
    rules = [
        f"          # {n}\n          - {{claim: c, match: Equals, value: v{n}, role: r}}\n"
        for n in range(3)
    ]
    head = "identity_pools:\n  web:\n    role_mappings:\n      g:\n"
    head += "        type: rules\n        rules:\n"
    at = ("identity_pools", "web", "role_mappings", "g", "rules")
    rule = {"claim": "c", "match": "Equals", "value": "v1", "role": "r"}
    case(head + "".join(rules), head + rules[0] + "          # 1\n" + rules[2],
         Change((*at, 1), rule, None))  # fmt: skip
    case(head + "".join(rules), head + "".join(rules).replace("v1, role: r", "v1, role: s"),
         Change((*at, 1, "role"), "r", "s"))  # fmt: skip
