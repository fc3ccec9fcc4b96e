"""What an image may not hold: more pixels than bearable, moving pictures, data before or after the picture."""

import mmap
import re
import struct
import warnings
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from PIL import Image

from gateway.dossiers.files.errors import RefusedError
from gateway.dossiers.files.kinds import JPEG, PNG, TIFF, FileKind
from gateway.dossiers.files.limits import Limits

_PADDING: Final = b"\x00\r\n\t "
_JPEG_SCAN_END: Final = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
_FRAME_MARKERS: Final = frozenset(bytes([c]) for c in range(0xC0, 0xD0) if c not in {0xC4, 0xC8, 0xCC})
_LOOK: Final = 4096
_MAP_SHARE: Final = 4
_MAKER_NOTE: Final = 16 * 1024
_SAMSUNG_END: Final = b"SEFT"
_PILLOW_FORMATS: Final = {JPEG: "JPEG", PNG: "PNG", TIFF: "TIFF"}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Jpeg:
    end: int
    pixels: int
    announces_more: bool


def check_image(path: Path, kind: FileKind, limits: Limits) -> int:
    """The number of frames of a readable image with nothing hidden around it; raises RefusedError otherwise."""
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        if kind is JPEG:
            _check_jpeg(data)
        elif kind is PNG:
            _refuse_rest(data, _end_of_png(data))
    return _read_all(path, kind, limits)


def open_image(path: Path, kind: FileKind) -> Image.Image:
    """Pillow's lazy image, opened as this one format only; our own pixel limit stands in the place of Pillow's."""
    Image.MAX_IMAGE_PIXELS = None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return Image.open(path, formats=[_PILLOW_FORMATS[kind]])
    except MemoryError:
        raise
    except Exception as error:  # Pillow's plugins raise what they like on hostile bytes
        raise RefusedError("broken") from error


def _read_all(path: Path, kind: FileKind, limits: Limits) -> int:
    with open_image(path, kind) as image:
        frame = 0
        while True:
            if image.width * image.height > limits.max_pixels:
                raise RefusedError("too_many_pixels")
            if frame >= limits.max_pages:
                raise RefusedError("too_many_pages")
            try:
                image.load()
                frame += 1
                if kind is not TIFF:
                    return frame
                image.seek(frame)
            except EOFError:
                return frame
            except MemoryError:
                raise
            except Exception as error:  # see open_image
                raise RefusedError("broken") from error


def _refuse_rest(data: mmap.mmap, end: int) -> None:
    if data[end:].strip(_PADDING):
        raise RefusedError("polyglot")


def _check_jpeg(data: mmap.mmap) -> None:
    """One picture and nothing behind it but what telephones add: a small brightness map, a short note of the maker."""
    first = _walk_jpeg(data, 0)
    end = first.end
    while rest := data[end : end + _LOOK].lstrip(b"\x00"):
        if rest.startswith(b"\xff\xd8") and first.announces_more:
            more = _walk_jpeg(data, end + data[end : end + _LOOK].index(rest))
            # A map of brightness is far smaller than its picture; a second picture that nobody sees is not.
            if more.pixels * _MAP_SHARE > first.pixels:
                raise RefusedError("polyglot")
            end = more.end
        elif len(data) - end <= _MAKER_NOTE and data[end:].rstrip(_PADDING).endswith(_SAMSUNG_END):
            return
        elif b"ftyp" in rest:
            raise RefusedError("animated")
        else:
            _refuse_rest(data, end)
            return


def _walk_jpeg(data: mmap.mmap, start: int) -> _Jpeg:
    """Where the JPEG at `start` ends (found by walking its segments), its size, and whether it announces more."""
    at, pixels, announces_more = start + 2, 0, False
    while True:
        if data[at : at + 1] != b"\xff":
            raise RefusedError("broken")
        marker = data[at + 1 : at + 2]
        if marker == b"\xff":  # fill byte
            at += 1
        elif marker == b"\xd9":
            return _Jpeg(end=at + 2, pixels=pixels, announces_more=announces_more)
        elif marker in (b"", b"\x00"):
            raise RefusedError("broken")
        else:
            after = _after_segment(data, at, is_scan=marker == b"\xda")
            if marker in _FRAME_MARKERS and after >= at + 9:
                height, width = struct.unpack_from(">HH", data, at + 5)
                pixels = int(height) * int(width)
            announces_more |= marker == b"\xe2" and data[at + 4 : at + 8] == b"MPF\x00"
            at = after


def _after_segment(data: mmap.mmap, at: int, *, is_scan: bool) -> int:
    if at + 4 > len(data):
        raise RefusedError("broken")
    (length,) = struct.unpack_from(">H", data, at + 2)
    after = at + 2 + int(length)
    if length < 2 or after > len(data):  # noqa: PLR2004 - the length counts its own two bytes
        raise RefusedError("broken")
    if not is_scan:
        return after
    following = _JPEG_SCAN_END.search(data, after)
    if following is None:
        raise RefusedError("broken")
    return following.start()


def _end_of_png(data: mmap.mmap) -> int:
    """The offset after the IEND chunk; each chunk's checksum must hold and a moving picture is refused."""
    at = 8
    while True:
        if at + 12 > len(data):
            raise RefusedError("broken")
        length, name = struct.unpack_from(">I4s", data, at)
        end = at + 12 + int(length)
        if end > len(data):
            raise RefusedError("broken")
        (checksum,) = struct.unpack_from(">I", data, end - 4)
        if zlib.crc32(data[at + 4 : end - 4]) != checksum:
            raise RefusedError("broken")
        if name == b"acTL":
            raise RefusedError("animated")
        if name == b"IEND":
            return end
        at = end
