"""Logins on the command line: which provider, and where its token is."""

from collections.abc import Sequence
from typing import Annotated

import typer

from iamctl.cli.documents import read_secret
from iamctl.domain.errors import Usage
from iamctl.services.pool_identities import Login

_LONGEST = 50_000
"""Bytes of a token (botocore's Cognito Identity model, IdentityProviderToken)."""

_MOST = 10

Logins = Annotated[
    list[str] | None,
    typer.Option(
        "--login",
        metavar="PROVIDER=file://TOKEN",
        help="A provider's name and the file its token is in, - for stdin; repeatable. "
        "Without it: a guest.",
    ),
]


def read_logins(words: Sequence[str] | None) -> tuple[Login, ...]:
    """The logins that `PROVIDER=file://PATH` and `PROVIDER=-` stand for.

    Raises Usage, InvalidValue, NotFound, StorageFailure.
    """
    given = list(words or ())
    if len(given) > _MOST:
        raise Usage(f"at most {_MOST} logins can be given")
    places = [_place(word) for word in given]
    if sum(place == "-" for _, place in places) > 1:
        raise Usage("standard input holds one token only")
    # Either side may be a token that was given by mistake: neither is repeated.
    return tuple(
        Login(provider, read_secret("--login PROVIDER=", place, _LONGEST))
        for provider, place in places
    )


def _place(word: str) -> tuple[str, str]:
    provider, equals, place = word.partition("=")
    if not (provider and equals):
        raise Usage("a login says whose token it is", hint="write --login PROVIDER=file://TOKEN")
    return provider, place
