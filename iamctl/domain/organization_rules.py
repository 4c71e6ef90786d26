"""What must hold in the `organization` section beyond its shape and its documents' grammar.

Rules: AWS Organizations User Guide, "Service control policies" and "Quotas for AWS Organizations".
"""

from collections.abc import Iterator, Mapping

from iamctl.domain.directory import Directory
from iamctl.domain.documents import DocumentKind, PolicyDocument, parse_document
from iamctl.domain.names import shown
from iamctl.domain.organization import AWS_POLICIES
from iamctl.domain.sizes import document_size
from iamctl.domain.source import Address, Fault, Plain

_MAX_SIZE = 5120
_KINDS: Mapping[str, tuple[DocumentKind, str]] = {
    "scps": ("scp", "service control policy"),
    "rcps": ("rcp", "resource control policy"),
}


def organization_faults(directory: Directory) -> Iterator[Fault]:
    """What is wrong between the parts of the section; a file that has none has no faults."""
    plain = directory.plain.get("organization")
    if not isinstance(plain, dict):
        return
    yield from _place(plain)
    names: dict[str, int] = {}
    known: dict[tuple[str, str], Plain] = {}
    levels = plain.get("levels")
    for index, level in enumerate(levels if isinstance(levels, list) else ()):
        if not isinstance(level, dict):
            continue
        at = ("organization", "levels", index)
        name = str(level.get("name"))
        if names.setdefault(name, index) != index:
            yield Fault("error", "duplicate-name", f"two levels are called {shown(name)}",
                        (*at, "name"), "each level has a name of its own")  # fmt: skip
        for field in _KINDS:
            policies = level.get(field)
            for policy, document in policies.items() if isinstance(policies, dict) else ():
                yield from _policy((*at, field, policy), field, document)
                if known.setdefault((field, policy), document) != document:
                    yield Fault("warning", "two-documents",
                                f"policy {shown(policy)} differs from the one of that name above",
                                (*at, field, policy),
                                "an organization has one policy of a name")  # fmt: skip


def _place(plain: dict[str, Plain]) -> Iterator[Fault]:
    """The id and the path, which begins with it; units bear their root's id in their own."""
    identifier, path = plain.get("id"), plain.get("path")
    if not isinstance(path, str):
        return
    at = ("organization", "path")
    first, *rest = path.rstrip("/").split("/")
    if isinstance(identifier, str) and first != identifier:
        yield Fault("error", "organization-path",
                    f"the path is of organization {shown(first)}, the id is {shown(identifier)}",
                    at, "the path begins with the id")  # fmt: skip
    root = rest[0].removeprefix("r-") if rest else ""
    for unit in rest[1:]:
        if not unit.startswith(f"ou-{root}-"):
            yield Fault("error", "organization-path",
                        f"unit {shown(unit)} is not below root {shown(f'r-{root}')}", at,
                        f"ids of its units begin with ou-{root}-")  # fmt: skip


def _policy(at: Address, field: str, document: Plain) -> Iterator[Fault]:
    kind, noun = _KINDS[field]
    aws = AWS_POLICIES.get(str(at[-1]))
    if aws is not None and _differs(document, kind, aws):
        yield Fault("error", "aws-policy",
                    f"{at[-1]} is AWS's own policy and allows everything, this document does not",
                    at, "give yours another name")  # fmt: skip
    if isinstance(document, dict) and (size := document_size(document)) > _MAX_SIZE:
        yield Fault("warning", "quota",
                    f"{size} characters of a {noun}: AWS's quota is {_MAX_SIZE}", at)  # fmt: skip


def _differs(document: Plain, kind: DocumentKind, aws: PolicyDocument) -> bool:
    """Whether a readable document says anything but what AWS's says; a Sid says nothing."""
    parsed, _ = parse_document(document, kind)
    if parsed is None:
        return False
    (its,) = aws.statements
    return len(parsed.statements) != 1 or parsed.statements[0]._replace(sid=None) != its
