"""A workbook (XLSX), built anew: the visible cells of visible sheets, their looks, and nothing else."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from lxml import etree

from gateway.anonymisation.files.errors import FileRefusedError
from gateway.anonymisation.files.markup import children, serialise
from gateway.anonymisation.files.packages import Package, content_types, relationships, write_package
from gateway.anonymisation.files.sheet_values import Formats, shown
from gateway.anonymisation.files.slots import Story

if TYPE_CHECKING:
    from collections import Counter
    from pathlib import Path

S: Final = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
R: Final = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_TYPE: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_CELL: Final = re.compile(r"([A-Z]{1,3})([1-9]\d{0,6})")
_RANGE: Final = re.compile(r"[A-Z]{1,3}[1-9]\d{0,6}(:[A-Z]{1,3}[1-9]\d{0,6})?")
_SMALL: Final = re.compile(r"\d{1,3}(\.\d{1,6})?")
_ON: Final = frozenset({"1", "true"})
_NOT_IN_NAMES: Final = re.compile(r"[\[\]*?:/\\']")
_LAYERS: Final = (
    ("docProps/thumbnail", "thumbnails"),
    ("docProps/", "document_properties"),
    ("customXml/", "custom_xml"),
    ("xl/comments", "comments"),
    ("xl/threadedComments/", "comments"),
    ("xl/persons/", "comments"),
    ("xl/charts/", "charts"),
    ("xl/drawings/", "drawings"),
    ("xl/media/", "pictures_dropped"),
    ("xl/pivotCache/", "pivot_tables"),
    ("xl/pivotTables/", "pivot_tables"),
    ("xl/tables/", "defined_names"),
    ("xl/externalLinks/", "external_links"),
    ("xl/connections", "external_links"),
    ("xl/queryTables/", "external_links"),
    ("xl/embeddings/", "embedded_objects"),
    ("xl/printerSettings/", "settings"),
    ("xl/calcChain", "formulas"),
    ("xl/revisions/", "tracked_changes"),
    ("xl/ctrlProps/", "form_fields"),
    ("xl/activeX/", "active_content"),
)


@dataclass(slots=True)
class Cell:
    """One cell of the new workbook: a number that says nothing, or a text."""

    place: str
    style: str
    text: str
    number: str | None = None

    def write(self, text: str) -> None:
        """Make it a cell with this text."""
        self.text = text
        self.number = None


@dataclass(slots=True)
class Sheet:
    """One sheet of the new workbook."""

    name: str
    number: int
    rows: list[tuple[int, list[Cell]]]
    columns: list[tuple[int, int, str]]
    merged: list[str]

    def write(self, text: str) -> None:  # noqa: ARG002 - the form of every place
        """Number it: the name pointed to somebody."""
        self.name = f"Blad {self.number}"


class Workbook:
    """Read once, then `stories` are masked by their owner, then saved. Layers that went are counted in `layers`.

    Source: issue 7 (True redaction of files: Excel).
    """

    def __init__(self, package: Package, layers: Counter[str]) -> None:
        self._package = package
        self._layers = layers
        main = [part for kind, part in package.relations("").values() if kind == "officeDocument"]
        if len(main) != 1 or main[0] not in package.names:
            raise FileRefusedError("broken")
        book = package.tree(main[0])
        relations = package.relations(main[0])
        by_kind = {kind: part for kind, part in relations.values() if part in package.names}
        self._formats = Formats(package.tree(by_kind["styles"]) if "styles" in by_kind else None, book)
        strings = package.tree(by_kind["sharedStrings"]) if "sharedStrings" in by_kind else None
        self._strings = [] if strings is None else [_string(item) for item in strings.iterchildren(f"{S}si")]
        self._sheets = list(self._read(book, relations))
        if not self._sheets:
            raise FileRefusedError("broken")
        layers["defined_names"] += sum(1 for _name in book.iter(f"{S}definedName"))
        for name in package.names:
            layer = next((layer for start, layer in _LAYERS if name.startswith(start)), None)
            if layer is not None:
                layers[layer] += 1
        layers["link_targets"] += package.external_targets()
        self.stories = [self._story(sheet) for sheet in self._sheets]

    def _read(self, book: Any, relations: dict[str, tuple[str, str]]) -> Any:
        number = 0
        for sheet in book.iter(f"{S}sheet"):
            kind, part = relations.get(sheet.get(f"{R}id", ""), ("", ""))
            if sheet.get("state", "visible") != "visible" or kind != "worksheet":
                self._layers["hidden_sheets"] += 1
                continue
            number += 1
            yield self._sheet(sheet.get("name", ""), number, self._package.tree(part))

    def _sheet(self, name: str, number: int, tree: Any) -> Sheet:
        if tree.tag != f"{S}worksheet":
            raise FileRefusedError("macro" if "macro" in str(tree.tag).lower() else "broken")
        columns, hidden = [], set()
        for column in tree.iter(f"{S}col"):
            first, last, width = column.get("min", ""), column.get("max", ""), column.get("width", "")
            if not (first.isdigit() and last.isdigit()) or int(last) > _MOST_COLUMNS:
                continue
            if column.get("hidden") in _ON or width == "0":
                hidden |= set(range(int(first), int(last) + 1))
            elif _SMALL.fullmatch(width[:6]):
                columns.append((int(first), int(last), width[:6]))
        rows = []
        for at, row in enumerate(tree.iter(f"{S}row"), start=1):
            place = row.get("r", str(at))
            if row.get("hidden") in _ON or row.get("ht") == "0":
                self._layers["hidden_text"] += 1
            elif place.isdigit():
                rows.append((int(place), list(self._cells(row, int(place), hidden))))
        merged = [m.get("ref", "") for m in tree.iter(f"{S}mergeCell") if _RANGE.fullmatch(m.get("ref", ""))]
        self._layers["headers"] += sum(1 for _h in tree.iter(f"{S}headerFooter"))
        self._layers["link_targets"] += sum(1 for _h in tree.iter(f"{S}hyperlink"))
        rules = (f"{S}dataValidation", f"{S}conditionalFormatting")
        self._layers["defined_names"] += sum(1 for _d in tree.iter(*rules))
        return Sheet(name, number, rows, columns, merged)

    def _cells(self, row: Any, number: int, hidden: set[int]) -> Any:
        for at, cell in enumerate(row.iterchildren(f"{S}c"), start=1):
            match = _CELL.fullmatch(cell.get("r", f"{_letters(at)}{number}"))
            if match is None:
                raise FileRefusedError("broken")
            if _column(match[1]) in hidden:
                self._layers["hidden_text"] += 1
                continue
            self._layers["formulas"] += cell.find(f"{S}f") is not None
            style = cell.get("s", "0")
            made = self._value(cell, f"{match[1]}{number}", style if style.isdigit() and len(style) < 6 else "0")
            if made is not None:
                yield made

    def _value(self, cell: Any, place: str, style: str) -> Cell | None:
        value = cell.find(f"{S}v")
        raw = "" if value is None else (value.text or "")
        kind = cell.get("t", "n")
        if kind == "inlineStr":
            inline = cell.find(f"{S}is")
            return Cell(place, style, "" if inline is None else _string(inline))
        if kind == "s":
            if not raw.isdigit() or int(raw) >= len(self._strings):
                raise FileRefusedError("broken")
            return Cell(place, style, self._strings[int(raw)])
        if kind == "b":
            return Cell(place, style, "WAAR" if raw == "1" else "ONWAAR")
        if kind in {"str", "e"}:
            return Cell(place, style, raw if kind == "str" else "")
        return shown_cell(place, style, raw, self._formats)

    @staticmethod
    def _story(sheet: Sheet) -> Story:
        story = Story(f"blad {sheet.number}")
        story.add(sheet.name, sheet)
        story.gap("\n")
        for _number, cells in sheet.rows:
            for cell in cells:
                story.add(cell.text, cell)
                story.gap("\t")
            story.gap("\n")
        return story

    def save(self, path: Path, *, on_paper: bool = False) -> None:
        """Write the new workbook; `on_paper` when it becomes a PDF."""
        overrides = {"xl/workbook.xml": f"{_TYPE}.sheet.main+xml", "xl/styles.xml": f"{_TYPE}.styles+xml"}
        targets = {"rIdStyles": ("styles", "styles.xml")}
        parts = {"xl/styles.xml": serialise(self._formats.clean(wrapped=on_paper))}
        book = etree.Element(f"{S}workbook", nsmap={None: S[1:-1], "r": R[1:-1]})
        sheets = etree.SubElement(book, f"{S}sheets")
        names: set[str] = set()
        for sheet in self._sheets:
            name = _NOT_IN_NAMES.sub(" ", sheet.name).strip()[:31] or f"Blad {sheet.number}"
            name = f"Blad {sheet.number}" if name.lower() in names else name
            names.add(name.lower())
            key = f"rId{sheet.number}"
            entry = etree.SubElement(sheets, f"{S}sheet", name=name, sheetId=str(sheet.number))
            entry.set(f"{R}id", key)
            place = f"worksheets/sheet{sheet.number}.xml"
            targets[key] = ("worksheet", place)
            overrides[f"xl/{place}"] = f"{_TYPE}.worksheet+xml"
            parts[f"xl/{place}"] = serialise(_written(sheet))
        first = {
            "[Content_Types].xml": content_types(overrides),
            "_rels/.rels": relationships({"rId1": ("officeDocument", "xl/workbook.xml")}),
            "xl/workbook.xml": serialise(book),
            "xl/_rels/workbook.xml.rels": relationships(targets),
        }
        write_package(path, {**first, **parts})


_MOST_COLUMNS: Final = 16_384


def shown_cell(place: str, style: str, raw: str, formats: Formats) -> Cell | None:
    """The cell of a number: what it shows as text when that says more than a number does."""
    if not raw:
        return Cell(place, style, "")
    text, plain = shown(raw, formats.of(style))
    return Cell(place, style, text, number=raw if plain else None)


def _written(sheet: Sheet) -> Any:
    root = etree.Element(f"{S}worksheet", nsmap={None: S[1:-1]})
    if sheet.columns:
        holder = etree.SubElement(root, f"{S}cols")
        for first, last, width in sheet.columns:
            etree.SubElement(holder, f"{S}col", min=str(first), max=str(last), width=width, customWidth="1")
    data = etree.SubElement(root, f"{S}sheetData")
    for number, cells in sheet.rows:
        row = etree.SubElement(data, f"{S}row", r=str(number))
        for cell in cells:
            made = etree.SubElement(row, f"{S}c", r=cell.place, s=cell.style)
            if cell.number is not None:
                etree.SubElement(made, f"{S}v").text = cell.number
            elif cell.text:
                made.set("t", "inlineStr")
                text = etree.SubElement(etree.SubElement(made, f"{S}is"), f"{S}t")
                text.text = cell.text
                text.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")
    if sheet.merged:
        holder = etree.SubElement(root, f"{S}mergeCells", count=str(len(sheet.merged)))
        for place in sheet.merged:
            etree.SubElement(holder, f"{S}mergeCell", ref=place)
    return root


def _string(item: Any) -> str:
    """The text of a string: its runs joined, without the reading aids of phonetic runs."""
    return "".join(
        (text.text or "")
        for part in children(item)
        if part.tag in {f"{S}t", f"{S}r"}
        for text in ([part] if part.tag == f"{S}t" else part.iterchildren(f"{S}t"))
    )


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number


def _letters(column: int) -> str:
    made = ""
    while column:
        column, rest = divmod(column - 1, 26)
        made = chr(ord("A") + rest) + made
    return made
