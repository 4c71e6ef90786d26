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
        program, command, *options = shlex.split(hook["entry"])
        assert (program, hook["language"]) == ("iamctl", "python")
        assert command in COMMANDS
        assert name == f"iamctl-{command}"
        assert options == ["--skip-others"], "any YAML file may be a part of a directory"
        assert {"name", "description"} <= set(hook)
        for path in ("directory.yaml", "a/directory.yaml", "people/eng.yml", f"a/{FILE_NAME}"):
            assert re.search(hook["files"], path), (name, path)
        for path in ("directory.yaml.orig", "directory.schema.json", "yaml"):
            assert not re.search(hook["files"], path), (name, path)
