"""Arguments that the verbs of `iamctl pool` share."""

from typing import Annotated

import typer

from iamctl.cli.candidates import names_of

PoolName = Annotated[
    str,
    typer.Argument(
        metavar="POOL", help="A pool's name.", autocompletion=names_of("identity_pools")
    ),
]
PoolProvider = Annotated[
    str,
    typer.Argument(
        metavar="PROVIDER",
        help="One of its providers, by name.",
        autocompletion=names_of("identity_providers"),
    ),
]
PoolProviders = Annotated[
    list[str],
    typer.Argument(
        metavar="PROVIDER",
        help="OIDC providers' names.",
        autocompletion=names_of("identity_providers"),
    ),
]
