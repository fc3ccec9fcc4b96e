"""The clock is believed from where it was believed last; a jump waits for a person. Source: issue 10, Clock safety."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func, select

from audit import checkpoint
from audit.events import parse_instant
from audit.tables import cosignature
from gateway.accounts.tables import Tenant
from gateway.destruction.rules import Times, clock_trouble
from gateway.erasure.tables import DestructionClock
from gateway.logbook import LOG_ID
from gateway.recording import Action, record
from gateway.reglement.versions import in_force

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from gateway.context import Context
    from gateway.destruction.rules import ClockTrouble
    from gateway.services import Services

ONE = "run"


def look(services: Services, context: Context) -> ClockTrouble | None:
    """What is wrong with the clock; when nothing is, this moment is the one to go on from."""
    with services.db.writing() as session:
        trouble = trouble_of(session, context)
        if trouble is None:
            session.merge(DestructionClock(name=ONE, seen_at=context.now))
    return trouble


def trouble_of(session: Session, context: Context) -> ClockTrouble | None:
    """What is wrong with the clock, by the strictest reglement of this installation."""
    days = min(
        (
            in_force(session, each.id, each.profile_id, context.today).destroy.clock_days
            for each in session.scalars(select(Tenant))
        ),
        default=1,
    )
    return clock_trouble(context.now, _times(session), days)


def confirm(services: Services, context: Context) -> None:
    """Somebody looked at the clock and it is right: it is believed from this moment on. In the log."""
    with services.db.writing() as session:
        before = session.get(DestructionClock, ONE)
        told = {"act": "clock-confirmed", "believed": before.seen_at.isoformat() if before else ""}
        record(session, services.vault, context, Action.CONFIGURE, object_type="clock", article="PR12.1", payload=told)
        session.merge(DestructionClock(name=ONE, seen_at=context.now))


def _times(session: Session) -> Times:
    seen = session.get(DestructionClock, ONE)
    newest = checkpoint.latest(session.connection(), LOG_ID)
    witnessed = session.scalar(select(func.max(cosignature.c.at)).where(cosignature.c.log_id == LOG_ID))
    return Times(
        seen_at=seen.seen_at if seen else None,
        checkpoint_at=newest.made_at if newest else None,
        witnessed_at=parse_instant(witnessed) if witnessed else None,
    )
