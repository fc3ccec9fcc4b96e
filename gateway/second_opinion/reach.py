"""Who reaches a case, and from which seat: requester, partner, expert, family or officer. Others: it does not exist.

Source: CV3.4, CV8, PR8.2, PR10.2; issue 8 (experts, "access for the case and its period only").
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import or_, select

from gateway.accounts.tables import Tenant
from gateway.context import Context, Role
from gateway.dossiers.queries import SWV_READERS, in_scope, is_of_swv, swv_dossier
from gateway.dossiers.seen import family_dossiers
from gateway.dossiers.tables import Dossier
from gateway.errors import NotFoundError
from gateway.second_opinion import ground
from gateway.second_opinion.state import BEFORE_SENDING, PARTNER, REQUESTER
from gateway.second_opinion.tables import SecondOpinionCase, SecondOpinionExpert

if TYPE_CHECKING:
    from sqlalchemy import Select
    from sqlalchemy.orm import Session

    from gateway.services import Services


@dataclass(frozen=True, slots=True, kw_only=True)
class Seat:
    """From where someone looks at a case. `side` is empty for who only sees that it is there.

    `contact`: speaks for the side (CV3.4). `content`: may read what was said; after the agreed day a partner may not.
    """

    kind: str
    side: str = ""
    contact: bool = False
    content: bool = True


def case_(services: Services, session: Session, context: Context, case_id: str) -> tuple[SecondOpinionCase, Seat]:
    """A case within reach, and the seat of the actor.

    Raises:
        NotFoundError: another's, or it does not exist.
    """
    row = session.get(SecondOpinionCase, case_id)
    if row is None or row.tenant_id != context.person.tenant_id:
        raise NotFoundError
    return row, seat(services, session, context, row)


def seat(services: Services, session: Session, context: Context, row: SecondOpinionCase) -> Seat:
    """The actor's seat at this case.

    Raises:
        NotFoundError: they have none.
    """
    actor = context.person
    match actor.role:
        case Role.SWV_STAFF | Role.CONTACT_PERSON:
            return _of_people(session, context, row)
        case Role.EXPERT:
            found = session.get(SecondOpinionExpert, (row.id, actor.account_id))
            if found is None or found.ended_at is not None or row.access_ended_at is not None:
                raise NotFoundError
            return Seat(kind="expert", side=PARTNER)
        case Role.GUARDIAN | Role.PUPIL:
            mine = {each.id for each, _ in family_dossiers(services, session, context)}
            if row.dossier_id not in mine or row.phase in BEFORE_SENDING:
                raise NotFoundError
            return Seat(kind="family", content=False)
        case Role.PRIVACY_OFFICER:
            if not is_of_swv(session, actor.organisation_id):
                raise NotFoundError
            return Seat(kind="officer", content=False)
        case _:
            raise NotFoundError


def _of_people(session: Session, context: Context, row: SecondOpinionCase) -> Seat:
    """Someone of the SWV whose portal this is, or the contact person of the other party as a guest."""
    actor = context.person
    if is_of_swv(session, actor.organisation_id):
        if row.dossier_id is not None:
            swv_dossier(session, context, row.dossier_id)
        contact = actor.role is Role.CONTACT_PERSON and actor.account_id in ground.contacts(
            session, row, row.own_side, context.today
        )
        if row.dossier_id is None and not contact:
            raise NotFoundError
        return Seat(kind="own", side=row.own_side, contact=contact)
    if actor.role is not Role.CONTACT_PERSON or actor.organisation_id != row.partner_id or row.shown_at is None:
        raise NotFoundError
    if row.own_side != REQUESTER or actor.account_id not in ground.contacts(session, row, PARTNER, context.today):
        raise NotFoundError
    return Seat(kind="guest", side=PARTNER, contact=True, content=row.access_ended_at is None)


def contact(
    services: Services, session: Session, context: Context, case_id: str, side: str = ""
) -> tuple[SecondOpinionCase, Seat]:
    """A case for which the actor speaks as contact person; of this side, when one is named (CV3.4)."""
    row, found = case_(services, session, context, case_id)
    if not found.contact or not found.content or (side and found.side != side):
        raise NotFoundError
    return row, found


def expert(services: Services, session: Session, context: Context, case_id: str) -> SecondOpinionCase:
    """A case in which the actor is an expert."""
    row, found = case_(services, session, context, case_id)
    if found.kind != "expert":
        raise NotFoundError
    return row


def within(services: Services, session: Session, context: Context) -> Select[SecondOpinionCase]:
    """The cases that the actor may see in a list, as a query."""
    actor = context.person
    query = select(SecondOpinionCase).where(SecondOpinionCase.tenant_id == actor.tenant_id)
    if actor.role is Role.EXPERT:
        mine = select(SecondOpinionExpert.case_id).where(
            SecondOpinionExpert.account_id == actor.account_id, SecondOpinionExpert.ended_at.is_(None)
        )
        return query.where(SecondOpinionCase.id.in_(mine), SecondOpinionCase.access_ended_at.is_(None))
    if actor.role in {Role.GUARDIAN, Role.PUPIL}:
        dossiers = [each.id for each, _ in family_dossiers(services, session, context)]
        return query.where(
            SecondOpinionCase.dossier_id.in_(dossiers), SecondOpinionCase.phase.not_in(sorted(BEFORE_SENDING))
        )
    if actor.role is Role.PRIVACY_OFFICER and is_of_swv(session, actor.organisation_id):
        return query
    if actor.role in SWV_READERS and is_of_swv(session, actor.organisation_id):
        dossiers_in_scope = select(Dossier.id).where(in_scope(session, context, context.today))
        own = SecondOpinionCase.dossier_id.in_(dossiers_in_scope)
        if actor.role is Role.CONTACT_PERSON:
            return query.where(or_(own, SecondOpinionCase.dossier_id.is_(None)))
        return query.where(own)
    if actor.role is Role.CONTACT_PERSON:
        return query.where(
            SecondOpinionCase.partner_id == actor.organisation_id,
            SecondOpinionCase.own_side == REQUESTER,
            SecondOpinionCase.shown_at.is_not(None),
        )
    raise NotFoundError


def own_swv(session: Session, tenant_id: str) -> str:
    """The SWV whose tenant this is."""
    found = session.get_one(Tenant, tenant_id).swv_id
    if found is None:
        raise NotFoundError
    return found
