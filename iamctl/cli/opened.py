"""The directory that a question is put to, and what proves who puts it."""

from typing import TYPE_CHECKING

from iamctl.bootstrap import Runtime
from iamctl.sts.caller import CallerSources

if TYPE_CHECKING:
    from iamctl.ports import Vault


class Opened:
    """A directory as its file says it now; `now` is a time before it was read, so that a
    revocation written meanwhile ends what is granted here too. A file that is searched for is
    looked for from the folder `near` first.

    Raises InvalidDirectory, NotFound, StorageFailure.
    """

    def __init__(
        self, directory: str | None, runtime: Runtime | None = None, near: str | None = None
    ) -> None:
        self.runtime = runtime or Runtime()
        self.now = self.runtime.now()
        repository = self.runtime.repository(directory, near=near)
        self.path = repository.path
        self.directory = repository.load()

    def sources(self, as_user: str | None = None, chain: bool = False) -> CallerSources:
        """Where the caller may come from."""
        default = self.runtime.default_user(self.directory)
        return CallerSources(self.runtime.environ, as_user, default, chain)

    def vault(self) -> "Vault":
        """This machine's vault for the directory. Raises VaultUnavailable."""
        return self.runtime.vault(self.directory, self.path)
