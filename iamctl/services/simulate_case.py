"""One case of `simulate`: a line of JSON as a request and the policies that decide it."""

import re
from collections.abc import Callable, Mapping
from typing import NamedTuple, TypeVar

from iamctl.domain.documents import DocumentKind
from iamctl.domain.documents_values import (
    TRUST_ACTIONS,
    WEB_IDENTITY_DOMAINS,
    action_fault,
    principal_fault,
)
from iamctl.domain.names import did_you_mean, shown
from iamctl.domain.source import Plain
from iamctl.policy.evaluate import Layers
from iamctl.policy.match import Context
from iamctl.policy.request import (
    ANONYMOUS,
    Caller,
    Request,
    caller_of_arn,
    federated_caller,
    service_caller,
)
from iamctl.services import strict_json
from iamctl.services.simulate_policies import NOTHING, Document, Found, Policies, PolicyReader

_PLAIN = ("principal", "action", "resource", "resource_account")
_POLICIES = (
    "identity_policies",
    "boundary",
    "session_policies",
    "scps",
    "rcps",
    "resource_policy",
)
FIELDS = ("id", *_PLAIN, "context", *_POLICIES)
"""What a case may say."""

_TRUST_ACTIONS = frozenset(action.lower() for action in TRUST_ACTIONS)
_ROLE = re.compile(r"arn:[a-z-]+:iam::\d{12}:role/.", re.ASCII)
_ACCOUNT = re.compile(r"\d{12}", re.ASCII)
_SERVICE = re.compile(r"[a-z0-9-]+(?:\.[a-z0-9-]+)*\.(?:amazonaws\.com(?:\.cn)?|amazon\.com)")
_PROVIDER = re.compile(r"arn:[a-z-]+:iam::\d{12}:(?:oidc|saml)-provider/", re.ASCII)
_REMEMBERED = 10_000
_LAYERS = 1_000
_Made = TypeVar("_Made")


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
    """Reads cases, and remembers the documents and principals that repeat."""

    def __init__(self) -> None:
        self._policies = PolicyReader()
        self._callers: dict[str, Caller | str] = {}
        self._actions: dict[str, str] = {}
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
            if key not in _PLAIN:
                hint = did_you_mean(key, FIELDS) or f"fields are {', '.join(FIELDS)}"
                draft.problems.append(f"{shown(key)} is not a field of a case; {hint}")
        return at

    def _case(self, draft: _Draft) -> Case:
        problems = draft.problems
        caller = self._caller(draft.plain.get("principal"), problems)
        action = self._action(draft.plain.get("action"), problems)
        resource = _resource(draft.plain.get("resource"), problems)
        account = _account(draft.plain.get("resource_account"), problems)
        context = _context(draft.context, problems)
        if draft.resource_policy is not None:
            # A role's resource-based policy is its trust policy.
            trust = action.lower() in _TRUST_ACTIONS and _ROLE.match(resource) is not None
            kind: DocumentKind = "trust" if trust else "resource"
            found = draft.resource_policy.alone(kind, "resource_policy")
            draft.policies["resource_policy"] = found
        layers = self._layers_of([draft.policies.get(field, NOTHING) for field in _POLICIES])
        for found in draft.policies.values():
            problems += found.problems
        return Case(Request(caller, action, resource, context, account), layers)

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

    def _caller(self, value: Plain, problems: list[str]) -> Caller:
        if value is None:
            return ANONYMOUS
        if not isinstance(value, str):
            problems.append(f"principal must be an ARN, not {strict_json.kind_of(value)}")
            return ANONYMOUS
        caller = self._callers.get(value)
        if caller is None:
            caller = _remember(self._callers, value, _caller(value))
        if isinstance(caller, str):
            problems.append(caller)
            return ANONYMOUS
        return caller

    def _action(self, value: Plain, problems: list[str]) -> str:
        if not isinstance(value, str):
            problems.append(
                "action is missing; write one like s3:GetObject"
                if value is None
                else f"action must be text, not {strict_json.kind_of(value)}"
            )
            return ""
        fault = self._actions.get(value)
        if fault is None:
            fault = _remember(self._actions, value, _action_problem(value))
        if fault:
            problems.append(fault)
        return value


_READ: Mapping[str, Callable[[PolicyReader, str, int], tuple[Found, int]]] = {
    "identity_policies": lambda r, text, at: r.several("identity_policies", "identity", text, at),
    "boundary": lambda r, text, at: r.one("boundary", "boundary", text, at),
    "session_policies": lambda r, text, at: r.several("session_policies", "session", text, at),
    "scps": lambda r, text, at: r.leveled("scps", "scp", text, at),
    "rcps": lambda r, text, at: r.leveled("rcps", "rcp", text, at),
}


def _remember(made: dict[str, _Made], text: str, value: _Made) -> _Made:
    """Hold on to what was made of a text, for as many texts as are worth it."""
    if len(made) >= _REMEMBERED:
        made.clear()
    made[text] = value
    return value


def _caller(text: str) -> Caller | str:
    """The caller that a principal means, or what is wrong with it."""
    if text in WEB_IDENTITY_DOMAINS or _PROVIDER.match(text):
        fault = principal_fault("Federated", text, True)
        return federated_caller(text) if fault is None else _no_principal(text)
    if _SERVICE.fullmatch(text):
        return service_caller(text)
    caller = caller_of_arn(text)
    if caller is None or principal_fault("AWS", text, False) is not None:
        return _no_principal(text)
    return caller


def _no_principal(text: str) -> str:
    return (
        f"principal {shown(text)} is no principal; give the ARN of a user, role, session or root"
        " user, or a service such as ec2.amazonaws.com"
    )


def _action_problem(text: str) -> str:
    """What is wrong with the action of a request, or ""."""
    if "*" in text or "?" in text:
        return f"action {shown(text)} has a wildcard; a request is for one action"
    fault = action_fault(text, False)
    return "" if fault is None else f"action {shown(text)} must be one such as s3:GetObject"


def _resource(value: Plain, problems: list[str]) -> str:
    if value is None:
        return "*"
    if not isinstance(value, str):
        problems.append(f"resource must be an ARN or *, not {strict_json.kind_of(value)}")
        return "*"
    if not value:
        problems.append("resource is empty; leave it out for an action that takes none")
    return value


def _account(value: Plain, problems: list[str]) -> str | None:
    if value is None or (isinstance(value, str) and _ACCOUNT.fullmatch(value)):
        return value
    problems.append("resource_account must be an account id: twelve digits between quotes")
    return None


def _context(data: Plain, problems: list[str]) -> Context:
    """The context keys in lower case. `data` holds numbers as their text."""
    if data is None:
        return {}
    if not isinstance(data, dict):
        problems.append(f"context must be an object, not {strict_json.kind_of(data)}")
        return {}
    context: dict[str, str | tuple[str, ...]] = {}
    for key, value in data.items():
        folded = key.lower()
        if folded in context:
            problems.append(f"context key {shown(key)} stands twice: keys ignore case")
        elif not key:
            problems.append("a context key is empty")
        context[folded] = value if isinstance(value, str) else _context_value(key, value, problems)
    return context


def _context_value(key: str, value: Plain, problems: list[str]) -> str | tuple[str, ...]:
    if isinstance(value, list):
        texts = [_text(item) for item in value]
        found = tuple([text for text in texts if text is not None])
        if len(found) == len(texts):
            return found
    elif (text := _text(value)) is not None:
        return text
    else:
        kind = strict_json.kind_of(value)
        problems.append(f"context key {shown(key)} must be text or a list of texts, not {kind}")
        return ""
    kinds = [strict_json.kind_of(v) for v, text in zip(value, texts, strict=True) if text is None]
    problems.append(f"context key {shown(key)} must be a list of texts, not of {kinds[0]}")
    return ""


def _text(value: Plain) -> str | None:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else None


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
