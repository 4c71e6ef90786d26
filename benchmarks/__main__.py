"""`make bench`: the goals and how far each is reached, then everything else that is measured.

IAMCTL_BENCH_SIZES (1000,10000,100000), IAMCTL_BENCH_ROUNDS (15), IAMCTL_BENCH_LIMIT (seconds a
figure, 45), IAMCTL_BENCH_EDITS (200) and IAMCTL_BENCH_CASES (30000) make a run shorter;
`python -m benchmarks goals` leaves everything else out.
"""

import os
import sys
import tempfile
from pathlib import Path

from benchmarks import besides, decisions, goals, held, places
from benchmarks.goals import Row


def main(only_goals: bool) -> None:
    """Measure, say on stderr what is being measured, and print the tables."""
    sizes = [int(n) for n in os.environ.get("IAMCTL_BENCH_SIZES", "1000,10000,100000").split(",")]
    with tempfile.TemporaryDirectory(prefix="iamctl-bench.") as name:
        work = Path(name)
        python = places.installed(work)
        rows, missing = goal_rows(python, work, sizes)
        print(goals.table(rows, missing), flush=True)
        if only_goals:
            return
        print(besides.HEADING)
        for label, figure in besides.figures(python, work, sizes):
            print(besides.line(label, figure), flush=True)
    print()
    decisions.main()


def goal_rows(python: str, work: Path, sizes: list[int]) -> tuple[list[Row], dict[goals.Goal, str]]:
    """The rows of all goals, and why a goal has none."""
    rows: list[Row] = []
    missing = {
        goal: f"IAMCTL_BENCH_SIZES has no {size:,}"
        for size, goal in goals.CREATE.items()
        if size not in sizes
    }
    for row in held.rows(python, work, sizes):
        rows.append(_told(row))
    if lacking := places.missing_service():
        missing[goals.WITH_KEYRING] = f"{' and '.join(lacking)} not installed"
        return rows, missing
    for row in held.keyring_rows(python, work, max(sizes)):
        rows.append(_told(row))
    return rows, missing


def _told(row: Row) -> Row:
    print(f"{row.goal.name}: {row.name}, {row.size:,}", file=sys.stderr, flush=True)
    return row


if __name__ == "__main__":
    main(sys.argv[1:] == ["goals"])
