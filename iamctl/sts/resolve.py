"""Finding the caller: the order in which options, environment and settings are looked at."""

from collections.abc import Callable, Mapping

from iamctl.domain.directory import Directory
from iamctl.domain.errors import NotAuthenticated, NotFound, Usage
from iamctl.domain.names import did_you_mean, shown
from iamctl.domain.secret import Secret
from iamctl.ports import SigningKey
from iamctl.sts.caller import Caller, CallerSources, authenticate_key, session_caller
from iamctl.sts.session import authenticate_session
from iamctl.sts.token import TOKEN_START, refuse

SecretOf = Callable[[str], Secret | None]
SigningKeys = Callable[[], tuple[SigningKey, ...]]

FOUND_AS = "--as"
FOUND_IAMCTL = "IAMCTL_ACCESS_KEY_ID"
FOUND_AWS_KEY = "AWS_ACCESS_KEY_ID"
FOUND_AWS_SESSION = "AWS_SESSION_TOKEN"
FOUND_DEFAULT = "default user"

_WAYS = (
    "name one with --as USER, set IAMCTL_ACCESS_KEY_ID and IAMCTL_SECRET_ACCESS_KEY, "
    "or choose a default with `iamctl config set directories.{uuid}.user NAME`"
)


def resolve_caller(
    directory: Directory,
    sources: CallerSources,
    secret_of: SecretOf,
    signing_keys: SigningKeys,
    now: int,
) -> tuple[Caller, tuple[str, ...]]:
    """The caller, first that applies, and notes for the person.

    `--as USER`; the keys in IAMCTL_*; a long-term key of this directory in AWS_*; the configured
    default user. A session in AWS_* is the caller with `chain` only, and then before the
    environment's keys, because it was asked for. Raises NotAuthenticated, NotFound, Usage.
    """
    environ = sources.environ
    if sources.chain:
        if sources.as_user is not None:
            raise Usage("--as and --chain name two different callers", hint="give one of them")
        return chained_caller(directory, environ, signing_keys, now), ()
    if sources.as_user is not None:
        return user_caller(directory, sources.as_user, secret_of, FOUND_AS), ()
    notes = _passed_over(environ)
    caller = key_caller(directory, environ, secret_of)
    if caller is None and sources.configured_user is not None:
        caller = default_caller(directory, sources.configured_user, secret_of)
    if caller is None:
        raise no_caller(directory)
    return caller, notes


def no_caller(directory: Directory) -> NotAuthenticated:
    """The error when nothing says who calls; its hint names the ways."""
    return NotAuthenticated(
        "no caller was given",
        code="MissingAuthenticationToken",
        hint=_WAYS.format(uuid=directory.uuid),
    )


def chained_caller(
    directory: Directory, environ: Mapping[str, str], signing_keys: SigningKeys, now: int
) -> Caller:
    """The session in AWS_*. Raises NotAuthenticated when there is none or it is no good."""
    key_id, secret = _pair(environ, "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY") or ("", "")
    token = session_token(environ)
    if not (key_id and token):
        raise NotAuthenticated(
            "there is no session in AWS_ACCESS_KEY_ID and AWS_SESSION_TOKEN to chain from",
            code="MissingAuthenticationToken",
            hint="assume a role first, or leave out --chain",
        )
    if not token.startswith(TOKEN_START):
        refuse("the session token was not issued by iamctl; a session of AWS calls with --aws")
    session = authenticate_session(
        key_id, _secret(secret), _secret(token), directory, signing_keys(), now
    )
    return session_caller(session, directory.account.id, FOUND_AWS_SESSION)


def key_caller(
    directory: Directory,
    environ: Mapping[str, str],
    secret_of: SecretOf,
    foreign_is_error: bool = False,
) -> Caller | None:
    """The owner of a long-term key in IAMCTL_*, or of one of this directory in AWS_*.

    An AWS_* key that is not of this directory is somebody's real one: it is passed over unless
    `foreign_is_error`. Raises NotAuthenticated.
    """
    own = _pair(environ, "IAMCTL_ACCESS_KEY_ID", "IAMCTL_SECRET_ACCESS_KEY")
    if own is not None:
        return _key_caller(directory, *own, secret_of, FOUND_IAMCTL)
    key_id = environ.get("AWS_ACCESS_KEY_ID") or ""
    known = directory.key(key_id) is not None
    if session_token(environ) or not key_id:
        if known:
            # Passed over, it would quietly make somebody else the caller.
            refuse(f"AWS_SESSION_TOKEN is none of long-term key {key_id}'s: unset it")
        return None
    if not known and not foreign_is_error:
        return None
    given = _pair(environ, "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
    return None if given is None else _key_caller(directory, *given, secret_of, FOUND_AWS_KEY)


def _key_caller(
    directory: Directory, key_id: str, secret: str, secret_of: SecretOf, found: str
) -> Caller:
    owner = directory.key(key_id)
    imported = owner is not None and owner[1].fingerprint is None
    # A generated key is proved by the file alone: no vault is opened for it.
    held = secret_of(key_id) if imported else None
    return authenticate_key(directory, key_id, _secret(secret), held, found)


def user_caller(directory: Directory, name: str, secret_of: SecretOf, found: str) -> Caller:
    """The user by name, with the first active key whose secret the vault holds.

    Raises NotFound, NotAuthenticated.
    """
    user = directory.user(name)
    active = [key for key in user.keys.values() if key.active]
    refused: NotAuthenticated | None = None
    for key in active:
        secret = secret_of(key.id)
        if secret is None:
            continue
        try:
            return authenticate_key(directory, key.id, secret, secret, found)
        except NotAuthenticated as error:
            refused = error
    if refused is not None:
        raise refused
    if not user.keys:
        reason, hint = "has no access key", f"run `iamctl key create {name}`"
    elif not active:
        reason, hint = "has no active access key", "run `iamctl key activate KEYID`"
    else:
        reason = "has no access key whose secret is in this machine's vault"
        hint = (
            f"run `iamctl key create {name}`, `iamctl key import {name}` "
            "or `iamctl vault import FILE`"
        )
    raise NotAuthenticated(f"user {shown(name)} {reason}", hint=hint)


def default_caller(directory: Directory, name: str, secret_of: SecretOf) -> Caller:
    """The default user of the settings. Raises NotFound, NotAuthenticated."""
    if name not in directory.users:
        near = did_you_mean(name, directory.users)
        raise NotFound(
            f"user {shown(name)}, the default user of your settings, does not exist",
            hint=near
            or f"choose another: `iamctl config set directories.{directory.uuid}.user NAME`",
        )
    return user_caller(directory, name, secret_of, FOUND_DEFAULT)


def session_token(environ: Mapping[str, str]) -> str:
    """The session token in AWS_*, empty when there is none."""
    return environ.get("AWS_SESSION_TOKEN") or environ.get("AWS_SECURITY_TOKEN") or ""


def _pair(environ: Mapping[str, str], id_name: str, secret_name: str) -> tuple[str, str] | None:
    key_id, secret = environ.get(id_name) or "", environ.get(secret_name) or ""
    if bool(key_id) != bool(secret):
        missing = secret_name if key_id else id_name
        raise NotAuthenticated(
            f"{missing} is missing",
            code="MissingAuthenticationToken",
            hint=f"set both {id_name} and {secret_name}, or neither",
        )
    return (key_id, secret) if key_id else None


def _secret(text: str) -> Secret:
    """An environment value; what was not UTF-8 there becomes the bytes it was."""
    return Secret(text.encode("utf-8", "surrogateescape"))


def _passed_over(environ: Mapping[str, str]) -> tuple[str, ...]:
    if session_token(environ).startswith(TOKEN_START):
        return (
            "the session in AWS_SESSION_TOKEN is passed over; --chain assumes the role from it",
        )
    return ()
