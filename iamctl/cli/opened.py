"""The directory that a question is put to, and what proves who puts it."""

from typing import TYPE_CHECKING

from iamctl.bootstrap import Runtime
from iamctl.domain.errors import Usage
from iamctl.sts.caller import CallerSources

if TYPE_CHECKING:
    from iamctl.bootstrap.side import Side
    from iamctl.ports import Vault


class Opened:
    """A directory as its file says it now; `now` is a time before it was read, so that a
    revocation written meanwhile ends what is granted here too. A file that is searched for is
    looked for from the folder `near` first.

    With `rev` it is as that revision of git has it, with `as_of` as the last commit by that time
    does, or so long ago: then `side` is what was read. `instant` is the time that questions are
    about unless they say another.

    Raises InvalidDirectory, NotFound, StorageFailure, InvalidValue; Usage for both.
    """

    def __init__(
        self,
        directory: str | None,
        runtime: Runtime | None = None,
        near: str | None = None,
        rev: str | None = None,
        as_of: str | None = None,
    ) -> None:
        self.runtime = runtime or Runtime()
        self.now = self.instant = self.runtime.now()
        self.side: Side | None = None
        repository = self.runtime.repository(directory, near=near)
        self.path = repository.path
        if rev is not None or as_of is not None:
            self.side = self._side(directory, rev, as_of)
        self.directory = repository.load() if self.side is None else self.side.load()

    def _side(self, directory: str | None, rev: str | None, as_of: str | None) -> "Side":
        sides = self.runtime.sides(directory)
        if as_of is None:
            return sides.revision(rev or "")
        if rev is not None:
            raise Usage("--rev names a commit and --as-of a time: give one of them")
        from iamctl.domain.times import parse_since

        self.instant = parse_since(as_of, self.now)
        return sides.as_of(self.instant)

    def sources(self, as_user: str | None = None, chain: bool = False) -> CallerSources:
        """Where the caller may come from."""
        default = self.runtime.default_user(self.directory)
        return CallerSources(self.runtime.environ, as_user, default, chain)

    def vault(self) -> "Vault":
        """This machine's vault for the directory. Raises VaultUnavailable."""
        return self.runtime.vault(self.directory, self.path)
