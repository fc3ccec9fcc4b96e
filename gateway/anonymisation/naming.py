"""What stands in the place of each find: the same for the same person, school or number everywhere."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from gateway.anonymisation.dates import NUMBERS, dates_in
from gateway.anonymisation.finds import COUNTED_LABEL, PERSONS
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
PLAIN_WORDS: Final = frozenset(_PLAIN.values())
"""Replacements that say of what kind something is, and not which one."""
_COUNTED: Final = {"PLACE": "plaats", "INSTITUTION": "instelling"}
_SCHOOL: Final = "school"
_PERSON: Final = "persoon"
_LETTERS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_GENERIC: Final = frozenset(
    "obs cbs rkbs pcbs ikc sbo so kbs gbs basisschool school openbare de het stichting praktijk van voor en".split()
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Detail:
    """How much a replacement may still say, as a profile asks.

    `age_bands`: `[8-9 jaar]` for an age. `dates`: `none` `[datum]`; `period` `[begin 2024]`; `offset` the time before
    or after `anchor`, the day of the notification: `[3 maanden na aanmelding]`. A birth date says nothing, whatever is
    asked.
    """

    age_bands: bool = False
    dates: Literal["none", "period", "offset"] = "none"
    anchor: dt.date | None = None


PLAIN: Final = Detail()
TOLD: Final = (
    r"(?:begin|midden|eind) \d{4}|\d{1,2}-\d{1,2} jaar|dag van aanmelding"
    r"|\d{1,3} (?:dag|dagen|weken|maanden|jaar) (?:voor|na) aanmelding"
)
"""What `Detail` makes of ages and dates, as a pattern; the one place that knows its words beside `_band`, `_offset`."""


def replacements(known: KnownIdentities) -> re.Pattern[str]:
    """Matches what stands in the place of finds, in a folded text: our own words, and nothing one could hide in."""
    own = {fold_word(person.label) for person in known.people} | {fold_word(value.label) for value in known.values}
    own |= {f"{what} {label}" for label in own for what in ("telefoonnummer", "e-mailadres")}
    own |= {fold_word(word) for word in _PLAIN.values()} | {"gevonden"}
    fixed = "|".join(map(re.escape, sorted(own - {""}, key=len, reverse=True)))
    counted = r"(?:persoon|plaats|instelling|school) (?:\d+|[a-z])"
    return re.compile(rf"\[(?:{fixed}|{counted}|{TOLD})\]", re.IGNORECASE)


class Labels:
    """The replacements of one document or dossier. Collect every part first, then ask."""

    def __init__(self, known: KnownIdentities, detail: Detail = PLAIN) -> None:
        self._known = known
        self._detail = detail
        self._people: list[frozenset[str]] = []
        self._numbers: dict[frozenset[str], int] = {}
        self._others: dict[tuple[str, str], str] = {}
        self._count: dict[str, int] = {_SCHOOL: 1 if any(value.label == "school A" for value in known.values) else 0}
        for value in known.numbered:
            self._keep(value.kind, value.text, value.label)
        self._earlier = dict(self._numbers)
        self._last = max(self._numbers.values(), default=0)

    def _keep(self, kind: str, written: str, label: str) -> None:
        """What an earlier document of the dossier called this one, it is called here; its number is nobody else's."""
        counted = COUNTED_LABEL.fullmatch(label)
        if counted is None:
            return
        word, number = counted["word"], _place(counted["number"])
        if kind in PERSONS and word == _PERSON:
            self._numbers[_name_key(written)] = number
            return
        self._others[(kind, _value_key(written))] = label
        self._count[word] = max(self._count.get(word, 0), number)

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
            return f"{_PERSON} {self._number(_name_key(written))}"
        if span.kind in _PLAIN:
            return self._told(span.kind, fold_word(written)) or _PLAIN[span.kind]
        key = (span.kind, _value_key(written))
        if key not in self._others:
            self._others[key] = self._next(span.kind)
        return self._others[key]

    def _told(self, kind: str, low: str) -> str:
        """What an age or a date may still say; nothing where it cannot be read."""
        if kind == "AGE" and self._detail.age_bands:
            return _band(low)
        dates = dates_in(low) if kind == "DATE" and self._detail.dates != "none" else []
        if not dates or dates[0].year is None:
            return ""
        day = dt.date(dates[0].year, dates[0].month, min(dates[0].day or 15, 28))
        if self._detail.dates == "offset" and self._detail.anchor:
            return _offset(day, self._detail.anchor)
        return f"{('begin', 'midden', 'eind')[(day.month - 1) // 4]} {day.year}"

    def _number(self, key: frozenset[str]) -> int:
        fullest = max((each for each in self._people if key <= each), key=len, default=key)
        if fullest not in self._numbers:
            self._numbers[fullest] = self._numbered_before(fullest) or self._next_number()
        return self._numbers[fullest]

    def _numbered_before(self, key: frozenset[str]) -> int:
        """The number of the one person whom an earlier document called by a part of this name, or by more than it."""
        near = {self._earlier[each] for each in self._earlier if each and key and (each <= key or key <= each)}
        if len(near) != 1:
            return 0
        number = near.pop()
        self._earlier = {each: kept for each, kept in self._earlier.items() if kept != number}
        return number

    def _next_number(self) -> int:
        self._last += 1
        return self._last

    def _next(self, kind: str) -> str:
        word = _COUNTED.get(kind, _SCHOOL)
        count = self._count.get(word, 0)
        self._count[word] = count + 1
        if word == _SCHOOL:
            return f"{word} {_LETTERS[count]}" if count < len(_LETTERS) else f"{word} {count + 1}"
        return f"{word} {count + 1}"


def _place(number: str) -> int:
    return int(number) if number.isdigit() else _LETTERS.index(number) + 1


def _band(low: str) -> str:
    digits = re.search(r"\d{1,2}", low)
    word = next((value for name, value in NUMBERS.items() if low.startswith(name)), 0)
    years = int(digits.group()) if digits else word
    return f"{years - years % 2}-{years - years % 2 + 1} jaar" if years else ""


def _offset(day: dt.date, anchor: dt.date) -> str:
    days = (day - anchor).days
    if days == 0:
        return "dag van aanmelding"
    size, when = abs(days), "na aanmelding" if days > 0 else "voor aanmelding"
    if size < 14:
        return f"{size} {'dag' if size == 1 else 'dagen'} {when}"
    if size < 60:
        return f"{size // 7} weken {when}"
    return f"{size // 30} maanden {when}" if size < 730 else f"{size // 365} jaar {when}"


def _name_key(written: str) -> frozenset[str]:
    parts = [part for part in re.findall(r"[^\W_]+", fold_word(written)) if part not in PREFIXES]
    long = [part.removesuffix("s") if len(part) > 3 else part for part in parts if len(part) > 1]
    return frozenset(long or parts)


def _value_key(written: str) -> str:
    parts = [part for part in re.findall(r"[^\W_]+", fold_word(written)) if part not in _GENERIC]
    return " ".join(parts) or fold_word(written)
