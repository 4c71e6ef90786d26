"""`iamctl provider`: whose tokens and assertions may stand for somebody."""

from collections.abc import Iterable, Sequence
from typing import Annotated

import typer

from iamctl.bootstrap import Runtime
from iamctl.cli.app import group
from iamctl.cli.candidates import names_of
from iamctl.cli.deleting import delete_entities
from iamctl.cli.edits import WAIT, Editing
from iamctl.cli.options import Cascade, Directory, DryRun, Into, LockTimeout, Output, Tags, Yes
from iamctl.cli.output import say, show_rows
from iamctl.cli.provider_keys import (
    add_key_verbs,
    certificate_lines,
    key_lines,
    read_keys,
    read_metadata,
)
from iamctl.cli.provider_options import ClientIds, JwksFile, MetadataFile, ProviderName
from iamctl.cli.showing import as_in_file, day_text, tags_text
from iamctl.cli.showing_provider import show_provider
from iamctl.cli.tagging import add_tag_and_untag
from iamctl.cli.values import check_form, parse_tags
from iamctl.domain.errors import Usage
from iamctl.domain.providers import IdentityProvider
from iamctl.services import deletion, providers, renaming

SECTION = providers.SECTION

app = group("Identity providers: OpenID Connect and SAML.")


@app.command("create")
def create(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The new provider's name.")],
    url: Annotated[
        str | None,
        typer.Option("--url", metavar="URL", help="Of OpenID Connect: the issuer's URL."),
    ] = None,
    client_ids: Annotated[
        list[str] | None,
        typer.Option(
            "--client-id",
            metavar="ID",
            help="Of OpenID Connect: an audience that tokens may be made for; repeatable.",
        ),
    ] = None,
    jwks: JwksFile = None,
    metadata: MetadataFile = None,
    tags: Tags = None,
    output: Output = None,
    into: Into = None,
    dry_run: DryRun = False,
    directory: Directory = None,
    lock_timeout: LockTimeout = WAIT,
) -> None:
    """Create an identity provider.

    With --url one of OpenID Connect; its keys come from a file, or later with `provider refresh`.
    With --metadata one of SAML, which needs an extra: pip install 'iamctl[saml]'. The thumbprints
    of its keys are shown, to be compared with what the provider says elsewhere. Roles trust it by
    `role create NAME --allow provider/NAME`.

    \b
    iamctl provider create github --url https://token.actions.githubusercontent.com \\
      --client-id sts.amazonaws.com
    iamctl provider create corp --metadata metadata.xml
    """
    check_form(output)
    if (url is None) == (metadata is None):
        raise Usage(
            "a provider is of OpenID Connect or of SAML",
            hint="give --url URL for the one or --metadata FILE for the other, not both",
        )
    if url is None and (client_ids or jwks):
        raise Usage("--client-id and --jwks are of OpenID Connect: give --url with them")
    pairs = parse_tags(tags)
    editing = Editing(directory, lock_timeout, dry_run, into)
    federation = editing.runtime.federation
    lines: Iterable[str] = ()
    if metadata is not None:
        document, said = read_metadata(federation, metadata)
        editing.apply(
            lambda found: providers.plan_create_saml(
                found, name=name, metadata=document, tags=pairs, now=editing.now
            )
        )
        lines = certificate_lines(said)
    elif url is not None:
        keys = {} if jwks is None else read_keys(federation, jwks)
        editing.apply(
            lambda found: providers.plan_create_oidc(
                found,
                name=name,
                url=url,
                client_ids=client_ids or (),
                jwks=keys,
                tags=pairs,
                now=editing.now,
            )
        )
        lines = key_lines(federation, keys)
    for line in lines:
        say(f"  {line}")
    if output is not None and not dry_run:
        show_provider(output, editing.repository.load(checked=False), name, federation)


@app.command("list")
def list_(output: Output = None, directory: Directory = None) -> None:
    """List identity providers by name.

    -o json has what ListOpenIDConnectProviders and ListSAMLProviders answer.

    \b
    iamctl provider list
    iamctl provider list -o json
    """
    loaded = Runtime().repository(directory).load()
    found = sorted(loaded.identity_providers.values(), key=lambda each: each.name.lower())
    show_rows(
        output,
        ("provider", "type", "url", "client ids", "keys", "tags", "created"),
        [_cells(each) for each in found],
        lambda: {
            "OpenIDConnectProviderList": [
                {"Arn": loaded.arn(each)} for each in found if not each.is_saml
            ],
            "SAMLProviderList": [{"Arn": loaded.arn(each)} for each in found if each.is_saml],
        },
        lambda: as_in_file(loaded, SECTION, [each.name for each in found]),
        "no identity providers yet; make one: iamctl provider create NAME --url URL",
    )


def _cells(provider: IdentityProvider) -> Sequence[str]:
    return (
        provider.name,
        "SAML" if provider.is_saml else "OIDC",
        provider.url or "",
        ", ".join(provider.client_ids),
        "" if provider.is_saml else str(len(provider.jwks)),
        tags_text(dict(provider.tags)),
        day_text(provider.created),
    )


@app.command("show")
def show(name: ProviderName, output: Output = None, directory: Directory = None) -> None:
    """Show an identity provider.

    Each signing key comes with its RFC 7638 thumbprint. As JSON what GetOpenIDConnectProvider or
    GetSAMLProvider answers, and the keys.

    \b
    iamctl provider show github
    iamctl provider show github -o json
    """
    runtime = Runtime()
    show_provider(output, runtime.repository(directory).load(), name, runtime.federation)


@app.command("rename")
def rename(
    name: ProviderName,
    new: Annotated[str, typer.Argument(metavar="NEW", help="Its new name.")],
    dry_run: DryRun = False,
    directory: Directory = None,
    lock_timeout: LockTimeout = WAIT,
) -> None:
    """Rename an OpenID Connect provider.

    Its name is of this file alone, and identity pools follow. A SAML provider's is in its ARN and
    stays.

    \b
    iamctl provider rename github github-actions
    """
    Editing(directory, lock_timeout, dry_run).apply(
        lambda found: renaming.plan_rename(found, section=SECTION, name=name, new=new)
    )


@app.command("delete")
def delete(
    names: Annotated[
        list[str],
        typer.Argument(
            metavar="PROVIDER", help="Providers' names.", autocompletion=names_of(SECTION)
        ),
    ],
    cascade: Cascade = False,
    yes: Yes = False,
    dry_run: DryRun = False,
    directory: Directory = None,
    lock_timeout: LockTimeout = WAIT,
) -> None:
    """Delete identity providers.

    Refused while identity pools take their logins; --cascade takes them out of the pools. Trust
    policies go on naming them and let nobody in by them, as in AWS.

    \b
    iamctl provider delete github
    """
    editing = Editing(directory, lock_timeout, dry_run)
    plan = deletion.plan_delete_identity_providers
    delete_entities(editing, SECTION, names, plan, cascade, yes)


@app.command("add-client-id")
def add_client_id(
    name: ProviderName,
    client_ids: ClientIds,
    dry_run: DryRun = False,
    directory: Directory = None,
    lock_timeout: LockTimeout = WAIT,
) -> None:
    """Accept tokens for more audiences.

    \b
    iamctl provider add-client-id github sts.amazonaws.com
    """
    Editing(directory, lock_timeout, dry_run).apply(
        lambda found: providers.plan_add_client_ids(found, name=name, client_ids=client_ids)
    )


@app.command("remove-client-id")
def remove_client_id(
    name: ProviderName,
    client_ids: ClientIds,
    dry_run: DryRun = False,
    directory: Directory = None,
    lock_timeout: LockTimeout = WAIT,
) -> None:
    """Accept tokens for fewer audiences.

    \b
    iamctl provider remove-client-id github old-audience
    """
    Editing(directory, lock_timeout, dry_run).apply(
        lambda found: providers.plan_remove_client_ids(found, name=name, client_ids=client_ids)
    )


add_key_verbs(app)
add_tag_and_untag(app, SECTION)
