"""Replacements in a text: collected in any order, applied from the end."""

from typing import NamedTuple

from iamctl.store.layout import Layout


class Span(NamedTuple):
    """The text from `start` to `end` of the old file gives way to `text`."""

    start: int
    end: int
    text: str


class Edits:
    """Collects spans of one text. At one position insertions keep the order they came in."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._spans: list[Span] = []
        self._adjusted: set[Span] = set()
        self._keeps_break = False

    def insert(self, at: int, text: str) -> None:
        """Put text at a position."""
        self._spans.append(Span(at, at, text))

    def delete(self, start: int, end: int) -> None:
        """Take text away; deletions may overlap."""
        if end > start:
            self._spans.append(Span(start, end, ""))

    def replace(self, start: int, end: int, text: str) -> None:
        """Put text in the place of other text."""
        self._spans.append(Span(start, end, text))

    def adjust(self, start: int, end: int, text: str) -> None:
        """The same, once for all that need it, and not where other edits take the text away."""
        self._adjusted.add(Span(start, end, text))

    def keep_last_break(self) -> None:
        """The line break before a last line that goes belongs to a text, and stays."""
        self._keeps_break = True

    def insert_lines(self, at: int, lines: list[str]) -> None:
        """Put whole lines at a line's start. After a last line without a line break, the text
        goes on to have none."""
        newline = self._layout.newline
        text = newline.join(lines)
        whole = at == 0 or self._layout.line_start(at) == at
        self.insert(at, text + newline if whole else newline + text)

    def spans(self) -> tuple[Span, ...]:
        """The spans in order and apart from one another.

        Raises RuntimeError when a text would be put inside text that is taken away.
        """
        merged: list[Span] = []
        stay = [
            a for a in self._adjusted if not any(s.start < a.start < s.end for s in self._spans)
        ]
        # What is put before a text comes first, whatever came in first.
        for span in sorted([*self._spans, *stay], key=lambda s: (s.start, s.end > s.start)):
            last = merged[-1] if merged else None
            if last is None or span.start >= last.end:
                merged.append(span)
            elif not span.text and not last.text:
                merged[-1] = Span(last.start, max(last.end, span.end), "")
            else:
                raise RuntimeError(f"edits overlap at character {span.start}")
        return tuple(self._without_stray_break(merged))

    def _without_stray_break(self, spans: list[Span]) -> list[Span]:
        """When a last line without a line break goes, the break before it goes too."""
        text = self._layout.text
        deletions = [n for n, s in enumerate(spans) if not s.text and s.end == len(text) > s.start]
        if self._keeps_break or not deletions or self._layout.line_start(len(text)) == len(text):
            return spans
        n = deletions[0]
        start = self._layout.break_before(spans[n].start)
        at_line = self._layout.line_start(spans[n].start) == spans[n].start
        if at_line and (n == 0 or spans[n - 1].end <= start):
            spans[n] = Span(start, spans[n].end, "")
        return spans


def apply(text: str, spans: tuple[Span, ...]) -> str:
    """The text with the spans replaced."""
    parts: list[str] = []
    at = 0
    for start, end, new in spans:
        parts += (text[at:start], new)
        at = end
    return "".join((*parts, text[at:]))
