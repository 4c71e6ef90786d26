import pytest

from iamctl.domain.change import Change
from iamctl.domain.directory import Directory
from iamctl.domain.errors import AlreadyExists, InvalidValue, LimitExceeded, NotFound
from iamctl.services import users

NOW = 1_795_510_800  # 2026-11-24T09:00:00Z
READ_ONLY = "arn:aws:iam::aws:policy/ReadOnlyAccess"


@pytest.fixture
def create(directory, randomness, applied):
    def run(*names, **request):
        changes = users.plan_create(
            directory, names=names, now=NOW, randomness=randomness, **request
        )
        return applied(directory, changes), changes

    return run


def test_a_new_user_has_an_id_and_a_creation_time_and_no_defaults(create):
    after, changes = create("dave")
    (change,) = changes
    assert change.at == ("users", "dave")
    assert change.old is None
    assert list(change.new) == ["id", "created"]
    assert change.new["created"] == "2026-11-24T09:00:00Z"
    assert len(after.users["dave"].id) == 21
    assert after.users["dave"].id.startswith("AIDA")


def test_a_new_user_is_written_in_the_order_of_the_shape(create):
    after, _ = create(
        "dave",
        path="/ops/",
        tags=[("team", "x")],
        policies=["ReadArtifacts", READ_ONLY, "ReadArtifacts"],
        boundary="arn:aws:iam::123456789012:policy/Boundary",
        groups=["developers"],
    )
    plain = after.value_at(("users", "dave"))
    assert list(plain) == ["id", "path", "created", "tags", "policies", "boundary"]
    assert plain["policies"] == ["ReadArtifacts", READ_ONLY]
    assert plain["boundary"] == "Boundary"
    assert [g.name for g, _ in after.groups_of("dave")] == ["developers"]


def test_many_users_join_an_empty_group_as_one_list(create):
    after, changes = create("u1", "u2", groups=["empty"])
    assert changes[-1] == Change(("groups", "empty", "members"), None, ["u1", "u2"])
    assert len({after.users[n].id for n in ("u1", "u2")}) == 2


@pytest.mark.parametrize("taken", ["alice", "ALICE"])
def test_a_taken_name_is_refused_ignoring_case(create, taken):
    with pytest.raises(AlreadyExists, match=f"User with name {taken} already exists"):
        create("dave", taken)


def test_a_name_given_twice_is_refused(create):
    with pytest.raises(AlreadyExists, match="given twice"):
        create("dave", "Dave")


@pytest.mark.parametrize(
    ("request_", "error"),
    [
        ({"path": "eng"}, InvalidValue),
        ({"tags": [("a", "1"), ("A", "2")]}, InvalidValue),
        ({"tags": [("aws:x", "1")]}, InvalidValue),
        ({"groups": ["nobody"]}, NotFound),
        ({"policies": ["ReadArtefacts"]}, NotFound),
        ({"boundary": "arn:aws:iam::123456789012:policy/none"}, NotFound),
        ({"policies": ["arn:aws:iam::aws:policy/aws-service-role/X"]}, InvalidValue),
        ({"policies": [f"arn:aws:iam::aws:policy/P{n}" for n in range(11)]}, LimitExceeded),
    ],
)
def test_a_bad_request_for_a_user_is_refused(create, request_, error):
    with pytest.raises(error):
        create("dave", **request_)


@pytest.mark.parametrize("name", ["", "a b", "a/b", "x" * 65, "alice\n", "аlice"])
def test_a_bad_user_name_is_refused(create, name):
    with pytest.raises(InvalidValue):
        create(name)


def test_the_user_quota_counts_all_of_a_batch(directory, randomness):
    full = Directory({**directory.plain, "account": {"id": "123456789012", "quotas": {"users": 4}}})
    request = {"now": NOW, "randomness": randomness}
    assert len(users.plan_create(full, names=["d"], **request)) == 1
    with pytest.raises(LimitExceeded, match="Cannot exceed quota for UsersPerAccount: 4"):
        users.plan_create(full, names=["d", "e"], **request)


def test_moving_a_user_rewrites_the_principals_that_name_it(directory, applied):
    changes = users.plan_update(directory, name="alice", path="/")
    after = applied(directory, changes)
    assert changes[0] == Change(("users", "alice", "path"), "/eng/", None)
    new, old = "arn:aws:iam::123456789012:user/alice", "arn:aws:iam::123456789012:user/eng/alice"
    assert len(after.principals_naming(new)) == 2
    assert after.principals_naming(old) == ()
    assert after.by_arn(new).name == "alice"


def test_moving_a_user_nowhere_changes_nothing(directory):
    assert users.plan_update(directory, name="alice", path="/eng/") == ()
