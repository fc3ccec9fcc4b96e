"""Which dossier someone of school, SWV or the officer may enter a request for, and the scans that lie in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.context import Role
from gateway.dossiers.guardians import documents_of_kind
from gateway.dossiers.queries import officer_dossier, visible_dossier
from gateway.dossiers.rules import RIGHT_REQUEST
from gateway.errors import NotFoundError

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from gateway.context import Context
    from gateway.dossiers.tables import Dossier
    from gateway.services import Services


def dossier(session: Session, context: Context, dossier_id: str) -> Dossier:
    """A submitted dossier of the actor's school or within their access, or any of the officer's own SWV.

    Raises:
        NotFoundError: it is another's, a draft, or does not exist.
    """
    if context.person.role is Role.PRIVACY_OFFICER:
        return officer_dossier(session, context, dossier_id)
    row = visible_dossier(session, context, dossier_id)
    if row.state == "draft":
        raise NotFoundError
    return row


def scans(services: Services, session: Session, row: Dossier) -> list[tuple[str, str]]:
    """The scanned requests of a dossier, newest first, as (id, file name)."""
    return documents_of_kind(services, session, row, RIGHT_REQUEST)
