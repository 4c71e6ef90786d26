"""What the hottest commands load, counted in modules: each is time before the first answer."""

import fcntl
import os
import pty
import shutil
import struct
import subprocess
import sys
import termios
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

PAID = frozenset(
    [
        "__future__",
        "base64",
        "binascii",
        "collections",
        "copyreg",
        "cryptography",
        "enum",
        "re",
        "struct",
        "typing",
        "warnings",
        "contextlib",
        "functools",
        "itertools",
        "keyword",
        "operator",
        "reprlib",
        "types",
    ]
)
"""What the AEAD library loads in any case."""

OTHERS = PAID | frozenset(
    # array to sqlite3: the index and JSON. hashlib, hmac: tokens and fingerprints.
    [
        "array",
        "datetime",
        "json",
        "math",
        "sqlite3",
        "errno",
        "fcntl",
        "gc",
        "hashlib",
        "hmac",
        "resource",
        "unicodedata",
        "zlib",
    ]
)
"""The packages and modules of others that may come in; their parts in C are not counted."""

EDITS = OTHERS | {"bisect", "cython_runtime", "difflib", "heapq", "select", "yaml"}
"""The same of commands that write the file."""
CHECKS = OTHERS | {"cython_runtime", "encodings", "fnmatch", "yaml"}
"""The same of `validate`, which reads all of it."""

SESSIONS = {
    "bootstrap": 3, "catalogue": 3, "cli": 13, "domain": 30, "files": 6, "policy": 12, "ports": 1,
    "rendering": 5, "services": 8, "settings": 1, "store": 16, "sts": 15, "vault": 13,
}  # fmt: skip
"""Room -> how many modules of it a command may load."""
CALLERS = {
    **SESSIONS, "catalogue": 1, "cli": 10, "domain": 22, "policy": 3, "services": 2, "sts": 7,
}  # fmt: skip
"""The same of what says whose a long-term key is: no policy is evaluated."""
LOOKS = {
    "bootstrap": 2, "cli": 11, "domain": 33, "files": 6, "ports": 1, "rendering": 5,
    "services": 15, "store": 16,
}  # fmt: skip
LISTS = {**LOOKS, "domain": 22, "services": 7}
DECISIONS = {
    "bootstrap": 3, "catalogue": 5, "cli": 12, "domain": 32, "files": 6, "policy": 14, "ports": 1,
    "rendering": 5, "services": 9, "store": 18, "sts": 14,
}  # fmt: skip

COMMANDS = {
    ("assume-role", "deployer", "-o", "sh"): SESSIONS,
    ("assume-role", "deployer", "-o", "process"): SESSIONS,
    ("whoami",): CALLERS,
    ("get-caller-identity", "-o", "json"): CALLERS,
    ("get-session-token", "-o", "sh"): SESSIONS,
    ("user", "list", "-o", "name"): LISTS,
    ("user", "show", "alice"): LOOKS,
    ("user", "show", "alice", "-o", "json"): LOOKS,
    ("group", "list"): LISTS,
    ("group", "show", "developers", "-o", "json"): LOOKS,
    ("can", "alice", "s3:GetObject", "arn:aws:s3:::acme-artifacts/x"): DECISIONS,
}

RUN = """
import atexit, sys
before = set(sys.modules)
def told():
    with open({file!r}, "w") as file:
        file.write("\\n".join(sorted(set(sys.modules) - before)))
atexit.register(told)
from iamctl.__main__ import main
main()
"""


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    """The sample, adopted: alice is the default caller and has a key; an index is there."""
    folder = tmp_path_factory.mktemp("budgets")
    shutil.copy(ROOT / "sample-directory.yaml", folder / "directory.yaml")
    kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
    places = {f"XDG_{kind}_HOME": str(folder / kind) for kind in ("STATE", "CONFIG", "CACHE")}
    environment = {**kept, **places, "HOME": str(folder), "IAMCTL_VAULT": "file"}
    for line in (("init", "--user", "alice"), ("key", "create", "alice"), ("whoami",)):
        command = [sys.executable, "-P", "-m", "iamctl", *line]
        subprocess.run(command, cwd=folder, env=environment, check=True, capture_output=True)
    return folder, environment


def modules(machine: tuple[Path, dict[str, str]], line: tuple[str, ...]) -> list[str]:
    """The modules that a command loads."""
    folder, environment = machine
    told = folder / "modules"
    program = [sys.executable, "-P", "-c", RUN.format(file=str(told)), *line]
    subprocess.run(program, cwd=folder, env=environment, check=True, capture_output=True)
    return told.read_text().split("\n")


def strangers(loaded: list[str]) -> set[str]:
    """The packages and modules of others among them, without those that are a part of one in C."""
    others = {module.partition(".")[0] for module in loaded} - {"iamctl"}
    return {name for name in others if not name.startswith("_") or name == "__future__"}


@pytest.mark.parametrize(("line", "rooms"), COMMANDS.items(), ids=map(" ".join, COMMANDS))
def test_a_hot_command_loads_what_it_needs_and_no_more(
    line: tuple[str, ...], rooms: dict[str, int], machine: tuple[Path, dict[str, str]]
) -> None:
    loaded = modules(machine, line)
    assert strangers(loaded) - OTHERS == set()
    ours = [module for module in loaded if module.startswith("iamctl.")]
    counts = Counter(module.split(".")[1] for module in ours)
    crowded = {
        room: [m for m in ours if m.startswith(f"iamctl.{room}")]
        for room, count in counts.items()
        if count > rooms.get(room, 0) and room != "__main__"
    }
    assert crowded == {}
    assert "iamctl.store.index.indexed" in ours  # the file was not read whole


@pytest.mark.parametrize("line", ["user list", "user show alice", "group list"])
def test_a_table_that_fits_its_terminal_needs_no_rich(
    line: str, machine: tuple[Path, dict[str, str]]
) -> None:
    folder, environment = machine
    told = folder / "modules"
    program = [sys.executable, "-P", "-c", RUN.format(file=str(told)), *line.split()]
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 200, 0, 0))
    with os.fdopen(ours, "rb", buffering=0), os.fdopen(theirs, "wb", buffering=0) as terminal:
        subprocess.run(
            program,
            cwd=folder,
            env={**environment, "TERM": "xterm"},
            check=True,
            stdin=subprocess.DEVNULL,
            stdout=terminal,
            stderr=subprocess.PIPE,
        )
    loaded = told.read_text().split("\n")
    assert "iamctl.rendering.tables" in loaded
    assert strangers(loaded) - OTHERS == set()


@pytest.mark.parametrize(
    ("line", "others"),
    [("user tag alice a=b", EDITS), ("user create zoe", EDITS), ("validate", CHECKS)],
)
def test_a_command_that_reads_yaml_loads_nothing_else_that_is_slow(
    line: str, others: frozenset[str], machine: tuple[Path, dict[str, str]]
) -> None:
    loaded = modules(machine, tuple(line.split()))
    assert strangers(loaded) - others == set()
    assert line != "validate" or not any(m.startswith("iamctl.store.index") for m in loaded)
