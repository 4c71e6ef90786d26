"""What services ask of the outside world, as interfaces. bootstrap chooses who answers."""

from collections.abc import Callable, Iterator
from typing import NamedTuple, Protocol

from iamctl.domain.change import Changes
from iamctl.domain.directory import Directory
from iamctl.domain.secret import Secret

Plan = Callable[[Directory], Changes]
"""A use case with its request bound: what to change in the directory it is given."""


class Edit(NamedTuple):
    """What an edit did, or would do: its changes, the unified diff of the text, the file."""

    changes: Changes
    text_diff: str
    path: str


class Repository(Protocol):
    """Loads and edits one directory file."""

    @property
    def path(self) -> str:
        """The file's real path."""

    def load(self, checked: bool = True) -> Directory:
        """The directory as the file says it now. Raises InvalidDirectory, StorageFailure.

        Without `checked` a file that breaks its own rules is no error: to plan an edit, which
        may mend it, or to show what one made. Never for decisions.
        """

    def apply(self, plan: Plan, confirmed: Changes | None = None, dry_run: bool = False) -> Edit:
        """Lock, read, plan, splice, check, write.

        With `confirmed`, a plan that comes out otherwise raises ConcurrentChange. Raises what
        the plan raises, Busy, InvalidDirectory, StorageFailure; then nothing was written.
        """


class SigningKey(NamedTuple):
    """A key that signs session tokens. `id` is public; `ends` epoch seconds, None = current."""

    id: str
    secret: Secret
    ends: int | None = None


class Vault(Protocol):
    """This machine's secrets for one directory. Every call may raise VaultUnavailable."""

    @property
    def kind(self) -> str:
        """Where the wrapping key comes from: keyring, passphrase, file or env."""

    def unlock(self) -> None:
        """Obtain the wrapping key now, so that nothing asks a person for it later, under a lock."""

    def signing_keys(self) -> tuple[SigningKey, ...]:
        """The current key first, then retired ones, those that have ended included."""

    def rotate_signing_key(self, new: SigningKey, retire_at: int, now: int | None = None) -> None:
        """Make `new` current; the keys before it end at `retire_at` (epoch seconds) or earlier.

        With `now`, retired keys that ended before it are forgotten. Raises AlreadyExists when a
        key of that id is held.
        """

    def secret_access_key(self, key_id: str) -> Secret | None:
        """The secret of a long-term access key, if this vault holds it."""

    def secret_access_keys(self) -> dict[str, Secret]:
        """Every secret that is held, by access key id."""

    def put_secret_access_keys(self, secrets: dict[str, Secret]) -> None:
        """Store secrets by access key id, durably, in one write; a held one is replaced."""

    def delete_secret_access_keys(self, key_ids: tuple[str, ...]) -> None:
        """Forget secrets; ids that are not held are passed over."""

    def key_ids(self) -> tuple[str, ...]:
        """The access key ids whose secrets are held, sorted."""


class ManagedPolicy(NamedTuple):
    """An AWS managed policy. `document` is JSON text as AWS publishes it."""

    arn: str
    name: str
    path: str
    version: str
    created: str
    updated: str
    document: str


class Catalogue(Protocol):
    """AWS's published facts, offline."""

    def managed_policy(self, arn: str) -> ManagedPolicy | None:
        """The managed policy of that ARN, or None."""

    def managed_policies(self) -> Iterator[tuple[str, str, str]]:
        """(ARN, default version, update date) of every managed policy, by ARN."""

    def search(self, text: str) -> Iterator[ManagedPolicy]:
        """The managed policies whose name or document holds the text, ignoring case."""
