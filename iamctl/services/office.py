"""What sessions are got with: the file read anew, the caller's sources, vault, clock, chance."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from iamctl.domain.directory import Directory
from iamctl.domain.ids import Randomness
from iamctl.domain.tuples import NamedTuple
from iamctl.ports import Catalogue, Vault
from iamctl.sts.caller import CallerSources

if TYPE_CHECKING:
    from contextlib import AbstractContextManager


class Office(NamedTuple):
    """What a session is got with.

    `open` reads the directory file as it is now and says a time, in epoch seconds, before it was
    read; `clock` says the time; `wait_until` sleeps until a second has begun; `flight(key)` lets
    one process at a time through, for as long as a person takes.
    """

    open: Callable[[], tuple[Directory, int]]
    sources: CallerSources
    vault: Vault
    catalogue: Catalogue
    randomness: Randomness
    clock: Callable[[], int]
    wait_until: Callable[[int], object]
    flight: Callable[[str], "AbstractContextManager[object]"]


class MfaAsked(NamedTuple):
    """How a second factor is to be proved.

    `serial` is a device's name or ARN; `forced`: it is proved whether or not anything wants it;
    `code` gets the code of the device of a serial number, from a person perhaps.
    """

    code: Callable[[str], str]
    serial: str | None = None
    forced: bool = False


class CacheUse(NamedTuple):
    """How kept sessions are used: `min_ttl` seconds must be left; `renew` takes none."""

    min_ttl: int = 300
    renew: bool = False
