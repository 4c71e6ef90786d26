"""Staying beside a command where the system does not tell who sent a signal, as on macOS."""

import signal
import subprocess
import sys

import pytest

from tests.cli.terminal import at_terminal
from tests.cli.test_exec import LISTENS, PATIENCE

SUPERVISES = """
import os, signal, sys
del signal.sigwaitinfo
from iamctl.cli.child import spawn
from iamctl.cli.supervising import end_alike, supervise
words = [sys.executable, "-c", sys.argv[1]]
end_alike(supervise(lambda mask: spawn(words[0], words, dict(os.environ), mask), lambda: None))
"""
COMMAND = [sys.executable, "-P", "-c", SUPERVISES]


def test_what_is_typed_reaches_the_command_once(home):
    code, screen = at_terminal(home, [LISTENS], [("ready", "\x03")], command=COMMAND)
    assert (code, "heard SIGINT once" in screen) == (7, True), screen


@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT"])
def test_what_is_sent_is_passed_on(home, name):
    with subprocess.Popen(
        [*COMMAND, LISTENS], cwd=home.folder, env=home.environment, stdout=subprocess.PIPE,
        text=True, start_new_session=True,
    ) as process:  # fmt: skip
        assert process.stdout.readline().startswith("ready ")
        process.send_signal(getattr(signal, name))
        said, _ = process.communicate(timeout=PATIENCE)
    assert (said, process.returncode) == (f"heard {name} once\n", 7)


@pytest.mark.parametrize("killed", [True, False])
def test_a_command_that_ends_at_once_is_waited_for(home, killed):
    script = "import os; os.kill(os.getpid(), 9)" if killed else "import sys"
    done = subprocess.run(
        [*COMMAND, script], cwd=home.folder, env=home.environment, timeout=PATIENCE, check=False
    )
    assert done.returncode == (-9 if killed else 0)
