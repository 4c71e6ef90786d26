import pytest

from iamctl.domain.change import Change, apply_changes
from iamctl.domain.directory import Directory
from iamctl.domain.errors import Conflict, NotFound
from iamctl.services import deletion, trusts
from iamctl.services.minting import replayed

ALICE = "arn:aws:iam::123456789012:user/eng/alice"
BOB = "arn:aws:iam::123456789012:user/bob"
ALICE_ID = "AIDAALICEALICEALICE22"


@pytest.fixture
def delete(directory, randomness, applied):
    def run(section, *names, cascade=False, before=directory):
        plan = getattr(deletion, f"plan_delete_{section}")
        changes = plan(before, names=names, cascade=cascade, randomness=randomness)
        return applied(before, changes), changes

    return run


def test_a_user_is_refused_with_the_list_of_what_hangs_on_it(delete):
    with pytest.raises(Conflict) as caught:
        delete("users", "alice")
    assert caught.value.dependants == (
        "access key AKIAALICEALICEALICE2",
        "inline policy Own",
        "attached policy ReadArtifacts",
        "attached policy arn:aws:iam::aws:policy/ReadOnlyAccess",
        "membership of group developers",
    )
    assert "delete access keys and delete policies and detach all" in caught.value.message
    assert caught.value.code == "DeleteConflict"


def test_a_free_user_goes_and_its_principals_become_its_id(delete, directory):
    carol = Change(("roles", "reader", "trust", "Statement", 0, "Principal", "AWS"), ALICE,
                   "arn:aws:iam::123456789012:user/carol")  # fmt: skip
    before = Directory(apply_changes(directory.plain, (carol,)))
    after, changes = delete("users", "carol", before=before)
    assert "carol" not in after.users
    (named,) = after.roles["reader"].trust.statements[0].principals["AWS"]
    assert named.startswith("AIDA")
    assert len(named) == 21
    assert len(changes) == 2


def test_cascade_takes_keys_policies_memberships_and_trusts(delete):
    after, changes = delete("users", "alice", cascade=True)
    assert "alice" not in after.users
    assert [m.user for m in after.groups["developers"].members] == ["bob"]
    assert after.roles["deployer"].trust.statements[0].principals == {"AWS": (BOB,)}
    assert after.roles["reader"].trust.statements[0].principals == {"AWS": (ALICE_ID,)}
    assert after.principals_naming(ALICE) == ()
    assert len(changes) == 4


def test_cascade_over_two_users_in_one_edit(delete):
    after, changes = delete("users", "alice", "bob", "alice", cascade=True)
    assert after.groups["developers"].members == ()
    assert after.value_at(("groups", "developers", "members")) is None
    (statement,) = after.roles["deployer"].trust.statements
    assert statement.principals == {"AWS": ("AIDABOBBOBBOBBOBBOB22",)}
    assert len(changes) == len({c.at for c in changes}) == 5


def test_cascade_removes_statements_left_empty(delete, directory):
    statements = [
        {"Effect": "Allow", "Principal": {"AWS": BOB}, "Action": "sts:AssumeRole"},
        {"Effect": "Allow", "Principal": {"AWS": [ALICE]}, "Action": "sts:TagSession"},
        {"Effect": "Deny", "Principal": {"AWS": [ALICE, BOB]}, "Action": "sts:AssumeRole"},
    ]
    at = ("roles", "reader", "trust", "Statement")
    before = Directory(apply_changes(directory.plain, (Change(at, None, statements),)))
    after, _ = delete("users", "alice", cascade=True, before=before)
    kept = {"AWS": [BOB]}
    assert after.value_at(at) == [statements[0], {**statements[2], "Principal": kept}]


def test_a_group_with_members_is_refused(delete):
    with pytest.raises(Conflict) as caught:
        delete("groups", "developers")
    assert caught.value.dependants == (
        "attached policy ReadArtifacts", "member alice", "member bob",
    )  # fmt: skip
    after, changes = delete("groups", "developers", "empty", cascade=True)
    assert len(after.groups) == 0
    assert len(changes) == 2


def test_a_role_that_trusts_another(delete, directory):
    arn = "arn:aws:iam::123456789012:role/reader"
    at = ("roles", "deployer", "trust", "Statement", 0, "Principal", "AWS", 0)
    before = Directory(apply_changes(directory.plain, (Change(at, None, arn),)))
    after, _ = delete("roles", "reader", before=before)
    assert after.roles["deployer"].trust.statements[0].principals == {
        "AWS": ("AROAREADERREADERREA22", BOB)
    }
    with pytest.raises(Conflict, match="must detach all policies first"):
        delete("roles", "deployer")


def test_sessions_of_a_deleted_role_are_released_too(delete, directory):
    session = "arn:aws:sts::123456789012:assumed-role/reader/ci"
    at = ("roles", "deployer", "trust", "Statement", 0, "Principal", "AWS")
    before = Directory(apply_changes(directory.plain, (Change(at, None, [session, BOB]),)))
    after, _ = delete("roles", "reader", before=before)
    assert after.value_at(at) == ["AROAREADERREADERREA22", BOB]
    after, _ = delete("roles", "reader", before=before, cascade=True)
    assert after.value_at(at) == [BOB]


BUCKET = "arn:aws:s3:::artifacts"


def sharing(directory, *statements):
    """The directory with a bucket policy of those statements."""
    document = {"Version": "2012-10-17", "Statement": list(statements)}
    return Directory({**directory.plain, "resources": {BUCKET: document}})


def allowing(*named, element="Principal"):
    return {"Effect": "Allow", element: {"AWS": list(named)}, "Action": "s3:GetObject"}


def test_principals_of_resource_policies_become_the_id_too(delete, directory):
    before = sharing(directory, allowing(BOB), allowing(ALICE, BOB, element="NotPrincipal"))
    bob = "AIDABOBBOBBOBBOBBOB22"
    after, changes = delete("users", "bob", before=before, cascade=True)
    assert after.value_at(("resources", BUCKET, "Statement")) == [
        allowing(ALICE, bob, element="NotPrincipal")
    ]
    group = Change(("groups", "developers", "members", "bob"), None, None)
    before = Directory(apply_changes(before.plain, (group,)))
    after, changes = delete("users", "bob", before=before)
    policy = after.resource_policy(f"{BUCKET}/x")[1]
    assert policy.statements[0].principals == {"AWS": (bob,)}
    assert policy.statements[1].not_principals == {"AWS": (ALICE, bob)}
    assert [c.at[0] for c in changes] == ["roles", "resources", "resources", "users"]


def test_a_user_named_by_a_resource_policy_alone_is_released(delete, directory):
    carol = "arn:aws:iam::123456789012:user/carol"
    after, _ = delete("users", "carol", before=sharing(directory, allowing(carol)))
    (named,) = after.resources[BUCKET].statements[0].principals["AWS"]
    assert named.startswith("AIDA")


def test_cascade_removes_a_resource_policy_of_which_nothing_is_left(delete, directory):
    session = "arn:aws:sts::123456789012:assumed-role/reader/ci"
    role = "arn:aws:iam::123456789012:role/reader"
    before = sharing(directory, allowing(session), allowing(role))
    after, changes = delete("roles", "reader", before=before, cascade=True)
    assert "resources" not in after.plain
    assert changes[0].at == ("resources",)
    after, _ = delete("roles", "reader", before=before)
    named = [s.principals["AWS"] for s in after.resources[BUCKET].statements]
    assert named == [("AROAREADERREADERREA22",)] * 2


def test_cascade_takes_back_what_let_a_group_assume_the_role(delete, directory, applied):
    before = applied(
        directory, trusts.plan_allow(directory, role="reader", principals=["group/empty"])
    )
    after, _ = delete("roles", "reader", before=before)
    assert "AssumeRole-reader" in after.groups["empty"].inline
    after, _ = delete("roles", "reader", before=before, cascade=True)
    assert after.value_at(("groups", "empty", "inline")) is None


def test_a_policy_in_use_is_refused_and_cascade_detaches(delete):
    with pytest.raises(Conflict) as caught:
        delete("policies", "ReadArtifacts")
    assert caught.value.dependants == (
        'attached to user "alice"', 'attached to group "developers"',
        'attached to role "deployer"',
    )  # fmt: skip
    after, _ = delete("policies", "ReadArtifacts", "Boundary", cascade=True)
    assert len(after.policies) == 0
    assert after.users["alice"].policies == ("arn:aws:iam::aws:policy/ReadOnlyAccess",)
    assert after.users["alice"].boundary is None
    assert after.value_at(("roles", "deployer", "policies")) is None


@pytest.mark.parametrize("section", ["users", "groups", "roles", "policies"])
def test_deleting_nobody(delete, section):
    with pytest.raises(NotFound):
        delete(section, "nobody")


def test_a_plan_made_twice_mints_the_same_id(directory, randomness):
    before = Directory(
        {**directory.plain, "users": {**directory.plain["users"], "bob": {"path": "/"}}}
    )
    tape = replayed(randomness)
    once, again = (
        deletion.plan_delete_users(before, names=["bob"], cascade=True, randomness=tape())
        for _ in range(2)
    )
    assert once == again
    plan = deletion.plan_delete_roles
    assert plan(before, names=["reader"], randomness=tape()) == (
        Change(("roles", "reader"), before.plain["roles"]["reader"], None),
    )
