"""Files of one directory cut into chunks, each file alone, and put one behind the other."""

from collections.abc import Sequence

from iamctl.store.index.chunks import Chunk, cut, cut_part, read_top
from iamctl.store.index.contents import Table, Unfit
from iamctl.store.index.indexed import Root
from iamctl.store.index.parts import Content, listed
from iamctl.store.index.recutting import Hunk, recut

_KEY = b"include"


def patterns_in(data: bytes, file: str) -> tuple[str, ...]:
    """The patterns of `include` in a main file. Raises Unfit for one that cannot be cut.

    One that has the key written in an unusual way has no index: `build` finds that out.
    """
    if b"\n" + _KEY not in data and not data.startswith((_KEY, b"\xef\xbb\xbf" + _KEY)):
        return ()
    chunks = cut(data)
    if chunks is None:
        raise Unfit("the file cannot be cut")
    for chunk in chunks:
        if not chunk.section:
            plain, _ = read_top(data[chunk.start : chunk.end], file, chunk.start == 0)
            if _KEY.decode() in plain:
                return listed(plain[_KEY.decode()])
    return ()


def cut_all(content: Content) -> tuple[list[Chunk], list[int]] | None:
    """The chunks of all files, and the number of each file's first; None if one cannot be cut."""
    starts, line = content.starts(), 0
    chunks: list[Chunk] = []
    firsts: list[int] = []
    for n, start in enumerate(starts[:-1]):
        text = content.data[start : starts[n + 1]] if content.parts else content.data
        own = cut_part(text) if n else cut(text)
        if own is None:
            return None
        firsts.append(len(chunks))
        chunks += (_moved(chunk, start, line) for chunk in own)
        line += text.count(b"\n") if content.parts else 0
    return chunks, firsts


def recut_all(
    root: Root, table: Table, old: Sequence[Chunk], content: Content, most: int
) -> list[Hunk] | None:
    """How the files of an index are cut now; None when they have to be cut whole.

    As `recut` of each file, with numbers and bytes that count through all of them.
    """
    if [name for name, _ in root.parts] != [name for name, _ in content.parts]:
        return None
    firsts = [0, *(table.position(page) for _, page in root.parts), len(old)]
    starts, hunks = content.starts(), list[Hunk]()
    for n, start in enumerate(starts[:-1]):
        base = old[firsts[n]].start
        own = [_moved(chunk, -base) for chunk in old[firsts[n] : firsts[n + 1]]]
        found = recut(own, content.data[start : starts[n + 1]], most=most)
        if found is None:
            return None
        for first, last, chunks in found:
            came = [_moved(chunk, start) for chunk in chunks]
            hunks.append(Hunk(first + firsts[n], last + firsts[n], came))
    return hunks


def _moved(chunk: Chunk, by: int, lines: int = 0) -> Chunk:
    return chunk._replace(start=chunk.start + by, end=chunk.end + by, line=chunk.line + lines)
