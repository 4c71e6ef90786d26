"""Each command that hands credentials over, evaluated in each shell: whose they are, and how it
fails."""

import os
import shutil
import subprocess
import sys

import pytest

from iamctl.cli.shell import COMMANDS
from iamctl.cli.table_making import leaves
from tests.cli.works import WORKS, furnish

pytestmark = pytest.mark.slow

SHELLS = ("bash", "zsh", "dash", "fish")
ACCOUNT = "111122223333"
WHO = {
    "assume-role": f"arn:aws:sts::{ACCOUNT}:assumed-role/deployer/alice",
    "assume": f"arn:aws:sts::{ACCOUNT}:assumed-role/deployer/alice",
    "get-session-token": f"arn:aws:iam::{ACCOUNT}:user/eng/alice",
    "get-federation-token": f"arn:aws:sts::{ACCOUNT}:federated-user/ci",
    "assume-role-with-web-identity": f"arn:aws:sts::{ACCOUNT}:assumed-role/runner/ci",
    "assume-role-with-saml": f"arn:aws:sts::{ACCOUNT}:assumed-role/runner/",
    "pool credentials": f"arn:aws:sts::{ACCOUNT}:assumed-role/",
}
LINES = {
    command: next(w.arguments for w in WORKS if " ".join(w.words) == command) for command in WHO
}


@pytest.fixture(scope="module")
def ready(tmp_path_factory):
    """The furnished home of the commands' works, for all shells."""
    from tests.cli.conftest import Home

    base = tmp_path_factory.mktemp("handover")
    folder, programs = base / "work", base / "bin"
    folder.mkdir()
    programs.mkdir()
    script = programs / "iamctl"
    script.write_text(f'#!/bin/sh\nexec {sys.executable} -P -m iamctl "$@"\n')
    script.chmod(0o755)
    environment = {
        "PATH": f"{programs}:{os.environ['PATH']}",
        "HOME": str(base),
        "XDG_STATE_HOME": str(base / "state"),
        "XDG_CONFIG_HOME": str(base / "config"),
        "XDG_CACHE_HOME": str(base / "cache"),
        "IAMCTL_VAULT": "file",
    }
    home = Home(folder, folder / "directory.yaml", environment)
    furnish(home)
    return home


def told(home, shell: str, arguments: list[str], then: str):
    """What a shell says that evaluates the command, an older identity in its environment."""
    if shutil.which(shell) is None:
        if os.environ.get("CI"):
            pytest.fail(f"{shell} is not installed")
        pytest.skip(f"{shell} is not installed")
    words = " ".join(f"'{word}'" for word in arguments)
    line = f"iamctl {words} | source" if shell == "fish" else f'eval "$(iamctl {words})"'
    return subprocess.run(
        [shell, "-c", f"{line}; {then}"],
        cwd=home.folder,
        env={**home.environment, "AWS_PROFILE": "old", "AWS_SESSION_TOKEN": "old"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def without_form(arguments: list[str]) -> list[str]:
    at = arguments.index("-o")
    return arguments[:at] + arguments[at + 2 :]


def test_every_command_that_a_shell_evaluates_is_here():
    named = {" ".join(words) for words, _ in leaves()}
    assert {c if isinstance(c, str) else " ".join(c) for c in COMMANDS} & named == set(WHO)


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize("command", WHO)
def test_the_shell_is_whoever_it_was_given(ready, shell, command):
    who = 'iamctl whoami -o name; echo "profile=$AWS_PROFILE"'
    done = told(ready, shell, without_form(LINES[command]), who)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(WHO[command]), (done.stdout, done.stderr)
    assert "profile=\n" in done.stdout


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize("command", WHO)
def test_a_refusal_leaves_no_identity(ready, shell, command):
    refused = [*without_form(LINES[command]), "--directory", "/nowhere.yaml"]
    status = "status" if shell == "fish" else "?"
    done = told(ready, shell, refused, f'echo "status=${status}"; env')
    assert "status=4\n" in done.stdout, (done.stdout, done.stderr)
    assert "\nAWS_PROFILE=" not in done.stdout
    assert "\nAWS_SESSION_TOKEN=" not in done.stdout
    assert "error: " in done.stderr
