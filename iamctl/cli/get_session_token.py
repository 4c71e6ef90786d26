"""`iamctl get-session-token`: a session of the calling user, with MFA if it is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from iamctl.bootstrap import Runtime
from iamctl.cli.handing_over import FROM_AWS, ONLY_HERE, credential_form, give
from iamctl.cli.obtaining import cache_use, least_left, mfa_asked, mirrored_account, office_of
from iamctl.cli.opened import Opened
from iamctl.domain.times import parse_duration
from iamctl.services.user_session import session_token

if TYPE_CHECKING:  # only Typer needs them at run time: `fronts` hands them to it
    from iamctl.cli.options import Directory
    from iamctl.cli.session_options import (
        AsUser,
        Aws,
        Chain,
        Form,
        MfaCode,
        MinTtl,
        NoCache,
        OutputFile,
        OwnMfa,
        OwnMfaSerial,
        UserDuration,
    )


def get_session_token(
    as_user: AsUser = None,
    duration: UserDuration = None,
    mfa: OwnMfa = False,
    mfa_serial: OwnMfaSerial = None,
    mfa_code: MfaCode = None,
    chain: Chain = False,
    min_ttl: MinTtl = None,
    no_cache: NoCache = False,
    aws: Aws = False,
    output: Form = None,
    output_file: OutputFile = None,
    directory: Directory = None,
) -> None:
    """Get a session of the calling user: what the user may do, with MFA if it is proved.

    With MFA the session is kept, and assumes roles that want MFA without another code: see
    `iamctl assume-role ROLE --chain`. With --aws it is one of real AWS, and always kept.

    \b
    eval "$(iamctl get-session-token --mfa)"
    iamctl get-session-token --serial-number alice-phone --token-code 123456 -o json
    iamctl get-session-token --duration 1h -o process
    iamctl get-session-token --mfa --aws
    """
    form = credential_form(output, output_file)
    runtime = Runtime()
    asked = mfa_asked(runtime, mfa_serial, mfa_code)
    asked = asked._replace(forced=asked.forced or mfa)
    seconds = None if duration is None else parse_duration(duration)
    cache = cache_use(least_left(min_ttl, form), no_cache)
    opened = Opened(directory, runtime)
    office = office_of(opened, directory, as_user, chain)
    if aws:
        from iamctl.services.aws_user_session import aws_session_token

        mirrored = mirrored_account(opened, as_user, chain)
        session = aws_session_token(office, seconds, asked, cache, mirrored)
    else:
        session = session_token(office, seconds, asked, cache)

    def response() -> dict[str, object]:
        from iamctl.rendering.credentials import session_token_response

        return session_token_response(session)

    command = f"iamctl get-session-token{' --aws' if aws else ''}"
    note = FROM_AWS if aws else ONLY_HERE
    give(output, form, command, session, response, output_file, note)
