"""What the values of shared options mean: checked, parsed, looked up."""

from collections.abc import Iterable

from iamctl.domain.errors import Usage

TYPE_CHECKING = False  # commands that start at once begin here
if TYPE_CHECKING:
    from iamctl.bootstrap import Runtime

FORMS = ("table", "json", "yaml", "tsv", "name")
DOCUMENT_FORMS = ("json", "yaml", "name")
CHECK_FORMS = ("table", "json", "github")


def check_form(form: str | None, allowed: tuple[str, ...] = FORMS) -> str | None:
    """The form; raises Usage when this command has no such form."""
    if form is not None and form not in allowed:
        raise Usage(f'there is no output form "{form[:40]}"', hint=f"use {', '.join(allowed)}")
    return form


def parse_tags(tags: Iterable[str] | None) -> list[tuple[str, str]]:
    """`team=payments` as pairs. Raises Usage for one without `=`."""
    pairs = []
    for tag in tags or ():
        key, equals, value = tag.partition("=")
        if not equals:
            raise Usage(f'"{tag[:60]}" is not a tag', hint="write KEY=VALUE")
        pairs.append((key, value))
    return pairs


def parse_tag_filter(tags: Iterable[str] | None) -> list[tuple[str, str | None]]:
    """`team=payments` and `team` as (key, value) with None for any value."""
    pairs = (tag.partition("=") for tag in tags or ())
    return [(key, value if equals else None) for key, equals, value in pairs]


def unaliased(runtime: "Runtime", name: str) -> str:
    """The role that the user's settings call so, by name or ARN; else what was given."""
    return str(runtime.settings.values().get("aliases", {}).get(name, name))
