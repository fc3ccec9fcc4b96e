"""What a case stands on: the convenant with the partner, and who speaks for each side under it. Source: CV8, CV10."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gateway.access.facts import ask
from gateway.accounts import people
from gateway.accounts.tables import Organisation, Tenant
from gateway.context import Role
from gateway.convenant import queries as convenants
from gateway.errors import InvalidInputError
from gateway.second_opinion.state import REQUESTER
from retention.errors import TermError
from retention.terms import Length, last_day

if TYPE_CHECKING:
    from datetime import date

    from sqlalchemy.orm import Session

    from gateway.reglement.rules import Decision
    from gateway.second_opinion.tables import SecondOpinionCase

SIDES = {"requester": "own", "partner": "partner"}
"""Our sides, as the convenant calls them, in the tenant of the requester."""


def partner(session: Session, tenant_id: str, organisation_id: str) -> Organisation:
    """The partner that a request goes to.

    Raises:
        InvalidInputError: it is no partner SWV of this tenant, or no longer.
    """
    row = session.get(Organisation, organisation_id) if organisation_id else None
    if row is None or row.tenant_id != tenant_id or row.kind != "partner_swv" or not row.active:
        raise InvalidInputError("Kies een samenwerkingsverband waarmee een convenant bestaat.", field="partner_id")
    return row


def convenant_id(session: Session, tenant_id: str, organisation_id: str, on: date) -> str | None:
    """The convenant with this partner: the one in force on this day, else the newest that both signed."""
    found = convenants.with_partner(session, tenant_id, organisation_id, on)
    found = found or convenants.with_partner(session, tenant_id, organisation_id)
    return found.id if found is not None else None


def judge(session: Session, tenant_id: str, found: str | None, on: date) -> Decision:
    """Ask the judge whether a second opinion may be asked today. Source: CV3.1, CV10."""
    fact: dict[str, Any] = convenants.as_fact(session, found, on) if found else {}
    return ask(session, tenant_id, {"act": "request_second_opinion", "convenant": fact or None}, on)


def contacts(session: Session, row: SecondOpinionCase, side: str, on: date) -> list[str]:
    """The accounts that speak for a side on this day: appointed under the convenant, else all contact persons."""
    if row.own_side != REQUESTER:
        return _contact_roles(session, _organisation(session, row, side))
    if row.convenant_id is not None:
        found = convenants.contact_persons(session, row.convenant_id, SIDES[side], on)
        if found:
            return found
    return _contact_roles(session, _organisation(session, row, side))


def deliver_by(session: Session, row: SecondOpinionCase, on: date) -> date | None:
    """By when documents come when the case agrees nothing else: the term of the convenant's agreements (CV4.2)."""
    agreed = convenants.agreements(session, row.convenant_id, on) if row.convenant_id else None
    try:
        return last_day(on, Length.parse(agreed.term)).last_day if agreed is not None else None
    except TermError:
        return None


def _organisation(session: Session, row: SecondOpinionCase, side: str) -> str | None:
    """The organisation of a side as this tenant knows it: its own SWV, or the other party."""
    return session.get_one(Tenant, row.tenant_id).swv_id if side == row.own_side else row.partner_id


def _contact_roles(session: Session, organisation_id: str | None) -> list[str]:
    return people.of_organisation(session, organisation_id, Role.CONTACT_PERSON)
