"""What two states of a directory differ in."""

import os
from typing import cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iamctl.domain.change import Change, Renamed, apply_changes
from iamctl.domain.comparing import changes_between
from iamctl.domain.comparing_documents import alike
from iamctl.domain.wording import describe

SCALE = int(os.environ.get("IAMCTL_TEST_SCALE", "1"))
ALICE, BOB = "AIDAALICEALICEALICEAL", "AIDABOBBOBBOBBOBBOBBO"


def words(old, new):
    """The differences in words, which are proved to lead from the one to the other."""
    changes = changes_between(old, new)
    assert meaning(apply_changes(old, changes)) == meaning(new)
    return [describe(change) for change in changes]


def meaning(directory):
    """A directory's value without what says nothing, spelled another way than the code does."""
    found = {}
    for section, entities in directory.items():
        if section == "resources":
            found |= {(section, name): document(plain) for name, plain in entities.items()}
        elif section == "account":
            found[section] = entities
        elif entities is not None:
            found |= {(section, name): fields(plain) for name, plain in entities.items()}
    return found


def fields(entity):
    found = {}
    for field, value in entity.items():
        if value in ([], {}):
            continue
        if field == "document":
            found[field] = document(value)
        elif field == "inline":
            found[field] = {name: document(inner) for name, inner in value.items()}
        elif isinstance(value, list):
            found[field] = sorted((member(item) for item in value), key=repr)
        else:
            found[field] = value
    return found


def member(item):
    return item["user"] if isinstance(item, dict) and item.keys() == {"user"} else item


def document(value):
    """A document with each list sorted and each single value a list of one."""
    if isinstance(value, dict):
        return tuple(sorted((key, document(inner)) for key, inner in value.items()))
    items = value if isinstance(value, list) else [value]
    return tuple(
        sorted(
            {
                document(item) if isinstance(item, dict) else str(item).replace("True", "true")
                for item in items
            },
            key=repr,
        )
    )


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
                 {"Bool": {"aws:MultiFactorAuthPresent": "true"}})  # fmt: skip
    assert not alike(allowing("s3:A"), {**allowing("s3:A"), "Effect": "Deny"})
    assert not alike(["a"], [])


def test_resource_policies_change_by_statement():
    old = {"resources": {"arn:aws:s3:::b": {"Statement": [allowing("s3:A")]}}}
    new = {"resources": {"arn:aws:s3:::b": {"Statement": [allowing("s3:B")]}}}
    assert words(old, new) == ['resource "arn:aws:s3:::b": policy, statement 1: set Action = s3:B']


names = st.sampled_from(["a", "b", "c", "d"])
ids = st.none() | st.sampled_from([f"AIDA{letter * 17}" for letter in "ABCD"])
statement = st.fixed_dictionaries(
    {"Effect": st.sampled_from(["Allow", "Deny"]),
     "Action": st.sampled_from(["s3:A", "s3:B"]) | st.lists(st.sampled_from("xyz"), max_size=3)},
    optional={"Sid": st.sampled_from(["S", "T"]),
              "Condition": st.sampled_from([{"Bool": {"k": True}}, {"Bool": {"k": "true"}}])},
)  # fmt: skip
policy_document = st.fixed_dictionaries(
    {"Statement": statement | st.lists(statement, max_size=4)},
    optional={"Version": st.just("2012-10-17")},
)
attached = st.lists(names, unique=True, max_size=3)


def entity(**fields):
    return st.fixed_dictionaries(
        {}, optional={"path": st.sampled_from(["/", "/x/"]), "policies": attached, **fields}
    )


def with_ids(entities):
    """Entities of which no two have the same unique id."""
    return st.tuples(
        st.dictionaries(names, entities, max_size=4), st.lists(ids, min_size=4, max_size=4)
    ).map(lambda drawn: _numbered(*drawn))


def _numbered(entities, numbers):
    seen = set()
    for plain, number in zip(entities.values(), numbers, strict=False):
        if number is not None and number not in seen:
            plain["id"] = number
            seen.add(number)
    return entities


inline = st.dictionaries(names, policy_document, max_size=2)
members = names | st.builds(lambda user, until: {"user": user, "until": until}, names,
                           st.sampled_from(["2027-01-01T00:00:00Z", "2028-01-01T00:00:00Z"])) \
    | st.builds(lambda user: {"user": user}, names)  # fmt: skip
directories = st.fixed_dictionaries(
    {"account": st.just({"id": "123456789012"})},
    optional={
        "users": with_ids(entity(tags=st.dictionaries(names, names, max_size=2), inline=inline)),
        "groups": with_ids(entity(
            inline=inline,
            members=st.lists(members, max_size=3, unique_by=lambda m: m if isinstance(m, str)
                             else m["user"]),
        )),
        "policies": with_ids(st.fixed_dictionaries({"document": policy_document})),
        "resources": st.dictionaries(names, policy_document, max_size=2),
        "mfa": with_ids(entity(user=names)),
    },
)  # fmt: skip


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
