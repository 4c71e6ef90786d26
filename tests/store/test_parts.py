"""A directory in several files: which ones, what is wrong with them, and where things stand."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iamctl import files
from iamctl.domain.directory import Directory
from iamctl.domain.errors import InvalidDirectory, StorageFailure
from iamctl.domain.invariants import check_all
from iamctl.store import parts_find
from iamctl.store.parts_find import matching
from iamctl.store.reader import load_directory
from iamctl.store.repository import YamlRepository

MAIN = """\
iamctl: 1
account: {id: "123456789012"}
include: [people/*.yaml, teams/payments.yaml]
users:
  alice: {id: AIDAAAAAAAAAAAAAAAAA1, created: 2026-11-24T09:00:00Z}
"""
ENG = """\
# engineering
users:
  bob: {id: AIDAAAAAAAAAAAAAAAAA2, created: 2026-11-24T09:00:00Z}
"""
OPS = """\
users:
  carol: {id: AIDAAAAAAAAAAAAAAAAA3, created: 2026-11-24T09:00:00Z}
"""
PAYMENTS = """\
groups:
  payments:
    id: AGPAAAAAAAAAAAAAAAAA1
    created: 2026-11-24T09:00:00Z
    members: [alice, bob]
resources:
  arn:aws:s3:::acme-artifacts:
    Version: "2012-10-17"
    Statement: {Effect: Allow, Principal: "*", Action: "s3:GetObject", Resource: "*"}
"""

Put = Callable[..., Path]


@pytest.fixture
def put(tmp_path: Path) -> Put:
    """Writes files below the folder by their paths, of which the first is the main file."""

    def write(texts: dict[str, str]) -> Path:
        for name, text in texts.items():
            file = tmp_path / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
        return tmp_path / "directory.yaml"

    return write


@pytest.fixture
def split(put: Put) -> Path:
    return put(
        {
            "directory.yaml": MAIN,
            "people/eng.yaml": ENG,
            "people/ops.yaml": OPS,
            "teams/payments.yaml": PAYMENTS,
        }
    )


def told(path: Path, own: bool = False) -> list[tuple[str, str, str]]:
    """Severity, place and message of every problem, with paths as they are below the folder."""
    folder = f"{path.parent}/"
    problems = YamlRepository(str(path), own=own).read().problems
    return [
        (p.severity, str(p.source).replace(folder, ""), p.message.replace(folder, ""))
        for p in problems
    ]


def test_all_files_are_one_directory(split: Path) -> None:
    directory = YamlRepository(str(split)).load()
    assert list(directory.users) == ["alice", "bob", "carol"]
    assert [member.user for member in directory.group("payments").members] == ["alice", "bob"]
    assert directory.resource_policy("arn:aws:s3:::acme-artifacts/x") is not None
    assert directory.account.id == "123456789012"
    assert directory.file == str(split)


def test_everything_stands_in_its_own_file(split: Path) -> None:
    directory = YamlRepository(str(split)).load()
    places = {
        ("users", "alice"): "directory.yaml:5:3",
        ("users", "bob"): "people/eng.yaml:3:3",
        ("users", "carol", "id"): "people/ops.yaml:2:15",
        ("groups", "payments", "members", "bob"): "teams/payments.yaml:5:22",
        ("resources", "arn:aws:s3:::acme-artifacts", "Version"): "teams/payments.yaml:8:14",
        ("users",): "directory.yaml:4:1",
        ("groups",): "teams/payments.yaml:1:1",
        ("users", "nobody"): "directory.yaml:4:1",
        ("account", "id"): "directory.yaml:2:15",
        ("roles",): "directory.yaml:1:1",
    }
    found = {at: str(directory.source_of(at)).replace(f"{split.parent}/", "") for at in places}
    assert found == places
    statement = directory.resources["arn:aws:s3:::acme-artifacts"].statements[0]
    assert str(statement.source) == f"{split.parent}/teams/payments.yaml:9:5"


def test_rules_hold_over_all_files(split: Path, put: Put) -> None:
    put({"people/ops.yaml": OPS.replace("AAAA3", "AAAA2").replace("carol", "BOB")})
    with pytest.raises(InvalidDirectory) as raised:
        YamlRepository(str(split)).load()
    places = {p.source and os.path.basename(p.source.file) for p in raised.value.problems}
    assert {p.code for p in raised.value.problems} == {"duplicate-id", "duplicate-name"}
    assert places <= {"eng.yaml", "ops.yaml"}


def test_problems_stand_file_by_file(split: Path, put: Put) -> None:
    put({"people/eng.yaml": ENG.replace("AIDAA", "AIDA*"), "people/ops.yaml": "users: [carol]\n"})
    assert [place for _, place, _ in told(split)] == ["people/eng.yaml:3:13", "people/ops.yaml:1:8"]


@pytest.mark.parametrize(
    ("texts", "place", "message"),
    [
        ({"people/eng.yaml": OPS.replace("AAAA3", "AAAA2")}, "people/ops.yaml:2:3",
         'user "carol" stands in people/eng.yaml:2:3 already'),
        ({"people/eng.yaml": MAIN[MAIN.index("users"):]}, "people/eng.yaml:2:3",
         'user "alice" stands in directory.yaml:5:3 already'),
        ({"people/eng.yaml": ENG + "include: [more/*.yaml]\n"}, "people/eng.yaml:4:1",
         '"include" belongs in the file that includes this one'),
        ({"people/eng.yaml": ENG + "iamctl: 1\n"}, "people/eng.yaml:4:1",
         '"iamctl" belongs in the file that includes this one'),
        ({"people/eng.yaml": "# nobody yet\n"}, "people/eng.yaml:1:1", "the file is empty"),
        ({"people/eng.yaml": "- users\n"}, "people/eng.yaml:1:1",
         "a directory is a mapping, not a list"),
        ({"people/eng.yaml": ENG + "user: {}\n"}, "people/eng.yaml:4:1",
         'unknown key "user" in the directory'),
        ({"directory.yaml": MAIN.replace("teams/pay", "teams/pal")}, "directory.yaml:3:26",
         "teams/palments.yaml does not exist"),
        ({"directory.yaml": MAIN.replace("teams/payments.yaml", "people/eng.yaml")},
         "directory.yaml:3:26", "people/eng.yaml is included already"),
        ({"directory.yaml": MAIN.replace("people/*", "d*")}, "directory.yaml:3:11",
         "directory.yaml is this file itself"),
        ({"directory.yaml": MAIN.replace("people/*", "../*")}, "directory.yaml:3:11",
         'an included file "../*.yaml" must be a path inside this file\'s folder'),
        ({"directory.yaml": MAIN.replace("people/*", "/etc/*")}, "directory.yaml:3:11",
         'an included file "/etc/*.yaml" must be a path inside this file\'s folder'),
        ({"directory.yaml": MAIN.replace("e/*", "e/**")}, "directory.yaml:3:11",
         'an included file "people/**.yaml" must be a path inside this file\'s folder'),
        ({"directory.yaml": MAIN.replace("[people/*.yaml, ", "").replace("yaml]", "yaml")},
         "directory.yaml:3:10", '"include" must be a list, not a text'),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_with_its_place(
    split: Path, put: Put, texts: dict[str, str], place: str, message: str
) -> None:
    put(texts)
    severity, found, words = told(split)[0]
    assert (severity, found, words) == ("error", place, message)
    with pytest.raises(InvalidDirectory):
        YamlRepository(str(split)).load(checked=False)


def test_a_pattern_that_matches_nothing_is_a_warning(split: Path, put: Put) -> None:
    put({"directory.yaml": MAIN.replace("people/*", "guests/*")})
    assert told(split) == [("warning", "directory.yaml:3:11", 'no file matches "guests/*.yaml"')]
    assert list(YamlRepository(str(split)).load(checked=False).users) == ["alice"]


def test_an_empty_list_includes_nothing(put: Put) -> None:
    main = put({"directory.yaml": MAIN.replace("people/*.yaml, teams/payments.yaml", "")})
    assert list(YamlRepository(str(main)).load().users) == ["alice"]


def test_bytes_alone_are_no_directory_that_includes_others() -> None:
    with pytest.raises(InvalidDirectory, match="cannot be found from here") as raised:
        load_directory(MAIN.encode(), "<stdin>")
    assert str(raised.value.where) == "<stdin>:3:1"


def link(target: Path, at: Path) -> None:
    at.parent.mkdir(exist_ok=True)
    at.symlink_to(target)


def test_a_part_is_reached_through_no_symbolic_link(split: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "x.yaml").write_text("roles: {}\n")
    link(elsewhere / "x.yaml", tmp_path / "people" / "x.yaml")
    assert told(split) == [
        ("error", "directory.yaml:3:11", "people/x.yaml is reached through a symbolic link")
    ]
    (tmp_path / "people" / "x.yaml").unlink()
    split.write_text(MAIN.replace("people/*", "l*/x"))
    link(elsewhere, tmp_path / "linked")
    assert told(split) == [
        ("error", "directory.yaml:3:11", "linked is reached through a symbolic link")
    ]


def test_links_in_a_ring_are_followed_nowhere(split: Path, tmp_path: Path) -> None:
    """Each of them as a step of each other would be more paths than anybody waits for."""
    for n in range(9):
        link(tmp_path, tmp_path / f"ring{n}")
    split.write_text(MAIN.replace("people/*.yaml", "ring?/" + "/".join(["*"] * 40)))
    assert [words for _, _, words in told(split)] == [
        f"ring{n} is reached through a symbolic link" for n in range(9)
    ]


@pytest.mark.parametrize("pattern", ["../*.yaml", "people/../*.yaml", "/*/*", "[a-z].yaml"])
def test_what_is_no_path_inside_the_folder_is_not_looked_for(
    split: Path, monkeypatch: pytest.MonkeyPatch, pattern: str
) -> None:
    split.write_text(MAIN.replace("[people/*.yaml, teams/payments.yaml]", f'["{pattern}"]'))
    monkeypatch.setattr(os, "listdir", lambda _: pytest.fail("a folder was listed"))
    assert [words for _, _, words in told(split)] == [
        f'an included file "{pattern}" must be a path inside this file\'s folder'
    ]


def test_a_part_is_a_regular_file(split: Path, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "people" / "pipe.yaml")
    (tmp_path / "people" / "folder.yaml").mkdir()
    assert told(split) == [("error", "directory.yaml:3:11", "people/pipe.yaml is no regular file")]


def test_one_file_under_two_names(split: Path, tmp_path: Path) -> None:
    os.link(tmp_path / "people" / "eng.yaml", tmp_path / "people" / "hard.yaml")
    assert told(split) == [
        ("error", "directory.yaml:3:11",
         "people/hard.yaml, the same file as people/eng.yaml, is included already")
    ]  # fmt: skip


def test_a_part_that_another_user_owns(split: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: os.stat(split).st_uid)
    assert told(split, own=True) == []
    real = files.read_stamped_inside

    def planted(folder: str, name: str, limit: int, *, own: bool) -> object:
        with monkeypatch.context() as context:
            context.setattr(
                os, "geteuid", lambda: os.stat(split).st_uid + (name.endswith("s.yaml"))
            )
            return real(folder, name, limit, own=own)

    monkeypatch.setattr(files, "read_stamped_inside", planted)
    assert told(split) == []
    assert [(place, words) for _, place, words in told(split, own=True)] == [
        ("directory.yaml:3:11", "people/ops.yaml is not read: it belongs to another user"),
        ("directory.yaml:3:26", "teams/payments.yaml is not read: it belongs to another user"),
    ]


def test_too_many_files_and_too_many_bytes(split: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from iamctl.store import parts_gather

    monkeypatch.setattr(parts_gather, "MOST", 1)
    assert told(split) == [
        ("error", "directory.yaml:3:11", "more than 1 files are included"),
        ("error", "directory.yaml:3:26", "`include` names more than 1 files"),
    ]
    monkeypatch.setattr(parts_gather, "MOST", 2)
    assert told(split) == [("error", "directory.yaml:3:26", "more than 2 files are included")]
    monkeypatch.setattr(parts_gather, "MOST", 1000)
    monkeypatch.setattr(parts_gather, "MAX_BYTES", len(MAIN + ENG + OPS) + 5)
    assert told(split) == [
        ("error", "directory.yaml:3:26",
         "teams/payments.yaml is not read: it is longer than 5 bytes")
    ]  # fmt: skip


def test_files_that_change_while_they_are_read_are_read_again(
    split: Path, put: Put, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Carol moves from one file to another while they are read: she is never in both or neither."""
    real = files.read_stamped_inside
    moves = [
        {"people/eng.yaml": ENG + OPS.partition("\n")[2], "people/ops.yaml": "users: {}\n"},
        {"people/eng.yaml": ENG, "people/ops.yaml": OPS},
        {"people/eng.yaml": ENG, "people/ops.yaml": "users: {}\n", "people/new.yaml": OPS},
    ]

    def moving(folder: str, name: str, *rest: int, own: bool) -> object:
        read = real(folder, name, *rest, own=own)
        if name == "people/eng.yaml" and moves:
            put(moves.pop(0))
        return read

    monkeypatch.setattr(files, "read_stamped_inside", moving)
    directory = YamlRepository(str(split)).load()
    assert list(directory.users) == ["alice", "bob", "carol"]
    assert not moves
    assert str(directory.source_of(("users", "carol"))).endswith("people/new.yaml:2:3")


def test_a_remembered_directory_is_read_again_when_any_file_changed(split: Path, put: Put) -> None:
    repository = YamlRepository(str(split), remembers=True)
    first = repository.load()
    assert repository.load() is first
    put({"people/eng.yaml": ENG.replace("bob", "bea"), "teams/payments.yaml": "groups: {}\n"})
    second = repository.load()
    assert list(second.users) == ["alice", "bea", "carol"]
    assert repository.load() is second
    put({"people/new.yaml": OPS.replace("carol", "dora").replace("AAAA3", "AAAA4")})
    assert list(repository.load().users) == ["alice", "bea", "dora", "carol"]


def test_parts_stand_beside_the_file_that_a_link_leads_to(split: Path, tmp_path: Path) -> None:
    away = tmp_path / "away"
    away.mkdir()
    link(split, away / "link.yaml")
    directory = YamlRepository(str(away / "link.yaml")).load()
    assert str(directory.source_of(("users", "bob"))) == f"{tmp_path}/people/eng.yaml:3:3"


def test_the_directories_of_other_accounts_may_include_files(split: Path, put: Put) -> None:
    from iamctl.store.accounts import OtherAccounts

    other = put({"home/directory.yaml": """\
iamctl: 1
account: {id: "111122223333"}
accounts: {"123456789012": sub/directory.yaml}
"""}).parent  # fmt: skip
    for name in ("directory.yaml", "people/eng.yaml", "people/ops.yaml", "teams/payments.yaml"):
        put({f"home/sub/{name}": (other / name).read_text()})
    home = other / "home" / "directory.yaml"
    accounts = OtherAccounts(YamlRepository(str(home)).load(), str(home))
    found = accounts("123456789012")
    assert isinstance(found, Directory)
    assert "carol" in found.users


NAMES = st.text("ab.*?", min_size=1, max_size=6).filter(lambda name: "**" not in name)


@given(name=st.text("ab.", min_size=1, max_size=6), pattern=NAMES)
def test_patterns_match_as_shells_have_it(name: str, pattern: str) -> None:
    from fnmatch import fnmatchcase

    wanted = fnmatchcase(name, pattern) and name.startswith(".") == pattern.startswith(".")
    found = parts_find._fits(name, pattern) and name.startswith(".") == pattern.startswith(".")
    assert found == wanted


def test_matches_are_sorted_and_hidden_files_are_none(tmp_path: Path) -> None:
    for name in ("b/x.yaml", "a/y.yaml", "a/x.yaml", "a/.x.yaml", ".c/x.yaml", "a/n.yml", "x.yaml"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    assert matching(str(tmp_path), "*/*.yaml") == ["a/x.yaml", "a/y.yaml", "b/x.yaml"]
    assert matching(str(tmp_path), "a/?.y*ml") == ["a/n.yml", "a/x.yaml", "a/y.yaml"]
    assert matching(str(tmp_path), "a/.*.yaml") == ["a/.x.yaml"]
    assert matching(str(tmp_path), "z/*.yaml") == []
    assert matching(str(tmp_path), "z/x.yaml") == ["z/x.yaml"]


def test_a_folder_that_cannot_be_listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(_path: str) -> list[str]:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "listdir", refused)
    with pytest.raises(StorageFailure, match="cannot list the folder"):
        matching(str(tmp_path), "*.yaml")


def test_warnings_alone_leave_a_directory(split: Path, put: Put) -> None:
    put({"people/ops.yaml": "users:\n  carol:\n"})
    directory = YamlRepository(str(split)).load()
    places = {str(p.source).rpartition("/")[2] for p in check_all(directory)}
    assert "ops.yaml:2:3" in places
