"""What a change gives later than now."""

from iamctl.domain.directory import Directory
from iamctl.services import access_diff_gates as gates
from iamctl.services.access import Access
from iamctl.services.access_diff_times import MOST, over_time
from tests.services.builders import CATALOGUE, NOW, OWN, allow, holding, role, user_arn

ALICE = {"id": "AIDAALICEALICEALICE22"}
PROD = "arn:aws:s3:::prod/*"
READ = allow("s3:GetObject", PROD)
DAY = 86400
SOON, LATER, LATEST = "2026-12-01T00:00:00Z", "2027-12-01T00:00:00Z", "2028-01-01T00:00:00Z"
AT_SOON, AT_LATER = 1_796_083_200, 1_827_619_200


def state(**sections):
    directory = Directory(
        {"iamctl": 1, "account": {"id": OWN}, "users": {"alice": ALICE}, **sections}
    )
    return lambda now: Access(directory, CATALOGUE, now)


def team(until, *statements):
    members = [{"user": "alice", "until": until}]
    return state(groups={"team": {"id": "AGPATEAMTEAMTEAMTEA22", "members": members,
                                  **holding(*(statements or (READ,)))}})  # fmt: skip


def mine(*statements):
    return state(users={"alice": {**ALICE, **holding(*statements)}})


def when(operator, instant, **more):
    return {**READ, "Condition": {operator: {"aws:CurrentTime": instant}}, **more}


def said(before, after):
    found = over_time([before], after, NOW).diff
    assert found.is_complete
    return [("+" if line.gained else "-", line.principals, line.at) for line in found.lines]


def test_a_membership_that_lasts_longer_gives_from_when_it_would_have_ended():
    assert said(team(SOON), team(LATER)) == [("+", ("user/alice",), AT_SOON)]
    assert said(team(LATER), team(SOON)) == [("-", ("user/alice",), AT_SOON)]
    assert said(team(SOON), team(SOON)) == []
    [breach] = gates.no_new_access(over_time([team(SOON)], team(LATER), NOW).diff)
    assert breach.line is not None
    assert breach.line.at == AT_SOON


def test_what_a_condition_gives_one_day():
    assert said(
        mine(allow("iam:GetUser")), mine(allow("iam:GetUser"), when("DateGreaterThan", SOON))
    ) == [("+", ("user/alice",), AT_SOON + 1)]
    assert said(mine(READ), mine(when("DateLessThan", SOON))) == [("-", ("user/alice",), AT_SOON)]
    past = when("DateLessThan", "2020-01-01T00:00:00Z")
    assert said(mine(READ), mine(READ, past)) == []


def test_a_deny_that_ends_one_day_hides_nothing_that_comes():
    deny = when("DateLessThan", SOON, Effect="Deny")
    assert said(mine(deny), mine(deny, READ)) == [("+", ("user/alice",), AT_SOON)]


def test_what_is_told_of_now_is_not_told_again():
    both = mine(READ, when("DateGreaterThan", SOON))
    assert said(mine(allow("iam:GetUser")), both)[0][2] is None
    assert [line for line in said(mine(allow("iam:GetUser")), both) if line[2] is not None] == []


def test_a_way_to_a_role_that_opens_one_day():
    trust = role({"AWS": user_arn("alice")},
                 condition={"DateGreaterThan": {"aws:CurrentTime": SOON}})  # fmt: skip
    roles = {"first": {"id": "AROAFIRSTFIRSTFIRST22", **role({"AWS": user_arn("bob")})}}
    after = {"first": {**roles["first"], **trust}}
    people = {"alice": ALICE, "bob": {"id": "AIDABOBBOBBOBBOBBOB22"}}
    found = over_time([state(users=people, roles=roles)], state(users=people, roles=after), NOW)
    assert ("user/alice", "role/first", AT_SOON + 1) in [
        (edge.principal, edge.role, edge.at) for edge in found.edges
    ] or [(edge.principal, edge.verdict) for edge in found.edges] == [("user/alice", "conditional")]


def test_too_many_instants_are_an_answer_that_is_not_complete():
    often = [
        when("DateGreaterThan", f"20{year}-01-01T00:00:00Z", Sid=f"S{year}")
        for year in range(30, 40)
    ]
    found = over_time([mine(allow("iam:GetUser"))], mine(*often), NOW).diff
    assert found.unasked is not None
    assert not found.is_complete
    assert len({line.at for line in found.lines}) <= MOST
    assert [b for b in gates.no_public(found) if b.unasked == found.unasked]


def test_what_is_not_granted_later_either():
    after = mine(when("DateGreaterThan", LATER))
    [breach] = gates.not_granted(after, NOW, ["s3:GetObject"])
    assert breach.line is not None
    assert breach.line.at == AT_LATER + 1
    assert list(gates.not_granted(mine(when("DateLessThan", SOON)), NOW + 30 * DAY, ["s3:*"])) == []
