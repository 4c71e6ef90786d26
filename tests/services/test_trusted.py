"""Whom a role trusts, in words."""

import pytest

from iamctl.domain.directory import Directory
from iamctl.services.trusted import Trust, trust_in
from tests.services.builders import MFA, OTHER, OWN, allow, document, user_arn

ALICE = user_arn("alice")
PROVIDER = f"arn:aws:iam::{OWN}:oidc-provider/idp.example.com"
WEB = "sts:AssumeRoleWithWebIdentity"


def trust(*statements) -> Trust:
    role = {"trust": document(*statements)}
    directory = Directory(
        {
            "iamctl": 1,
            "account": {"id": OWN},
            "users": {"alice": {"id": "AIDAALICEALICEALICE22"}},
            "roles": {"deployer": role},
            "identity_providers": {
                "idp": {"url": "https://idp.example.com"},
                "google": {"url": "https://accounts.google.com"},
            },
        }
    )
    return trust_in(directory, directory.role("deployer"))


def trusting(principal, action="sts:AssumeRole", **more):
    return allow(action, None, Principal=principal, **more)


@pytest.mark.parametrize(
    ("principal", "kind", "name"),
    [
        ({"AWS": ALICE}, "user", "user/alice"),
        ({"AWS": "AIDAALICEALICEALICE22"}, "user", "user/alice"),
        ({"AWS": f"arn:aws:iam::{OWN}:role/deployer"}, "role", "role/deployer"),
        ({"AWS": "AIDAGONEGONEGONEGON22"}, "nobody", "AIDAGONEGONEGONEGON22"),
        ({"AWS": f"arn:aws:iam::{OWN}:root"}, "account", f"account/{OWN}"),
        ({"AWS": OTHER}, "account", f"account/{OTHER}"),
        ({"AWS": f"arn:aws:iam::{OTHER}:role/deployer"}, "outside",
         f"arn:aws:iam::{OTHER}:role/deployer"),
        ({"AWS": f"arn:aws:sts::{OWN}:assumed-role/deployer/ci"}, "session",
         "assumed-role/deployer/ci"),
        ({"AWS": "*"}, "anybody", "anybody"),
        ("*", "anybody", "anybody"),
        ({"Service": "ec2.amazonaws.com"}, "service", "service/ec2.amazonaws.com"),
        ({"Federated": PROVIDER}, "provider", "provider/idp"),
        ({"Federated": "accounts.google.com"}, "provider", "provider/google"),
        ({"Federated": "cognito-identity.amazonaws.com"}, "outside",
         "cognito-identity.amazonaws.com"),
    ],
)  # fmt: skip
def test_principals_in_words(principal, kind, name):
    [one] = trust(trusting(principal, "sts:*")).trusted
    assert (one.kind, one.name) == (kind, name)


def test_what_begins_no_session_lets_nobody_in():
    assert trust(trusting({"AWS": ALICE}, "sts:TagSession")) == Trust((), 0)


def test_a_condition_counts_unless_another_statement_does_without():
    conditional = trusting({"AWS": [ALICE, OTHER]}, Condition=MFA)
    [alice, other] = trust(conditional).trusted
    assert [c.key for c in alice.conditions] == ["aws:MultiFactorAuthPresent"]
    both = trust(conditional, trusting({"AWS": ALICE})).trusted
    assert [(one.name, bool(one.conditions)) for one in both] == [
        (f"account/{OTHER}", True), ("user/alice", False),
    ]  # fmt: skip
    assert other.name == f"account/{OTHER}"


def test_statements_that_deny_again_are_counted():
    everybody = trusting({"AWS": "*"})
    found = trust(everybody, trusting({"AWS": ALICE}, effect="Deny"))
    assert (found.denies, [one.name for one in found.trusted]) == (1, ["anybody"])
    assert trust(everybody, trusting({"AWS": ALICE}, "sts:TagSession", effect="Deny")).denies == 0


def test_web_identities_count_as_those_who_assume():
    assert trust(trusting({"Federated": PROVIDER}, WEB)).trusted[0].name == "provider/idp"
