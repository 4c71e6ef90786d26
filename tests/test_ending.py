"""How a process ends: at once, unless somebody has anything left to do."""

import subprocess
import sys

import pytest

LATE = """
import sys
class Late:
    def __del__(self):
        sys.stdout.write("late")
late = Late()
"""
LEFT = {
    "callback": "import atexit\natexit.register(sys.stdout.write, 'called back ')\n",
    "thread": "import threading\ndef work():\n    threading.main_thread().join()\n"
    "    sys.stdout.write('worked ')\nthreading.Thread(target=work).start()\n",
}
MAIN = "from iamctl.__main__ import main\nsys.argv[1:] = {words}\nmain()\n"


def ended(before, *words):
    program = LATE + before + MAIN.format(words=list(words))
    return subprocess.run(
        [sys.executable, "-P", "-c", program], capture_output=True, text=True, check=False
    )


def test_nothing_is_taken_apart_when_all_is_said():
    done = ended("", "--version")
    assert done.returncode == 0
    assert done.stdout.startswith("iamctl ")
    assert done.stdout.endswith("\n")


def test_the_exit_code_is_the_commands():
    done = ended("", "no-such-command")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("error: ")


@pytest.mark.parametrize("before", LEFT.values(), ids=LEFT)
def test_what_is_left_to_do_is_done(before):
    done = ended(before, "--version")
    assert done.returncode == 0
    assert "called back " in done.stdout or "worked " in done.stdout
    assert done.stdout.endswith("late")


@pytest.mark.parametrize("watch", ["sys.setprofile", "sys.settrace"])
def test_who_watches_the_run_gets_to_tell_of_it(watch):
    program = "import sys\nfrom iamctl.__main__ import main\nsys.argv[1:] = ['--version']\n"
    program += f"{watch}(lambda *seen: None)\ntry:\n    main()\nfinally:\n    print('told')\n"
    done = subprocess.run(
        [sys.executable, "-P", "-c", program], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0
    assert done.stdout.splitlines()[1:] == ["told"]
