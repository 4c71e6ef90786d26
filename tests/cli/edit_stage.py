"""A directory for editing commands, and how a table says what each makes of its values.

A case's `want` changes a copy of the values before into those that must be there afterwards; it
sees the values after for ids that are minted. The values are plain data, every scalar a text.
"""

import json
import random
import re
import shlex
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from tests.federation import identities, saml_identities

Plain = dict[str, Any]

UUID = "5b1d6d4c-3f0e-4d0a-9a57-0c8a3c1f7e21"
ACCOUNT = "123456789012"
AWS_READ_ONLY = "arn:aws:iam::aws:policy/ReadOnlyAccess"
ROOT = f"arn:aws:iam::{ACCOUNT}:root"
KEYS = {who: f"AKIA{who.upper():A<12}2345"[:20] for who in ("alice", "dan", "danold")}
SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
RSA_KEY, EC_KEY = identities.public_jwk(), identities.public_jwk(alg="ES256")
METADATA = " ".join(saml_identities.metadata().split())


class Like(str):
    """A text that equals every text its pattern matches: for what is minted."""

    __hash__ = str.__hash__

    def __eq__(self, other: object) -> bool:
        return isinstance(other, str) and re.fullmatch(str(self), other) is not None

    def __ne__(self, other: object) -> bool:
        return not self == other


NOW = Like(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ")
FINGERPRINT = Like("sha256:[0-9a-f]{64}")


def minted(prefix: str) -> Like:
    """Any unique id of that kind."""
    return Like(prefix + "[A-Z2-7]{17}")


def user_arn(name: str, path: str = "/") -> str:
    return f"arn:aws:iam::{ACCOUNT}:user{path}{name}"


def role_arn(name: str, path: str = "/") -> str:
    return f"arn:aws:iam::{ACCOUNT}:role{path}{name}"


ALICE = user_arn("alice", "/eng/")

# --- the directory ------------------------------------------------------------------------------


def document(*actions: str, resource: Any = "*") -> Plain:
    """A policy document as people write it."""
    statement = {"Sid": "S0", "Effect": "Allow", "Action": [*actions], "Resource": resource}
    return {"Version": "2012-10-17", "Statement": [statement]}


def assume(resource: str) -> Plain:
    """What `role allow` writes for a group."""
    statement = {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": resource}
    return {"Version": "2012-10-17", "Statement": [statement]}


def trust(*principals: Plain, **more: Any) -> Plain:
    """A trust policy with a statement for each principal."""
    allow = {"Effect": "Allow", "Action": "sts:AssumeRole", **more}
    return {"Version": "2012-10-17", "Statement": [{**allow, "Principal": p} for p in principals]}


GITHUB = "token.actions.githubusercontent.com"


def by_github(operator: str, *subjects: str) -> Plain:
    """The statement that lets jobs of GitHub in."""
    audience = {f"{GITHUB}:aud": "sts.amazonaws.com"}
    subject = {f"{GITHUB}:sub": subjects[0] if len(subjects) == 1 else [*subjects]}
    exact = operator == "StringEquals"
    return {
        "Effect": "Allow",
        "Principal": {"Federated": f"arn:aws:iam::{ACCOUNT}:oidc-provider/{GITHUB}"},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": {"StringEquals": audience | subject}
        if exact
        else {"StringEquals": audience, operator: subject},
    }


def _shuffled(rng: random.Random, fields: Plain) -> Plain:
    items = list(fields.items())
    if rng.random() < 0.3:
        rng.shuffle(items)
    return dict(items)


def stage(rng: random.Random, more_users: Plain | None = None) -> Plain:
    """A directory with something for every command to do, in a random order."""
    born = "2026-01-02T03:04:05Z"
    two = document("s3:GetObject", "s3:ListBucket")
    two["Statement"].append({"Sid": "S1", "Effect": "Deny", "Action": "s3:Put*", "Resource": ["*"]})
    users: Plain = {
        "alice": {
            "id": "AIDAALICEALICEALICE22", "path": "/eng/", "created": born,
            "tags": {"team": "payments", "env": "no", "cost-centre": "0042"},
            "policies": ["Read", AWS_READ_ONLY, "Write"], "boundary": "Read",
            "inline": {"I": two, "J": document("ec2:*")},
            "keys": {KEYS["alice"]: {"created": born}},
        },
        "bob": {"id": "AIDABOBABOBABOBABOB22", "created": born, "tags": {"team": "x: y"},
                "policies": ["Write"], "inline": {"Own": document("s3:*")}},
        "carol": {},
        "dan.x": {"id": "AIDADANADANADANADAN22", "created": born,
                  "keys": {KEYS["dan"]: {"created": born},
                           KEYS["danold"]: {"created": born, "status": "inactive"}}},
        "eve": {"id": "AIDAEVEAEVEAEVEAEVE22", "tags": {"a": "b"}},
        "Fay": {"path": "/eng/", "boundary": "Write"},
    }  # fmt: skip
    groups: Plain = {
        "dev": {"id": "AGPADEVADEVADEVADEV22", "path": "/g/", "created": born,
                "members": ["alice", {"user": "bob", "until": "2031-12-31T00:00:00Z"}, "carol"],
                "policies": ["Read", AWS_READ_ONLY], "inline": {"G": document("s3:GetObject")}},
        "ops": {"members": ["dan.x"], "policies": ["Write"],
                "inline": {"AssumeRole-spare": assume(role_arn("spare"))}},
        "idle": {"created": born},
    }  # fmt: skip
    roles: Plain = {
        "deployer": {"id": "AROADEPLOYERDEPLOYE22", "created": born, "description": "Ships it",
                     "max_session_duration": "2h", "tags": {"team": "payments", "x": "y"},
                     "trust": trust({"AWS": [ALICE, user_arn("eve")]},
                                    {"Service": ["ec2.amazonaws.com", "ecs.amazonaws.com"]}),
                     "policies": ["Write", "Read"], "boundary": "Read",
                     "inline": {"I": document("s3:*"), "J": two}},
        "auditor": {"id": "AROAAUDITORAUDITORA22", "path": "/a/",
                    "trust": {"Version": "2012-10-17",
                              "Statement": trust({"AWS": ALICE})["Statement"][0]}},
        "spare": {"created": born, "trust": trust({"AWS": ROOT}, {"AWS": [ALICE]})},
        "last": {"id": "AROALASTALASTALASTA22", "created": born, "description": "Reads",
                 "trust": trust({"AWS": role_arn("spare"), "Service": "ec2.amazonaws.com"},
                                {"AWS": user_arn("bob")})},
    }  # fmt: skip
    jobs = by_github("StringEquals", "repo:acme/a:ref:refs/heads/main", "repo:acme/b:environment:x")
    roles["last"]["trust"]["Statement"].append(jobs)
    policies: Plain = {
        "Read": {"id": "ANPAREADAREADAREADA22", "created": born, "description": "Reads a lot",
                 "document": two},
        "Write": {"tags": {"team": "payments"}, "document": document("s3:PutObject")},
        "Spare": {"id": "ANPASPAREASPAREASPA22", "created": born, "path": "/p/",
                  "document": document("s3:*", resource=["arn:aws:s3:::a", "arn:aws:s3:::a/*"])},
    }  # fmt: skip
    mfa: Plain = {
        "phone": {"path": "/eng/", "created": born, "user": "dan.x", "enabled": born,
                  "tags": {"team": "x: y", "Team": "no"}},
        "tablet": {"user": "bob", "enabled": born},
        "drawer": {"created": born},
        "no": {"tags": {"a": "b"}},
    }  # fmt: skip
    rules = [{"claim": "dept", "match": "Equals", "value": "eng: 1", "role": "auditor"},
             {"claim": "mail", "match": "Contains", "value": "x@y", "role": "last"}]  # fmt: skip
    providers: Plain = {
        "google": {"url": "https://google.example.com", "client_ids": ["web"]},
        "okta": {"url": "https://okta.example.com/a", "client_ids": ["web", "cli"],
                 "jwks": {"k1": RSA_KEY, "0042": EC_KEY}, "tags": {"team": "x: y", "a": "b"}},
        "corp": {"saml_metadata": METADATA, "created": born, "tags": {"a": "no"}},
        "github": {"url": f"https://{GITHUB}", "client_ids": ["sts.amazonaws.com"]},
    }  # fmt: skip
    pools: Plain = {
        "web": {"id": "eu-west-1:0f1a2b3c-4d5e-4f60-8718-293a4b5c6d7e", "created": born,
                "providers": ["google", "okta"], "authenticated_role": "auditor",
                "guest_role": "last", "classic_flow": "allow",
                "tags": {"team": "x: y", "a": "b"},
                "role_mappings": {"google": {"type": "rules", "ambiguous": "deny", "rules": rules},
                                  "okta": {"type": "token"}}},
        "bare": {"id": "eu-west-1:1f1a2b3c-4d5e-4f60-8718-293a4b5c6d7e", "providers": ["google"]},
    }  # fmt: skip
    sections = {"users": users | (more_users or {}), "groups": groups, "roles": roles,
                "policies": policies, "mfa": mfa,
                "identity_providers": providers, "identity_pools": pools}  # fmt: skip
    if rng.random() < 0.3:
        sections = _shuffled(rng, sections)
    account = {"id": ACCOUNT, "alias": "acme-dev", "quotas": {"roles": 2000}}
    return {"iamctl": 1, "directory": UUID, "account": account} | {
        section: {
            name: _shuffled(rng, json.loads(json.dumps(entity)))
            for name, entity in _shuffled(rng, entities).items()
        }
        for section, entities in sections.items()
    }


# --- what commands do ---------------------------------------------------------------------------

Want = Callable[[Plain, Plain], Any]


class Case(NamedTuple):
    """A command line, its standard input, and what it makes of the values."""

    line: str
    want: Want
    stdin: str = ""
    renamed: dict[tuple[str, ...], str] = {}  # noqa: RUF012

    @property
    def words(self) -> list[str]:
        """The command line as words."""
        return shlex.split(self.line)


CASES: list[Case] = []


def edit(line: str, stdin: Any = "", renamed: tuple[str, str, str] | None = None) -> Any:
    """Put a command line into the table, with the function that says what it does."""
    text = stdin if isinstance(stdin, str) else json.dumps(stdin, indent=1)

    def into_table(want: Want) -> Want:
        CASES.append(Case(line, want, text, {renamed[:2]: renamed[2]} if renamed else {}))
        return want

    return into_table


def sets(line: str, at: str, value: Any, stdin: Any = "") -> None:
    """A command that gives the value at an address another value; None takes it away."""

    def want(plain: Plain, _: Plain) -> None:
        *path, last = at.split()
        for step in path:
            plain = plain.setdefault(step, {})
        if value is None:
            del plain[last]
        else:
            plain[last] = value

    edit(line, stdin)(want)


def principals(plain: Plain) -> Iterator[Plain]:
    """Every mapping of principals in a trust policy."""
    for role in plain["roles"].values():
        statements = role["trust"]["Statement"]
        for statement in statements if isinstance(statements, list) else [statements]:
            yield statement["Principal"]


def follow(plain: Plain, old: str, new: str) -> None:
    """Principals that name `old` name `new`."""
    for named in principals(plain):
        held = named.get("AWS")
        if isinstance(held, list):
            named["AWS"] = [new if one == old else one for one in held]
        elif held == old:
            named["AWS"] = new


def forget(plain: Plain, arn: str, unique_id: str) -> None:
    """No principal names `arn`; a trust that held nothing else names the unique id."""
    for role in plain["roles"].values():
        kept = json.loads(json.dumps(role["trust"]))
        listed = kept["Statement"] if isinstance(kept["Statement"], list) else [kept["Statement"]]
        for statement in listed:
            named = statement["Principal"]
            held = named.get("AWS", [])
            rest = [one for one in (held if isinstance(held, list) else [held]) if one != arn]
            named["AWS"] = rest if isinstance(held, list) else held if rest else []
            if not named["AWS"]:
                del named["AWS"]
        listed = [statement for statement in listed if statement["Principal"]]
        if not listed:
            follow({"roles": {"": role}}, arn, unique_id)
        elif isinstance(kept["Statement"], list):
            role["trust"] = {**kept, "Statement": listed}


def leave(plain: Plain, *users: str) -> None:
    """The users are in no group any more."""
    for group in plain["groups"].values():
        group["members"] = [
            one
            for one in group.get("members", [])
            if (one["user"] if isinstance(one, dict) else one) not in users
        ]
