"""Who is cut off when it gets crowded."""

import socket

import pytest

from iamctl.endpoint.connections import Connections


@pytest.fixture
def pairs():
    """Ends of connections: ours, and the client's."""
    made = [socket.socketpair() for _ in range(4)]
    yield made
    for pair in made:
        for end in pair:
            end.close()


def is_cut(client):
    client.setblocking(False)
    try:
        return client.recv(1) == b""
    except BlockingIOError:
        return False


def test_the_oldest_silent_one_makes_room(pairs):
    connections = Connections(most=2)
    (first, a), (second, b), (third, c), _ = pairs
    assert all(connections.admit(end, 0.0) for end in (first, second, third))
    assert [is_cut(x) for x in (a, b, c)] == [True, False, False]
    assert not connections.heard(first)
    assert connections.heard(second)


def test_whoever_is_being_answered_is_left_alone(pairs):
    connections = Connections(most=2)
    (first, a), (second, b), (third, _), (fourth, _) = pairs
    for end in (first, second):
        connections.admit(end, 0.0)
        assert connections.heard(end)
    assert not connections.admit(third, 0.0)
    connections.cut_overdue(1e9)
    assert not is_cut(a)
    assert not is_cut(b)
    connections.gone(first)
    assert connections.admit(fourth, 0.0)


def test_time_is_over_for_each_by_itself(pairs):
    connections = Connections(most=4, head_seconds=5.0)
    (first, a), (second, b), _, _ = pairs
    connections.admit(first, 0.0)
    connections.admit(second, 3.0)
    connections.cut_overdue(4.9)
    assert not is_cut(a)
    connections.cut_overdue(5.0)
    assert is_cut(a)
    assert not is_cut(b)
    connections.gone(first)
    connections.gone(first)
