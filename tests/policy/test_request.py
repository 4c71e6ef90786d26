import pytest

from iamctl.policy.request import (
    ANONYMOUS,
    Request,
    caller_of_arn,
    context_of,
    federated_caller,
    federated_user_caller,
    root_caller,
    service_caller,
    session_caller,
    user_caller,
)

A = "123456789012"
NOW = 1_790_000_000
BOB = user_caller(A, "bob", "/eng/", "AIDABOB")
JOB = session_caller(A, "worker", "job", "/app/", "AROAWORKER")


def test_a_user_with_long_term_keys():
    context = context_of(BOB, NOW, principal_tags={"Team": "blue"})
    assert context["aws:principalarn"] == f"arn:aws:iam::{A}:user/eng/bob"
    assert context["aws:principalaccount"] == A
    assert context["aws:principaltype"] == "User"
    assert context["aws:userid"] == "AIDABOB"
    assert context["aws:username"] == "bob"
    assert context["aws:principaltag/team"] == "blue"
    assert context["aws:currenttime"] == "2026-09-21T14:13:20Z"
    assert context["aws:epochtime"] == str(NOW)
    assert context["aws:principalisawsservice"] == "false"
    for absent in ("aws:tokenissuetime", "aws:multifactorauthpresent", "aws:multifactorauthage"):
        assert absent not in context


def test_a_role_session():
    context = context_of(JOB, NOW, token_issue_time=NOW - 60, mfa=False, source_identity="bob")
    assert JOB.arn == f"arn:aws:sts::{A}:assumed-role/worker/job"
    assert context["aws:principalarn"] == f"arn:aws:iam::{A}:role/app/worker"
    assert context["aws:principaltype"] == "AssumedRole"
    assert context["aws:userid"] == "AROAWORKER:job"
    assert "aws:username" not in context
    assert context["aws:tokenissuetime"] == "2026-09-21T14:12:20Z"
    assert context["aws:multifactorauthpresent"] == "false"
    assert "aws:multifactorauthage" not in context
    assert context["aws:sourceidentity"] == "bob"


def test_mfa_has_an_age():
    context = context_of(BOB, NOW, mfa=True, mfa_time=NOW - 90)
    assert context["aws:multifactorauthpresent"] == "true"
    assert context["aws:multifactorauthage"] == "90"


@pytest.mark.parametrize(
    ("caller", "type_", "userid", "arn"),
    [
        (root_caller(A), "Account", A, f"arn:aws:iam::{A}:root"),
        (federated_user_caller(A, "fred"), "FederatedUser", f"{A}:fred",
         f"arn:aws:sts::{A}:federated-user/fred"),
        (ANONYMOUS, "Anonymous", "anonymous", None),
    ],
)  # fmt: skip
def test_other_callers(caller, type_, userid, arn):
    context = context_of(caller, NOW)
    assert context["aws:principaltype"] == type_
    assert context["aws:userid"] == userid
    assert context.get("aws:principalarn") == arn
    assert "aws:username" not in context
    assert context["aws:principalaccount"] == (A if arn else "anonymous")


def test_services_and_federation():
    service = context_of(service_caller("a.amazonaws.com", "b.amazonaws.com"), NOW)
    assert service["aws:principalisawsservice"] == "true"
    assert service["aws:principalservicenameslist"] == ("a.amazonaws.com", "b.amazonaws.com")
    assert "aws:principalarn" not in service
    oidc = f"arn:aws:iam::{A}:oidc-provider/x.example"
    assert context_of(federated_caller(oidc), NOW)["aws:federatedprovider"] == oidc
    saml = f"arn:aws:iam::{A}:saml-provider/x"
    assert "aws:federatedprovider" not in context_of(federated_caller(saml), NOW)


def test_resource_and_request_keys():
    role = f"arn:aws:iam::{A}:role/x"
    context = context_of(
        BOB, NOW, resource=role, resource_tags={"Env": "prod"},
        request_tags={"Team": "a", "b": "c"},
        extra={"sts:ExternalId": "e", "AWS:RequestedRegion": "eu-west-1"},
    )  # fmt: skip
    assert context["aws:resourceaccount"] == A
    assert context["aws:resourcetag/env"] == context["iam:resourcetag/env"] == "prod"
    assert context["aws:requesttag/team"] == "a"
    assert context["aws:tagkeys"] == ("Team", "b")
    assert context["sts:externalid"] == "e"
    assert context["aws:requestedregion"] == "eu-west-1"
    plain = context_of(BOB, NOW, resource="arn:aws:s3:::b", resource_tags={"k": "v"})
    assert "iam:resourcetag/k" not in plain
    assert "aws:resourceaccount" not in plain
    assert "aws:tagkeys" not in plain


@pytest.mark.parametrize(
    ("arn", "type_", "principal_arn"),
    [
        (f"arn:aws:iam::{A}:user/a/b", "User", f"arn:aws:iam::{A}:user/a/b"),
        (f"arn:aws:iam::{A}:root", "Account", f"arn:aws:iam::{A}:root"),
        (f"arn:aws:iam::{A}:role/p/r", "AssumedRole", f"arn:aws:iam::{A}:role/p/r"),
        (f"arn:aws:sts::{A}:assumed-role/r/s", "AssumedRole", f"arn:aws:iam::{A}:role/r"),
        (f"arn:aws:sts::{A}:federated-user/f", "FederatedUser",
         f"arn:aws:sts::{A}:federated-user/f"),
        (f"arn:aws-cn:sts::{A}:assumed-role/r/s", "AssumedRole", f"arn:aws-cn:iam::{A}:role/r"),
    ],
)  # fmt: skip
def test_callers_by_arn(arn, type_, principal_arn):
    caller = caller_of_arn(arn)
    assert (caller.type, caller.arn, caller.account) == (type_, arn, A)
    assert caller.principal_arn == principal_arn


@pytest.mark.parametrize(
    "arn", ["", "alice", f"arn:aws:iam::{A}:group/g", "arn:aws:s3:::b", "arn:aws:iam:::user/x",
            f"arn:aws:iam::{A}:user", f"arn:aws:sts::{A}:assumed-role/r"]
)  # fmt: skip
def test_what_is_no_caller(arn):
    assert caller_of_arn(arn) is None


def test_the_owner_of_a_resource():
    def owner(resource, account=None):
        return Request(BOB, "a:b", resource, {}, account).owner

    assert owner("*") == owner("arn:aws:s3:::b") == A
    assert owner("arn:aws:iam::aws:policy/ReadOnlyAccess") == A
    assert owner("arn:aws:iam::210987654321:role/x") == "210987654321"
    assert owner("arn:aws:s3:::b", "210987654321") == "210987654321"
