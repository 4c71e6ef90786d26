"""Cached sessions as JSON. They can be lost: what is not understood is as good as nothing."""

import json
from binascii import a2b_base64, b2a_base64

from iamctl.domain.secret import Secret
from iamctl.ports import CachedSession, CachedSessions

_FORMAT = 1


def alive(sessions: CachedSessions, now: int) -> CachedSessions:
    """Without the sessions that are over."""
    return {key: session for key, session in sessions.items() if session.expires > now}


def encode_sessions(sessions: CachedSessions) -> bytes:
    """The sessions as JSON."""
    entries = {
        key: [session.expires, b2a_base64(session.data.reveal(), newline=False).decode()]
        for key, session in sorted(sessions.items())
    }
    return json.dumps({"format": _FORMAT, "sessions": entries}, separators=(",", ":")).encode()


def decode_sessions(data: bytes) -> CachedSessions:
    """The sessions that `encode_sessions` wrote, or none."""
    try:
        whole = json.loads(data)
        if set(whole) != {"format", "sessions"} or whole["format"] != _FORMAT:
            return {}
        return {key: _session(*entry) for key, entry in whole["sessions"].items()}
    except (ValueError, TypeError, AttributeError, RecursionError):
        return {}


def _session(expires: int, data: str) -> CachedSession:
    if type(expires) is not int:
        raise TypeError
    return CachedSession(expires, Secret(a2b_base64(data, strict_mode=True)))
