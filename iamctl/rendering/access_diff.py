"""What a change gives and takes: for people, programs and pull requests."""

import shlex
from collections.abc import Iterator, Sequence

from iamctl.domain.source import Plain, Source
from iamctl.domain.times import format_instant
from iamctl.policy.evaluate import Matched
from iamctl.policy.explain import describe_statement
from iamctl.rendering.console import painted
from iamctl.rendering.escape import no_commands, printable
from iamctl.rendering.machine import github_annotation
from iamctl.rendering.markdown import code
from iamctl.services.access_diff import Unread
from iamctl.services.access_diff_assume import Edge
from iamctl.services.access_diff_gates import Breach, Review
from iamctl.services.access_diff_lines import Line
from iamctl.services.access_diff_outside import is_asked_as_is
from iamctl.services.access_diff_witness import Told, Witness
from iamctl.services.can import matched_shape
from iamctl.services.what_can_grants import Grant, is_limit

_GREEN, _RED, _BOLD, _YELLOW = "\x1b[32m", "\x1b[31m", "\x1b[1m", "\x1b[1;33m"
_NAMES, _ACTIONS, _RESOURCES = 6, 8, 4
"""How many principals, actions and resources of a line people are shown."""


def diff_text(review: Review, colour: bool = False) -> str:
    """Everything, what is gained first: each line with its witness; then what breaks gates."""
    found, edges, credentials, breaches = review
    lines = [line_text(line, colour) for line in (*found.gained, *found.lost, *found.outside)]
    lines += (f"{painted('→', _BOLD, colour)} {printable(edge_words(edge))}\n" for edge in edges)
    lines += (f"{painted('!', _YELLOW, colour)} {printable(words)}\n" for words in credentials)
    unsure = [unread_words(unread) for unread in found.unread]
    unsure += [unasked_words(found.unasked)] if found.unasked is not None else []
    lines += (f"{painted('?', _YELLOW, colour)} {printable(words)}\n" for words in unsure)
    lines += (breach_text(breach, colour) for breach in breaches)
    return no_commands("".join(lines))


def line_text(line: Line, colour: bool = False) -> str:
    """A heading, where and under which conditions, by which statement, and the witness."""
    sign = "+" if line.gained else "-"
    style = _GREEN if line.gained else _RED
    text = [painted(f"{sign} {printable(heading(line))}", style, colour)]
    for grant in line.permission.grants:
        text += (f"    {printable(words)}" for words in _grant_words(grant))
    if line.partly:
        text.append(f"    {partly_words(line)}")
    text += (f"  {printable(words)}" for words in witness_words(line))
    return "\n".join(text) + "\n"


def heading(line: Line) -> str:
    """`user/alice, user/bob gain s3:Delete*`; without a witness they may."""
    names, actions = _some(line.principals, _NAMES), _some(line.permission.shown, _ACTIONS)
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


def _some(texts: Sequence[str], most: int) -> str:
    more = len(texts) - most
    return ", ".join([*texts[:most], f"and {more} more"] if more > 1 else texts)


def partly_words(line: Line) -> str:
    """What is left out of a broad line."""
    other = "could be done before" if line.gained else "can still be done"
    return f"but for what {other} and what is denied"


def _grant_words(grant: Grant) -> Iterator[str]:
    where = f"on {_some(grant.resources, _RESOURCES)}"
    if grant.excepted:
        where += f" except {_some(grant.excepted, _RESOURCES)}"
    yield where
    yield from map(str, grant.conditions)
    granting = [m for m in grant.statements if not is_limit(m) and not m.policy.reason]
    for matched in granting[:2]:
        yield f"by {_statement(matched)}"
    if len(granting) > 2:
        yield f"and {len(granting) - 2} more statements"


def _statement(matched: Matched) -> str:
    return describe_statement(matched.policy, matched.statement)


def witness_words(line: Line) -> Iterator[str]:
    """The question that proves a line, and its answers before and after."""
    witness = line.witness
    if line.abroad:
        yield "if the account that owns it lets it, of which there is no file"
        return
    if witness is None:
        yield "no request was found that proves it, and it is not proved that there is none"
        return
    yield command(line, witness)
    *before, after = witness.told
    for told in before:
        yield f"  before: {_answer(told)}"
    yield f"  after: {_answer(after)}"


def _answer(told: Told) -> str:
    return f"{told.verdict}: {told.why}" if told.verdict else told.why


def command(line: Line, witness: Witness) -> str:
    """The question as a command line, or in words where `iamctl can` does not know who asks."""
    names = (witness.after, witness.before) if line.gained else (witness.before, witness.after)
    who = next((name for name in names if name), "")
    asked = [who, witness.action, witness.resource]
    for key, value in witness.context.items():
        for text in (value,) if isinstance(value, str) else value:
            asked += ["--context", f"{key}={text}"]
    if line.at is not None:
        asked += ["--at", format_instant(line.at)]
    words = " ".join(map(shlex.quote, asked))
    return f"iamctl can {words}" if is_asked_as_is(who) else f"asked by {words}"


def edge_words(edge: Edge) -> str:
    """`user/alice can newly become role/admin through role/deployer`."""
    through = f" through {', then '.join(edge.path)}" if edge.path else ""
    verb = {"allowed": "can newly", "conditional": "may newly"}.get(edge.verdict, "might newly")
    conditions = f", {'; '.join(edge.conditions)}" if edge.conditions else ""
    return f"{_from(edge.at)}{edge.principal} {verb} become {edge.role}{through}{conditions}"


def unread_words(unread: Unread) -> str:
    """Who nothing is certain of, and why."""
    names = _some(unread.principals, _NAMES)
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
            names = _some(breach.line.principals, _NAMES)
            said = f"{names} may {_some(breach.line.permission.shown, _ACTIONS)}"
            said += "" if breach.line.witness else ", or it could not be ruled out"
        resources = dict.fromkeys(r for g in breach.line.permission.grants for r in g.resources)
        said += f" on {_some(tuple(resources), _RESOURCES)}"
    elif breach.edge is not None:
        said = edge_words(breach.edge)
    elif breach.unread is not None:
        said = unread_words(breach.unread)
    elif breach.words:
        said = breach.words
    else:
        said = unasked_words(breach.unasked or 0)
    return f"--{breach.gate}: {said}"


def breach_text(breach: Breach, colour: bool = False) -> str:
    """What breaks a gate, with its witness."""
    text = [f"{painted('fails:', _RED, colour)} {printable(breach_words(breach))}"]
    if breach.line is not None:
        text += (f"  {printable(words)}" for words in witness_words(breach.line))
    return "\n".join(text) + "\n"


def diff_markdown(review: Review, old: str, new: str) -> str:
    """A comment for a pull request. All that comes from files stands in code spans."""
    found, edges, credentials, breaches = review
    text = [f"### Access, {code(old)} → {code(new)}\n"]
    if breaches:
        text.append("**Gates that fail**\n")
        text += (f"- ❌ {code(breach_words(breach))}" for breach in breaches)
        text.append("")
    for title, lines in (("Gained", found.gained), ("Lost", found.lost), ("Others", found.outside)):
        if lines:
            text += [f"**{title}**\n", *map(_line_markdown, lines), ""]
    if edges:
        text += [
            "**Who can newly become whom**\n",
            *(f"- {code(edge_words(e))}" for e in edges),
            "",
        ]
    if credentials:
        text += ["**New credentials**\n", *(f"- {code(words)}" for words in credentials), ""]
    text += (f"- ⚠️ {code(unread_words(unread))}" for unread in found.unread)
    text += [f"- ⚠️ {unasked_words(found.unasked)}"] if found.unasked is not None else []
    if len(text) == 1:
        text.append("No access changed.")
    return "\n".join(text).rstrip("\n") + "\n"


def _line_markdown(line: Line) -> str:
    text = [f"- **{code(heading(line))}**"]
    for grant in line.permission.grants:
        text += (f"  - {code(words)}" for words in _grant_words(grant))
    if line.partly:
        text.append(f"  - {partly_words(line)}")
    question, *answers = witness_words(line)
    text.append(f"  - {code(question)}")
    text += (f"    - {code(words.strip())}" for words in answers)
    return "\n".join(text)


def diff_github(review: Review, file: str, before: str) -> str:
    """Annotations at the statements that grant: an error for what breaks a gate, a warning for what
    is gained, a notice for what is lost. `file` is where there is no statement; `before` is what
    the names of files begin with and are not called in the repository."""
    found, edges, credentials, breaches = review
    text = [
        _annotation("error", breach_words(breach), breach.line, file, before) for breach in breaches
    ]
    for line in (*found.gained, *found.lost, *found.outside):
        words = "\n".join((heading(line), *witness_words(line)))
        text.append(_annotation("warning" if line.gained else "notice", words, line, file, before))
    text += (_annotation("warning", edge_words(edge), None, file, before) for edge in edges)
    others = [*credentials, *map(unread_words, found.unread)]
    others += [unasked_words(found.unasked)] if found.unasked is not None else []
    text += (_annotation("warning", words, None, file, before) for words in others)
    return "".join(text)


def _annotation(severity: str, words: str, line: Line | None, file: str, before: str) -> str:
    grants = line.permission.grants if line is not None and line.gained else ()
    sources = (m.statement.source for grant in grants for m in grant.statements)
    place = next((source for source in sources if source is not None), Source(file, 1, 1))
    name = place.file.removeprefix(before)
    return github_annotation(severity, name, place.line, place.column, words)


def line_shape(line: Line) -> dict[str, Plain]:
    """A line under stable names."""
    return {
        "Principals": list(line.principals),
        "Change": "gained" if line.gained else "lost",
        "Certain": line.witness is not None,
        "From": None if line.at is None else format_instant(line.at),
        "Actions": list(line.permission.actions),
        "Shown": list(line.permission.shown),
        "Partly": line.partly,
        "Grants": [
            {
                "Resources": list(grant.resources),
                "Except": list(grant.excepted),
                "Conditions": [str(proof) for proof in grant.conditions],
                "Statements": [matched_shape(m) for m in grant.statements if not m.policy.reason],
            }
            for grant in line.permission.grants
        ],
        "Witness": None if line.witness is None else _witness_shape(line, line.witness),
    }


def _witness_shape(line: Line, witness: Witness) -> dict[str, Plain]:
    *before, after = witness.told
    return {
        "Action": witness.action,
        "Resource": witness.resource,
        "Context": {k: v if isinstance(v, str) else list(v) for k, v in witness.context.items()},
        "Before": [{"Decision": told.verdict or None, "Why": told.why} for told in before],
        "After": {"Decision": after.verdict or None, "Why": after.why},
        "Command": command(line, witness),
    }


def edge_shape(edge: Edge) -> dict[str, Plain]:
    """A way to a role under stable names."""
    return {
        "Principal": edge.principal,
        "From": None if edge.at is None else format_instant(edge.at),
        "Path": list(edge.path),
        "Role": edge.role,
        "Decision": edge.verdict,
        "Conditions": list(edge.conditions),
    }


def breach_shape(breach: Breach) -> dict[str, Plain]:
    """What breaks a gate under stable names."""
    return {
        "Gate": breach.gate,
        "Words": breach_words(breach),
        "Line": None if breach.line is None else line_shape(breach.line),
        "Edge": None if breach.edge is None else edge_shape(breach.edge),
        "Unreadable": None if breach.unread is None else unread_shape(breach.unread),
    }


def unread_shape(unread: Unread) -> dict[str, Plain]:
    """Who nothing is certain of under stable names."""
    return {
        "Principals": list(unread.principals),
        "Policy": unread.policy,
        "Reason": unread.reason,
    }
