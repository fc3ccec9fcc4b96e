"""What a PDF may not hold: passwords, actions, other files, data after its end."""

import mmap
import re
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

import pikepdf

from gateway.dossiers.files.errors import RefusedError
from gateway.dossiers.files.limits import MIB, Limits

_TAIL: Final = 64 * 1024
_MAX_DEPTH: Final = 100
_CHUNK: Final = 64 * 1024
_BYTES_OF_PIXEL: Final = 8  # four colours of sixteen bits

_SCRIPT_SCHEME: Final = re.compile(rb"\s*(javascript|vbscript|data):", re.IGNORECASE)

_FORBIDDEN_KEYS: Final[dict[str, str]] = {
    "/JS": "active_content",
    "/JavaScript": "active_content",
    "/XFA": "active_content",
    "/RichMediaContent": "active_content",
    "/RichMediaSettings": "active_content",
    "/3DD": "active_content",
    "/EmbeddedFiles": "embedded_file",
    "/EF": "embedded_file",
    "/Collection": "embedded_file",
}
_FORBIDDEN_VALUES: Final[dict[tuple[str, str], str]] = {
    ("/Type", "/EmbeddedFile"): "embedded_file",
    ("/Subtype", "/FileAttachment"): "embedded_file",
    ("/Subtype", "/RichMedia"): "active_content",
    ("/Subtype", "/Movie"): "active_content",
    ("/Subtype", "/Sound"): "active_content",
    ("/Subtype", "/Screen"): "active_content",
    ("/Subtype", "/3D"): "active_content",
    ("/S", "/JavaScript"): "active_content",
    ("/S", "/Launch"): "active_content",
    ("/S", "/ImportData"): "active_content",
    ("/S", "/SubmitForm"): "active_content",
    ("/S", "/Rendition"): "active_content",
    ("/S", "/Movie"): "active_content",
    ("/S", "/Sound"): "active_content",
    ("/S", "/RichMediaExecute"): "active_content",
    ("/S", "/GoTo3DView"): "active_content",
    ("/S", "/GoToR"): "external_content",
    ("/S", "/GoToE"): "embedded_file",
}


def check_pdf(path: Path, limits: Limits) -> int:
    """The number of pages of a harmless, readable, unencrypted PDF; raises RefusedError otherwise.

    Strict on purpose (no repair of a broken cross-reference table): another reader might repair it into something else
    than what was checked here.
    """
    _refuse_data_after_end(path)
    try:
        with pikepdf.open(path, attempt_recovery=False, suppress_warnings=True) as pdf:
            if pdf.is_encrypted:
                raise RefusedError("encrypted")
            pages = len(pdf.pages)
            if pages == 0:
                raise RefusedError("broken")
            if pages > limits.max_pages:
                raise RefusedError("too_many_pages")
            _check_open_action(pdf.Root)
            for item in pdf.objects:
                _check_object(item, limits, 0)
            return pages
    except pikepdf.PasswordError as error:
        raise RefusedError("encrypted") from error
    except (pikepdf.PdfError, RuntimeError, ValueError) as error:
        raise RefusedError("broken") from error


def _refuse_data_after_end(path: Path) -> None:
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        end = data.rfind(b"%%EOF")
        if end < 0:
            raise RefusedError("broken")
        if len(data) - end > _TAIL or data[end + 5 :].strip(b"\r\n\t \x00"):
            raise RefusedError("polyglot")


def _check_open_action(root: pikepdf.Object) -> None:
    """What happens on opening may be "go to this page" (LibreOffice and Word write that) and nothing else."""
    action = root.get("/OpenAction")
    if isinstance(action, pikepdf.Dictionary) and action.get("/S") != pikepdf.Name("/GoTo"):
        raise RefusedError("active_content")


def _check_object(item: object, limits: Limits, depth: int) -> None:
    if depth > _MAX_DEPTH:
        raise RefusedError("broken")
    if isinstance(item, pikepdf.Stream):
        _check_stream(item, limits)
        item = item.stream_dict
    if isinstance(item, pikepdf.Dictionary):
        for key, value in item.items():
            _check_entry(key, value)
            if _is_direct_container(value):
                _check_object(value, limits, depth + 1)
    elif isinstance(item, pikepdf.Array):
        for value in item:
            if _is_direct_container(value):
                _check_object(value, limits, depth + 1)


def _is_direct_container(value: object) -> bool:
    # An indirect one is visited by itself, as each object of the file is.
    return isinstance(value, pikepdf.Dictionary | pikepdf.Array) and not value.is_indirect


def _check_entry(key: str, value: object) -> None:
    code = _FORBIDDEN_KEYS.get(key)
    if key == "/URI" and _SCRIPT_SCHEME.match(bytes(value) if isinstance(value, pikepdf.String) else b""):
        code = "active_content"
    if code is None and isinstance(value, pikepdf.Name):
        code = _FORBIDDEN_VALUES.get((key, str(value)))
    if code is not None:
        raise RefusedError(code)


def _check_stream(stream: pikepdf.Stream, limits: Limits) -> None:
    details = stream.stream_dict
    if "/F" in details or "/Ref" in details:
        raise RefusedError("external_content")
    most = limits.max_pdf_stream_bytes
    if details.get("/Subtype") == pikepdf.Name("/Image"):
        width, height = (_whole(details.get(key)) for key in ("/Width", "/Height"))
        if width * height > limits.max_pixels:
            raise RefusedError("too_many_pixels")
        most = width * height * _BYTES_OF_PIXEL + MIB
    _check_unpacked(stream, most)


def _check_unpacked(stream: pikepdf.Stream, most: int) -> None:
    """Refuse a stream that unpacks to more than it may: five kilobytes can hide a gigabyte in two layers of Flate.

    Other filters than Flate do not multiply by more than a hundred or so; the child's memory and time bound those.
    """
    filters = stream.stream_dict.get("/Filter")
    names = [filters] if isinstance(filters, pikepdf.Name) else list(filters) if filters is not None else []
    layers = 0
    for name in names:
        if name not in (pikepdf.Name("/FlateDecode"), pikepdf.Name("/Fl")):
            break
        layers += 1
    if not layers:
        return
    pieces: Iterable[bytes] = (stream.read_raw_bytes(),)
    for _ in range(layers):
        pieces = _inflated(pieces)
    size = 0
    for piece in pieces:
        size += len(piece)
        if size > most:
            raise RefusedError("bomb")


def _inflated(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Unpack one layer, in chunks; what does not unpack is left to the program that draws."""
    engine = zlib.decompressobj()
    try:
        for piece in pieces:
            rest = piece
            while rest and not engine.eof:
                yield engine.decompress(rest, _CHUNK)
                rest = engine.unconsumed_tail
    except zlib.error:
        return


def _whole(value: object) -> int:
    if isinstance(value, int) and value >= 0:
        return value
    raise RefusedError("broken")
