"""Every way out of `assume-role` but the good one: no old identity stays, and the shell notices."""

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import iamctl as package
from tests.cli.conftest import Kept, adopt, runner

SCALE = int(os.environ.get("IAMCTL_TEST_SCALE", "1"))
SHELLS = ("bash", "fish", "sh", "dash", "zsh")
OLD = {
    "AWS_ACCESS_KEY_ID": "AKIAOLD", "AWS_SECRET_ACCESS_KEY": "old", "AWS_SESSION_TOKEN": "old",
    "AWS_PROFILE": "old",
}  # fmt: skip
COMMAND = [sys.executable, "-P", "-m", "iamctl"]

WAYS = {
    "usage": ("deployer --nope", 2),
    "no role": ("", 2),
    "help": ("--help", 2),
    "a form that does not exist": ("deployer -o cobol", 2),
    "a missing role": ("nobody", 4),
    "a missing file": ("deployer --directory /nowhere.yaml", 4),
    "denied": ("deployer --as bob", 5),
    "unknown caller": ("deployer --as nobody", 4),
    "no vault": ("deployer --as alice", 6),
    "a vault of another kind": ("deployer --as alice", 6),
    "not trusted": ("deployer --as alice", 6),
    "an invalid file": ("deployer --as alice", 3),
    "a deleted working folder": ("deployer --as alice", 8),
    "settings that are none": ("deployer --as alice", 2),
    # A repeated option is for Typer to read; a plain line starts without it.
    "a broken typer": ("deployer --as alice --as alice", 70),
    "a broken shellingham": ("deployer --as alice --as alice", 70),
    "a broken cryptography": ("deployer --as alice", 70),
    "a broken error module": ("deployer --as alice", 70),
    "a broken rendering of errors": ("deployer --as bob", 70),
    "a broken boundary": ("deployer --as alice", 70),
}


MODULES = {
    "a broken error module": "domain/errors.py",
    "a broken rendering of errors": "rendering/errors.py",
    "a broken boundary": "cli/boundary.py",
}


def furnish(home) -> None:
    """Alice and bob with keys in the vault, and `iamctl` on PATH."""
    adopt(home)
    for user in ("alice", "bob"):
        runner(home)("key", "create", user, code=0)
    programs = Path(home.environment["HOME"], "bin")
    programs.mkdir()
    script = programs / "iamctl"
    script.write_text(f'#!/bin/sh\nexec {sys.executable} -P -m iamctl "$@"\n')
    script.chmod(0o755)
    home.environment["PATH"] = f"{programs}:{home.environment['PATH']}"


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    return Kept(tmp_path_factory.mktemp("person"), tmp_path_factory.mktemp("kept"), furnish)


@pytest.fixture
def person(kept):
    """The home as it was furnished."""
    return kept.put_back()


def spoil(person, way: str) -> None:
    """Make the surroundings as the way out wants them."""
    environment = person.environment
    place = Path(environment["HOME"])
    if way == "no vault":
        for folder in (place / "state" / "iamctl").glob("*-*"):
            shutil.rmtree(folder)
    elif way == "a vault of another kind":
        environment["IAMCTL_VAULT"] = "passphrase"
    elif way == "not trusted":
        (place / "state" / "iamctl" / "trusted.json").unlink()
    elif way == "an invalid file":
        person.file.write_text("users: [\n")
    elif way == "settings that are none":
        (place / "config" / "iamctl").mkdir(parents=True, mode=0o700)
        (place / "config" / "iamctl" / "settings.toml").write_text("aliases = 3\n")
    elif way in MODULES:
        copy = place / "broken" / "iamctl"
        shutil.copytree(Path(package.__file__).parent, copy)
        (copy / MODULES[way]).write_text("raise RuntimeError('broken')\n")
        environment["PYTHONPATH"] = str(place / "broken")
    elif way.startswith("a broken "):
        (place / "broken").mkdir()
        name = way.removeprefix("a broken ")
        (place / "broken" / f"{name}.py").write_text("raise RuntimeError('broken')\n")
        environment["PYTHONPATH"] = str(place / "broken")


def in_shell(person, shell: str, flags: tuple[str, ...], script: str):
    if shutil.which(shell) is None:
        if os.environ.get("CI"):
            pytest.fail(f"{shell} is not installed")
        pytest.skip(f"{shell} is not installed")
    return subprocess.run(
        [shell, *flags, script],
        cwd=person.folder, env={**person.environment, **OLD}, capture_output=True, text=True,
        timeout=60, check=False,
    )  # fmt: skip


ALIKE = ("sh", "dash", "zsh")
"""Shells that get the very text that bash gets."""
EVERY = [
    (shell, way)
    for shell in SHELLS
    for n, way in enumerate(WAYS)
    if shell not in ALIKE or SCALE > 1 or shell == ALIKE[n % 3]
]
"""Each way out in bash, in fish and, turn by turn, in one of the others; all in all when soaked."""


@pytest.mark.parametrize(("shell", "way"), EVERY)
def test_it_fails_and_clears(person, shell, way):
    spoil(person, way)
    words, code = WAYS[way]
    gone = "mkdir gone; cd gone; rmdir ../gone; " if way == "a deleted working folder" else ""
    if shell == "fish":
        line = f"iamctl assume-role {words} | source"
        after, stops, flags = "; echo status=$status; env", "; or exit $status; echo reached", "-c"
    else:
        line = f'eval "$(iamctl assume-role {words})"'
        after, stops, flags = "; echo status=$?; env", "; echo reached", "-euc"
    done = in_shell(person, shell, ("-c",), gone + line + after)
    assert f"status={code}\n" in done.stdout, (done.stdout[:200], done.stderr)
    for name in OLD:
        assert f"\n{name}=" not in done.stdout
    assert "Traceback" not in done.stderr
    done = in_shell(person, shell, (flags,), gone + line + stops)
    assert "reached" not in done.stdout
    # A refusal was said to the shell already when the words for a person broke.
    assert done.returncode in ({5, 70} if way == "a broken rendering of errors" else {code})


def test_a_session_that_is_called_as_help_is_asked_for_is_a_session(person):
    done = runner(person)(
        "assume-role", "deployer", "--as", "alice", "--session-name", "-h", code=0
    )
    assert "export AWS_SECRET_ACCESS_KEY=" in done.stdout
    assert "#" not in done.stdout


def test_a_left_over_of_completion_is_no_way_out(person):
    left_over = {"_IAMCTL_COMPLETE": "lines"}
    done = runner(person)("assume-role", "deployer", "--as", "alice", env=left_over)
    assert done.stdout.startswith("unset ")
    assert "export AWS_SECRET_ACCESS_KEY=" in done.stdout


def test_nothing_but_whole_answers_when_interrupted_at_any_moment(person):
    """Before Python listens, nothing comes; then failure text or credentials, never a part."""
    seen = set()
    for step in range(24):
        process = subprocess.Popen(
            [*COMMAND, "assume-role", "deployer", "--as", "alice", "-o", "sh"],
            cwd=person.folder, env=person.environment, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        try:
            process.wait(timeout=step * 0.02)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGINT)
        said, complained = process.communicate(timeout=30)
        if said.endswith("(exit 130);\n"):
            # Python ends itself by the signal when exec was interrupted: 130 to a shell as well.
            assert process.returncode in (130, -signal.SIGINT)
            assert complained == "error: interrupted\n"
        elif said:  # interrupted or not, on the way out it was too late
            assert said.endswith("';\n")
            assert "export AWS_SECRET_ACCESS_KEY='" in said
        else:
            assert process.returncode != 0
        seen.add(said[-12:])
    assert "(exit 130);\n" in seen
