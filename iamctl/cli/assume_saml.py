"""`iamctl assume-role-with-saml ROLE`: the response of a SAML provider for credentials."""

from typing import Annotated

import typer

from iamctl.bootstrap import Runtime
from iamctl.cli.app import single
from iamctl.cli.candidates import names_of
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
from iamctl.services.federated import assume_role_with_saml

_LONGEST = 110_000
"""Bytes of a file with a response (STS API Reference: 100,000) and its line ends."""

ProviderOption = Annotated[
    str | None,
    typer.Option(
        "--provider",
        "--principal-arn",
        metavar="PROVIDER",
        help="The SAML provider, by name or ARN.",
        autocompletion=names_of("identity_providers"),
    ),
]
Assertion = Annotated[
    str | None,
    typer.Option(
        "--saml-assertion",
        metavar="file://RESPONSE",
        help="The file with the provider's response in base64, - for stdin.",
    ),
]


def assume_with_saml(
    role: VouchedRole = None,
    role_arn: RoleArn = None,
    provider: ProviderOption = None,
    assertion: Assertion = None,
    policy: SessionPolicy = None,
    policy_arns: SessionPolicyArns = None,
    duration: Duration = None,
    output: Form = None,
    output_file: OutputFile = None,
    directory: Directory = None,
) -> None:
    """Assume a role with the response of a SAML provider.

    The provider's metadata stands in the directory file; the response must list the role with the
    provider, and names the session; the role's trust policy decides. The response is never typed
    on the command line, where others could read it: it is named by its file, or comes on standard
    input. SAML needs an extra: pip install 'iamctl[saml]'.

    \b
    eval "$(iamctl assume-role-with-saml engineer --provider corp \\
      --saml-assertion file://response)"
    iamctl assume-role-with-saml --role-arn ARN --principal-arn ARN --saml-assertion - -o json
    """
    form = credential_form(output, output_file)
    runtime = Runtime()
    wanted = role_of(runtime, role, role_arn)
    if provider is None or assertion is None:
        raise Usage(
            "a SAML provider and its response are needed",
            hint="give --provider NAME --saml-assertion file://RESPONSE",
        )
    given = read_secret("--saml-assertion ", assertion, _LONGEST)
    opened = Opened(directory, runtime)
    asked = federated_request(opened, duration, policy, policy_arns)
    result = assume_role_with_saml(issuing(opened), wanted, provider, given.reveal_text(), asked)

    def response() -> dict[str, object]:
        from iamctl.rendering.credentials import saml_response

        return saml_response(result)

    give(output, form, "iamctl assume-role-with-saml …", result.session, response, output_file)


app = single(assume_with_saml)
