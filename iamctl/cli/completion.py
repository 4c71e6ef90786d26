"""`iamctl completion SHELL`: prints or installs the completion script of a shell."""

import os
import shlex
from typing import Annotated

import typer

from iamctl import files
from iamctl.bootstrap import Runtime
from iamctl.cli.app import single
from iamctl.cli.candidates import one_of
from iamctl.cli.completion_scripts import SCRIPTS
from iamctl.cli.output import answer, say
from iamctl.domain.errors import StorageFailure, Usage

_SHELLS = ("bash", "zsh", "fish", "powershell")


def completion(
    shell: Annotated[
        str,
        typer.Argument(
            metavar="SHELL",
            help="bash, zsh, fish or powershell.",
            autocompletion=one_of(*_SHELLS),
        ),
    ],
    install: Annotated[
        bool, typer.Option("--install", help="Write it into a file that the shell loads.")
    ] = False,
) -> None:
    """Print the completion script of a shell, or install it.

    \b
    iamctl completion bash --install
    source <(iamctl completion bash)
    """
    if shell not in _SHELLS:
        raise Usage(f'there is no completion for "{shell[:40]}"', hint=f"use {', '.join(_SHELLS)}")
    script = SCRIPTS[shell]
    if not install:
        return answer(script)
    path = _place(shell)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with files.folder_lock(os.path.dirname(path)):
        files.replace_durably(path, script.encode(), mode=0o644)
    say(f"wrote {path}")
    if shell == "zsh":
        folder = shlex.quote(os.path.dirname(path))
        say(f"zsh finds it when this stands before compinit: fpath=({folder} $fpath)")
    if shell == "powershell":
        quoted = path.replace("'", "''")
        say(f"PowerShell loads it when this stands in $PROFILE: . '{quoted}'")
    return None


app = single(completion)


def _place(shell: str) -> str:
    data = _base("XDG_DATA_HOME", "~/.local/share")
    config = _base("XDG_CONFIG_HOME", "~/.config")
    return {
        "bash": os.path.join(data, "bash-completion", "completions", "iamctl"),
        "zsh": os.path.join(data, "zsh", "site-functions", "_iamctl"),
        "fish": os.path.join(config, "fish", "completions", "iamctl.fish"),
        "powershell": os.path.join(config, "powershell", "iamctl.ps1"),
    }[shell]


def _base(variable: str, fallback: str) -> str:
    """A folder as the shells look for it; never one below the working folder."""
    given = Runtime().environ.get(variable, "")
    base = given if os.path.isabs(given) else os.path.expanduser(fallback)
    if not os.path.isabs(base):
        raise StorageFailure("this system does not say where your home folder is", hint="set HOME")
    return base
