"""Which kinds of file the gateway takes, and how to know one by its first bytes."""

import re
from dataclasses import dataclass
from typing import Final

HEAD_BYTES: Final = 8192
"""How much of a file `sniff` looks at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileKind:
    """One kind on the allow-list: `label` is what people read, `extensions` are lower case without the dot."""

    name: str
    media_type: str
    label: str
    extensions: tuple[str, ...]


_OOXML = "application/vnd.openxmlformats-officedocument"

PDF: Final = FileKind(name="pdf", media_type="application/pdf", label="PDF", extensions=("pdf",))
DOCX: Final = FileKind(
    name="docx", media_type=f"{_OOXML}.wordprocessingml.document", label="Word-document", extensions=("docx",)
)
XLSX: Final = FileKind(
    name="xlsx", media_type=f"{_OOXML}.spreadsheetml.sheet", label="Excel-werkblad", extensions=("xlsx",)
)
ODT: Final = FileKind(
    name="odt", media_type="application/vnd.oasis.opendocument.text", label="OpenDocument-tekst", extensions=("odt",)
)
RTF: Final = FileKind(name="rtf", media_type="application/rtf", label="RTF-tekst", extensions=("rtf",))
TXT: Final = FileKind(name="txt", media_type="text/plain", label="platte tekst", extensions=("txt",))
JPEG: Final = FileKind(
    name="jpeg", media_type="image/jpeg", label="JPEG-foto", extensions=("jpg", "jpeg", "jfif", "jpe")
)
PNG: Final = FileKind(name="png", media_type="image/png", label="PNG-afbeelding", extensions=("png",))
TIFF: Final = FileKind(name="tiff", media_type="image/tiff", label="TIFF-scan", extensions=("tif", "tiff"))

KINDS: Final[dict[str, FileKind]] = {k.name: k for k in (PDF, DOCX, XLSX, ODT, RTF, TXT, JPEG, PNG, TIFF)}
PACKAGE_KINDS: Final = frozenset({DOCX, XLSX, ODT})
OFFICE_KINDS: Final = PACKAGE_KINDS | {RTF}

ZIP_MAGIC: Final = b"PK\x03\x04"
OLE_MAGIC: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"

_MAGIC: Final[tuple[tuple[bytes, FileKind], ...]] = (
    (b"%PDF-", PDF),
    (b"{\\rtf1", RTF),
    (b"\xff\xd8\xff", JPEG),
    (b"\x89PNG\r\n\x1a\n", PNG),
    (b"II*\x00", TIFF),
    (b"MM\x00*", TIFF),
)
_UTF16_BOMS: Final = (b"\xff\xfe", b"\xfe\xff")
# Bytes that no text in UTF-8 or Windows-1252 has: control characters apart from tab, line ends and form feed.
_NOT_TEXT: Final = re.compile(rb"[\x00-\x08\x0b\x0e-\x1f\x7f]")


def sniff(head: bytes) -> FileKind | None:
    """The kind whose magic bytes stand at the start of `head`, or None for anything not on the allow-list.

    `head` is the first 8 KiB of a file or all of it; a name is never looked at. DOCX, XLSX and ODT are provisional
    (they are zip packages: `checks.check` decides on the whole file), and so is TXT, which has no magic.

    Source: issue 2 (Checks: content type by magic bytes against an allow-list).
    """
    head = head[:HEAD_BYTES]
    for magic, kind in _MAGIC:
        if head.startswith(magic):
            return kind
    if head.startswith(ZIP_MAGIC):
        return _sniff_package(head)
    return TXT if looks_like_text(head) else None


def looks_like_text(data: bytes) -> bool:
    """Whether `data` is not empty and holds only what a text in UTF-8, UTF-16 or Windows-1252 can hold."""
    if not data:
        return False
    if data.startswith(_UTF16_BOMS):
        return True
    return _NOT_TEXT.search(data) is None


def _sniff_package(head: bytes) -> FileKind | None:
    if head[30:38] == b"mimetype":
        declared = ODT.media_type.encode()
        return ODT if head[38:].startswith(declared + b"PK") else None
    if not re.search(rb"\[Content_Types\]\.xml|_rels/\.rels|docProps/|word/|xl/", head):
        return None
    return XLSX if b"xl/" in head and b"word/" not in head else DOCX
