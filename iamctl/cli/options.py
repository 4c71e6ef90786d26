"""Options and arguments that commands share, with their completion."""

from collections.abc import Sequence
from typing import Annotated, Any

import typer

from iamctl.cli.candidates import names_of, names_within, one_of
from iamctl.cli.values import CHECK_FORMS, DOCUMENT_FORMS, FORMS


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
CheckOutput = Annotated[
    str | None,
    form_option(CHECK_FORMS, "table, json or github (annotations of a pull request)."),
]
Files = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="FILE", help="Directory files, parts of them, or their folders; - is stdin."
    ),
]
Mend = Annotated[bool, typer.Option("--fix", help="Mint ids and creation times that are missing.")]
Strict = Annotated[bool, typer.Option("--strict", help="Warnings exit 1.")]
SkipOthers = Annotated[
    bool,
    typer.Option(
        "--skip-others", help="Pass over files that are neither directory files nor parts."
    ),
]
DryRun = Annotated[
    bool,
    typer.Option("--dry-run", help="Print the changes and the text diff; change nothing."),
]
Into = Annotated[
    str | None,
    typer.Option(
        "--in",
        metavar="FILE",
        help="Of a directory in several files, the one to put it in; made if `include` means it.",
    ),
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
UserTagKeys = Annotated[
    list[str],
    typer.Argument(
        metavar="KEY",
        help="Keys of tags to remove.",
        autocompletion=names_within("users", "tags"),
    ),
]
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
InGroup = Annotated[
    str | None,
    typer.Option(
        "--group",
        metavar="GROUP",
        help="Only members of this group.",
        autocompletion=names_of("groups"),
    ),
]
OfUser = Annotated[
    str | None,
    typer.Option(
        "--user",
        metavar="USER",
        help="Only groups this user is in.",
        autocompletion=names_of("users"),
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
