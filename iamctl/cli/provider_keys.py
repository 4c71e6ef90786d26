"""`iamctl provider refresh` and `update-metadata`: what a provider signs with, and its review."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import typer

from iamctl import files
from iamctl.cli.documents import stdin_bytes
from iamctl.cli.edits import WAIT, Editing
from iamctl.cli.options import Directory, DryRun, LockTimeout, Yes
from iamctl.cli.provider_options import JwksFile, MetadataFile, ProviderName
from iamctl.domain.errors import InvalidValue, Usage
from iamctl.ports.federation import Federation, SamlMetadata
from iamctl.services import providers

if TYPE_CHECKING:
    from iamctl.domain.providers import IdentityProvider

_LONGEST_JWKS = 1 << 20
_LONGEST_METADATA = 10_000_000


def add_key_verbs(app: typer.Typer) -> None:
    """Give `provider` the verbs refresh and update-metadata."""
    app.command("refresh")(refresh)
    app.command("update-metadata")(update_metadata)


def refresh(
    name: ProviderName,
    jwks: JwksFile = None,
    yes: Yes = False,
    dry_run: DryRun = False,
    directory: Directory = None,
    lock_timeout: LockTimeout = WAIT,
) -> None:
    """Renew an OpenID Connect provider's keys.

    They are fetched from where the issuer publishes them, over TLS; the thumbprint (RFC 7638) of
    each key that comes or goes is shown, and asked about. With --jwks nothing is fetched. Nothing
    else in iamctl fetches keys: between two refreshes the file alone says which are good.

    \b
    iamctl provider refresh github
    iamctl provider refresh github --jwks keys.json --yes
    """
    editing = Editing(directory, lock_timeout, dry_run)
    federation = editing.runtime.federation
    provider = providers.find_oidc(editing.repository.load(checked=False), name)
    if jwks is not None:
        keys = read_keys(federation, jwks)
    else:
        keys = federation.jwks(editing.runtime.fetch_jwks(provider.url or ""))
    changes = providers.key_changes(provider, keys, federation.thumbprint)
    editing.apply_confirmed(
        lambda found: providers.plan_update_keys(found, name=name, jwks=keys),
        f"make these the keys of provider {name}?",
        yes,
        [f"key {each.key_id} {each.what}: sha256 {each.thumbprint}" for each in changes],
    )


def update_metadata(
    name: ProviderName,
    metadata: MetadataFile = None,
    yes: Yes = False,
    dry_run: DryRun = False,
    directory: Directory = None,
    lock_timeout: LockTimeout = WAIT,
) -> None:
    """Replace a SAML provider's metadata document.

    The SHA-256 fingerprint of each signing certificate that comes or goes is shown, and asked
    about.

    \b
    iamctl provider update-metadata corp --metadata metadata.xml
    """
    if metadata is None:
        raise Usage("there is no metadata document", hint="name its file: --metadata FILE")
    editing = Editing(directory, lock_timeout, dry_run)
    federation = editing.runtime.federation
    provider = providers.find_saml(editing.repository.load(checked=False), name)
    document, said = read_metadata(federation, metadata)
    editing.apply_confirmed(
        lambda found: providers.plan_update_metadata(found, name=name, metadata=document),
        f"make this the metadata of provider {name}?",
        yes,
        list(_certificates(federation, provider, said)),
    )


def read_keys(federation: Federation, path: str) -> Mapping[str, Mapping[str, str]]:
    """The keys in a file, or on stdin for `-`. Raises InvalidValue, NotFound, StorageFailure."""
    return federation.jwks(_read(path, _LONGEST_JWKS))


def read_metadata(federation: Federation, path: str) -> tuple[str, SamlMetadata]:
    """The metadata document in a file, or on stdin for `-`, as the directory file keeps it, and
    what it says. Raises InvalidValue, NotFound, StorageFailure, ExtraMissing.

    Line ends are what XML makes of them.
    """
    text = _read(path, _LONGEST_METADATA).replace("\r\n", "\n").replace("\r", "\n").strip() + "\n"
    return text, federation.saml_metadata(text)


def key_lines(federation: Federation, keys: Mapping[str, Mapping[str, str]]) -> Iterable[str]:
    """Each key with its RFC 7638 thumbprint."""
    return (f"key {key_id}: sha256 {federation.thumbprint(key)}" for key_id, key in keys.items())


def certificate_lines(said: SamlMetadata) -> Iterable[str]:
    """Who signs, and each certificate's fingerprint."""
    yield f"entity id: {said.entity_id}"
    yield from (f"certificate: sha256 {each}" for each in said.fingerprints)


def _read(path: str, longest: int) -> str:
    place = path.removeprefix("file://")
    data = (
        stdin_bytes(longest) if place == "-" else files.read_bytes(place, longest, allow_any=True)
    )
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InvalidValue(f"{path} is not UTF-8 text", code="InvalidInput") from None


def _certificates(
    federation: Federation, provider: "IdentityProvider", said: SamlMetadata
) -> Iterable[str]:
    """What becomes of the entity id and of each certificate."""
    try:
        held = federation.saml_metadata(provider.saml_metadata or "")
    except InvalidValue:  # what stands in the file may be broken: then all is new
        held = SamlMetadata("", (), None)
    if held.entity_id != said.entity_id:
        yield f"entity id: {held.entity_id or 'unreadable'} becomes {said.entity_id}"
    for what, prints, others in (
        ("goes", held.fingerprints, said.fingerprints),
        ("comes", said.fingerprints, held.fingerprints),
    ):
        yield from (f"certificate {what}: sha256 {each}" for each in prints if each not in others)
    yield from (
        f"certificate stays: sha256 {each}"
        for each in said.fingerprints
        if each in held.fingerprints
    )
