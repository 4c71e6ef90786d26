"""Actions that no service has: warned about where they stand, whatever document they are in."""

from pathlib import Path

import pytest

from iamctl.catalogue import ShippedCatalogue
from iamctl.services.action_names import unknown_actions
from iamctl.services.validate import findings
from iamctl.store.reader import read_directory

SAMPLE = Path(__file__).parents[2] / "sample-directory.yaml"
CATALOGUE = ShippedCatalogue()
HEAD = 'iamctl: 1\naccount: {id: "123456789012"}\n'


def told(text: str, catalogue: ShippedCatalogue = CATALOGUE) -> list[tuple[int, str, str | None]]:
    directory = read_directory(text.encode(), "d.yaml").partial
    assert directory is not None
    return [
        (problem.source.line if problem.source else 0, problem.message, problem.hint)
        for problem in unknown_actions(directory, catalogue)
        if (problem.severity, problem.code) == ("warning", "unknown-action")
    ]


def of_one(action: str) -> list[tuple[int, str, str | None]]:
    return told(HEAD + f"policies: {{P: {{document: {{Statement: {{Action: {action!r}}}}}}}}}\n")


def test_the_sample_names_actions_that_are_there() -> None:
    result = read_directory(SAMPLE.read_bytes(), "sample-directory.yaml")
    assert findings(result.directory, result.problems, CATALOGUE) == ()


def test_every_document_is_looked_at() -> None:
    text = HEAD + (
        "users:\n"
        "  alice:\n"
        "    inline:\n"
        "      Own: {Statement: {Effect: Allow, Action: 's3:GetObjct', Resource: '*'}}\n"
        "groups:\n"
        "  dev:\n"
        "    inline:\n"
        "      Own: {Statement: [{Effect: Allow, NotAction: ['iam:*',\n"
        "        'iam:CreateUzer'], Resource: '*'}]}\n"
        "roles:\n"
        "  ci:\n"
        "    trust: {Statement: [{Effect: Allow, Principal: '*', Action: 'sts:AssumRole'}]}\n"
        "policies:\n"
        "  P:\n"
        "    document: {Statement: {Effect: Deny, Action: ['ec3:Run*'], Resource: '*'}}\n"
        "organization:\n"
        "  levels:\n"
        "    - name: Root\n"
        "      scps: {S: {Statement: {Effect: Deny, Action: 's3:Nothing*', Resource: '*'}}}\n"
        "      rcps: {R: {Statement: {Effect: Deny, Action: 's3:nothing', Resource: '*'}}}\n"
        "resources:\n"
        "  arn:aws:s3:::bucket: {Statement: {Effect: Deny, Principal: '*',\n"
        "    Action: ['s3:PutObjects'], Resource: '*'}}\n"
    )
    said = "AWS's list of actions does not know "
    assert sorted((line, message.removeprefix(said)) for line, message, _ in told(text)) == [
        (6, '"s3:GetObjct"'),
        (11, '"iam:CreateUzer"'),
        (14, '"sts:AssumRole"'),
        (17, '"ec3:Run*"'),
        (21, '"s3:Nothing*"'),
        (22, '"s3:nothing"'),
        (25, '"s3:PutObjects"'),
    ]


@pytest.mark.parametrize(
    "action",
    [
        *("s3:GetObject", "S3:getobject", "s3:Get*", "s3:*", "*", "*:*", "*:NoSuch*", "s?:NoSuch"),
        *("sts:TagSession", "s3", "", ":", "s3:", "no colon"),
    ],
)
def test_what_is_known_or_not_ours_to_judge(action: str) -> None:
    assert of_one(action) == []


@pytest.mark.parametrize(
    ("action", "hint"),
    [
        ("s3:GetObjct", 'did you mean "s3:GetObject"?'),
        ("lamda:InvokeFunction", 'did you mean "lambda:InvokeFunction"?'),
        ("qqqqqqqq:*", None),
    ],
)
def test_the_hint(action: str, hint: str | None) -> None:
    assert of_one(action) == [(3, f'AWS\'s list of actions does not know "{action}"', hint)]


def test_only_the_services_named_are_read() -> None:
    read: list[str] = []

    class Watching(ShippedCatalogue):
        def __init__(self) -> None:
            super().__init__()
            expand = self.expand
            self.expand = lambda pattern: (read.append(pattern), expand(pattern))[1]

    text = HEAD + "policies: {P: {document: {Statement: {Action: ['s3:Get*', 's3:Get*', '*']}}}}\n"
    assert told(text, Watching()) == []
    assert read == ["s3:Get*"]


def test_near_names_are_looked_for_a_few_times_only() -> None:
    actions = ", ".join(f"'s3:GetObjct{'x' * (n % 2)}{n}'" for n in range(60))
    text = HEAD + f"policies: {{P: {{document: {{Statement: {{Action: [{actions}]}}}}}}}}\n"
    found = told(text)
    assert len(found) == 60
    assert sum(hint is not None for _, _, hint in found) == 20


def test_it_is_told_together_with_errors_in_the_order_of_the_file() -> None:
    text = HEAD + (
        "policies:\n"
        "  P:\n"
        "    document: {Statement: {Action: 's3:GetObjct', Effect: Alow, Resource: '*'}}\n"
    )
    result = read_directory(text.encode(), "d.yaml")
    found = findings(result.partial, result.problems, CATALOGUE)
    codes = [problem.code for problem in found if problem.code not in ("no-id", "version")]
    assert codes == ["unknown-action", "invalid-effect"]
    assert "unknown-action" not in {p.code for p in findings(result.partial, result.problems)}
