"""The only place that chooses implementations: repository, vault, clock, settings, folders."""

from iamctl.bootstrap.runtime import Runtime, require_uuid
from iamctl.bootstrap.texts import (
    claims_of_text,
    claims_text,
    plain_of_text,
    read_problems,
    setting_names,
    text_diff,
    vault_kinds,
    yaml_text,
)

__all__ = [
    "Runtime",
    "claims_of_text",
    "claims_text",
    "plain_of_text",
    "read_problems",
    "require_uuid",
    "setting_names",
    "text_diff",
    "vault_kinds",
    "yaml_text",
]
