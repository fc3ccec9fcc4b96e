"""Looks of cells in a workbook, and what a number shows: a date of birth is a number too."""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING, Any, Final

from lxml import etree

from gateway.anonymisation.files.markup import FONTS, children, is_mechanical, listed

if TYPE_CHECKING:
    from collections.abc import Iterator

S: Final = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_BUILT_IN_DATES: Final = frozenset({*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)})
_BUILT_IN_MOST: Final = 163
_QUOTED: Final = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]|_.|\*.')
_DATE_LETTERS: Final = re.compile(r"[dDyYjJ]|[mM]{2,}|[hH]+:|:[sS]")
_HARMLESS: Final = re.compile(r"[0#?.,%EeDdMmYyJjHhSs:;/\\ \-+()€$*_@\[\]]{0,60}")
_SMALL: Final = re.compile(r"-?\d{1,6}(\.\d{1,12})?([eE]-\d{1,2})?")
_WHOLE: Final = 1e15
"""Below this a float holds every whole number."""
_MOST_DAYS: Final = 2_958_465
_DAYS_BEFORE_LEAP_ERROR: Final = 60
_ELEMENTS: Final = listed(
    """fonts font b i u strike sz color name family vertAlign fills fill patternFill fgColor bgColor borders border
left right top bottom diagonal cellStyleXfs cellXfs xf alignment outline shadow"""
)
_WORDS: Final = listed(
    """none solid gray125 gray0625 darkGray mediumGray lightGray thin medium thick dashed dotted double hair
mediumDashed dashDot mediumDashDot dashDotDot mediumDashDotDot slantDashDot left right top bottom center
centerContinuous general fill justify distributed single superscript subscript baseline doubleAccounting
singleAccounting"""
)
_COLOUR: Final = re.compile(r"[0-9A-Fa-f]{8}")
_WITHOUT_ATTRIBUTES: Final = frozenset({"xfId", "count", "uniqueCount", "quotePrefix", "pivotButton"})


class Formats:
    """The styles of a workbook: the format of a number by style, and the new styles part."""

    def __init__(self, tree: Any | None, book: Any) -> None:
        self._tree = tree
        properties = book.find(f"{S}workbookPr")
        self.since_1904 = properties is not None and properties.get("date1904") in {"1", "true"}
        self._codes: dict[int, str] = {}
        self._of: list[int] = []
        if tree is not None:
            for item in tree.iter(f"{S}numFmt"):
                number = item.get("numFmtId", "")
                if number.isdigit():
                    self._codes[int(number)] = item.get("formatCode", "")
            cells = tree.find(f"{S}cellXfs")
            for xf in () if cells is None else children(cells):
                number = xf.get("numFmtId", "0")
                self._of.append(int(number) if number.isdigit() else 0)

    def of(self, style: str) -> tuple[bool, bool, int]:
        """Of a style: is its number a date, does it count from 1904, and how many digits does it show at least."""
        number = self._of[int(style)] if style.isdigit() and int(style) < len(self._of) else 0
        code = self._codes.get(number, "")
        is_date = number in _BUILT_IN_DATES or bool(_DATE_LETTERS.search(_QUOTED.sub("", code)))
        zeros = len(code) if code and set(code) == {"0"} else 0
        return is_date, self.since_1904, zeros

    def clean(self, *, wrapped: bool = False) -> Any:
        """The new styles part: fonts, fills, borders and forms of numbers without words.

        `wrapped` breaks long texts in their cells: on paper a cell has no neighbour to run into.
        """
        root = etree.Element(f"{S}styleSheet", nsmap={None: S[1:-1]})
        harmless = {n: c for n, c in self._codes.items() if n > _BUILT_IN_MOST and _HARMLESS.fullmatch(c)}
        if harmless:
            holder = etree.SubElement(root, f"{S}numFmts", count=str(len(harmless)))
            for number, code in harmless.items():
                etree.SubElement(holder, f"{S}numFmt", numFmtId=str(number), formatCode=code)
        for name in ("fonts", "fills", "borders", "cellStyleXfs", "cellXfs"):
            source = None if self._tree is None else self._tree.find(f"{S}{name}")
            root.append(_minimal(name) if source is None or not len(source) else self._copy(source, harmless))
        if wrapped:
            for xf in root.find(f"{S}cellXfs"):
                for alignment in xf.findall(f"{S}alignment"):
                    xf.remove(alignment)
                etree.SubElement(xf, f"{S}alignment", wrapText="1", vertical="top")
        return root

    def _copy(self, source: Any, harmless: dict[int, str]) -> Any:
        name = str(source.tag)[len(S) :]
        made = etree.Element(source.tag)
        for key, value in source.attrib.items():
            if key in _WITHOUT_ATTRIBUTES:
                continue
            if name == "name" and key == "val":
                made.set("val", value if value in FONTS else "Calibri")
            elif key == "numFmtId":
                known = value.isdigit() and (int(value) <= _BUILT_IN_MOST or int(value) in harmless)
                made.set(key, value if known else "0")
            elif is_mechanical(value, _WORDS) or (key == "rgb" and _COLOUR.fullmatch(value)):
                made.set(key, value)
        for child in self._allowed(source):
            made.append(self._copy(child, harmless))
        return made

    @staticmethod
    def _allowed(source: Any) -> Iterator[Any]:
        return (c for c in children(source) if c.tag.startswith(S) and c.tag[len(S) :] in _ELEMENTS)


def _minimal(name: str) -> Any:
    made = etree.Element(f"{S}{name}")
    if name == "fonts":
        etree.SubElement(etree.SubElement(made, f"{S}font"), f"{S}name", val="Calibri")
    elif name == "fills":
        for pattern in ("none", "gray125"):
            etree.SubElement(etree.SubElement(made, f"{S}fill"), f"{S}patternFill", patternType=pattern)
    elif name == "borders":
        etree.SubElement(made, f"{S}border")
    else:
        etree.SubElement(made, f"{S}xf", numFmtId="0", fontId="0", fillId="0", borderId="0")
    return made


def shown(raw: str, form: tuple[bool, bool, int]) -> tuple[str, bool]:
    """What a number shows, and whether it may stay a number: a date becomes text, so does a number of many digits."""
    is_date, since_1904, zeros = form
    try:
        value = float(raw)
    except ValueError:
        return raw, False
    if is_date and 0 <= value <= _MOST_DAYS:
        return _date(value, since_1904=since_1904), False
    whole = value == int(value) and abs(value) < _WHOLE
    text = str(int(value)).zfill(zeros) if whole else raw
    return text, bool(_SMALL.fullmatch(raw)) and not zeros


def _date(value: float, *, since_1904: bool) -> str:
    days = int(value)
    if days == 0:
        minutes = round(value * 24 * 60)
        return f"{minutes // 60:02d}:{minutes % 60:02d}"
    if since_1904:
        first = dt.date(1904, 1, 1)
    else:
        # The workbook believes that 1900 had a 29th of February.
        first = dt.date(1899, 12, 31) if days < _DAYS_BEFORE_LEAP_ERROR else dt.date(1899, 12, 30)
    day = first + dt.timedelta(days=days)
    return f"{day.day:02d}-{day.month:02d}-{day.year}"
