"""Claims about access, as a file of access tests makes them."""

from collections.abc import Iterator, Mapping

from iamctl.domain.claims_shape import KINDS
from iamctl.domain.errors import InvalidValue
from iamctl.domain.source import Locate, Plain, Problem, Source
from iamctl.domain.times import parse_instant
from iamctl.domain.tuples import NamedTuple

Value = str | tuple[str, ...]


class Claim(NamedTuple):
    """One claim. `kind` is allow, deny, nobody-but or assume.

    `principals` are those of allow and deny, and `by` of assume; `roles`, `excluded` (not-by) and
    `needed` (with) are assume's. `only` is what nobody-but lists; `alone` says that nobody but
    `by` may assume. `context` is by key in lower case; `at` epoch seconds, None = now.
    """

    kind: str
    principals: tuple[str, ...] = ()
    actions: tuple[str, ...] = ()
    resources: tuple[str, ...] = ("*",)
    only: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    alone: bool = False
    through_roles: bool = False
    context: Mapping[str, Value] = {}
    at: int | None = None
    why: str = ""
    source: Source | None = None

    def __str__(self) -> str:
        """The claim in one line, without its circumstances."""
        if self.kind == "assume":
            parts = [", ".join(self.roles), f"by {_listed(self.principals)}"]
            parts += ["only"] if self.alone else []
            parts += [f"not by {_listed(self.excluded)}"] if self.excluded else []
            return f"assume {' '.join(parts)}"
        asked = ", ".join(self.actions)
        if self.resources != ("*",):
            asked += f" on {', '.join(self.resources)}"
        if self.kind == "nobody-but":
            return f"nobody but {_listed(self.only)}: {asked}".replace(
                "nobody but nobody", "nobody"
            )
        return f"{self.kind} {_listed(self.principals)}: {asked}"


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(names) or "nobody"


def claims_of(plain: dict[str, Plain], locate: Locate) -> tuple[list[Claim], list[Problem]]:
    """The claims of a file, by kind, as far as its shape is sound, and what is wrong with their
    values."""
    problems: list[Problem] = []
    claims = list(_claims(plain, locate, problems))
    return claims, problems


def _claims(plain: dict[str, Plain], locate: Locate, problems: list[Problem]) -> Iterator[Claim]:
    for kind in KINDS:
        listed = plain.get(kind)
        for number, fields in enumerate(listed if isinstance(listed, list) else ()):
            at = (kind, number)
            if isinstance(fields, dict):
                yield _claim(kind, fields)._replace(
                    source=locate(at), at=_instant(fields.get("at"), (*at, "at"), locate, problems)
                )
                problems += _contradictions(kind, fields, at, locate)


def _claim(kind: str, fields: dict[str, Plain]) -> Claim:
    only = fields.get("only")
    why = fields.get("why")
    given = fields.get("with" if kind == "assume" else "context")
    return Claim(
        kind,
        principals=_texts(fields.get("by" if kind == "assume" else "principal")),
        actions=_texts(fields.get("action")),
        resources=_texts(fields.get("resource")) or ("*",),
        only=() if isinstance(only, bool) else _texts(only),
        roles=tuple(name.removeprefix("role/") for name in _texts(fields.get("role"))),
        excluded=_texts(fields.get("not-by")),
        alone=only is True,
        through_roles=fields.get("through-roles") is True,
        context={k.lower(): _value(v) for k, v in given.items()} if isinstance(given, dict) else {},
        why=" ".join(why.split()) if isinstance(why, str) else "",
    )


def _texts(value: Plain) -> tuple[str, ...]:
    """A text or a list of texts, each once."""
    items = value if isinstance(value, list) else [value]
    return tuple(dict.fromkeys(item for item in items if isinstance(item, str)))


def _value(value: Plain) -> Value:
    """What a context's key holds: a list has several values, were it a list of one."""
    if isinstance(value, list):
        return tuple(item for item in value if isinstance(item, str))
    return str(value)


def _instant(
    value: Plain, at: tuple[str | int, ...], locate: Locate, problems: list[Problem]
) -> int | None:
    if not isinstance(value, str):
        return None
    try:
        return parse_instant(value)
    except InvalidValue as error:
        found = Problem("error", "invalid-value", error.message, at, locate(at), error.hint)
        problems.append(found)
        return None


def _contradictions(
    kind: str, fields: dict[str, Plain], at: tuple[str | int, ...], locate: Locate
) -> Iterator[Problem]:
    """Claims that claim nothing: fields that must not be empty, and what hangs on another."""
    for name in ("principal", "action", "resource", "role", "not-by"):
        if fields.get(name) == []:
            where = (*at, name)
            hint = "name one at least" if name != "resource" else 'leave it out for "*"'
            message = f'"{name}" must not be empty'
            yield Problem("error", "empty", message, where, locate(where), hint)
    if kind != "assume":
        return
    if fields.get("with") and not fields.get("by"):
        where = (*at, "with")
        message = '"with" says what those of "by" need, and "by" names nobody'
        hint = 'name them under "by"'
        yield Problem("error", "empty", message, where, locate(where), hint)
    if not (fields.get("by") or fields.get("not-by") or fields.get("only")):
        message = "the claim names nobody who may or may not assume the role"
        hint = 'add "by", "not-by", or "only: true" for a role that nobody may assume'
        yield Problem("error", "empty", message, at, locate(at), hint)
