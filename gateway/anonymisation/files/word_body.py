"""The stories of a Word document (body, headers, notes), built anew from what may stay."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from gateway.anonymisation.files.markup import children
from gateway.anonymisation.files.word_fields import Fields, simple_counting
from gateway.anonymisation.files.word_styles import is_on
from gateway.anonymisation.files.word_vocabulary import R, Vocabulary, W, local, make

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Callable

MC: Final = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
MATH: Final = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
A: Final = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
VML: Final = "{urn:schemas-microsoft-com:vml}"
SPACE: Final = "{http://www.w3.org/XML/1998/namespace}space"

# Wrappers whose content stays while they go themselves, with the layer that they are counted under.
_UNWRAP: Final = {
    "hyperlink": "link_targets",
    "smartTag": "smart_tags",
    "ins": "tracked_changes",
    "moveTo": "tracked_changes",
    "sdtContent": "",
    "customXml": "custom_xml",
    "dir": "",
    "bdo": "",
    "rubyBase": "",
    "ruby": "",
}
_GONE: Final = {
    "del": "tracked_changes",
    "moveFrom": "tracked_changes",
    "bookmarkStart": "bookmarks",
    "bookmarkEnd": "",
    "commentRangeStart": "comments",
    "commentRangeEnd": "",
    "commentReference": "",
    "annotationRef": "",
    "proofErr": "",
    "permStart": "permissions",
    "permEnd": "",
    "lastRenderedPageBreak": "",
    "sdtPr": "content_controls",
    "sdtEndPr": "",
    "customXmlPr": "",
    "smartTagPr": "",
    "rubyPr": "",
    "rt": "hidden_text",
    "pPr": "",
    "rPr": "",
}
_PLAIN: Final = frozenset(
    {
        "tab", "cr", "noBreakHyphen", "softHyphen", "footnoteRef", "endnoteRef", "separator", "continuationSeparator",
        "pgNum",
    }
)  # fmt: skip
_SIGN_FONTS: Final = frozenset({"Symbol", "Wingdings", "Wingdings 2", "Webdings"})
_SIGN_CODE: Final = re.compile(r"F0[0-9A-F]{2}")


class Body:
    """Copies one story: `picture` gives the new drawing for a relation id and its element, or None when it goes."""

    def __init__(
        self,
        words: Vocabulary,
        hiding: frozenset[str],
        layers: Counter[str],
        picture: Callable[[str, Any], Any | None],
        relation: Callable[[str], str | None],
    ) -> None:
        self._words = words
        self._hiding = hiding
        self._layers = layers
        self._picture = picture
        self._relation = relation
        self._fields = Fields(layers)
        self._boxes: list[Any] = []

    def blocks(self, source: Any, target: Any) -> None:
        """Copy paragraphs, tables and section marks."""
        for child in children(source):
            name = local(child)
            if name == "p":
                self._paragraph(child, target)
            elif name == "tbl":
                self._table(child, target)
            elif name == "sectPr":
                target.append(self._section(child))
            elif name in {"altChunk", "subDoc"}:
                self._layers["embedded_objects"] += 1
                target.append(_marked("[ingevoegd bestand verwijderd]"))
            else:
                self._wrapper(child, target, self.blocks)

    def _wrapper(self, child: Any, target: Any, again: Callable[[Any, Any], None]) -> None:
        """What is around content: taken off, with `again` for what is in it; all else goes and is counted."""
        name = local(child)
        if name == "sdt":
            self._layers["content_controls"] += 1
            for content in child.iterchildren(f"{W}sdtContent"):
                again(content, target)
        elif child.tag == f"{MC}AlternateContent":
            again(_choice(child), target)
        elif name in _UNWRAP:
            self._count(_UNWRAP[name])
            again(child, target)
        elif child.tag.startswith(MATH):
            self._math(child, target)
        else:
            self._count(_GONE.get(name, "unknown"))

    def _paragraph(self, source: Any, target: Any) -> None:
        made = make("p")
        properties = source.find(f"{W}pPr")
        hidden = False
        if properties is not None:
            style = properties.find(f"{W}pStyle")
            hidden = style is not None and style.get(f"{W}val") in self._hiding
            kept = make("pPr")
            self._words.properties(properties, kept)
            self._layers["tracked_changes"] += sum(1 for c in children(properties) if local(c) == "pPrChange")
            section = properties.find(f"{W}sectPr")
            if section is not None:
                kept.append(self._section(section))
            made.append(kept)
        outer, self._boxes = self._boxes, []
        self._inline(source, made, hidden=hidden)
        boxes, self._boxes = self._boxes, outer
        target.append(made)
        for box in boxes:
            self._layers["text_boxes"] += 1
            self.blocks(box, target)

    def _inline(self, source: Any, target: Any, *, hidden: bool) -> None:
        for child in children(source):
            name = local(child)
            if name == "r":
                self._run(child, target, hidden=hidden)
            elif name == "fldSimple":
                self._layers["field_codes"] += 1
                counted = simple_counting(child)
                if counted is None:
                    self._inline(child, target, hidden=hidden)
                elif not hidden:
                    target.append(counted)
            else:
                self._wrapper(child, target, partial(self._inline, hidden=hidden))

    def _run(self, source: Any, target: Any, *, hidden: bool) -> None:
        properties = source.find(f"{W}rPr")
        hidden = hidden or is_on(properties, "vanish") or is_on(properties, "webHidden")
        if properties is not None:
            style = properties.find(f"{W}rStyle")
            hidden = hidden or (style is not None and style.get(f"{W}val") in self._hiding)
        made = self._new_run(properties)
        for child in children(source):
            name = local(child)
            if name == "fldChar":
                instead = self._fields.mark(child)
                if instead is not None and not hidden:
                    made = self._close(made, target, properties)
                    target.append(instead)
            elif name in {"instrText", "delInstrText"}:
                self._fields.code(child.text or "")
            elif hidden:
                self._layers["hidden_text"] += name == "t"
            elif not self._fields.hidden:
                self._run_part(child, name, made)
        self._close(made, target, properties)

    def _new_run(self, properties: Any | None) -> Any:
        made = make("r")
        if properties is not None:
            kept = make("rPr")
            self._words.properties(properties, kept)
            made.append(kept)
        return made

    def _close(self, run: Any, target: Any, properties: Any | None) -> Any:
        """Put a run that holds something in its place, and begin the next with the same properties."""
        if any(local(child) != "rPr" for child in run):
            target.append(run)
        return self._new_run(properties)

    def _run_part(self, child: Any, name: str, made: Any) -> None:
        if name == "t":
            made.append(_text(child.text or ""))
        elif name in _PLAIN:
            made.append(make(name))
        elif name == "br":
            kind = child.get(f"{W}type", "")
            made.append(make("br", type=kind) if kind in {"page", "column"} else make("br"))
        elif name == "sym":
            self._symbol(child, made)
        elif name in {"footnoteReference", "endnoteReference"}:
            number = child.get(f"{W}id", "")
            if number.lstrip("-").isdigit():
                made.append(make(name, id=number))
        elif child.tag == f"{MC}AlternateContent":
            for inner in children(_choice(child)):
                self._run_part(inner, local(inner), made)
        elif name in {"drawing", "pict", "object"}:
            self._drawing(child, name, made)
        else:
            self._count(_GONE.get(name, "unknown"))

    def _symbol(self, child: Any, made: Any) -> None:
        """A sign of a font of signs, by its number in it."""
        font, code = child.get(f"{W}font"), child.get(f"{W}char", "").upper()
        if font in _SIGN_FONTS and _SIGN_CODE.fullmatch(code):
            made.append(make("sym", font=font, char=code))

    def _drawing(self, source: Any, name: str, made: Any) -> None:
        """Pictures come along cleaned, text boxes as paragraphs behind this one; what else is drawn goes."""
        boxes = [box for box in source.iter(f"{W}txbxContent") if _stands_in(box, source)]
        self._boxes += boxes
        pictures = [
            (element.get(f"{R}embed" if element.tag == f"{A}blip" else f"{R}id", ""), element)
            for element in source.iter(f"{A}blip", f"{VML}imagedata")
            if _stands_in(element, source)
        ]
        alternatives = sum(1 for e in source.iter() if isinstance(e.tag, str) and (e.get("descr") or e.get("title")))
        self._layers["alternative_texts"] += alternatives
        if name == "object":
            self._layers["embedded_objects"] += 1
            made.append(_text("[ingesloten object verwijderd]"))
            return
        for key, element in pictures:
            drawing = self._picture(key, element)
            made.append(_text("[afbeelding verwijderd]") if drawing is None else drawing)
        if not pictures and not boxes:
            self._layers["drawings"] += 1
            made.append(_text("[tekening verwijderd]"))

    def _math(self, source: Any, target: Any) -> None:
        run = make("r")
        run.append(_text("".join(t.text or "" for t in source.iter(f"{MATH}t"))))
        if local(target) == "p":
            target.append(run)
        else:
            paragraph = make("p")
            paragraph.append(run)
            target.append(paragraph)

    def _table(self, source: Any, target: Any) -> None:
        made = make("tbl")
        for child in children(source):
            name = local(child)
            if name in {"tblPr", "tblGrid"}:
                kept = make(name)
                if name == "tblPr":
                    self._words.properties(child, kept)
                else:
                    for column in child.iterchildren(f"{W}gridCol"):
                        width = column.get(f"{W}w", "")
                        kept.append(make("gridCol", w=width) if width.isdigit() else make("gridCol"))
                made.append(kept)
        self._rows(source, made)
        if made.find(f"{W}tr") is not None:
            target.append(made)

    def _rows(self, source: Any, made: Any) -> None:
        for child in children(source):
            name = local(child)
            if name == "tr":
                properties = child.find(f"{W}trPr")
                if is_on(properties, "hidden") or (properties is not None and properties.find(f"{W}del") is not None):
                    self._layers["hidden_text"] += 1
                    continue
                row = make("tr")
                self._kept(properties, "trPr", row)
                self._cells(child, row)
                if row.find(f"{W}tc") is not None:
                    made.append(row)
            elif name in _UNWRAP or name == "sdt":
                self._rows(child, made)
            elif name not in {"tblPr", "tblGrid"}:
                self._count(_GONE.get(name, "unknown"))

    def _cells(self, source: Any, row: Any) -> None:
        for child in children(source):
            name = local(child)
            if name == "tc":
                cell = make("tc")
                self._kept(child.find(f"{W}tcPr"), "tcPr", cell)
                self.blocks(child, cell)
                if not len(cell) or local(cell[-1]) != "p":
                    cell.append(make("p"))
                row.append(cell)
            elif name in _UNWRAP or name == "sdt":
                self._cells(child, row)

    def _kept(self, properties: Any | None, name: str, target: Any) -> None:
        if properties is not None:
            made = make(name)
            self._words.properties(properties, made)
            target.append(made)

    def _section(self, source: Any) -> Any:
        made = make("sectPr")
        for child in children(source):
            name = local(child)
            if name in {"headerReference", "footerReference"}:
                key = self._relation(child.get(f"{R}id", ""))
                kind = child.get(f"{W}type", "default")
                if key is not None and kind in {"default", "first", "even"}:
                    reference = make(name, type=kind)
                    reference.set(f"{R}id", key)
                    made.append(reference)
        self._words.properties(source, made)
        return made

    def _count(self, layer: str) -> None:
        if layer:
            self._layers[layer] += 1


def _text(text: str) -> Any:
    made = make("t")
    made.text = text
    made.set(SPACE, "preserve")
    return made


def _marked(text: str) -> Any:
    paragraph, run = make("p"), make("r")
    run.append(_text(text))
    paragraph.append(run)
    return paragraph


def _choice(alternatives: Any) -> Any:
    """The first choice: the fallback says the same once more, for older programs."""
    found = alternatives.find(f"{MC}Choice")
    if found is None:
        found = alternatives.find(f"{MC}Fallback")
    return make("p") if found is None else found


def _stands_in(element: Any, top: Any) -> bool:
    """Whether this is part of the drawing itself: not of a text box in it, nor of a fallback beside a choice."""
    for above in element.iterancestors():
        if above is top:
            return True
        if above.tag == f"{W}txbxContent":
            return False
        if above.tag == f"{MC}Fallback" and above.getparent().find(f"{MC}Choice") is not None:
            return False
    return False
