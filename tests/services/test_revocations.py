"""Which roles an incident reaches, and what is written to end their sessions."""

import pytest

from iamctl.domain.change import apply_changes
from iamctl.domain.directory import Directory
from iamctl.domain.errors import InvalidValue, NotFound
from iamctl.services.revocations import plan_revoke
from iamctl.sts.revocation import roles_within_reach

ACCOUNT = "111122223333"
ARN = f"arn:aws:iam::{ACCOUNT}"


def trusting(*principals, bare=None):
    principal = bare if bare is not None else {"AWS": list(principals)}
    statement = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
    return {"Version": "2012-10-17", "Statement": [statement]}


def directory(**roles):
    return Directory(
        {
            "iamctl": 1,
            "account": {"id": ACCOUNT},
            "users": {"alice": {"id": "AIDAALICE00000000001"}, "bob": {}},
            "roles": {name.replace("_", "-"): role for name, role in roles.items()},
        }
    )


@pytest.mark.parametrize(
    ("trust", "reached"),
    [
        (trusting(f"{ARN}:user/alice"), True),
        (trusting("AIDAALICE00000000001"), True),
        (trusting(f"{ARN}:root"), True),
        (trusting(ACCOUNT), True),
        (trusting("*"), True),
        (trusting(bare="*"), True),
        (trusting(f"{ARN}:user/bob"), False),
        (trusting("arn:aws:iam::444455556666:root"), False),
        (trusting(bare={"Service": "lambda.amazonaws.com"}), False),
    ],
)
def test_roles_that_could_be_assumed_are_within_reach(trust, reached):
    found = roles_within_reach(directory(deployer={"trust": trust}), "alice")
    assert found == (("deployer",) if reached else ())


def test_reach_goes_on_through_roles_and_ends_in_circles():
    found = directory(
        first={"id": "AROAFIRST00000000001", "trust": trusting(f"{ARN}:user/alice")},
        second={"trust": trusting("AROAFIRST00000000001", f"{ARN}:role/third")},
        third={"trust": trusting(f"{ARN}:role/second")},
        other={"trust": trusting(f"{ARN}:role/nobody")},
    )
    assert roles_within_reach(found, "alice") == ("first", "second", "third")


def test_a_role_that_trusts_one_session_of_another_is_within_reach():
    sessions = f"arn:aws:sts::{ACCOUNT}:assumed-role"
    found = directory(
        first={"id": "AROAFIRST00000000001", "trust": trusting(f"{ARN}:user/alice")},
        second={"trust": trusting(f"{sessions}/first/alice")},
        other={"trust": trusting(f"{sessions}/firsts/alice")},
    )
    changes = plan_revoke(found, section="users", names=["alice"], with_roles=True, now=1_000)
    revoked = [change.at[:2] for change in changes]
    assert revoked == [("users", "alice"), ("roles", "first"), ("roles", "second")]


def test_the_plan_denies_the_user_and_each_role_in_reach():
    found = directory(deployer={"trust": trusting(f"{ARN}:user/alice")})
    changes = plan_revoke(found, section="users", names=["alice"], with_roles=True, now=1_000)
    after = apply_changes(found.plain, changes)
    for entity in (after["users"]["alice"], after["roles"]["deployer"]):
        (statement,) = entity["inline"]["AWSRevokeOlderSessions"]["Statement"]
        assert statement["Effect"] == "Deny"
        assert statement["Condition"] == {
            "DateLessThan": {"aws:TokenIssueTime": "1970-01-01T00:16:41Z"}
        }
    assert plan_revoke(found, section="users", names=["alice"], now=1_000) == changes[:1]


def test_service_linked_roles_are_left_alone():
    found = directory(linked={"path": "/aws-service-role/x.amazonaws.com/", "trust": trusting("*")})
    assert roles_within_reach(found, "alice") == ()
    with pytest.raises(InvalidValue, match="linked to a service"):
        plan_revoke(found, section="roles", names=["linked"], now=1)
    with pytest.raises(NotFound):
        plan_revoke(found, section="users", names=["carol"], with_roles=True, now=1)
