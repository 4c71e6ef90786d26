"""What every command that gets a role's session takes on its command line, and how it gets one."""

from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from iamctl.cli.opened import Opened
from iamctl.cli.options import names_of, parse_tags, role_or_alias
from iamctl.domain.errors import Usage
from iamctl.domain.times import parse_duration
from iamctl.services.assume import AssumeResult, assume_role
from iamctl.sts.terms import AssumeRequest

if TYPE_CHECKING:
    from iamctl.bootstrap import Runtime

Role = Annotated[
    str | None,
    typer.Argument(
        metavar="ROLE",
        help="A role's name or ARN, or an alias of your settings.",
        autocompletion=role_or_alias,
    ),
]
RoleArn = Annotated[str | None, typer.Option("--role-arn", hidden=True)]
AsUser = Annotated[
    str | None,
    typer.Option(
        "--as",
        metavar="USER",
        help="Call as this user, with the key in this machine's vault.",
        autocompletion=names_of("users"),
    ),
]
SessionName = Annotated[
    str | None,
    typer.Option(
        "--session-name",
        "--role-session-name",
        metavar="NAME",
        help="Names the session; the calling user's name without it.",
    ),
]
Duration = Annotated[
    str | None,
    typer.Option(
        "--duration",
        "--duration-seconds",
        metavar="DURATION",
        help="How long: 15m up to the role's maximum; 1h without it.",
    ),
]
ExternalId = Annotated[
    str | None, typer.Option("--external-id", metavar="ID", help="sts:ExternalId.")
]
SessionTags = Annotated[
    list[str] | None,
    typer.Option("--tag", metavar="KEY=VALUE", help="A session tag; repeatable."),
]
AwsTags = Annotated[list[str] | None, typer.Option("--tags", hidden=True)]
TransitiveTags = Annotated[
    list[str] | None,
    typer.Option(
        "--transitive-tag",
        "--transitive-tag-keys",
        metavar="KEY",
        help="This tag goes along to the next role; repeatable.",
    ),
]
SourceIdentity = Annotated[
    str | None,
    typer.Option("--source-identity", metavar="NAME", help="Stays with the whole chain."),
]
Chain = Annotated[
    bool, typer.Option("--chain", help="Call as the session in this shell's environment.")
]


class Wanted(NamedTuple):
    """A role's session as the command line asks for it; texts are as they were typed."""

    role: str | None = None
    role_arn: str | None = None
    directory: str | None = None
    as_user: str | None = None
    chain: bool = False
    session_name: str | None = None
    duration: str | None = None
    external_id: str | None = None
    tags: list[str] | None = None
    aws_tags: list[str] | None = None
    transitive: list[str] | None = None
    source_identity: str | None = None


def obtain(wanted: Wanted, runtime: "Runtime") -> AssumeResult:
    """The session that is wanted, decided on the directory file as it is now.

    Raises whatever keeps it from being granted: Usage, NotFound, NotAuthenticated, AccessDenied,
    InvalidValue, InvalidDirectory, VaultUnavailable.
    """
    role = _role(runtime, wanted)
    request = _request(runtime, wanted)
    opened = Opened(wanted.directory, runtime)
    return assume_role(
        opened.directory,
        role,
        request,
        opened.sources(wanted.as_user, wanted.chain),
        opened.vault(),
        runtime.catalogue,
        opened.now,
        runtime.randomness,
        runtime.wait_until,
    )


def _role(runtime: "Runtime", wanted: Wanted) -> str:
    """The role by name or ARN, an alias resolved."""
    if (wanted.role is None) == (wanted.role_arn is None):
        raise Usage("name one role", hint="iamctl assume-role ROLE")
    name = wanted.role_arn or wanted.role or ""
    alias = runtime.settings.values().get("aliases", {}).get(name)
    return str(alias) if alias is not None else name


def _request(runtime: "Runtime", wanted: Wanted) -> AssumeRequest:
    configured = runtime.settings.get("duration")
    return AssumeRequest(
        session_name=wanted.session_name,
        duration=None if wanted.duration is None else parse_duration(wanted.duration),
        configured_duration=None if configured is None else parse_duration(configured),
        external_id=wanted.external_id,
        tags=tuple(parse_tags([*(wanted.tags or ()), *_aws_tags(wanted.aws_tags)])),
        transitive_tag_keys=tuple(wanted.transitive or ()),
        source_identity=wanted.source_identity,
    )


def _aws_tags(tags: list[str] | None) -> list[str]:
    """AWS CLI's shorthand, `Key=team,Value=payments`, as ours."""
    pairs = []
    for tag in tags or ():
        key, comma, value = tag.partition(",Value=")
        if not (comma and key.startswith("Key=")):
            raise Usage(f'"{tag[:60]}" is not a tag', hint="write Key=NAME,Value=VALUE")
        pairs.append(f"{key.removeprefix('Key=')}={value}")
    return pairs
