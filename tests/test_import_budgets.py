"""What the hottest commands load, counted in modules: each is time before the first answer."""

import os
import shutil
import subprocess
import sys
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

ROOMS = {
    "bootstrap": 4, "catalogue": 3, "cli": 13, "domain": 30, "files": 6, "policy": 13, "ports": 1,
    "rendering": 5, "services": 8, "settings": 1, "store": 13, "sts": 15, "vault": 13,
}  # fmt: skip
"""Room -> how many modules of it a command may load."""

COMMANDS = (
    ("assume-role", "deployer", "-o", "sh"),
    ("assume-role", "deployer", "-o", "process"),
    ("whoami",),
    ("get-caller-identity", "-o", "json"),
    ("get-session-token", "-o", "sh"),
)

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
    for line in (("init", "--user", "alice"), ("key", "create", "alice"), COMMANDS[0]):
        command = [sys.executable, "-P", "-m", "iamctl", *line]
        subprocess.run(command, cwd=folder, env=environment, check=True, capture_output=True)
    return folder, environment


@pytest.mark.parametrize("line", COMMANDS, ids=" ".join)
def test_a_hot_command_loads_what_it_needs_and_no_more(
    line: tuple[str, ...], machine: tuple[Path, dict[str, str]]
) -> None:
    folder, environment = machine
    told = folder / "modules"
    program = [sys.executable, "-P", "-c", RUN.format(file=str(told)), *line]
    subprocess.run(program, cwd=folder, env=environment, check=True, capture_output=True)
    modules = told.read_text().split("\n")
    others = {module.partition(".")[0] for module in modules} - {"iamctl"}
    strangers = {name for name in others if not name.startswith("_") or name == "__future__"}
    assert strangers - OTHERS == set()
    ours = [module for module in modules if module.count(".")]
    rooms = Counter(m.split(".")[1] for m in ours if m.startswith("iamctl."))
    crowded = {
        room: [m for m in ours if m.startswith(f"iamctl.{room}")]
        for room, count in rooms.items()
        if count > ROOMS.get(room, 0) and room != "__main__"
    }
    assert crowded == {}
    assert "iamctl.store.index.indexed" in ours  # the file was not read whole
