"""A second opinion about a dossier goes with it, and so does what travelled for it over the line to the partner.

What the partner's side keeps of it is the partner's, and ends on the day that both agreed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, select

from gateway.dossiers import objects
from gateway.peers import erasing
from gateway.second_opinion.state import PARTNER
from gateway.second_opinion.tables import SecondOpinionCase
from gateway.vault.tables import SubjectKey
from retention.erasers import Share

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from gateway.context import Context
    from gateway.services import Services


def erase(services: Services, session: Session, context: Context, dossier_id: str) -> dict[str, int]:
    """Erase the threads of this dossier's cases, with their objects; the cases follow the dossier's row."""
    cases = session.scalars(select(SecondOpinionCase).where(SecondOpinionCase.dossier_id == dossier_id)).all()
    asked = 0
    for case in cases:
        keys = erasing.objects_of(session, case.partner_id, case.thread)
        asked += objects.ask_erasure(session, keys, dossier_id, context.now)
        erasing.erase_thread(services, session, case.partner_id, case.thread, now=context.now)
    return {"second_opinions": len(cases), "objects": asked}


def erase_copy(
    services: Services, session: Session, context: Context, organisation_id: str, thread: str
) -> dict[str, int]:
    """Erase what our portal holds of a partner's case, with its key; its messages and documents go with the thread."""
    query = select(SecondOpinionCase).where(
        SecondOpinionCase.partner_id == organisation_id,
        SecondOpinionCase.thread == thread,
        SecondOpinionCase.own_side == PARTNER,
    )
    rows = session.scalars(query).all()
    for row in rows:
        if session.get(SubjectKey, row.subject_id) is not None:
            services.vault.forget_subject(session, row.subject_id, now=context.now)
    ids = [row.id for row in rows]
    session.execute(delete(SecondOpinionCase).where(SecondOpinionCase.id.in_(ids)))
    return {"second_opinions": len(ids), "keys": len(ids)}


SHARE = Share(
    slice="second_opinion",
    follows=(
        *("second_opinion_act", "second_opinion_advice", "second_opinion_case", "second_opinion_expert"),
        "second_opinion_wish",
    ),
    erase=erase,
)
