import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iamctl.domain.change import Change
from iamctl.domain.errors import InvalidValue, LimitExceeded, MalformedPolicyDocument, NotFound
from iamctl.services import inline, policies
from iamctl.services.documents import check_supplied, document_json

NOW = 1_795_510_800
WRITE = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "s3:PutObject", "Resource": "*"}],
}
values = st.recursive(
    st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


@given(values)
def test_json_goes_out_as_it_came(value):
    assert json.loads(document_json(value)) == value
    assert "\n" not in document_json(value, indent=None)


def test_all_that_is_wrong_is_told(directory):
    bad = {"Statement": [{"Effect": "allow", "Action": "s3", "Resource": "x"}], "Extra": 1}
    with pytest.raises(MalformedPolicyDocument) as caught:
        check_supplied(directory, bad)
    assert len(caught.value.problems) >= 3
    assert caught.value.message == caught.value.problems[0].message


@pytest.mark.parametrize("document", ["x", [], {}, 1, None, {"Statement": []}])
def test_what_is_no_document(directory, document):
    with pytest.raises(MalformedPolicyDocument):
        check_supplied(directory, document)


def test_a_document_of_more_characters_than_aws_takes(directory):
    statement = {**WRITE["Statement"][0], "Action": [f"s3:{'A' * 1000}{n}" for n in range(140)]}
    with pytest.raises(InvalidValue, match="131072"):
        check_supplied(directory, {**WRITE, "Statement": [statement]})


def test_a_policy_is_made_in_order(directory, randomness, applied):
    after = applied(
        directory,
        policies.plan_create(
            directory, name="Write", document=WRITE, path="/x/", description="d",
            tags=[("a", "b")], now=NOW, randomness=randomness,
        ),
    )  # fmt: skip
    assert list(after.value_at(("policies", "Write"))) == [
        "id", "path", "created", "description", "tags", "document",
    ]  # fmt: skip


def test_updating_a_policy_touches_what_differs(directory):
    at = ("policies", "Boundary", "document", "Statement", 0)
    assert policies.plan_update(directory, name="Boundary", document=WRITE) == (
        Change((*at, "Action"), "s3:GetObject", "s3:PutObject"),
        Change((*at, "Resource"), "arn:aws:s3:::artifacts/*", "*"),
    )


def test_a_policy_beyond_its_size(directory):
    statement = {**WRITE["Statement"][0], "Action": [f"s3:{'A' * 100}{n}" for n in range(70)]}
    with pytest.raises(LimitExceeded, match="PolicySize: 6144"):
        policies.plan_update(
            directory, name="Boundary", document={**WRITE, "Statement": [statement]}
        )


def test_inline_policies_are_put_and_replaced(directory, applied):
    def put(name, policy):
        return inline.plan_put(directory, section="users", name=name, policy=policy, document=WRITE)

    assert put("bob", "P") == (Change(("users", "bob", "inline"), None, {"P": WRITE}),)
    assert put("alice", "P") == (Change(("users", "alice", "inline", "P"), None, WRITE),)
    assert {c.at[4:] for c in put("alice", "Own")} == {
        ("Statement", 0, "Action"),
        ("Statement", 0, "Resource"),
    }
    after = applied(directory, put("alice", "P"))
    assert inline.names(after, "users", "alice") == ("Own", "P")
    assert inline.show(after, "users", "alice", "P") == WRITE
    changes = inline.plan_delete(after, section="users", name="alice", policies=["P", "Own", "P"])
    assert [(c.at, c.new) for c in changes] == [(("users", "alice", "inline"), None)]


def test_inline_policies_that_are_not_there(directory):
    with pytest.raises(NotFound, match="has no inline policy"):
        inline.show(directory, "users", "alice", "own")
    with pytest.raises(NotFound):
        inline.plan_delete(directory, section="users", name="bob", policies=["Own"])
    with pytest.raises(InvalidValue):
        inline.plan_put(directory, section="users", name="bob", policy="a b", document=WRITE)


def test_the_inline_policies_of_one_user_have_a_size_together(directory):
    statement = {**WRITE["Statement"][0], "Action": [f"s3:{'A' * 100}{n}" for n in range(18)]}
    document = {**WRITE, "Statement": [statement]}
    assert inline.plan_put(directory, section="users", name="bob", policy="P", document=document)
    with pytest.raises(LimitExceeded, match="2048 bytes exceeded for user alice"):
        inline.plan_put(directory, section="users", name="alice", policy="P", document=document)
