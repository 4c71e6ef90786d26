"""Identity providers of the tests: keys of their own, and tokens that an independent library,
PyJWT, signs with them."""

import base64
import hashlib
import hmac
import json
from functools import cache

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

from iamctl.domain.providers import IdentityProvider

NOW = 1_795_510_800
URL = "https://idp.example.com/tenant"
CURVES = {"ES256": ec.SECP256R1, "ES384": ec.SECP384R1, "ES512": ec.SECP521R1}


def private_key(name="main", alg="RS256"):
    """A private key of that name; the same one each time, for every RS algorithm."""
    return _made(name, "RS" if alg.startswith("RS") else alg)


@cache
def _made(name, kind):
    if kind == "RS":
        return rsa.generate_private_key(65537, 2048)
    return ec.generate_private_key(CURVES[kind]())


def public_jwk(name="main", alg="RS256", **members):
    """The members of the public key, as a directory file keeps them."""
    kind = RSAAlgorithm if alg.startswith("RS") else ECAlgorithm
    said = kind.to_jwk(private_key(name, alg).public_key(), as_dict=True)
    kept = ("kty", "n", "e", "crv", "x", "y")
    return {**{k: said[k] for k in kept if k in said}, "alg": alg, "use": "sig", **members}


def provider(jwks=None, url=URL, client_ids=("sts.amazonaws.com",), name="idp"):
    keys = {"main": public_jwk()} if jwks is None else jwks
    return IdentityProvider(name=name, url=url, client_ids=client_ids, jwks=keys)


def claims(**changed):
    """Good claims, changed; None takes one away."""
    said = {
        "iss": URL,
        "sub": "alice@example.com",
        "aud": "sts.amazonaws.com",
        "iat": NOW - 10,
        "exp": NOW + 600,
        **changed,
    }
    return {name: value for name, value in said.items() if value is not None}


def token(said=None, alg="RS256", name="main", headers=None, kid="main"):
    """A token of the claims, signed by the key of that name."""
    header = {**({} if kid is None else {"kid": kid}), **(headers or {})}
    return jwt.encode(said or claims(), private_key(name, alg), algorithm=alg, headers=header)


def part(data):
    """A part of a token: base64url of JSON, or of bytes as they are."""
    raw = data if isinstance(data, bytes) else json.dumps(data).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def signed_parts(header, payload, alg="RS256", name="main"):
    """A token of parts as they are, under a genuine signature."""
    text = f"{part(header)}.{part(payload)}"
    signer = jwt.get_algorithm_by_name(alg)
    return f"{text}.{part(signer.sign(text.encode(), private_key(name, alg)))}"


def hmac_token(secret, said=None, alg="HS256", kid="main"):
    """A token whose HMAC is keyed with those bytes, as key confusion wants it."""
    text = f"{part({'alg': alg, 'kid': kid})}.{part(said or claims())}"
    mac = hmac.digest(secret, text.encode(), hashlib.sha256)
    return f"{text}.{part(mac)}"
