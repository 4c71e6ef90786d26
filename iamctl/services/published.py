"""AWS's managed policies as lists and by name."""

from collections.abc import Iterator

from iamctl.domain.directory import Directory
from iamctl.domain.errors import NotFound
from iamctl.domain.names import PATH_PREFIX, did_you_mean, shown
from iamctl.domain.tuples import NamedTuple
from iamctl.ports import Catalogue, ManagedPolicy
from iamctl.services.documents import document_json
from iamctl.services.listing import PolicyRow, policies

_PREFIX = "arn:aws:iam::aws:policy"


class PublishedRow(NamedTuple):
    """An AWS managed policy in a list; `updated` is an ISO 8601 time."""

    name: str
    path: str
    arn: str
    version: str
    updated: str


def published(catalogue: Catalogue, path_prefix: str = "/") -> tuple[PublishedRow, ...]:
    """AWS's managed policies under a path, by name. Raises InvalidValue for the path."""
    PATH_PREFIX.check(path_prefix)
    rows = (row for row in _rows(catalogue) if row.path.startswith(path_prefix))
    return tuple(sorted(rows, key=lambda row: (row.name.lower(), row.arn)))


def searched(catalogue: Catalogue, text: str) -> tuple[PublishedRow, ...]:
    """Those whose name or document holds the text, ignoring case, by name."""
    rows = (PublishedRow(p.name, p.path, p.arn, p.version, p.updated) for p in
            catalogue.search(text))  # fmt: skip
    return tuple(sorted(rows, key=lambda row: (row.name.lower(), row.arn)))


def own_holding(directory: Directory, text: str) -> tuple[PolicyRow, ...]:
    """This file's policies whose name, description or document holds the text, ignoring case."""
    wanted = text.lower()
    return tuple(
        row
        for row in policies(directory)
        if any(wanted in t.lower() for t in _texts(directory, row))
    )


def _texts(directory: Directory, row: PolicyRow) -> tuple[str, ...]:
    document = directory.value_at(("policies", row.name, "document"))
    return row.name, row.description or "", document_json(document, indent=None)


def arn_of_name(catalogue: Catalogue, name: str) -> str | None:
    """The ARN of the AWS managed policy of that name, or None."""
    return next((row.arn for row in _rows(catalogue) if row.name == name), None)


def by_arn(catalogue: Catalogue, arn: str) -> ManagedPolicy:
    """The AWS managed policy of an ARN; raises NotFound with a near name."""
    policy = catalogue.managed_policy(arn)
    if policy is None:
        near = did_you_mean(arn.rpartition("/")[2], (row.name for row in _rows(catalogue)))
        raise NotFound(f"AWS has published no policy {shown(arn, 100)}", hint=near)
    return policy


def _rows(catalogue: Catalogue) -> Iterator[PublishedRow]:
    for arn, version, updated in catalogue.managed_policies():
        path, _, name = arn.removeprefix(_PREFIX).rpartition("/")
        yield PublishedRow(name, f"{path}/", arn, version, updated)
