"""`make profile`: where the time of each hot command goes, in build/profile/.

A command has two files: NAME.imports.txt, what `python -X importtime` reports, and NAME.svg, a
flame picture by py-spy to be opened in a browser. py-spy samples a thousand times a second from
outside, so that nothing it runs changes; it looks on before iamctl starts, and the start of the
interpreter itself is not in the picture. macOS wants root for that. IAMCTL_BENCH_SIZES names the
number of users (1000); `python -m benchmarks.profiles whoami` takes one command alone.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from benchmarks import places
from benchmarks.measuring import Place, run

PICTURES = places.ROOT / "build" / "profile"
LATER = "import sys, time; time.sleep(0.5); from iamctl.__main__ import main; main()"
"""Starts iamctl once py-spy looks on; while nothing runs there is nothing to sample."""
PYSPY = (
    str(Path(sys.executable).with_name("py-spy")),
    *("record", "--rate", "1000", "--function", "--format", "flamegraph", "--output"),
)


class Hot(NamedTuple):
    """A command line, in which {} is another word in each run, and what its environment adds."""

    words: Sequence[str]
    environ: Mapping[str, str] = {}


HOT = {
    "help": Hot(("--help",)),
    "assume-role": Hot(("assume-role", "deployer", "-o", "sh")),
    "assume-role-process": Hot(("assume-role", "deployer", "-o", "process")),
    "whoami": Hot(("whoami",)),
    "user-show": Hot(("user", "show", "user000001", "-o", "json")),
    "group-show": Hot(("group", "show", "group0000", "-o", "json")),
    "user-create": Hot(("user", "create", "new-{}")),
    "user-tag": Hot(("user", "tag", "user000001", "run={}")),
    "validate": Hot(("validate",)),
    "completion": Hot(
        (),
        {
            "_IAMCTL_COMPLETE": "lines",
            "COMP_WORDS": "iamctl\nuser\nshow\nuser00012",
            "COMP_CWORD": "3",
        },
    ),
}


def main(names: Sequence[str]) -> None:
    """Profile the named commands, all by default, and say where the pictures are."""
    size = int(os.environ.get("IAMCTL_BENCH_SIZES", "1000"))
    PICTURES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="iamctl-profile.") as work:
        at = places.place(sys.executable, Path(work), "company")
        places.company(at, size)
        for name in names or HOT:
            print(profiled(at, name, HOT[name], PICTURES))
    print(f"Flame pictures and import reports are in {PICTURES}")


def profiled(at: Place, name: str, hot: Hot, folder: Path) -> str:
    """Write a command's two files; a line on what importing took."""
    at = at._replace(environ={**at.environ, **hot.environ})
    run(at, at.iamctl(*_words(hot, "warm")))
    report = imports(at, _words(hot, "imports"))
    (folder / f"{name}.imports.txt").write_text(report)
    picture(at, _words(hot, "flame"), folder / f"{name}.svg")
    took = [int(line.split("|")[0].split(":")[1]) for line in report.splitlines()[1:]]
    return f"{name:22} {len(took):4} modules, {sum(took) / 1000:6.1f} ms to import them"


def imports(at: Place, words: Sequence[str]) -> str:
    """The lines of `python -X importtime` for a run of the console script."""
    said = _said(at, (at.python, "-X", "importtime", *at.iamctl(*words)))
    return "".join(line for line in said.splitlines(True) if line.startswith("import time:"))


def picture(at: Place, words: Sequence[str], file: Path) -> None:
    """A flame picture of one run."""
    _said(at, (*PYSPY, str(file), "--", at.python, "-c", LATER, *words))


def _words(hot: Hot, run_: str) -> list[str]:
    return [word.replace("{}", run_) for word in hot.words]


def _said(at: Place, command: Sequence[str]) -> str:
    done = subprocess.run(
        command, env=at.environ, cwd=at.folder, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise SystemExit(f"{' '.join(command)} failed:\n{done.stderr}")
    return done.stderr


if __name__ == "__main__":
    main(sys.argv[1:])
