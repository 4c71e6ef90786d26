"""What a file of access tests may hold, declared once: reader and JSON Schema are made from it."""

from iamctl.domain.names import Rule
from iamctl.domain.shape_parts import Shape

FILE_NAME = "access-tests.yaml"
VERSION_KEY = "iamctl-tests"
FORMAT_VERSION = 1

_PRINCIPAL = Rule(
    "a principal",
    1,
    2048,
    r"(user|role|group)/[\w+=,.@*?-]+|assumed-role/[\w+=,.@-]+/[\w+=,.@-]+|service/[\w.-]+"
    r"|arn:[!-~]+|[\w+=,.@-]+",
    "write a user's name, user/NAME, role/NAME, group/NAME (its members), root, service/NAME, "
    "anonymous or an ARN; * and ? may stand in the names of users, roles and groups",
    "written as `iamctl can` takes it",
)
_ACTION = Rule(
    "an action",
    1,
    256,
    r"\*|[A-Za-z0-9*?-]+:[A-Za-z0-9*?]+",
    "write SERVICE:Action, as in s3:GetObject; * and ? are wildcards",
    "SERVICE:Action",
)
_RESOURCE = Rule(
    "a resource",
    1,
    2048,
    r"\*|arn:[^:\s]+:[^:\s]+:[^:\s]*:[^:\s]*:[!-~ ]+|(user|group|role|policy)/[\w+=,.@-]+",
    "write an ARN, *, or user/NAME, group/NAME, role/NAME, policy/NAME",
    "an ARN or *",
)
_ROLE = Rule(
    "a role",
    1,
    70,
    r"(role/)?[\w+=,.@*?-]+",
    "write the role's name; * and ? are wildcards",
    "the name of a role",
)
_KEY = Rule(
    "a condition key",
    1,
    256,
    r"[\w:/.@+=-]+",
    "it looks like aws:MultiFactorAuthPresent",
    "a condition key",
)
_VALUE = Rule("a value", 0, 2048, r"[^\x00-\x1f]*", None, "free of control characters")
_WORDS = Rule("a reason", 1, 1000, r"[^\x00-\x08\x0b-\x1f]+", None, "free of control characters")

_principals = Shape(
    "texts",
    "Principals",
    "As `iamctl can` takes them: alice, user/alice, role/deployer, service/ec2, anonymous, an ARN. "
    "user/* and role/dev-* mean every user or role so named, group/developers its members at the "
    "time of the claim.",
    item=Shape("text", "Principal", rule=_PRINCIPAL, examples=("alice", "role/*")),
)
_actions = Shape(
    "texts",
    "Actions",
    "SERVICE:Action; wildcards mean every action of AWS's that they match.",
    item=Shape("text", "Action", rule=_ACTION, examples=("s3:GetObject", "iam:*")),
)
_resources = Shape(
    "texts",
    "Resources",
    "ARNs, or role/NAME and the like; `*` when left out. With wildcards the claim is about every "
    "resource they match, of this account and of those whose files are known. Each action is asked "
    "for the resources that AWS's list says it takes.",
    item=Shape("text", "Resource", rule=_RESOURCE, examples=("arn:aws:s3:::acme-artifacts/*",)),
)


def _context(title: str, description: str) -> Shape:
    value = Shape(
        "texts", "Values", "A list is a key of several values.",
        item=Shape("text", "Value", rule=_VALUE),
    )  # fmt: skip
    return Shape("map", title, description, key=_KEY, item=value,
                 examples=("aws:MultiFactorAuthPresent",))  # fmt: skip


_at = Shape("instant", "Time", "The claim is about this time rather than now.")
_why = Shape("text", "Reason", "Shown when the claim fails.", rule=_WORDS)
_common = {"at": _at, "why": _why}
_asked = {"action": _actions, "resource": _resources}

ALLOW = Shape(
    "record",
    "Must be possible",
    "Every principal must be allowed every action on every resource, asked with this context; "
    "what cannot be decided counts as not allowed.",
    fields={
        "principal": _principals,
        **_asked,
        "context": _context(
            "Context",
            "Keys of the request's context, besides those that follow from the directory. A key "
            "that neither gives is absent.",
        ),
        **_common,
    },
    required=("principal", "action"),
)
DENY = Shape(
    "record",
    "Must not be possible",
    "No principal may be allowed any of the actions on any of the resources, whatever the request "
    "brings along: a condition that could be fulfilled breaks the claim unless the context says "
    "that it is not. So does what cannot be decided.",
    fields={
        "principal": _principals,
        **_asked,
        "through-roles": Shape(
            "flag",
            "Through roles, too",
            "true: neither by itself nor through any roles that it may assume.",
        ),
        "context": _context("Context", "What is certain of the request; all other keys are open."),
        **_common,
    },
    required=("principal", "action"),
)
NOBODY_BUT = Shape(
    "record",
    "Only these may",
    "Everybody else, outsiders that a policy lets in among them, must be unable to do any of the "
    "actions on any of the resources: by itself, through roles, or under any condition. The "
    "account's root user may do everything that organizations leave it, and is not looked at.",
    fields={
        **_asked,
        "only": Shape(
            "texts",
            "Only these",
            "Principals, written as elsewhere; [] means nobody at all. The ARN of another "
            "account's root stands for all of that account. Whoever may assume a role listed here "
            "must be listed, too.",
            item=Shape("text", "Principal", rule=_PRINCIPAL, examples=("role/admin",)),
        ),
        "context": _context("Context", "What is certain of the request; all other keys are open."),
        **_common,
    },
    required=("action", "only"),
)
ASSUME = Shape(
    "record",
    "Who may assume a role",
    fields={
        "role": Shape("texts", "Roles", "Names of roles; wildcards mean every role so named.",
                      item=Shape("text", "Role", rule=_ROLE, examples=("deployer",))),
        "by": Shape(
            "texts",
            "Must be able to",
            "Each of these must be able to assume each of the roles, with what `with` says. Of a "
            "principal of an account that no file describes, the trust policy must let it in.",
            item=Shape("text", "Principal", rule=_PRINCIPAL, examples=("alice",)),
        ),
        "with": _context(
            "With",
            "The context in which those of `by` must be able to. Each key must be needed: with it "
            "left out, and with the opposite of true or false, all of them must be refused.",
        ),
        "only": Shape(
            "flag",
            "Nobody else",
            "true: nobody but those of `by` may assume the roles directly, under any condition.",
        ),
        "not-by": Shape(
            "texts",
            "Must not be able to",
            "None of these may be able to assume any of the roles directly, under any condition.",
            item=Shape("text", "Principal", rule=_PRINCIPAL, examples=("bob",)),
        ),
        **_common,
    },
    required=("role",),
)  # fmt: skip

KINDS = {"allow": ALLOW, "deny": DENY, "nobody-but": NOBODY_BUT, "assume": ASSUME}

VERSION = Shape("integer", "Format version", "1")

ROOT = Shape(
    "record",
    "iamctl access tests",
    "What must and what must never be possible; `iamctl test` checks it against the directory.",
    fields={
        VERSION_KEY: VERSION,
        "allow": Shape("list", "Allow", "Each must be possible.", item=ALLOW),
        "deny": Shape("list", "Deny", "None may be possible.", item=DENY),
        "nobody-but": Shape("list", "Nobody but", "Only these may.", item=NOBODY_BUT),
        "assume": Shape("list", "Assume", "Who may assume which roles.", item=ASSUME),
    },
    required=(VERSION_KEY,),
)
