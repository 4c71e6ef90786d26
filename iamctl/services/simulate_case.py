"""One case of `simulate`: a line of JSON as a request and the policies that decide it."""

import re
from collections.abc import Callable, Mapping

from iamctl.domain.documents import DocumentKind
from iamctl.domain.documents_values import TRUST_ACTIONS
from iamctl.domain.names import did_you_mean, shown
from iamctl.domain.source import Plain
from iamctl.domain.tuples import NamedTuple
from iamctl.policy.evaluate import Layers
from iamctl.policy.request import Request
from iamctl.services import strict_json
from iamctl.services.simulate_policies import NOTHING, Document, Found, Policies, PolicyReader
from iamctl.services.simulate_request import PLAIN, RequestReader

_POLICIES = (
    "identity_policies",
    "boundary",
    "session_policies",
    "scps",
    "rcps",
    "resource_policy",
)
FIELDS = ("id", *PLAIN, "context", *_POLICIES)
"""What a case may say."""

_TRUST_ACTIONS = frozenset(action.lower() for action in TRUST_ACTIONS)
_ROLE = re.compile(r"arn:[a-z-]+:iam::\d{12}:role/.", re.ASCII)
_REMEMBERED = 10_000
_LAYERS = 1_000


class Case(NamedTuple):
    """A request and the policies that decide it."""

    request: Request
    layers: Layers


class BadCase(Exception):
    """A line that is no case; the reason is a sentence. `id` is its id's JSON text, or null."""

    def __init__(self, reason: str, id: str = "null") -> None:
        super().__init__(reason)
        self.reason = reason
        self.id = id


class _Draft:
    """The fields of one line as they are found."""

    __slots__ = ("context", "id", "plain", "policies", "problems", "resource_policy", "seen")

    def __init__(self) -> None:
        self.id = "null"
        self.seen: set[str] = set()
        self.plain: dict[str, Plain] = {}
        self.context: Plain = None
        self.policies: dict[str, Found] = {}
        self.resource_policy: Document | None = None
        self.problems: list[str] = []


class CaseReader:
    """Reads cases, and remembers what repeats from case to case."""

    def __init__(self) -> None:
        self._policies = PolicyReader()
        self._requests = RequestReader()
        self._layers: dict[tuple[int, ...], tuple[list[Found], Layers]] = {}
        self._asked = 0

    def read(self, text: str) -> tuple[str, Case]:
        """The id's JSON text and the case. Raises BadCase."""
        draft = _Draft()
        try:
            self._scan(text, draft)
            case = self._case(draft)
        except strict_json.RepeatedKey as error:
            raise BadCase(str(error), draft.id) from None
        except strict_json.JSONDecodeError as error:
            message = error.msg[:1].lower() + error.msg[1:]
            raise BadCase(f"this is not JSON: {message} at column {error.pos + 1}") from None
        except ValueError as error:
            raise BadCase(f"this cannot be read: {error}", draft.id) from None
        except RecursionError:
            raise BadCase("this is nested too deeply to be a case", draft.id) from None
        if draft.problems:
            raise BadCase("; ".join(draft.problems[:3]), draft.id)
        return draft.id, case

    def _scan(self, text: str, draft: _Draft) -> None:
        at = strict_json.begin(text)
        if not text.startswith("{", at):
            data, end = strict_json.value(text, at)
            strict_json.finish(text, end)
            raise BadCase(f"a case is a JSON object, not {strict_json.kind_of(data)}")

        def field(key: str, text: str, at: int) -> int:
            if key in draft.seen:
                draft.problems.append(f"{shown(key)} stands twice")
            draft.seen.add(key)
            try:
                return self._field(draft, key, text, at)
            except strict_json.RepeatedKey as error:
                draft.problems.append(f"{key}: {error}")
                return strict_json.skip(text, at)

        strict_json.finish(text, strict_json.members(text, at, field))

    def _field(self, draft: _Draft, key: str, text: str, at: int) -> int:
        """Read one field's value into the draft; where it ends."""
        read = _READ.get(key)
        if read is not None:
            draft.policies[key], at = read(self._policies, text, at)
        elif key == "resource_policy":
            draft.resource_policy, at = self._policies.document(text, at)
        elif key == "context":
            draft.context, at = strict_json.value_of_texts(text, at)
        elif key == "id":
            _, end = strict_json.value_of_texts(text, at)
            draft.id, at = text[at:end], end
        else:
            draft.plain[key], at = strict_json.value(text, at)
            if key not in PLAIN:
                hint = did_you_mean(key, FIELDS) or f"fields are {', '.join(FIELDS)}"
                draft.problems.append(f"{shown(key)} is not a field of a case; {hint}")
        return at

    def _case(self, draft: _Draft) -> Case:
        problems = draft.problems
        request = self._requests.read(draft.plain, draft.context, problems)
        if draft.resource_policy is not None:
            # A role's resource-based policy is its trust policy.
            trust = _is_assumption(request)
            kind: DocumentKind = "trust" if trust else "resource"
            found = draft.resource_policy.alone(kind, "resource_policy")
            draft.policies["resource_policy"] = found
        layers = self._layers_of([draft.policies.get(field, NOTHING) for field in _POLICIES])
        for found in draft.policies.values():
            problems += found.problems
        return Case(request, layers)

    def _layers_of(self, fields: list[Found]) -> Layers:
        """The layers that the fields make; the same ones for the same fields.

        Layers remember what they were asked, so they are not kept for ever.
        """
        if not all(found.kept for found in fields):
            return _layers(*fields)
        self._asked += 1
        if self._asked >= _REMEMBERED or len(self._layers) >= _LAYERS:
            self._layers.clear()
            self._asked = 0
        key = tuple(map(id, fields))
        known = self._layers.get(key)
        if known is None:
            # The fields are kept along: an id says nothing once its object is gone.
            known = self._layers[key] = fields, _layers(*fields)
        return known[1]


_READ: Mapping[str, Callable[[PolicyReader, str, int], tuple[Found, int]]] = {
    "identity_policies": lambda r, text, at: r.several("identity_policies", "identity", text, at),
    "boundary": lambda r, text, at: r.one("boundary", "boundary", text, at),
    "session_policies": lambda r, text, at: r.several("session_policies", "session", text, at),
    "scps": lambda r, text, at: r.leveled("scps", "scp", text, at),
    "rcps": lambda r, text, at: r.leveled("rcps", "rcp", text, at),
}


def _is_assumption(request: Request) -> bool:
    """Whether a role is to be assumed, or what goes with it."""
    return request.action.lower() in _TRUST_ACTIONS and _ROLE.match(request.resource) is not None


def _layers(
    identity: Found, boundary: Found, session: Found, scps: Found, rcps: Found, resource: Found
) -> Layers:
    return Layers(
        identity=_level(identity) or (),
        boundary=_level(boundary),
        session=_level(session) or None,  # an empty list is none passed
        resource=_level(resource),
        scps=scps.levels or (),
        rcps=rcps.levels or (),
    )


def _level(found: Found) -> Policies | None:
    """The only level of a field."""
    return found.levels[0] if found.levels else None
