"""Identity providers: creating them, their client ids, their keys and metadata.

Source: botocore's IAM model, CreateOpenIDConnectProvider, AddClientIDToOpenIDConnectProvider,
RemoveClientIDFromOpenIDConnectProvider, CreateSAMLProvider and UpdateSAMLProvider; the IAM User
Guide's quotas.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence

from iamctl.domain.change import Changes
from iamctl.domain.directory import Directory
from iamctl.domain.errors import AlreadyExists, ExtraMissing, InvalidValue, Usage
from iamctl.domain.names import CLIENT_ID, PROVIDER_NAME, PROVIDER_URL, SAML_METADATA, shown
from iamctl.domain.providers import IdentityProvider
from iamctl.domain.source import Plain, Problem
from iamctl.domain.times import format_instant
from iamctl.domain.tuples import NamedTuple
from iamctl.ports.federation import Federation
from iamctl.services.creation import check_free
from iamctl.services.draft import Draft
from iamctl.services.limits import require_room
from iamctl.services.tags import checked_tags

SECTION = "identity_providers"

Keys = Mapping[str, Mapping[str, str]]
"""Key id -> the members of a public key."""


class KeyChange(NamedTuple):
    """What becomes of a key: `comes`, `goes` or `stays`, with its RFC 7638 thumbprint. A key id
    that gets another key goes and comes."""

    what: str
    key_id: str
    thumbprint: str


def plan_create_oidc(
    directory: Directory,
    *,
    name: str,
    url: str,
    client_ids: Sequence[str] = (),
    jwks: Keys | None = None,
    tags: Sequence[tuple[str, str]] = (),
    now: int,
) -> Changes:
    """Create an OpenID Connect provider. Raises InvalidValue, AlreadyExists, LimitExceeded."""
    PROVIDER_URL.check(url)
    taken = directory.provider_by_url(url)
    if taken is not None:
        raise AlreadyExists(
            f"Provider with url {url} already exists.",
            where=taken.source,
            hint=f"it is {shown(taken.name)}: add client ids to it with "
            f"`iamctl provider add-client-id {taken.name} ID`",
        )
    wanted = list(dict.fromkeys(map(CLIENT_ID.check, client_ids)))
    require_room(directory, "client_ids_per_provider", len(wanted))
    fields: dict[str, Plain] = {"url": url}
    if wanted:
        fields["client_ids"] = [*wanted]
    if jwks:
        fields["jwks"] = {key_id: dict(key) for key_id, key in jwks.items()}
    return _created(directory, name, fields, tags, now, saml=False)


def plan_create_saml(
    directory: Directory,
    *,
    name: str,
    metadata: str,
    tags: Sequence[tuple[str, str]] = (),
    now: int,
) -> Changes:
    """Create a SAML provider; that the document is metadata is checked elsewhere.

    Raises InvalidValue, AlreadyExists, LimitExceeded.
    """
    fields: dict[str, Plain] = {"saml_metadata": SAML_METADATA.check(metadata)}
    return _created(directory, name, fields, tags, now, saml=True)


def plan_add_client_ids(directory: Directory, *, name: str, client_ids: Sequence[str]) -> Changes:
    """Add client ids; one that is there is passed over, as AWS does.

    Raises NotFound, Usage, InvalidValue, LimitExceeded.
    """
    provider = find_oidc(directory, name)
    draft = Draft(directory)
    at = (SECTION, name, "client_ids")
    held = list(provider.client_ids)
    new = [one for one in dict.fromkeys(client_ids) if CLIENT_ID.check(one) not in held]
    require_room(
        directory,
        "client_ids_per_provider",
        len(held) + len(new),
        before=len(held),
        who=f"identity provider {shown(name)}",
        hint=f"`iamctl provider remove-client-id {name} ID` makes room",
    )
    for client_id in new:
        draft.add_item(at, client_id)
    return draft.changes


def plan_remove_client_ids(
    directory: Directory, *, name: str, client_ids: Sequence[str]
) -> Changes:
    """Remove client ids; one that is not there is passed over, as AWS does.

    Raises NotFound, Usage.
    """
    find_oidc(directory, name)
    draft = Draft(directory)
    for client_id in client_ids:
        draft.remove_item((SECTION, name, "client_ids"), client_id)
    return draft.changes


def plan_update_keys(directory: Directory, *, name: str, jwks: Keys) -> Changes:
    """Make these the provider's keys, touching only those that differ. Raises NotFound, Usage."""
    provider = find_oidc(directory, name)
    draft = Draft(directory)
    at = (SECTION, name, "jwks")
    for key_id, key in jwks.items():
        if dict(provider.jwks.get(key_id, {})) != dict(key):
            draft.put(at, key_id, dict(key))
    for key_id in provider.jwks:
        if key_id not in jwks:
            draft.drop(at, key_id)
    return draft.changes


def plan_update_metadata(directory: Directory, *, name: str, metadata: str) -> Changes:
    """Replace a SAML provider's metadata; that it is metadata is checked elsewhere.

    Raises NotFound, Usage, InvalidValue.
    """
    find_saml(directory, name)
    draft = Draft(directory)
    draft.set((SECTION, name, "saml_metadata"), SAML_METADATA.check(metadata))
    return draft.changes


def key_changes(
    provider: IdentityProvider, jwks: Keys, thumbprint: Callable[[Mapping[str, str]], str]
) -> tuple[KeyChange, ...]:
    """What becomes of each key when the provider's become these, those that go first."""
    before = [(key_id, thumbprint(key)) for key_id, key in provider.jwks.items()]
    after = [(key_id, thumbprint(key)) for key_id, key in jwks.items()]
    return (
        *(KeyChange("goes", *key) for key in before if key not in after),
        *(KeyChange("stays", *key) for key in before if key in after),
        *(KeyChange("comes", *key) for key in after if key not in before),
    )


def unusable_metadata(directory: Directory, federation: Federation) -> Iterator[Problem]:
    """A warning for each SAML provider whose metadata no response can be held against.

    AWS takes no such document, but everything else of the file is as good without it. Nothing is
    said where SAML is not installed.
    """
    for name, provider in directory.identity_providers.items():
        if not provider.is_saml:
            continue
        try:
            federation.saml_metadata(provider.saml_metadata or "")
        except ExtraMissing:
            return
        except InvalidValue as error:
            at = (SECTION, name, "saml_metadata")
            yield Problem(
                "warning",
                "unusable-metadata",
                f"the metadata of identity provider {shown(name)} cannot be used, and nobody is "
                "let in by it",
                at,
                directory.source_of(at),
                error.hint,
            )


def find_oidc(directory: Directory, name: str) -> IdentityProvider:
    """The OpenID Connect provider of that name. Raises NotFound, Usage for one of SAML."""
    provider = directory.identity_provider(name)
    if provider.is_saml:
        raise Usage(
            f"identity provider {shown(name)} is a SAML provider",
            hint=f"its keys are in its metadata: iamctl provider update-metadata {name} "
            "--metadata FILE",
        )
    return provider


def find_saml(directory: Directory, name: str) -> IdentityProvider:
    """The SAML provider of that name. Raises NotFound, Usage for one of OpenID Connect."""
    provider = directory.identity_provider(name)
    if not provider.is_saml:
        raise Usage(
            f"identity provider {shown(name)} is an OpenID Connect provider",
            hint=f"its keys are renewed by: iamctl provider refresh {name}",
        )
    return provider


def _created(
    directory: Directory,
    name: str,
    fields: dict[str, Plain],
    tags: Sequence[tuple[str, str]],
    now: int,
    *,
    saml: bool,
) -> Changes:
    PROVIDER_NAME.check(name)
    check_free(directory, SECTION, name)
    alike = [one for one in directory.identity_providers.values() if one.is_saml is saml]
    require_room(directory, "saml_providers" if saml else "oidc_providers", len(alike) + 1)
    fields["created"] = format_instant(now)
    checked = checked_tags(directory, SECTION, tags)
    if checked:
        fields["tags"] = dict(checked)
    draft = Draft(directory)
    draft.set((SECTION, name), fields)
    return draft.changes
