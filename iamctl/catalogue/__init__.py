"""AWS's published facts, offline."""

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING

from iamctl.ports import ActionFacts, ManagedPolicy

if TYPE_CHECKING:
    from iamctl.catalogue.actions import Actions
    from iamctl.catalogue.managed_policies import ManagedPolicies

__all__ = ["ShippedCatalogue"]


class ShippedCatalogue:
    """The `Catalogue` of the facts that ship with iamctl. Nothing is opened before a question."""

    @cached_property
    def _policies(self) -> "ManagedPolicies":
        from iamctl.catalogue.managed_policies import ManagedPolicies  # here: most have none of AWS

        return ManagedPolicies()

    @cached_property
    def _actions(self) -> "Actions":
        from iamctl.catalogue.actions import Actions  # here: who grants a session asks for none

        return Actions()

    def managed_policy(self, arn: str) -> ManagedPolicy | None:
        """The managed policy of that ARN."""
        return self._policies.managed_policy(arn)

    def managed_policies(self) -> Iterator[tuple[str, str, str]]:
        """(ARN, default version, update date) of every managed policy."""
        return self._policies.managed_policies()

    def search(self, text: str) -> Iterator[ManagedPolicy]:
        """The managed policies that hold the text."""
        return self._policies.search(text)

    def services(self) -> Mapping[str, str]:
        """Prefix -> the service's name."""
        return self._actions.services()

    def action(self, name: str) -> ActionFacts | None:
        """The facts of an action."""
        return self._actions.action(name)

    def actions(self, service: str) -> tuple[ActionFacts, ...]:
        """Every action of a service."""
        return self._actions.actions(service)

    def expand(self, pattern: str) -> tuple[str, ...]:
        """The names that a pattern matches."""
        return self._actions.expand(pattern)

    def condition_key(self, name: str) -> str | None:
        """The type of a condition key."""
        return self._actions.condition_key(name)

    def near_action(self, name: str) -> str | None:
        """A hint naming the action nearest to an unknown one."""
        return self._actions.near_action(name)
