"""What the worker does for cases: remind before a term ends, tell when it is over, end access on the agreed day.

Source: SO3, CV8.4; issue 8 (Terms; "access end on the agreed day").
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from gateway.context import Context
from gateway.ids import new_id
from gateway.second_opinion import doing, ground, storing, telling
from gateway.second_opinion.rules import waits_for
from gateway.second_opinion.state import OVER, PARTNER, REQUESTER
from gateway.second_opinion.tables import SecondOpinionCase

if TYPE_CHECKING:
    from datetime import date, datetime

    from sqlalchemy import Select
    from sqlalchemy.orm import Session

    from gateway.services import Services

REMIND_DAYS = (2, 7)
"""So many days before the last one, the nearest first."""
LATE = "late"


def do(services: Services, now: datetime) -> int:
    """Do what is due now; each reminder goes out once for its term. Returns how many cases were touched."""
    context = Context(actor=None, now=now, request_id=new_id())
    with services.db.reading() as session:
        due = [row.id for row in session.scalars(_with_term()) if stage(row.due, context.today) != row.reminded]
        ended = list(session.scalars(_to_end(context.today)))
    for case_id in due:
        with services.db.writing() as session:
            _remind(services, session, context, session.get_one(SecondOpinionCase, case_id, with_for_update=True))
    for case_id in ended:
        with services.db.writing() as session:
            row = session.get_one(SecondOpinionCase, case_id, with_for_update=True)
            doing.end_access(services, session, context, row)
    return len(due) + len(ended)


def stage(due: date | None, today: date) -> str:
    """Which reminder belongs to this day: none yet, `7`, `2` or `late`; a term that ends today has its last one."""
    if due is None:
        return ""
    left = (due - today).days
    if left < 0:
        return LATE
    return next((str(days) for days in REMIND_DAYS if left <= days), "")


def _with_term() -> Select[SecondOpinionCase]:
    return select(SecondOpinionCase).where(
        SecondOpinionCase.due.is_not(None), SecondOpinionCase.phase.not_in(sorted(OVER))
    )


def _to_end(today: date) -> Select[str]:
    return select(SecondOpinionCase.id).where(
        SecondOpinionCase.phase.in_(sorted(OVER)),
        SecondOpinionCase.access_ended_at.is_(None),
        SecondOpinionCase.access_until < today,
    )


def _remind(services: Services, session: Session, context: Context, row: SecondOpinionCase) -> None:
    """Tell whose turn it is; when the term is over, both contact persons and the officer."""
    now = stage(row.due, context.today)
    if now == row.reminded:
        return
    row.reminded = now
    if not now:
        return
    both = [each for side in (REQUESTER, PARTNER) for each in ground.contacts(session, row, side, context.today)]
    if now == LATE:
        concerned = [*both, *telling.experts_of(session, row), *telling.officers(session, row)]
        telling.put(services, session, context, row, "second_opinion_late", concerned)
        return
    waits = waits_for(storing.state_of(storing.acts_of(services, session, row)))
    mine = (
        telling.experts_of(session, row)
        if waits == "expert"
        else ground.contacts(session, row, waits or REQUESTER, context.today)
    )
    telling.put(services, session, context, row, "second_opinion_due", [*mine, *both])
