"""The command line in this process: for walks over hundreds of command lines."""

import io
import os
import sys
from unittest import mock

from iamctl.cli import app
from iamctl.cli.boundary import run
from tests.cli import warm


def run_here(home, arguments, capfd, stdin=b""):
    """(exit code, stdout, stderr) of `iamctl ARGUMENTS` in that home, with those bytes on stdin."""
    capfd.readouterr()
    stdin = io.TextIOWrapper(io.BytesIO(stdin))
    folder = os.getcwd()
    os.chdir(home.folder)
    try:
        with (
            mock.patch.dict(os.environ, home.environment, clear=True),
            mock.patch.object(sys, "stdin", stdin),
            mock.patch.object(app, "load", warm.load),
        ):
            code = run(arguments)
    finally:
        os.chdir(folder)
    out, err = capfd.readouterr()
    return code, out, err
