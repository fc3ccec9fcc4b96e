"""Which verstrekkingen are within reach: of those who sent them, and of those to whom they are addressed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.context import Context, Role
from gateway.disclosure.tables import Verstrekking
from gateway.dossiers.queries import swv_dossier
from gateway.errors import NotFoundError

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from gateway.context import Actor


def received(session: Session, context: Context, verstrekking_id: str) -> Verstrekking:
    """A verstrekking addressed to the actor: as contact person of the recipient, or as the one expert it names.

    What is for a named expert is there for nobody else: to a contact person it does not exist (judgement.md, step 5).
    """
    row = session.get(Verstrekking, verstrekking_id)
    actor = context.person
    if row is None or row.tenant_id != actor.tenant_id or row.recipient_id != actor.organisation_id:
        raise NotFoundError
    if not addressed_to(row, actor) or row.state != "open":
        raise NotFoundError
    return row


def addressed_to(row: Verstrekking, actor: Actor) -> bool:
    """Whether it is for this person, and not only for someone else of the organisation."""
    if row.expert_id is not None:
        return actor.role is Role.EXPERT and row.expert_id == actor.account_id
    return actor.role is Role.CONTACT_PERSON


def sent(session: Session, context: Context, verstrekking_id: str) -> Verstrekking:
    """A verstrekking from a dossier within the actor's reach."""
    row = session.get(Verstrekking, verstrekking_id)
    if row is None or row.tenant_id != context.person.tenant_id:
        raise NotFoundError
    swv_dossier(session, context, row.dossier_id)
    return row
