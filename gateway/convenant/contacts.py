"""Who sends and receives for a party: its contact person, and deputies for some days. Source: CV8."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from gateway.accounts.tables import Account
from gateway.context import Role
from gateway.convenant import history, reach
from gateway.convenant.tables import ConvenantContact
from gateway.errors import ConflictError, InvalidInputError, NotFoundError
from gateway.recording import Action

if TYPE_CHECKING:
    from datetime import date

    from sqlalchemy.orm import Session

    from gateway.context import Context
    from gateway.services import Services


@dataclass(frozen=True, slots=True, kw_only=True)
class Appointment:
    """Who is appointed, as contact person or as deputy, and for which days; both days count."""

    account_id: str
    kind: str
    valid_from: date
    valid_until: date | None = None


def appoint(services: Services, context: Context, convenant_id: str, new: Appointment) -> None:
    """Appoint a contact person or a deputy for one's own organisation; a new contact person takes the old one's place.

    Raises:
        InvalidInputError: not an account of that organisation with the role of contact person, or wrong days.
    """
    if new.kind not in {"contact", "deputy"}:
        raise InvalidInputError("Kies contactpersoon of plaatsvervanger.", field="kind")
    if new.kind == "deputy" and new.valid_until is None:
        raise InvalidInputError("Kies tot en met welke dag iemand vervangt.", field="valid_until")
    if new.valid_from < context.today or (new.valid_until is not None and new.valid_until < new.valid_from):
        raise InvalidInputError("Deze dagen kloppen niet. Begin op zijn vroegst vandaag.", field="valid_from")
    with services.db.writing() as session:
        at = reach.acting(session, context, convenant_id)
        account = session.get(Account, new.account_id)
        if (
            account is None
            or not account.active
            or account.organisation_id != at.party.organisation_id
            or account.role != Role.CONTACT_PERSON.value
        ):
            raise InvalidInputError(
                "Kies iemand van uw eigen organisatie met een account als contactpersoon. Nodig diegene anders eerst "
                "uit.",
                field="account_id",
            )
        if new.kind == "contact":
            _end_others(session, at.party.id, new.valid_from)
        session.add(
            ConvenantContact(
                convenant_id=convenant_id,
                party_id=at.party.id,
                account_id=account.id,
                kind=new.kind,
                valid_from=new.valid_from,
                valid_until=new.valid_until,
                made_by=context.person.account_id,
                made_at=context.now,
            )
        )
        history.step(
            services,
            session,
            context,
            at.convenant,
            "contact_set",
            action=Action.RECORD,
            article="CV8",
            party=at.party,
            held_on=new.valid_from,
            payload={"account": account.id, "kind": new.kind},
        )
        history.tell(services, session, context, at.convenant, "convenant_changed")


def end(services: Services, context: Context, contact_id: str) -> str:
    """End an appointment of one's own organisation from today; returns the convenant's id.

    Raises:
        NotFoundError: another organisation's.
        ConflictError: it ended already.
    """
    with services.db.writing() as session:
        row = session.get(ConvenantContact, contact_id)
        if row is None:
            raise NotFoundError
        at = reach.acting(session, context, row.convenant_id)
        session.refresh(row)
        if row.party_id != at.party.id:
            raise NotFoundError
        if row.valid_until is not None and row.valid_until < context.today:
            raise ConflictError("Deze aanwijzing was al afgelopen.")
        if row.valid_from >= context.today:
            session.delete(row)
        else:
            row.valid_until = _day_before(context.today)
        history.step(
            services,
            session,
            context,
            at.convenant,
            "contact_ended",
            action=Action.RECORD,
            article="CV8",
            party=at.party,
            payload={"account": row.account_id, "kind": row.kind},
        )
        return row.convenant_id


def _end_others(session: Session, party_id: str, begins: date) -> None:
    rows = session.scalars(
        select(ConvenantContact).where(ConvenantContact.party_id == party_id, ConvenantContact.kind == "contact")
    )
    for row in rows.all():
        if row.valid_from >= begins:
            session.delete(row)
        elif row.valid_until is None or row.valid_until >= begins:
            row.valid_until = _day_before(begins)


def _day_before(day: date) -> date:
    return day.fromordinal(day.toordinal() - 1)
