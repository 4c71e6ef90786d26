"""What changed, in a reviewer's words, and which principals mean somebody else."""

import copy
from typing import Any

import pytest

from iamctl.domain.change import NOUNS
from iamctl.domain.directory import Directory
from iamctl.services.changes import EntityChanges, entity_changes
from iamctl.services.changes_words import heading, lines, statement_words

ALICE = "arn:aws:iam::111122223333:user/alice"
BUCKET = "arn:aws:s3:::b"


def trust(*principals: str, effect: str = "Allow") -> dict[str, Any]:
    return {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": effect, "Principal": {"AWS": p}, "Action": "sts:AssumeRole"}
            for p in principals
        ],
    }


BASE: dict[str, Any] = {
    "iamctl": 1,
    "account": {"id": "111122223333", "alias": "dev"},
    "users": {
        "alice": {"id": "AIDAALICE", "tags": {"team": "a"}, "policies": ["Read"]},
        "bob": {"id": "AIDABOB"},
    },
    "groups": {"team": {"id": "AGPA1", "members": ["alice"]}},
    "roles": {"deployer": {"id": "AROA1", "trust": trust(ALICE)}},
    "policies": {
        "Read": {
            "id": "ANPA1",
            "document": {
                "Statement": [{"Effect": "Allow", "Action": ["s3:Get*"], "Resource": "*"}]
            },
        }
    },
    "resources": {BUCKET: trust("AIDAALICE")},
}


def changed(edit: str, **names: Any) -> tuple[EntityChanges, ...]:
    """What an edit of the base, in Python, changes."""
    plain = copy.deepcopy(BASE)
    exec(edit, {"d": plain, "trust": trust, "ALICE": ALICE, **names})
    return entity_changes(Directory(copy.deepcopy(BASE)), Directory(plain))


def said(entities: tuple[EntityChanges, ...]) -> list[str]:
    """Headings, lines and notes, one below the other."""
    return [
        text
        for entity in entities
        for text in (
            heading(entity),
            *(f"  {line}" for line in lines(entity)),
            *(f"  ! {note}" for note in entity.notes),
        )
    ]


@pytest.mark.parametrize(
    ("edit", "words"),
    [
        ("d['users']['alice']['tags']['team'] = 'b'",
         ['user "alice"', "  set tag team = b (was a)"]),
        ("d['users']['alice']['policies'] = ['Read', 'Write']",
         ['user "alice"', "  attach policy Write"]),
        ("d['users']['alice']['boundary'] = 'Read'", ['user "alice"', "  add boundary = Read"]),
        ("d['groups']['team']['members'] = ['alice', {'user': 'bob', 'until': '2031-01-01'}]",
         ['group "team"', "  add member bob until 2031-01-01"]),
        ("d['users']['zoe'] = {'id': 'AIDAZ', 'created': 'x', 'policies': ['Read'], 'tags': {}}",
         ['add user "zoe"', "  attach policy Read"]),
        ("d['groups'].pop('team')", ['remove group "team"']),
        ("d['account']['alias'] = 'prod'", ["account", "  set alias = prod (was dev)"]),
        ("d['policies']['Read']['document']['Statement'][0]['Action'] = ['s3:Get*', 's3:Put*']",
         ['policy "Read"',
          "  document, statement 1: set Action = s3:Get*, s3:Put* (new: s3:Put*)"]),
        ("d['policies']['Read']['document']['Statement'][0]['Action'] = 's3:Put*'",
         ['policy "Read"',
          "  document, statement 1: set Action = s3:Put* (new: s3:Put*; gone: s3:Get*)"]),
        ("d['policies']['Read']['document']['Statement'][0]['Condition'] = "
         "{'Bool': {'aws:SecureTransport': True}}",
         ['policy "Read"',
          "  document, statement 1: add Condition = Bool aws:SecureTransport = true"]),
        ("d['policies']['Read']['document']['Statement'].append("
         "{'Effect': 'Deny', 'NotAction': 's3:*', 'NotResource': ['a', 'b']})",
         ['policy "Read"',
          "  document: add statement 2: Deny all but s3:* on all but a, b"]),
        ("d['roles']['new'] = {'id': 'AROA2', 'trust': trust('*')}",
         ['add role "new"', "  add trust policy: Allow sts:AssumeRole for AWS = *"]),
        ("d['users']['bob']['inline'] = "
         "{'Own': {'Statement': {'Effect': 'Allow', 'Action': 'a:b'}}}",
         ['user "bob"', "  add inline policy Own: Allow a:b"]),
    ],
)  # fmt: skip
def test_a_change_in_words(edit, words):
    assert said(changed(edit)) == words


DENY = {"Statement": [{"Effect": "Deny", "Action": "s3:*", "Resource": "*"}]}
LEVELS: list[Any] = [{"name": "Root", "scps": {"Guard": DENY}}, {"name": "Team"}]


@pytest.mark.parametrize(
    ("edit", "words"),
    [
        ("levels[0]['scps']['Guard']['Statement'][0]['Action'] = 's3:Put*'",
         ["level Root: SCP Guard: statement 1: set Action = s3:Put* (was s3:*)"]),
        ("levels[0]['scps']['More'] = {'Statement': {'Effect': 'Deny', 'Action': 'a:b'}}",
         ["level Root: SCP More: add policy: Deny a:b"]),
        ("levels[0]['scps']['Guard']['Statement'][0] = {'Effect': 'Deny', 'Resource': ['*'], "
         "'Action': ['s3:*']}; levels[0]['rcps'] = {}", []),
        ("levels[1]['scps'] = {'Guard': levels[0]['scps']['Guard']}",
         ["level Team: SCPs are listed: AWS's FullAWSAccess is no longer there by itself",
          "level Team: SCP Guard: add policy: Deny s3:* on *"]),
        ("del levels[0]['scps']",
         ["level Root: no SCP is listed: AWS's FullAWSAccess is alone",
          "level Root: SCP Guard: remove policy: Deny s3:* on *"]),
        ("levels.insert(1, {'name': 'Mid'}); levels.pop()", ["remove level Team", "add level Mid"]),
        ("levels.reverse()", ["set the order of levels to Team, Root"]),
        ("levels.append({'name': 'Root', 'rcps': levels[0]['scps']})",
         ["add level Root (number 3)",
          "level Root (number 3): RCP Guard: add policy: Deny s3:* on *"]),
    ],
)  # fmt: skip
def test_control_policies_are_told_one_at_a_time(edit, words):
    old = {**BASE, "organization": {"levels": LEVELS}}
    levels = copy.deepcopy(LEVELS)
    exec(edit, {"levels": levels})
    new = {**BASE, "organization": {"levels": levels}}
    told = [line for e in entity_changes(Directory(old), Directory(new)) for line in lines(e)]
    assert told == words


def test_an_organization_that_comes_or_goes_is_told_with_its_policies():
    with_it = Directory({**BASE, "organization": {"levels": LEVELS}})
    came = said(entity_changes(Directory(BASE), with_it))
    assert came == [
        "organization",
        "  add section",
        "  add level Root",
        "  level Root: SCP Guard: add policy: Deny s3:* on *",
        "  add level Team",
    ]
    assert said(entity_changes(with_it, Directory(BASE))) == [
        "organization", "  remove section", "  remove level Root", "  remove level Team",
    ]  # fmt: skip


def test_whose_directory_it_is_is_told():
    entities = entity_changes(Directory({**BASE, "directory": "x"}), Directory(
        {**BASE, "directory": "y"}))  # fmt: skip
    assert said(entities) == ["directory", "  set to y (was x)"]


def test_order_and_layout_are_silent():
    edit = """
d['users'] = dict(reversed(d['users'].items()))
d['include'] = ['x.yaml']
d['groups']['team']['members'] = [{'user': 'alice'}]
d['policies']['Read']['document']['Statement'][0]['Action'] = 's3:Get*'
"""
    assert changed(edit) == ()


def test_a_rename_takes_its_memberships_along():
    edit = """
d['users']['ada'] = d['users'].pop('alice')
d['groups']['team']['members'] = ['ada']
"""
    entities = changed(edit)
    assert said(entities)[0] == 'user "alice": renamed to "ada"'
    assert [(e.section, e.state, e.was) for e in entities] == [
        ("users", "renamed", "alice"), ("groups", "changed", None),
    ]  # fmt: skip
    still = f'the trust policy of role "deployer" still names {ALICE}, which is no user any more'
    assert entities[0].notes == (still,)


def test_a_name_with_another_id_is_another():
    (entity,) = changed("d['users']['alice'] = {'id': 'AIDANEW'}")
    assert entity.state == "replaced"
    assert (
        heading(entity) == 'user "alice": replaced by another of that name, with an id of its own'
    )
    assert entity.notes == (
        f'the trust policy of role "deployer" names {ALICE}, which is another user than before',
        f'the policy of resource "{BUCKET}" still names AIDAALICE, which is no user any more',
        'group "team" still has alice, which is another user than before',
    )


def test_a_device_and_a_pool_go_on_to_name_who_bears_a_name():
    old = copy.deepcopy(BASE)
    old["mfa"] = {"phone": {"user": "bob"}}
    old["identity_pools"] = {"web": {"id": "p", "guest_role": "deployer"}}
    new = copy.deepcopy(old)
    new["users"]["bob"]["id"] = "AIDANEW"
    new["roles"]["deployer"]["id"] = "AROANEW"
    notes = {e.name: e.notes for e in entity_changes(Directory(old), Directory(new))}
    assert notes == {
        "bob": ('MFA device "phone" still has bob, which is another user than before',),
        "deployer": ('identity pool "web" still has deployer, which is another role than before',),
    }


def test_a_name_that_is_taken_over_after_a_rename_is_another():
    edit = """
d['users']['ada'] = d['users'].pop('alice')
d['users']['alice'] = {'id': 'AIDANEW'}
d['groups']['team']['members'] = ['alice', 'ada']
"""
    notes = {(e.name, e.state): e.notes for e in changed(edit) if e.section == "users"}
    assert notes == {
        ("ada", "renamed"): (),
        ("alice", "added"): (
            f'the trust policy of role "deployer" names {ALICE}, which is another user than before',
            'group "team" still has alice, which is another user than before',
        ),
    }


def test_one_that_goes_leaves_its_names():
    (entity,) = changed("d['users'].pop('alice'); d['groups']['team']['members'] = []")[:1]
    assert [note.split(" still")[0] for note in entity.notes] == [
        'the trust policy of role "deployer"', f'the policy of resource "{BUCKET}"',
    ]  # fmt: skip


def test_one_that_was_named_before_it_came():
    plain = copy.deepcopy(BASE)
    del plain["users"]["alice"], plain["groups"]["team"]["members"]
    new = copy.deepcopy(BASE)
    new["roles"]["late"] = {"id": "AROA9", "trust": trust(ALICE)}
    (entity,) = (e for e in entity_changes(Directory(plain), Directory(new)) if e.name == "alice")
    assert entity.notes == (
        f'the trust policy of role "deployer" named {ALICE} before there was such a user',
        f'the policy of resource "{BUCKET}" named AIDAALICE before there was such a user',
    )


@pytest.mark.parametrize(
    "edit",
    [
        "d['users']['alice']['tags'] = {}",
        "d['users'].pop('bob')",
        "d['users']['carol'] = {'id': 'AIDAC'}",
        "d['roles']['deployer']['trust'] = trust(ALICE, ALICE)",
        "d['users']['carol'] = {'id': 'AIDAC'}; d['roles']['deployer']['trust'] = "
        "trust(ALICE, 'arn:aws:iam::111122223333:user/carol')",
    ],
)
def test_principals_that_mean_who_they_meant_are_not_told(edit):
    assert [entity.notes for entity in changed(edit) if entity.notes] == []


def test_an_id_that_is_minted_later_makes_nobody_another():
    old = copy.deepcopy(BASE)
    del old["users"]["alice"]["id"]
    del old["resources"]
    new = {key: value for key, value in BASE.items() if key != "resources"}
    (entity,) = entity_changes(Directory(old), Directory(new))
    assert (entity.state, entity.notes) == ("changed", ())


def test_a_path_that_changes_is_another_arn():
    (entity,) = changed("d['users']['alice']['path'] = '/eng/'")
    assert entity.notes == (
        f'the trust policy of role "deployer" still names {ALICE}, which is no user any more',
    )


def test_every_section_has_a_noun():
    for section in (*NOUNS, "resources"):
        plain = copy.deepcopy(BASE)
        plain.setdefault(section, {})["n"] = {"id": "X", "Statement": []}
        entities = entity_changes(Directory(BASE), Directory(plain))
        assert [heading(e) for e in entities] == [f'add {NOUNS.get(section, "resource")} "n"']


def test_a_statement_on_a_line():
    statement: dict[str, Any] = {
        "Sid": "x", "Effect": "Allow", "Action": ["a:b", "c:d"], "Resource": "*",
        "Principal": {"AWS": ["1", "2"], "Service": "s"},
        "Condition": {"StringEquals": {"k": ["v", "w"]}, "Null": {"n": False}},
    }  # fmt: skip
    assert statement_words(statement) == (
        "Allow a:b, c:d on * for AWS = 1, 2 and Service = s"
        " if StringEquals k = v, w and Null n = false"
    )
