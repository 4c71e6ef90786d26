"""Real AWS after the file: who decides, what is sent, what is kept, and both sides of a no."""

import json
import os
from contextlib import nullcontext

import pytest

from iamctl.catalogue import ShippedCatalogue
from iamctl.domain.directory import Directory
from iamctl.domain.errors import (
    AccessDenied,
    InvalidDirectory,
    InvalidValue,
    NotAuthenticated,
    NotFound,
    RemoteFailure,
    Usage,
)
from iamctl.domain.secret import Secret
from iamctl.domain.source import Source
from iamctl.ports import SigningKey
from iamctl.ports.aws import MfaProof, RemoteCredentials, RemoteIdentity, RemoteSession
from iamctl.services.aws_caller import is_ours
from iamctl.services.aws_session import Mirrored, aws_role_session
from iamctl.services.aws_user_session import aws_session_token
from iamctl.services.office import CacheUse, MfaAsked, Office
from iamctl.services.role_session import RoleAsked
from iamctl.sts.caller import CallerSources
from iamctl.sts.terms import AssumeRequest
from iamctl.sts.token import TOKEN_START
from iamctl.vault import VaultSettings, create_vault

OWN, NOW = "123456789012", 1_795_510_800
UUID = "5b1d0000-0000-4000-8000-000000000001"
ALICE = f"arn:aws:iam::{OWN}:user/eng/alice"
DEPLOYER = f"arn:aws:iam::{OWN}:role/deployer"
SERIAL = f"arn:aws:iam::{OWN}:mfa/phone"
CATALOGUE = ShippedCatalogue()


def document(*statements):
    return {"Version": "2012-10-17", "Statement": list(statements)}


def trust(principal, action="sts:AssumeRole", condition=None, effect="Allow"):
    more = {} if condition is None else {"Condition": condition}
    return {"Effect": effect, "Principal": {"AWS": principal}, "Action": action, **more}


WITH_MFA = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}
FRESH_MFA = {**WITH_MFA, "NumericLessThan": {"aws:MultiFactorAuthAge": "600"}}


def plain():
    return {
        "iamctl": 1,
        "directory": UUID,
        "account": {"id": OWN},
        "users": {
            "alice": {"id": "AIDAALICE000000000001", "path": "/eng/"},
            "bob": {"id": "AIDABOB00000000000001"},
            "new": {},
        },
        "groups": {"ops": {"members": [{"user": "bob", "until": "2026-11-24T09:20:00Z"}],
                           "inline": {"May": document({"Effect": "Allow", "Resource": "*",
                                                       "Action": "sts:AssumeRole"})}}},
        "roles": {
            "deployer": {
                "id": "AROADEPLOYER000000001",
                "max_session_duration": "2h",
                "trust": document(trust(ALICE, ["sts:AssumeRole", "sts:TagSession",
                                                "sts:SetSourceIdentity"])),
            },
            "next": {"id": "AROANEXT0000000000001", "trust": document(trust(DEPLOYER))},
            "careful": {"id": "AROACAREFUL0000000001",
                        "trust": document(trust(ALICE, condition=WITH_MFA))},
            "fresh": {"id": "AROAFRESH000000000001",
                      "trust": document(trust(ALICE, condition=FRESH_MFA))},
            "ops": {"id": "AROAOPS00000000000001",
                    "trust": document(trust(f"arn:aws:iam::{OWN}:root"))},
        },
        "mfa": {"phone": {"user": "alice", "enabled": "2026-11-01T00:00:00Z"}},
    }  # fmt: skip


class Remote:
    """AWS as it would answer; every call is written down."""

    described = 'AWS profile "acme"'

    def __init__(self, arn=ALICE, account=OWN):
        self.identity = RemoteIdentity(account, arn, "AIDAREAL00000000000001")
        self.calls, self.refusal, self.decoded = [], None, None
        self.identities = 0

    def caller_identity(self):
        self.identities += 1
        return self.identity

    def assume_role(self, call):
        self.calls.append(call)
        if self.refusal is not None:
            raise self.refusal
        number = len(self.calls)
        role = call.role_arn.rpartition("/")[2]
        return RemoteSession(
            RemoteCredentials(
                f"ASIAREAL{number:012}", Secret("s"), Secret("t"), NOW + call.duration
            ),
            f"arn:aws:sts::{OWN}:assumed-role/{role}/{call.session_name}",
            f"AROAREAL000000000001:{call.session_name}",
            7,
            call.source_identity,
        )

    def session_token(self, duration, mfa):
        self.calls.append((duration, mfa))
        number = len(self.calls)
        return RemoteCredentials(f"ASIAUSER{number:012}", Secret("s"), Secret("t"), NOW + duration)

    def decoded_message(self, encoded):
        self.calls.append(("decode", encoded))
        return self.decoded


class Stage:
    """A directory that tests edit, a real vault, and AWS."""

    def __init__(self, folder):
        self.plain, self.now, self.remote = plain(), NOW, Remote()
        settings = VaultSettings({}, os.urandom)
        key = SigningKey("k1", Secret(bytes(32)))
        self.vault = create_vault("file", str(folder), UUID, key, settings)
        self.codes = []

    def code(self, serial):
        self.codes.append(serial)
        return "123456"

    def office(self):
        return Office(
            open=lambda: (Directory(self.plain, lambda at: Source("d.yaml", 7, 3)), self.now),
            sources=CallerSources({}),
            vault=self.vault,
            catalogue=CATALOGUE,
            randomness=os.urandom,
            clock=lambda: self.now,
            wait_until=lambda _: None,
            flight=lambda key: nullcontext(),
        )

    def session(self, duration=None, *, serial=None, forced=False, cache=None):
        return aws_session_token(
            self.office(),
            duration,
            MfaAsked(self.code, serial, forced=forced or serial is not None),
            cache or CacheUse(),
            Mirrored(OWN, self.remote, {"profile": "acme"}),
        )

    def assume(self, role="deployer", *, account=OWN, cache=None, serial=None, called_as=None,
               managed=(), policy=None, **request):  # fmt: skip
        return aws_role_session(
            self.office(),
            RoleAsked(role, AssumeRequest(**request), managed, policy),
            MfaAsked(self.code, serial, forced=serial is not None),
            cache or CacheUse(),
            Mirrored(account, self.remote, called_as or {"profile": "acme"}),
        )


@pytest.fixture
def stage(tmp_path):
    return Stage(tmp_path / "vault")


def test_a_yes_of_both(stage):
    result = stage.assume()
    (call,) = stage.remote.calls
    assert (call.role_arn, call.session_name, call.duration) == (DEPLOYER, "alice", 3600)
    assert (call.mfa, call.tags, call.policy, call.policy_arns) == (None, (), None, ())
    assert result.credentials.access_key_id == "ASIAREAL000000000001"
    assert result.credentials.expiration == NOW + 3600
    assert result.assumed_role_arn == f"arn:aws:sts::{OWN}:assumed-role/deployer/alice"
    assert result.assumed_role_id == "AROAREAL000000000001:alice"
    assert (result.caller_arn, result.chain, result.packed) == (ALICE, (ALICE,), 7)
    assert result.notes == ()


def test_everything_that_is_asked_for_is_sent(stage):
    stage.plain["policies"] = {"Read": {"document": document(
        {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"})}}  # fmt: skip
    own = document({"Effect": "Allow", "Action": "s3:*", "Resource": "*"})
    stage.assume(
        session_name="ship", duration=7200, external_id="ext-1", tags=(("team", "pay"),),
        transitive_tag_keys=("team",), source_identity="alice", managed=("Read",), policy=own,
    )  # fmt: skip
    (call,) = stage.remote.calls
    assert json.loads(call.policy) == own
    assert call.policy_arns == (f"arn:aws:iam::{OWN}:policy/Read",)
    assert call[1:7] == ("ship", 7200, "ext-1", (("team", "pay"),), ("team",), "alice")


def test_a_no_of_the_file_is_final(stage):
    stage.remote = Remote(f"arn:aws:iam::{OWN}:user/bob")
    with pytest.raises(AccessDenied) as refused:
        stage.assume()
    assert refused.value.message.startswith(f"User: arn:aws:iam::{OWN}:user/bob is not authorized")
    assert refused.value.details[-1] == (
        "AWS was not asked: what the file refuses is not tried there"
    )
    assert stage.remote.calls == []


@pytest.mark.parametrize(("account", "file", "kind", "message"), [
    (None, OWN, Usage, "do not say which real account"),
    ("999999999999", OWN, AccessDenied, f"of account {OWN}, your settings pin it to 999999999999"),
    (OWN, "999999999999", AccessDenied, f"account 999999999999, your settings pin it to {OWN}"),
])  # fmt: skip
def test_the_pinned_account_is_the_files_before_anything_is_called(
    stage, account, file, kind, message
):
    stage.plain["account"]["id"] = file
    with pytest.raises(kind, match=message):
        stage.assume(account=account)
    assert stage.remote.identities == 0


@pytest.mark.parametrize(("arn", "account", "kind", "message"), [
    ("arn:aws:iam::999999999999:user/alice", "999999999999", NotAuthenticated,
     "is of account 999999999999, this directory mirrors 123456789012"),
    ("arn:aws-us-gov:iam::123456789012:user/eng/alice", OWN, Usage, "partition aws-us-gov"),
    ("arn:aws:iam::123456789012:root", OWN, AccessDenied, "may not be assumed by root"),
    ("arn:aws:sts::123456789012:federated-user/x", OWN, AccessDenied, "no user and no session"),
    ("arn:aws:iam::123456789012:user/alice", OWN, NotAuthenticated, "is not in this directory"),
    ("arn:aws:iam::123456789012:user/eng/zoe", OWN, NotAuthenticated, "is not in this directory"),
    ("arn:aws:iam::123456789012:user/new", OWN, InvalidDirectory, "no unique id yet"),
    ("arn:aws:sts::123456789012:assumed-role/gone/x", OWN, NotAuthenticated, "not in this"),
    ("nonsense", OWN, NotAuthenticated, "is of account"),
])  # fmt: skip
def test_callers_that_are_none_of_the_file(stage, arn, account, kind, message):
    stage.remote = Remote(arn, account)
    with pytest.raises(kind, match=message):
        stage.assume()
    assert stage.remote.calls == []


def test_another_path_is_told(stage):
    stage.remote = Remote(f"arn:aws:iam::{OWN}:user/alice")
    with pytest.raises(NotAuthenticated) as refused:
        stage.assume()
    assert refused.value.hint == f"the file's is {ALICE}: the path must be the same"


def test_a_session_of_a_role_calls_as_the_role_and_is_chained(stage):
    stage.remote = Remote(f"arn:aws:sts::{OWN}:assumed-role/deployer/ci-7")
    stage.assume("next", configured_duration=7200)
    (call,) = stage.remote.calls
    assert (call.session_name, call.duration) == ("ci-7", 3600)
    with pytest.raises(InvalidValue, match="1 hour session limit"):
        stage.assume("next", duration=7200)
    with pytest.raises(AccessDenied, match="assumed-role/deployer/ci-7 is not authorized"):
        stage.assume("deployer")


def test_a_code_is_asked_for_when_the_file_wants_one(stage):
    stage.assume("careful")
    assert stage.codes == [SERIAL]
    assert stage.remote.calls[0].mfa == MfaProof(SERIAL, "123456")


def test_a_device_that_the_file_does_not_have_is_awss_to_know(stage):
    other = f"arn:aws:iam::{OWN}:mfa/hardware"
    stage.assume("deployer", serial=other)
    assert stage.remote.calls[0].mfa == MfaProof(other, "123456")
    with pytest.raises(AccessDenied, match="unable to validate MFA code"):
        stage.assume("deployer", serial="nobody's")


def test_no_code_is_asked_for_in_vain(stage):
    stage.remote = Remote(f"arn:aws:iam::{OWN}:user/bob")
    for serial in (None, SERIAL):
        with pytest.raises(AccessDenied, match="is not authorized"):
            stage.assume("careful", serial=serial)
    assert stage.codes == []


def test_a_membership_that_ends_soon_ends_the_session(stage):
    stage.remote = Remote(f"arn:aws:iam::{OWN}:user/bob")
    stage.assume("ops")
    assert stage.remote.calls[0].duration == 20 * 60
    stage.now += 10 * 60
    with pytest.raises(AccessDenied, match="before the 15 minutes that AWS's shortest"):
        stage.assume("ops", cache=CacheUse(renew=True))
    assert len(stage.remote.calls) == 1


def test_a_role_that_is_not_there(stage):
    with pytest.raises(NotFound, match="deplyer"):
        stage.assume("deplyer")
    assert stage.remote.identities == 0


def test_a_no_of_awss_is_told_with_both_sides(stage):
    sentence = f"User: {ALICE} is not authorized to perform: sts:AssumeRole on resource: {DEPLOYER}"
    stage.remote.refusal = AccessDenied(sentence, code="AccessDenied")
    with pytest.raises(AccessDenied) as refused:
        stage.assume()
    error = refused.value
    assert (error.message, error.code) == (sentence, "AccessDenied")
    assert error.details[0] == "AWS says so, although the file allows it:"
    assert error.details[1] == (
        "allowed by a statement of the trust policy (role deployer) at d.yaml:7:3"
    )
    assert "drift" in error.details[2]
    assert "service or resource control policy" in error.details[2]
    assert error.hint == "compare: aws iam get-role --role-name deployer"


DECODED = {
    "allowed": False, "explicitDeny": True, "matchedStatements": {"items": [
        {"statementId": "NoShipping", "effect": "DENY"}]}, "failures": {"items": []},
    "context": {"principal": {"id": "AIDAX", "arn": ALICE}, "action": "sts:AssumeRole",
                "resource": DEPLOYER, "conditions": {"items": []}},
}  # fmt: skip


@pytest.mark.parametrize(("decoded", "line"), [
    (json.dumps(DECODED), f"AWS, decoded: an explicit deny in statement NoShipping, for {ALICE}, "
     f"sts:AssumeRole on {DEPLOYER}"),
    ("[1]", "AWS, decoded: [1]"),
    ("[" * 100_000, "AWS, decoded: " + "[" * 500),
    (None, "AWS's encoded reason was not decoded: sts:DecodeAuthorizationMessage"),
])  # fmt: skip
def test_what_aws_encodes_is_decoded(stage, decoded, line):
    encoded = "Zm9vYmFy_-" * 10
    stage.remote.decoded = decoded
    stage.remote.refusal = AccessDenied(
        f"You are not authorized. Encoded authorization failure message: {encoded}"
    )
    with pytest.raises(AccessDenied) as refused:
        stage.assume()
    assert stage.remote.calls[1] == ("decode", encoded)
    assert refused.value.message == "You are not authorized"
    assert refused.value.details[0] == line


def test_a_wrong_code_is_no_drift(stage):
    stage.remote.refusal = AccessDenied(
        "MultiFactorAuthentication failed with invalid MFA one time pass code"
    )
    with pytest.raises(AccessDenied) as refused:
        stage.assume("careful")
    assert refused.value.details == ()
    assert refused.value.hint == "wait for the next code"


def test_a_shorter_maximum_in_aws_is_told_as_drift(stage):
    stage.remote.refusal = InvalidValue(
        "The requested DurationSeconds exceeds the MaxSessionDuration set for this role"
    )
    with pytest.raises(InvalidValue) as refused:
        stage.assume(duration=7200)
    assert refused.value.hint == "the file allows 7200 seconds, AWS's role allows less (drift)"


def test_a_kept_session_costs_no_call(stage):
    first = stage.assume()
    stage.now += 600
    again = stage.assume()
    assert again.credentials.access_key_id == first.credentials.access_key_id
    assert again._replace(credentials=first.credentials) == first
    assert (stage.remote.identities, len(stage.remote.calls)) == (1, 1)


@pytest.mark.parametrize("change", [
    {"session_name": "other"}, {"duration": 900}, {"configured_duration": 7200},
    {"external_id": "ext"}, {"tags": (("a", "b"),)}, {"source_identity": "alice"},
    {"serial": SERIAL}, {"called_as": {"profile": "other"}}, {"cache": CacheUse(renew=True)},
    {"cache": CacheUse(min_ttl=3601)}, {"managed": ("arn:aws:iam::aws:policy/ReadOnlyAccess",)},
    {"policy": document({"Effect": "Allow", "Action": "s3:*", "Resource": "*"})},
])  # fmt: skip
def test_what_is_asked_otherwise_is_got_anew(stage, change):
    stage.assume()
    stage.assume(**change)
    assert len(stage.remote.calls) == 2


def test_a_kept_session_is_decided_anew(stage):
    stage.assume()
    stage.plain["roles"]["deployer"]["trust"] = document(trust(f"arn:aws:iam::{OWN}:user/bob"))
    with pytest.raises(AccessDenied):
        stage.assume()
    assert len(stage.remote.calls) == 1


def test_a_caller_that_is_gone_ends_it(stage):
    stage.assume()
    del stage.plain["users"]["alice"], stage.plain["mfa"]
    with pytest.raises(NotAuthenticated, match="is not in this directory"):
        stage.assume()


@pytest.mark.parametrize("get", [Stage.assume, Stage.session])
def test_whoever_bears_the_callers_name_now_inherits_nothing(stage, get):
    get(stage)
    stage.plain["users"]["alice"]["id"] = "AIDAALICE000000000002"
    get(stage)
    assert len(stage.remote.calls) == 2


def test_a_calling_role_that_was_revoked_calls_anew(stage):
    stage.remote = Remote(f"arn:aws:sts::{OWN}:assumed-role/deployer/ci-7")
    stage.assume("next")
    older = {"DateLessThan": {"aws:TokenIssueTime": "2026-11-24T09:00:05Z"}}
    deny = {"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": older}
    stage.plain["roles"]["deployer"]["inline"] = {"AWSRevokeOlderSessions": document(deny)}
    stage.now += 10
    stage.assume("next")
    assert len(stage.remote.calls) == 2
    stage.assume("next")
    assert len(stage.remote.calls) == 2


def test_a_revoked_role_is_got_anew(stage):
    stage.assume()
    older = {"DateLessThan": {"aws:TokenIssueTime": "2026-11-24T09:00:05Z"}}
    deny = {"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": older}
    stage.plain["roles"]["deployer"]["inline"] = {"AWSRevokeOlderSessions": document(deny)}
    stage.now += 10
    stage.assume()
    assert len(stage.remote.calls) == 2


def test_a_kept_session_ages_as_its_code_does(stage):
    stage.assume("fresh")
    stage.now += 300
    stage.assume("fresh")
    assert stage.codes == [SERIAL]
    stage.now += 400
    stage.assume("fresh")
    assert stage.codes == [SERIAL, SERIAL]


def test_a_device_that_was_taken_away_ends_what_it_proved(stage):
    stage.assume("careful")
    del stage.plain["mfa"]
    with pytest.raises(AccessDenied, match="unable to validate MFA code"):
        stage.assume("careful")
    assert len(stage.remote.calls) == 1


def test_a_vault_that_stores_nothing_says_nothing_each_time(stage, tmp_path):
    settings = VaultSettings({}, os.urandom)
    key = SigningKey("k1", Secret(bytes(32)))
    stage.vault = create_vault("env", str(tmp_path / "other"), UUID, key, settings)
    assert stage.assume().notes == ()
    stage.assume()
    assert len(stage.remote.calls) == 2


def test_what_failed_is_not_kept(stage):
    stage.remote.refusal = RemoteFailure("AWS does not answer")
    with pytest.raises(RemoteFailure):
        stage.assume()
    stage.remote.refusal = None
    stage.assume()
    assert len(stage.remote.calls) == 2


def test_a_device_that_is_newer_than_the_code_ends_what_it_proved(stage):
    stage.assume("careful")
    stage.plain["mfa"]["phone"]["enabled"] = "2026-11-24T09:10:00Z"
    stage.now += 900
    stage.assume("careful")
    assert stage.codes == [SERIAL, SERIAL]


def test_a_session_of_the_user(stage):
    session = stage.session()
    assert stage.remote.calls == [(43200, None)]
    assert (session.arn, session.id, session.account) == (ALICE, "AIDAREAL00000000000001", OWN)
    assert session.credentials.access_key_id == "ASIAUSER000000000001"
    assert stage.session() == session
    assert (stage.remote.identities, len(stage.remote.calls)) == (1, 1)


def test_a_session_of_the_user_with_mfa(stage):
    stage.session(900, forced=True)
    assert stage.remote.calls == [(900, MfaProof(SERIAL, "123456"))]
    stage.session(900, forced=True)
    assert stage.codes == [SERIAL]
    stage.session(900)
    assert stage.remote.calls[1:] == [(900, None)]
    stage.plain["mfa"]["phone"]["enabled"] = "2026-11-24T09:00:01Z"
    stage.session(900, forced=True, cache=CacheUse(min_ttl=0))
    assert stage.codes == [SERIAL, SERIAL]


def test_a_session_of_the_user_ends_with_the_user(stage):
    stage.session()
    stage.plain["users"]["alice"]["path"] = "/ops/"
    with pytest.raises(NotAuthenticated, match="is not in this directory"):
        stage.session()


def test_a_session_of_the_user_that_was_revoked_is_got_anew(stage):
    stage.session()
    older = {"DateLessThan": {"aws:TokenIssueTime": "2026-11-24T09:00:05Z"}}
    deny = {"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": older}
    stage.plain["users"]["alice"]["inline"] = {"AWSRevokeOlderSessions": document(deny)}
    stage.now += 10
    stage.session()
    assert len(stage.remote.calls) == 2
    stage.session()
    assert len(stage.remote.calls) == 2


def test_only_users_get_sessions_of_themselves(stage):
    stage.remote = Remote(f"arn:aws:sts::{OWN}:assumed-role/deployer/ci-7")
    with pytest.raises(AccessDenied, match="Cannot call GetSessionToken with session credentials"):
        stage.session()
    assert stage.remote.calls == []


@pytest.mark.parametrize("arn", [
    f"arn:aws:iam::{OWN}:root", f"arn:aws:sts::{OWN}:federated-user/x",
])  # fmt: skip
def test_whoever_is_no_user_is_told_of_the_call_that_was_made(stage, arn):
    stage.remote = Remote(arn)
    with pytest.raises(AccessDenied) as refused:
        stage.session()
    assert refused.value.message == (
        f"{arn} is no user of the directory, and sts:GetSessionToken is for those only"
    )
    assert stage.remote.calls == []


@pytest.mark.parametrize(("key_id", "token", "ours"), [
    ("ASIAX", TOKEN_START + "x", True), ("ASIAX", "FwoGZXIv", False),
    ("AKIAMADE000000000001", "", True), ("AKIAIMPORTED00000001", "", False),
    ("AKIAUNKNOWN000000001", "", False),
])  # fmt: skip
def test_credentials_of_our_own_are_known(key_id, token, ours):
    sections = plain()
    sections["users"]["alice"]["keys"] = {
        "AKIAMADE000000000001": {"fingerprint": f"sha256:{'0' * 64}"}, "AKIAIMPORTED00000001": {},
    }  # fmt: skip
    assert is_ours(Directory(sections), key_id, token) is ours
