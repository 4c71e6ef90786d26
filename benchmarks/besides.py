"""Figures that no goal is about: the other commands, crowds, questions in bulk, whole lists."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks import cases, directories, guarded, history, places
from benchmarks.measuring import Figure, measure

CASES = int(os.environ.get("IAMCTL_BENCH_CASES", "30000"))
CROWD = 200
RESOURCE = "arn:aws:s3:::acme-artifacts/payments/x"
SAMPLE: dict[str, Sequence[str]] = {
    "exec deployer -- true": ("exec", "deployer", "--", "true"),
    "exec --server": ("exec", "deployer", "--server", "--", "true"),
    "who-can": ("who-can", "s3:GetObject", RESOURCE),
    "what-can": ("what-can", "alice", "s3"),
}
Named = tuple[str, Figure]


def figures(python: str, work: Path, sizes: Sequence[int]) -> Iterator[Named]:
    """All of them; whole lists at every size, and everybody asked at the largest."""
    yield from sample_figures(python, work)
    yield from kept_figures(python, work)
    for size in sorted(sizes):
        at = places.place(python, work, f"list-{size}")
        with (at.folder / "directory.yaml").open("w") as file:
            file.writelines(directories.directory_of(size))
        yield f"user list at {size:,}", measure(at, at.iamctl("user", "list"), rounds=3)
    yield from question_figures(python, work, max(sizes))
    yield from history.figures(python, work)


def sample_figures(python: str, work: Path) -> Iterator[Named]:
    """A bare start, then the sample."""
    at = places.place(python, work, "besides")
    places.sample(at)
    yield "python -c pass (B)", measure(at, at.script("pass"))
    for name, words in SAMPLE.items():
        yield name, measure(at, at.iamctl(*words))


def kept_figures(python: str, work: Path) -> Iterator[Named]:
    """A session that took an MFA code, handed out again: alone, and to a crowd at once."""
    at = places.place(python, work, "guarded")
    (iamctl,) = at.iamctl()
    guarded.furnish(at.folder, at.environ, iamctl)
    yield "assume-role, kept (MFA)", measure(at, at.iamctl("assume-role", "deployer"))
    each = f"{iamctl} assume-role deployer -o json & i=$((i+1))"
    crowd = ("sh", "-c", f"i=0; while [ $i -lt {CROWD} ]; do {each}; done; wait")
    yield f"{CROWD} such at once", measure(at, crowd, rounds=3)


def question_figures(python: str, work: Path, everybody: int) -> Iterator[Named]:
    """Cases in bulk, and everybody of a large directory asked one thing."""
    at = places.place(python, work, "questions")
    lines = at.folder / "cases.jsonl"
    with lines.open("w") as file:  # never whole in this process: a child's peak would show it
        file.writelines(cases.cases(CASES))
    for jobs in ("1", "2"):
        simulate = at.iamctl("simulate", "--jobs", jobs, str(lines))
        yield f"simulate --jobs {jobs}, {CASES:,} cases", measure(at, simulate, rounds=3)
    with (at.folder / "directory.yaml").open("w") as file:
        file.writelines(directories.directory_of(everybody))
    asked = at.iamctl("who-can", "s3:GetObject", "arn:aws:s3:::data/x")
    yield f"who-can at {everybody:,}", measure(at, asked, rounds=3)


def line(name: str, figure: Figure) -> str:
    """A figure's line under `HEADING`."""
    if not figure.rounds:
        return f"{name:44} over {figure.milliseconds / 1000:g} s"
    return f"{name:44} {figure.ratio:7.1f} {figure.milliseconds:9.1f} {figure.peak:8.1f}"


HEADING = f"{'besides':44} {'x B':>7} {'ms':>9} {'peak MB':>8}"
