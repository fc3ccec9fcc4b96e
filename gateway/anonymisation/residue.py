"""The proof on an output: is anything of the dossier, or of what was found, still in it?"""

from __future__ import annotations

import re
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from gateway.anonymisation.dates import dates_in
from gateway.anonymisation.detection import Detector
from gateway.anonymisation.finds import OTHER, Find
from gateway.anonymisation.identities import KnownValue
from gateway.anonymisation.words import PREFIXES, folded_lines, is_ordinary

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from gateway.anonymisation.identities import KnownIdentities

_DIGITS: Final = 5
_WORDS: Final = 5


def residue(text: str, known: KnownIdentities, found: Iterable[str]) -> list[Find]:
    """What an output's text still holds of the dossier's values or of the identifiers found in the original.

    Searched fuzzily: case, marks, splits, stray spaces, confusions of text recognition, a letter wrong, digits in any
    groups. Replacements such as `[leerling]` are no residue. Anything returned blocks. Source: CV4.6.
    """
    return _searcher(known, tuple(found)).find_known(text)


@lru_cache(maxsize=2)  # one file asks this of each of its pages, with the same dossier and finds
def _searcher(known: KnownIdentities, found: tuple[str, ...]) -> Detector:
    remembered = dict.fromkeys(value for each in found for value in _values(each))
    return Detector(replace(known, remembered=(*known.remembered, *remembered)), model=None)


def _values(written: str) -> Iterator[KnownValue]:
    """As which values a found identifier is searched for."""
    digits = sum(map(str.isdigit, written))
    if "@" in written:
        yield KnownValue("EMAIL", written, "e-mailadres")
    elif digits >= _DIGITS and not dates_in(written.lower()):
        yield KnownValue("ID", written, "nummer")
    elif digits:
        if len(written) > _DIGITS:
            yield KnownValue("DATE", written, "gevonden")
    else:
        words = [word for word in re.findall(r"[^\W\d_]+", written) if word.lower() not in PREFIXES]
        if len("".join(words)) > 2 and not _says_nothing(words):
            yield KnownValue("ID", written, "gevonden")
        if len(words) <= _WORDS:
            yield from (KnownValue(OTHER, word, "gevonden") for word in words if _names(word))


def _says_nothing(words: list[str]) -> bool:
    """Whether these are ordinary words that stand anywhere: `een jaar`, or one word by itself."""
    plain = all(is_ordinary(word.lower()) for word in words)
    return plain and (len(words) == 1 or all(word.islower() for word in words))


def _names(word: str) -> bool:
    low = word.lower()
    return len(low) > 3 and low not in folded_lines("frequent.txt") and not is_ordinary(low)
