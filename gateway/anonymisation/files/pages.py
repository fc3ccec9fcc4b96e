"""Pages as pictures: of a PDF by pdfium, of an image by Pillow; with the words that a PDF says are on them."""

from __future__ import annotations

import ctypes
import math
import threading
import time
from typing import TYPE_CHECKING, Final, Protocol

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c

from gateway.anonymisation.files.errors import FileRefusedError
from gateway.anonymisation.files.pdf_layers import Filled, filled
from gateway.anonymisation.files.pictures import DPI, MOST_PIXELS, frames
from gateway.anonymisation.files.reading import Scan, Word
from gateway.dossiers.files.drawing import drawn

if TYPE_CHECKING:
    from pathlib import Path

    from PIL import Image

    from gateway.dossiers.files.limits import Limits

_POINTS: Final = 72
_MOST_CHARACTERS: Final = 200_000
_FIRST_SECONDS: Final = 60
_SECONDS_PER_PAGE: Final = 6
"""For drawing a page as often as it is needed; one alone has its own bound. A page with a scan takes less than one."""


class Pages(Protocol):
    """The pages of one file."""

    @property
    def count(self) -> int:
        """How many."""

    def picture(self, index: int) -> Image.Image:
        """One page as a reader sees it, in RGB."""

    def words(self, index: int) -> Scan:
        """What the file itself says stands on it, with places in that picture; empty for an image."""


class PdfPages:
    """Pages of a PDF. One thread at a time: pdfium knows no other way."""

    def __init__(self, path: Path, limits: Limits) -> None:
        try:
            self._document = pdfium.PdfDocument(path)
            self._document.init_forms()
            self.count = len(self._document)
            self._filled = filled(path)
        except pdfium.PdfiumError as error:
            raise FileRefusedError("hidden_password" if "password" in str(error).lower() else "broken") from error
        if self.count == 0:
            raise FileRefusedError("broken")
        if self.count > limits.max_pages:
            raise FileRefusedError("too_many_pages")
        self._lock = threading.Lock()
        self._seconds = 0.0  # spent on drawing

    def picture(self, index: int) -> Image.Image:
        """The page at 200 dpi, or less where it would be too large."""
        with self._lock:
            try:
                page = self._document[index]
                began = time.monotonic()
                image = drawn(page, _scale(page))
                self._seconds += time.monotonic() - began
                page.close()
            except pdfium.PdfiumError as error:
                raise FileRefusedError("broken") from error
            if self._seconds > _FIRST_SECONDS + _SECONDS_PER_PAGE * self.count:
                raise FileRefusedError("too_heavy")
            return image

    def words(self, index: int) -> Scan:
        """The words of the text layer, visible or not, with their places in `picture`."""
        with self._lock:
            try:
                page = self._document[index]
                return Scan(words=[*_text_layer(page), *_fields(page, self._filled.get(index, []))])
            except pdfium.PdfiumError as error:
                raise FileRefusedError("broken") from error


class ImagePages:
    """Frames of an image."""

    def __init__(self, path: Path, limits: Limits, form: str) -> None:
        self._path = path
        self._limits = limits
        self._form = form
        self.count = sum(1 for _frame in frames(path, limits, (form,)))
        if self.count == 0:
            raise FileRefusedError("broken")

    def picture(self, index: int) -> Image.Image:
        """The frame, upright."""
        for number, frame in enumerate(frames(self._path, self._limits, (self._form,))):
            if number == index:
                return frame
        raise FileRefusedError("broken")

    def words(self, index: int) -> Scan:  # noqa: ARG002 - the form of all pages
        """An image says nothing of itself."""
        return Scan()


def _scale(page: pdfium.PdfPage) -> float:
    width, height = page.get_size()
    if not (math.isfinite(width) and math.isfinite(height)) or width <= 0 or height <= 0:
        raise FileRefusedError("broken")
    return min(DPI / _POINTS, math.sqrt(MOST_PIXELS / (width * height)))


def _text_layer(page: pdfium.PdfPage) -> list[Word]:
    scale = _scale(page)
    width, height = (math.ceil(side * scale) for side in page.get_size())
    reader = page.get_textpage()
    count = min(reader.count_chars(), _MOST_CHARACTERS)
    words: list[Word] = []
    letters: list[str] = []
    places: list[tuple[int, int, int, int]] = []
    line = 0

    def close() -> None:
        if letters and places:
            lefts, tops, rights, bottoms = zip(*places, strict=True)
            text = "".join(letters)
            words.append(Word(text, min(lefts), min(tops), max(rights), max(bottoms), (line,)))
        letters.clear()
        places.clear()

    for at in range(count):
        code = pdfium_c.FPDFText_GetUnicode(reader.raw, at)
        letter = chr(code) if 0 < code < 0x110000 and not 0xD800 <= code < 0xE000 else "\ufffd"
        if letter.isspace() or code == 0:
            close()
            line += letter in "\r\n"
            continue
        if letter in "\x02\ufffe":  # pdfium's sign for a hyphen at the end of a line
            letter = "-"
        letters.append(letter)
        places.append(_place(page, reader, at, (width, height)))
    close()
    reader.close()
    return words


def _fields(page: pdfium.PdfPage, values: list[Filled]) -> list[Word]:
    """What was filled in or noted on the page: one word for each, as large as its place."""
    scale = _scale(page)
    width, height = (math.ceil(side * scale) for side in page.get_size())
    words = []
    for number, (text, (left, bottom, right, top)) in enumerate(values):
        x1, y1 = _pixel(page, left, bottom, (width, height))
        x2, y2 = _pixel(page, right, top, (width, height))
        words.append(Word(text, min(x1, x2), min(y1, y2), max(x1, x2), max(y1, y2), (-1, number)))
    return words


def _place(
    page: pdfium.PdfPage, reader: pdfium.PdfTextPage, at: int, size: tuple[int, int]
) -> tuple[int, int, int, int]:
    """Where a letter stands in the picture of the page, turned as the page is."""
    tight, loose = reader.get_charbox(at), reader.get_charbox(at, loose=True)
    left, bottom = min(tight[0], loose[0]), min(tight[1], loose[1])
    right, top = max(tight[2], loose[2]), max(tight[3], loose[3])
    corners = [_pixel(page, x, y, size) for x, y in ((left, bottom), (right, top))]
    (x1, y1), (x2, y2) = corners
    return min(x1, x2), min(y1, y2), max(x1, x2), max(y1, y2)


def _pixel(page: pdfium.PdfPage, x: float, y: float, size: tuple[int, int]) -> tuple[int, int]:
    across, down = ctypes.c_int(), ctypes.c_int()
    pdfium_c.FPDF_PageToDevice(page.raw, 0, 0, size[0], size[1], 0, x, y, across, down)
    return across.value, down.value
