"""The hooks that other repositories take from here."""

import re
import shlex
from pathlib import Path

import yaml

from iamctl.cli.app import COMMANDS
from iamctl.domain.claims_shape import FILE_NAME

HOOKS = yaml.safe_load((Path(__file__).parents[1] / ".pre-commit-hooks.yaml").read_text())


def test_each_hook_runs_a_command_of_ours_on_the_right_files():
    found = {hook["id"]: hook for hook in HOOKS}
    assert set(found) == {"iamctl-validate", "iamctl-test"}
    for name, hook in found.items():
        program, command = shlex.split(hook["entry"])
        assert (program, hook["language"]) == ("iamctl", "python")
        assert command in COMMANDS
        assert name == f"iamctl-{command}"
        assert {"name", "description"} <= set(hook)
        for path in ("directory.yaml", "teams/a/directory.yaml"):
            assert re.search(hook["files"], path), (name, path)
        for path in ("my-directory.yaml", "directory.yaml.orig", "directory.schema.json"):
            assert not re.search(hook["files"], path), (name, path)
    assert re.search(found["iamctl-test"]["files"], f"teams/a/{FILE_NAME}")
    assert not re.search(found["iamctl-validate"]["files"], FILE_NAME)
