"""AWS's published facts, offline."""

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING

from iamctl.catalogue.managed_policies import ManagedPolicies
from iamctl.ports import ActionFacts

if TYPE_CHECKING:
    from iamctl.catalogue.actions import Actions

__all__ = ["ManagedPolicies", "ShippedCatalogue"]


class ShippedCatalogue:
    """The `Catalogue` of the facts that ship with iamctl. Nothing is opened before a question."""

    def __init__(self) -> None:
        policies = ManagedPolicies()
        self.managed_policy = policies.managed_policy
        self.managed_policies = policies.managed_policies
        self.search = policies.search

    @cached_property
    def _actions(self) -> "Actions":
        from iamctl.catalogue.actions import Actions  # here: who grants a session asks for none

        return Actions()

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
