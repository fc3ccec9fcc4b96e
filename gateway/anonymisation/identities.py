"""Who the dossier is about and around: what the gateway knows before it has read a letter."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from gateway.anonymisation.finds import COUNTED_LABEL, KINDS, OTHER, PARENT, PUPIL
from gateway.anonymisation.naming import PLAIN, Detail

TEXT_MAX: Final = 500
LIST_MAX: Final = 2_000


class RecordError(ValueError):
    """A dossier record that cannot be read; the sentence is Dutch and holds no value of the record."""


@dataclass(frozen=True, slots=True, repr=False)
class KnownPerson:
    """One person of the dossier, with what stands in the place of the name."""

    kind: str
    label: str
    first_names: tuple[str, ...] = ()
    call_name: str = ""
    initials: str = ""
    prefix: str = ""
    surname: str = ""
    born: dt.date | None = None
    phones: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, repr=False)
class KnownValue:
    """One value of the dossier that is no person's name: an address, a number, a school."""

    kind: str
    text: str
    label: str


@dataclass(frozen=True, slots=True, repr=False)
class KnownIdentities:
    """Everything the dossier knows. Says nothing of itself when printed.

    `numbered` is what earlier documents gave a number: it is not searched for, but found, it is called the same.
    `detail` is how much the replacements may still say.
    """

    people: tuple[KnownPerson, ...] = ()
    values: tuple[KnownValue, ...] = ()
    born: dt.date | None = None
    remembered: tuple[KnownValue, ...] = field(default=())
    numbered: tuple[KnownValue, ...] = field(default=())
    detail: Detail = PLAIN

    def __repr__(self) -> str:
        return "KnownIdentities()"


NOBODY: Final = KnownIdentities()

_PERSON: Final = frozenset(
    {"voornamen", "roepnaam", "voorletters", "tussenvoegsel", "achternaam", "geslacht", "geboortedatum"}
)
_PUPIL: Final = _PERSON | {"bsn", "onderwijsnummer"}
_RELATED: Final = _PERSON | {"rol", "telefoon", "email"}
_ADDRESS: Final = frozenset({"straat_huisnummer", "postcode", "plaats"})
_SCHOOL: Final = frozenset({"naam", "brin", "plaats", "telefoon"})
_FOUND: Final = frozenset({"tekst", "soort"})
_NUMBERED: Final = _FOUND | {"vervanging"}
_LISTS: Final = {"ouders": _RELATED, "medewerkers": _RELATED, "broers_zussen": _RELATED, "overige_personen": _RELATED}
_DETAIL: Final = frozenset({"leeftijd_in_banden", "datums", "aanmelding"})
DATES: Final[dict[str, Literal["none", "period", "offset"]]] = {
    "weg": "none",
    "periode": "period",
    "na_aanmelding": "offset",
}
"""What stays of dates, in the words of the record and in those of a profile."""
_TOP: Final = frozenset(
    {"leerling", "adres", "school", "tlv_nummer", "eerder_gevonden", "eerder_genummerd", "vervangen", *_LISTS}
)


def known_from_record(record: Mapping[str, Any]) -> KnownIdentities:
    """The identities of a dossier record in the form of `docs/anonymisation.md`.

    Only `leerling` with a name is required; what is unknown is `null` or left out. Raises `RecordError`, with a Dutch
    sentence that names the place and no value. Source: CV4.6.
    """
    top = _object(record, "het dossier", _TOP)
    pupil = _object(top.get("leerling"), "leerling", _PUPIL)
    born = _date(pupil, "leerling")
    people = [_person(pupil, "leerling", kind=PUPIL, label="leerling")]
    if not any((people[0].first_names, people[0].call_name, people[0].surname)):
        raise RecordError("leerling heeft geen naam: geef roepnaam, voornamen of achternaam.")
    people += _parents(top)
    people += _numbered(top, "broers_zussen", default="broer of zus")
    people += _numbered(top, "medewerkers", default="medewerker")
    people += _numbered(top, "overige_personen", default="persoon")
    values = [*_numbers(pupil, top), *_places(top)]
    return KnownIdentities(
        people=tuple(people),
        values=tuple(values),
        born=born,
        remembered=tuple(_earlier(top, "eerder_gevonden")),
        numbered=tuple(_earlier(top, "eerder_genummerd")),
        detail=PLAIN if top.get("vervangen") is None else _detail(_object(top["vervangen"], "vervangen", _DETAIL)),
    )


def _object(value: object, place: str, allowed: frozenset[str]) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise RecordError(f"{place} ontbreekt of is geen object met velden.")
    if not value.keys() <= allowed:
        raise RecordError(f"{place} heeft een onbekend veld; toegestaan zijn: {', '.join(sorted(allowed))}.")
    return value


def _text(values: Mapping[str, Any], key: str, place: str) -> str:
    value = values.get(key)
    if value is None:
        return ""
    if not isinstance(value, str) or len(value) > TEXT_MAX:
        raise RecordError(f"{place}.{key} is geen tekst van ten hoogste {TEXT_MAX} tekens.")
    return value.strip()


def _items(top: Mapping[str, Any], key: str) -> Sequence[Any]:
    value = top.get(key)
    if value is None:
        return ()
    if not isinstance(value, Sequence) or isinstance(value, str) or len(value) > LIST_MAX:
        raise RecordError(f"{key} is geen lijst van ten hoogste {LIST_MAX} regels.")
    return value


def _date(values: Mapping[str, Any], place: str, key: str = "geboortedatum") -> dt.date | None:
    written = _text(values, key, place)
    if not written:
        return None
    try:
        return dt.date.fromisoformat(written)
    except ValueError:
        raise RecordError(f"{place}.{key} is geen datum in de vorm jjjj-mm-dd.") from None


def _detail(values: Mapping[str, Any]) -> Detail:
    """How ages and dates are replaced; dates count from `aanmelding`, which must then be there."""
    bands, dates = values.get("leeftijd_in_banden", False), values.get("datums", "weg")
    if not isinstance(bands, bool):
        raise RecordError("vervangen.leeftijd_in_banden is niet true of false.")
    if dates not in DATES:
        raise RecordError(f"vervangen.datums is niet een van: {', '.join(DATES)}.")
    anchor = _date(values, "vervangen", "aanmelding")
    if DATES[dates] == "offset" and anchor is None:
        raise RecordError("vervangen.aanmelding ontbreekt: daarvandaan worden de datums geteld.")
    return Detail(age_bands=bands, dates=DATES[dates], anchor=anchor)


def _person(values: Mapping[str, Any], place: str, *, kind: str, label: str) -> KnownPerson:
    texts = {key: _text(values, key, place) for key in (_RELATED - {"geboortedatum"}) & values.keys()}
    return KnownPerson(
        kind=kind,
        label=label,
        first_names=tuple(texts.get("voornamen", "").split()),
        call_name=texts.get("roepnaam", ""),
        initials=texts.get("voorletters", ""),
        prefix=texts.get("tussenvoegsel", ""),
        surname=texts.get("achternaam", ""),
        born=_date(values, place),
        phones=tuple(filter(None, [texts.get("telefoon", "")])),
        emails=tuple(filter(None, [texts.get("email", "")])),
    )


def _parents(top: Mapping[str, Any]) -> list[KnownPerson]:
    return _numbered(top, "ouders", default="ouder", kind=PARENT, single=True)


def _numbered(
    top: Mapping[str, Any], key: str, *, default: str, kind: str = OTHER, single: bool = False
) -> list[KnownPerson]:
    """The people of a list, numbered within their role; a role held once stays without number where `single`."""
    rows = [(f"{key}[{place}]", row) for place, row in enumerate(_items(top, key))]
    read = [(place, _object(row, place, _LISTS[key])) for place, row in rows]
    roles = [_text(row, "rol", place).lower() or default for place, row in read]
    people, count = [], dict.fromkeys(roles, 0)
    for (place, row), role in zip(read, roles, strict=True):
        count[role] += 1
        label = role if single and roles.count(role) == 1 else f"{role} {count[role]}"
        people.append(_person(row, place, kind=kind, label=label))
    return people


def _numbers(pupil: Mapping[str, Any], top: Mapping[str, Any]) -> list[KnownValue]:
    values = [
        KnownValue("BSN", _text(pupil, "bsn", "leerling"), "BSN"),
        KnownValue("ID", _text(pupil, "onderwijsnummer", "leerling"), "onderwijsnummer"),
        KnownValue("TLV_NUMBER", _text(top, "tlv_nummer", "het dossier"), "TLV-nummer"),
    ]
    return [value for value in values if value.text]


def _places(top: Mapping[str, Any]) -> list[KnownValue]:
    values = []
    if top.get("adres") is not None:
        address = _object(top["adres"], "adres", _ADDRESS)
        values += [
            KnownValue("ADDRESS", _text(address, "straat_huisnummer", "adres"), "adres"),
            KnownValue("POSTCODE", _text(address, "postcode", "adres"), "postcode"),
            KnownValue("PLACE", _text(address, "plaats", "adres"), "woonplaats"),
        ]
    if top.get("school") is not None:
        school = _object(top["school"], "school", _SCHOOL)
        values += [
            KnownValue("SCHOOL", _text(school, "naam", "school"), "school A"),
            KnownValue("BRIN", _text(school, "brin", "school"), "BRIN"),
            KnownValue("PLACE", _text(school, "plaats", "school"), "plaats van de school"),
            KnownValue("PHONE", _text(school, "telefoon", "school"), "telefoonnummer"),
        ]
    return [value for value in values if value.text]


def _earlier(top: Mapping[str, Any], key: str) -> list[KnownValue]:
    values = []
    for place, row in enumerate(_items(top, key)):
        where = f"{key}[{place}]"
        found = _object(row, where, _FOUND if key == "eerder_gevonden" else _NUMBERED)
        kind = _text(found, "soort", where)
        if kind not in KINDS:
            raise RecordError(f"{where}.soort is onbekend; toegestaan zijn: {', '.join(sorted(KINDS))}.")
        label = _text(found, "vervanging", where)
        if key == "eerder_genummerd" and not COUNTED_LABEL.fullmatch(label):
            raise RecordError(f"{where}.vervanging is geen genummerde vervanging, zoals persoon 2 of school B.")
        values.append(KnownValue(kind, _text(found, "tekst", where), label))
    return [value for value in values if value.text]
