import pytest
import yaml

from iamctl.domain.change import Change
from iamctl.domain.directory import Directory
from iamctl.domain.errors import InvalidValue, NotFound
from iamctl.services.init import initial, plan_adopt
from iamctl.sts.caller import authenticate_key

NOW = 1_795_510_800
UUID = "5b1d0000-0000-4000-8000-000000000002"


def read(text):
    """The directory of a text, every scalar as it is written."""
    return Directory(yaml.load(text, yaml.BaseLoader))


def test_a_fresh_directory_holds_a_user_whose_key_is_proved(randomness):
    made = initial(None, "acme", "me", uuid=UUID, now=NOW, randomness=randomness)
    directory = read(made.text)
    assert (directory.uuid, directory.account.id) == (UUID, "123456789012")
    assert made.account_is_example
    assert directory.account.alias == "acme"
    caller = authenticate_key(directory, made.key_id, made.secret, None, "test")
    assert (caller.user.name, caller.unique_id) == ("me", made.user_id)
    assert caller.user.created == NOW
    assert made.secret.reveal_text() not in made.text
    assert [len(directory.section(s)) for s in ("groups", "roles", "policies")] == [0, 0, 0]


def test_a_fresh_directory_without_anybody(randomness):
    made = initial("210987654321", None, None, uuid=UUID, now=NOW, randomness=randomness)
    assert read(made.text).account == ("210987654321", None, {})
    assert not made.account_is_example
    assert made.key_id is None
    assert len(read(made.text).users) == 0


@pytest.mark.parametrize("name", ["no", "null", "123", "1e3", "@me", "=", "-", ",", "a@b.c", "a=b"])
def test_any_name_that_aws_takes_is_read_back(randomness, name):
    made = initial(None, None, name, uuid=UUID, now=NOW, randomness=randomness, with_key=False)
    assert list(yaml.safe_load(made.text)["users"]) == [name]
    assert made.secret is None


@pytest.mark.parametrize(
    ("account", "alias", "user"),
    [("12", None, None), (None, "A", None), (None, None, 'a": x'), (None, "123456789012", None)],
)
def test_values_aws_refuses_make_no_text(randomness, account, alias, user):
    with pytest.raises(InvalidValue):
        initial(account, alias, user, uuid=UUID, now=NOW, randomness=randomness)


def test_adopting_mints_a_uuid_only_where_there_is_none(directory):
    assert plan_adopt(directory, user="alice", account="123456789012", uuid=UUID) == ()
    sample = Directory({k: v for k, v in directory.plain.items() if k != "directory"})
    assert plan_adopt(sample, uuid=UUID) == (Change(("directory",), None, UUID),)
    assert plan_adopt(directory, uuid=UUID, new_identity=True) == (
        Change(("directory",), directory.uuid, UUID),
    )


@pytest.mark.parametrize(
    ("request_", "error"),
    [
        ({"user": "nobody"}, NotFound),
        ({"account": "210987654321"}, InvalidValue),
        ({"alias": "other"}, InvalidValue),
    ],
)
def test_adopting_what_does_not_agree(directory, request_, error):
    with pytest.raises(error):
        plan_adopt(directory, uuid=UUID, **request_)
