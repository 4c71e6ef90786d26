"""Trust on first use: the directories that a person adopted on this machine.

A directory file arrives by git clone, so neither its UUID nor its place alone says that it is
the one that was adopted: only the pair does.
"""

import json
import os

from iamctl.domain.errors import VaultUnavailable
from iamctl.domain.tuples import NamedTuple
from iamctl.files import folder_lock, private_folder, replace_durably
from iamctl.vault.interface import check_uuid, read_vault_file

_NAME = "trusted.json"
_VERSION = 1


class Trusted(NamedTuple):
    """A directory's UUID and the real path of its file."""

    uuid: str
    path: str


def record(state_folder: str, uuid: str, path: str, lock_timeout: float = 30.0) -> None:
    """Trust the directory of that UUID in the file behind `path`, from now on and durably.

    Raises Busy, StorageFailure; VaultUnavailable when what was recorded before is damaged.
    """
    pair = Trusted(check_uuid(uuid), os.path.realpath(path))
    private_folder(state_folder)
    with folder_lock(state_folder, lock_timeout):
        before = trusted(state_folder)
        if pair not in before:
            _write(state_folder, (*before, pair))


def forget(state_folder: str, uuid: str, path: str, lock_timeout: float = 30.0) -> None:
    """Trust that very pair no more. Raises as `record`."""
    pair = Trusted(check_uuid(uuid), os.path.realpath(path))
    with folder_lock(state_folder, lock_timeout):
        before = trusted(state_folder)
        if pair in before:
            _write(state_folder, tuple(entry for entry in before if entry != pair))


def is_trusted(state_folder: str, uuid: str, path: str) -> bool:
    """Whether that very pair was recorded. Raises VaultUnavailable when the record is damaged."""
    return Trusted(uuid, os.path.realpath(path)) in trusted(state_folder)


def trusted(state_folder: str) -> tuple[Trusted, ...]:
    """Every pair that was recorded, sorted. Raises VaultUnavailable when the record is damaged."""
    path = f"{state_folder}/{_NAME}"
    data = read_vault_file(path)
    if data is None:
        return ()
    try:
        whole = json.loads(data)
        if whole.keys() != {"version", "trusted"} or whole["version"] != _VERSION:
            raise ValueError
        return tuple(_pair(**entry) for entry in whole["trusted"])
    except (ValueError, TypeError, AttributeError, RecursionError):
        raise VaultUnavailable(
            f"{path} is damaged", hint="remove it, and run iamctl trust for each directory"
        ) from None


def _write(state_folder: str, pairs: tuple[Trusted, ...]) -> None:
    whole = {"version": _VERSION, "trusted": [pair._asdict() for pair in sorted(pairs)]}
    data = json.dumps(whole, indent=1).encode() + b"\n"
    replace_durably(f"{state_folder}/{_NAME}", data, mode=0o600)


def _pair(uuid: str, path: str) -> Trusted:
    if not (isinstance(uuid, str) and isinstance(path, str)):
        raise ValueError
    return Trusted(uuid, path)
