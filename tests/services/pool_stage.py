"""A directory with an identity pool, its providers and roles; a real vault, and real tokens."""

import os
from functools import cache

from iamctl.catalogue import ShippedCatalogue
from iamctl.domain.directory import Directory
from iamctl.domain.secret import Secret
from iamctl.federation import SignedFederation
from iamctl.ports import SigningKey
from iamctl.services.pool_identities import Login
from iamctl.vault import VaultSettings, create_vault
from tests.federation.identities import claims, public_jwk, token

ACCOUNT = "123456789012"
UUID = "5b1d0000-0000-4000-8000-000000000001"
NOW = 1_795_510_800
POOL = "eu-west-1:0f1a2b3c-4d5e-4f60-8718-293a4b5c6d7e"
OTHER_POOL = "eu-west-1:99999999-4d5e-4f60-8718-293a4b5c6d7e"
HOST = "cognito-identity.amazonaws.com"
GOOGLE, OKTA = "https://google.example.com", "https://okta.example.com"
CATALOGUE = ShippedCatalogue()
FEDERATION = SignedFederation()


@cache
def jwks(name):
    return {"main": public_jwk(name)}


def trust(pool=POOL, amr="authenticated", **more):
    condition = {"StringEquals": {f"{HOST}:aud": pool}, **more}
    if amr is not None:
        condition["ForAnyValue:StringLike"] = {f"{HOST}:amr": amr}
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Federated": HOST},
                "Action": "sts:AssumeRoleWithWebIdentity",
                "Condition": condition,
            }
        ],
    }


EVERYTHING = {
    "All": {
        "Version": "2012-10-17",
        "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"},
    }
}


def role(number, trusted):
    return {"id": f"AROAROLE{number:013}", "trust": trusted, "inline": EVERYTHING}


def plain(pool=None, roles=None, **sections):
    """The directory, with fields of the pool `web` and roles put over what stands there."""
    return {
        "iamctl": 1,
        "directory": UUID,
        "account": {"id": ACCOUNT},
        "roles": {
            "member": role(1, trust()),
            "guest": role(2, trust(amr="unauthenticated")),
            "engineer": role(3, trust()),
            **(roles or {}),
        },
        "identity_providers": {
            "google": {"url": GOOGLE, "client_ids": ["web"], "jwks": jwks("google")},
            "okta": {"url": OKTA, "client_ids": ["web"], "jwks": jwks("okta")},
            "stray": {"url": "https://x.example.com", "client_ids": ["web"], "jwks": jwks("x")},
        },
        "identity_pools": {
            "web": {
                "id": POOL,
                "providers": ["google", "okta"],
                "authenticated_role": "member",
                "guest_role": "guest",
                "classic_flow": "allow",
                **(pool or {}),
            },
            "other": {
                "id": OTHER_POOL,
                "providers": ["google"],
                "authenticated_role": "member",
                "classic_flow": "allow",
            },
        },
        **sections,
    }


def directory(pool=None, roles=None, **sections):
    return Directory(plain(pool, roles, **sections))


def login(subject="alice", provider="google", signer=None, **changed):
    """A login at a provider, whose token has those claims."""
    said = {"iss": f"https://{provider}.example.com", "sub": subject, "aud": "web",
            "iat": NOW - 10, "exp": NOW + 600, **changed}  # fmt: skip
    return Login(provider, Secret(token(claims(**said), name=signer or provider)))


def vault_in(folder, environ=None):
    """A new vault of kind file."""
    key = SigningKey("first", Secret(b"1" * 32))
    settings = VaultSettings(environ or {"HOME": str(folder)}, os.urandom)
    return create_vault("file", str(folder / "vault"), UUID, key, settings)
