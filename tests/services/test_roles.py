import pytest

from iamctl.domain.change import Change
from iamctl.domain.directory import Directory
from iamctl.domain.errors import (
    AlreadyExists,
    InvalidValue,
    LimitExceeded,
    MalformedPolicyDocument,
    NotFound,
)
from iamctl.services import attachments, inline, roles, trusts

NOW = 1_795_510_800
TRUST = {
    "Version": "2012-10-17",
    "Statement": {
        "Effect": "Allow",
        "Principal": {"Service": "ec2.amazonaws.com"},
        "Action": "sts:AssumeRole",
    },
}


@pytest.fixture
def create(directory, randomness, applied):
    def run(name="new", **request):
        changes = roles.plan_create(directory, name=name, now=NOW, randomness=randomness, **request)
        return applied(directory, changes)

    return run


def test_a_role_that_allows_one_user(create):
    after = create(allow=["user/bob"])
    role = after.value_at(("roles", "new"))
    assert list(role) == ["id", "created", "trust"]
    assert role["trust"]["Statement"] == [
        {
            "Effect": "Allow",
            "Principal": {"AWS": "arn:aws:iam::123456789012:user/bob"},
            "Action": "sts:AssumeRole",
        }
    ]


def test_a_role_with_everything_is_in_order(create):
    after = create(
        trust=TRUST, path="/x/", description="d", max_session_duration=5400, tags=[("a", "b")],
        policies=["ReadArtifacts"], boundary="Boundary",
    )  # fmt: skip
    role = after.value_at(("roles", "new"))
    assert list(role) == [
        "id", "path", "created", "description", "max_session_duration", "trust", "tags",
        "policies", "boundary",
    ]  # fmt: skip
    assert role["max_session_duration"] == "90m"
    assert role["trust"] == TRUST


def test_a_document_and_allowed_principals_are_joined(create):
    trust = create(trust=TRUST, allow=["user/bob", "service/lambda"]).roles["new"].trust
    assert trust.statements[0].principals == {
        "Service": ("ec2.amazonaws.com", "lambda.amazonaws.com"),
        "AWS": ("arn:aws:iam::123456789012:user/bob",),
    }


def test_a_group_gets_an_inline_policy_and_the_account_is_trusted(create):
    after = create(allow=["group/empty"], path="/x/")
    assert after.roles["new"].trust.statements[0].principals == {
        "AWS": ("arn:aws:iam::123456789012:root",)
    }
    (statement,) = after.groups["empty"].inline["AssumeRole-new"].statements
    assert statement.resources == ("arn:aws:iam::123456789012:role/x/new",)
    assert statement.actions == ("sts:AssumeRole",)


@pytest.mark.parametrize(
    ("request_", "error"),
    [
        ({}, InvalidValue),
        ({"allow": ["user/nobody"]}, NotFound),
        ({"name": "READER", "trust": TRUST}, AlreadyExists),
        ({"trust": TRUST, "max_session_duration": 3599}, InvalidValue),
        ({"trust": TRUST, "max_session_duration": 43201}, InvalidValue),
        ({"trust": TRUST, "description": "\x00"}, InvalidValue),
        ({"trust": {"Version": "2012-10-17"}}, MalformedPolicyDocument),
        ({"allow": [f"account/{n:012}" for n in range(60)]}, LimitExceeded),
    ],
)
def test_a_bad_request_for_a_role_is_refused(create, request_, error):
    with pytest.raises(error):
        create(**request_)


@pytest.mark.parametrize(
    "principal",
    [
        "arn:aws:iam::123456789012:user/nobody",
        "arn:aws:iam::123456789012:user/alice",
        "arn:aws:iam::123456789012:group/developers",
        "AIDAGONEGONEGONEGON22",
        "arn:aws:sts::123456789012:assumed-role/none/me",
    ],
)
def test_a_supplied_trust_must_name_somebody(create, principal):
    statement = {"Effect": "Allow", "Principal": {"AWS": principal}, "Action": "sts:AssumeRole"}
    with pytest.raises(MalformedPolicyDocument) as caught:
        create(trust={"Version": "2012-10-17", "Statement": [statement]})
    assert f'"AWS":"{principal}"' in caught.value.message
    assert caught.value.problems[0].at == ("Statement", 0, "Principal", "AWS")


@pytest.mark.parametrize(
    "principal",
    [
        "arn:aws:iam::123456789012:user/eng/alice",
        "AIDABOBBOBBOBBOBBOB22",
        "arn:aws:iam::210987654321:role/theirs",
        "210987654321",
        "*",
        "arn:aws:sts::123456789012:assumed-role/reader/me",
    ],
)
def test_a_supplied_trust_may_name(create, principal):
    statement = {"Effect": "Allow", "Principal": {"AWS": principal}, "Action": "sts:AssumeRole"}
    after = create(trust={"Version": "2012-10-17", "Statement": [statement]})
    assert after.value_at(("roles", "new", "trust", "Statement", 0)) == statement


def test_updating_a_role_changes_what_is_given(directory):
    assert roles.plan_update(
        directory, name="reader", description="", max_session_duration=3600
    ) == (
        Change(("roles", "reader", "description"), "Reads", None),
        Change(("roles", "reader", "max_session_duration"), "2h", None),
    )
    assert roles.plan_update(directory, name="reader", max_session_duration=7200) == ()


def test_moving_a_role_takes_the_policies_that_allow_wrote_along(create):
    after = create(allow=["group/empty"])
    changes = roles.plan_update(after, name="new", path="/y/")
    at = ("groups", "empty", "inline", "AssumeRole-new", "Statement", 0, "Resource")
    assert [c.at for c in changes] == [("roles", "new", "path"), at]


DENY = {
    "Version": "2012-10-17",
    "Statement": {"Effect": "Deny", "Action": "*", "Resource": "*"},
}
LINKED = {
    "id": "AROALINKED0000000001",
    "path": "/aws-service-role/ec2.amazonaws.com/",
    "trust": TRUST,
    "policies": ["arn:aws:iam::aws:policy/aws-service-role/AWSSupportServiceRolePolicy"],
    "inline": {"Held": DENY},
}
HERE = {"section": "roles", "name": "linked"}
READ_ONLY = "arn:aws:iam::aws:policy/ReadOnlyAccess"


@pytest.mark.parametrize(
    "plan",
    [
        lambda d: attachments.plan_attach(d, **HERE, policies=[READ_ONLY]),
        lambda d: attachments.plan_detach(d, **HERE, policies=LINKED["policies"]),
        lambda d: attachments.plan_boundary(d, **HERE, policy=READ_ONLY),
        lambda d: inline.plan_put(d, **HERE, policy="New", document=DENY),
        lambda d: inline.plan_delete(d, **HERE, policies=["Held"]),
        lambda d: trusts.plan_replace(d, role="linked", document=LINKED["trust"]),
        lambda d: trusts.plan_allow(d, role="linked", principals=["account/111122223333"]),
        lambda d: trusts.plan_disallow(d, role="linked", principals=["service/ec2"]),
        lambda d: roles.plan_update(d, name="linked", max_session_duration=7200),
        lambda d: roles.plan_update(d, name="linked", path="/"),
    ],
)
def test_only_its_service_changes_a_service_linked_role(directory, plan):
    held = Directory({**directory.plain, "roles": {"linked": LINKED}})
    with pytest.raises(InvalidValue, match="linked to a service") as refused:
        plan(held)
    assert refused.value.code == "UnmodifiableEntity"
    assert roles.plan_update(held, name="linked", description="Kept for EC2")
