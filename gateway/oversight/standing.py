"""Signals about how things stand rather than what was done: they come, and go by themselves when it is put right."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import func, or_, select

from audit.events import instant_text
from audit.tables import event as event_table
from gateway.access.rules import APPROVED, LISTED
from gateway.access.tables import AccessEntry
from gateway.accounts.tables import Account, Tenant
from gateway.disclosure.tables import Verstrekking, VerstrekkingDocument
from gateway.notices.tables import Notice
from gateway.oversight import review
from gateway.oversight.calendar import day_of, start_of
from gateway.oversight.signals import READING, Thresholds
from gateway.oversight.tables import Progress
from gateway.partner_keys.tables import OrganisationKey

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from sqlalchemy.orm import Session

    from gateway.services import Services

NAME = review.STANDING_DUTY
EVERY = timedelta(hours=1)
NO_LINKS = ("invitation", "password")
LONGEST_OPEN = timedelta(days=180)
SHOWN_EVENTS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Something that is so now: kind, whom or what it is about, its figure, since when, and its events."""

    kind: str
    subject: str
    number: int
    since: datetime
    events: tuple[tuple[str, datetime], ...]
    dossier: str | None = None


def look(services: Services, now: datetime) -> bool:
    """Look how things stand, once an hour; returns whether it was done."""
    with services.db.reading() as session:
        progress = session.get(Progress, NAME)
        if progress is not None and progress.at is not None and now - progress.at < EVERY:
            return False
        tenants = session.scalars(select(Tenant.id)).all()
    for tenant_id in tenants:
        with services.db.writing() as session:
            limits = review.thresholds(session, tenant_id)
            review.stand(services, session, tenant_id, list(standing(session, tenant_id, limits, now)), now)
    with services.db.writing() as session:
        progress = session.get(Progress, NAME) or Progress(name=NAME)
        progress.at = now
        session.add(progress)
    return True


def standing(session: Session, tenant_id: str, limits: Thresholds, now: datetime) -> Iterable[Standing]:
    """Everything that is so now in this tenant."""
    if limits.key_days:
        yield from _keys(session, tenant_id, limits, now)
    if limits.confirm_days:
        yield from _unconfirmed(session, tenant_id, limits, now)
    if limits.notice_days:
        yield from _unread(session, tenant_id, limits, now)
    if limits.entry_days:
        yield from _unused(session, tenant_id, limits, now)


def _keys(session: Session, tenant_id: str, limits: Thresholds, now: datetime) -> Iterable[Standing]:
    last = day_of(now) + timedelta(days=limits.key_days)
    query = select(OrganisationKey).where(OrganisationKey.tenant_id == tenant_id, OrganisationKey.state == "confirmed")
    rows = session.scalars(query).all()
    longer = {row.organisation_id for row in rows if row.expires_on is None or row.expires_on > last}
    for row in rows:
        if row.expires_on is None or row.expires_on > last or row.organisation_id in longer:
            continue
        moments = [moment for moment in (row.registered_at, row.confirmed_at) if moment]
        yield Standing(
            kind="key_expiring",
            subject=row.id,
            number=(row.expires_on - day_of(now)).days,
            since=start_of(row.expires_on - timedelta(days=limits.key_days)),
            events=_events_at(session, tenant_id, moments, object_id=row.id),
        )


def _unconfirmed(session: Session, tenant_id: str, limits: Thresholds, now: datetime) -> Iterable[Standing]:
    fetched = func.min(VerstrekkingDocument.fetched_at)
    query = (
        select(Verstrekking, fetched)
        .join(VerstrekkingDocument, VerstrekkingDocument.verstrekking_id == Verstrekking.id)
        .where(
            Verstrekking.tenant_id == tenant_id,
            Verstrekking.confirmed_at.is_(None),
            Verstrekking.made_at > now - LONGEST_OPEN,
            VerstrekkingDocument.fetched_at <= now - timedelta(days=limits.confirm_days),
        )
        .group_by(Verstrekking.id)
    )
    for row, first in session.execute(query):
        if first is None:
            continue
        yield Standing(
            kind="unconfirmed",
            subject=row.id,
            number=(now - first).days,
            since=first + timedelta(days=limits.confirm_days),
            events=_events_at(session, tenant_id, [row.made_at, first], dossier=row.dossier_id),
            dossier=row.dossier_id,
        )


def _unread(session: Session, tenant_id: str, limits: Thresholds, now: datetime) -> Iterable[Standing]:
    query = (
        select(Notice.account_id, func.count(), func.min(Notice.made_at))
        .join(Account, Account.id == Notice.account_id)
        .where(
            Notice.tenant_id == tenant_id,
            Account.active,
            Notice.read_at.is_(None),
            Notice.kind.not_in(NO_LINKS),
            Notice.made_at <= now - timedelta(days=limits.notice_days),
        )
        .group_by(Notice.account_id)
    )
    for account_id, number, first in session.execute(query).all():
        oldest = select(Notice).where(Notice.account_id == account_id, Notice.read_at.is_(None))
        rows = session.scalars(oldest.order_by(Notice.made_at).limit(SHOWN_EVENTS)).all()
        made = [each for row in rows for each in _events_at(session, tenant_id, [row.made_at], dossier=row.dossier_id)]
        yield Standing(
            kind="notice_unread",
            subject=account_id,
            number=number,
            since=first + timedelta(days=limits.notice_days),
            events=tuple(dict(made).items()),
        )


def _unused(session: Session, tenant_id: str, limits: Thresholds, now: datetime) -> Iterable[Standing]:
    today = day_of(now)
    latest = today - timedelta(days=limits.entry_days)
    query = (
        select(AccessEntry)
        .join(Account, Account.id == AccessEntry.account_id)
        .where(
            AccessEntry.tenant_id == tenant_id,
            Account.active,
            AccessEntry.kind == LISTED,
            AccessEntry.state == APPROVED,
            AccessEntry.valid_from <= latest,
            or_(AccessEntry.valid_until.is_(None), AccessEntry.valid_until >= today),
        )
    )
    for row in session.scalars(query):
        used = _last_reading(session, row.account_id, start_of(latest))
        if used:
            continue
        yield Standing(
            kind="entry_unused",
            subject=row.id,
            number=limits.entry_days,
            since=start_of(row.valid_from + timedelta(days=limits.entry_days)),
            events=_events_at(session, tenant_id, [row.made_at], object_id=row.id),
        )


def _last_reading(session: Session, account_id: str, since: datetime) -> bool:
    table = event_table.c
    query = select(table.seq).where(
        table.actor == account_id,
        table.at >= instant_text(since),
        table.dossier.is_not(None),
        table.action.in_([action.value for action in READING]),
    )
    return session.connection().execute(query.limit(1)).first() is not None


def _events_at(
    session: Session,
    tenant_id: str,
    moments: Iterable[datetime],
    *,
    object_id: str | None = None,
    dossier: str | None = None,
) -> tuple[tuple[str, datetime], ...]:
    """The events of acts at these moments: an act and its event have the same instant."""
    found: dict[str, datetime] = {}
    table = event_table.c
    for moment in moments:
        query = select(table.event_id).where(table.tenant == tenant_id, table.at == instant_text(moment))
        if object_id is not None:
            query = query.where(table.object_id == object_id)
        if dossier is not None:
            query = query.where(table.dossier == dossier)
        for event_id in session.connection().execute(query.order_by(table.seq).limit(SHOWN_EVENTS)).scalars():
            found[event_id] = moment
    return tuple(found.items())
