"""revoke-sessions: the same for users and roles."""

from collections.abc import Sequence

from iamctl.cli.edits import Editing
from iamctl.domain.change import NOUNS


def revoke(
    editing: Editing, section: str, names: Sequence[str], yes: bool, with_roles: bool = False
) -> None:
    """Plan, ask, and write the policies that deny older sessions everything."""
    from iamctl.services.revocations import plan_revoke

    plural = f"{NOUNS[section]}s" if len(names) > 1 else NOUNS[section]
    editing.apply_confirmed(
        lambda found: plan_revoke(
            found, section=section, names=names, with_roles=with_roles, now=editing.now
        ),
        f"end the sessions of {plural} {', '.join(names)}{' and these roles' * with_roles}?",
        yes,
    )
