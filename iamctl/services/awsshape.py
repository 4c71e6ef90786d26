"""Entities in the shapes of AWS's responses and of the file.

Source: botocore's IAM model: User, Group, Role and Policy, and with `detail` the members of
GetAccountAuthorizationDetails; VirtualMFADevice and MFADevice.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from iamctl.domain.change import NOUNS
from iamctl.domain.directory import Directory
from iamctl.domain.entities import DEFAULT_SESSION_DURATION
from iamctl.domain.source import Plain
from iamctl.domain.times import format_instant, parse_duration
from iamctl.services.attachments import attached, attachment

if TYPE_CHECKING:
    from iamctl.services.keys import KeyRow

Shape = dict[str, Plain]


def aws_shape(directory: Directory, section: str, name: str, detail: bool = False) -> Shape:
    """One entity as AWS answers it; fields the directory does not know are left out.

    Raises NotFound.
    """
    entity = directory.entity(section, name)
    plain = directory.value_at((section, name))
    fields = plain if isinstance(plain, dict) else {}
    noun = NOUNS[section].capitalize()
    shape: Shape = {
        "Path": entity.path,
        f"{noun}Name": name,
        f"{noun}Id": entity.id,
        "Arn": directory.arn(entity),
        "CreateDate": None if entity.created is None else format_instant(entity.created),
    }
    if section == "policies":
        shape |= _policy(directory, name, fields, detail)
    else:
        if section == "roles":
            shape |= _role(fields)
        shape |= _permissions(directory, section, name, fields, noun) if detail else {}
        shape |= _boundary(directory, fields)
    if section == "users" and detail:
        shape["GroupList"] = [group.name for group, _ in directory.groups_of(name)]
    tags = fields.get("tags")
    if isinstance(tags, dict):
        shape["Tags"] = [{"Key": key, "Value": value} for key, value in tags.items()]
    return {key: value for key, value in shape.items() if value is not None}


def file_shape(directory: Directory, section: str, name: str) -> Plain:
    """The entity as the file holds it, under its name. Raises NotFound."""
    directory.named(section, name)
    return {name: directory.value_at((section, name))}


def virtual_mfa_device_shape(directory: Directory, name: str) -> Shape:
    """A device as ListVirtualMFADevices answers it; raises NotFound."""
    device = directory.device(name)
    shape: Shape = {"SerialNumber": directory.arn(device)}
    if device.user is not None:
        shape["User"] = aws_shape(directory, "users", device.user)
    if device.enabled is not None:
        shape["EnableDate"] = format_instant(device.enabled)
    return shape | tags_shape(device.tags)


def mfa_device_shape(directory: Directory, name: str) -> Shape:
    """An enabled device as ListMFADevices answers it; raises NotFound."""
    device = directory.device(name)
    shape: Shape = {"UserName": device.user, "SerialNumber": directory.arn(device)}
    if device.enabled is not None:
        shape["EnableDate"] = format_instant(device.enabled)
    return shape


def tags_shape(tags: Mapping[str, str]) -> Shape:
    """Tags as IAM answers them; nothing where there are none."""
    return {"Tags": [{"Key": k, "Value": v} for k, v in tags.items()]} if tags else {}


def key_shape(row: "KeyRow") -> Shape:
    """An access key as ListAccessKeys answers it."""
    shape: Shape = {
        "UserName": row.user,
        "AccessKeyId": row.key_id,
        "Status": row.status.capitalize(),
    }
    if row.created is not None:
        shape["CreateDate"] = format_instant(row.created)
    return shape


def _role(fields: Mapping[str, Plain]) -> Shape:
    duration = fields.get("max_session_duration")
    return {
        "AssumeRolePolicyDocument": fields.get("trust"),
        "Description": fields.get("description"),
        "MaxSessionDuration": DEFAULT_SESSION_DURATION
        if duration is None
        else parse_duration(str(duration)),
    }


def _policy(directory: Directory, name: str, fields: Mapping[str, Plain], detail: bool) -> Shape:
    uses = directory.references_to_policy(name)
    shape: Shape = {
        "DefaultVersionId": "v1",
        "AttachmentCount": sum(at[2] == "policies" for at in uses),
        "PermissionsBoundaryUsageCount": sum(at[2] == "boundary" for at in uses),
        "IsAttachable": True,
        "Description": fields.get("description"),
    }
    if detail:
        version: Shape = {
            "Document": fields.get("document"),
            "VersionId": "v1",
            "IsDefaultVersion": True,
        }
        shape["PolicyVersionList"] = [version]
    return shape


def _permissions(
    directory: Directory, section: str, name: str, fields: Mapping[str, Plain], noun: str
) -> Shape:
    inline = fields.get("inline")
    documents = inline if isinstance(inline, dict) else {}
    return {
        f"{noun}PolicyList": [
            {"PolicyName": policy, "PolicyDocument": document}
            for policy, document in documents.items()
        ],
        "AttachedManagedPolicies": [
            {"PolicyName": one.name, "PolicyArn": one.arn}
            for one in attached(directory, section, name)
        ],
    }


def _boundary(directory: Directory, fields: Mapping[str, Plain]) -> Shape:
    boundary = fields.get("boundary")
    if boundary is None:
        return {}
    arn = attachment(directory, str(boundary)).arn
    return {
        "PermissionsBoundary": {
            "PermissionsBoundaryType": "Policy",
            "PermissionsBoundaryArn": arn,
        }
    }
