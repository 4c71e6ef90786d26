"""Amazon Resource Names of IAM and STS."""

from iamctl.domain.tuples import NamedTuple

PARTITION = "aws"


class Arn(NamedTuple):
    """The six parts of an ARN; `resource` keeps any further colons."""

    partition: str
    service: str
    region: str
    account: str
    resource: str

    def __str__(self) -> str:
        return ":".join(("arn", *self))


def parse_arn(text: str) -> Arn | None:
    """The parts of an ARN, or None when the text is none."""
    parts = text.split(":", 5)
    if len(parts) != 6 or parts[0] != "arn" or not (parts[1] and parts[2] and parts[5]):
        return None
    return Arn(*parts[1:])


def iam_arn(account: str, kind: str, path: str, name: str) -> str:
    """`arn:aws:iam::ACCOUNT:KIND/PATH/NAME`; kind is user, group, role or policy."""
    return f"arn:{PARTITION}:iam::{account}:{kind}{path}{name}"


def root_arn(account: str) -> str:
    """The ARN that stands for a whole account."""
    return f"arn:{PARTITION}:iam::{account}:root"


def assumed_role_arn(account: str, role: str, session: str) -> str:
    """The ARN of a role session; the role's path is dropped, as AWS does."""
    return f"arn:{PARTITION}:sts::{account}:assumed-role/{role}/{session}"


def federated_user_arn(account: str, name: str) -> str:
    """The ARN of a session of GetFederationToken."""
    return f"arn:{PARTITION}:sts::{account}:federated-user/{name}"


def is_aws_managed(arn: str) -> bool:
    """Whether the ARN has the form of an AWS managed policy."""
    parsed = parse_arn(arn)
    return (
        parsed is not None
        and parsed.service == "iam"
        and parsed.account == "aws"
        and parsed.resource.startswith("policy/")
        and len(parsed.resource) > len("policy/")
    )


def split_iam_resource(resource: str) -> tuple[str, str, str]:
    """`user/a/b/NAME` as ("user", "/a/b/", "NAME"); `root` as ("root", "/", "")."""
    kind, slash, rest = resource.partition("/")
    if not slash:
        return kind, "/", ""
    path, _, name = rest.rpartition("/")
    return kind, f"/{path}/" if path else "/", name


def policy_holder(arn: str) -> str:
    """The ARN whose resource-based policy speaks for a part of it: an S3 object's bucket, a
    DynamoDB index's table. Any other ARN speaks for itself."""
    parsed = parse_arn(arn)
    if parsed is None:
        return arn
    if parsed.service == "s3" and not parsed.region and not parsed.account:
        return str(parsed._replace(resource=parsed.resource.partition("/")[0]))
    if parsed.service == "dynamodb":
        table, found, _ = parsed.resource.partition("/index/")
        if found and table.startswith("table/"):
            return str(parsed._replace(resource=table))
    return arn
