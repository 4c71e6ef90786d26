"""What bad surroundings get: the right exit code, a clear error, and a whole file."""

import errno
import json
import os
import shutil
import signal
import subprocess
import sys
import time

import pytest

from iamctl.cli import exits
from iamctl.domain import errors
from tests.cli import terminal

COMMAND = [sys.executable, "-P", "-m", "iamctl"]


def test_every_error_has_its_code():
    kinds = [
        k
        for k in vars(errors).values()
        if isinstance(k, type) and issubclass(k, errors.IamctlError)
    ]
    for kind in kinds:
        if kind is not errors.IamctlError:
            assert exits.code_of(kind("x")) not in (exits.OK, exits.NEGATIVE, exits.BUG), kind


def test_no_directory_file(iamctl):
    done = iamctl("user", "list", code=4)
    assert "hint: " in done.stderr
    assert "iamctl init" in done.stderr
    assert "no such" not in done.stdout


def test_a_folder_in_place_of_the_file(home, iamctl):
    home.file.mkdir()
    assert "error: " in iamctl("user", "list", code=8).stderr


def test_a_link_found_by_searching_is_refused_and_an_explicit_one_is_not(team, iamctl, tmp_path):
    target = tmp_path / "elsewhere.yaml"
    team.file.rename(target)
    team.file.symlink_to(target)
    done = iamctl("user", "list", code=8)
    assert "symbolic link" in done.stderr
    assert iamctl("user", "list", "--directory", "directory.yaml", "-o", "name").stdout


def test_a_link_to_a_private_file_does_not_show_it(home, iamctl, tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("hunter2: [x\n")
    home.file.symlink_to(secret)
    done = iamctl("validate")
    assert "hunter2" not in done.stdout + done.stderr


@pytest.mark.skipif(not shutil.which("setpriv"), reason="setpriv drops root's rights")
@pytest.mark.parametrize("what", ["unreadable", "read-only folder"])
def test_modes(team, what):
    before = team.text()
    if what == "unreadable":
        team.file.chmod(0)
    else:
        team.folder.chmod(0o555)
    drop = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"] if not os.getuid() else []
    done = subprocess.run(
        [*drop, *COMMAND, "user", "tag", "alice", "a=b"],
        cwd=team.folder, env=team.environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    team.folder.chmod(0o755)
    team.file.chmod(0o644)
    assert done.returncode == 8, done.stderr
    assert "Traceback" not in done.stderr
    assert os.listdir(team.folder) == ["directory.yaml"]
    assert team.text() == before


def filled(path):
    """Write until the disk is full; the number of the error that says so."""
    with open(path, "wb", buffering=0) as file:
        try:
            while True:
                file.write(b"x" * 512)
        except OSError as error:
            return error.errno


@pytest.mark.skipif(os.getuid() != 0, reason="mounting a tiny file system needs root")
def test_a_full_disk(team, tmp_path):
    small = tmp_path / "small"
    small.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=16k", "tmpfs", str(small)],
        capture_output=True, check=False,
    )  # fmt: skip
    if mounted.returncode:
        pytest.skip("mount is not allowed here")
    try:
        text = team.text()
        (small / "directory.yaml").write_text(text)
        assert filled(small / "filler") == errno.ENOSPC
        done = subprocess.run(
            [*COMMAND, "user", "tag", "alice", "a=b"],
            cwd=small, env=team.environment, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 8, done.stderr
        assert "error: " in done.stderr
        assert (small / "directory.yaml").read_text() == text
        assert sorted(os.listdir(small)) == ["directory.yaml", "filler"]
    finally:
        subprocess.run(["umount", str(small)], check=True)


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full")
def test_a_full_stdout(team):
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [*COMMAND, "user", "list"],
            cwd=team.folder, env=team.environment, stdout=full, stderr=subprocess.PIPE, text=True,
            check=False,
        )  # fmt: skip
    assert done.returncode == 8
    assert done.stderr.startswith("error: ")
    assert "Traceback" not in done.stderr
    assert "Exception ignored" not in done.stderr


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_closed_pipe(team, unbuffered):
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(
        [*COMMAND, "user", "list"],
        cwd=team.folder, env={**team.environment, "PYTHONUNBUFFERED": unbuffered},
        stdout=write, stderr=subprocess.PIPE, text=True, check=False,
    )  # fmt: skip
    os.close(write)
    assert done.returncode == 141
    assert done.stderr == ""


def test_a_closed_stdout_is_said_to_be_closed(team):
    for words in ("--version", "user list", "user show alice -o json", "diff --help"):
        done = subprocess.run(
            ["sh", "-c", 'exec "$@" 1>&-', "sh", *COMMAND, *words.split()],
            cwd=team.folder, env=team.environment, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == exits.INPUT_OUTPUT, words
        assert "standard output is closed" in done.stderr


def test_a_closed_stdout_and_stderr(team):
    for streams in ("1>&-", "2>&-", "1>&- 2>&-"):
        done = subprocess.run(
            ["sh", "-c", f'exec "$@" {streams}', "sh", *COMMAND, "user", "list"],
            cwd=team.folder, env=team.environment, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode in (0, 8), (streams, done)
        assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("keys", "code", "kept"),
    [("\x03", 130, True), ("\x04", 130, True), ("n\n", 130, True), ("y\n", 0, False)],
)
def test_what_a_prompt_takes(team, keys, code, kept):
    before = team.text()
    command = ["group", "delete", "developers", "--cascade"]
    status, screen = terminal.at_terminal(team, command, [("[y/N]", keys)])
    assert status == code, screen
    assert "Traceback" not in screen
    assert (team.text() == before) is kept


def test_destruction_without_a_terminal_needs_yes(team, iamctl):
    before = team.text()
    done = iamctl("group", "delete", "developers", "--cascade", code=2)
    assert "--yes" in done.stderr
    assert team.text() == before
    iamctl("group", "delete", "developers", "--cascade", "--yes", code=0)


def test_an_interrupt(team):
    process = subprocess.Popen(
        [*COMMAND, "validate", "-"],
        cwd=team.folder, env=team.environment, stdin=subprocess.PIPE, stderr=subprocess.PIPE,
        text=True,
    )  # fmt: skip
    assert process.stdin is not None
    time.sleep(1.0)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=30)
    assert process.returncode == 130
    assert said == "error: interrupted\n"


def test_errors_as_json(team, iamctl):
    done = iamctl("user", "show", "alcie", "-o", "json", code=4)
    assert done.stdout == ""
    assert json.loads(done.stderr) == {
        "Error": {
            "Code": "NoSuchEntity",
            "Message": 'user "alcie" does not exist',
            "Hint": 'did you mean "alice"?',
        }
    }


def test_a_broken_file_lists_every_problem(team, iamctl):
    broken = team.text().replace("path: /eng/", "pth: /eng/").replace("max_session", "max_sesion")
    team.file.write_text(broken)
    done = iamctl("user", "list", code=3)
    assert done.stdout == ""
    assert done.stderr.count("directory.yaml:") == 2
    assert 'did you mean "path"' in done.stderr


FOR_TYPER = ("user", "list", "-o", "tsv", "-o", "tsv")
"""A repeated option is for Typer to read; a plain line starts without it."""


def test_a_failing_import_ends_in_70(team, tmp_path):
    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / "typer.py").write_text("raise RuntimeError('no')\n")
    done = subprocess.run(
        [sys.executable, "-m", "iamctl", *FOR_TYPER],
        cwd=team.folder, env={**team.environment, "PYTHONPATH": str(broken)}, capture_output=True,
        text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 70
    assert "Traceback" not in done.stderr


def test_an_interrupt_in_disguise(team, tmp_path):
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "typer.py").write_text(
        "class D:\n    def __set_name__(self, *a):\n        raise KeyboardInterrupt\n"
        "class C:\n    d = D()\n"
    )
    done = subprocess.run(
        [*COMMAND, *FOR_TYPER],
        cwd=team.folder, env={**team.environment, "PYTHONPATH": str(tmp_path / "broken")},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (130, "error: interrupted\n")


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8", "cp1252"])
@pytest.mark.parametrize("form", ["json", "yaml", "tsv", "table"])
def test_a_pipe_gets_utf_8_whatever_the_locale(team, iamctl, encoding, form):
    team.file.write_text(team.text().replace("team: search", "team: équipe"), encoding="utf-8")
    done = iamctl("user", "show", "bob", "-o", form, env={"PYTHONIOENCODING": encoding}, code=0)
    assert "équipe" in done.stdout


def test_a_full_stdout_hides_no_refusal(team):
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [*COMMAND, "assume-role", "nobody", "-o", "sh"],
            cwd=team.folder, env=team.environment, stdout=full, stderr=subprocess.PIPE, text=True,
            check=False,
        )  # fmt: skip
    assert done.returncode == 6
    assert done.stderr.startswith("error: ")
    assert "Exception ignored" not in done.stderr


def test_a_terminal_that_nobody_types_at_is_given_up(team, monkeypatch):
    monkeypatch.setattr(terminal, "PATIENCE", 1.5)
    code, screen = terminal.at_terminal(team, ["user", "delete", "bob", "--cascade"], [])
    assert code == -signal.SIGKILL
    assert "[y/N]" in screen
