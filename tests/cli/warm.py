"""What runs of the command line in this process, or in forks of it, need not do anew each time."""

import functools
import importlib
import pkgutil
from contextlib import suppress

import iamctl
from iamctl.cli import app

load = functools.cache(app.load)
"""`app.load`, which makes a command of annotations: most of what such a run would cost."""


def up() -> None:
    """Import all modules and make all commands: forks of this process find them done.

    What is broken breaks the tests that need it, and no others.
    """
    for module in pkgutil.walk_packages(iamctl.__path__, f"{iamctl.__name__}."):
        with suppress(Exception):
            importlib.import_module(module.name)
    for name in app.COMMANDS:
        with suppress(Exception):
            load(name)
