"""Completion without Typer answers as Typer's walk does, or declines."""

import functools
import os
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import iamctl.cli.app as tree
from iamctl.cli import candidates, completing
from iamctl.cli.command_table import COMMANDS
from iamctl.cli.walking import walked

SCALE = int(os.environ.get("IAMCTL_TEST_SCALE", "1"))
BY_OWN_FUNCTION = {"aws-config remove"}


@pytest.fixture(scope="module", autouse=True)
def telling(tmp_path_factory):
    """Names tell where they are from and what they were asked for; there are no settings."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CONFIG_HOME", str(tmp_path_factory.mktemp("config")))
        patch.setattr(tree, "load", functools.cache(tree.load))
        patch.setattr(candidates, "names", lambda section, word: [f"{word}{section}", "other"])
        patch.setattr(candidates, "names_in", lambda at, word: [word + "/".join(at)])
        patch.setattr(candidates, "revision_names", lambda: ["main", "a/branch", "jay"])
        yield


@functools.cache
def by_typer(words: tuple[str, ...], incomplete: str) -> list[str]:
    """What Typer's walk answers; nothing when it raises."""
    try:
        return walked(list(words), incomplete)
    except Exception:
        return []


def alike(words: tuple[str, ...], incomplete: str, module=completing) -> bool:
    """Whether the module answers as Typer does, or declines."""
    found = module.completed(words, incomplete)
    return found is None or in_order(found) == in_order(by_typer(words, incomplete))


def in_order(answer) -> list[str]:
    """The answer, with the two that Typer takes from a set at its end."""
    return sorted(answer, key=lambda word: {"-h": 1, "--help": 2}.get(word, 0))


GROUPS = sorted(
    {" ".join(name.split(" ")[:n]) for name in COMMANDS for n in range(3)} - set(COMMANDS)
)


def corpus(name: str):
    """Words and the word behind them, for a command: each option and argument, and what is none."""
    command = tuple(name.split(" "))
    _, arguments, options = COMMANDS[name]
    for number in range(len(arguments) + 2):
        words = (*command, *(f"w{n}" for n in range(number)))
        for incomplete in ("", "a", "user/", "-", "--", "--d", "-o", "=", "@", "-=", "--what=x"):
            yield words, incomplete
    for spellings, _, kind, *_ in options:
        for spelling in spellings:
            for incomplete in ("", "j", "-", "--", "-x", "=", "a=b"):
                yield (*command, spelling), incomplete
                yield (*command, spelling, "json"), incomplete
                yield (*command, f"{spelling}=json"), incomplete
                yield command, f"{spelling}={incomplete}"
            if kind != "help":
                yield (*command, spelling, "x", spelling), "y"
                yield (*command, "x", spelling, "-x"), "y"
                yield (*command, spelling, "--", "x"), "y"
            yield (*command, "--", spelling), ""


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("m", ["main"]),
        ("main..", ["main..main", "main..a/branch", "main..jay"]),
        ("main...j", ["main...jay"]),
        ("main..x", []),
    ],
)
def test_the_end_of_a_range_of_revisions(typed, found):
    assert candidates.revisions(typed) == found


def test_policies_of_aws_by_their_arn():
    start = "arn:aws:iam::aws:policy/IAMF"
    assert list(candidates.names_of("policies")(start)) == [f"{start}ullAccess"]
    assert list(candidates.names_of("users")(start)) == [f"{start}users", "other"]


@pytest.mark.parametrize("name", COMMANDS)
def test_short_lines_are_completed_as_typer_does(name):
    assert [case for case in corpus(name) if not alike(*case)] == []


@pytest.mark.parametrize("group", GROUPS)
def test_groups_are_completed_as_typer_does(group):
    words = tuple(group.split())
    for incomplete in ("", "a", "s", "assume", "create", "-", "--", "="):
        for more in ((), ("",), ("x",), ("--help",), ("create",), ("a b",)):
            assert alike((*words, *more), incomplete), (more, incomplete)
    assert alike((group,), "")
    assert completing.completed(words, "") is not None


def test_nothing_that_is_plain_is_declined():
    """Declining everything would be right, and slow."""
    for name, (_, _, options) in COMMANDS.items():
        words = name.split(" ")
        if name not in BY_OWN_FUNCTION:
            assert completing.completed(words, "") is not None, name
        assert completing.completed(words, "--d") is not None
        for (spelling, *_), _, kind, *_ in options:
            if kind in ("value", "list"):
                assert completing.completed([*words, spelling], "") is not None
                assert completing.completed([*words, spelling, "x"], "-") is not None


@st.composite
def lines(draw):
    name = draw(st.sampled_from(sorted(COMMANDS)))
    parts = [option[0][-1] for option in COMMANDS[name][2]]
    parts += [f"{part}=v" for part in parts] + ["", "x", "user/alice", "-", "--", "a=b"]
    words = draw(st.lists(st.sampled_from(parts) | st.text(max_size=3), max_size=4))
    incomplete = draw(st.sampled_from(parts) | st.text(max_size=3))
    whole = (*name.split(" "), *words)
    return whole[: draw(st.integers(0, len(whole)))], incomplete


@settings(max_examples=300 * SCALE, deadline=None)
@given(lines())
def test_any_line_is_completed_as_typer_does(line):
    assert alike(*line)


MUTANTS = {
    "an option that was given is offered again": ('kind == "list" or ', "True or "),
    "what may be repeated is not offered again": ('kind == "list" or ', ""),
    "hidden options are offered": ("if not hidden and", "if"),
    "hidden commands are offered": (" and group + name not in HIDDEN", ""),
    "a flag waits for a value": ('not in ("value", "list")', 'not in ("value", "list", "flag")'),
    "the first argument always": ("if many or name not in values:", "if True:"),
    "arguments end": ("if many or name not in values:", "if name not in values:"),
    "completers are believed": (" if word.startswith(incomplete))", ")"),
}


@pytest.mark.parametrize("change", MUTANTS.values(), ids=MUTANTS)
def test_completion_that_is_wrong_is_found_out(change):
    source = Path(completing.__file__).read_text()
    assert source.count(change[0]) == 1
    mutant = ModuleType("mutant")
    exec(compile(source.replace(*change), "mutant", "exec"), mutant.__dict__)
    names = ("assume-role", "user create", "user tag", "user untag", "can", "whoami", "group add")
    cases = [case for name in names for case in corpus(name)] + [((), "a"), ((), "")]
    assert not all(alike(*case, module=mutant) for case in cases)
