"""Whose credentials are others than before: keys, MFA devices, identity providers and pools.

They grant nothing by themselves; whoever holds the new ones acts as whom they are for.
"""

from collections.abc import Iterator, Mapping

from iamctl.domain.directory import Directory
from iamctl.domain.source import Plain

_WORDS = {
    "url": "another URL",
    "jwks": "other signing keys",
    "saml_metadata": "other SAML metadata",
    "client_ids": "other client ids",
}
_KEEPING_OUT = ("jwks", "role_mappings")
"""Fields without which more may come in: whatever keys the provider serves, whoever a mapping
refused."""
_POOL = ("providers", "authenticated_role", "guest_role", "classic_flow", "role_mappings")


def new_credentials(before: Directory, after: Directory) -> tuple[str, ...]:
    """What there is in `after` for somebody to prove who it is by that was not there before, in
    words. What only went is not told."""
    return (
        *_keys(before, after),
        *_devices(before, after),
        *_providers(before, after),
        *_pools(before, after),
    )


def _keys(before: Directory, after: Directory) -> Iterator[str]:
    old = _all_keys(before)
    for key_id, (owner, unique, key) in _all_keys(after).items():
        was = old.get(key_id)
        if was is None:
            yield f"user/{owner} has a new access key, {key_id}"
        elif not (was[1] == unique if was[1] and unique else was[0] == owner):
            yield f"access key {key_id} of user/{was[0]} is user/{owner}'s now"
        elif key.get("fingerprint") != was[2].get("fingerprint"):
            yield f"access key {key_id} of user/{owner} has another fingerprint"
        elif key.get("status") != "inactive" and was[2].get("status") == "inactive":
            yield f"access key {key_id} of user/{owner} is active again"


_Key = tuple[str, str, Mapping[str, Plain]]
"""Whose a key is, by name and unique id, and what the file says of it."""


def _all_keys(directory: Directory) -> dict[str, _Key]:
    found: dict[str, _Key] = {}
    for name, plain in _section(directory, "users").items():
        keys = plain.get("keys")
        for key_id, key in keys.items() if isinstance(keys, dict) else ():
            found[key_id] = (name, str(plain.get("id") or ""), key if isinstance(key, dict) else {})
    return found


def _devices(before: Directory, after: Directory) -> Iterator[str]:
    old = _section(before, "mfa")
    for name, plain in _section(after, "mfa").items():
        was, user = old.get(name, {}), plain.get("user")
        if (
            user
            and plain.get("enabled")
            and (was.get("user"), was.get("enabled"))
            != (
                user,
                plain.get("enabled"),
            )
        ):
            yield f"user/{user} has a new MFA device, {name}"


def _providers(before: Directory, after: Directory) -> Iterator[str]:
    old = _section(before, "identity_providers")
    for name, plain in _section(after, "identity_providers").items():
        if name not in old:
            yield f"there is a new identity provider, {name}"
            continue
        for field, words in _WORDS.items():
            if _is_another(field, plain.get(field), old[name].get(field)):
                yield f"identity provider {name} has {words}"


def _pools(before: Directory, after: Directory) -> Iterator[str]:
    old = _section(before, "identity_pools")
    for name, plain in _section(after, "identity_pools").items():
        was = old.get(name)
        if was is None or was.get("id") != plain.get("id"):
            yield f"there is a new identity pool, {name}"
            continue
        for field in _POOL:
            if _is_another(field, plain.get(field), was.get(field)):
                yield f"identity pool {name} has another {field}"


def _is_another(field: str, new: Plain, old: Plain) -> bool:
    """Whether a field lets others in; some do when they go."""
    return new != old and (new is not None or field in _KEEPING_OUT)


def _section(directory: Directory, section: str) -> dict[str, Mapping[str, Plain]]:
    plain = directory.plain.get(section)
    entities = plain.items() if isinstance(plain, Mapping) else ()
    return {name: value for name, value in entities if isinstance(value, dict)}
