"""The shapes of MFA devices, identity providers and identity pools in a directory file."""

from iamctl.domain import names
from iamctl.domain.shape_parts import CREATED, PATH, TAGS, Shape

MFA_DEVICE = Shape(
    "record",
    "MFA device",
    "A virtual MFA device. Its seed is never in this file.",
    fields={
        "path": PATH,
        "created": CREATED,
        "user": Shape("text", "User", "Whom it is enabled for.", rule=names.USER_NAME),
        "enabled": Shape("instant", "Time of enabling", "UTC, ISO 8601."),
        "tags": TAGS,
    },
)

_PRIVATE = ("d", "p", "q", "dp", "dq", "qi", "oth", "k")
"""Members of RFC 7518 that a public key does not have."""


def _member(what: str, longest: int) -> Shape:
    title = what.partition(" ")[2].capitalize()
    rule = names.Rule(what, 1, longest, r"[A-Za-z0-9_-]+", "it is base64url, unpadded")
    return Shape("text", title, rule=rule)


JWK = Shape(
    "record",
    "Signing key",
    "The public key's members of RFC 7517 and 7518.",
    fields={
        "kty": Shape("text", "Key type", choices=("RSA", "EC")),
        "alg": Shape("text", "Algorithm", "Any that fits the key, when omitted.",
                     choices=("RS256", "RS384", "RS512", "ES256", "ES384", "ES512")),
        "use": Shape("text", "Use", choices=("sig",)),
        "n": _member("a modulus", 2731),
        "e": _member("an exponent", 12),
        "crv": Shape("text", "Curve", choices=("P-256", "P-384", "P-521")),
        "x": _member("an x coordinate", 88),
        "y": _member("a y coordinate", 88),
        **{name: Shape("private", "Private", "A private key does not belong in this file.")
           for name in _PRIVATE},
    },
    required=("kty",),
)  # fmt: skip

IDENTITY_PROVIDER = Shape(
    "record",
    "Identity provider",
    "Whose tokens are trusted: an OIDC provider has a url, a SAML provider its metadata.",
    fields={
        "url": Shape("text", "Issuer URL", "Of an OIDC provider.", rule=names.PROVIDER_URL,
                     examples=("https://token.actions.githubusercontent.com",)),
        "client_ids": Shape("list", "Client ids", "Audiences that tokens may be made for.",
                            item=Shape("text", "Client id", rule=names.CLIENT_ID)),
        "jwks": Shape("map", "Signing keys", "Key id -> public key.", key=names.JWK_ID, item=JWK),
        "saml_metadata": Shape("lines", "SAML metadata", "The provider's EntityDescriptor.",
                               rule=names.SAML_METADATA),
        "created": CREATED,
        "tags": TAGS,
    },
)  # fmt: skip

_role_name = Shape("text", "Role", "A name of this file.", rule=names.ROLE_NAME)

MAPPING_RULE = Shape(
    "record",
    "Rule",
    "The role of whose claim matches.",
    fields={
        "claim": Shape("text", "Claim", rule=names.CLAIM),
        "match": Shape("text", "Match", choices=("Equals", "Contains", "StartsWith", "NotEqual")),
        "value": Shape("text", "Value", rule=names.CLAIM_VALUE),
        "role": _role_name,
    },
    required=("claim", "match", "value", "role"),
)

_role_mapping = Shape(
    "record",
    "Role mapping",
    "How the role of those whom one provider vouches for is chosen.",
    fields={
        "type": Shape("text", "Type", "token: by the claims cognito:roles and "
                      "cognito:preferred_role.", choices=("rules", "token")),
        "ambiguous": Shape("text", "When no role or more than one is meant",
                           "authenticated_role when omitted.",
                           choices=("authenticated_role", "deny")),
        "rules": Shape("list", "Rules", "The first that matches.", item=MAPPING_RULE),
    },
    required=("type",),
)  # fmt: skip

IDENTITY_POOL = Shape(
    "record",
    "Identity pool",
    "An Amazon Cognito identity pool.",
    fields={
        "id": Shape("text", "Identity pool id", "Minted by iamctl.", rule=names.POOL_ID),
        "created": CREATED,
        "providers": Shape("list", "Providers", "Names of OIDC providers of this file.",
                           item=Shape("text", "Provider", rule=names.PROVIDER_NAME)),
        "authenticated_role": _role_name,
        "guest_role": Shape("text", "Guest role", "Without one, guests get nothing.",
                            rule=names.ROLE_NAME),
        "classic_flow": Shape("text", "Basic (classic) flow", "Whether users get the pool's own "
                              "token for any role that trusts it; deny when omitted.",
                              choices=("allow", "deny")),
        "role_mappings": Shape("map", "Role mappings", "Provider -> how the role is chosen.",
                               key=names.PROVIDER_NAME, item=_role_mapping),
        "tags": TAGS,
    },
)  # fmt: skip
