"""From a part to the directory that includes it."""

from pathlib import Path

import pytest

from iamctl.store.parts_main import MainFiles, top_keys
from tests.store.split_stage import put

MAIN = 'iamctl: 1\naccount: {id: "123456789012"}\ninclude: [people/*.yaml, teams.yaml]\n'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    put(tmp_path, {"directory.yaml": MAIN, "people/eng.yaml": "users: {}\n"})
    return tmp_path


def above(part: Path, home: Path | None = None) -> str | None:
    return MainFiles(None if home is None else str(home)).above(str(part))


def test_the_nearest_that_includes_it(folder: Path) -> None:
    main = str(folder / "directory.yaml")
    assert above(folder / "people" / "eng.yaml") == main
    assert above(folder / "teams.yaml") == main
    assert above(folder / "people" / "eng.yml") is None
    put(folder, {"people/directory.yaml": "iamctl: 1\naccount: {id: '210987654321'}\n"})
    assert above(folder / "people" / "eng.yaml") == main, "the nearer one does not include it"
    put(folder, {"people/directory.yaml": MAIN.replace("teams", "eng")})
    assert above(folder / "people" / "eng.yaml") == str(folder / "people" / "directory.yaml")


def test_nobody_looks_above_the_git_root_or_the_home_folder(folder: Path) -> None:
    part = folder / "people" / "eng.yaml"
    assert above(part, home=folder / "people") is None
    (folder / "people" / ".git").mkdir()
    assert above(part) is None


def test_a_main_file_that_cannot_be_read_may_include_anything(folder: Path) -> None:
    put(folder, {"directory.yaml": "users: [\n"})
    assert above(folder / "people" / "eng.yaml") == str(folder / "directory.yaml")
    (folder / "directory.yaml").rename(folder / "other.yaml")
    (folder / "directory.yaml").symlink_to("other.yaml")
    assert above(folder / "people" / "eng.yaml") is None, "no search follows a link"


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        (MAIN, {"iamctl"}),
        ('{"account": {}, "iamctl": 1}', {"account", "iamctl"}),
        ("iamctl-tests: 1\n", {"iamctl-tests"}),
        ("users:\n  iamctl: {}\n", {"users"}),
        ("a: {{ x }}\n---\n", set()),
        ("[]\n", set()),
        ("", set()),
    ],
)
def test_what_a_file_has_at_its_top(tmp_path: Path, text: str, keys: set[str]) -> None:
    file = tmp_path / "some.yaml"
    file.write_text(text)
    assert top_keys(str(file)) == keys
