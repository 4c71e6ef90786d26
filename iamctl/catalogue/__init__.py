"""AWS's published facts, offline."""

from iamctl.catalogue.actions import Actions
from iamctl.catalogue.managed_policies import ManagedPolicies

__all__ = ["Actions", "ManagedPolicies", "ShippedCatalogue"]


class ShippedCatalogue:
    """The `Catalogue` of the facts that ship with iamctl. Nothing is opened before a question."""

    def __init__(self) -> None:
        policies, actions = ManagedPolicies(), Actions()
        self.managed_policy = policies.managed_policy
        self.managed_policies = policies.managed_policies
        self.search = policies.search
        self.services = actions.services
        self.action = actions.action
        self.actions = actions.actions
        self.expand = actions.expand
        self.condition_key = actions.condition_key
        self.near_action = actions.near_action
