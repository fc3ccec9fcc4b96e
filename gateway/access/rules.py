"""Pure rules of the access list: when an entry admits, what it reaches, what may stand in it, when it is reviewed.

Source: PR8.1, PR8.2, PR10.2, PR10.3.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from gateway.context import AMSTERDAM
from gateway.errors import InvalidInputError
from gateway.sentences import sentence
from retention.terms import add_years

if TYPE_CHECKING:
    from collections.abc import Mapping

LISTED: Final = "listed"
BREAK_GLASS: Final = "break_glass"
DESK: Final = "desk"
"""Made when the officer takes up a request for inzage: one dossier, as long as the request runs (PR8.1, PR11.1)."""
APPROVED: Final = "approved"
PROPOSED: Final = "proposed"
BREAK_GLASS_LASTS: Final = timedelta(hours=24)
LETTERS: Final = frozenset("abcdefghijklmnop")
SCOPES: Final = frozenset({"tenant", "schools", "dossier"})
NUMBER_MAX: Final = 20
TEXT_MAX: Final = 2000

PROFESSIONS: dict[str, str] = {
    "orthopedagogue": "orthopedagoog",
    "psychologist": "psycholoog",
    "child_psychologist": "kinder- of jeugdpsycholoog",
    "pedagogue": "pedagoog",
    "child_psychiatrist": "kinderpsychiater",
    "social_worker": "maatschappelijk werker",
    "physician": "arts",
    "other": "andere deskundige",
}
REGISTERS: dict[str, str] = {"NVO": "NVO", "BIG": "BIG", "SKJ": "SKJ", "NIP": "NIP"}
STATES: dict[str, tuple[str, str]] = {
    "proposed": ("wacht op goedkeuring", "warning"),
    "active": ("geldig", "success"),
    "future": ("gaat later in", "info"),
    "expired": ("verlopen", "neutral"),
    "unregistered": ("registratie verlopen", "danger"),
    "ended": ("beëindigd", "neutral"),
    "replaced": ("vervangen", "neutral"),
    "declined": ("afgewezen", "neutral"),
}
"""What an entry is on a day, in words and tone; the first and the last three are what is kept in the table."""
CHANGES: dict[str, str] = {
    "proposed": "ter goedkeuring gezet",
    "edited": "voorstel gewijzigd",
    "approved": "goedgekeurd",
    "declined": "afgewezen",
    "replaced": "vervangen door een nieuwe regel",
    "shortened": "einddatum gezet door een nieuwe regel",
    "narrowed": "een dossier eruit gehaald",
    "ended": "beëindigd",
    "confirmed": "bij de jaarlijkse controle bevestigd",
    "opened": "noodtoegang geopend",
    "desk": "toegang om een verzoek om inzage te behandelen",
}
"""What can happen to an entry."""
_NUMBER = re.compile(r"[0-9A-Za-z][0-9A-Za-z./ -]*")
_BIG = re.compile(r"[0-9]{11}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """An expert's registration; both days are included, no end means none is known."""

    register: str
    valid_from: date
    valid_until: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One entry of the list, as far as the rules look at it. `closes_at` is only there for break-glass."""

    kind: str
    state: str
    categories: frozenset[str]
    scope: str
    scope_ids: frozenset[str]
    valid_from: date
    valid_until: date | None
    opened_at: datetime | None
    closes_at: datetime | None
    of_expert: bool
    profession: str | None
    registration: Registration | None


def admits(entry: Entry, moment: date) -> bool:
    """Whether this entry opens anything at this moment: a day, or an aware instant.

    Only what a second person approved counts, within its days, and for an expert only with a registration that is
    valid. Break-glass counts for an instant only, and not after its 24 hours: who knows just the day is told no.
    Source: PR8.1, PR8.2.
    """
    if entry.state != APPROVED or not entry.categories:
        return False
    if entry.kind == BREAK_GLASS:
        if not isinstance(moment, datetime) or entry.opened_at is None or entry.closes_at is None:
            return False
        end = min(entry.closes_at, entry.opened_at + BREAK_GLASS_LASTS)
        return entry.scope == "dossier" and entry.opened_at <= moment < end
    if entry.kind not in {LISTED, DESK} or (entry.kind == DESK and entry.scope != "dossier"):
        return False
    on = day_of(moment)
    if not within(on, entry.valid_from, entry.valid_until):
        return False
    return not entry.of_expert or is_registered(entry, on)


def is_registered(entry: Entry, on: date) -> bool:
    """Whether an expert's entry shows a profession and a registration that is valid on this day."""
    held = entry.registration
    return entry.profession is not None and held is not None and within(on, held.valid_from, held.valid_until)


def reaches(entry: Entry, *, dossier_id: str, school_id: str) -> bool:
    """Whether this dossier of this school lies within the entry's scope."""
    if entry.scope == "tenant":
        return True
    if entry.scope == "schools":
        return school_id in entry.scope_ids
    return entry.scope == "dossier" and dossier_id in entry.scope_ids


def state_on(entry: Entry, moment: datetime) -> str:
    """What this entry is at this moment: a key of `STATES`."""
    if entry.state != APPROVED:
        return entry.state
    if admits(entry, moment):
        return "active"
    on = day_of(moment)
    if entry.kind == LISTED and on < entry.valid_from:
        return "future"
    if entry.kind == LISTED and within(on, entry.valid_from, entry.valid_until):
        return "unregistered"
    return "expired"


def day_of(moment: date) -> date:
    """The legal day of a moment: a day as it is, an instant in Europe/Amsterdam."""
    return moment.astimezone(AMSTERDAM).date() if isinstance(moment, datetime) else moment


def within(on: date, start: date, until: date | None) -> bool:
    """Whether a day lies in a window; both its days are included."""
    return start <= on and (until is None or on <= until)


def last_day(entry: Entry) -> date | None:
    """The last day on which this entry can admit: its own, or that of the registration it needs."""
    ends = [entry.valid_until]
    if entry.of_expert and entry.registration is not None:
        ends.append(entry.registration.valid_until)
    known = [end for end in ends if end is not None]
    return min(known) if known else None


def expires_soon(entry: Entry, on: date, ahead: int) -> bool:
    """Whether an entry that stands stops within this many days, today included."""
    end = last_day(entry)
    if entry.kind != LISTED or entry.state != APPROVED or end is None:
        return False
    return on <= end <= on + timedelta(days=ahead)


def review_due(looked_at: date | None) -> date | None:
    """The last day for the yearly look at an entry that was last looked at on this day; None: it never was, so now."""
    return None if looked_at is None else add_years(looked_at, 1)


def check(written: Mapping[str, Any], *, of_expert: bool, on: date) -> None:
    """Refuse what may not stand in an entry. The keys are those of `history.content`.

    Raises:
        InvalidInputError: names the field.
    """
    if written["valid_until"] is not None and written["valid_until"] < written["valid_from"]:
        raise InvalidInputError("De einddatum ligt voor de begindatum.", field="valid_until")
    if written["valid_until"] is not None and written["valid_until"] < on:
        raise InvalidInputError("De einddatum is al geweest.", field="valid_until")
    if not written["categories"] or not set(written["categories"]) <= LETTERS:
        raise InvalidInputError("Kies ten minste één soort gegevens.", field="categories")
    if not written["motivation"].strip():
        raise InvalidInputError("Schrijf waarom deze persoon toegang nodig heeft.", field="motivation")
    if len(written["motivation"]) > TEXT_MAX:
        raise InvalidInputError(sentence("Schrijf ten hoogste %(count)d tekens.", count=TEXT_MAX), field="motivation")
    if written["scope"] not in SCOPES:
        raise InvalidInputError("Kies voor welke dossiers dit geldt.", field="scope")
    if written["scope"] == "schools" and not written["scope_ids"]:
        raise InvalidInputError("Kies ten minste één school.", field="school_ids")
    if written["scope"] == "dossier" and len(written["scope_ids"]) != 1:
        raise InvalidInputError("Vul het kenmerk van het dossier in.", field="reference")
    _check_registration(written, of_expert=of_expert, on=on)


def _check_registration(written: Mapping[str, Any], *, of_expert: bool, on: date) -> None:
    given = [written[key] for key in ("register", "register_number", "register_from")]
    if not any(given) and not written["register_until"] and not of_expert:
        return
    if of_expert and written["profession"] not in PROFESSIONS:
        raise InvalidInputError("Kies het beroep van deze deskundige.", field="profession")
    if written["register"] not in REGISTERS:
        raise InvalidInputError("Kies het register waarin deze deskundige staat.", field="register")
    number = (written["register_number"] or "").strip()
    if not number or len(number) > NUMBER_MAX or not _NUMBER.fullmatch(number):
        raise InvalidInputError("Vul het registratienummer in.", field="register_number")
    if written["register"] == "BIG" and not _BIG.fullmatch(number):
        raise InvalidInputError("Een BIG-nummer heeft elf cijfers.", field="register_number")
    if written["register_from"] is None:
        raise InvalidInputError("Vul in sinds wanneer de registratie geldt.", field="register_from")
    if written["register_until"] is not None and written["register_until"] < max(on, written["register_from"]):
        raise InvalidInputError(
            "Deze registratie is verlopen. Vraag eerst een geldige registratie.", field="register_until"
        )


def differences(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[tuple[str, Any, Any]]:
    """What differs between two contents of an entry: (field, old, new), in the order of the form."""
    return [(name, old.get(name), new[name]) for name in new if old.get(name) != new[name]]
