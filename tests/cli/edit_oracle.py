"""What an edit of a directory file may do to its text, judged without any code of iamctl.

Files are read as PyYAML's BaseLoader reads them: every value is a text, a list or a mapping. From
the values before and after follow the stretches of text that may change; all other bytes must be
the same and in order, and every comment that stands in nothing that went must still be there.
"""

import difflib
import re
from bisect import bisect_left
from collections.abc import Iterator
from itertools import pairwise
from typing import Any, NamedTuple

import yaml

SECTIONS = (
    *("users", "groups", "roles", "policies"),
    *("mfa", "identity_providers", "identity_pools"),
)
MAPPINGS = ("tags", "inline", "keys", "quotas")
NAMED_LISTS = ("members", "policies")

At = tuple[Any, ...]


def read(text: str) -> dict[str, Any]:
    """The file's values, with everything empty left out."""
    return tidy(yaml.load(text, Loader=yaml.CBaseLoader))


def tidy(plain: Any) -> dict[str, Any]:
    """Sections, lists and mappings that hold nothing are as good as absent."""
    out = dict(plain)
    for section in SECTIONS:
        entities = {name: _filled(entity) for name, entity in (out.get(section) or {}).items()}
        out[section] = entities
    out["account"] = _filled(out["account"])
    return {key: value for key, value in out.items() if value != {}}


def _filled(entity: Any) -> dict[str, Any]:
    optional = (*MAPPINGS, *NAMED_LISTS)
    return {k: v for k, v in (entity or {}).items() if v or k not in optional}


# --- where values stand -------------------------------------------------------------------------


class Spot(NamedTuple):
    """A value in the text: `start` is its key, dash or first character, `value` its node, `end`
    the end of its last leaf."""

    start: int
    value: Any
    end: int
    key: Any = None


class Text:
    """A file's text with the places of its values, tokens and comments."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.root = yaml.compose(text, Loader=yaml.CSafeLoader)
        tokens = [
            (t.start_mark.index, t.end_mark.index, t) for t in yaml.scan(text, yaml.CSafeLoader)
        ]
        self.tokens = [(s, e) for s, e, _ in tokens if e > s]
        self.comments = list(_comments(text, tokens))
        self._ends: dict[int, int] = {}

    def leaf_end(self, node: Any) -> int:
        """The end of a value's own text: comments and space behind it are not."""
        if isinstance(node, yaml.ScalarNode):
            end = node.end_mark.index
            if node.style in ("|", ">") and "+" not in self.text[node.start_mark.index :][:3]:
                end = node.start_mark.index + len(self.text[node.start_mark.index : end].rstrip())
            return int(end)
        if node.flow_style or not node.value:
            return int(node.end_mark.index)
        if id(node) not in self._ends:
            last = node.value[-1]
            self._ends[id(node)] = self.leaf_end(last[1] if isinstance(last, tuple) else last)
        return self._ends[id(node)]

    def spots(self, node: Any) -> list[Spot]:
        """The elements of a collection."""
        if isinstance(node, yaml.MappingNode):
            return [
                Spot(k.start_mark.index, v, max(self.leaf_end(v), k.end_mark.index), k)
                for k, v in node.value
            ]
        found = []
        for item in node.value:
            start = item.start_mark.index
            if not node.flow_style:
                start = self.text.rindex("-", 0, start + (item.start_mark == item.end_mark))
                while self.text[self.line_start(start) : start].strip(" -"):
                    start = self.text.rindex("-", 0, start)
            found.append(Spot(start, item, self.leaf_end(item)))
        return found

    def find(self, at: At) -> tuple[Spot, Any] | None:
        """The value at an address, and the node of the collection it stands in."""
        spot, parent = Spot(0, self.root, len(self.text)), None
        for step in at:
            parent = spot.value
            if not isinstance(parent, yaml.CollectionNode):
                return None
            for n, one in enumerate(self.spots(parent)):
                name = one.key.value if one.key else n if isinstance(step, int) else _name(one)
                if name == step:
                    spot = one
                    break
            else:
                return None
        return spot, parent

    def line_start(self, at: int) -> int:
        return self.text.rfind("\n", 0, at) + 1

    def line_end(self, at: int) -> int:
        """Past the line break."""
        found = self.text.find("\n", at)
        return len(self.text) if found < 0 else found + 1

    def next_token(self, at: int) -> int:
        """Where the next token begins, or the end of the text."""
        n = bisect_left(self.tokens, (at, at))
        return self.tokens[n][0] if n < len(self.tokens) else len(self.text)

    def token_before(self, at: int) -> int:
        """Where the last token before a position ends."""
        n = bisect_left(self.tokens, (at, at))
        return next((end for _, end in reversed(self.tokens[:n][-9:]) if end <= at), 0)


def _name(spot: Spot) -> Any:
    if isinstance(spot.value, yaml.MappingNode):
        return next((v.value for k, v in spot.value.value if k.value == "user"), None)
    return spot.value.value


def _comments(text: str, tokens: list[tuple[int, int, Any]]) -> Iterator[tuple[int, str]]:
    """Comments are what stands between tokens and is no space, and behind `|` and `>`."""
    at = 0
    for start, end, token in [*tokens, (len(text), len(text), None)]:
        yield from _in_gap(text, at, start)
        at = max(at, end)
        if getattr(token, "style", None) in ("|", ">"):
            yield from _in_gap(text, start + 1, text.find("\n", start))
            at = start + len(text[start:end].rstrip())


def _in_gap(text: str, start: int, end: int) -> Iterator[tuple[int, str]]:
    while (start := text.find("#", start, end)) >= 0:
        stop = text.find("\n", start)
        stop = len(text) if stop < 0 else stop
        yield start, text[start:stop].rstrip()
        start = stop


# --- what changed -------------------------------------------------------------------------------


class Changed(NamedTuple):
    """`kind` is add, remove, rename, replace (of a text) or turn (into another kind of value).
    The address is that of the file before."""

    kind: str
    at: At


def differences(old: Any, new: Any, renamed: dict[At, str], at: At = ()) -> list[Changed]:
    """The places where two files differ; `renamed` says which keys are another's in the new."""
    if isinstance(old, dict) and isinstance(new, dict):
        found = []
        now = {key: renamed.get((*at, key), key) for key in old}
        for key, value in old.items():
            if now[key] != key:
                found.append(Changed("rename", (*at, key)))
            if now[key] in new:
                found += differences(value, new[now[key]], renamed, (*at, key))
            else:
                found.append(Changed("remove", (*at, key)))
        return found + [Changed("add", (*at, key)) for key in new if key not in now.values()]
    if isinstance(old, list) and isinstance(new, list) and old and new:
        return _list_differences(old, new, at)
    scalars = isinstance(old, str) and isinstance(new, str)
    return [] if old == new else [Changed("replace" if scalars else "turn", at)]


def _list_differences(old: list[Any], new: list[Any], at: At) -> list[Changed]:
    named = len(at) == 3 and at[-1] in NAMED_LISTS
    before = [repr(_item(one) if named else one) for one in old]
    after = [repr(_item(one) if named else one) for one in new]
    found: list[Changed] = []
    for tag, i1, i2, j1, j2 in difflib.SequenceMatcher(None, before, after, False).get_opcodes():
        paired = i2 - i1 if tag == "equal" or i2 - i1 == j2 - j1 else 0
        for n in range(i1, i2):
            step = _item(old[n]) if named else n
            if n - i1 < paired:
                found += differences(old[n], new[j1 + n - i1], {}, (*at, step))
            else:
                found.append(Changed("remove", (*at, step)))
        found += [Changed("add", (*at, None))] * (j2 - j1 - paired)
    return found


def _item(item: Any) -> Any:
    return item.get("user") if isinstance(item, dict) else item


# --- what may change in the text ----------------------------------------------------------------


class Region(NamedTuple):
    """Text that may change. `keeps` says how: whole `lines` may come in, or `marks` (in a flow
    collection everything but commas stays), or `nothing` need stay but comments."""

    start: int
    end: int
    keeps: str


class Allowed:
    """The regions that changes may touch, and the comments that may and must go."""

    def __init__(self, text: Text, changes: list[Changed]) -> None:
        self.text = text
        self.regions: list[Region] = []
        self.may_go: list[tuple[int, int]] = []
        self.must_go: list[tuple[int, int]] = []
        for kind, at in changes:
            getattr(self, f"_{kind}")(at)

    def merged(self) -> list[Region]:
        """The regions in order, apart from one another."""
        found: list[Region] = []
        for region in sorted(set(self.regions)):
            last = found[-1] if found else None
            if last and region.start <= last.end:
                keeps = last.keeps if last.keeps == region.keeps else "nothing"
                found[-1] = Region(last.start, max(last.end, region.end), keeps)
            else:
                found.append(region)
        return found

    def _allow(self, start: int, end: int, keeps: str = "nothing") -> None:
        self.regions.append(Region(start, end, keeps))

    def _spot(self, at: At) -> tuple[Spot, Any]:
        found = self.text.find(at)
        assert found is not None, f"{at} is not in the file"
        return found

    def _rename(self, at: At) -> None:
        key = self._spot(at)[0].key
        self._allow(key.start_mark.index, key.end_mark.index)

    def _replace(self, at: At) -> None:
        value = self._spot(at)[0].value
        end = self.text.leaf_end(value)
        if at[-1] == "saml_metadata":  # behind a block text there can be no space
            while self.text.text[end : end + 1] in (" ", "\t"):
                end += 1
        self._allow(value.start_mark.index, end)

    def _turn(self, at: At) -> None:
        spot, parent = self._spot(at)
        start, scalar = spot.value.start_mark.index, isinstance(spot.value, yaml.ScalarNode)
        lines = self.text.line_end(spot.end)  # those of an old collection go with their comments
        self.may_go.append((start, spot.end if scalar or parent.flow_style else lines))
        if parent.flow_style:
            return self._allow(start, spot.end)
        start = spot.key.end_mark.index if spot.key is not None else spot.start
        return self._allow(start, self._below(spot.end))

    def _below(self, at: int) -> int:
        """Up to the line of the next token."""
        following, whole = self.text.next_token(at), len(self.text.text)
        return following if following == whole else max(at, self.text.line_start(following))

    def _add(self, at: At) -> None:
        held = self.text.find(at) if at[-1] is not None else None
        if held is not None:  # it was there and empty
            return self._fill(*held)
        spot, parent = self._spot(at[:-1]) if len(at) > 1 else (Spot(0, self.text.root, 0), None)
        node = spot.value
        if not isinstance(node, yaml.CollectionNode) or not node.value:
            return self._fill(spot, parent)
        spots = self.text.spots(node)
        if node.flow_style:
            starts = [node.start_mark.index + 1, *(one.end for one in spots)]
            ends = [*(one.start for one in spots), node.end_mark.index - 1]
            keeps = "marks"
        else:
            first = spot.key.end_mark.index + 1 if spot.key else 0
            starts = [first if spot.key or len(at) == 1 else spots[0].start]
            starts += [one.end for one in spots]
            ends = [*(one.start for one in spots), self.text.next_token(spots[-1].end)]
            keeps = "lines"
        for start, end in zip(starts, ends, strict=True):
            self._allow(start, end, keeps)
        return None

    def _fill(self, spot: Spot, parent: Any) -> None:
        if parent.flow_style:
            return self._allow(spot.value.start_mark.index, spot.end)
        start = spot.key.end_mark.index if spot.key else spot.start
        return self._allow(start, self._below(spot.end), "marks")

    def _remove(self, at: At) -> None:
        spot, parent = self._spot(at)
        if len(at) == 1 and at[0] in SECTIONS and isinstance(spot.value, yaml.MappingNode):
            self._empty(at, spot)
            return
        spots = self.text.spots(parent)
        n = next(n for n, one in enumerate(spots) if one.start == spot.start)
        text = self.text
        if parent.flow_style:
            before = spots[n - 1].end if n else parent.start_mark.index + 1
            after = spots[n + 1].start if n + 1 < len(spots) else parent.end_mark.index - 1
            self._allow(before, after)
            self.may_go.append((spot.start, text.line_end(spot.end)))
            if len(at) == 2 and at[0] in SECTIONS:
                self.may_go.append((self._lead(spot.start)[0], spot.start))
            return
        self._allow(text.token_before(spot.start), text.next_token(spot.end))
        self.may_go.append((spot.start, text.line_end(spot.end)))
        if len(at) == 2 and at[0] in SECTIONS:
            lead, own = self._lead(spot.start)
            self.may_go += [(lead, spot.start), (spot.end, self._deeper(spot))]
            self.must_go += [(own, spot.start), (spot.start, spot.end)]

    def _empty(self, at: At, section: Spot) -> None:
        """A section's last entities go with their comments, and no others."""
        for entity in self.text.spots(section.value):
            self._remove((*at, entity.key.value))
        self._allow(section.start, self.text.next_token(section.end))

    def _lead(self, start: int) -> tuple[int, int]:
        """The start of the comments right above: of all, and of those in the key's own column."""
        text, at = self.text, self.text.line_start(start)
        column, own, floor = start - at, at, self.text.token_before(start)
        while at > floor:
            previous = text.line_start(at - 1)
            line = text.text[previous:at]
            if previous < floor or not line.lstrip().startswith("#"):
                break
            depth = len(line) - len(line.lstrip())
            if depth > column:
                break
            at = previous
            if depth == column and own == text.line_end(previous):
                own = previous
        return at, own

    def _deeper(self, spot: Spot) -> int:
        """The end of the comments below an entity that are indented deeper than its name."""
        text, column = self.text, spot.start - self.text.line_start(spot.start)
        at = best = text.line_end(spot.end)
        for offset, _ in text.comments:
            if at <= offset < text.next_token(spot.end):
                if offset - text.line_start(offset) <= column:
                    break
                best = text.line_end(offset)
        return best


# --- the judgement ------------------------------------------------------------------------------


MARK = re.compile(r"#c\d+#")
"""What every comment of a file of `hand_formatted` holds, and nothing else in it."""


def judge(old: Text, new: str, changes: list[Changed], by_marks: bool = False) -> list[str]:
    """What is wrong with the new text, in words; nothing when all is well.

    `by_marks` finds the new text's comments by their marks: in a large file, scanning takes long.
    """
    allowed = Allowed(old, changes)
    if by_marks:
        comments = [(n, mark) for n, text in old.comments for mark in MARK.findall(text)]
        fresh = MARK.findall(new)
    else:
        comments, fresh = old.comments, [comment for _, comment in Text(new).comments]
    return [*_bytes(old.text, new, allowed.merged()), *_kept_comments(comments, fresh, allowed)]


def _bytes(old: str, new: str, regions: list[Region]) -> list[str]:
    """Text outside the regions is the same and in order; inside, what must stay does."""
    return _placed(old, new, regions, 1) and _placed(old, new, regions, 20)


def _placed(old: str, new: str, regions: list[Region], tries: int) -> list[str]:
    """The same, with so many tries where text that stays may stand: what stands before it may
    look like it."""
    place = regions[0].start if regions else len(old)
    if new[:place] != old[:place]:
        return [f"text changed before {old[place:][:200]!r}"]
    if not regions and new != old:
        return ["text changed where nothing was to do"]
    places = [place]
    for this, following in pairwise([*regions, Region(len(old), len(old), "nothing")]):
        fixed = old[this.end : following.start]
        last = following.start == len(old)
        found = [(at, n) for at in places for n in _occurrences(fixed, new, at, tries, last)]
        if not found:
            return [f"text changed in or before {fixed[:300]!r}"]
        kept = [n for at, n in found if not _inside(old, new[at:n], this)]
        if not kept:
            at, n = found[0]
            return _inside(old, new[at:n], this)
        places = sorted({n + len(fixed) for n in kept})[:tries]
    return [] if len(new) in places else [f"this is too much: {new[places[0] :][:300]!r}"]


def _occurrences(fixed: str, new: str, place: int, tries: int, last: bool) -> Iterator[int]:
    """Where a text stands in the new one from a place on; the file's last text at its end."""
    if last and new.endswith(fixed) and len(new) - len(fixed) >= place:
        yield len(new) - len(fixed)
        return
    at = place - 1
    for _ in range(tries):
        at = new.find(fixed, at + 1)
        if at < 0:
            return
        yield at


def _inside(old: str, now: str, region: Region) -> list[str]:
    was = old[region.start : region.end]
    if region.keeps == "lines":
        kept = _is_within(was.splitlines(), now.splitlines())
    elif region.keeps == "marks":
        gone = str.maketrans("", "", ",[]{} \t\r\n")
        kept = _is_within(was.translate(gone), now.translate(gone))
    else:
        kept = True
    return [] if kept else [f"only additions are due here: {was!r} became {now!r}"]


def _is_within(part: Any, whole: Any) -> bool:
    rest = iter(whole)
    return all(one in rest for one in part)


def _kept_comments(old: list[tuple[int, str]], fresh: list[str], allowed: Allowed) -> list[str]:
    must = [c for n, c in old if not _in(n, allowed.may_go)]
    gone = [c for n, c in old if _in(n, allowed.must_go)]
    wrong = []
    if not _is_within(must, fresh):
        wrong.append(f"comments are lost or moved: {[c for c in must if c not in fresh]}")
    if not _is_within(fresh, [c for _, c in old]):
        wrong.append("comments are there twice, or moved, or anew")
    return wrong + [f"{c!r} of what was deleted is still there" for c in gone if c in fresh]


def _in(at: int, ranges: list[tuple[int, int]]) -> bool:
    return any(start <= at < end for start, end in ranges)
