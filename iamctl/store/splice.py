"""Turns Changes into the smallest edits of a directory file's text.

The Changes say what was touched; what to write is the difference between the old and the new
plain values of those places, so that any order and number of changes comes out right. Every byte
outside the reported spans stays as it was.
"""

from collections.abc import Iterable, Iterator
from typing import NamedTuple, cast

from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from iamctl.domain.change import NOUNS, Changes, Renamed, apply_changes, item_name
from iamctl.domain.errors import Conflict
from iamctl.domain.shape import ROOT, Shape
from iamctl.domain.source import Address, Plain
from iamctl.store import emit
from iamctl.store.alignment import align, followed, renamed_items
from iamctl.store.blocks import BlockEdit, file_style
from iamctl.store.edits import Edits, Span, apply
from iamctl.store.flows import FlowEdit
from iamctl.store.layout import Layout, Slot
from iamctl.store.places import Places
from iamctl.store.tree import Tree, is_merge

FLOW_ENTITY_WIDTH = 100
"""The longest new entity on one line, where its siblings stand on one line each."""


class Spliced(NamedTuple):
    """The new text, and the spans of the old one that were replaced."""

    text: str
    spans: tuple[Span, ...]


class Place(NamedTuple):
    """What a value is: its address, its shape, and whether it stands in a flow collection."""

    at: Address
    shape: Shape
    flow: bool

    def into(self, step: str | int, flow: bool) -> "Place":
        """The place one step further."""
        return Place((*self.at, step), emit.child(self.shape, step), flow)


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
        self._style = file_style(tree.root)
        self._json_unit = self._json_indent()
        self._changes: Changes = ()
        self._renamed_items: dict[Address, dict[Plain, Plain]] = {}
        self.edits = Edits(self._layout)

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
            scope = self._section_scope(node, new, place) if _is_section(place.at) else None
            self._mapping(slot, node, cast(dict[str, Plain], old), new, place._replace(flow=flow),
                          scope)  # fmt: skip
        elif isinstance(new, list) and isinstance(node, SequenceNode) and node.value:
            self._sequence(slot, node, cast(list[Plain], old), new, place._replace(flow=flow))
        elif isinstance(node, ScalarNode) and not isinstance(new, dict | list):
            self._scalar(slot, node, new, place)
        elif (
            new and "#" in self._text[node.start_mark.index : slot.end] and _is_empty_of(node, new)
        ):
            self._fill(slot, new, place)
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
            scope = Scope(
                {name: name if name in new else None for name in positions},
                [name for name in new if name not in positions and name not in inherited],
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
            text = emit.scalar(name, flow=place.flow, quote=self._mark(key))
            self.edits.replace(key.start_mark.index, key.end_mark.index, text)
        if not same(old, new):
            self._value(self._layout.slot(key, value), old, new, place.into(name, place.flow))

    def _add_and_remove(
        self, slot: Slot, node: MappingNode, removed: set[int],
        added: list[tuple[str, Plain]], place: Place,
    ) -> None:  # fmt: skip
        style = self._style_of(node)
        if place.flow:
            slots = [self._layout.slot(key, value) for key, value in node.value]
            kept = [n for n in range(len(slots)) if n not in removed]
            places = Places([cast(str, node.value[n][0].value) for n in kept])
            inserted: dict[int, list[emit.Element]] = {}
            for name, value in added:
                n = places.after(name, place.at, place.shape)
                element = emit.Element(name, value, emit.child(place.shape, name), style)
                inserted.setdefault(kept[n] + 1 if n >= 0 else 0, []).append(element)
            self._flow_edit(node, slots, _is_section(place.at)).edit(removed, inserted)
            return
        for key in (node.value[0][0], *(node.value[n][0] for n in removed)):
            line = self._layout.line_start(key.start_mark.index)
            if self._text[line : key.start_mark.index].rstrip().endswith("?"):
                self._refuse(key, place, "its keys are written with question marks")
        block = BlockEdit(self._layout, self.edits, slot, node, removed)
        if not added and len(removed) == len(node.value):
            block.empty("{}", _is_section(place.at))
        elif len(removed) == len(node.value) and not block.on_own_line():
            self._whole(slot, dict(added), place)
        else:
            for name, value in added:
                lines = self._entity_line(node, name, value, place) or emit.pair_lines(
                    name, value, emit.child(place.shape, name), style
                )
                block.add_pair(name, lines, place.at, place.shape, self._tree.root)
            block.remove(_is_section(place.at))

    def _entity_line(
        self, node: MappingNode, name: str, value: Plain, place: Place
    ) -> list[str] | None:
        """A new entity on one line, where the last one stands on one line too."""
        last = node.value[-1][1]
        if not (_is_section(place.at) and last.flow_style if isinstance(last, MappingNode) else 0):
            return None
        line = emit.flow_pair(name, value, emit.child(place.shape, name), self._style_of(node))
        return [line] if last.value and len(line) <= FLOW_ENTITY_WIDTH else None

    def _sequence(
        self, slot: Slot, node: SequenceNode, old: list[Plain], new: list[Plain], place: Place
    ) -> None:
        slots = self._layout.items(node)
        named = place.shape.kind == "list"
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
        style = self._style_of(node)
        shape = emit.child(place.shape, 0)
        if place.flow:
            elements = {
                n: [emit.Element(None, value, shape, style) for value in values]
                for n, values in inserted.items()
            }
            self._flow_edit(node, slots).edit(removed, elements)
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

    def _scalar(self, slot: Slot, node: ScalarNode, new: Plain, place: Place) -> None:
        text = emit.scalar(new, place.shape, flow=place.flow, quote=self._mark(node))
        if node.start_mark.index == node.end_mark.index:
            colon = self._text.startswith(":", slot.inside - 1) or slot.key is None
            self.edits.insert(slot.inside, f" {text}" if colon else f": {text}")
        else:
            self.edits.replace(node.start_mark.index, slot.end, text)

    def _fill(self, slot: Slot, new: Plain, place: Place) -> None:
        """Fill an empty flow collection, `{ # none yet` on several lines, that holds comments."""
        style = self._style_of(slot.node, slot.key)
        if isinstance(new, dict):
            elements = [
                emit.Element(key, value, emit.child(place.shape, key), style)
                for key, value in new.items()
            ]
        else:
            items = cast(list[Plain], new)
            elements = [
                emit.Element(None, item, emit.child(place.shape, 0), style) for item in items
            ]
        self._flow_edit(slot.node, []).edit(set(), {0: elements})

    def _flow_edit(self, node: Node, slots: list[Slot], entities: bool = False) -> FlowEdit:
        return FlowEdit(self._layout, self.edits, node, slots, self._json_unit, entities)

    def _whole(self, slot: Slot, new: Plain, place: Place) -> None:
        """Write a value anew: it was empty, or of another kind."""
        self._refuse_anchors((slot.node,), place)
        style = self._style_of(slot.node, slot.key)
        if slot.key is None and not place.flow and self._member(slot, new, place, style):
            return
        key = str(place.at[-1])
        kept_flow = getattr(slot.node, "flow_style", False) and slot.node.value
        text = emit.one_line(key, new, place.shape, style)
        if place.flow or kept_flow:
            lines = emit.Element(None, new, place.shape, style).lines(self._json_unit)
            margin = self._layout.newline + self._layout.margin(slot.start)
            text = margin.join(lines)
        first = self._line_below(slot)
        scalar = isinstance(slot.node, ScalarNode)
        if text is not None and not scalar and "#" in self._text[slot.inside : first]:
            at = self._layout.after_properties(slot.node, slot.inside)
            self.edits.insert(at, f" {text}")
            self.edits.delete(first, self._layout.next_line(slot.end))
            return
        if text is not None:
            colon = self._text[slot.inside - 1] in ":-" or (place.flow and slot.key is None)
            on_line = "" if place.flow and slot.key is None else " "
            start = slot.inside
            if getattr(slot.node, "flow_style", True):
                start = max(start, slot.node.start_mark.index)
                on_line = on_line if start == slot.inside else ""
            self.edits.replace(start, max(slot.end, start), ("" if colon else ":") + on_line + text)
            return
        column = slot.start - self._layout.line_start(slot.start)
        if slot.key is None:
            lines = emit.item_lines(new, place.shape, style)
            rest = [" " * column + line for line in lines[1:]]
            text = self._layout.newline.join([lines[0][1:], *rest])
            self.edits.replace(slot.inside, slot.end, text)
            return
        lines = [" " * column + line for line in emit.body_lines(new, place.shape, style)]
        below = self._layout.after(slot.end, column)
        if _is_section(place.at) and "#" in self._text[self._layout.next_line(slot.inside) : below]:
            lines.insert(0, "")  # or the comments there would be the first entity's, and go with it
        if self._layout.line_end(slot.inside) >= slot.end:
            self.edits.delete(slot.inside, slot.end)
            self.edits.insert_lines(below, lines)
        elif isinstance(slot.node, MappingNode | SequenceNode) and not slot.node.value:
            self._take_away(slot)
            self.edits.insert_lines(below, lines)
        elif first > slot.inside:
            self.edits.replace(first, slot.end, self._layout.newline.join(lines))
        else:
            text = self._layout.newline.join(["", *lines])
            self.edits.replace(slot.inside, slot.end, text)

    def _line_below(self, slot: Slot) -> int:
        """The line where a pair's block collection or text begins if that is below its key's,
        past the comments between; else where the pair's value may begin."""
        node = slot.node
        start: int = node.start_mark.index
        if isinstance(node, MappingNode | SequenceNode):
            if node.flow_style or not node.value:
                return slot.inside
            if isinstance(node, SequenceNode):
                start = self._layout.items(node)[0].start
            else:
                start = node.value[0][0].start_mark.index
        line = self._layout.line_start(start)
        return line if slot.key is not None and line > slot.inside else slot.inside

    def _member(self, slot: Slot, new: Plain, place: Place, style: emit.Style) -> bool:
        """Give a list's item an expiry, or take it away: the comment beside the name stays there.

        Whether that was what is to be done.
        """
        node = slot.node
        if isinstance(node, ScalarNode) and isinstance(new, dict) and new:
            first, *rest = emit.item_lines(new, place.shape, style)
            self.edits.replace(node.start_mark.index, slot.end, first[2:])
            margin = " " * (node.start_mark.column - len("- "))
            below = self._layout.next_line(slot.end)
            if rest:
                self.edits.insert_lines(below, [margin + line for line in rest])
            return True
        if isinstance(new, dict | list) or not isinstance(node, MappingNode) or node.flow_style:
            return False
        slots = [self._layout.slot(*pair) for pair in node.value]
        text = emit.scalar(new, place.shape, quote=style.quote)
        self.edits.replace(node.start_mark.index, slots[0].end, text)
        for pair in slots[1:]:
            start = self._layout.line_start(pair.start)
            self.edits.delete(start, self._layout.next_line(pair.end))
        return True

    def _take_away(self, slot: Slot) -> None:
        """Delete an empty value that stands on a line below its key."""
        start, line_end = slot.node.start_mark.index, self._layout.line_end(slot.end)
        rest = self._text[slot.end : line_end]
        if self._layout.starts_line(start) and not rest.strip():
            self.edits.delete(self._layout.line_start(start), self._layout.next_line(slot.end))
        elif not rest.strip():
            self.edits.delete(slot.inside, line_end)
        else:
            # A comment takes its place: no tab may come before it on a line of its own.
            self.edits.delete(start, line_end - len(rest.lstrip()))

    def _style_of(self, node: Node, key: Node | None = None) -> emit.Style:
        """The file's style, with quotes where the node's keys and texts, or the key of an empty
        one, have double ones."""
        sample = key if key is not None and not node.value else node
        while isinstance(sample, SequenceNode) and sample.value:
            sample = sample.value[-1]
        if isinstance(sample, MappingNode) and sample.value:
            sample = sample.value[-1][0]
        return self._style._replace(quote='"' if getattr(sample, "style", None) == '"' else "")

    def _mark(self, node: ScalarNode) -> str:
        return node.style if node.style in ('"', "'") else ""

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


def _is_empty_of(node: Node, new: Plain) -> bool:
    """Whether the node is an empty flow collection of the kind of the new value."""
    kind = MappingNode if isinstance(new, dict) else SequenceNode
    return isinstance(new, dict | list) and isinstance(node, kind) and not node.value


def _is_section(at: Address) -> bool:
    return len(at) == 1 and at[0] in NOUNS


def _walk(node: Node) -> Iterator[Node]:
    yield node
    if isinstance(node, SequenceNode):
        for item in node.value:
            yield from _walk(item)
    elif isinstance(node, MappingNode):
        for key, value in node.value:
            yield from _walk(key)
            yield from _walk(value)


def same(a: Plain, b: Plain) -> bool:
    """Equality that tells true from 1 and 1 from 1.0."""
    if a is b:
        return True
    if type(a) is not type(b):
        return False
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(same(value, b[key]) for key, value in a.items())
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(map(same, a, b))
    return a == b
