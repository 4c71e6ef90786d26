"""Commands under a role: their environment, their end, their signals, and what nobody else sees."""

import json
import os
import re
import signal
import subprocess
import sys
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from tests.cli.terminal import COMMAND, at_terminal

PATIENCE = 60
ROLE = "arn:aws:iam::111122223333:role/deployer"
SERVER = ([], ["--server"])
AWS = [str(Path(sys.executable).with_name("aws"))]

STALE = {
    "AWS_PROFILE": "old", "AWS_DEFAULT_PROFILE": "old", "AWS_SECURITY_TOKEN": "old",
    "AWS_ROLE_ARN": "old", "AWS_ROLE_SESSION_NAME": "old", "AWS_WEB_IDENTITY_TOKEN_FILE": "/old",
    "AWS_CREDENTIAL_EXPIRATION": "old", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/old",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": "/old",
}  # fmt: skip
OURS = {
    "IAMCTL_ACCESS_KEY_ID": "", "IAMCTL_SECRET_ACCESS_KEY": "", "IAMCTL_SIGNING_KEY": "hunter2",
    "IAMCTL_VAULT_PASSPHRASE": "hunter2", "IAMCTL_VAULT_PASSPHRASE_COMMAND": "echo hunter2",
    "IAMCTL_MFA_CODE": "123456", "IAMCTL_LATER_SECRET": "hunter2",
}  # fmt: skip

SAYS = "import os, json; print(json.dumps(dict(os.environ)))"

# Waits for one signal more than it is told of, which would come in that moment; then goes on.
LISTENS = """
import os, signal, sys
heard = {
    signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1, signal.SIGQUIT, signal.SIGALRM,
    signal.SIGWINCH, getattr(signal, "SIGRTMIN", signal.SIGUSR2),
}
signal.pthread_sigmask(signal.SIG_BLOCK, heard)
print("ready", os.getpid(), flush=True)
first = signal.sigwait(heard)
second = signal.sigtimedwait(heard, 0.3)
print("heard", first.name, "and again" if second else "once", flush=True)
sys.exit(7)
"""


@pytest.fixture
def person(trusted, iamctl):
    """Alice with a key in the vault, and who may call unless somebody is named."""
    iamctl("key", "create", "alice", code=0)
    iamctl("config", "set", f"directories.{_uuid(trusted)}.user", "alice", code=0)
    return trusted


def _uuid(home):
    found = re.search(r"^directory: (\S+)$", home.text(), re.MULTILINE)
    assert found is not None
    return found[1]


@contextmanager
def started(person, *arguments, script=LISTENS, env=None):
    """`iamctl exec deployer ARGUMENTS -- python -c SCRIPT` in a process group of its own, which
    ends with the body."""
    with subprocess.Popen(
        [*COMMAND, "exec", "deployer", *arguments, "--", sys.executable, "-c", script],
        cwd=person.folder,
        env={**person.environment, **(env or {})},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        try:
            yield process
        finally:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)


# What the command is given.


def test_the_command_gets_the_session_and_no_other_identity(person, iamctl):
    done = iamctl("exec", "deployer", "--", sys.executable, "-c", SAYS, env=STALE | OURS, code=0)
    got = json.loads(done.stdout)
    assert got["AWS_ACCESS_KEY_ID"].startswith("ASIA")
    assert got["AWS_ACCOUNT_ID"] == "111122223333"
    assert got["IAMCTL_SESSION"] == ROLE
    assert {name for name, value in got.items() if value == "old"} == set()
    assert {name for name in got if name.startswith("IAMCTL_")} == {
        "IAMCTL_SESSION", "IAMCTL_VAULT",
    }  # fmt: skip
    assert iamctl("whoami", env=got, code=0).stdout.startswith(
        "arn\tarn:aws:sts::111122223333:assumed-role/deployer/alice\n"
    )


def test_beside_a_server_it_gets_no_keys(person, iamctl):
    done = iamctl(
        "exec", "deployer", "--server", "--", sys.executable, "-c", SAYS, env=STALE | OURS, code=0
    )
    got = json.loads(done.stdout)
    assert {name for name in got if name.startswith(("AWS_", "IAMCTL_"))} == {
        "AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_CONTAINER_AUTHORIZATION_TOKEN",
        "IAMCTL_SESSION", "IAMCTL_VAULT",
    }  # fmt: skip


@pytest.mark.parametrize("more", SERVER)
def test_the_commands_words_are_its_own(person, iamctl, more):
    words = ["--server", "-o", "json", "--help", "", "a b", "$(x)", "--", "é"]
    script = "import sys, json; print(json.dumps(sys.argv[1:]))"
    done = iamctl("exec", "deployer", *more, "--", sys.executable, "-c", script, *words, code=0)
    assert json.loads(done.stdout) == words


@pytest.mark.parametrize("more", SERVER)
def test_streams_and_descriptors_are_the_callers(person, more):
    """Process substitution hands descriptors on; what Python ignores for itself is not ignored."""
    read, write = os.pipe()
    os.write(write, b"from outside")
    os.close(write)
    script = (
        "import os, sys, signal; "
        f"print(os.read({read}, 100), sys.stdin.read(), "
        "signal.pthread_sigmask(signal.SIG_BLOCK, []))"
    )
    trapped = 'trap "exit 9" PIPE; kill -PIPE $$; exit 1'
    command = [*COMMAND, "exec", "deployer", *more, "--"]
    done = subprocess.run(
        [*command, sys.executable, "-c", script], cwd=person.folder, env=person.environment,
        input="typed", capture_output=True, text=True, timeout=PATIENCE, check=False,
        pass_fds=[read],
    )  # fmt: skip
    os.close(read)
    assert done.stdout.split("\n")[0] == "b'from outside' typed set()", done.stderr
    done = subprocess.run(
        [*command, "sh", "-c", trapped], cwd=person.folder, env=person.environment,
        capture_output=True, timeout=PATIENCE, check=False,
    )  # fmt: skip
    assert done.returncode == 9  # a shell cannot trap what it was started ignoring


@pytest.mark.parametrize("more", SERVER)
def test_it_leaves_no_core_unless_it_says_so(person, iamctl, more):
    """What its environment holds would be in there."""
    limits = "ulimit -S -c; ulimit -S -c $(ulimit -H -c) && echo raised"
    done = iamctl("exec", "deployer", *more, "--", "bash", "-c", limits, code=0)
    assert done.stdout == "0\nraised\n"


# How it ends.


@pytest.mark.parametrize("more", SERVER)
@pytest.mark.parametrize("code", [0, 5, 130, 255])
def test_its_exit_code_is_passed_on(person, iamctl, more, code):
    done = iamctl("exec", "deployer", *more, "--", "sh", "-c", f"exit {code}", code=code)
    assert (done.stdout, done.stderr) == ("", "")


@pytest.mark.parametrize("more", SERVER)
@pytest.mark.parametrize("name", ["INT", "TERM", "KILL", "SEGV", "PIPE"])
def test_of_what_signal_it_died(person, more, name):
    line = (
        f"{sys.executable} -P -m iamctl exec deployer {' '.join(more)} -- sh -c 'kill -{name} $$'"
    )
    done = subprocess.run(
        ["sh", "-c", f"{line}; echo $?"], cwd=person.folder, env=person.environment,
        capture_output=True, text=True, timeout=PATIENCE, check=False,
    )  # fmt: skip
    if name == "INT":  # the shell sees that its own line was interrupted, and ends
        assert done.stdout in ("130\n", "")
    else:
        assert done.stdout == f"{128 + getattr(signal, f'SIG{name}')}\n", done.stderr


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["deployer", "--", "no-such-command"], 127, "there is no command"),
        (["deployer", "--", "./no-such-command"], 127, "there is no command"),
        (["deployer", "--", ""], 127, "there is no command"),
        (["deployer", "--", "./directory.yaml"], 126, "no program that can be run"),
        (["deployer", "--", "/"], 126, "no program that can be run"),
        (["deployer", "--", "./broken"], 126, "cannot be run"),
        (["nobody", "--", "true"], 125, 'role "nobody" does not exist'),
        (["deployer", "--as", "bob", "--", "true"], 125, "bob"),
        (["deployer"], 125, "there is no command to run"),
        (["deployer", "--"], 125, "there is no command to run"),
        (["deployer", "true"], 125, "behind --"),
        (["deployer", "--nope", "--", "true"], 125, 'there is no option "--nope"'),
        ([], 125, "there is no command to run"),
        (["deployer", "--duration", "13h", "--", "true"], 125, ""),
    ],
)  # fmt: skip
@pytest.mark.parametrize("more", SERVER)
def test_what_keeps_it_from_beginning(person, iamctl, words, code, message, more):
    broken = person.folder / "broken"
    broken.write_text("#!/no/such/interpreter\n")
    broken.chmod(0o755)
    done = iamctl("exec", *more, *words, code=code)
    assert done.stdout == ""
    assert done.stderr.startswith("error: ")
    assert message in done.stderr


@pytest.mark.parametrize("more", SERVER)
def test_a_script_without_an_interpreters_name_is_the_shells(person, iamctl, more):
    script = person.folder / "script"
    script.write_text('echo "$1"; exit 3\n')
    script.chmod(0o755)
    assert iamctl("exec", "deployer", *more, "--", "./script", "x y", code=3).stdout == "x y\n"


def test_nested_use_is_refused_unless_chained(person, iamctl):
    again = [*COMMAND, "exec", "deployer", "--directory", str(person.file)]
    done = iamctl("exec", "deployer", "--", *again, "--", "true", code=125)
    assert f'this already is a session of "{ROLE}"' in done.stderr
    done = iamctl("exec", "deployer", "--", *COMMAND, "shell", "deployer", code=125)
    assert "this already is a session" in done.stderr
    # Going on from the session is a matter of policies again: this role trusts alice alone.
    done = iamctl("exec", "deployer", "--", *again, "--chain", "--", "true", code=125)
    assert "assumed-role/deployer/alice is not authorized" in done.stderr
    iamctl("role", "create", "second", "--allow", "role/deployer", code=0)
    chained = [*COMMAND, "exec", "second", "--chain", "--", sys.executable, "-c", SAYS]
    got = json.loads(iamctl("exec", "deployer", "--", *chained, code=0).stdout)
    assert got["IAMCTL_SESSION"] == "arn:aws:iam::111122223333:role/second"


# Signals.


@pytest.mark.parametrize("more", SERVER)
def test_what_was_blocked_before_stays_blocked(person, more):
    """One of them has no name of its own."""
    blocked = {signal.SIGUSR1, signal.SIGUSR2 if sys.platform == "darwin" else 40}
    before = signal.pthread_sigmask(signal.SIG_BLOCK, blocked)
    script = "import signal; print(*sorted(map(int, signal.pthread_sigmask(signal.SIG_BLOCK, ()))))"
    try:
        with started(person, *more, script=script) as process:
            said, complained = process.communicate(timeout=PATIENCE)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
    assert said == " ".join(str(int(n)) for n in sorted(blocked)) + "\n", complained


@pytest.mark.parametrize("more", SERVER)
@pytest.mark.parametrize(
    "name",
    [
        "SIGTERM", "SIGHUP", "SIGINT", "SIGUSR1", "SIGQUIT", "SIGALRM", "SIGWINCH",
        *(name for name in ("SIGRTMIN",) if hasattr(signal, name)),
    ],
)  # fmt: skip
def test_a_signal_sent_to_us_reaches_the_command_once(person, more, name):
    with started(person, *more) as process:
        assert process.stdout.readline().startswith("ready ")
        process.send_signal(getattr(signal, name))
        said, complained = process.communicate(timeout=PATIENCE)
    assert (said, process.returncode) == (f"heard {name} once\n", 7), complained


@pytest.mark.parametrize("more", SERVER)
def test_ctrl_c_at_the_terminal_reaches_the_command_once(person, more):
    command = ["exec", "deployer", *more, "--", sys.executable, "-c", LISTENS]
    code, screen = at_terminal(person, command, [("ready", "\x03")])
    assert (code, "heard SIGINT once" in screen) == (7, True), screen


RESIZES = """
import fcntl, signal, struct, termios
signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGWINCH})
fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 33, 99, 0, 0))
signal.sigwait({signal.SIGWINCH})
print("resized", "again" if signal.sigtimedwait({signal.SIGWINCH}, 0.3) else "once")
"""


@pytest.mark.parametrize("more", SERVER)
def test_a_terminal_that_changes_its_size_tells_the_command_once(person, more):
    command = ["exec", "deployer", *more, "--", sys.executable, "-c", RESIZES]
    code, screen = at_terminal(person, command, [])
    assert (code, "resized once" in screen) == (0, True), screen


@pytest.mark.parametrize("more", SERVER)
def test_who_does_not_listen_dies_and_so_do_we(person, more):
    script = "import sys; print('ready', flush=True); sys.stdin.read()"
    with started(person, *more, script=script) as process:
        process.stdout.readline()
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE) == -signal.SIGTERM


@pytest.mark.parametrize("more", SERVER)
def test_what_we_were_started_ignoring_the_command_ignores(person, more):
    script = (
        "import signal, sys; "
        "print(signal.getsignal(signal.SIGHUP) is signal.SIG_IGN, flush=True); sys.stdin.read()"
    )
    line = 'trap "" HUP; exec "$@"'
    command = [*COMMAND, "exec", "deployer", *more, "--", sys.executable, "-c", script]
    with subprocess.Popen(
        ["sh", "-c", line, "sh", *command], cwd=person.folder, env=person.environment,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        assert process.stdout.readline() == "True\n"
        process.send_signal(signal.SIGHUP)
        process.stdin.close()
        assert process.wait(PATIENCE) == 0


AWAKES = """
import os, signal, sys
signal.signal(signal.SIGCONT, lambda *_: os.write(1, b"awake\\n"))
os.write(1, b"ready\\n")
for line in sys.stdin:
    print("read", line.strip() * 2, flush=True)
    sys.exit(4)
"""


@pytest.mark.parametrize("more", SERVER)
def test_a_shell_stops_it_and_goes_on_with_it(person, more):
    (person.folder / "job.py").write_text(AWAKES)
    line = " ".join([*COMMAND, "exec", "deployer", *more, "--", sys.executable, "job.py"])
    code, screen = at_terminal(
        person,
        [],
        [
            ("prompt> ", f"{line}\n"),
            ("ready", "\x1a"),
            ("Stopped", "fg\n"),
            ("awake", "word\n"),
            ("wordword", "exit $?\n"),
        ],
        {"PS1": "prompt> "},
        command=["bash", "--norc", "-i"],
    )
    assert code == 4, screen


# What nobody else sees.


def _readable(pattern):
    """pid -> content of that file of /proc, of every process that we may look at."""
    found = {}
    for path in Path("/proc").glob(f"[0-9]*/{pattern}"):
        try:
            found[int(path.parts[2])] = path.read_bytes()
        except OSError:
            continue
    return found


@pytest.mark.skipif(not os.path.exists("/proc/self/environ"), reason="no /proc")
@pytest.mark.parametrize("more", SERVER)
def test_no_secret_is_in_argv_or_in_the_environment_of_others(person, more):
    with started(person, *more) as process:
        child = int(process.stdout.readline().split()[1])
        own = dict(
            pair.split(b"=", 1)
            for pair in Path(f"/proc/{child}/environ").read_bytes().split(b"\0")
            if pair
        )
        names = (b"AWS_SECRET_ACCESS_KEY", b"AWS_SESSION_TOKEN")
        if more:
            assert not set(names) & own.keys()
            names = (b"AWS_CONTAINER_AUTHORIZATION_TOKEN",)
        secrets = [own[name] for name in names]
        for pid, words in _readable("cmdline").items():
            assert not any(secret in words for secret in secrets), pid
        for pid, environ in _readable("environ").items():
            assert pid == child or not any(secret in environ for secret in secrets), pid
        files = [p for p in person.folder.parent.rglob("*") if p.is_file()]
        assert not any(s in p.read_bytes() for p in files for s in secrets)
        process.send_signal(signal.SIGTERM)
        said = "".join(process.communicate(timeout=PATIENCE))
    assert not any(secret.decode() in said for secret in secrets)
