"""AWS's managed policies on the terminal, alone and beside this file's."""

import json
import sys
from collections.abc import Sequence

from iamctl.cli.output import for_pipe, show_document, show_facts, show_rows
from iamctl.cli.showing import as_in_file, day_text, policy_cells, tags_text
from iamctl.cli.values import FORMS, check_form
from iamctl.domain.directory import Directory
from iamctl.domain.source import Plain
from iamctl.ports import ManagedPolicy
from iamctl.services.awsshape import aws_shape
from iamctl.services.documents import document_json
from iamctl.services.listing import PolicyRow
from iamctl.services.published import PublishedRow

OWN_COLUMNS = ("policy", "path", "attached", "bounds", "description", "tags", "created")
AWS_COLUMNS = ("policy", "path", "version", "updated")
BOTH_COLUMNS = ("policy", "scope", "path", "about")


def document_form(output: str | None) -> str | None:
    """The form of `policy show`: where nobody reads along, the document itself as JSON."""
    check_form(output, FORMS)
    return "json" if output is None and not sys.stdout.isatty() else output


def show(form: str | None, policy: ManagedPolicy) -> None:
    """One AWS managed policy; `json` is its document alone."""
    if form == "json":
        return show_document("json", json.loads(policy.document), policy.name)
    return show_described(form, policy)


def show_described(form: str | None, policy: ManagedPolicy) -> None:
    """One AWS managed policy; `json` is AWS's description of it."""
    document: Plain = json.loads(policy.document)
    facts = [
        ("policy", policy.name),
        ("arn", policy.arn),
        ("path", policy.path),
        ("version", policy.version),
        ("created", policy.created),
        ("updated", policy.updated),
        ("document", document_json(document, None if for_pipe(form) else 2)),
    ]
    version: Plain = {
        "Document": document,
        "VersionId": policy.version,
        "IsDefaultVersion": True,
    }
    row = PublishedRow(policy.name, policy.path, policy.arn, policy.version, policy.updated)
    described = {**_shape(row), "CreateDate": policy.created, "PolicyVersionList": [version]}
    in_file: dict[str, Plain] = {} if policy.path == "/" else {"path": policy.path}
    return show_facts(
        form,
        facts,
        lambda: {"Policy": described},
        lambda: {"policies": {policy.name: {**in_file, "document": document}}},
        policy.arn,
    )


def show_list(
    output: str | None,
    directory: Directory | None,
    own: Sequence[PolicyRow],
    of_aws: Sequence[PublishedRow],
    scope: str,
    empty: str,
) -> None:
    """Policies of this file (`local`), AWS's (`aws`), or both (`all`)."""
    columns: tuple[str, ...]
    cells: list[tuple[str, ...]]
    if scope == "local":
        columns, cells = OWN_COLUMNS, [policy_cells(row) for row in own]
    elif scope == "aws":
        columns = AWS_COLUMNS
        cells = [(row.name, row.path, row.version, row.updated[:10]) for row in of_aws]
    else:
        columns = BOTH_COLUMNS
        cells = [(row.name, "local", row.path, _about(row)) for row in own]
        cells += [
            (row.name, "aws", row.path, f"{row.version}, {row.updated[:10]}") for row in of_aws
        ]
    show_rows(
        output,
        columns,
        cells,
        lambda: {"Policies": [*_own_shapes(directory, own), *map(_shape, of_aws)]},
        lambda: _in_file(directory, own, of_aws),
        empty,
    )


def _about(row: PolicyRow) -> str:
    return row.description or tags_text(row.tags) or day_text(row.created)


def _own_shapes(directory: Directory | None, rows: Sequence[PolicyRow]) -> list[Plain]:
    return [aws_shape(directory, "policies", row.name) for row in rows] if directory else []


def _shape(row: PublishedRow) -> dict[str, Plain]:
    return {
        "PolicyName": row.name,
        "Arn": row.arn,
        "Path": row.path,
        "DefaultVersionId": row.version,
        "IsAttachable": not row.path.startswith("/aws-service-role/"),
        "UpdateDate": row.updated,
    }


def _in_file(
    directory: Directory | None, own: Sequence[PolicyRow], of_aws: Sequence[PublishedRow]
) -> Plain:
    """This file's policies as it holds them; AWS's by ARN, as `policies` of an entity do."""
    plain = as_in_file(directory, "policies", [row.name for row in own]) if directory else {}
    arns: list[Plain] = [row.arn for row in of_aws]
    return {**(plain if isinstance(plain, dict) else {}), **({"aws": arns} if arns else {})}
