"""`iamctl get-federation-token NAME`: a session for somebody the calling user vouches for."""

from typing import Annotated

import typer

from iamctl.cli.app import single
from iamctl.cli.handing_over import credential_form, give
from iamctl.cli.obtaining import office_of, policy_document, session_tags
from iamctl.cli.obtaining import policy_arns as managed
from iamctl.cli.opened import Opened
from iamctl.cli.options import Directory
from iamctl.cli.session_options import (
    AsUser,
    AwsTags,
    Chain,
    Form,
    OutputFile,
    SessionPolicy,
    SessionPolicyArns,
    SessionTags,
    UserDuration,
)
from iamctl.domain.errors import Usage
from iamctl.domain.times import parse_duration
from iamctl.services.user_session import federation_token
from iamctl.sts.user_sessions import FederationRequest


def get_federation_token(
    name: Annotated[
        str | None, typer.Argument(metavar="NAME", help="What to call the federated user.")
    ] = None,
    name_option: Annotated[str | None, typer.Option("--name", hidden=True)] = None,
    policy: SessionPolicy = None,
    policy_arns: SessionPolicyArns = None,
    as_user: AsUser = None,
    duration: UserDuration = None,
    tags: SessionTags = None,
    aws_tags: AwsTags = None,
    chain: Chain = False,
    output: Form = None,
    output_file: OutputFile = None,
    directory: Directory = None,
) -> None:
    """Get a federated user's session: what the calling user may do, within session policies.

    The calling user's policies must allow sts:GetFederationToken. Without session policies the
    session may do only what resource-based policies allow the federated user by name.

    \b
    eval "$(iamctl get-federation-token build-bot --policy only-read.json)"
    iamctl get-federation-token build-bot --policy-arn ReadArtifacts --tag team=ci -o json
    """
    form = credential_form(output, output_file)
    if (name is None) == (name_option is None):
        raise Usage("name one federated user", hint="iamctl get-federation-token NAME")
    asked = FederationRequest(
        name=name or name_option or "",
        duration=None if duration is None else parse_duration(duration),
        tags=session_tags(tags, aws_tags),
    )
    document = policy_document(policy)
    session = federation_token(
        office_of(Opened(directory), directory, as_user, chain),
        asked,
        managed(policy_arns),
        document,
    )

    def response() -> dict[str, object]:
        from iamctl.rendering.credentials import federation_token_response

        return federation_token_response(session)

    command = f"iamctl get-federation-token {asked.name}"
    give(output, form, command, session, response, output_file)


app = single(get_federation_token)
