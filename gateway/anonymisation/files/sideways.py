"""Text that stands sideways on an upright page: what is left when all that was read is wiped out is turned and read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PIL import ImageDraw

from gateway.anonymisation.files.reading import SPARSE, Scan, Word, read

if TYPE_CHECKING:
    from collections.abc import Iterable

    from PIL import Image

_DARK: Final = 128
_INK: Final = 500  # pixels: less than that of a word of four letters at 200 dpi
_WIPED: Final = 4
_LEAST_SIDE: Final = 14
_LETTERS: Final = 3
_CONFIDENT: Final = 45.0
_TURNS: Final = (90, 270)
_WHITE: Final = 255


def sideways(picture: Image.Image, words: Iterable[Word], *, dpi: int) -> Scan:
    """The words that stand sideways in `picture`, besides `words` that were read already, with their places in it.

    Reads nothing where hardly any ink is left: then it costs next to nothing. Source: issue 7 (names in images).
    """
    rest = picture.convert("L")
    pencil = ImageDraw.Draw(rest)
    for word in (each for each in words if each.confidence >= _CONFIDENT):
        pencil.rectangle(
            (word.left - _WIPED, word.top - _WIPED, word.right + _WIPED, word.bottom + _WIPED), fill=_WHITE
        )
    ink = rest.point([_WHITE] * _DARK + [0] * (_WHITE + 1 - _DARK))
    place = ink.getbbox()
    if place is None or ink.histogram()[_WHITE] < _INK or min(place[2] - place[0], place[3] - place[1]) < _LEAST_SIDE:
        return Scan()
    part = rest.crop(place)
    found: list[Word] = []
    for turn in _TURNS:
        for number, word in enumerate(read(part.rotate(turn, expand=True), dpi=dpi, way=SPARSE).words):
            if word.confidence >= _CONFIDENT and sum(map(str.isalpha, word.text)) >= _LETTERS:
                found.append(_upright(word, turn, part.size, place[:2], number))
    return Scan(words=found)


def _upright(word: Word, turn: int, size: tuple[int, int], corner: tuple[int, int], number: int) -> Word:
    """A word of a turned part, in its place on the page."""
    width, height = size
    if turn == _TURNS[0]:
        left, top, right, bottom = width - word.bottom, word.left, width - word.top, word.right
    else:
        left, top, right, bottom = word.top, height - word.right, word.bottom, height - word.left
    x, y = corner
    line = (turn, *word.line) if word.line else (turn, number)
    return Word(word.text, left + x, top + y, right + x, bottom + y, line, word.confidence)
