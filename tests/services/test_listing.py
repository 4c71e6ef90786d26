import pytest

from iamctl.domain.change import Change, apply_changes
from iamctl.domain.directory import Directory
from iamctl.domain.errors import InvalidValue, NotFound
from iamctl.services import account, listing
from iamctl.services.awsshape import aws_shape, file_shape, key_shape
from iamctl.services.keys import list_keys


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({}, ["alice", "bob", "carol"]),
        ({"path_prefix": "/e"}, ["alice"]),
        ({"group": "developers"}, ["alice", "bob"]),
        ({"tags": [("team", "payments")]}, ["alice"]),
        ({"tags": [("TEAM", None), ("env", "dev")]}, ["alice"]),
        ({"tags": [("team", "other")]}, []),
    ],
)
def test_users_by_path_tag_and_group(directory, filters, found):
    assert [row.name for row in listing.users(directory, **filters)] == found


def test_a_list_is_sorted_ignoring_case_and_reads_no_document(directory):
    users = {"b": {}, "C": {}, "a": {"inline": {"broken": "not a document"}}}
    rows = listing.users(Directory({**directory.plain, "users": users}))
    assert [row.name for row in rows] == ["a", "b", "C"]
    assert rows[0].policies == 1


def test_the_row_of_a_user(directory):
    row = listing.users(directory)[0]
    assert row == (
        "alice", "/eng/", "AIDAALICEALICEALICE22", 1_767_225_600, ("developers",), 1, 3,
        {"team": "payments", "Env": "dev"},
    )  # fmt: skip
    assert directory.users.loads == 0


def test_groups_roles_and_policies(directory):
    assert [(g.name, g.members, g.policies) for g in listing.groups(directory)] == [
        ("developers", 2, 1),
        ("empty", 0, 0),
    ]
    assert [g.name for g in listing.groups(directory, user="bob")] == ["developers"]
    assert [(r.name, r.max_session_duration) for r in listing.roles(directory)] == [
        ("deployer", 3600),
        ("reader", 7200),
    ]
    assert [r.name for r in listing.roles(directory, tags=[("team", "data")])] == ["reader"]
    assert [(p.name, p.attachments, p.bounds) for p in listing.policies(directory)] == [
        ("Boundary", 0, 1),
        ("ReadArtifacts", 3, 0),
    ]


def test_tag_keys_of_policies_have_case(directory):
    change = Change(("policies", "Boundary", "tags"), None, {"Team": "x"})
    directory = Directory(apply_changes(directory.plain, (change,)))
    assert listing.policies(directory, tags=[("team", "x")]) == ()
    assert len(listing.policies(directory, tags=[("Team", "x")])) == 1


def test_filters_that_are_wrong(directory):
    with pytest.raises(InvalidValue):
        listing.users(directory, path_prefix="eng")
    with pytest.raises(NotFound):
        listing.users(directory, group="nobody")
    with pytest.raises(NotFound):
        listing.groups(directory, user="nobody")


def test_shapes_are_those_of_aws(directory):
    """Every member we answer with is one that botocore's model has."""
    session = pytest.importorskip("botocore.session").get_session()
    model = session.get_service_model("iam")
    kinds = {"users": "User", "groups": "Group", "roles": "Role", "policies": "ManagedPolicy"}
    for section, kind in kinds.items():
        for name in directory.section(section):
            plain = model.shape_for(kind.replace("Managed", "")).members
            detail = model.shape_for(f"{kind}Detail").members
            assert set(aws_shape(directory, section, name)) <= set(plain)
            extra = set(aws_shape(directory, section, name, detail=True)) - set(detail)
            assert extra <= set(plain)


def test_the_detail_of_a_user(directory):
    shape = aws_shape(directory, "users", "alice", detail=True)
    assert shape["Arn"] == "arn:aws:iam::123456789012:user/eng/alice"
    assert shape["GroupList"] == ["developers"]
    assert shape["Tags"] == [{"Key": "team", "Value": "payments"}, {"Key": "Env", "Value": "dev"}]
    assert shape["PermissionsBoundary"]["PermissionsBoundaryArn"].endswith(":policy/Boundary")
    assert [p["PolicyName"] for p in shape["UserPolicyList"]] == ["Own"]
    assert [p["PolicyName"] for p in shape["AttachedManagedPolicies"]] == [
        "ReadArtifacts", "ReadOnlyAccess",
    ]  # fmt: skip
    policy = aws_shape(directory, "policies", "ReadArtifacts")
    assert (policy["AttachmentCount"], policy["PermissionsBoundaryUsageCount"]) == (3, 0)
    assert file_shape(directory, "users", "bob") == {"bob": directory.plain["users"]["bob"]}


def test_a_key_as_aws_lists_it(directory):
    assert key_shape(list_keys(directory, now=0)[0]) == {
        "UserName": "alice",
        "AccessKeyId": "AKIAALICEALICEALICE2",
        "Status": "Active",
        "CreateDate": "2026-02-01T00:00:00Z",
    }


def test_the_summary_of_the_account(directory):
    view = account.summary(directory)
    assert (view.id, view.alias) == ("123456789012", "acme-dev")
    assert {view.counts[k] for k in ("Users", "Groups", "Roles", "Policies")} == {3, 2}
    model = pytest.importorskip("botocore.session").get_session().get_service_model("iam")
    assert set(view.counts) <= set(model.shape_for("summaryKeyType").enum)


def test_the_alias_of_the_account(directory):
    at = ("account", "alias")
    assert account.plan_alias(directory, alias="acme") == (Change(at, "acme-dev", "acme"),)
    assert account.plan_alias(directory, alias=None) == (Change(at, "acme-dev", None),)
    for alias in ("ab", "Acme", "a--b", "-ab", "123456789012", "acme\n"):
        with pytest.raises(InvalidValue):
            account.plan_alias(directory, alias=alias)


def test_quotas_are_raised_and_taken_back(directory, applied):
    changes = account.plan_quota(directory, name="users", value=100_000)
    assert changes == (Change(("account", "quotas"), None, {"users": 100_000}),)
    after = applied(directory, changes)
    assert after.account.quota("users") == 100_000
    assert account.plan_quota(after, name="users", value=None) == (
        Change(("account", "quotas"), {"users": 100_000}, None),
    )
    assert account.plan_quota(directory, name="users", value=None) == ()
    assert account.quota_warning("users", 100_000) == "AWS allows 5000 users in the account at most"
    assert account.quota_warning("users", 5000) is None
    with pytest.raises(NotFound):
        account.plan_quota(directory, name="user", value=1)
    with pytest.raises(InvalidValue):
        account.plan_quota(directory, name="users", value=0)
