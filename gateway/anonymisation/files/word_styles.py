"""Styles, numbering and theme of a Word document: only what they do, nothing of what they are called."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from gateway.anonymisation.files.markup import FONTS, children
from gateway.anonymisation.files.word_vocabulary import STYLE_NAMES, WORDS, Vocabulary, W, local, make

if TYPE_CHECKING:
    from collections.abc import Iterator

_A: Final = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_STYLE_PARTS: Final = ("pPr", "rPr", "tblPr", "trPr", "tcPr")
_LEVEL_TEXT: Final = re.compile(r"(?:%[1-9]|[-.)(\]\[ •●○▪■◦·–—§➢✓\uf000-\uf0ff]|\bo\b){0,24}")
_OFF: Final = frozenset({"0", "false", "off"})


def theme_fonts(theme: Any | None) -> dict[str, str]:
    """The two fonts of a theme, by the first letters of the words that point to them."""
    found: dict[str, str] = {}
    if theme is None:
        return found
    for word, tag in (("major", "majorFont"), ("minor", "minorFont")):
        font = theme.find(f".//{_A}{tag}/{_A}latin")
        if font is not None and font.get("typeface") in FONTS:
            found[word] = font.get("typeface")
    return found


def is_on(properties: Any | None, name: str) -> bool:
    """Whether a switch such as `vanish` is on among these properties."""
    switch = None if properties is None else properties.find(f"{W}{name}")
    return switch is not None and switch.get(f"{W}val", "true") not in _OFF


class Styles:
    """The styles of a document: new ids, and which of them hide what they are put on."""

    def __init__(self, tree: Any | None) -> None:
        self._tree = tree
        self.ids: dict[str, str] = {}
        parents: dict[str, str] = {}
        hiding: set[str] = set()
        for number, style in enumerate(self._each(), start=1):
            old = style.get(f"{W}styleId", "")
            self.ids[old] = f"s{number}"
            based = style.find(f"{W}basedOn")
            parents[old] = "" if based is None else based.get(f"{W}val", "")
            if is_on(style.find(f"{W}rPr"), "vanish"):
                hiding.add(old)
        self.hiding = frozenset(old for old in self.ids if _reaches(old, parents, hiding))

    def _each(self) -> Iterator[Any]:
        return iter(()) if self._tree is None else self._tree.iterchildren(f"{W}style")

    def clean(self, words: Vocabulary) -> Any:
        """The new styles part."""
        root = make("styles")
        defaults = None if self._tree is None else self._tree.find(f"{W}docDefaults")
        if defaults is not None:
            root.append(self._defaults(defaults, words))
        for number, style in enumerate(self._each(), start=1):
            root.append(self._style(style, number, words))
        return root

    @staticmethod
    def _defaults(source: Any, words: Vocabulary) -> Any:
        made = make("docDefaults")
        for outer, inner in (("rPrDefault", "rPr"), ("pPrDefault", "pPr")):
            found = source.find(f"{W}{outer}/{W}{inner}")
            if found is not None:
                holder, properties = make(outer), make(inner)
                words.properties(found, properties)
                holder.append(properties)
                made.append(holder)
        return made

    def _style(self, style: Any, number: int, words: Vocabulary) -> Any:
        kind = style.get(f"{W}type", "paragraph")
        made = make("style", type=kind if kind in {"paragraph", "character", "table", "numbering"} else "paragraph")
        if style.get(f"{W}default") in {"1", "true", "on"}:
            made.set(f"{W}default", "1")
        made.set(f"{W}styleId", self.ids[style.get(f"{W}styleId", "")])
        named = style.find(f"{W}name")
        name = "" if named is None else named.get(f"{W}val", "")
        made.append(make("name", val=name if name in STYLE_NAMES else f"Stijl {number}"))
        for child in children(style):
            what = local(child)
            if what in {"basedOn", "next", "link"}:
                link = words.element(child)
                if link is not None:
                    made.append(link)
            elif what == "qFormat":
                made.append(make("qFormat"))
            elif what in _STYLE_PARTS:
                made.append(_properties(child, what, words))
            elif what == "tblStylePr":
                made.append(self._table_part(child, words))
        return made

    @staticmethod
    def _table_part(source: Any, words: Vocabulary) -> Any:
        kind = source.get(f"{W}type", "")
        made = make("tblStylePr", type=kind if kind in WORDS else "firstRow")
        for child in children(source):
            if local(child) in _STYLE_PARTS:
                made.append(_properties(child, local(child), words))
        return made


def _properties(source: Any, name: str, words: Vocabulary) -> Any:
    made = make(name)
    words.properties(source, made)
    return made


def _reaches(style: str, parents: dict[str, str], hiding: set[str]) -> bool:
    seen: set[str] = set()
    while style and style not in seen:
        if style in hiding:
            return True
        seen.add(style)
        style = parents.get(style, "")
    return False


def numbering(tree: Any, words: Vocabulary) -> Any:
    """The new numbering part: signs and counters, no words in front of a number."""
    root = make("numbering")
    for abstract in tree.iterchildren(f"{W}abstractNum"):
        number = abstract.get(f"{W}abstractNumId", "")
        if not number.isdigit():
            continue
        made = make("abstractNum", abstractNumId=number)
        kind = abstract.find(f"{W}multiLevelType")
        if kind is not None and (copied := words.element(kind)) is not None:
            made.append(copied)
        for level in abstract.iterchildren(f"{W}lvl"):
            made.append(_level(level, words))
        root.append(made)
    for item in tree.iterchildren(f"{W}num"):
        number, abstract = item.get(f"{W}numId", ""), item.find(f"{W}abstractNumId")
        points_to = "" if abstract is None else abstract.get(f"{W}val", "")
        if number.isdigit() and points_to.isdigit():
            made = make("num", numId=number)
            made.append(make("abstractNumId", val=points_to))
            root.append(made)
    return root


def _level(level: Any, words: Vocabulary) -> Any:
    number = level.get(f"{W}ilvl", "0")
    made = make("lvl", ilvl=number if number.isdigit() else "0")
    for child in children(level):
        name = local(child)
        if name == "lvlText":
            sign = child.get(f"{W}val", "")
            made.append(make("lvlText", val=sign if _LEVEL_TEXT.fullmatch(sign) else f"%{int(number or 0) + 1}."))
        elif name in {"start", "numFmt", "lvlRestart", "isLgl", "suff", "lvlJc", "pStyle"}:
            copied = words.element(child)
            if copied is not None:
                made.append(copied)
        elif name in {"pPr", "rPr"}:
            made.append(_properties(child, name, words))
    return made
