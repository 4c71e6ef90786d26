"""Packs moto's copy of AWS's managed policies into the file `managed_policies.py` reads.

`python -m iamctl.catalogue.refresh PATH_TO_MOTO` (the package's folder), which the make target
`refresh-managed-policies` calls. moto's file is parsed, never imported. The same release and the
same zlib give the same bytes.
"""

import ast
import json
import re
import sys
import zlib
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from iamctl.catalogue.managed_policies import DATA_FILE, HEAD_SIZE, MAGIC
from iamctl.catalogue.packed import packed_head
from iamctl.domain.tuples import NamedTuple

NOTICE = """\
The policy documents below are published by Amazon Web Services. They were collected by moto
(https://github.com/getmoto/moto, Copyright Steve Pulec, Apache License 2.0), whose file
moto/iam/aws_managed_policies.py is packed here in another form: keys in AWS's usual order,
no spaces, each document compressed. iamctl/catalogue/managed_policies.py describes the layout.
"""

_DICTIONARY_SIZE = 32_700  # deflate looks back 32 kB, less its longest match
_DOCUMENT_KEYS = ("Version", "Id", "Statement")
_STATEMENT_KEYS = (
    "Sid",
    "Effect",
    "Principal",
    "NotPrincipal",
    "Action",
    "NotAction",
    "Resource",
    "NotResource",
    "Condition",
)


class Entry(NamedTuple):
    """A policy before packing; `place` is the ARN's last part, path and name; times are UTC."""

    place: str
    version: str
    created: str
    updated: str
    document: bytes


def assigned_text(source: str, name: str) -> str:
    """The string literal a Python source assigns to `name`. Raises ValueError without one."""
    for node in ast.parse(source).body:
        if (
            isinstance(node, ast.Assign)
            and [target.id for target in node.targets if isinstance(target, ast.Name)] == [name]
            and isinstance(node.value, ast.Constant)
            and isinstance(node.value.value, str)
        ):
            return node.value.value
    raise ValueError(f"{name} is not assigned a string")


def entries(published: str) -> list[Entry]:
    """The policies of moto's JSON (name -> Path, DefaultVersionId, Document, …), by ARN."""
    found = [
        Entry(
            place=policy["Path"] + name,
            version=policy["DefaultVersionId"],
            created=_utc(policy["CreateDate"]),
            updated=_utc(policy["UpdateDate"]),
            document=_minified(policy["Document"]),
        )
        for name, policy in json.loads(published).items()
    ]
    return sorted(found)


def packed(policies: list[Entry], package: str) -> bytes:
    """The data file: head, index, dictionary, documents. `package` is name and version."""
    dictionary = _dictionary(policy.document for policy in policies)
    lines, documents, offset = [], [], 0
    for policy in policies:
        document = _deflated(policy.document, dictionary)
        lines.append("\t".join((*policy[:4], str(offset), str(len(document)))))
        documents.append(document)
        offset += len(document)
    index = "\n".join(("", *lines, "")).encode("ascii")
    newest = max(policy.updated for policy in policies)
    source = f"{package}, {len(policies)} policies, newest update {newest}"
    head = packed_head(MAGIC, source, [len(index), len(dictionary)], NOTICE, HEAD_SIZE)
    return b"".join((head, index, dictionary, *documents))


def _utc(time: str) -> str:
    if not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00", time, re.ASCII):
        raise ValueError(f"not a UTC time: {time}")
    return time.replace("+00:00", "Z")


def _minified(document: dict[str, object]) -> bytes:
    """The document as JSON, its keys in the order in which AWS's own texts have them."""
    ordered = _ordered(document, _DOCUMENT_KEYS)
    statements = ordered["Statement"]
    if isinstance(statements, list):
        ordered["Statement"] = [_ordered(statement, _STATEMENT_KEYS) for statement in statements]
    elif isinstance(statements, dict):
        ordered["Statement"] = _ordered(statements, _STATEMENT_KEYS)
    return json.dumps(ordered, separators=(",", ":"), ensure_ascii=False).encode()


def _ordered(mapping: dict[str, object], keys: tuple[str, ...]) -> dict[str, object]:
    known = {key: mapping[key] for key in keys if key in mapping}
    return known | {key: value for key, value in mapping.items() if key not in known}


def _dictionary(documents: Iterable[bytes]) -> bytes:
    """The strings that save most, the best last, where deflate reaches them cheapest."""
    counts: Counter[bytes] = Counter()
    for document in documents:
        counts.update(set(re.findall(rb'"[^"]*"[:,\]}\[{]*', document)))
    by_saving = sorted(counts, key=lambda token: (counts[token] * len(token), token), reverse=True)
    chosen: list[bytes] = []
    size = 0
    for token in by_saving:
        size += len(token)
        if size > _DICTIONARY_SIZE:
            break
        chosen.append(token)
    return b"".join(reversed(chosen))


def _deflated(document: bytes, dictionary: bytes) -> bytes:
    deflate = zlib.compressobj(9, memLevel=9, zdict=dictionary)
    return deflate.compress(document) + deflate.flush()


def main(arguments: list[str]) -> int:
    """Packs the moto package at the path given into the data file; exit code."""
    if len(arguments) != 1:
        sys.stderr.write("usage: python -m iamctl.catalogue.refresh PATH_TO_MOTO\n")
        return 2
    moto = Path(arguments[0])
    version = assigned_text((moto / "__init__.py").read_text("utf-8"), "__version__")
    published = (moto / "iam" / "aws_managed_policies.py").read_text("utf-8")
    policies = entries(assigned_text(published, "aws_managed_policies_data"))
    Path(DATA_FILE).write_bytes(packed(policies, f"moto {version}"))
    sys.stderr.write(f"{len(policies)} policies from moto {version}: {DATA_FILE}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
