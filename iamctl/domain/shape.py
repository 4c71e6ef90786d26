"""What a directory file may hold, declared once.

The reader types scalars by these declarations, the JSON Schema is generated from them, and
messages take their words from them.
"""

from collections.abc import Mapping

from iamctl.domain import names
from iamctl.domain.quotas import QUOTAS
from iamctl.domain.shape_federation import IDENTITY_POOL, IDENTITY_PROVIDER, MFA_DEVICE
from iamctl.domain.shape_parts import CREATED, PATH, TAGS, Shape

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
# No `**` and no set of characters: each level of folders is named.
_INCLUDED = names.Rule(
    "an included file",
    1,
    1024,
    r"(?!.*\*\*)(?!\.{1,2}(/|$))[^/\\\[\]{}\x00-\x1f\x7f]+"
    r"(/(?!\.{1,2}(/|$))[^/\\\[\]{}\x00-\x1f\x7f]+)*",
    "write it without . or .., with * or ? inside a name at most, as in people/*.yaml",
    "a path inside this file's folder",
)

_id = Shape("text", "Unique id", "Minted by iamctl; a recreated entity gets another.",
            rule=names.UNIQUE_ID)  # fmt: skip
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
        "created": CREATED,
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
        "path": PATH,
        "created": CREATED,
        "tags": TAGS,
        "policies": _attached,
        "inline": _inline,
        "boundary": _boundary,
        "keys": Shape("map", "Access keys", "Two at most.", key=names.ACCESS_KEY_ID, item=_key),
    },
)

_member = Shape(
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
        "path": PATH,
        "created": CREATED,
        "members": Shape("list", "Members", "One a line.", item=_member),
        "policies": _attached,
        "inline": _inline,
    },
)

ROLE = Shape(
    "record",
    "Role",
    fields={
        "id": _id,
        "path": PATH,
        "created": CREATED,
        "description": Shape("text", "Description", rule=names.ROLE_DESCRIPTION),
        "max_session_duration": Shape("duration", "Longest session",
                                      "1h to 12h; omitted when 1h."),
        "trust": Shape("document", "Trust policy", "Who may assume the role.", document="trust"),
        "tags": TAGS,
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
        "created": CREATED,
        "description": Shape("text", "Description", rule=names.POLICY_DESCRIPTION),
        "tags": TAGS,
        "document": Shape("document", "Policy document", "The default version."),
    },
    required=("document",),
)

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

INCLUDE = Shape(
    "list",
    "Included files",
    "Parts of this directory, inside this file's folder; in a name, * and ? stand for others.",
    item=Shape("text", "Files", rule=_INCLUDED, examples=("people/*.yaml", "teams/payments.yaml")),
)

RESERVED = ("instance_profiles",)
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
        "include": INCLUDE,
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

MAIN_ONLY = ("iamctl", "directory", "account", "include", "accounts")
"""What the file that includes others says for all of them."""

PART = Shape(
    "record",
    "Part of an iamctl directory",
    "Sections of a directory whose file includes this one.",
    fields={
        **{name: shape for name, shape in ROOT.fields.items() if name not in MAIN_ONLY},
        **{
            name: Shape("main", name, "Only the file that includes this one has it.")
            for name in MAIN_ONLY
        },
    },
)

FORMAT_VERSION = 1
