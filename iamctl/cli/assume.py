"""`iamctl assume-role ROLE`: temporary credentials, in the calling shell's own words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from iamctl.bootstrap import Runtime
from iamctl.cli.handing_over import FROM_AWS, ONLY_HERE, credential_form, give
from iamctl.cli.obtaining import Wanted, least_left, obtain

if TYPE_CHECKING:  # only Typer needs them at run time: `fronts` hands them to it
    from iamctl.cli.options import Directory
    from iamctl.cli.session_options import (
        AsUser,
        Aws,
        AwsTags,
        Chain,
        Duration,
        ExternalId,
        Form,
        MfaCode,
        MfaSerial,
        MinTtl,
        NoCache,
        OutputFile,
        Role,
        RoleArn,
        SessionName,
        SessionPolicy,
        SessionPolicyArns,
        SessionTags,
        SourceIdentity,
        TransitiveTags,
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
    policy: SessionPolicy = None,
    policy_arns: SessionPolicyArns = None,
    mfa_serial: MfaSerial = None,
    mfa_code: MfaCode = None,
    chain: Chain = False,
    min_ttl: MinTtl = None,
    no_cache: NoCache = False,
    aws: Aws = False,
    output: Form = None,
    output_file: OutputFile = None,
    directory: Directory = None,
) -> None:
    """Assume a role: temporary credentials for this shell.

    The role's trust policy in the directory file decides, on the file as it is now. Only iamctl
    verifies these credentials: real AWS refuses them. A role that wants MFA asks for a code once,
    and the session is kept for the next time. With --aws the file decides first, then real AWS is
    asked, and the credentials are AWS's own.

    \b
    eval "$(iamctl assume-role deployer)"           bash, zsh, sh
    iamctl assume-role deployer | source            fish
    iamctl assume-role deployer -o json             AWS's response
    iamctl assume-role deployer -o dotenv --output-file .env
    iamctl assume-role deployer --policy only-read.json
    iamctl assume-role deployer --mfa-code 123456
    iamctl assume-role deployer --aws
    creds=$(iamctl assume-role deployer) && eval "$creds"
    """
    form = credential_form(output, output_file)
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
        policy=policy,
        policy_arns=policy_arns,
        mfa_serial=mfa_serial,
        mfa_code=mfa_code,
        min_ttl=least_left(min_ttl, form),
        no_cache=no_cache,
        aws=aws,
    )
    result = obtain(wanted, Runtime())

    def response() -> dict[str, object]:
        from iamctl.rendering.credentials import assume_role_response

        return assume_role_response(result)

    command = f"iamctl assume-role {result.role_arn.rpartition('/')[2]}{' --aws' if aws else ''}"
    note = FROM_AWS if aws else ONLY_HERE
    give(output, form, command, result, response, output_file, note)
