"""What a principal can do: permissions cut out of the sets of requests of a directory."""

import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iamctl.catalogue import ShippedCatalogue
from iamctl.domain.directory import Directory
from iamctl.domain.documents_variables import split_variables
from iamctl.domain.errors import InvalidValue, NotFound
from iamctl.policy.reach_layers import reach
from iamctl.policy.reach_patterns import arn_pattern
from iamctl.services.access import Access
from iamctl.services.reaching import reach_of
from iamctl.services.what_can import ALL_OTHERS, compact, permissions
from iamctl.store.repository import YamlRepository
from tests.policy.reach_worlds import RESOURCES as world_resources
from tests.policy.reach_worlds import World

SCALE = int(os.environ.get("IAMCTL_TEST_SCALE", "1"))
SAMPLE = Path(__file__).parents[2] / "sample-directory.yaml"
OWN, OTHER = "123456789012", "210987654321"
ALICE = f"arn:aws:iam::{OWN}:user/alice"
NOW = 1_795_510_800  # 2026-11-24T09:00:00Z
CATALOGUE = ShippedCatalogue()
FREE = {"sts:GetCallerIdentity", "sts:GetSessionToken"}


def allow(action, resource="*", effect="Allow", **more):
    where = {} if resource is None else {"Resource": resource}
    return {"Effect": effect, "Action": action, **where, **more}


def deny(action, resource="*", **more):
    return allow(action, resource, "Deny", **more)


def document(*statements):
    return {"Version": "2012-10-17", "Statement": list(statements)}


class Others:
    """Other accounts by their id."""

    def __init__(self, plains):
        self._known = {account: Directory(plain) for account, plain in plains.items()}

    def __call__(self, account):
        return self._known.get(account)

    def ids(self):
        return self._known


def access(*statements, boundary=None, accounts=None, roles=None, **sections):
    user = {"id": "AIDAALICEALICEALICE22", "inline": {"Own": document(*statements)}}
    policies = {}
    if boundary is not None:
        user["boundary"] = "Fence"
        policies["Fence"] = {"id": "ANPAFENCEFENCEFENCE22", "document": document(*boundary)}
    plain = {
        "iamctl": 1,
        "account": {"id": OWN},
        "users": {"alice": user},
        "roles": roles or {},
        "policies": policies,
        **sections,
    }
    return Access(Directory(plain), CATALOGUE, NOW, Others(accounts or {}))


def rows(asked, only=None, who="alice", **context):
    """The rows, without the one that everybody with credentials has."""
    found = reach_of(asked, asked.subject(who), context)
    every = permissions(found.requests, CATALOGUE, only)
    return [row for row in every if not set(row.actions) <= FREE]


def said(*args, **more):
    """(service, level, actions as shown, resources, except, conditions) of every grant."""
    return [
        (p.service, *p.levels, p.shown, g.resources, g.excepted, tuple(map(str, g.conditions)))
        for p in rows(*args, **more)
        for g in p.grants
    ]


def test_actions_go_to_the_resources_that_they_can_be_asked_for():
    asked = access(allow(["s3:GetObject", "s3:ListBucket"], ["arn:aws:s3:::b", "arn:aws:s3:::b/*"]))
    assert said(asked) == [
        ("s3", "List", ("s3:ListBucket",), ("arn:aws:s3:::b",), (), ()),
        ("s3", "Read", ("s3:GetObject",), ("arn:aws:s3:::b/*",), (), ()),
    ]


def test_an_action_that_takes_no_resource_is_not_covered_by_an_arn():
    assert said(access(allow("s3:ListAllMyBuckets", "arn:aws:s3:::*"))) == []
    assert len(said(access(allow("s3:ListAllMyBuckets")))) == 1


def test_a_resource_that_another_one_holds_is_not_said_twice():
    asked = access(
        allow("s3:GetObject", ["arn:aws:s3:::b/x/*", "arn:aws:s3:::b/*"]),
        allow("s3:GetObject", "arn:aws:s3:::b/y"),
        allow("s3:GetObject", "arn:aws:s3:::*/z"),
    )
    assert said(asked)[0][3] == ("arn:aws:s3:::b/*", "arn:aws:s3:::*/z")


def test_a_boundary_narrows_actions_and_resources():
    asked = access(
        allow("s3:*", "arn:aws:s3:::*/*"), boundary=[allow("s3:GetObject", "arn:aws:s3:::b*")]
    )
    [(_, _, actions, resources, excepted, _)] = said(asked)
    assert actions == ("s3:GetObject",)
    assert resources == ("arn:aws:s3:::*/* & arn:aws:s3:::b*",)
    assert excepted == ()


def test_a_deny_is_taken_off_and_what_it_leaves_is_said():
    asked = access(
        allow("s3:GetObject", "arn:aws:s3:::b/*"),
        deny("s3:*", "arn:aws:s3:::b/secret/*"),
        deny("s3:*", "arn:aws:s3:::elsewhere/*"),
    )
    assert said(asked) == [
        ("s3", "Read", ("s3:GetObject",), ("arn:aws:s3:::b/*",), ("arn:aws:s3:::b/secret/*",), ())
    ]
    assert said(access(allow("s3:GetObject"), deny("s3:Get*"))) == []


def test_a_deny_of_all_but_some_resources_leaves_these():
    denied = {"Effect": "Deny", "Action": "s3:*", "NotResource": "arn:aws:s3:::b/open/*"}
    assert said(access(allow("s3:GetObject"), denied)) == [
        ("s3", "Read", ("s3:GetObject",), ("arn:aws:s3:::b/open/*",), (), ())
    ]


def test_an_allow_of_all_but_some_resources_says_which():
    allowed = {"Effect": "Allow", "Action": "s3:GetObject", "NotResource": "arn:aws:s3:::b/*"}
    assert said(access(allowed)) == [
        ("s3", "Read", ("s3:GetObject",), ("*",), ("arn:aws:s3:::b/*",), ())
    ]


def test_what_only_a_request_settles_is_a_condition_until_it_is_given():
    mfa = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}
    outside = {"NotIpAddress": {"aws:SourceIp": "10.0.0.0/8"}}
    asked = access(allow("iam:CreateUser", Condition=mfa), deny("iam:*", Condition=outside))
    [row] = said(asked)
    assert row[5] == (
        "if Bool aws:MultiFactorAuthPresent true",
        "unless NotIpAddress aws:SourceIp 10.0.0.0/8",
    )
    given = {"aws:multifactorauthpresent": "true", "aws:SourceIp": "10.1.1.1"}
    assert said(asked, **given)[0][5] == ()
    assert said(asked, **{"aws:MultiFactorAuthPresent": "false"}) == []
    assert said(asked, **{"aws:SourceIp": "192.168.0.1"}) == []


def test_a_condition_names_its_statement_and_where_it_counts():
    asked = access(
        allow("s3:GetObject", "arn:aws:s3:::b/*"),
        deny("*", "arn:aws:s3:::b/x/*", Sid="Far", Condition={"Null": {"aws:SourceIp": "true"}}),
    )
    [permission] = rows(asked)
    [grant] = permission.grants
    [proof] = grant.conditions
    assert proof.matched.statement.sid == "Far"
    assert str(proof) == "unless Null aws:SourceIp true, on arn:aws:s3:::b/x/*"


def test_what_is_known_of_the_principal_is_settled():
    red = {"StringEquals": {"aws:PrincipalTag/team": "red"}}
    assert said(access(allow("s3:GetObject", Condition=red))) == []
    mine = access(allow("s3:GetObject", "arn:aws:s3:::b/${aws:username}/*"))
    assert said(mine)[0][3] == ("arn:aws:s3:::b/alice/*",)


def test_an_open_variable_is_a_condition():
    asked = access(allow("s3:GetObject", "arn:aws:s3:::b/${aws:SourceIp}/*"))
    [row] = said(asked)
    assert row[3:] == (
        ("arn:aws:s3:::b/*/*",),
        (),
        ("if the resource matches arn:aws:s3:::b/${aws:SourceIp}/*",),
    )


def test_policies_of_resources_grant_and_deny():
    asked = access(
        allow("s3:GetObject", "arn:aws:s3:::b/*"),
        resources={
            "arn:aws:s3:::other": document(
                allow("s3:GetObject", "arn:aws:s3:::other/*", Principal={"AWS": ALICE})
            ),
            "arn:aws:s3:::b": document(deny("s3:*", "arn:aws:s3:::b/no/*", Principal="*")),
        },
    )
    assert {(row[3], row[4]) for row in said(asked)} == {
        (("arn:aws:s3:::other/*",), ()),
        (("arn:aws:s3:::b/*",), ("arn:aws:s3:::b/no/*",)),
    }


def role(principal, **more):
    trust = document(allow("sts:AssumeRole", None, Principal={"AWS": principal}, **more))
    return {"id": "AROADEPLOYERDEPLOYER2", "trust": trust}


def test_roles_are_assumed_as_their_trust_policies_say():
    roles = {"mine": role(ALICE), "ours": role(OWN), "theirs": role(OTHER)}
    with_own = access(allow("sts:*"), roles=roles)
    assert said(with_own, "sts:AssumeRole")[0][3] == (
        f"arn:aws:iam::{OWN}:role/mine",
        f"arn:aws:iam::{OWN}:role/ours",
    )
    without = access(allow("s3:*"), roles=roles)
    assert said(without, "sts")[0][3] == (f"arn:aws:iam::{OWN}:role/mine",)
    assert said(with_own, "sts:AssumeRole", who="root") == []


def test_everybody_with_credentials_may_ask_who_they_are():
    asked = access(deny("*"))
    for who, expected in (("alice", sorted(FREE)), ("anonymous", [])):
        found = permissions(reach_of(asked, asked.subject(who), {}).requests, CATALOGUE)
        assert [name for row in found for name in row.actions] == expected


def test_another_account_that_is_known_adds_what_both_sides_allow():
    there = f"arn:aws:iam::{OTHER}:role/there"
    plain = {"iamctl": 1, "account": {"id": OTHER}, "roles": {"there": role(OWN)}}
    asked = access(allow("sts:AssumeRole", there), accounts={OTHER: plain})
    assert said(asked)[0][3] == (there,)
    assert said(access(allow("sts:AssumeRole", there))) == []
    assert said(access(allow("s3:*"), accounts={OTHER: plain}), "sts") == []


def test_whole_levels_are_wildcards_and_so_is_what_policies_write_so():
    every = access(allow("s3:*"))
    assert [row[2] for row in said(every, "s3")] == [("s3:*",)] * 5
    some = access(allow(["s3:List*", "s3:GetObject", "s3:GetObjectAcl"]))
    assert {row[1]: row[2] for row in said(some)} == {
        "List": ("s3:*",),
        "Read": ("s3:GetObject", "s3:GetObjectAcl"),
    }
    assert {p.actions for p in rows(some, "s3:GetObject")} == {("s3:GetObject",)}


def test_compact_rows_put_whole_levels_and_whole_services_together():
    s3 = compact(rows(access(allow("s3:*"))), CATALOGUE)
    assert [(p.service, p.levels, p.shown) for p in s3] == [("s3", ("all",), ("s3:*",))]
    assert len(s3[0].actions) == len(CATALOGUE.actions("s3"))
    facts = CATALOGUE.actions("s3")
    reading = access(allow([f.name for f in facts if f.access_level in ("List", "Read")]))
    [row] = compact(rows(reading), CATALOGUE)
    assert (row.levels, row.shown) == (("List", "Read"), ("s3:*",))
    everything = compact(rows(access(allow("*"), deny("s3:DeleteBucket"))), CATALOGUE)
    by_service = {p.service: p for p in everything}
    assert by_service[ALL_OTHERS].shown == ("*",)
    assert "s3" in by_service
    assert "iam" not in by_service
    assert len(everything) < 60


def test_services_of_which_nothing_is_allowed_are_not_among_all_others():
    def last(*services):
        asked = access(allow("*"), *(deny(f"{service}:*") for service in services))
        return compact(rows(asked), CATALOGUE)[-1].service

    assert last("acm", "iam") == "all others but acm, iam"
    assert last(*list(CATALOGUE.services())[100:140]) != ALL_OTHERS


def test_a_statement_whose_resources_others_hold_is_not_named():
    asked = access(
        allow("s3:GetObject", "arn:aws:s3:::b/x", Sid="Narrow"),
        allow("s3:GetObject", "arn:aws:s3:::b/*", Sid="Wide"),
    )
    [permission] = rows(asked)
    assert [m.statement.sid for m in permission.grants[0].statements] == ["Wide"]


def test_what_is_neither_bucket_nor_object_has_a_region():
    assert said(access(allow("s3:GetAccessGrant", "arn:aws:s3:::*/y"))) == []
    assert said(access(allow("s3:GetAccessGrant", "arn:aws:s3:eu-west-1:*:*"))) != []


def test_a_tables_policy_is_that_of_its_indexes_and_a_bucket_may_hold_an_own():
    table = f"arn:aws:dynamodb:eu-west-1:{OWN}:table/t"
    anybody = {"Principal": {"AWS": ALICE}}
    asked = access(
        allow("ec2:RunInstances"),
        resources={
            table: document(allow("dynamodb:Query", [table, f"{table}/*"], **anybody)),
            "arn:aws:s3:::b": document(allow("s3:GetObject", "arn:aws:s3:::b/*", **anybody)),
            "arn:aws:s3:::b/k": document(allow("s3:PutObject", "arn:aws:s3:::b/k", **anybody)),
        },
    )
    found = {row[2]: row[3:5] for row in said(asked)}
    assert found[("dynamodb:Query",)] == ((table, f"{table}/index/*"), ())
    assert found[("s3:GetObject",)] == (("arn:aws:s3:::b/*",), ("arn:aws:s3:::b/k",))
    assert found[("s3:PutObject",)] == (("arn:aws:s3:::b/k",), ())


def test_only_a_service_or_a_pattern_of_actions():
    asked = access(allow(["s3:*", "iam:*"], "*"))
    assert {p.service for p in rows(asked, "IAM")} == {"iam"}
    names = {name for p in rows(asked, "*:get*") for name in p.actions}
    assert {"s3:GetObject", "iam:GetUser"} <= names
    assert all(":Get" in name for name in names)
    with pytest.raises(NotFound) as lost:
        rows(asked, "s33")
    assert lost.value.hint == 'did you mean "s3"?'
    with pytest.raises(InvalidValue):
        rows(asked, "s*")


def test_actions_that_only_policies_know_are_of_no_known_level():
    asked = access(allow(["acme:Do*", "s3:NoSuch", "s3:NoSuch*"]))
    assert [(p.service, p.levels, p.actions) for p in rows(asked)] == [
        ("acme", ("unknown",), ("acme:Do*",)),
        ("s3", ("unknown",), ("s3:NoSuch",)),
    ]


def test_what_cannot_be_read_is_handed_on():
    asked = access(allow("s3:GetObject"))
    user = asked.directory.plain["users"]["alice"] | {"policies": ["Lost"]}
    lost = Access(Directory({**asked.directory.plain, "users": {"alice": user}}), CATALOGUE, NOW)
    unread = reach_of(lost, lost.subject("alice"), {}).unread
    assert [policy.id for policy in unread] == ["Lost"]


def matches(text, resource):
    """Whether a resource is in what a cell of a row says: `a & b but c, d`."""
    inside, _, outside = text.partition(" but ")
    parts = [arn_pattern(split_variables(part)) for part in inside.split(" & ")]
    return all(part.matches(resource) for part in parts) and not any(
        matches(part, resource) for part in outside.split(", ") if part
    )


def is_shown(grant, resource, context):
    """Whether a row, read by a person, says that a request is allowed."""
    if not any(matches(text, resource) for text in grant.resources):
        return False
    if any(matches(text, resource) for text in grant.excepted):
        return False
    for proof in grant.conditions:
        fulfilled = all(proviso.holds(resource, context) for proviso in proof.provisos)
        here = not proof.resources or any(matches(text, resource) for text in proof.resources)
        if (proof.unless and here and fulfilled) or not (proof.unless or fulfilled):
            return False
    return True


@settings(max_examples=60 * SCALE, deadline=None, database=None)
@given(st.integers(0, 2**64 - 1))
def test_rows_say_what_the_requests_are(seed):
    world = World(seed, ("2012-10-17",))  # else ${*} in a row has two meanings
    requests = reach(world.caller, world.layers, world.known, world.places)
    for action, kind in (
        ("s3:GetObject", "arn:*:s3:::*/*"),
        ("s3:PutBucketPolicy", "arn:*:s3:::*"),
    ):
        grants = [g for p in permissions(requests, CATALOGUE, action) for g in p.grants]
        for resource in world_resources:
            buckets_only = kind.endswith("/*") or "/" not in resource
            if buckets_only and matches(kind, resource):
                context = world.context()
                shown = any(is_shown(grant, resource, context) for grant in grants)
                assert shown is requests.holds(action, resource, context), (action, resource)


RESOURCES = (
    "*", "arn:aws:s3:::acme-artifacts", "arn:aws:s3:::acme-artifacts/x",
    "arn:aws:s3:::acme-scratch/bob/x",
    "arn:aws:s3:::acme-audit/x", f"arn:aws:iam::{OWN}:role/deployer",
    f"arn:aws:iam::{OWN}:user/eng/alice",
    f"arn:aws:iam::{OWN}:role/auditor",
    f"arn:aws:cloudformation:eu-west-1:{OWN}:stack/payments-x/y",
    f"arn:aws:iam::{OWN}:role/vendors/cost-watch", f"arn:aws:logs:eu-west-1:{OWN}:log-group:x",
)  # fmt: skip
PRINCIPALS = ("alice", "bob", "carol", "role/deployer", "role/auditor", "role/cost-watch", "root",
              "anonymous", "assumed-role/deployer/night")  # fmt: skip


@pytest.mark.parametrize("who", PRINCIPALS)
def test_reach_over_the_sample_is_what_each_answer_says(who):
    directory = YamlRepository(str(SAMPLE)).load()
    asked = Access(directory, CATALOGUE, NOW)
    subject = asked.subject(who)
    requests = reach_of(asked, subject, {}).requests
    services = ("s3", "sts", "iam", "cloudformation", "logs", "kms", "budgets")
    names = [fact.name for service in services for fact in CATALOGUE.actions(service)]
    for at, action in enumerate(names[:: max(1, 9 // SCALE)]):
        for resource in RESOURCES[at % 3 :: 3]:
            target = asked.target(action, resource)
            answer = asked.answer(subject, target)
            point = (action, target.resource, answer.request.context)
            assert requests.holds(*point) is answer.decision.allowed, point
