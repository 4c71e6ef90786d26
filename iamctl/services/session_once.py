"""A session that is kept is asked for once, however many ask: the path that all its calls share."""

from typing import Protocol, Self, TypeVar

from iamctl.services.office import CacheUse, Office
from iamctl.services.session_cache import Kept, keep, kept_session


class _Read(Protocol):
    @property
    def now(self) -> int: ...


class _Granted(Protocol):
    @property
    def notes(self) -> tuple[str, ...]: ...

    def _replace(self, *, notes: tuple[str, ...]) -> Self: ...


Reading = TypeVar("Reading", bound=_Read)
"""What is asked for, on one reading of the file, at that time in epoch seconds."""
Session = TypeVar("Session", bound=_Granted, covariant=True)
"""A session that was granted, with notes for the person."""


class Call(Protocol[Reading, Session]):
    """A call of STS: what differs from one to another."""

    def read(self) -> Reading:
        """What is asked for, on the file as it is now."""

    def key(self, reading: Reading) -> str:
        """The key that the session is kept by."""

    def usable(self, reading: Reading, kept: Kept) -> Session | None:
        """The kept session, if it would be granted now, and for as long."""

    def make(self, reading: Reading) -> tuple[Session, Kept]:
        """A new session, and what is kept of it."""


def kept_or_made(
    office: Office, cache: CacheUse, call: Call[Reading, Session], reading: Reading
) -> Session:
    """The session that a call asks for: the kept one while it is good, else a new one.

    Processes that ask for the same thing wait for the first one's answer. `reading` is the first
    of the file. Raises what the call's own steps raise.
    """

    def found() -> Session | None:
        if cache.renew:
            return None
        kept = kept_session(office.vault, key, reading.now, cache.min_ttl)
        return None if kept is None else call.usable(reading, kept)

    key = call.key(reading)
    if (good := found()) is not None:
        return good
    with office.flight(key):
        reading = call.read()
        if (good := found()) is not None:
            return good
        session, kept = call.make(reading)
        notes = keep(office.vault, key, kept, office.clock())
        return session._replace(notes=(*session.notes, *notes))
