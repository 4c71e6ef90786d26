"""Carrying secrets from one machine's vault to another's in a passphrase-encrypted file."""

from iamctl.domain.errors import AlreadyExists, VaultUnavailable
from iamctl.domain.secret import Secret
from iamctl.domain.tuples import NamedTuple
from iamctl.ports import SigningKey, Vault
from iamctl.vault.contents import Contents, decode_contents, encode_contents
from iamctl.vault.interface import Wrapping, WrappingKey
from iamctl.vault.passphrase import check_passphrase
from iamctl.vault.sealed import EXPORT, Header, read_header, seal, stretch, unseal
from iamctl.vault.sealed_vault import SealedVault

_NAME = "the exported file"
_FORGET = (
    "to forget the one held here: iamctl key delete {key} if the directory file lists that key, "
    "iamctl vault prune {key} if not"
)
_FORGET_SEED = (
    "to forget the one held here: iamctl mfa delete {key} if the directory file lists that device, "
    "iamctl vault prune mfa/{key} if not"
)


class Imported(NamedTuple):
    """Ids of access keys and signing keys and names of MFA devices new to the vault, sorted."""

    key_ids: tuple[str, ...]
    signing_key_ids: tuple[str, ...]
    mfa_devices: tuple[str, ...]


def export_vault(vault: Vault, passphrase: Secret, with_signing_keys: bool) -> bytes:
    """The vault's secrets, sealed with the passphrase for the same directory elsewhere.

    Whoever has a signing key can mint any session, so they go along only when asked. Raises
    VaultUnavailable for an empty passphrase or a vault that stores nothing.
    """
    sealed_vault = require_storing(vault)
    check_passphrase(passphrase)
    signing_keys = sealed_vault.signing_keys() if with_signing_keys else ()
    contents = sealed_vault.contents()._replace(signing_keys=signing_keys)
    settings = sealed_vault.settings
    wrapping = Wrapping("passphrase", settings.randomness(16), settings.scrypt_log_n)
    key = WrappingKey(wrapping, stretch(passphrase, wrapping.id, wrapping.scrypt_log_n))
    return seal(encode_contents(contents), key, EXPORT, sealed_vault.uuid, settings.randomness)


def import_vault(vault: Vault, blob: bytes, passphrase: Secret, *, retire_at: int) -> Imported:
    """Add the secrets of an exported file to the vault, all or none.

    An imported current signing key becomes current here, so that both machines verify each
    other's sessions; the one it replaces ends at `retire_at` (epoch seconds). Raises
    VaultUnavailable for another directory's, a damaged file or a wrong passphrase;
    AlreadyExists when the vault holds another secret under one of the ids.
    """
    sealed_vault = require_storing(vault)
    header = check_export(vault, blob)
    secret = stretch(check_passphrase(passphrase), header.wrapping.id, header.wrapping.scrypt_log_n)
    brought = decode_contents(unseal(blob, header, secret, _NAME), _NAME)
    imported = Imported((), (), ())

    def merge(held: Contents) -> Contents:
        nonlocal imported
        imported = _news(held, brought)
        signing_keys = _merged(held.signing_keys, brought.signing_keys, retire_at)
        return Contents(
            signing_keys,
            held.secret_access_keys | brought.secret_access_keys,
            held.mfa_seeds | brought.mfa_seeds,
        )

    sealed_vault.change(merge)
    return imported


def check_export(vault: Vault, blob: bytes) -> Header:
    """The header of an exported file, if the file can be one for the vault's directory.

    What a person need not be asked for a passphrase to find out. Raises VaultUnavailable.
    """
    header = read_header(blob, EXPORT, require_storing(vault).uuid, _NAME)
    if header.wrapping.kind != "passphrase":
        raise VaultUnavailable(f"{_NAME} is damaged: its header makes no sense")
    return header


def require_storing(vault: Vault) -> SealedVault:
    """The vault, if it keeps secrets at all; raises VaultUnavailable otherwise."""
    if not isinstance(vault, SealedVault):
        raise VaultUnavailable(
            "a vault of kind env stores nothing", hint="choose another kind with IAMCTL_VAULT"
        )
    return vault


def _news(held: Contents, brought: Contents) -> Imported:
    """What is new; raises AlreadyExists when an id is held with another secret."""
    signing = {key.id: key.secret for key in held.signing_keys}
    brought_signing = {key.id: key.secret for key in brought.signing_keys}
    return Imported(
        _new_ids(held.secret_access_keys, brought.secret_access_keys, _FORGET),
        _new_ids(signing, brought_signing, "export without --signing-key"),
        _new_ids(held.mfa_seeds, brought.mfa_seeds, _FORGET_SEED, "mfa/"),
    )


def _new_ids(
    held: dict[str, Secret], brought: dict[str, Secret], hint: str, kind: str = ""
) -> tuple[str, ...]:
    clashes = sorted(key for key in brought if key in held and held[key] != brought[key])
    if clashes:
        raise AlreadyExists(
            f"the vault holds another secret under {', '.join(kind + key for key in clashes)}",
            hint=hint.format(key=clashes[0]),
        )
    return tuple(sorted(brought.keys() - held.keys()))


def _merged(
    held: tuple[SigningKey, ...], brought: tuple[SigningKey, ...], retire_at: int
) -> tuple[SigningKey, ...]:
    """All keys, the brought current one first unless it is retired here: that must stay so."""
    if not brought:
        return held
    ends: dict[str, list[int]] = {}
    for key in (*brought, *held):
        ends.setdefault(key.id, []).extend(() if key.ends is None else (key.ends,))
    both = {key.id: key for key in (*held, *brought)}
    candidates = (key.id for key in (*brought, *held) if not ends[key.id])
    current = next(candidates, (*held, *brought)[0].id)
    others = [
        key._replace(ends=min(ends[key.id], default=retire_at))
        for key in both.values()
        if key.id != current
    ]
    return (both[current]._replace(ends=None), *others)
