"""How others start iamctl again."""

import os
import sys

from iamctl.domain.errors import StorageFailure


def ourselves() -> list[str]:
    """The command that others run: absolute, and importing nothing from the working folder.

    Raises StorageFailure.
    """
    if not os.path.isabs(sys.executable or ""):
        raise StorageFailure(
            "this Python does not know its own path", hint="run iamctl by its whole path"
        )
    return [sys.executable, "-P", "-m", "iamctl"]
