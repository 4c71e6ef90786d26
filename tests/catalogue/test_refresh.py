"""Packing: what goes in comes out, and the shipped file is what packing gives."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iamctl.catalogue import refresh
from iamctl.catalogue.managed_policies import ManagedPolicies

NAMES = st.text("ABCabc019+=,.@_-", min_size=1, max_size=20)
PATHS = st.sampled_from(["/", "/service-role/", "/job-function/"])
STATEMENTS = st.lists(
    st.fixed_dictionaries(
        {"Effect": st.sampled_from(["Allow", "Deny"]), "Action": st.text(), "Resource": st.text()},
        optional={"Sid": st.text(), "Condition": st.dictionaries(st.text(), st.text())},
    ),
    min_size=1,
    max_size=3,
)
PUBLISHED = st.dictionaries(NAMES, st.tuples(PATHS, STATEMENTS), min_size=1, max_size=6)


def as_moto_has_it(policies: dict[str, tuple[str, list[dict[str, object]]]]) -> str:
    return json.dumps(
        {
            name: {
                "CreateDate": "2015-02-06T18:39:46+00:00",
                "DefaultVersionId": "v3",
                "Document": {"Statement": statements, "Version": "2012-10-17"},
                "Path": path,
                "PermissionsBoundaryUsageCount": 0,
                "UpdateDate": "2026-09-30T22:47:08+00:00",
            }
            for name, (path, statements) in policies.items()
        }
    )


@given(PUBLISHED)
def test_what_is_packed_can_be_read(
    tmp_path_factory: pytest.TempPathFactory,
    policies: dict[str, tuple[str, list[dict[str, object]]]],
) -> None:
    data = tmp_path_factory.mktemp("packed") / "policies.bin"
    data.write_bytes(refresh.packed(refresh.entries(as_moto_has_it(policies)), "moto 0.0.1"))
    catalogue = ManagedPolicies(str(data))
    assert catalogue.source.startswith(f"moto 0.0.1, {len(policies)} policies, newest update 2026")
    assert len(list(catalogue.managed_policies())) == len(policies)
    for name, (path, statements) in policies.items():
        policy = catalogue.managed_policy(f"arn:aws:iam::aws:policy{path}{name}")
        assert policy is not None
        assert (policy.version, policy.updated) == ("v3", "2026-09-30T22:47:08Z")
        assert json.loads(policy.document) == {"Version": "2012-10-17", "Statement": statements}


def test_packing_the_shipped_policies_again_changes_nothing(tmp_path: Path) -> None:
    shipped = list(ManagedPolicies().search(""))
    entries = [
        refresh.Entry(p.path + p.name, p.version, p.created, p.updated, p.document.encode())
        for p in shipped
    ]
    again = refresh.packed(entries, "moto 5")
    assert again == refresh.packed(entries, "moto 5")
    (tmp_path / "again.bin").write_bytes(again)
    assert list(ManagedPolicies(str(tmp_path / "again.bin")).search("")) == shipped


def test_a_module_is_parsed_and_not_run(tmp_path: Path) -> None:
    canary = tmp_path / "canary"
    source = f"open({str(canary)!r}, 'w')\nwanted = 'text'\n"
    assert refresh.assigned_text(source, "wanted") == "text"
    assert not canary.exists()


def test_a_module_without_the_text_is_refused() -> None:
    with pytest.raises(ValueError, match="is not assigned a string"):
        refresh.assigned_text("other = 'text'\nwanted = 3\n", "wanted")


def test_a_time_that_is_not_utc_is_refused() -> None:
    published = as_moto_has_it({"A": ("/", [])}).replace("+00:00", "+02:00")
    with pytest.raises(ValueError, match="not a UTC time"):
        refresh.entries(published)


def test_a_wrong_command_line_says_how(capsys: pytest.CaptureFixture[str]) -> None:
    assert refresh.main([]) == 2
    assert "PATH_TO_MOTO" in capsys.readouterr().err
