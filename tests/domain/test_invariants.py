import pytest

from iamctl.domain.directory import Directory
from iamctl.domain.invariants import Invariants, check_all
from iamctl.domain.referrers import referrers

ACCOUNT = "123456789012"
ALLOW = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}
_numbers = iter(range(10**6))


def minted(prefix, **fields):
    return {
        "id": f"{prefix}{'A' * 9}{next(_numbers):08d}".replace("0", "Z").replace("1", "Y"),
        "created": "2026-01-01",
        **fields,
    }


def user(**fields):
    return minted("AIDA", **fields)


def group(**fields):
    return minted("AGPA", **fields)


def policy(**fields):
    return minted("ANPA", document=ALLOW, **fields)


def trusting(*principals):
    statement = {"Effect": "Allow", "Action": "sts:AssumeRole"}
    return minted(
        "AROA",
        trust={
            "Version": "2012-10-17",
            "Statement": [{**statement, "Principal": {"AWS": list(principals)}}],
        },
    )


def directory(account=None, **sections):
    return Directory({"iamctl": 1, "account": {"id": ACCOUNT, **(account or {})}, **sections})


def told(made):
    return [(p.severity, p.code, p.at) for p in check_all(made)]


def test_a_sound_directory_has_no_problems():
    made = directory(
        users={"alice": user(policies=["P"], boundary=f"arn:aws:iam::{ACCOUNT}:policy/P")},
        groups={"dev": group(members=["alice"], policies=["arn:aws:iam::aws:policy/X"])},
        roles={"r": trusting(f"arn:aws:iam::{ACCOUNT}:user/alice", "210987654321", "*")},
        policies={"P": policy()},
    )
    assert [p for p in check_all(made) if p.code in {"unknown-user", "unknown-policy"}] == []
    assert [p for p in check_all(made) if p.severity == "error"] == []


@pytest.mark.parametrize(
    ("text", "words", "hint"),
    [
        ("ReadArtefacts", "does not exist", 'did you mean "ReadArtifacts"?'),
        ("AdministratorAccess", "does not exist", "arn:aws:iam::aws:policy/AdministratorAccess"),
        (f"arn:aws:iam::{ACCOUNT}:policy/Gone", "does not exist", None),
        (f"arn:aws:iam::{ACCOUNT}:policy/team/ReadArtifacts", "has path /", None),
        ("arn:aws:iam::210987654321:policy/Theirs", "another account", None),
        (f"arn:aws:iam::{ACCOUNT}:user/alice", "not the ARN of a managed policy", None),
        ("arn:nonsense", "not the ARN of a managed policy", None),
    ],
)
def test_attached_policies_and_boundaries_must_resolve(text, words, hint):
    made = directory(
        users={"u": user(policies=[text]), "v": user(boundary=text)},
        policies={"ReadArtifacts": policy()},
    )
    attached, boundary = check_all(made)
    assert attached.at == ("users", "u", "policies", 0)
    assert boundary.at == ("users", "v", "boundary")
    assert (attached.severity, attached.code) == ("error", "unknown-policy")
    assert words in attached.message
    if hint:
        assert hint in (attached.hint or "")


def test_members_must_exist_with_their_exact_name():
    made = directory(
        users={"alice": user()},
        groups={"dev": group(members=["alice", "Alice", {"user": "alcie", "until": "2026-01-01"}])},
    )
    problems = check_all(made)
    assert [(p.code, p.at[-1], p.hint) for p in problems] == [
        ("unknown-user", 1, 'did you mean "alice"?'),
        ("unknown-user", 2, 'did you mean "alice"?'),
    ]


@pytest.mark.parametrize(
    ("principal", "severity", "code"),
    [
        (f"arn:aws:iam::{ACCOUNT}:user/alcie", "error", "unknown-user"),
        (f"arn:aws:iam::{ACCOUNT}:user/alice", "error", "unknown-user"),
        (f"arn:aws:iam::{ACCOUNT}:role/gone", "error", "unknown-role"),
        (f"arn:aws:sts::{ACCOUNT}:assumed-role/gone/s", "error", "unknown-role"),
        ("AIDAQ3EGTHRS2CTKW7VAL", "warning", "unknown-principal"),
        ("AROAQ3EGTHRS2CTKW7VAL", "warning", "unknown-principal"),
        (f"arn:aws:iam::{ACCOUNT}:user/eng/alice", None, None),
        (f"arn:aws:sts::{ACCOUNT}:assumed-role/r/session", None, None),
        (f"arn:aws:iam::{ACCOUNT}:root", None, None),
        ("arn:aws:iam::210987654321:user/stranger", None, None),
        ("arn:aws-cn:iam::123456789012:user/stranger", None, None),
    ],
)
def test_principals_of_this_account_must_resolve(principal, severity, code):
    made = directory(users={"alice": user(path="/eng/")}, roles={"r": trusting(principal)})
    at = ("roles", "r", "trust", "Statement", 0, "Principal", "AWS", 0)
    assert told(made) == ([(severity, code, at)] if code else [])


@pytest.mark.parametrize(
    ("path", "hint"),
    [("/eng/", f"write arn:aws:iam::{ACCOUNT}:user/eng/alice"), ("eng", None), ("/eng", None)],
)
def test_nobody_is_told_to_write_a_path_that_is_none(path, hint):
    made = directory(
        users={"alice": user(path=path)},
        roles={"r": trusting(f"arn:aws:iam::{ACCOUNT}:user/alice")},
    )
    assert [p.hint for p in check_all(made) if p.code == "unknown-user"] == [hint]


@pytest.mark.parametrize("rest", ["assumed-role", "assumed-role/", "assumed-role//s"])
def test_a_session_of_no_role_is_a_malformed_principal(rest):
    made = directory(roles={"r": trusting(f"arn:aws:sts::{ACCOUNT}:{rest}")})
    at = ("roles", "r", "trust", "Statement", 0, "Principal", "AWS", 0)
    assert told(made) == [("error", "invalid-principal", at)]


def test_a_principal_by_the_unique_id_of_somebody_is_fine():
    alice = user()
    assert told(directory(users={"alice": alice}, roles={"r": trusting(alice["id"])})) == []


def test_names_that_differ_in_case_alone_are_told_once_but_found_from_both():
    made = directory(users={"alice": user(), "Alice": user()}, groups={"ALICE": group()})
    assert told(made) == [("error", "duplicate-name", ("users", "Alice"))]
    for name in ("alice", "Alice"):
        assert [p.code for p in Invariants(made).entity("users", name)] == ["duplicate-name"]


def test_unique_ids_and_key_ids_stand_once():
    first = user(keys={"AKIAQ3EGTHRS2CTKW7VA": {}})
    made = directory(
        users={"a": first, "b": user(keys={"AKIAQ3EGTHRS2CTKW7VA": {}})},
        groups={"g": group(id=first["id"])},
    )
    assert told(made) == [
        ("error", "duplicate-id", ("users", "b", "keys", "AKIAQ3EGTHRS2CTKW7VA")),
        ("error", "duplicate-id", ("groups", "g", "id")),
        ("warning", "id-prefix", ("groups", "g", "id")),
    ]
    assert [p.code for p in Invariants(made).entity("users", "a")] == [
        "duplicate-id",
        "duplicate-id",
    ]


def test_one_id_everywhere_stays_linear(monkeypatch):
    made = directory(users={f"u{i}": user(id="AIDAQ3EGTHRS2CTKW7VAL") for i in range(5000)})
    looked = []
    look = Directory.fields_of
    monkeypatch.setattr(Directory, "fields_of", lambda *asked: looked.append(asked) or look(*asked))
    assert len(check_all(made)) == 4999
    assert 5000 < len(looked) < 5 * 5000


def test_what_lacks_an_id_is_a_warning_unless_it_holds_keys():
    made = directory(
        users={"a": {}, "b": {"created": "2026-01-01", "keys": {"AKIAQ3EGTHRS2CTKW7VA": {}}}}
    )
    assert told(made) == [
        ("warning", "no-id", ("users", "a")),
        ("warning", "no-id", ("users", "b")),
        ("error", "no-id", ("users", "b", "keys")),
    ]
    assert check_all(made)[0].message == 'user "a" has no id and no created'


def test_a_temporary_key_id_is_unusual():
    made = directory(users={"a": user(keys={"ASIAQ3EGTHRS2CTKW7VA": {}})})
    assert told(made) == [("warning", "id-prefix", ("users", "a", "keys", "ASIAQ3EGTHRS2CTKW7VA"))]


def test_repeated_members_and_policies_are_errors():
    made = directory(
        users={"a": user(policies=["P", f"arn:aws:iam::{ACCOUNT}:policy/P"])},
        groups={"g": group(members=["a", {"user": "a"}])},
        policies={"P": policy()},
    )
    assert told(made) == [
        ("error", "duplicate-item", ("users", "a", "policies", 1)),
        ("error", "duplicate-item", ("groups", "g", "members", 1)),
    ]


def test_tags_follow_aws_and_ignore_case_on_users_and_roles():
    tags = {"Team": "a", "team": "b"}
    made = directory(
        users={"a": user(tags={**tags, "aws:x": "y"})}, policies={"P": policy(tags=tags)}
    )
    assert told(made) == [
        ("error", "duplicate-tag", ("users", "a", "tags", "team")),
        ("error", "invalid-tag", ("users", "a", "tags", "aws:x")),
    ]


def test_quotas_are_warnings_and_can_be_raised():
    keys = {f"AKIAQ3EGTHRS2CTKW7V{c}": {} for c in "ABC"}
    sections = {
        "users": {"a": user(keys=keys, tags={f"t{i}": "" for i in range(51)})},
        "groups": {f"g{i}": group(members=["a"]) for i in range(11)},
    }
    assert told(directory(**sections)) == [
        ("warning", "quota", ("users", "a", "tags")),
        ("warning", "quota", ("users", "a", "keys")),
        ("warning", "quota", ("users", "a")),
    ]
    excesses = {p.excess for p in check_all(directory(**sections)) if p.code == "quota"}
    assert excesses == {("tags", 51), ("keys_per_user", 3), ("groups_per_user", 11)}
    raised = {"quotas": {"keys_per_user": 3, "tags": 60, "groups_per_user": 11}}
    assert {at for _, code, at in told(directory(raised, **sections)) if code == "quota"} == {
        ("account", "quotas", name) for name in raised["quotas"]
    }


def test_document_sizes_leave_white_space_out():
    statement = {"Effect": "Allow", "Action": "s3:Get*", "Resource": "*", "Sid": ""}
    empty = len('{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:Get*",'
                '"Resource":"*","Sid":""}}')  # fmt: skip

    def sized(length):
        sid = {"Sid": "x" * (length - empty)}
        return {"Version": "2012-10-17", "Statement": {**statement, **sid}}

    exact, above = sized(2048), sized(2049)
    assert told(directory(users={"a": user(inline={"I": exact})})) == []
    assert told(directory(users={"a": user(inline={"I": above})})) == [
        ("warning", "quota", ("users", "a", "inline"))
    ]
    spaced = {**exact, "Statement": {**exact["Statement"], "Resource": ["*"]}}
    assert len(told(directory(users={"a": user(inline={"I": spaced})}))) == 1
    large = {"P": {**policy(), "document": sized(6145)}}
    assert told(directory(policies=large)) == [("warning", "quota", ("policies", "P", "document"))]


def test_the_account_is_checked():
    made = directory({"alias": "123456789012", "quotas": {"groups": 0, "users": 100_000}},
                     groups={"g": group()})  # fmt: skip
    assert [(p.code, p.at) for p in Invariants(made).account()] == [
        ("invalid-value", ("account", "alias")),
        ("quota", ("account", "quotas", "users")),
        ("quota", ("groups",)),
    ]


def test_an_entity_that_cannot_be_read_hides_nothing():
    broken = {"Version": "2012-10-17", "Statement": {"Effect": "Alow"}}
    made = directory(
        users={"a": user(policies=["gone"], inline={"I": broken}, created="soon")},
        groups={"g": group(members=["nobody"])},
    )
    codes = [code for _, code, _ in told(made)]
    assert {"unknown-policy", "unknown-user", "invalid-time", "invalid-effect"} <= set(codes)
    assert len(codes) == len(set(told(made)))
    assert all(p.at[:2] == ("users", "a") for p in Invariants(made).entity("users", "a"))


def test_one_checker_serves_many_entities():
    made = directory(users={"a": user(policies=["gone"]), "b": user(boundary="gone")})
    checker = Invariants(made)
    for name in ("a", "b"):
        expected = list(Invariants(made).entity("users", name))
        assert list(checker.entity("users", name)) == expected
        assert len(expected) == 1


def test_suggestions_are_bounded():
    members = [f"alice{i}" for i in range(100)]
    made = directory(users={"alice": user()}, groups={"g": group(members=members)})
    hints = [p.hint for p in check_all(made)]
    assert len(hints) == 100
    assert 0 < len([hint for hint in hints if hint]) <= 20


def test_referrers_are_those_whose_validity_may_change():
    alice = user()
    made = directory(
        users={"alice": alice, "bob": user(policies=["P"], boundary="Q")},
        groups={"dev": group(members=["bob", {"user": "alice"}]), "ops": group(members=["bob"])},
        roles={
            "by-arn": trusting(f"arn:aws:iam::{ACCOUNT}:user/eng/alice"),
            "by-id": trusting(alice["id"]),
            "by-role": trusting(f"arn:aws:iam::{ACCOUNT}:role/by-id"),
            "by-session": trusting(f"arn:aws:sts::{ACCOUNT}:assumed-role/by-id/s"),
        },
        policies={"P": policy(), "Q": policy()},
    )
    assert referrers(made, "users", "alice") == {
        ("groups", "dev"), ("roles", "by-arn"), ("roles", "by-id")
    }  # fmt: skip
    assert referrers(made, "users", "gone") == set()
    assert referrers(made, "roles", "by-id") == {("roles", "by-role"), ("roles", "by-session")}
    assert referrers(made, "policies", "P") == {("users", "bob")}
    assert referrers(made, "policies", "Q") == {("users", "bob")}
    assert referrers(made, "groups", "dev") == set()


def test_a_whole_check_reads_each_entity_once():
    made = directory(users={f"u{i}": user() for i in range(50)})
    check_all(made)
    assert made.users.loads == 50
