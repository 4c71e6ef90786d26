"""Mermaid and Graphviz's language: whatever a name holds is a name to their readers."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iamctl.rendering.escape import printable
from iamctl.rendering.graph_dot import dot, styled
from iamctl.rendering.graph_mermaid import MOST_EDGES, is_too_much, mermaid
from iamctl.services.graph import Edge, Graph, Node

PROGRAM = shutil.which("graphviz-pure", path=str(Path(sys.executable).parent))
HOSTILE = ['"]:::x', "`b`", "\\N\\", "<script>alert(1)</script>", "a\nb", "%%{init: {}}%%", "end",
           "&lt;", "#35;", "|x|", '<b>"', "\x1b[31m", "\u202egnp.exe"]  # fmt: skip


def graph_of(names, label=""):
    nodes = tuple(Node(f"user/{n}", "user", (name,)) for n, name in enumerate(names))
    edges = tuple(Edge(nodes[0].id, node.id, "member", label) for node in nodes[1:])
    return Graph(nodes, edges)


def decoded(text):
    return re.sub(r"#(\d+);", lambda found: chr(int(found[1])), text)


@given(st.lists(st.text(min_size=1) | st.sampled_from(HOSTILE), min_size=2, max_size=4), st.text())
def test_mermaid_holds_labels_that_obey_nothing(names, label):
    lines = mermaid(graph_of(names, label)).splitlines()
    found = [re.fullmatch(r'    n\d+\(\["([^"`<>&|]*)"\]\):::user', line) for line in lines]
    assert [decoded(match[1]) for match in found if match] == [
        f"user {printable(n)}" for n in names
    ]
    arrows = [line for line in lines if re.match(r"    n1 -->", line)]
    assert len(arrows) == len(names) - 1
    for line in arrows if label else ():
        match = re.fullmatch(r'    n1 -->\|"([^"`<>&|]*)"\| n\d+', line)
        assert match
        assert decoded(match[1]) == printable(label)


def test_what_mermaid_would_not_draw_is_known():
    for count, much in ((MOST_EDGES - 1, False), (MOST_EDGES, True)):  # and the legend's arrow
        graph = graph_of(list(map(str, range(count + 1))))
        text = mermaid(graph)
        assert len(re.findall("-->", text)) == count + 1
        assert is_too_much(graph, text) is much
    long = graph_of(["a" * 20_000, "b" * 40_000])
    assert is_too_much(long, mermaid(long))


def laid_out(text, form):
    done = subprocess.run([PROGRAM, f"-T{form}"], input=text.encode(), capture_output=True,
                          check=True)  # fmt: skip
    return done.stdout.decode()


@settings(max_examples=15, deadline=None)
@given(st.lists(st.text(min_size=1) | st.sampled_from(HOSTILE), min_size=2, max_size=4), st.text())
def test_graphviz_reads_the_labels_that_were_meant(names, label):
    read = json.loads(laid_out(dot(graph_of(names, label)), "dot_json"))
    shown = [o["label"].replace("\\\\", "\\") for o in read["objects"] if o["name"] != "legend"]
    assert shown == [printable(name) for name in names]


@pytest.mark.parametrize("name", HOSTILE)
def test_a_picture_is_well_formed_and_scripts_nothing(name):
    picture = styled(laid_out(dot(graph_of([name, "b"], name)), "svg"))
    root = ElementTree.fromstring(picture)
    tags = {element.tag.rpartition("}")[2] for element in root.iter()}
    assert tags <= {
        "svg",
        "g",
        "a",
        "title",
        "polygon",
        "path",
        "ellipse",
        "text",
        "style",
        "polyline",
    }
    assert not [key for element in root.iter() for key in element.attrib if key.startswith("on")]
    assert "prefers-color-scheme: dark" in picture


def test_many_users_are_counted_above_their_names():
    many = Graph((Node("user/a", "user", ("a", "b", "c", "d")),), ())
    assert 'label="4 users\\na, b, c, …"' in dot(many)
    assert "4 users#58; a, b, c, …" in mermaid(many) or "4 users: a, b, c, …" in mermaid(many)


def test_each_kind_of_arrow_is_explained_once():
    nodes = tuple(Node(f"user/{n}", "user", (n,)) for n in "ab")
    kinds = ("member", "attached", "boundary", "trusts", "assumes", "can")
    graph = Graph(nodes, tuple(Edge("user/a", "user/b", kind) for kind in kinds * 2))
    words = (
        "is a member of",
        "has the policy",
        "is bounded by",
        "is trusted by",
        "can assume",
        "can",
    )
    for text in (dot(graph), mermaid(graph)):
        for word in words[:5]:
            assert text.count(word) == 1


def test_what_is_gained_or_lost_says_so_and_has_its_colour():
    nodes = tuple(Node(f"user/{n}", "user", (n,)) for n in "ab")
    edges = tuple(Edge("user/a", "user/b", "member", label, change) for label, change in
                  (("", "gained"), ("if x", "lost"), ("if y", "")))  # fmt: skip
    graph = Graph(nodes, edges)
    told = mermaid(graph)
    assert '|"gained"|' in told
    assert "lost#58; if x" in told or "lost: if x" in told
    picture = styled(laid_out(dot(graph), "svg"))
    groups = [g for g in ElementTree.fromstring(picture).iter() if g.get("class", "")[:4] == "edge"]
    assert sorted(group.get("class") for group in groups) == ["edge", "edge gained", "edge lost"]
    assert {group.get("class"): [t.text for t in group.iter() if t.tag.endswith("}text")]
            for group in groups} == {"edge": ["if y"], "edge gained": ["gained"],
                                     "edge lost": ["lost: if x"]}  # fmt: skip


def test_a_picture_has_the_background_that_it_is_given():
    graph = graph_of(["a", "b"])
    white = laid_out(dot(graph, "white"), "svg")
    assert '<polygon fill="white" stroke="none"' in white
    assert 'fill="white"' not in laid_out(dot(graph), "svg")
