"""Pure rules of convenants: when one is in force, until when, and who may exchange what with whom. No clock, no tables.

Source: CV10, GR5, GR6; judgement.md, `request_second_opinion`.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from retention.errors import TermError
from retention.terms import add_months

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

NOTICE_MONTHS: Final = 2
KINDS: Final[dict[str, str]] = {
    "second_opinion": "second opinion",
    "regional": "onderwijs, gemeenten en jeugdzorg",
}
OWN: Final = "own"
PARTNER: Final = "partner"
AUTHORITIES: Final[dict[str, str]] = {
    "director": "als directeur",
    "board": "als voorzitter of lid van het bestuur",
    "mandate": "met een mandaat of volmacht",
}
"""By which authority someone signs for a party."""
AUTHORITY_WITH_GROUND: Final = "mandate"
"""The authority of which must be said what it rests on."""
MANNERS: Final[dict[str, str]] = {
    "portal": "in Dossierpoort",
    "package": "als versleuteld pakket",
    "either": "in Dossierpoort of als versleuteld pakket",
}
"""How the parties deliver."""
PARTNER_KINDS: Final[dict[str, tuple[str, ...]]] = {
    "second_opinion": ("partner_swv",),
    "regional": ("municipality", "youth_care", "school_board", "school", "partner_swv"),
}
"""Which organisations can be a party, beside the SWV itself."""
FOUNDERS: Final = frozenset({"swv", "municipality"})
"""Kinds without whose signatures a regional convenant is not in force; the others join it."""
CHECKLIST: Final[dict[str, str]] = {
    "goal": "Het doel van dit overleg staat vast, en waarom het niet zonder kan.",
    "basis": "De grondslag is voor elke deelnemer nagegaan.",
    "family": "Ouders, of de leerling van 16 jaar of ouder, weten ervan, gaven toestemming en konden meedoen.",
    "participants": "Alleen wie nodig is doet mee, en elke deelnemer hoort bij een partij van het convenant.",
    "minimum": "Er worden niet meer gegevens gedeeld dan voor het doel nodig is.",
    "secrecy": "Alle deelnemers weten dat zij geheim moeten houden wat zij horen.",
    "chair": "Er is een voorzitter, die let op deze lijst.",
    "security": "Stukken gaan alleen langs Dossierpoort; niemand neemt een eigen kopie mee.",
    "record": "Vastgelegd wordt alleen wat is afgesproken, en wie het bewaart.",
}
"""What is settled and evidenced in a casusoverleg. Source: GR6, GR1."""


STEPS: Final[dict[str, str]] = {
    "made": "begon dit convenant",
    "party_added": "voegde een partij toe",
    "party_left": "legde vast dat een partij eruit gaat",
    "drafted": "schreef aan de tekst",
    "offered": "bood de tekst aan om te ondertekenen",
    "withdrawn": "trok de aangeboden tekst in",
    "signed": "ondertekende",
    "paper_recorded": "legde een handtekening op papier vast",
    "paper_confirmed": "bevestigde de handtekening op papier",
    "paper_rejected": "wees de handtekening op papier af",
    "proxy_recorded": "legde een volmacht vast",
    "proxy_confirmed": "bevestigde de volmacht",
    "proxy_rejected": "wees de volmacht af",
    "in_force": "het convenant geldt, want alle partijen die nodig zijn hebben getekend",
    "contact_set": "wees een contactpersoon of plaatsvervanger aan",
    "contact_ended": "beëindigde een aanwijzing",
    "agreement_proposed": "stelde afspraken voor",
    "agreement_accepted": "ging akkoord met de afspraken",
    "agreement_rejected": "wees de afspraken af",
    "development": "meldde een ontwikkeling",
    "consultation": "legde overleg over het einde vast",
    "notice": "zegde het convenant op",
    "end_proposed": "stelde voor het convenant te beëindigen",
    "end_agreed": "ging akkoord met het einde",
    "end_rejected": "ging niet akkoord met het einde",
}
"""What happened to a convenant, as its history says it."""
STATES: Final[dict[str, tuple[str, str]]] = {
    "draft": ("concept", "neutral"),
    "signing": ("wacht op handtekeningen", "warning"),
    "in_force": ("geldt", "success"),
    "ending": ("geldt, loopt af", "warning"),
    "ended": ("afgelopen", "neutral"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """A frozen version and the day on which each party signed it."""

    number: int
    signed: Mapping[str, date] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """Who may give which categories to whom, for what, by parties' ids."""

    giver: str
    receiver: str
    categories: frozenset[str]
    purposes: frozenset[str]


def complete_on(founders: Iterable[str], signed: Mapping[str, date]) -> date | None:
    """The day from which a version counts: that of the last founder's signature; None while one is missing.

    Without founders nothing is ever complete. Source: CV10.
    """
    days = [signed.get(party) for party in founders]
    known = [day for day in days if day is not None]
    return max(known) if days and len(known) == len(days) else None


def current(founders: Sequence[str], versions: Iterable[Version], on: date) -> Version | None:
    """The version that counts on this day: the newest that all founders signed by then. Source: CV10 (changes)."""
    return _newest(version for version in versions if _counts(founders, version, on))


def binding(founders: Sequence[str], versions: Iterable[Version], on: date, *parties: str) -> Version | None:
    """The newest version that counts on this day and that these parties signed by then: what binds them all."""
    return _newest(
        version
        for version in versions
        if _counts(founders, version, on)
        and all((day := version.signed.get(party)) is not None and day <= on for party in parties)
    )


def _counts(founders: Sequence[str], version: Version, on: date) -> bool:
    complete = complete_on(founders, version.signed)
    return complete is not None and complete <= on


def _newest(versions: Iterable[Version]) -> Version | None:
    return max(versions, key=lambda version: version.number, default=None)


def notice_ends(notice_on: date) -> date:
    """The last day after written notice: the same day number two months on, exact and not moved. Source: CV10.

    Raises:
        retention.errors.TermError: that day lies past the calendar.
    """
    return add_months(notice_on, NOTICE_MONTHS)


def in_force(
    *, signed_own: date | None, signed_partner: date | None, last_day: date | None, on: date, requested_on: date | None
) -> bool:
    """Whether a request of that day (not stated: `on`) lies within the convenant; the last day counts. Source: CV10.

    A request that was made in time stays within it, on whatever later day this is asked.
    """
    requested = requested_on or on
    if signed_own is None or signed_partner is None or requested > on:
        return False
    if max(signed_own, signed_partner) > requested:
        return False
    return last_day is None or requested <= last_day


def last_day(endings: Iterable[date]) -> date | None:
    """The last day of a convenant with these ends, agreed or given notice of: the first that comes."""
    return min(endings, default=None)


def notice_fact(last: date | None, notices: Iterable[date], requested: date) -> date | None:
    """The day of notice as the judge reads it, who adds two months to it.

    An end that was agreed has no such day: None, or for a request after it the earliest day there is, so that the
    judge refuses it.
    """
    given = min(notices, default=None)
    if last is not None and requested > last and (given is None or _ends(given) > last):
        return date.min
    return given


def _ends(notice_on: date) -> date:
    try:
        return notice_ends(notice_on)
    except TermError:  # past the calendar: no day that can be written lies after it
        return date.max


def state_of(*, signed_on: date | None, last: date | None, offered: bool, on: date) -> str:
    """How a convenant stands on this day, as one of `STATES`; `signed_on` is the day from which it counts."""
    if last is not None and on > last:
        return "ended"
    if signed_on is not None and signed_on <= on:
        return "in_force" if last is None else "ending"
    return "signing" if offered else "draft"


def exchange_problem(
    rules: Iterable[Exchange], *, giver: str, receiver: str, purpose: str, categories: Iterable[str]
) -> str | None:
    """Why these parties may not exchange this under the version that binds both: `pair`, `purpose` or `categories`.

    None when they may. Lines add up. A sub-field counts as its category. Source: GR5.
    """
    lines = [rule for rule in rules if (rule.giver, rule.receiver) == (giver, receiver)]
    if not lines:
        return "pair"
    lines = [rule for rule in lines if purpose in rule.purposes]
    if not lines:
        return "purpose"
    allowed = frozenset[str]().union(*(rule.categories for rule in lines))
    asked = {category[0] for category in categories}
    return None if asked and asked <= allowed else "categories"


def open_items(confirmed: Iterable[str]) -> list[str]:
    """The items of the checklist that nobody confirmed yet, in the order of the list. Source: GR6."""
    done = set(confirmed)
    return [item for item in CHECKLIST if item not in done]


def content_hash(said: Mapping[str, Any]) -> bytes:
    """SHA-256 of what a version says: kind, name, parties, text or the hash of its document, and the exchange.

    Canonical JSON, so that the same words give the same hash on either side.
    """
    plain = json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(b"dossierpoort/convenant/v1\n" + plain.encode()).digest()
