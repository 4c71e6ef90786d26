"""`iamctl pool map` and `unmap`: how the role of a provider's users is chosen."""

from typing import Annotated

import typer

from iamctl.cli.candidates import names_of, one_of
from iamctl.cli.edits import WAIT, Editing
from iamctl.cli.options import Directory, DryRun, LockTimeout
from iamctl.cli.pool_options import PoolName, PoolProvider
from iamctl.domain.errors import Usage
from iamctl.domain.names import shown
from iamctl.domain.pools import MappingRule
from iamctl.services import pools

_AMBIGUOUS = {"deny": "deny", "authenticated-role": "authenticated_role"}


def add_mapping_verbs(app: typer.Typer) -> None:
    """Give `pool` its verbs about role mappings."""
    app.command("map")(map_)
    app.command("unmap")(unmap)


def map_(
    name: PoolName,
    provider: PoolProvider,
    claim: Annotated[
        str | None, typer.Option("--claim", metavar="CLAIM", help="The claim a rule looks at.")
    ] = None,
    equals: Annotated[
        str | None, typer.Option("--equals", metavar="VALUE", help="Matches when it is this.")
    ] = None,
    contains: Annotated[
        str | None, typer.Option("--contains", metavar="VALUE", help="When this is in it.")
    ] = None,
    starts_with: Annotated[
        str | None, typer.Option("--starts-with", metavar="VALUE", help="When it begins so.")
    ] = None,
    not_equal: Annotated[
        str | None,
        typer.Option("--not-equal", metavar="VALUE", help="When it is there and not this."),
    ] = None,
    role: Annotated[
        str | None,
        typer.Option(
            "--role", metavar="ROLE", help="The role to give.", autocompletion=names_of("roles")
        ),
    ] = None,
    from_token: Annotated[
        bool,
        typer.Option(
            "--from-token", help="By the token's cognito:preferred_role and cognito:roles."
        ),
    ] = False,
    ambiguous: Annotated[
        str | None,
        typer.Option(
            "--ambiguous",
            metavar="WHAT",
            help="When no role is chosen so: authenticated-role (at first) or deny.",
            autocompletion=one_of(*_AMBIGUOUS),
        ),
    ] = None,
    dry_run: DryRun = False,
    directory: Directory = None,
    lock_timeout: LockTimeout = WAIT,
) -> None:
    """Choose a role by a claim of the login's token.

    A rule is added after those that stand: the first that matches counts. With --from-token the
    provider itself names the roles, as Cognito's user pools do for groups.

    \b
    iamctl pool map web-app google --claim department --equals eng --role engineer
    iamctl pool map web-app google --claim email --contains @example.com --role staff \\
        --ambiguous deny
    iamctl pool map web-app corp --from-token
    """
    matches = {
        match: value
        for match, value in zip(
            pools.MATCHES, (equals, contains, starts_with, not_equal), strict=True
        )
        if value is not None
    }
    rule = _rule(claim, matches, role)
    if (rule is None) != from_token:
        raise Usage(
            "give one rule or --from-token",
            hint="a rule is --claim CLAIM, one of --equals, --contains, --starts-with and "
            "--not-equal, and --role ROLE",
        )
    settled = None if ambiguous is None else _AMBIGUOUS.get(ambiguous)
    if ambiguous is not None and settled is None:
        raise Usage(
            f"{shown(ambiguous)} is no answer to --ambiguous", hint=f"use {' or '.join(_AMBIGUOUS)}"
        )
    Editing(directory, lock_timeout, dry_run).apply(
        lambda found: pools.plan_map(
            found, name=name, provider=provider, rule=rule, ambiguous=settled
        )
    )


def _rule(claim: str | None, matches: dict[str, str], role: str | None) -> MappingRule | None:
    """The rule that the options give, or None when they give none of it."""
    if claim is None and role is None and not matches:
        return None
    if claim is None or role is None or len(matches) != 1:
        raise Usage(
            "that is no rule",
            hint="a rule is --claim CLAIM, one of --equals, --contains, --starts-with and "
            "--not-equal, and --role ROLE",
        )
    match, value = next(iter(matches.items()))
    return MappingRule(claim, match, value, role)


def unmap(
    name: PoolName,
    provider: PoolProvider,
    number: Annotated[
        int | None,
        typer.Option("--rule", metavar="NUMBER", help="Only this rule, the first being 1."),
    ] = None,
    dry_run: DryRun = False,
    directory: Directory = None,
    lock_timeout: LockTimeout = WAIT,
) -> None:
    """Remove a role mapping, or one rule of it.

    Without a mapping all who log in get the pool's authenticated role.

    \b
    iamctl pool unmap web-app google
    iamctl pool unmap web-app google --rule 2
    """
    Editing(directory, lock_timeout, dry_run).apply(
        lambda found: pools.plan_unmap(found, name=name, provider=provider, number=number)
    )
