"""`iamctl user` and `iamctl group`: list and show."""

from __future__ import annotations

from typing import TYPE_CHECKING

from iamctl.bootstrap import Runtime
from iamctl.cli.showing import show_entity, show_list
from iamctl.cli.values import parse_tag_filter
from iamctl.services import listing

if TYPE_CHECKING:  # only Typer needs them at run time: the nouns hand them to it
    from iamctl.cli.options import (
        Directory,
        GroupName,
        InGroup,
        OfUser,
        Output,
        PathPrefix,
        TagFilter,
        UserName,
    )


def list_users(
    path_prefix: PathPrefix = "/",
    tags: TagFilter = None,
    in_group: InGroup = None,
    output: Output = None,
    directory: Directory = None,
) -> None:
    """List users by name.

    \b
    iamctl user list
    iamctl user list --path-prefix /eng/ --tag team=payments --group developers
    iamctl user list -o name
    """
    loaded = Runtime().repository(directory).load()
    rows = listing.users(
        loaded, path_prefix=path_prefix, tags=parse_tag_filter(tags), group=in_group
    )
    narrowed = path_prefix != "/" or tags or in_group
    empty = "no user matches" if narrowed else "no users yet; make one: iamctl user create NAME"
    show_list(output, loaded, "users", rows, empty)


def show_user(name: UserName, output: Output = None, directory: Directory = None) -> None:
    """Show a user and everything around it.

    Groups, policies, boundary, keys, and the roles whose trust policy names the user.

    \b
    iamctl user show alice
    iamctl user show alice -o json
    """
    show_entity(output, Runtime().repository(directory).load(), "users", name)


def list_groups(
    path_prefix: PathPrefix = "/",
    user: OfUser = None,
    output: Output = None,
    directory: Directory = None,
) -> None:
    """List groups by name.

    \b
    iamctl group list
    iamctl group list --user alice -o name
    """
    loaded = Runtime().repository(directory).load()
    rows = listing.groups(loaded, path_prefix=path_prefix, user=user)
    narrowed = path_prefix != "/" or user
    empty = "no group matches" if narrowed else "no groups yet; make one: iamctl group create NAME"
    show_list(output, loaded, "groups", rows, empty)


def show_group(name: GroupName, output: Output = None, directory: Directory = None) -> None:
    """Show a group: its members and its policies.

    \b
    iamctl group show developers
    iamctl group show developers -o yaml
    """
    show_entity(output, Runtime().repository(directory).load(), "groups", name)
