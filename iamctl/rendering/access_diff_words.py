"""What a change gives and takes, in words: a line, a way to a role, what breaks a gate."""

import shlex
from collections.abc import Iterator, Sequence

from iamctl.domain.documents import Condition
from iamctl.domain.patterns import Pattern
from iamctl.domain.times import format_instant
from iamctl.policy.evaluate import Matched
from iamctl.policy.explain import describe_statement
from iamctl.rendering.question import can_words
from iamctl.services.access_diff import Unread
from iamctl.services.access_diff_assume import Edge
from iamctl.services.access_diff_gates import Breach, Review
from iamctl.services.access_diff_lines import Line
from iamctl.services.access_diff_outside import is_asked_as_is
from iamctl.services.access_diff_witness import Told, Witness
from iamctl.services.what_can_grants import Grant, Proof, is_limit

_NAMES, _ACTIONS, _RESOURCES = 6, 8, 4
"""How many principals, actions and resources of a line people are shown."""
_FEW = 3
"""How many lines need no summary, and how many actions of one of many are shown."""
_IS_NOT = Pattern(r"(?:String|Arn)Not(?:Equals(?:IgnoreCase)?|Like)(?:IfExists)?")
"""Operators without a qualifier that say what a key, if it is there, is not."""
Commands = tuple[tuple[str, ...] | None, ...]
"""What to add to a question to ask each state: options of `iamctl can`; None where that state
cannot be asked again, as standard input."""


def summary(review: Review) -> str:
    """`7 lines: of 44 principals 40 gain, 1 loses`; nothing where there is little to read."""
    found = review.diff
    told = (*found.lines, *found.outside)
    lines = len(own_lines(told)) + len(abroad_lines(told))
    if lines <= _FEW:
        return ""
    counted = []
    for some, verb in ((found.gained, "gain"), (found.lost, "lose")):
        names = {name for line in some for name in line.principals}
        counted += [f"{len(names)} {verb}{'s' * (len(names) == 1)}"] if names else []
    others = {name for line in found.outside for name in line.principals}
    counted += [f"{len(others)} that are not of the file differ"] if others else []
    return f"{lines} lines: of {found.principals} principals {', '.join(counted)}"


def heading(line: Line) -> str:
    """`user/alice, user/bob gain s3:Delete*`; without a witness they may."""
    names, actions = some(line.principals, _NAMES), some(line.permission.shown, _ACTIONS)
    several = len(line.principals) > 1
    if line.witness is None:
        verb = "may gain" if line.gained else "may lose"
    elif line.gained:
        verb = "gain" if several else "gains"
    else:
        verb = "lose" if several else "loses"
    return f"{_from(line.at)}{names} {verb} {actions}"


def _from(at: int | None) -> str:
    return "" if at is None else f"from {format_instant(at)} on, "


def some(texts: Sequence[str], most: int) -> str:
    """The first of some texts, and how many more there are."""
    more = len(texts) - most
    return ", ".join([*texts[:most], f"and {more} more"] if more > 1 else texts)


def partly_words(line: Line) -> str:
    """What is left out of a broad line."""
    other = "could be done before" if line.gained else "can still be done"
    return f"but for what {other} and what is denied"


def grant_words(grant: Grant) -> Iterator[str]:
    """Where something is allowed, under which conditions, by which statements."""
    where = f"on {some(grant.resources, _RESOURCES)}"
    if grant.excepted:
        where += f" except {some(grant.excepted, _RESOURCES)}"
    yield where
    yield from map(_condition_words, grant.conditions)
    granting = _granting(grant)
    yield from (f"by {_statement(matched)}" for matched in granting[:2])
    if len(granting) > 2:
        yield f"and {len(granting) - 2} more statements"


def _granting(grant: Grant) -> list[Matched]:
    """The statements that grant, one that stands in both states once."""
    found: list[tuple[tuple[object, ...], Matched]] = []
    for matched in grant.statements:
        if not is_limit(matched) and not matched.policy.reason:
            said = matched.policy.id, matched.policy.type, matched.statement
            if all(said != other for other, _ in found):
                found.append((said, matched))
    return [matched for _, matched in found]


def _condition_words(proof: Proof) -> str:
    """A condition; what must not be other than something is that."""
    condition = proof.provisos[0].condition if len(proof.provisos) == 1 else None
    if not proof.unless or condition is None or not _IS_NOT.fullmatch(condition.operator):
        return str(proof)
    operator = condition.operator.replace("Not", "").removesuffix("IfExists")
    plain = Condition(operator=operator, key=condition.key, values=condition.values)
    positive = proof.provisos[0]._replace(condition=plain)
    return str(proof._replace(provisos=(positive,), unless=False))


def _statement(matched: Matched) -> str:
    return describe_statement(matched.policy, matched.statement)


def own_lines(*some: Sequence[Line]) -> list[Line]:
    """The lines of what this account decides by itself."""
    return [line for lines in some for line in lines if not line.abroad]


def abroad_lines(lines: Sequence[Line]) -> list[list[Line]]:
    """The lines of what other accounts decide too, those of the same principals together."""
    found: dict[object, list[Line]] = {}
    for line in lines:
        if line.abroad:
            found.setdefault((line.gained, line.principals, line.at), []).append(line)
    return list(found.values())


def abroad_words(lines: Sequence[Line]) -> Iterator[str]:
    """What principals may gain or lose where accounts that no file speaks of let them."""
    first = lines[0]
    verb = "may gain" if first.gained else "may lose"
    names = some(first.principals, _NAMES)
    yield f"{_from(first.at)}{names} {verb}, if the account lets it, of which there is no file:"
    by: dict[str, None] = {}
    for line in lines:
        actions = some(line.permission.shown, _FEW)
        for grant in line.permission.grants:
            where, *more = grant_words(grant)
            conditions = [words for words in more if not words.startswith(("by ", "and "))]
            by |= dict.fromkeys(words for words in more if words.startswith("by "))
            yield " ".join([actions, where, *conditions])
    yield from by


def witness_words(line: Line, commands: Commands = ()) -> Iterator[str]:
    """The question that proves a line, and its answers before and after; the question again where
    a state is asked in other words."""
    witness = line.witness
    if line.abroad:
        yield "if the account that owns it lets it, of which there is no file"
        return
    if witness is None:
        yield "no request was found that proves it, and it is not proved that there is none"
        return
    last, asked = len(witness.told) - 1, ""
    for at, told in enumerate(witness.told):
        words = question(line, witness, at, commands)
        if words and words != asked:
            yield words
            asked = words
        yield f"  {'after' if at == last else 'before'}: {_answer(told)}"


def question(line: Line, witness: Witness, at: int, commands: Commands) -> str:
    """The question as one of the states is asked it; "" where that state cannot be asked."""
    if not commands:
        return command(line, witness)
    is_last = at == len(witness.told) - 1
    more, who = (commands[-1], witness.after) if is_last else (commands[0], witness.before)
    return "" if more is None or who is None else command(line, witness, who, more)


def _answer(told: Told) -> str:
    return f"{told.verdict}: {told.why}" if told.verdict else told.why


def command(line: Line, witness: Witness, who: str = "", more: Sequence[str] = ()) -> str:
    """The question as a command line, or in words where `iamctl can` does not know who asks."""
    names = (witness.after, witness.before) if line.gained else (witness.before, witness.after)
    who = who or next((name for name in names if name), "")
    asked = can_words(who, witness.action, witness.resource, witness.context, line.at)
    if not is_asked_as_is(who):
        return f"asked by {' '.join(map(shlex.quote, asked))}"
    options = [text for text in more if line.at is None or not text.startswith("--at=")]
    return f"iamctl can {' '.join(map(shlex.quote, (*asked, *options)))}"


def edge_words(edge: Edge, names: str = "", lost: bool = False) -> str:
    """`user/alice can newly become role/admin through role/deployer`."""
    through = f" through {', then '.join(edge.path)}" if edge.path else ""
    who = names or edge.principal
    if lost:
        return f"{_from(edge.at)}{who} can no longer become {edge.role}{through}"
    verb = {"allowed": "can newly", "conditional": "may newly"}.get(edge.verdict, "might newly")
    anew = ", another role of that name" if edge.anew else ""
    conditions = f", {'; '.join(edge.conditions)}" if edge.conditions else ""
    return f"{_from(edge.at)}{who} {verb} become {edge.role}{anew}{through}{conditions}"


def edges_words(edges: Sequence[Edge], lost: bool = False) -> list[str]:
    """Ways that are alike but for who has them, or for where they lead, each once."""
    principals: dict[Edge, list[str]] = {}
    for edge in edges:
        principals.setdefault(edge._replace(principal=""), []).append(edge.principal)
    roles: dict[tuple[Edge, tuple[str, ...]], list[str]] = {}
    for edge, names in principals.items():
        roles.setdefault((edge._replace(role=""), tuple(names)), []).append(edge.role)
    return [
        edge_words(edge._replace(role=some(leading, _RESOURCES)), some(names, _NAMES), lost)
        for (edge, names), leading in roles.items()
    ]


def unread_words(unread: Unread) -> str:
    """Who nothing is certain of, and why."""
    names = some(unread.principals, _NAMES)
    return f"nothing is certain of {names}: {unread.policy} could not be read: {unread.reason}"


def unasked_words(unasked: int) -> str:
    """From when on nothing is told."""
    when = format_instant(unasked)
    return (
        f"nothing is certain from {when} on: memberships and conditions turn too often until then"
    )


def breach_words(breach: Breach) -> str:
    """What breaks a gate, in one line."""
    if breach.line is not None:
        said = heading(breach.line)
        if breach.gate == "not-granted":
            names = some(breach.line.principals, _NAMES)
            said = f"{names} may {some(breach.line.permission.shown, _ACTIONS)}"
            said += "" if breach.line.witness else ", or it could not be ruled out"
        resources = dict.fromkeys(r for g in breach.line.permission.grants for r in g.resources)
        said += f" on {some(tuple(resources), _RESOURCES)}"
    elif breach.edge is not None:
        said = edge_words(breach.edge)
    elif breach.unread is not None:
        said = unread_words(breach.unread)
    elif breach.words:
        said = breach.words
    else:
        said = unasked_words(breach.unasked or 0)
    return f"--{breach.gate}: {said}"


def broken(breaches: Sequence[Breach]) -> Iterator[tuple[str, Line | None]]:
    """What breaks gates in words, with the line that does; ways that are alike once."""
    ways: dict[str, list[Edge]] = {}
    for breach in breaches:
        if breach.edge is not None:
            ways.setdefault(breach.gate, []).append(breach.edge)
    for breach in breaches:
        if breach.edge is None:
            yield breach_words(breach), breach.line
        else:
            for words in edges_words(ways.pop(breach.gate, [])):
                yield f"--{breach.gate}: {words}", None
