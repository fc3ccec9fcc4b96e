"""Points out that a document may be about another pupil than the dossier's."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from gateway.anonymisation.dates import dates_in, is_birth
from gateway.anonymisation.finds import PUPIL
from gateway.anonymisation.folding import fold
from gateway.anonymisation.identities import KnownIdentities
from gateway.anonymisation.index import index_of
from gateway.anonymisation.words import PREFIXES, is_ordinary

if TYPE_CHECKING:
    from collections.abc import Iterable

_NAME: Final = re.compile(
    r"(?im)^[ \t>*-]*(?:(?:voor- en achter)?naam(?: van)?(?: de| het)? ?(?:leerling|kind|client|patient|jeugdige)?|leerling|roepnaam|"
    r"kind|client|patient|jeugdige|betreft|inzake|regarding|pupil|name|child|ogrenci(?:nin)? adi)[ \t]*[:|\t][ \t|]*(?P<value>[^\n|\t]{2,60})"
)
_BORN: Final = re.compile(
    r"(?i)(?:geboren|geb\.? ?datum|geboortedatum|geb\.|date of birth|born|dogum tarihi)[^\d\n]{0,12}(?P<value>[^\n]{6,30})"
)
_BSN: Final = re.compile(r"(?i)(?:bsn|burgerservicenummer)[^\d\n]{0,6}(?P<value>\d(?:[ .]?\d){8})(?!\d)")


def about_other_pupil(text: str, known: KnownIdentities) -> tuple[str, ...]:
    """The reasons to think so: `name`, `birth_date`, `bsn` (another one stands at its label), `absent` (no name at all).

    Empty where nothing points to another pupil. A hint for the reviewer, no judgement. `absent` only comes with another
    reason, for many a text about the pupil has no name in it. Source: CV4.6.
    """
    plain = fold(text).text
    pupil = tuple(person for person in known.people if person.kind == PUPIL)
    index = index_of(KnownIdentities(people=pupil))
    reasons = []
    names = [_words(match["value"]) for match in _NAME.finditer(plain)]
    names = [words for words in names if words]
    if names and not any(index.look(word.lower()) for words in names for word in words):
        reasons.append("name")
    if known.born and _other_birth(plain, known):
        reasons.append("birth_date")
    numbers = {re.sub(r"\D", "", match["value"]) for match in _BSN.finditer(plain)}
    own = {value.text for value in known.values if value.kind == "BSN"}
    if own and numbers and not numbers & own:
        reasons.append("bsn")
    if reasons and not any(index.look(word) for word in re.findall(r"[^\W\d_]+", plain.lower())):
        reasons.append("absent")
    return tuple(reasons)


def _words(value: str) -> list[str]:
    """The words of a value that may be names: with a capital, and not all of them ordinary."""
    words = [word for word in re.findall(r"[^\W\d_]+", value) if word.lower() not in PREFIXES and len(word) > 1]
    named = [word for word in words if word[0].isupper()]
    return named if _unusual(named) and len(named) * 2 >= len(words) else []


def _unusual(words: Iterable[str]) -> bool:
    return any(not is_ordinary(word.lower()) for word in words)


def _other_birth(plain: str, known: KnownIdentities) -> bool:
    written = [date for match in _BORN.finditer(plain) for date in dates_in(match["value"].lower())[:1]]
    full = [date for date in written if date.day is not None and date.year is not None]
    return bool(full) and known.born is not None and not any(is_birth(date, known.born) for date in full)
