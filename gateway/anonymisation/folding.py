"""One shape for the many ways in which a text can hold the same letters, with the way back to each place."""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from typing import Final, NamedTuple

# Letters that Unicode does not take apart.
_LETTERS: Final = {
    **dict(zip("ıøłđðæœßħŧŋəĳ", ("i", "o", "l", "d", "d", "ae", "oe", "ss", "h", "t", "n", "e", "ij"), strict=True)),
    "þ": "th",
}
_MARKS: Final = {
    **dict.fromkeys("’‘`´ʻʼ′＇‛", "'"),
    **dict.fromkeys("‐‑‒–—−﹣－", "-"),
    **dict.fromkeys("“”„«»″", '"'),
}
# Signs nobody sees: soft hyphen, joiners, marks of direction, byte order mark.
_UNSEEN: Final = frozenset(
    "\u00ad\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff"
)


class Folded(NamedTuple):
    """A folded text; its i-th letter stands at `places[i]` of the original; `places[-1]` is the original's length."""

    text: str
    places: list[int]

    def back(self, start: int, end: int) -> tuple[int, int]:
        """The range of the original that made `text[start:end]` (not empty), marks on its last letter included."""
        first = self.places[start]
        last = self.places[end - 1]
        following = next((place for place in self.places[end:] if place > last), self.places[-1])
        return first, following


@lru_cache(maxsize=4096)
def fold_letter(letter: str) -> str:
    """A letter in lower case without marks; a space for whatever is white; nothing for what is not seen."""
    if letter in _UNSEEN or unicodedata.combining(letter):
        return ""
    if letter in _MARKS:
        return _MARKS[letter]
    if letter.isspace():
        return "\n" if letter in "\n\r\u2028\u2029\x0b\x0c\x85" else " "
    low = letter.casefold()
    apart = unicodedata.normalize("NFKD", low)
    plain = "".join(_LETTERS.get(each, each) for each in apart if not unicodedata.combining(each))
    return plain.casefold()


@lru_cache(maxsize=65536)
def fold_word(word: str) -> str:
    """A short text folded, without the way back."""
    if word.isascii():
        return word.lower()
    return "".join(map(fold_letter, word))


def fold(text: str) -> Folded:
    """The text folded letter by letter: case, marks, kinds of space, dash and quote no longer differ.

    `len(places) == len(result) + 1`, and `places` never falls. Nothing is lost but what nobody sees.
    """
    if text.isascii():
        return Folded(text.lower(), list(range(len(text) + 1)))
    letters: list[str] = []
    places: list[int] = []
    for place, letter in enumerate(text):
        made = letter.lower() if letter.isascii() else fold_letter(letter)
        if made:
            letters.append(made)
            places.extend([place] * len(made))
    places.append(len(text))
    return Folded("".join(letters), places)
