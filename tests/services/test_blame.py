"""Which change set what an entity holds now."""

import copy
from typing import Any

import pytest

from iamctl.domain.directory import Directory
from iamctl.domain.errors import NotFound
from iamctl.services.blame import Blame, asked_for
from iamctl.services.changes import entity_changes, nothing_of

ACCOUNT = {"id": "111122223333", "alias": "dev"}
DOCUMENT = {"Statement": [{"Effect": "Allow", "Action": "a:b", "Resource": "*"}]}
BUCKET = "arn:aws:s3:::b"
FIRST: dict[str, Any] = {
    "account": {"id": "111122223333"},
    "users": {"al": {"id": "AIDA1", "tags": {"team": "a"}, "inline": {"Own": DOCUMENT}},
              "a.b": {"id": "AIDA2"}},
    "groups": {"g": {"id": "AGPA1", "members": ["al"], "policies": ["p"]}},
    "resources": {BUCKET: {"Statement": {"Effect": "Allow", "Principal": "*", "Action": "a:b",
                                         "Resource": "*"}}},
}  # fmt: skip


def edited(plain: dict[str, Any], edit: str) -> dict[str, Any]:
    new = copy.deepcopy(plain)
    exec(edit, {"d": new})
    return new


PAST = [FIRST]
for edit in (
    "d['users']['al']['tags']['cost'] = '1'",
    "d['users']['alice'] = d['users'].pop('al'); d['groups']['g']['members'] = ['alice']",
    "d['users']['alice']['tags']['team'] = 'b'; d['account']['alias'] = 'dev'",
    "d['users']['alice']['inline']['Own']['Statement'][0]['Action'] = 'a:c'",
    "d['groups']['g']['members'].append('a.b'); d['users']['alice']['boundary'] = 'p'",
    "del d['users']['alice']['boundary']; d['resources']['arn:aws:s3:::b']['Id'] = 'x'",
):
    PAST.append(edited(PAST[-1], edit))


def blamed(word: str) -> dict[str, int]:
    """Number of the state that set each value."""
    directories = [Directory(plain) for plain in PAST]
    search = Blame(asked_for(directories[-1], word))
    found: dict[str, int] = {}
    for number in range(len(PAST) - 1, -1, -1):
        new = directories[number]
        old = directories[number - 1] if number else nothing_of(new)
        paths = search.take(entity_changes(old, new))
        paths += search.take_rest() if not number else []
        found |= {".".join(path): number for path in paths}
    return found


@pytest.mark.parametrize(
    ("word", "numbers"),
    [
        ("alice", {"name": 2, "id": 0, "tags.team": 3, "tags.cost": 1, "inline.Own": 4}),
        ("user/alice", {"name": 2, "id": 0, "tags.team": 3, "tags.cost": 1, "inline.Own": 4}),
        ("alice.tags", {"tags.team": 3, "tags.cost": 1}),
        ("alice.tags.cost", {"tags.cost": 1}),
        ("alice.boundary", {"boundary": 6}),
        ("alice.path", {}),
        ("a.b", {"name": 0, "id": 0}),
        ("a.b.id", {"id": 0}),
        ("g.members", {"members.alice": 2, "members.a.b": 5}),
        ("g.policies.p", {"policies.p": 0}),
        (BUCKET, {"name": 0, "policy": 6}),
        ("account", {"id": 0, "alias": 3}),
        ("account.alias", {"alias": 3}),
    ],
)
def test_who_set_what(word, numbers):
    assert blamed(word) == numbers


@pytest.mark.parametrize(
    ("word", "hint"),
    [
        ("alice.tagz", 'did you mean "tags"?'),
        ("alice.tag", 'did you mean "tags"?'),
        ("g.q", "fields are created, id, inline, members, name, path, policies"),
        ("account.aliaz", 'did you mean "alias"?'),
        (f"{BUCKET}.q", None),
    ],
)
def test_a_field_that_cannot_be_is_no_answer(word, hint):
    with pytest.raises(NotFound) as caught:
        asked_for(Directory(PAST[-1]), word)
    assert hint is None or caught.value.hint == hint


def test_what_is_not_there_is_said_to_be_missing():
    with pytest.raises(NotFound, match="nothing here is called") as caught:
        asked_for(Directory(PAST[-1]), "alise.tags")
    assert caught.value.hint is None or "alice" in caught.value.hint
