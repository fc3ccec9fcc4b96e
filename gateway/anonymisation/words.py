"""The word lists: which words are ordinary Dutch, which are names, which belong to the trade and are never masked."""

from __future__ import annotations

import gzip
import re
from functools import cache, lru_cache
from importlib.resources import files
from typing import Final

from gateway.anonymisation.folding import fold_word

_DATA: Final = files("gateway.anonymisation") / "data"
_PART_MIN: Final = 4
_WORD_MAX: Final = 60  # what is longer is no word, and looking at all its pieces would take long
MONTHS: Final = frozenset(
    "januari februari maart april mei juni juli augustus september oktober november december".split()
)
PREFIXES: Final = frozenset(
    "van de der den het 't ter ten te in op aan uit den von el al ben ait 's la le du dos da di bin ibn abu aan over"
    " onder bij vd v d v.d d'".split()
)


@cache
def listed(name: str) -> frozenset[str]:
    """The lines of a list in `data`, folded."""
    raw = (_DATA / name).read_bytes()
    text = (gzip.decompress(raw) if name.endswith(".gz") else raw).decode()
    return frozenset(line for line in text.split("\n") if line and not line.startswith("#"))


@cache
def folded_lines(name: str) -> frozenset[str]:
    """The lines of one of our own lists in `data`, folded here."""
    return frozenset(fold_word(line.strip()) for line in listed(name))


@lru_cache(maxsize=65536)
def is_ordinary(low: str) -> bool:
    """Whether a folded word in lower case is ordinary Dutch, or made of two or three such words."""
    words = listed("ordinary.gz")
    if low in words or low in folded_lines("jargon.txt"):
        return True
    return 2 * _PART_MIN <= len(low) <= _WORD_MAX and _compound(low, words, 2)


@lru_cache(maxsize=65536)
def is_listed(low: str) -> bool:
    """Whether a folded word in lower case stands in the list itself, or is among the most common ones."""
    return low in listed("ordinary.gz") or low in folded_lines("frequent.txt")


@lru_cache(maxsize=65536)
def is_foreign(low: str) -> bool:
    """Whether a folded word in lower case is an ordinary word of English or of a language that families speak."""
    return low in listed("english.gz") or low in folded_lines("foreign.txt")


def _compound(low: str, words: frozenset[str], depth: int) -> bool:
    for cut in range(len(low) - _PART_MIN, _PART_MIN - 1, -1):
        if low[:cut] in words:
            rest = low[cut:]
            if rest in words or (rest[0] == "s" and rest[1:] in words and len(rest) > _PART_MIN):
                return True
            if depth > 1 and len(rest) >= 2 * _PART_MIN and _compound(rest, words, depth - 1):
                return True
    return False


@cache
def _allowed() -> tuple[re.Pattern[str], frozenset[str]]:
    lines = sorted(folded_lines("jargon.txt"), key=len, reverse=True)
    long = [re.escape(line).replace(r"\ ", r"[\s-]+") for line in lines if not line.isalnum()]
    return re.compile(rf"(?<![^\W_])(?:{'|'.join(long)})(?![^\W_])"), frozenset(filter(str.isalnum, lines))


def allowed_ranges(low: str) -> list[tuple[int, int]]:
    """Where a folded text in lower case names a test, method, law, diagnosis or the like of more than one word."""
    return [match.span() for match in _allowed()[0].finditer(low)]


def is_allowed(low: str) -> bool:
    """Whether one word belongs to the trade: the name of a test, a method, a law, a diagnosis."""
    return low in _allowed()[1]
