"""Statements of trust policies: made for principals, joined with those that stand, taken out."""

from collections.abc import Callable, Iterable, Mapping, Sequence

from iamctl.domain.references import statements_of
from iamctl.domain.source import Plain
from iamctl.domain.tuples import NamedTuple

ASSUME_ROLE = "sts:AssumeRole"


class Condition(NamedTuple):
    """A condition that a principal needs. Where `listed`, several principals that differ in its
    values alone may stand in one statement, their values in one list."""

    operator: str
    key: str
    values: tuple[str, ...]
    listed: bool = False


class Principal(NamedTuple):
    """A principal of a trust policy: its type (AWS, Service or Federated) and value.

    A group is no principal in AWS: then `group` is its name and the value is the account's root.
    One with conditions is trusted by a statement of its own, for `action`.
    """

    kind: str
    value: str
    group: str | None = None
    action: str = ASSUME_ROLE
    conditions: tuple[Condition, ...] = ()


def new_trust(principals: Sequence[Principal]) -> Plain:
    """A trust policy for these principals and nobody else."""
    return trusting({"Version": "2012-10-17", "Statement": []}, principals)


def trusting(trust: Plain, principals: Sequence[Principal]) -> Plain:
    """The trust policy with the principals added where they are missing.

    Those without conditions join the first plain statement that allows sts:AssumeRole, else a
    statement of their own is appended; so is one for each principal with conditions, unless one
    stands there that its values can be listed in.
    """
    trust = _trusting_plain(trust, [p for p in principals if not p.conditions])
    for principal in principals:
        if principal.conditions:
            trust = _trusting_conditional(trust, principal)
    return trust


def without_conditional(trust: Plain, principal: Principal) -> Plain:
    """The trust policy without what `trusting` added for a principal with conditions.

    A statement of which nothing is left keeps an empty Principal.
    """
    for _, statement in statements_of(trust):
        held = _joint(statement, principal)
        if held is not None and held >= _listed_values(principal):
            left = _without_values(statement, principal)
            return _with_statement(trust, statement, left)
    return trust


def principals_in(statement: Mapping[str, Plain]) -> dict[str, list[Plain]]:
    """Type -> values of the principals of a statement; a bare `*` is none."""
    principal = statement.get("Principal")
    named = principal if isinstance(principal, dict) else {}
    return {kind: _as_list(value) for kind, value in named.items()}


def _trusting_plain(trust: Plain, principals: Sequence[Principal]) -> Plain:
    plain = [s for _, s in statements_of(trust) if _is_plain(s)]
    named = [principals_in(s) for s in plain]
    missing = [
        p for p in dict.fromkeys(principals) if not any(p.value in n.get(p.kind, ()) for n in named)
    ]
    if not missing:
        return trust
    if not plain:
        statement: dict[str, Plain] = {
            "Effect": "Allow",
            "Principal": _joined({}, missing),
            "Action": ASSUME_ROLE,
        }
        return _with_statement(trust, None, statement)
    joined = {**plain[0], "Principal": _joined(plain[0]["Principal"], missing)}
    return _with_statement(trust, plain[0], joined)


def _trusting_conditional(trust: Plain, principal: Principal) -> Plain:
    wanted = _listed_values(principal)
    for _, statement in statements_of(trust):
        held = _joint(statement, principal)
        if held is not None and held >= wanted:
            return trust
        if held is not None:
            return _with_statement(trust, statement, _with_values(statement, principal))
    return _with_statement(trust, None, _conditional(principal))


def _conditional(principal: Principal) -> dict[str, Plain]:
    """The statement that trusts a principal with conditions, and nobody else."""
    block: dict[str, dict[str, Plain]] = {}
    for operator, key, values, _ in principal.conditions:
        block.setdefault(operator, {})[key] = values[0] if len(values) == 1 else [*values]
    return {
        "Effect": "Allow",
        "Principal": {principal.kind: principal.value},
        "Action": principal.action,
        "Condition": {operator: {**keys} for operator, keys in block.items()},
    }


def _is_plain(statement: Mapping[str, Plain]) -> bool:
    """Whether the statement allows sts:AssumeRole, and only that, without conditions."""
    return (
        statement.get("Effect") == "Allow"
        and statement.get("Action") in (ASSUME_ROLE, [ASSUME_ROLE])
        and "Condition" not in statement
        and isinstance(statement.get("Principal"), dict)
    )


_Form = tuple[frozenset[str], frozenset[str], dict[tuple[str, str], frozenset[str]]]


def _form(statement: Mapping[str, Plain], kind: str) -> _Form | None:
    """Principals, actions and conditions of an Allow statement that has nothing else, as sets."""
    if not {"Effect", "Principal", "Action", "Condition"} <= set(statement):
        return None
    if set(statement) - {"Sid", "Effect", "Principal", "Action", "Condition"}:
        return None
    named, condition = principals_in(statement), statement["Condition"]
    if statement["Effect"] != "Allow" or set(named) != {kind} or not isinstance(condition, dict):
        return None
    conditions = {
        (operator, key.lower()): _texts(values)
        for operator, keys in condition.items()
        for key, values in (keys if isinstance(keys, dict) else {}).items()
    }
    return _texts(named[kind]), _texts(statement["Action"]), conditions


def _joint(statement: Mapping[str, Plain], principal: Principal) -> frozenset[str] | None:
    """The listed values of a statement that is the principal's in all else; None for another."""
    found = _form(statement, principal.kind)
    wanted = _form(_conditional(principal), principal.kind)
    if found is None or wanted is None or found[:2] != wanted[:2]:
        return None
    listed = {(c.operator, c.key.lower()) for c in principal.conditions if c.listed}
    if set(found[2]) != set(wanted[2]):
        return None
    if any(found[2][at] != values for at, values in wanted[2].items() if at not in listed):
        return None
    return frozenset(value for at in listed for value in found[2][at])


def _listed_values(principal: Principal) -> frozenset[str]:
    return frozenset(v for c in principal.conditions if c.listed for v in c.values)


def _with_values(statement: dict[str, Plain], principal: Principal) -> dict[str, Plain]:
    def added(values: list[Plain], wanted: Sequence[str]) -> list[Plain]:
        return [*values, *(value for value in wanted if value not in values)]

    return _relisted(statement, principal, added)


def _without_values(statement: dict[str, Plain], principal: Principal) -> dict[str, Plain]:
    """The statement without the principal's listed values; its Principal empty if none is left."""

    def left(values: list[Plain], gone: Sequence[str]) -> list[Plain]:
        return [value for value in values if value not in gone]

    if _joint(statement, principal) == _listed_values(principal):
        return {**statement, "Principal": {}}
    return _relisted(statement, principal, left)


def _relisted(
    statement: dict[str, Plain],
    principal: Principal,
    change: Callable[[list[Plain], Sequence[str]], list[Plain]],
) -> dict[str, Plain]:
    """The statement with the listed values of its conditions changed."""
    listed = {(c.operator, c.key.lower()): c.values for c in principal.conditions if c.listed}
    block = statement["Condition"]
    changed: dict[str, Plain] = {}
    for operator, keys in block.items() if isinstance(block, dict) else ():
        changed[operator] = {
            key: change(_as_list(values), listed[operator, key.lower()])
            if (operator, key.lower()) in listed
            else values
            for key, values in (keys.items() if isinstance(keys, dict) else ())
        }
    return {**statement, "Condition": changed}


def _with_statement(trust: Plain, old: Mapping[str, Plain] | None, new: Plain) -> Plain:
    """The policy with a statement in place of another, or behind them all."""
    if not isinstance(trust, dict):
        return trust
    value = trust.get("Statement")
    if old is None:
        return {**trust, "Statement": [*_as_list(value), new]}
    if not isinstance(value, list):
        return {**trust, "Statement": new}
    return {**trust, "Statement": [new if s is old else s for s in value]}


def _joined(principal: Plain, added: Iterable[Principal]) -> dict[str, Plain]:
    joined: dict[str, Plain] = dict(principal) if isinstance(principal, dict) else {}
    for kind, value in dict.fromkeys((p.kind, p.value) for p in added):
        held = joined.get(kind)
        joined[kind] = value if held is None else [*_as_list(held), value]
    return joined


def _as_list(value: Plain) -> list[Plain]:
    return value if isinstance(value, list) else [value]


def _texts(value: Plain) -> frozenset[str]:
    return frozenset(map(str, _as_list(value)))
