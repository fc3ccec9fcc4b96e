"""The review queue: signals kept, reopened and closed, and the thresholds behind them. Source: issue 5."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import func, select

from crypto.context import SealContext
from gateway.context import Context, Role
from gateway.errors import ConflictError, InvalidInputError, NotFoundError
from gateway.ids import new_id
from gateway.oversight.calendar import day_of
from gateway.oversight.signals import STATE_KINDS, Found, Thresholds
from gateway.oversight.tables import Progress, Signal, SignalEvent, SignalThreshold
from gateway.recording import Action, record
from gateway.sentences import sentence
from gateway.vault.boxes import STANDING, open_box, seal_box

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from gateway.oversight.standing import Standing
    from gateway.services import Services
    from gateway.vault.keys import Vault

REASON_MAX = 2000
STANDING_DUTY = "standing"
LIMITS: Final[dict[str, tuple[int, int]]] = {
    "dossiers_a_day": (0, 1000),
    "from_hour": (0, 23),
    "until_hour": (1, 24),
    "weekend": (0, 1),
    "refusals_a_day": (0, 100),
    "granted_days": (0, 365),
    "failures_an_hour": (0, 100),
    "known_sign_ins": (0, 100),
    "key_days": (0, 365),
    "confirm_days": (0, 90),
    "notice_days": (0, 90),
    "entry_days": (0, 730),
}
"""The lowest and highest value of each threshold."""


def thresholds(session: Session, tenant_id: str) -> Thresholds:
    """From where on this tenant wants to be told."""
    row = session.get(SignalThreshold, tenant_id)
    return Thresholds.from_json(row.chosen) if row is not None else Thresholds()


def change_thresholds(services: Services, context: Context, chosen: Mapping[str, int]) -> None:
    """The privacy officer sets the thresholds: who is watched does not choose what is seen. Logged with the difference.

    Raises:
        InvalidInputError: a value out of range; names the field.
    """
    officer = _officer(context)
    for name, (least, most) in LIMITS.items():
        if not least <= chosen.get(name, least - 1) <= most:
            raise InvalidInputError(
                sentence("Vul een heel getal in van %(least)d tot en met %(most)d.", least=least, most=most), field=name
            )
    if chosen["from_hour"] >= chosen["until_hour"]:
        raise InvalidInputError("De werkdag eindigt voordat hij begint.", field="until_hour")
    with services.db.writing() as session:
        before = thresholds(session, officer).as_json()
        after = {**before, **{name: chosen[name] for name in LIMITS}}
        difference = {name: [before[name], after[name]] for name in LIMITS if before[name] != after[name]}
        if not difference:
            return
        row = session.get(SignalThreshold, officer) or SignalThreshold(tenant_id=officer)
        row.chosen, row.changed_at, row.changed_by = after, context.now, context.person.account_id
        session.add(row)
        standing = session.get(Progress, STANDING_DUTY)
        if standing is not None:  # how things stand is looked at again at once
            standing.at = None
        record(
            session,
            services.vault,
            context,
            Action.CONFIGURE,
            object_type="thresholds",
            object_id=officer,
            payload={"changed": difference},
        )


def absorb(session: Session, tenant_id: str, found: Found) -> str | None:
    """Keep what a rule found: a new signal, more events on one that stands, or a closed one opened again.

    Found twice is found once. Returns the signal's id, or None when there was nothing new in it.
    """
    row = _signal(session, tenant_id, found.kind, found.subject)
    last = max(found.events, key=lambda event: (event.at, event.event_id))
    if row is None:
        row = Signal(
            id=new_id(),
            tenant_id=tenant_id,
            kind=found.kind,
            subject_id=found.subject,
            dossier_id=found.dossier,
            number=found.number,
            day=found.day,
            first_at=min(event.at for event in found.events),
            last_at=last.at,
        )
        session.add(row)
        session.flush()
    known = set(session.scalars(select(SignalEvent.event_id).where(SignalEvent.signal_id == row.id)))
    fresh = {event.event_id: event.at for event in found.events if event.event_id not in known}
    if not fresh:
        return None
    session.add_all(SignalEvent(signal_id=row.id, event_id=key, at=at) for key, at in fresh.items())
    if last.at >= row.last_at:
        row.number, row.day, row.last_at = found.number, found.day, last.at
        row.dossier_id = found.dossier
    if row.state == "closed":
        row.state, row.reopened = "open", row.reopened + 1
    return row.id


def stand(services: Services, session: Session, tenant_id: str, now_so: Sequence[Standing], now: datetime) -> None:
    """Bring the signals of what is a state in line: what is so stands, what is no longer so closes by itself."""
    kept: set[str] = set()
    for each in now_so:
        row = _signal(session, tenant_id, each.kind, each.subject)
        if row is None:
            row = Signal(
                id=new_id(),
                tenant_id=tenant_id,
                kind=each.kind,
                subject_id=each.subject,
                dossier_id=each.dossier,
                day=day_of(now),
                first_at=each.since,
                last_at=now,
            )
            session.add(row)
            session.flush()
        elif not row.holds:
            row.reopened += row.state == "closed"
            row.state, row.last_at, row.day = "open", now, day_of(now)
        row.holds, row.number = True, each.number
        known = set(session.scalars(select(SignalEvent.event_id).where(SignalEvent.signal_id == row.id)))
        session.add_all(
            SignalEvent(signal_id=row.id, event_id=key, at=at) for key, at in each.events if key not in known
        )
        kept.add(row.id)
    query = select(Signal).where(Signal.tenant_id == tenant_id, Signal.kind.in_(STATE_KINDS), Signal.holds)
    for row in session.scalars(query).all():
        if row.id not in kept:
            _went_away(services, session, row, now)


def _went_away(services: Services, session: Session, row: Signal, now: datetime) -> None:
    row.holds = False
    if row.state != "open":
        return
    row.state, row.closed_at, row.closed_by, row.reason = "closed", now, None, None
    context = Context(actor=None, now=now, request_id=new_id())
    record(
        session,
        services.vault,
        context,
        Action.REVIEW,
        tenant_id=row.tenant_id,
        object_type="signal",
        object_id=row.id,
        payload={"kind": row.kind, "went_away": True},
    )


def close(services: Services, context: Context, signal_id: str, reason: str) -> None:
    """The officer closes a signal and says why; it opens again when it happens again. In the log with its reason.

    Raises:
        InvalidInputError: no reason, or too long a one.
        ConflictError: it was closed meanwhile.
    """
    officer = _officer(context)
    reason = reason.strip()
    if not reason:
        raise InvalidInputError("Schrijf waarom dit signaal dicht kan.", field="reason")
    if len(reason) > REASON_MAX:
        raise InvalidInputError(sentence("Ten hoogste %(count)d tekens.", count=REASON_MAX), field="reason")
    with services.db.writing() as session:
        row = _own(session, officer, signal_id, lock=True)
        if row.state == "closed":
            raise ConflictError("Dit signaal is al gesloten.")
        row.state, row.closed_at, row.closed_by = "closed", context.now, context.person.account_id
        row.reason = seal_box(services.vault.keyring, row.tenant_id, STANDING, _context(row.id), reason.encode())
        record(
            session,
            services.vault,
            context,
            Action.REVIEW,
            object_type="signal",
            object_id=row.id,
            article="PR9.3",
            payload={"kind": row.kind, "reason": reason},
        )


def reason_of(vault: Vault, row: Signal) -> str:
    """Why it was closed the last time, or nothing when it went away by itself."""
    return "" if row.reason is None else open_box(vault.keyring, _context(row.id), row.reason).decode()


def own_signal(session: Session, context: Context, signal_id: str) -> Signal:
    """A signal of the officer's tenant."""
    return _own(session, _officer(context), signal_id)


def open_counts(session: Session, tenant_id: str) -> dict[str, int]:
    """How many signals of each kind are open."""
    query = select(Signal.kind, func.count()).where(Signal.tenant_id == tenant_id, Signal.state == "open")
    return {str(kind): int(count) for kind, count in session.execute(query.group_by(Signal.kind))}


def _signal(session: Session, tenant_id: str, kind: str, subject: str) -> Signal | None:
    query = select(Signal).where(Signal.tenant_id == tenant_id, Signal.kind == kind, Signal.subject_id == subject)
    return session.scalars(query).one_or_none()


def _own(session: Session, tenant_id: str, signal_id: str, *, lock: bool = False) -> Signal:
    row = session.get(Signal, signal_id, with_for_update=lock)
    if row is None or row.tenant_id != tenant_id:
        raise NotFoundError
    return row


def _officer(context: Context) -> str:
    if context.person.role is not Role.PRIVACY_OFFICER:
        raise NotFoundError
    return context.person.tenant_id


def _context(signal_id: str) -> SealContext:
    return SealContext(purpose="signal", document=signal_id)
