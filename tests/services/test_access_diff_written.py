"""What is known on one side only is written into a condition without changing what it means."""

from hypothesis import given
from hypothesis import strategies as st

from iamctl.domain.documents import Condition
from iamctl.policy.reach import Box, Requests, Term
from iamctl.policy.reach_provisos import Known, Proviso
from iamctl.services.access_diff import compared
from iamctl.services.access_diff_lines import access_diff
from iamctl.services.access_diff_written import NEVER, knowing, written_out
from tests.services.builders import OWN, access, allow, holding, role

OPEN, KEY = "aws:resourcetag/team", "aws:principaltag/team"
OPERATORS = [
    prefix + base + suffix
    for base in (
        "StringEquals", "StringNotEquals", "StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase",
        "StringLike", "StringNotLike", "ArnLike", "ArnNotLike", "Bool", "Null",
    )
    for prefix in ("", "ForAnyValue:", "ForAllValues:")
    for suffix in ("", "IfExists")
    if not (base == "Null" and suffix)
]  # fmt: skip
TEXTS = [
    "red",
    "Red",
    "r*",
    "true",
    f"${{{OPEN}}}",
    f"pre-${{{OPEN}}}",
    f"${{{OPEN}, 'red'}}",
    "${*}",
]
VALUES = [None, "", "red", "RED", "pre-red", "*", "true", ("red", "blue"), ()]


def of_one(proviso):
    return Requests((Term(Box(provisos=(proviso,))),))


def written(condition, known):
    [term] = written_out(of_one(Proviso(condition)), known).terms
    return term.box.provisos[0]


@given(
    st.sampled_from(OPERATORS),
    st.lists(st.sampled_from(TEXTS), min_size=1, max_size=3, unique=True),
    st.sampled_from(VALUES),
    st.sampled_from([value for value in VALUES if not isinstance(value, tuple)]),
)
def test_what_is_written_out_means_the_same_without_its_key(operator, texts, value, other):
    condition = Condition(operator=operator, key=KEY, values=tuple(texts))
    own = {} if value is None else {KEY: value}
    known = Known(own, lambda key: key in (KEY, NEVER), single=lambda key: True)
    found = written(condition, known)
    around = {} if other is None else {OPEN: other}
    was = Proviso(condition).holds("*", {**own, **around})
    told = knowing(Known({}), of_one(found), [known]).context
    if f"${{{OPEN}" in "".join(texts):
        assert KEY not in found.keys
        assert found.holds("*", {**told, **around}) is was
    else:
        assert found.holds("*", {**own, **around}) is was


@given(st.lists(st.sampled_from([v for v in VALUES if v]), min_size=2, max_size=2, unique=True))
def test_values_that_cannot_be_written_out_are_told_apart(pair):
    condition = Condition(operator="StringLike", key=KEY, values=(f"${{{OPEN}}}*",))
    sides = [Known({KEY: value}, lambda key: key == KEY) for value in pair]
    old, new = (written(condition, side) for side in sides)
    assert old.keys != new.keys
    for proviso, value in ((old, pair[0]), (new, pair[1])):
        context = knowing(Known({}), of_one(proviso), sides).context
        assert list(context.values()) == [value]


SAME_TEAM = {"StringEquals": {"aws:PrincipalTag/team": "${aws:ResourceTag/team}"}}
ALICE, BOB = "AIDAALICEALICEALICE22", "AIDABOBBOBBOBBOBBOB22"


def of_team(team):
    mine = holding(allow("s3:*", Condition=SAME_TEAM))
    return access(users={"alice": {"id": ALICE, "tags": {"team": team}, **mine}})


def test_a_tag_that_is_compared_with_what_a_resource_bears():
    gained, lost = access_diff([of_team("red")], of_team("blue")).lines
    assert gained.gained
    assert not lost.gained
    for line, team in ((gained, "blue"), (lost, "red")):
        first = line.permission.grants[0].conditions[0]
        assert str(first) == f"if StringEquals aws:resourcetag/team {team}"
        assert line.witness is not None
        assert dict(line.witness.context) == {"aws:resourcetag/team": team}


def test_a_new_user_whose_tag_is_compared_with_those_that_sessions_may_bring():
    matching = {"StringEquals": {"iam:ResourceTag/team": "${aws:PrincipalTag/team}"}}
    made = role({"AWS": OWN}, allow("iam:*", Condition=matching), action="sts:*")
    deployer = {**made, "id": "AROADEPLOYERDEPLOYE22", "tags": {"team": "red"}}
    before = access(roles={"deployer": deployer})
    after = access(
        users={"bob": {"id": BOB, "tags": {"team": "red"}}}, roles={"deployer": deployer}
    )
    for sides, gained in (((before, after), True), ((after, before), False)):
        found = compared([sides[0]], sides[1]).differences
        told = [one.gained for one in found for pair in one.pairs if pair.after == "role/deployer"]
        assert told == [gained]
