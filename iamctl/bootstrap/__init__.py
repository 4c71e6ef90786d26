"""The only place that chooses implementations: repository, vault, clock, settings, folders."""

from iamctl.bootstrap.runtime import Runtime, require_uuid

__all__ = ["Runtime", "require_uuid"]
