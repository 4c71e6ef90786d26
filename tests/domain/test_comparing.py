"""What two states of a directory differ in."""

import os
from typing import cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iamctl.domain.change import Change, Renamed, apply_changes
from iamctl.domain.comparing import changes_between
from iamctl.domain.comparing_documents import alike
from iamctl.domain.documents import parse_document
from iamctl.domain.wording import describe
from tests.domain.states import directories, meaning

SCALE = int(os.environ.get("IAMCTL_TEST_SCALE", "1"))
ALICE, BOB = "AIDAALICEALICEALICEAL", "AIDABOBBOBBOBBOBBOBBO"


def words(old, new):
    """The differences in words, which are proved to lead from the one to the other."""
    changes = changes_between(old, new)
    assert meaning(apply_changes(old, changes)) == meaning(new)
    return [describe(change) for change in changes]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ({"users": {"a": {}}}, {"users": {"a": {}}}, []),
        ({"users": {"a": {}}}, {}, ['remove user "a"']),
        ({}, {"users": {"a": {}}}, ['add user "a"']),
        (
            {"groups": {"g": {"members": ["a", "b"], "policies": ["p", "q"]}}},
            {"groups": {"g": {"members": ["b", {"user": "a"}], "policies": ["q", "p"]}}},
            [],
        ),
        (
            {"groups": {"g": {"members": ["a", "b"]}}},
            {"groups": {"g": {"members": ["b", "c"]}}},
            ['group "g": remove member a', 'group "g": add member c'],
        ),
        (
            {"groups": {"g": {"members": ["a"]}}},
            {"groups": {"g": {"members": [{"user": "a", "until": "2027-01-01T00:00:00Z"}]}}},
            ['group "g": set member a until 2027-01-01T00:00:00Z'],
        ),
        ({"users": {"a": {"tags": {}}}}, {"users": {"a": {}}}, []),
        (
            {"users": {"a": {"tags": {"t": "1"}}}},
            {"users": {"a": {"tags": {"t": "2"}}}},
            ['user "a": set tag t = 2'],
        ),
        (
            {"account": {"id": "123456789012"}},
            {"account": {"id": "123456789012", "alias": "x"}},
            ["account: add alias = x"],
        ),
    ],
)
def test_says_what_differs(old, new, said):
    assert words(old, new) == said


def test_a_rename_is_known_by_the_unique_id_and_memberships_and_devices_follow():
    old = {
        "users": {"alice": {"id": ALICE}, "bob": {"id": BOB}},
        "groups": {"g": {"members": ["alice", "bob"]}},
        "mfa": {"phone": {"user": "alice"}},
    }
    new = {
        "users": {"alicia": {"id": ALICE}, "bob": {"id": BOB}},
        "groups": {"g": {"members": ["alicia", "bob"]}},
        "mfa": {"phone": {"user": "alicia"}},
    }
    assert words(old, new) == [
        'user "alice": rename to "alicia"',
        'group "g": rename member alice to alicia',
        'MFA device "phone": set user = alicia',
    ]


def test_another_unique_id_under_the_name_is_another_user():
    old, new = {"users": {"alice": {"id": ALICE}}}, {"users": {"alice": {"id": BOB}}}
    assert words(old, new) == ['remove user "alice"', 'add user "alice"']


def test_a_name_that_is_free_by_now_is_taken_by_a_rename():
    old = {"users": {"alice": {"id": ALICE}, "bob": {"id": BOB}}}
    new = {"users": {"bob": {"id": ALICE}}}
    assert words(old, new) == ['remove user "bob"', 'user "alice": rename to "bob"']


def test_renames_in_a_row_go_last_first():
    third = "AIDATHIRDTHIRDTHIRDTH"
    old = {"users": {"a": {"id": ALICE}, "b": {"id": BOB}, "c": {"id": third}}}
    new = {"users": {"b": {"id": ALICE}, "c": {"id": BOB}, "d": {"id": third}}}
    assert changes_between(old, new) == (
        Renamed("users", third, "c", "d"),
        Renamed("users", BOB, "b", "c"),
        Renamed("users", ALICE, "a", "b"),
    )
    assert meaning(apply_changes(old, changes_between(old, new))) == meaning(new)


def test_two_who_swap_names_are_made_anew():
    old = {"users": {"a": {"id": ALICE}, "b": {"id": BOB}}}
    new = {"users": {"a": {"id": BOB}, "b": {"id": ALICE}}}
    assert words(old, new) == [
        'remove user "a"', 'remove user "b"', 'add user "a"', 'add user "b"'
    ]  # fmt: skip


def test_a_user_who_only_gets_a_unique_id_stays():
    old, new = {"users": {"a": {}}}, {"users": {"a": {"id": ALICE}}}
    assert words(old, new) == [f'user "a": add id = {ALICE}']


def allowing(*actions, sid=None):
    named = {} if sid is None else {"Sid": sid}
    return {**named, "Effect": "Allow", "Action": list(actions), "Resource": "*"}


def documents(*statements):
    return {"policies": {"p": {"document": {"Statement": list(statements)}}}}


def test_statements_are_known_by_what_they_say_and_by_their_sid():
    old = documents(allowing("s3:A"), allowing("s3:B", sid="B"), allowing("s3:C"))
    new = documents(allowing("s3:B", "s3:D", sid="B"), allowing("s3:C"), allowing("s3:E"))
    assert words(old, new) == [
        'policy "p": document, statement 2: set Action = s3:B, s3:D',
        'policy "p": document: remove statement 1',
        'policy "p": document: add statement 3',
    ]


def test_orders_and_single_values_in_documents_say_nothing():
    old = documents(allowing("s3:A", "s3:B"), {"Effect": "Deny", "Action": "*", "Resource": "*"})
    new = documents(
        {"Effect": "Deny", "Action": ["*"], "Resource": ["*"]}, allowing("s3:B", "s3:A")
    )
    assert words(old, new) == []
    assert alike({"Bool": {"aws:MultiFactorAuthPresent": True}},
                 {"Bool": {"aws:MultiFactorAuthPresent": "true"}}, "Condition")  # fmt: skip
    assert not alike(allowing("s3:A"), {**allowing("s3:A"), "Effect": "Deny"})
    assert not alike(["a"], [])


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ({"Condition": {"Bool": {"a:b": True}}}, {"Condition": {"Bool": {"a:b": 1}}}),
        ({"Condition": {"StringLike": {"a:b": 1}}}, {"Condition": {"StringLike": {"a:b": 1.0}}}),
        ({"Condition": {"Bool": {"a:b": []}}}, {"Condition": {"Bool": {}}}),
        ({"Effect": "Allow"}, {"Effect": ["Allow"]}),
        ({"Sid": "1"}, {"Sid": 1}),
        ({"Principal": {"AWS": "123456789012"}}, {"Principal": {"AWS": 123456789012}}),
        ({"Principal": "*"}, {"Principal": ["*"]}),
        ({"Resource": "true"}, {"Resource": True}),
    ],
)  # fmt: skip
def test_what_aws_reads_otherwise_is_not_alike(old, new):
    """One of the two is read, or matches; the other is not, or does not."""
    assert not alike(old, new)
    assert words(documents(old), documents(new))


odd = st.sampled_from(["1", 1, 1.0, True, "true", "s3:A", "*", "Allow", "arn:aws:s3:::b"])
listed = odd | st.lists(odd, max_size=2)
loose_statement = st.fixed_dictionaries(
    {"Effect": st.just("Allow") | listed, "Action": st.just("s3:A") | listed},
    optional={
        "Sid": st.sampled_from(["A", "1"]) | listed,
        "Resource": st.just("*") | listed,
        "Principal": st.dictionaries(st.just("AWS"), listed) | listed,
        "Condition": st.dictionaries(st.sampled_from(["Bool", "StringLike"]),
                                     st.dictionaries(st.just("a:b"), listed)),
    },
)  # fmt: skip
loose_document = st.fixed_dictionaries(
    {"Statement": loose_statement | st.lists(loose_statement, max_size=2)},
    optional={"Version": st.just("2012-10-17") | listed},
)


@st.composite
def near_documents(draw):
    """A document, and one that differs from it in a few places at most."""

    def again(value):
        kind = draw(st.integers(0, 11))
        if kind == 0:
            return [value]
        if isinstance(value, dict):
            return {key: again(inner) for key, inner in value.items()}
        if isinstance(value, list):
            items = [again(item) for item in value]
            return items[0] if kind == 1 and len(items) == 1 else items[:: -1 if kind == 2 else 1]
        return draw(odd) if kind == 3 else value

    one = draw(loose_document)
    return one, again(one)


def as_decided(plain, kind):
    """All that a decision can see of a document; None where it cannot be read."""
    document, _ = parse_document(plain, kind)
    if document is None:
        return None
    return document.version, sorted(
        repr([
            part.effect, part.sid,
            [p and sorted((k, sorted(set(v))) for k, v in p.items())
             for p in (part.principals, part.not_principals)],
            [v if v is None else sorted(set(v))
             for v in (part.actions, part.not_actions, part.resources, part.not_resources)],
            sorted((c.operator, c.key, sorted(set(c.values))) for c in part.conditions),
        ])
        for part in document.statements
    )  # fmt: skip


@settings(max_examples=150 * SCALE, deadline=None)
@given(near_documents(), st.sampled_from(["identity", "resource", "trust"]))
def test_documents_that_are_alike_are_decided_alike(both, kind):
    one, other = both
    if alike(one, other):
        assert as_decided(one, kind) == as_decided(other, kind)


def test_a_single_statement_is_a_list_of_one():
    one = allowing("s3:A", sid="A")
    assert alike({"Statement": one}, {"Statement": [one]})
    assert not alike({"Statement": one}, {"Statement": [one, one]})
    assert not alike({"Statement": {}}, {"Statement": []})


def test_resource_policies_change_by_statement():
    old = {"resources": {"arn:aws:s3:::b": {"Statement": [allowing("s3:A")]}}}
    new = {"resources": {"arn:aws:s3:::b": {"Statement": [allowing("s3:B")]}}}
    assert words(old, new) == ['resource "arn:aws:s3:::b": policy, statement 1: set Action = s3:B']


@settings(max_examples=200 * SCALE, deadline=None)
@given(directories, directories)
def test_the_changes_lead_from_the_one_to_the_other(old, new):
    changes = changes_between(old, new)
    assert meaning(apply_changes(old, changes)) == meaning(new)
    if meaning(old) == meaning(new):
        assert all(isinstance(change, Renamed) or "id" in change.at for change in changes)


@settings(max_examples=50 * SCALE, deadline=None)
@given(directories)
def test_a_directory_differs_from_itself_in_nothing(directory):
    assert changes_between(directory, directory) == ()
    assert changes_between(directory, cast(dict, apply_changes(directory, ()))) == ()


def test_a_change_of_a_whole_section_is_told_name_by_name():
    assert changes_between({"users": {"a": {}, "b": {}}}, {"users": None}) == (
        Change(("users", "a"), {}), Change(("users", "b"), {})
    )  # fmt: skip
