"""What scanners, mail programs and haste do to a text, with the labels kept in their places."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import random
    from collections.abc import Sequence

Spans = list[tuple[int, int, str]]

KINDS: Final = (
    "none",
    "lower",
    "ocr",
    "wrap",
    "nbsp",
    "spaced",
    "capsnames",
    "upper",
    "nodiacritics",
    "lowerparts",
    "lowernames",
)
WEIGHTS: Final = (42, 11, 10, 9, 4, 5, 5, 2, 3, 6, 3)
_CONFUSED: Final = {
    "l": "1I", "i": "l1", "e": "c", "o": "0c", "n": "r", "u": "n", "h": "b", "a": "o",
    "c": "e", "s": "5", "S": "5", "O": "0", "0": "O",
    "1": "l", "5": "S", "8": "B", "t": "f", "I": "l", "B": "8", "g": "9", "m": ("rn", "nn"), "w": ("vv",), "d": ("cl",),
}  # fmt: skip
_PLAIN: Final = str.maketrans("éèëêáàäâíìïîóòöôúùüûçñşğıłńśźżćęąİŞĞÖÜÇŁ", "eeeeaaaaiiiioooouuuucnsgilnszzceaISGOUCL")


def apply(kind: str, text: str, spans: Sequence[tuple[int, int, str]], rng: random.Random) -> tuple[str, Spans]:
    """The text with one kind of noise, and where its labels stand now."""
    pieces = list(text)
    if kind == "lower":
        pieces = list(map(str.lower, pieces))
    elif kind == "upper":
        pieces = list(map(str.upper, pieces))
    elif kind == "nodiacritics":
        pieces = [piece.translate(_PLAIN) for piece in pieces]
    elif kind == "capsnames":
        for start, end, label in spans:
            if label.startswith("PERSON") and rng.random() < 0.8:
                pieces[start:end] = map(str.upper, pieces[start:end])
    elif kind == "lowernames":
        for start, end, _ in spans:
            if rng.random() < 0.7:
                pieces[start:end] = map(str.lower, pieces[start:end])
    elif kind == "lowerparts":
        for match in re.finditer(r"[^\n]+", text):
            if rng.random() < 0.5:
                pieces[match.start() : match.end()] = map(str.lower, pieces[match.start() : match.end()])
    elif kind == "nbsp":
        pieces = ["\xa0" if piece == " " and rng.random() < 0.4 else piece for piece in pieces]
    elif kind == "spaced":
        pieces = [
            piece + " " * rng.choice((1, 1, 2)) if piece == " " and rng.random() < 0.1 else piece for piece in pieces
        ]
    elif kind == "wrap":
        _wrap(pieces, text, rng)
    elif kind == "ocr":
        _misread(pieces, rng)
    return _put_back(pieces, spans)


def _wrap(pieces: list[str], text: str, rng: random.Random) -> None:
    width, column = rng.randint(55, 85), 0
    for match in re.finditer(r"\S+|\s", text):
        word = match.group()
        if word == "\n":
            column = 0
        elif word == " " and column > width - 8:
            pieces[match.start()] = "\n"
            column = 0
        elif len(word) > 9 and column + len(word) > width and word.isalpha():
            pieces[match.start() + rng.randint(3, len(word) - 4)] += "-\n"
            column = 4
        else:
            column += len(word)


def _misread(pieces: list[str], rng: random.Random) -> None:
    for place, piece in enumerate(pieces):
        if piece in _CONFUSED and rng.random() < 0.015:
            pieces[place] = rng.choice(_CONFUSED[piece])
        elif piece == " " and rng.random() < 0.004:
            pieces[place] = ""
        elif piece.isalpha() and rng.random() < 0.003:
            pieces[place] = piece + " "


def _put_back(pieces: list[str], spans: Sequence[tuple[int, int, str]]) -> tuple[str, Spans]:
    places = [0]
    for piece in pieces:
        places.append(places[-1] + len(piece))
    text = "".join(pieces)
    made = []
    for start, end, label in spans:
        first, last = places[start], places[end]
        while last > first and text[last - 1].isspace():
            last -= 1
        made.append((first, last, label))
    return text, made
