"""Turns Changes into the smallest edits of a directory file's text.

The Changes say what was touched; what to write is the difference between the old and the new
plain values of those places, so that any order and number of changes comes out right. Every byte
outside the reported spans stays as it was.
"""

from collections.abc import Iterable, Iterator
from typing import NamedTuple, cast

from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from iamctl.domain.change import Changes, Renamed, apply_changes, item_name
from iamctl.domain.errors import Conflict
from iamctl.domain.shape import ROOT
from iamctl.domain.source import Address, Plain, same
from iamctl.store import emit
from iamctl.store.alignment import align, followed, renamed_items
from iamctl.store.blocks import BlockEdit, file_style
from iamctl.store.edits import Edits, Span, apply
from iamctl.store.layout import Layout, Slot
from iamctl.store.places import Places
from iamctl.store.tree import Tree, is_merge
from iamctl.store.values import Place, ValueWriter, is_section, mark

FLOW_ENTITY_WIDTH = 100
"""The longest new entity on one line, where its siblings stand on one line each."""


class Spliced(NamedTuple):
    """The new text, and the spans of the old one that were replaced."""

    text: str
    spans: tuple[Span, ...]


class Scope(NamedTuple):
    """Which keys of a mapping to look at: old names with the new name they got (None: removed),
    and the names that are added."""

    renamed: dict[str, str | None]
    added: list[str]


def splice(tree: Tree, old: Plain, changes: Changes, new: Plain = None) -> Spliced:
    """The text with the changes made. `old` is what the tree reads as; `new`, when the caller has
    it already, is `apply_changes(old, changes)`.

    Raises Conflict for an edit through an alias or merge key; KeyError when a change has no place.
    """
    splicer = _Splicer(tree)
    splicer.run(
        cast(dict[str, Plain], old),
        cast(dict[str, Plain], apply_changes(old, changes) if new is None else new),
        changes,
    )
    spans = splicer.edits.spans()
    return Spliced(apply(tree.text, spans), spans)


class _Splicer:
    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self._text = tree.text
        self._layout = Layout(tree.text)
        self._changes: Changes = ()
        self._renamed_items: dict[Address, dict[Plain, Plain]] = {}
        self.edits = Edits(self._layout)
        style, unit = file_style(tree.root), self._json_indent()
        self._writer = ValueWriter(self._layout, self.edits, style, unit)

    def _json_indent(self) -> str | None:
        """How a file that is JSON printed on lines indents one level; None of any other."""
        root = self._tree.root
        first = root.value[0][0].start_mark.index if root.value else 0
        if not (root.flow_style and root.value and self._layout.starts_line(first)):
            return None
        return self._layout.margin(first) or None

    def run(self, old: dict[str, Plain], new: dict[str, Plain], changes: Changes) -> None:
        """Collect the edits."""
        root = self._tree.root
        start = Slot(None, root, root.start_mark.index, root.start_mark.index, len(self._text))
        touched = dict.fromkeys(
            change.kind if isinstance(change, Renamed) else str(change.at[0]) for change in changes
        )
        own = {key.value for key, _ in _pairs(root)}
        scope = Scope(
            {key: key if key in new else None for key in touched if key in own},
            [key for key in touched if key in new and key not in own],
        )
        self._changes = changes
        self._renamed_items = renamed_items(changes)
        self._mapping(start, root, old, new, Place((), ROOT, bool(root.flow_style)), scope)

    def _value(self, slot: Slot, old: Plain, new: Plain, place: Place) -> None:
        """Make one value another, inside it where the kinds agree."""
        node = slot.node
        self._refuse_shared(node, place)
        flow = place.flow or bool(getattr(node, "flow_style", False))
        if isinstance(new, dict) and isinstance(node, MappingNode) and node.value:
            scope = self._section_scope(node, new, place) if is_section(place.at) else None
            self._mapping(slot, node, cast(dict[str, Plain], old), new, place._replace(flow=flow),
                          scope)  # fmt: skip
        elif isinstance(new, list) and isinstance(node, SequenceNode) and node.value:
            self._sequence(slot, node, cast(list[Plain], old), new, place._replace(flow=flow))
        elif isinstance(node, ScalarNode) and not isinstance(new, dict | list):
            self._writer.scalar(slot, node, new, place)
        elif (
            new and "#" in self._text[node.start_mark.index : slot.end] and _is_empty_of(node, new)
        ):
            self._writer.fill(slot, new, place)
        else:
            self._whole(slot, new, place)

    def _section_scope(self, node: MappingNode, new: dict[str, Plain], place: Place) -> Scope:
        """The entities of a section that the changes touch, followed through renames."""
        section = place.at[0]
        origin: dict[str, str | None] = {}
        for change in self._changes:
            if isinstance(change, Renamed):
                if change.kind == section:
                    origin[change.new] = origin.pop(change.old, change.old)
                    origin[change.old] = None
            elif change.at[0] == section:
                if len(change.at) == 1:
                    origin.update((str(name), str(name)) for name in new)
                    origin.update((key.value, key.value) for key, _ in _pairs(node))
                elif len(change.at) == 2 and change.new is None:
                    origin[str(change.at[1])] = None
                else:
                    origin.setdefault(str(change.at[1]), str(change.at[1]))
        own = {key.value for key, _ in _pairs(node)}
        renamed: dict[str, str | None] = dict.fromkeys(name for name in origin if name in own)
        added: list[str] = []
        for name, source in origin.items():
            if name in new and source in own:
                renamed[cast(str, source)] = name
            elif name in new:
                added.append(name)
        return Scope(renamed, added)

    def _mapping(
        self, slot: Slot, node: MappingNode, old: dict[str, Plain], new: dict[str, Plain],
        place: Place, scope: Scope | None,
    ) -> None:  # fmt: skip
        positions = {key.value: n for n, (key, _) in enumerate(node.value) if not is_merge(key)}
        if scope is None:
            self._refuse_merged(node, old, new, place)
            inherited = old.keys() - positions.keys()
            finals = _other_keys(old, new)
            scope = Scope(
                {name: name if name in new else finals.get(name) for name in positions},
                [name for name in new if name not in {*positions, *inherited, *finals.values()}],
            )
        removed: set[int] = set()
        for name, final in scope.renamed.items():
            n = positions[name]
            if final is None:
                self._refuse_anchors(node.value[n], place.into(name, place.flow))
                removed.add(n)
            elif final != name or not same(old.get(name), new[final]):
                self._pair(node, n, final, old.get(name), new[final], place)
        if removed or scope.added:
            added = [(name, new[name]) for name in scope.added]
            self._add_and_remove(slot, node, removed, added, place)

    def _pair(
        self, node: MappingNode, n: int, name: str, old: Plain, new: Plain, place: Place
    ) -> None:
        key, value = node.value[n]
        if key.value != name:
            text = emit.scalar(name, flow=place.flow, quote=mark(key))
            self.edits.replace(key.start_mark.index, key.end_mark.index, text)
        if not same(old, new):
            self._value(self._layout.slot(key, value), old, new, place.into(name, place.flow))

    def _add_and_remove(
        self, slot: Slot, node: MappingNode, removed: set[int],
        added: list[tuple[str, Plain]], place: Place,
    ) -> None:  # fmt: skip
        style = self._writer.style_of(node)
        if place.flow:
            slots = [self._layout.slot(key, value) for key, value in node.value]
            kept = [n for n in range(len(slots)) if n not in removed]
            places = Places([cast(str, node.value[n][0].value) for n in kept])
            inserted: dict[int, list[emit.Element]] = {}
            for name, value in added:
                n = places.after(name, place.at, place.shape)
                element = emit.Element(name, value, emit.child(place.shape, name), style)
                inserted.setdefault(kept[n] + 1 if n >= 0 else 0, []).append(element)
            self._writer.flow_edit(node, slots, is_section(place.at)).edit(removed, inserted)
            return
        for key in (node.value[0][0], *(node.value[n][0] for n in removed)):
            line = self._layout.line_start(key.start_mark.index)
            if self._text[line : key.start_mark.index].rstrip().endswith("?"):
                self._refuse(key, place, "its keys are written with question marks")
        block = BlockEdit(self._layout, self.edits, slot, node, removed)
        if not added and len(removed) == len(node.value):
            block.empty("{}", is_section(place.at))
        elif len(removed) == len(node.value) and not block.on_own_line():
            self._whole(slot, dict(added), place)
        else:
            for name, value in added:
                lines = self._entity_line(node, name, value, place) or emit.pair_lines(
                    name, value, emit.child(place.shape, name), style
                )
                block.add_pair(name, lines, place.at, place.shape, self._tree.root)
            block.remove(is_section(place.at))

    def _entity_line(
        self, node: MappingNode, name: str, value: Plain, place: Place
    ) -> list[str] | None:
        """A new entity on one line, where the last one stands on one line too."""
        last = node.value[-1][1]
        if not (is_section(place.at) and last.flow_style if isinstance(last, MappingNode) else 0):
            return None
        line = emit.flow_pair(
            name, value, emit.child(place.shape, name), self._writer.style_of(node)
        )
        return [line] if last.value and len(line) <= FLOW_ENTITY_WIDTH else None

    def _sequence(
        self, slot: Slot, node: SequenceNode, old: list[Plain], new: list[Plain], place: Place
    ) -> None:
        slots = self._layout.items(node)
        named = place.shape.kind == "list" and emit.child(place.shape, 0).kind != "record"
        renamed = self._renamed_items.get(place.at, {}) if named else {}
        aligned = None if named else followed(self._changes, place.at, len(old), len(new))
        aligned = aligned or align(old, new, named, renamed)
        for i, j in aligned.pairs:
            if not same(old[i], new[j]):
                step = cast(str, item_name(old[i])) if named else i
                self._value(slots[i], old[i], new[j], place.into(step, place.flow))
        for i in sorted(aligned.removed):
            self._refuse_anchors((node.value[i],), place.into(i, place.flow))
        if aligned.removed or aligned.inserted:
            inserted = {n: [new[j] for j in js] for n, js in aligned.inserted.items()}
            self._insert_and_remove(slot, node, slots, aligned.removed, inserted, place)

    def _insert_and_remove(
        self, slot: Slot, node: SequenceNode, slots: list[Slot], removed: set[int],
        inserted: dict[int, list[Plain]], place: Place,
    ) -> None:  # fmt: skip
        style = self._writer.style_of(node)
        shape = emit.child(place.shape, 0)
        if place.flow:
            elements = {
                n: [emit.Element(None, value, shape, style) for value in values]
                for n, values in inserted.items()
            }
            self._writer.flow_edit(node, slots).edit(removed, elements)
            return
        block = BlockEdit(self._layout, self.edits, slot, node, removed, slots)
        if len(removed) == len(slots) and not inserted:
            block.empty("[]", False)
        elif len(removed) == len(slots) and not block.on_own_line():
            self._whole(slot, [v for n in sorted(inserted) for v in inserted[n]], place)
        else:
            for n in sorted(inserted):
                for value in inserted[n]:
                    block.add_item(n, emit.item_lines(value, shape, style))
            block.remove(False)

    def _whole(self, slot: Slot, new: Plain, place: Place) -> None:
        """Write a value anew, unless an alias elsewhere needs the old one."""
        self._refuse_anchors((slot.node,), place)
        self._writer.whole(slot, new, place)

    def _refuse_shared(self, node: Node, place: Place) -> None:
        if id(node) in self._tree.shared:
            self._refuse(node, place, "an anchor or alias makes its text serve other places too")

    def _refuse_merged(
        self, node: MappingNode, old: dict[str, Plain], new: dict[str, Plain], place: Place
    ) -> None:
        own = {key.value for key, _ in _pairs(node)}
        for name, value in old.items():
            if name not in own and not same(value, new.get(name)):
                self._refuse(node, place.into(name, False), "a merge key brings it")

    def _refuse_anchors(self, nodes: Iterable[Node], place: Place) -> None:
        """What goes away must not hold an anchor that an alias elsewhere needs."""
        if not self._tree.shared:
            return
        outer = list(nodes)
        for node in outer:
            for inner in _walk(node):
                defined_here = inner.start_mark.index >= outer[0].start_mark.index
                if id(inner) in self._tree.shared and defined_here:
                    self._refuse(inner, place, "an alias elsewhere points into it")

    def _refuse(self, node: Node, place: Place, reason: str) -> None:
        where = self._tree.source(node)
        name = ".".join(map(str, place.at))
        raise Conflict(
            f"{name} cannot be edited safely at {where}: {reason}",
            code="UnmodifiableEntity",
            where=where,
            hint="edit the file by hand, or write the value out where it is used",
        )


def _pairs(node: MappingNode) -> list[tuple[ScalarNode, Node]]:
    return [(key, value) for key, value in node.value if not is_merge(key)]


def _other_keys(old: dict[str, Plain], new: dict[str, Plain]) -> dict[str, str]:
    """The keys that are called otherwise now: in their places, their values stand as they did."""
    if len(old) != len(new):
        return {}
    return {
        name: final
        for name, final in zip(old, new, strict=True)
        if name not in new and final not in old and same(old[name], new[final])
    }


def _is_empty_of(node: Node, new: Plain) -> bool:
    """Whether the node is an empty flow collection of the kind of the new value."""
    kind = MappingNode if isinstance(new, dict) else SequenceNode
    return isinstance(new, dict | list) and isinstance(node, kind) and not node.value


def _walk(node: Node) -> Iterator[Node]:
    yield node
    if isinstance(node, SequenceNode):
        for item in node.value:
            yield from _walk(item)
    elif isinstance(node, MappingNode):
        for key, value in node.value:
            yield from _walk(key)
            yield from _walk(value)
