"""Every verb of every noun, with arguments nobody should give, thousands of times when soaked."""

import io
import os
import random
from pathlib import Path

import pytest

from iamctl.cli.boundary import run
from iamctl.cli.table_making import leaves

NOUNS = ("user", "group", "role", "policy", "key", "mfa", "account", "show")
EACH = 4 * int(os.environ.get("IAMCTL_TEST_SCALE", "1"))
EXPECTED = (0, 2, 3, 4, 5, 6, 7, 8)

HOSTILE = [
    *("", "x" * 10_000, "\x1b[2J", "\u202ealice", "аlice", "alice\n", "--", "-x", "\udcff"),
    *("../../etc/passwd", "*", "=", "a=b=c", "-", "{}", "9" * 50, "arn:", "user/", "group/"),
    "arn:aws:iam::aws:policy/",
]
SOUND = [
    *("alice", "bob", "carol", "developers", "deployer", "ReadArtifacts", "DeployStack"),
    *("user/bob", "role/deployer", "group/developers", "AKIAALICE00000000001", "team=x"),
    *("team", "/eng/", "directory.yaml", "30d", "2h", "roles", "json", "yaml", "table"),
]
STDIN = [
    *(b"", b"alice\n", b"\xff", b"a: &a [*a]", b'{"Statement": []}'),
    b'{"Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}}',
    b"AKIAIOSFODNN7EXAMPLE wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
]


def arguments(command, choose: random.Random) -> list[str]:
    """A command line for the verb: some parts sound, some hostile, some missing."""
    words: list[str] = []
    for parameter in command.params:
        if parameter.param_type_name == "argument":
            count = choose.choice([1, 1, 2]) if parameter.nargs == -1 else 1
            if parameter.required or choose.random() < 0.6:
                words += choose.choices(HOSTILE + 2 * SOUND, k=count)
        elif parameter.name not in ("help", "directory") and choose.random() < 0.25:
            value = [] if parameter.is_flag else [choose.choice(HOSTILE + 2 * SOUND)]
            words += [parameter.opts[0], *value]
    return [*words, "--yes"] if choose.random() < 0.3 else words


@pytest.fixture
def here(trusted, monkeypatch) -> Path:
    """The team's directory, in this very process."""
    for name, value in trusted.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(trusted.folder)
    return trusted.file


@pytest.mark.parametrize("noun", NOUNS)
def test_no_argument_breaks_a_verb(here, monkeypatch, capsys, noun):
    original = here.read_bytes()
    choose = random.Random(noun)
    for path, command in (leaf for leaf in leaves() if leaf[0][0] == noun):
        for _ in range(EACH):
            line = [*path, *arguments(command, choose)]
            monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(choose.choice(STDIN))))
            code = run(line)
            told = "".join(capsys.readouterr())
            assert code in EXPECTED, (line, told)
            assert all(c.isprintable() or c in "\n\t" for c in told), (line, told)
            if code != 0 and path[-1] != "rotate":
                assert here.read_bytes() == original, (line, told)
            here.write_bytes(original)
            made = [path for path in here.parent.iterdir() if path != here]
            assert not made or (code == 0 and "--qr-" in " ".join(line)), line
            for picture in made:
                picture.unlink()
