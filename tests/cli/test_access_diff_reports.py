"""What a reviewer reads of changes that matter: all of it, and each thing once."""

import json
from copy import deepcopy

import pytest

from tests.cli.conftest import Home, Iamctl

ACCOUNT = "123456789012"
ADMIN = "arn:aws:iam::aws:policy/AdministratorAccess"
DEVELOPERS = [f"dev{number:02}" for number in range(40)]
NAMED = "user/dev00, user/dev01, user/dev02, user/dev03, user/dev04, user/dev05, and 34 more"


def document(*statements: dict) -> dict:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def allow(action, resource="*", effect="Allow", **more) -> dict:
    return {"Effect": effect, "Action": action, "Resource": resource, **more}


REGION = {"StringNotEquals": {"aws:RequestedRegion": ["eu-west-1", "eu-central-1"]}}
SHIP = document(
    allow(["s3:PutObject", "s3:DeleteObject"], "arn:aws:s3:::releases/*"),
    allow(["ecs:UpdateService", "ecs:Describe*", "ecs:List*"]),
    allow("iam:PassRole", f"arn:aws:iam::{ACCOUNT}:role/task-*"),
)
FENCE = document(allow(["s3:*", "ec2:Describe*", "logs:*"]))
BASE = {
    "iamctl": 1,
    "account": {"id": ACCOUNT},
    "users": {
        **{name: {"id": f"AIDADEV{name[3:].translate(str.maketrans('01', 'AB'))}{'D' * 12}"}
           for name in DEVELOPERS},
        "alice": {"id": "AIDAALICEALICEALICE22"},
        "carol": {"id": "AIDACAROLCAROLCAROL22", "boundary": "Fence", "policies": [ADMIN]},
    },
    "groups": {"developers": {"id": "AGPADEVELOPERSDEVEL22", "members": DEVELOPERS}},
    "roles": {
        "deployer": {
            "id": "AROADEPLOYERDEPLOYE22",
            "trust": document({
                "Effect": "Allow", "Action": "sts:AssumeRole",
                "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:user/alice"},
                "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}},
            }),
        },
    },
    "policies": {
        "Fence": {"id": "ANPAFENCEFENCEFENCE22", "document": FENCE},
        "Ship": {"id": "ANPASHIPSHIPSHIPSHI22", "document": SHIP},
    },
    "organization": {
        "id": "o-abcdefghij",
        "levels": [{"name": "Root", "scps": {
            "Full": document(allow("*")),
            "Region": document({"Effect": "Deny", "NotAction": ["iam:*", "sts:*"],
                                "Resource": "*", "Condition": REGION}),
        }}],
    },
}  # fmt: skip


@pytest.fixture
def report(home: Home, iamctl: Iamctl):
    """What access-diff says of a change to BASE."""

    def of(change, *words: str) -> str:
        new = deepcopy(BASE)
        change(new)
        # JSON is YAML.
        (home.folder / "old.yaml").write_text(json.dumps(BASE))
        (home.folder / "new.yaml").write_text(json.dumps(new))
        return iamctl("access-diff", "old.yaml", "new.yaml", *words).stdout

    return of


def entries(text: str) -> list[str]:
    """The lines that are no details of others."""
    return [row for row in text.splitlines() if row and not row.startswith(" ")]


def test_an_administrator(report):
    text = report(lambda new: new["users"]["alice"].update(policies=[ADMIN]))
    assert entries(text) == [
        "+ user/alice gains *",
        "+ user/alice may gain, if the account lets it, of which there is no file:",
    ]
    assert "iam:CreateAccessKey" in text
    assert text.count(f"by a statement of policy {ADMIN} (user alice)") == 2


def test_a_policy_for_a_group_of_forty(report):
    text = report(lambda new: new["groups"]["developers"].update(policies=["Ship"]))
    assert entries(text) == [
        f"+ {NAMED} gain ecs:Describe*, ecs:List*, ecs:UpdateService",
        f"+ {NAMED} gain iam:PassRole",
        f"+ {NAMED} gain s3:DeleteObject, s3:PutObject",
    ]
    # What a Deny leaves is told as what must be, not as what must not be other.
    assert "    if StringEquals aws:RequestedRegion eu-west-1 or eu-central-1\n" in text
    assert "unless" not in text


def opened(new: dict) -> None:
    new["roles"]["deployer"]["trust"]["Statement"][0]["Principal"] = {"AWS": "*"}


def test_a_trust_that_is_opened(report):
    way = f"{NAMED} may newly become role/deployer, if Bool aws:MultiFactorAuthPresent true"
    text = report(opened, "--no-new-assume")
    assert [row for row in entries(text) if "newly" in row] == [
        f"→ {way}",
        f"fails: --no-new-assume: {way}",
    ]
    assert "+ anybody gains sts:AssumeRole\n" in text
    comment = report(opened, "--no-new-assume", "-o", "markdown")
    assert comment.count(way) == 2
    assert f"- ❌ `--no-new-assume: {way}`\n" in comment
    marks = report(opened, "--no-new-assume", "-o", "github")
    assert [row.split(" ")[0] for row in marks.splitlines() if way in row] == [
        "::error",
        "::warning",
    ]
    data = json.loads(report(opened, "-o", "json"))
    assert len(data["Assume"]) == len(DEVELOPERS)


def test_leave_to_assume_roles_that_trust_the_account(report):
    def given(new: dict) -> None:
        trust = deepcopy(BASE["roles"]["deployer"]["trust"])
        trust["Statement"][0]["Principal"]["AWS"] = f"arn:aws:iam::{ACCOUNT}:root"
        for number in range(9):
            new["roles"][f"r{number}"] = {"id": f"AROAR{'ABCDEFGHI'[number] * 16}", "trust": trust}
        new["groups"]["developers"]["inline"] = {"Own": document(allow("sts:AssumeRole"))}

    ways = [row for row in entries(report(given)) if row.startswith("→")]
    assert ways == [
        f"→ {NAMED} may newly become role/r0, role/r1, role/r2, role/r3, and 5 more,"
        " if Bool aws:MultiFactorAuthPresent true"
    ]


def test_a_service_control_policy_that_goes(report):
    def gone(new: dict) -> None:
        del new["organization"]["levels"][0]["scps"]["Region"]
        new["groups"]["developers"]["policies"] = ["Ship"]
        for number, name in enumerate(DEVELOPERS[:20]):
            where = f"arn:aws:s3:::bucket-{number}/*"
            new["users"][name]["inline"] = {"Own": document(allow("s3:GetObject", where))}

    text = report(gone, "-o", "markdown")
    head, _, folded = text.partition("\n<details><summary>")
    assert folded.partition(" more</summary>")[0].isdigit()
    assert folded.count("</details>") == 1
    assert 10 < sum(row.startswith("- **") for row in head.splitlines()) < 16
    assert all(f"bucket-{number}/*" in text for number in range(20))
    summary = entries(text)[1]
    assert summary.endswith(" lines: of 44 principals 42 gain")
    assert sum(row.startswith("- **") for row in text.splitlines()) == int(summary.split()[0])


def test_a_boundary_that_goes(report):
    text = report(lambda new: new["users"]["carol"].pop("boundary"))
    assert entries(text) == [
        "+ user/carol gains *",
        "+ user/carol may gain, if the account lets it, of which there is no file:",
    ]


def test_mfa_that_is_no_longer_asked_for(report):
    def plain(new: dict) -> None:
        del new["roles"]["deployer"]["trust"]["Statement"][0]["Condition"]

    text = report(plain, "--no-new-assume")
    assert entries(text) == [
        "+ user/alice gains sts:AssumeRole",
        "fails: --no-new-assume: user/alice gains sts:AssumeRole on"
        f" arn:aws:iam::{ACCOUNT}:role/deployer",
    ]
    assert "    unless Bool aws:MultiFactorAuthPresent true\n" in text
