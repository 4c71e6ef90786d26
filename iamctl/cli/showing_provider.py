"""Identity providers as facts and as AWS answers them, with the thumbprints of their keys."""

from collections.abc import Iterable, Mapping

from iamctl.cli.facts import Facts, instant, lines
from iamctl.cli.output import show_facts
from iamctl.cli.showing import as_in_file
from iamctl.cli.showing_federation import tag_lines
from iamctl.cli.values import FORMS, check_form
from iamctl.domain.directory import Directory
from iamctl.ports.federation import Federation
from iamctl.services.awsshape_federation import provider_shape
from iamctl.services.providers import SECTION


def show_provider(
    output: str | None, directory: Directory, name: str, federation: Federation
) -> None:
    """An identity provider, each of its keys with its thumbprint; raises NotFound."""
    check_form(output, FORMS)
    show_facts(
        output,
        _facts(directory, name, federation),
        lambda: provider_shape(directory, name, federation),
        lambda: as_in_file(directory, SECTION, [name]),
        name,
    )


def _facts(directory: Directory, name: str, federation: Federation) -> Facts:
    provider = directory.identity_provider(name)
    metadata = provider.saml_metadata
    return [
        ("identity provider", name),
        ("arn", directory.arn(provider)),
        ("url", provider.url or ""),
        ("client ids", lines(provider.client_ids)),
        ("signing keys", lines(_key(federation, *key) for key in provider.jwks.items())),
        ("SAML metadata", "" if metadata is None else f"{len(metadata)} characters"),
        ("created", instant(provider.created)),
        ("tags", tag_lines(provider.tags)),
        ("pools", lines(_pools_of(directory, name))),
    ]


def _key(federation: Federation, key_id: str, members: Mapping[str, str]) -> str:
    about = (members.get("alg"), members.get("kty"), members.get("crv"))
    kind = ", ".join(word for word in about if word)
    return f"{key_id} ({kind}) sha256 {federation.thumbprint(members)}"


def _pools_of(directory: Directory, provider: str) -> Iterable[str]:
    return (pool.name for pool in directory.identity_pools.values() if provider in pool.providers)
