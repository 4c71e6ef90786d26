"""Edits of a directory in several files: each goes where it belongs, all of them or none."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iamctl import files
from iamctl.domain.change import AnyChange, Change, Changes, Renamed, apply_changes
from iamctl.domain.errors import (
    Busy,
    ConcurrentChange,
    Conflict,
    InvalidDirectory,
    InvalidValue,
    LimitExceeded,
    NotFound,
    StorageFailure,
)
from iamctl.domain.source import Plain, same
from iamctl.store.check import SpliceFailed
from iamctl.store.parts_edit import merged, routed
from tests.store.split_stage import (
    FILES,
    MAIN,
    PEOPLE,
    RENAMED,
    RENAMED_FILES,
    TAGGED,
    TEAMS,
    found,
    planned,
    put,
    repository,
)

ZOE: dict[str, Plain] = {"id": "AIDAAAAAAAAAAAAAAAAA9", "created": "2026-11-24T09:00:00Z"}
NEW_ZOE = Change(("users", "zoe"), None, ZOE)
NEW_ROLE = Change(
    ("roles", "deployer"),
    None,
    {
        "id": "AROAAAAAAAAAAAAAAAAA1",
        "created": "2026-11-24T09:00:00Z",
        "trust": {
            "Version": "2012-10-17",
            "Statement": [
                {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}
            ],
        },
    },
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "work"
    put(folder, FILES)
    return folder


def test_a_change_goes_to_the_file_that_holds_what_it_is_about(folder: Path) -> None:
    edit = repository(folder).apply(planned(*TAGGED))
    changed = f'{PEOPLE}    tags: {{cost: "0042"}}\n'
    assert found(folder) == {**FILES, "people/eng.yaml": changed}
    assert edit.paths == (str(folder / "people" / "eng.yaml"),)
    assert edit.path == str(folder / "directory.yaml")
    assert not (folder.parent / "state").exists()


def test_one_edit_of_several_files(folder: Path) -> None:
    edit = repository(folder).apply(planned(*RENAMED))
    assert found(folder) == RENAMED_FILES
    assert edit.paths == (str(folder / "people" / "eng.yaml"), str(folder / "teams.yaml"))
    assert os.listdir(folder.parent / "state") == []
    headers = [line for line in edit.text_diff.splitlines() if line.startswith("+++")]
    assert [header.rpartition("work/")[2] for header in headers] == [
        "people/eng.yaml",
        "teams.yaml",
    ]


def test_a_dry_run_writes_nothing(folder: Path) -> None:
    edit = repository(folder).apply(planned(*RENAMED), dry_run=True)
    assert "-      - alice   # lead\n+      - alicia   # lead\n" in edit.text_diff
    assert found(folder) == FILES
    assert not (folder.parent / "state").exists()


def test_what_is_new_goes_where_its_kind_lives(folder: Path) -> None:
    repository(folder).apply(planned(NEW_ZOE, NEW_ROLE))
    texts = found(folder)
    assert texts["people/eng.yaml"].startswith(f"{PEOPLE}  zoe:\n")
    assert "\nroles:\n  deployer:\n" in texts["directory.yaml"]
    assert texts["teams.yaml"] == TEAMS


@pytest.mark.parametrize("into", ["teams.yaml", "{folder}/teams.yaml", "./people/../teams.yaml"])
def test_what_is_new_goes_where_it_is_told(folder: Path, into: str) -> None:
    member = Change(("groups", "payments", "members", "zoe"), None, "zoe")
    repository(folder, into=into.format(folder=folder)).apply(planned(NEW_ZOE, member))
    texts = found(folder)
    assert {**texts, "teams.yaml": TEAMS} == FILES
    assert "users:\n  zoe:\n" in texts["teams.yaml"]
    assert "      - root.admin\n      - zoe\n" in texts["teams.yaml"]


def test_the_working_folder_counts_first(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder / "people")
    repository(folder, into="eng.yaml").apply(planned(NEW_ZOE))
    assert "  zoe:\n" in found(folder)["people/eng.yaml"]
    repository(folder, into="directory.yaml").apply(planned(NEW_ROLE))
    assert "  deployer:\n" in found(folder)["directory.yaml"]


def test_no_other_file_is_written(folder: Path) -> None:
    (folder / "other.yaml").write_text("users: {}\n")
    with pytest.raises(NotFound, match="is no file of this directory"):
        repository(folder, into=str(folder / "other.yaml")).apply(planned(NEW_ZOE))
    (folder / "directory.yaml").write_text(MAIN.replace("[people/*.yaml, teams.yaml]", "[]"))
    with pytest.raises(NotFound):
        repository(folder, into="teams.yaml").apply(planned(NEW_ZOE))


OPS = "users:\n  zoe:\n    id: AIDAAAAAAAAAAAAAAAAA9\n    created: 2026-11-24T09:00:00Z\n"
MEMBER = Change(("groups", "payments", "members", "zoe"), None, "zoe")


@pytest.mark.parametrize("into", ["people/ops.yaml", "{folder}/people/./ops.yaml"])
def test_a_part_that_include_means_is_made(folder: Path, into: str) -> None:
    (folder / "directory.yaml").chmod(0o600)
    made = repository(folder, into=into.format(folder=folder))
    dry = made.apply(planned(NEW_ZOE, MEMBER), dry_run=True)
    assert found(folder) == FILES
    edit = made.apply(planned(NEW_ZOE, MEMBER))
    assert edit == dry
    assert edit.made == str(folder / "people" / "ops.yaml")
    assert edit.text_diff.endswith(
        f"--- /dev/null\n+++ b/{str(folder)[1:]}/people/ops.yaml\n@@ -0,0 +1,4 @@\n"
        + "".join(f"+{line}\n" for line in OPS.splitlines())
    )
    teams = TEAMS + "      - zoe\n"
    assert found(folder) == {**FILES, "people/ops.yaml": OPS, "teams.yaml": teams}
    assert (folder / "people" / "ops.yaml").stat().st_mode & 0o777 == 0o600
    assert "zoe" in repository(folder).load().users


def test_a_part_is_made_of_what_is_new_alone(folder: Path) -> None:
    edit = repository(folder, into="people/ops.yaml").apply(planned(*TAGGED))
    assert edit.made is None
    assert sorted(found(folder)) == sorted(FILES)
    edit = repository(folder, into="people/ops.yaml").apply(planned(NEW_ROLE, NEW_ZOE))
    text = found(folder)["people/ops.yaml"]
    assert text.startswith(f"{OPS}\nroles:\n  deployer:\n"), "sections in their usual order"
    assert edit.paths == (str(folder / "people" / "ops.yaml"),)


def test_the_first_part_is_made(folder: Path) -> None:
    for name in ("people/eng.yaml", "teams.yaml"):
        (folder / name).unlink()
    (folder / "people").rmdir()
    main = MAIN.replace("[people/*.yaml, teams.yaml]", "[people/*.yaml]")
    put(folder, {"directory.yaml": main})
    repository(folder, into="people/ops.yaml").apply(planned(NEW_ZOE))
    assert found(folder) == {"directory.yaml": main, "people/ops.yaml": OPS}


@pytest.mark.parametrize("there", ["link", "linked folder", "folder", "hidden", "pattern", "break"])
def test_no_part_is_made_where_none_can_be(folder: Path, tmp_path: Path, there: str) -> None:
    (folder / "directory.yaml").write_text(MAIN.replace("people/*.yaml", "people/*.yaml, t/a*"))
    names = {"hidden": "people/.ops.yaml", "pattern": "people/*.yaml", "linked folder": "t/a.yaml",
             "break": "people/o\nps.yaml"}  # fmt: skip
    name = names.get(there, "people/ops.yaml")
    elsewhere = tmp_path / "elsewhere"
    if there == "link":
        (folder / name).symlink_to(elsewhere)
    elif there == "folder":
        (folder / name).mkdir()
    elif there == "linked folder":
        elsewhere.mkdir()
        (folder / "t").symlink_to(elsewhere)
    before = found(folder)
    with pytest.raises((NotFound, InvalidDirectory)):
        repository(folder, into=name).apply(planned(NEW_ZOE))
    assert found(folder) == before
    assert not elsewhere.exists() or not list(elsewhere.iterdir())


def test_no_part_is_made_that_would_make_the_directory_invalid(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from iamctl.store import parts_into

    made = repository(folder, into="people/ops.yaml")
    with monkeypatch.context() as patch:
        patch.setattr(parts_into, "MOST", 2)
        with pytest.raises(Conflict, match="has 2 parts, which is the most"):
            made.apply(planned(NEW_ZOE))
    main = MAIN.replace("people/*.yaml", "people/*g.yaml, people/?ps.yaml, people/o*.yaml")
    (folder / "directory.yaml").write_text(main)
    with pytest.raises(Conflict, match=r"people/ops\.yaml would be included twice"):
        made.apply(planned(NEW_ZOE))
    assert found(folder) == {**FILES, "directory.yaml": main}


def test_a_deletion_leaves_an_empty_section_where_it_was(folder: Path) -> None:
    gone = Change(("groups", "payments"), {}, None)
    repository(folder).apply(planned(gone))
    assert found(folder) == {**FILES, "teams.yaml": "groups: {}\n"}
    assert "payments" not in repository(folder).load().groups


def test_a_whole_section_is_changed_file_by_file(folder: Path) -> None:
    put(folder, {
        "teams.yaml": TEAMS.replace("      - alice   # lead\n", ""),
        "people/eng.yaml": f"{PEOPLE}groups:\n  eng: {{members: [bob]}}\n",
    })  # fmt: skip
    groups = repository(folder).load().plain["groups"]
    assert isinstance(groups, dict)
    gone = Change(("groups",), groups, {"payments": groups["payments"]})
    repository(folder).apply(planned(gone))
    assert found(folder)["people/eng.yaml"] == f"{PEOPLE}groups: {{}}\n"


def test_a_quota_counts_all_files(folder: Path) -> None:
    put(folder, {"directory.yaml": MAIN.replace('"}', '", quotas: {users: 3}}')})
    with pytest.raises(LimitExceeded, match="UsersPerAccount: 3"):
        repository(folder).apply(planned(NEW_ZOE))


def test_references_count_in_all_files(folder: Path) -> None:
    with pytest.raises(InvalidValue, match='user "bobby" does not exist'):
        repository(folder).apply(
            planned(Change(("groups", "payments", "members", "bobby"), None, "bobby"))
        )
    with pytest.raises(InvalidValue, match='user "alice" does not exist') as refused:
        repository(folder).apply(planned(Change(("users", "alice"), {}, None)))
    assert str(refused.value.where).endswith("teams.yaml:7:9")
    assert found(folder) == FILES


@pytest.mark.parametrize("name", sorted(FILES))
@pytest.mark.parametrize("changes", [RENAMED, TAGGED])
def test_a_file_changed_meanwhile_is_not_overwritten(
    folder: Path, name: str, changes: Changes
) -> None:
    def plan(_directory: object) -> Changes:
        put(folder, {name: FILES[name] + "# by hand\n"})
        return changes

    with pytest.raises(ConcurrentChange):
        repository(folder).apply(plan)
    assert found(folder) == {**FILES, name: FILES[name] + "# by hand\n"}


def test_a_file_that_comes_in_meanwhile_is_seen(folder: Path) -> None:
    def plan(_directory: object) -> Changes:
        put(folder, {"people/zoe.yaml": "users: {zoe: {}}\n"})
        return (NEW_ZOE,)

    with pytest.raises(ConcurrentChange):
        repository(folder).apply(plan)
    assert found(folder) == {**FILES, "people/zoe.yaml": "users: {zoe: {}}\n"}


def test_one_lock_is_over_all_files(folder: Path) -> None:
    with files.folder_lock(str(folder)), pytest.raises(Busy):
        repository(folder, lock_timeout=0.0).apply(planned(*TAGGED))


def test_without_a_place_for_the_journal_one_file_can_be_edited(folder: Path) -> None:
    from iamctl.store.repository import YamlRepository

    bare = YamlRepository(str(folder / "directory.yaml"))
    with pytest.raises(StorageFailure):
        bare.apply(planned(*RENAMED))
    assert found(folder) == FILES
    bare.apply(planned(*TAGGED))
    assert "0042" in found(folder)["people/eng.yaml"]


def test_byte_order_mark_line_ends_and_mode_stay(folder: Path) -> None:
    file = folder / "people" / "eng.yaml"
    file.write_bytes(b"\xef\xbb\xbf" + PEOPLE.replace("\n", "\r\n").encode())
    file.chmod(0o640)
    repository(folder).apply(planned(*RENAMED))
    text = PEOPLE.replace("alice", "alicia").replace("\n", "\r\n")
    assert file.read_bytes() == b"\xef\xbb\xbf" + text.encode()
    assert file.stat().st_mode & 0o777 == 0o640


def test_a_splice_that_lands_in_two_files_writes_nothing() -> None:
    with pytest.raises(SpliceFailed, match="users would stand in two files"):
        merged([{"users": {"a": {}}}, {"users": {"a": {}}}])


NAMES = st.sampled_from("abcdef")
SECTIONS = st.sampled_from(["users", "groups", "resources"])


@given(st.data())
def test_each_change_is_made_once_and_where_it_belongs(data: st.DataObject) -> None:
    """Whatever is changed, the files together come out as one file would."""
    owners = data.draw(st.dictionaries(st.tuples(SECTIONS, NAMES), st.integers(0, 2)))
    plains: list[dict[str, Plain]] = [{"account": {"id": "1"}}, {}, {}]
    for (section, name), number in owners.items():
        held = plains[number].setdefault(section, {})
        assert isinstance(held, dict)
        held[name] = {"path": f"/{number}/"}
    whole = merged(plains)
    changes: list[AnyChange] = []
    now: Plain = whole
    for _ in range(data.draw(st.integers(0, 6))):
        change = data.draw(changes_of(now))
        changes.append(change)
        now = apply_changes(now, (change,))
    into = data.draw(st.none() | st.integers(0, 2))
    parts = [
        apply_changes(plain, own)
        for plain, own in zip(plains, routed(plains, tuple(changes), into), strict=True)
    ]
    assert isinstance(now, dict)
    assert same(merged(parts), merged([now]))  # type: ignore[arg-type]


@st.composite
def changes_of(draw: st.DrawFn, plain: Plain) -> AnyChange:
    """A change that has a place."""
    assert isinstance(plain, dict)
    section, name, other = draw(SECTIONS), draw(NAMES), draw(NAMES)
    held = plain.get(section)
    names = held if isinstance(held, dict) else {}
    kinds = ["put", "account"]
    if name in names:
        kinds += ["field", "drop", "all"] + (["rename"] if other not in names else [])
    kind = draw(st.sampled_from(kinds))
    if kind == "rename":
        return Renamed(section, None, name, other)
    if kind == "account":
        return Change(("account", "alias"), None, draw(NAMES))
    if kind == "all":
        return Change((section,), held, None)
    if kind == "drop":
        return Change((section, name), names[name], None)
    at = (section, name, "path") if kind == "field" else (section, name)
    new: Plain = "/new/" if kind == "field" else {"path": "/put/"}
    return Change(at, None, new)
