"""The last turn of an answer, against every second of a small past."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iamctl.domain.directory import Directory
from iamctl.services.turning import NOBODY, Lasting, Stand, Turn, last_turn

VERDICTS = ("allowed", "implicitDeny", "explicitDeny", "unknown", NOBODY)


def kind(verdict: str) -> str:
    return "no" if verdict in ("implicitDeny", "explicitDeny", NOBODY) else verdict


@st.composite
def pasts(draw):
    """Stands, newest first, each with the verdicts of every second from 0 on."""
    times = sorted(draw(st.lists(st.integers(0, 20), min_size=1, max_size=4)), reverse=True)
    verdicts = st.lists(st.sampled_from(VERDICTS), min_size=1, max_size=3)
    stands = []
    for since in times:
        parts = draw(verdicts)
        cuts = sorted(draw(st.lists(st.integers(1, 25), min_size=len(parts) - 1,
                                    max_size=len(parts) - 1)))  # fmt: skip
        table = [parts[sum(second >= cut for cut in cuts)] for second in range(31)]
        stands.append((since, table))
    return stands


def answers_backwards(past, now):
    """The verdict of each second and stand from now on back, as they stood."""
    end = now
    for number, (since, table) in enumerate(past):
        start = min(since, end)
        for second in range(end, start - 1, -1):
            yield number, second, table[second]
        end = start


@given(past=pasts(), now=st.integers(20, 30))
def test_a_turn_is_one_and_none_is_told_where_there_is_none(past, now):
    turn = last_turn([Stand(since, table.__getitem__) for since, table in past], now)
    assert turn is not None
    told = list(answers_backwards(past, now))
    assert turn.verdict == told[0][2]
    ends = {number: [v for n, _, v in told if n == number] for number in range(len(past))}
    borders = [
        (number, kind(ends[number][0]), kind(ends[number][-1])) for number in range(len(past))
    ]
    mine = kind(turn.verdict)
    turned = [(n, first, last) for n, first, last in borders if first != mine or last != mine]
    if not turned:
        assert turn == Turn(turn.verdict, None, len(past) - 1)
        return
    number, first, _ = turned[0]
    if first != mine:  # an older stand said otherwise until the next one came
        assert (turn.number, turn.at) == (number - 1, None)
        assert turn.before == ends[number][0]
        return
    assert turn.number == number
    assert turn.at is not None
    table = past[number][1]
    assert kind(table[turn.at]) == mine
    assert table[turn.at - 1] == turn.before
    assert kind(turn.before) != mine
    assert past[number][0] < turn.at <= now


def test_no_more_is_asked_than_it_takes():
    def stands():
        yield Stand(5, lambda now: "allowed")
        yield Stand(3, lambda now: "implicitDeny")
        raise AssertionError("an older one was asked for")

    assert last_turn(stands(), 9) == Turn("allowed", "implicitDeny", 0)
    assert last_turn([], 9) is None


def test_kinds_of_no_are_no_turn():
    stands = [Stand(5, lambda now: "explicitDeny"), Stand(3, lambda now: NOBODY)]
    assert last_turn(stands, 9) == Turn("explicitDeny", None, 1)


@pytest.mark.parametrize(
    ("users", "called"),
    [
        ({"ada": {"id": "AIDA1"}}, "AIDA1"),  # renamed since
        ({"alice": {"id": "AIDA2"}}, "AIDA1"),  # another one: nobody bears the id
        ({"alice": {}}, "alice"),  # whose id was not minted yet
        ({"alice": {}, "ada": {"id": "AIDA1"}}, "AIDA1"),
        ({}, "AIDA1"),
    ],
)
def test_what_older_states_call_a_user(users, called):
    directory = Directory({"account": {"id": "123456789012"}, "users": users})
    assert Lasting("alice", "AIDA1", ("users", "alice")).called_in(directory) == called
    assert Lasting("root").called_in(directory) == "root"
