"""The owner of a hold hears on the day that they should look again; nothing passes by itself. Source: issue 10."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import or_, select

from gateway.accounts.tables import Account
from gateway.context import Context
from gateway.dossiers.tables import Dossier
from gateway.dossiers.telling import tell, tell_swv
from gateway.ids import new_id
from gateway.matters.tables import Hold
from gateway.matters.usecases import reminded

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Select

    from gateway.services import Services


def remind(services: Services, now: datetime) -> int:
    """Tell the owners of holds whose day came, once; the SWV's people where the owner is gone. Returns how many."""
    context = Context(actor=None, now=now, request_id=new_id())
    with services.db.reading() as session:
        if session.scalar(_due(context).limit(1)) is None:
            return 0
    with services.db.writing() as session:
        rows = session.scalars(_due(context).with_for_update()).all()
        for hold in rows:
            dossier = session.get_one(Dossier, hold.dossier_id)
            owner = session.get(Account, hold.owner_id)
            if owner is not None and owner.active:
                tell(services, session, context, dossier, owner.id, "hold_review", f"/dossiers/{dossier.id}/zaken")
            else:
                tell_swv(services, session, context, dossier, "hold_review")
            reminded(session, services.vault, context, hold)
    return len(rows)


def _due(context: Context) -> Select[Hold]:
    return select(Hold).where(
        Hold.ended_at.is_(None),
        Hold.review_on <= context.today,
        or_(Hold.reminded_on.is_(None), Hold.reminded_on < Hold.review_on),
    )
