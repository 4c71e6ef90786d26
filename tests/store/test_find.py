"""Which directory file is meant."""

import os
from pathlib import Path

import pytest

from iamctl.domain.errors import InvalidValue, NotFound, StorageFailure
from iamctl.store.find import Found, find_directory

NAME = "directory.yaml"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = (tmp_path / "home").resolve()
    (folder / "team" / "app" / "src").mkdir(parents=True)
    return folder


def found(cwd: Path, home: Path, explicit: str | None = None, **more: str) -> Found:
    configured = more.pop("configured", None)
    return find_directory(explicit, {"HOME": str(home), **more}, str(cwd), configured)


def test_the_option_names_a_file_or_its_folder(home: Path) -> None:
    file = home / "other.yaml"
    file.touch()
    (home / "team" / NAME).touch()
    assert found(home, home, "other.yaml") == Found(str(file), "option")
    assert found(home, home, str(home / "team")) == Found(str(home / "team" / NAME), "option")
    assert not found(home, home, "other.yaml").searched


def test_a_named_file_that_is_missing_is_not_looked_for_elsewhere(home: Path) -> None:
    (home / NAME).touch()
    for name in ("nothing.yaml", "team", ""):
        with pytest.raises(NotFound):
            found(home, home, name)
    with pytest.raises(NotFound):
        found(home, home, IAMCTL_DIRECTORY="nothing.yaml")


def test_an_explicit_link_is_fine(home: Path) -> None:
    (home / "real.yaml").touch()
    (home / "link.yaml").symlink_to(home / "real.yaml")
    assert found(home, home, "link.yaml").path == str(home / "link.yaml")


def test_the_option_goes_before_the_variable_before_the_search(home: Path) -> None:
    for folder in (home, home / "team", home / "team" / "app"):
        (folder / NAME).touch()
    app = home / "team" / "app"
    team = str(home / "team")
    assert found(app, home, str(home), IAMCTL_DIRECTORY=team).path == str(home / NAME)
    assert found(app, home, IAMCTL_DIRECTORY=team) == Found(f"{team}/{NAME}", "environment")
    assert found(app, home, IAMCTL_DIRECTORY="") == Found(str(app / NAME), "search")
    assert found(app, home).searched


def test_the_search_goes_up_to_the_git_root_and_no_further(home: Path) -> None:
    (home / NAME).touch()
    src = home / "team" / "app" / "src"
    assert found(src, home).path == str(home / NAME)
    (home / "team" / ".git").mkdir()
    with pytest.raises(NotFound):
        found(src, home)
    (home / "team" / NAME).touch()
    assert found(src, home).path == str(home / "team" / NAME)


def test_the_search_does_not_leave_the_home_folder(home: Path) -> None:
    (home.parent / NAME).touch()
    with pytest.raises(NotFound) as raised:
        found(home / "team", home)
    assert "iamctl init --user" in str(raised.value.hint)


def test_the_settings_come_last(home: Path) -> None:
    (home / "team" / NAME).touch()
    team = home / "team"
    assert found(home, home, configured=str(team)) == Found(str(team / NAME), "settings")
    (home / NAME).touch()
    assert found(home, home, configured=str(team)).how == "search"


def test_a_setting_that_is_relative_opens_nothing_of_the_working_folder(home: Path) -> None:
    """Or a clone would choose the file, past what a search asks of one."""
    (home / "team" / "other.yaml").touch()
    with pytest.raises(InvalidValue, match=r'"team/other\.yaml" in the settings is not'):
        found(home, home, configured="team/other.yaml")


def test_the_settings_are_read_only_when_they_are_needed(home: Path) -> None:
    (home / NAME).touch()

    def never() -> str | None:
        raise AssertionError

    assert find_directory(None, {"HOME": str(home)}, str(home), never).searched
    (home / NAME).rename(home / "other.yaml")
    path = str(home / "other.yaml")
    assert find_directory(None, {"HOME": str(home)}, str(home), lambda: path).how == "settings"


@pytest.mark.parametrize("kind", ["link", "dangling", "folder", "pipe"])
def test_a_search_refuses_what_may_be_planted(home: Path, kind: str) -> None:
    target = home / "secret"
    target.touch()
    file = home / "team" / NAME
    if kind == "link":
        file.symlink_to(target)
    elif kind == "dangling":
        file.symlink_to(home / "nothing")
    elif kind == "folder":
        file.mkdir()
    else:
        os.mkfifo(file)
    with pytest.raises(StorageFailure) as raised:
        found(home / "team" / "app", home)
    assert f"--directory {file}" in str(raised.value.hint)


def test_a_search_refuses_a_linked_folder(home: Path) -> None:
    (home / "team" / NAME).touch()
    (home / "elsewhere").symlink_to(home / "team")
    with pytest.raises(StorageFailure, match="symbolic link"):
        found(home / "elsewhere", home)


@pytest.mark.skipif(os.geteuid() != 0, reason="giving a file away needs root")
def test_a_search_refuses_another_users_file(home: Path) -> None:
    file = home / "team" / NAME
    file.touch()
    os.chown(file, 65534, 65534)
    with pytest.raises(StorageFailure, match="belongs to another user"):
        found(home / "team", home)


def test_a_folder_that_was_named_is_looked_in_first(tmp_path):
    near, here = tmp_path / "near" / "below", tmp_path / "here"
    near.mkdir(parents=True)
    here.mkdir()
    (here / NAME).write_text("")
    environ = {"HOME": str(tmp_path)}
    assert find_directory(None, environ, str(here), near=str(near)).path == str(here / NAME)
    (near.parent / NAME).write_text("")
    found = find_directory(None, environ, str(here), near="../near/below")
    assert found == (str(near.parent / NAME), "search")
    assert find_directory("directory.yaml", environ, str(here), near=str(near)).how == "option"
