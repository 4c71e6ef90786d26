"""Plans for identity pools: what they write, and what they refuse."""

import pytest

from iamctl.domain.change import apply_changes
from iamctl.domain.directory import Directory
from iamctl.domain.errors import AlreadyExists, Conflict, InvalidValue, NotFound
from iamctl.domain.pools import MappingRule
from iamctl.services import pools

NOW = 1_795_510_800
URL = "https://id.example.com"
RULE = MappingRule("department", "Equals", "eng", "engineer")
WRITTEN = {"claim": "department", "match": "Equals", "value": "eng", "role": "engineer"}
TRUST = {
    "Version": "2012-10-17",
    "Statement": {
        "Effect": "Allow",
        "Principal": {"Federated": "cognito-identity.amazonaws.com"},
        "Action": "sts:AssumeRoleWithWebIdentity",
    },
}


def plain(**pool):
    return {
        "iamctl": 1,
        "account": {"id": "123456789012"},
        "roles": {name: {"trust": TRUST} for name in ("member", "guest", "engineer")},
        "identity_providers": {
            "google": {"url": URL, "client_ids": ["app"]},
            "other": {"url": "https://other.example.com", "client_ids": ["app"]},
            "corp": {"saml_metadata": "<EntityDescriptor/>" + " " * 1000},
        },
        "identity_pools": {
            "web": {
                "id": "eu-west-1:0f1a2b3c-4d5e-4f60-8718-293a4b5c6d7e",
                "providers": ["google"],
                "authenticated_role": "member",
                **pool,
            }
        },
    }


def edited(plan, *, pool=None, **arguments):
    whole = plain(**(pool or {}))
    changes = plan(Directory(whole), **arguments)
    return apply_changes(whole, changes)["identity_pools"]


def create(name="app", **arguments):
    given = {"region": "eu-west-1", "now": NOW, "randomness": bytes, **arguments}
    return edited(pools.plan_create, name=name, **given)[name]


def test_create_mints_an_id_of_the_region():
    made = create(providers=["google", "google"], authenticated_role="member", tags=[("a", "b")])
    assert made == {
        "id": "eu-west-1:00000000-0000-4000-8000-000000000000",
        "created": "2026-11-24T09:00:00Z",
        "providers": ["google"],
        "authenticated_role": "member",
        "tags": {"a": "b"},
    }
    assert set(create()) == {"id", "created"}


def test_roles_may_be_given_by_arn_and_are_written_by_name():
    arn = "arn:aws:iam::123456789012:role/guest"
    assert create(guest_role=arn)["guest_role"] == "guest"


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"name": "web"}, AlreadyExists),
        ({"name": "WEB"}, AlreadyExists),
        ({"name": "a/b"}, InvalidValue),
        ({"region": "europe"}, InvalidValue),
        ({"region": "eu-west-1:x"}, InvalidValue),
        ({"providers": ["nobody"]}, NotFound),
        ({"providers": ["corp"]}, InvalidValue),
        ({"authenticated_role": "nobody"}, NotFound),
        ({"guest_role": "nobody"}, NotFound),
    ],
)
def test_create_refuses(arguments, error):
    with pytest.raises(error):
        create(**arguments)


def test_set_roles():
    made = edited(pools.plan_set_roles, name="web", authenticated="engineer", guest="guest")["web"]
    assert (made["authenticated_role"], made["guest_role"]) == ("engineer", "guest")
    without = edited(pools.plan_set_roles, pool={"guest_role": "guest"}, name="web", no_guests=True)
    assert "guest_role" not in without["web"]
    assert without["web"]["authenticated_role"] == "member"
    with pytest.raises(NotFound):
        edited(pools.plan_set_roles, name="web", guest="nobody")


def test_the_classic_flow_is_off_until_the_pool_says_otherwise():
    assert "classic_flow" not in create()
    assert create(classic_flow=True)["classic_flow"] == "allow"
    on = edited(pools.plan_update, name="web", classic_flow=True)["web"]
    assert on["classic_flow"] == "allow"
    off = edited(pools.plan_update, pool={"classic_flow": "allow"}, name="web", classic_flow=False)
    assert "classic_flow" not in off["web"]
    denied = {"classic_flow": "deny"}
    same = edited(pools.plan_update, pool=denied, name="web", classic_flow=False)["web"]
    assert same["classic_flow"] == "deny"


def test_providers_come_and_go_with_their_mappings():
    both = edited(pools.plan_add_providers, name="web", providers=["other", "google"])["web"]
    assert both["providers"] == ["google", "other"]
    mapped = {"providers": ["google", "other"], "role_mappings": {"google": {"type": "token"}}}
    left = edited(pools.plan_remove_providers, pool=mapped, name="web", providers=["google"])["web"]
    assert left["providers"] == ["other"]
    assert "role_mappings" not in left
    none = edited(pools.plan_remove_providers, name="web", providers=["google"])["web"]
    assert "providers" not in none
    with pytest.raises(NotFound):
        edited(pools.plan_remove_providers, name="web", providers=["other"])
    with pytest.raises(InvalidValue):
        edited(pools.plan_add_providers, name="web", providers=["corp"])


def mapping(pool=None, **arguments):
    made = edited(pools.plan_map, pool=pool, name="web", provider="google", **arguments)
    return made["web"]["role_mappings"]["google"]


def test_rules_are_added_at_the_end():
    first = mapping(rule=RULE)
    assert first == {"type": "rules", "rules": [WRITTEN]}
    second = MappingRule("department", "StartsWith", "ops", "member")
    held = {"role_mappings": {"google": first}}
    assert [r["value"] for r in mapping(held, rule=second)["rules"]] == ["eng", "ops"]
    with pytest.raises(AlreadyExists):
        mapping(held, rule=RULE)


def test_a_mapping_by_token_replaces_rules_and_the_other_way_round():
    rules = {
        "role_mappings": {"google": {"type": "rules", "rules": [WRITTEN], "ambiguous": "deny"}}
    }
    assert mapping(rules) == {"type": "token", "ambiguous": "deny"}
    token = {"role_mappings": {"google": {"type": "token"}}}
    assert mapping(token, rule=RULE) == {"type": "rules", "rules": [WRITTEN]}


def test_what_happens_when_no_role_is_chosen():
    assert mapping(ambiguous="deny") == {"type": "token", "ambiguous": "deny"}
    held = {"role_mappings": {"google": {"type": "token", "ambiguous": "deny"}}}
    assert mapping(held, ambiguous="authenticated_role") == {"type": "token"}
    assert mapping(held) == {"type": "token", "ambiguous": "deny"}


@pytest.mark.parametrize(
    ("rule", "error"),
    [
        (MappingRule("department", "Equals", "eng", "nobody"), NotFound),
        (MappingRule("department", "Like", "eng", "engineer"), InvalidValue),
        (MappingRule("", "Equals", "eng", "engineer"), InvalidValue),
        (MappingRule("department", "Equals", "", "engineer"), InvalidValue),
    ],
)
def test_map_refuses_a_rule_that_is_none(rule, error):
    with pytest.raises(error):
        mapping(rule=rule)


def test_map_refuses_a_provider_that_the_pool_does_not_have():
    with pytest.raises(NotFound):
        edited(pools.plan_map, name="web", provider="other", rule=RULE)


def test_unmap_takes_one_rule_or_all():
    two = [WRITTEN, {**WRITTEN, "value": "ops"}]
    held = {"role_mappings": {"google": {"type": "rules", "rules": two}}}

    def left(number=None, pool=held):
        made = edited(pools.plan_unmap, pool=pool, name="web", provider="google", number=number)
        return made["web"].get("role_mappings")

    assert left(1)["google"]["rules"] == [two[1]]
    assert left(2)["google"]["rules"] == [two[0]]
    assert left() is None
    assert left(1, {"role_mappings": {"google": {"type": "rules", "rules": [WRITTEN]}}}) is None
    strict = {"type": "rules", "rules": [WRITTEN], "ambiguous": "deny"}
    with pytest.raises(Conflict, match="last rule"):  # or everybody denied would be let in
        left(1, {"role_mappings": {"google": strict}})
    assert left(None, {"role_mappings": {"google": strict}}) is None
    for number in (0, 3):
        with pytest.raises(NotFound):
            left(number)
    with pytest.raises(NotFound):
        left(pool={})


def test_delete():
    assert edited(pools.plan_delete, names=["web", "web"]) == {}
