"""The best and the worst case bound what any request can get."""

from hypothesis import given
from hypothesis import strategies as st

from iamctl.domain.documents import parse_document
from iamctl.policy.compile import source_policy
from iamctl.policy.evaluate import Layers, evaluate
from iamctl.policy.request import Request, user_caller
from iamctl.policy.suppose import Supposed

CALLER = user_caller("123456789012", "a")
KEYS = ("open:a", "open:b", "closed:c")
VALUES = ("x", "y")

conditions = st.dictionaries(
    st.sampled_from(["StringEquals", "StringNotEquals", "StringEqualsIfExists", "Null"]),
    st.dictionaries(st.sampled_from(KEYS), st.sampled_from([*VALUES, "true", "false"]), max_size=2),
    max_size=2,
)
statements = st.fixed_dictionaries(
    {
        "Effect": st.sampled_from(["Allow", "Deny"]),
        "Action": st.sampled_from(["s3:GetObject", "s3:*", "ec2:*"]),
        "Resource": st.just("*"),
        "Condition": conditions,
    }
)
policies = st.lists(st.lists(statements, min_size=1, max_size=3), max_size=2)
contexts = st.dictionaries(st.sampled_from(KEYS), st.sampled_from(VALUES))
RANK = {"explicitDeny": 0, "implicitDeny": 0, "allowed": 1}


def compiled(made, kind):
    found = []
    for number, listed in enumerate(made):
        document, _ = parse_document({"Version": "2012-10-17", "Statement": listed}, kind)
        assert document is not None
        found.append(source_policy(document, f"p{number}", kind))
    return tuple(found)


@given(policies, policies, contexts)
def test_no_request_gets_more_than_the_best_or_less_than_the_worst(identity, boundary, context):
    layers = Layers(compiled(identity, "identity"), compiled(boundary, "boundary") or None)
    request = Request(CALLER, "s3:GetObject", "*", context)

    def is_open(key):
        return key.startswith("open:")

    real = RANK[evaluate(request, layers).verdict]
    best = RANK[evaluate(request, Supposed(is_open, True).layers(layers)).verdict]
    worst = RANK[evaluate(request, Supposed(is_open, False).layers(layers)).verdict]
    assert worst <= real <= best


def test_what_has_no_open_condition_stays_itself():
    layers = Layers(
        compiled([[{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]], "identity")
    )
    supposed = Supposed(lambda key: True, True)
    assert supposed.layers(layers).identity[0] is layers.identity[0]
    assert supposed.dropped(layers.identity[0].document.statements[0].statement) == ()


def test_a_variable_of_an_open_key_makes_its_condition_open():
    made = [{"Effect": "Allow", "Action": "s3:*", "Resource": "*",
             "Condition": {"StringEquals": {"closed:c": "${open:a}"}}}]  # fmt: skip
    layers = Layers(compiled([made], "identity"))
    best = Supposed(lambda key: key == "open:a", True).layers(layers)
    assert evaluate(Request(CALLER, "s3:GetObject", "*", {}), best).allowed
