"""How destruction stands, for the doctor: what keeps it from going on, in one sentence for an administrator."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from gateway.context import Context
from gateway.destruction import clock, executing, replaying
from gateway.destruction.announcing import BEFORE
from gateway.erasure.tables import Destruction
from gateway.ids import new_id

if TYPE_CHECKING:
    from datetime import datetime

    from gateway.services import Services

LATE = timedelta(days=2)


def standing(services: Services, now: datetime) -> tuple[str, str]:
    """Whether it is `good`, `warn` or `bad`, and the sentence.

    Raises:
        JournalError, OSError, StorageError: the journal cannot be read.
    """
    shut = replaying.reason_not_to_open(services)
    if shut:
        return "bad", shut
    context = Context(actor=None, now=now, request_id=new_id())
    with services.db.reading() as session:
        trouble = clock.trouble_of(services, session, context)
        announced = session.scalar(select(func.count()).where(Destruction.state == BEFORE)) or 0
        past = (Destruction.state == BEFORE, Destruction.due_on < context.today - LATE)
        waiting = session.scalar(select(func.count()).where(*past)) or 0
        begun = (Destruction.state.in_(executing.STATES[1:-2]), Destruction.erased_at < now - LATE)
        stuck = session.scalar(select(func.count()).where(*begun)) or 0
    if trouble is not None and announced:
        return "warn", (
            "the clock is not believed and nothing is destroyed: `dossierpoort retention run --dry-run` says why and "
            "what helps"
        )
    if stuck:
        return "warn", f"{stuck} destroyed dossiers wait for their certificate: `dossierpoort retention run` says why"
    if waiting:
        return "warn", f"{waiting} announced dossiers are past their day: `dossierpoort retention run --dry-run`"
    return "good", f"{announced} announced"
