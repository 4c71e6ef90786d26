"""The diff an edit shows is the edit: carried out on the old text, it gives the new one."""

import random
import re

from hypothesis import given, settings
from hypothesis import strategies as st

from iamctl.store.edits import Edits, apply
from iamctl.store.layout import Layout
from iamctl.store.splice import Spliced
from iamctl.store.textdiff import text_diff

HUNK = re.compile(r"@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@")
NO_NEWLINE = "\\ No newline at end of file"


def lines_of(text: str) -> list[str]:
    return re.findall(r"[^\n]*\n|[^\n]+$", text)


def patched(old: str, diff: str) -> str:
    """What `patch` makes of the old text; every hunk's place, count and context must be right."""
    source, result, at = lines_of(old), list[str](), 0
    rows = diff.split("\n")[2:-1]
    while rows:
        match = HUNK.fullmatch(rows.pop(0))
        assert match is not None
        first, count, new_first, new_count = (1 if g is None else int(g) for g in match.groups())
        start = first - 1 if count else first
        result += source[at:start]
        assert len(result) == (new_first - 1 if new_count else new_first)
        at, size = start, len(result)
        while rows and not rows[0].startswith("@@"):
            mark, line = rows[0][0], rows[0][1:] + "\n"
            del rows[0]
            if rows and rows[0] == NO_NEWLINE:
                line = line[:-1]
                del rows[0]
            if mark in " -":
                assert source[at] == line
                at += 1
            if mark in " +":
                result.append(line)
        assert at - start == count
        assert len(result) - size == new_count
    return "".join(result + source[at:])


@settings(max_examples=300, deadline=None)
@given(st.integers(0, 2**48))
def test_the_diff_carried_out_gives_the_new_text(seed: int) -> None:
    rng = random.Random(seed)
    old = "".join(rng.choice(["a", "b\n", "c\n", "\n", "d\r\n"]) for _ in range(rng.randint(0, 60)))
    edits = Edits(Layout(old))
    at = 0
    while at <= len(old) and rng.random() < 0.7:
        start = min(len(old), at + rng.randint(0, 20))
        end = min(len(old), start + rng.choice([0, 0, 1, 5]))
        edits.replace(start, end, rng.choice(["", "x", "x\ny", "\n", "new\n"]))
        at = end + 1
    spans = edits.spans()
    new = apply(old, spans)
    diff = text_diff(old, Spliced(new, spans), "d.yaml")
    assert (diff == "") == (old == new)
    if diff:
        assert diff.startswith("--- a/d.yaml\n+++ b/d.yaml\n")
        assert patched(old, diff) == new


def test_an_absolute_path_stands_in_the_header_as_git_writes_it() -> None:
    edits = Edits(Layout("a\n"))
    edits.insert(2, "b\n")
    diff = text_diff("a\n", Spliced("a\nb\n", edits.spans()), "/etc/d.yaml")
    assert diff == "--- a/etc/d.yaml\n+++ b/etc/d.yaml\n@@ -1 +1,2 @@\n a\n+b\n"
