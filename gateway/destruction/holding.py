"""What a partner asked us to destroy, for our contact persons: when it goes, and saying that it must be kept.

Source: issue 10 (Partners too); OB2, PR13.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from gateway.accounts.tables import Organisation, Tenant
from gateway.context import AMSTERDAM, Role
from gateway.destruction import asked, line_rules
from gateway.destruction.tables import CopyHold, LineAsked
from gateway.errors import ConflictError, InvalidInputError, NotFoundError
from gateway.ids import new_id
from gateway.recording import Action, record
from gateway.references import reference_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from sqlalchemy.orm import Session

    from gateway.context import Context
    from gateway.peers.tables import PeerThread
    from gateway.services import Services

TEXT_MAX = 2000
MOST = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldLine:
    """Why it is kept, and until when."""

    id: str
    kind: str
    until: date
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyLine:
    """One request of a partner. `state`: `waiting` for its day, `held`, `going`, or what we told the partner."""

    id: str
    reference: str
    partner: str
    state: str
    received_on: date
    due_on: date
    destroy_by: date
    article: str
    holds: Sequence[HoldLine]
    can_hold: bool


def listed(services: Services, context: Context) -> list[CopyLine]:
    """What partners asked our SWV to destroy, the newest first."""
    with services.db.reading() as session:
        if not _is_ours(session, context):
            return []
        query = select(LineAsked).where(LineAsked.tenant_id == context.person.tenant_id)
        rows = session.scalars(query.order_by(LineAsked.received_at.desc(), LineAsked.id).limit(MOST)).all()
        return [_line(services, session, context, row) for row in rows]


def one(services: Services, context: Context, asked_id: str) -> CopyLine:
    """One request of a partner to our SWV.

    Raises:
        NotFoundError: it is another's.
    """
    with services.db.reading() as session:
        return _line(services, session, context, _ours(session, context, asked_id))


def hold(services: Services, context: Context, asked_id: str, *, kind: str, until: date, reason: str) -> None:
    """Say that what came from the partner must be kept until a day, and why; the partner hears kind and day only.

    Raises:
        InvalidInputError: no such reason, or a day that cannot be.
        ConflictError: it is gone already.
    """
    if kind not in line_rules.KEPT_BECAUSE:
        raise InvalidInputError("Kies waarom dit moet blijven.", field="kind")
    if not context.today < until <= context.today + line_rules.KEPT_AT_MOST:
        raise InvalidInputError("Kies een dag in de toekomst, hooguit 20 jaar na nu.", field="until")
    if not reason.strip() or len(reason) > TEXT_MAX:
        raise InvalidInputError("Schrijf kort waarom.", field="reason")
    with services.db.writing() as session:
        row = _ours(session, context, asked_id, lock=True)
        living = [each for each in asked.copies(session, row) if each.erased_at is None]
        if not living:
            raise ConflictError("Dit is al vernietigd.")
        for thread in living:
            _hold(services, session, context, thread, row, kind=kind, until=until, reason=reason.strip())


def release(services: Services, context: Context, asked_id: str) -> None:
    """Say that nothing of it need be kept any more: it goes in the next run.

    Raises:
        ConflictError: nothing was held.
    """
    with services.db.writing() as session:
        row = _ours(session, context, asked_id, lock=True)
        standing = asked.holds(session, row, context.today)
        if not standing:
            raise ConflictError("Hier is geen uitstel van.")
        for each in standing:
            each.ended_by, each.ended_at = context.person.account_id, context.now
            _record(services, session, context, row, {"step": "released", "kind": each.kind})


def _hold(
    services: Services,
    session: Session,
    context: Context,
    thread: PeerThread,
    row: LineAsked,
    *,
    kind: str,
    until: date,
    reason: str,
) -> None:
    hold_id = new_id()
    made = CopyHold(
        id=hold_id,
        tenant_id=row.tenant_id,
        thread_id=thread.id,
        kind=kind,
        until=until,
        reason=services.vault.seal_json(session, thread.id, f"hold:{hold_id}", {"reason": reason}),
        made_by=context.person.account_id,
        made_at=context.now,
    )
    session.add(made)
    session.flush()
    _record(services, session, context, row, {"step": "held", "kind": kind, "until": until.isoformat()})


def _line(services: Services, session: Session, context: Context, row: LineAsked) -> CopyLine:
    living = any(each.erased_at is None for each in asked.copies(session, row))
    standing = asked.holds(session, row, context.today)
    state = row.told or ("waiting" if living and row.due_on > context.today else "going")
    return CopyLine(
        id=row.id,
        reference=reference_of(row.request),
        partner=session.get_one(Organisation, row.organisation_id).name,
        state="held" if standing else "going" if row.told == line_rules.KEPT else state,
        received_on=row.received_at.astimezone(AMSTERDAM).date(),
        due_on=row.due_on,
        destroy_by=row.destroy_by,
        article=row.article,
        holds=[
            HoldLine(
                id=each.id,
                kind=each.kind,
                until=each.until,
                reason=services.vault.open_json(session, each.thread_id, f"hold:{each.id}", each.reason)["reason"],
            )
            for each in standing
        ],
        can_hold=living,
    )


def _ours(session: Session, context: Context, asked_id: str, *, lock: bool = False) -> LineAsked:
    row = session.get(LineAsked, asked_id, with_for_update=lock)
    if row is None or row.tenant_id != context.person.tenant_id or not _is_ours(session, context):
        raise NotFoundError
    return row


def _is_ours(session: Session, context: Context) -> bool:
    """Whether this is a contact person of the SWV itself."""
    actor = context.person
    swv = session.get_one(Tenant, actor.tenant_id).swv_id
    return actor.role is Role.CONTACT_PERSON and actor.organisation_id == swv


def _record(services: Services, session: Session, context: Context, row: LineAsked, payload: dict[str, object]) -> None:
    record(
        session,
        services.vault,
        context,
        Action.HOLD,
        tenant_id=row.tenant_id,
        object_type="line_asked",
        object_id=row.id,
        article="OB2",
        payload=payload,
    )
