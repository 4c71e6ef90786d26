import pytest

from iamctl.domain.change import Change, apply_changes
from iamctl.domain.directory import Directory
from iamctl.domain.errors import InvalidValue, LimitExceeded, NotFound
from iamctl.services import attachments

READ_ONLY = "arn:aws:iam::aws:policy/ReadOnlyAccess"
BOUNDARY = "arn:aws:iam::123456789012:policy/Boundary"


def managed(name):
    return READ_ONLY if name == "ReadOnlyAccess" else None


def attach(directory, name, *policies, section="users"):
    return attachments.plan_attach(
        directory, section=section, name=name, policies=policies, managed=managed
    )


def detach(directory, name, *policies, section="users"):
    return attachments.plan_detach(
        directory, section=section, name=name, policies=policies, managed=managed
    )


@pytest.mark.parametrize(
    ("text", "held"),
    [
        ("Boundary", "Boundary"),
        (BOUNDARY, "Boundary"),
        ("ReadOnlyAccess", READ_ONLY),
        (READ_ONLY, READ_ONLY),
        ("arn:aws:iam::aws:policy/NotKnownHere", "arn:aws:iam::aws:policy/NotKnownHere"),
    ],
)
def test_what_the_file_holds_for_a_policy(directory, text, held):
    assert attach(directory, "bob", text) == (Change(("users", "bob", "policies"), None, [held]),)


def test_a_policy_of_this_file_comes_before_one_of_aws(directory):
    mine = {
        **directory.plain["policies"],
        "ReadOnlyAccess": directory.plain["policies"]["Boundary"],
    }
    directory = Directory({**directory.plain, "policies": mine})
    assert attachments.resolve_policy(directory, "ReadOnlyAccess", managed) == "ReadOnlyAccess"


@pytest.mark.parametrize("text", ["Boundry", f"{BOUNDARY}x", "arn:aws:s3:::bucket",
                                  "arn:aws:iam::210987654321:policy/Boundary"])  # fmt: skip
def test_a_policy_that_does_not_exist(directory, text):
    with pytest.raises(NotFound):
        attach(directory, "bob", text)


def test_a_service_linked_policy_is_not_attachable(directory):
    with pytest.raises(InvalidValue) as caught:
        attach(
            directory, "bob", "arn:aws:iam::aws:policy/aws-service-role/SupportServiceRolePolicy"
        )
    assert caught.value.code == "PolicyNotAttachable"


def test_attaching_again_changes_nothing_however_it_is_written(directory):
    arn = "arn:aws:iam::123456789012:policy/ReadArtifacts"
    assert attach(directory, "alice", "ReadArtifacts", arn, "ReadOnlyAccess") == ()
    at = ("users", "bob", "policies")
    by_arn = Directory(apply_changes(directory.plain, (Change(at, None, [arn]),)))
    assert attach(by_arn, "bob", "ReadArtifacts") == ()
    assert detach(by_arn, "bob", "ReadArtifacts") == (Change(at, [arn], None),)


def test_attaching_to_a_list_adds_one_item(directory):
    assert attach(directory, "deployer", "Boundary", section="roles") == (
        Change(("roles", "deployer", "policies", "Boundary"), None, "Boundary"),
    )


def test_detaching_one_keeps_the_other(directory):
    assert detach(directory, "alice", "ReadOnlyAccess") == (
        Change(("users", "alice", "policies", READ_ONLY), READ_ONLY, None),
    )


def test_detaching_what_is_not_attached(directory):
    with pytest.raises(NotFound, match='policy "Boundary" is not attached to user "alice"'):
        detach(directory, "alice", "Boundary")


def test_the_quota_of_attached_policies(directory):
    many = [f"arn:aws:iam::aws:policy/P{n}" for n in range(9)]
    with pytest.raises(LimitExceeded, match="PoliciesPerUser: 10"):
        attach(directory, "alice", *many)
    assert len(attach(directory, "alice", *many[1:])) == 8


def test_a_boundary_is_set_once_and_removed(directory):
    def plan(policy):
        return attachments.plan_boundary(directory, section="users", name="alice", policy=policy)

    at = ("users", "alice", "boundary")
    assert plan(BOUNDARY) == ()
    assert plan("ReadArtifacts") == (Change(at, "Boundary", "ReadArtifacts"),)
    assert plan(None) == (Change(at, "Boundary", None),)


def test_attached_policies_have_names_and_arns(directory):
    assert attachments.attached(directory, "users", "alice") == (
        ("ReadArtifacts", "arn:aws:iam::123456789012:policy/ReadArtifacts"),
        ("ReadOnlyAccess", READ_ONLY),
    )
