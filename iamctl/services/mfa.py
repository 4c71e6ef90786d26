"""Virtual MFA devices: what the file says of them.

A device stands in the file, its seed in the vault; `mfa_seeds` puts both in the right order.
Source: botocore's IAM model, CreateVirtualMFADevice, EnableMFADevice, DeactivateMFADevice,
DeleteVirtualMFADevice, ListVirtualMFADevices and ListMFADevices.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from iamctl.domain.change import Change, Changes
from iamctl.domain.directory import Directory
from iamctl.domain.errors import AlreadyExists, Conflict, NotFound, Usage
from iamctl.domain.names import MFA_DEVICE_NAME, PATH, did_you_mean, shown
from iamctl.domain.source import Plain
from iamctl.domain.times import format_instant
from iamctl.domain.tuples import NamedTuple
from iamctl.services.draft import Draft
from iamctl.services.limits import require_room
from iamctl.services.tags import checked_tags

if TYPE_CHECKING:
    from iamctl.domain.devices import VirtualMFADevice

STATUSES = ("Assigned", "Unassigned", "Any")
"""ListVirtualMFADevices' AssignmentStatus; without one, AWS lists them all."""


class DeviceRow(NamedTuple):
    """A device in a list. `user` is whom it is enabled for; times are epoch seconds."""

    name: str
    serial: str
    user: str | None
    enabled: int | None
    created: int | None
    tags: tuple[tuple[str, str], ...]


def find_device(directory: Directory, reference: str) -> "VirtualMFADevice":
    """The device of a name or of a serial number, its ARN. Raises NotFound with a near name."""
    if not reference.startswith("arn:"):
        return directory.device(reference)
    found = directory.by_arn(reference)
    if found is not None and found.section == "mfa":
        return directory.device(found.name)
    raise NotFound(
        f"VirtualMFADevice with serial number {shown(reference, 256)} doesn't exist",
        hint=did_you_mean(reference.rpartition("/")[2], directory.mfa),
    )


def user_of(directory: Directory, reference: str) -> str:
    """Whom a device is enabled for. Raises NotFound, Usage when it is for nobody."""
    device = find_device(directory, reference)
    if device.user is None:
        raise Usage(
            f"MFA device {shown(device.name)} is not enabled for a user",
            hint=f"run: iamctl mfa enable {device.name} --user USER",
        )
    return device.user


def list_devices(
    directory: Directory, *, status: str = "Any", user: str | None = None
) -> tuple[DeviceRow, ...]:
    """Devices by name: of that assignment status, of that user. Raises NotFound for the user."""
    devices = (
        directory.mfa.values() if user is None else directory.devices_of(directory.user(user).name)
    )
    wanted = {"Assigned": (True,), "Unassigned": (False,), "Any": (True, False)}[status]
    return tuple(
        DeviceRow(
            device.name,
            directory.arn(device),
            device.user,
            device.enabled,
            device.created,
            tuple(device.tags.items()),
        )
        for device in sorted(devices, key=lambda d: (d.name.lower(), d.name))
        if (device.user is not None) in wanted
    )


def plan_create(
    directory: Directory,
    *,
    name: str,
    path: str = "/",
    tags: Sequence[tuple[str, str]] = (),
    user: str | None = None,
    now: int,
) -> Changes:
    """Create a device, enabled for a user at once if one is given.

    Raises InvalidValue, AlreadyExists, NotFound for the user, LimitExceeded.
    """
    MFA_DEVICE_NAME.check(name)
    PATH.check(path)
    taken = directory.taken("mfa", name)
    if taken is not None:
        raise AlreadyExists(
            "MFADevice entity at the same path and name already exists",
            where=directory.source_of(("mfa", taken)),
            hint=f'it is written "{taken}"; names are compared ignoring case'
            if taken != name
            else f"`iamctl mfa delete {name}` makes the name free",
        )
    require_room(directory, "mfa_devices", len(directory.mfa) + 1)
    device: dict[str, Plain] = {"path": path} if path != "/" else {}
    device["created"] = format_instant(now)
    if user is not None:
        device |= _enabled(directory, user, now)
    checked = checked_tags(directory, "mfa", tags)
    if checked:
        device["tags"] = dict(checked)
    draft = Draft(directory)
    draft.set(("mfa", name), device)
    return draft.changes


def plan_enable(directory: Directory, *, name: str, user: str, now: int) -> Changes:
    """Enable a device for a user; its codes are proved elsewhere.

    Raises NotFound, AlreadyExists when it is in use, LimitExceeded.
    """
    device = find_device(directory, name)
    if device.user is not None:
        raise AlreadyExists(
            "MFA Device is already in use",
            where=device.source,
            hint=f"it is enabled for user {shown(device.user)}; "
            f"`iamctl mfa deactivate {device.name}` ends that",
        )
    draft = Draft(directory)
    for field, value in _enabled(directory, user, now).items():
        draft.set(("mfa", device.name, field), value)
    return draft.changes


def plan_deactivate(directory: Directory, *, names: Sequence[str]) -> Changes:
    """Take devices from their users; they stay, and can be enabled again. Raises NotFound."""
    draft = Draft(directory)
    for name in names:
        device = find_device(directory, name)
        for field in ("user", "enabled"):
            draft.set(("mfa", device.name, field), None)
    return draft.changes


def plan_delete(directory: Directory, *, names: Sequence[str], cascade: bool = False) -> Changes:
    """Delete devices; with `cascade` those too that are enabled for a user.

    Raises NotFound, Conflict.
    """
    draft = Draft(directory)
    for name in names:
        device = find_device(directory, name)
        if device.user is not None and not cascade:
            raise Conflict(
                "MFA VirtualDevice in use, must deactivate first",
                (f"user {shown(device.user)}",),
                where=device.source,
                hint="--cascade deactivates it in the same edit",
            )
        draft.set(("mfa", device.name), None)
    return draft.changes


def removed_devices(changes: Changes) -> tuple[str, ...]:
    """The names of the devices that an edit took out of the file."""
    gone: list[str] = []
    for change in changes:
        if isinstance(change, Change) and change.new is None and change.at[0] == "mfa":
            if len(change.at) == 2:
                gone.append(str(change.at[1]))
            elif len(change.at) == 1 and isinstance(change.old, dict):
                gone.extend(change.old)
    return tuple(gone)


def _enabled(directory: Directory, user: str, now: int) -> dict[str, Plain]:
    """The fields of a device that is enabled. Raises NotFound, LimitExceeded."""
    held = directory.devices_of(directory.user(user).name)
    require_room(
        directory,
        "mfa_devices_per_user",
        len(held) + 1,
        who=f'user "{user}"',
        hint=f"`iamctl mfa deactivate {held[0].name}` makes room" if held else None,
    )
    return {"user": user, "enabled": format_instant(now)}
