"""Changes in a person's words."""

import pytest

from iamctl.domain.change import Change, Renamed
from iamctl.domain.wording import describe


def member(name, until=None):
    return {"user": name, "until": until} if until else name


PRINCIPAL = ("roles", "r", "trust", "Statement", 0, "Principal", "AWS")


@pytest.mark.parametrize(
    ("change", "words", "past"),
    [
        (Change(("resources", "arn:x", "Statement", 0, "Principal", "AWS"), "a", "b"),
         'resource "arn:x": policy, statement 1: set Principal.AWS = b',
         'resource "arn:x": policy, statement 1: set Principal.AWS = b'),
        (Change(("resources", "arn:x"), {"Version": "v"}),
         'resource "arn:x": remove policy', 'resource "arn:x": removed policy'),
        (Change(("resources",), {"arn:x": {"Version": "v"}}),
         "resources: remove section", "resources: removed section"),
        (Change(("users", "alice"), None, {"id": "x"}), 'add user "alice"', 'added user "alice"'),
        (Change(("users", "a"), {"id": "x"}), 'remove user "a"', 'removed user "a"'),
        (Renamed("groups", None, "a", "b"),
         'group "a": rename to "b"', 'group "a": renamed to "b"'),
        (Change(("users", "a", "path"), None, "/x/"),
         'user "a": add path = /x/', 'user "a": added path = /x/'),
        (Change(("users", "a", "path"), "/x/"),
         'user "a": remove path', 'user "a": removed path'),
        (Change(("users", "a", "tags", "team"), None, "p"),
         'user "a": add tag team = p', 'user "a": added tag team = p'),
        (Change(("users", "a", "tags"), None, {"t": "p", "u": "q"}),
         'user "a": add tags t = p, u = q', 'user "a": added tags t = p, u = q'),
        (Change(("users", "a", "policies", "P"), None, "P"),
         'user "a": attach policy P', 'user "a": attached policy P'),
        (Change(("users", "a", "policies"), None, ["P", "Q"]),
         'user "a": attach policies P, Q', 'user "a": attached policies P, Q'),
        (Change(("users", "a", "policies"), ["P"]),
         'user "a": detach policy P', 'user "a": detached policy P'),
        (Change(("users", "a", "inline"), None, {"P": {"Version": "x"}}),
         'user "a": add inline policy P', 'user "a": added inline policy P'),
        (Change(("groups", "g", "inline", "P", "Version"), "a", "b"),
         'group "g": inline policy P: set Version = b',
         'group "g": inline policy P: set Version = b'),
        (Change(("users", "a", "keys"), None, {"AKIA1": {"fingerprint": "f"}}),
         'user "a": add key AKIA1', 'user "a": added key AKIA1'),
        (Change(("users", "a", "keys", "AKIA1"), None, {"fingerprint": "f"}),
         'user "a": add key AKIA1', 'user "a": added key AKIA1'),
        (Change(("users", "a", "keys", "AKIA1", "status"), None, "inactive"),
         'user "a": deactivate key AKIA1', 'user "a": deactivated key AKIA1'),
        (Change(("users", "a", "keys", "AKIA1", "status"), "inactive"),
         'user "a": activate key AKIA1', 'user "a": activated key AKIA1'),
        (Change(("groups", "d", "members"), None, ["bob", member("al", "T")]),
         'group "d": add members bob, al until T', 'group "d": added members bob, al until T'),
        (Change(("groups", "d", "members", "bob"), "bob"),
         'group "d": remove member bob', 'group "d": removed member bob'),
        (Change(("groups", "d", "members", "al"), None, member("al", "T")),
         'group "d": add member al until T', 'group "d": added member al until T'),
        (Change(("groups", "d", "members", "al"), member("al", "T"), "al"),
         'group "d": set member al for good', 'group "d": set member al for good'),
        (Change(("groups", "d", "members", "al"), "al", member("al", "T")),
         'group "d": set member al until T', 'group "d": set member al until T'),
        (Change(("groups", "d", "members", "al"), member("al", "T"), member("eli", "T")),
         'group "d": rename member al to eli', 'group "d": renamed member al to eli'),
        (Change(("groups", "d", "members", "al", "user"), "al", "eli"),
         'group "d": rename member al to eli', 'group "d": renamed member al to eli'),
        (Change((*PRINCIPAL, 1), "arn:x"),
         'role "r": trust policy, statement 1: remove Principal.AWS = arn:x',
         'role "r": trust policy, statement 1: removed Principal.AWS = arn:x'),
        (Change(PRINCIPAL, "arn:x", ["arn:x", "arn:y"]),
         'role "r": trust policy, statement 1: set Principal.AWS = arn:x, arn:y',
         'role "r": trust policy, statement 1: set Principal.AWS = arn:x, arn:y'),
        (Change(("roles", "r", "trust", "Statement", 1), None, {"Effect": "Allow"}),
         'role "r": trust policy: add statement 2', 'role "r": trust policy: added statement 2'),
        (Change(("policies", "p", "document"), {}, {"Version": "x"}),
         'policy "p": set document', 'policy "p": set document'),
        (Change(("account", "alias"), None, "acme"),
         "account: add alias = acme", "account: added alias = acme"),
        (Change(("account", "quotas"), None, {"roles": 2000}),
         "account: add quota roles = 2000", "account: added quota roles = 2000"),
        (Change(("account", "quotas", "roles"), 2000, 2001),
         "account: set quota roles = 2001", "account: set quota roles = 2001"),
    ],
)  # fmt: skip
def test_describe(change, words, past):
    assert describe(change) == words
    assert describe(change, done=True) == past
