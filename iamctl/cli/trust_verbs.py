"""`iamctl role trust`, `allow` and `disallow`: who may assume a role."""

from typing import Annotated

import typer

from iamctl.bootstrap import Runtime
from iamctl.cli.candidates import principal_words
from iamctl.cli.documents import placed, read_supplied
from iamctl.cli.edits import WAIT, Editing
from iamctl.cli.options import AnyRef, Directory, DocumentOutput, DryRun, LockTimeout, RoleName
from iamctl.cli.output import say, show_document
from iamctl.cli.values import DOCUMENT_FORMS, check_form
from iamctl.domain.errors import Usage
from iamctl.services import trusts
from iamctl.services.principals import FORMS

Principals = Annotated[
    list[str],
    typer.Argument(metavar="PRINCIPAL", help=f"{FORMS}.", autocompletion=principal_words),
]


def add_trust_verbs(app: typer.Typer) -> None:
    """Give `role` its verbs about trust."""
    app.command("trust")(trust)
    app.command("allow")(allow)
    app.command("disallow")(disallow)


def trust(
    name: RoleName,
    file: Annotated[
        str | None,
        typer.Argument(metavar="FILE", help="The new trust policy; - is stdin."),
    ] = None,
    output: DocumentOutput = None,
    dry_run: DryRun = False,
    directory: Directory = None,
    lock_timeout: LockTimeout = WAIT,
) -> None:
    """Show a role's trust policy, or replace it.

    It is shown as JSON, as AWS takes it; it comes in as JSON or YAML.

    \b
    iamctl role trust deployer > trust.json
    iamctl role trust deployer trust.json
    """
    check_form(output, DOCUMENT_FORMS)
    if file is None:
        loaded = Runtime().repository(directory).load()
        return show_document(output, trusts.trust_of(loaded, name), name)
    if output is not None:
        raise Usage("--output is for showing the trust policy, not for replacing it")
    supplied = read_supplied(file)
    with placed(supplied):
        Editing(directory, lock_timeout, dry_run).apply(
            lambda found: trusts.plan_replace(found, role=name, document=supplied.document)
        )
    return None


def allow(
    name: RoleName,
    principals: Principals,
    any_ref: AnyRef = False,
    dry_run: DryRun = False,
    directory: Directory = None,
    lock_timeout: LockTimeout = WAIT,
) -> None:
    """Let principals assume a role.

    A group is no principal in AWS: for group/NAME the account is trusted, and the group gets an
    inline policy that lets its members assume the role. What an identity provider vouches for gets
    a statement with the conditions that let in nobody else: one branch or environment of a GitHub
    repository, one service account of an EKS cluster, the users or the guests of an identity pool.

    \b
    iamctl role allow deployer user/alice role/ci
    iamctl role allow auditor account/444455556666
    iamctl role allow deployer group/developers
    iamctl role allow deployer github/acme/shop@main
    iamctl role allow deployer eks/prod-cluster/payments/shop
    """
    editing = Editing(directory, lock_timeout, dry_run)
    loaded = editing.repository.load(checked=False)
    editing.apply(
        lambda found: trusts.plan_allow(found, role=name, principals=principals, any_ref=any_ref)
    )
    for note in trusts.notes(loaded, role=name, principals=principals):
        say(f"note: {note}")


def disallow(
    name: RoleName,
    principals: Principals,
    dry_run: DryRun = False,
    directory: Directory = None,
    lock_timeout: LockTimeout = WAIT,
) -> None:
    """Stop trusting principals.

    A role's last one cannot go, for AWS keeps no empty trust policy. The unique id of a deleted
    user or role is taken as it stands. provider/NAME ends every trust in it, whatever the
    conditions.

    \b
    iamctl role disallow deployer user/alice
    iamctl role disallow deployer AIDAQ3EGVFGTNDKSEAMPL
    """
    editing = Editing(directory, lock_timeout, dry_run)
    loaded = editing.repository.load(checked=False)
    editing.apply(lambda found: trusts.plan_disallow(found, role=name, principals=principals))
    for note in trusts.notes(loaded, role=name, principals=principals, allowed=False):
        say(f"note: {note}")
