"""Sessions that are kept, so that nobody is asked twice for what is already here.

The cache saves a prompt and a network call, never a decision: whoever takes a session out of it
decides anew first. A key is a hash of everything that was asked for, the caller included.
"""

import json
from collections.abc import Iterable, Mapping
from hashlib import sha256

from iamctl.domain.errors import IamctlError
from iamctl.domain.secret import Secret
from iamctl.domain.source import Plain
from iamctl.domain.tuples import NamedTuple
from iamctl.ports import CachedSession, CachedSessions, Vault
from iamctl.services.assume import AssumeResult
from iamctl.sts.assume import ASSUME_ROLE
from iamctl.sts.session import Credentials

_VERSION = 1

LOCAL, AWS = "local", "aws"
"""Who issued a session: iamctl, or real AWS."""


class Kept(NamedTuple):
    """A session as it is kept. Times are epoch seconds.

    `call` is the action of STS that made it; `arn` what GetCallerIdentity says of it; `id` the
    AssumedRoleId; `role_arn` is empty for a user's session; `serial` and `mfa_time` are of the
    code that was asked for, if one was. `caller_id` is the caller's unique id in the file, of a
    session of AWS's, whose key does not hold it.
    """

    call: str
    mode: str
    credentials: Credentials
    arn: str
    id: str = ""
    role_arn: str = ""
    session_name: str = ""
    source_identity: str | None = None
    packed: int | None = None
    caller_arn: str = ""
    chain: tuple[str, ...] = ()
    issued: int = 0
    serial: str = ""
    mfa_time: int | None = None
    caller_id: str = ""


def role_to_keep(
    result: AssumeResult, mode: str, serial: str = "", mfa_time: int | None = None
) -> Kept:
    """A role's session to be kept, and the code that was asked for, if one was."""
    return Kept(
        call=ASSUME_ROLE,
        mode=mode,
        credentials=result.credentials,
        arn=result.assumed_role_arn,
        id=result.assumed_role_id,
        role_arn=result.role_arn,
        session_name=result.session_name,
        source_identity=result.source_identity,
        packed=result.packed,
        caller_arn=result.caller_arn,
        chain=result.chain,
        issued=result.issued,
        serial=serial,
        mfa_time=mfa_time,
    )


def kept_role(kept: Kept, notes: tuple[str, ...] = ()) -> AssumeResult:
    """A kept session of a role as it was granted."""
    return AssumeResult(
        credentials=kept.credentials,
        role_arn=kept.role_arn,
        assumed_role_arn=kept.arn,
        assumed_role_id=kept.id,
        session_name=kept.session_name,
        source_identity=kept.source_identity,
        packed=kept.packed,
        caller_arn=kept.caller_arn,
        chain=kept.chain,
        issued=kept.issued,
        notes=notes,
    )


def cache_key(asked: Mapping[str, Plain]) -> str:
    """The key of what was asked for: 64 hexadecimal digits."""
    text = json.dumps(asked, sort_keys=True, separators=(",", ":"))
    return sha256(f"iamctl session cache v{_VERSION} {text}".encode()).hexdigest()


def kept_session(vault: Vault, key: str, now: int, min_ttl: int) -> Kept | None:
    """The session of that key, if it lasts `min_ttl` seconds from `now` at least."""
    entry = vault.cached_sessions().get(key)
    if entry is None or entry.expires <= now or entry.expires - now < min_ttl:
        return None
    return _decoded(entry)


def keep(vault: Vault, key: str, session: Kept, now: int) -> tuple[str, ...]:
    """Keep a session. It was granted, so a failure is only a note for the person."""
    if vault.kind == "env":
        return ()  # it stores nothing, which is what it was chosen for
    entry = CachedSession(session.credentials.expiration, Secret(_encoded(session)))
    try:
        vault.change_cached_sessions(lambda kept: {**kept, key: entry}, now)
    except IamctlError as error:
        return (f"the session could not be kept for the next time: {error.message}",)
    return ()


def kept_sessions(vault: Vault, now: int) -> tuple[tuple[str, Kept], ...]:
    """Every session that is kept and not over, with its key; the next to end comes first."""
    live = [
        (key, session)
        for key, entry in vault.cached_sessions().items()
        if entry.expires > now and (session := _decoded(entry)) is not None
    ]
    return tuple(sorted(live, key=lambda item: (item[1].credentials.expiration, item[0])))


def drop_sessions(vault: Vault, keys: Iterable[str], now: int) -> None:
    """Forget the copies of sessions; the sessions themselves live on."""
    dropped = frozenset(keys)

    def without(kept: CachedSessions) -> CachedSessions:
        return {key: entry for key, entry in kept.items() if key not in dropped}

    vault.change_cached_sessions(without, now)


def _encoded(session: Kept) -> bytes:
    facts = session._asdict()
    given = session.credentials
    facts["credentials"] = [
        given.access_key_id,
        given.secret_access_key.reveal_text(),
        given.session_token.reveal_text(),
        given.expiration,
    ]
    return json.dumps({"version": _VERSION, **facts}).encode()


def _decoded(entry: CachedSession) -> Kept | None:
    """What an entry holds, None when another version wrote it."""
    try:
        facts = json.loads(entry.data.reveal())
        if facts.pop("version") != _VERSION:
            return None
        key_id, secret, token, expires = facts.pop("credentials")
        facts["chain"] = tuple(facts["chain"])
        credentials = Credentials(key_id, Secret(secret), Secret(token), expires)
        return Kept(credentials=credentials, **facts)
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
