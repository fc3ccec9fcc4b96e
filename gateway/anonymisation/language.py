"""Whether words, sentences and whole texts are in another language than Dutch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gateway.anonymisation.features import names, sentences
from gateway.anonymisation.folding import fold
from gateway.anonymisation.tokens import tokenise
from gateway.anonymisation.words import PREFIXES, folded_lines, is_foreign, is_ordinary, listed

if TYPE_CHECKING:
    from gateway.anonymisation.tokens import Tokens

_ABROAD: Final = 3  # words of another language that a sentence has at least
_MANY: Final = 30  # words in such sentences, before a document is said to be in another language
_SHARE: Final = 0.25
_READ_MAX: Final = 200_000
_LATIN_END: Final = "\u0250"


def is_abroad(tokens: Tokens, start: int, end: int) -> bool:
    """Whether a sentence is in another language: more of its words are ordinary there than here."""
    there = here = neither = 0
    for place in range(start, end):
        word, low = tokens.words[place], tokens.lows[place]
        if word.isalpha() and len(word) > 1 and (word.islower() or tokens.caseless):
            known = low in listed("ordinary.gz") or low in PREFIXES
            there += is_foreign(low) and not (known and low not in folded_lines("foreign.txt"))
            here += known and not is_foreign(low)
            neither += not known and word.islower() and low not in names() and not is_ordinary(low)
    return there + neither >= _ABROAD and (there > here or (there > 1 and there + neither > 2 * here))


def in_another_language(text: str) -> bool:
    """Whether a good part of a document is not in Dutch, so that unknown names are found less surely there."""
    tokens = tokenise(fold(text[:_READ_MAX]).text)
    words = abroad = 0
    for start, end in sentences(tokens):
        count = sum(map(str.isalpha, tokens.words[start:end]))
        other = sum(1 for word in tokens.words[start:end] if word[0].isalpha() and word[0] >= _LATIN_END)
        words += count
        abroad += count if is_abroad(tokens, start, end) else other
    return abroad >= _MANY and abroad >= _SHARE * words
