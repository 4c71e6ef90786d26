"""What may stand in organization, resources and accounts, each fault with its place."""

import pytest
import yaml
from jsonschema import Draft202012Validator

from iamctl.services.validate import findings
from iamctl.store.reader import load_checked, load_directory, read_directory
from iamctl.store.schema import directory_schema

HEAD = "iamctl: 1\naccount: {id: '123456789012'}\n"
SOUND = (
    HEAD
    + """\
organization:
  id: o-a1b2c3d4e5
  path: o-a1b2c3d4e5/r-ab12/ou-ab12-11111111/
  management_account: 111122223333
  levels:
    - name: Root
      scps:
        No leave: &no
          Version: "2012-10-17"
          Statement: {Effect: Deny, Action: "organizations:LeaveOrganization", Resource: "*"}
      rcps: {}
    - name: Workloads
resources:
  arn:aws:s3:::acme-artifacts:
    Version: "2012-10-17"
    Id: any text here
    Statement:
      - Sid: words with blanks
        Effect: Allow
        Principal: {AWS: "111122223333"}
        Action: s3:GetObject
accounts:
  "111122223333": accounts/shared.yaml
  "210987654321": a b/..c/x.yaml
"""
)


def problems(text):
    return read_directory((HEAD + text).encode(), "d.yaml").problems


def test_sound_sections_are_read():
    made = load_checked(SOUND.encode(), "d.yaml")
    assert made.organization.management_account == "111122223333"
    assert [level.name for level in made.organization.levels] == ["Root", "Workloads"]
    statement = made.organization.levels[0].scps["No leave"].statements[0]
    assert (statement.source.file, statement.source.line) == ("d.yaml", 12)
    found, policy = made.resource_policy("arn:aws:s3:::acme-artifacts/x")
    assert (found, policy.id) == ("arn:aws:s3:::acme-artifacts", "any text here")
    assert policy.statements[0].source.line == 20
    assert made.accounts["210987654321"] == "a b/..c/x.yaml"


@pytest.mark.parametrize("text", ["organization:\n", "resources:\naccounts:\n", "resources: {}\n"])
def test_empty_sections_are_none(text):
    made = load_checked((HEAD + text).encode(), "d.yaml")
    assert made.accounts == {}
    assert len(made.resources) == 0
    assert made.organization is None or made.organization.levels == ()


ARNS = ["acme", "arn:aws:s3", "arn:aws:s3:::", "arn:aws:s3:::b*", "arn:aws:S3:::b",
        "arn:aws:sqs:eu-west-1:12345:q", '"arn:aws:s3:::a b"', '"arn:aws:s3:::b\\n"']  # fmt: skip
PATHS = ["/etc/x.yaml", "../x.yaml", "a/../x.yaml", "a//x.yaml", "a/", "./x.yaml", "..", ".",
         '""', '"a\\\\b"', '"a\\0b"', '"a\\nb"', '"..\\n"']  # fmt: skip


@pytest.mark.parametrize(
    ("text", "place", "code", "words"),
    [
        ("organization: [a]", (1, 15), "wrong-kind", "must be a mapping"),
        ("organization: {id: acme}", (1, 20), "invalid-value", "an organization id"),
        ("organization: {path: o-a1b2c3d4e5}", (1, 22), "invalid-value", "an organization path"),
        ("organization: {management_account: 1}", (1, 36), "invalid-value", "an account id"),
        ("organization: {level: []}", (1, 16), "unknown-key", '"level"'),
        ("organization: {levels: {name: Root}}", (1, 24), "wrong-kind", "must be a list"),
        ("organization:\n  levels:\n    - {}", (3, 7), "missing-key",
         'item 1 of "levels" lacks "name"'),
        ("organization: {levels: [Root]}", (1, 25), "wrong-kind", "must be a mapping"),
        ("organization: {levels: [{name: R, scps: {}}]}", (1, 41), "empty", "must not be empty"),
        ("organization:\n  levels:\n    - name: R\n      scps:\n", (4, 12), "empty",
         "must not be empty"),
        ("organization: {levels: [{name: R, scps: [A]}]}", (1, 41), "wrong-kind", "of names"),
        ("organization: {levels: [{name: R, tags: {}}]}", (1, 35), "unknown-key", '"tags"'),
        ("resources: []", (1, 12), "wrong-kind", "must be a mapping of names"),
        *((f"resources: {{{arn}: {{}}}}", (1, 13), "invalid-name", "a resource") for arn in ARNS),
        ("accounts: {12345: a.yaml}", (1, 12), "invalid-name", "an account id"),
        ("accounts: {'111122223333': {}}", (1, 28), "wrong-kind", "must be a text"),
        *((f"accounts: {{'111122223333': {path}}}", (1, 28), "invalid-value", "an account's file")
          for path in PATHS),
    ],
)  # fmt: skip
def test_what_does_not_belong_there_is_told_with_its_place(text, place, code, words):
    (problem,) = problems(text)
    assert (problem.code, problem.severity) == (code, "error")
    assert (problem.source.line - 2, problem.source.column) == place
    assert words in problem.message
    assert not problem.message.endswith(".")


def test_nobody_has_to_read_a_pattern():
    (problem,) = problems("accounts: {'111122223333': ../x}")
    assert problem.message == (
        """an account's file "../x" must be a path inside this file's folder"""
    )


def test_a_broken_section_hides_no_problem_of_the_others():
    text = """\
users: {alice: {id: AIDAAAAAAAAAAAAAAAAAA, created: 2026-01-01, policies: [Gone]}}
organization: {id: acme, levels: [{name: R, rcps: {A: b}}]}
accounts: {'123456789012': a.yaml, '12': b.yaml}
resources: {acme: {}}
"""
    result = read_directory((HEAD + text).encode(), "d.yaml")
    told = {(p.code, p.at[0]) for p in findings(result.partial, result.problems)}
    assert told == {
        ("unknown-policy", "users"),
        ("invalid-value", "organization"),
        ("invalid-type", "organization"),
        ("invalid-name", "accounts"),
        ("own-account", "accounts"),
        ("invalid-name", "resources"),
    }


@pytest.fixture(scope="module")
def validator():
    return Draft202012Validator(directory_schema())


def core(text):
    """As editors read YAML 1.2, where an account id is a number unless it is quoted."""
    return yaml.safe_load(text)


def test_the_schema_takes_what_the_reader_takes(validator):
    assert [error.message for error in validator.iter_errors(core(SOUND))] == []
    load_directory(SOUND.encode(), "d.yaml")


@pytest.mark.parametrize(
    "text",
    [
        "organization: {id: acme}",
        "organization: {levels: [{}]}",
        "organization: {levels: [{name: R, scps: {}}]}",
        "organization: {levels: [{name: R, scps: {A: {Statement: []}}}]}",
        "organization: {levels: [{name: R, rcps: {A: {Statement: {Effect: Deny, Action: '*', "
        "Resource: '*', Principal: {AWS: '*'}}}}}]}",
        "resources: {'arn:aws:s3:::b': {Statement: {Effect: Allow, Action: '*'}}}",
        *(f"resources: {{{arn}: {{Statement: {{Effect: Allow, Principal: '*', Action: '*'}}}}}}"
          for arn in ARNS if "\\n" not in arn),
        *(f"accounts: {{'111122223333': {path}}}" for path in PATHS if "\\n" not in path),
        "accounts: {'12345': a.yaml}",
    ],
)  # fmt: skip
def test_the_schema_refuses_what_the_reader_refuses(validator, text):
    # But for a line break at the very end, which `$` of Python's patterns lets pass.
    assert list(validator.iter_errors(core(HEAD + text)))


def test_editors_are_shown_what_the_sections_look_like():
    properties = directory_schema()["properties"]
    assert properties["organization"]["properties"]["id"]["examples"] == ["o-a1b2c3d4e5"]
    assert properties["resources"]["propertyNames"]["examples"]
    assert properties["accounts"]["additionalProperties"]["examples"] == ["accounts/shared.yaml"]
    for section in ("organization", "resources", "accounts"):
        assert properties[section]["title"]
        assert properties[section]["description"]
