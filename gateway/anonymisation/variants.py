"""The forms in which one name may be written or misread."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from gateway.anonymisation.folding import fold_word
from gateway.anonymisation.words import PREFIXES

if TYPE_CHECKING:
    from collections.abc import Iterator

_SINGLE: Final = str.maketrans(
    {
        "1": "i",
        "l": "i",
        "|": "i",
        "!": "i",
        "j": "i",
        "0": "o",
        "5": "s",
        "8": "b",
        "6": "b",
        "2": "z",
        "9": "g",
        "q": "g",
    }
)
_PAIRS: Final = (("rn", "m"), ("vv", "w"), ("cl", "d"), ("ii", "u"))
_PARTS: Final = re.compile(r"[^\W_]+")
_VOWELS: Final = frozenset("aeiouy")


@lru_cache(maxsize=65536)
def skeleton(low: str) -> str:
    """A word as text recognition may confuse it: two words with one skeleton look alike."""
    made = low.translate(_SINGLE)
    for pair, one in _PAIRS:
        made = made.replace(pair, one)
    return made


def single_skeleton(low: str) -> str:
    """The confusions of one sign for one sign only, so that places stay."""
    return low.translate(_SINGLE)


def name_parts(name: str) -> list[str]:
    """The folded words of a name that name somebody: not the tussenvoegsels."""
    parts = _PARTS.findall(fold_word(name))
    kept = [part for part in parts if part not in PREFIXES]
    return kept or parts


def glued(name: str) -> str:
    """A name as one word: `van der Meer` is `vandermeer`."""
    return "".join(_PARTS.findall(fold_word(name)))


def diminutives(low: str) -> Iterator[str]:
    """Janneke, Jantje, Tommetje, Bompje: the small forms of a first name."""
    yield from (low + end for end in ("tje", "je", "etje", "pje", "ke", "eke", "ie", "y", "tjes", "jes"))
    if low[-1] not in _VOWELS:
        yield from (low + low[-1] + end for end in ("etje", "eke", "ie", "y"))
    elif low[-1] in "aou":
        yield low + low[-1] + "tje"


def bare(low: str) -> Iterator[str]:
    """A word without what a sentence may have added: Jan's, Jans, Hans', Jansens."""
    if "'" in low[2:]:
        yield low[: low.index("'", 2)]
    for end in ("'s", "'", "'tje", "s", "'er", "'ers", "en", "'je", "es"):
        if low.endswith(end) and len(low) - len(end) > 1:
            yield low[: -len(end)]


@lru_cache(maxsize=32768)
def deletes(low: str, depth: int = 1) -> frozenset[str]:
    """The word, and each that remains when up to `depth` letters go: two words that share one are near each other."""
    made = {low}
    edge = {low}
    for _ in range(depth):
        edge = {word[:place] + word[place + 1 :] for word in edge for place in range(len(word))}
        made |= edge
    return frozenset(made)


def distance_within(first: str, second: str, bound: int) -> bool:
    """Whether two words differ by at most `bound` insertions, deletions, replacements or swaps of neighbours."""
    if abs(len(first) - len(second)) > bound:
        return False
    before: list[int] = []
    row = list(range(len(second) + 1))
    for place, letter in enumerate(first, 1):
        earlier, before, row = before, row, [place]
        for other, sign in enumerate(second, 1):
            cost = min(before[other] + 1, row[-1] + 1, before[other - 1] + (letter != sign))
            if place > 1 and other > 1 and letter == second[other - 2] and first[place - 2] == sign:
                cost = min(cost, earlier[other - 2] + 1)
            row.append(cost)
        if min(row) > bound:
            return False
    return row[-1] <= bound
