"""The page's facts: what everybody can do, found out once for all that are alike, is what each can
do; and who may begin a session of a role."""

import os
import random

from hypothesis import given, settings
from hypothesis import strategies as st

from iamctl.policy.reach import Requests, Term, box
from iamctl.policy.reach_patterns import EVERYTHING, Patterns, action_pattern
from iamctl.services.page import page_of
from iamctl.services.page_abilities import Abilities
from iamctl.services.page_allowed import Allowed
from iamctl.services.reaching import reach_of
from iamctl.services.subjects import role_subject, user_subject
from iamctl.services.what_can import compact, permissions
from iamctl.services.what_can_grants import reading
from tests.services.builders import OWN, access, allow, document, role, user_arn

SCALE = int(os.environ.get("IAMCTL_TEST_SCALE", "1"))
NAMES = ("ann", "bob", "cid", "dan", "eve")
BUCKET, QUEUE = "arn:aws:s3:::box", f"arn:aws:sqs:eu-west-1:{OWN}:queue"


def when(key, value, operator="StringEquals"):
    return {"Condition": {operator: {key: value}}}


OWN_STATEMENTS = (
    allow("s3:GetObject", f"{BUCKET}/${{aws:username}}/*"),
    allow("s3:PutObject", f"{BUCKET}/${{aws:PrincipalTag/team}}/*"),
    allow("sqs:SendMessage", QUEUE, **when("aws:PrincipalTag/team", "red")),
    allow("sqs:*", "*", **when("aws:username", ["ann", "cid"])),
    allow("sqs:DeleteQueue", QUEUE, "Deny", **when("aws:userid", "AIDABOB", "StringLike")),
    allow("sqs:DeleteQueue", QUEUE, **when("aws:SourceIp", "10.0.0.0/8", "IpAddress")),
    allow("sts:AssumeRole", f"arn:aws:iam::{OWN}:role/*"),
    allow("sqs:Send*", "*", "Deny", **when("aws:PrincipalArn", f"*/{NAMES[2]}", "ArnLike")),
    {"Effect": "Deny", "NotAction": "sqs:*", "NotResource": f"{BUCKET}/${{aws:username}}/*"},
    allow("s3:GetObject", f"{BUCKET}/*", **when("aws:PrincipalType", "User")),
    allow("s3:ListBucket", BUCKET, **when("aws:PrincipalAccount", "${aws:PrincipalTag/team}")),
)
PRINCIPALS = (
    {"AWS": user_arn("ann")},
    {"AWS": f"arn:aws:iam::{OWN}:root"},
    {"AWS": "AIDABOBBOBBOBBOBBOB22"},
    {"AWS": [f"arn:aws:sts::{OWN}:assumed-role/r1/some", f"arn:aws:iam::{OWN}:role/r2"]},
    "*",
)
GIVEN = (
    *(allow("sqs:ReceiveMessage", QUEUE, Principal=who) for who in PRINCIPALS),
    *(allow("sqs:ReceiveMessage", QUEUE, "Deny", NotPrincipal=who) for who in PRINCIPALS[:3]),
    allow("sqs:PurgeQueue", QUEUE, Principal="*", **when("aws:PrincipalTag/team", "blue")),
)


def world(seed):
    """A directory in which many are nearly alike."""
    rng = random.Random(seed)

    def some(of, most):
        return document(*rng.sample(of, rng.randint(1, most)))

    policies = {f"P{n}": {"document": some(OWN_STATEMENTS, 3)} for n in range(3)}
    users = {
        name: {
            "id": f"AIDA{(name * 6).upper()[:15]}22",
            "tags": {"team": rng.choice(("red", "blue", OWN))} if rng.random() < 0.6 else {},
            "policies": ["P0"] if rng.random() < 0.6 else ["P1"],
            **({"boundary": "P2"} if rng.random() < 0.3 else {}),
            **({"inline": {"Own": some(OWN_STATEMENTS, 2)}} if rng.random() < 0.2 else {}),
        }
        for name in NAMES
    }
    roles = {
        f"r{n}": {
            **role(rng.choice(PRINCIPALS), action=rng.choice(("sts:AssumeRole", "sts:*"))),
            "policies": ["P1"],
            "tags": {"team": "red"} if rng.random() < 0.5 else {},
        }
        for n in range(3)
    }
    groups = {"all": {"members": list(NAMES), "policies": ["P2"]}} if rng.random() < 0.5 else {}
    resources = {QUEUE: some(GIVEN, 2)} if rng.random() < 0.7 else {}
    level = {"name": "top", "scps": {"S": some((allow("*"), *OWN_STATEMENTS[4:6]), 2)}}
    more = {"organization": {"id": "o-abcdefghij", "levels": [level]}} if rng.random() < 0.3 else {}
    return access(users, roles, groups=groups, policies=policies, resources=resources, **more)


def cited(rows, ability):
    """The statements that each row has, and whose their policies are."""
    return [
        [(m.policy.id, "own" if ability.is_own(m.policy) else m.policy.owner, m.statement)
         for m in (*grant.statements, *(proof.matched for proof in grant.conditions))]
        for row in rows for grant in row.grants
    ]  # fmt: skip


def told(rows):
    return [(p.service, p.levels, p.shown, reading(p.grants)) for p in rows]


@settings(max_examples=25 * SCALE, deadline=None)
@given(st.integers(0, 2**32))
def test_whoever_shares_an_ability_could_do_just_that_alone(seed):
    asked = world(seed)
    abilities = Abilities(asked)
    directory = asked.directory
    subjects = {f"user {u.name}": user_subject(asked.own, u) for u in directory.users.values()}
    subjects |= {f"role {r.name}": role_subject(asked.own, r) for r in directory.roles.values()}
    for owner, subject in subjects.items():
        number = abilities.number(subject, owner)
        rows = Allowed(asked.catalogue).by(reach_of(asked, subject, {}).requests)
        shared = abilities.found[number]
        alone = compact(rows, asked.catalogue)
        assert told(shared.permissions) == told(alone), (owner, shared)
        mine = shared._replace(owner=owner)
        assert cited(shared.permissions, shared) == cited(alone, mine)


WIDE = (
    allow("*"),
    allow(["made:Up", "s3:Nope"]),
    allow("*:Tag*"),
    allow("s3:Get*", f"{BUCKET}/*"),
    {"Effect": "Allow", "NotAction": ["s3:*", "other:Thing"], "Resource": "*"},
    {"Effect": "Deny", "NotAction": ["s?s:*", "s3:*"], "Resource": "*"},
)


@settings(max_examples=2 * SCALE, deadline=None)
@given(st.lists(st.sampled_from(WIDE), min_size=1, max_size=3),
       st.lists(st.sampled_from(WIDE), min_size=1, max_size=2))  # fmt: skip
def test_asked_for_service_by_service_it_is_the_same(own, bound):
    policies = {"Bound": {"document": document(*bound)}}
    user = {"inline": {"Own": document(*own)}, "boundary": "Bound"}
    asked = access({"ann": user}, policies=policies)
    requests = reach_of(asked, user_subject(asked.own, asked.directory.user("ann")), {}).requests
    assert told(Allowed(asked.catalogue).by(requests)) == told(
        permissions(requests, asked.catalogue)
    )


def test_an_action_that_one_term_names_is_looked_for_in_all():
    def boxes(*texts):
        return box(Patterns([action_pattern(text) for text in texts]), EVERYTHING)

    catalogue = access().catalogue
    nothing = boxes("made:Up", "s3:Nope").meet(boxes("sqs:*"))
    requests = Requests((Term(nothing), Term(boxes("*"))))
    rows = Allowed(catalogue).by(requests)
    assert told(rows) == told(permissions(requests, catalogue))
    assert {"made:Up", "s3:Nope"} <= {action for row in rows for action in row.actions}


def test_users_alike_share_one_ability_and_others_do_not():
    policies = {"P": {"document": document(allow("s3:GetObject", f"{BUCKET}/*"))}}
    users = {name: {"policies": ["P"], "tags": {"team": name}} for name in NAMES}
    roles = {"ship": role({"AWS": user_arn("bob")})}
    page = page_of(access(users, roles, policies=policies))
    of = {identity.name: identity.now.ability for identity in page.identities if identity.now}
    assert of["ann"] == of["cid"] == of["dan"] == of["eve"]
    assert of["bob"] != of["ann"]
    assert any("sts" in p.service for p in page.abilities[of["bob"]].permissions
               if "AssumeRole" in str(p.shown))  # fmt: skip
    mine = page_of(access({name: {"inline": {"Own": policies["P"]["document"]}} for name in NAMES}))
    assert len({identity.now.ability for identity in mine.identities}) == len(NAMES)


def test_who_has_a_policy_by_a_group_shares_with_its_members_only():
    policies = {"P": {"document": document(allow("s3:GetObject", f"{BUCKET}/*"))}}
    groups = {"g": {"members": ["ann", "bob"], "policies": ["P"]}}
    users = {"ann": {}, "bob": {}, "cid": {"policies": ["P"]}, "dan": {"policies": ["P"]}}
    page = page_of(access(users, groups=groups, policies=policies))
    of = {identity.name: identity.now.ability for identity in page.identities if identity.now}
    assert of["ann"] == of["bob"] != of["cid"] == of["dan"]
    owners = [
        {m.policy.owner for p in page.abilities[of[name]].permissions if p.service == "s3"
         for grant in p.grants for m in grant.statements}
        for name in ("ann", "cid")
    ]  # fmt: skip
    assert owners == [{"group g"}, {"user cid"}]
    assert page.abilities[of["dan"]].owner == "user cid"


def test_a_policy_that_cannot_be_read_leaves_the_ability_unknown():
    unknown = "arn:aws:iam::aws:policy/NobodyKnowsThis"
    page = page_of(access({"ann": {"policies": [unknown]}, "bob": {}}))
    of = {identity.name: identity.now.ability for identity in page.identities if identity.now}
    assert [policy.id for policy in page.abilities[of["ann"]].unread] == [unknown]
    assert not page.abilities[of["bob"]].unread


def test_holders_of_a_role_are_those_who_may_begin_its_session():
    federated = {"Federated": "accounts.google.com"}
    roles = {
        "one": role({"AWS": user_arn("ann")}),
        "two": role({"AWS": f"arn:aws:iam::{OWN}:role/one"}),
        "web": role(federated, action="sts:AssumeRoleWithWebIdentity"),
    }
    page = page_of(access({"ann": {}, "bob": {}}, roles))
    held = {i.name: [(h.kind, h.name) for h in i.now.holders] for i in page.identities if i.now}
    assert held["one"] == [("user", "ann")]
    assert held["two"] == [("role", "one")]
    assert [kind for kind, _ in held["web"]] == ["outside"]
    assert held["ann"] == []


def test_everything_around_is_among_the_identities_once():
    roles = {"ship": role({"AWS": "444455556666", "Service": "ec2.amazonaws.com"})}
    groups = {
        "g": {"members": ["ann"], "policies": ["arn:aws:iam::aws:policy/AmazonSQSReadOnlyAccess"]}
    }
    page = page_of(access({"ann": {}}, roles, groups=groups))
    ids = [identity.id for identity in page.identities]
    assert len(set(ids)) == len(ids)
    assert {end for edge in page.around.edges for end in (edge.source, edge.target)} <= set(ids)
    assert {i.kind for i in page.identities} == {
        "user", "role", "group", "managed", "account", "service"}  # fmt: skip


def test_compared_with_an_earlier_state_it_has_what_is_gone():
    was = {"ann": {"id": "AIDAANNANNANNANNANN22"}, "bob": {}}
    now = {"ann": {"id": "AIDAANNANNANNANNANN23"}, "cid": {}}
    groups = {"g": {"members": ["bob"]}}, {"g": {"members": ["cid"]}}
    before = access(was, groups=groups[0])
    page = page_of(access(now, groups=groups[1]), before=before)
    assert {i.id: i.change for i in page.identities} == {
        "user/ann": "recreated", "user/cid": "new", "user/bob": "gone", "group/g": ""}  # fmt: skip
    sides = {i.id: (i.now is not None, i.was is not None) for i in page.identities}
    assert sides["user/cid"] == (True, False)
    assert sides["user/bob"] == (False, True)
    assert sides["user/ann"] == sides["group/g"] == (True, True)
    changes = {(e.source, e.change) for e in page.around.edges}
    assert changes == {("user/cid", "gained"), ("user/bob", "lost")}
    alone = page_of(access(now)).identities
    assert {(i.change, i.was) for i in alone} == {("", None)}


def test_compared_it_says_of_both_states_what_each_alone_says():
    def state(action, holder):
        policies = {"P": {"document": document(allow(action, f"{BUCKET}/*"))}}
        users = {name: {"policies": ["P"]} for name in NAMES[:2]}
        return access(users, {"ship": role({"AWS": user_arn(holder)})}, policies=policies)

    def said(page, one):
        ability = None if one.ability is None else page.abilities[one.ability]
        rows = ability and (ability.owner, told(ability.permissions), cited(
            ability.permissions, ability))  # fmt: skip
        return rows, [(h.kind, h.name) for h in one.holders], one.policies

    was, now = state("s3:GetObject", "ann"), state(["s3:GetObject", "s3:PutObject"], "bob")
    both = page_of(now, before=was)
    for side, alone in (("now", page_of(now)), ("was", page_of(was))):
        for identity in alone.identities:
            if identity.now is not None:
                found = next(i for i in both.identities if i.id == identity.id)
                assert said(both, getattr(found, side)) == said(alone, identity.now)


def test_a_group_has_what_its_members_get_and_a_policy_itself():
    policies = {"P": {"document": document(allow("s3:GetObject", f"{BUCKET}/*"))}}
    own = document(allow("sqs:SendMessage", QUEUE))
    page = page_of(
        access({"ann": {}}, groups={"g": {"policies": ["P"], "inline": {"Own": own}}},
               policies=policies)
    )  # fmt: skip
    found = {i.id: [(p.id, p.inline) for p in i.now.policies] for i in page.identities if i.now}
    assert found == {"user/ann": [], "group/g": [("Own", True), ("P", False)],
                     "policy/P": [("P", False)]}  # fmt: skip


def test_progress_counts_the_principals_of_both_states():
    counted = []
    page_of(access({"ann": {}, "bob": {}}), lambda *so_far: counted.append(so_far),
            access({"ann": {}}))  # fmt: skip
    assert counted == [(0, 3), (1, 3), (2, 3)]


def test_whoever_is_named_in_one_state_only_is_new_or_gone():
    was, now = (
        access({"ann": {}}, {"ship": role({"AWS": account, "Service": "ec2.amazonaws.com"})})
        for account in ("444455556666", "777788889999")
    )
    changes = {i.id: i.change for i in page_of(now, before=was).identities if i.now is None}
    assert changes == {"account/777788889999": "new", "account/444455556666": "gone",
                       "service/ec2.amazonaws.com": ""}  # fmt: skip
