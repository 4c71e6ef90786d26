"""What AWS accepts as an action, a resource and a principal in a policy document.

Each check gives None or a Fault. Rules: the IAM User Guide's pages on the Action, Resource and
Principal elements; messages are those IAM answers with, where they are known.
"""

import re

from iamctl.domain.arns import root_arn
from iamctl.domain.documents_variables import split_variables
from iamctl.domain.names import is_principal_id, shown
from iamctl.domain.patterns import DIGITS, HEXADECIMAL, LETTERS, Pattern, consists_of
from iamctl.domain.source import Plain
from iamctl.domain.tuples import NamedTuple


class Fault(NamedTuple):
    """What is wrong with one value: a stable code, a message, a hint, "error" or "warning"."""

    code: str
    message: str
    hint: str | None = None
    severity: str = "error"


TRUST_ACTIONS = (
    "sts:AssumeRole",
    "sts:AssumeRoleWithSAML",
    "sts:AssumeRoleWithWebIdentity",
    "sts:TagSession",
    "sts:SetSourceIdentity",
    "sts:SetContext",
)
"""The actions a role trust policy can grant."""

PRINCIPAL_KEYS = ("AWS", "Service", "Federated", "CanonicalUser")

WEB_IDENTITY_DOMAINS = (
    "accounts.google.com",
    "cognito-identity.amazonaws.com",
    "graph.facebook.com",
    "www.amazon.com",
)
"""Identity providers that AWS knows by domain."""

_VENDOR = LETTERS | DIGITS | frozenset("*?_-")
_ACTION_NAME = _VENDOR | frozenset(".")
_MANY = 32
_PLAIN = "".join(_VENDOR).encode()
_TRUST = frozenset(action.lower() for action in TRUST_ACTIONS)
_PARTITION = Pattern(r"aws(?:-[a-z]+)*|[a-z-]*[*?][a-z*?-]*")
_SERVICE = LETTERS | DIGITS | frozenset("-")
_PARTITION_NAME = Pattern(r"aws(?:-[a-z]+)*")
_DOMAIN = Pattern(r"[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
_NAME = LETTERS | DIGITS | frozenset("_+=,.@-")
_PATH = frozenset(map(chr, range(0x21, 0x7F)))
_ORIGIN_ACCESS = Pattern(r"arn:aws(?:-[a-z]+)*:iam::cloudfront:user/[A-Za-z0-9 ]+")
_PROVIDER = Pattern(
    r"arn:aws(?:-[a-z]+)*:iam::\d{12}:(?:oidc-provider/[\x21-\x7e]+|saml-provider/[\w.-]+)",
    re.ASCII,
)


def action_fault(action: str, trust: bool) -> Fault | None:
    """What is wrong with an entry of Action or NotAction."""
    if action == "*":
        return _not_a_trust_action(action) if trust else None
    vendor, _, name = action.partition(":")
    if not (consists_of(_VENDOR, vendor) and consists_of(_ACTION_NAME, name)):
        return _malformed_action(action)
    if trust and action.lower() not in _TRUST:
        vendor, _, name = action.lower().partition(":")
        if vendor != "sts" or not ("*" in name or "?" in name):
            return _not_a_trust_action(action)
    return None


def many_actions(values: Plain) -> tuple[str, ...] | None:
    """The actions of a long list that holds nothing else, told by one look at all of them: a policy
    of AWS's may name thousands. None says nothing of the list."""
    if not isinstance(values, list) or len(values) < _MANY:
        return None
    texts = [value for value in values if isinstance(value, str)]
    lines = "\n".join(["", *texts, ""])
    if len(texts) < len(values) or not lines.isascii() or "\n:" in lines or ":\n" in lines:
        return None
    # One colon a line, and as many lines as texts: nothing else stands between plain characters.
    marks = lines.encode("ascii").translate(None, _PLAIN)
    return tuple(texts) if marks == b"\n" + b":\n" * len(texts) else None


def _malformed_action(action: str) -> Fault:
    if "${" in action:
        return Fault("variable-place", "Policy variables cannot stand in an action", None)
    if ":" not in action:
        return Fault(
            "invalid-action",
            "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc",
            f"{shown(action)} has no service prefix: write one like iam:GetUser",
        )
    vendor, _, name = action.partition(":")
    if ":" in name:
        return Fault(
            "invalid-action", "Actions/Condition can contain only one colon", f"in {shown(action)}"
        )
    if not consists_of(_VENDOR, vendor):
        return Fault("invalid-action", f"Vendor {vendor[:60]} is not valid", f"in {shown(action)}")
    return Fault("invalid-action", f"{shown(action)} is not an action", "write service:Name")


def _not_a_trust_action(action: str) -> Fault:
    return Fault(
        "trust-action",
        f"Trust Policy statement actions can only be {', '.join(TRUST_ACTIONS)}",
        f"{shown(action)} is none of them",
    )


def resource_fault(resource: str, variables: bool) -> Fault | None:
    """What is wrong with an entry of Resource or NotResource."""
    if resource == "*":
        return None
    if not resource.startswith("arn:"):
        return Fault(
            "invalid-resource",
            f'Resource {shown(resource)} must be in ARN format or "*"',
            "write arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE",
        )
    parts = resource.split(":", 5)
    fault = _resource_parts(resource, parts + [""] * (6 - len(parts)), len(parts))
    if fault is None and variables and "${" in resource:
        return _early_variable(resource)
    return fault


def _early_variable(resource: str) -> Fault | None:
    """AWS documents variables for the last part only, yet saves such a policy: a warning."""
    head = split_variables(resource)[0]
    if isinstance(head, str) and head.count(":") >= 5:
        return None
    return Fault(
        "variable-place",
        f"Resource {shown(resource)} has a policy variable before its fifth colon",
        "there it is plain text and matches nothing; use * instead",
        "warning",
    )


def _resource_parts(resource: str, parts: list[str], given: int) -> Fault | None:
    _, partition, service, region, _, path = parts
    if partition != "aws" and _PARTITION.fullmatch(partition) is None:
        return Fault(
            "invalid-resource",
            f'Partition "{partition[:60]}" is not valid for resource {shown(resource)}',
            "partitions are aws, aws-cn, aws-us-gov",
        )
    if given > 2 and not consists_of(_SERVICE, service):
        if given == 3 and service == "*":
            return None
        return Fault(
            "invalid-resource",
            "Resource vendor must be fully qualified and cannot contain regexes",
            f"name the service in {shown(resource)}",
        )
    if service == "iam" and given == 6:
        if region not in ("", "*"):
            return Fault(
                "invalid-resource",
                f"IAM resource {shown(resource)} cannot contain region information",
                "leave the region empty: arn:aws:iam::ACCOUNT:…",
            )
        kind = path.partition("/")[0]
        if path.strip("*") and ("*" in kind or "?" in kind):
            return Fault(
                "invalid-resource",
                f"IAM resource {shown(resource)} has a wildcard in its resource type",
                "write the type in full: user/…, role/…, policy/…",
            )
    return None


def principal_fault(key: str, value: str, trust: bool) -> Fault | None:
    """What is wrong with one principal under AWS, Service, Federated or CanonicalUser."""
    if key == "AWS":
        return _aws_principal_fault(value, trust)
    if "*" in value or "?" in value:
        return _wildcard(value)
    if key == "Service":
        if _DOMAIN.fullmatch(value) is None:
            return _principal(key, value, "a service principal looks like ec2.amazonaws.com")
    elif key == "Federated":
        if _PROVIDER.fullmatch(value) is None and _DOMAIN.fullmatch(value) is None:
            return _principal(
                key, value, f"give the ARN of a provider, or {', '.join(WEB_IDENTITY_DOMAINS)}"
            )
    elif trust:
        return Fault(
            "invalid-principal", "A role trust policy cannot name a CanonicalUser", "name an ARN"
        )
    elif not (len(value) == 64 and consists_of(HEXADECIMAL, value)):
        return _principal(key, value, "a canonical user id is 64 hexadecimal digits")
    return None


def _aws_principal_fault(value: str, trust: bool) -> Fault | None:
    if value == "*" or _is_account(value) or _is_principal_arn(value):
        # A path may hold any printable character, yet a wildcard is none of a name's.
        return _wildcard(value) if len(value) > 1 and ("*" in value or "?" in value) else None
    if is_principal_id(value) or (not trust and _ORIGIN_ACCESS.fullmatch(value)):
        return None
    if "${" in value:
        return Fault("variable-place", "Policy variables cannot stand in a principal", None)
    if "*" in value or "?" in value:
        return _wildcard(value)
    if re.match(r"arn:[^:]*:iam::\d{12}:group/", value):
        return Fault(
            "group-principal",
            f'Invalid principal in policy: "AWS":{shown(value)}',
            "a group is no principal: trust the account, and let a policy of the group allow it",
        )
    return _principal("AWS", value, "name an account id, or the ARN of a user, role or session")


def _is_account(text: str) -> bool:
    return len(text) == 12 and consists_of(DIGITS, text)


def _is_principal_arn(text: str) -> bool:
    """Whether a text is the ARN of an account's root, a user, a role or a session of theirs."""
    head, _, rest = text.partition("::")
    arn, _, place = head.partition(":")
    partition, _, service = place.partition(":")
    account, _, resource = rest.partition(":")
    if arn != "arn" or not _is_account(account):
        return False
    if partition != "aws" and _PARTITION_NAME.fullmatch(partition) is None:
        return False
    kind, _, named = resource.partition("/")
    path, slash, name = named.rpartition("/")
    if service == "iam":
        return resource == "root" or (
            kind in ("user", "role")
            and consists_of(_NAME, name)
            and consists_of(_PATH, path, minimum=len(slash))
        )
    return service == "sts" and (
        (kind == "federated-user" and consists_of(_NAME, named))
        or (kind == "assumed-role" and consists_of(_NAME, path) and consists_of(_NAME, name))
    )


def _wildcard(value: str) -> Fault:
    return Fault(
        "wildcard-in-principal",
        f"A principal cannot hold a wildcard: {shown(value)}",
        'only "*" alone means everybody; use a condition on aws:PrincipalArn for patterns',
    )


def _principal(key: str, value: str, hint: str) -> Fault:
    return Fault("invalid-principal", f'Invalid principal in policy: "{key}":{shown(value)}', hint)


def normal_principal(key: str, value: str) -> str:
    """A principal as AWS stores it: an account id alone becomes the account's root ARN."""
    return root_arn(value) if key == "AWS" and _is_account(value) else value
