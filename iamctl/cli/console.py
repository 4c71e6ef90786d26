"""`iamctl console ROLE`: a URL that signs a browser in to the AWS console."""

import os
from typing import TYPE_CHECKING, Annotated

import typer

from iamctl.bootstrap import Runtime
from iamctl.cli.app import single
from iamctl.cli.obtaining import IN_SHELLS, Wanted, obtain
from iamctl.cli.options import Directory, form_option
from iamctl.cli.output import answer, answer_json, say
from iamctl.cli.session_options import (
    Chain,
    Duration,
    ExternalId,
    MfaCode,
    MfaSerial,
    MinTtl,
    NoCache,
    Role,
    SessionName,
    SourceIdentity,
)
from iamctl.domain.errors import Usage
from iamctl.domain.names import shown
from iamctl.domain.times import format_instant
from iamctl.ports.aws import RemoteCredentials
from iamctl.services.console import destination_of, partition_of, session_at_hand

if TYPE_CHECKING:
    from iamctl.domain.secret import Secret

_FORMS = ("url", "json")
_URL_SECONDS = 15 * 60


def console(
    role: Role = None,
    service: Annotated[
        str | None, typer.Option("--service", metavar="NAME", help="Go to its pages: ec2, s3, iam.")
    ] = None,
    destination: Annotated[
        str | None, typer.Option("--destination", metavar="URL", help="Go to this console page.")
    ] = None,
    region: Annotated[
        str | None,
        typer.Option("--region", metavar="REGION", help="Of the page; AWS_REGION without it."),
    ] = None,
    open_browser: Annotated[
        bool, typer.Option("--open", help="Open a browser there instead of printing the URL.")
    ] = False,
    session_name: SessionName = None,
    duration: Duration = None,
    external_id: ExternalId = None,
    source_identity: SourceIdentity = None,
    mfa_serial: MfaSerial = None,
    mfa_code: MfaCode = None,
    chain: Chain = False,
    min_ttl: MinTtl = None,
    no_cache: NoCache = False,
    aws: Annotated[bool, typer.Option("--aws", hidden=True)] = True,
    output: Annotated[str | None, form_option(_FORMS, "url or json.")] = None,
    directory: Directory = None,
) -> None:
    """Sign in to the AWS console with a role.

    The URL is good for 15 minutes, for anybody who has it. Only sessions of real AWS sign in: the
    role's is got as by `assume-role --aws`; without ROLE it is the one in the environment. Sessions
    that only iamctl verifies are refused. The exchange was tested against a stand-in of AWS's
    sign-in endpoint, never against the real one.

    \b
    iamctl console deployer
    iamctl console deployer --service ec2 --open
    iamctl console deployer -o json
    """
    if output not in (None, *_FORMS):
        raise Usage(f"there is no output form {shown(output or '')}", hint="use url, json")
    runtime = Runtime()
    where = region or os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or None
    partition = partition_of(where)
    page = destination_of(partition, where, service, destination)
    wanted = Wanted(
        role=role,
        directory=directory,
        chain=chain,
        session_name=session_name,
        duration=duration,
        external_id=external_id,
        source_identity=source_identity,
        mfa_serial=mfa_serial,
        mfa_code=mfa_code,
        min_ttl=min_ttl or IN_SHELLS,
        no_cache=no_cache,
        aws=aws,
    )
    credentials = _at_hand(wanted) if role is None else _session(wanted, runtime)
    url = runtime.sign_in(partition.sign_in).url(credentials, page)
    if open_browser:
        return _open(url, runtime)
    if output == "json":
        return answer_json(_shape(url, page, credentials, runtime.now()))
    return answer(f"{url.reveal_text()}\n")


app = single(console)


def _at_hand(wanted: Wanted) -> RemoteCredentials:
    """The session of the environment, which is as it is: nothing more can be asked of it."""
    if wanted != Wanted(directory=wanted.directory, aws=wanted.aws):
        raise Usage("what is asked of a session needs a role", hint="iamctl console ROLE …")
    return session_at_hand(os.environ)


def _session(wanted: Wanted, runtime: Runtime) -> RemoteCredentials:
    result = obtain(wanted, runtime)
    for note in result.notes:
        say(note)
    return RemoteCredentials(*result.credentials)


def _shape(url: "Secret", page: str, credentials: RemoteCredentials, now: int) -> dict[str, str]:
    """AWS has no shape for it; names are as its others."""
    shape = {"SigninUrl": url.reveal_text(), "Destination": page}
    shape["SigninUrlExpiration"] = format_instant(now + _URL_SECONDS)
    if credentials.expiration:
        shape["Expiration"] = format_instant(credentials.expiration)
    return shape


def _open(url: "Secret", runtime: Runtime) -> None:
    """Open a browser that is led to the URL: on its command line the URL would be seen by all."""
    import webbrowser

    from iamctl.endpoint.redirect import redirect_once

    for name in [name for name in os.environ if name.startswith("IAMCTL_")]:
        del os.environ[name]  # the browser inherits the others
    if not redirect_once(url, webbrowser.open, runtime.randomness):
        raise Usage(
            "no browser asked for the page",
            hint="without --open the URL is printed; open it where there is one",
        )
    say("the browser is signed in; the URL was good for it alone")
