"""Readers of a PDF for the proof: pdfium, every object and stream by pikepdf, and the pages as poppler draws them."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING, Any, Final

import pikepdf
import pypdfium2 as pdfium
from PIL import Image

from gateway.anonymisation.files.errors import FileRefusedError
from gateway.anonymisation.files.pdf_writing import conformance
from gateway.anonymisation.files.pictures import DPI
from gateway.anonymisation.files.reading import SPARSE, read
from gateway.anonymisation.files.sideways import sideways

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from gateway.dossiers.files.limits import Limits

__all__ = ["conformance", "objects", "pdfium_text", "rendered"]

_SECONDS: Final = 120
_NOT_TEXT: Final = frozenset({"/FontFile", "/FontFile2", "/FontFile3", "/DestOutputProfile", "/CIDToGIDMap"})
_EXPECTED_FILTERS: Final = frozenset({"/FlateDecode", "/DCTDecode", "/ASCII85Decode", "/ASCIIHexDecode", "/LZWDecode"})
_SIXTEEN_BITS: Final = 2


def pdfium_text(path: Path) -> Iterator[tuple[str, str, str]]:
    """The text of each page as Chrome's reader has it."""
    try:
        document = pdfium.PdfDocument(path)
        for number in range(len(document)):
            reader = document[number].get_textpage()
            yield "pdfium", f"pagina {number + 1}", reader.get_text_range()
            reader.close()
        document.close()
    except pdfium.PdfiumError as error:
        raise FileRefusedError("unproven") from error


def objects(path: Path, unknown: list[str]) -> Iterator[tuple[str, str, str]]:
    """Every string, name and stream of the file; what cannot be unpacked is named in `unknown`.

    Programs of letters and the colour profile are left out, and pixels: those are read as pages.
    """
    try:
        with pikepdf.open(path) as pdf:
            if pdf.is_encrypted:
                unknown.append("versleuteling")
            skipped = _not_text(pdf)
            words: list[str] = []
            _strings(pdf.trailer.get("/Info", pikepdf.Dictionary()), words, 0)
            for item in pdf.objects:
                _strings(item.stream_dict if isinstance(item, pikepdf.Stream) else item, words, 0)
                if isinstance(item, pikepdf.Stream) and item.objgen not in skipped:
                    yield "pikepdf", "stroom", _stream(item, unknown)
            yield "pikepdf", "objecten", "\n".join(words)
    except (pikepdf.PdfError, RuntimeError, ValueError) as error:
        raise FileRefusedError("unproven") from error
    if path.read_bytes().count(b"%%EOF") != 1:
        unknown.append("oude versies in het bestand")


def _not_text(pdf: pikepdf.Pdf) -> set[tuple[int, int]]:
    found = set()
    for item in pdf.objects:
        entry = item.stream_dict if isinstance(item, pikepdf.Stream) else item
        if isinstance(entry, pikepdf.Dictionary):
            found |= {
                value.objgen for key, value in entry.items() if key in _NOT_TEXT and isinstance(value, pikepdf.Stream)
            }
            if entry.get("/Subtype") == "/Image" and isinstance(item, pikepdf.Stream):
                found.add(item.objgen)
    return found


def _stream(stream: pikepdf.Stream, unknown: list[str]) -> str:
    filters = stream.stream_dict.get("/Filter", pikepdf.Array([]))
    named = {str(each) for each in filters} if isinstance(filters, pikepdf.Array) else {str(filters)}
    if not named <= _EXPECTED_FILTERS:
        unknown.append("een stroom met een onbekende verpakking")
        return ""
    data = bytes(stream.read_bytes())
    told = [data.decode("utf-8", "replace")]
    try:
        for instruction in pikepdf.parse_content_stream(stream):
            told += [_shown(part) for operand in instruction.operands for part in _parts(operand)]
    except (pikepdf.PdfError, ValueError, TypeError):
        return told[0]  # metadata and maps are no page content
    return told[0] + "\n" + "".join(told[1:])


def _parts(operand: Any) -> list[Any]:
    return list(operand) if isinstance(operand, pikepdf.Array) else [operand]


def _shown(part: Any) -> str:
    if not isinstance(part, pikepdf.String):
        return " "
    data = bytes(part)
    if len(data) % _SIXTEEN_BITS == 0 and data[::2].count(0) == len(data) // _SIXTEEN_BITS:
        return data.decode("utf-16-be", "replace")
    return data.decode("latin-1")


def _strings(item: Any, words: list[str], depth: int) -> None:
    if depth > _SECONDS:
        raise FileRefusedError("unproven")
    if isinstance(item, pikepdf.Dictionary):
        for key, value in item.items():
            words.append(str(key)[1:])
            if not getattr(value, "is_indirect", False):
                _strings(value, words, depth + 1)
    elif isinstance(item, pikepdf.Array):
        for value in item:
            if not getattr(value, "is_indirect", False):
                _strings(value, words, depth + 1)
    elif isinstance(item, pikepdf.String):
        words.append(str(item))
    elif isinstance(item, pikepdf.Name):
        words.append(str(item)[1:])


def rendered(
    path: Path, work: Path, limits: Limits, progress: Callable[[str, int, int], None]
) -> Iterator[tuple[str, str, str]]:
    """Each page drawn by poppler, one at a time, and read by tesseract as loose words."""
    program = shutil.which("pdftoppm")
    if program is None:
        raise FileRefusedError("no_poppler")
    with pikepdf.open(path) as pdf:
        count = len(pdf.pages)
    for number in range(1, min(count, limits.max_pages) + 1):
        base = work / "proof-page"
        command = [program, "-q", "-gray", "-r", str(DPI), "-singlefile", "-f", str(number), "-l", str(number)]
        ended = subprocess.run(  # noqa: S603 - fixed command, our own file names
            [*command, str(path), str(base)],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_SECONDS,
            check=False,
        )
        made = base.with_suffix(".pgm")
        if ended.returncode != 0 or not made.is_file():
            raise FileRefusedError("unproven")
        with Image.open(made, formats=["PPM"]) as page:
            seen = read(page, dpi=DPI, way=SPARSE)
            turned = sideways(page, seen.words, dpi=DPI)
        made.unlink()
        progress("nakijken", number, count)
        yield "tesseract", f"pagina {number}", seen.story("").text
        if turned.words:
            yield "tesseract", f"pagina {number}, gedraaid", turned.story("").text
