"""README.md is true: its tour runs, its tables are the code's."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from iamctl.cli.exits import TABLE
from iamctl.rendering.shells import FORMS

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text()
TOUR = re.findall(r"```sh tour\n(.*?)```", README, re.DOTALL)


def environment(folder):
    programs = folder / "bin"
    programs.mkdir()
    for name, call in (("iamctl", "-P -m iamctl"), ("python", "")):
        script = programs / name
        script.write_text(f'#!/bin/sh\nexec {sys.executable} {call} "$@"\n')
        script.chmod(0o755)
    return {
        "PATH": f"{programs}:{os.environ['PATH']}",
        "HOME": str(folder),
        "XDG_STATE_HOME": str(folder / "state"),
        "XDG_CONFIG_HOME": str(folder / "config"),
        "IAMCTL_VAULT": "file",
        "GIT_AUTHOR_NAME": "me",
        "GIT_AUTHOR_EMAIL": "me@example.com",
        "GIT_COMMITTER_NAME": "me",
        "GIT_COMMITTER_EMAIL": "me@example.com",
        "GIT_CONFIG_GLOBAL": os.devnull,
    }


def commands_of(block):
    """A block's lines; what a command reads from the lines after it belongs to it."""
    lines = iter(block.splitlines())
    for line in lines:
        here = re.search(r"<<'(\w+)'", line)
        while here and not line.endswith(f"\n{here[1]}"):
            line += "\n" + next(lines)
        yield line


@pytest.mark.slow
def test_the_tour_runs_line_by_line(tmp_path):
    lines = [line for block in TOUR for line in commands_of(block)]
    assert len(lines) > 20
    script = "set -e\n" + "".join(f"echo '>>> {n}'\n{line}\n" for n, line in enumerate(lines))
    done = subprocess.run(
        ["sh", "-c", script],
        cwd=tmp_path,
        env=environment(tmp_path),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    last = re.findall(r">>> (\d+)", done.stdout)[-1]
    assert done.returncode == 0, (lines[int(last)], done.stderr[-2000:])
    assert "assumed-role/deployer/me" in done.stdout
    assert "assumed-role/engineer/CognitoIdentityCredentials" in done.stdout


def test_the_exit_codes_are_the_codes():
    for code, words in TABLE:
        assert f"| {code} | {words} |" in README


def test_every_form_of_credentials_is_named():
    for form in FORMS:
        assert re.search(rf"\b{form}\b", README, re.IGNORECASE), form


def test_every_link_leads_somewhere():
    for target in re.findall(r"\]\(([^)#]+)\)", README):
        assert (ROOT / target).exists(), target
