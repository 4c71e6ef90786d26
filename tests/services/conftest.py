"""A small directory, and applying plans to it."""

from collections.abc import Callable
from hashlib import sha256

import pytest

from iamctl.domain.change import Changes, apply_changes
from iamctl.domain.directory import Directory

ACCOUNT = "123456789012"
UUID = "5b1d0000-0000-4000-8000-000000000001"
NOW = 1_795_510_800  # 2026-11-24T09:00:00Z
ALLOW_READ = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::artifacts/*"}
    ],
}
READ_ONLY = "arn:aws:iam::aws:policy/ReadOnlyAccess"


def user_arn(name, path="/"):
    return f"arn:aws:iam::{ACCOUNT}:user{path}{name}"


def trust_to(*principals):
    named = list(principals) if len(principals) > 1 else principals[0]
    return {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": {"AWS": named}, "Action": "sts:AssumeRole"}],
    }


def sample():
    return {
        "iamctl": 1,
        "directory": UUID,
        "account": {"id": ACCOUNT, "alias": "acme-dev"},
        "users": {
            "alice": {
                "id": "AIDAALICEALICEALICE22",
                "path": "/eng/",
                "created": "2026-01-01T00:00:00Z",
                "tags": {"team": "payments", "Env": "dev"},
                "policies": ["ReadArtifacts", READ_ONLY],
                "inline": {"Own": ALLOW_READ},
                "boundary": "Boundary",
                "keys": {
                    "AKIAALICEALICEALICE2": {"created": "2026-02-01T00:00:00Z"},
                },
            },
            "bob": {"id": "AIDABOBBOBBOBBOBBOB22", "created": "2026-11-01T00:00:00Z"},
            "carol": {},
        },
        "groups": {
            "developers": {
                "id": "AGPADEVELOPERSDEVEL22",
                "members": ["alice", {"user": "bob", "until": "2026-12-31T00:00:00Z"}],
                "policies": ["ReadArtifacts"],
            },
            "empty": {"id": "AGPAEMPTYEMPTYEMPTY22"},
        },
        "roles": {
            "deployer": {
                "id": "AROADEPLOYERDEPLOYE22",
                "trust": trust_to(user_arn("alice", "/eng/"), user_arn("bob")),
                "policies": ["ReadArtifacts"],
            },
            "reader": {
                "id": "AROAREADERREADERREA22",
                "description": "Reads",
                "max_session_duration": "2h",
                "trust": trust_to(user_arn("alice", "/eng/")),
                "tags": {"Team": "data"},
            },
        },
        "policies": {
            "ReadArtifacts": {"id": "ANPAREADARTIFACTSRE22", "document": ALLOW_READ},
            "Boundary": {"id": "ANPABOUNDARYBOUNDAR22", "document": ALLOW_READ},
        },
    }


@pytest.fixture
def directory() -> Directory:
    return Directory(sample())


@pytest.fixture
def randomness() -> Callable[[int], bytes]:
    """Bytes that differ at every draw and are the same in every test."""
    drawn = 0

    def draw(count: int) -> bytes:
        nonlocal drawn
        drawn += 1
        return sha256(drawn.to_bytes(4, "big")).digest()[:count]

    return draw


@pytest.fixture
def applied() -> Callable[[Directory, Changes], Directory]:
    """Applies changes, proves each `old` against the file, and reads every entity again."""

    def apply(directory: Directory, changes: Changes) -> Directory:
        for change in changes:
            if hasattr(change, "at"):
                assert directory.value_at(change.at) == change.old, change
                assert change.old != change.new, change
        after = Directory(apply_changes(directory.plain, changes))
        for section in ("users", "groups", "roles", "policies"):
            assert all(after.section(section).values())
        return after

    return apply
