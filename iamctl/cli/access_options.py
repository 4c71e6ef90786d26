"""Options of the questions about access: who asks, of what, under which circumstances."""

from typing import Annotated

import typer

from iamctl.cli.candidates import actions, resource_words, revisions, subject_words

Principal = Annotated[
    str,
    typer.Argument(
        metavar="PRINCIPAL",
        help="A user's name, user/NAME, role/NAME, assumed-role/ROLE/SESSION, root, "
        "service/NAME, anonymous, an ARN, a unique id, or :me for this shell's caller.",
        autocompletion=subject_words,
    ),
]
Action = Annotated[
    str,
    typer.Argument(metavar="ACTION", help="An action, as in s3:GetObject.", autocompletion=actions),
]
Resource = Annotated[
    str,
    typer.Argument(
        metavar="RESOURCE",
        help="An ARN, role/NAME and the like, or *.",
        show_default=True,
        autocompletion=resource_words,
    ),
]
Context = Annotated[
    list[str] | None,
    typer.Option(
        "--context",
        metavar="KEY=VALUE",
        help="A key of the request's context; repeated, it has several values.",
    ),
]
NoDefaults = Annotated[
    bool, typer.Option("--no-defaults", help="Nothing but --context is in the context.")
]
At = Annotated[
    str | None,
    typer.Option("--at", metavar="TIME", help="Ask as of this time, or this long from now."),
]
Rev = Annotated[
    str | None,
    typer.Option(
        "--rev",
        metavar="REV",
        help="Ask the file as it was in this revision of git.",
        autocompletion=revisions,
    ),
]
AsOf = Annotated[
    str | None,
    typer.Option(
        "--as-of",
        metavar="TIME",
        help="Ask the last commit by this time, or this long ago, as of then.",
    ),
]
AccountFiles = Annotated[
    list[str] | None,
    typer.Option(
        "--account-file", metavar="FILE", help="Another account's directory; may be repeated."
    ),
]
SessionPolicies = Annotated[
    list[str] | None,
    typer.Option(
        "--session-policy", metavar="FILE", help="A session policy of the role's session."
    ),
]
ResourcePolicy = Annotated[
    str | None,
    typer.Option(
        "--resource-policy", metavar="FILE", help="The resource's policy, instead of the file's."
    ),
]
ResourceAccount = Annotated[
    str | None,
    typer.Option(
        "--resource-account", metavar="ID", help="Whose the resource is, if its ARN does not say."
    ),
]
Explain = Annotated[bool, typer.Option("--explain", help="Show what each layer of policies says.")]
