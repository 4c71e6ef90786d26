"""The policies that bear on a principal of a directory, compiled and named."""

from collections.abc import Callable, Iterator
from typing import Literal

from iamctl.domain.arns import is_aws_managed
from iamctl.domain.directory import Directory
from iamctl.domain.documents import PolicyDocument
from iamctl.domain.entities import Group, Role, User
from iamctl.domain.errors import InvalidDirectory
from iamctl.policy.compile import CompiledDocument, PolicyType, SourcePolicy, compile_document
from iamctl.policy.evaluate import Layers

Managed = Callable[[str], PolicyDocument | None]
"""The document of an AWS managed policy by its ARN, or None when it is not known."""


Levels = tuple[tuple[SourcePolicy, ...], ...]
"""The policies of each level of an organization, root first."""


def _is_a_services(role: Role) -> bool:
    """Whether a role is linked to a service and trusts nothing but services, as AWS makes them:
    the path alone could be anybody's in a file written by hand."""
    allows = [statement for statement in role.trust.statements if statement.effect == "Allow"]
    return role.service_linked and all(set(s.principals or ("*",)) == {"Service"} for s in allows)


class Collector:
    """Collects the policies of principals as they stand at `now`, epoch seconds.

    Each document is compiled once in the collector's life. A document that cannot be read
    stays in its layer as a SourcePolicy without document, so that no decision passes over it.
    """

    def __init__(self, directory: Directory, managed: Managed, now: int) -> None:
        self.directory = directory
        self.now = now
        self._managed = managed
        self._attached: dict[tuple[str, PolicyType, str], SourcePolicy] = {}
        self._groups: dict[str, tuple[SourcePolicy, ...]] = {}
        self._compiled: dict[str, CompiledDocument | None] = {}
        self._trusts: dict[str, tuple[SourcePolicy, ...]] = {}
        self._resources: dict[str, tuple[SourcePolicy, ...]] = {}
        self._organization: dict[str, Levels] = {}

    def user(self, name: str) -> Layers:
        """What bears on a user: its own policies, those of the groups it is in now, its boundary,
        and the service control policies over the account. Raises NotFound.
        """
        user = self.directory.user(name)
        found = list(self._own(user, f"user {name}"))
        for group, member in self.directory.groups_of(name):
            if member.is_current(self.now):
                found += self.group(group.name)
        boundary = self._boundary(user, f"user {name}")
        return Layers(identity=tuple(found), boundary=boundary, scps=self.scps())

    def group(self, name: str) -> tuple[SourcePolicy, ...]:
        """The policies that the members of a group get. Raises NotFound."""
        found = self._groups.get(name)
        if found is None:
            group = self.directory.group(name)
            found = self._groups[name] = tuple(self._own(group, f"group {name}"))
        return found

    def role(self, name: str) -> Layers:
        """What bears on a role: its policies, its boundary, and the service control policies over
        the account, which do not touch service-linked roles (AWS Organizations User Guide).

        Raises NotFound.
        """
        role = self.directory.role(name)
        owner = f"role {name}"
        return Layers(
            identity=tuple(self._own(role, owner)),
            boundary=self._boundary(role, owner),
            scps=() if _is_a_services(role) else self.scps(),
        )

    def trust(self, role_name: str) -> tuple[SourcePolicy, ...]:
        """A role's trust policy as the resource layer. Raises NotFound."""
        found = self._trusts.get(role_name)
        if found is None:
            document = compile_document(self.directory.role(role_name).trust)
            policy = SourcePolicy("trust policy", "trust", document, f"role {role_name}")
            found = self._trusts[role_name] = (policy,)
        return found

    def scps(self) -> Levels:
        """The service control policies over the account, a tuple a level, root first.

        None apply to an organization's management account (AWS Organizations User Guide).
        """
        return self._levels("scp")

    def rcps(self) -> Levels:
        """The resource control policies over the account's resources, a tuple a level."""
        return self._levels("rcp")

    def resource(self, arn: str) -> tuple[SourcePolicy, ...] | None:
        """The resource-based policy that the file holds for a resource, if it does."""
        found = self.directory.resource_policy(arn)
        if found is None:
            return None
        named, document = found
        if named not in self._resources:
            compiled = compile_document(document)
            self._resources[named] = (SourcePolicy(named, "resource", compiled),)
        return self._resources[named]

    def _levels(self, type: Literal["scp", "rcp"]) -> Levels:
        if type not in self._organization:
            self._organization[type] = self._read_levels(type)
        return self._organization[type]

    def _read_levels(self, type: Literal["scp", "rcp"]) -> Levels:
        organization = self.directory.organization
        if organization is None or organization.management_account == self.directory.account.id:
            return ()
        return tuple(
            tuple(
                SourcePolicy(name, type, compile_document(document), f"level {level.name}")
                for name, document in (level.scps if type == "scp" else level.rcps).items()
            )
            for level in organization.levels
        )

    def policy(
        self, reference: str, type: PolicyType = "identity", owner: str = ""
    ) -> SourcePolicy:
        """A managed policy by its name in the file or its ARN, AWS's own included."""
        key = (reference, type, owner)
        found = self._attached.get(key)
        if found is None:
            found = self._attached[key] = self._read(reference, type, owner)
        return found

    def _own(self, entity: User | Group | Role, owner: str) -> Iterator[SourcePolicy]:
        for name, document in entity.inline.items():
            yield SourcePolicy(name, "identity", compile_document(document), owner, inline=True)
        for reference in entity.policies:
            yield self.policy(reference, "identity", owner)

    def _boundary(self, entity: User | Role, owner: str) -> tuple[SourcePolicy, ...] | None:
        if entity.boundary is None:
            return None
        return (self.policy(entity.boundary, "boundary", owner),)

    def _read(self, reference: str, type: PolicyType, owner: str) -> SourcePolicy:
        document, reason = self._document(reference)
        return SourcePolicy(reference, type, document, owner, reason)

    def _document(self, reference: str) -> tuple[CompiledDocument | None, str]:
        if reference not in self._compiled:
            document = self._find(reference)
            self._compiled[reference] = None if document is None else compile_document(document)
        compiled = self._compiled[reference]
        if compiled is not None:
            return compiled, ""
        if is_aws_managed(reference):
            return None, f"iamctl does not know the AWS managed policy {reference}"
        return None, f'there is no readable policy "{reference}" in the directory'

    def _find(self, reference: str) -> PolicyDocument | None:
        if is_aws_managed(reference):
            return self._managed(reference)
        try:
            policy = self.directory.local_policy(reference)
        except InvalidDirectory:
            return None
        return None if policy is None else policy.document
