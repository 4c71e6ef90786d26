"""Conditions with what is known of one side's requests written into them.

Where the sides know other values of a key, the same text means other requests on each of them.
What is written out means the same wherever it is looked at, so that sets of both sides can be
taken from one another.
"""

from collections.abc import Iterable

from iamctl.domain.documents import Condition
from iamctl.domain.documents_conditions import Operator, parse_operator
from iamctl.domain.documents_variables import Literal, Variable, variables_of
from iamctl.policy.conditions import compile_condition
from iamctl.policy.match import pieces_of, variable_value
from iamctl.policy.reach import Box, Requests, Term
from iamctl.policy.reach_provisos import Known, Proviso
from iamctl.services.access import Value

NEVER = "iamctl:never"
"""A key that no request has."""

_NOTHING = f"${{{NEVER}}}"
"""A value that nothing matches."""
_ALWAYS = Condition(operator="Null", key=NEVER, values=("true",))
_NOWHERE = Condition(operator="Null", key=NEVER, values=("false",))
_STANDING = " ("
"""What no key contains."""
_ESCAPED = {"*": "${*}", "?": "${?}", "$": "${$}"}


def written_out(requests: Requests, known: Known) -> Requests:
    """The set with the values of known keys in place of these, so that it means the same where
    other values are known."""

    def of(box: Box) -> Box:
        return box._replace(provisos=tuple(_written_out(p, known) for p in box.provisos))

    return Requests(tuple(Term(of(t.box), tuple(map(of, t.without))) for t in requests.terms))


def knowing(known: Known, requests: Requests, sides: Iterable[Known]) -> Known:
    """What is known, with the values of keys that stand for one value of another in a set that
    was written out for the sides."""
    boxes = (box for term in requests.terms for box in (term.box, *term.without))
    keys = {p.condition.key.lower() for box in boxes for p in box.provisos if p.condition}
    if not any(_STANDING in key for key in keys):
        return known
    values = {_of_value(k, v).lower(): v for side in sides for k, v in side.context.items()}
    standing = {key: values[key] for key in keys & values.keys()}
    return known._replace(context={**known.context, **standing})


def _of_value(key: str, value: Value) -> str:
    """A key that has that value wherever it is looked at; keys that differ in case alone are one,
    their values are not."""
    text = value if isinstance(value, str) else ", ".join(value)
    capitals = "".join("1" if char != char.lower() else "0" for char in text)
    more = f"/{int(capitals, 2):x}" if "1" in capitals else ""
    return f"{key}{_STANDING}{text}{more})"


def _written_out(proviso: Proviso, known: Known) -> Proviso:
    condition = proviso.condition
    if not proviso.variables:
        return proviso
    if condition is None:
        text = _text(proviso.resource, known)
        # The pattern that stands beside it can match nothing then.
        return proviso if text is None else proviso._replace(resource=text)
    if not any("${" in text for text in condition.values):
        return proviso
    texts = [found for text in condition.values if (found := _text(text, known)) is not None]
    written = Condition(
        operator=condition.operator, key=condition.key, values=tuple(texts) or (_NOTHING,)
    )
    return proviso._replace(condition=_of_its_key(written, known))


def _text(value: str, known: Known) -> str | None:
    """A value with what is known put in; None when a variable of it stands for nothing."""
    found = ""
    for piece in pieces_of(value, True):
        if isinstance(piece, Literal):
            found += f"${{{piece.text}}}"
        elif not isinstance(piece, Variable):
            found += piece
        elif not known.knows(piece.key):
            default = "" if piece.default is None else f", '{piece.default}'"
            found += f"${{{piece.key}{default}}}"
        else:
            text = variable_value(piece, known.context)
            if text is None:
                return None
            found += _escaped(text)
    return found


def _escaped(text: str) -> str:
    return "".join(_ESCAPED.get(char, char) for char in text)


def _of_its_key(condition: Condition, known: Known) -> Condition:
    """A condition on a known key that compares it with open ones, as one on those.

    Where that cannot be said, as one on a key of its own for every value, which `knowing` knows.
    """
    key = condition.key.lower()
    if not known.knows(key) or all(map(known.knows, _compared_with(condition))):
        return condition
    value = known.context.get(key, ())
    operator = parse_operator(condition.operator)
    if value == () and operator is not None and operator.family != "Null":
        return Condition(operator=condition.operator, key=NEVER, values=(_NOTHING,))
    turned = None
    if isinstance(value, str) and operator is not None:
        turned = _turned_round(condition, operator, value, known)
    if turned is not None:
        return turned
    return condition._replace(key=_of_value(condition.key, value))


def _compared_with(condition: Condition) -> frozenset[str]:
    return frozenset(v.key for text in condition.values for v in variables_of(text))


def _turned_round(
    condition: Condition, operator: Operator, value: str, known: Known
) -> Condition | None:
    """What a key's value demands of the one open key that it is compared with, None where it is
    not one that must equal some text: `red` with `${aws:PrincipalTag/team}`."""
    if operator.family != "String" or operator.qualifier:
        return None
    always, never = (_NOWHERE, _ALWAYS) if operator.negated else (_ALWAYS, _NOWHERE)
    folds = operator.base.endswith("IgnoreCase")
    equal = "StringEqualsIgnoreCase" if folds else "StringEquals"
    found: dict[str, list[str]] = {}
    for text in condition.values:
        pieces = pieces_of(text, True)
        variables = [piece for piece in pieces if isinstance(piece, Variable)]
        if not variables:
            alone = Condition(operator=operator.base, key="x", values=(text,))
            if compile_condition(alone, True)({"x": value}) is not operator.negated:
                return always
        elif len(pieces) > 1 or variables[0].default is not None:
            return None
        else:
            found.setdefault(variables[0].key, []).append(_escaped(value))
    if len(found) != 1:
        return None if found else never
    [(key, texts)] = found.items()
    if not known.single(key):
        return None
    negated = equal.replace("String", "StringNot") if operator.negated else equal
    return Condition(operator=negated, key=key, values=tuple(dict.fromkeys(texts)))
