"""`iamctl assume-role ROLE`: temporary credentials, in the calling shell's own words."""

from iamctl.bootstrap import Runtime
from iamctl.cli.app import single
from iamctl.cli.handing_over import ONLY_HERE, Form, credential_form, hand_over, tell
from iamctl.cli.options import Directory
from iamctl.cli.output import say
from iamctl.cli.session_options import (
    AsUser,
    AwsTags,
    Chain,
    Duration,
    ExternalId,
    Role,
    RoleArn,
    SessionName,
    SessionTags,
    SourceIdentity,
    TransitiveTags,
    Wanted,
    obtain,
)


def assume(
    role: Role = None,
    role_arn: RoleArn = None,
    as_user: AsUser = None,
    session_name: SessionName = None,
    duration: Duration = None,
    external_id: ExternalId = None,
    tags: SessionTags = None,
    aws_tags: AwsTags = None,
    transitive: TransitiveTags = None,
    source_identity: SourceIdentity = None,
    chain: Chain = False,
    output: Form = None,
    directory: Directory = None,
) -> None:
    """Assume a role: temporary credentials for this shell.

    The role's trust policy in the directory file decides, on the file as it is now. Only iamctl
    verifies these credentials: real AWS refuses them.

    \b
    eval "$(iamctl assume-role deployer)"           bash, zsh, sh
    iamctl assume-role deployer | source            fish
    iamctl assume-role deployer -o json             AWS's response
    creds=$(iamctl assume-role deployer) && eval "$creds"
    """
    form = credential_form(output)
    wanted = Wanted(
        role=role,
        role_arn=role_arn,
        directory=directory,
        as_user=as_user,
        chain=chain,
        session_name=session_name,
        duration=duration,
        external_id=external_id,
        tags=tags,
        aws_tags=aws_tags,
        transitive=transitive,
        source_identity=source_identity,
    )
    result = obtain(wanted, Runtime())
    for note in result.notes:
        say(note)

    def response() -> dict[str, object]:
        from iamctl.rendering.credentials import assume_role_response

        return assume_role_response(result)

    hand_over(form, result.credentials, result.account, response)
    command = f"iamctl assume-role {result.role_arn.rpartition('/')[2]}"
    expires = result.credentials.expiration
    tell(output, form, command, result.assumed_role_arn, expires, ONLY_HERE)


app = single(assume)
