"""A small directory, callers in it, and a signing key."""

from collections.abc import Callable

import pytest

from iamctl.domain.directory import Directory
from iamctl.domain.secret import Secret
from iamctl.ports import SigningKey
from iamctl.sts.caller import Caller, authenticate_key, fingerprint, session_caller
from iamctl.sts.session import authenticate_session, issue_session
from iamctl.sts.token import Claims

NOW = 1_800_000_000
ACCOUNT = "123456789012"
UUID = "5b1d7c1e-3f1c-4f5d-8a55-0d7e5d6a1f00"
KEY = SigningKey("current", Secret(bytes(range(32))))


_ACCOUNT = {"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "sts:AssumeRole"}


class World:
    """A directory under construction, from which callers and sessions are made."""

    now = NOW
    account = ACCOUNT
    uuid = UUID
    signing_key = KEY

    def __init__(self) -> None:
        self.plain: dict = {"iamctl": 1, "directory": UUID, "account": {"id": ACCOUNT}}
        self.secrets: dict[str, Secret] = {}

    @property
    def directory(self) -> Directory:
        return Directory(self.plain)

    def user(self, name: str, **fields: object) -> str:
        """Add a user with one key, proved by its fingerprint; the user's ARN."""
        users = self.plain.setdefault("users", {})
        assert name not in users
        user_id = f"AIDA{len(users):017d}".replace("0", "A").replace("1", "B")
        key_id = f"AKIA{len(users):016d}"
        self.secrets[key_id] = Secret(f"secret+of/{name:>30}".replace(" ", "x"))
        key = {"fingerprint": fingerprint(UUID, user_id, key_id, self.secrets[key_id])}
        users[name] = {"id": user_id, "keys": {key_id: key}, **fields}
        return f"arn:aws:iam::{ACCOUNT}:user/{name}"

    def role(self, name: str, *trust: dict, **fields: object) -> str:
        """Add a role with a trust policy of the statements (default: the account); its ARN."""
        roles = self.plain.setdefault("roles", {})
        role_id = f"AROA{'ABCDEFGHIJKL'[len(roles)] * 17}"
        document = {"Version": "2012-10-17", "Statement": list(trust) or [_ACCOUNT]}
        roles[name] = {"id": role_id, "trust": document, **fields}
        return f"arn:aws:iam::{ACCOUNT}:role{fields.get('path', '/')}{name}"

    def group(self, name: str, *members: object, **fields: object) -> None:
        self.plain.setdefault("groups", {})[name] = {"members": list(members), **fields}

    def caller(self, name: str) -> Caller:
        """The user with its long-term key."""
        directory = self.directory
        (key_id,) = directory.user(name).keys
        return authenticate_key(directory, key_id, self.secrets[key_id], None, "--as")

    def claims(self, role: str, name: str = "alice", **fields: object) -> Claims:
        claims = Claims(
            issuer=UUID,
            type="role",
            subject=self.plain["roles"][role]["id"],
            caller="AIDAAAAAAAAAAAAAAAAAA",
            caller_key="AKIA0000000000000000",
            key_id="ASIAAAAAAAAAAAAAAAAA",
            name=name,
            issued=NOW - 60,
            expires=NOW + 3540,
        )
        return claims._replace(**fields)

    def user_claims(self, name: str, **fields: object) -> Claims:
        """Of a GetSessionToken session."""
        user = self.plain["users"][name]
        claims = Claims(
            issuer=UUID,
            type="session-token",
            subject=user["id"],
            caller=user["id"],
            caller_key=next(iter(user["keys"])),
            key_id="ASIAAAAAAAAAAAAAAAAB",
            name="",
            issued=NOW - 60,
            expires=NOW + 3540,
        )
        return claims._replace(**fields)

    def session(self, claims: Claims, now: int = NOW) -> Caller:
        """The caller with a session of the claims."""
        given = issue_session(KEY, claims)
        session = authenticate_session(
            given.access_key_id,
            given.secret_access_key,
            given.session_token,
            self.directory,
            (KEY,),
            now,
        )
        return session_caller(session, ACCOUNT, "AWS_SESSION_TOKEN")


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def allow() -> Callable[..., dict]:
    """A trust or identity statement."""

    def statement(
        principal: object = None,
        action: object = "sts:AssumeRole",
        effect: str = "Allow",
        resource: object = None,
        **condition: object,
    ) -> dict:
        made: dict = {"Effect": effect, "Action": action}
        if principal is not None:
            made["Principal"] = principal if principal == "*" else {"AWS": principal}
        if resource is not None:
            made["Resource"] = resource
        if condition:
            made["Condition"] = condition
        return made

    return statement
