"""The organization, the resources and the accounts of a directory, as decisions see them."""

import pytest

from iamctl.domain.arns import policy_holder
from iamctl.domain.directory import Directory
from iamctl.domain.errors import InvalidDirectory
from iamctl.domain.invariants import check_all
from iamctl.domain.organization import AWS_POLICIES, Organization, OrganizationLevel
from iamctl.domain.referrers import referrers

ACCOUNT = "123456789012"
ALICE = f"arn:aws:iam::{ACCOUNT}:user/alice"
BUCKET = "arn:aws:s3:::acme"
TABLE = f"arn:aws:dynamodb:eu-west-1:{ACCOUNT}:table/T"
FULL, RCP_FULL = "FullAWSAccess", "RCPFullAWSAccess"


def document(**statement):
    return {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*", **statement}],
    }


DENY = document(Effect="Deny", Action="s3:*")


def naming(*principals, element="Principal"):
    return document(**{element: {"AWS": list(principals)}})


def directory(**sections):
    users = {"alice": {"id": "AIDAAAAAAAAAAAAAAAAAA", "created": "2026-01-01"}}
    return Directory({"iamctl": 1, "account": {"id": ACCOUNT}, "users": users, **sections})


def levels(*given, **facts):
    return directory(organization={**facts, "levels": list(given)})


def told(made):
    return [(p.severity, p.code, p.at) for p in check_all(made)]


def test_a_directory_without_the_sections():
    made = directory()
    assert made.organization is None
    assert dict(made.resources) == {}
    assert made.accounts == {}
    assert made.resource_policy(BUCKET) is None
    assert told(made) == []


def test_an_organization_is_read_from_the_root_to_the_account():
    made = levels(
        {"name": "Root", "scps": {"NoS3": DENY}, "rcps": {"Out": document(Principal="*")}},
        {"name": "Workloads"},
        id="o-a1b2c3d4e5",
        path="o-a1b2c3d4e5/r-ab12/",
        management_account="111122223333",
    )
    organization = made.organization
    assert organization is made.organization
    assert organization[:3] == ("o-a1b2c3d4e5", "o-a1b2c3d4e5/r-ab12/", "111122223333")
    root, workloads = organization.levels
    assert list(root.scps) == ["NoS3"]
    assert root.scps["NoS3"].statements[0].effect == "Deny"
    assert set(root.rcps) == {"Out", RCP_FULL}
    assert workloads == OrganizationLevel(
        "Workloads", {FULL: AWS_POLICIES[FULL]}, {RCP_FULL: AWS_POLICIES[RCP_FULL]}
    )
    assert told(made) == []


def test_a_level_whose_scps_are_listed_has_no_others():
    (level,) = levels({"name": "Root", "scps": {"NoS3": DENY}}).organization.levels
    assert FULL not in level.scps


@pytest.mark.parametrize(
    ("facts", "known"), [({}, None), ({"path": "o-aaaaaaaaaa/r-ab12/"}, "o-aaaaaaaaaa")]
)
def test_the_path_alone_tells_the_id(facts, known):
    made = directory(organization=facts)
    assert made.organization == Organization(known, facts.get("path"), None, ())
    assert told(made) == []


def test_aws_s_own_policies_may_stand_in_the_file_as_aws_shows_them():
    scps = {FULL: document(Sid="AwsWroteThis")}
    rcps = {RCP_FULL: document(Principal="*")}
    made = levels({"name": "Root", "scps": scps, "rcps": rcps})
    assert told(made) == []
    assert len(made.organization.levels[0].rcps) == 1


@pytest.mark.parametrize(
    ("field", "name", "given"),
    [
        ("scps", FULL, DENY),
        ("scps", FULL, document(Action=["*", "s3:*"])),
        ("scps", FULL, {**document(), "Statement": document()["Statement"] * 2}),
        ("rcps", RCP_FULL, document(Principal="*", Effect="Deny")),
    ],
)
def test_aws_s_own_policies_cannot_say_anything_else(field, name, given):
    made = levels({"name": "Root", field: {name: given}})
    assert told(made) == [("error", "aws-policy", ("organization", "levels", 0, field, name))]


def test_documents_have_the_grammar_of_their_kind():
    made = levels(
        {
            "name": "Root",
            "scps": {"A": document(Principal="*")},
            "rcps": {"B": document(), "C": naming(ALICE)},
        }
    )
    at = ("organization", "levels", 0)
    assert {(p.code, p.at) for p in check_all(made)} == {
        ("forbidden-element", (*at, "scps", "A", "Statement", 0, "Principal")),
        ("missing-principal", (*at, "rcps", "B", "Statement", 0)),
        ("invalid-principal", (*at, "rcps", "C", "Statement", 0, "Principal")),
    }
    with pytest.raises(InvalidDirectory) as raised:
        _ = made.organization
    assert len(raised.value.problems) == 3


def test_levels_have_names_of_their_own_and_policies_one_document():
    made = levels(
        {"name": "Root", "scps": {"A": DENY, "B": DENY}},
        {"name": "Root", "scps": {"A": document(), "B": DENY}},
    )
    at = ("organization", "levels", 1)
    assert told(made) == [
        ("error", "duplicate-name", (*at, "name")),
        ("warning", "two-documents", (*at, "scps", "A")),
    ]


def test_a_control_policy_above_aws_s_size_is_a_warning():
    actions = [f"s3:Get{n:04}" for n in range(400)]
    (problem,) = check_all(levels({"name": "R", "scps": {"A": document(Action=actions)}}))
    assert (problem.severity, problem.code) == ("warning", "quota")
    assert problem.message.endswith("AWS's quota is 5120")


@pytest.mark.parametrize(
    ("identifier", "path", "words"),
    [
        ("o-bbbbbbbbbb", "o-aaaaaaaaaa/r-ab12/", 'the id is "o-bbbbbbbbbb"'),
        (None, "o-aaaaaaaaaa/r-ab12/ou-ab13-11111111/", 'not below root "r-ab12"'),
    ],
)
def test_the_path_agrees_with_itself_and_the_id(identifier, path, words):
    facts = {"path": path, **({"id": identifier} if identifier else {})}
    (problem,) = check_all(directory(organization=facts))
    assert (problem.code, problem.at) == ("organization-path", ("organization", "path"))
    assert words in problem.message


@pytest.mark.parametrize(
    ("asked", "answered"),
    [
        (BUCKET, BUCKET),
        (f"{BUCKET}/a/b", BUCKET),
        (f"{BUCKET}/", BUCKET),
        (f"{BUCKET}-other/a", None),
        ("arn:aws-cn:s3:::acme/a", None),
        (f"arn:aws:s3:eu-west-1:{ACCOUNT}:accesspoint/acme", None),
        (TABLE, TABLE),
        (f"{TABLE}/index/ByDay", TABLE),
        (f"{TABLE}/stream/2026-01-01T00:00:00.000", None),
        (f"{TABLE}2/index/ByDay", None),
        ("acme", None),
        ("", None),
    ],
)
def test_whose_policy_decides_about_a_resource(asked, answered):
    made = directory(resources={BUCKET: naming(ALICE), TABLE: naming(ALICE)})
    found = made.resource_policy(asked)
    assert (found and found[0]) == answered
    if found:
        assert found[1].statements[0].principals == {"AWS": (ALICE,)}


def test_only_the_policy_that_is_asked_for_is_read():
    made = directory(resources={BUCKET: naming(ALICE), TABLE: document()})
    assert made.resource_policy(BUCKET) is not None
    assert made.resources.loads == 1
    with pytest.raises(InvalidDirectory, match="no Principal"):
        made.resource_policy(TABLE)


@pytest.mark.parametrize("arn", ["", "x", "arn:aws:s3:::b", "arn:aws:sns:r:1:topic/index/x"])
def test_other_arns_hold_their_own_policy(arn):
    assert policy_holder(arn) == arn


@pytest.mark.parametrize(
    ("arn", "words"),
    [
        (f"{BUCKET}/key", f"write it for {BUCKET}"),
        (f"{TABLE}/index/i", f"write it for {TABLE}"),
        ("arn:aws:sqs:eu-west-1:111122223333:q", "that account's file"),
        (f"arn:aws:iam::{ACCOUNT}:role/r", "trust policy"),
    ],
)
def test_resources_that_can_have_no_policy_there(arn, words):
    (problem,) = check_all(directory(resources={arn: naming(ALICE)}))
    assert (problem.severity, problem.code) == ("error", "invalid-resource")
    assert problem.at == ("resources", arn)
    assert words in problem.hint


@pytest.mark.parametrize("element", ["Principal", "NotPrincipal"])
@pytest.mark.parametrize(
    ("principal", "severity", "code"),
    [
        (f"arn:aws:iam::{ACCOUNT}:user/bob", "error", "unknown-user"),
        (f"arn:aws:iam::{ACCOUNT}:user/x/alice", "error", "unknown-user"),
        (f"arn:aws:sts::{ACCOUNT}:assumed-role/gone/s", "error", "unknown-role"),
        ("AIDAQQQQQQQQQQQQQQQQQ", "warning", "unknown-principal"),
    ],
)
def test_principals_of_this_account_must_resolve(element, principal, severity, code):
    policy = naming("111122223333", ALICE, principal, element=element)
    at = ("resources", BUCKET, "Statement", 0, element, "AWS", 2)
    assert told(directory(resources={BUCKET: policy})) == [(severity, code, at)]


def test_policies_that_name_somebody_refer_to_them():
    resources = {BUCKET: naming(ALICE), TABLE: naming("AIDAAAAAAAAAAAAAAAAAA"), "x": naming("*")}
    made = directory(resources=resources)
    assert referrers(made, "users", "alice") == {("resources", BUCKET), ("resources", TABLE)}
    assert referrers(made, "roles", "alice") == set()


def test_principals_are_found_in_resource_policies():
    both = naming("*", ALICE)
    both["Statement"].append({"Effect": "Deny", "NotPrincipal": {"AWS": ALICE}, "Action": "*"})
    made = directory(resources={BUCKET: both, TABLE: {**both, "Statement": both["Statement"][0]}})
    assert made.principals_naming(ALICE) == (
        ("resources", BUCKET, "Statement", 0, "Principal", "AWS", 1),
        ("resources", BUCKET, "Statement", 1, "NotPrincipal", "AWS"),
        ("resources", TABLE, "Statement", "Principal", "AWS", 1),
    )


def test_other_accounts_are_other_accounts():
    made = directory(accounts={ACCOUNT: "a.yaml", "111122223333": "b/c.yaml"})
    assert made.accounts == {ACCOUNT: "a.yaml", "111122223333": "b/c.yaml"}
    assert told(made) == [("error", "own-account", ("accounts", ACCOUNT))]
