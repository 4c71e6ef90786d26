"""How much of a large change a comment of access holds, and what it says of the rest."""

import re

import pytest

from iamctl.rendering.access_diff import diff_markdown
from iamctl.services.access_diff_assume import Edge
from iamctl.services.access_diff_gates import Breach, Review
from iamctl.services.access_diff_lines import AccessDiff

FOUND = AccessDiff((), (), (), 1)


def review(credentials: int, breaches: int, edges: int = 0) -> Review:
    return Review(
        FOUND,
        tuple(Edge(f"user/u{n}", (), f"role/r{n}", "allowed", ()) for n in range(edges)),
        tuple(f"user/u{n} has a new access key" for n in range(credentials)),
        tuple(Breach("claims", words=f"claim {n} does not hold") for n in range(breaches)),
    )


@pytest.mark.parametrize(
    ("credentials", "breaches"), [(5000, 3), (3, 5000), (5000, 5000), (20, 20)]
)
def test_a_comment_of_access_is_cut_between_items_and_counts_the_rest(credentials, breaches):
    text = diff_markdown(review(credentials, breaches, 500), "main", "HEAD")
    assert len(text) <= 30_000
    assert text.count("<details>") == text.count("</details>")
    for title, number, item in (
        ("Gates that fail", breaches, "- ❌"),
        ("New credentials", credentials, "- `user/"),
    ):
        section = text.partition(f"**{title}**\n")[2].partition("\n**")[0]
        told = len(re.findall(f"^{item}.*`$", section, re.MULTILINE))
        more = re.findall(r"\n\n?- … and (\d+) more, which `iamctl access-diff` shows\n", section)
        assert told + sum(map(int, more)) == number
        assert len(more) == (told < number)


def test_what_fits_is_all_there():
    text = diff_markdown(review(40, 2), "main", "HEAD")
    assert "…" not in text
    assert text.count("has a new access key") == 40
    assert text.endswith("\n</details>\n")


def test_no_list_goes_on_within_a_fold():
    text = diff_markdown(review(5000, 0), "main", "HEAD")
    assert re.search(r"\n</details>\n\n- … and \d+ more", text)
