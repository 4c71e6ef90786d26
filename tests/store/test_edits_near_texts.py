"""Edits above and below block texts, which take for their own what stands too deep below them."""

import pytest

from iamctl.domain.change import Change, apply_changes
from iamctl.store.check import check
from iamctl.store.reader import read_directory
from iamctl.store.splice import splice

HEAD = 'iamctl: 1\naccount: {id: "123456789012"}\n'
CORP = ("identity_providers", "corp")
OTHER = ("identity_providers", "other")
TEXT = (*CORP, "saml_metadata")
LONG = "x" * 1000
ONE_LINE = f"<a {LONG}/>"
TWO_LINES = f"<a {LONG}>\n</a>\n"
START = "identity_providers:\n  corp:\n    saml_metadata: "
BLOCK = f"|\n      <a {LONG}>\n      </a>\n"
CREATED = "    created: 2026-01-01\n"
URL = {"url": "https://x.y"}
WITH_TEXT = {"created": "2026-01-01", "saml_metadata": TWO_LINES}


def case(body: str, expected: str, *changes: Change) -> None:
    """The text after HEAD becomes the expected one, and reads as what the changes yield."""
    before = read_directory((HEAD + body).encode(), "d.yaml")
    assert before.directory is not None, before.problems
    assert before.tree is not None
    old = before.directory.plain
    result = splice(before.tree, old, changes)
    assert result.text == HEAD + expected
    for limit in (0, 10_000_000):
        check(before.tree, old, apply_changes(old, changes), result, whole_limit=limit)


NEW_TEXT = Change(TEXT, ONE_LINE, TWO_LINES)


@pytest.mark.parametrize("rest", ["  \n", "  \n" + CREATED, "\n" + CREATED, "  "])
def test_space_behind_a_value_is_not_the_end_of_the_text_in_its_place(rest: str) -> None:
    case(f"{START}'{ONE_LINE}'{rest}", START + BLOCK + rest.lstrip(" ").lstrip("\n"), NEW_TEXT)


def test_space_at_the_end_of_a_text_goes_with_it() -> None:
    case(
        f"{START}|-\n      {ONE_LINE}  \n{CREATED}",
        START + BLOCK + CREATED,
        Change(TEXT, f"{ONE_LINE}  ", TWO_LINES),
    )
    case(
        f"{START}|\n      {ONE_LINE}\n        \n{CREATED}",
        START + BLOCK + CREATED,
        Change(TEXT, f"{ONE_LINE}\n  \n", TWO_LINES),
    )


def test_a_text_above_a_wide_blank_line_stands_between_quotes() -> None:
    wide = "       \n" + CREATED
    case(
        f"{START}'{ONE_LINE}'\n{wide}",
        f'{START}"<a {LONG}>\\n</a>\\n"\n{wide}',
        NEW_TEXT,
    )
    narrow = "      \n" + CREATED
    case(f"{START}'{ONE_LINE}'\n{narrow}", START + BLOCK + narrow, NEW_TEXT)


def test_a_new_text_comes_below_wide_blank_lines() -> None:
    new = f"  other:\n{CREATED}    saml_metadata: {BLOCK}"
    for blank in ("           \n", "\n           \n"):
        head = f"{START}'{ONE_LINE}'\n{blank}"
        case(f"{head}mfa: {{}}\n", f"{head}{new}mfa: {{}}\n", Change(OTHER, None, WITH_TEXT))


def test_wide_blank_lines_below_a_text_go_with_what_stood_between() -> None:
    case(
        f"{START}{BLOCK}{CREATED}           \nmfa: {{}}\n",
        f"{START}{BLOCK}mfa: {{}}\n",
        Change((*CORP, "created"), "2026-01-01", None),
    )


@pytest.mark.parametrize("more", ["        \n", "\n        \n", "  \n        \n         \n"])
def test_wide_blank_lines_at_the_end_of_a_text_are_its_own(more: str) -> None:
    head = f"{START}|\n      {ONE_LINE}\n{more}"
    case(f"{head}mfa: {{}}\n", f"{head}  other:\n    url: https://x.y\nmfa: {{}}\n",
         Change(OTHER, None, URL))  # fmt: skip


def test_a_text_at_the_end_of_a_file_keeps_its_last_line_break() -> None:
    created = Change((*CORP, "created"), "2026-01-01", None)
    case(START + BLOCK + CREATED[:-1], START + BLOCK, created)
    gone = Change(OTHER, URL, None)
    case(f"{START}{BLOCK}  other: {{url: https://x.y}}", START + BLOCK, gone)
    case(f"{START}'{ONE_LINE}'", START + BLOCK, NEW_TEXT)
    new = f"  other:\n{CREATED}    saml_metadata: {BLOCK}"
    head = f"{START}'{ONE_LINE}'"
    case(head, f"{head}\n{new}", Change(OTHER, None, WITH_TEXT))


@pytest.mark.parametrize(
    ("sign", "then"),
    [("|", "|-"), ("|-", "|-"), (">", ">-"), ("|+ # c", "|- # c"), ("|2 # +", "|-2 # +")],
)
def test_a_text_at_the_end_of_a_file_without_a_line_break_gets_none(sign: str, then: str) -> None:
    text = f"\n      {ONE_LINE}"
    new = "\n  other:\n    url: https://x.y\n  third:\n    url: https://x.z"
    case(
        START + sign + text,
        START + then + text + new,
        Change(OTHER, None, URL),
        Change(("identity_providers", "third"), None, {"url": "https://x.z"}),
    )


@pytest.mark.parametrize("sign", ["|+", ">+", "|2+"])
@pytest.mark.parametrize("blank", ["\n          ", "\n\n          ", "\n  \n          "])
@pytest.mark.parametrize(
    ("added", "new"),
    [
        (Change(OTHER, None, URL), "  other:\n    url: https://x.y"),
        (Change((*CORP, "created"), None, "2026-01-01"), CREATED.rstrip("\n")),
    ],
)
def test_blanks_of_a_text_at_the_end_of_a_file_stay_its_own(
    sign: str, blank: str, added: Change, new: str
) -> None:
    text = f"\n      {ONE_LINE}{blank}"
    case(START + sign + text, f"{START}{sign[:-1]}-{text}\n{new}", added)


def test_a_text_at_the_end_of_a_file_goes_while_something_comes() -> None:
    first = "identity_providers:\n  a:\n    url: https://x.y\n"
    text = f"  corp:\n    saml_metadata: |\n      {ONE_LINE}"
    gone = Change(CORP, {"saml_metadata": ONE_LINE}, None)
    pool = {"id": "eu-west-1:5b1d3c9a-7e48-40bd-91c2-f3e8a4570612"}
    added = f"identity_pools:\n  web:\n    id: {pool['id']}"
    case(first + text, first + added, gone, Change(("identity_pools", "web"), None, pool))


def test_an_item_that_changes_place_and_kind_is_written_where_the_old_one_stood() -> None:
    members = ("groups", "dev", "members")
    case(
        "users: {alice: {}, bob: {}, carol: {}}\ngroups: {dev: {members: [alice, bob, carol]}}\n",
        "users: {alice: {}, bob: {}, carol: {}}\n"
        "groups: {dev: {members: [bob, {user: alice, until: 2026-12-31T00:00:00Z}]}}\n",
        Change((*members, "carol"), "carol", None),
        Change((*members, "alice"), "alice", None),
        Change((*members, "alice"), None, {"user": "alice", "until": "2026-12-31T00:00:00Z"}),
    )
