"""Small directories as plain values, and the questions put to them."""

from iamctl.catalogue import ShippedCatalogue
from iamctl.domain.directory import Directory
from iamctl.services.access import Access

OWN, OTHER = "123456789012", "210987654321"
NOW = 1_795_510_800
CATALOGUE = ShippedCatalogue()
MFA = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}
HOME = {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}
ROOT = {"AWS": f"arn:aws:iam::{OWN}:root"}


def allow(action="s3:GetObject", resource="*", effect="Allow", **more):
    where = {} if resource is None else {"Resource": resource}
    return {"Effect": effect, "Action": action, **where, **more}


def document(*statements):
    return {"Version": "2012-10-17", "Statement": list(statements)}


def holding(*statements):
    return {"inline": {"Own": document(*statements)}}


def user_arn(name):
    return f"arn:aws:iam::{OWN}:user/{name}"


def role(principal, *statements, action="sts:AssumeRole", condition=None):
    more = {} if condition is None else {"Condition": condition}
    trusted = document(allow(action, None, Principal=principal, **more))
    return {"trust": trusted, **(holding(*statements) if statements else {})}


def access(users=None, roles=None, now=NOW, accounts=None, **sections):
    plain = {"iamctl": 1, "account": {"id": OWN}, "users": users or {}, "roles": roles or {}}
    return Access(Directory({**plain, **sections}), CATALOGUE, now, accounts)
