"""An OpenDocument text or spreadsheet (ODT, ODS), made anew from what may stay of the old one."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from gateway.anonymisation.files.errors import FileRefusedError
from gateway.anonymisation.files.markup import children, parse, serialise
from gateway.anonymisation.files.odf_copying import Copy, hidden_styles
from gateway.anonymisation.files.odf_telling import tell, tell_sheets
from gateway.anonymisation.files.odf_vocabulary import Vocabulary, full, make, short
from gateway.anonymisation.files.packages import Package, write_package
from gateway.anonymisation.files.slots import Story

if TYPE_CHECKING:
    from collections import Counter
    from pathlib import Path

    from gateway.anonymisation.files.pictures import CleanPicture, Pictures

TEXT: Final = "application/vnd.oasis.opendocument.text"
SHEETS: Final = "application/vnd.oasis.opendocument.spreadsheet"
_VERSION: Final = "1.3"
_LAYERS: Final = (
    ("meta.xml", "document_properties"),
    ("settings.xml", "settings"),
    ("Thumbnails/", "thumbnails"),
    ("manifest.rdf", "document_properties"),
    ("META-INF/documentsignatures", "document_properties"),
    ("Versions/", "old_revisions"),
    ("VersionList.xml", "old_revisions"),
    ("Configurations2/", "settings"),
    ("ObjectReplacements/", "embedded_objects"),
    ("Object ", "embedded_objects"),
    ("layout-cache", "settings"),
)
_PICTURE: Final = re.compile(r"(\./)?(Pictures/[^/]+|media/[^/]+)")


class OpenDocument:
    """Read once, then `stories` are masked by their owner, then saved. Layers that went are counted in `layers`.

    Source: issue 7 (True redaction of files: OpenDocument).
    """

    def __init__(self, package: Package, pictures: Pictures, layers: Counter[str]) -> None:
        self._package = package
        self._pictures = pictures
        self._layers = layers
        self.media_type = package.read("mimetype").decode("ascii", "replace").strip()
        if self.media_type not in {TEXT, SHEETS} or "content.xml" not in package.names:
            raise FileRefusedError("unknown_kind")
        if b"encryption-data" in package.read("META-INF/manifest.xml"):
            raise FileRefusedError("encrypted")
        content = package.tree("content.xml")
        styles = package.tree("styles.xml") if "styles.xml" in package.names else parse(b"<none/>")
        hidden = hidden_styles((styles, content))
        copy = Copy(Vocabulary(), hidden, self._picture, layers, sheets=self.media_type == SHEETS)
        self._styles = self._document(styles, "office:document-styles", copy)
        self._content = self._document(content, "office:document-content", copy)
        for name in package.names:
            layer = next((layer for start, layer in _LAYERS if name.startswith(start)), None)
            if layer is not None:
                layers[layer] += 1
        self.stories = self._stories()

    def _document(self, source: Any, name: str, copy: Copy) -> Any:
        made = make(name, office__version=_VERSION)
        for child in children(source):
            if short(child.tag) in {
                *("office:font-face-decls", "office:styles", "office:automatic-styles", "office:master-styles"),
                "office:body",
            }:
                copy.element(child, made)
        return made

    def _picture(self, target: str, cut: bool) -> CleanPicture | None:
        match = _PICTURE.fullmatch(target)
        if match is None or cut or match[2] not in self._package.names:
            self._layers["pictures_dropped"] += 1
            return None
        return self._pictures.take(self._package.read(match[2]), (0.0, 0.0, 0.0, 0.0))

    def _stories(self) -> list[Story]:
        story = Story("tekst")
        body = self._content.find(full("office:body"))
        if body is None:
            raise FileRefusedError("broken")
        notes: list[Any] = []
        boxes: list[Any] = []
        if self.media_type == SHEETS:
            tell_sheets(story, body)
        else:
            for part in children(body):
                tell(story, part, notes, boxes)
        aside = Story("voetnoten en tekstvakken")
        while notes or boxes:
            tell(aside, (notes or boxes).pop(0), notes, boxes)
            aside.gap("\n")
        edges = Story("koptekst en voettekst")
        masters = self._styles.find(full("office:master-styles"))
        for page in children(masters) if masters is not None else ():
            for part in children(page):
                tell(edges, part, notes, boxes)
                edges.gap("\n")
        while notes or boxes:
            tell(edges, (notes or boxes).pop(0), notes, boxes)
            edges.gap("\n")
        return [story, aside, edges]

    def save(self, path: Path) -> None:
        """Write the new document: content, styles and cleaned pictures, and nothing else."""
        pictures = {f"Pictures/image{p.number}.png": p.data() for p in self._pictures.made}
        manifest = make("manifest:manifest", manifest__version=_VERSION)
        entries = {"/": self.media_type, "content.xml": "text/xml", "styles.xml": "text/xml"}
        for name, kind in {**entries, **dict.fromkeys(pictures, "image/png")}.items():
            manifest.append(make("manifest:file-entry", manifest__full_path=name, manifest__media_type=kind))
        parts = {
            "mimetype": self.media_type.encode(),
            "content.xml": serialise(self._content),
            "styles.xml": serialise(self._styles),
            **pictures,
            "META-INF/manifest.xml": serialise(manifest),
        }
        write_package(path, parts, stored=frozenset({"mimetype"}))
