"""`make curves`: how time and memory grow with the number of users, benchmarks/growth.svg.

The figures go to growth.csv beside it, and the picture is drawn from that file alone: `python -m
benchmarks.curves draw` draws it again. IAMCTL_BENCH_SIZES (100,1000,10000,100000) and the other
variables of `make bench` make a run shorter; what took longer than the limit has no point.
"""

import csv
import os
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks import goals, held, places
from benchmarks.directories import user
from benchmarks.held import Made
from benchmarks.measuring import Figure, measure

HERE = Path(__file__).resolve().parent
DATA, PICTURE = HERE / "growth.csv", HERE / "growth.svg"
COLUMNS = ("figure", "users", "times a bare interpreter start", "peak MB")


class Point(NamedTuple):
    """One figure at one size: ratio to B, and megabytes."""

    name: str
    users: int
    ratio: float
    peak: float


def first_read(made: Made) -> Figure:
    """A user shown of a file of which nothing is known."""
    return next(held.first_read_rows(made)).figure


def after_edit(made: Made) -> Figure:
    """A user shown whose tag was just changed by hand."""
    return held.after_edit_row(made).figure


def assume_role(made: Made) -> Figure:
    """Credentials, warm, with a vault in a key file."""
    return measure(made.at, made.at.iamctl(*held.CREDENTIALS["assume-role"]))


def user_show(made: Made) -> Figure:
    """A user shown, warm."""
    return measure(made.at, made.at.iamctl("user", "show", user(made.size // 2), "-o", "json"))


def user_create(made: Made) -> Figure:
    """A user created, on disk."""
    return held.create_row(made, goals.CREATE[goals.LARGE]).figure


CURVES: Mapping[str, Callable[[Made], Figure]] = {
    "first read": first_read,
    "first read after a hand edit": after_edit,
    "user create": user_create,
    "user show": user_show,
    "assume-role": assume_role,
}
"""What is measured, in the order of the legend; the first leaves what it learnt for the others."""


def main(draw_only: bool) -> None:
    """Measure, write the figures, draw."""
    if not draw_only:
        sizes = os.environ.get("IAMCTL_BENCH_SIZES", "100,1000,10000,100000")
        with tempfile.TemporaryDirectory(prefix="iamctl-curves.") as work:
            write(measured(Path(work), [int(size) for size in sizes.split(",")]), DATA)
    draw(read(DATA), PICTURE)
    print(f"{PICTURE}\n{DATA}")


def measured(work: Path, sizes: Iterable[int]) -> Iterator[Point]:
    """A point for every figure at every size that came to an end."""
    python = places.installed(work)
    for size in sizes:
        made = Made(places.place(python, work, f"users-{size}"), size)
        places.company(made.at, size)
        for name, curve in CURVES.items():
            print(f"{name}, {size:,}", file=sys.stderr, flush=True)
            figure = curve(made)
            if figure.rounds:
                yield Point(name, size, figure.ratio, figure.peak)


def write(points: Iterable[Point], file: Path) -> None:
    """The figures, as many digits as they are good for."""
    rows = [(p.name, p.users, f"{p.ratio:.1f}", f"{p.peak:.1f}") for p in points]
    with file.open("w", newline="") as out:
        csv.writer(out, lineterminator="\n").writerows([COLUMNS, *rows])


def read(file: Path) -> list[Point]:
    """What `write` wrote."""
    with file.open(newline="") as lines:
        _, *rows = csv.reader(lines)
    return [Point(name, int(users), float(ratio), float(peak)) for name, users, ratio, peak in rows]


# The picture

INK = "#102030"
"""Stands for the colour of text and lines until the picture is written."""

COLOURS = ("#e5534b", "#db6d28", "#8957e5", "#2da44e", "#2f81f7")
MARKS = ("v", "D", "s", "^", "o")
STYLE: dict[Any, Any] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "iamctl",
    "font.family": "sans-serif",
    "text.color": INK,
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "grid.color": INK,
    "grid.alpha": 0.15,
}
NAMELESS = dict.fromkeys(("Creator", "Date", "Format", "Type"))
READABLE = """svg { color: #1f2328 }
@media (prefers-color-scheme: dark) { svg { color: #e6edf3 } }
"""
"""Both on a light page and on a dark one."""


def draw(points: list[Point], file: Path) -> None:
    """Time and memory against users, all axes logarithmic; the same bytes for the same points."""
    import matplotlib as mpl
    from matplotlib.figure import Figure as Canvas

    with mpl.rc_context(STYLE):
        canvas = Canvas(figsize=(10, 4.6), layout="constrained")
        time, memory = canvas.subplots(1, 2)
        for name, colour, mark in zip(CURVES, COLOURS, MARKS, strict=True):
            mine = sorted((p for p in points if p.name == name), key=lambda p: p.users)
            users = [p.users for p in mine]
            time.loglog(users, [p.ratio for p in mine], color=colour, marker=mark, label=name)
            memory.loglog(users, [p.peak for p in mine], color=colour, marker=mark)
        time.set(title="time, bare interpreter starts", ylim=(1, None))
        memory.set(title="peak memory, MB", ylim=(10, None))
        for axes in (time, memory):
            axes.set_xlabel("users in the file")
            axes.grid(visible=True)
            for axis in (axes.xaxis, axes.yaxis):
                axis.set_major_formatter("{x:,g}")
                axis.set_minor_formatter("")
        canvas.legend(loc="outside lower center", ncols=len(CURVES), frameon=False)
        canvas.savefig(file, format="svg", transparent=True, metadata=NAMELESS)
    drawn = file.read_text().replace(INK, "currentColor")
    lines = drawn.replace('<style type="text/css">', f'<style type="text/css">{READABLE}', 1)
    file.write_text("".join(f"{line.rstrip()}\n" for line in lines.splitlines()))


if __name__ == "__main__":
    main(sys.argv[1:] == ["draw"])
