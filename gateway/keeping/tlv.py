"""The TLV as BRON asks it and as parents and school get it: its fields, which of them lack, JSON and CSV. Pure.

With a BSN the name and the address are not needed and do not leave; without one BRON asks those instead.
Source: TL8, appendix H of the support plan (fields marked * and **).
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from gateway import sheets
from gateway.matters.rules import GENDERS
from gateway.sentences import sentence

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.dossiers.rules import Pupil
    from gateway.matters.queries import BesluitLine

FIELDS: Final = (
    "swv_nummer", "beschikkingsnummer", "burgerservicenummer", "achternaam", "voorvoegsels", "voornamen",
    "straat_en_huisnummer", "postcode", "woonplaats", "geslacht", "geboortedatum", "brin_aanvragende_school",
    "tlv_ander_swv", "schoolsoort", "bekostigingscategorie", "datum_ingang", "datum_einde", "datum_afgifte",
    "getekend_door", "functie",
)  # fmt: skip
ALWAYS: Final[dict[str, str]] = {
    "swv_nummer": sentence("nummer van het samenwerkingsverband"),
    "beschikkingsnummer": sentence("beschikkingsnummer"),
    "geslacht": sentence("geslacht"),
    "geboortedatum": sentence("geboortedatum"),
    "schoolsoort": sentence("soort school"),
    "bekostigingscategorie": sentence("bekostigingscategorie"),
    "datum_ingang": sentence("datum ingang"),
    "datum_einde": sentence("datum einde"),
}
WITHOUT_BSN: Final[dict[str, str]] = {
    "achternaam": sentence("achternaam"),
    "voornamen": sentence("voornamen"),
    "straat_en_huisnummer": sentence("straat en huisnummer"),
    "postcode": sentence("postcode"),
    "woonplaats": sentence("woonplaats"),
}
"""What BRON asks when the BSN is not known. A pupil may have no tussenvoegsel."""


def fields(line: BesluitLine, pupil: Pupil, brin: str | None) -> dict[str, str]:
    """The fields of a TLV in the order of the form; dates as ISO, what is not known empty."""
    row, known = line.row, bool(pupil.bsn.strip())
    person = {
        "achternaam": pupil.last_name,
        "voorvoegsels": pupil.infix,
        "voornamen": pupil.first_name,
        "straat_en_huisnummer": pupil.street,
        "postcode": pupil.postcode,
        "woonplaats": pupil.town,
    }
    found = {
        "swv_nummer": row.prefix or "",
        "beschikkingsnummer": line.number,
        "burgerservicenummer": pupil.bsn.strip(),
        **({} if known else person),
        "geslacht": line.gender,
        "geboortedatum": pupil.born.isoformat(),
        "brin_aanvragende_school": brin or "",
        "tlv_ander_swv": line.other_number,
        "schoolsoort": (row.school_type or "").upper(),
        "bekostigingscategorie": row.funding or "",
        "datum_ingang": row.starts_on.isoformat() if row.starts_on else "",
        "datum_einde": row.ends_on.isoformat() if row.ends_on else "",
        "datum_afgifte": row.decided_on.isoformat(),
        "getekend_door": line.signatory,
        "functie": line.function,
    }
    return {name: found.get(name, "").strip() for name in FIELDS}


def missing(found: Mapping[str, str]) -> list[str]:
    """What BRON asks and is not filled in, in words; empty: the TLV can be registered."""
    asked = ALWAYS if found["burgerservicenummer"] else {**ALWAYS, **WITHOUT_BSN}
    lacking = [words for name, words in asked.items() if not found[name]]
    if found["geslacht"] and found["geslacht"] not in GENDERS:
        lacking.append(ALWAYS["geslacht"])
    return lacking


def as_json(found: Mapping[str, str]) -> bytes:
    """One JSON object, in the order of the form."""
    return (json.dumps(dict(found), ensure_ascii=False, indent=2) + "\n").encode()


def as_csv(found: Mapping[str, str]) -> bytes:
    """A heading and one line, with semicolons as Dutch spreadsheets read them; a value is never a formula."""
    return "".join(sheets.as_csv([FIELDS, [found[name] for name in FIELDS]])).encode("utf-8-sig")
