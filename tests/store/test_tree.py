import gc
import os
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from yaml.nodes import MappingNode, ScalarNode

from iamctl.domain.errors import InvalidDirectory
from iamctl.domain.source import Source
from iamctl.store import tree as tree_module
from iamctl.store.tree import Tree, compose_text, entries, parse_tree

SCALE = int(os.environ.get("IAMCTL_TEST_SCALE", "1"))

FILE = """\
iamctl: 1   # über
users:
  alice:
    tags: {team: "pay", cost: 0042}
  bob:
groups:
  dev:
    members:
      - alice
      - user: bob
        until: 2026-12-31
policies:
  P:
    document:
      Statement:
        - Effect: Allow
          Action: ["a:b", "c:d"]
"""


def problem_of(data: bytes | str):
    """The one problem of bytes that are no directory tree."""
    with pytest.raises(InvalidDirectory) as raised:
        parse_tree(data.encode() if isinstance(data, str) else data, "d.yaml")
    assert len(raised.value.problems) == 1
    assert raised.value.where == raised.value.problems[0].source
    return raised.value.problems[0]


def tree_or_problems(data: bytes):
    try:
        return parse_tree(data, "d.yaml")
    except InvalidDirectory as error:
        return error.problems


def place(problem) -> tuple[int, int]:
    return problem.source.line, problem.source.column


@pytest.mark.parametrize(
    ("at", "line", "column"),
    [
        ((), 1, 1),
        (("iamctl",), 1, 9),
        (("users", "alice"), 3, 3),
        (("users", "alice", "tags", "team"), 4, 18),
        (("users", "alice", "tags", "missing"), 4, 5),
        (("users", "nobody", "tags"), 2, 1),
        (("groups", "dev", "members", "alice"), 9, 9),
        (("groups", "dev", "members", "bob"), 10, 9),
        (("groups", "dev", "members", "bob", "until"), 11, 16),
        (("groups", "dev", "members", 0), 9, 9),
        (("groups", "dev", "members", "carol"), 8, 5),
        (("policies", "P", "document", "Statement", 0), 16, 11),
        (("policies", "P", "document", "Statement", 0, "Action", 1), 17, 27),
        (("policies", "P", "document", "Statement", 7), 15, 7),
        (("iamctl", "deeper"), 1, 1),
        (("users", "bob"), 5, 3),
        (("users", "bob", "path"), 5, 3),
    ],
)
def test_a_value_is_located_by_its_address(at, line, column):
    assert parse_tree(FILE.encode(), "d.yaml").locate(at) == Source("d.yaml", line, column)


def test_node_at_answers_only_for_what_exists():
    tree = parse_tree(FILE.encode(), "d.yaml")
    node = tree.node_at(("users", "alice", "tags", "cost"))
    assert isinstance(node, ScalarNode)
    assert node.value == "0042"
    assert tree.node_at(()) is tree.root
    assert tree.node_at(("users", "alice", "tags", "x")) is None


def test_marks_index_the_text_without_the_byte_order_mark_and_with_crlf():
    data = b"\xef\xbb\xbf" + "a: ü\r\nb: {c: d}\r\n".encode()
    tree = parse_tree(data, "d.yaml")
    node = tree.node_at(("b", "c"))
    assert node is not None
    assert tree.bom
    assert tree.text[node.start_mark.index : node.end_mark.index] == "d"
    assert tree.locate(("b", "c")) == Source("d.yaml", 2, 8)


def test_scalars_carry_no_guessed_tag_and_written_tags_are_kept():
    tree = parse_tree(b"a: 1\nb: !!python/object:os.system x\nc: !!str y\n", "d.yaml")
    assert [v.tag for _, v, _ in entries(tree.root)] == [
        "",
        "tag:yaml.org,2002:python/object:os.system",
        "tag:yaml.org,2002:str",
    ]


def test_aliases_and_merges_are_marked_indirect():
    tree = parse_tree(b"base: &b {x: 1, y: 2}\nuse: {<<: *b, y: 3}\nsame: *b\n", "d.yaml")
    assert tree.node_at(("use", "y")).value == "3"
    assert tree.node_at(("use", "x")).value == "1"
    assert [s.indirect for s in tree.steps(("use", "x"))] == [False, True]
    assert [s.indirect for s in tree.steps(("use", "y"))] == [False, False]
    assert [s.indirect for s in tree.steps(("same", "x"))] == [True, False]


def test_the_first_of_several_merged_mappings_wins():
    tree = parse_tree(b"a: &a {x: 1}\nb: &b {x: 2, z: 3}\nuse: {<<: [*a, *b]}\n", "d.yaml")
    use = tree.node_at(("use",))
    assert isinstance(use, MappingNode)
    assert [(k.value, v.value) for k, v, _ in entries(use)] == [("x", "1"), ("z", "3")]


def test_a_quoted_merge_key_is_an_ordinary_key():
    tree = parse_tree(b"a: &a {x: 1}\nuse: {'<<': *a}\n", "d.yaml")
    assert tree.node_at(("use", "x")) is None
    assert tree.node_at(("use", "<<", "x")) is not None


@pytest.mark.parametrize(
    ("text", "where", "code", "words", "hint"),
    [
        ("a: *", (1, 4), "alias", 'unquoted "*"', 'put it between quotes: "*"'),
        ("Action: *:b", (1, 9), "alias", 'unquoted "*"', 'put it between quotes: "*:b"'),
        ("a: *foo", (1, 4), "alias", "names no anchor", '"*foo"'),
        ("a: &x 1\nb: &x 2", (2, 4), "alias", "line 1 already", "another name"),
        ("a: &", (1, 4), "syntax", 'unquoted "&"', "quotes"),
        ("a: @x", (1, 4), "syntax", '"@"', "quotes"),
        ("a: `x", (1, 4), "syntax", '"`"', "quotes"),
        ("a: %x", (1, 4), "syntax", '"%"', "quotes"),
        ("a: !<x b", (1, 4), "tag", '"!"', "quotes"),
        ("a:\n\tb: c", (2, 1), "tab", "a tab", "spaces"),
        ("a: b\n\tc: d", (2, 1), "tab", "a tab", "spaces"),
        ("a: 'abc\nb: c\n", (1, 4), "syntax", "never closed", "same character"),
        ('a: "\\q"', (1, 5), "syntax", "backslash", "single quotes"),
        ("a: [b, c\nd: e\n", (1, 4), "syntax", 'this "["', "line 2"),
        ("a: {b: c\nd: e\n", (1, 4), "syntax", 'this "{"', "line 2"),
        ("a: [b c: d e: f]", (1, 13), "syntax", '"," or the closing "]"', None),
        ("a: b: c", (1, 5), "syntax", 'second ": "', "quotes"),
        ("a: b\n  c: d", (2, 4), "syntax", "does not fit", "indentation"),
        ("a:\n  b: c\n d: e", (3, 2), "syntax", "does not fit the mapping", "indentation"),
        ("a:\n  - b\n  c", (3, 3), "syntax", "missing after this key", None),
        ("a: 'x'y", (1, 7), "syntax", "may follow", None),
        ("a: - b", (1, 4), "syntax", "a list cannot start behind its key", "next line"),
        ("a: ,b", (1, 4), "syntax", '","', "quotes"),
        ("- [", (2, 1), "syntax", "the file ends", None),
        ("%YAML 3.0\n---\na: b", (1, 1), "syntax", '"%"', None),
        ("a: |9x\n", (1, 6), "syntax", "not valid YAML", None),
        ("a: b\n---\nc: d", (2, 1), "second-document", "second YAML document", None),
        ("a: b\n...\nc: d", (3, 1), "second-document", "second YAML document", None),
        ("", (1, 1), "empty", "the file is empty", "init"),
        ("# only a comment\n", (1, 1), "empty", "the file is empty", "init"),
        ("- a", (1, 1), "wrong-kind", "not a list", "iamctl: 1"),
        ("\nhello", (2, 1), "wrong-kind", "not a text", "iamctl: 1"),
        ("a: b\n# ü\x07", (2, 4), "encoding", "U+0007", None),
        ("a: &a [*a]", (1, 4), "alias", "inside the very value", None),
        ("a: &a {<<: *a}", (1, 4), "alias", "inside the very value", None),
    ],
)
def test_what_is_no_yaml_is_told_in_words(text, where, code, words, hint):
    problem = problem_of(text)
    assert (place(problem), problem.code) == (where, code)
    assert words in problem.message
    assert not problem.message.endswith(".")
    if hint:
        assert hint in (problem.hint or "")


@pytest.mark.parametrize(
    ("data", "where", "words"),
    [
        ("a: b".encode("utf-16"), (1, 1), "UTF-16"),
        (b"a: b\nc: \xff", (2, 4), "0xff"),
        (b"\xef\xbb\xbfa: \xc3\xbc\xe9 ", (1, 5), "0xe9"),
        (b"a: \x00", (1, 4), "U+0000"),
        (b"\xef\xbb\xbf\xef\xbb\xbfa: b", (1, 1), "second byte order mark"),
    ],
)
def test_wrong_encodings_are_located(data, where, words):
    problem = problem_of(data)
    assert (place(problem), problem.code) == (where, "encoding")
    assert words in problem.message


def test_every_merge_conflict_is_told_with_both_sides():
    text = "a: 1\n<<<<<<< HEAD\r\nb: 2\n=======\nb: 3\n>>>>>>> feature/x\nc: 4\n" * 2
    with pytest.raises(InvalidDirectory) as raised:
        parse_tree(text.encode(), "d.yaml")
    first, second = raised.value.problems
    assert (place(first), place(second)) == ((2, 1), (9, 1))
    assert first.code == "merge-conflict"
    assert '"HEAD" in lines 2 to 4, "feature/x" in lines 4 to 6' in first.message


def test_a_value_that_mentions_markers_is_no_conflict():
    tree = parse_tree(b"a: |\n  <<<<<<< HEAD\n  =======\n  >>>>>>> x\n", "d.yaml")
    assert tree.node_at(("a",)).value.startswith("<<<<<<<")


def test_alias_bombs_are_refused_and_modest_reuse_is_not():
    bomb = "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n" + "".join(
        f"a{i}: &a{i} [{','.join([f'*a{i - 1}'] * 10)}]\n" for i in range(1, 20)
    )
    assert problem_of(bomb).code == "alias"
    modest = "a: &a {x: 1, y: 2}\n" + "".join(f"u{i}: *a\n" for i in range(5000))
    assert parse_tree(modest.encode(), "d.yaml").node_at(("u4999", "x")).value == "1"


@pytest.mark.parametrize(
    "text",
    [
        "a: " + "[" * 100_000,
        "a: " + "[" * 300 + "]" * 300,
        "- " * 100_000,
        "? " * 100_000,
        "\n".join(" " * i + "a:" for i in range(2000)),
        "x1: &x1 {}\n" + "".join(f"x{i}: &x{i} {{<<: *x{i - 1}}}\n" for i in range(2, 3000)),
    ],
)
def test_hostile_nesting_is_refused(text):
    problem = problem_of(text)
    assert problem.code in {"too-deep", "alias"}
    assert "deep" in problem.message


def test_files_above_the_size_limit_are_refused(monkeypatch):
    monkeypatch.setattr(tree_module, "MAX_BYTES", 10)
    assert parse_tree(b"a: 4567890", "d.yaml").root.value
    assert problem_of("a: 45678901").code == "too-large"


def test_the_garbage_collector_is_as_it_was():
    assert gc.isenabled()
    parse_tree(b"a: b", "d.yaml")
    problem_of("a: [")
    assert gc.isenabled()
    gc.disable()
    try:
        parse_tree(b"a: b", "d.yaml")
        assert not gc.isenabled()
    finally:
        gc.enable()


def test_a_piece_of_text_is_composed_with_its_indentation():
    node = compose_text("    alice:\n      path: /a/\n", "d.yaml")
    assert isinstance(node, MappingNode)
    assert [k.value for k, _, _ in entries(node)] == ["alice"]
    assert compose_text("# nothing\n", "d.yaml") is None
    with pytest.raises(InvalidDirectory):
        compose_text("a: &a [*a]", "d.yaml")


def test_the_pure_python_loader_gives_the_same_nodes(monkeypatch):
    fast = parse_tree(FILE.encode(), "d.yaml")
    monkeypatch.setattr(tree_module, "Loader", tree_module.PythonLoader)
    slow = parse_tree(FILE.encode(), "d.yaml")

    def outline(node):
        mark = (node.start_mark.index, node.start_mark.line, node.start_mark.column)
        if isinstance(node, ScalarNode):
            return node.tag, node.value, node.style or None, mark
        children = [c for e in node.value for c in (e if isinstance(e, tuple) else (e,))]
        return node.tag, [outline(c) for c in children], mark

    assert outline(slow.root) == outline(fast.root)
    assert problem_of("a: *").code == "alias"
    assert problem_of("a: " + "[" * 5000).code == "too-deep"
    assert problem_of("a: \x07").code == "encoding"


_YAML_BITS = st.sampled_from(
    ["a", "b", ": ", ":", "\n", "  ", " ", "- ", "[", "]", "{", "}", ",", "&x ", "*x", "<<: ",
     "'", '"', "|", ">", "\n  ", "\t", "#", "!!str ", "!", "%", "@", "---\n", "...\n", "? ", "~",
     "\r\n", "\ufeff", "\x85", "\u2028", "ü", "\U0001f600", "\\", "<<<<<<< x\n", "=======\n",
     ">>>>>>> y\n", "1", "true", "\x00"]
)  # fmt: skip


@settings(max_examples=300 * SCALE, deadline=None)
@given(st.one_of(st.binary(max_size=80), st.lists(_YAML_BITS, max_size=40).map("".join)))
def test_hostile_bytes_give_a_tree_or_located_problems(data):
    raw = data if isinstance(data, bytes) else data.encode()
    lines = len(re.split("\r\n|[\r\n\x85\u2028\u2029]", raw.decode("utf-8", "replace")))
    tree = tree_or_problems(raw)
    if isinstance(tree, Tree):
        for key, _, _ in entries(tree.root):
            if isinstance(key, ScalarNode):
                assert tree.locate((key.value,)).file == "d.yaml"
        return
    assert tree
    for problem in tree:
        assert problem.source is not None
        assert 1 <= problem.source.line <= lines + 1
        assert problem.source.column >= 1
