"""`iamctl policy`: managed policies of this file, and AWS's."""

from typing import Annotated

import typer

from iamctl.bootstrap import Runtime
from iamctl.cli import aws_policies
from iamctl.cli.app import group
from iamctl.cli.candidates import names_of, one_of
from iamctl.cli.deleting import delete_entities
from iamctl.cli.documents import placed, read_supplied
from iamctl.cli.edits import WAIT, Editing
from iamctl.cli.options import (
    Cascade,
    Description,
    Directory,
    Document,
    DryRun,
    Into,
    LockTimeout,
    NewPath,
    Output,
    OwnPolicyNames,
    PathPrefix,
    PolicyName,
    TagFilter,
    Tags,
    Yes,
)
from iamctl.cli.output import show_document
from iamctl.cli.showing import show_created, show_entity
from iamctl.cli.tagging import add_tag_and_untag
from iamctl.cli.values import check_form, parse_tag_filter, parse_tags
from iamctl.domain.arns import is_aws_managed
from iamctl.domain.errors import Usage
from iamctl.services import deletion, listing, policies, published
from iamctl.services.show import policy_view

SCOPES = ("local", "aws", "all")

app = group("Managed policies, yours and AWS's.")


@app.command("create")
def create(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The new policy's name.")],
    file: Document,
    path: NewPath = "/",
    description: Description = None,
    tags: Tags = None,
    output: Output = None,
    into: Into = None,
    dry_run: DryRun = False,
    directory: Directory = None,
    lock_timeout: LockTimeout = WAIT,
) -> None:
    """Create a managed policy out of a document.

    \b
    iamctl policy create ReadArtifacts read.json --description "Read build artefacts"
    aws iam get-policy-version … --query PolicyVersion.Document | iamctl policy create Copy -
    """
    check_form(output)
    pairs, supplied = parse_tags(tags), read_supplied(file)
    editing = Editing(directory, lock_timeout, dry_run, into)
    with placed(supplied):
        editing.apply(
            lambda found: policies.plan_create(
                found,
                name=name,
                document=supplied.document,
                path=path,
                description=description,
                tags=pairs,
                now=editing.now,
                randomness=editing.randomness,
            )
        )
    if output is not None and not dry_run:
        show_created(output, editing.repository.load(checked=False), "policies", [name])


@app.command("list")
def list_(
    scope: Annotated[
        str,
        typer.Option(
            "--scope",
            metavar="SCOPE",
            help="local (this file's), aws (AWS's) or all.",
            autocompletion=one_of(*SCOPES),
        ),
    ] = "local",
    path_prefix: PathPrefix = "/",
    tags: TagFilter = None,
    output: Output = None,
    directory: Directory = None,
) -> None:
    """List managed policies by name.

    \b
    iamctl policy list
    iamctl policy list --scope aws --path-prefix /job-function/
    """
    if scope not in SCOPES:
        raise Usage(f'there is no scope "{scope[:40]}"', hint=f"use {', '.join(SCOPES)}")
    runtime, filters = Runtime(), parse_tag_filter(tags)
    loaded = None if scope == "aws" else runtime.repository(directory).load()
    own = listing.policies(loaded, path_prefix=path_prefix, tags=filters) if loaded else ()
    of_aws = published.published(runtime.catalogue, path_prefix) if scope != "local" else ()
    narrowed = path_prefix != "/" or filters
    empty = (
        "no policy matches"
        if narrowed
        else "no policies yet; make one: iamctl policy create NAME FILE"
    )
    aws_policies.show_list(output, loaded, own, () if filters else of_aws, scope, empty)


@app.command("show")
def show(
    name: Annotated[
        str,
        typer.Argument(
            metavar="NAME|ARN",
            help="A policy of this file, or one of AWS's.",
            autocompletion=names_of("policies"),
        ),
    ],
    output: Output = None,
    directory: Directory = None,
) -> None:
    """Show a managed policy of this file or of AWS.

    In a pipe, and with -o json, its document alone as AWS takes it; `iamctl show NAME -o json`
    is AWS's description of the policy.

    \b
    iamctl policy show ReadArtifacts
    iamctl policy show ReadArtifacts > read.json
    iamctl policy show arn:aws:iam::aws:policy/ReadOnlyAccess
    """
    form = aws_policies.document_form(output)
    runtime = Runtime()
    if is_aws_managed(name):
        return aws_policies.show(form, published.by_arn(runtime.catalogue, name))
    loaded = runtime.repository(directory).load()
    own = loaded.local_policy(name)
    arn = None if own else published.arn_of_name(runtime.catalogue, name)
    if arn is not None:
        return aws_policies.show(form, published.by_arn(runtime.catalogue, arn))
    found = (own or loaded.policy(name)).name
    if form == "json":
        return show_document("json", policy_view(loaded, found).document, found)
    return show_entity(form, loaded, "policies", found)


@app.command("search")
def search(
    text: Annotated[
        str, typer.Argument(metavar="TEXT", help="Part of a name, action or resource; any case.")
    ],
    output: Output = None,
    directory: Directory = None,
) -> None:
    """Find policies by a text in name or document.

    This file's and AWS's, ignoring case; documents are searched as JSON without spaces.

    \b
    iamctl policy search s3:GetObject
    iamctl policy search ReadOnly -o name
    """
    if not text:
        raise Usage("there is nothing to search for")
    runtime = Runtime()
    loaded = runtime.repository(directory).load()
    own = published.own_holding(loaded, text)
    of_aws = published.searched(runtime.catalogue, text)
    empty = "no policy, yours or AWS's, holds that text"
    aws_policies.show_list(output, loaded, own, of_aws, "all", empty)


@app.command("update")
def update(
    name: PolicyName,
    file: Document,
    dry_run: DryRun = False,
    directory: Directory = None,
    lock_timeout: LockTimeout = WAIT,
) -> None:
    """Replace a policy's document.

    The history is git's. AWS lets nobody change a managed policy's description or path.

    \b
    iamctl policy update ReadArtifacts read.json
    """
    supplied = read_supplied(file)
    with placed(supplied):
        Editing(directory, lock_timeout, dry_run).apply(
            lambda found: policies.plan_update(found, name=name, document=supplied.document)
        )


@app.command("delete")
def delete(
    names: OwnPolicyNames,
    cascade: Cascade = False,
    yes: Yes = False,
    dry_run: DryRun = False,
    directory: Directory = None,
    lock_timeout: LockTimeout = WAIT,
) -> None:
    """Delete managed policies.

    Refused while attached or used as a boundary, as in AWS. With --cascade they are detached,
    and boundaries removed, in the same edit: whoever had one as boundary may do more
    afterwards.

    \b
    iamctl policy delete ReadArtifacts --cascade
    """
    editing = Editing(directory, lock_timeout, dry_run)
    delete_entities(editing, "policies", names, deletion.plan_delete_policies, cascade, yes)


add_tag_and_untag(app, "policies")
