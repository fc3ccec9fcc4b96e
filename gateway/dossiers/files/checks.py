"""The whole-file check: is this file what it seems, can it be read, and does it hold nothing that acts or hides?"""

import mmap
import re
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from gateway.dossiers.files import image_checks, package_checks, pdf_checks, text_checks
from gateway.dossiers.files.errors import RefusedError
from gateway.dossiers.files.kinds import (
    HEAD_BYTES,
    JPEG,
    OLE_MAGIC,
    PACKAGE_KINDS,
    PDF,
    PNG,
    RTF,
    TIFF,
    TXT,
    ZIP_MAGIC,
    FileKind,
    sniff,
)
from gateway.dossiers.files.limits import Limits
from gateway.dossiers.files.messages import OK, message_for

_PDF_HEADER_WINDOW: Final = 1024  # readers take a %PDF- header anywhere in here
_END_OF_ZIP: Final = b"PK\x05\x06"
_END_OF_ZIP_WINDOW: Final = 65_557  # 22 bytes and the longest comment


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The answer about one file: `code` for machines, `message` (Dutch) for the school; neither holds personal data."""

    ok: bool
    kind: FileKind | None
    code: str
    message: str
    pages: int | None = None


def accepted(kind: FileKind, limits: Limits, *, pages: int | None = None) -> Verdict:
    """The verdict on a good file."""
    return Verdict(ok=True, kind=kind, code=OK, message=message_for(OK, limits), pages=pages)


def refused(code: str, limits: Limits, *, kind: FileKind | None = None) -> Verdict:
    """The verdict on a refused file."""
    return Verdict(ok=False, kind=kind, code=code, message=message_for(code, limits))


def check(path: Path, limits: Limits, *, extension: str | None = None) -> Verdict:
    """The verdict on the plaintext file at `path`.

    Parses hostile bytes: call it in `child`, not in the web process; memory and time are bounded by that process.
    `extension` is that of the name the school gave (without dot, any case), if it must fit the content. Pages are
    known here for PDF and images; for office files and text only after rendering.

    Source: issue 2 (Checks: rejects macros, encrypted or broken files, zip bombs, polyglots, PDF with active content).
    """
    size = path.stat().st_size
    if size == 0 or size > limits.max_bytes:
        return refused("too_large" if size else "empty", limits)
    kind: FileKind | None = None
    try:
        with path.open("rb") as file:
            kind = _kind_of(file.read(HEAD_BYTES), path)
        _refuse_hidden_formats(path, kind)
        kind, pages = _check_kind(path, kind, limits)
    except RefusedError as refusal:
        return refused(refusal.code, limits, kind=kind)
    if extension is not None and extension.lower().lstrip(".") not in kind.extensions:
        return refused("wrong_extension", limits, kind=kind)
    return accepted(kind, limits, pages=pages)


def _kind_of(head: bytes, path: Path) -> FileKind:
    kind = sniff(head)
    if kind is not None:
        return kind
    if head.startswith(OLE_MAGIC):
        # A DOCX with a password is an OLE file with this stream; its name stands in UTF-16 in the directory.
        needle = "EncryptedPackage".encode("utf-16-le")
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            raise RefusedError("encrypted" if data.find(needle) >= 0 else "old_office")
    if b"%PDF-" in head[:_PDF_HEADER_WINDOW]:
        raise RefusedError("polyglot")
    if head.startswith(ZIP_MAGIC):
        raise RefusedError(package_checks.explain_unknown(path))
    raise RefusedError("unknown_kind")


def _refuse_hidden_formats(path: Path, kind: FileKind) -> None:
    """A second format that other programs would find in the same bytes (GIFAR and its family)."""
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        if kind is not PDF and data.find(b"%PDF-", 0, _PDF_HEADER_WINDOW) >= 0:
            raise RefusedError("polyglot")
        if kind in PACKAGE_KINDS:
            return  # `package_checks` accounts for each byte of these
        has_zip_end = data.rfind(_END_OF_ZIP, max(0, len(data) - _END_OF_ZIP_WINDOW)) >= 0
        if kind is PDF and re.search(rb"<\s*(script|html|svg)[\s>]", data[:_PDF_HEADER_WINDOW], re.IGNORECASE):
            raise RefusedError("polyglot")
    if has_zip_end and zipfile.is_zipfile(path):
        raise RefusedError("polyglot")


def _check_kind(path: Path, kind: FileKind, limits: Limits) -> tuple[FileKind, int | None]:
    if kind is PDF:
        return kind, pdf_checks.check_pdf(path, limits)
    if kind in (JPEG, PNG, TIFF):
        return kind, image_checks.check_image(path, kind, limits)
    if kind is RTF:
        text_checks.check_rtf(path)
        return kind, None
    if kind is TXT:
        text_checks.check_text(path)
        return kind, None
    return package_checks.check_package(path, limits), None
