"""An edit may not break what held before: the entities it touches and those that refer to them."""

from collections.abc import Iterable, Sequence

from iamctl.domain.change import NOUNS, Changes, Renamed, item_name, touched
from iamctl.domain.directory import Directory
from iamctl.domain.errors import InvalidValue, LimitExceeded
from iamctl.domain.invariants import Invariants
from iamctl.domain.quotas import QUOTAS
from iamctl.domain.referrers import referrers
from iamctl.domain.source import Address, Plain, Problem


def check_rules(before: Directory, after: Directory, changes: Changes) -> None:
    """Raises LimitExceeded for a quota that the changes exceed, InvalidValue for other errors that
    were not there before."""
    entities = concerned(before, after, touched(changes))
    problems = _problems(after, entities)
    if not problems:
        return
    known = _problems(before, entities)
    names: dict[Address, Address] = {
        (c.kind, c.old): (c.kind, c.new) for c in changes if isinstance(c, Renamed)
    }
    known = [p._replace(at=(*names.get(p.at[:2], p.at[:2]), *p.at[2:])) for p in known]
    counts = {(p.at, p.excess.quota): p.excess.amount for p in known if p.excess}
    told = {(p.code, p.message, p.at) for p in known}
    fresh: list[Problem] = []
    for problem in problems:
        excess = problem.excess
        if excess and excess.amount > counts.get((problem.at, excess.quota), 0):
            raise _exceeded(after, excess.quota, problem)
        if problem.severity == "error" and (problem.code, problem.message, problem.at) not in told:
            fresh.append(problem)
    if fresh:
        others = f" (and {len(fresh) - 1} more)" if len(fresh) > 1 else ""
        raise InvalidValue(
            f"the directory would be invalid: {_named(fresh[0])}{fresh[0].message}{others}",
            where=fresh[0].source,
            hint=fresh[0].hint,
        )


def concerned(
    before: Directory, after: Directory, written: Iterable[tuple[str, ...]]
) -> dict[tuple[str, str], None]:
    """The entities and resource policies whose rules may be broken by what is written, which is
    ("users", "alice") or ("account",) each; in the order they are met."""
    found: dict[tuple[str, str], None] = {}
    for at in written:
        if at[0] == "resources":
            found.update(dict.fromkeys(("resources", arn) for arn in after.resources))
        if at[0] not in NOUNS:
            continue
        for section, name in [(at[0], at[1])] if len(at) > 1 else _all(before, after, at[0]):
            found[section, name] = None
            old, new = before.value_at((section, name)), after.value_at((section, name))
            if old is not None and (new is None or _identity(old) != _identity(new)):
                found.update(dict.fromkeys(sorted(referrers(after, section, name))))
            if section == "groups":
                joined = _members(new) - _members(old)
                found.update(dict.fromkeys(("users", user) for user in sorted(joined)))
            if section == "mfa" and isinstance(new, dict) and "user" in new:
                found["users", str(new["user"])] = None
            found.update(dict.fromkeys(_bearing_the_same(after, section, new)))
    return found


_ONCE = {"identity_providers": ("url", "url"), "identity_pools": ("pool", "id")}
"""Section -> the lookup and the field of what one of its entities may bear: of two that do, the
later in the file breaks the rule, be it the one that is written or not."""


def _bearing_the_same(
    directory: Directory, section: str, plain: Plain
) -> Sequence[tuple[str, str]]:
    kind, field = _ONCE.get(section, ("", ""))
    value = plain.get(field) if isinstance(plain, dict) and field else None
    return directory.holders(kind, value) if isinstance(value, str) else ()


def _all(before: Directory, after: Directory, section: str) -> list[tuple[str, str]]:
    names = dict.fromkeys((*before.section(section), *after.section(section)))
    return [(section, name) for name in names]


def _identity(plain: Plain) -> tuple[Plain, ...]:
    value = plain if isinstance(plain, dict) else {}
    return value.get("id"), value.get("path"), value.get("url")


def _members(plain: Plain) -> set[str]:
    members = plain.get("members") if isinstance(plain, dict) else None
    return {str(item_name(item)) for item in members} if isinstance(members, list) else set()


def _problems(directory: Directory, entities: Iterable[tuple[str, str]]) -> list[Problem]:
    rules = Invariants(directory)
    found = list(rules.account())
    for section, name in entities:
        if name in directory.section(section):
            found += rules.entity(section, name)
    return [p for p in found if p.severity == "error" or p.excess]


def _exceeded(directory: Directory, quota: str, problem: Problem) -> LimitExceeded:
    limit = directory.account.quota(quota)
    return LimitExceeded(
        f"Cannot exceed quota for {QUOTAS[quota].error_name}: {limit}",
        where=problem.source,
        hint=f"{_named(problem)}{problem.message}; "
        f"`iamctl account quota {quota} N` sets another limit for this account",
    )


def _named(problem: Problem) -> str:
    at = problem.at
    return f'{NOUNS[str(at[0])]} "{at[1]}": ' if len(at) > 1 and at[0] in NOUNS else ""
