"""Single flights: of many processes that need the same thing at once, one goes and gets it."""

from iamctl.files import Lock, file_lock, private_folder
from iamctl.vault.interface import vault_folder

FOLDER = "flights"
_BUCKETS = 64


def single_flight(state_folder: str, uuid: str, key: str) -> Lock:
    """A context manager that one process at a time gets through, for one key of one directory.

    It waits for as long as the one inside takes, who may be asking a person; a dead one holds
    nobody up, and Ctrl-C ends the wait. What the one before obtained is there on entering, so look
    again first. A few keys share a lock, lest the folder grow: never enter a second one inside.
    Raises StorageFailure, InvalidValue.
    """
    from hashlib import sha256  # here: most commands share nothing

    folder = f"{vault_folder(state_folder, uuid)}/{FOLDER}"
    private_folder(folder)
    bucket = sha256(key.encode()).digest()[0] % _BUCKETS
    return file_lock(f"{folder}/{bucket:02x}", None)
