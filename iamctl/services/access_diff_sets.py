"""Sets of requests taken from one another, and settled by what is known of their principal.

`Requests` subtracts too, but two states of one directory have most of their statements in common:
here boxes that say the same cancel out, whichever file they come from.
"""

from collections.abc import Iterable, Iterator, Mapping

from iamctl.domain.tuples import NamedTuple
from iamctl.policy.reach import Box, Requests, Term
from iamctl.policy.reach_exact import is_empty
from iamctl.policy.reach_patterns import is_home
from iamctl.policy.reach_provisos import Known, Proviso, exact


class Left(NamedTuple):
    """What is left of a set, without terms that are proved to be empty; `sure` when none of those
    that are left may be empty."""

    requests: Requests
    sure: bool


def without(requests: Requests, others: Iterable[Requests]) -> Requests:
    """The requests of a set that are in none of the others."""
    left = list(requests.terms)
    for term in (term for other in others for term in other.terms):
        left = list(dict.fromkeys(t for one in left for t in _less(one, term)))
    return Requests(tuple(left))


def common(requests: Requests, others: Iterable[Requests]) -> Requests:
    """The requests that are in the set and in all of the others."""
    left = requests.terms
    for other in others:
        meeting = (_meeting(one, term) for one in left for term in other.terms)
        left = tuple(dict.fromkeys(term for term in meeting if term is not None))
    return Requests(left)


def _less(term: Term, other: Term) -> Iterator[Term]:
    """A term without another: what is outside of its box, and what it leaves out itself."""
    meeting = term.box.meet(other.box)
    if not meeting.may_exist:
        yield term
        return
    same = {out[:3] for out in term.without}
    yield from (term,) if other.box[:3] in same else term.less(other.box)
    for out in other.without:
        if out[:3] not in same:
            inside = Term(meeting.meet(out), term.without)
            if inside.box.may_exist and not _is_left_out(inside):
                yield inside


def _meeting(term: Term, other: Term) -> Term | None:
    box = term.box.meet(other.box)
    if not box.may_exist:
        return None
    same = {out[:3] for out in term.without}
    both = Term(box, (*term.without, *(out for out in other.without if out[:3] not in same)))
    return None if _is_left_out(both) else both


def _is_left_out(term: Term) -> bool:
    """Whether one of the boxes to be left out is seen to hold all of the box."""
    bare = Term(term.box)
    return any(not bare.less(out) for out in term.without)


def keys_of(terms: Iterable[Term]) -> frozenset[str]:
    """The context keys, in lower case, that terms hang on."""
    provisos = {p for term in terms for box in (term.box, *term.without) for p in box.provisos}
    return frozenset(key for proviso in provisos for key in proviso.keys)


def supposing(requests: Requests, facts: Mapping[str, Proviso]) -> Requests:
    """The set with what holds of open keys required where its conditions look at these."""
    found = []
    for term in requests.terms:
        keys = keys_of((term,))
        more = tuple(fact for key, fact in facts.items() if key in keys)
        box = term.box._replace(provisos=tuple(dict.fromkeys((*term.box.provisos, *more))))
        found.append(term._replace(box=box) if more else term)
    return Requests(tuple(found))


def anywhere(requests: Requests) -> Requests:
    """The set without what it says of whose the resources are."""
    found = []
    for term in requests.terms:
        kept = tuple(p for p in term.box.resources if not is_home(p) and not is_home(~p))
        found.append(term._replace(box=term.box._replace(resources=kept)))
    return Requests(tuple(dict.fromkeys(found)))


def pruned(requests: Requests, known: Known, facts: Mapping[str, Proviso]) -> Left:
    """The set without the terms that hold no request, given what is known of each and what holds
    of open keys."""
    kept, sure = [], True
    for term in requests.terms:
        empty = is_empty(supposing(Requests((term,)), facts), known)
        if empty is not True:
            kept.append(term)
            sure = sure and empty is False
    return Left(Requests(tuple(kept)), sure)


def pinned(requests: Requests, known: Known) -> Requests:
    """The set with what resources must match, where the variables of that are known, among its
    resources."""

    def of(box: Box) -> Box:
        about = [p for p in box.provisos if p.condition is None and all(map(known.knows, p.keys))]
        if not about:
            return box
        return box._replace(
            resources=(*box.resources, *(exact(p, known.context) for p in about)),
            provisos=tuple(p for p in box.provisos if p not in about),
        )

    return Requests(tuple(Term(of(t.box), tuple(map(of, t.without))) for t in requests.terms))


def settled(requests: Requests, known: Known) -> Requests:
    """The requests of a set that there are where more is known: conditions on it are settled."""
    found = []
    for term in requests.terms:
        box = _settled(term.box, known)
        if box is not None:
            outs = (_settled(out, known) for out in term.without)
            found.append(Term(box, tuple(out for out in outs if out is not None)))
    return Requests(tuple(t for t in found if not _is_left_out(t)))


def _settled(box: Box, known: Known) -> Box | None:
    left = []
    for proviso in box.provisos:
        if proviso.condition is None or not all(map(known.knows, proviso.keys)):
            left.append(proviso)
        elif not proviso.holds("*", known.context):
            return None
    return box._replace(provisos=tuple(left))
