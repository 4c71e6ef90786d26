"""A three-way merge of directory files."""

import os

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iamctl.domain.comparing import changes_between
from iamctl.domain.errors import InvalidDirectory
from iamctl.domain.merging import merged
from iamctl.store.clashes import Markers
from iamctl.store.comments import comments_of
from iamctl.store.merging import Versions, merge_files
from iamctl.store.reader import load_directory

SCALE = int(os.environ.get("IAMCTL_TEST_SCALE", "1"))
BASE = """\
# Who we are.
iamctl: 1
account: {id: "123456789012"}

users:
  # the first
  alice:
    id: AIDAAAAAAAAAAAAAAAAAA
    tags: {team: a}  # hers
  bob:
    id: AIDABBBBBBBBBBBBBBBBB

groups:
  admins:
    members:
      - alice  # since ever
    policies: [p]
policies:
  p:
    document:
      Version: "2012-10-17"
      Statement:
        - {Effect: Allow, Action: "s3:Get*", Resource: "*"}
"""


def merge(base, ours, theirs):
    return merge_files(Versions(base.encode(), ours.encode(), theirs.encode()), "d.yaml")


def text(base, ours, theirs):
    both = merge(base, ours, theirs)
    assert both.clashes == ()
    return both.data.decode()


def test_what_each_side_wrote_stands_as_written():
    ours = BASE.replace("{team: a}  # hers", "{team:   b}   # hers alone")
    theirs = BASE.replace(
        "  bob:\n", "  # the second, who left\n  bob:\n    path: /old/\n"
    ).replace("# Who we are.", "# Who we all are.")
    assert text(BASE, ours, theirs) == theirs.replace(
        "{team: a}  # hers", "{team:   b}   # hers alone"
    )
    assert text(BASE, theirs, ours) == text(BASE, ours, theirs)


def test_new_users_of_both_sides_stand_one_after_the_other():
    carol = "  carol:  # ours\n    id: AIDACCCCCCCCCCCCCCCCC\n"
    dave = "  # theirs\n  dave:\n    id: AIDADDDDDDDDDDDDDDDDD\n"
    ours, theirs = (BASE.replace("\ngroups:", f"{who}\ngroups:") for who in (carol, dave))
    assert text(BASE, ours, theirs) == BASE.replace("\ngroups:", f"{carol}{dave}\ngroups:")


def test_members_of_both_sides_are_in_the_group_and_comments_stay():
    ours = BASE.replace("since ever\n", "since ever\n      - bob  # ours\n")
    carol = "      - user: carol\n        until: 2027-01-01T00:00:00Z\n"
    theirs = BASE.replace("      - alice", f"{carol}      - alice")
    assert text(BASE, ours, theirs) == ours.replace("      - alice", f"{carol}      - alice")


def test_comments_of_both_sides_in_one_entity_stay():
    ours = BASE.replace("  alice:\n", "  alice:  # ours\n").replace("team: a}", "team: b}")
    theirs = BASE.replace("  # the first\n", "  # the first\n  # and best\n")
    assert text(BASE, ours, theirs) == ours.replace(
        "  # the first\n", "  # the first\n  # and best\n"
    )


def test_entities_that_one_side_moved_stand_where_it_put_them():
    alice = BASE[BASE.index("  # the first") : BASE.index("  bob:")]
    moved = BASE.replace(alice, "").replace("BBB\n", f"BBB\n{alice}")
    changed = BASE.replace("BBB\n", "BBB\n    path: /x/\n")
    for ours, theirs in ((moved, changed), (changed, moved)):
        assert text(BASE, ours, theirs) == moved.replace("BBB\n", "BBB\n    path: /x/\n")


def test_a_new_section_stands_behind_whole_sections():
    ours = BASE.replace("BBB\n\n", "BBB\n  carol: {}\n\n")
    theirs = BASE.replace("\ngroups:", "\nroles:\n  r: {trust: {Statement: []}}\n\ngroups:")
    assert text(BASE, ours, theirs) == theirs.replace("BBB\n\n", "BBB\n  carol: {}\n\n")


def test_a_rename_on_one_side_and_a_change_on_the_other_meet():
    ours = BASE.replace("  bob:", "  robert:")
    theirs = BASE.replace("BBB\n", "BBB\n    path: /x/\n")
    expected = theirs.replace("  bob:", "  robert:")
    assert text(BASE, ours, theirs) == expected
    assert text(BASE, theirs, ours) == expected


def test_a_clash_is_marked_inside_its_entity_and_all_else_is_merged():
    ours = BASE.replace("team: a", "team: b").replace("policies: [p]", "policies: []")
    theirs = BASE.replace("team: a", "team: c").replace("  bob:\n", "  bob:  # he\n")
    both = merge(BASE, ours, theirs)
    assert [clash.at for clash in both.clashes] == [("users", "alice", "tags", "team")]
    assert both.directory is None
    assert both.data.decode() == theirs.replace("policies: [p]", "policies: []").replace(
        "    tags: {team: c}  # hers\n",
        "<<<<<<< ours\n    tags: {team: b}  # hers\n"
        "=======\n    tags: {team: c}  # hers\n>>>>>>> theirs\n",
    )


def test_a_removed_user_whom_the_other_side_changed_is_marked():
    gone = BASE.replace("  bob:\n    id: AIDABBBBBBBBBBBBBBBBB\n", "")
    theirs = BASE.replace("BBB\n", "BBB\n    path: /x/\n")
    mark = "<<<<<<< ours\n{}=======\n{}>>>>>>> theirs\n"
    bob = "  bob:\n    id: AIDABBBBBBBBBBBBBBBBB\n    path: /x/\n"
    assert merge(BASE, gone, theirs).data.decode() == gone.replace(
        "\ngroups:", mark.format("", bob) + "\ngroups:"
    )
    assert merge(BASE, theirs, gone).data.decode() == theirs.replace(bob, mark.format(bob, ""))


def test_what_clashes_is_marked_where_nothing_else_of_the_section_is_left():
    ops = "  ops:\n    members: [bob]\n"
    base = BASE.replace("policies:\n  p:", f"{ops}policies:\n  p:")
    ours = base.replace(ops, "")
    admins = ours[ours.index("  admins") : ours.index("policies:\n  p:")]
    theirs = base.replace(admins, "").replace("members: [bob]", "members: [alice]")
    new = ops.replace("bob", "alice")
    bare = ours.replace(admins, "")
    mark = "groups:\n<<<<<<< ours\n{}=======\n{}>>>>>>> theirs\n"
    assert merge(base, ours, theirs).data.decode() == bare.replace(
        "groups:\n", mark.format("", new)
    )
    assert merge(base, theirs, ours).data.decode() == bare.replace(
        "groups:\n", mark.format(new, "")
    )


def test_who_is_new_before_all_others_comes_first():
    new = "  # new\n  aaron:\n    id: AIDACCCCCCCCCCCCCCCCC\n"
    ours = BASE.replace("users:\n", f"users:\n{new}")
    theirs = BASE.replace("BBB\n", "BBB\n    path: /x/\n")
    expected = theirs.replace("users:\n", f"users:\n{new}")
    assert text(BASE, ours, theirs) == text(BASE, theirs, ours) == expected


def test_a_comment_stays_at_a_value_that_the_other_side_changed():
    base = BASE.replace("  # hers", "")
    ours = base.replace("{team: a}", "{team: b}")
    theirs = base.replace("{team: a}", "{team: a}  # hers")
    expected = ours.replace("{team: b}", "{team: b}  # hers")
    assert text(base, ours, theirs) == text(base, theirs, ours) == expected


ANCHORED = """\
iamctl: 1
account: {id: "123456789012"}
users:
  alice: &a
    tags: &t {team: a}
    policies: &p
      - p
      - q
  bob:
    tags: *t
    policies: *p
groups:
  devs:
    policies: *p
  ? ops
  : members:
    - bob
    - alice
"""


def test_entities_are_exchanged_in_a_file_with_anchors():
    ours = ANCHORED.replace("  alice:", "  ann:").replace("- alice", "- ann")
    theirs = ANCHORED.replace("  bob:\n", "  bob:  # he\n    path: /x/\n")
    expected = ours.replace("  bob:\n", "  bob:  # he\n    path: /x/\n")
    assert text(ANCHORED, ours, theirs) == text(ANCHORED, theirs, ours) == expected


def test_an_entity_whose_key_has_a_question_mark_can_go():
    ops = ANCHORED[ANCHORED.index("  ? ops") :]
    ours = ANCHORED.replace("  : members:\n", "\n  : members:\n")
    theirs = ANCHORED.replace(ops, "").replace("team: a", "team: b")
    assert text(ANCHORED, ours, theirs) == text(ANCHORED, theirs, ours) == theirs


def test_markers_bear_names_and_have_the_length_that_is_asked_for():
    versions = Versions(*(BASE.replace("team: a", f"team: {x}").encode() for x in "abc"))
    data = merge_files(versions, "d.yaml", Markers("HEAD", "topic", 9)).data.decode()
    assert "<<<<<<<<< HEAD\n" in data
    assert ">>>>>>>>> topic\n" in data


def test_the_files_that_both_made_clash_where_they_differ():
    both = merge("", BASE, BASE.replace("team: a", "team: b"))
    assert [clash.at for clash in both.clashes] == [("users", "alice")]
    assert merge("", BASE, BASE).data.decode() == BASE


@pytest.mark.parametrize("broken", [0, 1, 2])
def test_a_version_that_cannot_be_read_is_said_to_be_that(broken):
    texts = [BASE, BASE + "mfa: {}\n", BASE + "resources: {}\n"]
    texts[broken] = BASE + "usrs: {}\n"
    with pytest.raises(InvalidDirectory) as caught:
        merge(*texts)
    assert ("base", "ours", "theirs")[broken] in str(caught.value.problems[0].source)


def test_crlf_bom_and_a_missing_last_line_break_stay_as_ours_has_them():
    ours = "\ufeff" + BASE.replace("team: a", "team: b").replace("\n", "\r\n").rstrip("\r\n")
    theirs = BASE.replace("BBB\n", "BBB\n    path: /x/\n")
    both = merge(BASE, ours, theirs).data.decode()
    assert both == ours.replace("BBB\r\n", "BBB\r\n    path: /x/\r\n")


def test_whoever_changed_line_breaks_or_the_byte_order_mark_says_what_they_are():
    windows = "\ufeff" + BASE.replace("\n", "\r\n")
    renamed = BASE.replace("team: a", "team: b")
    for ours, theirs in ((renamed, windows), (windows, renamed)):
        both = merge(BASE, ours, theirs).data.decode()
        assert both == "\ufeff" + renamed.replace("\n", "\r\n")


@pytest.mark.parametrize("side", ["ours", "theirs"])
def test_what_one_side_wrote_is_taken_to_the_byte(side):
    base = BASE.encode()
    mixed = BASE.replace("  bob:\n", "  bob:  # he\r\n").encode().rstrip(b"\n")
    versions = Versions(base, mixed, base) if side == "ours" else Versions(base, base, mixed)
    assert merge_files(versions, "d.yaml").data == mixed


def test_line_breaks_are_those_of_most_of_our_lines():
    ours = BASE.replace("  bob:\n", "  bob:  # he\r\n")
    both = text(BASE, ours, BASE.replace("team: a", "team: b"))
    assert both == BASE.replace("team: a", "team: b").replace("  bob:\n", "  bob:  # he\n")


@pytest.mark.parametrize(
    ("place", "one", "other"),
    [
        ("# hers", "# hers alone", "# theirs"),
        ("  # the first", "  # the very first", "  # the one"),
        ("# since ever", "# since 2020", "# for good"),
        ("# Who we are.", "# Who?", "# Us."),
    ],
)
def test_comments_that_both_changed_clash(place, one, other):
    both = merge(BASE, BASE.replace(place, one), BASE.replace(place, other))
    (clash,) = both.clashes
    assert clash.at[0] in ("users", "groups", "iamctl")
    found = both.data.decode()
    assert f"{one}\n" in found
    assert f"{other}\n" in found
    with pytest.raises(InvalidDirectory):
        load_directory(both.data, "d.yaml")


def test_a_comment_on_what_the_other_side_removed_is_not_lost_unseen():
    ours = BASE.replace("      - alice  # since ever", "      - bob  # instead")
    theirs = BASE.replace("since ever", "since ever, ask Carol")
    for one, other in ((ours, theirs), (theirs, ours)):
        both = merge(BASE, one, other)
        assert [clash.at for clash in both.clashes] == [("groups", "admins", "comments")]
        assert both.data.decode().count("ask Carol") == 1
    gone = BASE.replace("  bob:\n    id: AIDABBBBBBBBBBBBBBBBB\n", "")
    theirs = BASE.replace("  bob:\n", "  bob:  # on leave\n")
    for one, other in ((gone, theirs), (theirs, gone)):
        both = merge(BASE, one, other)
        assert [clash.at for clash in both.clashes] == [("users", "bob", "comments")]
        assert both.data.decode().count("# on leave") == 1


def test_a_comment_follows_a_rename_on_the_other_side():
    ours = BASE.replace("  bob:", "  robert:")
    theirs = BASE.replace("  bob:\n", "  # the second\n  bob:\n    # his\n    path: /x/\n")
    expected = theirs.replace("  bob:", "  robert:")
    assert text(BASE, ours, theirs) == expected
    assert text(BASE, theirs, ours) == expected


def test_comments_in_braces_are_not_lost_either():
    base = '{iamctl: 1, account: {id: "123456789012"},\n  users: {a: {}, b: {}}}\n'
    ours = base.replace("a: {}, b: {}", "a: {path: /x/}, b: {}")
    theirs = base.replace("iamctl: 1,", "iamctl: 1, # version\n ")
    both = merge(base, ours, theirs)
    assert [clash.at for clash in both.clashes] == [("comments",)]
    assert "# version\n" in both.data.decode()


def action_lists(*actions):
    """BASE with a list in flow style, or a text in quotes, over several lines."""
    listed = ",\n            ".join(actions)
    return BASE.replace('"s3:Get*"', f"[\n            {listed}\n            ]")


@pytest.mark.parametrize("size", [1, 7, 9])
def test_markers_are_never_part_of_a_value(size):
    base, ours, theirs = (
        action_lists("s3:GetObject", name, "s3:ListBucket")
        for name in ("s3:GetBucketAcl", "s3:PutObject", "s3:DeleteObject")
    )
    quoted = [
        BASE.replace("  p:\n", f'  p:\n    description: "one\n\n      {word}\n\n      three"\n')
        for word in ("two", "zwei", "deux")
    ]
    for versions in ((base, ours, theirs), quoted):
        data = merge_files(
            Versions(*(each.encode() for each in versions)), "d.yaml", Markers(size=size)
        ).data
        assert f"\n{'<' * size} ours\n" in data.decode()
        with pytest.raises(InvalidDirectory):
            load_directory(data, "d.yaml")


def test_a_part_of_a_directory_is_merged_as_one():
    base = "users:\n  a: {}\n"
    both = merge(base, base + "  b: {}\n", "# people\n" + base)
    assert both.data.decode() == "# people\n" + base + "  b: {}\n"
    assert not both.is_whole


def test_json_and_braces_are_merged_by_their_changes():
    base = '{iamctl: 1, account: {id: "123456789012"}, users: {a: {}, b: {}}}\n'
    ours, theirs = base.replace("a: {}", "a: {path: /x/}"), base.replace("b: {}", "b: {path: /y/}")
    assert text(base, ours, theirs) == ours.replace("b: {}", "b: {path: /y/}")
    clash = merge(base, ours, base.replace("a: {}", "a: {path: /z/}")).data.decode()
    assert clash.startswith("<<<<<<< ours\n{iamctl")


lines = st.lists(
    st.sampled_from(
        [
            ("team: a", "team: b"), ("team: a}  # hers", "team: c}  # ours"),
            ("  bob:", "  bobby:"),
            ("BBB\n", "BBB\n    path: /x/\n"), ("      - alice  # since ever\n", "      - bob\n"),
            ("      - alice", "      - bob\n      - alice"), ("policies: [p]", "policies: [p, q]"),
            ("s3:Get*", "s3:*"), ("\ngroups:", "  carol:\n    path: /c/\n\ngroups:"),
            ("\ngroups:", "  # dave\n  dave: {}\n\ngroups:"), ("# Who we are.", "# We."),
            ("  bob:\n    id: AIDABBBBBBBBBBBBBBBBB\n", ""), ("policies:\n  p:", "policies:\n  r:"),
            ('"123456789012"}', '"123456789012", alias: x}'),
            ("\npolicies:", "\nmfa: {m: {}}\npolicies:"), ("  # the first\n", ""),
            ("# hers", "# hers, they say"), ("# since ever", "# since 2020"),
            ("  bob:\n", "  bob:  # he\n"), ("  bob:\n", "  # the second\n  bob:\n"),
            ("policies: [p]", "policies: [p]  # alone"),
        ]
    ),
    max_size=6,
)  # fmt: skip


def edited(edits):
    written = BASE
    for old, new in edits:
        written = written.replace(old, new)
    try:
        load_directory(written.encode(), "d.yaml")
    except InvalidDirectory:
        return BASE
    return written


@settings(max_examples=60 * SCALE, deadline=None)
@given(lines, lines)
def test_the_text_says_what_the_values_merge_to(mine, yours):
    ours, theirs = edited(mine), edited(yours)
    both = merge(BASE, ours, theirs)
    plain = [load_directory(each.encode(), "d.yaml").plain for each in (BASE, ours, theirs)]
    wanted = merged(*plain)
    assert both.clashes[: len(wanted.clashes)] == wanted.clashes
    if not both.clashes:
        assert changes_between(both.directory.plain, wanted.plain) == ()
        for side in (ours, theirs):
            for comment in comments_of(side) - comments_of(BASE):
                assert comment in both.data.decode()
    else:
        with pytest.raises(InvalidDirectory):
            load_directory(both.data, "d.yaml")


@settings(max_examples=30 * SCALE, deadline=None)
@given(lines)
def test_one_side_alone_is_taken_byte_for_byte(mine):
    ours = edited(mine)
    for versions in ((BASE, ours, BASE), (BASE, BASE, ours), (BASE, ours, ours)):
        assert merge(*versions).data.decode() == ours
