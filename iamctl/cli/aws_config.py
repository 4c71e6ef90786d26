"""`iamctl aws-config`: profiles of the AWS config file whose credentials iamctl hands over."""

import os
from collections.abc import Iterable
from typing import Annotated

import typer

from iamctl.bootstrap import Runtime
from iamctl.bootstrap.texts import text_diff
from iamctl.cli.app import group
from iamctl.cli.candidates import names_of, role_or_alias
from iamctl.cli.opened import Opened
from iamctl.cli.options import Directory, DryRun, Output
from iamctl.cli.ourselves import ourselves
from iamctl.cli.output import answer, say, show_rows
from iamctl.cli.session_options import Aws
from iamctl.cli.values import unaliased
from iamctl.domain.errors import NotFound, Usage
from iamctl.domain.names import did_you_mean, shown
from iamctl.domain.source import Plain
from iamctl.services.assume import find_role


def _installed(incomplete: str) -> Iterable[str]:
    """Completes profiles that iamctl wrote."""
    found = Runtime().aws_config.profiles()
    return [profile.name for profile in found if profile.name.startswith(incomplete)]


app = group(
    """Profiles for SDKs in your AWS config file.

    \b
    iamctl aws-config install deployer
    aws s3 ls --profile deployer
    """
)


@app.command("install")
def install(
    role: Annotated[
        str,
        typer.Argument(
            metavar="ROLE",
            help="A role's name or ARN, or an alias of your settings.",
            autocompletion=role_or_alias,
        ),
    ],
    as_user: Annotated[
        str | None,
        typer.Option(
            "--as",
            metavar="USER",
            help="Call as this user; the default caller without it.",
            autocompletion=names_of("users"),
        ),
    ] = None,
    profile: Annotated[
        str | None,
        typer.Option("--profile", metavar="NAME", help="The profile; the role's name without it."),
    ] = None,
    region: Annotated[
        str | None, typer.Option("--region", metavar="REGION", help="The profile's region.")
    ] = None,
    aws: Aws = False,
    dry_run: DryRun = False,
    directory: Directory = None,
) -> None:
    """Let SDKs and the AWS CLI get a role's credentials.

    Writes a profile with `credential_process`, which SDKs run whenever they need credentials, into
    $AWS_CONFIG_FILE or ~/.aws/config. Everything else in that file stays, byte for byte, and a
    profile that iamctl did not write is never changed. Run it again to renew what it wrote.
    Without --aws they are credentials that only iamctl verifies.

    \b
    iamctl aws-config install deployer --region eu-west-1
    iamctl aws-config install deployer --as alice --profile work --dry-run
    iamctl aws-config install deployer --aws
    """
    runtime = Runtime()
    wanted = unaliased(runtime, role)
    opened = Opened(directory, runtime)
    found = find_role(opened.directory, wanted)
    name = profile or found.name
    if aws:
        caller = None
        _check_source(runtime, opened.directory.uuid, name, as_user)
    else:
        caller = as_user or runtime.default_user(opened.directory)
    if caller is not None:
        opened.directory.user(caller)
    process = _process(found.name, os.path.abspath(opened.path), caller, aws)
    edit = runtime.aws_config.install(name, process, region, dry_run)
    _report(*edit, f"profile {name} assumes {found.name}", dry_run)
    if aws or dry_run or edit.new == edit.old:
        return
    say("note: only iamctl verifies these credentials; --aws gets AWS's own")
    if caller is None:
        say("note: no user is named, so each call needs a key of its own; --as USER names one")


@app.command("remove")
def remove(
    name: Annotated[
        str,
        typer.Argument(
            metavar="ROLE|PROFILE",
            help="A profile that iamctl wrote, or the role that just one assumes.",
            autocompletion=_installed,
        ),
    ],
    dry_run: DryRun = False,
) -> None:
    """Take out a profile that iamctl wrote.

    Only lines that stand as iamctl wrote them; one that was edited since is yours to take out.

    \b
    iamctl aws-config remove deployer
    """
    runtime = Runtime()
    profile = _named(runtime, name)
    edit = runtime.aws_config.remove(profile, dry_run)
    _report(*edit, f"profile {profile} is gone", dry_run)


@app.command("list")
def list_(output: Output = None) -> None:
    """List the profiles that iamctl wrote.

    \b
    iamctl aws-config list
    iamctl aws-config list -o json
    """
    profiles = Runtime().aws_config.profiles()
    columns = ("profile", "role", "user", "region", "directory", "aws", "edited")
    rows = [
        (
            p.name,
            p.role,
            p.option("--as"),
            p.region,
            p.option("--directory"),
            "yes" if "--aws" in p.process else "",
            "" if p.intact else "edited",
        )
        for p in profiles
    ]

    def plain() -> list[Plain]:
        return [{k: v for k, v in zip(columns, row, strict=True) if v} for row in rows]

    show_rows(output, columns, rows, plain, plain, "iamctl wrote no profile")


def _process(role: str, path: str, caller: str | None, aws: bool) -> list[str]:
    """The command that SDKs run."""
    words = ["-o", "process", "--directory", path, *(("--as", caller) if caller else ())]
    words += ["--aws"] if aws else []
    named = [*words, "--", role] if role.startswith("-") else [role, *words]
    return [*ourselves(), "assume-role", *named]


def _check_source(runtime: Runtime, uuid: str | None, name: str, as_user: str | None) -> None:
    """Raise Usage for a profile that would need itself, and for a user of the file."""
    if as_user is not None:
        raise Usage(
            "--as names a user whose key is in this machine's vault: AWS is called with a profile",
            hint="choose it: iamctl config set directories.UUID.aws.profile NAME",
        )
    calling = runtime.settings.get(f"directories.{uuid}.aws.profile") if uuid else None
    if name == (calling or runtime.environ.get("AWS_PROFILE") or "default"):
        raise Usage(
            f"profile {name} is the one that AWS is called with, and would call itself",
            hint="choose another name with --profile",
        )


def _named(runtime: Runtime, name: str) -> str:
    """The profile of that name, else the one of that role, among those that iamctl wrote."""
    profiles = runtime.aws_config.profiles()
    if name in [profile.name for profile in profiles]:
        return name
    of_role = [profile.name for profile in profiles if profile.role == name]
    if not of_role:
        known = [word for profile in profiles for word in (profile.name, profile.role)]
        raise NotFound(
            f"iamctl wrote no profile {shown(name)}",
            hint=did_you_mean(name, known) or "see: iamctl aws-config list",
        )
    if len(of_role) > 1:
        raise Usage(f"several profiles assume {name}", hint=f"name one: {', '.join(of_role)}")
    return of_role[0]


def _report(path: str, old: str, new: str, done: str, dry_run: bool) -> None:
    if dry_run:
        return answer(text_diff(old, new, path) or "# nothing would change\n")
    return say(f"{done}: {path}" if new != old else "nothing to change")
