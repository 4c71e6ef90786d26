import copy
import json
import re
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft202012Validator

from iamctl.domain.shape import MAIN_ONLY, RESERVED, ROOT, SECTIONS
from iamctl.store.schema import directory_schema, part_schema, schema_text

ROOT_FOLDER = Path(__file__).parents[2]
SAMPLE = ROOT_FOLDER / "sample-directory.yaml"


class CoreLoader(yaml.SafeLoader):
    """Reads as editors do: YAML 1.2 knows no timestamps."""


CoreLoader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith("timestamp")]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


@pytest.fixture
def sample():
    return yaml.load(SAMPLE.read_text(), CoreLoader)


@pytest.fixture(scope="module")
def validator():
    return Draft202012Validator(directory_schema())


def test_the_committed_schema_is_the_generated_one():
    assert (ROOT_FOLDER / "directory.schema.json").read_text() == schema_text()


def test_the_committed_schema_of_parts_is_the_generated_one():
    written = (ROOT_FOLDER / "directory-part.schema.json").read_text()
    assert written == schema_text(part_schema())


def test_a_part_holds_sections_alone(sample):
    validator = Draft202012Validator(part_schema())
    part = {key: value for key, value in sample.items() if key not in MAIN_ONLY}
    assert list(validator.iter_errors(part)) == []
    assert list(validator.iter_errors({})) == []
    for key in MAIN_ONLY:
        assert list(validator.iter_errors({**part, key: sample.get(key, [])})), key


def test_it_is_a_schema_and_the_sample_names_it():
    Draft202012Validator.check_schema(json.loads(schema_text()))
    first = SAMPLE.read_text().splitlines()[0]
    assert first == "# yaml-language-server: $schema=directory.schema.json"


def test_the_sample_is_valid(sample, validator):
    assert [error.message for error in validator.iter_errors(sample)] == []


@pytest.mark.parametrize(
    ("at", "value"),
    [
        (("iamctl",), 2),
        (("usres",), {}),
        (("account",), {"alias": "acme"}),
        (("account", "id"), "12345"),
        (("account", "quotas"), {"pets": 1}),
        (("account", "quotas"), {"users": "many"}),
        (("directory",), "not-a-uuid"),
        (("users", "a lice"), {}),
        (("users", "alice", "path"), "eng"),
        (("users", "alice", "created"), "yesterday"),
        (("users", "alice", "policies"), "ReadArtifacts"),
        (("users", "alice", "policies"), ["ReadArtifacts", "ReadArtifacts"]),
        (("users", "alice", "keys"), {"short": {}}),
        (("users", "alice", "keys", "AKIARZPUZDIKGQ7MLX4N", "secret"), "x"),
        (("users", "alice", "keys", "AKIARZPUZDIKGQ7MLX4N", "status"), "off"),
        (("users", "alice", "tags", "team"), ["a"]),
        (("groups", "developers", "tags"), {"team": "x"}),
        (("groups", "developers", "members"), [{"until": "2026-12-31"}]),
        (("groups", "developers", "members"), [{"user": "bob", "expires": "2026-12-31"}]),
        (("roles", "empty"), {}),
        (("roles", "deployer", "max_session_duration"), 60),
        (("roles", "deployer", "trust", "Statement"), []),
        (("roles", "deployer", "trust", "Statement", 0, "Resource"), "*"),
        (("roles", "deployer", "trust", "Statement", 0, "Principal"), {"User": "alice"}),
        (("policies", "DeployStack", "document", "Version"), "2025-01-01"),
        (("policies", "DeployStack", "document", "Statement", 0, "Efect"), "Allow"),
        (("policies", "DeployStack", "document", "Statement", 0, "NotAction"), "s3:*"),
        (("policies", "DeployStack", "document", "Statement", 0, "Action"), None),
        *(((name,), {}) for name in RESERVED),
        *((("include",), [path]) for path in ("/x.yaml", "../x.yaml", "a/./x", "a//b", "a/**/b")),
    ],
)
def test_broken_variants_are_refused(sample, validator, at, value):
    parent = sample
    for step in at[:-1]:
        parent = parent.setdefault(step, {}) if isinstance(parent, dict) else parent[step]
    parent[at[-1]] = value
    assert list(validator.iter_errors(sample))


def test_empty_sections_and_unquoted_values_are_accepted(sample, validator):
    written = copy.deepcopy(sample)
    written["users"]["dave"] = None
    written["users"]["eve"] = {"tags": {"cost": 42, "on": True}, "keys": None, "policies": None}
    written["groups"] = None
    written["include"] = ["people/*.yaml", "..odd.yaml", 2026]
    assert list(validator.iter_errors(written)) == []


def test_every_declared_field_is_told_with_a_title():
    schema = directory_schema()
    described = {"": schema, **schema["$defs"]}
    names = {"users": "User", "groups": "Group", "roles": "Role", "policies": "Policy",
             "mfa": "MFADevice", "identity_providers": "IdentityProvider",
             "identity_pools": "IdentityPool"}  # fmt: skip
    for section, shape in {"": ROOT, **SECTIONS}.items():
        properties = described[names.get(section, "")]["properties"]
        assert set(properties) == set(shape.fields)
        for name, field in properties.items():
            assert field is False or field.get("title") or "$ref" in field, name


def test_patterns_hold_to_ascii_in_every_implementation():
    found = re.findall(r'"pattern": "((?:[^"\\]|\\.)*)"', schema_text())
    assert len(found) > 20
    assert not [pattern for pattern in found if r"\\w" in pattern or r"\\d" in pattern]
