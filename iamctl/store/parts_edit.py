"""Changes to a directory in several files: each to the file that holds what it is about."""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple, cast

from iamctl.domain.change import AnyChange, Change, Changes, Renamed, apply_changes
from iamctl.domain.directory import Directory
from iamctl.domain.shape import PART, ROOT
from iamctl.domain.source import Locate, Plain, same
from iamctl.store.check import SpliceFailed, check
from iamctl.store.parts import NAMED, Whole
from iamctl.store.parts_gather import Text
from iamctl.store.reader import read_file
from iamctl.store.rules import check_rules
from iamctl.store.splice import Spliced, splice
from iamctl.store.tree import Tree

Sections = Mapping[str, Plain]


class TextEdit(NamedTuple):
    """One file's edit: what was read, its tree, and the new text."""

    text: Text
    tree: Tree
    spliced: Spliced

    @property
    def data(self) -> bytes:
        """The file's new bytes."""
        return (("\ufeff" if self.tree.bom else "") + self.spliced.text).encode()


def edited_parts(
    whole: Whole, changes: Changes, into: int | None = None, made: Text | None = None
) -> list[TextEdit]:
    """The new texts of the files that the changes touch, in the files' order.

    What is new goes into the file of number `into` of `whole.texts`, or of `made`, a part that is
    not there yet; without one to the last file that has its section, or to the main file. Raises as
    `editing.edited`.
    """
    directory = whole.required()
    new = cast("dict[str, Plain]", apply_changes(cast(Plain, directory.plain), changes))
    check_rules(directory, Directory(new, cast(Locate, directory.source_of), directory.file),
                changes)  # fmt: skip
    plains = [cast("dict[str, Plain]", result.required().plain) for result in whole.results]
    texts, trees = list(whole.texts), [cast(Tree, result.tree) for result in whole.results]
    if made is not None:
        plains.append({})
        into = len(texts)
    edits: list[TextEdit] = []
    for n, own in enumerate(routed(plains, changes, into)):
        if not own:
            continue
        if made is not None and n == into:
            texts.append(made)
            tree, plains[n] = _begun(made, own)
            trees.append(tree)
        old, tree = plains[n], trees[n]
        plains[n] = cast("dict[str, Plain]", apply_changes(old, own))
        spliced = splice(tree, old, own, plains[n])
        check(tree, old, plains[n], spliced, shape=PART if n else ROOT)
        if spliced.text != tree.text:
            edits.append(TextEdit(texts[n], tree, spliced))
    _check_merged(plains, new)
    return edits


def _begun(made: Text, changes: Changes) -> tuple[Tree, dict[str, Plain]]:
    """A new part with the sections that changes are about, all empty, and as it reads."""
    keys = {str(change.at[0]) for change in changes if isinstance(change, Change)}
    text = "\n".join(f"{key}: {{}}\n" for key in PART.fields if key in keys)
    result = read_file(text.encode(), made.shown, PART)
    return cast(Tree, result.tree), cast("dict[str, Plain]", result.required().plain)


def routed(plains: Sequence[Sections], changes: Changes, into: int | None = None) -> list[Changes]:
    """Each file's own changes, by the files' plain values, main file first."""
    routing = _Routing(plains, into)
    found: list[list[AnyChange]] = [[] for _ in plains]
    for change in changes:
        for number, own in routing.of(change):
            found[number].append(own)
    return [tuple(own) for own in found]


class _Routing:
    """Which file holds what, as changes go on."""

    def __init__(self, plains: Sequence[Sections], into: int | None) -> None:
        self._into = into
        self._owners: dict[tuple[str, ...], int] = {}
        self._sections: dict[str, int] = {}
        for number, plain in enumerate(plains):
            for key, value in plain.items():
                self._sections[key] = number
                for name in value if key in NAMED and isinstance(value, dict) else ():
                    self._owners[key, name] = number

    def of(self, change: AnyChange) -> Iterator[tuple[int, AnyChange]]:
        """The change, or what it is to each file, with the file's number."""
        if isinstance(change, Renamed):
            number = self._owners.pop((change.kind, change.old))
            self._owners[change.kind, change.new] = number
            yield number, change
        elif str(change.at[0]) not in NAMED:
            yield self._sections.get(str(change.at[0]), 0), change
        elif len(change.at) > 1:
            yield self._home(str(change.at[0]), str(change.at[1])), change
        else:
            yield from self._one_by_one(change)

    def _one_by_one(self, change: Change) -> Iterator[tuple[int, AnyChange]]:
        """A whole section, whose entities stand in several files."""
        section = str(change.at[0])
        old, new = (side if isinstance(side, dict) else {} for side in (change.old, change.new))
        for name in {**old, **new}:
            if not same(old.get(name), new.get(name)):
                own = Change((section, name), old.get(name), new.get(name))
                yield self._home(section, name), own

    def _home(self, section: str, name: str) -> int:
        known = self._owners.get((section, name))
        if known is None:
            known = self._sections.get(section, 0) if self._into is None else self._into
            self._owners[section, name] = known
        return known


def merged(plains: Sequence[Sections]) -> dict[str, Plain]:
    """What several files hold together, without empty sections. Raises SpliceFailed for a name
    that two of them hold."""
    found: dict[str, Plain] = {}
    for plain in plains:
        for key, value in plain.items():
            if key not in NAMED:
                _put(found, key, value, key)
                continue
            section = cast("dict[str, Plain]", found.setdefault(key, {}))
            for name, entity in cast("dict[str, Plain]", value).items():
                _put(section, name, entity, key)
    return {key: value for key, value in found.items() if key not in NAMED or value}


def _put(into: dict[str, Plain], name: str, value: Plain, section: str) -> None:
    if name in into:
        raise SpliceFailed(f"{section} would stand in two files")
    into[name] = value


def _check_merged(plains: Sequence[Sections], new: dict[str, Plain]) -> None:
    together, wanted = merged(plains), merged([new])
    if not same(together, wanted):
        keys = {*together, *wanted}
        odd = [key for key in keys if not same(together.get(key), wanted.get(key))]
        raise SpliceFailed(f"the files would read otherwise than intended in {', '.join(odd)}")
