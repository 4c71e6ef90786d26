"""`iamctl tree`: groups, roles and users, or paths, as a tree."""

import sys
from typing import Annotated

import typer

from iamctl.bootstrap import Runtime
from iamctl.cli.app import single
from iamctl.cli.candidates import identity_words, one_of
from iamctl.cli.options import Directory, form_option
from iamctl.cli.output import answer_json, answer_yaml, colour
from iamctl.cli.values import check_form
from iamctl.domain.errors import Usage
from iamctl.domain.names import shown
from iamctl.domain.source import Plain
from iamctl.domain.times import format_instant
from iamctl.rendering.tree import draw_tree
from iamctl.services.tree import Node
from iamctl.services.tree import tree as plant

_FORMS = ("tree", "json", "yaml")
_ORDERS = ("group", "path")


def tree(
    name: Annotated[
        str | None,
        typer.Argument(
            metavar="NAME",
            help="A group, user or role, by name or as group/NAME; or a path such as /eng/.",
            autocompletion=identity_words,
        ),
    ] = None,
    by: Annotated[
        str | None,
        typer.Option(
            "--by",
            metavar="ORDER",
            help="group: groups, users in no group, roles; path: all, by its path.",
            autocompletion=one_of(*_ORDERS),
        ),
    ] = None,
    output: Annotated[str | None, form_option(_FORMS, "tree, json or yaml.")] = None,
    directory: Directory = None,
) -> None:
    """A picture of the directory: who is in which group, what each has, whom each role trusts.

    Memberships show when they end. What somebody may do in the end is another question: ask
    `iamctl what-can`.

    \b
    iamctl tree
    iamctl tree developers
    iamctl tree role/deployer
    iamctl tree --by path
    """
    check_form(output, _FORMS)
    if by not in (None, *_ORDERS):
        raise Usage(f"{shown(str(by))} is no order of a tree", hint="use group or path")
    if by == "group" and name is not None and name.startswith("/"):
        raise Usage("what stands under a path is shown by its path", hint="leave --by group out")
    runtime = Runtime()
    now = runtime.now()
    root = plant(runtime.repository(directory).load(), now, name, by == "path")
    if output == "json":
        return answer_json(_shape(root))
    if output == "yaml":
        return answer_yaml(_shape(root))
    return draw_tree(sys.stdout, root, colour())


def _shape(node: Node) -> dict[str, Plain]:
    return {
        "Type": node.kind,
        "Name": node.name,
        "Arn": node.arn or None,
        "Until": None if node.until is None else format_instant(node.until),
        "Notes": list(node.notes),
        "Children": [_shape(child) for child in node.children],
    }


app = single(tree)
