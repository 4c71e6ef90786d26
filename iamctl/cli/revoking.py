"""revoke-sessions: the same for users and roles."""

from collections.abc import Sequence

from iamctl.cli.confirm import confirm
from iamctl.cli.edits import Editing
from iamctl.cli.output import say, summary
from iamctl.domain.change import NOUNS, Change, Changes
from iamctl.domain.directory import Directory
from iamctl.domain.errors import ConcurrentChange


def revoke(
    editing: Editing, section: str, names: Sequence[str], yes: bool, with_roles: bool = False
) -> None:
    """Plan, ask, and write the policies that deny older sessions everything.

    The clock is read anew when the file is locked, so that sessions issued while somebody
    thought about the question end too; whose sessions those are is what was confirmed.
    """
    from iamctl.services.revocations import plan_revoke

    def plan(found: Directory) -> Changes:
        now = editing.runtime.now()
        return plan_revoke(found, section=section, names=names, with_roles=with_roles, now=now)

    if editing.dry_run:
        editing.apply(plan)
        return
    planned = plan(editing.repository.load(checked=False))

    def as_confirmed(found: Directory) -> Changes:
        changes = plan(found) if planned else ()
        if not _addresses(changes) <= _addresses(planned):
            raise ConcurrentChange(
                "other sessions would end by now than those that were confirmed",
                hint="run the command again to see which",
            )
        return changes

    if planned and not yes:
        for line in summary(planned):
            say(f"  {line}")
        plural = f"{NOUNS[section]}s" if len(names) > 1 else NOUNS[section]
        ending = f"{plural} {', '.join(names)}{' and these roles' * with_roles}"
        confirm(f"end the sessions of {ending}?", yes)
    editing.apply(as_confirmed)


def _addresses(changes: Changes) -> set[tuple[str | int, ...]]:
    return {change.at for change in changes if isinstance(change, Change)}
