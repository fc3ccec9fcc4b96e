"""Copies OpenDocument elements by allow-list: wrappers are taken off, what hides or acts is left behind."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from gateway.anonymisation.files.markup import add_text, children
from gateway.anonymisation.files.odf_vocabulary import (
    GONE,
    KEEP,
    MARKED,
    SHAPES,
    UNWRAP,
    Vocabulary,
    full,
    make,
    short,
)

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Callable, Iterable

    from gateway.anonymisation.files.pictures import CleanPicture

_HREF: Final = full("xlink:href")
_TEXTS: Final = frozenset({"text:p", "text:h", "text:span"})
# What counts itself: no words of the maker can stand in it.
_COUNTED: Final = {
    "text:page-number": re.compile(r"\d{1,4}"),
    "text:page-count": re.compile(r"\d{1,4}"),
    "text:note-citation": re.compile(r"\d{1,4}|[ivxlc]{1,7}|[a-z*†‡]"),
}
_SMALL_NUMBER: Final = re.compile(r"-?\d{1,6}(\.\d{1,4})?")
_HIDDEN_ROW: Final = frozenset({"collapse", "filter"})
_NUMBERS: Final = frozenset({"float"})
_MOST_COLUMNS: Final = 16_384


class HiddenStyles:
    """Names of styles that hide the text, the table or the picture they are put on."""

    def __init__(self) -> None:
        self.text: set[str] = set()
        self.table: set[str] = set()
        self.cut: set[str] = set()


def hidden_styles(trees: Iterable[Any]) -> HiddenStyles:
    """What hides, with what is derived from it."""
    found = HiddenStyles()
    parents: dict[str, str] = {}
    for tree in trees:
        for style in tree.iter(full("style:style")):
            name = style.get(full("style:name"), "")
            parents[name] = style.get(full("style:parent-style-name"), "")
            for properties in children(style):
                if properties.get(full("text:display"), "true") in {"none", "condition"}:
                    found.text.add(name)
                if properties.get(full("table:display")) == "false":
                    found.table.add(name)
                clip = properties.get(full("fo:clip"), "auto")
                if any(digit in clip for digit in "123456789"):
                    found.cut.add(name)
    for name in parents:
        above, seen = name, {name}
        while (above := parents.get(above, "")) and above not in seen:
            seen.add(above)
            if above in found.text:
                found.text.add(name)
    return found


class Copy:
    """Copies elements; `picture` gives the cleaned picture for a place in the package, or None when it goes."""

    def __init__(
        self,
        words: Vocabulary,
        hidden: HiddenStyles,
        picture: Callable[[str, bool], CleanPicture | None],
        layers: Counter[str],
        *,
        sheets: bool,
    ) -> None:
        self._words = words
        self._hidden = hidden
        self._picture = picture
        self._layers = layers
        self._sheets = sheets
        self._tables = 0
        self._sections = 0

    def element(self, source: Any, target: Any) -> None:
        """Copy one element with what is in it to the end of `target`; text behind it is not copied."""
        name = short(source.tag)
        if self._is_hidden(source, name):
            self._layers["hidden_text"] += 1
        elif name in MARKED:
            layer, mark = MARKED[name]
            self._layers[layer] += 1
            self._mark(target, mark)
        elif name in SHAPES:
            self._shape(source, target)
        elif name == "draw:frame":
            self._frame(source, target)
        elif name in KEEP:
            made = self._made(source, name)
            if name == "table:table":
                self._table(source, made)
            elif name in _COUNTED:
                shown = "".join(source.itertext()).strip()
                made.text = shown if _COUNTED[name].fullmatch(shown) else "*"
            else:
                self._inside(source, made, text=name in _TEXTS)
            target.append(made)
        elif name in UNWRAP:
            self._count(UNWRAP[name])
            self._inside(source, target, text=short(target.tag) in _TEXTS)
        elif name.startswith("draw:"):
            self._layers["drawings"] += 1
            self._mark(target, "[tekening verwijderd]")
        else:
            self._count(GONE.get(name, "unknown" if name.partition(":")[0] in {"text", "table", ""} else ""))

    def _inside(self, source: Any, made: Any, *, text: bool) -> None:
        if text:
            add_text(made, source.text)
        for child in children(source):
            self.element(child, made)
            if text:
                add_text(made, child.tail)

    def _made(self, source: Any, name: str) -> Any:
        made = make(name)
        self._words.attributes(source, made)
        if name == "text:section":
            self._sections += 1
            made.set(full("text:name"), f"Deel {self._sections}")
        if name in {"table:table-cell", "table:covered-table-cell"}:
            self._cell(source, made)
        return made

    def _is_hidden(self, source: Any, name: str) -> bool:
        style = source.get(full("text:style-name"), "")
        if name in {"text:p", "text:h", "text:span"} and style in self._hidden.text:
            return True
        if name == "table:table" and source.get(full("table:style-name"), "") in self._hidden.table:
            return True
        if name == "table:table-row" and source.get(full("table:visibility")) in _HIDDEN_ROW:
            return True
        return name == "text:section" and source.get(full("text:display"), "true") != "true"

    def _cell(self, source: Any, made: Any) -> None:
        """A cell keeps a value that is a small number; all else is what it shows, as text."""
        value = source.get(full("office:value"), "")
        kind = source.get(full("office:value-type"), "")
        for attribute in (full("office:value"), full("office:value-type"), full("office:currency")):
            made.attrib.pop(attribute, None)
        if source.get(full("table:formula")) is not None:
            self._layers["formulas"] += 1
        if kind in _NUMBERS and _SMALL_NUMBER.fullmatch(value):
            made.set(full("office:value-type"), "float")
            made.set(full("office:value"), value)
        elif kind:
            made.set(full("office:value-type"), "string")

    def _table(self, source: Any, made: Any) -> None:
        self._tables += 1
        if self._sheets:
            made.set(full("table:name"), source.get(full("table:name"), "") or f"blad {self._tables}")
        hidden = self._hidden_columns(source)
        self._inside(source, made, text=False)
        if hidden:
            self._empty(made, hidden)

    def _hidden_columns(self, source: Any) -> list[tuple[int, int]]:
        at, hidden = 0, []
        for column in source.iter(full("table:table-column")):
            count = _repeated(column)
            if column.get(full("table:visibility")) in _HIDDEN_ROW:
                hidden.append((at, at + count))
            at += count
        for column in source.iter(full("table:table-column")):
            column.attrib.pop(full("table:visibility"), None)
        return hidden

    def _empty(self, table: Any, hidden: list[tuple[int, int]]) -> None:
        """Cells of hidden columns stay as places and hold nothing."""
        for row in table.iter(full("table:table-row")):
            at = 0
            for cell in children(row):
                count = _repeated(cell)
                if any(at < last and at + count > first for first, last in hidden) and (len(cell) or cell.attrib):
                    self._layers["hidden_text"] += 1
                    for attribute in (full("office:value"), full("office:value-type")):
                        cell.attrib.pop(attribute, None)
                    for child in list(cell):
                        cell.remove(child)
                at += count

    def _frame(self, source: Any, target: Any) -> None:
        kinds = [short(child.tag) for child in children(source)]
        self._layers["alternative_texts"] += sum(kind in {"svg:title", "svg:desc"} for kind in kinds)
        marked = next((kind for kind in kinds if kind in MARKED), None)
        if marked is not None:
            layer, mark = MARKED[marked]
            self._layers[layer] += 1
            self._mark(target, mark)
            return
        if "draw:text-box" in kinds:
            made = self._made(source, "draw:frame")
            self._layers["text_boxes"] += 1
            self.element(next(c for c in children(source) if short(c.tag) == "draw:text-box"), made)
            target.append(made)
            return
        self._framed_picture(source, target)

    def _framed_picture(self, source: Any, target: Any) -> None:
        cut = source.get(full("draw:style-name"), "") in self._hidden.cut
        for image in source.iterchildren(full("draw:image")):
            picture = self._picture(image.get(_HREF, ""), cut)
            if picture is not None:
                made = self._made(source, "draw:frame")
                inner = make("draw:image", xlink__type="simple", xlink__show="embed", xlink__actuate="onLoad")
                inner.set(_HREF, f"Pictures/image{picture.number}.png")
                made.append(inner)
                target.append(made)
                return
        self._mark(target, "[afbeelding verwijderd]")

    def _shape(self, source: Any, target: Any) -> None:
        """A drawn shape with text in it becomes a plain text box; one without text goes."""
        texts = [child for child in children(source) if short(child.tag) in {"text:p", "text:list"}]
        if not any("".join(text.itertext()).strip() for text in texts):
            self._layers["drawings"] += 1
            return
        self._layers["text_boxes"] += 1
        made, box = self._made(source, "draw:frame"), make("draw:text-box")
        for text in texts:
            self.element(text, box)
        made.append(box)
        target.append(made)

    def _mark(self, target: Any, mark: str) -> None:
        name = short(target.tag)
        if name in _TEXTS:
            add_text(target, mark)
        elif name in {"office:text", "draw:text-box", "table:table-cell", "text:section", "text:list-item"}:
            paragraph = make("text:p")
            paragraph.text = mark
            target.append(paragraph)

    def _count(self, layer: str) -> None:
        if layer:
            self._layers[layer] += 1


def _repeated(element: Any) -> int:
    name = "table:number-columns-repeated"
    value = element.get(full(name), "1")
    return min(int(value), _MOST_COLUMNS) if value.isdigit() else 1
