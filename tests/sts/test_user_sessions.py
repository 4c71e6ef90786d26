"""GetSessionToken and GetFederationToken: who may, for how long, and what the session is."""

import pytest

from iamctl.domain.errors import AccessDenied, InvalidValue, NotAuthenticated
from iamctl.domain.times import format_instant
from iamctl.policy.collect import Collector
from iamctl.policy.evaluate import evaluate
from iamctl.sts.caller import principal_of
from iamctl.sts.principal import Asked, layers_of, request_of
from iamctl.sts.user_sessions import (
    FederationRequest,
    decide_federation,
    session_token_seconds,
)

FEDERATED = "arn:aws:sts::123456789012:federated-user/build-bot"
MAY = {"Effect": "Allow", "Action": "sts:GetFederationToken", "Resource": FEDERATED}
READ = '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:Get*","Resource":"*"}}'


def document(*statements):
    return {"Version": "2012-10-17", "Statement": list(statements)}


def vouching(world, *statements, **fields):
    world.user("alice", inline={"May": document(*statements)}, **fields)
    return world.caller("alice")


def federate(world, caller, name="build-bot", **asked):
    request = FederationRequest(name, **asked)
    return decide_federation(world.directory, caller, request, world.now, lambda _arn: None)


class TestGetSessionToken:
    def test_nobody_needs_leave_and_none_can_be_denied(self, world):
        deny = {"Effect": "Deny", "Action": "*", "Resource": "*"}
        caller = vouching(world, deny)
        assert session_token_seconds(world.directory, caller, None) == 43200

    @pytest.mark.parametrize("seconds", [900, 3600, 129600])
    def test_it_lasts_as_asked(self, world, seconds):
        world.user("alice")
        assert session_token_seconds(world.directory, world.caller("alice"), seconds) == seconds

    @pytest.mark.parametrize("seconds", [899, 129601])
    def test_durations_out_of_bounds_are_refused(self, world, seconds):
        world.user("alice")
        with pytest.raises(InvalidValue, match="at 'durationSeconds' failed to satisfy"):
            session_token_seconds(world.directory, world.caller("alice"), seconds)

    def test_a_role_session_cannot(self, world):
        world.role("deployer")
        caller = world.session(world.claims("deployer"))
        with pytest.raises(AccessDenied, match=r"^Cannot call GetSessionToken with session cred"):
            session_token_seconds(world.directory, caller, None)

    def test_a_session_of_itself_cannot(self, world):
        world.user("alice")
        caller = world.session(world.user_claims("alice", mfa_time=world.now - 60))
        with pytest.raises(AccessDenied, match=r"^Cannot call GetSessionToken with session cred"):
            session_token_seconds(world.directory, caller, None)


class TestGetFederationToken:
    def test_the_users_policy_must_allow_it_on_the_federated_user(self, world):
        assert federate(world, vouching(world, MAY)).allowed

    def test_another_name_is_another_resource(self, world):
        decision = federate(world, vouching(world, MAY), "other-bot")
        assert not decision.allowed
        assert decision.request.resource.endswith(":federated-user/other-bot")

    def test_without_a_policy_it_is_denied(self, world):
        world.user("alice")
        assert not federate(world, world.caller("alice")).allowed

    def test_a_deny_wins(self, world):
        caller = vouching(world, MAY, {**MAY, "Effect": "Deny", "Resource": "*"})
        assert federate(world, caller).decision.verdict == "explicitDeny"

    def test_a_boundary_limits(self, world):
        world.plain["policies"] = {"Edge": {"document": document({**MAY, "Action": "s3:*"})}}
        assert not federate(world, vouching(world, MAY, boundary="Edge")).allowed

    def test_tags_need_tag_session_too(self, world):
        caller = vouching(world, MAY)
        decision = federate(world, caller, tags=(("team", "ci"),))
        assert not decision.allowed
        assert decision.request.action == "sts:TagSession"

    def test_tags_with_leave(self, world):
        both = {**MAY, "Action": ["sts:GetFederationToken", "sts:TagSession"]}
        decision = federate(world, vouching(world, both), tags=(("team", "ci"),))
        assert decision.allowed
        assert decision.tags == {"team": "ci"}
        assert decision.packed == 1

    def test_a_condition_on_the_tags_is_asked(self, world):
        tagged = {"StringEquals": {"aws:RequestTag/team": "ci"}}
        both = {**MAY, "Action": ["sts:GetFederationToken", "sts:TagSession"], "Condition": tagged}
        caller = vouching(world, both)
        assert federate(world, caller, tags=(("team", "ci"),)).allowed
        assert not federate(world, caller, tags=(("team", "web"),)).allowed

    @pytest.mark.parametrize("name", ["a", "n" * 33, "with space", "slash/ed", "star*"])
    def test_names_that_are_none_are_refused(self, world, name):
        with pytest.raises(InvalidValue, match="federated user name"):
            federate(world, vouching(world, MAY), name)

    def test_sessions_cannot(self, world):
        world.role("deployer")
        caller = world.session(world.claims("deployer"))
        with pytest.raises(AccessDenied, match=r"^Cannot call GetFederationToken with session cre"):
            federate(world, caller)

    def test_the_default_is_twelve_hours(self, world):
        assert federate(world, vouching(world, MAY)).expires == world.now + 43200

    def member(self, world, seconds, *statements, **fields):
        until = {"user": "alice", "until": format_instant(world.now + seconds)}
        world.user("alice", **fields)
        world.group("bots", until, inline={"May": document(*statements)})
        return world.caller("alice")

    def test_what_a_membership_allows_ends_with_it(self, world):
        decision = federate(world, self.member(world, 1800, MAY))
        assert decision.allowed
        assert (decision.until, decision.expires) == (world.now + 1800,) * 2

    def test_a_membership_that_ends_later_is_remembered_and_cuts_nothing(self, world):
        decision = federate(world, self.member(world, 7200, MAY), duration=3600)
        assert (decision.until, decision.expires) == (world.now + 7200, world.now + 3600)

    def test_a_membership_that_is_not_needed_cuts_nothing(self, world):
        caller = self.member(world, 1800, MAY, inline={"Own": document(MAY)})
        assert federate(world, caller).until is None

    def test_a_membership_needed_for_tags_counts(self, world):
        tagging = {**MAY, "Action": "sts:TagSession"}
        caller = self.member(world, 1800, tagging, inline={"Own": document(MAY)})
        assert federate(world, caller).until is None
        assert federate(world, caller, tags=(("team", "ci"),)).until == world.now + 1800


def federated(world, **fields):
    """The caller that alice's federated user is."""
    claims = world.user_claims("alice", **fields)
    return world.session(claims._replace(type="federated-user", name="build-bot"))


def may(world, caller, action="s3:GetObject", resource="arn:aws:s3:::b/k"):
    collector = Collector(world.directory, lambda _arn: None, world.now)
    request = request_of(caller, action, Asked(resource), world.now)
    return evaluate(request, layers_of(caller, collector)).allowed


class TestTheFederatedUser:
    def test_is_called_as_aws_calls_it(self, world):
        world.user("alice", tags={"team": "web", "desk": "12"})
        caller = federated(world, tags={"Team": "ci"})
        assert caller.arn == FEDERATED
        assert caller.userid == "123456789012:build-bot"
        assert principal_of(caller).type == "FederatedUser"
        assert caller.tags == {"desk": "12", "Team": "ci"}

    def test_says_nothing_of_mfa_and_has_no_user_name(self, world):
        world.user("alice")
        context = request_of(federated(world), "s3:GetObject", Asked(), world.now).context
        assert "aws:multifactorauthpresent" not in context
        assert "aws:username" not in context
        assert "aws:tokenissuetime" in context

    def test_without_session_policies_it_may_do_nothing(self, world):
        world.user("alice", inline={"Own": document({**MAY, "Action": "s3:*", "Resource": "*"})})
        assert not may(world, federated(world))

    def test_it_may_do_what_both_user_and_session_policy_allow(self, world):
        world.user("alice", inline={"Own": document({**MAY, "Action": "s3:*", "Resource": "*"})})
        caller = federated(world, policies=(READ,))
        assert may(world, caller)
        assert not may(world, caller, "s3:PutObject")
        assert not may(world, caller, "sqs:SendMessage", "*")

    def test_it_dies_with_the_users_key(self, world):
        world.user("alice")
        claims = world.user_claims("alice")._replace(type="federated-user", name="build-bot")
        (key,) = world.plain["users"]["alice"]["keys"].values()
        key["status"] = "inactive"
        with pytest.raises(NotAuthenticated) as error:
            world.session(claims)
        assert "is inactive or deleted" in (error.value.hint or "")
