"""Options and arguments that commands share, with their completion."""

from collections.abc import Callable, Iterable
from typing import Annotated

import typer

from iamctl.domain.errors import Usage

FORMS = ("table", "json", "yaml", "tsv", "name")


def _names_of(section: str) -> Callable[[str], Iterable[str]]:
    def complete(incomplete: str) -> Iterable[str]:
        from iamctl.cli.complete import names

        return names(section, incomplete)

    return complete


def one_of(*values: str) -> Callable[[str], Iterable[str]]:
    return lambda incomplete: [v for v in values if v.startswith(incomplete)]


Directory = Annotated[
    str | None,
    typer.Option(
        "--directory",
        metavar="PATH",
        help="The directory file, or its folder.",
        envvar="IAMCTL_DIRECTORY",
        show_envvar=True,
    ),
]
Output = Annotated[
    str | None,
    typer.Option(
        "--output",
        "-o",
        metavar="FORM",
        help="table, json, yaml, tsv or name; piped tables are tsv.",
        autocompletion=one_of(*FORMS),
    ),
]
DryRun = Annotated[
    bool,
    typer.Option("--dry-run", help="Print the changes and the text diff; change nothing."),
]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Answer yes to what would be asked.")]
Cascade = Annotated[bool, typer.Option("--cascade", help="Take what hangs on it along.")]
LockTimeout = Annotated[
    str,
    typer.Option("--lock-timeout", metavar="DURATION", help="How long to wait for other writers."),
]
Path = Annotated[str | None, typer.Option("--path", metavar="PATH", help="A path such as /eng/.")]
Tags = Annotated[
    list[str] | None,
    typer.Option("--tag", metavar="KEY=VALUE", help="A tag; may be given several times."),
]
UserName = Annotated[
    str, typer.Argument(metavar="USER", help="A user's name.", autocompletion=_names_of("users"))
]
UserNames = Annotated[
    list[str],
    typer.Argument(metavar="USER…", help="Users' names.", autocompletion=_names_of("users")),
]
GroupName = Annotated[
    str, typer.Argument(metavar="GROUP", help="A group's name.", autocompletion=_names_of("groups"))
]
RoleName = Annotated[
    str, typer.Argument(metavar="ROLE", help="A role's name.", autocompletion=_names_of("roles"))
]
PolicyName = Annotated[
    str,
    typer.Argument(metavar="POLICY", help="A policy's name.", autocompletion=_names_of("policies")),
]
PolicyNames = Annotated[
    list[str],
    typer.Argument(
        metavar="POLICY…",
        help="Policies of this file by name, or AWS's by ARN.",
        autocompletion=_names_of("policies"),
    ),
]


def check_form(form: str | None, allowed: tuple[str, ...] = FORMS) -> str | None:
    """The form; raises Usage when this command has no such form."""
    if form is not None and form not in allowed:
        raise Usage(f'there is no output form "{form[:40]}"', hint=f"use {', '.join(allowed)}")
    return form


def parse_tags(tags: Iterable[str] | None) -> list[tuple[str, str]]:
    """`team=payments` as pairs. Raises Usage for one without `=`."""
    pairs = []
    for tag in tags or ():
        key, equals, value = tag.partition("=")
        if not equals:
            raise Usage(f'"{tag[:60]}" is not a tag', hint="write KEY=VALUE")
        pairs.append((key, value))
    return pairs


def role_or_alias(incomplete: str) -> Iterable[str]:
    """Completes roles of the file and aliases of the user's settings."""
    from iamctl.bootstrap import Runtime
    from iamctl.cli.complete import names

    aliases = Runtime().settings.values().get("aliases", {})
    return [*names("roles", incomplete), *(a for a in aliases if a.startswith(incomplete))]
