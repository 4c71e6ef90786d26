"""Which role a pool gives: Cognito's rules for mappings, each choice with what it leaves out."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iamctl.domain.errors import AccessDenied
from iamctl.domain.pools import IdentityPool, MappingRule, RoleMapping
from iamctl.sts.pool_role import choose_role, matches

ARN = "arn:aws:iam::123456789012:role/"


def same(one, other):
    return one.removeprefix(ARN) == other.removeprefix(ARN)


def rule(match, value, role="engineer", claim="department"):
    return MappingRule(claim, match, value, role)


def pool(mapping=None, authenticated="member"):
    mappings = {} if mapping is None else {"corp": mapping}
    return IdentityPool("app", authenticated_role=authenticated, role_mappings=mappings)


def chosen(mapping, claims, custom=None, provider="corp", authenticated="member"):
    return choose_role(pool(mapping, authenticated), provider, claims, custom, same)


def refused(mapping, claims, custom=None, authenticated="member"):
    with pytest.raises(AccessDenied) as caught:
        chosen(mapping, claims, custom, authenticated=authenticated)
    return caught.value


def test_without_a_mapping_everybody_gets_the_authenticated_role():
    assert chosen(None, {"department": "eng"}) == "member"
    rules = RoleMapping("rules", rules=(rule("Equals", "eng"),))
    assert chosen(rules, {"department": "eng"}, provider="other") == "member"


@pytest.mark.parametrize(
    ("match", "value", "claim", "expected"),
    [
        ("Equals", "eng", "eng", True),
        ("Equals", "eng", "Eng", False),
        ("Equals", "eng", "engineering", False),
        ("Equals", "eng", ["ops", "eng"], True),
        ("Equals", "eng", ["ops", "engineering"], False),
        ("Equals", "true", True, True),
        ("Equals", "True", True, False),
        ("Equals", "7", 7, True),
        ("Equals", "eng", {"eng": "eng"}, False),
        ("Equals", "eng", [["eng"]], False),
        ("Equals", "null", None, False),
        ("Contains", "gin", "engineering", True),
        ("Contains", "gin", "ops", False),
        ("Contains", "gin", ["ops", "engineering"], True),
        ("StartsWith", "eng", "engineering", True),
        ("StartsWith", "ring", "engineering", False),
        ("StartsWith", "eng", ["ops", "engineering"], True),
        ("NotEqual", "eng", "ops", True),
        ("NotEqual", "eng", "eng", False),
        ("NotEqual", "eng", ["ops", "eng"], False),
        ("NotEqual", "eng", [], False),
    ],
)
def test_how_a_rule_reads_a_claim(match, value, claim, expected):
    assert matches(rule(match, value), {"department": claim}) is expected


@pytest.mark.parametrize("match", ["Equals", "Contains", "StartsWith", "NotEqual"])
def test_a_claim_that_is_absent_matches_nothing(match):
    assert not matches(rule(match, ""), {"other": "eng"})


def test_the_first_rule_that_matches_counts():
    mapping = RoleMapping(
        "rules",
        rules=(
            rule("Equals", "ops", "operator"),
            rule("StartsWith", "eng", "engineer"),
            rule("Contains", "e", "other"),
        ),
    )
    assert chosen(mapping, {"department": "eng"}) == "engineer"
    assert chosen(mapping, {"department": "sales"}) == "other"
    # An application may ask for the role of another rule that matches, and for no other.
    assert chosen(mapping, {"department": "eng"}, ARN + "other") == "other"
    assert refused(mapping, {"department": "eng"}, ARN + "operator").code == (
        "NotAuthorizedException"
    )
    assert refused(mapping, {"department": "eng"}, ARN + "member").details


def test_no_rule_matches_is_the_authenticated_role_or_a_refusal():
    rules = (rule("Equals", "eng"),)
    assert chosen(RoleMapping("rules", rules=rules), {"department": "ops"}) == "member"
    error = refused(RoleMapping("rules", "deny", rules), {"department": "ops"})
    assert error.code == "NotAuthorizedException"
    assert "no rule" in error.details[0]
    assert chosen(RoleMapping("rules", rules=rules), {}, "member") == "member"
    assert refused(RoleMapping("rules", "deny", rules), {}, "member")


TOKEN = RoleMapping("token")
STRICT = RoleMapping("token", "deny")
TWO = {"cognito:roles": [ARN + "a", ARN + "b"]}


def test_the_token_names_the_preferred_role():
    assert chosen(TOKEN, {**TWO, "cognito:preferred_role": ARN + "b"}) == ARN + "b"
    assert chosen(STRICT, {"cognito:preferred_role": ARN + "b"}) == ARN + "b"


def test_one_role_in_the_token_is_the_role():
    assert chosen(STRICT, {"cognito:roles": [ARN + "a"]}) == ARN + "a"
    assert chosen(STRICT, {"cognito:roles": [ARN + "a", ARN + "a"]}) == ARN + "a"


def test_several_roles_without_a_preferred_one_are_ambiguous():
    assert chosen(TOKEN, TWO) == "member"
    assert "names 2 roles" in refused(STRICT, TWO).details[0]
    assert "neither" in refused(STRICT, {"department": "eng"}).details[0]


def test_an_application_asks_for_one_of_the_tokens_roles():
    assert chosen(STRICT, TWO, ARN + "b") == ARN + "b"
    assert chosen(STRICT, {**TWO, "cognito:preferred_role": ARN + "a"}, ARN + "b") == ARN + "b"
    assert refused(TOKEN, TWO, ARN + "member").code == "NotAuthorizedException"
    assert refused(None, {}, ARN + "admin").code == "NotAuthorizedException"
    assert chosen(None, {}, ARN + "member") == "member"


def test_claims_of_roles_count_only_where_the_mapping_is_by_token():
    claims = {**TWO, "cognito:preferred_role": ARN + "admin"}
    assert chosen(None, claims) == "member"
    assert chosen(RoleMapping("rules", rules=(rule("Equals", "eng"),)), claims) == "member"
    assert refused(None, claims, ARN + "admin")


@pytest.mark.parametrize("value", ["", "admin", [], {}, [1.5, None], [[ARN + "a"]], 7, None])
def test_strange_claims_of_roles_give_no_role_away(value):
    for claim in ("cognito:preferred_role", "cognito:roles"):
        assert refused(STRICT, {claim: value}).code == "NotAuthorizedException"


def test_two_preferred_roles_are_ambiguous():
    assert refused(STRICT, {"cognito:preferred_role": [ARN + "a", ARN + "b"]})


def test_a_pool_without_a_role_says_so():
    error = refused(None, {}, authenticated=None)
    assert error.code == "InvalidIdentityPoolConfigurationException"
    assert refused(TOKEN, TWO, authenticated=None).code == error.code
    assert chosen(TOKEN, {"cognito:roles": ARN + "a"}, authenticated=None) == ARN + "a"


ROLES = st.sampled_from(["a", "b", "member"])
CLAIM = st.sampled_from(["x", "xy", ["x", "z"], True, None, 3])


@given(
    rules=st.lists(
        st.builds(
            MappingRule,
            st.sampled_from(["p", "q"]),
            st.sampled_from(["Equals", "Contains", "StartsWith", "NotEqual"]),
            st.sampled_from(["x", "y", "true", "3"]),
            ROLES,
        ),
        min_size=1,
        max_size=5,
    ).map(tuple),
    claims=st.dictionaries(st.sampled_from(["p", "q"]), CLAIM),
    ambiguous=st.sampled_from(["authenticated_role", "deny"]),
    custom=st.none() | ROLES,
)
def test_only_a_role_that_a_matching_rule_names_or_the_fallback_is_ever_given(
    rules, claims, ambiguous, custom
):
    mapping = RoleMapping("rules", ambiguous, rules)
    open_to = {rule.role for rule in rules if matches(rule, claims)}
    if not open_to and ambiguous != "deny":
        open_to = {"member"}
    try:
        role = chosen(mapping, claims, custom)
    except AccessDenied:
        assert not open_to or (custom is not None and custom not in open_to)
    else:
        assert role in open_to
        assert custom in (None, role)
