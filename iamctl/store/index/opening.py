"""This machine's indexes: asked before a directory file is read, and kept up with it."""

from __future__ import annotations

import os
from _weakref import ref  # `weakref` does no more here, and takes a tenth of a bare start

from iamctl import __version__, files
from iamctl.store.index.contents import Unfit, digest_of
from iamctl.store.index.indexed import Contents, Root, indexed_directory, overlaid
from iamctl.store.index.pages import Doubt, Pages, change_pages, open_pages, write_pages
from iamctl.store.index.parts import content_of, starts_of
from iamctl.store.index.places import index_file, index_key, sweep
from iamctl.store.index.sources import Sources
from iamctl.store.index.stamps import minted_time, relied_on

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from iamctl.domain.change import Changes
    from iamctl.domain.directory import Directory
    from iamctl.store.index.edit import Edited
    from iamctl.store.index.indexed import Seen
    from iamctl.store.index.parts import Content, Main
    from iamctl.store.index.refresh import Refreshed

FORMAT = 6
"""Goes up with every change of what pages hold, or of what a file may hold."""

SMALL = 256 * 1024
"""Files of so many bytes are read and compared each time: that costs less than a doubt."""


class Indexes:
    """The indexes in a cache folder, proved under a key in the state folder.

    `clock` gives nanoseconds since the epoch. Whatever is wrong with an index or its folders, no
    call fails for it: then there is none.
    """

    def __init__(self, cache_folder: str, state_folder: str, clock: Callable[[], int]) -> None:
        self._cache_folder = cache_folder
        self._state_folder = state_folder
        self._clock = clock
        self._lent: list[ref[_Index]] = []

    def directory(
        self, path: str, shown: str, own: bool, cut_off: Callable[[], bool]
    ) -> Directory | None:
        """The directory of a file that breaks no rule, as it and those that it includes say it now;
        None when it has to be read whole.

        `shown` is what messages call the file; `own` as `files.read_stamped` has it; `cut_off`
        says whether an edit of several files is under way. Raises what `read_stamped` raises, and
        StorageFailure for a folder that cannot be listed.
        """
        sources = Sources(path, shown, own, cut_off)
        index = self._index(sources)
        if index is not None and index.contents is not None and index.is_unchanged():
            return self._lend(index)
        began = self._clock()
        main = sources.main()
        index = index or self._index(sources, make=True)
        if index is None:
            return None
        try:
            if index.bring_up(main, began):
                sweep(self._cache_folder, began // 1_000_000_000)
            return self._lend(index)
        except Unfit:
            if index.note_unfit():
                sweep(self._cache_folder, began // 1_000_000_000)
            return None
        except Doubt:
            return None

    def edit(
        self, path: str, shown: str, own: bool, decide: Callable[[Directory], Changes]
    ) -> Changes | None:
        """Make the changes that are decided on in a large file that includes none; None when that
        needs the whole.

        The caller holds the lock of the file's folder. Raises what `decide` and edits of whole
        files raise; then, and when the answer is None, nothing was written.
        """
        index = self._index(Sources(path, shown, own, bool))  # it says no: the caller has looked
        if index is None:
            return None
        if index.contents is None or index.is_small() or index.contents.patterns:
            index.close()
            return None
        held = files.hold(path, own=own)
        try:
            planned = self._planned(index, held, shown, decide)
            if planned is None:
                index.close()
                return None
            changes, edited, (stamp, began, _, local, _) = planned
            if edited is None or not edited.parts:
                return changes
            modified = minted_time(self._clock())
            expected = files.Stamp(stamp)
            new = files.replace_durably(path, edited.parts, expected=expected, modified=modified)
            minted = new[1] == modified and new.size == sum(map(len, edited.parts))
            # Seen before: what another writes right after it, under whatever stamp, is not ours.
            index.take(edited.refreshed, (tuple(new), began, minted, local, ()))
            return changes
        finally:
            held.close()

    def _planned(
        self,
        index: _Index,
        held: files.HeldFile,
        shown: str,
        decide: Callable[[Directory], Changes],
    ) -> tuple[Changes, Edited | None, Seen] | None:
        """The changes that are decided on, what they make of a file that is held, and how it was
        seen; None when that needs the whole."""
        from iamctl.store.index.edit import Outside, edit_indexed

        assert index.contents is not None
        unchanged, began, local = index.is_unchanged(), self._clock(), index.contents.root.local
        whole: files.HeldFile | bytes = held
        seen = (tuple(held.stamp), began, False, local, ())
        try:
            if not unchanged or seen[0] != index.contents.root.stamp:
                main = index.sources.main()
                whole, seen = main.data, (tuple(main.stamp), began, False, local, ())
                index.bring_up(main, began)
                if index.contents.patterns:
                    raise Outside
            changes = decide(index.directory())
            if not changes:
                return changes, None, seen
            edited = edit_indexed(index.contents, index.count, whole, changes, shown)
            return changes, edited, seen
        except (Outside, Unfit, Doubt):
            return None

    def _lend(self, index: _Index) -> Directory:
        """The directory of an index, which steps aside when another of this process is written."""
        self._lent = [known for known in self._lent if known() is not None]
        self._lent.append(ref(index))
        return index.directory()

    def _step_aside(self, changed: Mapping[int, bytes], writer: _Index) -> None:
        for known in self._lent:
            index = known()
            if index is not None and index is not writer and index.file == writer.file:
                index.step_aside(changed)

    def _index(self, sources: Sources, make: bool = False) -> _Index | None:
        key = index_key(self._state_folder, make=make)
        if key is None:
            return None
        file = index_file(self._cache_folder, sources.path)
        return _Index(file, key, sources, self._step_aside)


class _Index:
    """The index of one directory; without `contents` while there is none to rely on.

    `before` is called when pages are about to be changed, with what they become.
    """

    def __init__(
        self,
        file: str,
        key: bytes,
        sources: Sources,
        before: Callable[[Mapping[int, bytes], _Index], None],
    ) -> None:
        self._before = before
        self.file = file
        self._key = key
        self._about = f"{FORMAT} {__version__} {sources.real}".encode("utf-8", "surrogateescape")
        self.sources = sources
        self._pages: Pages | None = None
        self._unfit: bytes | None = None
        self.contents: Contents | None = None
        try:
            self._pages = open_pages(file, key, self._about)
            self.contents = self._contents(Root.decode(self._pages.root), self._pages.page)
        except Doubt:
            self.contents = None

    def close(self) -> None:
        """Let go of the file, which nobody can change in place before; contents are gone then."""
        if self._pages is not None:
            self._pages.close()

    def step_aside(self, changed: Mapping[int, bytes]) -> None:
        """Let go of the file before those pages of it change; what they were is still answered."""
        if self._pages is None or self.contents is None:
            return
        pages = self._pages
        try:
            kept = {number: pages.page(number) for number in changed if number < pages.count}
        except Doubt:  # of whoever changed it before
            kept = {}
        pages.release()
        self.contents.page = overlaid(kept, self.contents.page)

    def is_small(self) -> bool:
        """Whether the file is as quickly edited whole."""
        assert self.contents is not None
        return self.contents.table.size() <= SMALL

    def is_unchanged(self) -> bool:
        """Whether the file bears a stamp that stands for the content of the index."""
        assert self.contents is not None
        return self.sources.bear_stamps(self.contents.root, self.contents.patterns)

    def bring_up(self, main: Main, began: int) -> bool:
        """Make this the index of the main file's bytes and of the files that it includes; whether
        it was written. `began` is the time before any was read.

        Raises Unfit for files that have none; Doubt when the old index fails on the way, or the
        files do not hold still.
        """
        content = None
        if self._pages is not None and self.contents is not None:
            content = self._gathered_as_before(main)
        if content is not None:
            kept, seen = self._kept(content), self.sources.seen(content, began, SMALL)
            if kept is None:
                return self._stamp(seen)
            self._require_fit(content)
            refreshed = self._refreshed(content, seen, kept)
            if refreshed is not None:
                return self._change(*refreshed)
        from iamctl.store.index.build import build
        from iamctl.store.index.parts_cut import patterns_in

        patterns = patterns_in(main.data, self.sources.shown)
        if content is None or patterns != content.patterns:
            content = self.sources.gathered(main, patterns)
            self._require_fit(content)
        whole = build(content, self.sources.seen(content, began, SMALL), self.sources.shown)
        self.contents = self._contents(whole.root, whole.pages.__getitem__)
        return self._write(whole.root, whole.pages.__getitem__, len(whole.pages))

    def _contents(self, root: Root, page: Callable[[int], bytes]) -> Contents:
        folder = self.sources.place().shown if root.parts else ""
        contents = Contents(root, page, self.sources.shown, folder)
        _ = contents.table  # what `_read_whole` reads is held against it
        return contents

    def _gathered_as_before(self, main: Main) -> Content | None:
        """The content if the main file includes what it did; None when that is not there."""
        assert self.contents is not None
        try:
            return self.sources.gathered(main, self.contents.patterns)
        except Doubt:
            return None

    def _refreshed(self, content: Content, seen: Seen, kept: int) -> Refreshed | None:
        """What the index becomes of other bytes; None where it has to be built. Raises Unfit."""
        assert self._pages is not None
        assert self.contents is not None
        from iamctl.store.index.refresh import refresh

        try:
            shown = self.sources.shown
            return refresh(self.contents, self._pages.count, content, seen, shown, kept)
        except Doubt:  # a page of the old one is damaged
            return None

    def _require_fit(self, content: Content) -> None:
        from iamctl.store.index.unfit import is_unfit

        self._unfit = None
        if is_unfit(self.file, self._key, self._about, content.data):
            raise Unfit("these very bytes were tried before")
        self._unfit = content.data

    def note_unfit(self) -> bool:
        """Remember that what was tried last has no index; whether that was news."""
        from iamctl.store.index.unfit import note_unfit

        if self._unfit is None:
            return False
        note_unfit(self.file, self._key, self._about, self._unfit)
        return True

    @property
    def count(self) -> int:
        """How many pages the index has. Raises Doubt when it could not be written."""
        if self._pages is None:
            raise Doubt("there is no index to change")
        return self._pages.count

    def take(self, refreshed: Refreshed, seen: Seen) -> None:
        """Write down what an edit made of the index; without a word when that fails."""
        assert self._pages is not None
        root, pages = refreshed.root.seen(seen), self._pages
        changed, old = refreshed.changed, pages.root
        self._before(changed, self)
        try:
            change_pages(pages, root.encode(), changed, refreshed.pages)
        except Doubt:  # somebody reads it, most likely
            try:
                self._reopen(old)
                self._write(root, overlaid(changed, self._pages.page), refreshed.pages)
            except Doubt:
                pass

    def directory(self) -> Directory:
        """The directory of `contents`."""
        assert self.contents is not None
        return indexed_directory(self.contents, self.sources.shown, self._read_whole)

    def _kept(self, content: Content) -> int | None:
        """How many chunks the bytes begin with; None when the contents are of these files."""
        assert self.contents is not None
        view, at = memoryview(content.data), 0
        rows = self.contents.table.rows()
        for n, row in enumerate(rows):
            if digest_of(view[at : at + row.size]) != row.digest:
                return n
            at += row.size
        same = starts_of(self.contents.root.parts, self.contents.table) == list(content.parts)
        return None if same and at == len(view) else len(rows)

    def _read_whole(self) -> Directory:
        """The directory of the same content, read from the files: the index failed half-way."""
        from iamctl.store.parts import read_main
        from iamctl.store.reader import checked

        self._discard()
        sources = self.sources
        whole = read_main(sources.text(sources.main()), sources.place())
        if self._kept(content_of(whole.texts, ())) is not None:
            from iamctl.domain.errors import ConcurrentChange

            raise ConcurrentChange(
                f"{self.sources.shown} changed while it was being read",
                hint="run the command again",
            )
        return checked(whole.required())

    def _discard(self) -> None:
        """Remove the index, so that the next one who asks makes another."""
        try:  # noqa: SIM105 - contextlib costs a third of a bare start
            os.unlink(self.file)
        except OSError:
            pass

    def _stamp(self, seen: Seen) -> bool:
        """Note when the content was last seen, if that spares the next one a reading."""
        assert self.contents is not None
        root = self.contents.root.seen(seen)
        stamps = map(files.Stamp, (root.stamp, *root.stamps))
        if not root.local or not all(relied_on(one, root.verified, False) for one in stamps):
            return False
        return self._change(root, {}, None)

    def _change(self, root: Root, changed: Mapping[int, bytes], count: int | None) -> bool:
        """Change pages of the index, or write it anew where somebody is reading it."""
        assert self._pages is not None
        old, count = self._pages.root, count or self._pages.count
        self._before(changed, self)
        try:
            change_pages(self._pages, root.encode(), changed, count)
            self._reopen(root.encode())
        except Doubt:
            self._reopen(old)
        pages = self._pages

        page = overlaid(changed, pages.page)
        self.contents = self._contents(root, page)
        return pages.root != old or self._write(root, page, count)

    def _reopen(self, root: bytes) -> None:
        """Open the index again, which must have that root. Raises Doubt."""
        self._pages = open_pages(self.file, self._key, self._about)
        if self._pages.root != root:
            raise Doubt("the index was changed by another process")

    def _write(self, root: Root, page: Callable[[int], bytes], count: int) -> bool:
        from iamctl.domain.errors import IamctlError

        try:
            files.private_folder(os.path.dirname(self.file))
            write_pages(self.file, self._key, self._about, root.encode(), map(page, range(count)))
            self._reopen(root.encode())
        except (Doubt, IamctlError, OSError):
            self._pages = None  # what was opened is no longer there to be changed
            return False
        return True
