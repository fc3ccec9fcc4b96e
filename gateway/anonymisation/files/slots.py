"""A text that is spread over many places of a document, read as one and masked in place.

Word cuts a name over several runs, a spreadsheet over cells: the detector must see the line as a reader does, and what
it finds must go from every piece of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gateway.anonymisation.finds import Find


class Slot(Protocol):
    """One place that holds text and can be given another."""

    def write(self, text: str) -> None:
        """Put `text` in the place of what stood there."""


class Story:
    """The text of one part of a document (a body, a header, a sheet, a picture), as it is read: `name` says which."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._pieces: list[tuple[str, Slot | None]] = []

    def add(self, text: str, slot: Slot) -> None:
        """The next piece of text, which stands in `slot`."""
        if text:
            self._pieces.append((text, slot))

    def gap(self, text: str) -> None:
        """What a reader sees between two pieces and no place holds: a tab, the end of a line."""
        self._pieces.append((text, None))

    @property
    def text(self) -> str:
        """The whole, as it is read."""
        return "".join(text for text, _slot in self._pieces)

    def apart(self) -> Story:
        """The same places with a line end between all of them: what is glued on the page can be read one by one."""
        story = Story(self.name)
        for text, slot in self._pieces:
            story._pieces += [(text, slot), ("\n", None)]
        return story

    def put_together(self, apart: Story) -> None:
        """Take over what was masked in `apart`."""
        self._pieces = apart._pieces[::2]

    def mask(self, finds: Iterable[Find]) -> None:
        """Write the replacements; a find over several places is replaced in the first and taken out of the others.

        Finds may overlap: all they cover goes. Afterwards `text` is the masked text.
        """
        spans = merged(finds)
        at, done = 0, 0
        pieces: list[tuple[str, Slot | None]] = []
        for text, slot in self._pieces:
            start, at = at, at + len(text)
            while done < len(spans) and spans[done].end <= start:
                done += 1
            if slot is None or done == len(spans) or spans[done].start >= at:
                pieces.append((text, slot))
                continue
            new = _piece(text, start, spans[done:])
            slot.write(new)
            pieces.append((new, slot))
        self._pieces = pieces


@dataclass(slots=True)
class Span:
    """What goes, from `start` to `end`; the replacement is `written` once, in the first place it touches."""

    start: int
    end: int
    replacement: str
    written: bool = False


def merged(finds: Iterable[Find]) -> list[Span]:
    """Spans in order and without overlap: where finds overlap, one span covers them all."""
    spans: list[Span] = []
    for find in sorted(finds, key=lambda each: (each.start, -each.end)):
        if spans and find.start < spans[-1].end:
            spans[-1].end = max(spans[-1].end, find.end)
        elif find.end > find.start:
            spans.append(Span(find.start, find.end, find.replacement))
    return spans


def _piece(text: str, start: int, spans: list[Span]) -> str:
    parts: list[str] = []
    at = 0
    for span in spans:
        first, last = max(span.start - start, 0), min(span.end - start, len(text))
        if first >= len(text):
            break
        parts.append(text[at:first])
        if not span.written:
            parts.append(span.replacement)
            span.written = True
        at = last
    return "".join([*parts, text[at:]])
