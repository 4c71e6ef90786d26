"""Which context keys are settled for whom."""

from iamctl.catalogue import ShippedCatalogue
from iamctl.domain.directory import Directory
from iamctl.services.access import Access
from iamctl.services.reaching import known_of
from iamctl.services.settled import settled_keys

OWN = "123456789012"


def access(*trusted):
    statement = {"Effect": "Allow", "Action": list(trusted), "Principal": {"AWS": OWN}}
    role = {"tags": {"team": "red"}, "trust": {"Version": "2012-10-17", "Statement": [statement]}}
    plain = {"iamctl": 1, "account": {"id": OWN}, "users": {"alice": {}}, "roles": {"r": role}}
    return Access(Directory(plain), ShippedCatalogue(), 1_795_510_800)


def test_a_user_or_root_may_have_used_mfa_and_a_roles_session_never_says_so():
    asked = access("sts:AssumeRole")
    user, session = asked.subject("alice"), asked.subject("assumed-role/r/night")
    assert "aws:multifactorauthpresent" not in settled_keys(user)
    assert "aws:multifactorauthpresent" not in settled_keys(asked.subject("root"))
    assert "aws:multifactorauthpresent" in settled_keys(session)
    assert "aws:sourceidentity" in settled_keys(user)
    assert "aws:sourceidentity" not in settled_keys(session)


def test_the_name_of_a_session_is_settled_when_it_is_said():
    asked = access("sts:AssumeRole")
    assert "aws:userid" in settled_keys(asked.subject("assumed-role/r/night"))
    assert "aws:userid" not in settled_keys(asked.subject("role/r"))


def test_tags_that_a_session_may_bring_are_open():
    key = "aws:principaltag/team"
    plain, tagged = access("sts:AssumeRole"), access("sts:AssumeRole", "sts:TagSession")
    known = known_of(plain, plain.subject("role/r"), {})
    assert (known.context[key], known.settles(key)) == ("red", True)
    known = known_of(tagged, tagged.subject("role/r"), {})
    assert key not in known.context
    assert not known.settles(key)
    assert known.settles("aws:principalarn")
    given = known_of(tagged, tagged.subject("role/r"), {"aws:PrincipalTag/team": "blue"})
    assert given.context[key] == "blue"
