"""Where commands are measured: an installed wheel, and directories with a home of their own.

An editable install would let its import hook count for B as well, and others' edits change what is
measured on the way: a wheel of the tree as it is goes into a venv in the temporary folder. What it
depends on comes from the package index. IAMCTL_BENCH_PYTHON names an interpreter that has iamctl
already.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from benchmarks import directories
from benchmarks.measuring import Place, run

ROOT = Path(__file__).resolve().parent.parent
SMALL = 2
SERVE = """
printf %s "the keyring's own password" | gnome-keyring-daemon --unlock --components=secrets >&2
printf '%s\\n' "$DBUS_SESSION_BUS_ADDRESS"
exec cat
"""
SERVICE = ("dbus-run-session", "gnome-keyring-daemon")


def installed(work: Path) -> str:
    """The interpreter of a venv that has iamctl, bytecode compiled."""
    given = os.environ.get("IAMCTL_BENCH_PYTHON")
    if given:
        return given
    wheels, python = work / "wheels", work / "venv" / "bin" / "python"
    pip = (sys.executable, "-m", "pip", "-qq", "--disable-pip-version-check")
    isolated = ("--no-build-isolation", "--no-deps", "--wheel-dir", str(wheels))
    subprocess.run((*pip, "wheel", *isolated, str(ROOT)), check=True)
    subprocess.run((sys.executable, "-m", "venv", "--without-pip", work / "venv"), check=True)
    (wheel,) = wheels.glob("iamctl-*.whl")
    known = ("--constraint", str(ROOT / "constraints.txt"))
    subprocess.run((*pip, "--python", str(python), "install", *known, str(wheel)), check=True)
    return str(python)


def environment(home: Path, vault: str = "file") -> dict[str, str]:
    """A home of its own, and nothing of the caller's identity."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("AWS_", "IAMCTL_", "XDG_", "PYTHON"))
    }
    return {
        **kept,
        "HOME": str(home),
        "XDG_STATE_HOME": str(home / "state"),
        "XDG_CONFIG_HOME": str(home / "config"),
        "XDG_CACHE_HOME": str(home / "cache"),
        "IAMCTL_VAULT": vault,
    }


def place(python: str, work: Path, name: str, **environ: str) -> Place:
    """An empty folder with a home of its own beside it."""
    folder = work / name
    folder.mkdir()
    return Place(python, environment(work / f"{name}-home") | environ, folder)


def sample(at: Place) -> None:
    """The sample directory, and a key for alice in this machine's vault."""
    shutil.copyfile(ROOT / "sample-directory.yaml", at.folder / "directory.yaml")
    _adopt(at, "alice")


def company(at: Place, count: int) -> None:
    """A directory of that many users; the first has a key in this machine's vault.

    It is made while the file is small, so that making it takes no longer for a large one.
    """
    file = at.folder / "directory.yaml"
    with file.open("w") as out:
        out.writelines(directories.directory_of(count, SMALL))
    _adopt(at, directories.user(0))
    directories.enlarge(file, SMALL, count)


def _adopt(at: Place, user: str) -> None:
    run(at, at.iamctl("init", "--user", user))
    run(at, at.iamctl("key", "create", user))


def missing_service() -> list[str]:
    """What is not installed of what a keyring needs."""
    return [program for program in SERVICE if not shutil.which(program)]


@contextmanager
def secret_service(work: Path) -> Iterator[Mapping[str, str]]:
    """A session bus with an unlocked keyring: what the environment of its clients adds."""
    home = work / "keyring-home"
    home.mkdir(mode=0o700)
    names = {"HOME": str(home), "XDG_RUNTIME_DIR": str(home), "XDG_DATA_HOME": str(home)}
    with subprocess.Popen(
        ("dbus-run-session", "--", "sh", "-c", SERVE),
        env=environment(home) | names,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as session:
        assert session.stdout is not None
        address = session.stdout.readline().strip()
        if not address:
            raise SystemExit("the session bus did not start")
        yield {"DBUS_SESSION_BUS_ADDRESS": address, "XDG_RUNTIME_DIR": str(home)}
        session.communicate()
