"""Casusoverleggen about a dossier go with it; convenants are agreements between organisations and stay."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, select

from gateway.convenant.tables import CasusExchange, CasusItem, CasusMeeting, CasusParticipant
from retention.erasers import Share

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from gateway.context import Context
    from gateway.services import Services


def erase(_services: Services, session: Session, _context: Context, dossier_id: str) -> dict[str, int]:
    """Remove the casusoverleggen about this dossier, with who took part."""
    meetings = session.scalars(select(CasusMeeting.id).where(CasusMeeting.dossier_id == dossier_id)).all()
    for table in (CasusExchange, CasusItem, CasusParticipant):
        session.execute(delete(table).where(table.meeting_id.in_(meetings)))
    session.execute(delete(CasusMeeting).where(CasusMeeting.id.in_(meetings)))
    return {"casus": len(meetings)}


SHARE = Share(
    slice="convenant",
    erased=("casus_exchange", "casus_item", "casus_meeting", "casus_participant"),
    of_nobody=(
        *("convenant", "convenant_agreement", "convenant_contact", "convenant_document", "convenant_ending"),
        *("convenant_exchange", "convenant_party", "convenant_proxy", "convenant_proxy_for", "convenant_signature"),
        *("convenant_step", "convenant_version"),
    ),
    objects=("convenant_document.object_key",),
    erase=erase,
)
