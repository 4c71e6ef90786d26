"""Decisions on cases that bring everything along: `iamctl simulate`.

A case is a line of JSON; so is each answer. Nothing is remembered from one case to the next but
what documents were read to mean.
"""

from collections.abc import Iterable
from json.encoder import encode_basestring_ascii as quoted

from iamctl.domain.tuples import NamedTuple
from iamctl.policy.compile import SourcePolicy
from iamctl.policy.evaluate import Decision, Layers, Matched, evaluate
from iamctl.policy.explain import denial_message, reasons
from iamctl.policy.request import Request, context_of
from iamctl.services.simulate_case import BadCase, CaseReader

MAXIMUM_LINE = 10_000_000
"""Bytes of a line; a longer one is a bad case. Twenty documents of AWS's greatest size fit."""

_GRANTING = ("identity", "resource", "trust")
_REMEMBERED = 4_000


class Answers(NamedTuple):
    """The answers to some lines, each a line of JSON, and how many of them are errors."""

    text: str
    bad: int


class Simulator:
    """Answers cases. With `fill`, the context also has what the principal and the clock imply."""

    def __init__(self, fill: bool = False) -> None:
        self._fill = fill
        self._reader = CaseReader()
        self._named: dict[tuple[SourcePolicy, int], tuple[str, str]] = {}

    def answers(self, lines: Iterable[bytes], first: int, now: int) -> Answers:
        """The answers to lines of UTF-8; blank ones are passed over.

        `first` is the number of the first line, `now` the time in epoch seconds.
        """
        told: list[str] = []
        bad = 0
        for number, line in enumerate(lines, first):
            if not line or line.isspace():
                continue
            try:
                told.append(self._answer(_text(line, number), now))
            except BadCase as error:
                bad += 1
                where = f"line {number}: " if error.id == "null" else ""
                reason = quoted(where + error.reason)
                told.append(
                    f'{{"id": {error.id}, "decision": "error", "reason": {reason},'
                    ' "statements": []}\n'
                )
        return Answers("".join(told), bad)

    def _answer(self, text: str, now: int) -> str:
        id, case = self._reader.read(text)
        request, layers = case
        if self._fill:
            request = _filled(request, now)
        decision = evaluate(request, layers)
        named = [self._name(matched) for matched in decision.statements]
        places = [place for place, _ in named]
        if decision.allowed:
            reason = _why_allowed(decision, places)
        else:
            reason = _why_denied(request, layers, decision, places)
        statements = ", ".join([shape for _, shape in named])
        return (
            f'{{"id": {id}, "decision": "{decision.verdict}", "reason": {quoted(reason)},'
            f' "statements": [{statements}]}}\n'
        )

    def _name(self, matched: Matched) -> tuple[str, str]:
        """Where a statement stands in its case, in words and as JSON."""
        key = (matched.policy, id(matched.statement))
        named = self._named.get(key)
        if named is None:
            if len(self._named) >= _REMEMBERED:
                self._named.clear()
            named = self._named[key] = _name(matched)
        return named


def _text(line: bytes, number: int) -> str:
    if len(line) > MAXIMUM_LINE:
        raise BadCase(f"this is longer than {MAXIMUM_LINE} bytes")
    if number == 1 and line.startswith(b"\xef\xbb\xbf"):
        line = line[3:]
    try:
        return line.decode()
    except UnicodeDecodeError:
        raise BadCase("this is not UTF-8 text") from None


def _filled(request: Request, now: int) -> Request:
    """The request with what its principal and the clock imply; what the case says stays.

    The session of a role has no MFA (IAM User Guide, global condition keys).
    """
    context = context_of(
        request.caller,
        now,
        mfa=False if request.caller.type == "AssumedRole" else None,
        resource=request.resource,
        resource_account=request.resource_account,
        extra=request.context,
    )
    return request._replace(context=context)


def _name(matched: Matched) -> tuple[str, str]:
    policy, statement = matched.policy, matched.statement
    compiled = policy.document.statements if policy.document is not None else ()
    index = next(n for n, one in enumerate(compiled) if one.statement is statement)
    named = f'statement "{statement.sid}"' if statement.sid else f"Statement[{index}]"
    sid = "null" if statement.sid is None else quoted(statement.sid)
    shape = (
        f'{{"layer": "{policy.type}", "policy": "{policy.id}", "sid": {sid},'
        f' "effect": "{statement.effect}", "index": {index}}}'
    )
    return f"{named} of {policy.id}", shape


def _why_allowed(decision: Decision, places: list[str]) -> str:
    types = [matched.policy.type for matched in decision.statements]
    grants = [place for place, type in zip(places, types, strict=True) if type in _GRANTING]
    limits = [place for place, type in zip(places, types, strict=True) if type not in _GRANTING]
    by = " and ".join(grants) or "being the root user of the account"
    return f"allowed by {by}" + (f", within {', '.join(limits)}" if limits else "")


def _why_denied(request: Request, layers: Layers, decision: Decision, places: list[str]) -> str:
    if decision.verdict == "explicitDeny":
        return f"{denial_message(request, decision)}: denied by {' and '.join(places)}"
    if decision.lacking == "scp":
        # AWS's sentence speaks of an explicit deny here; which it is, is the question asked.
        sentence = denial_message(request, decision._replace(cross_account=True))
        return f"{sentence} because no statement of {_lacking_level(request, layers)} allows it"
    # Near misses are left out: looking for them takes longer than deciding.
    return ": ".join([denial_message(request, decision), *reasons(request, Layers(), decision)])


def _lacking_level(request: Request, layers: Layers) -> str:
    """The first level of service control policies that does not allow the request."""
    for number, level in enumerate(layers.scps):
        if evaluate(request, layers._replace(scps=(level,))).layers["scp"] != "allowed":
            return f"scps[{number}]"
    return "scps"
