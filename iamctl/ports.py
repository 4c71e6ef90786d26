"""What services ask of the outside world, as interfaces. bootstrap chooses who answers."""

from collections.abc import Callable, Iterable, Iterator, Mapping
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


class Accounts(Protocol):
    """The directories of other accounts. Both calls may raise InvalidDirectory, StorageFailure."""

    def __call__(self, account: str) -> Directory | None:
        """The directory of an account by its id, or None when nothing says what it holds."""

    def ids(self) -> Iterable[str]:
        """The account ids that are known."""


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


class ActionFacts(NamedTuple):
    """What AWS publishes about one action in its Service Authorization Reference.

    `name` is spelled as AWS does, `s3:GetObject`. `access_level` is List, Read, Write,
    Permissions management or Tagging. `resource_arns` holds a pattern for each of
    `resource_types`, its variables turned to `*`. `condition_keys` are the action's and those of
    its resource types, tag keys as `aws:ResourceTag/${TagKey}`. An action that takes no resource
    is only ever asked about with `*`.
    """

    name: str
    access_level: str
    resource_types: tuple[str, ...]
    resource_arns: tuple[str, ...]
    condition_keys: tuple[str, ...]
    takes_resource: bool


class Catalogue(Protocol):
    """AWS's published facts, offline. Every question may raise StorageFailure."""

    def managed_policy(self, arn: str) -> ManagedPolicy | None:
        """The managed policy of that ARN, or None."""

    def managed_policies(self) -> Iterator[tuple[str, str, str]]:
        """(ARN, default version, update date) of every managed policy, by ARN."""

    def search(self, text: str) -> Iterator[ManagedPolicy]:
        """The managed policies whose name or document holds the text, ignoring case."""

    def services(self) -> Mapping[str, str]:
        """Prefix of action names, such as `s3` -> the service's name."""

    def action(self, name: str) -> ActionFacts | None:
        """The facts of the action of that name in any case, or None when no service has it."""

    def actions(self, service: str) -> tuple[ActionFacts, ...]:
        """Every action of the service with that prefix, by name; none when it is unknown."""

    def expand(self, pattern: str) -> tuple[str, ...]:
        """The names that a pattern such as `s3:Get*`, `*:Tag*` or `*` matches, by service."""

    def condition_key(self, name: str) -> str | None:
        """The type of a condition key in any case, None when it is unknown.

        One of String, ARN, Bool, Date, Numeric, IPAddress, and those of several values,
        ArrayOfString, ArrayOfARN, ArrayOfBool. `aws:RequestTag/team` is known by its pattern.
        """

    def near_action(self, name: str) -> str | None:
        """For an action that is unknown: a hint naming the nearest one, or None."""
