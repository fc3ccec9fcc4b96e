"""The review queue as the officer reads it: names opened, sentences made, events linked."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import and_, or_, select

from audit.log import find
from gateway.access.tables import AccessEntry
from gateway.accounts import people
from gateway.accounts.tables import Organisation
from gateway.disclosure.tables import Verstrekking
from gateway.dossiers import pages
from gateway.dossiers.queries import pupil_of
from gateway.dossiers.tables import Dossier
from gateway.errors import InvalidInputError
from gateway.oversight import review
from gateway.oversight.queries import LogLine, lines_of
from gateway.oversight.signals import KINDS, Thresholds
from gateway.oversight.tables import Signal, SignalEvent
from gateway.oversight.wordings import SIGNALS, why
from gateway.partner_keys.tables import OrganisationKey
from gateway.recording import Action, record
from gateway.sentences import sentence

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from gateway.context import Context
    from gateway.services import Services

PAGE = 25
SHOWN_EVENTS = 100
_CURSOR = re.compile(r"[0-9a-f]{32}\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class SignalLine:
    """A signal in words."""

    id: str
    kind: str
    title: str
    why: str
    advice: str
    urgent: bool
    state: str
    last_at: datetime
    reopened: int
    pupil: str
    dossier_id: str
    link: str
    link_text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SignalView:
    """A signal with the events it rests on, newest first, and how it was closed the last time."""

    line: SignalLine
    events: Sequence[LogLine]
    more: int
    closed_at: datetime | None
    closed_by: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class QueuePage:
    """A page of signals, and the cursor of the next one."""

    lines: Sequence[SignalLine]
    next_cursor: str | None
    counts: dict[str, int]


def queue(
    services: Services, context: Context, *, state: str, kind: str = "", after: str | None = None, limit: int = PAGE
) -> QueuePage:
    """The open or closed signals of the tenant, newest first."""
    tenant = context.person.tenant_id
    with services.db.reading() as session:
        query = select(Signal).where(Signal.tenant_id == tenant, Signal.state == state)
        if kind in KINDS:
            query = query.where(Signal.kind == kind)
        if after:
            last = session.get(Signal, after) if _CURSOR.match(after) else None
            if last is None or last.tenant_id != tenant:
                raise InvalidInputError("Dit adres klopt niet meer. Begin opnieuw bij Aandacht.")
            query = query.where(
                or_(Signal.last_at < last.last_at, and_(Signal.last_at == last.last_at, Signal.id < last.id))
            )
        rows = session.scalars(query.order_by(Signal.last_at.desc(), Signal.id.desc()).limit(limit + 1)).all()
        lines = _lines(services, session, context, rows[:limit])
        more = rows[limit - 1].id if len(rows) > limit else None
        return QueuePage(lines=lines, next_cursor=more, counts=review.open_counts(session, tenant))


def note_look(services: Services, context: Context, lines: Sequence[SignalLine]) -> None:
    """Write that the officer saw signals, which name pupils and people: one event, the dossiers sealed in it."""
    pages.note_list(services, context, "signals", sorted({line.dossier_id for line in lines if line.dossier_id}))


def view(services: Services, context: Context, signal_id: str) -> SignalView:
    """One signal with the events it rests on. That the officer looked stands in the log."""
    with services.db.writing() as session:
        row = review.own_signal(session, context, signal_id)
        kept = select(SignalEvent.event_id).where(SignalEvent.signal_id == row.id)
        ids = session.scalars(kept.order_by(SignalEvent.at.desc(), SignalEvent.event_id.desc())).all()
        entries = [entry for key in ids[:SHOWN_EVENTS] if (entry := find(session.connection(), key)) is not None]
        closer = people.names_of(session, services.vault, [row.closed_by]).get(row.closed_by or "")
        made = SignalView(
            line=_lines(services, session, context, [row])[0],
            events=lines_of(services, session, context, entries),
            more=max(0, len(ids) - SHOWN_EVENTS),
            closed_at=row.closed_at,
            closed_by=closer.name if closer else "",
            reason=review.reason_of(services.vault, row),
        )
        record(session, services.vault, context, Action.CONSULT, object_type="signal", object_id=row.id)
    return made


def _lines(services: Services, session: Session, context: Context, rows: Sequence[Signal]) -> list[SignalLine]:
    limits = review.thresholds(session, context.person.tenant_id)
    dossiers = {row.dossier_id for row in rows if row.dossier_id}
    services.vault.preload(session, dossiers)
    pupils = {
        dossier.id: pupil_of(session, services.vault, dossier).name
        for dossier in session.scalars(select(Dossier).where(Dossier.id.in_(dossiers)))
    }
    return [_line(services, session, row, limits, pupils) for row in rows]


def _line(services: Services, session: Session, row: Signal, limits: Thresholds, pupils: dict[str, str]) -> SignalLine:
    name, link, text = _about(services, session, row)
    words = SIGNALS[row.kind]
    day = row.day.strftime("%d-%m-%Y")
    return SignalLine(
        id=row.id,
        kind=row.kind,
        title=words.title,
        why=why(row.kind, name=name, number=row.number, day=day, limits=limits),
        advice=words.advice,
        urgent=words.urgent,
        state=row.state,
        last_at=row.last_at,
        reopened=row.reopened,
        pupil=pupils.get(row.dossier_id or "", ""),
        dossier_id=row.dossier_id or "",
        link=link,
        link_text=text,
    )


def _about(services: Services, session: Session, row: Signal) -> tuple[str, str, str]:
    """Whom or what a signal is about, and where more of it stands."""
    if row.kind in {"refused_then_granted", "unconfirmed"}:
        made = session.get(Verstrekking, row.subject_id)
        recipient = session.get(Organisation, made.recipient_id) if made else None
        return _name(recipient), f"/register/{row.subject_id}" if made else "", sentence("Bekijk de verstrekking")
    if row.kind == "key_expiring":
        key = session.get(OrganisationKey, row.subject_id)
        return _name(session.get(Organisation, key.organisation_id) if key else None), "", ""
    account = row.subject_id
    if row.kind == "entry_unused":
        entry = session.get(AccessEntry, row.subject_id)
        account = entry.account_id if entry else ""
        return _person(services, session, account), "/toegangslijst", sentence("Bekijk de toegangslijst")
    if row.kind == "break_glass":
        event = find(session.connection(), row.subject_id)
        account = event.actor or "" if event else ""
    return (
        _person(services, session, account),
        f"/logboek?wie={account}" if account else "",
        sentence("Bekijk alles van deze persoon in het logboek"),
    )


def _person(services: Services, session: Session, account_id: str) -> str:
    found = people.names_of(session, services.vault, [account_id]).get(account_id)
    return found.name if found else sentence("Iemand die hier niet meer werkt")


def _name(organisation: Organisation | None) -> str:
    return organisation.name if organisation else sentence("Een organisatie die hier niet meer staat")
