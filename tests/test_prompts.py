"""Asking a person, and a program of theirs: what is seen, given up, inherited, looked for."""

import os
import pty
import select
import shlex
import signal
import sys
import termios
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from iamctl.domain.errors import AccessDenied
from iamctl.prompts import ask_terminal, has_terminal, program_output

PATH = {"PATH": os.environ["PATH"]}


def in_terminal(body: Callable[[], str], *typed: str) -> str:
    """The screen of a fork with a terminal of its own, each text typed after a question there.

    A question ends with `? `. What `body` returns is on the screen at last, as `<…>`.
    """
    child, terminal = pty.fork()
    if child == 0:
        try:
            os.write(1, f"<{body()}>".encode())
        except BaseException as error:
            os.write(1, f"<{type(error).__name__}: {error}>".encode())
        os._exit(0)
    screen, waiting, start = b"", list(typed), 0
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        if not select.select([terminal], [], [], 1.0)[0]:
            continue
        try:
            data = os.read(terminal, 4096)
        except OSError:
            break
        screen += data
        if waiting and b"? " in screen[start:]:
            start = len(screen)
            os.write(terminal, waiting.pop(0).encode())
    os.waitpid(child, 0)
    os.close(terminal)
    return screen.decode().replace("\r\n", "\n")


def read_until(terminal: int, end: bytes) -> bytes:
    """What is on the screen up to an end."""
    screen = b""
    while not screen.endswith(end):
        assert select.select([terminal], [], [], 30)[0], screen
        screen += os.read(terminal, 1)
    return screen


def answered(echo: bool) -> str:
    answer = ask_terminal("Code? ", echo=echo, given_up="gave up")
    return "none" if answer is None else answer.reveal().decode()


class TestATerminal:
    def test_what_is_typed_is_seen_only_with_echo(self):
        assert in_terminal(lambda: answered(True), "123456\n") == "Code? 123456\n<123456>"
        assert in_terminal(lambda: answered(False), "123456\n") == "Code? \n<123456>"

    @pytest.mark.parametrize("echo", [True, False])
    @pytest.mark.parametrize("key", ["\x03", "\x04"])
    def test_giving_up_leaves_the_cursor_at_the_start_of_a_line(self, echo, key):
        screen = in_terminal(lambda: answered(echo), key)
        assert screen.endswith("\n<Interrupted: gave up>")

    def test_the_terminal_is_as_it_was(self):
        def body() -> str:
            settings = termios.tcgetattr(0)
            settings[3] &= ~(termios.ECHO | termios.ICANON)
            termios.tcsetattr(0, termios.TCSANOW, settings)
            answered(True)
            after = termios.tcgetattr(0)[3] & (termios.ECHO | termios.ICANON)
            return "same" if after == 0 else "other"

        assert in_terminal(body, "123456\n").endswith("<same>")

    def test_after_a_stop_it_asks_again_and_what_is_typed_stays_unseen(self):
        """As with Ctrl-Z and fg: shells give a job a terminal that shows what is typed."""
        child, terminal = pty.fork()
        if child == 0:
            os.write(1, f"<{answered(False) == 'hunter2'}>".encode())
            os._exit(0)
        screen = read_until(terminal, b"Code? ")
        settings = termios.tcgetattr(terminal)
        settings[3] |= termios.ECHO
        termios.tcsetattr(terminal, termios.TCSANOW, settings)
        screen += read_until(terminal, b"Code? ")
        os.write(terminal, b"hunter2\n")
        screen += read_until(terminal, b">")
        os.waitpid(child, 0)
        os.close(terminal)
        assert screen == b"Code? Code? \r\n<True>"

    def test_standard_streams_do_not_matter(self):
        def body() -> str:
            screen = os.dup(1)
            for number in range(3):
                os.close(number)
            answer = answered(True)
            os.dup2(screen, 1)
            return answer

        assert in_terminal(body, "654321\n").endswith("<654321>")

    def test_without_one_nothing_is_asked(self):
        child = os.fork()
        if child == 0:
            os.setsid()
            nobody = ask_terminal("Code? ", echo=True, given_up="gave up") is None
            os._exit(0 if nobody and not has_terminal() else 1)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0

    def test_one_is_known(self):
        assert in_terminal(lambda: str(has_terminal())) == "<True>"


def output(command: str, environment: dict[str, str] | None = None, timeout=None) -> bytes:
    given = PATH if environment is None else environment
    return program_output(command, given, "mfa_process", AccessDenied, timeout).reveal()


class TestAProgram:
    @pytest.mark.parametrize(
        ("printed", "read"),
        [("1", b"1"), ("1\\n", b"1"), ("1\\r\\n", b"1"), ("1\\n\\n", b"1\n"), ("", b"")],
    )
    def test_one_line_end_is_left_out(self, printed, read):
        assert output(f"printf '{printed}'") == read

    def test_its_words_are_split_and_no_shell_runs(self):
        assert output("printf '%s|' 'a b' \"c\" $HOME ';' '*'") == b"a b|c|$HOME|;|*|"

    def test_it_inherits_none_of_our_variables(self):
        seen = output("env", {**PATH, "IAMCTL_MFA_CODE": "1", "IAMCTL_SIGNING_KEY": "2", "X": "3"})
        assert b"X=3" in seen
        assert b"IAMCTL_" not in seen

    def test_it_cannot_read_what_we_are_given(self):
        assert output("cat") == b""

    def test_signals_that_we_block_are_not_blocked_for_it(self):
        script = "import signal; print(signal.pthread_sigmask(signal.SIG_BLOCK, ()))"
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
        try:
            assert output(shlex.join([sys.executable, "-c", script])) == b"set()"
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)

    @pytest.mark.parametrize("path", ["", ".", "::", "relative"])
    def test_the_working_folder_is_never_looked_in(self, path, tmp_path, monkeypatch):
        program = tmp_path / "give"
        program.write_text("#!/bin/sh\necho 123456\n")
        program.chmod(0o755)
        (tmp_path / "relative").symlink_to(tmp_path)
        monkeypatch.chdir(tmp_path)
        for command in ("give", "./give", "relative/give"):
            with pytest.raises(AccessDenied, match="was not found"):
                output(command, {"PATH": path})
        assert output(str(program), {"PATH": path}) == b"123456"

    @pytest.mark.parametrize("command", ["", "  ", "'unclosed", "no-such-program-anywhere"])
    def test_what_cannot_be_found_names_the_setting(self, command):
        with pytest.raises(AccessDenied, match="mfa_process"):
            output(command)

    def test_its_failure_is_told(self):
        with pytest.raises(AccessDenied, match="mfa_process failed with status 3"):
            output("sh -c 'echo 123456; exit 3'")

    def test_it_has_so_long(self):
        with pytest.raises(AccessDenied, match=r"did not answer within 0\.2 seconds"):
            output("sleep 30", timeout=0.2)

    def test_a_file_that_does_not_run_is_told(self, tmp_path: Path):
        (tmp_path / "text").write_bytes(b"\x00nothing")
        (tmp_path / "text").chmod(0o755)
        with pytest.raises(AccessDenied, match="could not be run"):
            output(shlex.quote(str(tmp_path / "text")))
