"""Who may assume a role: AWS's table, row by row, and what the session carries."""

import pytest

from iamctl.domain.directory import Directory
from iamctl.domain.errors import AccessDenied, InvalidDirectory, InvalidValue
from iamctl.sts.assume import assumed_role, decide_assume, denied
from iamctl.sts.caller import Caller
from iamctl.sts.terms import AssumeRequest

ALICE = "arn:aws:iam::123456789012:user/alice"
ROOT = "arn:aws:iam::123456789012:root"
DEPLOYER = "arn:aws:iam::123456789012:role/deployer"
BASE = "arn:aws:iam::123456789012:role/base"
BASE_SESSION = "arn:aws:sts::123456789012:assumed-role/base/alice"
ALL = ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"]


def decide(world, caller=None, role="deployer", now=None, managed=lambda _arn: None, **request):
    directory = world.directory
    asked = AssumeRequest(**request)
    who = caller or world.caller("alice")
    return decide_assume(directory, who, directory.role(role), asked, now or world.now, managed)


def document(*statements: dict) -> dict:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def refusal(world, caller=None, **request) -> str:
    """AWS's sentence and the reasons, of a call that must be denied."""
    decision = decide(world, caller, **request)
    assert not decision.allowed
    error = denied(decision)
    return "\n".join((error.message, *error.details))


class TestWhoMay:
    """The IAM User Guide's rows: same account, by the form in which the trust names the caller."""

    def test_a_trust_that_names_the_user_is_enough(self, world, allow):
        world.user("alice")
        world.role("deployer", allow(ALICE))
        assert decide(world).allowed

    def test_a_trust_that_names_the_unique_id_is_enough(self, world, allow):
        world.user("alice")
        world.role("deployer", allow(world.plain["users"]["alice"]["id"]))
        assert decide(world).allowed

    def test_a_trust_that_names_another_user_is_not(self, world, allow):
        world.user("alice")
        bob = world.user("bob")
        world.role("deployer", allow(bob))
        text = refusal(world)
        assert text.startswith(
            f"User: {ALICE} is not authorized to perform: sts:AssumeRole on resource: {DEPLOYER} "
            "because no role trust policy allows the sts:AssumeRole action"
        )
        assert "bob" in text

    def test_names_in_a_trust_are_matched_with_case(self, world, allow):
        world.user("alice")
        world.user("Bob")
        world.role("deployer", allow("arn:aws:iam::123456789012:user/bob"))
        assert not decide(world, world.caller("Bob")).allowed

    @pytest.mark.parametrize("form", [ROOT, "123456789012"])
    def test_a_trust_that_names_the_account_needs_the_users_own_policy(self, world, allow, form):
        own = {"may": document(allow(resource=DEPLOYER))}
        world.user("alice", inline=own)
        world.user("bob")
        world.role("deployer", allow(form))
        assert decide(world).allowed
        text = refusal(world, world.caller("bob"))
        assert "because no identity-based policy allows the sts:AssumeRole action" in text

    def test_the_users_own_policy_alone_is_not_enough(self, world, allow):
        world.user("alice", inline={"may": document(allow(resource="*"))})
        bob = world.user("bob")
        world.role("deployer", allow(bob))
        assert "role trust policy" in refusal(world)

    def test_own_policies_come_from_groups_too(self, world, allow):
        world.user("alice")
        world.group("devs", "alice", inline={"may": document(allow(resource=DEPLOYER))})
        world.role("deployer", allow(ROOT))
        assert decide(world).allowed

    def test_own_policies_come_from_managed_policies_too(self, world, allow):
        world.user("alice", policies=["May"])
        world.plain["policies"] = {"May": {"document": document(allow(resource=DEPLOYER))}}
        world.role("deployer", allow(ROOT))
        assert decide(world).allowed

    def test_anyone_of_the_account_may_where_the_trust_says_star(self, world, allow):
        world.user("alice")
        world.role("deployer", allow("*"))
        assert decide(world).allowed

    @pytest.mark.parametrize("form", [BASE, BASE_SESSION])
    def test_a_trust_may_name_the_callers_role_or_session(self, world, allow, form):
        world.role("base")
        world.role("deployer", allow(form))
        assert decide(world, world.session(world.claims("base"))).allowed
        other = world.session(world.claims("base", "mallory"))
        assert decide(world, other).allowed is (form == BASE)

    def test_a_role_may_assume_itself_only_when_it_says_so(self, world, allow):
        world.user("alice")
        world.role("base", allow(ALICE))
        session = world.session(world.claims("base"))
        assert not decide(world, session, role="base").allowed
        world.role("selfish", allow("arn:aws:iam::123456789012:role/selfish"))
        session = world.session(world.claims("selfish"))
        assert decide(world, session, role="selfish").allowed

    def test_a_trust_in_another_account_says_nothing_about_ours(self, world, allow):
        world.user("alice", inline={"may": document(allow(resource="*"))})
        world.role("deployer", allow("arn:aws:iam::999999999999:root"))
        assert not decide(world).allowed

    @pytest.mark.parametrize("where", ["trust", "own", "boundary", "group"])
    def test_an_explicit_deny_anywhere_refuses(self, world, allow, where):
        deny = allow(resource="*", effect="Deny", action="sts:*")
        fields: dict = {"inline": {"no": document(deny)}} if where == "own" else {}
        if where == "boundary":
            everything = allow(resource="*", action="*")
            world.plain["policies"] = {"Limit": {"document": document(everything, deny)}}
            fields = {"boundary": "Limit"}
        world.user("alice", **fields)
        if where == "group":
            world.group("barred", "alice", inline={"no": document(deny)})
        barred = [allow(ALICE, effect="Deny")] if where == "trust" else []
        world.role("deployer", allow(ALICE), *barred)
        assert "with an explicit deny in" in refusal(world)

    def test_a_boundary_must_allow_even_when_the_trust_names_the_user(self, world, allow):
        world.plain["policies"] = {
            "Limit": {"document": document(allow(action="s3:*", resource="*"))}
        }
        world.user("alice", boundary="Limit")
        world.role("deployer", allow(ALICE))
        assert "permissions boundary" in refusal(world)

    def test_the_session_policy_of_the_caller_limits(self, world, allow):
        world.role("base", inline={"may": document(allow(resource="*"))})
        world.role("deployer", allow(ROOT))
        narrow = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}'  # noqa: E501
        wide = narrow.replace("s3:*", "sts:*")
        base = world.claims("base")
        assert "session policy" in refusal(world, world.session(base._replace(policies=(narrow,))))
        for policies in ((wide,), (narrow, wide)):
            assert decide(world, world.session(base._replace(policies=policies))).allowed

    def test_a_session_policy_by_arn_is_read(self, world, allow):
        world.role("base", inline={"may": document(allow(resource="*"))})
        world.role("deployer", allow(ROOT))
        world.plain["policies"] = {"Narrow": {"document": document(allow("x", "s3:*"))}}
        del world.plain["policies"]["Narrow"]["document"]["Statement"][0]["Principal"]
        world.plain["policies"]["Narrow"]["document"]["Statement"][0]["Resource"] = "*"
        arn = "arn:aws:iam::123456789012:policy/Narrow"
        assert not decide(world, world.session(world.claims("base", policies=(arn,)))).allowed

    def test_a_get_session_token_session_is_the_user(self, world, allow):
        world.user("alice")
        world.role("deployer", allow(ALICE))
        assert decide(world, world.session(world.user_claims("alice"))).allowed

    def test_a_revoked_session_can_assume_nothing(self, world, allow):
        revoked = allow(resource="*", action="*", effect="Deny")
        revoked["Condition"] = {"DateLessThan": {"aws:TokenIssueTime": str(world.now)}}
        world.role("base", inline={"AWSRevokeOlderSessions": document(revoked)})
        world.role("deployer", allow(BASE))
        assert not decide(world, world.session(world.claims("base"))).allowed
        assert decide(world, world.session(world.claims("base", issued=world.now))).allowed

    def test_the_root_user_is_refused(self, world, allow):
        world.user("alice")
        world.role("deployer", allow(ROOT))
        root = world.caller("alice")._replace(user=None, arn=ROOT, userid="123456789012")
        with pytest.raises(AccessDenied, match=r"^Roles may not be assumed by root accounts\.$"):
            decide(world, root)

    def test_a_policy_that_cannot_be_read_is_never_a_yes(self, world, allow):
        unknown = "arn:aws:iam::aws:policy/NoSuchPolicy"
        world.user("alice", policies=[unknown])
        world.role("deployer", allow(ALICE))
        decision = decide(world)
        assert not decision.allowed
        assert decision.decision.verdict == "unknown"
        assert unknown in refusal(world)


class TestConditions:
    """Condition keys that AssumeRole fills."""

    @pytest.mark.parametrize(
        ("condition", "request_fields", "allowed"),
        [
            ({"StringEquals": {"sts:ExternalId": "acme"}}, {"external_id": "acme"}, True),
            ({"StringEquals": {"sts:ExternalId": "acme"}}, {"external_id": "Acme"}, False),
            ({"StringEquals": {"sts:ExternalId": "acme"}}, {}, False),
            ({"StringEquals": {"sts:RoleSessionName": "${aws:username}"}}, {}, True),
            (
                {"StringEquals": {"sts:RoleSessionName": "${aws:username}"}},
                {"session_name": "bob"},
                False,
            ),
            ({"Bool": {"aws:MultiFactorAuthPresent": "true"}}, {}, False),
            ({"BoolIfExists": {"aws:MultiFactorAuthPresent": "true"}}, {}, True),
            ({"StringEquals": {"aws:PrincipalTag/team": "payments"}}, {}, True),
            ({"StringEquals": {"aws:PrincipalTag/team": "sales"}}, {}, False),
            ({"StringEquals": {"aws:ResourceTag/stage": "test"}}, {}, True),
            ({"StringEquals": {"iam:ResourceTag/stage": "live"}}, {}, False),
            ({"StringEquals": {"aws:RequestTag/cost": "7"}}, {"tags": (("cost", "7"),)}, True),
            ({"StringEquals": {"aws:RequestTag/cost": "7"}}, {"tags": (("cost", "8"),)}, False),
            (
                {"ForAllValues:StringEquals": {"aws:TagKeys": ["cost"]}},
                {"tags": (("cost", "7"), ("other", ""))},
                False,
            ),
            (
                {"ForAnyValue:StringEquals": {"sts:TransitiveTagKeys": ["cost"]}},
                {"tags": (("cost", "7"),), "transitive_tag_keys": ("cost",)},
                True,
            ),
            (
                {"ForAnyValue:StringEquals": {"sts:TransitiveTagKeys": ["cost"]}},
                {"tags": (("cost", "7"),)},
                False,
            ),
            (
                {"StringEquals": {"sts:SourceIdentity": "alice"}},
                {"source_identity": "alice"},
                True,
            ),
            ({"StringEquals": {"sts:SourceIdentity": "alice"}}, {"source_identity": "bob"}, False),
            ({"ArnEquals": {"aws:PrincipalArn": ALICE}}, {}, True),
            ({"StringEquals": {"aws:PrincipalType": "User"}}, {}, True),
            ({"Null": {"aws:TokenIssueTime": "true"}}, {}, True),
            ({"DateGreaterThan": {"aws:CurrentTime": "2030-01-01T00:00:00Z"}}, {}, False),
        ],
    )
    def test_of_a_user(self, world, allow, condition, request_fields, allowed):
        world.user("alice", tags={"team": "payments"})
        world.role("deployer", allow(ALICE, ALL, **condition), tags={"stage": "test"})
        assert decide(world, **request_fields).allowed is allowed

    def test_mfa_of_a_get_session_token_session(self, world, allow):
        world.user("alice")
        mfa = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}
        recent = {"NumericLessThan": {"aws:MultiFactorAuthAge": "300"}}
        world.role("deployer", allow(ALICE, **mfa, **recent))
        claims = world.user_claims("alice")
        assert not decide(world, world.session(claims)).allowed
        fresh, old = (claims._replace(mfa_time=world.now - age) for age in (299, 300))
        assert decide(world, world.session(fresh)).allowed
        assert not decide(world, world.session(old)).allowed

    def test_role_sessions_carry_no_mfa(self, world, allow):
        world.role("base")
        world.role("deployer", allow(BASE, Bool={"aws:MultiFactorAuthPresent": "false"}))
        claims = world.claims("base")
        assert decide(world, world.session(claims)).allowed
        assert decide(world, world.session(claims._replace(mfa_time=world.now))).allowed

    def test_what_differed_is_said(self, world, allow):
        world.user("alice")
        world.role("deployer", allow(ALICE, StringEquals={"sts:ExternalId": "acme"}))
        text = refusal(world, external_id="acne")
        assert "acme" in text
        assert "acne" in text
        assert "sts:ExternalId" in text

    def test_the_unique_id_of_a_recreated_user_matches_nobody(self, world, allow):
        world.user("alice")
        world.role("deployer", allow("AIDAZZZZZZZZZZZZZZZZZ"))
        assert not decide(world).allowed


class TestTags:
    def test_tags_need_tag_session(self, world, allow):
        world.user("alice")
        world.role("deployer", allow(ALICE))
        text = refusal(world, tags=(("cost", "7"),))
        assert f"perform: sts:TagSession on resource: {DEPLOYER}" in text

    def test_tag_session_is_needed_on_both_sides_for_an_account_trust(self, world, allow):
        world.user("alice", inline={"may": document(allow(resource=DEPLOYER))})
        world.role("deployer", allow(ROOT, ALL))
        assert "no identity-based policy allows the sts:TagSession" in refusal(
            world, tags=(("cost", "7"),)
        )
        assert decide(world).allowed

    def test_passed_tags_are_the_sessions(self, world, allow):
        world.user("alice")
        world.role("deployer", allow(ALICE, ALL))
        asked = {"tags": (("Cost", "7"), ("a", "")), "transitive_tag_keys": ("COST",)}
        terms = decide(world, **asked).terms
        assert terms.tags == {"Cost": "7", "a": ""}
        assert terms.transitive == ("Cost",)

    @pytest.mark.parametrize(
        "fields",
        [
            {"tags": (("aws:x", "1"),)},
            {"tags": (("", "1"),)},
            {"tags": (("k", "v" * 257),)},
            {"tags": (("a", "1"), ("A", "2"))},
            {"tags": (("a", "$(id)"),)},
            {"tags": tuple((f"k{n}", "") for n in range(51))},
            {"transitive_tag_keys": ("a",)},
            {"tags": (("b", ""),), "transitive_tag_keys": ("a",)},
        ],
    )
    def test_bad_tags_are_refused_before_any_decision(self, world, allow, fields):
        world.user("alice")
        world.role("deployer")
        with pytest.raises(InvalidValue) as caught:
            decide(world, **fields)
        assert caught.value.code == "ValidationError"

    def test_fifty_tags_may_be_passed(self, world, allow):
        world.user("alice")
        world.role("deployer", allow(ALICE, ALL))
        assert len(decide(world, tags=tuple((f"k{n}", "") for n in range(50))).terms.tags) == 50

    def test_only_transitive_tags_go_on(self, world, allow):
        world.role("base", tags={"own": "1"})
        world.role("deployer", allow(BASE, ALL))
        claims = world.claims("base", tags={"Cost": "7", "a": "1"}, transitive=("Cost",))
        terms = decide(world, world.session(claims), tags=(("b", "2"),)).terms
        assert terms.tags == {"b": "2", "Cost": "7"}
        assert terms.transitive == ("Cost",)

    def test_inherited_tags_need_tag_session(self, world, allow):
        world.role("base")
        world.role("deployer", allow(BASE))
        claims = world.claims("base", tags={"cost": "7"}, transitive=("cost",))
        assert "sts:TagSession" in refusal(world, world.session(claims))
        assert decide(world, world.session(claims._replace(transitive=()))).allowed

    def test_an_inherited_tag_cannot_be_passed_again(self, world, allow):
        world.role("base")
        world.role("deployer", allow(BASE, ALL))
        claims = world.claims("base", tags={"cost": "7"}, transitive=("cost",))
        for key in ("cost", "COST"):
            with pytest.raises(InvalidValue, match="inherited"):
                decide(world, world.session(claims), tags=((key, "8"),))

    def test_an_inherited_tag_beats_the_roles_before_the_trust_is_asked(self, world, allow):
        world.role("base")
        same = {"StringEquals": {"aws:ResourceTag/heart": "${aws:PrincipalTag/heart}"}}
        world.role("deployer", allow(BASE, ALL, **same), tags={"Heart": "0"})
        claims = world.claims("base", tags={"heart": "1"})
        assert not decide(world, world.session(claims)).allowed
        assert decide(world, world.session(claims._replace(transitive=("heart",)))).allowed


class TestSourceIdentity:
    def test_it_needs_its_own_permission(self, world, allow):
        world.user("alice")
        world.role("deployer", allow(ALICE))
        assert "sts:SetSourceIdentity" in refusal(world, source_identity="alice")
        world.role("other", allow(ALICE, ALL))
        assert decide(world, role="other", source_identity="alice").terms.source_identity == "alice"

    @pytest.mark.parametrize("bad", ["", "a", "a" * 65, "aws:me", "AWS:me", "a b", "ab\n"])
    def test_its_form(self, world, allow, bad):
        world.user("alice")
        world.role("deployer", allow(ALICE, ALL))
        with pytest.raises(InvalidValue):
            decide(world, source_identity=bad)

    def test_it_goes_along_a_chain_and_cannot_change(self, world, allow):
        world.role("base", inline={"may": document(allow(action=ALL, resource="*"))})
        world.role("deployer", allow(BASE, ALL))
        session = world.session(world.claims("base", source_identity="alice"))
        assert decide(world, session).terms.source_identity == "alice"
        assert decide(world, session, source_identity="alice").allowed
        with pytest.raises(AccessDenied, match="cannot be changed"):
            decide(world, session, source_identity="bob")

    def test_an_inherited_one_needs_permission_on_both_sides(self, world, allow):
        assume_only = {"may": document(allow(resource="*"))}
        world.role("base", inline=assume_only)
        world.role("deployer", allow(BASE))
        world.role("open", allow(ROOT, ALL))
        session = world.session(world.claims("base", source_identity="alice"))
        assert "sts:SetSourceIdentity" in refusal(world, session)
        assert "no identity-based policy" in refusal(world, session, role="open")

    @pytest.mark.parametrize("principal", [BASE, BASE_SESSION, "*", ROOT])
    def test_in_a_chain_the_calling_role_must_allow_it_however_it_is_trusted(
        self, world, allow, principal
    ):
        world.role("base", inline={"may": document(allow(resource="*"))})
        world.role("deployer", allow(principal, ALL))
        claims = world.claims("base", source_identity="alice")
        assert "sts:SetSourceIdentity" in refusal(world, world.session(claims))
        setting = world.session(world.claims("base"))
        assert decide(world, setting).allowed
        assert "sts:SetSourceIdentity" in refusal(world, setting, source_identity="alice")
        may = document(allow(action=ALL, resource="arn:aws:iam::*:role/deployer"))
        world.plain["roles"]["base"]["inline"] = {"may": may}
        assert decide(world, world.session(claims)).allowed

    def test_the_callers_is_a_condition_key(self, world, allow):
        world.role("base", inline={"may": document(allow(action=ALL, resource="*"))})
        world.role("deployer", allow(BASE, ALL, StringEquals={"aws:SourceIdentity": "alice"}))
        claims = world.claims("base")
        assert not decide(world, world.session(claims)).allowed
        assert decide(world, world.session(claims._replace(source_identity="alice"))).allowed


class TestNames:
    def test_the_default_session_name_is_the_users(self, world, allow):
        world.user("alice")
        world.role("deployer", allow(ALICE))
        assert decide(world).terms.session_name == "alice"

    def test_a_chained_call_keeps_the_previous_name(self, world, allow):
        world.role("base")
        world.role("deployer", allow(BASE))
        session = world.session(world.claims("base", "build-7"))
        assert decide(world, session).terms.session_name == "build-7"

    def test_a_get_session_token_session_gives_the_users(self, world, allow):
        world.user("alice")
        world.role("deployer", allow(ALICE))
        session = world.session(world.user_claims("alice"))
        assert decide(world, session).terms.session_name == "alice"

    @pytest.mark.parametrize("bad", ["", "a", "a" * 65, "a/b", "a b", "ab\n", "$(id)", "аlice"])
    def test_bad_session_names_are_refused(self, world, allow, bad):
        world.user("alice")
        world.role("deployer", allow(ALICE))
        with pytest.raises(InvalidValue):
            decide(world, session_name=bad)

    def test_a_user_with_too_short_a_name_is_told_what_to_do(self, world, allow):
        arn = world.user("a")
        world.role("deployer", allow(arn))
        with pytest.raises(InvalidValue) as caught:
            decide(world, world.caller("a"))
        assert "--session-name" in (caught.value.hint or "")

    @pytest.mark.parametrize("bad", ["", "x", "a" * 1225, "a b", "a\n"])
    def test_bad_external_ids_are_refused(self, world, allow, bad):
        world.user("alice")
        world.role("deployer", allow(ALICE))
        with pytest.raises(InvalidValue):
            decide(world, external_id=bad)

    def test_the_response_names_the_session(self, world):
        world.role("deployer", path="/ops/")
        directory = world.directory
        arn, assumed_id = assumed_role(directory, directory.role("deployer"), "alice")
        assert arn == "arn:aws:sts::123456789012:assumed-role/deployer/alice"
        assert assumed_id == f"{world.plain['roles']['deployer']['id']}:alice"


class TestChain:
    def test_the_chain_lists_the_callers(self, world, allow):
        world.user("alice")
        world.role("base")
        world.role("deployer", allow("*"))
        assert decide(world).terms.chain == (ALICE,)
        session = world.session(world.claims("base", chain=(ALICE,)))
        assert decide(world, session).terms.chain == (ALICE, BASE_SESSION)

    def test_a_long_chain_keeps_its_first_and_latest(self, world, allow):
        world.role("base")
        world.role("deployer", allow(BASE))
        before = tuple(f"arn:{n}" for n in range(10))
        chain = decide(world, world.session(world.claims("base", chain=before))).terms.chain
        assert (chain[0], chain[1], chain[-1], len(chain)) == ("arn:0", "arn:2", BASE_SESSION, 10)


class TestDuration:
    """AWS's bounds: 15 minutes, the role's maximum, an hour for a chained call."""

    @pytest.fixture
    def world(self, world, allow):
        world.user("alice")
        world.role("base")
        world.role("deployer", allow("*"), max_session_duration="2h")
        return world

    @pytest.mark.parametrize(
        ("fields", "seconds"),
        [
            ({}, 3600),
            ({"duration": 900}, 900),
            ({"duration": 7200}, 7200),
            ({"configured_duration": 1800}, 1800),
            ({"configured_duration": 43200}, 7200),
            ({"configured_duration": 60}, 900),
            ({"configured_duration": 1800, "duration": 5400}, 5400),
        ],
    )
    def test_of_a_user(self, world, fields, seconds):
        assert decide(world, **fields).expires == world.now + seconds

    @pytest.mark.parametrize(
        ("seconds", "text"),
        [
            (899, "Value '899' at 'durationSeconds' failed to satisfy constraint: Member must "
                  "have value greater than or equal to 900"),
            (-1, "greater than or equal to 900"),
            (43201, "less than or equal to 43200"),
            (7201, "The requested DurationSeconds exceeds the MaxSessionDuration set for this "
                   "role."),
        ],
    )  # fmt: skip
    def test_asking_for_too_much_or_little(self, world, seconds, text):
        with pytest.raises(InvalidValue) as caught:
            decide(world, duration=seconds)
        assert text in caught.value.message
        assert caught.value.code == "ValidationError"

    @pytest.mark.parametrize("kind", ["role", "session-token"])
    def test_a_chained_call_has_an_hour(self, world, kind):
        claims = world.claims("base") if kind == "role" else world.user_claims("alice")
        session = world.session(claims)
        assert decide(world, session).expires == world.now + 3600
        assert decide(world, session, configured_duration=7200).expires == world.now + 3600
        with pytest.raises(InvalidValue) as caught:
            decide(world, session, duration=3601)
        assert caught.value.message == (
            "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed "
            "by role chaining"
        )

    def test_a_chained_session_may_outlive_the_one_that_made_it(self, world):
        session = world.session(world.claims("base", expires=world.now + 60))
        assert decide(world, session).expires == world.now + 3600

    def test_who_is_denied_learns_nothing_about_the_roles_maximum(self, world, allow):
        world.role("closed", allow(BASE))
        assert not decide(world, role="closed", duration=43200).allowed


class TestMemberships:
    """A session granted through an expiring membership ends with it."""

    @pytest.fixture
    def world(self, world, allow):
        world.user("alice")
        world.role("deployer", allow(ROOT), max_session_duration="12h")
        world.may = {"may": document(allow(resource=DEPLOYER))}
        return world

    def until(self, seconds: int) -> dict:
        from iamctl.domain.times import format_instant

        return {"user": "alice", "until": format_instant(1_800_000_000 + seconds)}

    def test_the_session_is_cut(self, world):
        world.group("oncall", self.until(600), inline=world.may)
        decision = decide(world)
        assert decision.expires == decision.until == world.now + 600

    def test_a_longer_membership_is_remembered_but_cuts_nothing(self, world):
        world.group("oncall", self.until(5000), inline=world.may)
        decision = decide(world)
        assert (decision.expires, decision.until) == (world.now + 3600, world.now + 5000)

    def test_an_ended_membership_gives_nothing(self, world):
        world.group("oncall", self.until(600), inline=world.may)
        assert decide(world, now=world.now + 599).allowed
        assert not decide(world, now=world.now + 600).allowed

    def test_a_membership_that_is_not_needed_cuts_nothing(self, world):
        world.group("oncall", self.until(600), inline=world.may)
        world.group("devs", "alice", inline=world.may)
        assert decide(world).until is None
        world.group("devs", self.until(900), inline=world.may)
        assert decide(world).until == world.now + 900

    def test_a_trust_that_names_the_user_needs_no_membership(self, world, allow):
        world.group("oncall", self.until(600), inline=world.may)
        world.role("named", allow(ALICE))
        assert decide(world, role="named").until is None

    def test_a_membership_needed_for_tags_counts(self, world, allow):
        world.group("devs", "alice", inline=world.may)
        tagging = {"tag": document(allow(action="sts:TagSession", resource="*"))}
        world.group("oncall", self.until(600), inline=tagging)
        world.role("tagged", allow(ROOT, ALL))
        world.plain["groups"]["devs"]["inline"]["may"]["Statement"][0]["Resource"] = "*"
        assert decide(world, role="tagged").until is None
        assert decide(world, role="tagged", tags=(("a", "b"),)).until == world.now + 600

    def test_a_chain_does_not_outlive_the_membership_that_began_it(self, world, allow):
        world.role("base")
        world.role("next", allow(BASE))
        end = world.now + 700
        session = world.session(world.claims("base", expires=end, until=end))
        decision = decide(world, session, role="next")
        assert decision.expires == decision.until == end

    def test_a_get_session_token_session_hangs_on_memberships_too(self, world):
        world.group("oncall", self.until(600), inline=world.may)
        claims = world.user_claims("alice")
        assert decide(world, world.session(claims)).expires == world.now + 600
        bound = claims._replace(expires=world.now + 300, until=world.now + 300)
        assert decide(world, world.session(bound)).expires == world.now + 300


def test_a_role_without_unique_id_cannot_be_assumed(world, allow):
    world.user("alice")
    world.role("deployer", allow(ALICE))
    del world.plain["roles"]["deployer"]["id"]
    with pytest.raises(InvalidDirectory, match="no unique id") as caught:
        decide(world)
    assert "--fix" in (caught.value.hint or "")


def test_a_directory_without_uuid_issues_nothing(world, allow):
    world.user("alice")
    world.role("deployer", allow(ALICE))
    caller: Caller = world.caller("alice")
    directory = Directory({k: v for k, v in world.plain.items() if k != "directory"})
    with pytest.raises(InvalidDirectory, match="UUID"):
        decide_assume(
            directory, caller, directory.role("deployer"), AssumeRequest(), 0, lambda _arn: None
        )


class TestTheOrganization:
    """Control policies of the organization are asked as `can` asks them."""

    DENY = document({"Effect": "Deny", "Action": "sts:*", "Resource": "*"})

    def levels(self, **policies):
        return {"id": "o-a1b2c3d4e5", "levels": [{"name": "Root", **policies}]}

    def test_a_service_control_policy_denies(self, world, allow):
        world.user("alice")
        world.role("deployer", allow(ALICE))
        world.plain["organization"] = self.levels(scps={"FullAWSAccess": FULL, "No": self.DENY})
        assert "with an explicit deny in a service control policy" in refusal(world)

    def test_a_level_that_allows_nothing_denies(self, world, allow):
        world.user("alice")
        world.role("deployer", allow(ALICE))
        only = document({"Effect": "Allow", "Action": "s3:*", "Resource": "*"})
        world.plain["organization"] = self.levels(scps={"OnlyS3": only})
        assert not decide(world).allowed

    def test_a_resource_control_policy_denies(self, world, allow):
        world.user("alice")
        world.role("deployer", allow(ALICE))
        deny = document({**self.DENY["Statement"][0], "Principal": "*"})
        world.plain["organization"] = self.levels(rcps={"No": deny})
        assert "with an explicit deny in a resource control policy" in refusal(world)

    def test_the_management_account_is_under_none(self, world, allow):
        world.user("alice")
        world.role("deployer", allow(ALICE))
        world.plain["organization"] = {
            "management_account": "123456789012",
            **self.levels(scps={"FullAWSAccess": FULL, "No": self.DENY}),
        }
        assert decide(world).allowed

    def test_a_trust_may_ask_for_the_organization(self, world, allow):
        world.user("alice")
        asked = {"StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5",
                                  "aws:ResourceOrgID": "o-a1b2c3d4e5"}}  # fmt: skip
        world.role("deployer", allow(ALICE, **asked))
        assert not decide(world).allowed
        world.plain["organization"] = self.levels()
        assert decide(world).allowed


FULL = document({"Effect": "Allow", "Action": "*", "Resource": "*"})
