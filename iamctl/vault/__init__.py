"""The secrets of this machine: sealed files, and where the key that opens them comes from.

Who opens a vault does not load what makes, moves and exports vaults: each name is imported from
its module when it is first asked for.
"""

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from iamctl.vault.flights import single_flight
    from iamctl.vault.interface import KINDS, VaultSettings, vault_folder
    from iamctl.vault.making import create_vault, discard_vault, rewrap
    from iamctl.vault.opening import check_kind, open_vault, recorded_kind
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

_HOMES = {
    "flights": ("single_flight",),
    "interface": ("KINDS", "VaultSettings", "vault_folder"),
    "making": ("create_vault", "discard_vault", "rewrap"),
    "opening": ("check_kind", "open_vault", "recorded_kind"),
    "passphrase": ("ask_passphrase",),
    "signing_keys": ("decode_signing_key", "encode_signing_key"),
    "transfer": ("Imported", "check_export", "export_vault", "import_vault", "require_storing"),
}
"""Module -> the names of this room that it holds."""


def __getattr__(name: str) -> object:
    for module, names in _HOMES.items():
        if name in names:
            place = f"{__name__}.{module}"
            __import__(place)  # as importlib would, which is not loaded for this
            return getattr(sys.modules[place], name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
