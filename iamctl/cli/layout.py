"""Graphviz, or its port that pip installs, lays a graph out."""

import os
import sys
from collections.abc import Mapping

from iamctl.domain.errors import ExtraMissing, StorageFailure
from iamctl.prompts import program_path

_PROGRAMS = ("graphviz-pure", "dot")
_LONGEST = 120
"""How many seconds a layout may take."""


def laid_out(text: str, form: str, environ: Mapping[str, str], longest: float = _LONGEST) -> bytes:
    """The picture of a graph in Graphviz's language: `form` is svg or png, `longest`
    how many seconds it may take.

    Raises ExtraMissing when no program is there, StorageFailure when it fails or is at it for too
    long.
    """
    import subprocess

    program = _program(environ)
    if program is None:
        raise ExtraMissing(
            "no program here lays graphs out",
            hint="pip install 'iamctl[graph]', or Graphviz; -o dot and -o mermaid need neither",
        )
    kept: dict[str, str] = {
        name: environ[name] for name in ("PATH", "HOME", "TMPDIR") if name in environ
    }
    try:
        done = subprocess.run(
            [program, f"-T{form}"],
            input=text.encode(),
            capture_output=True,
            check=False,
            env=kept,
            timeout=longest,
        )
    except subprocess.TimeoutExpired:
        raise StorageFailure(
            f"{os.path.basename(program)} had not laid this graph out after {longest:g} s",
            hint="draw less with --focus NAME, or take -o dot, which needs no layout",
        ) from None
    except OSError as error:
        raise StorageFailure(f"{program} could not be run: {error.strerror}") from None
    if done.returncode != 0:
        lines = done.stderr.decode(errors="replace").strip().splitlines() or ["it said nothing"]
        raise StorageFailure(f"{os.path.basename(program)} failed: {lines[-1]}")
    return done.stdout


def _program(environ: Mapping[str, str]) -> str | None:
    """The first there is: beside this Python, then on PATH."""
    folders = os.path.dirname(sys.executable or ""), environ.get("PATH", os.defpath)
    beside = {"PATH": os.pathsep.join(folders)}
    found = (program_path(name, beside) for name in _PROGRAMS)
    return next((program for program in found if program is not None), None)
