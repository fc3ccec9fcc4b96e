"""Reads copied OpenDocument elements as the text that a reader sees, each piece with its place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from gateway.anonymisation.files.markup import TextSlot, children
from gateway.anonymisation.files.odf_vocabulary import full, short

if TYPE_CHECKING:
    from gateway.anonymisation.files.slots import Story

_PARAGRAPHS: Final = frozenset({"text:p", "text:h"})
_CELLS: Final = frozenset({"table:table-cell", "table:covered-table-cell"})
_READ_AS: Final = {"text:tab": "\t", "text:s": " ", "text:line-break": "\n"}


class CellSlot:
    """A cell whose number says too much becomes a cell with a text."""

    __slots__ = ("_cell", "_text")

    def __init__(self, cell: Any, text: Any) -> None:
        self._cell = cell
        self._text = text

    def write(self, text: str) -> None:
        """Put the text there, and take the number away."""
        self._cell.attrib.pop(full("office:value"), None)
        self._cell.set(full("office:value-type"), "string")
        self._text.write(text)


class SheetName:
    """The name of a sheet: replacements may hold signs that it may not, so it is only numbered."""

    __slots__ = ("_number", "_sheet")

    def __init__(self, sheet: Any, number: int) -> None:
        self._sheet = sheet
        self._number = number

    def write(self, text: str) -> None:  # noqa: ARG002 - the form of every place
        """Number the sheet instead."""
        self._sheet.set(full("table:name"), f"blad {self._number}")


def tell(story: Story, source: Any, notes: list[Any], boxes: list[Any], cell: Any = None) -> None:
    """Read `source` into `story`; notes and text boxes are put aside, for they stand elsewhere on the page."""
    for child in children(source):
        name = short(child.tag)
        if name in _PARAGRAPHS:
            _inline(story, child, notes, boxes, cell)
            if cell is None or child is not source[-1]:
                story.gap("\n")
        elif name == "table:table-row":
            for each in children(child):
                tell(story, each, notes, boxes, each)
                story.gap("\t")
            story.gap("\n")
        elif name == "draw:frame":
            boxes.extend(children(child))
        elif not name.startswith("style:"):
            tell(story, child, notes, boxes, cell)


def _inline(story: Story, source: Any, notes: list[Any], boxes: list[Any], cell: Any) -> None:
    _add(story, source.text, TextSlot(source), cell)
    for child in children(source):
        name = short(child.tag)
        if name in _READ_AS:
            story.gap(_READ_AS[name])
        elif name == "text:note":
            notes.append(child)
        elif name == "draw:frame":
            boxes.extend(children(child))
        elif name == "text:span":
            _inline(story, child, notes, boxes, cell)
        else:
            story.gap(child.text or "")
        _add(story, child.tail, TextSlot(child, tail=True), cell)


def _add(story: Story, text: str | None, slot: TextSlot, cell: Any) -> None:
    if text:
        story.add(text, slot if cell is None else CellSlot(cell, slot))


def tell_sheets(story: Story, body: Any) -> None:
    """Read a spreadsheet: each sheet by its name, then its rows."""
    aside: list[Any] = []
    for number, sheet in enumerate(body.iter(full("table:table")), start=1):
        story.add(sheet.get(full("table:name"), ""), SheetName(sheet, number))
        story.gap("\n")
        tell(story, sheet, aside, aside)
    while aside:
        tell(story, aside.pop(0), aside, aside)
        story.gap("\n")
