"""Credentials in real shells: byte-exact, nothing executed, nothing old left, failures fail."""

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from iamctl.domain.errors import InvalidValue
from iamctl.rendering import shells

pytestmark = pytest.mark.slow

SCALE = int(os.environ.get("IAMCTL_TEST_SCALE", "1"))
OLD = {name: f"old-{name}" for name in shells.CLEARED}
NEW = {
    "AWS_ACCESS_KEY_ID": "ASIAIOSFODNN7EXAMPLE",
    "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
    "AWS_SESSION_TOKEN": "eyJhbGciOiJIUzI1NiJ9.e30.x-_",
    "AWS_CREDENTIAL_EXPIRATION": "2026-11-24T10:00:00Z",
}
POSIX = {
    "dash": ("sh", ["dash"]),
    "bash": ("bash", ["bash", "--norc", "--noprofile"]),
    "bash --posix": ("sh", ["bash", "--posix"]),
    "zsh": ("zsh", ["zsh", "-f"]),
    "zsh with RC_QUOTES": ("zsh", ["zsh", "-f", "-o", "rcquotes", "-o", "shwordsplit"]),
}

fragments = st.sampled_from(
    [
        "'", '"', "`", "\\", "\\'", "'\\''", "!", "!!", "%", "%n", "$", ";", "&", "|", "#", "~",
        "\n", "\r", "\t", "\x1b[31m", "\x85", "\u2028", "\u2018", "\u2019", "\u201a", "\u201b",
        "$(touch canary)", "`touch canary`", "'; touch canary; '", "\n touch canary \n",
        "'; touch canary; #", "\\'; touch canary; \\'", "' + (touch canary) + '", "(touch canary)",
        "\u2019; touch canary; \u2019", "--", "-e", "*", "?", "[a-z]", "{a,b}", "${HOME}", "\ufdd0",
        "\uf600", "é", "д", "😀", "\x7f", "\x01", "\x81", "::set-env name=X::y", "IAMCTL_END",
    ]
)  # fmt: skip
characters = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
hostile = st.lists(fragments | st.text(characters, max_size=4), max_size=6).map("".join)
settings_of = st.fixed_dictionaries(dict.fromkeys(NEW, hostile))
batches = st.lists(settings_of, min_size=8, max_size=30)
thorough = settings(
    max_examples=8 * SCALE,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)

Outcome = tuple[str | None, dict[str, str]]
"""What a shell ended with, or None when it stopped, and the AWS_ variables its children see."""


def needs(program: str) -> None:
    if shutil.which(program) is None:
        if os.environ.get("CI"):
            pytest.fail(f"{program} is not installed")
        pytest.skip(f"{program} is not installed")


def run(command: Sequence[str], folder: Path, script: str, **more: str) -> str:
    """Runs a script with the old identity in its environment; its stdout."""
    surroundings = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "XDG_CONFIG_HOME": str(folder / "config"),
        "LC_ALL": "C.UTF-8",
        "KEPT": "kept",
    }
    program = folder / "script"
    program.write_text(script)
    done = subprocess.run(
        [*command, str(program)],
        cwd=folder,
        env={**surroundings, **OLD, **more},
        capture_output=True,
        check=False,
        timeout=120,
    )
    return done.stdout.decode()


def outcomes(
    command: Sequence[str], folder: Path, texts: Sequence[str], script: Callable[[int], str]
) -> list[Outcome]:
    """Each text evaluated by `script(number)`, which writes files s<number> and e<number>."""
    work = folder / "work"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir()
    for number, text in enumerate(texts):
        (work / f"t{number}").write_bytes(text.encode())
    run(command, work, "\n".join(script(number) for number in range(len(texts))))
    assert not list(work.glob("*canary*")), "a value was executed"
    return [_outcome(work, number) for number in range(len(texts))]


def _outcome(work: Path, number: int) -> Outcome:
    status = work / f"s{number}"
    variables = (work / f"e{number}").read_bytes().decode().split("\0")[:-1]
    seen = dict(variable.split("=", 1) for variable in variables)
    assert seen["KEPT"] == "kept"
    return (
        status.read_text().strip() if status.exists() else None,
        {name: value for name, value in seen.items() if name.startswith("AWS_")},
    )


def posix_script(evaluated: str) -> Callable[[int], str]:
    return lambda number: (
        f"( trap 'env -0 > e{number}' 0; eval {evaluated.format(number)}; echo $? > s{number} )"
    )


QUOTED = posix_script('"$(cat t{})"')
UNQUOTED = posix_script("$(cat t{})")


def fish_script(evaluated: str) -> Callable[[int], str]:
    old = " ".join(f"set -gx {name} {value};" for name, value in OLD.items())
    return lambda number: (
        f"{old} {evaluated.format(number)}; echo $status > s{number}; env -0 > e{number}"
    )


FISH_SOURCE = fish_script("cat t{} | source")
FISH_EVAL = fish_script("eval (cat t{})")


@pytest.fixture(params=POSIX)
def posix(request: pytest.FixtureRequest) -> tuple[str, list[str]]:
    form, command = POSIX[request.param]
    needs(command[0])
    return form, command


@pytest.fixture
def fish() -> list[str]:
    needs("fish")
    return ["fish", "--no-config"]


@thorough
@given(batches)
def test_values_arrive_in_posix_shells(
    posix: tuple[str, list[str]], tmp_path: Path, values: list[dict[str, str]]
) -> None:
    form, command = posix
    texts = [shells.credentials_text(form, each) for each in values]
    assert outcomes(command, tmp_path, texts, QUOTED) == [("0", each) for each in values]


@thorough
@given(batches)
def test_values_arrive_in_fish(
    fish: list[str], tmp_path: Path, values: list[dict[str, str]]
) -> None:
    texts = [shells.credentials_text("fish", each) for each in values]
    expected = [("0", each) for each in values]
    assert outcomes(fish, tmp_path, texts, FISH_SOURCE) == expected
    assert outcomes(fish, tmp_path, texts, FISH_EVAL) == expected


unspaced = st.text(
    st.characters(exclude_categories=["Cs", "Cc", "Z"], exclude_characters="*?["), max_size=20
)


@thorough
@given(st.lists(st.fixed_dictionaries(dict.fromkeys(NEW, unspaced)), min_size=8, max_size=30))
def test_an_unquoted_eval_works_for_values_without_blanks(
    posix: tuple[str, list[str]], tmp_path: Path, values: list[dict[str, str]]
) -> None:
    form, command = posix
    texts = [shells.credentials_text(form, each) for each in values]
    assert outcomes(command, tmp_path, texts, UNQUOTED) == [("0", each) for each in values]


@pytest.mark.parametrize("script", [QUOTED, UNQUOTED], ids=["quoted", "unquoted"])
def test_a_failure_leaves_its_status_and_no_identity(
    posix: tuple[str, list[str]], tmp_path: Path, script: Callable[[int], str]
) -> None:
    form, command = posix
    texts = [shells.failure_text(form, status) for status in (1, 5, 70, 130)]
    expected: list[Outcome] = [(status, {}) for status in ("1", "5", "70", "130")]
    assert outcomes(command, tmp_path, texts, script) == expected


@pytest.mark.parametrize("script", [FISH_SOURCE, FISH_EVAL], ids=["source", "eval"])
def test_a_failure_in_fish_leaves_its_status_and_no_identity(
    fish: list[str], tmp_path: Path, script: Callable[[int], str]
) -> None:
    texts = [shells.failure_text("fish", status) for status in (1, 5, 70, 130)]
    expected: list[Outcome] = [(status, {}) for status in ("1", "5", "70", "130")]
    assert outcomes(fish, tmp_path, texts, script) == expected


def test_a_failure_stops_a_script_that_stops_at_errors(
    posix: tuple[str, list[str]], tmp_path: Path
) -> None:
    form, command = posix
    for evaluated in ('eval "$(cat t)"', "eval $(cat t)"):
        script = f"set -eu; {evaluated}; echo reached"
        (tmp_path / "t").write_text(shells.failure_text(form, 5))
        assert run(command, tmp_path, script) == ""
        (tmp_path / "t").write_text(shells.credentials_text(form, NEW))
        assert run(command, tmp_path, script) == "reached\n"


def test_any_beginning_of_the_text_leaves_no_half_identity(
    posix: tuple[str, list[str]], tmp_path: Path
) -> None:
    form, command = posix
    _no_half_identity(form, command, tmp_path, QUOTED)


def test_any_beginning_of_the_text_leaves_no_half_identity_in_fish(
    fish: list[str], tmp_path: Path
) -> None:
    _no_half_identity("fish", fish, tmp_path, FISH_SOURCE)


def _no_half_identity(
    form: str, command: list[str], folder: Path, script: Callable[[int], str]
) -> None:
    mine = {**{name: f"new'{name[4:6]}" for name in NEW}, "AWS_ACCESS_KEY_ID": "ASIAX"}
    text = shells.credentials_text(form, mine, shells.CLEARED[:4])
    ends = range(0, len(text), 1 if SCALE > 1 else 2)
    for _, seen in outcomes(command, folder, [text[:end] for end in ends], script):
        identity = {name: seen.get(name) for name in list(NEW)[:3]}
        whole = ({name: OLD[name] for name in identity}, {name: mine[name] for name in identity})
        assert identity in whole or not seen.get("AWS_ACCESS_KEY_ID")


@pytest.mark.parametrize("form", ["sh", "bash", "zsh"])
def test_posix_text_unsets_then_sets_in_one_statement(form: str) -> None:
    text = shells.credentials_text(form, NEW)
    assert all(line.endswith(";") for line in text.splitlines())
    unset, export = text.splitlines()
    assert unset == f"unset {' '.join(shells.CLEARED)};"
    assert export == (
        "export AWS_SECRET_ACCESS_KEY='wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' "
        "AWS_SESSION_TOKEN='eyJhbGciOiJIUzI1NiJ9.e30.x-_' "
        "AWS_CREDENTIAL_EXPIRATION='2026-11-24T10:00:00Z' "
        "AWS_ACCESS_KEY_ID='ASIAIOSFODNN7EXAMPLE';"
    )


def test_fish_never_changes_a_universal_variable(fish: list[str], tmp_path: Path) -> None:
    command = ["fish"]  # --no-config would keep universal variables in memory
    run(command, tmp_path, "set -e AWS_PROFILE; set -Ux AWS_PROFILE mine")
    (tmp_path / "good").write_text(shells.credentials_text("fish", NEW))
    (tmp_path / "failed").write_text(shells.failure_text("fish", 5))
    show = 'env | string match -r "^AWS_(?:PROFILE|ACCESS_KEY_ID)=.*" | sort'
    forget = "set -e -g AWS_PROFILE;"
    assert run(command, tmp_path, f"{forget} cat good | source; {show}").splitlines() == [
        "AWS_ACCESS_KEY_ID=ASIAIOSFODNN7EXAMPLE",
        "AWS_PROFILE=mine",  # an exported universal one can only be hidden by a value
    ]
    hidden = run(command, tmp_path, f"{forget} cat failed | source; {show}").splitlines()
    assert hidden == ["AWS_PROFILE="]
    again = f"{forget} cat failed | source; cat good | source; {show}"
    assert "AWS_PROFILE=mine" in run(command, tmp_path, again)


def test_success_in_fish_ends_with_0_whatever_was_before(fish: list[str], tmp_path: Path) -> None:
    (tmp_path / "t").write_text(shells.credentials_text("fish", NEW, ()))
    assert run(fish, tmp_path, "false; cat t | source; echo $status") == "0\n"
    assert run(fish, tmp_path, "false; eval (cat t); echo $status") == "0\n"


def test_fish_erases_local_variables_around_it(fish: list[str], tmp_path: Path) -> None:
    (tmp_path / "t").write_text(shells.credentials_text("fish", NEW))
    script = """
        function inner
            set -lx AWS_PROFILE innermost
            begin
                set -lx AWS_PROFILE innermost
                cat t | source
                env
            end
        end
        inner
    """
    shown = run(fish, tmp_path, script)
    assert "AWS_ACCESS_KEY_ID=ASIAIOSFODNN7EXAMPLE" in shown
    assert "AWS_PROFILE" not in shown


HELP = "Usage: iamctl [OPTIONS]\n\n  $(touch canary) `touch canary`; touch canary\rtouch canary\n"


def test_help_is_comments_after_the_failure(posix: tuple[str, list[str]], tmp_path: Path) -> None:
    form, command = posix
    text = shells.failure_text(form, 2) + shells.help_as_comments(HELP)
    for script in (QUOTED, UNQUOTED):
        assert outcomes(command, tmp_path, [text], script) == [("2", {})]


def test_help_is_comments_in_fish_too(fish: list[str], tmp_path: Path) -> None:
    text = shells.failure_text("fish", 2) + shells.help_as_comments(HELP)
    for script in (FISH_SOURCE, FISH_EVAL):
        assert outcomes(fish, tmp_path, [text], script) == [("2", {})]


def test_help_is_comments_in_an_interactive_zsh(tmp_path: Path) -> None:
    needs("zsh")
    (tmp_path / "t").write_text(shells.failure_text("zsh", 2) + shells.help_as_comments(HELP))
    subprocess.run(
        ["zsh", "-f", "-i", "-s"],
        cwd=tmp_path,
        input=b'unsetopt interactivecomments\neval "$(cat t)"\necho $? > status\n',
        capture_output=True,
        check=True,
        timeout=60,
    )
    assert (tmp_path / "status").read_text() == "2\n"
    assert not (tmp_path / "canary").exists()


def test_every_line_of_help_is_a_comment() -> None:
    assert shells.help_as_comments("Usage: x\n\n  --as USER\r\nend") == (
        "# Usage: x\n#\n#   --as USER\n#\n# end\n"
    )


def nu() -> list[str]:
    program = os.environ.get("IAMCTL_TEST_NU") or shutil.which("nu")
    if program is None:
        pytest.skip("nushell is not installed (IAMCTL_TEST_NU names its program)")
    return [program, "--no-config-file", "--no-history"]


@thorough
@given(batches)
def test_values_arrive_in_nushell(tmp_path: Path, values: list[dict[str, str]]) -> None:
    texts = [shells.credentials_text("nushell", each) for each in values]
    seen = outcomes(
        nu(),
        tmp_path,
        texts,
        lambda number: (
            f"open --raw t{number} | decode utf-8 | from json | load-env;"
            f" ^env -0 | save --raw e{number}; 'done' | save s{number}"
        ),
    )
    assert seen == [("done", each) for each in values]


def test_a_failure_stops_nushell_with_nothing_on_stdout(tmp_path: Path) -> None:
    assert shells.failure_text("nushell", 5) == ""
    assert run(nu(), tmp_path, "'' | from json | load-env; print reached") == ""


@thorough
@given(batches)
def test_powershell_text_is_assignments_of_the_values(values: list[dict[str, str]]) -> None:
    for each in values:
        statements = powershell_statements(shells.credentials_text("powershell", each))
        assert statements.pop(0) == ("Remove-Item", *[f"Env:{name}" for name in shells.CLEARED])
        assert sorted(statements) == sorted((f"$Env:{name}", each[name]) for name in each)


def test_powershell_failure_clears_and_reports() -> None:
    assert powershell_statements(shells.failure_text("powershell", 5)) == [
        ("Remove-Item", *[f"Env:{name}" for name in shells.CLEARED]),
        ("$global:LASTEXITCODE", "5"),
        ("Write-Error", "iamctl: no credentials (exit code 5)"),
    ]


def powershell_statements(text: str) -> list[tuple[str, ...]]:
    """(target, value) or (command, strings…) for each statement, by an independent parser."""
    tree_sitter = pytest.importorskip("tree_sitter")
    grammar = pytest.importorskip("tree_sitter_powershell")
    parser = tree_sitter.Parser(tree_sitter.Language(grammar.language()))
    root = parser.parse(text.encode()).root_node
    assert not root.has_error
    statements: list[tuple[str, ...]] = []

    def strings(node: object) -> list[str]:
        """String literals and [char] casts under a node; nothing else that has a value."""
        kind, content = node.type, node.text.decode()  # type: ignore[attr-defined]
        if kind == "verbatim_string_characters":
            body = content[1:-1]
            for quote in "'\u2018\u2019\u201a\u201b":
                assert body.count(quote) == 2 * body.replace(quote * 2, "\0").count("\0")
                body = body.replace(quote * 2, quote)
            return [body]
        if kind == "cast_expression":
            assert content.startswith("[char]")
            return [chr(int(content.removeprefix("[char]")))]
        if kind == "decimal_integer_literal":
            return [content]
        assert kind not in ("sub_expression", "script_block", "expandable_string_literal")
        return [text for child in node.children for text in strings(child)]  # type: ignore[attr-defined]

    for pipeline in root.named_children[0].named_children:
        if pipeline.type == "empty_statement":
            continue
        assert pipeline.type == "pipeline"
        (part,) = pipeline.named_children
        if part.type == "assignment_expression":
            target, value = part.named_children[0], part.child_by_field_name("value")
            statements.append((target.text.decode(), "".join(strings(value))))
        else:
            (command,) = part.named_children
            name = command.child_by_field_name("command_name").text.decode()
            statements.append((name, *strings(command)))
    return statements


@thorough
@given(batches)
def test_dotenv_is_exact_or_refused(tmp_path: Path, values: list[dict[str, str]]) -> None:
    carried, texts = [], []
    for each in values:
        try:
            texts.append(shells.credentials_text("dotenv", each))
            carried.append(each)
        except InvalidValue:
            assert any(mark in "".join(each.values()) for mark in "'\\$\r\n")
    needs("dash")
    unset = f"unset {' '.join(OLD)}; set -a; "
    seen = outcomes(
        ["dash"],
        tmp_path,
        texts,
        lambda number: f"( {unset} . ./t{number}; echo $? > s{number}; env -0 > e{number} )",
    )
    assert seen == [("0", each) for each in carried]


def test_dotenv_is_bare_for_what_iamctl_issues() -> None:
    assert shells.credentials_text("env-no-export", NEW).splitlines() == [
        "AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
        "AWS_SESSION_TOKEN=eyJhbGciOiJIUzI1NiJ9.e30.x-_",
        "AWS_CREDENTIAL_EXPIRATION=2026-11-24T10:00:00Z",
        "AWS_ACCESS_KEY_ID=ASIAIOSFODNN7EXAMPLE",
    ]


def runner_reads(text: str) -> dict[str, str]:
    """An environment file as GitHub's runner reads it: NAME=value or NAME<<END … END."""
    lines = text.split("\n")
    assert lines.pop() == ""
    found: dict[str, str] = {}
    while lines:
        line = lines.pop(0)
        equals, document = line.find("="), line.find("<<")
        if equals >= 0 and (document < 0 or equals < document):
            found[line[:equals]] = line[equals + 1 :]
        else:
            end = lines.index(line[document + 2 :])
            found[line[:document]] = "\n".join(lines[:end])
            del lines[: end + 1]
    return found


@given(settings_of)
def test_github_lines_are_exactly_the_values(values: dict[str, str]) -> None:
    assert runner_reads(shells.credentials_text("github", values)) == values


@pytest.mark.parametrize("end", ["IAMCTL_END", "IAMCTL_END_", "IAMCTL_END__\nIAMCTL_END"])
def test_no_value_ends_its_here_document(end: str) -> None:
    values = {"AWS_SESSION_TOKEN": f"a\n{end}\nPATH=/tmp", "AWS_ACCESS_KEY_ID": "A"}
    assert runner_reads(shells.credentials_text("github", values)) == values


@given(settings_of)
def test_github_masks_hide_every_secret_and_command_nothing_else(values: dict[str, str]) -> None:
    lines = shells.github_masks(values).split("\n")
    assert lines.pop() == ""
    assert all(line.startswith("::add-mask::") and "\r" not in line for line in lines)
    masked = [
        line.removeprefix("::add-mask::")
        .replace("%0A", "\n")
        .replace("%0D", "\r")
        .replace("%25", "%")
        for line in lines
    ]
    secrets = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
    assert masked == [values[name] for name in secrets if values[name]]


def test_a_real_sdk_reads_the_process_form(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    session_module = pytest.importorskip("botocore.session")
    (tmp_path / "out.json").write_text(
        shells.process_json({**NEW, "AWS_ACCOUNT_ID": "123456789012"})
    )
    (tmp_path / "config").write_text(
        f"[profile mine]\ncredential_process = cat {tmp_path / 'out.json'}\n"
    )
    for name in shells.CLEARED:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    (tmp_path / "out.json").write_text(
        (tmp_path / "out.json").read_text().replace("2026-11-24", "2999-11-24")
    )
    credentials = session_module.Session(profile="mine").get_credentials()
    frozen = credentials.get_frozen_credentials()
    assert frozen.access_key == NEW["AWS_ACCESS_KEY_ID"]
    assert frozen.secret_key == NEW["AWS_SECRET_ACCESS_KEY"]
    assert frozen.token == NEW["AWS_SESSION_TOKEN"]


@given(settings_of)
def test_the_process_form_is_one_line_of_json(values: dict[str, str]) -> None:
    text = shells.credentials_text("process", values)
    assert text.count("\n") == 1
    assert json.loads(text) == {
        "Version": 1,
        "AccessKeyId": values["AWS_ACCESS_KEY_ID"],
        "SecretAccessKey": values["AWS_SECRET_ACCESS_KEY"],
        "SessionToken": values["AWS_SESSION_TOKEN"],
        "Expiration": values["AWS_CREDENTIAL_EXPIRATION"],
    }


@pytest.mark.parametrize("form", ["nushell", "dotenv", "json", "process", "github"])
def test_forms_nobody_evaluates_print_nothing_on_failure(form: str) -> None:
    assert shells.failure_text(form, 5) == ""


@pytest.mark.parametrize("form", sorted(shells.EVALUATED | {"nushell", "dotenv", "env"}))
def test_a_value_with_nul_is_refused_without_showing_it(form: str) -> None:
    with pytest.raises(InvalidValue) as caught:
        shells.credentials_text(form, {"AWS_SESSION_TOKEN": "top\0secret"})
    assert "secret" not in caught.value.message.lower()


@pytest.mark.parametrize("name", ["", "A B", "A;touch canary", "A=", "1A", "Å", "A\n"])
def test_a_name_that_is_no_variable_is_refused(name: str) -> None:
    with pytest.raises(InvalidValue):
        shells.credentials_text("sh", {name: "x"})


@pytest.mark.parametrize("form", ["", "SH", "csh", "windows-cmd"])
def test_an_unknown_form_is_refused_with_the_known_ones(form: str) -> None:
    with pytest.raises(InvalidValue) as caught:
        shells.failure_text(form, 5)
    assert "env-no-export" in str(caught.value.hint)


def test_aws_cli_names_are_the_same_forms() -> None:
    assert shells.credentials_text("env", NEW) == shells.credentials_text("sh", NEW)
    assert shells.failure_text("env", 5) == shells.failure_text("sh", 5)


def test_json_is_not_made_of_variables() -> None:
    with pytest.raises(InvalidValue, match="json"):
        shells.credentials_text("json", NEW)


def test_every_other_form_is_written() -> None:
    values: Mapping[str, str] = NEW
    for form in (*shells.FORMS, *shells.ALIASES):
        if form != "json":
            assert NEW["AWS_SESSION_TOKEN"] in shells.credentials_text(form, values)
