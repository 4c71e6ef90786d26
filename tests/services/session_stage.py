"""One directory, a real vault and a clock, and sessions of every kind out of them."""

from contextlib import nullcontext

from iamctl.domain.change import apply_changes
from iamctl.domain.directory import Directory
from iamctl.domain.secret import Secret
from iamctl.federation import SignedFederation
from iamctl.ports import SigningKey
from iamctl.services.federated import (
    Issuing,
    assume_role_with_saml,
    assume_role_with_web_identity,
)
from iamctl.services.office import CacheUse, Office
from iamctl.services.role_session import RoleAsked, role_session
from iamctl.services.user_session import federation_token, session_token
from iamctl.services.whoami import get_caller_identity, whoami
from iamctl.sts.caller import CallerSources, fingerprint
from iamctl.sts.federated import FederatedRequest
from iamctl.sts.revocation import revoke_sessions_plan
from iamctl.sts.terms import AssumeRequest
from iamctl.sts.user_sessions import FederationRequest
from iamctl.vault import VaultSettings, create_vault
from tests.federation import saml_identities as idp
from tests.federation.identities import NOW, URL, claims, public_jwk, token
from tests.services.builders import CATALOGUE, NO_CODE, allow, document

UUID = "5b1d7c1e-3f1c-4f5d-8a55-0d7e5d6a1f00"
ACCOUNT = "123456789012"
USER_ID, KEY_ID, SECRET = "AIDAALICE000000000000", "AKIAALICE00000000000", Secret("s" * 40)
ENGINEER, NEXT = "AROAENGINEER000000000", "AROANEXT0000000000000"
STS = f"arn:aws:sts::{ACCOUNT}"
OIDC = f"arn:aws:iam::{ACCOUNT}:oidc-provider/{URL.removeprefix('https://')}"
LASTS = 3600
_ASKED = FederatedRequest()

OF_ENGINEER = ("role", "web identity", "SAML")
OF_A_ROLE = (*OF_ENGINEER, "chained role")
OF_THE_USER = ("session token", "federated user")
KINDS = (*OF_A_ROLE, *OF_THE_USER)

WHOSE = {
    "role": (f"{STS}:assumed-role/engineer/alice", f"{ENGINEER}:alice", "AssumedRole"),
    "chained role": (f"{STS}:assumed-role/next/alice", f"{NEXT}:alice", "AssumedRole"),
    "web identity": (f"{STS}:assumed-role/engineer/job-7", f"{ENGINEER}:job-7", "AssumedRole"),
    "SAML": (
        f"{STS}:assumed-role/engineer/alice@example.com",
        f"{ENGINEER}:alice@example.com",
        "AssumedRole",
    ),
    "session token": (f"arn:aws:iam::{ACCOUNT}:user/alice", USER_ID, "User"),
    "federated user": (f"{STS}:federated-user/build-bot", f"{ACCOUNT}:build-bot", "FederatedUser"),
}


def trusted(principal, action):
    return allow(action, None, Principal=principal)


def directory_of_all():
    mark = fingerprint(UUID, USER_ID, KEY_ID, SECRET)
    engineer = (
        trusted({"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "sts:AssumeRole"),
        trusted({"Federated": OIDC}, "sts:AssumeRoleWithWebIdentity"),
        trusted({"Federated": idp.PROVIDER}, "sts:AssumeRoleWithSAML"),
    )
    onward = trusted({"AWS": f"arn:aws:iam::{ACCOUNT}:role/engineer"}, "sts:AssumeRole")
    may = allow(["sts:AssumeRole", "sts:GetFederationToken"])
    return {
        "iamctl": 1,
        "directory": UUID,
        "account": {"id": ACCOUNT},
        "users": {"alice": {"id": USER_ID, "keys": {KEY_ID: {"fingerprint": mark}}}},
        "groups": {"staff": {"members": ["alice"], "inline": {"May": document(may)}}},
        "roles": {
            "engineer": {"id": ENGINEER, "trust": document(*engineer)},
            "next": {"id": NEXT, "trust": document(onward)},
        },
        "identity_providers": {
            "idp": {
                "url": URL,
                "client_ids": ["sts.amazonaws.com"],
                "jwks": {"main": public_jwk()},
            },
            "corp": {"saml_metadata": idp.metadata()},
        },
    }


class House:
    """The directory, a real vault and a clock, and a session of any kind out of them."""

    def __init__(self, tmp_path):
        settings = VaultSettings({}, lambda n: bytes(n))
        key = SigningKey("k1", Secret(bytes(range(32))))
        self.vault = create_vault("file", str(tmp_path / UUID), UUID, key, settings)
        self.vault.put_secret_access_keys({KEY_ID: SECRET})
        self.plain, self.now, self._drawn = directory_of_all(), NOW, 0

    def random(self, n):
        self._drawn += 1
        return self._drawn.to_bytes(n, "big")

    def office(self, sources):
        return Office(
            open=lambda: (Directory(self.plain), self.now),
            sources=sources,
            vault=self.vault,
            catalogue=CATALOGUE,
            randomness=self.random,
            clock=lambda: self.now,
            wait_until=self.wait,
            flight=lambda _key: nullcontext(),
        )

    def wait(self, until):
        self.now = until

    def session(self, kind):
        """The environment of a session of that kind, an hour long."""
        if kind == "role":
            given = self.assume()
        elif kind == "chained role":
            given = self.assume("next", self.session("role"))
        elif kind == "session token":
            given = self.token(LASTS)
        elif kind == "federated user":
            given = self.federate(duration=LASTS, document=document(allow("s3:*")))
        else:
            given = (self.saml() if kind == "SAML" else self.web()).session
        return environment(given.credentials)

    def assume(self, role="engineer", chained_from=None, managed=(), document=None, mfa=NO_CODE,
               **fields):  # fmt: skip
        """AssumeRole of alice, or of the session whose environment is given."""
        asked = RoleAsked(role, AssumeRequest(**fields), managed, document)
        return role_session(self.office(_sources(chained_from)), asked, mfa, CacheUse())

    def token(self, duration=None, chained_from=None, mfa=NO_CODE):
        return session_token(self.office(_sources(chained_from)), duration, mfa, CacheUse())

    def federate(self, name="build-bot", chained_from=None, managed=(), document=None, **fields):
        asked = FederationRequest(name, **fields)
        return federation_token(self.office(_sources(chained_from)), asked, managed, document)

    def web(self, role="engineer", name="job-7", text=None, asked=_ASKED, **changed):
        text = token(claims(**changed)) if text is None else text
        return assume_role_with_web_identity(self._issuing(), role, name, text, asked)

    def saml(self, role="engineer", provider="corp", text=None, asked=_ASKED, **changed):
        text = idp.good(**changed) if text is None else text
        return assume_role_with_saml(self._issuing(), role, provider, text, asked)

    def _issuing(self):
        return Issuing(
            Directory(self.plain), self.vault, SignedFederation(), CATALOGUE, self.now,
            self.random, self.wait,
        )  # fmt: skip

    def whoami(self, environ):
        sources = CallerSources(environ)
        return whoami(Directory(self.plain), sources, lambda: self.vault, CATALOGUE, self.now)

    def caller_identity(self, environ):
        sources = CallerSources(environ)
        return get_caller_identity(Directory(self.plain), sources, lambda: self.vault, self.now)

    def revoke(self, section, name):
        changes = revoke_sessions_plan(Directory(self.plain), section, name, self.now)
        self.plain = apply_changes(self.plain, changes)


def _sources(chained_from):
    if chained_from is None:
        return CallerSources({}, as_user="alice")
    return CallerSources(chained_from, chain=True)


def environment(credentials):
    return {
        "AWS_ACCESS_KEY_ID": credentials.access_key_id,
        "AWS_SECRET_ACCESS_KEY": credentials.secret_access_key.reveal_text(),
        "AWS_SESSION_TOKEN": credentials.session_token.reveal_text(),
    }
