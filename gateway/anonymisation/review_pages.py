"""What the review page shows, made ready for its template: texts cut at their marks, sheets beside pages."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import zip_longest
from typing import TYPE_CHECKING, Final

from gateway.anonymisation.looks import DOUBTFUL

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.anonymisation.looks import Sheet
    from gateway.anonymisation.reviewing import ReviewView
    from gateway.anonymisation.sealed import Group
    from gateway.dossiers.tables import Rendition

AT_ONCE: Final = 15
"""Sheets or pages on one page of the review."""
_PAGE: Final = "pagina "
FIRST_LINES: Final = 60


@dataclass(frozen=True, slots=True, repr=False)
class Piece:
    """A part of a text: as it is, or a find."""

    text: str
    group: Group | None = None


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Side:
    """One row of the review: a part of the original, and the pages of the result beside it."""

    name: str
    pieces: Sequence[Piece]
    also: Sequence[Group]
    pages: Sequence[tuple[int, Rendition]]
    original: int | None


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Sides:
    """The rows from `first` on, and how many there are in all."""

    rows: Sequence[Side]
    first: int
    total: int
    is_paired: bool


def state_of(group: Group, view: ReviewView) -> str:
    """`stays`, `open` (doubtful and undecided), or `goes`."""
    if group.key in view.decided.rejected:
        return "stays"
    if group.certainty < DOUBTFUL and not group.locked and group.key not in view.decided.accepted:
        return "open"
    return "goes"


def sides(view: ReviewView, first: int, per_run: int) -> Sides:
    """The original beside the result. A PDF or image is shown page by page; other kinds text beside pages."""
    groups = {each.key: each for each in view.groups}
    numbered = [(row.number % per_run, row) for row in view.pages]
    is_paired = bool(view.sheets) and all(sheet.name.startswith(_PAGE) for sheet in view.sheets)
    originals = {row.number for row in view.original_pages}
    rows: list[Side] = []
    if is_paired:
        by_number = dict(numbered)
        for number, sheet in enumerate(view.sheets, start=1):
            page = [(number, by_number[number])] if number in by_number else []
            rows.append(_side(sheet, groups, page, number if number in originals else None))
    else:
        for sheet, page in zip_longest(view.sheets, _bundles(numbered, len(view.sheets))):
            rows.append(_side(sheet, groups, page or [], None))
    first = first if 0 <= first < len(rows) else 0
    return Sides(rows=rows[first : first + AT_ONCE], first=first, total=len(rows), is_paired=is_paired)


def _bundles(pages: list[tuple[int, Rendition]], count: int) -> list[list[tuple[int, Rendition]]]:
    """All pages beside the first text; with more texts than that, they are the last to be shown."""
    return [pages] + [[] for _ in range(max(count - 1, 0))] if pages else []


def _side(
    sheet: Sheet | None, groups: dict[str, Group], pages: Sequence[tuple[int, Rendition]], original: int | None
) -> Side:
    if sheet is None:
        return Side(name="", pieces=[], also=[], pages=pages, original=original)
    name = sheet.name if sheet.name.startswith(_PAGE) else sheet.name.rpartition(" ")[0]
    also = [groups[key] for key in sheet.also if key in groups]
    return Side(name=name, pieces=cut(sheet, groups), also=also, pages=pages, original=original)


def cut(sheet: Sheet, groups: dict[str, Group]) -> list[Piece]:
    """The text in pieces; a mark whose group is gone is plain text."""
    pieces: list[Piece] = []
    at = 0
    for start, end, key in sheet.marks:
        if key in groups and start >= at:
            pieces += [Piece(sheet.text[at:start]), Piece(sheet.text[start:end], groups[key])]
            at = end
    return [piece for piece in (*pieces, Piece(sheet.text[at:])) if piece.text]
