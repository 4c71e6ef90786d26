"""Policy documents: AWS's grammar as types. Rules: the IAM User Guide's policy grammar pages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from iamctl.domain.record import Record
from iamctl.domain.source import Source

DocumentKind = Literal["identity", "boundary", "session", "trust", "resource", "scp", "rcp"]
Effect = Literal["Allow", "Deny"]


class Condition(Record):
    """One key under one operator, as written: `StringEquals: {aws:username: [alice]}`."""

    operator: str
    key: str
    values: tuple[str, ...]


class Statement(Record):
    """One statement. Elements that are absent are None; `principals` maps AWS, Service,
    Federated or CanonicalUser to values, and `"*"` alone is {"*": ("*",)}."""

    effect: Effect
    sid: str | None = None
    principals: Mapping[str, tuple[str, ...]] | None = None
    not_principals: Mapping[str, tuple[str, ...]] | None = None
    actions: tuple[str, ...] | None = None
    not_actions: tuple[str, ...] | None = None
    resources: tuple[str, ...] | None = None
    not_resources: tuple[str, ...] | None = None
    conditions: tuple[Condition, ...] = ()
    source: Source | None = None


class PolicyDocument(Record):
    """A parsed document. `version` is as AWS reads it: 2008-10-17 when absent."""

    statements: tuple[Statement, ...]
    version: str = "2008-10-17"
    id: str | None = None
