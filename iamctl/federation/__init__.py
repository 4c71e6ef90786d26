"""What other identity providers signed: OpenID Connect tokens and SAML responses."""

from collections.abc import Mapping

from iamctl.domain.providers import IdentityProvider
from iamctl.ports.federation import SamlAssertion, SamlMetadata, WebIdentityToken


class SignedFederation:
    """The Federation port. Each family of libraries loads when its first call comes."""

    def claimed_issuer(self, token: str) -> str:
        """See the port."""
        from iamctl.federation import oidc

        return oidc.claimed_issuer(token)

    def web_identity(self, token: str, provider: IdentityProvider, now: int) -> WebIdentityToken:
        """See the port."""
        from iamctl.federation import oidc

        return oidc.web_identity(token, provider, now)

    def saml(self, assertion: str, provider: IdentityProvider, now: int) -> SamlAssertion:
        """See the port."""
        from iamctl.federation import saml

        return saml.saml(assertion, provider, now)

    def saml_metadata(self, text: str) -> SamlMetadata:
        """See the port."""
        from iamctl.federation import saml_metadata

        return saml_metadata.saml_metadata(text)

    def jwks(self, text: str) -> Mapping[str, Mapping[str, str]]:
        """See the port."""
        from iamctl.federation import keys

        return keys.jwks(text)

    def thumbprint(self, key: Mapping[str, str]) -> str:
        """See the port."""
        from iamctl.federation import keys

        return keys.thumbprint(key)
