"""`vault.json`: which kind of vault was chosen when the directory was made or adopted here.

Nothing in it is secret and nothing in it opens anything. It is there so that a vault of another
kind than the recorded one is noticed instead of used.
"""

import json

from iamctl.domain.errors import VaultUnavailable
from iamctl.domain.tuples import NamedTuple
from iamctl.files import replace_durably
from iamctl.vault.interface import KINDS, read_vault_file

_NAME = "vault.json"
_VERSION = 1
_LONGEST = 1000


class Record(NamedTuple):
    """The recorded kind.

    `creating` until the first secret is stored; `becoming` is the kind that a rewrap was moving
    to, which holds once the sealed file says so.
    """

    directory: str
    kind: str
    creating: bool = False
    becoming: str | None = None

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds that the sealed file may be of."""
        return (self.kind,) if self.becoming is None else (self.kind, self.becoming)


def write_record(folder: str, record: Record) -> None:
    """Record it durably. The caller holds the folder's lock."""
    replace_durably(f"{folder}/{_NAME}", _encode(record), mode=0o600)


def read_record(folder: str, uuid: str | None = None) -> Record | None:
    """What was recorded, or None when nothing was.

    Raises VaultUnavailable when it is damaged or, with `uuid`, when it is another directory's.
    """
    path = f"{folder}/{_NAME}"
    data = read_vault_file(path, _LONGEST)
    if data is None:
        return None
    record = _decode(data)
    if record is None:
        raise VaultUnavailable(
            f"{path} is damaged",
            hint=f"put back a copy of it, or move {folder} away and start a new vault",
        )
    if uuid is not None and record.directory != uuid:
        raise VaultUnavailable(f"{path} belongs to another directory, {record.directory}")
    return record


def _encode(record: Record) -> bytes:
    whole = {"version": _VERSION, **record._asdict()}
    return json.dumps(whole, indent=1).encode() + b"\n"


def _decode(data: bytes) -> Record | None:
    try:
        whole = json.loads(data)
        del whole["version"]
        record = Record(**whole)
        if _encode(record) != data or not set(record.kinds) <= set(KINDS):
            return None
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None
    return record
