"""Which verstrekkingen are within reach: of those who sent them, and of those to whom they are addressed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.context import Context, Role
from gateway.disclosure.tables import Verstrekking
from gateway.dossiers.queries import swv_dossier
from gateway.errors import NotFoundError

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


def received(session: Session, context: Context, verstrekking_id: str) -> Verstrekking:
    """A verstrekking addressed to the actor's organisation."""
    row = session.get(Verstrekking, verstrekking_id)
    actor = context.person
    if row is None or row.tenant_id != actor.tenant_id or row.recipient_id != actor.organisation_id:
        raise NotFoundError
    if actor.role is not Role.CONTACT_PERSON or row.state != "open":
        raise NotFoundError
    return row


def sent(session: Session, context: Context, verstrekking_id: str) -> Verstrekking:
    """A verstrekking from a dossier within the actor's reach."""
    row = session.get(Verstrekking, verstrekking_id)
    if row is None or row.tenant_id != context.person.tenant_id:
        raise NotFoundError
    swv_dossier(session, context, row.dossier_id)
    return row
