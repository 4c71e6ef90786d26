"""`iamctl trust`: this machine opens its vault for a directory file at this path."""

from iamctl.bootstrap import Runtime, require_uuid
from iamctl.cli.app import single
from iamctl.cli.confirm import confirm
from iamctl.cli.options import Directory, Yes
from iamctl.cli.output import say


def trust(directory: Directory = None, yes: Yes = False) -> None:
    """Trust a directory file at its path on this machine, after reading it.

    A directory file arrives by git, so nothing in it may open a vault until you say so: once for
    each clone, or when the clone has moved.

    \b
    git clone …; cd access
    iamctl validate && iamctl trust
    """
    runtime = Runtime()
    repository = runtime.repository(directory)
    loaded = repository.load()
    uuid = require_uuid(loaded)
    if runtime.vaults.is_trusted(uuid, repository.path):
        return say(f"{repository.path} is trusted already")
    confirm(f"trust {repository.path} (directory {uuid}) on this machine?", yes)
    runtime.vaults.trust(uuid, repository.path)
    say(f"trusted {repository.path}")
    if runtime.vaults.kind(uuid) is None:
        say("hint: this machine has no vault for it yet; run: iamctl init")
    return None


app = single(trust)
