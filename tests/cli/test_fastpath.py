"""The fast way reads a command line as Typer does, or declines it."""

import contextlib
import functools
import io
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType
from unittest import mock

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import iamctl.cli.app as tree
from iamctl.cli import command_table, fastpath, table_making
from iamctl.cli.command_rows import Option
from iamctl.domain.errors import IamctlError
from tests.cli.conftest import started

SCALE = int(os.environ.get("IAMCTL_TEST_SCALE", "1"))
HOT = {name: row for name, row in command_table.COMMANDS.items() if row[0]}
DISTINCT = list({row: name for name, row in HOT.items()}.values())
"""Without those that are others under another name."""
ENVIRONMENTS = [{}, {"IAMCTL_DIRECTORY": "/there"}, {"IAMCTL_DIRECTORY": ""}]

Line = list[str]


class Recorded(Exception):
    """A command's function was called: with these arguments."""


def recorder(function):
    """Stands for a command's function, with its signature."""

    @functools.wraps(function)
    def record(**arguments):
        raise Recorded(function, arguments)

    return record


@pytest.fixture(scope="module", autouse=True)
def recording():
    """Typer's tree, in which the functions of hot commands only say that they were called."""
    with pytest.MonkeyPatch.context() as patch:
        for info in {id(info): info for name in HOT for info in registered(name)}.values():
            patch.setattr(info, "callback", recorder(info.callback))
        patch.setattr(tree, "load", functools.cache(tree.load))
        yield


def registered(name):
    """What Typer's app of the command holds for functions that do without Typer."""
    entry = tree.COMMANDS[name.split()[0]]
    app = getattr(import_module(f"iamctl.cli.{entry.module}"), entry.app)
    return [info for info in app.registered_commands if info.callback in tree.AT_ONCE]


def by_typer(line, environ):
    """The function and the arguments that Typer makes of it; None when it calls nothing."""
    with (
        mock.patch.dict(os.environ, environ, clear=True),
        contextlib.redirect_stdout(io.StringIO()),
        contextlib.redirect_stderr(io.StringIO()),
    ):
        try:
            tree.invoke(list(line))
        except Recorded as called:
            return called.args
        except IamctlError:
            return None
    return None


def option_forms(option: Option) -> Iterator[Line]:
    """Plain ways to give an option, and ways that only look like it."""
    spellings, _, kind, *_ = option
    for spelling in spellings:
        yield [spelling]
        if kind == "help":
            continue
        yield [spelling, spelling]
        yield [spelling[:-1], "v"]
        for value in ("v", "a=b", "ü", "two words", "", "-", "-x", "--chain", "--", "-o", "=v"):
            yield [spelling, value]
            yield [f"{spelling}={value}"]
            yield [spelling + value]
        other = spellings[-1]
        yield [spelling, "v", other, "w"]
        yield [f"{spelling}=v", f"{other}=w"]
        yield [spelling, other, "w"]
        yield [spelling, "v", "x", other]


def corpus(name: str) -> Iterator[Line]:
    """Short lines of a command: every option in every form, before, behind, without a word."""
    command = name.split(" ")
    _, _, options = HOT[name]
    for words in ([], ["x"], ["x", "y"], ["x", "y", "z"], ["x", "y", "z", "z"], [""], ["-"], ["-x"],
                  ["--"], ["--", "x"], ["x", "--", "y"], ["ü"], ["--what"]):  # fmt: skip
        yield [*command, *words]
        yield ["--color", "never", *command, *words]
        yield [" ".join(command), *words]
        yield [*command[:-1], command[-1][:-1], *words]
        yield [*command[:-1], *words, command[-1]]
    for option in options:
        for form in option_forms(option):
            yield [*command, *form]
            yield [*command, "x", *form]
            yield [*command, *form, "x", "y"]


@functools.cache
def answers(name: str) -> list[tuple[Line, dict[str, str], object]]:
    """The corpus with what Typer makes of it; in the second half, with a variable set."""
    lines = list(corpus(name))
    half = len(lines) // 2
    return [
        (line, ENVIRONMENTS[n > half], by_typer(line, ENVIRONMENTS[n > half]))
        for n, line in enumerate(lines)
    ]


def disagreements(module: ModuleType, name: str) -> list[Line]:
    """Lines that the module reads otherwise than Typer."""
    found = []
    for line, environ, expected in answers(name):
        call = module.read(line, environ)
        if call is not None and call != expected:
            found.append(line)
    return found


@pytest.mark.parametrize("name", DISTINCT)
def test_short_lines_mean_what_they_mean_to_typer(name):
    assert disagreements(fastpath, name) == []


@pytest.mark.parametrize("name", HOT)
def test_plain_lines_are_taken(name):
    """Declining everything would be right, and slow: what Typer takes is taken, if it is plain."""
    _, arguments, options = HOT[name]
    line = [*name.split(" "), *(f"w{n}" for n in range(len(arguments)))]
    assert fastpath.read(line, {}) is not None
    for spellings, _, kind, *_ in options:
        for spelling in spellings if kind != "help" else ():
            plain = [[spelling]] if kind == "flag" else [[spelling, "v"]]
            plain += [[f"{spelling}=v"]] if kind != "flag" and spelling[:2] == "--" else []
            plain += [[spelling, "v", spelling, "w"]] if kind == "list" else []
            for words in plain:
                assert fastpath.read([*line, *words], {}) == by_typer([*line, *words], {}), words


def words_of(name: str) -> st.SearchStrategy[Line]:
    """Parts of a line: forms of the command's options, words, dashes."""
    forms = [form for option in HOT[name][2] for form in option_forms(option)]
    flags = [[s] for spellings, _, kind, *_ in HOT[name][2] if kind == "flag" for s in spellings]
    words = st.text(st.characters(exclude_characters="\0"), max_size=6).map(lambda word: [word])
    return st.one_of(st.sampled_from(forms), st.sampled_from(flags or forms), words)


@st.composite
def lines(draw):
    """A command line of a hot command, in which parts are mixed, and sometimes cut."""
    name = draw(st.sampled_from(sorted(HOT)))
    parts = draw(st.lists(words_of(name), max_size=5))
    line = [*name.split(" "), *(word for part in parts for word in part)]
    return line[: draw(st.integers(1, len(line)))] if draw(st.booleans()) else line


@settings(max_examples=400 * SCALE, deadline=None)
@given(lines(), st.sampled_from(ENVIRONMENTS))
def test_any_line_means_what_it_means_to_typer(line, environ):
    call = fastpath.read(line, environ)
    assert call is None or call == by_typer(line, environ)


MUTANTS = {
    "the first of several wins": [
        ('if option[1] in given and option[2] != "list":', "if False:"),
        ("given[option[1]] = value", "given.setdefault(option[1], value)"),
    ],
    "a list keeps its first": [("(option[1], []).append(value)", "(option[1], [value])")],
    "-x is a word": [
        ('if word[0] != "-":', 'if word[0] != "-" or word.partition("=")[0] not in known:')
    ],
    "-o=x is a long option": [('or spelling[:2] != "--"', "")],
    "a flag takes a value": [("if equals:\n", "if False:\n")],
    "help is a flag": [('or option[2] == "help"', "")],
    "a value may be missing": [("taken is None or taken[2] is not None", "taken is None")],
    "too many words are dropped": [("return None if left else values", "return values")],
    "the variable goes first": [
        (
            "given.get(name) or (variable and environ.get(variable))",
            "(variable and environ.get(variable)) or given.get(name)",
        )
    ],
    "nothing is no word": [('if not word or " "', 'if " "')],
}


@pytest.mark.parametrize("changes", MUTANTS.values(), ids=MUTANTS)
def test_a_parser_that_is_wrong_is_found_out(changes):
    source = Path(fastpath.__file__).read_text()
    for old, new in changes:
        assert source.count(old) == 1
        source = source.replace(old, new)
    mutant = ModuleType("mutant")
    exec(compile(source, "mutant", "exec"), mutant.__dict__)

    def differs(name):
        try:
            return disagreements(mutant, name)
        except Exception:
            return True

    assert any(differs(name) for name in DISTINCT)


SLOW = """
import sys
from iamctl.cli import boundary
boundary.read = lambda argv, environ: None
sys.exit(boundary.run(sys.argv[1:]))
"""

LINES = [
    "whoami", "whoami -o json", "whoami --as alice", "whoami --as nobody", "whoami --as alice -o x",
    "whoami -o name --directory directory.yaml", "whoami --directory nowhere", "whoami surplus",
    "whoami --as", "whoami --colour", "whoami --help", "get-caller-identity -o json",
    "get-caller-identity --as=alice", "get-caller-identity -otsv",
    "assume-role deployer -o sh", "assume-role deployer --as alice -o json", "assume nobody -o sh",
    "assume-role deployer --tag team -o fish", "assume-role --chain", "assume-role -o json",
    "assume-role deployer --as alice --duration 1m -o zsh", "assume-role deployer --output process",
    "assume-role deployer --policy nowhere.json -o powershell", "assume-role deployer --aws -o sh",
    "assume-role a b c -o sh", "assume-role nobody -o json", "get-session-token --mfa -o sh",
    "get-session-token -o nushell --duration 2m", "get-session-token -o json --as alice",
    "can alice s3:GetObject * --explain --at 2027-01-01", "can bob s3:GetObject -o tsv",
    "can alice s3:GetObject --rev HEAD -o json", "can alice s3:GetObject --as-of 1d --rev x",
    "can alice s3", "user list --tag team -o x", "user list --group nobody", "user show alice",
    "group list", "group show developers -o json", "validate", "validate nowhere -o github",
]  # fmt: skip


@pytest.mark.parametrize("line", LINES)
def test_both_ways_say_and_do_the_same(line, trusted, iamctl):
    """In real processes."""
    iamctl("key", "create", "alice", code=0)
    quick = started(trusted, line.split())
    slow = subprocess.run(
        [sys.executable, "-P", "-c", SLOW, *line.split()],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        cwd=trusted.folder,
        env=trusted.environment,
        timeout=60,
        check=False,
    )
    assert (quick.returncode, quick.stderr) == (slow.returncode, slow.stderr)
    assert masked(quick.stdout) == masked(slow.stdout)


def masked(text):
    """What is of one session only, left out."""
    return re.sub(r'"(AccessKeyId|SecretAccessKey|SessionToken|Expiration)": "[^"]+"', r"\1", text)


@pytest.mark.parametrize(
    "line",
    [
        "whoami --as alice",
        "assume-role deployer --as alice -o sh",
        "user show alice",
        "group list",
        "validate",
    ],
)
def test_hot_commands_import_no_typer(line, trusted, iamctl):
    iamctl("key", "create", "alice", code=0)
    script = (
        "import sys\nfrom iamctl.cli.boundary import run\ncode = run(sys.argv[1:])\n"
        "print(*sorted({name.split('.')[0] for name in sys.modules}), file=sys.stderr)\n"
        "sys.exit(code)"
    )
    done = subprocess.run(
        [sys.executable, "-P", "-c", script, *line.split()],
        capture_output=True,
        encoding="utf-8",
        cwd=trusted.folder,
        env=trusted.environment,
        check=True,
    )
    imported = set(done.stderr.splitlines()[-1].split())
    assert not imported & {"typer", "rich", "keyring", "pydantic", "click"}


def test_the_table_is_typers():
    assert Path(command_table.__file__).read_text() == table_making.table()
