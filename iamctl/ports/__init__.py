"""What services ask of the outside world, as interfaces. bootstrap chooses who answers."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Literal

from iamctl.domain.change import Changes
from iamctl.domain.directory import Directory
from iamctl.domain.secret import Secret
from iamctl.domain.tuples import NamedTuple

if TYPE_CHECKING:
    from typing import Protocol

    from iamctl.domain.merging import Clash
else:
    Protocol = object  # a Protocol takes twice as long to define, and nobody asks whether one is

Plan = Callable[[Directory], Changes]
"""A use case with its request bound: what to change in the directory it is given."""


class Edit(NamedTuple):
    """What an edit did, or would do: its changes, the unified diff of the text, the file.

    Of a directory in several files `path` is the main one, `paths` are those that change, and
    `made` is the one among them that was not there before."""

    changes: Changes
    text_diff: str
    path: str
    paths: tuple[str, ...] = ()
    made: str | None = None


class Division(NamedTuple):
    """Where what a directory's main file holds is to stand: ("users", "alice"), or ("users",) for a
    whole section -> path below its folder. `include` are the patterns that mean those files."""

    places: Mapping[tuple[str, ...], str]
    include: tuple[str, ...]


class Rewritten(NamedTuple):
    """What splitting or joining a directory did, or would do: the files that it made and removed,
    and the unified diff of all texts."""

    made: tuple[str, ...]
    gone: tuple[str, ...]
    text_diff: str


EntryKind = Literal["file", "folder", "link", "submodule", "conflict", "other"]


class Entry(NamedTuple):
    """What a name in a kept folder stands for, and what the keeper calls its bytes."""

    kind: EntryKind
    object: str


class MergedFile(NamedTuple):
    """The merged bytes, with markers around what clashes.

    `directory` is what they say, None where something clashes; it `is_whole` unless the file is
    one of several of a directory. `sides` are what ours and theirs say, where they were read.
    """

    data: bytes
    clashes: "tuple[Clash, ...]"
    directory: Directory | None
    is_whole: bool
    sides: tuple[Directory, ...] = ()


class Snapshot(Protocol):
    """Files as they stood together at one moment, kept somewhere else than in folders.

    Paths are below the keeper's root, "" is that itself. What a method raises is StorageFailure.
    """

    def folder(self, path: str) -> Mapping[str, Entry]:
        """What a folder holds, by name; empty where there is no such folder."""

    def entry(self, path: str) -> Entry | None:
        """What a path stands for. No link is followed."""

    def read(self, found: Entry, limit: int) -> bytes | None:
        """A file's bytes, unless it has more than `limit`."""


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


class MfaVerdict(NamedTuple):
    """What an MFA code was found to be.

    `used`: the code, or a later one, was accepted before. `throttled`: nothing was checked, after
    failures in a row; `until` is the epoch second from which codes are looked at again.
    `unknown`: no seed of that device is held.
    """

    outcome: Literal["good", "wrong", "used", "throttled", "unknown"]
    until: int | None = None


class CachedSession(NamedTuple):
    """A session that is kept so that nobody is asked twice. `expires` is in epoch seconds."""

    expires: int
    data: Secret


CachedSessions = dict[str, CachedSession]
"""Sessions by a key in hexadecimal, which says all that was asked for."""


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

    def mfa_seed(self, device: str) -> Secret | None:
        """The seed of the virtual MFA device of that name, if it is held."""

    def put_mfa_seed(self, device: str, seed: Secret) -> None:
        """Store a device's seed, 20 to 64 random bytes, durably.

        What was remembered of codes and failures goes with the seed it was about. Raises
        AlreadyExists when another seed of the device is held, InvalidValue for one of another
        length.
        """

    def delete_mfa_seeds(self, devices: tuple[str, ...]) -> None:
        """Forget seeds; names that are not held are passed over."""

    def mfa_devices(self) -> tuple[str, ...]:
        """The names of the devices whose seeds are held, sorted."""

    def mfa_code(self, device: str, now: int) -> str | None:
        """The six digits that the device shows at `now`, if its seed is held."""

    def use_mfa_code(self, device: str, code: str, now: int) -> MfaVerdict:
        """Check a code and use it up: each works once, whatever process asks.

        What the verdict rests on is stored before it is given. Raises Busy, StorageFailure.
        """

    def synchronize_mfa(
        self, device: str, first: str, second: str, now: int, window: int
    ) -> MfaVerdict:
        """Check two codes that follow each other, use both up and store how far the device's clock
        is off; EnableMFADevice and ResyncMFADevice.

        The second code may be up to `window` steps of 30 seconds away from `now`. Raises as
        `use_mfa_code`.
        """

    def cached_sessions(self) -> CachedSessions:
        """The sessions that are kept, those that are over perhaps included."""

    def change_cached_sessions(
        self, edit: Callable[[CachedSessions], CachedSessions], now: int
    ) -> None:
        """Read, edit and write the kept sessions under the lock; those that are over go.

        `edit` is given the ones that are left and asks nobody anything. Raises what it raises,
        Busy, StorageFailure.
        """

    def pool_identities(self, pool: str) -> dict[str, str]:
        """The identities of an identity pool: what a login is known by -> identity id."""

    def put_pool_identity(
        self, pool: str, logins: tuple[str, ...], identity: str, *, alone: bool = False
    ) -> str:
        """Link logins to an identity and return its id; no logins, nothing to remember.

        An identity that one of the logins has already wins over `identity`. Raises Conflict
        (ResourceConflictException) when they have several or, with `alone`, when the identity has
        other logins than these; Busy, StorageFailure.
        """


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
