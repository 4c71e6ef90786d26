"""Credentials into files: private ones of our own, and the one that a GitHub job's steps share."""

import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from iamctl.cli.table_making import leaves
from tests.rendering.test_shells import runner_reads

ASSUME = ("assume-role", "deployer", "--as", "alice")
NAMES = {
    "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_CREDENTIAL_EXPIRATION",
    "AWS_ACCOUNT_ID",
}  # fmt: skip


@pytest.fixture
def person(trusted, iamctl):
    """Alice and Bob with keys in the vault; the role trusts Alice alone."""
    iamctl("key", "create", "alice", code=0)
    iamctl("key", "create", "bob", code=0)
    return trusted


def mode(path: Path) -> int:
    return stat.S_IMODE(path.lstat().st_mode)


def dotenv(path: Path) -> dict[str, str]:
    return dict(line.split("=", 1) for line in path.read_text().splitlines())


@pytest.mark.parametrize("command", [
    ASSUME, ("get-session-token", "--as", "alice"),
])  # fmt: skip
@pytest.mark.parametrize("form", ["dotenv", "json", "process", "env-no-export"])
def test_a_file_for_its_owner_alone(person, iamctl, command, form):
    file = person.folder / "credentials"
    old = os.umask(0)
    try:
        done = iamctl(*command, "-o", form, "--output-file", "credentials", code=0)
    finally:
        os.umask(old)
    assert done.stdout == ""
    assert "which only you can read" in done.stderr
    assert mode(file) == 0o600
    shown = iamctl(*command, "-o", form, code=0).stdout
    if form in ("json", "process"):
        assert json.loads(file.read_text()).keys() == json.loads(shown).keys()
    else:
        assert set(dotenv(file)) == NAMES
    assert sorted(os.listdir(person.folder)) == ["credentials", "directory.yaml"]


def test_the_credentials_in_it_are_good_and_newer_ones_take_their_place(person, iamctl):
    file = person.folder / ".env"
    file.touch(mode=0o644)
    iamctl(*ASSUME, "-o", "dotenv", "--output-file", ".env", code=0)
    first = dotenv(file)
    assert mode(file) == 0o600
    who = iamctl("whoami", "-o", "json", env=first, code=0)
    assert json.loads(who.stdout)["Arn"].endswith("assumed-role/deployer/alice")
    file.chmod(0o644)
    iamctl(*ASSUME, "-o", "process", "--output-file", str(file), code=0)
    assert json.loads(file.read_text())["Version"] == 1
    assert mode(file) == 0o600
    iamctl(*ASSUME, "-o", "json", "--output-file", str(file), code=0)
    iamctl(*ASSUME, "-o", "dotenv", "--output-file", str(file), code=0)
    assert dotenv(file)["AWS_ACCESS_KEY_ID"] != first["AWS_ACCESS_KEY_ID"]


@pytest.mark.parametrize("text", [
    "DATABASE=x\n", "AWS_SESSION_TOKEN=x\nOTHER=y\n", "# mine\n", "\xff", "{}", "[1]", "{",
    "AWS_ACCESS_KEY_ID=AKIAX\nAWS_SECRET_ACCESS_KEY=y\n", "AWS_PROFILE=x\n", "x",
    '{"AccessKeyId": "AKIAX", "SecretAccessKey": "y"}', '{"Credentials": []}', "{" * 5000,
])  # fmt: skip
def test_a_file_with_anything_else_is_kept(person, iamctl, text):
    file = person.folder / ".env"
    file.write_bytes(text.encode("latin-1"))
    before = file.read_bytes()
    done = iamctl(*ASSUME, "-o", "dotenv", "--output-file", ".env", code=4)
    assert "something else" in done.stderr
    assert file.read_bytes() == before


def test_no_link_is_followed(person, iamctl, tmp_path):
    theirs = tmp_path / "theirs"
    theirs.write_text("")
    for name, target in (("link", theirs), ("dangling", tmp_path / "nowhere")):
        (person.folder / name).symlink_to(target)
        iamctl(*ASSUME, "-o", "json", "--output-file", name, code=8)
    assert theirs.read_text() == ""
    assert not (tmp_path / "nowhere").exists()


def test_folders_and_pipes_are_no_files(person, iamctl):
    (person.folder / "folder").mkdir()
    os.mkfifo(person.folder / "pipe")
    for name in ("folder", "pipe", "/dev/null"):
        iamctl(*ASSUME, "-o", "json", "--output-file", name, code=8)
    iamctl(*ASSUME, "-o", "json", "--output-file", "missing/file", code=4)
    for name in ("-", ""):
        iamctl(*ASSUME, "-o", "json", "--output-file", name, code=2)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_a_file_of_another_user_is_refused(person, iamctl):
    file = person.folder / "theirs"
    file.touch()
    os.chown(file, 65534, 65534)
    done = iamctl(*ASSUME, "-o", "json", "--output-file", "theirs", code=8)
    assert "belongs to another user" in done.stderr


@pytest.mark.parametrize("form", ["sh", "fish", "github", "powershell", None])
def test_forms_that_no_program_reads_from_a_file(person, iamctl, form):
    words = () if form is None else ("-o", form)
    done = iamctl(*ASSUME, *words, "--output-file", "file", code=2)
    assert "-o dotenv, -o json or -o process" in done.stderr
    assert not (person.folder / "file").exists()


def test_no_file_on_failure(person, iamctl):
    words = ("assume-role", "deployer", "--as", "bob", "-o", "json", "--output-file", "file")
    iamctl(*words, code=5)
    assert os.listdir(person.folder) == ["directory.yaml"]
    iamctl(*ASSUME, "-o", "json", "--output-file", "file", code=0)
    before = (person.folder / "file").read_bytes()
    iamctl(*words, code=5)
    assert (person.folder / "file").read_bytes() == before


def redirected(person, words, path, env=None):
    with open(path, "ab") as file:
        return subprocess.run(
            [sys.executable, "-P", "-m", "iamctl", *words],
            stdout=file,
            stderr=subprocess.PIPE,
            text=True,
            cwd=person.folder,
            env={**person.environment, **(env or {})},
            check=False,
        )


def test_a_redirect_that_others_can_read_is_remarked_on(person, tmp_path):
    open_to_all, private = tmp_path / "open", tmp_path / "private"
    open_to_all.touch(mode=0o644)
    private.touch(mode=0o600)
    words = (*ASSUME, "-o", "json")
    assert "others can read" in redirected(person, words, open_to_all).stderr
    assert redirected(person, words, private).stderr == ""


def test_every_command_that_hands_credentials_over_can_do_so_in_a_file():
    options = {words: {o for p in command.params for o in p.opts} for words, command in leaves()}
    forms = {
        words
        for words, command in leaves()
        for p in command.params
        if "-o" in p.opts and "github" in (p.help or "") and "dotenv" in (p.help or "")
    }
    assert ("assume-role",) in forms
    assert {words for words in forms if "--output-file" not in options[words]} == set()


@pytest.fixture
def job(tmp_path):
    """The file that a job's steps share; an earlier step left its last line unfinished."""
    file = tmp_path / "set_env_5b1d"
    file.write_text("EARLIER=1\nUNFINISHED=2")
    return file


def test_a_github_step_passes_the_role_on(person, iamctl, job):
    done = iamctl(*ASSUME, "-o", "github", env={"GITHUB_ENV": str(job)}, code=0)
    assert done.stdout == ""
    read = runner_reads(job.read_text())
    assert set(read) == {*NAMES, "EARLIER", "UNFINISHED"}
    assert (read["EARLIER"], read["UNFINISHED"]) == ("1", "2")
    masks = [line for line in done.stderr.splitlines() if line.startswith("::add-mask::")]
    secrets = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
    assert masks == [f"::add-mask::{read[name]}" for name in secrets]
    rest = done.stderr.replace("\n".join(masks), "")
    assert not any(read[name] in rest for name in secrets)
    iamctl("whoami", env={name: read[name] for name in NAMES}, code=0)


def test_a_step_that_redirects_itself_writes_once(person, job):
    words = (*ASSUME, "-o", "github")
    done = redirected(person, ["--color", "never", *words], job, {"GITHUB_ENV": str(job)})
    assert done.returncode == 0
    text = job.read_text().removeprefix("EARLIER=1\nUNFINISHED=2")
    assert set(runner_reads(text)) == NAMES
    assert text.count("AWS_ACCESS_KEY_ID") == 1
    assert done.stderr.startswith("::add-mask::")


def test_outside_of_a_job_the_lines_are_the_answer(person, iamctl):
    assert set(runner_reads(iamctl(*ASSUME, "-o", "github", code=0).stdout)) == NAMES


def test_a_job_without_its_file(person, iamctl, tmp_path):
    done = iamctl(*ASSUME, "-o", "github", env={"GITHUB_ENV": str(tmp_path / "gone")}, code=4)
    assert done.stdout == ""
    (tmp_path / "link").symlink_to(tmp_path / "gone")
    iamctl(*ASSUME, "-o", "github", env={"GITHUB_ENV": str(tmp_path / "link")}, code=8)
    assert not (tmp_path / "gone").exists()


def test_a_new_key_in_a_file(trusted, iamctl):
    done = iamctl("key", "create", "alice", "-o", "csv", "--output-file", "alice.csv", code=0)
    file = trusted.folder / "alice.csv"
    assert done.stdout == ""
    assert mode(file) == 0o600
    header, row = file.read_text().splitlines()
    assert header == "User Name,Access key ID,Secret access key"
    _, key_id, secret = row.split(",")
    assert secret not in done.stderr
    env = {"IAMCTL_ACCESS_KEY_ID": key_id, "IAMCTL_SECRET_ACCESS_KEY": secret}
    assert json.loads(iamctl("whoami", "-o", "json", env=env, code=0).stdout)["Arn"].endswith(
        "alice"
    )


@pytest.mark.parametrize("words", [
    ("-o", "env", "--output-file", "x"), ("--output-file", "x"),
    ("-o", "csv", "--output-file", "-"),
    ("--show-secret", "--output-file", "x"), ("--quiet", "--output-file", "x"),
    ("-o", "csv", "--output-file", ""),
])  # fmt: skip
def test_a_key_is_not_made_for_a_file_that_it_cannot_go_into(trusted, iamctl, words):
    before = trusted.text()
    iamctl("key", "create", "alice", *words, code=2)
    assert trusted.text() == before


def test_no_file_is_taken_for_a_new_key(trusted, iamctl):
    before = trusted.text()
    (trusted.folder / "mine").write_text("")
    (trusted.folder / "link").symlink_to("nowhere")
    for name in ("mine", "link"):
        done = iamctl("key", "rotate", "alice", "-o", "csv", "--output-file", name, code=4)
        assert "already exists" in done.stderr
    iamctl("key", "create", "alice", "-o", "csv", "--output-file", "missing/x", code=4)
    assert trusted.text() == before
