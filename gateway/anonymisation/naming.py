"""What stands in the place of each find: the same for the same person, school or number everywhere."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from gateway.anonymisation.finds import PERSONS
from gateway.anonymisation.folding import fold_word
from gateway.anonymisation.words import PREFIXES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gateway.anonymisation.identities import KnownIdentities
    from gateway.anonymisation.spans import Span

_PLAIN: Final = {
    "DATE_BIRTH": "geboortedatum",
    "DATE": "datum",
    "AGE": "leeftijd",
    "ADDRESS": "adres",
    "POSTCODE": "postcode",
    "PHONE": "telefoonnummer",
    "EMAIL": "e-mailadres",
    "URL": "webadres",
    "BSN": "BSN",
    "BRIN": "BRIN",
    "TLV_NUMBER": "TLV-nummer",
    "IBAN": "rekeningnummer",
    "ID": "nummer",
}
_COUNTED: Final = {"PLACE": "plaats", "INSTITUTION": "instelling"}
_SCHOOL: Final = "school"
_LETTERS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_GENERIC: Final = frozenset(
    "obs cbs rkbs pcbs ikc sbo so kbs gbs basisschool school openbare de het stichting praktijk van voor en".split()
)


class Labels:
    """The replacements of one document or dossier. Collect every part first, then ask."""

    def __init__(self, known: KnownIdentities) -> None:
        self._known = known
        self._people: list[frozenset[str]] = []
        self._numbers: dict[frozenset[str], int] = {}
        self._others: dict[tuple[str, str], str] = {}
        self._count: dict[str, int] = {_SCHOOL: 1 if any(value.label == "school A" for value in known.values) else 0}

    def collect(self, spans: Iterable[Span], text: str) -> None:
        """Take in the finds of one part."""
        for span in spans:
            if span.kind in PERSONS and not span.label:
                key = _name_key(text[span.start : span.end])
                if key not in self._people:
                    self._people.append(key)

    def of(self, span: Span, text: str) -> str:
        """The replacement of a find of a part that was collected."""
        return f"[{span.label or self._made(span, text[span.start : span.end])}]"

    def _made(self, span: Span, written: str) -> str:
        if span.kind in PERSONS:
            return f"persoon {self._number(_name_key(written))}"
        if span.kind in _PLAIN:
            return _PLAIN[span.kind]
        key = (span.kind, _value_key(written))
        if key not in self._others:
            self._others[key] = self._next(span.kind)
        return self._others[key]

    def _number(self, key: frozenset[str]) -> int:
        fullest = max((each for each in self._people if key <= each), key=len, default=key)
        return self._numbers.setdefault(fullest, len(self._numbers) + 1)

    def _next(self, kind: str) -> str:
        word = _COUNTED.get(kind, _SCHOOL)
        count = self._count.get(word, 0)
        self._count[word] = count + 1
        if word == _SCHOOL:
            return f"{word} {_LETTERS[count]}" if count < len(_LETTERS) else f"{word} {count + 1}"
        return f"{word} {count + 1}"


def _name_key(written: str) -> frozenset[str]:
    parts = [part for part in re.findall(r"[^\W_]+", fold_word(written)) if part not in PREFIXES]
    long = [part.removesuffix("s") if len(part) > 3 else part for part in parts if len(part) > 1]
    return frozenset(long or parts)


def _value_key(written: str) -> str:
    parts = [part for part in re.findall(r"[^\W_]+", fold_word(written)) if part not in _GENERIC]
    return " ".join(parts) or fold_word(written)
