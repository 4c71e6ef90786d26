"""What services ask of those who check what other identity providers signed."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from iamctl.domain.tuples import NamedTuple

if TYPE_CHECKING:
    from typing import Protocol

    from iamctl.domain.providers import IdentityProvider
else:
    Protocol = object  # as in iamctl.ports


class WebIdentityToken(NamedTuple):
    """What an OpenID Connect token says, once its provider's signature proved it.

    `audience` is the client id it was made for, `claims` holds all of them, `issued` and
    `expires` are epoch seconds.
    """

    issuer: str
    subject: str
    audience: str
    amr: tuple[str, ...]
    claims: Mapping[str, object]
    issued: int
    expires: int


class SamlAssertion(NamedTuple):
    """What a SAML assertion says, once its provider's signature proved it.

    `subject_type` is the NameID's whole format; `recipient` is where it was sent to;
    `attributes` holds every value by the attribute's Name; times are epoch seconds.
    """

    issuer: str
    subject: str
    subject_type: str
    recipient: str
    attributes: Mapping[str, tuple[str, ...]]
    not_on_or_after: int
    session_not_on_or_after: int | None


class SamlMetadata(NamedTuple):
    """A SAML provider's metadata: its entity id, the SHA-256 of each signing certificate in hex,
    and `valid_until`, epoch seconds, where it says so."""

    entity_id: str
    fingerprints: tuple[str, ...]
    valid_until: int | None


class Federation(Protocol):
    """What other identity providers signed. Nothing here goes over the network.

    What is not to be believed raises NotAuthenticated with AWS's code and text, and a hint that
    says what is wrong. SAML raises ExtraMissing where it is not installed.
    """

    def claimed_issuer(self, token: str) -> str:
        """Who a web identity token says has issued it, unverified: to look the provider up."""

    def web_identity(self, token: str, provider: "IdentityProvider", now: int) -> WebIdentityToken:
        """The content of a token that the provider signed for one of its client ids."""

    def saml(self, assertion: str, provider: "IdentityProvider", now: int) -> SamlAssertion:
        """The content of the assertion in a base64 response that the provider signed."""

    def saml_metadata(self, text: str) -> SamlMetadata:
        """What a metadata document says. Raises InvalidValue when it is none."""

    def jwks(self, text: str) -> Mapping[str, Mapping[str, str]]:
        """The public keys for signatures in a JWKS, by key id. Raises InvalidValue."""

    def thumbprint(self, key: Mapping[str, str]) -> str:
        """The RFC 7638 SHA-256 thumbprint of a public key, base64url."""
