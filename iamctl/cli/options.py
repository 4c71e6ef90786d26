"""Options and arguments that commands share, with their completion."""

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from iamctl.domain.change import KINDS
from iamctl.domain.errors import Usage

if TYPE_CHECKING:
    from iamctl.bootstrap import Runtime

FORMS = ("table", "json", "yaml", "tsv", "name")
DOCUMENT_FORMS = ("json", "yaml", "name")


def names_of(section: str) -> Callable[[str], Iterable[str]]:
    """Completes names of that section of the file; "keys" are access key ids."""

    def complete(incomplete: str) -> Iterable[str]:
        from iamctl.cli.complete import names

        return names(section, incomplete)

    return complete


def names_within(section: str, field: str) -> Callable[[typer.Context, str], Iterable[str]]:
    """Completes names in a mapping of the entity already named: its tags, its inline policies."""

    def complete(context: typer.Context, incomplete: str) -> Iterable[str]:
        from iamctl.cli.complete import names_in

        return names_in((section, str(context.params.get("name")), field), incomplete)

    return complete


def one_of(*values: str) -> Callable[[str], Iterable[str]]:
    """Completes one of a few fixed words."""
    return lambda incomplete: [v for v in values if v.startswith(incomplete)]


def form_option(forms: Sequence[str], help_text: str) -> Any:
    """`--output FORM` of a command with forms of its own."""
    return typer.Option(
        "--output", "-o", metavar="FORM", help=help_text, autocompletion=one_of(*forms)
    )


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
DocumentOutput = Annotated[
    str | None,
    typer.Option(
        "--output",
        "-o",
        metavar="FORM",
        help="json, yaml or name; json without it.",
        autocompletion=one_of(*DOCUMENT_FORMS),
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
    str, typer.Argument(metavar="USER", help="A user's name.", autocompletion=names_of("users"))
]
UserNames = Annotated[
    list[str],
    typer.Argument(metavar="USER", help="Users' names.", autocompletion=names_of("users")),
]
GroupName = Annotated[
    str, typer.Argument(metavar="GROUP", help="A group's name.", autocompletion=names_of("groups"))
]
RoleName = Annotated[
    str, typer.Argument(metavar="ROLE", help="A role's name.", autocompletion=names_of("roles"))
]
PolicyName = Annotated[
    str,
    typer.Argument(metavar="POLICY", help="A policy's name.", autocompletion=names_of("policies")),
]
PolicyNames = Annotated[
    list[str],
    typer.Argument(
        metavar="POLICY",
        help="Policies of this file by name, or AWS's by ARN.",
        autocompletion=names_of("policies"),
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


def unaliased(runtime: "Runtime", name: str) -> str:
    """The role that the user's settings call so, by name or ARN; else what was given."""
    return str(runtime.settings.values().get("aliases", {}).get(name, name))


def principal_words(incomplete: str) -> Iterable[str]:
    """Completes `user/NAME` and the like; before the slash, the kinds of principals."""
    kinds = ("user", "role", "group", "provider", "pool")
    return _of_kinds(incomplete, kinds, ("account", "service", "github", "eks"))


def subject_words(incomplete: str) -> Iterable[str]:
    """Completes who can be asked about: users by their name alone, too."""
    from iamctl.cli.complete import names

    users = [] if "/" in incomplete else names("users", incomplete)
    kinds = _of_kinds(incomplete, ("user", "role"), ("service",))
    return [*users, *kinds, *(word for word in ("root",) if word.startswith(incomplete))]


def resource_words(incomplete: str) -> Iterable[str]:
    """Completes what of the file can be asked for, as `role/NAME` and the like."""
    return _of_kinds(incomplete, tuple(KINDS.values()))


_SECTIONS = {kind: section for section, kind in KINDS.items()}


def _of_kinds(incomplete: str, kinds: tuple[str, ...], nameless: tuple[str, ...] = ()) -> list[str]:
    """Completes `KIND/` and then names of that kind; those of the nameless are in no file."""
    from iamctl.cli.complete import names

    kind, slash, name = incomplete.partition("/")
    if not slash:
        return [f"{word}/" for word in (*kinds, *nameless) if word.startswith(kind)]
    if kind not in kinds:
        return []
    return [f"{kind}/{found}" for found in names(_SECTIONS[kind], name)]


def actions(incomplete: str) -> Iterable[str]:
    """Completes `SERVICE:`, then the service's actions; a pattern stays as it is.

    What is typed stays as it is too: case does not count in actions, but it does for shells.
    """
    from iamctl.bootstrap import Runtime

    catalogue = Runtime().catalogue
    folded = incomplete.lower()
    if ":" not in incomplete:
        found = [f"{prefix}:" for prefix in catalogue.services() if prefix.startswith(folded)]
    elif "*" in incomplete or "?" in incomplete:
        found = []
    else:
        found = list(catalogue.expand(f"{incomplete}*"))
    return [incomplete + name[len(incomplete) :] for name in found]


GroupNames = Annotated[
    list[str],
    typer.Argument(metavar="GROUP", help="Groups' names.", autocompletion=names_of("groups")),
]
RoleNames = Annotated[
    list[str],
    typer.Argument(metavar="ROLE", help="Roles' names.", autocompletion=names_of("roles")),
]
OwnPolicyNames = Annotated[
    list[str],
    typer.Argument(metavar="POLICY", help="Policies' names.", autocompletion=names_of("policies")),
]
KeyIds = Annotated[
    list[str],
    typer.Argument(metavar="KEYID", help="Access key ids.", autocompletion=names_of("keys")),
]
NewNames = Annotated[
    list[str],
    typer.Argument(metavar="NAME", help="Names; - reads them from stdin, one a line."),
]
NewName = Annotated[str, typer.Argument(metavar="NEW", help="The new name.")]
Document = Annotated[
    str, typer.Argument(metavar="FILE", help="A policy document, JSON or YAML; - is stdin.")
]
TagWords = Annotated[list[str], typer.Argument(metavar="KEY=VALUE", help="Tags to set.")]
AnyRef = Annotated[
    bool,
    typer.Option(
        "--any-ref",
        help="Take github/ORG/REPO for all that runs in it: each branch, tag and pull request.",
    ),
]
NewPath = Annotated[
    str, typer.Option("--path", metavar="PATH", help="Its path, such as /eng/.", show_default=True)
]
PathPrefix = Annotated[
    str,
    typer.Option(
        "--path-prefix", metavar="PREFIX", help="Only under this path.", show_default=False
    ),
]
TagFilter = Annotated[
    list[str] | None,
    typer.Option(
        "--tag",
        metavar="KEY[=VALUE]",
        help="Only with this tag, of this value if one is given; may be repeated.",
    ),
]
InGroups = Annotated[
    list[str] | None,
    typer.Option(
        "--group",
        metavar="GROUP",
        help="Add to this group; may be repeated.",
        autocompletion=names_of("groups"),
    ),
]
Attach = Annotated[
    list[str] | None,
    typer.Option(
        "--policy",
        metavar="POLICY",
        help="Attach this policy, by name or ARN; may be repeated.",
        autocompletion=names_of("policies"),
    ),
]
Boundary = Annotated[
    str | None,
    typer.Option(
        "--boundary",
        metavar="POLICY",
        help="A managed policy as permissions boundary.",
        autocompletion=names_of("policies"),
    ),
]
Description = Annotated[
    str | None, typer.Option("--description", metavar="TEXT", help="What it is for.")
]


def parse_tag_filter(tags: Iterable[str] | None) -> list[tuple[str, str | None]]:
    """`team=payments` and `team` as (key, value) with None for any value."""
    pairs = (tag.partition("=") for tag in tags or ())
    return [(key, value if equals else None) for key, equals, value in pairs]


def any_name(incomplete: str) -> Iterable[str]:
    """Completes whatever has a name in the file, and access key ids."""
    from iamctl.cli.complete import names

    sections = (*KINDS, "keys")
    return dict.fromkeys(name for section in sections for name in names(section, incomplete))
