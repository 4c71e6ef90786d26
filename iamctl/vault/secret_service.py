"""A quick look into the desktop's Secret Service, for what the keyring package stored there.

That package looks for every kind of keyring that is installed before it reads one, which takes
several times as long as all the rest of a command. Where it would come to the Secret Service in any
case, this asks the same service in the same way through SecretStorage, as it does itself.
"""

import os
import sys
from contextlib import closing

from iamctl.domain.errors import VaultUnavailable


def stored(service: str, entry: str, hint: str) -> str | None:
    """The text that keyring keeps of an entry; None where keyring itself has to be asked.

    The person may be asked to unlock the keyring; who does not raises VaultUnavailable.
    """
    if not _is_keyrings_choice():
        return None
    try:
        import secretstorage

        with closing(secretstorage.dbus_init()) as connection:
            collection = secretstorage.Collection(connection)
            stays_locked = collection.is_locked() and collection.unlock()
            if not stays_locked:
                for item in collection.search_items({"service": service, "username": entry}):
                    if not (item.is_locked() and item.unlock()):
                        return item.get_secret().decode()
                    stays_locked = True
    except Exception:  # whatever it is, keyring comes across it as well and says so
        return None
    if stays_locked:
        raise VaultUnavailable("cannot read the keyring: it was not unlocked", hint=hint)
    return None


def _is_keyrings_choice() -> bool:
    """Whether keyring would ask the Secret Service first, and its default collection there: nobody
    chose anything else, in this process, in the environment or in keyring's settings, and the
    desktop has no wallet of its own."""
    if sys.platform != "linux" or "keyring" in sys.modules:
        return False
    if any(name.startswith(("PYTHON_KEYRING_", "KEYRING_PROPERTY_")) for name in os.environ):
        return False
    if "KDE" in os.environ.get("XDG_CURRENT_DESKTOP", "").split(":"):
        return False
    config = os.environ.get("XDG_CONFIG_HOME", "")
    if not os.path.isabs(config):
        config = os.path.expanduser("~/.config")
    return not os.path.lexists(os.path.join(config, "python_keyring", "keyringrc.cfg"))
