"""Files that can have no index, remembered so that each content is tried once.

Beside the index of a file stands a digest, under the user's own key, of the last content that did
not do. Whatever becomes of it, the worst is that a file is tried again or read whole.
"""

from __future__ import annotations

import os
from hashlib import blake2b
from hmac import compare_digest

from iamctl import files
from iamctl.store.index.places import UNFIT

_SIZE = 32


def is_unfit(file: str, key: bytes, about: bytes, data: bytes) -> bool:
    """Whether these bytes are known to have no index; `file`, `key` and `about` are as for it."""
    try:
        descriptor = os.open(
            file + UNFIT, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        )
    except OSError:
        return False
    try:
        said = os.read(descriptor, _SIZE + 1)
    except OSError:
        return False
    finally:
        os.close(descriptor)
    return len(said) == _SIZE and compare_digest(said, _digest(key, about, data))


def note_unfit(file: str, key: bytes, about: bytes, data: bytes) -> None:
    """Remember that these bytes have no index; without a word where that fails.

    Two at once may spoil each other's note, which then is made the next time.
    """
    from iamctl.domain.errors import IamctlError

    try:
        files.private_folder(os.path.dirname(file))
        files.replace_private(file + UNFIT, _digest(key, about, data))
    except (IamctlError, OSError):
        pass


def _digest(key: bytes, about: bytes, data: bytes) -> bytes:
    state = blake2b(key=key, digest_size=_SIZE, person=b"iamctl unfit")
    state.update(len(about).to_bytes(8, "big") + about)
    state.update(data)
    return state.digest()
