"""What a DOCX, XLSX or ODT may not hold: the zip layer first, then each part."""

import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Final

from gateway.dossiers.files.errors import RefusedError
from gateway.dossiers.files.kinds import DOCX, ODT, OLE_MAGIC, XLSX, FileKind
from gateway.dossiers.files.limits import MIB, Limits
from gateway.dossiers.files.part_checks import PartRules, check_xml, content_types, odf_rules, ooxml_rules, svg_rules

_CHUNK: Final = 256 * 1024
_SMALL_PACKAGE: Final = 20 * MIB
_LOCAL_HEADER: Final = struct.Struct("<4s5H3I2H")
_END_RECORD: Final = struct.Struct("<4s4H2IH")
_DATA_DESCRIPTOR: Final = 0x08
_ENCRYPTED: Final = 0x01
_UTF8_NAME: Final = 0x800
_DESCRIPTOR_SIZES: Final = frozenset({0, 12, 16, 20, 24})
_SYMLINK: Final = 0o120000
_MAIN_TYPES: Final = {DOCX: "wordprocessingml.document.main+xml", XLSX: "spreadsheetml.sheet.main+xml"}
_MANIFESTS: Final = ("[Content_Types].xml", "META-INF/manifest.xml")

_MACRO_PART: Final = re.compile(
    r"(^|/)(vbaProject\w*\.bin|vbaData\.xml|macrosheets/|dialogsheets/|Basic/|Scripts/|Dialogs/|macrosignatures\.xml)",
    re.IGNORECASE,
)
_ACTIVE_PART: Final = re.compile(r"(^|/)(activeX/|customUI\d*/|userCustomization/|webextensions/)", re.IGNORECASE)
_EXTERNAL_PART: Final = re.compile(r"(^|/)(externalLinks/|queryTables/|connections\.xml$)", re.IGNORECASE)
_EMBEDDED_PART: Final = re.compile(r"(^|/)(embeddings/|afchunk\w*\.)", re.IGNORECASE)
_XML_PART: Final = re.compile(r"\.(xml|rels|vml|rdf)$", re.IGNORECASE)
_DRAWING_PART: Final = re.compile(r"\.svg$", re.IGNORECASE)
_KNOWN_PART: Final = re.compile(
    r"\.(xml|rels|vml|rdf|png|jpe?g|gif|bmp|tiff?|emf|wmf|svm|svg|odttf|ttf|otf|fntdata|sigs|wdp)$"
    r"|(^|/)(mimetype|layout-cache|(printerSettings|customProperty)\d*\.bin)$|^(Object[^/]*/)?ObjectReplacements/",
    re.IGNORECASE,
)
_ARCHIVE_MAGIC: Final = (b"PK\x03\x04", b"PK\x05\x06", b"Rar!", b"7z\xbc\xaf", b"\x1f\x8b", b"BZh", b"\xfd7zXZ")
_FILE_MAGIC: Final = (OLE_MAGIC, b"MZ", b"\x7fELF", b"%PDF-", b"{\\rtf", b"#!")


def check_package(path: Path, limits: Limits) -> FileKind:
    """The true kind of a harmless office package; raises RefusedError otherwise. Parts are streamed, never unpacked."""
    try:
        with zipfile.ZipFile(path) as package:
            parts = package.infolist()
            _check_budget(parts, path.stat().st_size, limits)
            _check_names(parts)
            _check_layout(path, parts, package.start_dir)
            kind, rules = _declared(package, limits)
            _check_part_names(parts)
            for part in _manifests_first(parts):
                _check_part(package, part, rules, limits)
    except zipfile.BadZipFile as error:
        raise RefusedError("broken") from error
    except (
        zlib.error,
        EOFError,
        struct.error,
        NotImplementedError,
        UnicodeError,
        ValueError,
        OSError,
        RuntimeError,
    ) as error:
        raise RefusedError("broken") from error
    return kind


def explain_unknown(path: Path) -> str:
    """The code for a zip that does not begin as an office package of ours: another kind, an archive, or broken."""
    try:
        with zipfile.ZipFile(path) as package:
            names = package.namelist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, struct.error):
        return "broken"
    if any(_is_trick(name) for name in names):
        return "path_trick"
    return "unknown_kind" if {"mimetype", "[Content_Types].xml"} & set(names) else "archive"


def _check_budget(parts: list[zipfile.ZipInfo], packed: int, limits: Limits) -> None:
    if len(parts) > limits.max_entries:
        raise RefusedError("bomb")
    if any(part.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) for part in parts):
        raise RefusedError("broken")
    unpacked = sum(part.file_size for part in parts)
    too_dense = unpacked > _SMALL_PACKAGE and unpacked > packed * limits.max_unpacked_ratio
    if unpacked > limits.max_unpacked_bytes or too_dense:
        raise RefusedError("bomb")


def _check_names(parts: list[zipfile.ZipInfo]) -> None:
    if any(part.flag_bits & _ENCRYPTED for part in parts):
        raise RefusedError("encrypted")
    seen = set()
    for part in parts:
        # Two parts with one name, or names that differ in case only: programs disagree on which one counts.
        name = part.filename.lower()
        if _is_trick(part.orig_filename) or (part.external_attr >> 16) & 0o170000 == _SYMLINK or name in seen:
            raise RefusedError("path_trick")
        seen.add(name)


def _is_trick(name: str) -> bool:
    steps = name.rstrip("/").split("/")
    return (
        not name
        or name.startswith("/")
        or "\\" in name
        or "\x00" in name
        or ":" in name
        or any(s in {"", ".", ".."} for s in steps)
    )


def _check_layout(path: Path, parts: list[zipfile.ZipInfo], start_of_directory: int) -> None:
    """Nothing before, between or behind the parts, and the two headers of a part agree: no room for a second file."""
    with path.open("rb") as file:
        file.seek(-_END_RECORD.size, 2)
        end_at = file.tell()
        magic, _disk, _first_disk, _here, count, size, offset, comment = _END_RECORD.unpack(file.read(_END_RECORD.size))
        if (
            magic != b"PK\x05\x06"
            or comment
            or count != len(parts)
            or offset + size != end_at
            or offset != start_of_directory
        ):
            raise RefusedError("polyglot")
        at = 0
        for part in sorted(parts, key=lambda p: p.header_offset):
            gap = part.header_offset - at
            if gap != 0:
                raise RefusedError("polyglot")
            at = _end_of_part(file, part)
        if at != offset:
            raise RefusedError("polyglot")


def _end_of_part(file: IO[bytes], part: zipfile.ZipInfo) -> int:
    file.seek(part.header_offset)
    magic, _version, flags, method, _time, _date, _crc, _packed, _size, name_length, extra_length = (
        _LOCAL_HEADER.unpack(file.read(_LOCAL_HEADER.size))
    )
    name = file.read(name_length)
    expected = part.orig_filename.encode("utf-8" if part.flag_bits & _UTF8_NAME else "cp437")
    if magic != b"PK\x03\x04" or name != expected or method != part.compress_type:
        raise RefusedError("polyglot")
    end: int = part.header_offset + _LOCAL_HEADER.size + name_length + extra_length + part.compress_size
    if flags & _DATA_DESCRIPTOR:
        file.seek(end)
        end += _descriptor_size(file.read(24), part)
    return end


def _descriptor_size(data: bytes, part: zipfile.ZipInfo) -> int:
    """The size of the optional record behind a part: with or without signature, with 32 or 64 bit sizes."""
    for prefix in (b"PK\x07\x08", b""):
        for form in ("<3I", "<I2Q"):
            record = prefix + struct.pack(form, part.CRC, part.compress_size, part.file_size)
            if data.startswith(record):
                return len(record)
    raise RefusedError("polyglot")


def _declared(package: zipfile.ZipFile, limits: Limits) -> tuple[FileKind, PartRules]:
    names = set(package.namelist())
    if "mimetype" in names:
        if package.getinfo("mimetype").file_size > _CHUNK or package.read("mimetype") != ODT.media_type.encode():
            raise RefusedError("unknown_kind")
        if "META-INF/manifest.xml" not in names:
            raise RefusedError("broken")
        return ODT, odf_rules()
    if "[Content_Types].xml" not in names:
        raise RefusedError("archive")
    with package.open("[Content_Types].xml") as stream:
        declared = content_types(_rest(stream.read(_CHUNK), stream), limits)
    kinds = [kind for kind, main in _MAIN_TYPES.items() if any(d.endswith(main) for d in declared)]
    if len(kinds) != 1:
        raise RefusedError("polyglot" if kinds else "unknown_kind")
    return kinds[0], ooxml_rules()


def _check_part_names(parts: list[zipfile.ZipInfo]) -> None:
    for pattern, code in (
        (_MACRO_PART, "macro"),
        (_ACTIVE_PART, "active_content"),
        (_EXTERNAL_PART, "external_content"),
        (_EMBEDDED_PART, "embedded_file"),
    ):
        if any(pattern.search(part.filename) for part in parts):
            raise RefusedError(code)


def _manifests_first(parts: list[zipfile.ZipInfo]) -> Iterator[zipfile.ZipInfo]:
    """They say whether the other parts are encrypted, which explains more than "broken"."""
    yield from sorted(parts, key=lambda part: part.filename not in _MANIFESTS)


def _check_part(package: zipfile.ZipFile, part: zipfile.ZipInfo, rules: PartRules, limits: Limits) -> None:
    if part.is_dir():
        if part.file_size:
            raise RefusedError("polyglot")
        return
    with package.open(part) as stream:
        head = stream.read(_CHUNK)
        if head.startswith(_ARCHIVE_MAGIC):
            raise RefusedError("nested_archive")
        if head.startswith(_FILE_MAGIC) or not _KNOWN_PART.search(part.filename):
            raise RefusedError("embedded_file")
        chunks = _rest(head, stream)
        if _XML_PART.search(part.filename) and head:
            check_xml(chunks, rules.for_part(part.filename), limits)
        elif _DRAWING_PART.search(part.filename) and head:
            check_xml(chunks, svg_rules(), limits)
        for _chunk in chunks:
            pass  # read to the end, so that each checksum is verified


def _rest(head: bytes, stream: IO[bytes]) -> Iterator[bytes]:
    yield head
    while chunk := stream.read(_CHUNK):
        yield chunk
