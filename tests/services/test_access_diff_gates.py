"""Gates over what a change gives: whoever becomes whom, and who is let in from outside."""

import pytest

from iamctl.domain.errors import Usage
from iamctl.services import access_diff_gates as gates
from iamctl.services.access_diff import compared
from iamctl.services.access_diff_assume import lost_edges, new_edges
from iamctl.services.access_diff_lines import access_diff, in_words
from iamctl.services.access_diff_outside import ANONYMOUS, ANYBODY
from iamctl.services.access_diff_times import over_time
from tests.services.builders import (
    HOME,
    MFA,
    NOW,
    OTHER,
    OWN,
    ROOT,
    access,
    allow,
    document,
    holding,
    role,
    user_arn,
)

ALICE_ID, BOB_ID = "AIDAALICEALICEALICE22", "AIDABOBBOBBOBBOBBOB22"
PROD, BUCKET = "arn:aws:s3:::prod/*", "arn:aws:s3:::prod"
PEOPLE = {"alice": {"id": ALICE_ID}, "bob": {"id": BOB_ID}}


def role_arn(name):
    return f"arn:aws:iam::{OWN}:role/{name}"


def edges(before, after, ways=new_edges):
    found = compared([before], after)
    return [
        (edge.principal, edge.path, edge.role, edge.verdict)
        for edge in ways(found, found.pairs, before, after)
    ]


def chain(*, alice):
    """Alice may become the first role, which may become the second; or not yet."""
    return {
        "first": {
            "id": "AROAFIRSTFIRSTFIRST22",
            **role({"AWS": user_arn("alice" if alice else "bob")}),
        },
        "second": {"id": "AROASECONDSECONDSEC22", **role({"AWS": role_arn("first")})},
    }


def test_a_new_way_leads_on_through_roles_that_could_be_assumed_before():
    before = access(users=PEOPLE, roles=chain(alice=False))
    after = access(users=PEOPLE, roles=chain(alice=True))
    assert edges(before, after) == [
        ("user/alice", (), "role/first", "allowed"),
        ("user/alice", ("role/first",), "role/second", "allowed"),
    ]
    assert edges(after, after) == []


def test_a_new_way_from_a_role_is_one_for_those_who_could_become_it():
    before = chain(alice=True)
    after = {**before, "third": {"id": "AROATHIRDTHIRDTHIRD22",
                                 **role({"AWS": role_arn("second")}, condition=MFA)}}  # fmt: skip
    found = edges(access(users=PEOPLE, roles=before), access(users=PEOPLE, roles=after))
    assert found == []  # a role's session never says that there was MFA
    after["third"] = {**after["third"], **role({"AWS": role_arn("second")}, condition=HOME)}
    found = edges(access(users=PEOPLE, roles=before), access(users=PEOPLE, roles=after))
    assert sorted(found) == [
        ("role/first", ("role/second",), "role/third", "conditional"),
        ("role/second", (), "role/third", "conditional"),
        ("user/alice", ("role/first", "role/second"), "role/third", "conditional"),
    ]


def test_ways_that_are_closed_are_told_as_those_that_are_opened():
    before, after = (access(users=PEOPLE, roles=chain(alice=alice)) for alice in (True, False))
    assert edges(before, after, lost_edges) == [
        ("user/alice", (), "role/first", "allowed"),
        ("user/alice", ("role/first",), "role/second", "allowed"),
    ]
    assert edges(before, before, lost_edges) == []
    alone = access(users=PEOPLE, roles={"first": chain(alice=True)["first"]})
    assert sorted(edges(before, alone, lost_edges)) == [
        ("role/first", (), "role/second", "allowed"),
        ("user/alice", ("role/first",), "role/second", "allowed"),
    ]
    nobody = access(users={"bob": PEOPLE["bob"]}, roles={"second": chain(alice=True)["second"]})
    assert ("user/alice", (), "role/first", "allowed") in edges(before, nobody, lost_edges)


OTHER_ID = "AROAOTHEROTHEROTHER22"


def changed(before, after):
    """What a change of roles comes to."""
    was, now = (access(users=PEOPLE, roles=roles) for roles in (before, after))
    return over_time([lambda at: was], lambda at: now, NOW)


def test_a_role_made_again_under_its_name_is_another_and_all_ways_to_it_are_new():
    before = chain(alice=True)
    after = {**before, "first": {**before["first"], "id": OTHER_ID}}
    found = changed(before, after)
    assert [(edge.principal, edge.role, edge.anew) for edge in found.edges] == [
        ("user/alice", "role/first", True),
        ("role/first", "role/second", False),  # which trusts whoever has that name
    ]
    assert found.lost == ()
    breaches = list(gates.no_new_assume(found.diff, found.edges))
    assert [breach.edge.role for breach in breaches if breach.edge] == ["role/first", "role/second"]


def test_what_names_a_role_by_its_unique_id_does_not_know_the_next_of_its_name():
    before = chain(alice=True)
    before["second"] = {**before["second"], **role({"AWS": before["first"]["id"]})}
    after = {**before, "first": {**before["first"], "id": OTHER_ID}}
    found = changed(before, after)
    assert [(edge.principal, edge.role) for edge in found.edges] == [("user/alice", "role/first")]
    assert sorted((edge.principal, edge.path, edge.role) for edge in found.lost) == [
        ("role/first", (), "role/second"),
        ("user/alice", ("role/first",), "role/second"),
    ]


def test_a_role_without_unique_ids_is_the_one_of_its_name():
    plain = {name: {"trust": made["trust"]} for name, made in chain(alice=True).items()}
    named = chain(alice=True)
    for old, new in ((plain, plain), (plain, named), (named, plain)):
        assert edges(access(users=PEOPLE, roles=old), access(users=PEOPLE, roles=new)) == []


def test_whoever_is_renamed_becomes_nobody_new():
    roles = {"first": {"id": "AROAFIRSTFIRSTFIRST22", **role({"AWS": ALICE_ID})}}
    renamed = {"alicia": PEOPLE["alice"], "bob": PEOPLE["bob"]}
    assert edges(access(users=PEOPLE, roles=roles), access(users=renamed, roles=roles)) == []


def test_permission_through_a_group_opens_a_way_where_the_role_trusts_the_account():
    roles = {"first": {"id": "AROAFIRSTFIRSTFIRST22", **role(ROOT)}}
    group = {"id": "AGPATEAMTEAMTEAMTEA22", **holding(allow("sts:*"))}

    def state(*members):
        return access(
            users=PEOPLE, roles=roles, groups={"team": {**group, "members": list(members)}}
        )

    assert edges(state("alice"), state("alice", "bob")) == [
        ("user/bob", (), "role/first", "allowed")
    ]


def bucket(principal, **more):
    policy = document(allow("s3:GetObject", PROD, Principal=principal, **more))
    return access(users=PEOPLE, resources={BUCKET: policy})


def public(before, after):
    return [breach.line.principals for breach in gates.no_public(access_diff([before], after))]


@pytest.mark.parametrize(
    ("principal", "more", "who"),
    [
        ("*", {}, (ANYBODY, ANONYMOUS)),
        ({"AWS": "*"}, {"Condition": HOME}, (ANYBODY, ANONYMOUS)),
        ({"AWS": OTHER}, {}, (f"arn:aws:iam::{OTHER}:root",)),
        ("*", {"Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-abcdefghij"}}}, (ANYBODY,)),
        ({"AWS": user_arn("alice")}, {}, None),
        ({"Service": "ec2.amazonaws.com"}, {}, None),
        ({"AWS": f"arn:aws:iam::{OTHER}:user/eve"}, {}, None),
    ],
)
def test_what_is_public(principal, more, who):
    found = public(access(users=PEOPLE), bucket(principal, **more))
    together = [name for names in found for name in names]
    assert together == list(who or ())


def test_what_was_public_before_is_not_new():
    assert public(bucket("*"), bucket("*")) == []
    assert public(bucket("*"), bucket("*", Condition=HOME)) == []
    assert public(bucket("*", Condition=HOME), bucket("*")) != []


def test_a_trust_policy_that_anybody_may_use():
    before = access(roles={"first": role({"AWS": user_arn("alice")})}, users=PEOPLE)
    after = access(roles={"first": role({"AWS": "*"})}, users=PEOPLE)
    assert public(before, after) == [(ANYBODY,)]


def test_services_and_providers_that_are_let_in_are_told():
    provider = f"arn:aws:iam::{OWN}:saml-provider/corp"
    trust = role({"Federated": provider}, action="sts:AssumeRoleWithSAML")
    before = access(roles={"first": role({"Service": "ec2.amazonaws.com"})})
    found = access_diff([before], access(roles={"first": trust}))
    assert [(line.gained, line.principals) for line in found.outside] == [
        (True, (f"provider {provider}",)),
        (False, ("service/ec2.amazonaws.com",)),
    ]


def granted(after, *actions, resource=None):
    found = list(gates.not_granted(lambda now: after, NOW, actions, resource))
    return [
        (breach.line.principals, breach.line.permission.shown) if breach.line else breach.unread
        for breach in found
    ]


def test_not_granted_asks_the_new_side_alone():
    after = access(
        users={
            "alice": {"id": ALICE_ID, **holding(allow("s3:*", PROD))},
            "bob": {"id": BOB_ID, **holding(allow("s3:Get*", PROD))},
        }
    )
    assert granted(after, "iam:*") == []
    assert granted(after, "s3:DeleteObject") == [(("user/alice",), ("s3:DeleteObject",))]
    assert granted(after, "s3:DeleteObject", resource="arn:aws:s3:::dev/*") == []
    [(names, actions)] = granted(after, "s3:DeleteObject", "s3:GetObject", resource=f"{BUCKET}/x")[
        1:
    ]
    assert (names, actions) == (("user/bob",), ("s3:GetObject",))


def test_not_granted_of_what_is_no_action():
    with pytest.raises(Usage):
        list(gates.not_granted(lambda now: access(), NOW, ["delete"]))


def test_what_cannot_be_read_breaks_gates():
    lost = {"id": ALICE_ID, "policies": ["arn:aws:iam::aws:policy/NobodyKnowsThis"]}
    before, after = access(users=PEOPLE), access(users={**PEOPLE, "alice": lost})
    found = compared([before], after)
    diff = in_words(found, [before], after)
    assert [breach.unread.principals for breach in gates.no_new_access(diff)] == [("user/alice",)]
    assert [breach.unread.principals for breach in gates.no_new_assume(diff, ())] == [
        ("user/alice",)
    ]
    assert [breach.principals for breach in granted(after, "iam:PassRole")] == [("user/alice",)]


def test_new_access_alone_breaks_no_new_access():
    more = access(users={"alice": {"id": ALICE_ID, **holding(allow("s3:GetObject", PROD))}})
    less = access(users={"alice": {"id": ALICE_ID}})
    assert [b.line.principals for b in gates.no_new_access(access_diff([less], more))] == [
        ("user/alice",)
    ]
    assert list(gates.no_new_access(access_diff([more], less))) == []


def test_a_broad_grant_under_fewer_conditions_is_a_way_to_roles():
    def state(*statements):
        roles = {"first": {"id": "AROAFIRSTFIRSTFIRST22", **role(ROOT)}}
        return access(users={"alice": {"id": ALICE_ID, **holding(*statements)}}, roles=roles)

    def failing(before, after):
        found = compared([before], after)
        diff = in_words(found, [before], after)
        return list(gates.no_new_assume(diff, new_edges(found, found.pairs, before, after)))

    assert failing(state(allow("*", Condition=MFA)), state(allow("*")))
    assert not failing(state(allow("*", PROD, Condition=MFA)), state(allow("*", PROD)))
    assert not failing(state(allow("s3:*", Condition=MFA)), state(allow("s3:*")))
