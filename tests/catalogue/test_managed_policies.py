"""The managed policies that ship with iamctl: known ones, all of them, and damage."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iamctl.catalogue.managed_policies import (
    ARN_PREFIX,
    DATA_FILE,
    HEAD_SIZE,
    MAGIC,
    ManagedPolicies,
)
from iamctl.domain.errors import StorageFailure

CATALOGUE = ManagedPolicies()


def test_administrator_access() -> None:
    policy = CATALOGUE.managed_policy("arn:aws:iam::aws:policy/AdministratorAccess")
    assert policy is not None
    assert (policy.name, policy.path, policy.version) == ("AdministratorAccess", "/", "v1")
    assert policy.created == "2015-02-06T18:39:46Z"
    assert json.loads(policy.document) == {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}],
    }


def test_documents_keep_the_order_aws_writes() -> None:
    policy = CATALOGUE.managed_policy("arn:aws:iam::aws:policy/AdministratorAccess")
    assert policy is not None
    assert policy.document == (
        '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}'
    )


def test_read_only_access_is_large_and_whole() -> None:
    policy = CATALOGUE.managed_policy("arn:aws:iam::aws:policy/ReadOnlyAccess")
    assert policy is not None
    assert int(policy.version.removeprefix("v")) >= 190
    document = json.loads(policy.document)
    actions = [action for statement in document["Statement"] for action in statement["Action"]]
    assert len(actions) > 1000
    assert "s3:List*" in actions


@pytest.mark.parametrize(
    ("place", "action"),
    [
        ("/service-role/AWSLambdaBasicExecutionRole", "logs:CreateLogGroup"),
        ("/aws-service-role/AWSSupportServiceRolePolicy", "xray:getTraceGraph"),
        ("/job-function/Billing", "budgets:ViewBudget"),
        ("/root-task/IAMAuditRootUserCredentials", "iam:GetLoginProfile"),
    ],
)
def test_policies_under_paths(place: str, action: str) -> None:
    policy = CATALOGUE.managed_policy(ARN_PREFIX + place)
    assert policy is not None
    assert policy.path + policy.name == place
    assert f'"{action}"' in policy.document


@pytest.mark.parametrize(
    "arn",
    [
        "arn:aws:iam::aws:policy/NoSuchPolicy",
        "arn:aws:iam::aws:policy/administratoraccess",
        "arn:aws:iam::aws:policy/AdministratorAcces",
        "arn:aws:iam::aws:policy/Billing",  # its path is /job-function/
        "arn:aws-cn:iam::aws:policy/AdministratorAccess",
        "arn:aws:iam::123456789012:policy/AdministratorAccess",
        "arn:aws:iam::aws:policy/AdministratorAccess\tv1",
        "arn:aws:iam::aws:policy/Ådministrator",
        "arn:aws:iam::aws:policy/\ud800",
        "arn:aws:iam::aws:policy",
        "AdministratorAccess",
        "",
    ],
)
def test_unknown_arns_give_none(arn: str) -> None:
    assert CATALOGUE.managed_policy(arn) is None


@given(st.text())
def test_no_other_text_names_a_policy(text: str) -> None:
    known = {arn.removeprefix(ARN_PREFIX) for arn, _, _ in CATALOGUE.managed_policies()}
    assert (CATALOGUE.managed_policy(ARN_PREFIX + text) is not None) == (text in known)


def test_every_listed_policy_can_be_read_and_is_a_policy_document() -> None:
    listed = list(CATALOGUE.managed_policies())
    assert len(listed) >= 1582
    assert [arn for arn, _, _ in listed] == sorted({arn for arn, _, _ in listed})
    for arn, version, updated in listed:
        policy = CATALOGUE.managed_policy(arn)
        assert policy is not None
        assert (policy.arn, policy.version, policy.updated) == (arn, version, updated)
        assert policy.path.startswith("/")
        assert policy.path.endswith("/")
        assert policy.created <= policy.updated
        document = json.loads(policy.document)
        assert document["Version"] == "2012-10-17"
        assert document["Statement"]


def test_search_reads_names_and_documents_ignoring_case() -> None:
    by_name = {policy.name for policy in CATALOGUE.search("READONLYACCESS")}
    assert {"ReadOnlyAccess", "IAMReadOnlyAccess"} <= by_name
    by_action = [policy.name for policy in CATALOGUE.search("iam:passrole")]
    assert "PowerUserAccess" not in by_action
    assert "AWSLambda_FullAccess" in by_action
    assert list(CATALOGUE.search("no policy says this")) == []


def test_search_finds_exactly_what_holds_the_text() -> None:
    everything = list(CATALOGUE.search(""))
    assert len(everything) == len(list(CATALOGUE.managed_policies()))
    wanted = "kms:viaservice"
    assert list(CATALOGUE.search(wanted)) == [
        policy
        for policy in everything
        if wanted in policy.name.lower() or wanted in policy.document.lower()
    ]


def test_the_file_names_its_source() -> None:
    assert CATALOGUE.source.startswith("moto ")
    newest = max(updated for _, _, updated in CATALOGUE.managed_policies())
    assert newest in CATALOGUE.source
    head = Path(DATA_FILE).read_bytes()[:HEAD_SIZE].decode()
    assert "Amazon Web Services" in head
    assert "Apache License 2.0" in head
    assert "\0" in head  # what makes git treat the file as binary


def test_a_missing_file_is_a_storage_failure(tmp_path: Path) -> None:
    catalogue = ManagedPolicies(str(tmp_path / "none.bin"))
    with pytest.raises(StorageFailure, match="No such file"):
        catalogue.managed_policy("arn:aws:iam::aws:policy/AdministratorAccess")


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: b"",
        lambda data: data[:10],
        lambda data: data[: HEAD_SIZE + 5000],
        lambda data: data[: len(data) - 1],
        lambda data: b"X" + data[1:],
        lambda data: MAGIC + b"source\n12\n" + data[len(MAGIC) :],
        lambda data: data[:-100] + bytes(100),
        lambda data: data.replace(b"\tv", b"\nv"),
    ],
)
def test_a_damaged_file_is_a_storage_failure(tmp_path: Path, damage: object) -> None:
    assert callable(damage)
    damaged = tmp_path / "managed-policies.bin"
    damaged.write_bytes(damage(Path(DATA_FILE).read_bytes()))
    with pytest.raises(StorageFailure):
        list(ManagedPolicies(str(damaged)).search(""))
