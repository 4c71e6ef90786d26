"""Credentials for an identity of a pool: Cognito's enhanced flow, GetCredentialsForIdentity.

The pool checks the login, chooses the role and assumes it with its own token, under the role's
trust policy like anyone else. Source: botocore's Cognito Identity model; Amazon Cognito Developer
Guide, "Identity pools authentication flow".
"""

from iamctl.domain.directory import Directory
from iamctl.domain.errors import AccessDenied, NotFound
from iamctl.domain.names import shown
from iamctl.domain.tuples import NamedTuple
from iamctl.services.assume import AssumeResult, find_role
from iamctl.services.federated import Issuing, assume_vouched
from iamctl.services.pool_guests import guest_policies
from iamctl.services.pool_identities import NOT_AUTHORIZED, Held, Login, hold
from iamctl.services.pool_tokens import mint_token, said_by_pool
from iamctl.sts.federated import FederatedRequest
from iamctl.sts.pool_role import choose_role, no_role
from iamctl.sts.pool_token import POOL_HOST
from iamctl.sts.web_identity import of_web_identity

SESSION_NAME = "CognitoIdentityCredentials"
"""What Cognito calls the sessions it gets."""

DURATION = 3600
"""Seconds that they last."""


class PoolRequest(NamedTuple):
    """What an application asks for: an identity of a pool (by name or id), the logins that prove
    it, and one of the roles they may have (CustomRoleArn, a name too)."""

    pool: str
    identity: str
    logins: tuple[Login, ...] = ()
    custom_role: str | None = None


class PoolCredentials(NamedTuple):
    """GetCredentialsForIdentity's response, and the session that it is about."""

    identity: str
    session: AssumeResult


def pool_credentials(issuing: Issuing, request: PoolRequest) -> PoolCredentials:
    """The session of the role that the pool gives the identity, for an hour.

    Raises NotFound, NotAuthenticated (NotAuthorizedException), Conflict, AccessDenied with the
    reasons (InvalidIdentityPoolConfigurationException where the role is missing or does not let
    the pool's users in), InvalidDirectory, VaultUnavailable.
    """
    directory, vault = issuing.directory, issuing.vault
    held = hold(
        directory,
        request.pool,
        request.identity,
        request.logins,
        vault,
        issuing.federation,
        issuing.now,
    )
    role = _role(directory, held, request.custom_role)
    token = mint_token(directory, held, vault, issuing.now).token.reveal_text()
    said = said_by_pool(directory, token, vault.signing_keys(), issuing.now)
    vouched = of_web_identity(said, POOL_HOST, POOL_HOST, SESSION_NAME)
    asked = FederatedRequest(DURATION, policies=() if held.logins else guest_policies())
    try:
        session = assume_vouched(issuing, role, vouched, asked)
    except AccessDenied as error:
        reason = f"role {shown(role, 200)} does not let identity pool {shown(held.pool.name)} in"
        refused = no_role(reason, error.message, *error.details)
        # Only of the pool's own roles: what a token or a caller names may be anything.
        if role in (held.pool.authenticated_role, held.pool.guest_role):
            who = f"pool/{held.pool.name}{'' if held.logins else ':guest'}"
            refused.hint = f"let them in: iamctl role allow {role} {who}"
        raise refused from None
    return PoolCredentials(held.id, session)


def _role(directory: Directory, held: Held, custom: str | None) -> str:
    """The role by name or ARN: a guest's, or the first login's that was given."""
    if held.logins:
        first = held.logins[0]

        def same(one: str, other: str) -> bool:
            return _arn(directory, one) == _arn(directory, other)

        return choose_role(held.pool, first.provider.name, first.token.claims, custom, same)
    if custom is not None:
        reasons = ("roles are chosen by logins",)
        raise AccessDenied("A guest cannot ask for a role", reasons, code=NOT_AUTHORIZED)
    if held.pool.guest_role is None:
        raise no_role(f"pool {shown(held.pool.name)} has no role for guests")
    return held.pool.guest_role


def _arn(directory: Directory, reference: str) -> str:
    """The ARN of a role given by name or ARN; one that does not exist stays as it is."""
    try:
        return directory.arn(find_role(directory, reference))
    except NotFound:
        return reference
