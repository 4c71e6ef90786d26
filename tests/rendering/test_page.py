"""The page as text: whatever a directory holds stays data, and only the page's own script runs."""

import json
import re
import shutil
import subprocess
import sys
from base64 import b64encode
from hashlib import sha256
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iamctl.domain.errors import StorageFailure
from iamctl.rendering.escape import printable
from iamctl.rendering.graph_dot import dot, styled
from iamctl.rendering.page import page_text
from iamctl.rendering.page_picture import picture
from iamctl.services.graph import Edge, Graph, Node
from iamctl.services.page import Identity, Page

PROGRAM = shutil.which("graphviz-pure", path=str(Path(sys.executable).parent))
HOSTILE = ["</script><script>alert(1)</script>", "<!--<script>", '"><img src=x onerror=alert(1)>',
           "\u2028\u2029", "{data}{policy}", "&lt;b&gt;", "\u202egnp.exe", "__proto__", "'\\",
           "\ud800", "]]>"]  # fmt: skip
PAINTED = Graph((Node("user/a", "user", ("a",)), Node("group/g", "group", ("g",))),
                (Edge("user/a", "group/g", "member"),))  # fmt: skip


def laid_out(graph):
    done = subprocess.run([PROGRAM, "-Tsvg"], input=dot(graph).encode(), capture_output=True,
                          check=True)  # fmt: skip
    return done.stdout.decode()


SVG = laid_out(PAINTED)


class Reader(HTMLParser):
    """The elements of a page, and what is in those that hold scripts and styles."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.inside, self.meta = [], {}, {}
        self._at = None
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        found = dict(attrs)
        if tag == "meta" and "http-equiv" in found:
            self.meta[found["http-equiv"]] = found["content"]
        self._at = found.get("type", tag) if tag in ("script", "style") else None

    def handle_endtag(self, tag):
        self._at = None

    def handle_data(self, data):
        if self._at:
            self.inside[self._at] = self.inside.get(self._at, "") + data


def page_with(*names, label=""):
    known = tuple(Identity(f"user/{n}", "user", name) for n, name in enumerate(names))
    ids = [identity.id for identity in known]
    around = Graph((), tuple(Edge(ids[0], other, "trusts", label) for other in ids))
    return page_text(Page("123456789012", None, 0, known, (), around), PAINTED, SVG)


@given(st.lists(st.text() | st.sampled_from(HOSTILE), min_size=1, max_size=4), st.text())
def test_names_are_data_and_nothing_else(names, label):
    plain, read = Reader(page_with("a")), Reader(page_with(*names, label=label))
    assert read.tags == plain.tags
    assert {k: v for k, v in read.inside.items() if k != "application/json"} == {
        k: v for k, v in plain.inside.items() if k != "application/json"
    }
    data = json.loads(read.inside["application/json"])
    assert [who["name"] for who in data["identities"]] == list(map(printable, names))
    assert {edge[3] for edge in data["edges"]} == {printable(label)}
    assert re.fullmatch(r"[^<>&]*", read.inside["application/json"], re.ASCII)
    assert read.inside["application/json"].isascii()


def test_the_policy_lets_in_the_pages_own_script_and_style_only():
    read = Reader(page_with("a"))
    rules = dict(rule.strip().split(" ", 1) for rule in
                 read.meta["Content-Security-Policy"].rstrip(";").split(";"))  # fmt: skip

    def source(text):
        return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"

    assert rules == {
        "default-src": "'none'",
        "script-src": source(read.inside["script"]),
        "style-src": source(read.inside["style"]),
        "base-uri": "'none'",
        "form-action": "'none'",
    }
    for _, attributes in read.tags:
        assert not set(attributes) & {"src", "href", "style", "srcset", "action"}
        assert not [name for name in attributes if name.startswith("on")]


def test_the_script_puts_nothing_on_the_page_as_markup():
    script = Reader(page_with("a")).inside["script"]
    for word in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(",
                 "Function(", "setTimeout", "fetch(", "import(", "XMLHttpRequest"):  # fmt: skip
        assert word not in script


def drawn(svg=SVG, graph=PAINTED):
    return picture(svg, graph, {"user/a": 0, "group/g": 1})


@pytest.mark.parametrize("svg", [SVG, styled(SVG)])
def test_a_picture_is_shapes_of_the_nodes_and_edges_in_their_order(svg):
    found = drawn(svg)
    assert [node["kind"] for node in found["nodes"]] == ["user", "group", "legend"]
    assert [node["who"] for node in found["nodes"]] == [[0], [1], []]
    texts = [shape[2] for node in found["nodes"] for shape in node["shapes"] if shape[2]]
    assert texts[:2] == ["a", "g"]
    assert [(edge["kind"], edge["ends"]) for edge in found["edges"]] == [("member", [0, 1])]
    assert {shape[0] for edge in found["edges"] for shape in edge["shapes"]} == {"path", "polygon"}
    assert len(found["box"]) == 4


def test_edges_keep_their_order_however_they_are_drawn():
    nodes = tuple(Node(f"user/{n}", "user", (n,)) for n in "abc")
    ends = [("a", "b"), ("c", "a"), ("a", "b"), ("a", "a"), ("b", "c")]
    graph = Graph(nodes, tuple(Edge(f"user/{s}", f"user/{t}", kind, kind) for (s, t), kind in
                               zip(ends, ("can", "member", "trusts", "can", "member"),
                                   strict=True)))  # fmt: skip
    found = picture(laid_out(graph), graph, {})["edges"]
    assert [("abc"[e["ends"][0]], "abc"[e["ends"][1]]) for e in found] == ends
    labels = [[shape[2] for shape in edge["shapes"] if shape[2]] for edge in found]
    assert labels == [[edge.label] for edge in graph.edges]


def test_what_else_stands_in_a_picture_is_left_out():
    evil = SVG.replace("<polygon ", '<script>alert(1)</script><image href="http://x/"/>'
                       '<polygon onclick="alert(1)" style="x" ')  # fmt: skip
    assert evil != SVG
    assert drawn(evil) == drawn()
    assert not [shape for node in drawn(SVG.replace('points="', 'points="url(#x)'))["nodes"]
                for shape in node["shapes"] if shape[0] == "polygon"]  # fmt: skip


@pytest.mark.parametrize("svg", ["", "<svg", "<svg xmlns='http://www.w3.org/2000/svg'/>",
                                 SVG.replace("n1&#45;&gt;n2", "n2&#45;&gt;n1"),
                                 SVG.replace("viewBox", "box")])  # fmt: skip
def test_what_is_no_picture_of_it_is_an_error(svg):
    with pytest.raises(StorageFailure, match="cannot be read"):
        drawn(svg)


def test_many_drawn_as_one_lead_to_each():
    many = Graph((Node("user/a", "user", ("a", "b", "c", "d")),), ())
    places = {f"user/{name}": place for place, name in enumerate("abcd")}
    assert picture(laid_out(many), many, places)["nodes"][0]["who"] == [0, 1, 2, 3]
