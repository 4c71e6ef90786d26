"""`iamctl pool`: identity pools themselves; how roles are chosen is in `pool_mapping`, and what
their users get in `pool_users`."""

from typing import Annotated

import typer

from iamctl.bootstrap import Runtime
from iamctl.cli.app import group
from iamctl.cli.candidates import names_of
from iamctl.cli.edits import WAIT, Editing
from iamctl.cli.options import Directory, DryRun, Into, LockTimeout, Output, Tags, Yes
from iamctl.cli.output import show_rows
from iamctl.cli.pool_mapping import add_mapping_verbs
from iamctl.cli.pool_options import PoolName, PoolProviders
from iamctl.cli.pool_users import add_user_verbs
from iamctl.cli.showing import as_in_file, show_entity
from iamctl.cli.tagging import add_tag_and_untag
from iamctl.cli.values import check_form, parse_tags
from iamctl.domain.errors import Usage
from iamctl.services import pools

SECTION = pools.SECTION
DEFAULT_REGION = "us-east-1"

AuthenticatedRole = Annotated[
    str | None,
    typer.Option(
        "--authenticated-role",
        metavar="ROLE",
        help="The role of those who log in.",
        autocompletion=names_of("roles"),
    ),
]
GuestRole = Annotated[
    str | None,
    typer.Option(
        "--guest-role",
        metavar="ROLE",
        help="The role of guests; without one they get nothing.",
        autocompletion=names_of("roles"),
    ),
]

ClassicFlow = Annotated[
    bool | None,
    typer.Option(
        "--allow-classic-flow/--no-allow-classic-flow",
        help="Hand out the pool's own token, for any role that trusts the pool.",
        show_default=False,
    ),
]

app = group("Identity pools: credentials for the users of applications.")


@app.command("create")
def create(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The new pool's name.")],
    providers: Annotated[
        list[str] | None,
        typer.Option(
            "--provider",
            metavar="PROVIDER",
            help="Accept logins of this OIDC provider; repeatable.",
            autocompletion=names_of("identity_providers"),
        ),
    ] = None,
    authenticated_role: AuthenticatedRole = None,
    guest_role: GuestRole = None,
    region: Annotated[
        str | None,
        typer.Option(
            "--region",
            metavar="REGION",
            help="The region in its id; AWS_REGION's without it, else us-east-1.",
        ),
    ] = None,
    classic_flow: ClassicFlow = None,
    tags: Tags = None,
    output: Output = None,
    into: Into = None,
    dry_run: DryRun = False,
    directory: Directory = None,
    lock_timeout: LockTimeout = WAIT,
) -> None:
    """Create an identity pool.

    Its roles must trust it, by its id: make the pool, then the roles for pool/NAME, then set them.

    \b
    iamctl pool create web-app --provider google
    iamctl role create app-user --allow pool/web-app
    iamctl pool set-roles web-app --authenticated-role app-user
    """
    check_form(output)
    pairs = parse_tags(tags)
    editing = Editing(directory, lock_timeout, dry_run, into)
    environ = editing.runtime.environ
    where = region or environ.get("AWS_REGION") or environ.get("AWS_DEFAULT_REGION")
    editing.apply(
        lambda found: pools.plan_create(
            found,
            name=name,
            region=where or DEFAULT_REGION,
            providers=providers or (),
            authenticated_role=authenticated_role,
            guest_role=guest_role,
            classic_flow=bool(classic_flow),
            tags=pairs,
            now=editing.now,
            randomness=editing.randomness,
        )
    )
    if output is not None and not dry_run:
        show_entity(output, editing.repository.load(checked=False), SECTION, name)


@app.command("list")
def list_(output: Output = None, directory: Directory = None) -> None:
    """List identity pools by name.

    \b
    iamctl pool list
    iamctl pool list -o json
    """
    loaded = Runtime().repository(directory).load()
    found = sorted(loaded.identity_pools.values(), key=lambda pool: pool.name.lower())
    show_rows(
        output,
        ("pool", "id", "providers", "authenticated role", "guest role"),
        [
            (
                pool.name,
                pool.id or "",
                ", ".join(pool.providers),
                pool.authenticated_role or "",
                pool.guest_role or "",
            )
            for pool in found
        ],
        lambda: {
            "IdentityPools": [
                {"IdentityPoolId": pool.id, "IdentityPoolName": pool.name} for pool in found
            ]
        },
        lambda: as_in_file(loaded, SECTION, [pool.name for pool in found]),
        "no identity pools yet; make one: iamctl pool create NAME --provider PROVIDER",
    )


@app.command("show")
def show(name: PoolName, output: Output = None, directory: Directory = None) -> None:
    """Show an identity pool and its roles.

    Its id, its providers, and how a role is chosen; as JSON what DescribeIdentityPool and
    GetIdentityPoolRoles say.

    \b
    iamctl pool show web-app
    iamctl pool show web-app -o json
    """
    show_entity(output, Runtime().repository(directory).load(), SECTION, name)


@app.command("set-roles")
def set_roles(
    name: PoolName,
    authenticated_role: AuthenticatedRole = None,
    guest_role: GuestRole = None,
    no_guests: Annotated[bool, typer.Option("--no-guests", help="Let no guests in.")] = False,
    dry_run: DryRun = False,
    directory: Directory = None,
    lock_timeout: LockTimeout = WAIT,
) -> None:
    """Say which roles a pool's users get.

    \b
    iamctl pool set-roles web-app --authenticated-role app-user --guest-role app-guest
    iamctl pool set-roles web-app --no-guests
    """
    if no_guests and guest_role is not None:
        raise Usage("--guest-role and --no-guests contradict each other", hint="give one of them")
    if not (authenticated_role or guest_role or no_guests):
        raise Usage(
            "there is no role to set", hint="give --authenticated-role, --guest-role or --no-guests"
        )
    Editing(directory, lock_timeout, dry_run).apply(
        lambda found: pools.plan_set_roles(
            found,
            name=name,
            authenticated=authenticated_role,
            guest=guest_role,
            no_guests=no_guests,
        )
    )


@app.command("update")
def update(
    name: PoolName,
    classic_flow: ClassicFlow = None,
    dry_run: DryRun = False,
    directory: Directory = None,
    lock_timeout: LockTimeout = WAIT,
) -> None:
    """Say whether a pool hands out its own token.

    With one its holder chooses among all roles that trust the pool, whatever the role mappings
    say, and guests are not kept within Cognito's bounds.

    \b
    iamctl pool update web-app --allow-classic-flow
    """
    if classic_flow is None:
        raise Usage(
            "there is nothing to update",
            hint="give --allow-classic-flow or --no-allow-classic-flow",
        )
    Editing(directory, lock_timeout, dry_run).apply(
        lambda found: pools.plan_update(found, name=name, classic_flow=classic_flow)
    )


@app.command("add-provider")
def add_provider(
    name: PoolName,
    providers: PoolProviders,
    dry_run: DryRun = False,
    directory: Directory = None,
    lock_timeout: LockTimeout = WAIT,
) -> None:
    """Accept logins of more OIDC providers.

    \b
    iamctl pool add-provider web-app google
    """
    Editing(directory, lock_timeout, dry_run).apply(
        lambda found: pools.plan_add_providers(found, name=name, providers=providers)
    )


@app.command("remove-provider")
def remove_provider(
    name: PoolName,
    providers: PoolProviders,
    dry_run: DryRun = False,
    directory: Directory = None,
    lock_timeout: LockTimeout = WAIT,
) -> None:
    """Accept logins of providers no longer.

    Their role mappings go in the same edit.

    \b
    iamctl pool remove-provider web-app google
    """
    Editing(directory, lock_timeout, dry_run).apply(
        lambda found: pools.plan_remove_providers(found, name=name, providers=providers)
    )


@app.command("delete")
def delete(
    names: Annotated[
        list[str],
        typer.Argument(metavar="POOL", help="Pools' names.", autocompletion=names_of(SECTION)),
    ],
    yes: Yes = False,
    dry_run: DryRun = False,
    directory: Directory = None,
    lock_timeout: LockTimeout = WAIT,
) -> None:
    """Delete identity pools.

    Their tokens are refused from then on, and roles that trust their ids let nobody in by them.
    Sessions that were got before go on to their end: `role revoke-sessions` ends them.

    \b
    iamctl pool delete web-app
    """
    Editing(directory, lock_timeout, dry_run).apply_confirmed(
        lambda found: pools.plan_delete(found, names=names),
        f"delete identity pool {', '.join(names)}?",
        yes,
    )


add_mapping_verbs(app)
add_tag_and_untag(app, SECTION)
add_user_verbs(app)
