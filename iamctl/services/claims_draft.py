"""A first file of access tests: who can do the sensitive things today, as claims that hold."""

from collections.abc import Iterable, Iterator, Mapping

from iamctl.domain.claims import Claim
from iamctl.domain.tuples import NamedTuple
from iamctl.services.access import Access, Value
from iamctl.services.claims import check_one
from iamctl.services.claims_holders import Holders
from iamctl.services.claims_principals import title
from iamctl.services.claims_ways import Ways
from iamctl.services.who_can import ASSUME_ROLE, FEDERATED_ASSUMES, Holder

SENSITIVE: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        "Who can make new identities, or sign in as somebody else.",
        (
            "iam:CreateUser",
            "iam:CreateRole",
            "iam:CreateAccessKey",
            "iam:CreateLoginProfile",
            "iam:UpdateLoginProfile",
            "iam:DeactivateMFADevice",
            "iam:CreateSAMLProvider",
            "iam:CreateOpenIDConnectProvider",
        ),
    ),
    (
        "Who can change what somebody may do.",
        (
            "iam:AttachUserPolicy",
            "iam:AttachGroupPolicy",
            "iam:AttachRolePolicy",
            "iam:PutUserPolicy",
            "iam:PutGroupPolicy",
            "iam:PutRolePolicy",
            "iam:CreatePolicyVersion",
            "iam:SetDefaultPolicyVersion",
            "iam:AddUserToGroup",
            "iam:UpdateAssumeRolePolicy",
            "iam:PutUserPermissionsBoundary",
            "iam:PutRolePermissionsBoundary",
            "iam:DeleteUserPermissionsBoundary",
            "iam:DeleteRolePermissionsBoundary",
        ),
    ),
    ("Who can hand a role to a service.", ("iam:PassRole",)),
    (
        "Who can read secrets, or change who may.",
        (
            "kms:Decrypt",
            "kms:CreateGrant",
            "kms:PutKeyPolicy",
            "kms:ScheduleKeyDeletion",
            "secretsmanager:GetSecretValue",
            "secretsmanager:PutResourcePolicy",
            "ssm:GetParameter",
        ),
    ),
    (
        "Who can lose or open up what is stored.",
        (
            "s3:DeleteBucket",
            "s3:PutBucketPolicy",
            "s3:DeleteBucketPolicy",
            "s3:PutBucketPublicAccessBlock",
            "s3:PutAccountPublicAccessBlock",
            "dynamodb:DeleteTable",
            "rds:DeleteDBInstance",
            "rds:ModifyDBSnapshotAttribute",
            "ec2:ModifySnapshotAttribute",
        ),
    ),
    (
        "Who can stop what watches the account.",
        (
            "cloudtrail:StopLogging",
            "cloudtrail:DeleteTrail",
            "cloudtrail:UpdateTrail",
            "cloudtrail:PutEventSelectors",
            "config:StopConfigurationRecorder",
            "guardduty:DeleteDetector",
            "guardduty:UpdateDetector",
        ),
    ),
    (
        "Who can change the organization, or leave it.",
        (
            "organizations:LeaveOrganization",
            "organizations:AttachPolicy",
            "organizations:DetachPolicy",
            "organizations:UpdatePolicy",
            "organizations:DeletePolicy",
            "organizations:DisablePolicyType",
            "organizations:MoveAccount",
            "organizations:RemoveAccountFromOrganization",
            "organizations:CloseAccount",
        ),
    ),
)
"""What an access review looks at first: a line for the reader, and the actions."""


class Drafted(NamedTuple):
    """A claim for a first file; `comment` stands above it when it is not empty."""

    claim: Claim
    comment: str = ""


def draft(access: Access) -> list[Drafted]:
    """Claims that hold today: who can do what is sensitive, and who may assume which role."""
    holders = Holders(Ways(access))
    drafted = [*_sensitive(holders), *_assuming(holders)]
    return [item for item in drafted if check_one(item.claim, holders).holds]


def _sensitive(holders: Holders) -> Iterator[Drafted]:
    catalogue = holders.ways.access.catalogue
    for comment, actions in SENSITIVE:
        alike: dict[tuple[str, ...], list[str]] = {}
        for action in actions:
            if catalogue.action(action) is not None:
                alike.setdefault(_titles(holders, action), []).append(action)
        for only, listed in alike.items():
            yield Drafted(Claim("nobody-but", actions=tuple(listed), only=only), comment)
            comment = ""


def _titles(holders: Holders, action: str, resource: str = "*") -> tuple[str, ...]:
    return tuple(title(held.kind, held.name) for held in holders.of(action, resource, {}))


def _assuming(holders: Holders) -> Iterator[Drafted]:
    comment = "Who may assume each role."
    for role in holders.ways.access.directory.roles:
        for claim in _candidates(holders, role):
            if check_one(claim, holders).holds:
                yield Drafted(claim, comment)
                comment = ""
                break


def _candidates(holders: Holders, role: str) -> Iterator[Claim]:
    """Claims about who may assume a role, the most telling first; the last one holds."""
    found = holders.assuming(role, {}, direct=True)
    by = tuple(title(holder.kind, holder.name) for holder in found)
    needed = _needed(found)
    if needed:
        yield Claim("assume", by, roles=(role,), alone=True, context=needed)
    yield Claim("assume", by, roles=(role,), alone=True)
    yield _only(holders, role)


def _only(holders: Holders, role: str) -> Claim:
    """Who may assume the role, under conditions that one context cannot tell."""
    arn = f"role/{role}"
    actions = [a for a in (ASSUME_ROLE, *FEDERATED_ASSUMES) if _titles(holders, a, arn)]
    only = tuple(dict.fromkeys(t for action in actions for t in _titles(holders, action, arn)))
    return Claim("nobody-but", actions=tuple(actions or [ASSUME_ROLE]), resources=(arn,), only=only)


def _needed(found: Iterable[Holder]) -> Mapping[str, Value]:
    """A context that fulfils the conditions that those who may assume a role need."""
    context: dict[str, Value] = {}
    for holder in found:
        for hinge in holder.finding.hinges:
            for condition in hinge.conditions if not hinge.unless else ():
                if condition.operator.startswith(("StringEquals", "Bool")) and condition.values:
                    context.setdefault(condition.key, condition.values[0])
    return context
