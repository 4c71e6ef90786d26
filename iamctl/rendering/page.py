"""A directory as one HTML page that needs no network and runs no script but its own.

The page is the same for every directory, but for one block of JSON. Its script puts what is in
there on the page as text; a policy of the page (CSP) lets no other script or style in.
"""

import json
import os
from base64 import b64encode
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any

from iamctl.domain.entities import Entity, Group, Policy, Role, User
from iamctl.domain.times import format_instant
from iamctl.policy.compile import SourcePolicy
from iamctl.policy.evaluate import Matched
from iamctl.rendering.escape import printable
from iamctl.rendering.page_picture import picture
from iamctl.rendering.permissions import brief, permission_row, shortened
from iamctl.services.graph import Graph
from iamctl.services.page import Identity, Page, State
from iamctl.services.page_abilities import Ability
from iamctl.services.who_can import Finding

_FOLDER = os.path.dirname(os.path.abspath(__file__))
_LONG = 160
"""How many characters of a statement's actions are shown unasked."""


def page_text(
    page: Page, drawn: Graph, svg: str, first: str | None = None, than: str | None = None
) -> str:
    """The page with the picture of `drawn`, laid out in `svg`; `first` is the id of whom it shows
    when it is opened, `than` what it is compared with, in words."""
    texts = _Texts({identity.id: number for number, identity in enumerate(page.identities)})
    places = texts.places
    data = {
        "account": page.account,
        "alias": page.alias,
        "now": format_instant(page.now),
        "than": than,
        "first": None if first is None else places.get(first),
        "identities": [texts.identity(identity) for identity in page.identities],
        "edges": [
            [places[edge.source], places[edge.target], edge.kind, edge.label, edge.change]
            for edge in page.around.edges
        ],
        "abilities": [texts.ability(ability) for ability in page.abilities],
        "rows": list(texts.rows),
        "picture": picture(svg, drawn, places),
    }
    style, script = _read("page.css"), _read("page_view.js") + _read("page.js")
    return _read("page.html").format(
        policy=f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}';"
        " base-uri 'none'; form-action 'none'",
        style=style,
        script=script,
        data=_encoded(_printable(data)),
    )


def _read(name: str) -> str:
    with open(os.path.join(_FOLDER, name), encoding="utf-8", newline="") as file:
        return file.read()


def _hash(text: str) -> str:
    """The source of a Content Security Policy (level 3) that lets in exactly this text."""
    return f"sha256-{b64encode(sha256(text.encode()).digest()).decode()}"


def _encoded(data: Any) -> str:
    """JSON in which HTML sees no tag, comment or entity, whatever is in it."""
    text = json.dumps(data, separators=(",", ":"))  # ASCII, so that no encoding matters
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _printable(value: Any) -> Any:
    """The value with all its texts made safe to look at."""
    if isinstance(value, str):
        return printable(value)
    if isinstance(value, dict):
        return {key: _printable(item) for key, item in value.items()}
    return [_printable(item) for item in value] if isinstance(value, list | tuple) else value


class _Texts:
    """The facts of a page as texts: `rows` are those of its tables, each once, with its place."""

    def __init__(self, places: Mapping[str, int]) -> None:
        self.places = places
        self.rows: dict[tuple[str, ...], int] = {}

    def identity(self, identity: Identity) -> dict[str, Any]:
        found: dict[str, Any] = {"kind": identity.kind, "name": identity.name}
        if identity.change:
            found["change"] = identity.change
        if identity.now is not None:
            found["now"] = self._state(identity.now)
        if identity.was is not None:
            found["was"] = self._state(identity.was)
        return found

    def _state(self, state: State) -> dict[str, Any]:
        found: dict[str, Any] = {"facts": [("ARN", state.arn), *_facts(state.entity)]}
        if state.ability is not None:
            found["ability"] = state.ability
        if state.holders:
            found["holders"] = [
                [self.places.get(f"{h.kind}/{h.name}"), h.name, h.finding.verdict, *_how(h.finding)]
                for h in state.holders
            ]
        if isinstance(state.entity, Group | Policy):
            found["grants"] = self._grants(state.policies)
        return found

    def ability(self, ability: Ability) -> dict[str, Any]:
        """The places of its rows among all rows, and what could not be read."""

        def named(matched: Matched) -> str:
            policy = matched.policy
            own = ability.is_own(policy)
            mine = matched._replace(policy=policy._replace(owner="its own"))
            return brief(mine if own else matched)

        unknown = bool(ability.unread)
        places = []
        for permission in ability.permissions:
            short = ", ".join(shortened(permission))
            for grant in permission.grants:
                service, levels, actions, *rest = permission_row(permission, grant, unknown, named)
                full = ", ".join(action.rpartition(":")[2] for action in permission.shown)
                row = (service, levels, short, "" if full == short else actions, *rest)
                places.append(self._place(row))
        return {"rows": places, "unread": _unread(ability.unread)}

    def _grants(self, policies: Sequence[SourcePolicy]) -> dict[str, Any]:
        """The statements of policies, as rows too."""
        places = []
        for policy in policies:
            bare = policy._replace(owner="")
            for compiled in policy.document.statements if policy.document else ():
                statement = compiled.statement
                actions = _all_but(statement.actions, statement.not_actions)
                short = actions if len(actions) <= _LONG else f"{actions[:_LONG]} …"
                row = (
                    statement.effect,
                    "",
                    short,
                    "" if short == actions else actions,
                    _all_but(statement.resources, statement.not_resources),
                    "; ".join(
                        f"{c.operator} {c.key} = {', '.join(c.values)}"
                        for c in statement.conditions
                    ),
                    brief(Matched(bare, statement)),
                )
                places.append(self._place(row))
        return {"rows": places, "unread": _unread([p for p in policies if p.document is None])}

    def _place(self, row: tuple[str, ...]) -> int:
        return self.rows.setdefault(row, len(self.rows))


def _unread(policies: Sequence[SourcePolicy]) -> list[str]:
    return list(dict.fromkeys(f"{p.id} could not be read: {p.reason}" for p in policies))


def _all_but(those: Sequence[str] | None, others: Sequence[str] | None) -> str:
    return f"all but {', '.join(others)}" if others is not None else ", ".join(those or ())


def _facts(entity: Entity) -> list[tuple[str, str]]:
    """What an entity is, as names and values."""
    found = [
        ("unique id", entity.id or ""),
        ("path", "" if entity.path == "/" else entity.path),
        ("created", "" if entity.created is None else format_instant(entity.created)),
        ("description", getattr(entity, "description", None) or ""),
        ("tags", ", ".join(f"{k}={v}" for k, v in getattr(entity, "tags", {}).items())),
    ]
    if isinstance(entity, User | Group | Role):
        found.append(("inline policies", ", ".join(entity.inline)))
    if isinstance(entity, User):
        active = sum(key.active for key in entity.keys.values())
        inactive = len(entity.keys) - active
        words = [f"{active} active"] * bool(active) + [f"{inactive} inactive"] * bool(inactive)
        found.append(("access keys", ", ".join(words)))
    if isinstance(entity, Role):
        found.append(("longest session", f"{entity.max_session_duration} s"))
    return [(label, value) for label, value in found if value]


def _how(finding: Finding) -> tuple[str, str]:
    """Under which conditions, and by which statement."""
    conditions = "; ".join(map(str, (*finding.hinges, *finding.unread)))
    return conditions, "" if finding.matched is None else brief(finding.matched)
