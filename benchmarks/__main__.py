"""Ratios of whole processes to a bare interpreter start, run side by side: `make bench`.

B is `python -c pass` of the same venv. Commands and B take turns, so that a machine whose speed
drifts does so for both; the median of the pairs' ratios is what counts. Milliseconds are for
orientation only.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from benchmarks import cases, decisions, guarded

ROOT = Path(__file__).resolve().parent.parent
BARE = (sys.executable, "-c", "pass")
IAMCTL = (str(Path(sys.executable).with_name("iamctl")),)
ROUNDS = int(os.environ.get("IAMCTL_BENCH_ROUNDS", "11"))


class Figure(NamedTuple):
    """What one command took: milliseconds, ratio to B, peak memory in MB."""

    name: str
    milliseconds: float
    ratio: float
    peak: float


def run(command: Sequence[str], environ: Mapping[str, str], folder: Path) -> tuple[float, float]:
    """Seconds and peak MB of one run, which must succeed."""
    started = time.perf_counter()
    process = subprocess.Popen(
        command, env=environ, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    assert process.stderr is not None
    said = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(command)} failed:\n{said.decode()}")
    scale = 1024 if sys.platform != "darwin" else 1024 * 1024
    return seconds, usage.ru_maxrss / scale


def measure(
    name: str,
    command: Sequence[str],
    environ: Mapping[str, str],
    folder: Path,
    rounds: int = ROUNDS,
) -> Figure:
    """Pairs of a bare start and the command, after one warm-up of each."""
    pairs, peak = [], 0.0
    for round_ in range(rounds + 1):
        bare, _ = run(BARE, environ, folder)
        seconds, memory = run(command, environ, folder)
        peak = max(peak, memory)
        if round_:
            pairs.append((seconds, seconds / bare))
    return Figure(
        name,
        statistics.median(s for s, _ in pairs) * 1000,
        statistics.median(r for _, r in pairs),
        peak,
    )


def environment(home: Path) -> dict[str, str]:
    """A home of its own, and nothing of the caller's identity."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "IAMCTL_"))}
    return {
        **kept,
        "HOME": str(home),
        "XDG_STATE_HOME": str(home / "state"),
        "XDG_CONFIG_HOME": str(home / "config"),
        "XDG_CACHE_HOME": str(home / "cache"),
        "IAMCTL_VAULT": "file",
        "PYTHONPATH": str(ROOT),
    }


def directory_of(count: int) -> str:
    """A file of that many users, as a person would format it."""
    groups = max(count // 100, 1)
    lines = [
        "iamctl: 1  # format version",
        "directory: 5b1d0a4e-6d0f-4f4e-9c53-0f6f5f2d8a11",
        "account:",
        '  id: "123456789012"',
        "  quotas:",
        f"    users: {max(count + 100, 5000)}",
        f"    groups: {max(groups, 300)}",
        "",
        "users:",
    ]
    for number in range(count):
        lines += [
            f"  # person {number}" if number % 10 == 0 else f"  user{number:06}:",
            *([f"  user{number:06}:"] if number % 10 == 0 else []),
            f"    id: AIDA{_base32(number)}",
            "    path: /eng/",
            "    created: 2026-11-24T09:00:00Z",
            f"    tags: {{team: t{number % 17}, seat: '{number}'}}  # by hand",
        ]
    lines += ["", "groups:"]
    for group in range(groups):
        lines += [
            f"  group{group:04}:",
            f"    id: AGPA{_base32(group)}",
            "    created: 2026-11-24T09:00:00Z",
            "    members:",
        ]
        lines += [f"      - user{n:06}" for n in range(group, count, groups)]
        lines += [f"    policies: [Read{group % 20}]"]
    lines += ["", "policies:"]
    for number in range(20):
        lines += [
            f"  Read{number}:",
            f"    id: ANPA{_base32(number)}",
            "    created: 2026-11-24T09:00:00Z",
            "    document:",
            '      Version: "2012-10-17"',
            "      Statement:",
            "        - Effect: Allow",
            "          Action: s3:Get*",
            f"          Resource: arn:aws:s3:::data{number or ''}/*",
        ]
    return "\n".join(lines) + "\n"


def _base32(number: int) -> str:
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
    text = ""
    for _ in range(17):
        number, digit = divmod(number, 32)
        text = letters[digit] + text
    return text


def sample_figures(work: Path) -> list[Figure]:
    """The commands of every day, on the sample."""
    folder = work / "sample"
    folder.mkdir()
    environ = environment(work / "home")
    (folder / "directory.yaml").write_text((ROOT / "sample-directory.yaml").read_text())
    run((*IAMCTL, "init", "--user", "alice"), environ, folder)
    run((*IAMCTL, "key", "create", "alice"), environ, folder)
    commands = {
        "iamctl --help": ("--help",),
        "iamctl user list": ("user", "list"),
        "iamctl validate": ("validate",),
        "iamctl assume-role deployer": ("assume-role", "deployer", "-o", "sh"),
        "iamctl exec deployer -- true": ("exec", "deployer", "--", "true"),
        "iamctl exec --server": ("exec", "deployer", "--server", "--", "true"),
        "iamctl whoami": ("whoami",),
        "iamctl can": ("can", "alice", "s3:GetObject", "arn:aws:s3:::acme-artifacts/payments/x"),
        "iamctl who-can": ("who-can", "s3:GetObject", "arn:aws:s3:::acme-artifacts/payments/x"),
        "iamctl what-can": ("what-can", "alice", "s3"),
        "iamctl user tag --dry-run": ("user", "tag", "alice", "bench=1", "--dry-run"),
    }
    return [measure(n, (*IAMCTL, *c), environ, folder) for n, c in commands.items()]


def kept_figures(work: Path) -> list[Figure]:
    """A session that took an MFA code, handed out again: alone, and to two hundred at once."""
    folder = work / "guarded"
    folder.mkdir()
    environ = environment(work / "guarded-home")
    guarded.furnish(folder, environ, IAMCTL[0])
    crowd = f"i=0; while [ $i -lt 200 ]; do {IAMCTL[0]} assume-role deployer -o json & i=$((i+1)); "
    return [
        measure("assume-role, kept (MFA)", (*IAMCTL, "assume-role", "deployer"), environ, folder),
        measure("200 such at once", ("sh", "-c", f"{crowd} done; wait"), environ, folder, rounds=3),
    ]


def scale_figures(work: Path, count: int) -> list[Figure]:
    """One read and one durable edit of a large file."""
    folder = work / f"users-{count}"
    folder.mkdir()
    environ = environment(work / "home")
    (folder / "directory.yaml").write_text(directory_of(count))
    rounds = max(ROUNDS // 3, 3)
    figures = [
        measure(f"user list at {count:,}", (*IAMCTL, "user", "list"), environ, folder, rounds)
    ]
    # Another value each round: every round is an edit.
    command = (
        "sh",
        "-c",
        f"exec {IAMCTL[0]} user tag user000001 bench=$(date +%N)",
    )
    figures.append(measure(f"user tag (durable) at {count:,}", command, environ, folder, rounds))
    return figures


def question_figures(work: Path) -> list[Figure]:
    """Cases in bulk, and everybody of a large directory asked one thing."""
    folder = work / "questions"
    folder.mkdir()
    environ = environment(work / "home")
    lines = folder / "cases.jsonl"
    with lines.open("w") as file:  # never whole in this process: a child's peak would show it
        file.writelines(cases.cases(CASES))
    (folder / "directory.yaml").write_text(directory_of(EVERYBODY))
    simulate = {
        f"simulate --jobs {jobs}, {CASES:,} cases": ("simulate", "--jobs", jobs, str(lines))
        for jobs in ("1", "2")
    }
    asked = {f"who-can at {EVERYBODY:,}": ("who-can", "s3:GetObject", "arn:aws:s3:::data/x")}
    return [
        measure(name, (*IAMCTL, *command), environ, folder, rounds=3)
        for name, command in {**simulate, **asked}.items()
    ]


CASES = int(os.environ.get("IAMCTL_BENCH_CASES", "30000"))
EVERYBODY = int(os.environ.get("IAMCTL_BENCH_EVERYBODY", "100000"))


def main() -> None:
    """Print one table."""
    sizes = [int(n) for n in os.environ.get("IAMCTL_BENCH_SIZES", "1000,10000").split(",")]
    with tempfile.TemporaryDirectory(prefix="iamctl-bench.") as name:
        work = Path(name)
        environ = environment(work / "home")
        figures = [measure("python -c pass (B)", BARE, environ, work)]
        figures += sample_figures(work)
        figures += kept_figures(work)
        for size in sizes:
            figures += scale_figures(work, size)
        figures += question_figures(work)
    print(f"{'command':34} {'x B':>7} {'ms':>9} {'peak MB':>9}   ({ROUNDS} rounds, medians)")
    for figure in figures:
        print(f"{figure.name:34} {figure.ratio:7.1f} {figure.milliseconds:9.1f} {figure.peak:9.1f}")
    print()
    decisions.main()


main()
