"""Sessions that need a second factor: when a code is asked for, and when a kept one will do."""

from contextlib import nullcontext

import pyotp
import pytest

from iamctl.domain.directory import Directory
from iamctl.domain.errors import AccessDenied, InvalidValue, NotAuthenticated, Usage
from iamctl.domain.secret import Secret
from iamctl.domain.times import format_instant
from iamctl.ports import SigningKey
from iamctl.services.office import CacheUse, MfaAsked, Office
from iamctl.services.role_session import RoleAsked, role_session
from iamctl.services.session_cache import kept_sessions
from iamctl.services.user_session import session_token
from iamctl.services.whoami import whoami
from iamctl.sts.caller import CallerSources, fingerprint
from iamctl.sts.terms import AssumeRequest
from iamctl.vault import VaultSettings, create_vault
from tests.services.builders import CATALOGUE, allow, document

START = 1_800_000_000
UUID = "5b1d7c1e-3f1c-4f5d-8a55-0d7e5d6a1f00"
ALICE = "arn:aws:iam::123456789012:user/alice"
PHONE = "arn:aws:iam::123456789012:mfa/phone"
KEY_ID, SECRET = "AKIAALICE00000000000", Secret("s" * 40)
SEED = b"12345678901234567890"
WITH_MFA = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}
_USUAL = CacheUse()
LATELY = {**WITH_MFA, "NumericLessThan": {"aws:MultiFactorAuthAge": "600"}}


def trust(condition=None, **more):
    conditions = {} if condition is None else {"Condition": condition}
    return document(allow("sts:AssumeRole", None, Principal={"AWS": ALICE}, **conditions, **more))


class Desk:
    """A directory that can be edited, a real vault, a clock, and somebody who types codes."""

    def __init__(self, tmp_path):
        settings = VaultSettings({}, lambda n: bytes(n))
        key = SigningKey("k1", Secret(bytes(range(32))))
        self.vault = create_vault("file", str(tmp_path / UUID), UUID, key, settings)
        self.vault.put_secret_access_keys({KEY_ID: SECRET})
        self.vault.put_mfa_seed("phone", Secret(SEED))
        self.now = START
        self.asked: list[str] = []
        self.plain = {
            "iamctl": 1,
            "directory": UUID,
            "account": {"id": "123456789012"},
            "users": {"alice": self.user()},
            "roles": {
                "vaulted": {"id": "AROAVAULTED0000000000", "trust": trust(WITH_MFA)},
                "open": {"id": "AROAOPEN0000000000000", "trust": trust()},
                "fresh": {"id": "AROAFRESH000000000000", "trust": trust(LATELY)},
            },
            "mfa": {
                "phone": {"user": "alice", "enabled": format_instant(START - 86400)},
            },
        }

    @staticmethod
    def user(**fields):
        mark = fingerprint(UUID, "AIDAALICE000000000000", KEY_ID, SECRET)
        key = {KEY_ID: {"fingerprint": mark}}
        return {"id": "AIDAALICE000000000000", "keys": key, **fields}

    def code(self, _serial):
        self.asked.append(_serial)
        return pyotp.TOTP(_base32(SEED)).at(self.now)

    def office(self, **sources):
        return Office(
            open=lambda: (Directory(self.plain), self.now),
            sources=CallerSources({}, **(sources or {"as_user": "alice"})),
            vault=self.vault,
            catalogue=CATALOGUE,
            randomness=self.random,
            clock=lambda: self.now,
            wait_until=lambda _until: None,
            flight=lambda _key: nullcontext(),
        )

    _count = 0

    def random(self, n):
        self._count += 1
        return self._count.to_bytes(n, "big")

    def assume(self, role="vaulted", mfa=None, cache=_USUAL, office=None, **request):
        asked = RoleAsked(role, AssumeRequest(**request))
        return role_session(office or self.office(), asked, mfa or MfaAsked(self.code), cache)

    def token(self, mfa=None, cache=_USUAL, duration=None):
        asked = mfa or MfaAsked(self.code, forced=True)
        return session_token(self.office(), duration, asked, cache)


def _base32(seed):
    from base64 import b32encode

    return b32encode(seed).decode()


@pytest.fixture
def desk(tmp_path):
    return Desk(tmp_path)


def key_of(session) -> str:
    return session.credentials.access_key_id


class TestWhenACodeIsAskedFor:
    def test_a_role_that_wants_none_asks_for_none_and_keeps_nothing(self, desk):
        first, second = desk.assume("open"), desk.assume("open")
        assert desk.asked == []
        assert key_of(first) != key_of(second)
        assert kept_sessions(desk.vault, desk.now) == ()

    def test_a_role_that_wants_mfa_asks_for_the_callers_device(self, desk):
        desk.assume()
        assert desk.asked == [PHONE]

    def test_a_role_that_says_no_with_mfa_too_asks_for_none(self, desk):
        desk.plain["roles"]["vaulted"]["trust"] = trust(WITH_MFA, effect="Deny")
        with pytest.raises(AccessDenied, match="not authorized to perform: sts:AssumeRole"):
            desk.assume()
        assert desk.asked == []

    def test_who_has_no_device_is_told_so(self, desk):
        del desk.plain["mfa"]
        with pytest.raises(AccessDenied) as error:
            desk.assume()
        assert "not authorized to perform: sts:AssumeRole" in error.value.message
        assert "iamctl mfa create NAME --user alice" in error.value.hint

    def test_a_named_device_is_asked_even_if_the_role_wants_none(self, desk):
        desk.assume("open", MfaAsked(desk.code, "phone", forced=True))
        assert desk.asked == [PHONE]

    def test_a_forced_code_is_not_wasted_on_a_role_that_says_no(self, desk):
        desk.plain["roles"]["open"]["trust"] = trust(effect="Deny")
        with pytest.raises(AccessDenied, match="explicit deny"):
            desk.assume("open", MfaAsked(desk.code, "phone", forced=True))
        assert desk.asked == []

    def test_somebody_elses_device_is_refused_in_awss_words(self, desk):
        with pytest.raises(AccessDenied, match="unable to validate MFA code"):
            desk.assume("open", MfaAsked(desk.code, f"{PHONE}2", forced=True))

    def test_of_several_devices_one_must_be_named(self, desk):
        desk.plain["mfa"]["tablet"] = {**desk.plain["mfa"]["phone"]}
        with pytest.raises(Usage, match="2 MFA devices"):
            desk.assume()
        desk.assume(mfa=MfaAsked(desk.code, "phone", forced=True))
        assert desk.asked == [PHONE]

    def test_a_wrong_code_is_refused_and_nothing_is_kept(self, desk):
        with pytest.raises(AccessDenied, match="invalid MFA one time pass code"):
            desk.assume(mfa=MfaAsked(lambda _serial: "000000"))
        assert kept_sessions(desk.vault, desk.now) == ()

    def test_a_code_works_once(self, desk):
        desk.assume()
        with pytest.raises(AccessDenied, match="invalid MFA one time pass code") as error:
            desk.assume("fresh")
        assert "once" in error.value.hint

    def test_the_file_is_read_again_after_the_code_was_typed(self, desk):
        def slow(serial):
            code = desk.code(serial)
            desk.plain["roles"]["vaulted"]["trust"] = trust(effect="Deny")
            return code

        with pytest.raises(AccessDenied, match="explicit deny"):
            desk.assume(mfa=MfaAsked(slow))

    def test_a_device_that_is_deactivated_meanwhile_proves_nothing(self, desk):
        def slow(serial):
            code = desk.code(serial)
            del desk.plain["mfa"]["phone"]
            return code

        with pytest.raises(AccessDenied, match="unable to validate MFA code"):
            desk.assume(mfa=MfaAsked(slow))

    def test_a_duration_the_role_refuses_is_told_before_any_code(self, desk):
        with pytest.raises(InvalidValue, match="exceeds the MaxSessionDuration"):
            desk.assume(duration=7200)
        assert desk.asked == []


class TestTheKeptSession:
    def test_is_handed_out_again(self, desk):
        first = desk.assume()
        desk.now += 1200
        assert key_of(desk.assume()) == key_of(first)
        assert desk.asked == [PHONE]

    def test_is_the_same_in_every_fact(self, desk):
        first = desk.assume(source_identity=None, tags=())
        assert desk.assume()._replace(credentials=first.credentials) == first

    @pytest.mark.parametrize(
        "request_",
        [
            {"session_name": "other"},
            {"duration": 1800},
            {"configured_duration": 1800},
            {"external_id": "ticket-7"},
        ],
        ids=str,
    )
    def test_is_of_one_request_only(self, desk, request_):
        first = desk.assume()
        desk.now += 60
        assert key_of(desk.assume(**request_)) != key_of(first)
        assert len(desk.asked) == 2

    def test_is_renewed_on_request(self, desk):
        first = desk.assume()
        desk.now += 60
        second = desk.assume(cache=CacheUse(renew=True))
        assert key_of(second) != key_of(first)
        assert key_of(desk.assume()) == key_of(second)

    @pytest.mark.parametrize(("min_ttl", "kept"), [(300, True), (301, False)])
    def test_must_last_long_enough(self, desk, min_ttl, kept):
        first = desk.assume()
        desk.now += 3300
        again = desk.assume(cache=CacheUse(min_ttl=min_ttl))
        assert (key_of(again) == key_of(first)) is kept

    def test_is_removed_when_over(self, desk):
        desk.assume()
        desk.now += 3600
        assert kept_sessions(desk.vault, desk.now) == ()

    def test_grows_old_as_its_mfa_does(self, desk):
        first = desk.assume("fresh")
        desk.now += 599
        assert key_of(desk.assume("fresh")) == key_of(first)
        desk.now += 1
        assert key_of(desk.assume("fresh")) != key_of(first)
        assert len(desk.asked) == 2


def edited_trust(desk):
    desk.plain["roles"]["vaulted"]["trust"] = trust(effect="Deny")


def deleted_role(desk):
    del desk.plain["roles"]["vaulted"]


def recreated_role(desk):
    desk.plain["roles"]["vaulted"]["id"] = "AROAVAULTED0000000001"


def dead_key(desk):
    desk.plain["users"]["alice"]["keys"][KEY_ID]["status"] = "inactive"


def revoked_role(desk):
    before = {"DateLessThan": {"aws:TokenIssueTime": format_instant(desk.now)}}
    revoking = document(allow("*", "*", effect="Deny", Condition=before))
    desk.plain["roles"]["vaulted"]["inline"] = {"AWSRevokeOlderSessions": revoking}


def device_gone(desk):
    del desk.plain["mfa"]["phone"]


def device_enabled_again(desk):
    desk.plain["mfa"]["phone"]["enabled"] = format_instant(desk.now)


def new_scp(desk):
    everything = document(allow("*", "*"))
    deny = document(allow("sts:AssumeRole", "*", effect="Deny"))
    level = {"name": "Root", "scps": {"All": everything, "NoRoles": deny}}
    desk.plain["organization"] = {
        "id": "o-a1b2c3d4e5",
        "path": "o-a1b2c3d4e5/r-ab12/",
        "levels": [level],
    }


def new_boundary(desk):
    desk.plain["policies"] = {"Edge": {"document": document(allow("s3:*", "*"))}}
    desk.plain["users"]["alice"] = desk.user(boundary="Edge")


REFUSED = [edited_trust, deleted_role, dead_key, device_gone, new_scp, new_boundary]
RENEWED = [recreated_role, revoked_role, device_enabled_again]


class TestAnEditEndsIt:
    @pytest.mark.parametrize("edit", REFUSED)
    def test_where_the_new_decision_is_no(self, desk, edit):
        desk.assume()
        desk.now += 60
        edit(desk)
        with pytest.raises(Exception) as error:
            desk.assume()
        assert type(error.value).__name__ in ("AccessDenied", "NotFound", "NotAuthenticated")
        assert desk.asked == [PHONE]

    @pytest.mark.parametrize("edit", RENEWED)
    def test_where_the_session_is_dead_a_new_one_is_got(self, desk, edit):
        first = desk.assume()
        desk.now += 60
        edit(desk)
        assert key_of(desk.assume()) != key_of(first)
        assert desk.asked == [PHONE, PHONE]

    def test_a_membership_that_ends_sooner_now(self, desk):
        group = {"members": [{"user": "alice", "until": format_instant(START + 7200)}]}
        group["inline"] = {"Assume": document(allow("sts:AssumeRole", "*"))}
        account = {"AWS": "arn:aws:iam::123456789012:root"}
        statement = allow("sts:AssumeRole", None, Principal=account, Condition=WITH_MFA)
        desk.plain["roles"]["vaulted"]["trust"] = document(statement)
        desk.plain["groups"] = {"devs": group}
        first = desk.assume()
        desk.now += 60
        group["members"][0]["until"] = format_instant(START + 1800)
        second = desk.assume()
        assert key_of(second) != key_of(first)
        assert second.credentials.expiration == START + 1800


class TestGetSessionToken:
    def test_without_mfa_it_is_made_anew(self, desk):
        first = desk.token(MfaAsked(desk.code))
        assert key_of(desk.token(MfaAsked(desk.code))) != key_of(first)
        assert desk.asked == []

    def test_with_mfa_it_is_kept(self, desk):
        first = desk.token()
        desk.now += 3600
        assert key_of(desk.token()) == key_of(first)
        assert desk.asked == [PHONE]

    def test_it_assumes_roles_that_want_mfa(self, desk):
        given = desk.token().credentials
        environ = {
            "AWS_ACCESS_KEY_ID": given.access_key_id,
            "AWS_SECRET_ACCESS_KEY": given.secret_access_key.reveal_text(),
            "AWS_SESSION_TOKEN": given.session_token.reveal_text(),
        }
        desk.now += 1200
        office = desk.office()._replace(sources=CallerSources(environ, chain=True))
        assert desk.assume("vaulted", office=office).role_arn.endswith("vaulted")
        with pytest.raises(AccessDenied):
            desk.assume("fresh", office=office)
        assert desk.asked == [PHONE]
        seen = whoami(
            Directory(desk.plain), CallerSources(environ), lambda: desk.vault, CATALOGUE, desk.now
        )
        assert seen.arn == ALICE
        assert seen.expires == START + 43200

    @pytest.mark.parametrize("edit", [dead_key, device_gone])
    def test_an_edit_ends_it(self, desk, edit):
        desk.token()
        desk.now += 60
        edit(desk)
        with pytest.raises((AccessDenied, NotAuthenticated)):
            desk.token()
