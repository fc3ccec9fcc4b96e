"""What makes a matter, a besluit or a hold right. Pure: values in, values out, or the sentence that says what is wrong.

Source: TL8 (number, dates, school type, funding category; the fields that BRON asks), TL10, OB1, OB2, PR12.1.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from gateway.errors import InvalidInputError
from retention.terms import Length, add_months, last_day

if TYPE_CHECKING:
    from datetime import date

MATTER_KINDS: Final[dict[str, str]] = {
    "admissibility": "toelaatbaarheid (TLV)",
    "advice": "advies over de ondersteuningsbehoefte",
    "allocation": "toewijzing van ondersteuning",
    "second_opinion": "second opinion",
}
BESLUIT_KINDS: Final[dict[str, str]] = {
    "tlv": "toelaatbaarheidsverklaring (TLV)",
    "tlv_refused": "afwijzing van een toelaatbaarheidsverklaring",
    "advice": "advies over de ondersteuningsbehoefte",
    "allocation": "toewijzing van ondersteuning",
    "allocation_refused": "afwijzing van ondersteuning",
    "opinion": "advies second opinion",
}
OUTCOMES: Final[dict[str, tuple[str, ...]]] = {
    "admissibility": ("tlv", "tlv_refused"),
    "advice": ("advice",),
    "allocation": ("allocation", "allocation_refused"),
    "second_opinion": ("opinion",),
}
"""Which decisions a matter can end with."""
OPEN_TO_OBJECTION: Final = frozenset({"tlv", "tlv_refused", "allocation", "allocation_refused"})
"""Decisions under the Awb: school authority and parents can object (OB1). An advice is none."""
SCHOOL_TYPES: Final[dict[str, str]] = {
    "sbo": "speciaal basisonderwijs (SBO)",
    "so": "speciaal onderwijs (SO)",
    "vso": "voortgezet speciaal onderwijs (VSO)",
}
FUNDING: Final[dict[str, str]] = {
    "licht": "licht",
    "zwaar": "zwaar",
    "laag": "laag",
    "midden": "midden",
    "hoog": "hoog",
}
FUNDING_OF: Final[dict[str, tuple[str, ...]]] = {
    "sbo": ("licht", "zwaar"),
    "so": ("laag", "midden", "hoog"),
    "vso": ("laag", "midden", "hoog"),
}
GENDERS: Final[dict[str, str]] = {"M": "man", "V": "vrouw", "X": "anders", "O": "onbekend"}
HOLD_KINDS: Final[dict[str, str]] = {
    "bezwaar": "bezwaar",
    "beroep": "beroep bij de rechter",
    "complaint": "klacht",
    "right": "lopend verzoek van ouders of leerling (inzage, correctie, verzet)",
    "breach": "onderzoek naar een datalek",
    "court_order": "bevel van de rechter of een toezichthouder",
}
WITH_DECISION: Final = frozenset({"bezwaar", "beroep"})
"""After these the term restarts from the final decision (OB2)."""

OBJECTION: Final = Length(number=6, unit="W")
REASSESS_MONTHS: Final = 6
"""So long before its end a TLV is assessed again (TL10, WPO 18a(14))."""
TEXT_MAX: Final = 2000
NAME_MAX: Final = 200
_SWV_NUMBER = re.compile(r"(?:PO|VO)[0-9]{4}")
_TLV_NUMBER = re.compile(r"[A-Z]{2}[0-9]{4}-[0-9]{4}-[0-9]{3,6}")


@dataclass(frozen=True, slots=True, kw_only=True)
class NewMatter:
    """A matter as staff enter it."""

    kind: str
    started_on: date
    ended_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewBesluit:
    """A besluit as staff enter it; what only a TLV has is empty for another kind.

    `closes`: the matter ends with it, on the day of the besluit.
    """

    kind: str
    decided_on: date
    signatory: str
    function: str
    starts_on: date | None = None
    ends_on: date | None = None
    school_type: str = ""
    funding: str = ""
    swv_number: str = ""
    gender: str = ""
    other_number: str = ""
    closes: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class NewHold:
    """A hold as staff enter it."""

    kind: str
    started_on: date
    review_on: date
    reason: str
    owner_id: str


def checked_matter(new: NewMatter, today: date) -> NewMatter:
    """The same, or an `InvalidInputError` at its field."""
    if new.kind not in MATTER_KINDS:
        raise InvalidInputError("Kies waar deze zaak over gaat.", field="kind")
    if new.started_on > today:
        raise InvalidInputError("De zaak kan niet in de toekomst beginnen.", field="started_on")
    if new.ended_on is not None and not new.started_on <= new.ended_on <= today:
        raise InvalidInputError("De laatste dag ligt na het begin, en niet in de toekomst.", field="ended_on")
    return new


def checked_end(started_on: date, ended_on: date, today: date) -> date:
    """The day on which a matter that began then may end, or an `InvalidInputError`."""
    if ended_on < started_on:
        raise InvalidInputError("Deze dag ligt voor het begin van de zaak.", field="ended_on")
    if ended_on > today:
        raise InvalidInputError("Deze dag ligt in de toekomst.", field="ended_on")
    return ended_on


def checked_besluit(new: NewBesluit, *, matter_kind: str, started_on: date, today: date) -> NewBesluit:
    """The same with what does not belong to its kind left out, or an `InvalidInputError` at its field."""
    if new.kind not in OUTCOMES.get(matter_kind, ()):
        raise InvalidInputError("Dit besluit past niet bij deze zaak.", field="kind")
    if not started_on <= new.decided_on <= today:
        raise InvalidInputError(
            "De dag van het besluit ligt na het begin van de zaak, en niet in de toekomst.", field="decided_on"
        )
    new = replace(new, signatory=new.signatory.strip(), function=new.function.strip())
    if not new.signatory or len(new.signatory) > NAME_MAX:
        raise InvalidInputError("Vul in wie het besluit tekent.", field="signatory")
    if not new.function or len(new.function) > NAME_MAX:
        raise InvalidInputError("Vul de functie in van wie tekent.", field="function")
    return _checked_tlv(new) if new.kind == "tlv" else _checked_other(new)


def _checked_other(new: NewBesluit) -> NewBesluit:
    ends = new.ends_on if new.kind == "allocation" else None
    starts = new.starts_on if new.kind == "allocation" else None
    if starts is not None and ends is not None and ends < starts:
        raise InvalidInputError("De einddatum ligt voor de begindatum.", field="ends_on")
    return replace(
        new, starts_on=starts, ends_on=ends, school_type="", funding="", swv_number="", gender="", other_number=""
    )


def _checked_tlv(new: NewBesluit) -> NewBesluit:
    """A TLV has every field that BRON asks and the portal does not know by itself (TL8)."""
    new = replace(new, swv_number=new.swv_number.strip().upper(), other_number=new.other_number.strip().upper())
    if new.starts_on is None:
        raise InvalidInputError("Vul in vanaf welke dag de verklaring geldt. BRON vraagt dit.", field="starts_on")
    if new.ends_on is None or new.ends_on <= new.starts_on:
        raise InvalidInputError("Vul een einddatum in die na de begindatum ligt. BRON vraagt dit.", field="ends_on")
    if new.school_type not in SCHOOL_TYPES:
        raise InvalidInputError("Kies voor welke soort school de verklaring geldt.", field="school_type")
    if new.funding not in FUNDING_OF[new.school_type]:
        raise InvalidInputError("Deze bekostigingscategorie hoort niet bij deze soort school.", field="funding")
    if new.gender not in GENDERS:
        raise InvalidInputError(
            "Kies het geslacht zoals het in de basisregistratie staat. BRON vraagt dit.", field="gender"
        )
    if not _SWV_NUMBER.fullmatch(new.swv_number):
        raise InvalidInputError("Het nummer van een samenwerkingsverband ziet eruit als PO2203.", field="swv_number")
    if new.other_number and not _TLV_NUMBER.fullmatch(new.other_number):
        raise InvalidInputError("Het nummer van een TLV ziet eruit als PO2203-2026-00017.", field="other_number")
    return new


def number_text(prefix: str | None, year: int | None, sequence: int | None) -> str:
    """`PO2203-2026-00017`; empty for a besluit without a number. Source: TL8 (appendix H)."""
    return f"{prefix}-{year}-{sequence:05d}" if prefix and year and sequence else ""


def objection_until(kind: str, announced_on: date) -> date | None:
    """The last day for an objection: six weeks after it was made known (Awb 6:7, 6:8); None: there is none (OB1)."""
    return last_day(announced_on, OBJECTION).last_day if kind in OPEN_TO_OBJECTION else None


def reassess_from(kind: str, ends_on: date | None) -> date | None:
    """The day from which a TLV that ends is to be assessed again: half a year before (TL10)."""
    return add_months(ends_on, -REASSESS_MONTHS) if kind == "tlv" and ends_on is not None else None


def checked_hold(new: NewHold, today: date) -> NewHold:
    """The same, or an `InvalidInputError` at its field."""
    if new.kind not in HOLD_KINDS:
        raise InvalidInputError("Kies waarom het dossier niet vernietigd mag worden.", field="kind")
    if new.started_on > today:
        raise InvalidInputError("Deze dag ligt in de toekomst.", field="started_on")
    if new.review_on <= today:
        raise InvalidInputError("Kies een dag die nog komt: dan kijkt u of dit nog nodig is.", field="review_on")
    reason = new.reason.strip()
    if not reason or len(reason) > TEXT_MAX:
        raise InvalidInputError("Schrijf kort waarom, in ten hoogste 2000 tekens.", field="reason")
    return replace(new, reason=reason)


def checked_hold_end(kind: str, started_on: date, final_decision_on: date | None, today: date) -> date | None:
    """The day of the final decision where one is needed, or an `InvalidInputError`. Source: OB2."""
    if kind not in WITH_DECISION:
        return None
    if final_decision_on is None:
        raise InvalidInputError(
            "Vul in wanneer er voor het laatst is beslist. De bewaartermijn begint dan opnieuw (OB2).",
            field="final_decision_on",
        )
    if not started_on <= final_decision_on <= today:
        raise InvalidInputError("Deze dag ligt na het begin, en niet in de toekomst.", field="final_decision_on")
    return final_decision_on


def checked_reason(reason: str) -> str:
    """Why an entry was wrong, or an `InvalidInputError`."""
    reason = reason.strip()
    if not reason or len(reason) > TEXT_MAX:
        raise InvalidInputError("Schrijf kort waarom, in ten hoogste 2000 tekens.", field="reason")
    return reason
