"""Arguments that the verbs of `iamctl provider` share."""

from typing import Annotated

import typer

from iamctl.cli.candidates import names_of

ProviderName = Annotated[
    str,
    typer.Argument(
        metavar="PROVIDER",
        help="A provider's name.",
        autocompletion=names_of("identity_providers"),
    ),
]
ClientIds = Annotated[
    list[str],
    typer.Argument(metavar="ID", help="Audiences: who a token may be made for."),
]
JwksFile = Annotated[
    str | None,
    typer.Option(
        "--jwks",
        metavar="FILE",
        help="Of OpenID Connect: the provider's key set (JWKS), as JSON; - is stdin.",
    ),
]
MetadataFile = Annotated[
    str | None,
    typer.Option(
        "--metadata",
        "--saml-metadata-document",
        metavar="FILE",
        help="Of SAML: the provider's metadata document; - is stdin.",
    ),
]
