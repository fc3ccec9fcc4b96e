"""A dossier as coded fields alone, and the suppression of rare combinations: what research and policy may have.

No name, address, postcode, number or free text goes in; ages are bands and dates are periods. A combination that fewer
than `k` dossiers share loses its most telling fields until enough share it, or does not leave. Source: PR4.2.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from gateway.dossiers.rules import DOCUMENT_KINDS

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

FIELDS: Final[dict[str, str]] = {
    "age": "leeftijd in banden van twee jaar",
    "notified": "half jaar van aanmelding",
    "enrolled": "hoe lang op deze school",
    "documents": "aantal stukken",
    "kinds": "soorten stukken",
    "categories": "soorten gegevens",
}
"""The fields of a row, the least telling first: suppression begins at the end."""
SUPPRESSED: Final = "*"
PERIOD: Final = 1
CATEGORIES: Final = 5
NOTHING: Final = (SUPPRESSED,) * 6
"""Where in a row the half year and the categories stand; and a row that says nothing."""
_IDENTIFYING: Final = frozenset("abd")
_FEW, _SOME = 3, 8
_HALF: Final = 6
_YEARS: Final = ((1, "korter dan 1 jaar"), (3, "1 tot 3 jaar"), (5, "3 tot 5 jaar"))
_KINDS_SHOWN: Final = frozenset(DOCUMENT_KINDS)

Row = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What of a dossier is coded: days and counts, and the codes of its documents."""

    born: date
    notified_on: date
    enrolled_from: date
    kinds: tuple[str, ...]
    categories: frozenset[str]


def coded(told: Told, on: date) -> Row:
    """The row of a dossier; categories that identify (a, b, d) are not told."""
    years = on.year - told.born.year - ((on.month, on.day) < (told.born.month, told.born.day))
    band = years - years % 2
    return (
        f"{band}-{band + 1}",
        half_year(told.notified_on),
        _how_long((on - told.enrolled_from).days / 365.25),
        _how_many(len(told.kinds)),
        " ".join(sorted(set(told.kinds) & _KINDS_SHOWN)),
        " ".join(sorted({category[0] for category in told.categories} - _IDENTIFYING)),
    )


def suppressed(rows: Mapping[str, Row], k: int) -> dict[str, Row]:
    """The rows by id, with every combination shared by at least `k` of them; what cannot be shared so is left out.

    The rows are the whole population; who exports some of it picks from the answer.
    """
    kept: dict[str, Row] = {}
    waiting = dict(rows)
    for shown in range(len(FIELDS), -1, -1):
        cut = {each: (*row[:shown], *(SUPPRESSED,) * (len(FIELDS) - shown)) for each, row in waiting.items()}
        shared = Counter(cut.values())
        kept.update({each: row for each, row in cut.items() if shared[row] >= k and any(c != SUPPRESSED for c in row)})
        waiting = {each: row for each, row in waiting.items() if each not in kept}
    return kept


def half_year(day: date) -> str:
    """The half year of a day, as `2026-1`."""
    return f"{day.year}-{1 if day.month <= _HALF else 2}"


def _how_long(years: float) -> str:
    return next((words for most, words in _YEARS if years < most), "5 jaar of langer")


def _how_many(count: int) -> str:
    if count <= _FEW:
        return f"1-{_FEW}"
    return f"{_FEW + 1}-{_SOME}" if count <= _SOME else f"meer dan {_SOME}"
