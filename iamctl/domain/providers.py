"""Identity providers: whose tokens and assertions may stand for somebody.

Source: IAM User Guide, "Create an OpenID Connect (OIDC) identity provider in IAM" and "Create a
SAML identity provider in IAM".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from iamctl.domain.arns import iam_arn
from iamctl.domain.entities import EntityReader, as_map, as_text, as_texts, tags_of
from iamctl.domain.record import Record, made
from iamctl.domain.source import Address, Plain, Source

BUILT_IN = ("accounts.google.com",)
"""Hosts of OIDC providers that every account of AWS knows without being told of them."""


class IdentityProvider(Record):
    """An OIDC provider, with `url`, `client_ids` and `jwks`, or a SAML one, with `saml_metadata`.

    `jwks` is key id -> the public key's members of RFC 7517 and 7518; `created` in epoch seconds.
    """

    section: ClassVar[str] = "identity_providers"
    name: str
    url: str | None = None
    client_ids: tuple[str, ...] = ()
    jwks: Mapping[str, Mapping[str, str]] = made(factory=dict)
    saml_metadata: str | None = None
    created: int | None = None
    tags: Mapping[str, str] = made(factory=dict)
    source: Source | None = None

    @property
    def is_saml(self) -> bool:
        """Whether it speaks SAML 2.0, not OIDC."""
        return self.url is None

    @property
    def host(self) -> str:
        """The URL without its scheme, which condition keys and the ARN begin with; of a SAML
        provider, nothing."""
        return (self.url or "").removeprefix("https://")

    def arn(self, account: str) -> str:
        """The provider's ARN in that account."""
        if self.is_saml:
            return iam_arn(account, "saml-provider", "/", self.name)
        return iam_arn(account, "oidc-provider", "/", self.host)

    def principal(self, account: str) -> str:
        """How a trust policy names it: by its ARN in that account, Google by its domain."""
        return self.host if self.host in BUILT_IN else self.arn(account)


def read_provider(
    reader: EntityReader, at: Address, name: str, plain: dict[str, Plain]
) -> IdentityProvider:
    """The provider of a plain value."""
    return IdentityProvider(
        name=name,
        url=as_text(plain.get("url")),
        client_ids=as_texts(plain.get("client_ids")),
        jwks={
            key: {member: str(value) for member, value in as_map(members).items()}
            for key, members in as_map(plain.get("jwks")).items()
        },
        saml_metadata=as_text(plain.get("saml_metadata")),
        created=reader.instant((*at, "created"), plain.get("created")),
        tags=tags_of(plain),
        source=reader.locate(at),
    )
