"""Federated and pool sessions agree, in random small worlds, with a plain reading of AWS's rules.

Whether a token or a pool's login reaches a role, and what the session then carries, is worked out
here a second time, from the file's plain values and the token's claims alone.
"""

import json
import os
from random import Random

import jwt

from iamctl.catalogue.managed_policies import ManagedPolicies
from iamctl.domain.directory import Directory
from iamctl.domain.errors import AccessDenied, IamctlError, InvalidValue, NotAuthenticated
from iamctl.domain.secret import Secret
from iamctl.federation import SignedFederation
from iamctl.ports import SigningKey
from iamctl.services.federated import Issuing, assume_role_with_web_identity
from iamctl.services.pool_credentials import PoolRequest, pool_credentials
from iamctl.services.pool_identities import Login, get_id
from iamctl.services.pool_tokens import mint_token
from iamctl.sts.federated import FederatedRequest
from iamctl.sts.token import verify
from iamctl.vault.identities import linked
from tests.federation.identities import private_key, public_jwk, token

SCALE = int(os.environ.get("IAMCTL_TEST_SCALE", "1"))
NOW = 1_795_510_800
UUID = "5b1d7c1e-3f1c-4f5d-8a55-0d7e5d6a1f00"
ACCOUNT = "123456789012"
COGNITO = "cognito-identity.amazonaws.com"
POOL = "eu-west-1:0f1a2b3c-4d5e-4f60-8718-293a4b5c6d7e"
OTHER_POOL = "eu-west-1:99999999-4d5e-4f60-8718-293a4b5c6d7e"
URLS = {
    "one": "https://idp.example.com",
    "slash": "https://idp.example.com/",
    "deep": "https://idp.example.com/Tenant",
    "cased": "https://idp.example.com/tenant",
    "github": "https://token.actions.githubusercontent.com",
    "google": "https://accounts.google.com",
}
TAGS = "https://aws.amazon.com/tags"
SOURCE = "https://aws.amazon.com/source_identity"
WEB = "sts:AssumeRoleWithWebIdentity"
FEDERATION, CATALOGUE = SignedFederation(), ManagedPolicies()
SIGNING = (SigningKey("k1", Secret(bytes(range(32)))),)


class MemoryVault:
    """The real rules of identities, without files."""

    kind = "file"

    def __init__(self):
        self.identities = {}

    def signing_keys(self):
        return SIGNING

    def pool_identities(self, pool):
        return self.identities.get(pool, {})

    def put_pool_identity(self, pool, logins, identity, *, alone=False):
        self.identities, chosen = linked(self.identities, pool, logins, identity, alone)
        return chosen


def principal(name):
    host = URLS[name].removeprefix("https://")
    return host if name == "google" else f"arn:aws:iam::{ACCOUNT}:oidc-provider/{host}"


# ---- random worlds


def condition(rng):
    host = rng.choice([*(u.removeprefix("https://") for u in URLS.values()), COGNITO])
    key = rng.choice(
        [
            f"{host}:aud",
            f"{host}:sub",
            f"{host}:amr",
            f"{host}:repository",
            f"{host}:oaud",
            "sts:RoleSessionName",
            "sts:SourceIdentity",
            "aws:RequestTag/team",
            "aws:TagKeys",
            "aws:FederatedProvider",
            "aws:MultiFactorAuthPresent",
            "sts:ExternalId",
            "aws:PrincipalArn",
        ]
    )
    if rng.random() < 0.3:
        key = key.upper() if rng.random() < 0.5 else key.lower()
    operator = rng.choice(
        [
            "StringEquals",
            "StringLike",
            "StringNotEquals",
            "StringEqualsIfExists",
            "ForAnyValue:StringEquals",
            "ForAllValues:StringEquals",
            "Null",
        ]
    )
    if operator == "Null":
        return operator, key, [rng.choice(["true", "false"])]
    pool = [
        "web",
        "other",
        "ali*",
        "alice",
        "bob",
        POOL,
        OTHER_POOL,
        "authenticated",
        "unauthenticated",
        "ci",
        "team",
        "red",
        "true",
        "1",
        "org/repo",
        principal("one"),
        COGNITO,
        f"arn:aws:iam::{ACCOUNT}:oidc-provider/idp.example.com:OIDC:alice",
    ]
    return operator, key, rng.sample(pool, rng.randint(1, 6))


def statement(rng):
    federated = rng.sample(
        [*map(principal, URLS), COGNITO, "arn:aws:iam::210987654321:oidc-provider/idp.example.com"],
        rng.randint(2, 6),
    )
    who = rng.choice([{"Federated": federated}] * 9 + [{"AWS": ACCOUNT}, "*"])
    conditions = {}
    for _ in range(rng.choice([0, 0, 1, 1, 2])):
        operator, key, wanted = condition(rng)
        block = conditions.setdefault(operator, {})
        if key.lower() not in map(str.lower, block):
            block[key] = wanted
    return {
        "Effect": rng.choice(["Allow"] * 6 + ["Deny"]),
        "Principal": who,
        "Action": rng.choice(
            [
                WEB,
                WEB,
                [WEB, "sts:TagSession"],
                "sts:*",
                "sts:*",
                "sts:TagSession",
                [WEB, "sts:SetSourceIdentity"],
                "sts:AssumeRole*",
                "sts:AssumeRole",
            ]
        ),
        **({"Condition": conditions} if conditions else {}),
    }


def world(rng):
    listed = rng.sample([*URLS], rng.randint(2, 4))
    roles = {
        name: {
            "id": f"AROAROLE{number:013}",
            "trust": {
                "Version": "2012-10-17",
                "Statement": [statement(rng) for _ in range(rng.randint(1, 3))],
            },
        }
        for number, name in enumerate(("alpha", "beta", "gamma"))
    }
    pools = {
        name: {
            "id": pool_id,
            "providers": rng.sample(listed, rng.randint(1, len(listed))),
            **({"authenticated_role": rng.choice([*roles])} if rng.random() < 0.7 else {}),
            **({"guest_role": rng.choice([*roles])} if rng.random() < 0.5 else {}),
        }
        for name, pool_id in (("web", POOL), ("app", OTHER_POOL))
    }
    for pool in pools.values():
        for provider in pool["providers"]:
            if rng.random() < 0.6:
                pool.setdefault("role_mappings", {})[provider] = mapping(rng, roles)
    return {
        "iamctl": 1,
        "directory": UUID,
        "account": {"id": ACCOUNT},
        "roles": roles,
        "identity_providers": {
            name: {
                "url": URLS[name],
                "client_ids": rng.sample(["web", "other", "alice"], rng.randint(2, 3)),
                "jwks": {"main": public_jwk(rng.choice("aaaab"), "ES256")},
            }
            for name in listed
        },
        "identity_pools": pools,
    }


def mapping(rng, roles):
    ambiguous = {"ambiguous": "deny"} if rng.random() < 0.5 else {}
    if rng.random() < 0.4:
        return {"type": "token", **ambiguous}
    rules = [
        {
            "claim": rng.choice(["sub", "dept", "level", "aud", "nested"]),
            "match": rng.choice(["Equals", "Contains", "StartsWith", "NotEqual"]),
            "value": rng.choice(["alice", "eng", "e", "1", "true", "web", "null", "a"]),
            "role": rng.choice([*roles]),
        }
        for _ in range(rng.randint(1, 3))
    ]
    return {"type": "rules", "rules": rules, **ambiguous}


def value(rng):
    return rng.choice(
        [
            "eng",
            "engine",
            "alice",
            "",
            1,
            1.5,
            True,
            None,
            ["eng", "x"],
            [],
            [1],
            {"eng": "eng"},
            [["eng"]],
            "null",
            "true",
            [{"a": "eng"}],
            0,
        ]
    )


def token_of(rng, plain):
    """Claims and the text of a token, most often one of a provider of the world."""
    name = rng.choice([*URLS] if rng.random() < 0.1 else [*plain["identity_providers"]])
    claims = {
        "iss": URLS[name],
        "sub": rng.choice(["alice", "bob", "authenticated"]),
        "aud": rng.choice(["web"] * 4 + [["web", "other"], ["nobody", "other"], "nobody", []]),
        "iat": NOW - rng.choice([0, 30, -30, -60, -61]),
        "exp": NOW + rng.choice([600] * 9 + [0, 1]),
    }
    for claim in (
        "dept",
        "level",
        "nested",
        "repository",
        "amr",
        "cognito:roles",
        "cognito:preferred_role",
        "azp",
        "aws:PrincipalArn",
        "sts:ExternalId",
    ):
        if rng.random() < (0.3 if claim in ("dept", "level", "nested") else 0.05):
            claims[claim] = value(rng)
    for claim in ("cognito:roles", "cognito:preferred_role"):
        if rng.random() < 0.3:
            known = [f"arn:aws:iam::{ACCOUNT}:role/{r}" for r in ("alpha", "beta", "none")]
            claims[claim] = rng.choice([rng.sample(known, 2), rng.choice(known), [known[0]]])
    if rng.random() < 0.3:
        claims["amr"] = rng.choice(["authenticated", ["unauthenticated", "pwd"], ["authenticated"]])
    if rng.random() < 0.15:
        claims["azp"] = rng.choice(["web", "other", "nobody"])
    if rng.random() < 0.2:
        claims[TAGS] = {"principal_tags": {"team": [rng.choice(["red", "blue"])]}}
    if rng.random() < 0.2:
        claims[SOURCE] = rng.choice(["alice", "aws:x", "ok-one"])
    return name, claims, token(claims, "ES256", name=rng.choice("aaaaaab"))


# ---- the oracle


def texts(held):
    several = [held] if isinstance(held, str) else held
    return several if isinstance(several, list) and all(type(x) is str for x in several) else None


def genuine(plain, name, claims, text):
    """The audience of a token that its provider's file entry bears out, else None."""
    provider = plain["identity_providers"].get(name)
    if provider is None or provider["url"] != claims["iss"]:
        return None
    jwk = provider["jwks"]["main"]
    if text != token_cache.get((jwk["x"], text)):
        return None
    if claims["exp"] <= NOW or claims["iat"] > NOW + 60:
        return None
    audiences = texts(claims["aud"])
    if "azp" in claims:
        if type(claims["azp"]) is not str or not claims["azp"]:
            return None
        audiences = [claims["azp"]]
    if audiences is None or texts(claims.get("amr", [])) is None:
        return None
    return next((a for a in audiences if a in provider["client_ids"]), None)


token_cache = {}


def glob(pattern, text):
    if "*" not in pattern:
        return pattern == text
    head, _, tail = pattern.partition("*")
    rests = (text[at:] for at in range(len(head), len(text) + 1))
    return text.startswith(head) and any(glob(tail, rest) for rest in rests)


def holds(operator, wanted, held):
    qualifier, _, base = operator.rpartition(":")
    if base == "Null":
        return str(held is None or not any(held)).lower() in wanted
    present = held or []
    if base == "StringNotEquals":
        return held is None or all(x not in wanted for x in present)
    if qualifier == "ForAllValues":
        return all(x in wanted for x in present if any(present))
    if held is None:
        return base.endswith("IfExists")
    match = glob if base == "StringLike" else str.__eq__
    return any(match(w, x) for w in wanted for x in present)


def covers(actions, action):
    several = [actions] if isinstance(actions, str) else actions
    return any(glob(a.lower(), action.lower()) for a in several)


def trusted(document, issuer, action, context):
    verdict = False
    for stated in document["Statement"]:
        who, deny = stated["Principal"], stated["Effect"] == "Deny"
        named = issuer in who.get("Federated", []) if who != "*" else deny
        if not named or not covers(stated["Action"], action):
            continue
        if all(
            holds(operator, wanted, context.get(key.lower()))
            for operator, block in stated.get("Condition", {}).items()
            for key, wanted in block.items()
        ):
            if deny:
                return False
            verdict = True
    return verdict


def reaches(plain, role, issuer, host, said, name):
    """Whether a role trusts what was said: a mapping of aud, sub, amr and claims."""
    context = {"sts:rolesessionname": [name], "aws:federatedprovider": [issuer]}
    context |= {f"{host}:aud".lower(): [said["aud"]], f"{host}:sub".lower(): [said["sub"]]}
    if said["amr"]:
        context[f"{host}:amr".lower()] = said["amr"]
    claims = said["claims"]
    oaud = texts(claims.get("aud"))
    if oaud is not None and claims.get("aud") != []:
        context[f"{host}:oaud".lower()] = oaud
    if host == "token.actions.githubusercontent.com" and texts(claims.get("repository")):
        context[f"{host}:repository"] = texts(claims["repository"])
    needed = [WEB]
    tags = claims.get(TAGS, {}).get("principal_tags", {})
    if tags:
        needed.append("sts:TagSession")
        context |= {f"aws:requesttag/{k}": v for k, v in tags.items()}
        context["aws:tagkeys"] = [*tags]
    if SOURCE in claims:
        if claims[SOURCE].startswith("aws:"):
            return False
        needed.append("sts:SetSourceIdentity")
        context["sts:sourceidentity"] = [claims[SOURCE]]
    document = plain["roles"][role]["trust"]
    return all(trusted(document, issuer, action, context) for action in needed)


def scalar_texts(held):
    if type(held) is str:
        return [held]
    if type(held) in (bool, int, float):
        return [json.dumps(held)]
    if type(held) is list:
        return [t for x in held if type(x) in (str, bool, int, float) for t in scalar_texts(x)]
    return []


def given_roles(pool, provider, claims):
    """The role of a login, a name or an ARN, or None; and all those that it may ask for."""
    said = pool.get("role_mappings", {}).get(provider)
    fallback = pool.get("authenticated_role")
    if said is None:
        return fallback, [fallback]
    if said.get("ambiguous") == "deny":
        fallback = None
    if said["type"] == "rules":
        every = [rule["role"] for rule in said["rules"] if hits(rule, claims)]
        return (every[0], every) if every else (fallback, [fallback])
    roles, preferred = (
        [*dict.fromkeys(t for t in scalar_texts(claims.get(c)) if t.startswith("arn:"))]
        for c in ("cognito:roles", "cognito:preferred_role")
    )
    every = [*dict.fromkeys([*roles, *preferred])]
    if len(preferred) == 1:
        return preferred[0], every
    return every[0] if len(every) == 1 else fallback, every or [fallback]


def hits(rule, claims):
    held, wanted = scalar_texts(claims.get(rule["claim"])), rule["value"]
    return {
        "Equals": wanted in held,
        "NotEqual": bool(held) and wanted not in held,
        "Contains": any(wanted in h for h in held),
        "StartsWith": any(h.startswith(wanted) for h in held),
    }[rule["match"]]


def role_name(plain, reference):
    name = (reference or "").removeprefix(f"arn:aws:iam::{ACCOUNT}:role/")
    return name if name in plain["roles"] else None


# ---- the comparisons


def issuing(plain, vault):
    return Issuing(Directory(plain), vault, FEDERATION, CATALOGUE, NOW, os.urandom, lambda _: None)


def claims_of(session):
    text = session.credentials.session_token.reveal_text()
    return verify(text, SIGNING, UUID, NOW).claims


def remember(text):
    """Which keys made the text, told by an independent library."""
    for name in ("a", "b"):
        try:
            jwt.decode(
                text,
                private_key(name, "ES256").public_key(),
                algorithms=["ES256"],
                options={
                    "verify_aud": False,
                    "verify_exp": False,
                    "verify_iat": False,
                    "verify_nbf": False,
                    "verify_sub": False,
                },
            )
            token_cache[(public_jwk(name, "ES256")["x"], text)] = text
        except jwt.InvalidSignatureError:
            pass


def test_web_identities_reach_what_a_plain_reading_says():
    rng, seen = Random(5), [0, 0]
    for number in range(800 * SCALE):
        plain = world(rng)
        name, claims, text = token_of(rng, plain)
        remember(text)
        role = rng.choice([*plain["roles"]])
        audience = genuine(plain, name, claims, text)
        expected = False
        if audience is not None:
            said = {
                "aud": audience,
                "sub": claims["sub"],
                "claims": claims,
                "amr": texts(claims.get("amr", [])),
            }
            host = URLS[name].removeprefix("https://")
            expected = reaches(plain, role, principal(name), host, said, "ci")
        vault = MemoryVault()
        try:
            made = assume_role_with_web_identity(
                issuing(plain, vault), role, "ci", text, FederatedRequest()
            )
        except (AccessDenied, NotAuthenticated, InvalidValue) as error:
            made = None
            why = error
        assert (made is not None) == expected, (number, plain, claims, role, made or why)
        seen[expected] += 1
        if made is not None:
            carried = claims_of(made.session)
            assert carried.subject == plain["roles"][role]["id"]
            keys = ("aud", "sub", *(["amr"] if said["amr"] else []))
            assert set(carried.context) == {f"{host}:{key}".lower() for key in keys}
            assert carried.expires == NOW + 3600
            assert carried.source_identity == claims.get(SOURCE)
            tags = claims.get(TAGS, {}).get("principal_tags", {})
            assert carried.tags == {key: held[0] for key, held in tags.items()}
    assert min(seen) > 15 * SCALE, seen


def test_a_pools_own_token_reaches_what_trusts_it_where_the_pool_hands_it_out():
    rng, seen = Random(7), [0, 0]
    for number in range(300 * SCALE):
        plain = world(rng)
        pool = plain["identity_pools"]["web"]
        allowed = rng.random() < 0.7
        pool["classic_flow"] = "allow" if allowed else "deny"
        guest = rng.choice([*plain["roles"]])
        pool["guest_role"] = guest
        vault, role = MemoryVault(), rng.choice([*plain["roles"]])
        given = issuing(plain, vault)
        held = get_id(given.directory, "web", (), vault, FEDERATION, NOW, os.urandom)
        # Minted as for the enhanced flow, which hands it to nobody.
        text = mint_token(given.directory, held, vault, NOW).token.reveal_text()
        said = {
            "aud": POOL,
            "sub": held.id,
            "amr": ["unauthenticated"],
            "claims": {"aud": POOL},
        }
        expected = allowed and reaches(plain, role, COGNITO, COGNITO, said, "ci")
        try:
            made = assume_role_with_web_identity(given, role, "ci", text, FederatedRequest())
        except (AccessDenied, NotAuthenticated):
            made = None
        assert (made is not None) == expected, (number, plain, role)
        seen[expected] += 1
    assert min(seen) > 4 * SCALE, seen


def test_pool_logins_reach_what_a_plain_reading_says():
    rng, seen = Random(6), {}
    for number in range(800 * SCALE):
        plain = world(rng)
        vault = MemoryVault()
        name, claims, text = token_of(rng, plain)
        remember(text)
        pool_name = rng.choice(["web", "app"])
        pool = plain["identity_pools"][pool_name]
        guest = rng.random() < 0.25
        given = issuing(plain, vault)
        logins = () if guest else (Login(name, Secret(text)),)
        custom = rng.choice([None, None, "alpha", "beta", f"arn:aws:iam::{ACCOUNT}:role/gamma"])
        expected, reference, amr = None, None, ["unauthenticated"]
        if guest:
            reference = pool.get("guest_role") if custom is None else None
        elif name in pool["providers"] and genuine(plain, name, claims, text) is not None:
            reference, every = given_roles(pool, name, claims)
            if custom is not None:
                asked = role_name(plain, custom)
                reference = asked if asked in [role_name(plain, one) for one in every] else None
            host = URLS[name].removeprefix("https://")
            amr = [
                "authenticated",
                host,
                f"arn:aws:iam::{ACCOUNT}:oidc-provider/{host}:OIDC:{claims['sub']}",
            ]
        role = role_name(plain, reference)
        made, why = None, None
        try:
            held = get_id(given.directory, pool_name, logins, vault, FEDERATION, NOW, os.urandom)
            said = {"aud": pool["id"], "sub": held.id, "amr": amr, "claims": {"aud": pool["id"]}}
            if role is not None and reaches(
                plain, role, COGNITO, COGNITO, said, "CognitoIdentityCredentials"
            ):
                expected = role
            made = pool_credentials(given, PoolRequest(pool_name, held.id, logins, custom))
        except IamctlError as error:
            why = error
        reached = made and made.session.role_arn.rpartition("/")[2]
        assert reached == expected, (number, plain, claims, guest, reached, expected, why)
        key = (guest, expected is not None)
        seen[key] = seen.get(key, 0) + 1
        if made is not None:
            carried = claims_of(made.session)
            assert (len(carried.policies) == 2) == guest
            assert not carried.tags
            assert carried.source_identity is None
            assert set(carried.context) == {f"{COGNITO}:{k}" for k in ("aud", "sub", "amr")}
    assert len(seen) == 4, seen
    assert min(seen.values()) > 4 * SCALE, seen
