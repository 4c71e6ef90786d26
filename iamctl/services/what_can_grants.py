"""How one action is allowed: on which resources, except which, under which conditions.

A term of a set of requests, cut at an action, is put into words: patterns of resources that the
action can be asked for, without those that another pattern holds, and the conditions that are
left, each with the statement that has it.
"""

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

from iamctl.domain.tuples import NamedTuple
from iamctl.policy.evaluate import Matched
from iamctl.policy.reach import Box, Requests, Term
from iamctl.policy.reach_automaton import may_meet
from iamctl.policy.reach_patterns import (
    RESOURCES,
    Pattern,
    Patterns,
    arn_pattern,
    is_home,
)
from iamctl.policy.reach_provisos import Proviso
from iamctl.ports import ActionFacts

_STAR = Pattern("*", ("*",))
_BUCKETS = arn_pattern(["arn:*:s3:::*"])
_OBJECTS = arn_pattern(["arn:*:s3:::*/*"])
"""ARNs in S3: Amazon S3 User Guide, "Bucket naming rules" and "Policy resources for S3"."""

_GRANTING = ("identity", "resource", "trust")
_MANY = 60
"""Beyond so many patterns none is looked for that another one holds."""


class Proof(NamedTuple):
    """Conditions that a permission hangs on: all must be fulfilled or, with `unless`, not all.

    `resources` are patterns of those for which that is so, none for all; `matched` is the
    statement that has them.
    """

    provisos: tuple[Proviso, ...]
    matched: Matched
    unless: bool = False
    resources: tuple[str, ...] = ()

    def __str__(self) -> str:
        words = " and ".join(map(_in_words, self.provisos))
        where = f", on {', '.join(self.resources)}" if self.resources else ""
        return f"{'unless' if self.unless else 'if'} {words}{where}"


def _in_words(proviso: Proviso) -> str:
    condition = proviso.condition
    if condition is None:
        verb = "matches" if proviso.wanted else "does not match"
        return f"the resource {verb} {proviso.resource}"
    values = " or ".join(condition.values) or "nothing"
    return f"{condition.operator} {condition.key} {values}"


class Grant(NamedTuple):
    """Resources on which something is allowed: patterns, except others, under conditions.

    A pattern of several, joined with ` & `, means what matches them all. `statements` are the
    Allows; those that grant come before those of limits.
    """

    resources: tuple[str, ...]
    excepted: tuple[str, ...] = ()
    conditions: tuple[Proof, ...] = ()
    statements: tuple[Matched, ...] = ()


def reading(grants: Iterable[Grant]) -> tuple[object, ...]:
    """What tells grants apart for a reader: equal for those that allow the same."""
    return tuple(
        (grant.resources, grant.excepted, tuple(map(str, grant.conditions))) for grant in grants
    )


class Part(NamedTuple):
    """Resources that match all of the patterns."""

    patterns: tuple[Pattern, ...] = ()

    @property
    def text(self) -> str:
        """The patterns, joined with ` & `."""
        return " & ".join(pattern.text for pattern in self.patterns) or "*"

    @property
    def languages(self) -> tuple[Patterns, ...]:
        """The patterns as languages that a resource must be in."""
        return tuple(Patterns((pattern,)) for pattern in self.patterns)

    def is_within(self, other: "Part") -> bool:
        """Whether all its resources are the other's, as far as that can be decided."""
        return not any(
            may_meet((RESOURCES, *self.languages, ~language)) for language in other.languages
        )


class _Found(NamedTuple):
    parts: list[Part]
    excepted: tuple[str, ...]
    conditions: tuple[Proof, ...]
    statements: tuple[Matched, ...]

    @property
    def is_plain(self) -> bool:
        return not (self.excepted or self.conditions)


def grants_of(pieces: Iterable[Term], fact: ActionFacts) -> tuple[Grant, ...]:
    """How an action is allowed by the terms that hold it on some resource."""
    kinds = kinds_of(fact)
    found = [grant for term in pieces if (grant := _grant(term, kinds)) is not None]
    return tuple(
        Grant(
            tuple(part.text for part in grant.parts),
            grant.excepted,
            grant.conditions,
            grant.statements,
        )
        for grant in _merged(found)
    )


def kinds_of(fact: ActionFacts) -> tuple[Patterns, ...]:
    """The resources that an action can be asked for, as languages that each must be in."""
    if not fact.takes_resource:
        return (Patterns((_STAR,)),)
    if not fact.resource_arns:
        return ()
    return _kinds(fact.resource_arns, fact.name.lower().startswith("s3:"))


@lru_cache(4096)
def _kinds(texts: tuple[str, ...], is_s3: bool) -> tuple[Patterns, ...]:
    if not is_s3:
        return (Patterns(tuple(arn_pattern([text]) for text in texts)),)
    # What is not a bucket or object has a region and an account, and no bucket has a slash.
    kinds = Patterns(tuple(arn_pattern([text.replace(":*:*:", ":?*:?*:")]) for text in texts))
    if _BUCKETS in kinds.patterns and _OBJECTS not in kinds.patterns:
        return kinds, Patterns((_OBJECTS,), negated=True)
    return (kinds,)


def _grant(term: Term, kinds: tuple[Patterns, ...]) -> _Found | None:
    """What a term allows of an action that can be asked for such resources; None for nothing."""
    box = term.box
    region = (RESOURCES, *kinds, *box.resources)
    if not may_meet(region):
        return None
    without = tuple(
        out._replace(actions=(), provisos=tuple(p for p in out.provisos if p not in box.provisos))
        for out in term.without
        if may_meet((*region, *out.resources))
    )
    here = Box((), (*kinds, *box.resources), box.provisos)
    if Requests((Term(here, without),)).is_empty():
        return None
    return _in_patterns(box, without, kinds)


def _in_patterns(box: Box, without: Sequence[Box], kinds: tuple[Patterns, ...]) -> _Found:
    """What is in a box and in none of the others, for any action that all of them are about."""
    denied = [out.resources for out in without if not out.provisos]
    # A Deny of all but some resources leaves these.
    narrowed = tuple(~resources[0] for resources in denied if _is_all_but(resources))
    included = (*(p for p in box.resources if not p.negated), *narrowed)
    excluding = [resources for resources in denied if not _is_all_but(resources)]
    excluding += [(~p,) for p in box.resources if p.negated]
    region = (RESOURCES, *kinds, *box.resources, *narrowed)
    parts = [part for part in _parts(included) if may_meet((*region, *part.languages))]
    excepted = [t for out in excluding for t in _texts(out, (RESOURCES, *kinds, *included))]
    unless = [_unless(out, region) for out in without if out.provisos]
    origins = tuple(origin.matched for origin in box.origins)
    return _Found(
        _widest(parts),
        tuple(dict.fromkeys(excepted)),
        (*_required(box.provisos, origins), *_once(unless)),
        tuple(sorted(origins, key=is_limit)),
    )


def _once(proofs: Iterable[Proof]) -> Iterable[Proof]:
    """Proofs that say the same said once."""
    return {str(proof): proof for proof in reversed(list(proofs))}.values()


def _is_all_but(resources: tuple[Patterns, ...]) -> bool:
    return len(resources) == 1 and resources[0].negated


def _required(provisos: Sequence[Proviso], origins: Sequence[Matched]) -> Iterator[Proof]:
    """The required conditions, by the statement that has them."""
    left = list(provisos)
    for matched in origins:
        statement = matched.statement
        resources = (*(statement.resources or ()), *(statement.not_resources or ()))
        mine = tuple(
            p for p in left if (p.condition in statement.conditions) or (p.resource in resources)
        )
        if mine:
            yield Proof(mine, matched)
            left = [p for p in left if p not in mine]
    if left and origins:  # as written out for a side: no statement has them word for word
        yield Proof(tuple(left), origins[0])


def _unless(out: Box, region: tuple[Patterns, ...]) -> Proof:
    everywhere = not any(may_meet((*region, ~patterns)) for patterns in out.resources)
    resources = () if everywhere else tuple(_texts(out.resources, region))
    return Proof(out.provisos, out.origins[0].matched, True, resources)


def _texts(constraints: tuple[Patterns, ...], region: tuple[Patterns, ...]) -> list[str]:
    """Patterns of what is in all of the languages and in the region."""
    parts = [p for p in _parts(constraints) if may_meet((*region, *p.languages))]
    but = [
        pattern.text
        for patterns in constraints
        if patterns.negated
        for pattern in patterns.patterns
        if may_meet((*region, Patterns((pattern,))))
    ]
    suffix = f" but {', '.join(but)}" if but else ""
    return [part.text + suffix for part in _widest(parts)]


def _parts(constraints: Iterable[Patterns]) -> list[Part]:
    """What is in all of the languages, as intersections of patterns; negated ones left out."""
    parts = [Part()]
    for patterns in constraints:
        if not patterns.negated and not is_home(patterns):
            parts = [
                joined
                for part in parts
                for pattern in patterns.patterns
                if (joined := _with(part, pattern)) is not None
            ]
    return parts


def _with(part: Part, pattern: Pattern) -> Part | None:
    """A part that must match one more pattern; None when nothing does."""
    one = Part((pattern,))
    if part.is_within(one):
        return part
    if one.is_within(part):
        return one
    if not may_meet((RESOURCES, *part.languages, *one.languages)):
        return None
    kept = tuple(p for p in part.patterns if not one.is_within(Part((p,))))
    return Part((*kept, pattern))


def _widest(parts: list[Part]) -> list[Part]:
    """The parts without those that another one holds."""
    parts = list(dict.fromkeys(parts))
    if len(parts) > _MANY:
        return parts
    kept: list[Part] = []
    for part in parts:
        if not any(part.is_within(other) for other in kept):
            kept = [other for other in kept if not other.is_within(part)]
            kept.append(part)
    return kept


def _merged(found: list[_Found]) -> list[_Found]:
    """Grants alike put together, and what is allowed without conditions said only once."""
    alike: dict[object, list[_Found]] = {}
    for grant in found:
        alike.setdefault((grant.excepted, tuple(map(str, grant.conditions))), []).append(grant)
    joined = [_together(grants) for grants in alike.values()]
    plain = next((grant for grant in joined if grant.is_plain), None)
    if plain is None:
        return joined
    rest = [
        grant._replace(parts=[p for p in grant.parts if not any(map(p.is_within, plain.parts))])
        for grant in joined
        if grant is not plain
    ]
    return [plain, *(grant for grant in rest if grant.parts)]


def _together(grants: list[_Found]) -> _Found:
    """One grant of all parts; a statement stays if a part of its own does."""
    if len(grants) == 1:
        return grants[0]
    parts = _widest([part for grant in grants for part in grant.parts])
    telling = (grant for grant in grants if any(part in parts for part in grant.parts))
    return grants[0]._replace(parts=parts, statements=joined_statements(telling))


def joined_statements(grants: "Iterable[Grant | _Found]") -> tuple[Matched, ...]:
    """The statements of several grants, each once, those that grant first."""
    found: list[Matched] = []
    for grant in grants:
        found += [matched for matched in grant.statements if matched not in found]
    return tuple(sorted(found, key=is_limit))


def is_limit(matched: Matched) -> bool:
    """Whether a statement only limits what others grant."""
    return matched.policy.type not in _GRANTING
