"""`iamctl get-federation-token NAME`: a session for somebody the calling user vouches for."""

from typing import Annotated

import typer

from iamctl.bootstrap import Runtime
from iamctl.cli.app import single
from iamctl.cli.handing_over import ONLY_HERE, Form, OutputFile, credential_form, hand_over, tell
from iamctl.cli.options import Directory
from iamctl.cli.output import say
from iamctl.cli.session_options import (
    AsUser,
    AwsTags,
    Chain,
    SessionPolicy,
    SessionPolicyArns,
    SessionTags,
    UserDuration,
    open_office,
    policy_document,
    session_tags,
)
from iamctl.cli.session_options import policy_arns as managed
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
        open_office(Runtime(), directory, as_user, chain), asked, managed(policy_arns), document
    )
    for note in session.notes:
        say(note)

    def response() -> dict[str, object]:
        from iamctl.rendering.credentials import federation_token_response

        return federation_token_response(session)

    hand_over(form, session.credentials, session.account, response, output_file)
    command = f"iamctl get-federation-token {asked.name}"
    tell(output, form, command, session.arn, session.credentials.expiration, ONLY_HERE)


app = single(get_federation_token)
