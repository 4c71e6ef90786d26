import pytest

from iamctl.domain.claims import Claim, claims_of
from iamctl.domain.source import Source


def locate(at):
    return Source("t.yaml", len(at), 1)


def only(plain):
    (claim,), problems = claims_of(plain, locate)
    assert problems == []
    return claim


def codes(plain):
    return [(p.code, p.at) for p in claims_of(plain, locate)[1]]


def test_a_text_and_a_list_of_one_are_the_same():
    one = only({"allow": [{"principal": "alice", "action": "s3:GetObject"}]})
    assert one == only({"allow": [{"principal": ["alice", "alice"], "action": ["s3:GetObject"]}]})
    assert (one.principals, one.actions, one.resources) == (("alice",), ("s3:GetObject",), ("*",))
    assert one.source == Source("t.yaml", 2, 1)


def test_a_context_folds_its_keys_and_keeps_one_value_and_a_list_apart():
    given = {"aws:TagKeys": ["x"], "aws:SourceIp": "1.2.3.4"}
    fields = {"principal": "a", "action": "s3:*", "at": "2027-01-01", "context": given}
    claim = only({"deny": [fields]})
    assert claim.context == {"aws:tagkeys": ("x",), "aws:sourceip": "1.2.3.4"}
    assert claim.at == 1798761600


def test_only_means_a_list_in_one_kind_and_a_flag_in_the_other():
    listed = only({"nobody-but": [{"action": "iam:*", "only": ["role/admin"]}]})
    assert (listed.only, listed.alone) == (("role/admin",), False)
    flagged = only({"assume": [{"role": "role/deployer", "by": "alice", "only": True}]})
    assert (flagged.only, flagged.alone, flagged.roles) == ((), True, ("deployer",))


def test_claims_come_by_kind():
    plain = {
        "assume": [{"role": "r", "only": True}],
        "deny": [{"principal": "a", "action": "s3:*"}],
        "allow": [{"principal": "b", "action": "s3:*"}],
    }
    assert [claim.kind for claim in claims_of(plain, locate)[0]] == ["allow", "deny", "assume"]


@pytest.mark.parametrize(
    ("fields", "found"),
    [
        ({"role": "r"}, [("empty", ("assume", 0))]),
        ({"role": [], "only": True}, [("empty", ("assume", 0, "role"))]),
        ({"role": "r", "with": {"a:b": "c"}, "only": True}, [("empty", ("assume", 0, "with"))]),
        ({"role": "r", "by": "a", "at": "noon"}, [("invalid-value", ("assume", 0, "at"))]),
        ({"role": "r", "not-by": "a"}, []),
        ({"role": "r", "only": True}, []),
    ],
)
def test_claims_that_claim_nothing_are_problems(fields, found):
    assert codes({"assume": [fields]}) == found


@pytest.mark.parametrize(
    ("claim", "words"),
    [
        (Claim("allow", ("alice",), ("s3:GetObject",), ("arn:aws:s3:::a",)),
         "allow alice: s3:GetObject on arn:aws:s3:::a"),
        (Claim("deny", ("a", "b"), ("s3:*",)), "deny a, b: s3:*"),
        (Claim("nobody-but", actions=("iam:*",), only=("role/admin",)),
         "nobody but role/admin: iam:*"),
        (Claim("nobody-but", actions=("iam:*",)), "nobody: iam:*"),
        (Claim("assume", ("alice",), roles=("deployer",), alone=True, excluded=("bob",)),
         "assume deployer by alice only not by bob"),
    ],
)  # fmt: skip
def test_a_claim_in_one_line(claim, words):
    assert str(claim) == words
