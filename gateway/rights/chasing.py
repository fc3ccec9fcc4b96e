"""Recipients who did not answer are asked again, by the worker; after a few times the officer goes after it.

Source: PR11.7, D-PR 16 ("make sure they adapt").
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from gateway.access import glass
from gateway.context import Context
from gateway.dossiers.tables import Dossier
from gateway.dossiers.telling import tell
from gateway.ids import new_id
from gateway.rights import propagating, told_rules
from gateway.rights.tables import RightRequest
from gateway.rights.told_tables import RightTold

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from gateway.services import Services


def do(services: Services, now: datetime) -> int:
    """Ask again whoever is due; gives how many. One transaction each, so that one that fails keeps no other waiting."""
    context = Context(actor=None, now=now, request_id=new_id())
    with services.db.reading() as session:
        query = select(RightTold).where(RightTold.state == told_rules.TOLD, RightTold.due < context.today)
        due = [row.id for row in session.scalars(query) if _is_due(row, context)]
    for told_id in due:
        with services.db.writing() as session:
            told = session.get(RightTold, told_id, with_for_update=True)
            if told is not None and _is_due(told, context):
                _again(services, session, context, told)
    return len(due)


def _is_due(told: RightTold, context: Context) -> bool:
    day = told_rules.remind_on(propagating.telling_of(told))
    return day is not None and context.today >= day


def _again(services: Services, session: Session, context: Context, told: RightTold) -> None:
    row = session.get_one(RightRequest, told.request_id)
    dossier = session.get_one(Dossier, row.dossier_id)
    propagating.keep(told, told_rules.reminded(propagating.telling_of(told), context.today))
    if told.way == told_rules.PORTAL:
        for account_id in propagating.readers(session, told):
            tell(services, session, context, dossier, account_id, "correction_again", f"/correcties/{told.id}")
    for officer in glass.officers(session, told.tenant_id):
        tell(services, session, context, dossier, officer.id, "correction_late", f"/verzoeken/{row.id}/correctie")
    propagating.note(services, session, context, told, row.dossier_id, "reminded", times=told.reminders)
