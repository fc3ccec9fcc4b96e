"""One shape for the many ways in which a text can hold the same letters, with the way back to each place."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Final, NamedTuple

# Letters that Unicode does not take apart.
_LOW: Final = dict(
    zip("ıøłđðæœßħŧŋəþ", ("i", "o", "l", "d", "d", "ae", "oe", "ss", "h", "t", "n", "e", "th"), strict=True)
)
_LETTERS: Final = {**{low.upper(): made.title() for low, made in _LOW.items() if len(low.upper()) == 1}, **_LOW}
_MARKS: Final = {
    **dict.fromkeys("’‘`´ʻʼ′＇‛", "'"),
    **dict.fromkeys("‐‑‒–—−﹣－", "-"),
    **dict.fromkeys("“”„«»″", '"'),
}
# Signs nobody sees: soft hyphen, joiners, marks of direction, byte order mark.
_UNSEEN: Final = frozenset(
    "\u00ad\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff"
)
_CONTROLS: Final = str.maketrans("\r\x0b\x0c\x1c\x1d\x1e\x1f", "\n\n\n    ")
_UNLIKE: Final = re.compile(r"[^\x20-\x7e\n\t]")  # what may fold to something else
_BREAKS: Final = frozenset("\n\r\u2028\u2029\x0b\x0c\x85")


class Folded(NamedTuple):
    """A folded text; its i-th letter stands at `places[i]` of the original; `places[-1]` is the original's length."""

    text: str
    places: list[int]

    def back(self, start: int, end: int) -> tuple[int, int]:
        """The range of the original that made `text[start:end]` (not empty), with the marks on its last letter."""
        last = self.places[end - 1]
        while end < len(self.places) - 1 and self.places[end] == last:
            end += 1
        return self.places[start], self.places[end]


@lru_cache(maxsize=4096)
def fold_letter(letter: str) -> str:
    """A letter without marks, in its own case; a plain space for what is white; nothing for what is not seen."""
    if letter in _UNSEEN or unicodedata.combining(letter):
        return ""
    if letter in _MARKS:
        return _MARKS[letter]
    if letter == "\t":
        return letter
    if letter.isspace():
        return "\n" if letter in _BREAKS else " "
    apart = (each for each in unicodedata.normalize("NFKD", letter) if not unicodedata.combining(each))
    plain = "".join(_LETTERS.get(each, each) for each in apart)
    return plain if len(plain.lower()) == len(plain) else letter


@lru_cache(maxsize=65536)
def fold_word(word: str) -> str:
    """A short text folded and in lower case, without the way back."""
    return (word if word.isascii() else "".join(map(fold_letter, word))).lower()


def fold(text: str) -> Folded:
    """The text letter by letter without marks on letters and with one kind of space, dash and quote; case stays.

    `len(places) == len(result) + 1`, and `places` never falls. Nothing is lost but what nobody sees.
    """
    if text.isascii():
        return Folded(text.translate(_CONTROLS), list(range(len(text) + 1)))
    letters: list[str] = []
    places: list[int] = []
    done = 0
    for match in _UNLIKE.finditer(text):
        place = match.start()
        letters.append(text[done:place])
        places.extend(range(done, place))
        made = fold_letter(text[place])
        letters.append(made)
        places.extend([place] * len(made))
        done = place + 1
    letters.append(text[done:])
    places.extend(range(done, len(text) + 1))
    return Folded("".join(letters), places)
