"""Assume a role with a token or an assertion of another identity provider."""

from collections.abc import Callable

from iamctl.domain.directory import Directory
from iamctl.domain.entities import Role
from iamctl.domain.errors import NotAuthenticated, NotFound
from iamctl.domain.ids import Randomness
from iamctl.domain.names import PROVIDER_URL, shown
from iamctl.domain.providers import IdentityProvider
from iamctl.domain.tuples import NamedTuple
from iamctl.ports import Catalogue, Vault
from iamctl.ports.federation import Federation, WebIdentityToken
from iamctl.services.assume import (
    AssumeResult,
    find_role,
    issue_time,
    issued,
    managed_policies,
    role_claims,
)
from iamctl.services.pool_tokens import pool_web_identity
from iamctl.sts.federated import (
    WITH_SAML,
    WITH_WEB_IDENTITY,
    FederatedRequest,
    Vouched,
    decide_federated,
    federated_denied,
    not_authorized,
)
from iamctl.sts.pool_token import POOL_HOST, POOL_ISSUER
from iamctl.sts.saml import name_qualifier, of_saml, subject_type
from iamctl.sts.session import mint_session_key_id
from iamctl.sts.web_identity import of_web_identity

NO_PROVIDER = "No OpenIDConnect provider found in your account for {issuer}"
_SHELL = frozenset("!$&'()*;")
"""What the URL of an issuer may hold and a shell reads as code."""
NO_SAML_PROVIDER = "Specified provider doesn't exist."


class Issuing(NamedTuple):
    """What a session is decided on and made with. `now` is in epoch seconds; `wait_until` sleeps
    until a second has begun, where the role's sessions were revoked in this very one."""

    directory: Directory
    vault: Vault
    federation: Federation
    catalogue: Catalogue
    now: int
    randomness: Randomness
    wait_until: Callable[[int], object]


class WebIdentityResult(NamedTuple):
    """The session, and what AWS's response says of the token: `sub`, the issuer, the audience."""

    session: AssumeResult
    subject: str
    provider: str
    audience: str


class SamlResult(NamedTuple):
    """The session, and what AWS's response says of the assertion."""

    session: AssumeResult
    subject: str
    subject_type: str
    issuer: str
    audience: str
    name_qualifier: str


def assume_role_with_web_identity(
    issuing: Issuing, role: str, session_name: str, token: str, asked: FederatedRequest
) -> WebIdentityResult:
    """The session of a role, given by name or ARN, for whoever an OpenID Connect token is about.

    The token is one of a provider of the file, or of an identity pool of it. Raises
    NotAuthenticated (InvalidIdentityToken, ExpiredTokenException), AccessDenied with AWS's bare
    sentence and our reasons, a role that does not exist among them; InvalidValue,
    InvalidDirectory, VaultUnavailable.
    """
    said, provider, host = _believed(issuing, token)
    vouched = of_web_identity(said, provider, host, session_name)
    session = assume_vouched(issuing, role, vouched, asked)
    return WebIdentityResult(session, said.subject, said.issuer, said.audience)


def assume_role_with_saml(
    issuing: Issuing, role: str, provider: str, assertion: str, asked: FederatedRequest
) -> SamlResult:
    """The session of a role for whoever a base64 SAML response is about.

    Role and provider go by name or ARN. Raises what web identities do, and ExtraMissing where
    SAML is not installed.
    """
    directory = issuing.directory
    found = _saml_provider(directory, provider)
    said = issuing.federation.saml(assertion, found, issuing.now)
    wanted = _role(directory, role, WITH_SAML)
    account = directory.account.id
    vouched = of_saml(said, account, found.name, found.arn(account), directory.arn(wanted))
    session = assume_vouched(issuing, role, vouched, asked)
    return SamlResult(
        session,
        said.subject,
        subject_type(said),
        said.issuer,
        said.recipient,
        name_qualifier(said, account, found.name),
    )


def assume_vouched(
    issuing: Issuing, role: str, vouched: Vouched, asked: FederatedRequest
) -> AssumeResult:
    """The session of a role for whom a provider vouches, if the role's trust policy says so.

    Raises AccessDenied, InvalidValue, InvalidDirectory, VaultUnavailable.
    """
    directory = issuing.directory
    wanted = _role(directory, role, vouched.action)
    now = issue_time(wanted, issuing.now, issuing.wait_until)
    managed = managed_policies(issuing.catalogue)
    decision = decide_federated(directory, wanted, vouched, asked, now, managed)
    if not decision.allowed:
        raise federated_denied(decision)
    key_id = mint_session_key_id(directory.account.id, issuing.randomness)
    claims = role_claims(directory, wanted, decision, now, key_id)._replace(
        provider=vouched.provider if vouched.action == WITH_WEB_IDENTITY else None,
        context=vouched.surviving,
    )
    packed = decision.terms.packed
    return issued(directory, wanted, claims, packed, vouched.provider, issuing.vault)


def _believed(issuing: Issuing, token: str) -> tuple[WebIdentityToken, str, str]:
    """What a token says, the federated principal that said it, and its host."""
    directory, federation = issuing.directory, issuing.federation
    issuer = federation.claimed_issuer(token)
    if issuer == POOL_ISSUER:
        keys = issuing.vault.signing_keys()
        return pool_web_identity(directory, token, keys, issuing.now), POOL_HOST, POOL_HOST
    provider = directory.provider_by_url(issuer)
    if provider is None:
        raise _unknown_issuer(issuer)
    said = federation.web_identity(token, provider, issuing.now)
    return said, provider.principal(directory.account.id), provider.host


def _unknown_issuer(issuer: str) -> NotAuthenticated:
    """AWS's refusal. Nobody has vouched for the token: what it says is not put into a command that
    a person may copy, unless it is a plain URL."""
    plain = PROVIDER_URL.problem(issuer) is None and not set(issuer) & _SHELL
    return NotAuthenticated(
        NO_PROVIDER.format(issuer=issuer if plain else shown(issuer, 200)),
        code="InvalidIdentityToken",
        hint=f"if you trust it, run: iamctl provider create NAME --url {issuer}"
        if plain
        else "its issuer is nobody whom a provider could be created for",
    )


def _saml_provider(directory: Directory, reference: str) -> IdentityProvider:
    """The SAML provider of a name or ARN. Raises NotAuthenticated with AWS's text."""
    found = (
        directory.by_arn(reference)
        if reference.startswith("arn:")
        else directory.identity_providers.get(reference)
    )
    if not isinstance(found, IdentityProvider) or not found.is_saml:
        raise NotAuthenticated(
            NO_SAML_PROVIDER,
            code="InvalidIdentityToken",
            hint=f"{shown(reference, 200)} is no SAML provider of this directory; "
            "see: iamctl provider list",
        )
    return found


def _role(directory: Directory, reference: str, action: str) -> Role:
    """The role; one that does not exist is refused as AWS refuses it, with the reason beside."""
    try:
        return find_role(directory, reference)
    except NotFound as error:
        reasons = (error.message, *((error.hint,) if error.hint else ()))
        raise not_authorized(action, *reasons) from None
