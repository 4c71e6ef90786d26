"""`iamctl graph`: the directory as a picture."""

import os
import sys
from typing import Annotated

import typer

from iamctl.cli.access_options import At
from iamctl.cli.app import single
from iamctl.cli.asking import Asking
from iamctl.cli.candidates import identity_words, revisions
from iamctl.cli.layout import laid_out
from iamctl.cli.options import Directory, form_option
from iamctl.cli.output import answer, say
from iamctl.cli.values import check_form
from iamctl.domain.errors import Usage
from iamctl.domain.tuples import NamedTuple
from iamctl.rendering.graph_dot import dot, styled
from iamctl.rendering.graph_legend import ARROWS
from iamctl.rendering.graph_mermaid import MOST_EDGES, MOST_TEXT, is_too_much, mermaid
from iamctl.rendering.progress import progress
from iamctl.services.access import PLAIN, Access
from iamctl.services.graph import (
    Graph,
    access,
    assuming,
    compared,
    everything,
    focused,
    folded,
    gathered,
    node_of,
    people,
    recreated_in,
)
from iamctl.services.who_can import ASSUME_ROLE, WhoCan

_MOST_LAID_OUT = 1500
"""How many arrows a layout has at most: with so many it takes seconds, and nobody reads more."""

_FORMS = ("mermaid", "dot", "svg", "png", "html")


def graph(
    focus: Annotated[
        str | None,
        typer.Option(
            "--focus",
            metavar="NAME",
            help="Only what leads to this and what it leads to.",
            autocompletion=identity_words,
        ),
    ] = None,
    assume: Annotated[
        bool, typer.Option("--assume", help="Who can become which role, as decided.")
    ] = False,
    action: Annotated[
        str | None,
        typer.Option("--access", metavar="ACTION", help="Who can do it, through which roles."),
    ] = None,
    everything_: Annotated[
        bool, typer.Option("--all", help="Policies and boundaries too.")
    ] = False,
    resource: Annotated[
        str, typer.Option("--resource", metavar="RESOURCE", help="On what, with --access.")
    ] = "*",
    at: At = None,
    compare: Annotated[
        str | None,
        typer.Option(
            "--compare",
            metavar="REV",
            help="What is gained and lost since this revision of git, in colours.",
            autocompletion=revisions,
        ),
    ] = None,
    output: Annotated[
        str | None, form_option(_FORMS, "mermaid (Markdown draws it), dot, svg, png or html.")
    ] = None,
    directory: Directory = None,
) -> None:
    """A picture of the directory: who is in which group, which role trusts whom.

    Trust is drawn as the file says it; --assume and --access draw what the evaluator decides.
    Users of the same groups and rights are drawn as one, but the one in focus. -o html is a page
    to search and click through: what everybody can do and why, who may become whom.

    \b
    iamctl graph -o svg > directory.svg
    iamctl graph -o html > directory.html
    iamctl graph --focus deployer
    iamctl graph --compare main -o svg > changes.svg
    iamctl graph --assume -o png > who-becomes-what.png
    iamctl graph --access s3:DeleteObject --resource 'arn:aws:s3:::artefacts/*'
    """
    check_form(output, _FORMS)
    if sum((assume, action is not None, everything_)) > 1:
        raise Usage("--assume, --access and --all are three pictures", hint="draw one of them")
    if action is None and resource != "*":
        raise Usage("--resource says on what --access is asked for", hint="add --access ACTION")
    form = output or "mermaid"
    if form == "png" and sys.stdout.isatty():
        raise Usage("a PNG does not go to the terminal", hint="write it to a file: > graph.png")
    asking = Asking(directory, None, at)
    what = _What(assume, action, resource, everything_)
    drawn = _drawn(asking.access, what)
    before: Access | None = None
    if compare is not None:
        before = Asking(directory, None, at, rev=compare).access_at(asking.access.now)
        anew = recreated_in(before.directory, asking.directory)
        drawn = compared(_drawn(before, what), drawn, anew)
    center = None
    if focus is not None:
        drawn = focused(drawn, asking.directory, focus)
        center = node_of(asking.directory, focus)
    if not drawn.nodes:
        say("there is nothing to draw")
    but = None if focus is None else focus.rpartition("/")[2]
    drawn = _fitting(folded(drawn, but), form, but)
    if form == "html":
        return _show_page(asking, drawn, center, before, compare)
    return _show(drawn, form)


class _What(NamedTuple):
    """What to draw: everything, or who can assume, or who can do an action on a resource."""

    assume: bool
    action: str | None
    resource: str
    everything: bool


def _drawn(asked: Access, what: _What) -> Graph:
    directory, now = asked.directory, asked.now
    if not (what.assume or what.action):
        return (everything if what.everything else people)(directory, now)
    with progress(sys.stderr, "asking everybody") as told:
        who = WhoCan(asked, PLAIN, told)
        if what.action is not None:
            target = asked.target(what.action, what.resource, PLAIN)
            return access(directory, now, target.action, who.holders(target))
        return assuming(
            directory,
            now,
            lambda role: who.holders(asked.target(ASSUME_ROLE, f"role/{role}", PLAIN), True),
        )


def _fitting(drawn: Graph, form: str, but: str | None) -> Graph:
    """As much as what draws it can bear; Graphviz's language is for whoever wants all."""
    most = {"dot": sys.maxsize, "mermaid": MOST_EDGES - len(ARROWS)}.get(form, _MOST_LAID_OUT)
    fitting = gathered(drawn, most, but)
    if fitting is not drawn:
        say(
            f"{len(drawn.edges)} arrows are too many for a picture: users are drawn as one;"
            " --focus NAME draws all around one of them"
        )
    return fitting


def _show(drawn: Graph, form: str) -> None:
    if form == "mermaid":
        diagram = mermaid(drawn)
        if is_too_much(drawn, diagram):
            say(
                f"GitHub draws no diagram of more than {MOST_EDGES} arrows or {MOST_TEXT}"
                f" characters, and this has {len(drawn.edges)} and {len(diagram)}:"
                " --focus NAME draws less, -o svg draws all"
            )
        return answer(diagram)
    text = dot(drawn, "white" if form == "png" else "transparent")  # a PNG knows no dark mode
    if form == "dot":
        return answer(text)
    picture = laid_out(text, form, os.environ)
    if form == "svg":
        return answer(styled(picture.decode()))
    sys.stdout.flush()
    sys.stdout.buffer.write(picture)
    return None


def _show_page(
    asking: Asking, drawn: Graph, first: str | None, before: Access | None, than: str | None
) -> None:
    """The page, with what everybody can do."""
    from iamctl.rendering.page import page_text
    from iamctl.services.page import page_of

    picture = laid_out(dot(drawn), "svg", os.environ).decode()
    with progress(sys.stderr, "what everybody can do", 200, 10) as told:
        page = page_of(asking.access, told, before)
    answer(page_text(page, drawn, picture, first, than))


app = single(graph)
