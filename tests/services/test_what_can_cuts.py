"""Where a set of requests is cut: nothing is left out that a pattern is about."""

from hypothesis import given
from hypothesis import strategies as st

from iamctl.policy.reach_patterns import Patterns, action_pattern
from iamctl.services.what_can import _services

ACTIONS = ["s3:getobject", "s3:putobject", "s3a:getobject", "ec2:getobject", "ec2:run"]
WRITTEN = [
    "*",
    "s3:*",
    "S3:Get*",
    "s?:*",
    "s3*",
    "s3?:get*",
    "ec2:Run",
    "*:getobject",
    "s3",
    "e*2:run",
]
languages = st.lists(
    st.builds(
        lambda texts, negated: Patterns(map(action_pattern, texts), negated),
        st.lists(st.sampled_from(WRITTEN), max_size=3),
        st.booleans(),
    ),
    max_size=3,
).map(tuple)


@given(languages)
def test_a_language_is_about_actions_of_its_services_alone(language):
    services = _services(language)
    about = {a.partition(":")[0] for a in ACTIONS if all(p.holds(a) for p in language)}
    assert services is None or about <= services


def test_what_is_written_for_services_leaves_out_all_others():
    def only(*texts, negated=False):
        return Patterns(map(action_pattern, texts), negated)

    assert _services((only("s3:Get*", "EC2:Run"),)) == {"s3", "ec2"}
    assert _services((only("s3:*", "ec2:*"), only("s3:Get*"))) == {"s3"}
    assert _services((only("s3:*"), only("s3:Get*", negated=True))) == {"s3"}
    assert _services((only("s3:*", "*"),)) is None
    assert _services((only("s3:*", negated=True),)) is None
