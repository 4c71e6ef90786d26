"""`iamctl mfa`."""

import sys
from typing import Annotated

import typer

from iamctl.bootstrap import Runtime
from iamctl.cli import mfa_making
from iamctl.cli.app import group
from iamctl.cli.candidates import names_of, one_of
from iamctl.cli.deleting import delete_with_secrets
from iamctl.cli.edits import WAIT, Editing
from iamctl.cli.mfa_proving import prove
from iamctl.cli.opened import Opened
from iamctl.cli.options import Cascade, Directory, DryRun, LockTimeout, Output, Yes
from iamctl.cli.output import answer, report, say, show_rows
from iamctl.cli.showing import as_in_file, day_text, show_entity, tags_text
from iamctl.cli.tagging import add_tag_and_untag
from iamctl.domain.change import Changes
from iamctl.domain.directory import Directory as Loaded
from iamctl.domain.errors import Usage
from iamctl.domain.names import shown
from iamctl.services import mfa, mfa_seeds
from iamctl.services.awsshape import mfa_device_shape, virtual_mfa_device_shape

DeviceName = Annotated[
    str,
    typer.Argument(
        metavar="DEVICE", help="A device's name, or its ARN.", autocompletion=names_of("mfa")
    ),
]
DeviceNames = Annotated[
    list[str],
    typer.Argument(metavar="DEVICE", help="Devices' names.", autocompletion=names_of("mfa")),
]
Code1 = Annotated[
    str | None,
    typer.Option("--code1", metavar="CODE", help="A code of the device; asked for without it."),
]
Code2 = Annotated[
    str | None, typer.Option("--code2", metavar="CODE", help="The code that it showed next.")
]

app = group("MFA devices: create, enable, resync, delete; codes.")
app.command("create")(mfa_making.create)


@app.command("list")
def list_(
    status: Annotated[
        str,
        typer.Option(
            "--assignment-status",
            metavar="STATUS",
            help="Assigned, Unassigned or Any.",
            show_default=True,
            autocompletion=one_of(*mfa.STATUSES),
        ),
    ] = "Any",
    user: Annotated[
        str | None,
        typer.Option(
            "--user", metavar="USER", help="Only this user's.", autocompletion=names_of("users")
        ),
    ] = None,
    output: Output = None,
    directory: Directory = None,
) -> None:
    """List virtual MFA devices by name.

    -o json has ListVirtualMFADevices' response; with --user, that of ListMFADevices.

    \b
    iamctl mfa list
    iamctl mfa list --assignment-status Unassigned
    iamctl mfa list --user alice -o json
    """
    if status not in mfa.STATUSES:
        raise Usage(
            f"there is no assignment status {shown(status)}", hint=f"use {', '.join(mfa.STATUSES)}"
        )
    loaded = Runtime().repository(directory).load()
    rows = mfa.list_devices(loaded, status=status, user=user)
    narrowed = status != "Any" or user is not None
    show_rows(
        output,
        ("device", "user", "enabled", "created", "tags"),
        [
            (
                r.name,
                r.user or "",
                day_text(r.enabled),
                day_text(r.created),
                tags_text(dict(r.tags)),
            )
            for r in rows
        ],
        lambda: (
            {"VirtualMFADevices": [virtual_mfa_device_shape(loaded, r.name) for r in rows]}
            if user is None
            else {"MFADevices": [mfa_device_shape(loaded, r.name) for r in rows]}
        ),
        lambda: as_in_file(loaded, "mfa", [r.name for r in rows]),
        "no MFA device matches"
        if narrowed
        else "no MFA devices yet; make one: iamctl mfa create NAME",
    )


@app.command("show")
def show(name: DeviceName, output: Output = None, directory: Directory = None) -> None:
    """Show an MFA device; never its seed.

    \b
    iamctl mfa show alice-phone
    """
    loaded = Runtime().repository(directory).load()
    show_entity(output, loaded, "mfa", mfa.find_device(loaded, name).name)


@app.command("enable")
def enable(
    name: DeviceName,
    user: Annotated[
        str,
        typer.Option(
            "--user", metavar="USER", help="Whose device it is.", autocompletion=names_of("users")
        ),
    ],
    code1: Code1 = None,
    code2: Code2 = None,
    dry_run: DryRun = False,
    directory: Directory = None,
    lock_timeout: LockTimeout = WAIT,
) -> None:
    """Enable an MFA device for a user.

    Two codes prove that the device has the seed: one, and the next that it shows.

    \b
    iamctl mfa enable alice-phone --user alice
    """
    editing = Editing(directory, lock_timeout, dry_run)

    def plan(found: Loaded) -> Changes:
        return mfa.plan_enable(found, name=name, user=user, now=editing.now)

    if dry_run:
        editing.apply(plan)
        return
    loaded = editing.repository.load()
    plan(loaded)  # before a person is asked for a passphrase in vain
    found = mfa.find_device(loaded, name).name
    vault = mfa_making.open_vault(editing, loaded)
    edit = mfa_seeds.enable_device(
        editing.repository,
        vault,
        name=found,
        user=user,
        prove=lambda device: prove(editing.runtime, vault, device, code1, code2),
        now=editing.now,
    )
    report(edit, False, f"enabled MFA device {shown(found)} for user {shown(user)}")


@app.command("deactivate")
def deactivate(
    names: DeviceNames,
    yes: Yes = False,
    dry_run: DryRun = False,
    directory: Directory = None,
    lock_timeout: LockTimeout = WAIT,
) -> None:
    """Take MFA devices from their users.

    They stay in the file and in this machine's vault, and can be enabled again.

    \b
    iamctl mfa deactivate alice-phone
    """
    Editing(directory, lock_timeout, dry_run).apply_confirmed(
        lambda found: mfa.plan_deactivate(found, names=names),
        f"deactivate MFA device {', '.join(names)}?",
        yes,
    )


@app.command("resync")
def resync(
    name: DeviceName,
    code1: Code1 = None,
    code2: Code2 = None,
    directory: Directory = None,
) -> None:
    """Follow an MFA device whose clock has drifted away.

    Two codes, one and the next, say by how much; up to ten minutes are found.

    \b
    iamctl mfa resync alice-phone
    """
    editing = Editing(directory)
    loaded = editing.repository.load()
    user = mfa.user_of(loaded, name)
    device = mfa.find_device(loaded, name).name
    vault = mfa_making.open_vault(editing, loaded)
    prove(editing.runtime, vault, device, code1, code2, wide=True)
    say(f'MFA device "{device}" of user "{user}" is synchronized')


@app.command("delete")
def delete(
    names: DeviceNames,
    cascade: Cascade = False,
    yes: Yes = False,
    dry_run: DryRun = False,
    directory: Directory = None,
    lock_timeout: LockTimeout = WAIT,
) -> None:
    """Delete MFA devices and their seeds.

    Refused while they are enabled for a user, as in AWS; --cascade deactivates them. They go
    from the file first, then from this machine's vault.

    \b
    iamctl mfa delete alice-phone --cascade
    """
    editing = Editing(directory, lock_timeout, dry_run)
    delete_with_secrets(
        editing,
        editing.repository.load(checked=False),
        lambda found: mfa.plan_delete(found, names=names, cascade=cascade),
        f"delete MFA device {', '.join(names)}, and the seed?",
        yes,
    )


@app.command("code")
def code(name: DeviceName, directory: Directory = None) -> None:
    """Print the code that an MFA device shows now.

    This machine's vault is then both the first factor and the second: whoever has it has both.
    A phone keeps them apart.

    \b
    iamctl mfa code alice-phone
    """
    opened = Opened(directory)
    vault = opened.vault()
    vault.unlock()
    text = mfa_seeds.current_code(opened.directory, vault, name, opened.runtime.now())
    if sys.stderr.isatty():
        say("note: this machine's vault holds both factors; a phone keeps them apart")
    answer(f"{text}\n")


add_tag_and_untag(app, "mfa")
