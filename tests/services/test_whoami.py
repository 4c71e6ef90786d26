"""whoami and get-caller-identity."""

import pytest

from iamctl.catalogue.managed_policies import ManagedPolicies
from iamctl.domain.directory import Directory
from iamctl.domain.errors import AccessDenied, NotAuthenticated, VaultUnavailable
from iamctl.domain.secret import Secret
from iamctl.domain.source import Source
from iamctl.ports import SigningKey
from iamctl.services.whoami import get_caller_identity, whoami
from iamctl.sts.caller import CallerSources, fingerprint
from iamctl.sts.session import issue_session
from iamctl.sts.token import Claims

NOW = 1_800_000_000
UUID = "5b1d7c1e-3f1c-4f5d-8a55-0d7e5d6a1f00"
KEY = SigningKey("k1", Secret(bytes(range(32))))
KEY_ID = "AKIAALICE00000000000"
SECRET = "alice/secret/of/forty/characters/abcdefg"
CATALOGUE = ManagedPolicies()
CLAIMS = Claims(
    issuer=UUID,
    type="role",
    subject="AROADEPLOYER000000000",
    caller="AIDAALICE000000000000",
    caller_key=KEY_ID,
    key_id="ASIADEPLOYER00000000",
    name="alice",
    issued=NOW - 60,
    expires=NOW + 3540,
    tags={"cost": "7"},
    source_identity="alice",
    chain=("arn:aws:iam::123456789012:user/alice",),
)


class HeldVault:
    kind = "file"

    def signing_keys(self):
        return (KEY,)

    def secret_access_key(self, key_id):
        return Secret(SECRET) if key_id == KEY_ID else None


def closed():
    raise VaultUnavailable("the vault was opened")


@pytest.fixture
def plain() -> dict:
    mark = fingerprint(UUID, "AIDAALICE000000000000", KEY_ID, Secret(SECRET))
    trust = {
        "Version": "2012-10-17",
        "Statement": {"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole"},
    }
    return {
        "iamctl": 1,
        "directory": UUID,
        "account": {"id": "123456789012"},
        "users": {
            "alice": {
                "id": "AIDAALICE000000000000",
                "tags": {"team": "payments"},
                "keys": {KEY_ID: {"fingerprint": mark}},
            }
        },
        "roles": {"deployer": {"id": "AROADEPLOYER000000000", "trust": trust}},
    }


def session(claims=CLAIMS, key=KEY) -> dict[str, str]:
    given = issue_session(key, claims)
    return {
        "AWS_ACCESS_KEY_ID": given.access_key_id,
        "AWS_SECRET_ACCESS_KEY": given.secret_access_key.reveal_text(),
        "AWS_SESSION_TOKEN": given.session_token.reveal_text(),
    }


LONG_TERM = {"AWS_ACCESS_KEY_ID": KEY_ID, "AWS_SECRET_ACCESS_KEY": SECRET}


def ask(plain, environ=None, vault=HeldVault, now=NOW, **sources):
    directory = plain if isinstance(plain, Directory) else Directory(plain)
    return whoami(directory, CallerSources(environ or {}, **sources), vault, CATALOGUE, now)


def refusal(plain, environ=None, **facts) -> NotAuthenticated:
    with pytest.raises(NotAuthenticated) as caught:
        ask(plain, environ, **facts)
    return caught.value


def test_a_session_says_all_there_is(plain):
    identity = ask(plain, session())
    assert identity.arn == "arn:aws:sts::123456789012:assumed-role/deployer/alice"
    assert identity.user_id == "AROADEPLOYER000000000:alice"
    assert (identity.account, identity.type) == ("123456789012", "AssumedRole")
    assert (identity.issued, identity.expires) == (NOW - 60, NOW + 3540)
    assert (identity.key_id, identity.found) == ("ASIADEPLOYER00000000", "AWS_SESSION_TOKEN")
    assert identity.chain == ("arn:aws:iam::123456789012:user/alice",)
    assert (identity.session_name, identity.source_identity) == ("alice", "alice")
    assert identity.tags == {"cost": "7"}


def test_a_user_has_no_end(plain):
    identity = ask(plain, LONG_TERM)
    assert identity.arn == "arn:aws:iam::123456789012:user/alice"
    assert (identity.user_id, identity.type) == ("AIDAALICE000000000000", "User")
    assert (identity.issued, identity.expires, identity.chain) == (None, None, ())
    assert (identity.found, identity.tags) == ("AWS_ACCESS_KEY_ID", {"team": "payments"})


def test_a_get_session_token_session_is_the_user_for_a_time(plain):
    claims = CLAIMS._replace(
        type="session-token", subject="AIDAALICE000000000000", name="", chain=()
    )
    identity = ask(plain, session(claims))
    assert (identity.type, identity.session_name) == ("User", None)
    assert identity.expires == NOW + 3540


def test_a_key_of_the_file_opens_no_vault(plain):
    assert ask(plain, LONG_TERM, vault=closed).found == "AWS_ACCESS_KEY_ID"
    with pytest.raises(VaultUnavailable):
        ask(plain, session(), vault=closed)


def test_the_order_of_what_is_looked_at(plain):
    own = {"IAMCTL_ACCESS_KEY_ID": KEY_ID, "IAMCTL_SECRET_ACCESS_KEY": SECRET}
    assert ask(plain, session() | own).found == "AWS_SESSION_TOKEN"
    assert ask(plain, LONG_TERM | own).found == "IAMCTL_ACCESS_KEY_ID"
    assert ask(plain, {}, configured_user="alice").found == "default user"
    identity = ask(plain, session(), as_user="alice")
    assert identity.found == "--as"
    assert "passed over" in identity.notes[0]
    assert ask(plain, {}, as_user="alice").notes == ()


def test_nobody_at_all(plain):
    assert refusal(plain).message == "no caller was given"


def test_expired(plain):
    error = refusal(plain, session(), now=NOW + 3540)
    assert (error.code, error.message) == (
        "ExpiredToken",
        "The security token included in the request is expired",
    )


def test_forged_foreign_dead_and_unknown_each_say_so(plain):
    said = {
        "forged": refusal(plain, session(key=SigningKey("k1", Secret(bytes(32))))),
        "foreign": refusal(plain, session(key=SigningKey("k2", Secret(bytes(32))))),
        f"foreign: it was issued by directory {'0' * 36}": refusal(
            plain, session(CLAIMS._replace(issuer="0" * 36))
        ),
        "dead": refusal({**plain, "roles": {}}, session()),
        "not issued by iamctl": refusal(plain, session() | {"AWS_SESSION_TOKEN": "FwoGZXIvYXdz"}),
        "not in this directory": refusal(
            plain, LONG_TERM | {"AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE"}
        ),
    }
    for words, error in said.items():
        assert error.code == "InvalidClientTokenId"
        assert words in (error.hint or "")


def test_half_a_session_is_no_session(plain):
    for missing in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        environ = session()
        del environ[missing]
        refusal(plain, environ)
    environ = session()
    del environ["AWS_SESSION_TOKEN"]
    assert "not in this directory" in (refusal(plain, environ).hint or "")


def test_revoked_names_the_statement_and_get_caller_identity_still_answers(plain):
    plain["roles"]["deployer"]["inline"] = {
        "AWSRevokeOlderSessions": {
            "Version": "2012-10-17",
            "Statement": {
                "Effect": "Deny",
                "Action": "*",
                "Resource": "*",
                "Condition": {"DateLessThan": {"aws:TokenIssueTime": "2027-01-15T08:00:00Z"}},
            },
        }
    }
    directory = Directory(plain, lambda at: Source("directory.yaml", 40, 3))
    with pytest.raises(AccessDenied, match="revoked") as caught:
        ask(directory, session())
    (line,) = caught.value.details
    assert "AWSRevokeOlderSessions" in line
    assert "directory.yaml:40:3" in line
    sources = CallerSources(session())
    identity = get_caller_identity(directory, sources, HeldVault, NOW)
    assert identity.arn.endswith(":assumed-role/deployer/alice")
    assert ask(directory, session(CLAIMS._replace(issued=NOW, expires=NOW + 60))).issued == NOW


def test_get_caller_identity_is_not_denied_by_any_policy(plain):
    deny = {"Effect": "Deny", "Action": "*", "Resource": "*"}
    document = {"Version": "2012-10-17", "Statement": deny}
    plain["users"]["alice"]["inline"] = {"no": document}
    plain["roles"]["deployer"]["inline"] = {"no": document}
    for environ in (LONG_TERM, session()):
        identity = get_caller_identity(Directory(plain), CallerSources(environ), HeldVault, NOW)
        assert identity == ask(plain, environ)


def test_no_secret_shows(plain):
    identity = ask(plain, LONG_TERM)
    error = refusal(plain, LONG_TERM | {"AWS_SECRET_ACCESS_KEY": SECRET + "x"})
    for text in (repr(identity), repr(error), error.message, error.hint or ""):
        assert SECRET not in text
