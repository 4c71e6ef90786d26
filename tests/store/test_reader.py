import os

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iamctl.domain.directory import Directory
from iamctl.domain.errors import InvalidDirectory
from iamctl.domain.shape import ACCOUNT, POLICY, RESERVED, SECTIONS
from iamctl.domain.source import Source
from iamctl.services.validate import findings
from iamctl.store.reader import (
    load_directory,
    read_directory,
    read_value,
)
from iamctl.store.tree import compose_text

SCALE = int(os.environ.get("IAMCTL_TEST_SCALE", "1"))
HEAD = 'iamctl: 1\naccount: {id: "123456789012"}\n'


def told(text: str) -> list[tuple[int, int, str]]:
    """Line and column, counted behind HEAD, and code of all problems."""
    problems = read_directory((HEAD + text).encode(), "d.yaml").problems
    return [(p.source.line - 2, p.source.column, p.code) for p in problems]


def only(text: str, head: str = HEAD):
    (problem,) = read_directory((head + text).encode(), "d.yaml").problems
    return problem


def plain_of(text: str):
    return load_directory((HEAD + text).encode(), "d.yaml").plain


def document_of(text: str):
    return plain_of(f"policies:\n  P:\n    document:\n      x: {text}\n")["policies"]["P"][
        "document"
    ]["x"]


def test_a_directory_is_read_with_places():
    directory = load_directory(
        (HEAD + "users:\n  alice:\n    path: /eng/\n  bob:\n").encode(), "d.yaml"
    )
    assert isinstance(directory, Directory)
    assert list(directory.users) == ["alice", "bob"]
    assert directory.user("alice").path == "/eng/"
    assert directory.user("alice").source == Source("d.yaml", 4, 3)
    assert directory.source_of(("users", "alice", "path")) == Source("d.yaml", 5, 11)
    assert directory.source_of(("users", "bob", "path")) == Source("d.yaml", 6, 3)


@pytest.mark.parametrize(
    "written", ["0042", "no", "yes", "2026-11-24", "1_000", "0x1F", "1e3", "12:30", "true", ".5"]
)
def test_texts_stay_what_was_written(written):
    tags = plain_of(f"users:\n  a:\n    tags: {{team: {written}}}\n")["users"]["a"]["tags"]
    assert tags == {"team": written}


def test_names_and_account_ids_are_texts_whatever_they_look_like():
    plain = load_directory(
        b"iamctl: 1\naccount: {id: 012345678901}\nusers:\n  no:\n  0042:\n  null:\n", "d.yaml"
    ).plain
    assert plain["account"] == {"id": "012345678901"}
    assert list(plain["users"]) == ["no", "0042", "null"]


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("1", 1), ("-2", -2), ("0", 0), ("1.5", 1.5), ("1e3", 1000.0), ("true", True),
        ("false", False), ("'1'", "1"), ('"true"', "true"), ("0042", "0042"), ("+1", "+1"),
        (".5", ".5"), ("1.", "1."), ("True", "True"), ("yes", "yes"), ("2012-10-17", "2012-10-17"),
        ("012345678901", "012345678901"), ("0x10", "0x10"), ("1_000", "1_000"), (".inf", ".inf"),
        ("'null'", "null"), ('""', ""), ("[a, 1]", ["a", 1]), ("{k: no}", {"k": "no"}),
        ("s3:*", "s3:*"), ("[]", []), ("{}", {}), ("--", "--"), ("9" * 300, int("9" * 300)),
    ],
)  # fmt: skip
def test_documents_type_scalars_as_json_does(written, value):
    read = document_of(written)
    assert read == value
    assert type(read) is type(value)


@pytest.mark.parametrize("written", ["", "~", "null", "Null", "NULL", "{k: ~}", "[a, null]"])
def test_documents_hold_no_null(written):
    problem = only(f"policies:\n  P:\n    document:\n      x: {written}\n")
    assert (problem.severity, problem.code) == ("error", "null")


def test_a_number_no_machine_holds_is_refused():
    assert only("policies:\n  P:\n    document: {x: 1e999}\n").code == "invalid-value"


def test_empty_collections_may_be_left_empty():
    plain = plain_of("users:\ngroups: ~\nroles: {}\npolicies: null\n")
    assert [plain[s] for s in ("users", "groups", "roles", "policies")] == [{}] * 4
    assert plain_of("groups:\n  g:\n    members:\n    policies: []\n")["groups"]["g"] == {
        "members": [],
        "policies": [],
    }


def test_members_may_carry_an_expiry():
    members = plain_of("groups:\n  g:\n    members:\n    - a\n    - {user: b, until: 2026-12-31}\n")
    assert members["groups"]["g"]["members"] == ["a", {"user": "b", "until": "2026-12-31"}]


def test_merge_keys_and_aliases_are_read():
    plain = plain_of(
        "users:\n  a: &a\n    path: /x/\n    tags: &t {team: b}\n"
        "  b:\n    <<: *a\n    path: /y/\n  c:\n    tags: *t\n"
    )
    assert plain["users"]["b"] == {"path": "/y/", "tags": {"team": "b"}}
    assert plain["users"]["c"] == {"tags": {"team": "b"}}


@pytest.mark.parametrize(
    ("text", "place", "code", "words", "hint"),
    [
        ("usres: {}", (1, 1), "unknown-key", '"usres" in the directory', '"users"'),
        ("users: {a: {pth: /}}", (1, 13), "unknown-key", '"pth" in user "a"', '"path"'),
        ("users: [a]", (1, 8), "wrong-kind", "a mapping of names, not a list", "`name:`"),
        ("users: a", (1, 8), "wrong-kind", "not a text", None),
        ("users: {a: [b]}", (1, 12), "wrong-kind", 'user "a" must be a mapping', None),
        ("users: {a: {policies: P}}", (1, 23), "wrong-kind", "must be a list", "`[P]`"),
        ("users: {a: {path: {b: c}}}", (1, 19), "wrong-kind", "not a mapping", "quotes"),
        ("users: {a: {path: [b]}}", (1, 19), "wrong-kind", "not a list", None),
        ("users: {a: {path: eng}}", (1, 19), "invalid-value", "a path", None),
        ("users: {a: {path: }}", (1, 19), "empty", '"path" has no value', "leave the line out"),
        ("users: {a: {path: ~}}", (1, 19), "empty", "no value", "quotes"),
        ("users: {'a b': {}}", (1, 9), "invalid-name", "a user name", None),
        ("users: {'': {}}", (1, 9), "invalid-name", "must not be empty", "letters, digits"),
        ("users: {а: {}}", (1, 9), "invalid-name", "a user name", None),
        ('users: {"a\\n": {}}', (1, 9), "invalid-name", "a user name", None),
        ("users:\n  a:\n  b:\n  a:", (4, 3), "duplicate-key", "in line 4 already", "keep one"),
        ("users: {a: {path: /, path: /}}", (1, 22), "duplicate-key", "repeated", None),
        ("users: {[a]: {}}", (1, 9), "wrong-kind", "a key of", None),
        ("users: {!x a: {}}", (1, 9), "tag", "a key has the YAML tag", None),
        ("users: !!map {}", (1, 8), "tag", "has the YAML tag", "remove"),
        ("users: {a: {path: !!str /x/}}", (1, 19), "tag", "has the YAML tag", "remove"),
        ("users: {a: !!python/object:os.system {}}", (1, 12), "tag", "os.system", "remove"),
        ("users: {a: {<<: x}}", (1, 13), "merge-key", "merge mappings", "anchor"),
        ("policies: {P: {document: {a: 1, a: 2}}}", (1, 33), "duplicate-key", '"a"', None),
        ("policies: {P: {document: {a: !!int 1}}}", (1, 30), "tag", "tag", "remove"),
        ("policies: {P: {}}", (1, 12), "missing-key", 'policy "P" lacks "document"', None),
        ("roles:\n  r:\n", (2, 3), "missing-key", 'role "r" lacks "trust"', None),
        ("groups: {g: {members: [{until: 2026-01-01}]}}", (1, 24), "missing-key", '"user"', None),
        ("groups: {g: {members: [[a]]}}", (1, 24), "wrong-kind", "not a list", None),
        ("groups: {g: {members: [{user: a, til: x}]}}", (1, 34), "unknown-key", "til", "until"),
        ("users: {a: {keys: {AKIAAAAAAAAAAAAAAAAA: {status: Inactive}}}}", (1, 51),
         "invalid-value", "active or inactive", '"inactive"'),
        ("users: {a: {keys: {AKIAAAAAAAAAAAAAAAAA: {secret: x}}}}", (1, 43),
         "unknown-key", '"secret"', None),
        ("directory: X", (1, 12), "invalid-value", "a directory UUID", None),
    ],
)  # fmt: skip
def test_what_the_shape_does_not_admit_is_told(text, place, code, words, hint):
    problem = only(text)
    assert (problem.source.line - 2, problem.source.column) == place
    assert (problem.severity, problem.code) == ("error", code)
    assert words in problem.message
    assert not problem.message.endswith(".")
    if hint:
        assert hint in (problem.hint or "")


@pytest.mark.parametrize("name", RESERVED)
def test_reserved_names_are_refused_with_their_reason(name):
    problem = only(f"{name}: {{}}\n")
    assert problem.code == "reserved-key"
    assert "reserved for a later version" in problem.message
    assert problem.hint


@pytest.mark.parametrize("written", ["'5'", "05", "-1", "5.0", "many", "", "[5]", "99999999999"])
def test_integers_are_digits_alone(written):
    head = "iamctl: 1\naccount:\n  id: '123456789012'\n  quotas:\n    users: "
    assert only(written, head).at == ("account", "quotas", "users")
    assert load_directory((head + "7").encode(), "d").account.quota("users") == 7


def test_required_keys_and_versions():
    assert [p.message for p in read_directory(b"{}", "d").problems] == [
        'the directory lacks "iamctl"',
        'the directory lacks "account"',
    ]
    newer = only("account: [whatever]\nnews: 1\n", "iamctl: 2\n")
    assert newer.code == "format-version"
    assert "format version 2" in newer.message
    assert newer.source == Source("d.yaml", 1, 9)
    assert only("account: {id: '123456789012'}\n", "iamctl: 0\n").hint is None


def test_all_problems_are_told_in_the_order_of_the_file():
    assert told("groups:\n  g: {pth: /}\nusers:\n  'a b':\n    path: x\nusres:\n") == [
        (2, 7, "unknown-key"),
        (4, 3, "invalid-name"),
        (5, 11, "invalid-value"),
        (6, 1, "unknown-key"),
    ]


def test_a_problem_that_several_aliases_lead_to_is_told_once():
    assert told("users:\n  a: &a {pth: x}\n  b: *a\n  c: {<<: *a}\n") == [(2, 10, "unknown-key")]


def test_floods_of_problems_stay_linear():
    many = 20_000
    unknown = "".join(f"  u{i}: {{pth: /}}\n" for i in range(many))
    problems = read_directory((HEAD + "users:\n" + unknown * 2).encode(), "d.yaml").problems
    assert len(problems) == 2 * many
    assert 0 < sum(bool(p.hint and "path" in p.hint) for p in problems) < many
    assert problems[-1].message.endswith("it stands in line 20003 already")


def test_loading_raises_with_all_problems():
    with pytest.raises(InvalidDirectory) as raised:
        load_directory((HEAD + "usres: {}\ngruops: {}\n").encode(), "d.yaml")
    assert len(raised.value.problems) == 2
    assert raised.value.where == Source("d.yaml", 3, 1)
    assert raised.value.hint == 'did you mean "users"?'
    assert read_directory(b"a: [", "d.yaml").tree is None


def test_a_segment_alone_reads_as_the_whole_file_does():
    segment = "  alice:\n    tags: {n: 0042}\n    policies:\n    - P\n"
    root = compose_text(segment, "d.yaml")
    ((_, node),) = root.value
    whole = plain_of("users:\n" + segment)
    assert read_value(SECTIONS["users"], node, ("users", "alice")) == (whole["users"]["alice"], ())
    ((_, bad),) = compose_text("alice: {pth: /}", "d.yaml").value
    _, (problem,) = read_value(SECTIONS["users"], bad, ("users", "alice"))
    assert problem.at == ("users", "alice", "pth")


def test_any_part_can_be_read_alone():
    node = compose_text("{id: 123456789012, quotas: {tags: 9}}", "d.yaml")
    assert read_value(ACCOUNT, node) == ({"id": "123456789012", "quotas": {"tags": 9}}, ())
    plain, problems = read_value(POLICY.fields["document"], compose_text("[~]", "x"), ("a",), "x")
    assert [(p.at, p.source) for p in problems] == [(("a", 0), Source("x", 1, 2))]
    assert plain == [""]


_WORDS = st.sampled_from(
    ["iamctl", "1", "account", "id", '"123456789012"', "quotas", "users", "alice", "bob", "groups",
     "members", "user",
     "until", "2026-12-31", "roles", "trust", "policies", "document", "Statement",
     "Effect", "Allow", "Principal", "AWS", "tags", "keys", "AKIAAAAAAAAAAAAAAAAA", "path", "/",
     "inline", "boundary", "created", "max_session_duration", "2h", "~", "<<", "null", "&a x",
     "*a", "!!int 5", "'q'", "organization",
     "arn:aws:iam::123456789012:user/bob", "AIDAAAAAAAAAAAAAAAAAA"]
)  # fmt: skip
_FLOW = st.recursive(
    _WORDS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4).map(lambda items: f"[{', '.join(items)}]"),
        st.lists(st.tuples(_WORDS, inner), max_size=5).map(
            lambda pairs: "{" + ", ".join(f"{k}: {v}" for k, v in pairs) + "}"
        ),
    ),
    max_leaves=25,
)
_SECTIONS = st.lists(st.tuples(_WORDS, _FLOW), max_size=6).map(
    lambda pairs: "".join(f"{key}: {value}\n" for key, value in pairs)
)


@settings(max_examples=300 * SCALE, deadline=None)
@given(st.one_of(_SECTIONS, _SECTIONS.map(lambda text: HEAD + text)))
def test_whatever_is_written_is_read_or_told_never_raised(text):
    result = read_directory(text.encode(), "d.yaml")
    found = findings(result.partial, result.problems)
    assert all(problem.source for problem in found)
    assert set(result.problems) <= set(found)
    if result.directory is None:
        assert any(problem.severity == "error" for problem in result.problems)


_NAMES = st.text("abcXYZ019_+=,.@-", min_size=1, max_size=12)
_VALUES = st.text(
    st.characters(min_codepoint=32, max_codepoint=255, exclude_categories=["Cc"]), max_size=20
)


@settings(max_examples=100 * SCALE, deadline=None)
@given(st.dictionaries(_NAMES, st.dictionaries(_NAMES, _VALUES, max_size=4), max_size=6))
def test_what_json_writes_is_read_back(users):
    from json import dumps

    def quoted(value):
        return dumps(value, ensure_ascii=False)

    lines = ["users:"] if users else ["users: {}"]
    for name, tags in users.items():
        lines.append(f"  {quoted(name)}:")
        pairs = ", ".join(f"{quoted(k)}: {quoted(v)}" for k, v in tags.items())
        lines.append(f"    tags: {{{pairs}}}")
    assert plain_of("\n".join(lines))["users"] == {n: {"tags": t} for n, t in users.items()}
