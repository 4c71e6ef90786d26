import pytest

from iamctl.domain.change import Change, apply_changes
from iamctl.domain.directory import Directory
from iamctl.domain.errors import AlreadyExists, Conflict, InvalidValue, NotFound
from iamctl.services import trusts
from iamctl.services.principals import parse_principal
from iamctl.services.trust_statements import Principal

ROOT = "arn:aws:iam::123456789012:root"
THEIRS = "arn:aws:iam::210987654321:role"
ALICE = "arn:aws:iam::123456789012:user/eng/alice"
BOB = "arn:aws:iam::123456789012:user/bob"
AT = ("roles", "deployer", "trust", "Statement", 0, "Principal")


@pytest.mark.parametrize(
    ("text", "principal"),
    [
        ("user/alice", Principal("AWS", ALICE)),
        ("role/reader", Principal("AWS", "arn:aws:iam::123456789012:role/reader")),
        ("group/empty", Principal("AWS", ROOT, "empty")),
        ("account/210987654321", Principal("AWS", "arn:aws:iam::210987654321:root")),
        ("service/ec2", Principal("Service", "ec2.amazonaws.com")),
        ("service/sso.amazonaws.com.cn", Principal("Service", "sso.amazonaws.com.cn")),
        (ALICE, Principal("AWS", ALICE)),
        (f"{THEIRS}/a/b", Principal("AWS", f"{THEIRS}/a/b")),
        ("arn:aws:iam::123456789012:group/empty", Principal("AWS", ROOT, "empty")),
        (ROOT, Principal("AWS", ROOT)),
    ],
)  # fmt: skip
def test_principals_as_people_write_them(directory, text, principal):
    assert parse_principal(directory, text) == principal


@pytest.mark.parametrize(
    "text",
    [
        "", "alice", "user/", "*", "bucket/x", "account/12", "service/a b", "service/..",
        "arn:aws:s3:::b", "arn:aws:iam::123456789012:policy/Boundary",
        "arn:aws:iam::210987654321:group/x", "arn:aws:iam::210987654321:user/*",
        "arn:aws:iam::123456789012:saml-provider/idp", "arn:aws:iam::aws:policy/ReadOnlyAccess",
    ],
)  # fmt: skip
def test_what_is_no_principal(directory, text):
    with pytest.raises(InvalidValue):
        parse_principal(directory, text)


@pytest.mark.parametrize("text", ["user/alic", "role/alice", "group/alice", f"{ALICE}x"])
def test_principals_that_do_not_exist(directory, text):
    with pytest.raises(NotFound):
        parse_principal(directory, text)


def test_allowing_joins_the_plain_statement(directory, applied):
    changes = trusts.plan_allow(
        directory, role="deployer", principals=["user/carol", "user/bob", "user/carol"]
    )
    assert changes == (Change((*AT, "AWS", 2), None, "arn:aws:iam::123456789012:user/carol"),)
    assert len(applied(directory, changes).roles["deployer"].trust.statements) == 1


def test_allowing_makes_a_list_of_a_single_principal(directory):
    at = ("roles", "reader", "trust", "Statement", 0, "Principal", "AWS")
    assert trusts.plan_allow(directory, role="reader", principals=["user/bob"]) == (
        Change(at, ALICE, [ALICE, BOB]),
    )


def test_allowing_who_is_allowed_changes_nothing(directory):
    assert trusts.plan_allow(directory, role="deployer", principals=["user/bob"]) == ()


def conditioned(directory):
    condition = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}
    at = ("roles", "deployer", "trust", "Statement", 0, "Condition")
    return Directory(apply_changes(directory.plain, (Change(at, None, condition),)))


def test_a_statement_with_conditions_is_left_alone(directory, applied):
    before = conditioned(directory)
    changes = trusts.plan_allow(before, role="deployer", principals=["user/bob"])
    assert [c.at for c in changes] == [("roles", "deployer", "trust", "Statement", 1)]
    assert len(applied(before, changes).roles["deployer"].trust.statements) == 2


def test_allowing_a_group_is_idempotent_and_noted(directory, applied):
    after = applied(
        directory, trusts.plan_allow(directory, role="reader", principals=["group/empty"])
    )
    assert trusts.plan_allow(after, role="reader", principals=["group/empty"]) == ()
    (note,) = trusts.notes(after, role="reader", principals=["group/empty", "user/bob"])
    assert "AssumeRole-reader" in note


def test_a_groups_own_policy_is_never_overwritten(directory):
    at = ("groups", "empty", "inline", "AssumeRole-reader")
    document = directory.value_at(("policies", "Boundary", "document"))
    before = Directory(apply_changes(directory.plain, (Change(at, None, document),)))
    with pytest.raises(AlreadyExists):
        trusts.plan_allow(before, role="reader", principals=["group/empty"])


def test_disallowing_takes_one_principal(directory, applied):
    changes = trusts.plan_disallow(directory, role="deployer", principals=["user/alice"])
    assert changes == (Change((*AT, "AWS", 0), ALICE, None),)
    assert applied(directory, changes).roles["deployer"].trust.statements[0].principals == {
        "AWS": (BOB,)
    }


def test_disallowing_takes_the_unique_id_too(directory, applied):
    change = Change((*AT, "AWS", 0), ALICE, "AIDAALICEALICEALICE22")
    before = Directory(apply_changes(directory.plain, (change,)))
    after = applied(
        before, trusts.plan_disallow(before, role="deployer", principals=["user/alice"])
    )
    assert after.roles["deployer"].trust.statements[0].principals == {"AWS": (BOB,)}


def test_disallowing_takes_the_unique_id_of_a_deleted_user_as_it_stands(directory, applied):
    gone = "AIDAGONEGONEGONEGONE2"
    before = Directory(apply_changes(directory.plain, (Change((*AT, "AWS", 0), ALICE, gone),)))
    after = applied(before, trusts.plan_disallow(before, role="deployer", principals=[gone]))
    assert after.roles["deployer"].trust.statements[0].principals == {"AWS": (BOB,)}
    assert trusts.notes(before, role="deployer", principals=[gone], allowed=False) == ()
    with pytest.raises(InvalidValue):
        trusts.plan_disallow(after, role="deployer", principals=[gone])


def test_disallowing_takes_a_statement_left_empty(directory, applied):
    before = conditioned(directory)
    more = applied(
        before, trusts.plan_allow(before, role="deployer", principals=["account/210987654321"])
    )
    changes = trusts.plan_disallow(more, role="deployer", principals=["account/210987654321"])
    assert [c.at for c in changes] == [("roles", "deployer", "trust", "Statement", 1)]
    assert applied(more, changes).plain == before.plain


def test_a_denial_is_never_narrowed(directory, applied):
    deny = {"Effect": "Deny", "Principal": {"AWS": BOB}, "Action": "sts:AssumeRole"}
    at = ("roles", "deployer", "trust", "Statement", 1)
    before = Directory(apply_changes(directory.plain, (Change(at, None, deny),)))
    after = applied(before, trusts.plan_disallow(before, role="deployer", principals=["user/bob"]))
    assert after.value_at(at) == deny


def test_the_last_statement_is_not_removed(directory):
    with pytest.raises(Conflict, match="would trust nobody"):
        trusts.plan_disallow(directory, role="reader", principals=["user/alice"])


def test_disallowing_a_stranger_is_no_such_entity(directory):
    with pytest.raises(NotFound, match="does not trust"):
        trusts.plan_disallow(directory, role="reader", principals=["user/bob"])


def test_disallowing_a_group_takes_its_policy_only(directory, applied):
    after = applied(
        directory, trusts.plan_allow(directory, role="reader", principals=["group/empty"])
    )
    changes = trusts.plan_disallow(after, role="reader", principals=["group/empty"])
    assert [c.at for c in changes] == [("groups", "empty", "inline")]
    assert trusts.notes(after, role="reader", principals=["group/empty"], allowed=False)
    with pytest.raises(NotFound):
        trusts.plan_disallow(directory, role="reader", principals=["group/empty"])


def test_replacing_a_trust_touches_what_differs(directory):
    document = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"AWS": ALICE},
                "Action": "sts:AssumeRole",
                "Condition": {"Bool": {"aws:MultiFactorAuthPresent": True}},
            }
        ],
    }
    assert [c.at for c in trusts.plan_replace(directory, role="reader", document=document)] == [
        ("roles", "reader", "trust", "Statement", 0, "Condition")
    ]
    assert trusts.trust_of(directory, "reader") != document
