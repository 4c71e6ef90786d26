"""`iamctl pool get-id`, `token` and `credentials`: what the users of an application get."""

from typing import Annotated

import typer

from iamctl.cli.candidates import names_of
from iamctl.cli.handing_over import credential_form, give
from iamctl.cli.logins import Logins, read_logins
from iamctl.cli.opened import Opened
from iamctl.cli.options import Directory, Output
from iamctl.cli.output import show_facts
from iamctl.cli.pool_options import PoolName
from iamctl.cli.session_options import Form, OutputFile
from iamctl.domain.times import format_instant

IdentityId = Annotated[
    str, typer.Argument(metavar="IDENTITY", help="What `pool get-id` answered: REGION:UUID.")
]
CustomRole = Annotated[
    str | None,
    typer.Option(
        "--custom-role-arn",
        metavar="ROLE",
        help="One of the roles that the login may have, by ARN or name.",
        autocompletion=names_of("roles"),
    ),
]


def add_user_verbs(app: typer.Typer) -> None:
    """Give `pool` the verbs that its users' applications call."""
    app.command("get-id")(get_id)
    app.command("token")(token)
    app.command("credentials")(credentials)


def get_id(
    name: PoolName, logins: Logins = None, output: Output = None, directory: Directory = None
) -> None:
    """The identity of a login, or of a new guest.

    As Cognito's GetId. The same login has the same identity for ever; logins given together
    become one identity's. They are kept in this machine's vault.

    \b
    iamctl pool get-id web-app --login google=file://id-token
    get-id-token | iamctl pool get-id web-app --login google=-
    iamctl pool get-id web-app -o json
    """
    given = read_logins(logins)
    from iamctl.services import pool_identities

    opened = Opened(directory)
    held = pool_identities.get_id(
        opened.directory,
        name,
        given,
        opened.vault(),
        opened.runtime.federation,
        opened.now,
        opened.runtime.randomness,
    )
    show_facts(
        output,
        [("identity", held.id)],
        lambda: {"IdentityId": held.id},
        lambda: {"identity": held.id},
        held.id,
    )


def token(
    name: PoolName,
    identity: IdentityId,
    logins: Logins = None,
    output: Output = None,
    directory: Directory = None,
) -> None:
    """The pool's own OpenID token for an identity.

    As Cognito's GetOpenIdToken, of pools that allow the basic (classic) flow. Roles that trust
    the pool accept it for ten minutes in assume-role-with-web-identity.

    \b
    iamctl pool token web-app eu-west-1:… --login google=file://id-token -o name > pool-token
    iamctl assume-role-with-web-identity app-user --web-identity-token file://pool-token
    """
    given = read_logins(logins)
    from iamctl.services import pool_identities, pool_tokens

    opened = Opened(directory)
    vault = opened.vault()
    held = pool_identities.hold(
        opened.directory, name, identity, given, vault, opened.runtime.federation, opened.now
    )
    issued = pool_tokens.open_id_token(opened.directory, held, vault, opened.now)
    text = issued.token.reveal_text()
    show_facts(
        output,
        [
            ("identity", issued.identity),
            ("token", text),
            ("expires", format_instant(issued.expires)),
        ],
        lambda: {"IdentityId": issued.identity, "Token": text},
        lambda: {"identity": issued.identity, "token": text},
        text,
    )


def credentials(
    name: PoolName,
    identity: IdentityId,
    logins: Logins = None,
    custom_role: CustomRole = None,
    output: Form = None,
    output_file: OutputFile = None,
    directory: Directory = None,
) -> None:
    """Credentials of the role that the pool gives an identity.

    As Cognito's GetCredentialsForIdentity: the pool checks the login, chooses the role, and
    assumes it with its own token; the role's trust policy decides. A guest's session is kept
    within the services that Cognito lets guests use, whatever the role allows.

    \b
    eval "$(iamctl pool credentials web-app eu-west-1:… --login google=file://id-token)"
    iamctl pool credentials web-app eu-west-1:… -o json
    """
    form = credential_form(output, output_file)
    given = read_logins(logins)
    from iamctl.cli.vouching import issuing
    from iamctl.services.pool_credentials import PoolRequest, pool_credentials

    asked = PoolRequest(name, identity, given, custom_role)
    got = pool_credentials(issuing(Opened(directory)), asked)

    def response() -> dict[str, object]:
        from iamctl.rendering.credentials import credentials_for_identity_response

        return credentials_for_identity_response(got.identity, got.session.credentials)

    command = f"iamctl pool credentials {name} {identity} …"
    give(output, form, command, got.session, response, output_file)
