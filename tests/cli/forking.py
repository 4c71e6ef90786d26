"""A process that has imported everything and forks for each command: starting costs ten times that.

What runs there is `iamctl.__main__.main`, in a process, folder and environment of its own. It does
not show what only starting shows, such as a module that nobody imported.
"""

import atexit
import gc
import importlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

ROOT = Path(__file__).parents[2]
HEAVY = (
    *("cryptography.hazmat.primitives.ciphers.aead", "cryptography.hazmat.primitives.kdf.hkdf"),
    *("cryptography.hazmat.primitives.kdf.scrypt", "keyring", "rich.console", "rich.table"),
    *("rich.tree", "yaml", "tomlkit", "platformdirs", "encodings.utf_8_sig", "typer.core"),
    *("typer._click.decorators", "tempfile", "secrets", "subprocess", "sqlite3", "http.server"),
)
"""What commands import once they need it."""
SHAPING = ("PYTHON", "LANG", "LC_", "TZ", "COVERAGE")
"""How variables begin that shape a Python as it starts: no fork heeds them."""


class Forking:
    """The process that forks. It starts when first asked, and ends with this one."""

    def __init__(self) -> None:
        self._ours: socket.socket | None = None

    def start(
        self,
        arguments: Sequence[str],
        environment: Mapping[str, str],
        folder: Path,
        streams: Sequence[int],
    ) -> int:
        """The process id of `iamctl ARGUMENTS`, with those descriptors as its 0, 1 and 2."""
        if self._ours is None:
            self._ours = _started()
        told = json.dumps([list(arguments), dict(environment), str(folder)]).encode()
        socket.send_fds(self._ours, [len(told).to_bytes(4)], list(streams))
        self._ours.sendall(told)
        return self.answer()

    def answer(self) -> int:
        """The exit code of the process that was started last, once it has ended."""
        assert self._ours is not None
        told = self._ours.recv(4, socket.MSG_WAITALL)
        assert len(told) == 4, "the process that forks has died"
        return int.from_bytes(told, signed=True)


def _started() -> socket.socket:
    ours, theirs = socket.socketpair()
    kept = {name: os.environ[name] for name in os.environ if name.startswith(("PATH", *SHAPING))}
    process = subprocess.Popen(
        [sys.executable, "-P", __file__, str(theirs.fileno())],
        cwd=ROOT, env=kept | {"PYTHONPATH": str(ROOT)}, pass_fds=[theirs.fileno()],
        stdin=subprocess.DEVNULL,
    )  # fmt: skip
    theirs.close()

    def end() -> None:
        ours.close()
        process.wait(60)

    atexit.register(end)
    return ours


def serve(asking: socket.socket) -> None:
    """Fork for each command that is asked for, until nobody can ask any more."""
    from iamctl.cli import app
    from tests.cli import warm

    warm.up()
    for name in HEAVY:
        importlib.import_module(name)
    app.load = warm.load
    gc.collect()
    gc.freeze()
    while True:
        header, streams, _, _ = socket.recv_fds(asking, 4, 3)
        if not header:
            return
        told = asking.recv(int.from_bytes(header), socket.MSG_WAITALL)
        child = os.fork()
        if child == 0:
            asking.close()
            _become(*json.loads(told), streams)
        for descriptor in streams:
            os.close(descriptor)
        asking.sendall(child.to_bytes(4))
        asking.sendall(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]).to_bytes(4, signed=True))


def _become(
    arguments: list[str], environment: dict[str, str], folder: str, streams: list[int]
) -> NoReturn:
    """Be that command, as Python would have started it."""
    code: object = 99
    try:
        for number, descriptor in enumerate(streams):
            os.dup2(descriptor, number)
        os.closerange(3, max(streams) + 1)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115
        sys.stdout = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
        sys.stderr = open(  # noqa: SIM115
            2, "w", 1, encoding="utf-8", errors="backslashreplace", closefd=False
        )
        os.environ.clear()
        os.environ.update(environment)
        time.tzset()
        os.chdir(folder)
        sys.argv = [str(ROOT / "iamctl" / "__main__.py"), *arguments]
        from iamctl.__main__ import main

        main()
    except SystemExit as end:
        code = end.code
    finally:
        with suppress(OSError, ValueError):
            sys.stdout.flush()
        os._exit(code if isinstance(code, int) else 0 if code is None else 1)


if __name__ == "__main__":
    serve(socket.socket(fileno=int(sys.argv[1])))
