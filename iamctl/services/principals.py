"""Who a trust policy can name, as a person writes it: `user/alice`, `service/ec2`, an ARN."""

from iamctl.domain.arns import Arn, parse_arn, root_arn, split_iam_resource
from iamctl.domain.directory import Directory
from iamctl.domain.entities import Group
from iamctl.domain.errors import InvalidValue, NotFound
from iamctl.domain.names import ACCOUNT_ID, shown
from iamctl.services.federated_principals import FEDERATED_FORMS, parse_federated
from iamctl.services.trust_statements import Principal

FORMS = (
    "user/NAME, role/NAME, group/NAME, account/ID, service/NAME, github/ORG/REPO@BRANCH, "
    "github/ORG/REPO:ENVIRONMENT, eks/PROVIDER/NAMESPACE/SERVICEACCOUNT, provider/NAME, pool/NAME, "
    "pool/NAME:guest or an ARN"
)

SERVICE_SUFFIX = ".amazonaws.com"
_FEDERATED = ("saml-provider", "oidc-provider")


def parse_principal(directory: Directory, text: str, any_ref: bool = False) -> Principal:
    """The principal that a text means.

    With `any_ref` a GitHub repository may stand for all that runs in it. Raises InvalidValue for
    another form, NotFound for what does not exist, Usage for a repository without `any_ref`.
    """
    if text.startswith("arn:"):
        return _of_arn(directory, text)
    form, slash, name = text.partition("/")
    if slash and name:
        if form == "user":
            return Principal("AWS", directory.arn(directory.user(name)))
        if form == "role":
            return Principal("AWS", directory.arn(directory.role(name)))
        if form == "group":
            return _group(directory, directory.group(name))
        if form == "account":
            return Principal("AWS", root_arn(ACCOUNT_ID.check(name)))
        if form == "service":
            return Principal("Service", _service(name))
        if form in FEDERATED_FORMS:
            return parse_federated(directory, form, name, any_ref)
    raise InvalidValue(f"{shown(text)} is not a principal", hint=f"write {FORMS}")


def _group(directory: Directory, group: Group) -> Principal:
    return Principal("AWS", root_arn(directory.account.id), group.name)


def full_service_name(name: str) -> str:
    """The name of a service principal, `ec2` for short."""
    return name if "." in name else name + SERVICE_SUFFIX


def _service(name: str) -> str:
    service = full_service_name(name)
    if not all(part and part.replace("-", "").isalnum() for part in service.split(".")) or (
        not service.isascii()
    ):
        raise InvalidValue(
            f"{shown(name)} is not a service principal",
            hint="write service/ec2 or service/FULL.NAME",
        )
    return service


def _of_arn(directory: Directory, text: str) -> Principal:
    arn = parse_arn(text)
    if arn is None or arn.service not in ("iam", "sts") or ACCOUNT_ID.problem(arn.account):
        raise InvalidValue(f"{shown(text)} is not the ARN of a principal", hint=f"write {FORMS}")
    kind = split_iam_resource(arn.resource)[0]
    if kind in _FEDERATED:
        raise InvalidValue(
            f"{shown(text)} is an identity provider: its sessions need conditions of their own",
            hint="write provider/NAME, or the statement itself: `iamctl role trust ROLE FILE`",
        )
    if arn.account == directory.account.id and arn.service == "iam":
        return _of_own_arn(directory, text, arn)
    known = ("root", "user", "role") if arn.service == "iam" else ("assumed-role", "federated-user")
    if kind not in known or any(c in text for c in "*?"):
        raise InvalidValue(f"{shown(text)} cannot be a principal", hint=f"write {FORMS}")
    return Principal("AWS", text)


def _of_own_arn(directory: Directory, text: str, arn: Arn) -> Principal:
    if arn.resource == "root":
        return Principal("AWS", text)
    entity = directory.by_arn(text)
    if entity is None:
        raise NotFound(f"no user, role or group of this directory bears the ARN {shown(text)}")
    if isinstance(entity, Group):
        return _group(directory, entity)
    if entity.section not in ("users", "roles"):
        raise InvalidValue(f"{shown(text)} cannot be a principal", hint=f"write {FORMS}")
    return Principal("AWS", text)
