"""Plans about identity providers."""

import pytest

from iamctl.domain.change import Change
from iamctl.domain.directory import Directory
from iamctl.domain.errors import (
    AlreadyExists,
    ExtraMissing,
    InvalidValue,
    LimitExceeded,
    NotFound,
    Usage,
)
from iamctl.federation import SignedFederation
from iamctl.services import providers
from tests.federation.identities import public_jwk
from tests.federation.saml_identities import metadata

ACCOUNT = "123456789012"
NOW = 1_795_510_800  # 2026-11-24T09:00:00Z
URL = "https://token.actions.githubusercontent.com"
ONE, TWO = public_jwk(), public_jwk("second")
AT = ("identity_providers", "github")


def directory(**changed):
    github = {"url": URL, "client_ids": ["a", "b"], "jwks": {"one": ONE}, **changed}
    return Directory(
        {
            "iamctl": 1,
            "account": {"id": ACCOUNT, "quotas": {"client_ids_per_provider": 3}},
            "identity_providers": {"github": github, "corp": {"saml_metadata": metadata()}},
        }
    )


def create(found, name="new", **fields):
    return providers.plan_create_oidc(found, name=name, now=NOW,
                                      **{"url": "https://new.example.com", **fields})  # fmt: skip


def test_a_provider_is_created_with_what_was_given():
    made = create(directory(), client_ids=["x", "y", "x"], jwks={"k": ONE}, tags=[("a", "b")])
    assert made == (
        Change(
            ("identity_providers", "new"),
            None,
            {
                "url": "https://new.example.com",
                "client_ids": ["x", "y"],
                "jwks": {"k": ONE},
                "created": "2026-11-24T09:00:00Z",
                "tags": {"a": "b"},
            },
        ),
    )
    (bare,) = create(directory())
    assert bare.new == {"url": "https://new.example.com", "created": "2026-11-24T09:00:00Z"}


@pytest.mark.parametrize(
    "url",
    ["http://new.example.com", "https://new.example.com:8443", "https://new.example.com?x=1",
     "https://u@new.example.com", "https://new.example.com/#x", "new.example.com", ""],
)  # fmt: skip
def test_the_url_of_an_issuer_keeps_to_awss_rule(url):
    with pytest.raises(InvalidValue):
        create(directory(), url=url)


@pytest.mark.parametrize("client_id", ["", "x" * 256, "a\nb"])
def test_client_ids_keep_to_their_rule(client_id):
    with pytest.raises(InvalidValue):
        create(directory(), client_ids=[client_id])
    with pytest.raises(InvalidValue):
        providers.plan_add_client_ids(directory(), name="github", client_ids=[client_id])


@pytest.mark.parametrize("name", ["a b", "a/b", "", "x" * 129])
def test_names_keep_to_their_rule(name):
    with pytest.raises(InvalidValue):
        create(directory(), name=name)
    with pytest.raises(InvalidValue):
        providers.plan_create_saml(directory(), name=name, metadata=metadata(), now=NOW)


def test_names_and_urls_are_given_once():
    with pytest.raises(AlreadyExists):
        create(directory(), name="GitHub")
    with pytest.raises(AlreadyExists) as caught:
        create(directory(), url=URL)
    assert caught.value.message == f"Provider with url {URL} already exists."


def test_quotas_are_kept():
    with pytest.raises(LimitExceeded):
        create(directory(), client_ids=["a", "b", "c", "d"])
    with pytest.raises(LimitExceeded):
        providers.plan_add_client_ids(directory(), name="github", client_ids=["c", "d"])
    full = directory().plain
    full["account"]["quotas"] = {"oidc_providers": 1, "saml_providers": 1}
    with pytest.raises(LimitExceeded):
        create(Directory(full))
    with pytest.raises(LimitExceeded):
        providers.plan_create_saml(Directory(full), name="new", metadata=metadata(), now=NOW)


def test_a_saml_provider_is_created_with_its_metadata():
    (made,) = providers.plan_create_saml(directory(), name="new", metadata=metadata(), now=NOW)
    assert made.new == {"saml_metadata": metadata(), "created": "2026-11-24T09:00:00Z"}
    with pytest.raises(InvalidValue):
        providers.plan_create_saml(directory(), name="new", metadata="<short/>", now=NOW)


def test_client_ids_come_and_go_one_by_one():
    added = providers.plan_add_client_ids(directory(), name="github", client_ids=["c", "a", "c"])
    assert added == (Change((*AT, "client_ids", "c"), None, "c"),)
    gone = providers.plan_remove_client_ids(directory(), name="github", client_ids=["a", "z"])
    assert gone == (Change((*AT, "client_ids", "a"), "a", None),)
    last = providers.plan_remove_client_ids(directory(), name="github", client_ids=["a", "b"])
    assert last == (Change((*AT, "client_ids"), ["a", "b"], None),)
    first = providers.plan_add_client_ids(directory(client_ids=[]), name="github", client_ids=["x"])
    assert [change.new for change in first] == [["x"]]


@pytest.mark.parametrize(
    ("before", "after", "changed"),
    [
        ({"one": ONE}, {"one": ONE}, {}),
        ({"one": ONE}, {"one": ONE, "two": TWO}, {("two",): TWO}),
        ({"one": ONE, "two": TWO}, {"two": TWO}, {("one",): None}),
        ({"one": ONE}, {"one": TWO}, {("one",): TWO}),
        ({"one": ONE}, {"two": TWO}, {("one",): None, ("two",): TWO}),
        ({}, {"two": TWO}, {(): {"two": TWO}}),
    ],
)
def test_only_the_keys_that_differ_are_written(before, after, changed):
    made = providers.plan_update_keys(directory(jwks=before), name="github", jwks=after)
    assert {change.at[3:]: change.new for change in made} == changed
    assert all(change.at[:3] == (*AT, "jwks") for change in made)


def test_what_becomes_of_each_key_is_said_with_its_thumbprint():
    federation = SignedFederation()
    provider = directory(jwks={"one": ONE, "same": TWO}).identity_provider("github")
    found = providers.key_changes(provider, {"one": TWO, "same": TWO}, federation.thumbprint)
    one, two = federation.thumbprint(ONE), federation.thumbprint(TWO)
    assert found == (("goes", "one", one), ("stays", "same", two), ("comes", "one", two))


def test_metadata_is_replaced():
    new = metadata(entity="https://new.example.com")
    (made,) = providers.plan_update_metadata(directory(), name="corp", metadata=new)
    assert (made.at, made.new) == (("identity_providers", "corp", "saml_metadata"), new)
    same = providers.plan_update_metadata(directory(), name="corp", metadata=metadata())
    assert same == ()


class WithoutSaml(SignedFederation):
    """Where the extra is not installed."""

    def saml_metadata(self, text):
        raise ExtraMissing("SAML needs an extra")


def test_metadata_that_cannot_be_used_is_warned_about():
    found = directory()
    assert list(providers.unusable_metadata(found, SignedFederation())) == []
    broken = {"saml_metadata": metadata().replace("IDPSSO", "SPSSO")}
    found = Directory({"account": {"id": ACCOUNT}, "identity_providers": {"corp": broken}})
    (problem,) = providers.unusable_metadata(found, SignedFederation())
    assert (problem.severity, problem.code) == ("warning", "unusable-metadata")
    assert problem.at == ("identity_providers", "corp", "saml_metadata")
    assert "no identity provider" in (problem.hint or "")
    assert list(providers.unusable_metadata(found, WithoutSaml())) == []


def test_each_verb_is_for_one_kind_of_provider():
    found = directory()
    for plan in (
        lambda: providers.plan_add_client_ids(found, name="corp", client_ids=["a"]),
        lambda: providers.plan_remove_client_ids(found, name="corp", client_ids=["a"]),
        lambda: providers.plan_update_keys(found, name="corp", jwks={"one": ONE}),
        lambda: providers.plan_update_metadata(found, name="github", metadata=metadata()),
    ):
        with pytest.raises(Usage) as caught:
            plan()
        assert caught.value.hint
    with pytest.raises(NotFound):
        providers.plan_update_keys(found, name="nobody", jwks={})
