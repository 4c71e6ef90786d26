"""The AWS organization that an account is in, as far as it bears on decisions.

Rules: AWS Organizations User Guide, "Service control policies" and "Resource control policies".
"""

from collections.abc import Mapping
from typing import Literal

from iamctl.domain.documents import PolicyDocument, Statement
from iamctl.domain.entities import EntityReader
from iamctl.domain.source import Plain
from iamctl.domain.tuples import NamedTuple

FULL_ACCESS = "FullAWSAccess"
RCP_FULL_ACCESS = "RCPFullAWSAccess"

AWS_POLICIES: Mapping[str, PolicyDocument] = {
    FULL_ACCESS: PolicyDocument(
        (Statement("Allow", actions=("*",), resources=("*",)),), "2012-10-17"
    ),
    RCP_FULL_ACCESS: PolicyDocument(
        (Statement("Allow", principals={"*": ("*",)}, actions=("*",), resources=("*",)),),
        "2012-10-17",
    ),
}
"""What AWS itself attaches: the SCP of whatever has no other, and the RCP that never goes."""


class OrganizationLevel(NamedTuple):
    """The root, an organizational unit or the account, with the policies attached there by name.

    AWS's FullAWSAccess is the only SCP of a level that lists none; its RCPFullAWSAccess is always
    among the RCPs.
    """

    name: str
    scps: Mapping[str, PolicyDocument]
    rcps: Mapping[str, PolicyDocument]


class Organization(NamedTuple):
    """`levels` go from the root to the account. `id` is o-…, `path` o-…/r-…/ou-…/ as
    aws:PrincipalOrgPaths has it. SCPs and RCPs do not apply to the `management_account`."""

    id: str | None
    path: str | None
    management_account: str | None
    levels: tuple[OrganizationLevel, ...]

    def context_keys(
        self, whose: Literal["Principal", "Resource"]
    ) -> dict[str, str | tuple[str, ...]]:
        """aws:PrincipalOrgID and aws:PrincipalOrgPaths, or those of a resource, as far as known."""
        found: dict[str, str | tuple[str, ...]] = {}
        if self.id is not None:
            found[f"aws:{whose}OrgID"] = self.id
        if self.path is not None:
            found[f"aws:{whose}OrgPaths"] = (self.path,)
        return found


def read_organization(reader: EntityReader, plain: dict[str, Plain]) -> Organization:
    """The organization of a section's plain value; its id may be told by its path alone.

    Raises InvalidDirectory when one of its documents has an error.
    """
    before = len(reader.problems)
    path, levels = _text(plain.get("path")), plain.get("levels")
    organization = Organization(
        id=_text(plain.get("id")) or (path.partition("/")[0] if path else None),
        path=path,
        management_account=_text(plain.get("management_account")),
        levels=tuple(
            _level(reader, index, level)
            for index, level in enumerate(levels if isinstance(levels, list) else ())
            if isinstance(level, dict)
        ),
    )
    reader.require_sound(before)
    return organization


def _level(reader: EntityReader, index: int, plain: dict[str, Plain]) -> OrganizationLevel:
    at = ("organization", "levels", index)
    scps = reader.documents((*at, "scps"), plain.get("scps"), "scp")
    rcps = reader.documents((*at, "rcps"), plain.get("rcps"), "rcp")
    rcps.setdefault(RCP_FULL_ACCESS, AWS_POLICIES[RCP_FULL_ACCESS])
    if "scps" not in plain:
        scps[FULL_ACCESS] = AWS_POLICIES[FULL_ACCESS]
    return OrganizationLevel(str(plain.get("name", "")), scps, rcps)


def _text(value: Plain) -> str | None:
    return None if value is None else str(value)
