"""What the model sees of a word: its shape, its ends, which lists it is on; and the same of its neighbours."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Final

from gateway.anonymisation.words import PREFIXES, folded_lines, is_allowed, is_foreign, is_ordinary, listed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from gateway.anonymisation.tokens import Tokens

SENTENCE_MAX: Final = 120


@lru_cache(maxsize=65536)
def shape(word: str) -> str:
    """`Xx` a capital and small ones, `XX` capitals, `x` small, `X` one capital, `9` digits, `9x` both, or a sign."""
    if word.isdigit():
        return "9" * min(len(word), 4)
    if not word[0].isalnum() and word[0] != "'":
        return word[:1]
    if any(map(str.isdigit, word)):
        return "9x"
    if word.islower():
        return "x"
    if word.isupper():
        return "X" if len(word) == 1 else "XX"
    return "Xx" if word[0].isupper() and word[1:].islower() else "xX"


def lists_of(low: str) -> str:
    """The lists a word is on: Ordinary, English, First name, Surname, Place, pRoper, Jargon, Van, Institution."""
    made = [
        "o" if is_ordinary(low) else "",
        "e" if is_foreign(low) else "",
        "f" if low in listed("first_names.gz") and low not in _hidden else "",
        "s" if low in listed("surnames.gz") and low not in _hidden else "",
        "p" if low in _place_words() and low not in _hidden else "",
        "r" if low in listed("proper.gz") and low not in _hidden else "",
        "j" if is_allowed(low) else "",
        "v" if low in PREFIXES else "",
        "i" if low in folded_lines("institutions.txt") else "",
    ]
    return "".join(made)


# Names left out of the lists while the model learns, so that it also learns to do without.
_hidden: frozenset[str] = frozenset()


def hide(names: frozenset[str]) -> None:
    """Leave names out of the lists from now on. For training only."""
    global _hidden  # noqa: PLW0603 - the one switch of the training command
    _hidden = names


@lru_cache(maxsize=65536)
def _own(word: str) -> tuple[bytes, ...]:
    """What is said of a word in its own place."""
    low = word.lower()
    known = lists_of(low)
    cast = shape(word)
    made = ["b", "w=" + low, "s=" + cast, "l=" + known, "sl=" + cast + known]
    made += ["L" + letter for letter in known]
    if low.isalpha():
        made += ["p2=" + low[:2], "p3=" + low[:3], "e2=" + low[-2:], "e3=" + low[-3:], "e4=" + low[-4:]]
        made.append("n=" + str(min(len(low), 12)))
        made += ["g=" + low[place : place + 3] for place in range(min(len(low) - 2, 8))]
    return _encoded(made)


@lru_cache(maxsize=65536)
def _beside(word: str, where: str) -> tuple[bytes, ...]:
    """What is said of a word to its neighbour `where` places away."""
    low = word.lower()
    known = lists_of(low)
    cast = shape(word)
    if len(where) > 1 and where[1] == "2":
        return _encoded((where + "w=" + low, where + "s=" + cast + known))
    return _encoded(
        (
            where + "w=" + low,
            where + "s=" + cast,
            where + "l=" + known,
            where + "sl=" + cast + known,
            where + "e3=" + low[-3:],
        )
    )


def _encoded(made: Iterable[str]) -> tuple[bytes, ...]:
    """As the model takes them: it would encode each of them again for each word."""
    return tuple(each.encode() for each in made)


def sentences(tokens: Tokens) -> Iterator[tuple[int, int]]:
    """The tokens of each sentence or line, as ranges that follow each other."""
    start = 0
    words = tokens.words
    for place, word in enumerate(words):
        ends = word in ".!?\n" and (place + 1 == len(words) or not _goes_on(tokens, place))
        if ends or place - start >= SENTENCE_MAX:
            yield start, place + 1
            start = place + 1
    if start < len(words):
        yield start, len(words)


def _goes_on(tokens: Tokens, place: int) -> bool:
    """Whether a full stop belongs to an initial or an abbreviation."""
    return tokens.words[place] == "." and (
        (place > 0 and len(tokens.words[place - 1]) <= 3 and tokens.ends[place - 1] == tokens.starts[place])
        or tokens.starts[place + 1] == tokens.ends[place]
    )


def may_hold_names(tokens: Tokens, start: int, end: int) -> bool:
    """Whether a sentence has any word that is not plainly ordinary; nothing else is worth the model's time."""
    if tokens.caseless:
        return True
    for place in range(start, end):
        word = tokens.words[place]
        if not word[0].isalpha():
            continue
        if word[0].isupper():
            if place > start or tokens.lows[place] in names() or not is_ordinary(tokens.lows[place]):
                return True
        elif (not is_ordinary(word) and len(word) > 1) or (tokens.bare(place) and word in names()):
            return True
    return False


@cache
def names() -> frozenset[str]:
    """All names on the lists."""
    return listed("first_names.gz") | listed("surnames.gz") | _place_words()


@cache
def _place_words() -> frozenset[str]:
    parts = {part for place in listed("places.gz") for part in re.split(r"[ -]", place) if len(part) > 3}
    return listed("places.gz") | parts


def row_of(tokens: Tokens, start: int, end: int) -> list[list[bytes]]:
    """The features of each token of a sentence."""
    words, lows, text = tokens.words, tokens.lows, tokens.text
    count = len(words)
    made: list[list[bytes]] = []
    for place in range(start, end):
        word = words[place]
        before = words[place - 1] if place else "\n"
        line = place == 0 or "\n" in text[tokens.ends[place - 1] : tokens.starts[place]]
        row = [
            *_own(word),
            *_beside(before, "-"),
            *_beside(words[place + 1] if place + 1 < count else "\n", "+"),
            *_cast(word, "c0" if tokens.bare(place) else "c1", first=place == start or line),
        ]
        if place > 1:
            row += _beside(words[place - 2], "-2")
        if place + 2 < count:
            row += _beside(words[place + 2], "+2")
        if place > 2:
            row.append(b"-3w=" + lows[place - 3].encode())
        if line:
            row.append(b"NL")
        row.append(_pair(lows[place - 1] if place else "\n", shape(word)))
        made.append(row)
    return made


@lru_cache(maxsize=65536)
def _pair(before: str, cast: str) -> bytes:
    return f"ww={before}_{cast}".encode()


@lru_cache(maxsize=65536)
def _cast(word: str, case: str, *, first: bool) -> tuple[bytes, ...]:
    cast, known = shape(word), lists_of(word.lower())
    return _encoded((case + cast, case + "l" + known, ("F" if first else "M") + cast + known))
