"""The secrets of this machine: sealed files, and where the key that opens them comes from."""

from iamctl.vault.flights import single_flight
from iamctl.vault.interface import KINDS, VaultSettings, vault_folder
from iamctl.vault.opening import (
    check_kind,
    create_vault,
    discard_vault,
    open_vault,
    recorded_kind,
    rewrap,
)
from iamctl.vault.passphrase import ask_passphrase
from iamctl.vault.signing_keys import decode_signing_key, encode_signing_key
from iamctl.vault.transfer import (
    Imported,
    check_export,
    export_vault,
    import_vault,
    require_storing,
)

__all__ = [
    "KINDS",
    "Imported",
    "VaultSettings",
    "ask_passphrase",
    "check_export",
    "check_kind",
    "create_vault",
    "decode_signing_key",
    "discard_vault",
    "encode_signing_key",
    "export_vault",
    "import_vault",
    "open_vault",
    "recorded_kind",
    "require_storing",
    "rewrap",
    "single_flight",
    "vault_folder",
]
