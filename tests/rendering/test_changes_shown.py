"""Changes as text, Markdown, annotations and data: hostile names do nothing in any."""

import re

from iamctl.domain.change import Change, Renamed
from iamctl.domain.source import Source
from iamctl.rendering.changes import (
    changes_github,
    changes_markdown,
    entity_shape,
    entity_text,
)
from iamctl.services.changes import EntityChanges

EVIL = "x`y\n::error::z\x1b[31m</td><script>@all"
TAGGED = Change(("users", "alice", "tags", EVIL), "a", EVIL)
ENTITIES = (
    EntityChanges("users", "alice", "changed", (TAGGED,), None, (f"the policy of {EVIL}",)),
    EntityChanges("users", "ada", "renamed", (Renamed("users", "AIDA1", "bob", "ada"),), "bob"),
    EntityChanges("groups", "g", "added", (Change(("groups", "g"), None, {"id": "A"}),)),
    EntityChanges("groups", "h", "removed", (Change(("groups", "h"), {"id": "A"}),)),
    EntityChanges("account", "", "changed", (Change(("account", "alias"), "a", "b"),)),
)  # fmt: skip


def test_text():
    text = "".join(map(entity_text, ENTITIES))
    lines = text.splitlines()
    assert lines[0] == '~ user "alice"'
    assert lines[1].startswith("    set tag x`y\\x0a::error::z\\x1b[31m</td>")
    assert lines[2].startswith("  ! the policy of x`y\\x0a")
    assert lines[3:] == [
        '~ user "bob": renamed to "ada"', '+ add group "g"', '- remove group "h"', "~ account",
        "    set alias = b (was a)",
    ]  # fmt: skip


def test_colour_paints_and_says_the_same():
    for entity in ENTITIES:
        plain, painted = entity_text(entity), entity_text(entity, colour=True)
        assert painted != plain
        assert re.sub(r"\x1b\[[0-9;]*m", "", painted) == plain


def test_markdown_holds_names_in_code_spans():
    text = changes_markdown(ENTITIES, "HEAD", EVIL)
    outside = re.sub(r"(`+)(?!`).*?(?<!`)\1(?!`)", "", text)
    assert "script" in text
    assert not {"<", "@", "[", "::"} & set(outside)
    assert "script" not in outside
    assert changes_markdown((), "a", "b").endswith("No change in meaning.\n")


def test_a_comment_is_no_longer_than_github_takes():
    text = changes_markdown(ENTITIES * 1000, "a", "b")
    assert 29_000 < len(text) <= 30_000
    told = text.count("- **")
    assert text.endswith(f"- … and {5000 - told} more, which `iamctl diff` shows\n")


def test_annotations_stand_at_changes_and_end_where_they_should():
    text = changes_github(ENTITIES, lambda at: Source("iam/d.yaml", len(at), 3), "iam/d.yaml")
    lines = text.splitlines()
    assert len(lines) == len(ENTITIES)
    assert lines[0].startswith('::warning file=iam/d.yaml,line=2,col=3::user "alice"%0Aset tag')
    assert lines[1].startswith("::notice file=iam/d.yaml,line=2,col=3::")
    assert lines[4].startswith("::notice file=iam/d.yaml,line=1,col=3::account")
    nowhere = changes_github(ENTITIES[:1], lambda at: None, "f.yaml")
    assert nowhere.startswith("::warning file=f.yaml,line=1,col=1::")


def test_data_keep_values_as_they_are():
    shape = entity_shape(ENTITIES[0])
    assert shape["Changes"] == [
        {"Path": ["users", "alice", "tags", EVIL], "Old": "a", "New": EVIL,
         "Words": f'user "alice": set tag {EVIL} = {EVIL} (was a)'},
    ]  # fmt: skip
    assert entity_shape(ENTITIES[1])["Was"] == "bob"
    assert entity_shape(ENTITIES[4])["Name"] is None
