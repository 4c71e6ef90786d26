"""Where the code comes from that a role wants: an option, the environment, a program, a person."""

import os
import re
import shlex
import time
from base64 import b32encode

import pyotp
import pytest

from tests.cli.conftest import UUID
from tests.cli.terminal import COMMAND, at_terminal

SEED = bytes(range(20))
DEVICE = "arn:aws:iam::111122223333:mfa/phone"
QUESTION = f"MFA code for {DEVICE}: "
ASSUME = ("assume-role", "deployer", "--as", "alice")
INVALID = "MultiFactorAuthentication failed with invalid MFA one time pass code."

MFA = "          Condition: {Bool: {aws:MultiFactorAuthPresent: true}}\n"


def code(step: int = 0) -> str:
    """What the phone shows so many steps from now."""
    return str(pyotp.TOTP(b32encode(SEED).decode()).at(int(time.time()) + 30 * step))


def wrong() -> str:
    """A code that it shows at no time near."""
    near = {code(step) for step in range(-5, 6)}
    return next(other for other in (f"{n:06}" for n in range(100)) if other not in near)


@pytest.fixture
def guarded(trusted, iamctl):
    """The team; whoever assumes its role has MFA, and alice has a device."""
    from iamctl.domain.secret import Secret
    from iamctl.vault import VaultSettings, open_vault

    iamctl("key", "create", "alice", code=0)
    trust = "          Action: sts:AssumeRole\n"
    text = trusted.text().replace(trust, trust + MFA)
    enabled = "{user: alice, enabled: 2026-01-02T03:04:05Z}"
    trusted.file.write_text(f"{text}mfa:\n  phone: {enabled}\n  drawer: {{}}\n")
    folder = os.path.join(trusted.environment["XDG_STATE_HOME"], "iamctl", UUID)
    vault = open_vault(folder, UUID, "file", VaultSettings(trusted.environment, os.urandom))
    vault.put_mfa_seed("phone", Secret(SEED))
    return trusted


@pytest.fixture
def program(guarded, iamctl, tmp_path):
    """Makes a program that prints a text, and the settings name it."""

    def made(prints: str) -> None:
        script = tmp_path / "bin" / "code"
        script.parent.mkdir(exist_ok=True)
        script.write_text(f"#!/bin/sh\nenv > {tmp_path}/seen\nprintf '{prints}'\n")
        script.chmod(0o755)
        iamctl("config", "set", "mfa_process", shlex.quote(str(script)), code=0)

    return made


class TestWithoutATerminal:
    def test_an_option(self, guarded, iamctl):
        told = iamctl(*ASSUME, "-o", "sh", "--mfa-code", code(), code=0)
        assert " AWS_ACCESS_KEY_ID='ASIA" in told.stdout

    def test_the_environment(self, guarded, iamctl):
        iamctl(*ASSUME, "-o", "sh", env={"IAMCTL_MFA_CODE": f" {code()} "}, code=0)

    def test_a_program_of_the_users(self, guarded, program, iamctl, tmp_path):
        program(f"{code()}\\n")
        secret = {"IAMCTL_VAULT_PASSPHRASE": "s3cr3t", "OTHER": "o"}
        iamctl(*ASSUME, "-o", "sh", env=secret, code=0)
        seen = (tmp_path / "seen").read_text()
        assert "OTHER=o" in seen
        assert "IAMCTL_" not in seen

    @pytest.mark.parametrize("given", ["option", "environment"])
    def test_the_first_that_applies(self, guarded, program, iamctl, given, tmp_path):
        program(wrong())
        if given == "option":
            environment = {"IAMCTL_MFA_CODE": wrong()}
            iamctl(*ASSUME, "-o", "sh", "--mfa-code", code(), env=environment, code=0)
        else:
            iamctl(*ASSUME, "-o", "sh", env={"IAMCTL_MFA_CODE": code()}, code=0)
        assert not (tmp_path / "seen").exists()

    @pytest.mark.parametrize("prints", ["", "12345", "your code: 123456", "123456\\n234567\\n"])
    def test_a_program_that_prints_no_code(self, guarded, program, iamctl, prints):
        program(prints)
        told = iamctl(*ASSUME, "-o", "sh", code=2)
        assert "an MFA code has six digits" in told.stderr
        assert "mfa_process" in told.stderr
        assert "your code" not in told.stderr
        assert told.stdout.endswith("(exit 2);\n")

    def test_a_program_that_is_not_there(self, guarded, iamctl):
        iamctl("config", "set", "mfa_process", "no-such-program-anywhere", code=0)
        told = iamctl(*ASSUME, "-o", "sh", code=5)
        assert "mfa_process of your settings" in told.stderr

    def test_no_way_at_all_names_them(self, guarded, iamctl):
        told = iamctl(*ASSUME, "-o", "sh", code=5)
        assert "must provide both MFA serial number and one time pass code" in told.stderr
        for way in ("--mfa-code", "IAMCTL_MFA_CODE", "mfa_process"):
            assert way in told.stderr
        assert told.stdout.endswith("(exit 5);\n")
        assert "export" not in told.stdout

    def test_a_wrong_one_and_one_that_was_used(self, guarded, iamctl):
        told = iamctl(*ASSUME, "-o", "sh", "--mfa-code", wrong(), code=5)
        assert INVALID in told.stderr
        good = code()
        iamctl(*ASSUME, "-o", "sh", "--mfa-code", good, code=0)
        told = iamctl(*ASSUME, "-o", "sh", "--no-cache", "--mfa-code", good, code=5)
        assert INVALID in told.stderr
        assert "a code works once" in told.stderr

    @pytest.mark.parametrize("text", ["hunter2", "12345", "1234567"])
    def test_what_is_no_code_is_not_repeated(self, guarded, iamctl, text):
        told = iamctl(*ASSUME, "-o", "sh", "--mfa-code", text, code=2)
        assert "an MFA code has six digits" in told.stderr
        assert text not in told.stderr

    @pytest.mark.parametrize("serial", ["drawer", "nothing", DEVICE.replace("phone", "other")])
    def test_a_serial_that_is_not_hers(self, guarded, iamctl, serial):
        told = iamctl(*ASSUME, "-o", "sh", "--mfa-serial", serial, "--mfa-code", code(), code=5)
        assert "Please verify your MFA serial number is valid" in told.stderr


# In each shell: the line that evaluates our output, then what the shell is left with.

SHELLS = {
    "bash": 'eval "$({line})"; echo "status $? key $AWS_ACCESS_KEY_ID."',
    "zsh": 'eval "$({line})"; echo "status $? key $AWS_ACCESS_KEY_ID."',
    "dash": 'eval "$({line})"; echo "status $? key $AWS_ACCESS_KEY_ID."',
    "fish": '{line} | source; echo "status $status key $AWS_ACCESS_KEY_ID."',
}
IN_SHELL = [*COMMAND, *ASSUME]


@pytest.mark.parametrize("shell", SHELLS)
class TestUnderEval:
    def in_shell(self, home, shell: str, typed) -> tuple[int, str]:
        script = SHELLS[shell].format(line=shlex.join(IN_SHELL))
        options = {"zsh": ["-f"], "fish": ["--no-config"]}.get(shell, [])
        return at_terminal(
            home,
            ["-c", script],
            [(QUESTION, typed)],
            {"AWS_ACCESS_KEY_ID": "AKIAOLD", "AWS_SECRET_ACCESS_KEY": "old"},
            [shell, *options],
        )

    def test_the_question_is_on_the_terminal_and_the_answer_counts(self, guarded, shell):
        status, screen = self.in_shell(guarded, shell, lambda: f"{code()}\n")
        assert status == 0, screen
        assert re.search(r"status 0 key ASIA[A-Z2-7]{16}\.", screen), screen

    def test_a_wrong_answer_leaves_no_identity(self, guarded, shell):
        _, screen = self.in_shell(guarded, shell, lambda: f"{wrong()}\n")
        assert INVALID in screen
        assert re.search(r"status [15] key \.", screen), screen

    def test_the_end_of_input_leaves_no_identity(self, guarded, shell):
        _, screen = self.in_shell(guarded, shell, "\x04")
        assert "no MFA code was given" in screen
        assert re.search(r"status (1|130) key \.", screen), screen

    def test_ctrl_c_ends_it_and_what_was_to_come(self, guarded, shell):
        """A shell that runs a script ends with it, so that nothing comes after the question."""
        _, screen = self.in_shell(guarded, shell, "\x03")
        assert QUESTION in screen
        assert "status" not in screen.replace("status 130 key .", ""), screen


def test_ctrl_c_says_130_and_clears(guarded):
    arguments = [*ASSUME, "-o", "sh"]
    status, screen = at_terminal(guarded, arguments, [(QUESTION, "\x03")])
    assert status == 130, screen
    assert re.search(r"^unset [A-Z_ ]+;\n\(exit 130\);$", screen, re.MULTILINE), screen


def test_nothing_of_the_question_is_on_stdout(guarded):
    script = f"{shlex.join([*IN_SHELL, '-o', 'sh'])} > told 2> complained"
    status, screen = at_terminal(
        guarded, ["-c", script], [(QUESTION, lambda: f"{code()}\n")], command=["sh"]
    )
    assert status == 0, screen
    assert screen.startswith(QUESTION)
    told = (guarded.folder / "told").read_text()
    assert "MFA" not in told
    assert told.rstrip().splitlines()[-1].startswith("export ")
    assert QUESTION not in (guarded.folder / "complained").read_text()
