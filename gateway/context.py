"""Who acts, when, and in which request: handed to every use case, so that nothing below `web.py` guesses it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from gateway.errors import NotFoundError

if TYPE_CHECKING:
    from datetime import date, datetime

AMSTERDAM = ZoneInfo("Europe/Amsterdam")


class Role(StrEnum):
    """The kinds of people that the gateway knows. One account has one role in one organisation."""

    SCHOOL_STAFF = "school_staff"
    SWV_STAFF = "swv_staff"
    CONTACT_PERSON = "contact_person"
    EXPERT = "expert"
    GUARDIAN = "guardian"
    PUPIL = "pupil"
    PRIVACY_OFFICER = "privacy_officer"
    ADMINISTRATOR = "administrator"

    @property
    def label(self) -> str:
        """The Dutch word on screen."""
        return ROLE_LABELS[self]


ROLE_LABELS: dict[Role, str] = {
    Role.SCHOOL_STAFF: "schoolmedewerker",
    Role.SWV_STAFF: "medewerker samenwerkingsverband",
    Role.CONTACT_PERSON: "contactpersoon",
    Role.EXPERT: "deskundige",
    Role.GUARDIAN: "ouder of wettelijk vertegenwoordiger",
    Role.PUPIL: "leerling van 16 jaar of ouder",
    Role.PRIVACY_OFFICER: "privacyfunctionaris",
    Role.ADMINISTRATOR: "beheerder",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """The account that acts, by opaque ids only."""

    account_id: str
    tenant_id: str
    organisation_id: str
    role: Role


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """One request or job: the actor (None for the gateway itself), the instant (aware UTC) and where it came from."""

    actor: Actor | None
    now: datetime
    request_id: str
    network: str | None = None

    @property
    def today(self) -> date:
        """The legal day: the date in Europe/Amsterdam at this instant."""
        return self.now.astimezone(AMSTERDAM).date()

    @property
    def person(self) -> Actor:
        """The actor of an act that only a person can do.

        Raises:
            LookupError: when the gateway itself acts; a wiring mistake, never a user's.
        """
        if self.actor is None:
            raise LookupError("this act needs a person")
        return self.actor

    @property
    def officer(self) -> Actor:
        """The privacy officer who acts; the routes see to it, and this holds when a route forgets.

        Raises:
            NotFoundError: someone else acts.
        """
        if self.person.role is not Role.PRIVACY_OFFICER:
            raise NotFoundError
        return self.person
