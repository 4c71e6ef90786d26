"""What a change gives and takes under stable names, for programs."""

from iamctl.domain.source import Plain
from iamctl.domain.times import format_instant
from iamctl.rendering.access_diff_words import Commands, breach_words, command, question
from iamctl.services.access_diff import Unread
from iamctl.services.access_diff_assume import Edge
from iamctl.services.access_diff_gates import Breach
from iamctl.services.access_diff_lines import Line
from iamctl.services.access_diff_witness import Witness
from iamctl.services.can import matched_shape


def line_shape(line: Line, commands: Commands = ()) -> dict[str, Plain]:
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
        "Witness": None if line.witness is None else _witness_shape(line, line.witness, commands),
    }


def _witness_shape(line: Line, witness: Witness, commands: Commands) -> dict[str, Plain]:
    answers: list[Plain] = [
        {
            "Decision": told.verdict or None,
            "Why": told.why,
            "Command": question(line, witness, at, commands) or None,
        }
        for at, told in enumerate(witness.told)
    ]
    return {
        "Action": witness.action,
        "Resource": witness.resource,
        "Context": {k: v if isinstance(v, str) else list(v) for k, v in witness.context.items()},
        "Before": answers[:-1],
        "After": answers[-1],
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
        "Anew": edge.anew,
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
