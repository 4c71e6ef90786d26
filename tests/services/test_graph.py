"""A directory as a graph."""

import pytest

from iamctl.domain.directory import Directory
from iamctl.domain.errors import InvalidValue, NotFound
from iamctl.services.access import PLAIN, Access
from iamctl.services.graph import (
    Edge,
    Graph,
    Node,
    access,
    assuming,
    compared,
    everything,
    focused,
    folded,
    gathered,
    people,
    recreated_in,
)
from iamctl.services.who_can import ASSUME_ROLE, WhoCan
from tests.services.builders import CATALOGUE, allow, document

NOW = 1_795_510_800
ARN = "arn:aws:iam::123456789012:"


def trusting(principal, **more):
    return document({"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole", **more})


def plain():
    return {
        "account": {"id": "123456789012"},
        "users": {name: {} for name in ("ann", "bob", "cid", "dan", "eve", "fay")},
        "groups": {
            "all": {"members": ["ann", "bob", "cid", "dan", "eve"], "policies": ["Read"]},
            "old": {"members": [{"user": "fay", "until": "2020-01-01T00:00:00Z"},
                                {"user": "ann", "until": "2030-01-01T00:00:00Z"}]},
        },
        "policies": {"Read": {"document": document(allow("s3:Get*"))},
                     "Unused": {"document": document(allow("s3:Get*"))}},
        "roles": {
            "ship": {"trust": trusting({"AWS": f"{ARN}user/ann"}), "boundary": "Read",
                     "policies": ["arn:aws:iam::aws:policy/ReadOnlyAccess"],
                     "inline": {"Go": document(allow("sts:AssumeRole"))}},
            "next": {"trust": trusting({"AWS": f"{ARN}role/ship"})},
            "out": {"trust": trusting({"Service": "ec2.amazonaws.com", "AWS": "444455556666"},
                                      Condition={"Bool": {"aws:SecureTransport": "true"}})},
        },
    }  # fmt: skip


DIRECTORY = Directory(plain())


def edges(graph, kind):
    return {(edge.source, edge.target, edge.label) for edge in graph.edges if edge.kind == kind}


def test_people_are_members_while_membership_lasts():
    graph = people(DIRECTORY, NOW)
    assert edges(graph, "member") == {
        *((f"user/{name}", "group/all", "") for name in ("ann", "bob", "cid", "dan", "eve")),
        ("user/ann", "group/old", "until 2030-01-01T00:00:00Z"),
    }
    assert "user/fay" in {node.id for node in graph.nodes}
    assert not edges(graph, "attached")


def test_trust_is_drawn_as_the_file_says_it():
    secure = "if Bool aws:SecureTransport true"
    assert edges(people(DIRECTORY, NOW), "trusts") == {
        ("user/ann", "role/ship", ""),
        ("role/ship", "role/next", ""),
        ("service/ec2.amazonaws.com", "role/out", secure),
        ("account/444455556666", "role/out", secure),
    }


def test_everything_has_policies_that_are_used_and_boundaries():
    graph = everything(DIRECTORY, NOW)
    assert edges(graph, "attached") == {
        ("group/all", "policy/Read", ""), ("role/ship", "managed/ReadOnlyAccess", "")
    }  # fmt: skip
    assert edges(graph, "boundary") == {("role/ship", "policy/Read", "")}
    assert "policy/Unused" not in {node.id for node in graph.nodes}


def who():
    return WhoCan(Access(DIRECTORY, CATALOGUE, NOW))


def test_access_is_drawn_through_roles():
    asking = Access(DIRECTORY, CATALOGUE, NOW)
    target = asking.target("s3:GetObject", "arn:aws:s3:::b/k", PLAIN)
    graph = access(DIRECTORY, NOW, "s3:GetObject", who().holders(target))
    goal = "action/s3:GetObject"
    assert ("user/bob", goal, "") in edges(graph, "can")
    assert ("role/ship", goal, "") in edges(graph, "can")
    assert not [edge for edge in graph.edges if "fay" in edge.source]


def test_who_becomes_what_is_what_the_evaluator_decides():
    asking = Access(DIRECTORY, CATALOGUE, NOW)
    graph = assuming(
        DIRECTORY,
        NOW,
        lambda role: who().holders(asking.target(ASSUME_ROLE, f"role/{role}", PLAIN), True),
    )
    found = {(source, target) for source, target, _ in edges(graph, "assumes")}
    assert ("user/ann", "role/ship") in found
    assert ("user/bob", "role/ship") not in found
    assert all({edge.source, edge.target} <= {n.id for n in graph.nodes} for edge in graph.edges)


def test_focus_keeps_what_leads_there_and_what_it_leads_to():
    graph = focused(everything(DIRECTORY, NOW), DIRECTORY, "role/ship")
    assert {node.id for node in graph.nodes} == {
        "user/ann", "role/ship", "role/next", "managed/ReadOnlyAccess", "policy/Read",
    }  # fmt: skip
    with pytest.raises(NotFound):
        focused(graph, DIRECTORY, "nobody")
    with pytest.raises(InvalidValue, match="not in this picture"):
        focused(people(DIRECTORY, NOW), DIRECTORY, "policy/Read")


def test_users_of_the_same_edges_are_one_from_four_on():
    graph = folded(people(DIRECTORY, NOW))
    many = next(node for node in graph.nodes if len(node.names) > 1)
    assert many.names == ("bob", "cid", "dan", "eve")
    assert many.label == "4 users: bob, cid, dan, …"
    assert Edge(many.id, "group/all", "member") in graph.edges
    assert "user/ann" in {node.id for node in graph.nodes}
    assert not [n for n in folded(people(DIRECTORY, NOW), "bob").nodes if len(n.names) > 1]


def test_two_states_are_one_picture_of_what_is_gained_and_lost():
    later = plain()
    later["groups"]["all"]["members"] = ["ann", "bob", "cid", "dan", "new"]
    later["users"]["new"] = {}
    graph = compared(people(DIRECTORY, NOW), people(Directory(later), NOW))
    changes = {(e.source, e.target, e.change) for e in graph.edges if e.change}
    assert changes == {("user/new", "group/all", "gained"), ("user/eve", "group/all", "lost")}
    assert {e.change for e in compared(graph, graph).edges} == {"", "gained", "lost"}
    ids = [node.id for node in graph.nodes]
    assert len(set(ids)) == len(ids)
    assert {"user/new", "user/eve"} <= set(ids)


def test_a_state_compared_with_itself_is_as_it_was():
    graph = everything(DIRECTORY, NOW)
    assert compared(graph, graph) == graph


def test_who_is_recreated_has_lost_all_it_had():
    old, new = plain(), plain()
    old["users"]["ann"] = {"id": "AIDAANNANNANNANNANN22"}
    new["users"]["ann"] = {"id": "AIDAANNANNANNANNANN23"}
    new["users"]["bob"] = {"id": "AIDABOBBOBBOBBOBBOB22"}  # only written down since
    before, after = Directory(old), Directory(new)
    assert recreated_in(before, after) == {"user/ann"}
    graph = compared(people(before, NOW), people(after, NOW), recreated_in(before, after))
    changed = [e for e in graph.edges if e.change]
    assert {e.source for e in changed} == {"user/ann"}
    assert sorted(e.change for e in changed) == ["gained"] * 3 + ["lost"] * 3


def test_users_are_folded_with_those_of_the_same_changes():
    edges = [Edge(f"user/{n}", "group/g", "member", "", "gained" if n < 4 else "lost")
             for n in range(8)]  # fmt: skip
    nodes = [*(Node(f"user/{n}", "user", (str(n),)) for n in range(8)),
             Node("group/g", "group", ("g",))]  # fmt: skip
    graph = folded(Graph(tuple(nodes), tuple(edges)))
    assert [node.names for node in graph.nodes if node.kind == "user"] == [
        tuple("0123"), tuple("4567")]  # fmt: skip
    assert [edge.change for edge in graph.edges] == ["gained", "lost"]


def test_gathered_has_few_edges_that_say_of_how_many_they_are_true():
    nodes = (*(Node(f"user/{n}", "user", (n,)) for n in "abcd"),
             Node("user/x", "user", tuple("xyz")),
             *(Node(f"group/{n}", "group", (n,)) for n in "gh"))  # fmt: skip
    edges = [Edge(f"user/{u}", f"group/{g}", "member", "until later" * (u == "a"))
             for u, g in ("ag", "bg", "ch", "dg", "dh", "xh")]  # fmt: skip
    edges += [Edge("group/g", "group/h", "trusts", "kept"),
              Edge("user/b", "group/h", "member", "", "gained")]  # fmt: skip
    graph = Graph(nodes, tuple(edges))
    assert gathered(graph, len(edges)) is graph
    one = gathered(graph, 7, "d")
    assert [node.names for node in one.nodes] == [
        tuple("abc"), ("d",), tuple("xyz"), ("g",), ("h",)]  # fmt: skip
    said = {(e.source[-1], e.target[-1], e.change): e.label for e in one.edges}
    assert said == {("a", "g", ""): "2 of 3", ("a", "h", ""): "1 of 3", ("d", "g", ""): "",
                    ("d", "h", ""): "", ("x", "h", ""): "", ("g", "h", ""): "kept",
                    ("a", "h", "gained"): "1 of 3"}  # fmt: skip
    all_ = gathered(graph, 1)
    assert [node.names for node in all_.nodes] == [tuple("abcd") + tuple("xyz"), ("g",), ("h",)]
    said = {(e.source[-1], e.target[-1], e.change): e.label for e in all_.edges}
    assert said == {("a", "g", ""): "3 of 7", ("a", "h", ""): "5 of 7", ("g", "h", ""): "kept",
                    ("a", "h", "gained"): "1 of 7"}  # fmt: skip
