"""A decision in words: one line, or the argument of every layer."""

from collections.abc import Iterable, Iterator

from iamctl.policy.explain import LayerView, describe_matched
from iamctl.rendering.console import painted
from iamctl.rendering.escape import printable
from iamctl.services.can import Explanation

_STYLES = {
    "allowed": "\x1b[1;32m",
    "explicitDeny": "\x1b[1;31m",
    "implicitDeny": "\x1b[1;31m",
    "unknown": "\x1b[1;33m",
}
_BOLD = "\x1b[1m"
_TITLES = {
    "scp": "service control policies",
    "rcp": "resource control policies",
    "trust": "role trust policy",
    "resource": "resource-based policy",
    "identity": "identity-based policies",
    "boundary": "permissions boundary",
    "session": "session policies",
}


def headline(verdict: str, why: str, colour: bool = False) -> str:
    """`allowed: statement "Read" of policy ReadArtifacts at directory.yaml:12:9`."""
    return f"{painted(f'{verdict}:', _STYLES[verdict], colour)} {printable(why)}\n"


def argument(explanation: Explanation, asked: str, colour: bool = False) -> str:
    """The whole argument: the verdict, each layer with what applied or almost did, the context."""
    lines = [headline(explanation.verdict, explanation.why, colour), f"\n{printable(asked)}\n\n"]
    width = max((len(_title(view)) for view in explanation.layers), default=0)
    for view in explanation.layers:
        lines.append(
            f"  {painted(_title(view).ljust(width), _BOLD, colour)}"
            f"  {painted(view.verdict, _STYLES[view.verdict], colour)}\n"
        )
        lines += [f"      {printable(line)}\n" for line in _lines(view)]
    lines += [f"\n{printable(reason)}\n" for reason in explanation.reasons]
    lines += _listed("context", _context(explanation), colour)
    lines += _listed("asked for and absent", explanation.absent, colour)
    return "".join(lines)


def _title(view: LayerView) -> str:
    owner = view.policies[0].owner if view.policies else ""
    if view.name in ("scp", "rcp"):
        return f"{_TITLES[view.name]}, {owner or f'level {view.level}'}"
    return _TITLES[view.name]


def _lines(view: LayerView) -> Iterator[str]:
    for matched in view.statements:
        yield describe_matched(matched)
    for policy in view.policies:
        if policy.document is None:
            yield f"{policy.id} could not be read: {policy.reason}"
    for miss in view.misses:
        yield str(miss)
    if not view.policies:
        yield "none is needed" if view.verdict == "allowed" else "there is none"


def _context(explanation: Explanation) -> list[str]:
    return [
        f"{key} = {value if isinstance(value, str) else ', '.join(value)}"
        for key, value in sorted(explanation.context.items())
    ]


def _listed(title: str, items: Iterable[str], colour: bool) -> list[str]:
    shown = [f"  {printable(item)}\n" for item in items]
    return [f"\n{painted(title, _BOLD, colour)}\n", *shown] if shown else []
