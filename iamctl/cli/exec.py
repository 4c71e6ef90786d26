"""`iamctl exec ROLE -- COMMAND`: a command under a role, without a secret left lying about."""

import os
from typing import Annotated

import typer
from typer._click.core import Context
from typer.core import TyperCommand

from iamctl.cli.app import single
from iamctl.cli.child import find_program, refuse_nesting
from iamctl.cli.handing_on import Start, least_left, run_with_session
from iamctl.cli.obtaining import Wanted
from iamctl.cli.options import Directory
from iamctl.cli.session_options import (
    AsUser,
    Aws,
    Chain,
    Duration,
    ExternalId,
    MfaCode,
    MfaSerial,
    MinTtl,
    NoCache,
    Role,
    SessionName,
    SessionPolicy,
    SessionPolicyArns,
    SessionTags,
    SourceIdentity,
    TransitiveTags,
)
from iamctl.domain.errors import Usage

Server = Annotated[
    bool,
    typer.Option(
        "--server",
        help="Give no keys but an endpoint on loopback that renews them, for jobs of any length.",
    ),
]


class BehindDashes(TyperCommand):
    """A command line whose last words are another's: after `--`, so that none is taken for ours."""

    def parse_args(self, ctx: Context, args: list[str]) -> list[str]:
        dashes = "--" in args
        rest = super().parse_args(ctx, args)
        if ctx.params.get("command") and not dashes and not ctx.resilient_parsing:
            raise Usage("the command goes behind --", hint="iamctl exec ROLE -- COMMAND ...")
        return rest


def execute(
    role: Role = None,
    command: Annotated[
        list[str] | None,
        typer.Argument(metavar="COMMAND", help="The command and its arguments, after --."),
    ] = None,
    server: Server = False,
    as_user: AsUser = None,
    session_name: SessionName = None,
    duration: Duration = None,
    external_id: ExternalId = None,
    tags: SessionTags = None,
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
    directory: Directory = None,
) -> None:
    """Run a command under a role.

    The command gets the session in its environment, and no other identity nor a secret of
    iamctl's. It takes the place of iamctl: its exit code and signals are its own. Before it begins,
    any failure of ours is 125; 126 says that it cannot be run, 127 that there is none.

    With --server its environment holds no keys. SDKs ask an endpoint on 127.0.0.1, which decides
    anew on the file as it is then: a job outlives its first session, and a grant that is taken back
    ends with the next question.

    \b
    iamctl exec deployer -- aws s3 ls
    iamctl exec deployer --server -- ./nightly-job
    """
    refuse_nesting(os.environ, chain)
    if not command:
        raise Usage(
            "there is no command to run",
            hint="iamctl exec ROLE -- COMMAND ...; for a shell: iamctl shell ROLE",
        )
    program = find_program(command[0], os.environ)
    wanted = Wanted(
        role=role,
        directory=directory,
        as_user=as_user,
        chain=chain,
        session_name=session_name,
        duration=duration,
        external_id=external_id,
        tags=tags,
        transitive=transitive,
        source_identity=source_identity,
        policy=policy,
        policy_arns=policy_arns,
        mfa_serial=mfa_serial,
        mfa_code=mfa_code,
        min_ttl=least_left(min_ttl, server),
        no_cache=no_cache,
        aws=aws,
    )
    run_with_session(Start(program, command, {}), wanted, server)


app = single(execute, cls=BehindDashes)
