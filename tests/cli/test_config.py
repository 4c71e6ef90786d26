"""`iamctl config`: the user's own settings, read, set, listed, and what they do elsewhere."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

UUID = "5b1d6d4c-3f0e-4d0a-9a57-0c8a3c1f7e21"


def settings_of(home) -> Path:
    return Path(home.environment["XDG_CONFIG_HOME"]) / "iamctl" / "settings.toml"


def test_set_get_list_unset(home, iamctl):
    assert iamctl("config", "path", code=0).stdout == f"{settings_of(home)}\n"
    empty = iamctl("config", "list", code=0)
    assert (empty.stdout, empty.stderr) == ("", "nothing is set\n")
    iamctl("config", "set", "duration", "2h", code=0)
    iamctl("config", "set", "aliases.prod", "deployer", code=0)
    assert iamctl("config", "get", "duration", code=0).stdout == "2h\n"
    lines = iamctl("config", "list", code=0).stdout.splitlines()
    assert lines[1:] == ["duration\t2h", "aliases.prod\tdeployer"]
    assert json.loads(iamctl("config", "list", "-o", "json", code=0).stdout) == {
        "duration": "2h", "aliases.prod": "deployer",
    }  # fmt: skip
    assert settings_of(home).stat().st_mode & 0o777 == 0o600
    iamctl("config", "unset", "aliases.prod", code=0)
    assert "not set" in iamctl("config", "get", "aliases.prod", code=4).stderr
    iamctl("config", "unset", "aliases.prod", code=4)


def test_comments_survive(home, iamctl):
    file = settings_of(home)
    file.parent.mkdir(parents=True, mode=0o700)
    file.write_text("# mine\nduration = '1h'   # short\n\n[aliases]\n# theirs\np = 'deployer'\n")
    iamctl("config", "set", "duration", "2h", code=0)
    iamctl("config", "set", "aliases.q", "other", code=0)
    for comment in ("# mine", "# short", "# theirs"):
        assert comment in file.read_text()


@pytest.mark.parametrize(("words", "code"), [
    (("set", "duration", "x"), 2), (("set", "vault", "safe"), 2), (("set", "colour", "x"), 4),
    (("get", "aliases"), 4), (("get", ""), 4), (("set", "aliases.", "x"), 4),
    (("set", "duration"), 2),
    (("set", "directory", "a\nb"), 2), (("set", "directory", "work/directory.yaml"), 2),
    (("set", "aliases.a\x1b[2J", "x"), 4),
    (("set", "directories.x", "y"), 4), (("unset", "directory"), 4),
    (("set", "directories.x.aws.account", "1234"), 2), (("set", "directories.x.aws", "p"), 4),
])  # fmt: skip
def test_what_is_refused_writes_nothing(home, iamctl, words, code):
    done = iamctl("config", *words, code=code)
    assert "\x1b" not in done.stderr
    assert not settings_of(home).exists() or settings_of(home).read_text() == ""


def test_bytes_that_are_no_text(home, iamctl):
    iamctl("config", "set", "directory", "\udcff", code=2)
    assert "\\udcff" in iamctl("config", "set", "aliases.\udcff", "x", code=4).stderr


@pytest.mark.parametrize(
    "text", ["a = \n", "aliases = 3\n", "[aliases\n", "\0", "aliases={a=[1]}\n"]
)
def test_a_broken_file_is_named_and_kept(home, iamctl, text):
    file = settings_of(home)
    file.parent.mkdir(parents=True, mode=0o700)
    file.write_text(text)
    for words in (("list",), ("get", "duration"), ("set", "duration", "1h"), ("unset", "duration")):
        assert str(file) in iamctl("config", *words, code=2).stderr
    assert file.read_text() == text


def test_settings_that_others_can_write_are_not_taken(home, iamctl):
    iamctl("config", "set", "duration", "1h", code=0)
    settings_of(home).parent.chmod(0o777)
    assert "chmod" in iamctl("config", "set", "duration", "2h", code=8).stderr


@pytest.mark.slow
def test_twenty_at_once_are_all_kept(home):
    processes = [
        subprocess.Popen(
            [sys.executable, "-P", "-m", "iamctl", "config", "set", f"aliases.a{n}", "deployer"],
            cwd=home.folder, env=home.environment, stderr=subprocess.DEVNULL,
        )
        for n in range(20)
    ]  # fmt: skip
    assert [process.wait(timeout=120) for process in processes] == [0] * 20
    assert settings_of(home).read_text().count("deployer") == 20


def test_what_settings_do_elsewhere(trusted, iamctl, tmp_path):
    iamctl("key", "create", "alice", code=0)
    iamctl("config", "set", f"directories.{UUID}.user", "alice", code=0)
    iamctl("config", "set", "aliases.prod", "deployer", code=0)
    given = json.loads(iamctl("assume-role", "prod", "-o", "json", code=0).stdout)
    assert given["AssumedRoleUser"]["Arn"].endswith(":assumed-role/deployer/alice")
    iamctl("config", "set", "directory", str(trusted.file), code=0)
    assert "alice" in iamctl("user", "list", "-o", "name", code=0, cwd=tmp_path).stdout
    iamctl("config", "set", "vault", "env", code=0)
    (tmp_path / "new").mkdir()
    made = iamctl("init", cwd=tmp_path / "new", env={"IAMCTL_VAULT": ""}, code=0)
    assert made.stdout.startswith("IAMCTL_SIGNING_KEY=")
