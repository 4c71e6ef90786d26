"""Completion: what is answered, and that no shell runs a name on TAB."""

import io
import os
import pty
import select
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest
import typer
from hypothesis import given
from hypothesis import strategies as st

from iamctl.cli.complete import answer_shell, complete, unquoted
from iamctl.cli.completion_scripts import FILES, SCRIPTS

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
SUITABLE = ["alice", "alice@example.com", "albert=1", "al+b,c.d", "bob", "arn:aws:iam::1:user/al"]
HOSTILE = [
    "al$(touch canary)",
    "al`touch canary`",
    "al;touch canary;",
    "al\ntouch canary",
    "al'; touch canary; '",
    'al"; touch canary; "',
    "al|touch canary",
    "al ${x:=$(touch canary)}",
    "al\x1b[31m",
    "alé",
    "al\u202ebob",
    "al*",
    "al\\",
    "al(touch canary)",
    "al\tdescription",
]
TREE = f"""
import typer
from typing import Annotated
from iamctl.cli.candidates import actions

NAMES = {SUITABLE + HOSTILE!r}
app = typer.Typer(add_completion=False)
user = typer.Typer()
app.add_typer(user, name="user")


def users(incomplete: str):
    return [name for name in NAMES if name.startswith(incomplete)]


def principals(incomplete: str):
    return [word for word in ("user/", "role/", "user/alice") if word.startswith(incomplete)]


def broken(incomplete: str):
    raise RuntimeError("no such directory")


def version(value: bool):
    if value:
        print("iamctl 9.9.9")
        raise typer.Exit()


@app.callback()
def root(
    version: Annotated[bool, typer.Option("--version", callback=version, is_eager=True)] = False
):
    pass


@user.command()
def show(
    name: Annotated[str, typer.Argument(autocompletion=users)],
    output: Annotated[str, typer.Option("--output", "-o", autocompletion=lambda incomplete: [
        form for form in ("table", "json") if form.startswith(incomplete)])] = "table",
    allow: Annotated[str, typer.Option(autocompletion=principals)] = "",
    trouble: Annotated[str, typer.Option(autocompletion=broken)] = "",
):
    pass


@user.command()
def tag(name: str):
    pass


@app.command()
def ask(
    action: Annotated[str, typer.Argument(autocompletion=actions)],
    resource: Annotated[str, typer.Argument()] = "*",
):
    pass
"""


@pytest.fixture(scope="module")
def tree() -> object:
    space: dict[str, object] = {}
    exec(compile(TREE, "tree", "exec"), space)
    return typer.main.get_command(space["app"])  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (["us"], ["user"]),
        (["user", ""], ["show", "tag"]),
        (["user", "s"], ["show"]),
        (["user", "show", "ali"], ["alice", "alice@example.com"]),
        (["user", "show", "al"], ["alice", "alice@example.com", "albert=1", "al+b,c.d"]),
        (["user", "show", "arn:"], ["arn:aws:iam::1:user/al"]),
        (["user", "show", "x"], []),
        (["user", "show", "-o", "j"], ["json"]),
        (["user", "show", "--output", ""], ["table", "json"]),
        (["user", "show", "--output=j"], ["--output=json"]),
        (["user", "show", "bob", "--allow", "user"], ["user/", "user/alice"]),
        (["user", "show", "--o"], ["--output"]),
        (["user", "show", "--trouble", ""], []),
        (["user", "show", "--", "bo"], ["bob"]),
        (["--version", "us"], ["user"]),
        (["ask", "st"], ["startups:", "states:", "storagegateway:", "sts:"]),
        (["ask", "STS"], ["STS:"]),
        (["ask", "sts:assumeroo"], ["sts:assumeroot"]),
        (["ask", "sts:AssumeRole*"], []),
        (["ask", "sts:["], []),
        (["ask", "sts:\u212a"], []),
        (["ask", "nowhere:"], []),
    ],
)
def test_candidates(
    tree: typer.core.TyperGroup,
    capfd: pytest.CaptureFixture[str],
    line: list[str],
    expected: list[str],
) -> None:
    assert complete(["iamctl", *line], len(line), tree) == expected
    assert capfd.readouterr() == ("", "")


@given(st.lists(st.text()), st.integers(-2, 8))
def test_no_line_breaks_it(words: list[str], cword: int) -> None:
    assert all(
        set(candidate) <= set("_+=,.@:/-") | {c for c in candidate if c.isascii() and c.isalnum()}
        for candidate in complete(["iamctl", *words], cword)
    )


def test_iamctl_s_own_tree_is_the_default() -> None:
    assert complete(["iamctl", "who-"], 1) == ["who-can"]
    assert complete(["iamctl", "completion", ""], 2) == ["bash", "zsh", "fish", "powershell"]
    assert complete(["iamctl", "no-such-command", ""], 2) == []


@pytest.mark.parametrize(
    "environ",
    [
        {},
        {"COMP_WORDS": "iamctl\nus"},
        {"COMP_WORDS": "iamctl\nus", "COMP_CWORD": "x"},
        {"COMP_WORDS": "iamctl\nus", "COMP_CWORD": "7"},
        {"COMP_WORDS": "iamctl\nus", "COMP_CWORD": "0"},
    ],
)
def test_a_malformed_question_gets_no_answer(environ: dict[str, str]) -> None:
    stdout = io.StringIO()
    assert answer_shell(environ, stdout) == 0
    assert stdout.getvalue() == ""


def test_answers_stand_one_a_line() -> None:
    stdout = io.StringIO()
    environ = {"COMP_WORDS": "iamctl\ncompletion\n'ba", "COMP_CWORD": "2"}
    assert answer_shell({**environ, "_IAMCTL_COMPLETE": "quoted"}, stdout) == 0
    assert stdout.getvalue() == "bash\n"


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("alice", "alice"),
        ("'al", "al"),
        ('"al', "al"),
        ("a\\ b", "a b"),
        ("'a b'\"c\"", "a bc"),
        ("", ""),
        ("al\\", "al"),
    ],
)
def test_words_as_typed(typed: str, meant: str) -> None:
    assert unquoted(typed) == meant


@pytest.fixture
def answers(iamctl: Callable[..., subprocess.CompletedProcess[str]]) -> Callable[..., list[str]]:
    """What the real program answers for a command line whose last word is being typed."""

    def ask(*words: str) -> list[str]:
        question = {
            "_IAMCTL_COMPLETE": "lines",
            "COMP_WORDS": "\n".join(("iamctl", *words)),
            "COMP_CWORD": str(len(words)),
        }
        done = iamctl(env=question, code=0)
        assert done.stderr == ""
        return done.stdout.splitlines()

    return ask


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (["user", "show", ""], ["alice", "bob"]),
        (["group", "show", "d"], ["developers"]),
        (["assume-role", ""], ["deployer"]),
        (["policy", "show", "De"], ["DeployStack", "DeveloperBoundary"]),
        (["key", "delete", "AKIA"], ["AKIAALICE00000000001"]),
        (["role", "create", "x", "--allow", "user/a"], ["user/alice"]),
        (["user", "show", "zoe"], []),
        (["assume-role", "deployer", "--as", "a"], ["alice"]),
        (["whoami", "--as", ""], ["alice", "bob"]),
        (["user", "untag", "alice", ""], ["team"]),
        (["user", "untag", "zoe", ""], []),
        (["role", "inline", "show", "deployer", ""], []),
        (["can", "a"], ["alice"]),
        (["can", "r"], ["role/", "root"]),
        (["can", "role/"], ["role/deployer"]),
        (["can", "alice", "s3:ListAllMyB"], ["s3:ListAllMyBuckets"]),
        (["can", "alice", "sts:AssumeRole", "role/d"], ["role/deployer"]),
        (["who-can", "iam:PassR"], ["iam:PassRole"]),
    ],
)
def test_names_come_from_the_directory_file(
    team: object, answers: Callable[..., list[str]], line: list[str], expected: list[str]
) -> None:
    assert answers(*line) == expected


def test_inline_policies_come_from_the_one_named(
    team: SimpleNamespace,
    iamctl: Callable[..., subprocess.CompletedProcess[str]],
    answers: Callable[..., list[str]],
) -> None:
    iamctl("role", "allow", "deployer", "group/developers", code=0)
    for verb in ("show", "delete", "put"):
        assert answers("group", "inline", verb, "developers", "A") == ["AssumeRole-deployer"]
    iamctl("group", "create", "empty", code=0)
    assert answers("group", "inline", "show", "empty", "") == []


def test_names_come_from_the_directory_asked_for(
    team: SimpleNamespace, answers: Callable[..., list[str]]
) -> None:
    other = team.folder / "other"
    other.mkdir()
    (other / "directory.yaml").write_text(team.text().replace("bob", "bert"))
    assert answers("user", "show", "--directory", "other", "b") == ["bert"]
    assert answers("user", "show", f"--directory={other}", "b") == ["bert"]
    assert answers("user", "show", "b") == ["bob"]


@pytest.mark.parametrize("name", ["$(touch canary)", "a b", "`touch canary`", "al\\u202eice"])
def test_a_file_with_a_hostile_name_completes_nothing_of_it(
    team: SimpleNamespace, answers: Callable[..., list[str]], name: str
) -> None:
    team.file.write_text(team.text().replace("  bob:\n", f'  "{name}":\n', 1))
    assert set(answers("user", "show", "")) <= {"alice"}
    team.file.write_text("users: [")
    assert answers("user", "show", "") == []
    team.file.unlink()
    assert answers("user", "show", "") == []


@pytest.mark.parametrize("shell", SCRIPTS)
def test_the_files_are_the_scripts(shell: str) -> None:
    assert (ROOT / "completions" / FILES[shell]).read_text() == SCRIPTS[shell]


def test_every_file_is_a_script() -> None:
    assert {path.name for path in (ROOT / "completions").iterdir()} == set(FILES.values())


# In real shells. Two programs play iamctl: `honest` answers from the tree above; `hostile` prints
# the worst names as they are (the one whose number is the first word, else all), so that the
# scripts alone stand between them and the shell. Called without a question, both write down the
# words they got.

HONEST = f"""#!{sys.executable}
import os, sys
sys.path.insert(0, {str(ROOT)!r})
if "_IAMCTL_COMPLETE" not in os.environ:
    open("ran", "w").write("\\n".join(sys.argv[1:]))
    sys.exit()
import typer
import iamctl.cli.complete as answering
{TREE}
ask = answering.complete
answering.complete = lambda words, cword: ask(words, cword, typer.main.get_command(app))
sys.exit(answering.answer_shell(os.environ, sys.stdout))
"""
OFFERS = "\n".join(name.replace("\n", " ") for name in HOSTILE)
HOSTILE_PROGRAM = f"""#!/bin/sh
if [ -z "$_IAMCTL_COMPLETE" ]; then
    printf '%s\\n' "$@" >ran
    exit
fi
which=$(printf '%s\n' "$COMP_WORDS" | sed -n 2p)
sed -n "${{which:-1,\\$}}p" <<'END OF OFFERS'
{OFFERS}
END OF OFFERS
"""


class Shell:
    """A folder with a program named iamctl, and shells that complete its command lines."""

    def __init__(self, folder: Path, program: str) -> None:
        self.folder = folder
        (folder / "bin").mkdir()
        iamctl = folder / "bin" / "iamctl"
        iamctl.write_text(program)
        iamctl.chmod(0o755)
        for shell, name in FILES.items():
            (folder / name).write_text(SCRIPTS[shell])
        self.environ = {
            "PATH": f"{folder / 'bin'}:{os.environ['PATH']}",
            "HOME": str(folder),
            "XDG_CONFIG_HOME": str(folder / "config"),
            "XDG_DATA_HOME": str(folder / "data"),
            "LC_ALL": "C.UTF-8",
            "TERM": "dumb",
            "PS1": "$ ",
        }

    def run(self, *command: str) -> list[str]:
        """The lines a shell prints that is not interactive."""
        needs(command[0])
        done = subprocess.run(
            command,
            cwd=self.folder,
            env=self.environ,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.splitlines()

    def type(self, command: list[str], *lines: str) -> list[str] | None:
        """What iamctl was called with by lines typed on a real terminal; None if it was not."""
        needs(command[0])
        child, terminal = pty.fork()
        if child == 0:
            os.chdir(self.folder)
            os.execvpe(command[0], command, self.environ)
        typed = "".join(f"{line}\n" for line in (*lines, "exit"))
        shown = b""
        # Wait for the first prompt: what comes earlier is taken by the terminal, not the editor.
        while b"$ " not in shown:
            shown += self._read(terminal)
        os.write(terminal, typed.encode())
        while part := self._read(terminal):
            shown += part
        os.close(terminal)
        os.waitpid(child, 0)
        ran = self.folder / "ran"
        return ran.read_text().strip("\n").split("\n") if ran.exists() else None

    @staticmethod
    def _read(terminal: int) -> bytes:
        ready, _, _ = select.select([terminal], [], [], 60)
        assert ready, "the shell says nothing"
        try:
            return os.read(terminal, 4096)
        except OSError:  # the other end is closed
            return b""

    def executed(self) -> list[Path]:
        return list(self.folder.rglob("*canary*"))


def needs(program: str) -> None:
    if shutil.which(program) is None:
        if os.environ.get("CI"):
            pytest.fail(f"{program} is not installed")
        pytest.skip(f"{program} is not installed")


@pytest.fixture
def honest(tmp_path: Path) -> Shell:
    return Shell(tmp_path, HONEST)


@pytest.fixture
def hostile(tmp_path: Path) -> Shell:
    return Shell(tmp_path, HOSTILE_PROGRAM)


BASH = ["bash", "--norc", "--noprofile", "-i"]
ZSH = ["zsh", "-f", "-i"]
ZSH_SETUP = "PS1='$ '; autoload -Uz compinit; compinit -D -u; zstyle ':completion:*' verbose no"


def in_bash(shell: Shell, line: str) -> list[str] | None:
    return shell.type(BASH, "source ./iamctl.bash", line)


def in_zsh(shell: Shell, line: str) -> list[str] | None:
    return shell.type(ZSH, ZSH_SETUP, "source ./_iamctl", line)


def in_autoloading_zsh(shell: Shell, line: str) -> list[str] | None:
    return shell.type(ZSH, "fpath=($PWD $fpath)", ZSH_SETUP, line)


typing = pytest.mark.parametrize("typed", [in_bash, in_zsh])
Typed = Callable[[Shell, str], list[str] | None]


@typing
@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("iamctl us\tsh\tbo\t", ["user", "show", "bob"]),
        ("iamctl user show alice@\t", ["user", "show", "alice@example.com"]),
        ("iamctl user show alice@e\t", ["user", "show", "alice@example.com"]),
        ("iamctl user show albert=\t", ["user", "show", "albert=1"]),
        ("iamctl user show arn:aws:ia\t", ["user", "show", "arn:aws:iam::1:user/al"]),
        ("iamctl user show arn:\t", ["user", "show", "arn:aws:iam::1:user/al"]),
        ("iamctl user show -o js\t bob", ["user", "show", "-o", "json", "bob"]),
        ("iamctl user show --output=js\t bob", ["user", "show", "--output=json", "bob"]),
        ("iamctl user show --allow ro\tx", ["user", "show", "--allow", "role/x"]),
        ("iamctl user show 'bo\t", ["user", "show", "bob"]),
        ("iamctl user tag a-file\t", ["user", "tag", "a-file-name"]),
        ("iamctl ask sts:AssumeRoo\t", ["ask", "sts:AssumeRoot"]),
        ("iamctl ask st\ts:AssumeRoo\t x", ["ask", "sts:AssumeRoot", "x"]),
        ("iamctl ask sts:getcallerid\t", ["ask", "sts:getcalleridentity"]),
        ("iamctl ask appmesh-\tGetMe\t", ["ask", "appmesh-preview:GetMeshPolicy"]),
    ],
)
def test_tab_completes(honest: Shell, typed: Typed, line: str, words: list[str]) -> None:
    (honest.folder / "a-file-name").touch()
    assert typed(honest, line) == words
    assert not honest.executed()


def test_zsh_loads_the_script_at_the_first_tab(honest: Shell) -> None:
    assert in_autoloading_zsh(honest, "iamctl us\tsh\tbo\t") == ["user", "show", "bob"]


@typing
@pytest.mark.parametrize("line", ["iamctl user show al\t\t\t", "iamctl user show '\t\t\x15"])
def test_tab_runs_no_name(honest: Shell, typed: Typed, line: str) -> None:
    typed(honest, line)
    assert not honest.executed()


@typing
def test_tab_runs_nothing_even_of_bad_answers(hostile: Shell, typed: Typed) -> None:
    alone = (f"iamctl {number} al\t\t\x15" for number in range(1, len(HOSTILE) + 1))
    together = (
        "iamctl 1,9 al\t\t\t\x15",
        "iamctl 1,99 \t\t\x15",
        "iamctl 1 $(touch canary) al\t\x15",
    )
    typed(hostile, "\n".join((*alone, *together)))
    assert not hostile.executed()


def test_the_bash_script_replaces_what_follows_the_last_break(honest: Shell) -> None:
    script = """
        source ./iamctl.bash
        COMP_LINE='iamctl user show arn:aws' COMP_CWORD=5 COMP_WORDS=(iamctl user show arn : aws)
        _iamctl; printf '%s\\n' "${COMPREPLY[@]}"
        COMP_WORDBREAKS=' '
        COMP_LINE='iamctl user show arn:aws' COMP_CWORD=3 COMP_WORDS=(iamctl user show arn:aws)
        _iamctl; printf '%s\\n' "${COMPREPLY[@]}"
    """
    assert honest.run("bash", "-c", script) == ["aws:iam::1:user/al", "arn:aws:iam::1:user/al"]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("iamctl us", ["user"]),
        ("iamctl user ", ["show", "tag"]),
        ("iamctl user show alice", ["alice", "alice@example.com"]),
        ("iamctl user show -o ", ["json", "table"]),
        ("iamctl user show --output=js", ["--output=json"]),
        ("iamctl user show arn:", ["arn:aws:iam::1:user/al"]),
        ("iamctl user tag a-fi", ["a-file-name"]),
        ("iamctl ask sts", ["sts:"]),
        ("iamctl ask sts:AssumeRoo", ["sts:AssumeRoot"]),
        ("iamctl ask sts:getcallerid", ["sts:getcalleridentity"]),
    ],
)
def test_fish_completes(honest: Shell, line: str, expected: list[str]) -> None:
    (honest.folder / "a-file-name").touch()
    command = f'source iamctl.fish; complete -C "{line}"'
    found = honest.run("fish", "--no-config", "-c", command)
    assert sorted(candidate.split("\t")[0] for candidate in found) == expected
    assert not honest.executed()


@pytest.mark.parametrize("line", ["iamctl 1 al", "iamctl ", "iamctl 1 (touch canary) al"])
def test_fish_runs_nothing_even_of_a_bad_answer(hostile: Shell, line: str) -> None:
    command = f"source iamctl.fish; complete -C '{line}'"
    assert "al$(touch canary)" in hostile.run("fish", "--no-config", "-c", command)
    assert not hostile.executed()


def test_the_powershell_script_parses_and_runs_no_text() -> None:
    tree_sitter = pytest.importorskip("tree_sitter")
    grammar = pytest.importorskip("tree_sitter_powershell")
    parser = tree_sitter.Parser(tree_sitter.Language(grammar.language()))
    root = parser.parse(SCRIPTS["powershell"].encode()).root_node
    assert not root.has_error
    commands, pending = set(), [root]
    while pending:
        node = pending.pop()
        pending.extend(node.children)
        if node.type == "command":
            commands.add(node.text.decode().split()[0])
    assert commands == {
        "Register-ArgumentCompleter",
        "Where-Object",
        "ForEach-Object",
        "Remove-Item",
        "&",
    }
    assert "& iamctl 2>$null" in SCRIPTS["powershell"]
