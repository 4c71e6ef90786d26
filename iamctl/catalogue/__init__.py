"""AWS's published facts, offline."""

from iamctl.catalogue.managed_policies import ManagedPolicies

__all__ = ["ManagedPolicies"]
