"""The clock is believed from where it was believed last; a jump waits for a person. Source: issue 10, Clock safety."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func, select

from audit import checkpoint
from audit import log as audit_log
from audit.errors import AuditError
from audit.events import instant_text, parse_instant
from audit.tables import cosignature
from gateway.accounts import vouching
from gateway.accounts.tables import Tenant
from gateway.destruction.rules import Times, clock_trouble
from gateway.destruction.tables import ClockDeclaration
from gateway.erasure.tables import DestructionClock
from gateway.ids import new_id
from gateway.logbook import LOG_ID
from gateway.recording import Action, LogSealer, record
from gateway.reglement.versions import in_force

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import Session

    from gateway.accounts.vouching import Voucher
    from gateway.context import Context
    from gateway.destruction.rules import ClockTrouble
    from gateway.services import Services

ONE = "run"
DECLARED = "clock-declared"


def look(services: Services, context: Context) -> ClockTrouble | None:
    """What is wrong with the clock; when nothing is, this moment is the one to go on from."""
    with services.db.writing() as session:
        trouble = trouble_of(services, session, context)
        if trouble is None:
            session.merge(DestructionClock(name=ONE, seen_at=context.now))
    return trouble


def trouble_of(services: Services, session: Session, context: Context) -> ClockTrouble | None:
    """What is wrong with the clock, by the strictest reglement of this installation."""
    days = min(
        (
            in_force(session, each.id, each.profile_id, context.today).destroy.clock_days
            for each in session.scalars(select(Tenant))
        ),
        default=1,
    )
    return clock_trouble(context.now, _times(services, session), days)


def confirm(services: Services, context: Context) -> None:
    """Somebody looked at the clock and it is right: it is believed from this moment on. In the log."""
    with services.db.writing() as session:
        before = session.get(DestructionClock, ONE)
        told = {"act": "clock-confirmed", "believed": before.seen_at.isoformat() if before else ""}
        record(session, services.vault, context, Action.CONFIGURE, object_type="clock", article="PR12.1", payload=told)
        session.merge(DestructionClock(name=ONE, seen_at=context.now))


def declare(services: Services, context: Context, vouchers: Sequence[Voucher]) -> None:
    """An administrator and a privacy officer say that the clock is right now, against what was signed before.

    From this moment it is believed. What was signed until now and says that it is later counts no more; nothing that
    was signed becomes proof of a time by this. The log says who said so, and what they said it against.

    Raises:
        InvalidInputError: they are not these two, or one did not prove it.
    """
    people = vouching.two_people(services, context, vouchers)
    with services.db.writing() as session:
        times, newest = _times(services, session), checkpoint.latest(session.connection(), LOG_ID)
        number = (session.scalar(select(func.max(ClockDeclaration.made_number))) or 0) + 1
        size = newest.size if newest else 0
        told = {
            "act": DECLARED,
            "declared_at": context.now.isoformat(),
            "size": size,
            "said_by": sorted(each.id for each in people),
            "against": {
                name: at.isoformat() if at else ""
                for name, at in (
                    ("believed", times.seen_at),
                    ("checkpoint", times.checkpoint_at),
                    ("witness", times.witnessed_at),
                )
            },
        }
        event_id = record(
            session, services.vault, context, Action.CONFIGURE,
            tenant_id=people[0].tenant_id, object_type="clock", article="PR12.1", payload=told,
        )  # fmt: skip
        session.add(
            ClockDeclaration(id=new_id(), declared_at=context.now, size=size, event_id=event_id, made_number=number)
        )
        session.merge(DestructionClock(name=ONE, seen_at=context.now))


def known(services: Services) -> Times:
    """What is known of the time, for who looks."""
    with services.db.reading() as session:
        return _times(services, session)


def _times(services: Services, session: Session) -> Times:
    seen = session.get(DestructionClock, ONE)
    said = _declared(services, session)
    newest = checkpoint.latest(session.connection(), LOG_ID)
    checkpoint_at = newest.made_at if newest else None
    query = select(func.max(cosignature.c.at)).where(cosignature.c.log_id == LOG_ID)
    if said is not None:
        if newest is not None and newest.size <= said.size and newest.made_at > said.declared_at:
            checkpoint_at = None
        before = (cosignature.c.size <= said.size) & (cosignature.c.at > instant_text(said.declared_at))
        query = query.where(~before)
    witnessed = session.scalar(query)
    return Times(
        seen_at=seen.seen_at if seen else None,
        checkpoint_at=checkpoint_at,
        witnessed_at=parse_instant(witnessed) if witnessed else None,
        declared_at=said.declared_at if said else None,
    )


def _declared(services: Services, session: Session) -> ClockDeclaration | None:
    """The last thing that two people said, when the sealed event says the same: a row alone sets nothing aside."""
    query = select(ClockDeclaration).order_by(ClockDeclaration.made_number.desc()).limit(1)
    row = session.scalars(query).first()
    entry = audit_log.find(session.connection(), row.event_id) if row is not None else None
    if row is None or entry is None or entry.action is not Action.CONFIGURE or entry.object_type != "clock":
        return None
    sealer = LogSealer(session, services.vault, organisation_id=entry.tenant or "", year=entry.at.year)
    try:
        told = audit_log.open_payload(entry, sealer)
    except AuditError:
        return None
    said = (told.get("act"), told.get("declared_at"), told.get("size"))
    return row if said == (DECLARED, row.declared_at.isoformat(), row.size) else None
