"""What a directory file may hold, declared once.

The reader types scalars by these declarations, the JSON Schema is generated from them, and
messages take their words from them.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple, Optional

from iamctl.domain import names
from iamctl.domain.documents import DocumentKind
from iamctl.domain.quotas import QUOTAS

_NOTHING: Mapping[str, "Shape"] = MappingProxyType({})


class Shape(NamedTuple):
    """The shape of one value.

    `kind` is text, lines (a text that may have several), texts (one or a list), flag, integer, instant, duration, list, map, record,
    document, either, reserved or private.
    `item` is the shape of a list's items or a map's values; `key` the rule of a map's keys;
    `fields` those of a record; `choices` the only texts allowed; `options` of an `either`.
    `filled` is why a map must not be empty, "" when it may be; `examples` show texts or keys.
    """

    kind: str
    title: str
    description: str = ""
    rule: names.Rule | None = None
    choices: tuple[str, ...] = ()
    item: Optional["Shape"] = None
    key: names.Rule | None = None
    fields: Mapping[str, "Shape"] = _NOTHING
    required: tuple[str, ...] = ()
    document: DocumentKind = "identity"
    options: tuple["Shape", ...] = ()
    filled: str = ""
    examples: tuple[str, ...] = ()


_TAG_KEY = names.Rule("a tag key", 1, 128, r"[^\x00-\x1f]+")
_TAG_VALUE = names.Rule("a tag value", 0, 256, r"[^\x00-\x1f]*")
_REFERENCE = names.Rule("a policy name or ARN", 1, 2048, r"[\w+=,.@:/-]+")
_UUID = names.Rule(
    "a directory UUID", 36, 36, r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
)
_FINGERPRINT = names.Rule("a fingerprint", 71, 71, r"sha256:[0-9a-f]{64}")
_ORGANIZATION_ID = names.Rule(
    "an organization id", 12, 34, r"o-[a-z0-9]{10,32}", "it looks like o-a1b2c3d4e5"
)
_ORGANIZATION_PATH = names.Rule(
    "an organization path",
    19,
    2048,
    r"o-[a-z0-9]{10,32}/r-[a-z0-9]{4,32}/(ou-[a-z0-9]{4,32}-[a-z0-9]{8,32}/)*",
    "it looks like o-a1b2c3d4e5/r-ab12/ou-ab12-11111111/ and ends with /",
)
_CONTROL_POLICY_NAME = names.Rule("a policy name", 1, 128, r"[^\x00-\x1f\x7f]+")
_LEVEL_NAME = names.Rule("the name of a level", 1, 128, r"[^\x00-\x1f\x7f]+")
# Printable ASCII but for blanks and the wildcards * and ?.
_RESOURCE_ARN = names.Rule(
    "a resource",
    1,
    2048,
    r"arn:aws(-[a-z]+)*:[a-z0-9-]+:[a-z0-9-]*:(\d{12})?:[!-)+->@-~]+",
    "write it in full, without * or ?, as in arn:aws:s3:::BUCKET",
    "the ARN of one resource",
)
_ACCOUNT_FILE = names.Rule(
    "an account's file",
    1,
    1024,
    r"(?!\.{1,2}(/|$))[^/\\\x00-\x1f\x7f]+(/(?!\.{1,2}(/|$))[^/\\\x00-\x1f\x7f]+)*",
    "write it without . or .., as in accounts/shared.yaml",
    "a path inside this file's folder",
)

_id = Shape("text", "Unique id", "Minted by iamctl; a recreated entity gets another.",
            rule=names.UNIQUE_ID)  # fmt: skip
_path = Shape("text", "Path", "Omitted when /.", rule=names.PATH)
_created = Shape("instant", "Creation time", "UTC, ISO 8601.")
_tags = Shape("map", "Tags", "Up to 50 key-value pairs.", key=_TAG_KEY,
              item=Shape("text", "Tag value", rule=_TAG_VALUE))  # fmt: skip
_attached = Shape("list", "Attached managed policies", "Names of this file, or ARNs.",
                  item=Shape("text", "Policy", rule=_REFERENCE))  # fmt: skip
_boundary = Shape("text", "Permissions boundary", "A managed policy used as a ceiling.",
                  rule=_REFERENCE)  # fmt: skip
_inline = Shape("map", "Inline policies", "Name -> policy document.", key=names.POLICY_NAME,
                item=Shape("document", "Inline policy"))  # fmt: skip

_key = Shape(
    "record",
    "Access key",
    "The secret is never in this file.",
    fields={
        "created": _created,
        "status": Shape("text", "Status", "Omitted when active.", choices=("active", "inactive")),
        "fingerprint": Shape("text", "Fingerprint of the secret",
                             "Of generated keys only.", rule=_FINGERPRINT),
    },
)  # fmt: skip

USER = Shape(
    "record",
    "User",
    fields={
        "id": _id,
        "path": _path,
        "created": _created,
        "tags": _tags,
        "policies": _attached,
        "inline": _inline,
        "boundary": _boundary,
        "keys": Shape("map", "Access keys", "Two at most.", key=names.ACCESS_KEY_ID, item=_key),
    },
)

_group_member = Shape(
    "either",
    "Member",
    "A user name, or a user with an expiry.",
    options=(
        Shape("text", "User name", rule=names.USER_NAME),
        Shape(
            "record",
            "Member until a time",
            fields={
                "user": Shape("text", "User name", rule=names.USER_NAME),
                "until": Shape("instant", "End of the membership",
                               "Enforced whenever a decision is made."),
            },
            required=("user",),
        ),
    ),
)  # fmt: skip

GROUP = Shape(
    "record",
    "Group",
    fields={
        "id": _id,
        "path": _path,
        "created": _created,
        "members": Shape("list", "Members", "One a line.", item=_group_member),
        "policies": _attached,
        "inline": _inline,
    },
)

ROLE = Shape(
    "record",
    "Role",
    fields={
        "id": _id,
        "path": _path,
        "created": _created,
        "description": Shape("text", "Description", rule=names.ROLE_DESCRIPTION),
        "max_session_duration": Shape("duration", "Longest session",
                                      "1h to 12h; omitted when 1h."),
        "trust": Shape("document", "Trust policy", "Who may assume the role.", document="trust"),
        "tags": _tags,
        "policies": _attached,
        "inline": _inline,
        "boundary": _boundary,
    },
    required=("trust",),
)  # fmt: skip

POLICY = Shape(
    "record",
    "Managed policy",
    fields={
        "id": _id,
        "path": Shape("text", "Path", "Omitted when /.", rule=names.POLICY_PATH),
        "created": _created,
        "description": Shape("text", "Description", rule=names.POLICY_DESCRIPTION),
        "tags": _tags,
        "document": Shape("document", "Policy document", "The default version."),
    },
    required=("document",),
)

MFA_DEVICE = Shape(
    "record",
    "MFA device",
    "A virtual MFA device. Its seed is never in this file.",
    fields={
        "path": _path,
        "created": _created,
        "user": Shape("text", "User", "Whom it is enabled for.", rule=names.USER_NAME),
        "enabled": Shape("instant", "Time of enabling", "UTC, ISO 8601."),
        "tags": _tags,
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
        "created": _created,
        "tags": _tags,
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
        "created": _created,
        "providers": Shape("list", "Providers", "Names of OIDC providers of this file.",
                           item=Shape("text", "Provider", rule=names.PROVIDER_NAME)),
        "authenticated_role": _role_name,
        "guest_role": Shape("text", "Guest role", "Without one, guests get nothing.",
                            rule=names.ROLE_NAME),
        "role_mappings": Shape("map", "Role mappings", "Provider -> how the role is chosen.",
                               key=names.PROVIDER_NAME, item=_role_mapping),
        "tags": _tags,
    },
)  # fmt: skip

ACCOUNT = Shape(
    "record",
    "Account",
    fields={
        "id": Shape("text", "Account id", "Twelve digits.", rule=names.ACCOUNT_ID),
        "alias": Shape("text", "Account alias", rule=names.ACCOUNT_ALIAS),
        "quotas": Shape(
            "record",
            "Quotas raised for this account",
            fields={
                name: Shape("integer", quota.title, f"AWS's default is {quota.default}.")
                for name, quota in QUOTAS.items()
            },
        ),
    },
    required=("id",),
)

LEVEL = Shape(
    "record",
    "Level",
    "The root, an organizational unit, or the account itself.",
    fields={
        "name": Shape("text", "Name", rule=_LEVEL_NAME, examples=("Root", "Workloads")),
        "scps": Shape(
            "map",
            "Service control policies",
            "Name -> document. Left out, AWS's FullAWSAccess alone is attached.",
            key=_CONTROL_POLICY_NAME,
            item=Shape("document", "Service control policy", document="scp"),
            filled="AWS keeps at least one attached: leave scps out for FullAWSAccess alone",
        ),
        "rcps": Shape(
            "map",
            "Resource control policies",
            "Name -> document. AWS's RCPFullAWSAccess is always among them.",
            key=_CONTROL_POLICY_NAME,
            item=Shape("document", "Resource control policy", document="rcp"),
        ),
    },
    required=("name",),
)

ORGANIZATION = Shape(
    "record",
    "Organization",
    "The AWS organization that the account is in, as far as it bears on decisions.",
    fields={
        "id": Shape("text", "Organization id", "What aws:PrincipalOrgID holds.",
                    rule=_ORGANIZATION_ID, examples=("o-a1b2c3d4e5",)),
        "path": Shape("text", "Path of the account in the organization",
                      "What aws:PrincipalOrgPaths holds: organization, root, organizational units.",
                      rule=_ORGANIZATION_PATH,
                      examples=("o-a1b2c3d4e5/r-ab12/ou-ab12-11111111/",)),
        "management_account": Shape("text", "Management account",
                                    "SCPs and RCPs do not apply to this account.",
                                    rule=names.ACCOUNT_ID, examples=("111122223333",)),
        "levels": Shape("list", "Levels", "From the root to this account, in that order.",
                        item=LEVEL),
    },
)  # fmt: skip

RESOURCES = Shape(
    "map",
    "Resources",
    "ARN of a resource of this account -> its resource-based policy.",
    key=_RESOURCE_ARN,
    item=Shape("document", "Resource-based policy", document="resource"),
    examples=("arn:aws:s3:::acme-artifacts",),
)

ACCOUNTS = Shape(
    "map",
    "Other accounts",
    "Account id -> its directory file inside this file's folder, for decisions across accounts.",
    key=names.ACCOUNT_ID,
    item=Shape("text", "Directory file", rule=_ACCOUNT_FILE, examples=("accounts/shared.yaml",)),
    examples=("210987654321",),
)

SECTIONS: Mapping[str, Shape] = {
    "users": USER,
    "groups": GROUP,
    "roles": ROLE,
    "policies": POLICY,
    "mfa": MFA_DEVICE,
    "identity_providers": IDENTITY_PROVIDER,
    "identity_pools": IDENTITY_POOL,
}

RESERVED = ("instance_profiles", "include")
"""Names a later format version gives a meaning; refused until decisions honour them."""


def _section(name: str, title: str) -> Shape:
    return Shape("map", title, key=names.NAME_RULES[name], item=SECTIONS[name])


ROOT = Shape(
    "record",
    "iamctl directory",
    "Users, groups, roles and policies of one account.",
    fields={
        "iamctl": Shape("integer", "Format version", "1"),
        "directory": Shape("text", "Directory UUID", "Minted by `iamctl init`.", rule=_UUID),
        "account": ACCOUNT,
        "users": _section("users", "Users"),
        "groups": _section("groups", "Groups"),
        "roles": _section("roles", "Roles"),
        "policies": _section("policies", "Managed policies"),
        "mfa": _section("mfa", "Virtual MFA devices"),
        "identity_providers": _section("identity_providers", "Identity providers"),
        "identity_pools": _section("identity_pools", "Identity pools"),
        "organization": ORGANIZATION,
        "resources": RESOURCES,
        "accounts": ACCOUNTS,
        **{
            name: Shape("reserved", name, "Reserved for a later version of iamctl.")
            for name in RESERVED
        },
    },
    required=("iamctl", "account"),
)

FORMAT_VERSION = 1
