"""Whose credentials are these, and are they still good."""

from collections.abc import Callable, Mapping

from iamctl.domain.directory import Directory
from iamctl.domain.errors import AccessDenied
from iamctl.domain.secret import Secret
from iamctl.domain.times import format_instant
from iamctl.domain.tuples import NamedTuple
from iamctl.ports import Catalogue, SigningKey, Vault
from iamctl.sts.caller import Caller, CallerSources, principal_of
from iamctl.sts.resolve import (
    FOUND_AS,
    chained_caller,
    default_caller,
    key_caller,
    no_caller,
    session_token,
    user_caller,
)
from iamctl.sts.session import Session
from iamctl.sts.token import TOKEN_START

OpenVault = Callable[[], Vault]


class Identity(NamedTuple):
    """A caller's identity. Times are epoch seconds, None for long-term keys; `chain` holds the
    ARNs that led to a chained session; `found` says how the caller was found; `notes` are for
    the person."""

    arn: str
    user_id: str
    account: str
    type: str
    found: str
    key_id: str
    issued: int | None
    expires: int | None
    session_name: str | None
    chain: tuple[str, ...]
    source_identity: str | None
    tags: Mapping[str, str]
    notes: tuple[str, ...] = ()


def whoami(
    directory: Directory,
    sources: CallerSources,
    vault: OpenVault,
    catalogue: Catalogue,
    now: int,
) -> Identity:
    """The identity of the credentials in use.

    Raises AccessDenied for a revoked session, NotAuthenticated for credentials that are over,
    forged, foreign, dead or unknown, each with a hint that says so.
    """
    caller = find_caller(directory, sources, vault, now)
    if caller.session is not None:
        _refuse_revoked(directory, caller, caller.session, catalogue, now)
    return _noted(identity_of(caller), sources)


def _refuse_revoked(
    directory: Directory, caller: Caller, session: Session, catalogue: Catalogue, now: int
) -> None:
    # Only sessions are revoked: for long-term keys the evaluator need not be loaded.
    from iamctl.policy.explain import describe_matched
    from iamctl.services.assume import managed_policies
    from iamctl.sts.revocation import revoking

    matched = revoking(directory, caller, managed_policies(catalogue), now)
    if matched is not None:
        raise AccessDenied(
            f"the session {caller.arn} of {format_instant(session.claims.issued)} is revoked",
            (f"everything is {describe_matched(matched)}",),
            hint="assume the role again",
        )


def get_caller_identity(
    directory: Directory, sources: CallerSources, vault: OpenVault, now: int
) -> Identity:
    """GetCallerIdentity: never denied, not even to a revoked session. Raises NotAuthenticated."""
    return _noted(identity_of(find_caller(directory, sources, vault, now)), sources)


def find_caller(directory: Directory, sources: CallerSources, vault: OpenVault, now: int) -> Caller:
    """Whose credentials a command here would carry: `--as`, else a session in AWS_*, else a key
    in IAMCTL_* or AWS_* (one that is not of this directory is an error), else the default user.

    The vault is opened only where the proof needs it. Raises NotAuthenticated, NotFound.
    """

    def secret_of(key_id: str) -> Secret | None:
        return vault().secret_access_key(key_id)

    def signing_keys() -> tuple[SigningKey, ...]:
        return vault().signing_keys()

    if sources.as_user is not None:
        return user_caller(directory, sources.as_user, secret_of, FOUND_AS)
    if sources.chain or session_token(sources.environ):
        return chained_caller(directory, sources.environ, signing_keys, now)
    caller = key_caller(directory, sources.environ, secret_of, foreign_is_error=True)
    if caller is None and sources.configured_user is not None:
        caller = default_caller(directory, sources.configured_user, secret_of)
    if caller is None:
        raise no_caller(directory)
    return caller


def _noted(identity: Identity, sources: CallerSources) -> Identity:
    if sources.as_user is None or not session_token(sources.environ).startswith(TOKEN_START):
        return identity
    return identity._replace(notes=("the session in AWS_SESSION_TOKEN is passed over for --as",))


def identity_of(caller: Caller) -> Identity:
    """What there is to say about a caller."""
    claims = caller.session.claims if caller.session else None
    return Identity(
        arn=caller.arn,
        user_id=caller.userid,
        account=caller.account,
        type=principal_of(caller).type,
        found=caller.found,
        key_id=caller.key_id,
        issued=claims.issued if claims else None,
        expires=claims.expires if claims else None,
        session_name=(claims.name or None) if claims else None,
        chain=claims.chain if claims else (),
        source_identity=caller.source_identity,
        tags=caller.tags,
    )
