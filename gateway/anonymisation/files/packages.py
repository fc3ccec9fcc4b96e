"""The zip around an office document: read within bounds, written anew without a trace of the old one."""

from __future__ import annotations

import io
import posixpath
import re
import struct
import zipfile
import zlib
from typing import TYPE_CHECKING, Any, Final

from gateway.anonymisation.files.errors import FileRefusedError
from gateway.anonymisation.files.markup import children, parse

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from gateway.dossiers.files.limits import Limits

_ENCRYPTED: Final = 0x01
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)
_DENSE_FROM: Final = 20 * 1024 * 1024
_MACRO: Final = re.compile(
    r"(^|/)(vbaProject\w*\.bin|vbaData\.xml|vbaProjectSignature\w*\.bin|macrosheets/|dialogsheets/|Basic/|Scripts/|Dialogs/)",
    re.IGNORECASE,
)
RELATIONSHIP: Final = "{http://schemas.openxmlformats.org/package/2006/relationships}Relationship"
# A strict document says the same in other namespaces.
_STRICT: Final = (
    (
        b"http://purl.oclc.org/ooxml/wordprocessingml/main",
        b"http://schemas.openxmlformats.org/wordprocessingml/2006/main",
    ),
    (
        b"http://purl.oclc.org/ooxml/spreadsheetml/main",
        b"http://schemas.openxmlformats.org/spreadsheetml/2006/main",
    ),
    (
        b"http://purl.oclc.org/ooxml/officeDocument/relationships",
        b"http://schemas.openxmlformats.org/officeDocument/2006/relationships",
    ),
    (b"http://purl.oclc.org/ooxml/drawingml/", b"http://schemas.openxmlformats.org/drawingml/2006/"),
)


class Package:
    """The parts of a zip, each read when it is asked for; names are as they stand, data are bounded.

    Raises FileRefusedError: "encrypted", "macro", "bomb", "path_trick", "broken".
    """

    def __init__(self, path: Path, limits: Limits) -> None:
        self._limits = limits
        try:
            self._zip = zipfile.ZipFile(path)
            parts = self._zip.infolist()
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, struct.error) as error:
            raise FileRefusedError("broken") from error
        _check(parts, path.stat().st_size, limits)
        self.names: Final = tuple(part.filename for part in parts if not part.is_dir())

    def read(self, name: str) -> bytes:
        """The bytes of a part; raises FileRefusedError("broken") when it is not there or its checksum is wrong."""
        try:
            with self._zip.open(name) as stream:
                # A header may lie about the size: no more is unpacked than all parts may take together.
                data = stream.read(self._limits.max_unpacked_bytes + 1)
        except (KeyError, zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, ValueError) as error:
            raise FileRefusedError("broken") from error
        if len(data) > self._limits.max_unpacked_bytes:
            raise FileRefusedError("bomb")
        return data

    def tree(self, name: str) -> Any:
        """The root of an XML part, in the namespaces of the transitional standard."""
        data = self.read(name)
        if b"purl.oclc.org/ooxml" in data:
            for strict, usual in _STRICT:
                data = data.replace(strict, usual)
        return parse(data)

    def relations(self, name: str) -> dict[str, tuple[str, str]]:
        """What part `name` points to inside the package: id → (last word of the type, name of the part)."""
        folder, base = posixpath.split(name)
        place = posixpath.join(folder, "_rels", f"{base}.rels")
        if place not in self.names:
            return {}
        found = {}
        for item in children(self.tree(place)):
            if item.tag == RELATIONSHIP and item.get("TargetMode") != "External":
                target = item.get("Target", "")
                part = target[1:] if target.startswith("/") else posixpath.normpath(posixpath.join(folder, target))
                found[item.get("Id", "")] = (item.get("Type", "").rpartition("/")[2], part)
        return found

    def external_targets(self) -> int:
        """How many links leave the package: addresses, files and templates of the maker's computer."""
        return sum(
            1
            for name in self.names
            if name.endswith(".rels")
            for item in children(self.tree(name))
            if item.get("TargetMode") == "External"
        )


def _check(parts: list[zipfile.ZipInfo], packed: int, limits: Limits) -> None:
    unpacked = sum(part.file_size for part in parts)
    dense = unpacked > _DENSE_FROM and unpacked > packed * limits.max_unpacked_ratio
    if len(parts) > limits.max_entries or unpacked > limits.max_unpacked_bytes or dense:
        raise FileRefusedError("bomb")
    if any(part.flag_bits & _ENCRYPTED for part in parts):
        raise FileRefusedError("encrypted")
    names = [part.filename.lower() for part in parts]
    if len(set(names)) != len(names):
        raise FileRefusedError("path_trick")
    for name in names:
        if name.startswith("/") or "\\" in name or ".." in name.split("/"):
            raise FileRefusedError("path_trick")
        if _MACRO.search(name):
            raise FileRefusedError("macro")


def write_package(path: Path, parts: Mapping[str, bytes], *, stored: frozenset[str] = frozenset()) -> None:
    """A new zip at `path` with these parts in this order: no dates, no comments, no extra fields, no maker."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as package:
        for name, data in parts.items():
            entry = zipfile.ZipInfo(name, date_time=_EPOCH)
            entry.create_system = 0
            entry.external_attr = 0
            entry.compress_type = zipfile.ZIP_STORED if name in stored else zipfile.ZIP_DEFLATED
            package.writestr(entry, data)
    path.write_bytes(made.getvalue())


def content_types(overrides: Mapping[str, str]) -> bytes:
    """`[Content_Types].xml` of a package of XML, JPEG and PNG."""
    items = "".join(f'<Override PartName="/{name}" ContentType="{kind}"/>' for name, kind in overrides.items())
    return (
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
        '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
        '<Default Extension="png" ContentType="image/png"/>'
        f"{items}</Types>"
    ).encode()


def relationships(targets: Mapping[str, tuple[str, str]]) -> bytes:
    """A `.rels` part: id → (last words of the type, target)."""
    base = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    items = "".join(
        f'<Relationship Id="{key}" Type="{base}/{kind}" Target="{target}"/>' for key, (kind, target) in targets.items()
    )
    return (
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
        f'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{items}</Relationships>'
    ).encode()
