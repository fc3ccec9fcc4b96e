"""Which kind a file is, by its bytes; a spreadsheet of OpenDocument may be anonymised too."""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING, Final

from gateway.anonymisation.files.errors import FileRefusedError
from gateway.dossiers.files.kinds import (
    DOCX,
    HEAD_BYTES,
    KINDS,
    ODT,
    OLE_MAGIC,
    PACKAGE_KINDS,
    PDF,
    XLSX,
    ZIP_MAGIC,
    FileKind,
    sniff,
)

if TYPE_CHECKING:
    from pathlib import Path

ODS: Final = FileKind(
    name="ods",
    media_type="application/vnd.oasis.opendocument.spreadsheet",
    label="OpenDocument-werkblad",
    extensions=("ods",),
)
ALL: Final[dict[str, FileKind]] = {**KINDS, "ods": ODS}
_SCAN_BYTES: Final = 4 * 1024 * 1024
_MANIFEST_BYTES: Final = 1024 * 1024
_MAIN_TYPES: Final = {
    b"wordprocessingml.document.main+xml": DOCX,
    b"spreadsheetml.sheet.main+xml": XLSX,
}


def kind_of(path: Path, extension: str) -> FileKind:
    """The kind of the file at `path`; `extension` is that of its name, without dot, and must fit.

    Raises FileRefusedError: "empty", "encrypted", "old_office", "macro", "archive", "unknown_kind", "broken",
    "wrong_extension".
    """
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
        rest = file.read(_SCAN_BYTES) if head.startswith(OLE_MAGIC) else b""
    if not head:
        raise FileRefusedError("empty")
    if head.startswith(OLE_MAGIC):
        # An office document with a password is an OLE file with this stream.
        raise FileRefusedError("encrypted" if "EncryptedPackage".encode("utf-16-le") in head + rest else "old_office")
    kind = _package_kind(path) if head.startswith(ZIP_MAGIC) else sniff(head)
    if kind is None and b"%PDF-" in head[:1024]:
        kind = PDF
    if kind is None or (kind in PACKAGE_KINDS and not head.startswith(ZIP_MAGIC)):
        raise FileRefusedError("unknown_kind")
    if extension.lower() not in kind.extensions:
        raise FileRefusedError("macro" if extension.lower() in {"docm", "xlsm", "dotm", "xltm"} else "wrong_extension")
    return kind


def _package_kind(path: Path) -> FileKind:
    try:
        with zipfile.ZipFile(path) as package:
            names = set(package.namelist())
            name = "mimetype" if "mimetype" in names else "[Content_Types].xml"
            if name not in names:
                raise FileRefusedError("archive")
            with package.open(name) as stream:
                told = stream.read(_MANIFEST_BYTES)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, RuntimeError) as error:
        raise FileRefusedError("broken") from error
    if name == "mimetype":
        for kind in (ODT, ODS):
            if told.strip() == kind.media_type.encode():
                return kind
        raise FileRefusedError("unknown_kind")
    if b"macroEnabled" in told:
        raise FileRefusedError("macro")
    kinds = [kind for main, kind in _MAIN_TYPES.items() if main in told]
    if len(kinds) != 1:
        raise FileRefusedError("unknown_kind")
    return kinds[0]
