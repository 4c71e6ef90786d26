import pytest
from hypothesis import given
from hypothesis import strategies as st

from iamctl.domain import names
from iamctl.domain.errors import InvalidValue


@pytest.mark.parametrize("name", ["a", "alice", "A+=,.@-_9", "x" * 64])
def test_user_names_that_aws_takes(name):
    assert names.USER_NAME.check(name) == name


@pytest.mark.parametrize(
    "name",
    ["", "x" * 65, "al ice", "alice\n", "аlice", "a/b", "a:b", "$(id)", "٣", "\x00", "a\u202eb"],
)
def test_user_names_that_aws_refuses(name):
    with pytest.raises(InvalidValue):
        names.USER_NAME.check(name)


@given(st.text())
def test_a_name_that_passes_is_plain_ascii(text):
    if names.USER_NAME.problem(text) is None:
        assert text.isascii()
        assert text.isprintable()
        assert not set(text) & set(" '\"`$();\\/:*")


@pytest.mark.parametrize(
    ("path", "good"),
    [("/", True), ("/a/b/", True), ("/a", False), ("a/", False), ("", False), ("/a b/", False)],
)
def test_paths(path, good):
    assert (names.PATH.problem(path) is None) is good


@pytest.mark.parametrize("rule", [names.CLIENT_ID, names.JWK_ID, names.CLAIM_VALUE])
def test_half_a_character_is_no_text(rule):
    """What a byte that is no UTF-8 becomes on a command line, or \\ud800 in JSON."""
    assert rule.problem("é\U0001f600") is None
    assert "UTF-8" in (rule.problem("a\udcff") or "")


def test_tags_allow_letters_of_any_script_and_refuse_the_rest():
    assert names.check_tags([("Équipe", "плата 1"), ("a", "")]) == {"Équipe": "плата 1", "a": ""}
    for key, value in [("aws:x", "y"), ("AWS:x", "y"), ("x", "aws:y"), ("", "y"), ("x;", "y"),
                       ("x", "`id`"), ("x" * 129, ""), ("x", "y" * 257), ("x", "\n")]:  # fmt: skip
        with pytest.raises(InvalidValue):
            names.check_tags([(key, value)])


def test_tag_keys_repeat_ignoring_case():
    with pytest.raises(InvalidValue, match="Duplicate tag keys"):
        names.check_tags([("team", "a"), ("Team", "b")])


def test_did_you_mean_finds_the_near_name_and_nothing_far():
    assert names.did_you_mean("alcie", ["bob", "alice"]) == 'did you mean "alice"?'
    assert names.did_you_mean("ALICE", ["alice"]) == 'did you mean "alice"?'
    assert names.did_you_mean("zzz", ["alice"]) is None
