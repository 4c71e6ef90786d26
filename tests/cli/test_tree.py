"""The command tree as a whole: help, start-up, and what hostile arguments get."""

import re
import subprocess
import sys

import pytest

from iamctl.cli import exits
from iamctl.cli.app import COMMANDS, load
from iamctl.cli.table_making import leaves

LEAVES = [words for words, _ in leaves()]
NAMES = [" ".join(words) for words in LEAVES]


def test_the_list_of_commands_says_what_each_command_says_of_itself(iamctl):
    text = iamctl("--help", code=0).stdout
    for name, entry in COMMANDS.items():
        if name != "assume":
            assert re.search(rf"^  {name} +{re.escape(entry.help)}$", text, re.MULTILINE), name


@pytest.mark.parametrize(("words", "command"), list(leaves()), ids=NAMES)
def test_every_command_has_help_with_an_example(words, command):
    assert command.help
    assert command.help.split("\n")[0].endswith("."), words
    assert re.search(rf"^ *(\S.* )?iamctl {' '.join(words)}", command.help, re.MULTILINE), words
    described = [p for p in command.params if getattr(p, "hidden", False) is False]
    assert all(getattr(p, "help", None) for p in described), words


def test_help_of_a_group_and_a_command_in_a_process(iamctl):
    for words in (("user",), ("user", "create"), ("key", "rotate")):
        done = iamctl(*words, "--help", code=0)
        assert f"Usage: iamctl {' '.join(words)}" in done.stdout
        assert done.stderr == ""


@pytest.mark.parametrize("words", [(), ("user",), ("user", "inline"), ("config",)])
def test_a_group_without_a_command_says_its_help_on_stderr(iamctl, words):
    done = iamctl(*words, code=2)
    assert done.stdout == ""
    assert done.stderr == iamctl(*words, "--help", code=0).stdout


@pytest.mark.parametrize("noun", sorted({words[:-1] for words in LEAVES if len(words) > 1}))
def test_lists_of_verbs_fit_their_lines(iamctl, noun):
    listed = iamctl(*noun, "--help", code=0).stdout.partition("Commands:\n")[2]
    assert listed
    assert all(line.endswith(".") and not line.endswith("..") for line in listed.splitlines())


def test_help_calls_arguments_by_their_name(iamctl):
    text = iamctl("user", "create", "--help", code=0).stdout
    assert "[OPTIONS] NAME...\n" in text
    assert "\n  NAME  Names; " in text
    assert "[OPTIONS] [FILE]...\n" in iamctl("validate", "--help", code=0).stdout
    assert "[OPTIONS] [USER|KEYID]\n" in iamctl("key", "rotate", "--help", code=0).stdout


@pytest.mark.parametrize("words", [("role", "trust"), ("user", "inline", "show")])
def test_help_of_documents_says_their_forms(iamctl, words):
    assert "json, yaml or name; json without it" in iamctl(*words, "--help", code=0).stdout


def test_colour_by_flag_before_everything_else(team, iamctl):
    plain, coloured = {"NO_COLOR": "1"}, {"FORCE_COLOR": "1"}
    assert "\x1b[" in iamctl("--color", "always", "user", "show", "x", env=plain, code=4).stderr
    assert "\x1b[" not in iamctl("--color=never", "user", "show", "x", env=coloured, code=4).stderr
    assert "\x1b[" in iamctl("user", "show", "x", env=coloured, code=4).stderr
    assert "always, never or auto" in iamctl("--color", "red", "user", "list", code=2).stderr


def test_a_refusal_behind_an_option_of_the_root_still_clears_the_old_identity(team, iamctl):
    for words in (("--color", "never"), ("--color=never",), ("--color", "red"), ("--colour",)):
        done = iamctl(*words, "assume-role", "nobody", env={"SHELL": "/bin/sh"})
        assert done.stdout.startswith("unset AWS_ACCESS_KEY_ID "), words
        assert done.stdout.endswith(f"(exit {done.returncode});\n"), words


def test_help_says_the_exit_codes(iamctl):
    text = " ".join(iamctl("--help", code=0).stdout.split())
    for code, words in exits.TABLE:
        assert f"{code} {words}" in text


def test_a_command_that_does_not_exist_gets_a_near_one(iamctl):
    done = iamctl("usre", "list", code=2)
    assert done.stdout == ""
    assert done.stderr == 'error: there is no command "usre"\nhint: did you mean "user"?\n'
    assert 'did you mean "list"' in iamctl("user", "lits", code=2).stderr


@pytest.mark.parametrize(
    ("line", "message", "hint"),
    [
        ("user list --gruop x", 'there is no option "--gruop"', 'did you mean "--group"?'),
        ("user list --zzz", 'there is no option "--zzz"', "see: iamctl user list --help"),
        ("user show", "USER is missing", "see: iamctl user show --help"),
        ("vault rewrap", "--to is missing", "see: iamctl vault rewrap --help"),
        ("user show a b c", "that is too much: b c", "see: iamctl user show --help"),
        ("user list -o", "option -o needs a value", "see: iamctl user list --help"),
        ("user inline put --directory", "option --directory needs a value",
         "see: iamctl user inline put --help"),
        ("whoami -o", "option -o needs a value", "see: iamctl whoami --help"),
        ("user create x --dry-run=yes", "option '--dry-run' does not take a value",
         "see: iamctl user create --help"),
    ],
)  # fmt: skip
def test_usage_errors_are_in_the_houses_words(iamctl, line, message, hint):
    done = iamctl(*line.split(), code=2)
    assert done.stdout == ""
    assert done.stderr == f"error: {message}\nhint: {hint}\n"


IMPORTED = """
import sys
from iamctl.cli.boundary import run
code = run(sys.argv[1:])
print(sorted(m for m in sys.modules if "." not in m), file=sys.stderr)
sys.exit(code)
"""


def modules(home, *arguments):
    done = subprocess.run(
        [sys.executable, "-c", IMPORTED, *arguments],
        capture_output=True,
        text=True,
        cwd=home.folder,
        env=home.environment,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return set(eval(done.stderr.strip().splitlines()[-1]))


@pytest.mark.parametrize(
    ("arguments", "more"),
    [
        (("--help",), set()),
        (("user", "list"), {"yaml", "_yaml"}),
        (("user", "show", "alice", "-o", "json"), {"yaml", "_yaml"}),
        (("validate",), {"yaml", "_yaml"}),
        (("assume-role", "deployer", "--as", "alice", "-o", "sh"),
         {"yaml", "_yaml", "cryptography"}),
        (("whoami", "--as", "alice"), {"yaml", "_yaml", "cryptography"}),
    ],
)  # fmt: skip
def test_what_a_hot_command_imports(trusted, iamctl, arguments, more):
    """Third-party packages that are slow to import load only where they are needed."""
    iamctl("key", "import", "alice", input="AKIAALICE0000000IMPT wJalrXUtnFEMI/K7MDENG/bPxRfiCYEX"
           "AMPLEKEY\n", code=0)  # fmt: skip
    heavy = {
        "rich", "yaml", "_yaml", "keyring", "cryptography", "boto3", "botocore", "pydantic",
        "tomlkit", "platformdirs", "jsonschema",
    }  # fmt: skip
    assert modules(trusted, *arguments) & heavy <= more


EDITED = ("user", "group", "role", "policy", "account", "pool")
"""Nouns some of whose verbs take some of these words for a name, and rightly so."""

HOSTILE = (
    "",
    "x" * 10_000,
    "a\x1b[31mb",
    "a\u202eb",
    "аlice",
    "alice\n",
    "--",
    "--nope",
    "-",
    "../../etc/passwd",
    "$(touch pwned)",
    "`touch pwned`",
    "%s%n{0}[red]:x:",
)


@pytest.mark.slow
@pytest.mark.parametrize("words", LEAVES, ids=NAMES)
def test_hostile_arguments_get_the_right_code_and_change_nothing(trusted, words, capfd):
    """Each command of the tree with each hostile word, once, twice, and with --yes."""
    from tests.cli.inprocess import run_here

    before = trusted.text()
    for hostile in HOSTILE:
        for arguments in ((hostile,), (hostile, hostile)):
            code, out, err = run_here(trusted, [*words, *arguments], capfd)
            assert code in {c for c, _ in exits.TABLE} - {exits.BUG}, (arguments, err)
            assert "Traceback" not in err
            assert "\x1b" not in out + err
            assert "\u202e" not in out + err
    assert not (trusted.folder / "pwned").exists()
    assert trusted.text() == before or words[0] in EDITED


def test_every_name_in_the_table_loads():
    for name in COMMANDS:
        assert load(name).name == name
