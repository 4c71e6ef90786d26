"""Whole processes, timed side by side with a bare interpreter start.

B is `python -c pass` of the venv that iamctl is installed in. Commands and B take turns, so that a
machine whose speed drifts does so for both; the median of the pairs' ratios is what counts.
Milliseconds are for orientation only. A run that takes longer than the limit is killed and said to
have taken longer, and a figure takes no more rounds than fit into the limit.
"""

import os
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from threading import Timer
from typing import NamedTuple

ROUNDS = int(os.environ.get("IAMCTL_BENCH_ROUNDS", "15"))
LIMIT = float(os.environ.get("IAMCTL_BENCH_LIMIT", "45"))
"""Seconds that one run may take, and after which no further round of a figure begins."""

Command = Sequence[str]


class TookLonger(Exception):
    """A run was killed after the limit."""


class Place(NamedTuple):
    """Where commands run: the interpreter that has iamctl, the environment, the folder."""

    python: str
    environ: Mapping[str, str]
    folder: Path

    def iamctl(self, *words: str) -> Command:
        """A command line of the installed console script."""
        return (str(Path(self.python).with_name("iamctl")), *words)

    def script(self, text: str) -> Command:
        """The command line of a few lines of Python in the same venv."""
        return (self.python, "-c", text)


class Figure(NamedTuple):
    """What one command took, in medians; after a run that took longer only `milliseconds` counts.

    `ratio` is to B; `beside` is the ratio of what it was measured beside, 1 for nothing; `peak` is
    the most memory of any measured run in MB; `rounds` is 0 where a run was killed.
    """

    milliseconds: float
    ratio: float
    beside: float
    peak: float
    rounds: int


def run(place: Place, command: Command, limit: float = LIMIT) -> tuple[float, float]:
    """Seconds and peak MB of one run. Raises TookLonger; ends the program if the command fails."""
    started = time.perf_counter()
    process = subprocess.Popen(
        command,
        env=place.environ,
        cwd=place.folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        process_group=0,
    )
    clock = Timer(limit, os.killpg, (process.pid, signal.SIGKILL))
    clock.start()
    assert process.stderr is not None
    with process.stderr:
        said = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - started
    clock.cancel()
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode == -signal.SIGKILL and seconds >= limit:
        raise TookLonger
    if process.returncode:
        raise SystemExit(f"{' '.join(command)} failed:\n{said.decode()}")
    scale = 1024 if sys.platform != "darwin" else 1024 * 1024
    return seconds, usage.ru_maxrss / scale


def measure(
    place: Place,
    command: Command | Callable[[int], Command],
    *,
    beside: Command | None = None,
    before: Callable[[int], object] = lambda round_: None,
    rounds: int = ROUNDS,
) -> Figure:
    """Rounds of a bare start, what it is measured beside, and the command; the first warms up.

    A command that must differ from round to round is made by a function of the round's number, and
    `before` is called with that, untimed, ahead of each.
    """
    bare = place.script("pass")
    taken: list[tuple[float, float, float]] = []
    peak = spent = 0.0
    for round_ in range(rounds + 1):
        before(round_)
        words = command(round_) if callable(command) else command
        try:
            one, _ = run(place, bare)
            other = run(place, beside)[0] if beside else one
            seconds, memory = run(place, words)
        except TookLonger:
            return Figure(LIMIT * 1000, 0, 0, 0, 0)
        spent += seconds
        if round_:  # the first may have had something to read for good
            peak = max(peak, memory)
            taken.append((seconds, seconds / one, other / one))
            if spent > LIMIT:
                break
    middle = [statistics.median(column) for column in zip(*taken, strict=True)]
    return Figure(middle[0] * 1000, middle[1], middle[2], peak, len(taken))
