"""Draws a filled box over what was found, with what stands in its place where that fits; the pixels below are gone."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from PIL import Image, ImageDraw, ImageFont

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from gateway.anonymisation.files.reading import Word

_FONT: Final = Path("/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf")
_PAPER: Final = (236, 236, 236)
_INK: Final = (0, 0, 0)
_SMALLEST: Final = 11
_MARGIN: Final = 2
_LEVEL: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """A place in a picture, in pixels, and the words in it."""

    left: int
    top: int
    right: int
    bottom: int
    label: str


def boxes(words: Sequence[Word]) -> list[Box]:
    """One box for each run of covered words on a line."""
    made: list[Box] = []
    running: list[Word] = []
    for word in [*words, None]:
        together = (
            word is not None
            and word.covered is not None
            and bool(running)
            and word.line == running[-1].line
            and not any(letter.isalnum() for letter in word.covered)
        )
        if running and not together:
            made.append(_around(running))
            running = []
        if word is not None and word.covered is not None:
            running.append(word)
    return made


def _around(words: Sequence[Word]) -> Box:
    return Box(
        left=min(word.left for word in words),
        top=min(word.top for word in words),
        right=max(word.right for word in words),
        bottom=max(word.bottom for word in words),
        label="".join(word.covered for word in words if word.covered),
    )


def draw(picture: Image.Image, places: Iterable[Box]) -> None:
    """Fill the boxes: grey with a black label, or all black where no label fits."""
    pencil = ImageDraw.Draw(picture)
    for box in places:
        pad = _MARGIN + min(box.bottom - box.top, box.right - box.left) // 6
        area = (
            max(0, box.left - pad),
            max(0, box.top - pad),
            min(picture.width - 1, box.right + pad),
            min(picture.height - 1, box.bottom + pad),
        )
        if area[2] <= area[0] or area[3] <= area[1]:
            continue
        font = _fitting(box.label, area)
        pencil.rectangle(area, fill=_INK if font is None else _PAPER, outline=_INK)
        if font is not None:
            middle = ((area[0] + area[2]) / 2, (area[1] + area[3]) / 2)
            pencil.text(middle, box.label, fill=_INK, font=font, anchor="mm")


def _fitting(label: str, area: tuple[int, int, int, int]) -> ImageFont.FreeTypeFont | None:
    wide, high = area[2] - area[0] - 2 * _LEVEL, area[3] - area[1] - _LEVEL
    if not label or not _FONT.is_file():
        return None
    for size in range(min(high, 60), _SMALLEST - 1, -1):
        font = ImageFont.truetype(_FONT, size)
        if font.getlength(label) <= wide:
            return font
    return None
