"""`iamctl assume-role-with-web-identity ROLE`: a token of an OpenID Connect provider for
credentials."""

from typing import Annotated

import typer

from iamctl.bootstrap import Runtime
from iamctl.cli.app import single
from iamctl.cli.documents import read_secret
from iamctl.cli.handing_over import credential_form, give
from iamctl.cli.opened import Opened
from iamctl.cli.options import Directory
from iamctl.cli.session_options import (
    Duration,
    Form,
    OutputFile,
    RoleArn,
    SessionPolicy,
    SessionPolicyArns,
)
from iamctl.cli.vouching import (
    VouchedRole,
    federated_request,
    issuing,
    role_of,
)
from iamctl.domain.errors import Usage
from iamctl.domain.secret import Secret
from iamctl.services.federated import assume_role_with_web_identity

_LONGEST = 20_100
"""Bytes of a file with a token (STS API Reference: 20,000) and a line end or two."""

Token = Annotated[
    str | None,
    typer.Option(
        "--web-identity-token",
        metavar="file://TOKEN",
        help="The file with the token, - for stdin; AWS_WEB_IDENTITY_TOKEN_FILE without it.",
    ),
]
Name = Annotated[
    str | None,
    typer.Option(
        "--session-name",
        "--role-session-name",
        metavar="NAME",
        help="Names the session; AWS_ROLE_SESSION_NAME without it.",
    ),
]


def assume_with_web_identity(
    role: VouchedRole = None,
    role_arn: RoleArn = None,
    session_name: Name = None,
    token: Token = None,
    policy: SessionPolicy = None,
    policy_arns: SessionPolicyArns = None,
    duration: Duration = None,
    output: Form = None,
    output_file: OutputFile = None,
    directory: Directory = None,
) -> None:
    """Assume a role with a token of an OpenID Connect provider, or of an identity pool.

    The provider stands in the directory file with its keys, and the role's trust policy decides
    by what the token says. Nothing goes over the network. The token is never typed on the command
    line, where others could read it: it is named by its file, or comes on standard input.

    \b
    eval "$(iamctl assume-role-with-web-identity deployer --session-name ci \\
      --web-identity-token file://token)"
    print-token | iamctl assume-role-with-web-identity deployer --session-name ci \\
      --web-identity-token - -o json
    """
    form = credential_form(output, output_file)
    runtime = Runtime()
    wanted = role_of(runtime, role, role_arn)
    name = session_name or runtime.environ.get("AWS_ROLE_SESSION_NAME")
    if not name:
        raise Usage("the session has no name", hint="give one: --session-name NAME")
    given = _token(runtime, token)
    opened = Opened(directory, runtime)
    asked = federated_request(opened, duration, policy, policy_arns)
    result = assume_role_with_web_identity(
        issuing(opened), wanted, name, given.reveal_text(), asked
    )

    def response() -> dict[str, object]:
        from iamctl.rendering.credentials import web_identity_response

        return web_identity_response(result)

    give(
        output,
        form,
        "iamctl assume-role-with-web-identity …",
        result.session,
        response,
        output_file,
    )


def _token(runtime: Runtime, place: str | None) -> Secret:
    if place is None:
        path = runtime.environ.get("AWS_WEB_IDENTITY_TOKEN_FILE")
        if not path:
            raise Usage(
                "there is no token",
                hint="name its file: --web-identity-token file://TOKEN, or - for stdin",
            )
        place = f"file://{path}"
    return read_secret("--web-identity-token ", place, _LONGEST)


app = single(assume_with_web_identity)
