"""Requests of pupil and guardians follow the dossier that they are about; while one runs, nothing is destroyed.

What travelled over the line to tell a partner of a correction goes with them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, select

from gateway.dossiers import objects
from gateway.peers import erasing
from gateway.peers.tables import PeerThread
from gateway.rights.tables import RightRequest
from gateway.rights.told_rules import LINE
from gateway.rights.told_tables import CorrectionNotice, RightTold
from retention.erasers import Share

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from gateway.context import Context
    from gateway.services import Services


def erase(services: Services, session: Session, context: Context, dossier_id: str) -> dict[str, int]:
    """Erase the threads in which partners were told of corrections in this dossier, with their objects."""
    query = (
        select(RightTold.organisation_id, RightTold.id)
        .join(RightRequest, RightRequest.id == RightTold.request_id)
        .join(PeerThread, (PeerThread.organisation_id == RightTold.organisation_id) & (PeerThread.name == RightTold.id))
        .where(RightRequest.dossier_id == dossier_id, RightTold.way == LINE, PeerThread.erased_at.is_(None))
    )
    asked = 0
    for organisation_id, thread in session.execute(query).all():
        keys = erasing.objects_of(session, organisation_id, thread)
        asked += objects.ask_erasure(session, keys, dossier_id, context.now)
        erasing.erase_thread(services, session, organisation_id, thread, now=context.now)
    return {"objects": asked}


def erase_notice(session: Session, organisation_id: str, thread: str) -> dict[str, int]:
    """Erase that a partner told us of a correction; what it said goes with the thread."""
    of_thread = (CorrectionNotice.organisation_id == organisation_id, CorrectionNotice.thread == thread)
    ids = session.scalars(select(CorrectionNotice.id).where(*of_thread)).all()
    session.execute(delete(CorrectionNotice).where(CorrectionNotice.id.in_(ids)))
    return {"corrections": len(ids)}


SHARE = Share(
    slice="rights",
    follows=(
        "inzage_answer",
        "inzage_document",
        "inzage_piece",
        "right_item",
        "right_pause",
        "right_request",
        "right_step",
        "right_told",
    ),
    stays=("correction_notice",),
    erase=erase,
)
