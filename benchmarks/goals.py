"""What iamctl is held to. B is a bare interpreter start, MB is the peak memory of a process."""

from typing import NamedTuple

from benchmarks.measuring import Figure

AEAD = "the AEAD library"
KEYRING = "AEAD + a keyring read"
LARGE = 100_000


class Goal(NamedTuple):
    """At most so many of a unit: "B", "MB", or "x", times what the name says.

    What importing a library or reading the keyring costs is not ours: `beside` names it, and it is
    measured in the same rounds, shown, and taken off.
    """

    name: str
    most: float
    unit: str = "B"
    beside: str = ""


SAMPLE = Goal("any command, on the sample", 7)
CREDENTIALS = Goal("credentials, warm, file vault", 3, beside=AEAD)
WITH_KEYRING = Goal("credentials, warm, OS keyring", 3, beside=KEYRING)
CREATE = {
    1_000: Goal("user create, durable, at 1,000", 8),
    10_000: Goal("user create, durable, at 10,000", 9),
    100_000: Goal("user create, durable, at 100,000", 16),
}
LOOK = Goal("list one group, show one user, at 100,000", 8)
AFTER_EDIT = Goal("first read after a hand edit, at 100,000", 45)
FIRST_READ = Goal("first read ever, at 100,000", 500)
WARM_PEAK = Goal("peak memory, warm, at 100,000", 60, "MB")
FIRST_PEAK = Goal("peak memory, first read, at 100,000", 300, "MB")
WRITERS = Goal("20 writers' 200 edits to one's, at 10,000", 3, "x")
COMPLETION = Goal("completing a name, at 100,000", 4)

GOALS = (
    SAMPLE, CREDENTIALS, WITH_KEYRING, *CREATE.values(), LOOK, AFTER_EDIT, FIRST_READ, WARM_PEAK,
    FIRST_PEAK, WRITERS, COMPLETION,
)  # fmt: skip


class Row(NamedTuple):
    """One figure that a goal is about. `size` is how many users there were, 0 on the sample."""

    goal: Goal
    name: str
    size: int
    figure: Figure

    @property
    def reached(self) -> float:
        """What is compared with the goal, in its unit."""
        if self.goal.unit == "MB":
            return self.figure.peak
        return self.figure.ratio - (self.figure.beside - 1)

    @property
    def met(self) -> bool:
        """Whether the goal is reached; a run that was killed reached none."""
        return bool(self.figure.rounds) and self.reached <= self.goal.most


def table(rows: list[Row], missing: dict[Goal, str]) -> str:
    """The goals in their order, each with its figures, or with the reason why there are none."""
    lines = [f"{'goal':44} {'most':>6} {'is':>9}  {'':6} {'ms':>9} {'peak MB':>8} {'rounds':>6}"]
    for goal in GOALS:
        lines.append(f"{goal.name:44} {goal.most:4g} {goal.unit}{_beside(goal)}")
        lines += [_line(row) for row in rows if row.goal == goal]
        if goal in missing:
            lines.append(f"  not measured: {missing[goal]}")
    return "\n".join(lines) + "\n"


def _beside(goal: Goal) -> str:
    return f" beside {goal.beside}" if goal.beside else ""


def _line(row: Row) -> str:
    name = f"  {row.name}, {row.size:,} users" if row.size else f"  {row.name}"
    figure = row.figure
    if not figure.rounds:
        return f"{name:51} {'':>8}  MISSED over {figure.milliseconds / 1000:g} s"
    line = (
        f"{name:51} {row.reached:6.1f} {row.goal.unit:2} {'ok' if row.met else 'MISSED':6}"
        f" {figure.milliseconds:9.1f} {figure.peak:8.1f} {figure.rounds:6}"
    )
    if row.goal.beside:
        line += f"   {figure.ratio:.1f} B in all, {figure.beside - 1:.1f} B {row.goal.beside}"
    return line
