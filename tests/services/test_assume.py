"""assume-role from names and an environment to credentials."""

import json

import pytest

from iamctl.catalogue.managed_policies import ManagedPolicies
from iamctl.domain.directory import Directory
from iamctl.domain.errors import (
    AccessDenied,
    InvalidValue,
    NotAuthenticated,
    NotFound,
    VaultUnavailable,
)
from iamctl.domain.ids import mint_secret_access_key
from iamctl.domain.secret import Secret
from iamctl.domain.source import Source
from iamctl.domain.times import format_instant
from iamctl.ports import SigningKey
from iamctl.services.assume import AssumeResult, find_role, managed_policies
from iamctl.services.office import CacheUse
from iamctl.services.role_session import RoleAsked, role_session
from iamctl.services.whoami import whoami
from iamctl.sts.caller import CallerSources, fingerprint
from iamctl.sts.terms import AssumeRequest
from iamctl.sts.token import verify
from tests.services.builders import NO_CODE, unattended

NOW = 1_800_000_000
UUID = "5b1d7c1e-3f1c-4f5d-8a55-0d7e5d6a1f00"
ALICE = "arn:aws:iam::123456789012:user/alice"
KEYS = {"alice": "AKIAALICE00000000000", "bob": "AKIABOB0000000000000"}
SECRETS = {KEYS[name]: Secret(mint_secret_access_key(lambda n, s=name: s[:1].encode() * n))
           for name in KEYS}  # fmt: skip
CATALOGUE = ManagedPolicies()


class HeldVault:
    """A vault in memory that counts what it is asked."""

    kind = "file"

    def __init__(self) -> None:
        self.keys = (SigningKey("k1", Secret(bytes(range(32)))),)
        self.asked: list[str] = []

    def signing_keys(self):
        self.asked.append("signing keys")
        return self.keys

    def secret_access_key(self, key_id):
        self.asked.append(key_id)
        return SECRETS.get(key_id)


def allow(principal=None, action="sts:AssumeRole", **more) -> dict:
    named = {} if principal is None else {"Principal": {"AWS": principal}}
    return {"Effect": "Allow", **named, "Action": action, **more}


def document(*statements: dict) -> dict:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def user(name: str, unique_id: str, **fields) -> dict:
    key_id = KEYS[name]
    mark = fingerprint(UUID, unique_id, key_id, SECRETS[key_id])
    return {"id": unique_id, "keys": {key_id: {"fingerprint": mark}}, **fields}


@pytest.fixture
def plain() -> dict:
    return {
        "iamctl": 1,
        "directory": UUID,
        "account": {"id": "123456789012"},
        "users": {
            "alice": user("alice", "AIDAALICE000000000000"),
            "bob": user("bob", "AIDABOB00000000000000"),
        },
        "roles": {
            "deployer": {
                "id": "AROADEPLOYER000000000",
                "path": "/ops/",
                "trust": document(allow(ALICE, ["sts:AssumeRole", "sts:SetSourceIdentity"])),
            },
            "next": {
                "id": "AROANEXT0000000000000",
                "trust": document(
                    allow(
                        "arn:aws:iam::123456789012:role/ops/deployer",
                        ["sts:AssumeRole", "sts:SetSourceIdentity"],
                    )
                ),
            },
        },
    }


def assume(plain, role="deployer", environ=None, vault=None, waits=None, **fields) -> AssumeResult:
    sources = {
        key: fields.pop(key) for key in ("as_user", "configured_user", "chain") if key in fields
    }
    if not sources and environ is None:
        sources = {"as_user": "alice"}
    directory = plain if isinstance(plain, Directory) else Directory(plain)
    office = unattended(
        directory,
        CallerSources(environ or {}, **sources),
        vault or HeldVault(),
        NOW,
        (waits if waits is not None else []).append,
    )
    return role_session(office, RoleAsked(role, AssumeRequest(**fields)), NO_CODE, CacheUse())


def environment(result: AssumeResult) -> dict[str, str]:
    given = result.credentials
    return {
        "AWS_ACCESS_KEY_ID": given.access_key_id,
        "AWS_SECRET_ACCESS_KEY": given.secret_access_key.reveal_text(),
        "AWS_SESSION_TOKEN": given.session_token.reveal_text(),
    }


def test_the_result_holds_what_awss_response_holds(plain):
    result = assume(plain, source_identity="alice")
    assert result.role_arn == "arn:aws:iam::123456789012:role/ops/deployer"
    assert result.assumed_role_arn == "arn:aws:sts::123456789012:assumed-role/deployer/alice"
    assert result.assumed_role_id == "AROADEPLOYER000000000:alice"
    assert result.source_identity == "alice"
    assert result.credentials.expiration == NOW + 3600
    assert (result.session_name, result.issued, result.chain) == ("alice", NOW, (ALICE,))
    assert (result.caller_arn, result.notes) == (ALICE, ())


def test_the_claims_say_who_asked_and_for_what(plain):
    vault = HeldVault()
    result = assume(plain, vault=vault, session_name="build-7")
    token = result.credentials.session_token.reveal_text()
    claims = verify(token, vault.keys, UUID, NOW).claims
    assert (claims.subject, claims.name) == ("AROADEPLOYER000000000", "build-7")
    assert (claims.caller, claims.caller_key) == ("AIDAALICE000000000000", KEYS["alice"])
    assert claims.key_id == result.credentials.access_key_id
    assert (claims.issued, claims.expires) == (NOW, NOW + 3600)


def test_what_was_issued_is_what_whoami_sees(plain):
    vault = HeldVault()
    result = assume(plain, vault=vault)
    sources = CallerSources(environment(result))
    identity = whoami(Directory(plain), sources, lambda: vault, CATALOGUE, NOW)
    assert identity.arn == result.assumed_role_arn


def test_a_chain_is_assumed_from_the_session(plain):
    may = {"Effect": "Allow", "Action": "sts:SetSourceIdentity", "Resource": "*"}
    plain["roles"]["deployer"]["inline"] = {"may": document(may)}
    first = assume(plain, source_identity="alice")
    second = assume(plain, "next", environment(first), chain=True)
    assert second.assumed_role_arn == "arn:aws:sts::123456789012:assumed-role/next/alice"
    assert second.chain == (ALICE, first.assumed_role_arn)
    assert second.source_identity == "alice"


def test_the_same_line_twice_works_because_the_session_is_passed_over(plain):
    first = assume(plain)
    again = assume(plain, environ=environment(first), configured_user="alice")
    assert again.assumed_role_arn == first.assumed_role_arn
    assert any("--chain" in note for note in again.notes)


@pytest.mark.parametrize("form", ["deployer", "arn:aws:iam::123456789012:role/ops/deployer"])
def test_a_role_is_found_by_name_and_arn(plain, form):
    assert find_role(Directory(plain), form).name == "deployer"


@pytest.mark.parametrize(
    ("reference", "hint"),
    [
        ("deploier", 'did you mean "deployer"?'),
        ("Deployer", 'did you mean "deployer"?'),
        (
            "arn:aws:iam::123456789012:role/deployer",
            "did you mean arn:aws:iam::123456789012:role/ops/deployer?",
        ),
        ("arn:aws:iam::123456789012:role/ops/deploier", 'did you mean "deployer"?'),
        (ALICE, None),
        ("arn:aws:iam::999999999999:role/zzz", None),
        ("", None),
    ],
)
def test_a_role_that_does_not_exist_has_a_near_name(plain, reference, hint):
    with pytest.raises(NotFound) as caught:
        assume(plain, reference)
    assert caught.value.hint == hint


def test_a_missing_role_opens_no_vault(plain):
    vault = HeldVault()
    with pytest.raises(NotFound):
        assume(plain, "nobody", vault=vault)
    assert vault.asked == []


def test_the_signing_key_is_asked_for_only_when_the_answer_is_yes(plain):
    vault = HeldVault()
    with pytest.raises(AccessDenied):
        assume(plain, as_user="bob", vault=vault)
    assert vault.asked == [KEYS["bob"]]


def test_denied_says_awss_sentence_and_what_almost_matched(plain):
    def locate(at):
        return Source("directory.yaml", 7, 9) if at[:2] == ("roles", "deployer") else None

    with pytest.raises(AccessDenied) as caught:
        assume(Directory(plain, locate), as_user="bob")
    error = caught.value
    assert error.code == "AccessDenied"
    assert error.message.startswith(
        "User: arn:aws:iam::123456789012:user/bob is not authorized to perform: sts:AssumeRole "
        "on resource: arn:aws:iam::123456789012:role/ops/deployer"
    )
    details = "\n".join(error.details)
    assert "directory.yaml:7:9" in details
    assert ALICE in details
    assert "user/bob" in details


def test_denied_names_the_statement_that_denied(plain):
    deny = {"Effect": "Deny", "Sid": "NoShipping", "Action": "sts:*", "Resource": "*"}
    plain["users"]["alice"]["inline"] = {"Freeze": document(deny)}
    directory = Directory(plain, lambda at: Source("directory.yaml", len(at), 1))
    with pytest.raises(AccessDenied) as caught:
        assume(directory)
    assert "with an explicit deny in an identity-based policy" in caught.value.message
    details = "\n".join(caught.value.details)
    for words in ("NoShipping", "Freeze", "user alice", "directory.yaml:"):
        assert words in details


def test_aws_managed_policies_are_read_from_the_catalogue(plain):
    admin = "arn:aws:iam::aws:policy/AdministratorAccess"
    plain["roles"]["deployer"]["trust"] = document(allow("arn:aws:iam::123456789012:root"))
    with pytest.raises(AccessDenied):
        assume(plain)
    plain["users"]["alice"]["policies"] = [admin]
    assert assume(plain).session_name == "alice"
    plain["users"]["alice"]["policies"] = [admin + "2"]
    with pytest.raises(AccessDenied) as caught:
        assume(plain)
    assert admin + "2" in "\n".join(caught.value.details)


def test_managed_documents_are_parsed_once():
    managed = managed_policies(CATALOGUE)
    first = managed("arn:aws:iam::aws:policy/ReadOnlyAccess")
    assert first is not None
    assert managed("arn:aws:iam::aws:policy/ReadOnlyAccess") is first
    assert managed("arn:aws:iam::aws:policy/NoSuchPolicy") is None


def test_every_managed_policy_of_the_catalogue_can_be_read():
    managed = managed_policies(CATALOGUE)
    unreadable = [arn for arn, _, _ in CATALOGUE.managed_policies() if managed(arn) is None]
    assert unreadable == []


def revoke(plain, instant: str, role: str = "deployer") -> None:
    plain["roles"][role]["inline"] = {
        "AWSRevokeOlderSessions": document(
            {
                "Effect": "Deny",
                "Action": "*",
                "Resource": "*",
                "Condition": {"DateLessThan": {"aws:TokenIssueTime": instant}},
            }
        )
    }


def test_issuing_waits_out_a_revocation_of_this_second(plain):
    revoke(plain, "2027-01-15T08:00:01Z")
    waits: list[int] = []
    result = assume(plain, waits=waits)
    assert waits == [NOW + 1]
    assert (result.issued, result.credentials.expiration) == (NOW + 1, NOW + 3601)
    assert result.notes == ()


def test_a_session_that_ends_while_the_revocation_is_waited_out_chains_no_more(plain):
    vault = HeldVault()
    first = assume(plain, vault=vault)
    last = first.credentials.expiration - 1
    revoke(plain, format_instant(last + 1), "next")

    def chained(now):
        sources = CallerSources(environment(first), chain=True)
        office = unattended(Directory(plain), sources, vault, now)
        return role_session(office, RoleAsked("next", AssumeRequest()), NO_CODE, CacheUse())

    with pytest.raises(NotAuthenticated, match="expired"):
        chained(last)
    revoke(plain, format_instant(last), "next")
    assert chained(last).issued == last


def test_an_older_revocation_costs_no_wait(plain):
    revoke(plain, "2027-01-15T08:00:00Z")
    waits: list[int] = []
    assert assume(plain, waits=waits).issued == NOW
    assert waits == []


def test_a_role_revoked_for_years_is_issued_with_a_warning(plain):
    revoke(plain, "2099-01-01T00:00:00Z")
    waits: list[int] = []
    result = assume(plain, waits=waits)
    assert waits == []
    assert any("2099-01-01T00:00:00Z" in note for note in result.notes)


def test_a_session_cut_by_a_membership_says_so(plain):
    plain["roles"]["deployer"]["trust"] = document(allow("123456789012"))
    may = document(allow(Resource="*"))
    plain["groups"] = {
        "oncall": {
            "members": [{"user": "alice", "until": "2027-01-15T08:10:00Z"}],
            "inline": {"may": may},
        }
    }
    result = assume(plain)
    assert result.credentials.expiration == NOW + 600
    assert any("2027-01-15T08:10:00Z" in note for note in result.notes)
    plain["groups"]["oncall"]["members"][0]["until"] = "2027-01-15T09:10:00Z"
    assert assume(plain).notes == ()


def test_a_user_who_cannot_prove_itself_gets_nothing(plain):
    pair = {"IAMCTL_ACCESS_KEY_ID": KEYS["alice"], "IAMCTL_SECRET_ACCESS_KEY": "x" * 40}
    with pytest.raises(NotAuthenticated):
        assume(plain, environ=pair)


def test_bad_values_are_refused(plain):
    for fields in ({"duration": 1}, {"session_name": "a b"}, {"tags": (("a", "$"),)}):
        with pytest.raises(InvalidValue):
            assume(plain, as_user="alice", **fields)


def test_a_vault_without_signing_key_issues_nothing(plain):
    vault = HeldVault()
    vault.keys = ()
    with pytest.raises(VaultUnavailable):
        assume(plain, vault=vault)


def test_no_secret_shows_in_the_result_or_an_error(plain):
    vault = HeldVault()
    result = assume(plain, vault=vault)
    hidden = [
        result.credentials.secret_access_key.reveal_text(),
        result.credentials.session_token.reveal_text(),
        *(secret.reveal_text() for secret in SECRETS.values()),
    ]
    with pytest.raises(AccessDenied) as caught:
        assume(plain, as_user="bob")
    error = json.dumps([caught.value.message, *caught.value.details, str(caught.value.hint)])
    for text in (repr(result), error, repr(caught.value)):
        assert not any(secret in text for secret in hidden)
