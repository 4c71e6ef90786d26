"""MFA devices and identity pools as facts and as AWS answers them."""

from collections.abc import Callable, Iterable, Mapping

from iamctl.cli.facts import Facts, instant, lines
from iamctl.domain.directory import Directory
from iamctl.domain.pools import DENY, RoleMapping
from iamctl.domain.source import Plain
from iamctl.services.awsshape import virtual_mfa_device_shape
from iamctl.services.awsshape_federation import pool_roles_shape, pool_shape


def device_facts(directory: Directory, name: str, _indent: int | None = None) -> Facts:
    """An MFA device; raises NotFound."""
    device = directory.device(name)
    return [
        ("MFA device", name),
        ("arn", directory.arn(device)),
        ("path", device.path),
        ("created", instant(device.created)),
        ("user", device.user or ""),
        ("enabled", instant(device.enabled)),
        ("tags", tag_lines(device.tags)),
    ]


def pool_facts(directory: Directory, name: str, _indent: int | None = None) -> Facts:
    """An identity pool; raises NotFound."""
    pool = directory.identity_pool(name)
    return [
        ("identity pool", name),
        ("arn", directory.arn(pool) if pool.id else ""),
        ("id", pool.id or "none yet; `iamctl validate --fix` mints it"),
        ("created", instant(pool.created)),
        ("providers", lines(pool.providers)),
        ("authenticated role", pool.authenticated_role or ""),
        ("guest role", pool.guest_role or "none: guests get nothing"),
        ("classic flow", "allowed" if pool.classic_flow else ""),
        ("role mappings", lines(_mapped(pool.role_mappings))),
        ("tags", tag_lines(pool.tags)),
    ]


def federation_json(directory: Directory, section: str, name: str) -> Plain:
    """A device or pool as AWS answers it; of a pool its roles too, as GetIdentityPoolRoles
    does."""
    if section == "mfa":
        return {"VirtualMFADevice": virtual_mfa_device_shape(directory, name)}
    return {**pool_shape(directory, name), **pool_roles_shape(directory, name)}


def _mapped(mappings: Mapping[str, RoleMapping]) -> Iterable[str]:
    for provider, mapping in mappings.items():
        for rule in mapping.rules:
            yield f"{provider}: {rule.claim} {rule.match} {rule.value} -> {rule.role}"
        if mapping.type == "token":
            yield f"{provider}: cognito:preferred_role or cognito:roles of the token"
        if mapping.ambiguous == DENY:
            yield f"{provider}: otherwise none"


def tag_lines(tags: Mapping[str, str]) -> str:
    """Tags below each other in one cell."""
    return lines(f"{key} = {value}" for key, value in tags.items())


FEDERATION_FACTS: Mapping[str, Callable[[Directory, str, int | None], Facts]] = {
    "mfa": device_facts,
    "identity_pools": pool_facts,
}
