"""What entities say of themselves is enough to find them again."""

from hypothesis import given
from hypothesis import strategies as st

from iamctl.domain.directory import Directory
from iamctl.domain.facts import KINDS, facts_of, folded
from iamctl.domain.lookups import mentions_of, namesakes, owners_of
from iamctl.domain.referrers import referrers

ACCOUNT = "123456789012"
NAMES = ("a", "A", "b", "c")
IDS = ("AIDA" + "A" * 17, "AIDA" + "B" * 17, "AROA" + "A" * 17)
PRINCIPALS = (
    *IDS,
    "*",
    *(f"arn:aws:iam::{ACCOUNT}:user/{n}" for n in NAMES),
    f"arn:aws:iam::{ACCOUNT}:role/x/a",
    f"arn:aws:sts::{ACCOUNT}:assumed-role/b/s",
    "arn:aws:iam::999999999999:user/a",
)
POLICIES = ("a", "b", f"arn:aws:iam::{ACCOUNT}:policy/x/a", "arn:aws:iam::aws:policy/a")

names = st.sampled_from(NAMES)
attached = st.lists(st.sampled_from(POLICIES), max_size=2)
trusts = st.lists(
    st.builds(
        lambda element, kind, who: {"Effect": "Allow", element: {kind: who}},
        st.sampled_from(("Principal", "NotPrincipal")),
        st.sampled_from(("AWS", "Service", "Federated")),
        st.sampled_from(PRINCIPALS) | st.lists(st.sampled_from(PRINCIPALS), max_size=2),
    ),
    max_size=2,
).map(lambda statements: {"Statement": statements[0] if len(statements) == 1 else statements})
users = st.fixed_dictionaries(
    {"policies": attached},
    optional={
        "id": st.sampled_from(IDS),
        "boundary": st.sampled_from(POLICIES),
        "keys": st.dictionaries(st.sampled_from(("AKIA1", IDS[0])), st.just({}), max_size=2),
    },
)
groups = st.fixed_dictionaries(
    {"members": st.lists(names | st.builds(lambda n: {"user": n, "until": "x"}, names), max_size=3)}
)
roles = st.fixed_dictionaries({"trust": trusts, "policies": attached, "id": st.sampled_from(IDS)})
pools = st.fixed_dictionaries({"id": names, "authenticated_role": names})
files = st.fixed_dictionaries(
    {
        "account": st.just({"id": ACCOUNT}),
        "users": st.dictionaries(names, users),
        "groups": st.dictionaries(names, groups),
        "roles": st.dictionaries(names, roles),
        "policies": st.dictionaries(names, st.just({"path": "/x/"})),
        "mfa": st.dictionaries(names, st.fixed_dictionaries({"user": names})),
        "identity_pools": st.dictionaries(names, pools),
        "resources": st.dictionaries(st.just("arn:aws:s3:::x"), trusts),
    }
)


@given(files)
def test_every_entity_is_found_by_all_that_it_says_and_by_nothing_else(plain):
    directory = Directory(plain)
    for kind, sections in KINDS.items():
        said = {
            (section, name): set(facts_of(kind, (section, name), plain[section][name], ACCOUNT))
            for section in sections
            for name in plain.get(section, {})
        }
        for key in {"nobody", *(key for keys in said.values() for key in keys)}:
            assert list(directory.holders(kind, key)) == [
                o for o, keys in said.items() if key in keys
            ]


@given(files)
def test_lookups_answer_what_reading_everything_answers(plain):
    directory = Directory(plain)
    for name in NAMES:
        assert namesakes(directory, "users", name) == [
            known for known in plain["users"] if known.lower() == name.lower()
        ] or name.lower() not in {known.lower() for known in plain["users"]}
        assert folded("users", name) == f"users/{name.lower()}"
        assert {at[1] for at in mentions_of(directory, "users", name)} == {
            device for device, value in plain["mfa"].items() if value["user"] == name
        }
        assert {o for o in referrers(directory, "users", name) if o[0] == "groups"} == {
            ("groups", group)
            for group, value in plain["groups"].items()
            if name in [m["user"] if isinstance(m, dict) else m for m in value["members"]]
        }
        assert {at[:2] for at in directory.references_to_policy(name)} == {
            (section, entity)
            for section in ("users", "groups", "roles")
            for entity, value in plain[section].items()
            if {
                name,
                *([f"arn:aws:iam::{ACCOUNT}:policy/x/{name}"] if name in plain["policies"] else []),
            }
            & {*value.get("policies", []), value.get("boundary")}
        }
    for text in PRINCIPALS:
        for at in directory.principals_naming(text):
            assert directory.value_at(at) == text
        holding = {at[:2] for at in directory.principals_naming(text)}
        assert holding == {
            (section, name)
            for section in ("roles", "resources")
            for name, value in plain[section].items()
            if text in str(value.get("trust", value)).split("'")
        }
    for unique_id in (*IDS, "AKIA1"):
        for at in owners_of(directory, unique_id):
            found = directory.value_at(at)
            assert found == unique_id or (at[-1] == unique_id and found == {})
