"""`iamctl assume-role ROLE`: temporary credentials, in the calling shell's own words."""

import sys
from typing import Annotated

import typer

from iamctl.bootstrap import Runtime
from iamctl.cli.app import single
from iamctl.cli.opened import Opened
from iamctl.cli.options import Directory, names_of, one_of, parse_tags, role_or_alias
from iamctl.cli.output import answer, say
from iamctl.cli.shell import CREDENTIAL_FORMS, detect
from iamctl.domain.errors import Usage
from iamctl.domain.names import shown
from iamctl.domain.times import format_instant, parse_duration
from iamctl.rendering.shells import ALIASES, EVALUATED
from iamctl.services.assume import AssumeResult, assume_role
from iamctl.sts.assume import AssumeRequest

Role = Annotated[
    str | None,
    typer.Argument(
        metavar="ROLE",
        help="A role's name or ARN, or an alias of your settings.",
        autocompletion=role_or_alias,
    ),
]
AsUser = Annotated[
    str | None,
    typer.Option(
        "--as",
        metavar="USER",
        help="Call as this user, with the key in this machine's vault.",
        autocompletion=names_of("users"),
    ),
]
Form = Annotated[
    str | None,
    typer.Option(
        "--output",
        "-o",
        metavar="FORM",
        help="sh, bash, zsh, fish, powershell, nushell, dotenv, json, process or github; "
        "without it, the calling shell's.",
        autocompletion=one_of(*CREDENTIAL_FORMS),
    ),
]


def assume(
    role: Role = None,
    role_arn: Annotated[str | None, typer.Option("--role-arn", hidden=True)] = None,
    as_user: AsUser = None,
    session_name: Annotated[
        str | None,
        typer.Option(
            "--session-name",
            "--role-session-name",
            metavar="NAME",
            help="Names the session; the calling user's name without it.",
        ),
    ] = None,
    duration: Annotated[
        str | None,
        typer.Option(
            "--duration",
            "--duration-seconds",
            metavar="DURATION",
            help="How long: 15m up to the role's maximum; 1h without it.",
        ),
    ] = None,
    external_id: Annotated[
        str | None, typer.Option("--external-id", metavar="ID", help="sts:ExternalId.")
    ] = None,
    tags: Annotated[
        list[str] | None,
        typer.Option("--tag", metavar="KEY=VALUE", help="A session tag; repeatable."),
    ] = None,
    aws_tags: Annotated[list[str] | None, typer.Option("--tags", hidden=True)] = None,
    transitive: Annotated[
        list[str] | None,
        typer.Option(
            "--transitive-tag",
            "--transitive-tag-keys",
            metavar="KEY",
            help="This tag goes along to the next role; repeatable.",
        ),
    ] = None,
    source_identity: Annotated[
        str | None,
        typer.Option("--source-identity", metavar="NAME", help="Stays with the whole chain."),
    ] = None,
    chain: Annotated[
        bool, typer.Option("--chain", help="Call as the session in this shell's environment.")
    ] = False,
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
    form = _form(output)
    runtime = Runtime()
    result = _assumed(
        runtime,
        directory,
        _role(runtime, role, role_arn),
        AssumeRequest(
            session_name=session_name,
            duration=None if duration is None else parse_duration(duration),
            configured_duration=_configured_duration(runtime),
            external_id=external_id,
            tags=tuple(parse_tags([*(tags or ()), *_aws_tags(aws_tags)])),
            transitive_tag_keys=tuple(transitive or ()),
            source_identity=source_identity,
        ),
        as_user,
        chain,
    )
    for note in result.notes:
        say(note)
    _hand_over(form, result)
    if output is None and sys.stdout.isatty():
        name = result.role_arn.rpartition("/")[2]
        say(_HINTS.get(form, _HINTS["sh"]).format(role=name))
    elif form in EVALUATED and sys.stderr.isatty():
        ends = format_instant(result.credentials.expiration)
        say(f"{result.assumed_role_arn} until {ends}; only iamctl verifies it, AWS does not")


app = single(assume)

_HINTS = {
    "sh": 'hint: nothing is set yet; run: eval "$(iamctl assume-role {role})"',
    "fish": "hint: nothing is set yet; run: iamctl assume-role {role} | source",
    "powershell": "hint: nothing is set yet; run: iamctl assume-role {role} | Out-String | iex",
    "nushell": "hint: nothing is set yet; run: iamctl assume-role {role} | from json | load-env",
}


def _form(output: str | None) -> str:
    if output is None:
        return detect()
    if output not in CREDENTIAL_FORMS:
        raise Usage(
            f"there is no output form {shown(output)}", hint=f"use {', '.join(CREDENTIAL_FORMS)}"
        )
    return ALIASES.get(output, output)


def _role(runtime: Runtime, role: str | None, role_arn: str | None) -> str:
    if (role is None) == (role_arn is None):
        raise Usage("name one role", hint="iamctl assume-role ROLE")
    name = role_arn or role or ""
    alias = runtime.settings.values().get("aliases", {}).get(name)
    return str(alias) if alias is not None else name


def _configured_duration(runtime: Runtime) -> int | None:
    configured = runtime.settings.get("duration")
    return None if configured is None else parse_duration(configured)


def _aws_tags(tags: list[str] | None) -> list[str]:
    """AWS CLI's shorthand, `Key=team,Value=payments`, as ours."""
    pairs = []
    for tag in tags or ():
        key, comma, value = tag.partition(",Value=")
        if not (comma and key.startswith("Key=")):
            raise Usage(f'"{tag[:60]}" is not a tag', hint="write Key=NAME,Value=VALUE")
        pairs.append(f"{key.removeprefix('Key=')}={value}")
    return pairs


def _assumed(
    runtime: Runtime,
    directory: str | None,
    role: str,
    request: AssumeRequest,
    as_user: str | None,
    chain: bool,
) -> AssumeResult:
    opened = Opened(directory, runtime)
    return assume_role(
        opened.directory,
        role,
        request,
        opened.sources(as_user, chain),
        opened.vault(),
        runtime.catalogue,
        opened.now,
        runtime.randomness,
        runtime.wait_until,
    )


def _hand_over(form: str, result: AssumeResult) -> None:
    """The credentials on stdout, in one write."""
    from iamctl.rendering import credentials

    if form == "json":
        from iamctl.rendering.machine import json_text

        answer(json_text(credentials.assume_role_response(result)))
        return
    if form == "github":
        sys.stderr.write(credentials.masks(result))
    answer(credentials.text(form, result))
