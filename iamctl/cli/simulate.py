"""`iamctl simulate`: decisions on cases that bring their policies along."""

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer

from iamctl.bootstrap import Runtime
from iamctl.cli import exits
from iamctl.cli.app import single
from iamctl.cli.lines import LineReader, Lines, Stream, open_lines
from iamctl.cli.options import form_option
from iamctl.cli.output import answer, say
from iamctl.cli.values import check_form
from iamctl.cli.workers import Answers, Work, answered
from iamctl.domain.errors import Usage
from iamctl.domain.names import shown
from iamctl.services.simulate import MAXIMUM_LINE, Simulator

_FORMS = ("jsonl", "json")
_MOST_JOBS = 256


def simulate(
    path: Annotated[
        str, typer.Argument(metavar="FILE", help="JSON Lines, a case a line; - is stdin.")
    ] = "-",
    fill: Annotated[
        bool,
        typer.Option("--fill", help="Add the context keys that principal and clock imply."),
    ] = False,
    jobs: Annotated[
        str, typer.Option("--jobs", "-j", metavar="N", help="Work with that many processes.")
    ] = "1",
    output: Annotated[
        str | None,
        form_option(_FORMS, "jsonl, as without it; json is the same, with errors as JSON too."),
    ] = None,
) -> int:
    """Decide cases that bring their policies along: JSON Lines in, JSON Lines out.

    No directory is read. A case holds principal, action, resource, resource_account, context,
    identity_policies, boundary, session_policies, resource_policy, scps and rcps, each but the
    action left out where there is none; its id comes back. The context is taken as it is.
    A bad case is answered with the decision "error"; then the exit code is 1.

    \b
    iamctl simulate cases.jsonl
    iamctl simulate --jobs 4 --fill < cases.jsonl

    A case, which in the file stands on one line:

    \b
    {"id": 1, "principal": "arn:aws:iam::111122223333:user/alice",
     "action": "s3:GetObject", "resource": "arn:aws:s3:::bucket/key",
     "identity_policies": [{"Version": "2012-10-17", "Statement":
      [{"Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}]}]}
    """
    check_form(output, _FORMS)
    runtime = Runtime()
    processes = _count(jobs)
    stream = open_lines(path)
    reader = LineReader(stream, MAXIMUM_LINE)
    if path == "-" and sys.stdin.isatty():
        say("reading cases from the terminal, one a line; Ctrl-D ends them")
    simulator = Simulator(fill)

    def work(lines: Lines) -> Answers:
        return simulator.answers(lines.data.split(b"\n"), lines.first, runtime.now())

    errors = 0
    with _running_long():
        for text, bad in _answers(reader, stream, work, processes):
            errors += bad
            answer(text)
            sys.stdout.flush()
    return exits.NEGATIVE if errors else exits.OK


app = single(simulate)


@contextmanager
def _running_long() -> Iterator[None]:
    """A stream may be long, so what little garbage cases leave behind is collected again."""
    was_on, thresholds = gc.isenabled(), gc.get_threshold()
    gc.freeze()
    gc.set_threshold(200_000)
    gc.enable()
    try:
        yield
    finally:
        gc.set_threshold(*thresholds)
        gc.unfreeze()
        if not was_on:
            gc.disable()


def _count(jobs: str) -> int:
    number = jobs.isascii() and jobs.isdigit() and len(jobs) <= 3
    if not (number and 1 <= int(jobs) <= _MOST_JOBS):
        raise Usage(f"{shown(jobs)} is no number of processes", hint=f"give 1 to {_MOST_JOBS}")
    return int(jobs)


def _answers(reader: LineReader, stream: Stream, work: Work, count: int) -> Iterator[Answers]:
    """The answers in order, as soon as they are known."""
    if count == 1:
        return map(work, reader)
    try:
        source: int | None = stream.fileno()
    except OSError:
        source = None  # it is in memory
    return answered(reader, source, work, count)
