"""Draws .github/terminal.svg from a real run on a real terminal: `make screenshot`."""

import os
import pty
import subprocess
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.text import Text

ROOT = Path(__file__).resolve().parent.parent
WIDTH = 92
LINES = (
    "iamctl init --user me",
    "iamctl role create deployer --allow user/me --max-session-duration 2h",
    'eval "$(iamctl assume-role deployer --duration 2h)"',
    "iamctl whoami",
    "iamctl user create bob && iamctl key create bob --quiet >/dev/null",
    "iamctl assume-role deployer --as bob",
)


def typed(shell: int, line: str) -> bytes:
    """What the terminal shows for one line."""
    os.write(shell, f"{line}; printf '\\001'\n".encode())
    shown = b""
    while not shown.endswith(b"\x01"):
        shown += os.read(shell, 4096)
    return shown[:-1]


def main() -> None:
    """Run the lines in one shell, and draw what a person would have seen."""
    console = Console(record=True, width=WIDTH, file=open(os.devnull, "w"))  # noqa: SIM115
    with tempfile.TemporaryDirectory(prefix="iamctl-") as folder:
        work = Path(folder) / "access"
        work.mkdir()
        environment = {
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "HOME": folder,
            "XDG_STATE_HOME": f"{folder}/state",
            "XDG_CONFIG_HOME": f"{folder}/config",
            "IAMCTL_VAULT": "file",
            "TERM": "xterm-256color",
            "COLUMNS": str(WIDTH),
            "PS1": "",
        }
        ours, theirs = pty.openpty()
        subprocess.run(["stty", "-echo", "cols", str(WIDTH)], stdin=theirs, check=True)
        shell = subprocess.Popen(
            ["sh"], stdin=theirs, stdout=theirs, stderr=theirs, cwd=work, env=environment,
            start_new_session=True,
        )  # fmt: skip
        typed(ours, ":")
        for line in LINES:
            shown = typed(ours, line).decode().replace("\r\n", "\n").replace(folder, "~")
            console.print(Text("$ ", style="bold green") + Text(line, style="bold"))
            if shown.strip():
                console.print(Text.from_ansi(shown.rstrip("\n")))
        shell.kill()
    picture = console.export_svg(title="iamctl", unique_id="iamctl")
    (ROOT / ".github" / "terminal.svg").write_text(picture)


main()
