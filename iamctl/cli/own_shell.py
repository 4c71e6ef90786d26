"""`iamctl shell ROLE`: a person's own shell under a role, which its prompt shows."""

import os
import sys
from collections.abc import Callable, Mapping
from pathlib import PurePath

from iamctl.cli.app import single
from iamctl.cli.child import MARKER, find_program, refuse_nesting
from iamctl.cli.exec import Server
from iamctl.cli.handing_on import Start, least_left, run_with_session
from iamctl.cli.handing_over import FROM_AWS, ONLY_HERE
from iamctl.cli.obtaining import Wanted
from iamctl.cli.options import Directory
from iamctl.cli.output import say
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
from iamctl.domain.times import format_instant
from iamctl.services.assume import AssumeResult

_PROMPTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "prompts")

# Runs after config.fish. The status that a prompt shows is the last command's.
_FISH = f"""
functions -q fish_prompt; and functions -c fish_prompt _iamctl_prompt
function _iamctl_status; return $argv[1]; end
function fish_prompt
    set -l last $status
    printf '(%s) ' (string replace -r '.*/' '' -- ${MARKER})
    functions -q _iamctl_prompt; or return
    _iamctl_status $last
    _iamctl_prompt
end
"""


def shell(
    role: Role = None,
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
    """Open your own shell under a role, which the prompt shows.

    The shell is $SHELL if /etc/shells lists it, else the one that called, else sh. It reads your
    own files first; none is changed. Leave it with exit: its exit code is passed on.

    \b
    iamctl shell deployer
    iamctl shell deployer --server      for longer than a session lasts
    """
    refuse_nesting(os.environ, chain)
    program = own_shell(os.environ)
    start = opening_of(program, os.environ)
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

    def announce(result: AssumeResult) -> None:
        if sys.stderr.isatty():
            ends = format_instant(result.credentials.expiration)
            until = "renewed until you leave" if server else f"until {ends}"
            say(f"{result.assumed_role_arn} {until}{FROM_AWS if aws else ONLY_HERE}")

    run_with_session(start, wanted, server, announce)


app = single(shell)


def own_shell(environ: Mapping[str, str], listed: str = "/etc/shells") -> str:
    """The path of the shell that a person likes: $SHELL, the one that called, or sh."""
    chosen = environ.get("SHELL", "")
    if os.path.isabs(chosen) and chosen in _lines(listed) and os.access(chosen, os.X_OK):
        return chosen
    from iamctl.cli.shell import calling_program

    return calling_program() or find_program("sh", environ)


def opening_of(program: str, environ: Mapping[str, str]) -> Start:
    """How to open that shell; one that is not known gets no mark in its prompt."""
    return _OPENINGS.get(PurePath(program).name, _plain)(program, environ)


def _lines(path: str) -> list[str]:
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return [line.strip() for line in file if line.startswith("/")]
    except OSError:
        return []


def _bash(program: str, environ: Mapping[str, str]) -> Start:
    return Start(program, [program, "--rcfile", os.path.join(_PROMPTS, "bashrc")], {})


def _zsh(program: str, environ: Mapping[str, str]) -> Start:
    theirs = {"IAMCTL_ZDOTDIR": environ["ZDOTDIR"]} if "ZDOTDIR" in environ else {}
    return Start(program, [program], {"ZDOTDIR": os.path.join(_PROMPTS, "zsh"), **theirs})


def _fish(program: str, environ: Mapping[str, str]) -> Start:
    return Start(program, [program, "-C", _FISH], {})


def _posix(program: str, environ: Mapping[str, str]) -> Start:
    # Expanded each time it is shown, where the marker's last part is the role's name.
    theirs = environ.get("PS1") or ("# " if os.geteuid() == 0 else "$ ")
    return Start(program, [program], {"PS1": f"(${{{MARKER}##*/}}) {theirs}"})


def _plain(program: str, environ: Mapping[str, str]) -> Start:
    if sys.stderr.isatty():
        say(f"the prompt of {PurePath(program).name} shows no role; {MARKER} holds it")
    return Start(program, [program], {})


_OPENINGS: dict[str, Callable[[str, Mapping[str, str]], Start]] = {
    "bash": _bash,
    "zsh": _zsh,
    "fish": _fish,
    "sh": _posix,
    "dash": _posix,
    "ash": _posix,
    "ksh": _posix,
    "mksh": _posix,
}
