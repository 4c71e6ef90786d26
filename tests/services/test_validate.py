from pathlib import Path

from iamctl.domain.change import Change, apply_changes
from iamctl.domain.directory import Directory
from iamctl.services.validate import findings, fix
from iamctl.store.reader import read_directory

SAMPLE = Path(__file__).parents[2] / "sample-directory.yaml"


def told(text: str) -> list[tuple[int, str, str]]:
    result = read_directory(text.encode(), "d.yaml")
    return [(p.source.line, p.severity, p.code) for p in findings(result.partial, result.problems)]


HEAD = 'iamctl: 1\naccount: {id: "123456789012"}\n'


def test_the_sample_has_no_findings():
    result = read_directory(SAMPLE.read_bytes(), "sample-directory.yaml")
    assert findings(result.directory, result.problems) == ()


def test_shape_references_and_documents_are_told_together_by_place():
    text = HEAD + (
        "groups:\n"
        "  dev:\n"
        "    members: [nobody]\n"
        "users:\n"
        "  alice:\n"
        "    id: AIDAQ3EGTHRS2CTKW7VAL\n"
        "    created: 2026-01-01\n"
        "    pth: /eng/\n"
        "policies:\n"
        "  P:\n"
        "    id: ANPAQ3EGTHRS4YUI6OPZX\n"
        "    created: soon\n"
        "    document:\n"
        "      Version: 2012-10-17\n"
        "      Statement: {Effect: Alow, Action: '*', Resource: '*'}\n"
    )
    assert told(text) == [
        (4, "warning", "no-id"),
        (5, "error", "unknown-user"),
        (10, "error", "unknown-key"),
        (14, "error", "invalid-time"),
        (17, "error", "invalid-effect"),
    ]


def test_an_unreadable_section_is_told_without_what_follows_from_it():
    text = HEAD + "users: [alice]\ngroups:\n  dev: {members: [alice]}\n"
    assert told(text) == [(3, "error", "wrong-kind")]


def test_an_entity_with_errors_is_told_once():
    text = HEAD + "roles:\n  r:\n    id: AROAQ3EGTHRSN6PX2VBNM\n    created: 2026-01-01\n"
    assert told(text) == [(4, "error", "missing-key")]


def test_no_directory_leaves_the_given_problems():
    result = read_directory(b"a: [", "d.yaml")
    assert findings(result.partial, result.problems) == result.problems
    assert len(result.problems) == 1


def test_fix_mints_what_is_missing_and_nothing_else():
    result = read_directory(
        (HEAD + "users:\n  a:\n  b: {id: AIDAQ3EGTHRS2CTKW7VAL}\n"
         "groups:\n  g: {id: AGPAQ3EGTHRS7HVC3QWER, created: 2026-01-01}\n").encode(),
        "d.yaml",
    )  # fmt: skip
    assert result.directory is not None
    changes = fix(result.directory, 1_700_000_000, bytes)
    assert changes == (
        Change(("users", "a", "id"), None, "AIDA" + "A" * 17),
        Change(("users", "a", "created"), None, "2023-11-14T22:13:20Z"),
        Change(("users", "b", "created"), None, "2023-11-14T22:13:20Z"),
    )
    mended = apply_changes(result.directory.plain, changes)
    assert isinstance(mended, dict)
    assert fix(Directory(mended), 0, bytes) == ()
    assert findings(Directory(mended), ()) == ()
