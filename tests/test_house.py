"""The claims that CONTRIBUTING.md and the layout of the project make."""

import re
import tomllib
from pathlib import Path

from iamctl.cli.app import COMMANDS
from iamctl.vault import KINDS
from tests.conftest import SLOW

ROOT = Path(__file__).resolve().parent.parent
GUIDE = (ROOT / "CONTRIBUTING.md").read_text()


def test_the_guide_names_every_room_and_nothing_else():
    rooms = {
        p.stem
        for p in (ROOT / "iamctl").iterdir()
        if not p.name.startswith((".", "__init__", "__pycache__")) and p.suffix in ("", ".py")
    }
    table = GUIDE.split("## The rooms")[1].split("\n\n`domain`")[0]
    assert set(re.findall(r"`(\w+)`", table)) - {"importlinter"} >= rooms
    lines = [line.split("|")[1] for line in table.splitlines() if line.startswith("| `")]
    assert set(re.findall(r"`(\w+)`", "".join(lines))) == rooms


def test_every_path_in_the_guide_exists():
    for path in re.findall(r"`((?:iamctl|tests|completions|\.importlinter)[\w./]*)`", GUIDE):
        assert (ROOT / path).exists(), path


def test_every_target_in_the_guide_exists():
    makefile = (ROOT / "Makefile").read_text()
    for target in set(re.findall(r"`make (\w+)`", GUIDE)):
        assert f"\n{target}:" in makefile, target


def test_a_command_is_a_module_with_an_app():
    for entry in COMMANDS.values():
        module = (ROOT / "iamctl" / "cli" / f"{entry.module}.py").read_text()
        assert re.search(rf"^{entry.app}\b", module, re.MULTILINE)


def test_the_contract_suite_knows_every_kind_of_vault():
    suite = "".join(p.read_text() for p in (ROOT / "tests" / "contracts").glob("*.py"))
    assert all(f'"{kind}"' in suite for kind in KINDS)


def test_every_dependency_has_bounds_and_a_reason():
    text = (ROOT / "pyproject.toml").read_text()
    for dependency in tomllib.loads(text)["project"]["dependencies"]:
        assert re.search(r">=.*,<", dependency), dependency
        line = next(x for x in text.splitlines() if f'"{dependency}"' in x)
        assert "# " in line, dependency


def test_what_make_check_leaves_out_is_there():
    assert [name for name in SLOW if not (ROOT / "tests" / name).is_file()] == []


def test_what_make_test_installs_is_written_down():
    locked = {
        line.split("==")[0].lower().replace("_", "-")
        for line in (ROOT / "constraints.txt").read_text().splitlines()
        if "==" in line
    }
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    wanted = [*project["project"]["dependencies"], *project["dependency-groups"]["dev"]]
    for requirement in wanted:
        name = re.match(r"[\w.-]+", requirement)
        assert name is not None
        assert name[0].lower().replace("_", "-") in locked, requirement


def test_the_top_level_holds_what_it_should():
    tracked = {p.name for p in ROOT.iterdir() if not p.name.startswith(".")}
    allowed = {
        "pyproject.toml", "README.md", "CONTRIBUTING.md", "CHANGELOG.md", "LICENSE", "Makefile",
        "sample-directory.yaml", "directory.schema.json", "directory-part.schema.json",
        "access-tests.schema.json", "constraints.txt", "iamctl", "tests", "benchmarks",
        "completions",
    }  # fmt: skip
    assert tracked - {"build", "dist"} <= allowed
