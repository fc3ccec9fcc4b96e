"""Finds in a text the values the dossier knows: numbers, addresses, schools, and names torn into pieces."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from gateway.anonymisation.finds import PERSONS
from gateway.anonymisation.folding import fold_word
from gateway.anonymisation.spans import Span
from gateway.anonymisation.variants import distance_within, glued, name_parts, single_skeleton
from gateway.anonymisation.words import is_ordinary

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.anonymisation.identities import KnownIdentities

_TORN_MIN: Final = 5
_LONG: Final = 8  # so long that two ordinary words do not make it by chance
_FUZZY_MIN: Final = 7
_FUZZY_LONG: Final = 12
_SPELLED_MIN: Final = 3
_DIGITS_MIN: Final = 6
_NUMBERS: Final = frozenset({"BSN", "PHONE", "ID", "TLV_NUMBER", "IBAN", "BRIN", "POSTCODE"})
_NAMED: Final = frozenset({"PLACE", "SCHOOL"})
_SCHOOL_WORDS: Final = frozenset(
    "obs cbs rkbs pcbs ikc sbo so vso kbs gbs basisschool openbare school de het 't christelijke katholieke".split()
)


class ValueIndex:
    """The known values, compiled once."""

    def __init__(self, known: KnownIdentities) -> None:
        self._numbers: list[tuple[str, str, str]] = []  # digits, kind, label
        self._texts: dict[str, tuple[str, str, bool]] = {}  # squashed form: kind, label, only when torn
        for value in (*known.values, *known.remembered):
            self._add(value.kind, value.text, value.label)
        if known.born:
            for form in (
                f"{known.born:%d%m%Y}",
                f"{known.born:%Y%m%d}",
                f"{known.born.day}{known.born.month}{known.born.year}",
            ):
                self._numbers.append((form, "DATE_BIRTH", "geboortedatum"))
        for person in known.people:
            for phone in person.phones:
                self._add("PHONE", phone, f"telefoonnummer {person.label}")
            for email in person.emails:
                self._add("EMAIL", email, f"e-mailadres {person.label}")
            for name in (*person.first_names, person.call_name, person.surname, *name_parts(person.surname)):
                self._add_torn(name, person.kind, person.label)
            self._add_torn(f"{person.call_name}{person.surname}", person.kind, person.label)
            self._add_torn(f"{person.call_name}{person.prefix}{person.surname}", person.kind, person.label)
            self._add_torn(f"{person.prefix}{person.surname}", person.kind, person.label)
        lookalike = {single_skeleton(form): form for form in self._texts}
        self._skeletons = lookalike

    def _add(self, kind: str, text: str, label: str) -> None:
        if kind in PERSONS:
            self._add_torn(text, kind, label)
            return
        compact = re.sub(r"[^\w]", "", fold_word(text))
        if kind in _NUMBERS and any(map(str.isdigit, compact)):
            self._numbers.append((_national(compact) if kind == "PHONE" else compact, kind, label))
            return
        if len(compact) > 2 or compact:
            self._texts.setdefault(compact, (kind, label, False))
        if kind == "SCHOOL":
            words = [word for word in re.findall(r"[^\W_]+", fold_word(text)) if word not in _SCHOOL_WORDS]
            short = "".join(words)
            if len(short) >= _TORN_MIN and (len(words) > 1 or len(short) >= _FUZZY_MIN or not is_ordinary(short)):
                self._texts.setdefault(short, (kind, label, False))
            article = re.search(r"(?:de|het|'t)\s.*", fold_word(text))
            if article:
                self._texts.setdefault(re.sub(r"[^\w]", "", article.group()), (kind, label, False))
        if kind == "ADDRESS":
            street = re.sub(r"[\W_]", "", re.sub(r"\s+\d.*", "", fold_word(text)))
            if len(street) >= _TORN_MIN:
                self._texts.setdefault(street, (kind, label, False))

    def _add_torn(self, name: str, kind: str, label: str) -> None:
        form = glued(name)
        if len(form) >= _SPELLED_MIN:
            self._texts.setdefault(form, (kind, label, True))

    def spans(self, text: str, low: str, *, caseless: bool = False) -> Iterator[Span]:
        """Where a folded text (`low` is it in lower case) holds a known value, however it is torn.

        A place or school whose name is an ordinary word (Best, De Bron) counts with a capital only, unless `caseless`.
        """
        letters, places = _squashed(low)
        for digits, kind, label in self._numbers:
            form = single_skeleton(digits)
            start = letters.find(form)
            while start >= 0:
                first, last = places[start], places[start + len(form) - 1]
                found = _number(low, first, last + 1, digits, kind)
                if found:
                    yield Span(*found, kind, "known", 1.0, label)
                start = letters.find(form, start + 1)
        for form, original in self._skeletons.items():
            kind, label, torn = self._texts[original]
            start = letters.find(form)
            while start >= 0:
                first, last = places[start], places[start + len(form) - 1]
                fits = _fits(low, first, last, len(form), torn=torn) and _same_enough(low[first : last + 1], original)
                if fits and (caseless or kind not in _NAMED or _is_named(text[first : last + 1])):
                    yield Span(first, last + 1, kind, "known", 1.0, label)
                start = letters.find(form, start + 1)
            if len(form) >= _FUZZY_MIN and not torn:
                yield from self._near(low, letters, places, form, (kind, label))

    def _near(self, low: str, letters: str, places: list[int], form: str, what: tuple[str, str]) -> Iterator[Span]:
        """Where a value stands with a few letters wrong: one of its pieces is whole, and the rest is near enough."""
        bound = 1 if len(form) < _FUZZY_LONG else 2
        size = len(form) // (bound + 1)
        for piece in range(bound + 1):
            at = piece * size
            part = form[at : at + size] if piece < bound else form[at:]
            start = letters.find(part)
            while start >= 0:
                for shift in (0, -1, 1):
                    first, last = start - at + shift, start - at + shift + len(form) - 1
                    for end in (last, last - 1, last + 1):
                        if first < 0 or end >= len(places) or end <= first:
                            continue
                        a, b = places[first], places[end]
                        if (
                            (a == 0 or not low[a - 1].isalnum())
                            and (b + 1 >= len(low) or not low[b + 1].isalnum())
                            and form not in letters[first : end + 1]
                            and distance_within(letters[first : end + 1], form, bound)
                        ):
                            yield Span(a, b + 1, what[0], "known", 0.85, what[1])
                start = letters.find(part, start + 1)


def _is_named(written: str) -> bool:
    """Whether it has a capital somewhere, a word in it is not ordinary, or it has more words: `de bron`."""
    words = re.findall(r"[^\W_]+", written)
    return not written.islower() or len(words) > 1 or not all(map(is_ordinary, words))


def _same_enough(written: str, original: str) -> bool:
    """A look-alike counts; but two ordinary words that differ in a letter are two words."""
    plain = re.sub(r"[\W_]", "", written)
    return plain == original or not is_ordinary(plain)


def _squashed(low: str) -> tuple[str, list[int]]:
    places = [place for place, letter in enumerate(low) if letter.isalnum()]
    return single_skeleton("".join([low[place] for place in places])), places


def _fits(low: str, first: int, last: int, length: int, *, torn: bool) -> bool:
    """Whether a form found between its neighbours is a word or words by itself, with no more than small gaps inside."""
    if first > 0 and low[first - 1].isalnum():
        return False
    if last + 1 < len(low) and low[last + 1].isalnum() and low[last + 1 : last + 2] != "s":
        return False
    inside = low[first : last + 1]
    if not _GAPS_FIT.fullmatch(inside):
        return False
    if not torn:
        return True
    pieces = re.split(r"[^\w]+", inside)
    if len(pieces) == 1:
        return False  # whole words are the matcher's
    if length < _TORN_MIN - 1:
        return max(map(len, pieces)) == 1
    return (
        max(map(len, pieces)) == 1
        or length >= _LONG
        or not all(is_ordinary(piece) or len(piece) == 1 for piece in pieces)
        or "-\n" in inside
    )


_GAPS_FIT: Final = re.compile(r"[^\W_]+(?:[\W_]{1,3}[^\W_]+)*")


_PHONE_LEAD: Final = re.compile(r"(?:(?:\+|00)[\s(]?31|0|(?<!\d)31)[\s\-./()]{0,4}(?:\(?0\)?)?[\s\-./()]{0,4}\Z")
_NUMBER_GAPS: Final = re.compile(r"[^\W_]+(?:[\W_]{1,5}[^\W_]+)*")


def _national(compact: str) -> str:
    """The digits of a phone number without what may stand before them."""
    return re.sub(r"^(?:0031|31(?=\d{9})|0)", "", compact)


def _number(low: str, start: int, end: int, digits: str, kind: str) -> tuple[int, int] | None:
    """The range of a known number: its digits the same, or signs that look like them, in any groups."""
    inside = low[start:end]
    signs = re.sub(r"[\W_]", "", inside)
    if any(sign != digit for sign, digit in zip(signs, digits, strict=True) if sign.isdigit() and digit.isdigit()):
        return None
    if not _NUMBER_GAPS.fullmatch(inside):
        return None
    if kind == "PHONE":
        lead = _PHONE_LEAD.search(low, max(0, start - 14), start)
        start = lead.start() if lead else start
    if kind == "BRIN":
        tail = re.compile(r"[ -]?\d{2}(?!\d)").match(low, end)
        end = tail.end() if tail else end
    if (start > 0 and low[start - 1].isdigit() and low[start].isdigit()) or (end < len(low) and low[end].isdigit()):
        return None
    return start, end
