"""What the worker does for requests: warn the officer at fourteen, seven and two days, and when a term is over.

Source: issue 9 ("warnings at 14, 7, 2 days").
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from gateway.context import Context
from gateway.ids import new_id
from gateway.rights import rules, storing
from gateway.rights.tables import RightRequest

if TYPE_CHECKING:
    from datetime import date, datetime

    from sqlalchemy import Select

    from gateway.services import Services

WARN_DAYS = (2, 7, 14)
"""So many days before the last one, the nearest first."""
LATE = "late"


def do(services: Services, now: datetime) -> int:
    """Warn of what is due, each stage once for its term. Returns how many requests were touched."""
    context = Context(actor=None, now=now, request_id=new_id())
    with services.db.reading() as session:
        due = [row.id for row in session.scalars(_undecided()) if stage(row.due, context.today) != row.reminded]
    for request_id in due:
        with services.db.writing() as session:
            row = session.get_one(RightRequest, request_id, with_for_update=True)
            now_stage = stage(row.due, context.today)
            if row.state not in rules.UNDECIDED or now_stage == row.reminded:
                continue
            row.reminded = now_stage
            if now_stage:
                storing.note(services, session, context, row, "remind", payload={"stage": now_stage})
                kind = "right_late" if now_stage == LATE else "right_due"
                storing.tell_officers(services, session, context, row, kind)
    return len(due)


def stage(due: date | None, today: date) -> str:
    """Which warning belongs to this day: none yet or a term that stands still, `14`, `7`, `2` or `late`."""
    left = rules.days_left(due, today)
    if left is None:
        return ""
    if left < 0:
        return LATE
    return next((str(days) for days in WARN_DAYS if left <= days), "")


def _undecided() -> Select[RightRequest]:
    return select(RightRequest).where(RightRequest.state.in_(rules.UNDECIDED))
