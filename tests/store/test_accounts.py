"""Which files answer for other accounts, and which are never opened."""

import os

import pytest

from iamctl.bootstrap import Runtime
from iamctl.domain.errors import InvalidDirectory, NotFound, Usage
from iamctl.domain.source import Source
from iamctl.store.reader import load_directory

OWN, SHARED, OTHER = "123456789012", "210987654321", "111122223333"


def text(account, extra=""):
    return f"iamctl: 1\naccount:\n  id: '{account}'\n{extra}"


@pytest.fixture
def accounts(tmp_path, monkeypatch):
    """Asks for an account of a directory whose `accounts` section is given."""
    monkeypatch.chdir(tmp_path)

    def ask(account, listed=None, given=()):
        lines = "".join(f"  '{key}': {path}\n" for key, path in (listed or {}).items())
        section = f"accounts:\n{lines}" if listed else ""
        directory = load_directory(text(OWN, section).encode(), "directory.yaml")
        return Runtime({}).accounts(directory, str(tmp_path / "directory.yaml"), given)(account)

    return ask


def write(path, account, extra=""):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text(account, extra))


def test_a_listed_file_is_read_when_its_account_is_asked_for(accounts, tmp_path):
    write(tmp_path / "accounts" / "shared.yaml", SHARED, "users: {zoe: {}}\n")
    listed = {SHARED: "accounts/shared.yaml", OTHER: "never/opened.yaml"}
    found = accounts(SHARED, listed)
    assert found.account.id == SHARED
    assert list(found.users) == ["zoe"]
    assert found.file == os.path.join("accounts", "shared.yaml")
    assert accounts("999999999999", listed) is None


def test_the_account_itself_is_the_directory_at_hand(accounts):
    assert accounts(OWN).account.id == OWN


def test_an_account_is_loaded_once(tmp_path):
    write(tmp_path / "s.yaml", SHARED)
    section = f"accounts: {{'{SHARED}': s.yaml}}\n"
    directory = load_directory(text(OWN, section).encode(), "directory.yaml")
    ask = Runtime({}).accounts(directory, str(tmp_path / "directory.yaml"))
    assert ask(SHARED) is ask(SHARED)


def test_files_that_a_person_named_come_first_and_may_lie_anywhere(accounts, tmp_path):
    write(tmp_path / "listed.yaml", SHARED, "users: {listed: {}}\n")
    write(tmp_path / "elsewhere" / "x.yaml", SHARED, "users: {named: {}}\n")
    write(tmp_path / "elsewhere" / "y.yaml", OTHER)
    (tmp_path / "link.yaml").symlink_to(tmp_path / "elsewhere" / "x.yaml")
    given = [str(tmp_path / "link.yaml"), "elsewhere/y.yaml"]
    assert list(accounts(SHARED, {SHARED: "listed.yaml"}, given).users) == ["named"]
    assert accounts(OTHER, {}, given).file == os.path.join("elsewhere", "y.yaml")
    assert list(accounts(SHARED, {SHARED: "listed.yaml"}, given[1:]).users) == ["listed"]


def test_files_that_contradict_each_other_are_refused(accounts, tmp_path):
    write(tmp_path / "x.yaml", SHARED)
    write(tmp_path / "y.yaml", SHARED)
    write(tmp_path / "own.yaml", OWN)
    with pytest.raises(Usage, match=f"x.yaml and y.yaml are both of account {SHARED}"):
        accounts(SHARED, {}, ["x.yaml", "y.yaml"])
    with pytest.raises(Usage, match="as the directory itself is"):
        accounts(SHARED, {}, ["own.yaml"])
    with pytest.raises(NotFound):
        accounts(SHARED, {}, ["gone.yaml"])


def test_a_file_of_another_account_is_told_with_its_place(accounts, tmp_path):
    write(tmp_path / "s.yaml", OTHER)
    with pytest.raises(InvalidDirectory) as raised:
        accounts(SHARED, {SHARED: "s.yaml"})
    assert raised.value.message == f"s.yaml is of account {OTHER}"
    assert raised.value.where == Source("s.yaml", 3, 7)
    assert raised.value.hint == f"directory.yaml lists it as account {SHARED}'s"


def test_a_file_that_breaks_its_own_rules_decides_nothing(accounts, tmp_path):
    write(tmp_path / "s.yaml", SHARED, "users: {zoe: {policies: [Gone]}}\n")
    for listed, given in (({SHARED: "s.yaml"}, []), ({}, ["s.yaml"])):
        with pytest.raises(InvalidDirectory, match="does not exist") as raised:
            accounts(SHARED, listed, given)
        assert raised.value.where == Source("s.yaml", 4, 26)


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("gone.yaml", "does not exist"),
        ("gone/x.yaml", "does not exist"),
        ("real.yaml/x", "does not exist"),
        ("link.yaml", "is reached through a symbolic link"),
        ("linked/real.yaml", "is reached through a symbolic link"),
        ("dangling.yaml", "is reached through a symbolic link"),
        ("folder", "is no regular file"),
        ("pipe", "is no regular file"),
    ],
)
def test_a_listed_file_is_a_regular_one_behind_no_link(accounts, tmp_path, path, words):
    write(tmp_path / "real.yaml", SHARED)
    write(tmp_path / "folder" / "real.yaml", SHARED)
    (tmp_path / "link.yaml").symlink_to("real.yaml")
    (tmp_path / "linked").symlink_to("folder")
    (tmp_path / "dangling.yaml").symlink_to("nowhere")
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(InvalidDirectory) as raised:
        accounts(SHARED, {SHARED: path})
    assert raised.value.message == f"{path} {words}"
    assert raised.value.where == Source("directory.yaml", 5, 19)
