"""Half of the work in a copy of this process gives what all of it here gives, and leaves nothing.

What forks runs in a process of its own: a test runner has threads.
"""

import subprocess
import sys
import threading

import pytest

from iamctl.store.index import beside

STAGE = """
import os, signal, sys, time
from iamctl.store.index import beside, build, chunks
from iamctl.store.index.contents import Unfit
from iamctl.store.index.parts import alone

chunks._BYTES = 8
HEAD = 'iamctl: 1\\naccount: {id: "123456789012"}\\n'
SEEN = ((1, 2, 3, 4, 5), 6, False, True, ())
me = os.getpid()

def text(*users):
    lines = (f"  {user}:\\n    path: /x/\\n" for user in users)
    return (HEAD + "users:\\n" + "".join(lines)).encode()

def built(data, two):
    beside.may_share = lambda room: two
    try:
        return build.build(alone(data), SEEN, "d")
    except Unfit as error:
        return str(error)

def nothing_left():
    try:
        os.waitpid(-1, os.WNOHANG)
    except ChildProcessError:
        return len(os.listdir("/proc/self/fd"))
    raise AssertionError("a process is left")

def two(work, items=(1, 2, 3, 4)):
    beside.may_share = lambda room: True
    return beside.in_halves(work, items, 0)
"""


def staged(script: str) -> str:
    ran = subprocess.run(
        [sys.executable, "-c", STAGE + script], capture_output=True, text=True, timeout=60
    )
    assert ran.stderr == ""
    assert ran.returncode == 0
    return ran.stdout


needs_linux = pytest.mark.skipif(sys.platform != "linux", reason="two processes are Linux's")


@needs_linux
def test_an_index_is_the_same_out_of_two_processes() -> None:
    assert staged("""
users = [f"user{n}" for n in range(500)]
files = [
    text(*users),
    text(*users) + b"groups:\\n  dev:\\n    members: [user3, user499]\\n",
    text(*users, "User3"),
    text("user499", *users),
    text(*users, "bad name"),
    text(*users) + b"groups:\\n  dev:\\n    members: [nobody]\\n",
]
for data in files:
    one, other = built(data, False), built(data, True)
    assert one == other
    print(one if isinstance(one, str) else len(one.pages) > 50)
nothing_left()
""").splitlines()[:2] == ["True", "True"]


@needs_linux
@pytest.mark.parametrize(
    "fate",
    ["raise ValueError", "os._exit(0)", "os._exit(1)", "os.kill(os.getpid(), signal.SIGKILL)",
     "os.kill(os.getpid(), signal.SIGTERM)", "raise KeyboardInterrupt", "sys.exit(0)"],
)  # fmt: skip
def test_what_fails_beside_is_done_here(fate: str) -> None:
    """And no handler or block of this process runs in the other."""
    assert (
        staged(f"""
signal.signal(signal.SIGTERM, lambda *_: print("handled", flush=True))
before = nothing_left()

def work(items):
    if os.getpid() != me:
        {fate}
    return [item * 2 for item in items]

try:
    print(two(work))
finally:
    print("end")
assert nothing_left() == before
""")
        == "[2, 4, 6, 8]\nend\n"
    )


@needs_linux
def test_the_other_holds_nothing_open_and_ends_with_this() -> None:
    assert (
        staged("""
os.close(0)
before = nothing_left()

def opened(items):
    return [] if os.getpid() == me else os.listdir("/proc/self/fd")

print(len(two(opened)))  # the pipe, and what lists it

def work(items):
    if os.getpid() != me:
        time.sleep(60)
    raise ValueError

began = time.monotonic()
try:
    two(work)
except ValueError:
    print(time.monotonic() - began < 50)
assert nothing_left() == before
""")
        == "2\nTrue\n"
    )


@needs_linux
def test_an_interrupt_right_at_the_start_leaves_nothing() -> None:
    assert (
        staged("""
really, before = os.fork, nothing_left()

def fork():
    process = really()
    if process:
        os.kill(me, signal.SIGINT)
    return process

os.fork = fork
try:
    two(lambda items: time.sleep(0 if os.getpid() == me else 60) or [])
except KeyboardInterrupt:
    print("interrupted")
assert nothing_left() == before

def none():
    raise BlockingIOError("no process is left")

os.fork = none
print(two(lambda items: list(items)))
assert nothing_left() == before
""")
        == "interrupted\n[1, 2, 3, 4]\n"
    )


def test_a_thread_or_little_memory_forbids_it() -> None:
    assert not beside.may_share(1 << 60)
    end = threading.Event()
    thread = threading.Thread(target=end.wait)
    thread.start()
    try:
        assert not beside.may_share(0)
    finally:
        end.set()
        thread.join()
