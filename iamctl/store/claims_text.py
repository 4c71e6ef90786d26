"""Claims as the text of a file of access tests, the way a person would write them."""

from collections.abc import Iterable, Iterator

from iamctl.domain.claims import Claim
from iamctl.domain.claims_shape import FORMAT_VERSION, KINDS, VERSION_KEY
from iamctl.domain.source import Plain
from iamctl.store.emit import scalar

_WIDTH = 88
_HEAD = """\
# yaml-language-server: $schema=access-tests.schema.json
#
# What must be possible and what must never be, checked against {directory} by:
#
#   iamctl test
#
# `iamctl test --init` wrote this on {day}. It holds fast who can do today what does the most
# harm: who gains such access later is to be added here, where a reviewer sees it. Take out what
# you do not care about, and say under `allow` what must keep working, such as:
#
#   allow:
#     - principal: group/developers
#       action: s3:GetObject
#       resource: arn:aws:s3:::acme-artifacts/*
#       why: Builds read what earlier builds made
{version}: {number}
"""


def claims_text(drafted: Iterable[tuple[Claim, str]], directory: str, day: str) -> str:
    """The text of a new file: claims, each with a comment or "", by kind."""
    by_kind: dict[str, list[tuple[Claim, str]]] = {}
    for claim, comment in drafted:
        by_kind.setdefault(claim.kind, []).append((claim, comment))
    head = _HEAD.format(directory=directory, day=day, version=VERSION_KEY, number=FORMAT_VERSION)
    lines = [head]
    for kind in KINDS:
        if kind in by_kind:
            lines.append(f"\n{kind}:\n")
            for number, (claim, comment) in enumerate(by_kind[kind]):
                gap = "\n" if number and comment else ""
                lines.append(gap + (f"  # {comment}\n" if comment else ""))
                lines += (f"{line}\n" for line in _claim_lines(claim))
    return "".join(lines)


def _claim_lines(claim: Claim) -> Iterator[str]:
    mark = "  - "
    for key, value in _fields(claim).items():
        for line in _field_lines(key, value):
            yield mark + line
            mark = "    "


def _field_lines(key: str, value: Plain) -> Iterator[str]:
    if isinstance(value, list):
        one_line = f"{key}: [{', '.join(scalar(item, flow=True) for item in value)}]"
        if len(one_line) <= _WIDTH:
            yield one_line
        else:
            yield f"{key}:"
            yield from (f"  - {scalar(item)}" for item in value)
    elif isinstance(value, dict):
        yield f"{key}:"
        for name, item in value.items():
            shown = scalar(item) if not isinstance(item, list) else (
                f"[{', '.join(scalar(one, flow=True) for one in item)}]"
            )  # fmt: skip
            yield f"  {scalar(name)}: {shown}"
    else:
        yield f"{key}: {scalar(value)}"


def _fields(claim: Claim) -> dict[str, Plain]:
    """The claim as the file holds it: what is left out means the same."""
    assume = claim.kind == "assume"
    fields: dict[str, Plain] = {}
    if assume:
        fields["role"] = _one_or_more(claim.roles)
        fields["by"] = _one_or_more(claim.principals) if claim.principals else None
    elif claim.principals:
        fields["principal"] = _one_or_more(claim.principals)
    if claim.actions:
        fields["action"] = _one_or_more(claim.actions)
    if claim.resources != ("*",):
        fields["resource"] = _one_or_more(claim.resources)
    if claim.kind == "nobody-but":
        fields["only"] = list(claim.only)
    if claim.alone:
        fields["only"] = True
    if claim.excluded:
        fields["not-by"] = _one_or_more(claim.excluded)
    if claim.context:
        fields["with" if assume else "context"] = {
            key: value if isinstance(value, str) else list(value)
            for key, value in claim.context.items()
        }
    return {key: value for key, value in fields.items() if value is not None}


def _one_or_more(texts: tuple[str, ...]) -> Plain:
    return texts[0] if len(texts) == 1 else list(texts)
