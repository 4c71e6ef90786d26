"""Small directories as plain values, and the questions put to them."""

from contextlib import nullcontext

from iamctl.catalogue import ShippedCatalogue
from iamctl.domain.directory import Directory
from iamctl.services.access import Access
from iamctl.services.office import MfaAsked, Office

OWN, OTHER = "123456789012", "210987654321"
NOW = 1_795_510_800
CATALOGUE = ShippedCatalogue()
NO_CODE = MfaAsked(lambda _serial: "")
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


def unattended(directory, sources, vault, now, wait_until=lambda _until: None) -> Office:
    """What a session is got with when nobody is asked anything and the file stays as it is."""
    return Office(
        open=lambda: (directory, now),
        sources=sources,
        vault=vault,
        catalogue=CATALOGUE,
        randomness=lambda n: b"\x2a" * n,
        clock=lambda: now,
        wait_until=wait_until,
        flight=lambda _key: nullcontext(),
    )
