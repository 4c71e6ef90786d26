"""`iamctl simulate`: decisions on cases that bring their policies along."""

import gc
import sys
from typing import Annotated

import typer

from iamctl.bootstrap import Runtime
from iamctl.cli import exits
from iamctl.cli.app import single
from iamctl.cli.lines import LineReader, open_lines
from iamctl.cli.options import check_form, one_of
from iamctl.cli.output import answer, say
from iamctl.services.simulate import MAXIMUM_LINE, Simulator

_FORMS = ("jsonl", "json")


def simulate(
    path: Annotated[
        str, typer.Argument(metavar="FILE", help="JSON Lines, a case a line; - is stdin.")
    ] = "-",
    fill: Annotated[
        bool,
        typer.Option("--fill", help="Add the context keys that principal and clock imply."),
    ] = False,
    output: Annotated[
        str | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FORM",
            help="jsonl, as without it; json is the same, with errors as JSON too.",
            autocompletion=one_of(*_FORMS),
        ),
    ] = None,
) -> int:
    """Decide cases that bring their policies along: JSON Lines in, JSON Lines out.

    No directory is read. A case holds principal, action, resource, resource_account, context,
    identity_policies, boundary, session_policies, resource_policy, scps and rcps, each but the
    action left out where there is none; its id comes back. The context is taken as it is.
    A bad case is answered with the decision "error"; then the exit code is 1.

    \b
    iamctl simulate cases.jsonl
    iamctl simulate --fill < cases.jsonl
    echo '{"id": 1, "principal": "arn:aws:iam::111122223333:user/alice", "action": "s3:ListBuckets",
      "identity_policies": [{"Version": "2012-10-17", "Statement":
      {"Effect": "Allow", "Action": "s3:List*", "Resource": "*"}}]}' | tr -d '\\n' | iamctl simulate
    """
    check_form(output, _FORMS)
    runtime = Runtime()
    reader = LineReader(open_lines(path), MAXIMUM_LINE)
    if path == "-" and sys.stdin.isatty():
        say("reading cases from the terminal, one a line; Ctrl-D ends them")
    gc.freeze()  # what is loaded stays; what cases leave behind must go, since a stream may be long
    gc.enable()
    simulator = Simulator(fill)
    bad = 0
    for lines in reader:
        answers = simulator.answers(lines.data.split(b"\n"), lines.first, runtime.now())
        bad += answers.bad
        answer(answers.text)
        sys.stdout.flush()
    return exits.NEGATIVE if bad else exits.OK


app = single(simulate)
