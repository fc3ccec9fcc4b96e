"""Readers of an office document for the proof: every part of the zip, every word and every attribute in it."""

from __future__ import annotations

import io
import re
import zipfile
from typing import TYPE_CHECKING, Final
from xml.parsers import expat

from PIL import Image

from gateway.anonymisation.files.errors import FileRefusedError
from gateway.anonymisation.files.pictures import DPI, frames
from gateway.anonymisation.files.reading import SPARSE, WHOLE_PAGE, read

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from gateway.dossiers.files.limits import Limits

_EPOCH: Final = (1980, 1, 1, 0, 0, 0)
_XML: Final = re.compile(r"\.(xml|rels)$")
_PICTURE: Final = re.compile(r"(word/media|Pictures)/image\d+\.png$")
_PRINTABLE: Final = re.compile(rb"[\x20-\x7e]{6,}")
_BLOCKS: Final = frozenset({"p", "h", "tr", "table-row", "row", "si", "br", "line-break"})
_BETWEEN: Final = frozenset({"tc", "table-cell", "c", "tab", "s"})
_SMALL_SIDE: Final = 24


def parts(path: Path, limits: Limits, unknown: list[str]) -> Iterator[tuple[str, str, str]]:
    """All that stands in the parts of the zip at `path`, and between them; what is not understood goes to `unknown`."""
    try:
        with zipfile.ZipFile(path) as package:
            names = [entry.filename for entry in package.infolist()]
            if package.comment or any(e.comment or e.extra or e.date_time != _EPOCH for e in package.infolist()):
                unknown.append("gegevens bij de onderdelen van het bestand")
            yield "unzip", "namen van onderdelen", "\n".join(names)
            for name in names:
                yield from _part(package, name, limits, unknown)
    except zipfile.BadZipFile as error:
        raise FileRefusedError("unproven") from error


def _part(package: zipfile.ZipFile, name: str, limits: Limits, unknown: list[str]) -> Iterator[tuple[str, str, str]]:
    data = package.read(name)
    if _XML.search(name):
        read_by_block, joined, attributes = _texts(data)
        yield "unzip", name, data.decode("utf-8", "replace")
        yield "expat", name, read_by_block
        yield "expat", name, joined
        yield "expat", name, attributes
    elif _PICTURE.search(name):
        with Image.open(io.BytesIO(data), formats=["PNG"]) as image:
            if image.info:
                unknown.append(f"metadata van een afbeelding ({name})")
        yield "bytes", name, printable(data)
        for frame in frames(io.BytesIO(data), limits, ("PNG",)):
            if min(frame.size) >= _SMALL_SIDE:
                yield "tesseract", name, read(frame, dpi=DPI, way=WHOLE_PAGE).story("").text
                yield "tesseract", name, read(frame, dpi=DPI, way=SPARSE).story("").text
    elif name == "mimetype":
        yield "unzip", name, data.decode("ascii", "replace")
    else:
        unknown.append(f"een onbekend onderdeel ({name})")


def _texts(data: bytes) -> tuple[str, str, str]:
    """The words of an XML part, as they are read line by line, joined without anything between, and of attributes."""
    lines: list[str] = []
    joined: list[str] = []
    attributes: list[str] = []

    def start(name: str, values: dict[str, str]) -> None:
        attributes.extend(values.values())
        local = name.rpartition(":")[2]
        if local in _BLOCKS:
            lines.append("\n")
        elif local in _BETWEEN:
            lines.append("\t")

    def end(name: str) -> None:
        if name.rpartition(":")[2] in _BLOCKS:
            lines.append("\n")

    def text(value: str) -> None:
        lines.append(value)
        joined.append(value)

    parser = expat.ParserCreate()
    parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = start, end, text
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        raise FileRefusedError("unproven") from error
    return "".join(lines), "".join(joined), "\n".join(attributes)


def printable(data: bytes) -> str:
    """The readable pieces of bytes that should hold none, as `strings` gives them."""
    return "\n".join(piece.decode("ascii") for piece in _PRINTABLE.findall(data))
