"""A Word document (DOCX), made anew from what may stay of the old one."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

from lxml import etree

from gateway.anonymisation.files.errors import FileRefusedError
from gateway.anonymisation.files.markup import children, serialise
from gateway.anonymisation.files.packages import Package, content_types, relationships, write_package
from gateway.anonymisation.files.slots import Story
from gateway.anonymisation.files.word_body import A, Body
from gateway.anonymisation.files.word_styles import Styles, numbering, theme_fonts
from gateway.anonymisation.files.word_telling import tell
from gateway.anonymisation.files.word_vocabulary import Vocabulary, W, local, make

if TYPE_CHECKING:
    from collections import Counter
    from pathlib import Path

    from gateway.anonymisation.files.pictures import Pictures

_TYPE: Final = "application/vnd.openxmlformats-officedocument.wordprocessingml"
_EMU_PER_PIXEL: Final = 9525
_EMU_MAX: Final = 6_000_000  # about the width of a page between its margins
_NOTES: Final = {"footnotes": "footnote", "endnotes": "endnote"}
_STORY_NAMES: Final = {"header": "koptekst", "footer": "voettekst", "footnotes": "voetnoten", "endnotes": "eindnoten"}
# Parts that only say something about the document, or hold what a reader of the new one has no need of.
_LAYERS: Final = (
    ("docProps/thumbnail", "thumbnails"),
    ("docProps/", "document_properties"),
    ("customXml/", "custom_xml"),
    ("word/comments", "comments"),
    ("word/people", "comments"),
    ("word/embeddings/", "embedded_objects"),
    ("word/charts/", "charts"),
    ("word/diagrams/", "drawings"),
    ("word/glossary/", "building_blocks"),
    ("word/activeX/", "active_content"),
    ("word/settings", "settings"),
    ("word/webSettings", "settings"),
)
_DRAWING: Final = (
    '<w:drawing xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
    ' xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
    ' xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing"'
    ' xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"'
    ' xmlns:pic="http://schemas.openxmlformats.org/drawingml/2006/picture">'
    '<wp:inline distT="0" distB="0" distL="0" distR="0"><wp:extent cx="{cx}" cy="{cy}"/>'
    '<wp:docPr id="{number}" name="Afbeelding {number}"/><wp:cNvGraphicFramePr/>'
    '<a:graphic><a:graphicData uri="http://schemas.openxmlformats.org/drawingml/2006/picture"><pic:pic>'
    '<pic:nvPicPr><pic:cNvPr id="{number}" name="Afbeelding {number}"/><pic:cNvPicPr/></pic:nvPicPr>'
    '<pic:blipFill><a:blip r:embed="{key}"/><a:stretch><a:fillRect/></a:stretch></pic:blipFill>'
    '<pic:spPr><a:xfrm><a:off x="0" y="0"/><a:ext cx="{cx}" cy="{cy}"/></a:xfrm>'
    '<a:prstGeom prst="rect"><a:avLst/></a:prstGeom></pic:spPr></pic:pic></a:graphicData></a:graphic>'
    "</wp:inline></w:drawing>"
)


class WordDocument:
    """Read once, then `stories` are masked by their owner, then saved. Layers that went are counted in `layers`.

    Source: issue 7 (True redaction of files: Word).
    """

    def __init__(self, package: Package, pictures: Pictures, layers: Counter[str]) -> None:
        self._package = package
        self._pictures = pictures
        self._layers = layers
        self._parts: dict[str, Any] = {}
        self._rels: dict[str, dict[str, tuple[str, str]]] = {}
        self._numbers = 0
        main = self._main_part()
        relations = package.relations(main)
        by_kind = {kind: part for kind, part in relations.values() if part in package.names}
        theme = package.tree(by_kind["theme"]) if "theme" in by_kind else None
        styles = Styles(package.tree(by_kind["styles"]) if "styles" in by_kind else None)
        self._words = Vocabulary(styles.ids, theme_fonts(theme))
        self._hiding = styles.hiding
        self._parts["styles"] = styles.clean(self._words)
        if "numbering" in by_kind:
            self._parts["numbering"] = numbering(package.tree(by_kind["numbering"]), self._words)
        self.stories = self._read(main, relations, by_kind)
        self._count_layers()

    def _main_part(self) -> str:
        targets = [part for kind, part in self._package.relations("").values() if kind == "officeDocument"]
        if len(targets) != 1 or targets[0] not in self._package.names:
            raise FileRefusedError("broken")
        return targets[0]

    def _read(self, main: str, relations: dict[str, tuple[str, str]], by_kind: dict[str, str]) -> list[Story]:
        stories = []
        kept: dict[str, str] = {}
        for key, (kind, part) in relations.items():
            if kind in {"header", "footer"} and part in self._package.names:
                name = f"{kind}{len(kept) + 1}"
                kept[key] = name
                root = make("hdr" if kind == "header" else "ftr")
                self._copy(part, name, self._package.tree(part), root)
                stories.append(self._story(name, _STORY_NAMES[kind], root))
        for kind, note in _NOTES.items():
            if kind in by_kind:
                root = self._notes(by_kind[kind], kind, note)
                stories.append(self._story(kind, _STORY_NAMES[kind], root))
        body = self._package.tree(main).find(f"{W}body")
        if body is None:
            raise FileRefusedError("broken")
        root, made = make("document"), make("body")
        root.append(made)
        rels = self._rels.setdefault("document", {})
        for key in kept.values():
            rels[f"rId{key}"] = (key.rstrip("0123456789"), f"{key}.xml")
        self._copy(main, "document", body, made, {old: f"rId{name}" for old, name in kept.items()})
        self._parts["document"] = root
        story = Story("tekst")
        tell(story, made)
        return [story, *stories]

    def _story(self, name: str, shown: str, root: Any) -> Story:
        self._parts[name] = root
        self._layers[name.rstrip("0123456789")] += 1
        story = Story(shown)
        tell(story, root)
        return story

    def _notes(self, part: str, kind: str, note: str) -> Any:
        root = make(kind)
        for child in children(self._package.tree(part)):
            number = child.get(f"{W}id", "")
            if local(child) == note and number.lstrip("-").isdigit():
                made = make(note, id=number)
                sort = child.get(f"{W}type", "")
                if sort in {"separator", "continuationSeparator", "continuationNotice"}:
                    made.set(f"{W}type", sort)
                self._copy(part, kind, child, made)
                root.append(made)
        return root

    def _copy(self, part: str, name: str, source: Any, target: Any, keys: dict[str, str] | None = None) -> None:
        relations = self._package.relations(part)
        rels = self._rels.setdefault(name, {})

        def picture(key: str, element: Any) -> Any | None:
            kind, place = relations.get(key, ("", ""))
            if kind != "image" or place not in self._package.names:
                self._layers["pictures_dropped"] += 1
                return None
            made = self._pictures.take(self._package.read(place), crop(element))
            if made is None:
                return None
            new_key = f"rIdPicture{made.number}"
            rels[new_key] = ("image", f"media/image{made.number}.png")
            self._numbers += 1
            wide, high = _extent(element, made.width, made.height)
            return etree.fromstring(_DRAWING.format(cx=wide, cy=high, number=self._numbers, key=new_key))

        Body(self._words, self._hiding, self._layers, picture, (keys or {}).get).blocks(source, target)

    def _count_layers(self) -> None:
        for name in self._package.names:
            layer = next((layer for start, layer in _LAYERS if name.startswith(start)), None)
            if layer is not None:
                self._layers[layer] += 1
        self._layers["link_targets"] += self._package.external_targets()

    def save(self, path: Path) -> None:
        """Write the new document: its stories, styles, numbering and cleaned pictures, and nothing else."""
        overrides = {"word/document.xml": f"{_TYPE}.document.main+xml"}
        rels = self._rels["document"]
        parts: dict[str, bytes] = {}
        for name, root in self._parts.items():
            kind = name.rstrip("0123456789")
            overrides.setdefault(f"word/{name}.xml", f"{_TYPE}.{kind}+xml")
            if name in {"styles", "numbering", "footnotes", "endnotes"}:
                rels[f"rId{name}"] = (name, f"{name}.xml")
            parts[f"word/{name}.xml"] = serialise(root)
        for name, targets in self._rels.items():
            if targets:
                parts[f"word/_rels/{name}.xml.rels"] = relationships(targets)
        for picture in self._pictures.made:
            parts[f"word/media/image{picture.number}.png"] = picture.data()
        first = {
            "[Content_Types].xml": content_types(overrides),
            "_rels/.rels": relationships({"rId1": ("officeDocument", "word/document.xml")}),
        }
        write_package(path, {**first, **parts})


def crop(element: Any) -> tuple[float, float, float, float]:
    """Which parts of a picture are cut off on show: left, top, right, bottom, from 0 to 1."""
    holder = element.getparent()
    source = None if holder is None else holder.find(f"{A}srcRect")
    if source is None:
        return (0.0, 0.0, 0.0, 0.0)
    left, top, right, bottom = (_share(source.get(side, "0")) for side in ("l", "t", "r", "b"))
    return (left, top, right, bottom)


def _share(value: str) -> float:
    number = value.rstrip("%")
    scale = 100 if value.endswith("%") else 100_000
    try:
        return min(max(float(number) / scale, 0.0), 1.0)
    except ValueError:
        return 0.0


def _extent(element: Any, width: int, height: int) -> tuple[int, int]:
    """The size on the page in EMU: as it was, or from the pixels, and never wider than a page."""
    wide, high = width * _EMU_PER_PIXEL, height * _EMU_PER_PIXEL
    for above in element.iterancestors():
        extent = next((c for c in children(above) if c.tag.endswith("}extent")), None)
        if extent is not None:
            given = (extent.get("cx", ""), extent.get("cy", ""))
            if all(side.isdigit() and 0 < len(side) < 9 for side in given):
                wide, high = int(given[0]), int(given[1])
            break
        if above.tag in {f"{W}drawing", f"{W}pict"}:
            break
    share = min(1.0, _EMU_MAX / max(wide, 1))
    return max(1, math.floor(wide * share)), max(1, math.floor(high * share))
