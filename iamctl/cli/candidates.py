"""What completes a word of the command line: names of the directory file, forms, actions."""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from iamctl.domain.change import KINDS

if TYPE_CHECKING:
    from iamctl.domain.directory import Directory


def names_of(section: str) -> Callable[[str], Iterable[str]]:
    """Completes names of that section of the file; "keys" are access key ids. AWS's own policies
    are completed once their ARN is begun."""

    def complete(incomplete: str) -> Iterable[str]:
        if section == "policies" and incomplete.startswith(_OF_AWS):
            return [arn for arn in _aws_policies() if arn.startswith(incomplete)]
        return names(section, incomplete)

    return complete


_OF_AWS = "arn:aws:iam::aws:"


def _aws_policies() -> Iterable[str]:
    from iamctl.bootstrap import Runtime

    return (arn for arn, _, _ in Runtime().catalogue.managed_policies())


def names_within(section: str, field: str) -> Callable[[Any, str], Iterable[str]]:
    """Completes names in a mapping of the entity already named: its tags, its inline policies."""

    def complete(ctx: Any, incomplete: str) -> Iterable[str]:
        return names_in((section, str(ctx.params.get("name")), field), incomplete)

    return complete


def one_of(*values: str) -> Callable[[str], Iterable[str]]:
    """Completes one of a few fixed words."""
    return lambda incomplete: [v for v in values if v.startswith(incomplete)]


def role_or_alias(incomplete: str) -> Iterable[str]:
    """Completes roles of the file and aliases of the user's settings."""
    from iamctl.bootstrap import Runtime

    aliases = Runtime().settings.values().get("aliases", {})
    return [*names("roles", incomplete), *(a for a in aliases if a.startswith(incomplete))]


def principal_words(incomplete: str) -> Iterable[str]:
    """Completes `user/NAME` and the like; before the slash, the kinds of principals."""
    kinds = ("user", "role", "group", "provider", "pool")
    return _of_kinds(incomplete, kinds, ("account", "service", "github", "eks"))


def subject_words(incomplete: str) -> Iterable[str]:
    """Completes who can be asked about: users by their name alone, too."""
    users = [] if "/" in incomplete else names("users", incomplete)
    kinds = _of_kinds(incomplete, ("user", "role"), ("service",))
    return [*users, *kinds, *(word for word in ("root",) if word.startswith(incomplete))]


def resource_words(incomplete: str) -> Iterable[str]:
    """Completes what of the file can be asked for, as `role/NAME` and the like."""
    return _of_kinds(incomplete, tuple(KINDS.values()))


_SECTIONS = {kind: section for section, kind in KINDS.items()}


def _of_kinds(incomplete: str, kinds: tuple[str, ...], nameless: tuple[str, ...] = ()) -> list[str]:
    """Completes `KIND/` and then names of that kind; those of the nameless are in no file."""
    kind, slash, name = incomplete.partition("/")
    if not slash:
        return [f"{word}/" for word in (*kinds, *nameless) if word.startswith(kind)]
    if kind not in kinds:
        return []
    return [f"{kind}/{found}" for found in names(_SECTIONS[kind], name)]


def actions(incomplete: str) -> Iterable[str]:
    """Completes `SERVICE:`, then the service's actions; a pattern stays as it is.

    What is typed stays as it is too: case does not count in actions, but it does for shells.
    """
    from iamctl.bootstrap import Runtime

    catalogue = Runtime().catalogue
    folded = incomplete.lower()
    if ":" not in incomplete:
        found = [f"{prefix}:" for prefix in catalogue.services() if prefix.startswith(folded)]
    elif "*" in incomplete or "?" in incomplete:
        found = []
    else:
        found = list(catalogue.expand(f"{incomplete}*"))
    return [incomplete + name[len(incomplete) :] for name in found]


def any_name(incomplete: str) -> Iterable[str]:
    """Completes whatever has a name in the file, and access key ids."""
    sections = (*KINDS, "keys")
    return dict.fromkeys(name for section in sections for name in names(section, incomplete))


def identity_words(incomplete: str) -> Iterable[str]:
    """Completes groups, users and roles."""
    sections = ("groups", "users", "roles")
    return dict.fromkeys(name for section in sections for name in names(section, incomplete))


def revisions(incomplete: str) -> Iterable[str]:
    """Completes branches and tags of the repository that holds the directory file, at the end of
    `A..B` and `A...B` too."""
    start, dots, _ = incomplete.rpartition("..")
    return [
        start + dots + name
        for name in revision_names()
        if (start + dots + name).startswith(incomplete)
    ]


def revision_names() -> Iterable[str]:
    """Branches and tags; raises where there is no directory file, or no repository around it."""
    from iamctl.bootstrap import Runtime

    return Runtime().sides(_directory[-1] if _directory else None).history.names()


_directory: list[str] = []


def look_in(directory: str | None) -> None:
    """Complete out of this directory file, or the one that is found."""
    _directory[:] = [] if directory is None else [directory]


MOST = 500
"""More candidates help nobody, and shells ask before showing them."""


def names(section: str, incomplete: str) -> list[str]:
    """Names that begin so of a section of the directory file; of "keys", access key ids.

    Raises what reading the file raises; nothing is completed then.
    """
    return _loaded().names_with(section, incomplete, MOST)


def names_in(at: tuple[str, ...], incomplete: str) -> list[str]:
    """The keys that begin so of the mapping at an address of the directory file."""
    held = _loaded().value_at(at)
    return [name for name in held if name.startswith(incomplete)] if isinstance(held, dict) else []


def _loaded() -> "Directory":
    from iamctl.bootstrap import Runtime

    return Runtime().repository(_directory[-1] if _directory else None).load()
