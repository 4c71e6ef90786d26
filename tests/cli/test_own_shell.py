"""`iamctl shell` in real terminals: a person's own shell and files, and the role shown."""

import os
import re
import shutil
import stat
from pathlib import Path

import pytest

from iamctl.cli.own_shell import opening_of, own_shell
from tests.cli.terminal import COMMAND, at_terminal

# Shell -> a person's own file, which sets a variable and a prompt of their own.
OWN_FILES = {
    "bash": (".bashrc", "MINE=mine\nPS1='own> '\n"),
    "zsh": (".zshrc", "MINE=mine\nPROMPT='own> '\n"),
    "fish": (
        ".config/fish/config.fish",
        "set -g MINE mine\nfunction fish_prompt; printf 'own> '; end\n",
    ),
    "dash": (".nothing", ""),
    "sh": (".nothing", ""),
}
OWN_PROMPT = {"dash": "$ ", "sh": "$ "} if os.geteuid() else {"dash": "# ", "sh": "# "}
STATUS = {"fish": "$status"}


@pytest.fixture
def person(trusted, iamctl):
    """Alice with a key, the default caller."""
    iamctl("key", "create", "alice", code=0)
    found = re.search(r"^directory: (\S+)$", trusted.text(), re.MULTILINE)
    assert found is not None
    iamctl("config", "set", f"directories.{found[1]}.user", "alice", code=0)
    return trusted


def lives_in(person, name):
    """The environment of a person whose shell that is, with a file of their own for it."""
    program = shutil.which(name)
    if program is None:
        pytest.skip(f"{name} is not installed")
    file, text = OWN_FILES[name]
    path = Path(person.environment["HOME"]) / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    if name == "fish":
        # It would make these at its first start, and outlive its shell.
        (path.parents[2] / ".local/share/fish/generated_completions").mkdir(parents=True)
        shutil.copytree(
            f"{person.environment['XDG_CONFIG_HOME']}/iamctl", path.parents[1] / "iamctl"
        )
    if name == "zsh":
        path.with_name(".zshenv").write_text("ENVIRONED=environed\n")
    return {"SHELL": program, "XDG_CONFIG_HOME": str(path.parent.parent)} if name == "fish" else {
        "SHELL": program
    }  # fmt: skip


def files_of(person):
    """Every file of theirs but history and caches, with what is in it."""
    home = Path(person.environment["HOME"])
    return {
        path: path.read_bytes()
        for path in home.rglob("*")
        if path.is_file() and not re.search(r"history|fish_variables|generated", str(path))
    }


@pytest.mark.parametrize("more", [[], ["--server"]])
@pytest.mark.parametrize("name", OWN_FILES)
def test_the_role_is_in_the_prompt_of_a_persons_own_shell(person, name, more):
    env = lives_in(person, name)
    prompt = f"(deployer) {OWN_PROMPT.get(name, 'own> ')}"
    before = files_of(person)
    status = STATUS.get(name, "$?")
    says = 'echo "<$IAMCTL_SESSION $MINE $ENVIRONED $AWS_ACCESS_KEY_ID $AWS_CONTAINER_CREDENTIALS'
    says += '_FULL_URI>"\n'
    code, screen = at_terminal(
        person,
        ["shell", "deployer", *more],
        [
            (prompt, says),
            (prompt, f'sh -c "exit 3"; echo "[{status}]"\n'),
            (prompt, "exit 5\n"),
        ],
        env,
    )
    assert code == 5, screen
    said = re.search(r"<arn:aws:iam::111122223333:role/deployer (.*)>", screen)
    assert said is not None, screen
    assert "ASIA" in said[1] or "http://127.0.0.1:" in said[1]
    assert said[1].startswith("mine") or name in ("dash", "sh")
    assert "environed" in said[1] or name != "zsh"
    assert "[3]" in screen
    assert "assumed-role/deployer/alice " in screen
    assert ("renewed until you leave;" if more else " until 20") in screen
    assert files_of(person) == before


def test_a_prompt_that_is_set_anew_each_time_is_marked_each_time(person):
    for name, file, text in (
        ("bash", ".bashrc", "PROMPT_COMMAND='PS1=\"anew> \"; '\n"),
        ("zsh", ".zshrc", "anew() { PROMPT='anew> ' }\nprecmd_functions+=(anew)\n"),
    ):
        env = lives_in(person, name)
        (Path(person.environment["HOME"]) / file).write_text(text)
        answers = [("anew> ", "true\n"), ("(deployer) anew> ", "true\n"),
                   ("(deployer) anew> ", "exit\n")]  # fmt: skip
        code, screen = at_terminal(person, ["shell", "deployer"], answers, env)
        assert code == 0, screen


def test_zsh_finds_files_that_are_elsewhere(person, tmp_path):
    env = lives_in(person, "zsh")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / ".zshrc").write_text("PROMPT='elsewhere> '\n")
    prompt = "(deployer) elsewhere> "
    code, screen = at_terminal(
        person,
        ["shell", "deployer"],
        [(prompt, 'echo "<$ZDOTDIR>"; env | grep -c ZDOT\n'), (prompt, "exit\n")],
        {**env, "ZDOTDIR": str(elsewhere)},
    )
    assert code == 0, screen
    assert f"<{elsewhere}>\n1\n" in screen


def test_a_nested_shell_is_refused_and_leaving_ends_the_role(person):
    env = lives_in(person, "bash")
    prompt = "(deployer) own> "
    line = " ".join([*COMMAND, "shell", "deployer"])
    answers = [(prompt, f"{line}; echo [$?]\n"), (prompt, "exit\n")]
    code, screen = at_terminal(person, ["shell", "deployer"], answers, env)
    assert code == 0, screen
    assert "[125]" in screen
    assert "this already is a session" in screen


def test_without_a_terminal_it_reads_what_it_is_given(person, iamctl):
    done = iamctl("shell", "deployer", input='echo "$IAMCTL_SESSION"; exit 4\n',
                  env={"SHELL": "/bin/sh"}, code=4)  # fmt: skip
    assert done.stdout == "arn:aws:iam::111122223333:role/deployer\n"


def test_a_refusal_opens_no_shell(person, iamctl):
    done = iamctl("shell", "deployer", "--as", "bob", input="echo opened\n", code=125)
    assert done.stdout == ""
    assert done.stderr.startswith("error: ")


# Which shell it is.


@pytest.fixture
def listed(tmp_path):
    """A list of shells with one of our own making on it."""
    shell = tmp_path / "bash"
    shell.write_text("#!/bin/sh\n")
    shell.chmod(0o755)
    path = tmp_path / "shells"
    path.write_text(f"# shells\n{shell}\n\n/bin/sh\n")
    return path


def test_a_listed_shell_of_the_environment_is_taken(listed, tmp_path):
    assert own_shell({"SHELL": str(tmp_path / "bash")}, str(listed)) == str(tmp_path / "bash")


@pytest.mark.parametrize(
    "chosen", ["", "bash", "/tmp/evil", "# shells", "/bin/sh\n", "/sbin/nologin"]
)
def test_what_is_not_listed_is_passed_over(listed, tmp_path, chosen):
    found = own_shell({"SHELL": chosen, "PATH": os.environ["PATH"]}, str(listed))
    assert os.path.isabs(found)
    assert found != chosen
    assert os.stat(found).st_mode & stat.S_IXUSR


def test_a_listed_one_that_cannot_run_and_a_missing_list(listed, tmp_path):
    (tmp_path / "bash").chmod(0o644)
    for path in (listed, tmp_path / "nothing"):
        found = own_shell({"SHELL": str(tmp_path / "bash"), "PATH": os.environ["PATH"]}, str(path))
        assert found != str(tmp_path / "bash")


def test_a_shell_that_is_not_known_is_opened_as_it_is():
    assert opening_of("/usr/bin/xonsh", {}) == ("/usr/bin/xonsh", ["/usr/bin/xonsh"], {})


def test_how_known_shells_are_opened_holds_no_secret():
    for name in ("bash", "zsh", "fish", "sh"):
        start = opening_of(f"/bin/{name}", {"AWS_SECRET_ACCESS_KEY": "hunter2"})
        assert "hunter2" not in repr(start)
        assert start.words[0] == start.program == f"/bin/{name}"


@pytest.mark.parametrize("more", [[], ["--server"]])
@pytest.mark.parametrize(
    ("name", "suspend"), [("bash", "suspend"), ("zsh", "suspend"), ("fish", "kill -STOP $fish_pid")]
)
def test_a_shell_with_job_control_around_it(person, name, suspend, more):
    """Suspended, gone on with and left, it gives the terminal back each time."""
    env = lives_in(person, name)
    line = " ".join([*COMMAND, "shell", "deployer", *more])
    inner = "(deployer) own> "
    code, screen = at_terminal(
        person,
        [],
        [
            ("outer> ", f"{line}\n"),
            (inner, f"{suspend}\n"),
            ("Stopped", "true\n"),
            ("outer> ", "fg\n"),
            ("fg", "\n"),
            (inner, "exit 6\n"),
            ("outer> ", "exit $?\n"),
        ],
        {**env, "PS1": "outer> "},
        command=["bash", "--norc", "-i"],
    )
    assert code == 6, screen
