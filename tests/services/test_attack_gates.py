"""Grants that somebody would slip past the gates of a pull request."""

import pytest

from iamctl.services import access_diff_gates as gates
from iamctl.services.access_diff import compared
from iamctl.services.access_diff_assume import new_edges
from iamctl.services.access_diff_lines import in_words
from tests.services.builders import (
    MFA,
    OTHER,
    access,
    allow,
    document,
    role,
    user_arn,
)

ALICE_ID, BOB_ID = "AIDAALICEALICEALICE22", "AIDABOBBOBBOBBOBBOB22"
BUCKET, PROD = "arn:aws:s3:::prod", "arn:aws:s3:::prod/*"
PEOPLE = {"alice": {"id": ALICE_ID}, "bob": {"id": BOB_ID}}
EVIL = {"AWS": f"arn:aws:iam::{OTHER}:role/evil"}


def failing(before, after):
    """The gates that a change breaks."""
    found = compared([before], after)
    diff = in_words(found, [before], after)
    edges = new_edges(found, found.pairs, before, after)
    breaches = (
        *gates.no_new_access(diff),
        *gates.no_public(diff),
        *gates.no_new_assume(diff, edges),
    )
    return {breach.gate for breach in breaches}


def bucket(*statements, **more):
    return access(users=PEOPLE, resources={BUCKET: document(*statements)}, **more)


def trusting(principal, **more):
    return access(users=PEOPLE, roles={"first": role(principal, **more)})


def reading(principal, condition=None):
    more = {} if condition is None else {"Condition": condition}
    return allow("s3:GetObject", PROD, Principal=principal, **more)


def test_who_is_let_in_from_outside_is_new_access():
    assert "no-new-access" in failing(access(users=PEOPLE), bucket(reading(EVIL)))
    assert "no-new-access" in failing(trusting({"AWS": user_arn("bob")}), trusting(EVIL))


@pytest.mark.parametrize("principal", [{"AWS": user_arn("alice")}, {"AWS": OTHER}, EVIL])
def test_a_way_to_a_role_under_fewer_conditions(principal):
    before, after = trusting(principal, condition=MFA), trusting(principal)
    if principal == EVIL:  # a role's session never says that there was MFA
        before = trusting(principal, condition={"StringEquals": {"sts:ExternalId": "x"}})
    assert "no-new-assume" in failing(before, after)
    assert failing(after, before) == set()
