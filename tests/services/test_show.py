import pytest

from iamctl.domain.directory import Directory
from iamctl.domain.errors import InvalidValue, NotFound
from iamctl.services import show
from iamctl.services.show import Found, find_anything


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("alice", Found("users", "alice")),
        ("developers", Found("groups", "developers")),
        ("role/reader", Found("roles", "reader")),
        ("AIDABOBBOBBOBBOBBOB22", Found("users", "bob")),
        ("ANPABOUNDARYBOUNDAR22", Found("policies", "Boundary")),
        ("AKIAALICEALICEALICE2", Found("users", "alice", "AKIAALICEALICEALICE2")),
        ("arn:aws:iam::123456789012:user/eng/alice", Found("users", "alice")),
        ("arn:aws:sts::123456789012:assumed-role/reader/me", Found("roles", "reader")),
        ("arn:aws:iam::123456789012:root", Found("account", "123456789012")),
        ("123456789012", Found("account", "123456789012")),
        ("account/123456789012", Found("account", "123456789012")),
        ("acme-dev", Found("account", "123456789012")),
    ],
)
def test_whatever_that_is(directory, text, found):
    assert find_anything(directory, text) == found


def test_a_resource_with_a_policy(directory):
    bucket, alice = "arn:aws:s3:::b", "arn:aws:iam::123456789012:user/eng/alice"
    named = {"AWS": [alice, "AIDABOBBOBBOBBOBBOB22"]}
    statement = {"Effect": "Allow", "Principal": named, "Action": "s3:*"}
    resources = {bucket: {"Version": "2012-10-17", "Statement": statement}}
    directory = Directory({**directory.plain, "resources": resources})
    assert find_anything(directory, bucket) == Found("resources", bucket)
    assert find_anything(directory, f"{bucket}/k") == Found("resources", bucket)
    with pytest.raises(NotFound):
        find_anything(directory, "arn:aws:s3:::c")
    assert show.user_view(directory, "alice").named_by == (bucket,)
    assert show.user_view(directory, "bob").named_by == (bucket,)
    assert show.role_view(directory, "reader").named_by == ()


@pytest.mark.parametrize(
    "text",
    ["", "alcie", "user/alcie", "arn:aws:iam::123456789012:user/alice", "bucket/x",
     "arn:aws:sts::123456789012:assumed-role/none/me", "arn:aws:sts::123456789012:assumed-role",
     "AIDANOBODYNOBODYNOB22"],
)  # fmt: skip
def test_what_is_not_there(directory, text):
    with pytest.raises(NotFound):
        find_anything(directory, text)


def test_an_ambiguous_name_lists_the_choices(directory):
    roles = {**directory.plain["roles"], "alice": directory.plain["roles"]["reader"]}
    directory = Directory({**directory.plain, "roles": roles})
    with pytest.raises(InvalidValue) as caught:
        find_anything(directory, "alice")
    assert caught.value.hint == "say which: user/alice, role/alice"
    assert find_anything(directory, "user/alice") == Found("users", "alice")


def test_views_say_what_stands_around(directory):
    alice = show.user_view(directory, "alice")
    assert [m.group for m in alice.groups] == ["developers"]
    assert alice.boundary.arn.endswith(":policy/Boundary")
    assert alice.trusted_by == ("deployer", "reader")
    assert show.user_view(directory, "bob").groups[0].until == 1_798_675_200
    assert show.role_view(directory, "reader").trust == directory.plain["roles"]["reader"]["trust"]
    assert len(show.policy_view(directory, "ReadArtifacts").used_by) == 3
    assert show.group_view(directory, "developers").attached[0].name == "ReadArtifacts"
