import pytest

from iamctl.domain.directory import Directory
from iamctl.domain.documents import parse_document
from iamctl.domain.errors import NotFound
from iamctl.policy.collect import Collector
from iamctl.policy.evaluate import evaluate
from iamctl.policy.request import Request, user_caller

A = "123456789012"
READ_ONLY = "arn:aws:iam::aws:policy/ReadOnlyAccess"


def allowing(action, sid=None):
    statement = {"Effect": "Allow", "Action": action, "Resource": "*"}
    if sid:
        statement["Sid"] = sid
    return {"Version": "2012-10-17", "Statement": [statement]}


PLAIN = {
    "iamctl": 1,
    "account": {"id": A},
    "users": {
        "alice": {
            "inline": {"Own": allowing("a:Own")},
            "policies": ["Attached"],
            "boundary": "Top",
        },
        "bob": {"policies": [f"arn:aws:iam::{A}:policy/team/Deep", READ_ONLY, "Missing"]},
        "carol": {},
    },
    "groups": {
        "devs": {
            "members": ["alice", {"user": "carol", "until": "2026-12-31T00:00:00Z"}],
            "policies": ["Attached"],
            "inline": {"Extra": allowing("a:Group")},
        },
        "ops": {"members": ["bob"], "policies": ["arn:aws:iam::aws:policy/Unknown"]},
    },
    "roles": {
        "deployer": {
            "trust": {
                "Version": "2012-10-17",
                "Statement": {
                    "Effect": "Allow",
                    "Principal": {"AWS": A},
                    "Action": "sts:AssumeRole",
                },
            },
            "policies": ["Attached"],
            "boundary": "arn:aws:iam::aws:policy/ReadOnlyAccess",
        }
    },
    "policies": {
        "Attached": {"document": allowing("a:Attached")},
        "Top": {"document": allowing("a:*")},
        "Deep": {"path": "/team/", "document": allowing("a:Deep")},
    },
}


def managed(arn):
    return parse_document(allowing("b:Read"), "identity")[0] if arn == READ_ONLY else None


NOW = 1_795_000_000
UNTIL = 1_798_675_200  # 2026-12-31T00:00:00Z


def collector(now=NOW, read=managed):
    return Collector(Directory(PLAIN), read, now)


def named(policies):
    return [(p.id, p.type, p.owner, p.document is not None) for p in policies]


def test_a_user_has_its_own_its_groups_and_its_boundary():
    layers = collector().user("alice")
    assert named(layers.identity) == [
        ("Own", "identity", "user alice", True),
        ("Attached", "identity", "user alice", True),
        ("Extra", "identity", "group devs", True),
        ("Attached", "identity", "group devs", True),
    ]
    assert named(layers.boundary) == [("Top", "boundary", "user alice", True)]
    assert layers.session is None
    assert layers.resource is None


def test_a_document_is_compiled_once():
    layers = collector().user("alice")
    assert layers.identity[1].document is layers.identity[3].document


def test_arns_of_the_file_and_of_aws_resolve_and_others_are_kept_unread():
    layers = collector().user("bob")
    assert [p.document is not None for p in layers.identity] == [True, True, False, False]
    lost, unknown = layers.identity[2:]
    assert lost.reason == 'there is no readable policy "Missing" in the directory'
    assert unknown.owner == "group ops"
    assert "does not know the AWS managed policy" in unknown.reason
    assert layers.boundary is None


def test_an_aws_managed_policy_is_asked_for_once():
    asked = []

    def read(arn):
        asked.append(arn)
        return managed(arn)

    found = collector(read=read)
    found.user("bob")
    found.role("deployer")
    found.user("bob")
    assert sorted(asked) == [READ_ONLY, "arn:aws:iam::aws:policy/Unknown"]


@pytest.mark.parametrize(("now", "member"), [(UNTIL - 1, True), (UNTIL, False), (UNTIL + 1, False)])
def test_a_membership_counts_until_it_ends(now, member):
    layers = collector(now).user("carol")
    assert bool(layers.identity) is member
    request = Request(user_caller(A, "carol"), "a:Group", "*", {})
    assert evaluate(request, layers).allowed is member


def test_a_role_has_its_policies_its_boundary_and_its_trust():
    found = collector()
    layers = found.role("deployer")
    assert named(layers.identity) == [("Attached", "identity", "role deployer", True)]
    assert named(layers.boundary) == [(READ_ONLY, "boundary", "role deployer", True)]
    assert named(found.trust("deployer")) == [("trust policy", "trust", "role deployer", True)]


def test_who_is_not_there():
    with pytest.raises(NotFound):
        collector().user("nobody")
    with pytest.raises(NotFound):
        collector().role("nobody")
    with pytest.raises(NotFound):
        collector().trust("nobody")


def test_a_managed_session_policy():
    policy = collector().policy("Attached", "session", "session")
    assert named([policy]) == [("Attached", "session", "session", True)]
