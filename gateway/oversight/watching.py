"""The worker reads the log on from the leaf where it stopped, and keeps what the rules find. Nothing is found twice.

A leaf has one place for good, so the place where the reading stopped misses nothing; time or row numbers would.
Source: issue 5 (review queue).
"""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from typing import TYPE_CHECKING

from audit.errors import AuditError
from audit.events import Action
from audit.log import MOST_ROWS, entries_query, events, open_payload, read_entry
from audit.tables import leaf as leaf_table
from crypto.errors import CryptoError
from gateway.accounts.tables import Organisation
from gateway.dossiers import enrolled
from gateway.dossiers.tables import Dossier
from gateway.logbook import LOG_ID
from gateway.oversight import review
from gateway.oversight.calendar import day_of, next_day, start_of
from gateway.oversight.listed import entries_between, reaches
from gateway.oversight.signals import READING, Found, Seen, Thresholds, detect, is_reading
from gateway.oversight.tables import Progress
from gateway.recording import LogSealer

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from audit.log import Entry
    from gateway.services import Services

NAME = "signals"
AT_ONCE = 500
MOST_BATCHES = 20
NETWORK_HISTORY = timedelta(days=180)
_OPENED = (Action.REFUSE, Action.DISCLOSE)
INSIDE = ("swv", "school", "school_board")


def watch(services: Services) -> int:
    """Read the log on; returns how many events were looked at. What is left waits for the next time."""
    looked_at = 0
    for _ in range(MOST_BATCHES):
        done = _batch(services)
        looked_at += done
        if done < AT_ONCE:
            break
    return looked_at


def _batch(services: Services) -> int:
    with services.db.reading() as session:
        progress = session.get(Progress, NAME)
        found, following = _after(session, progress.leaf if progress else 0)
    if not found:
        return 0
    with services.db.writing() as session:
        by_tenant: dict[str, list[Entry]] = defaultdict(list)
        for entry in found:
            if entry.tenant:
                by_tenant[entry.tenant].append(entry)
        for tenant_id, batch in by_tenant.items():
            limits = review.thresholds(session, tenant_id)
            for each in _found(services, session, tenant_id, batch, limits):
                review.absorb(session, tenant_id, each)
        progress = session.get(Progress, NAME) or Progress(name=NAME)
        progress.leaf = following
        session.add(progress)
    return len(found)


def _after(session: Session, leaf: int) -> tuple[list[Entry], int]:
    """The next events in the order of the log, and the leaf after them.

    Bytes that are no event are passed over: `verify` tells of them.
    """
    query = entries_query().where(leaf_table.c.log_id == LOG_ID, leaf_table.c.leaf_index >= leaf)
    rows = session.connection().execute(query.order_by(leaf_table.c.leaf_index).limit(AT_ONCE)).all()
    found: list[Entry] = []
    for row in rows:
        try:
            found.append(read_entry(row))
        except AuditError:
            continue
    return found, (int(rows[-1].leaf_index) + 1 if rows else leaf)


def _found(
    services: Services, session: Session, tenant_id: str, batch: Sequence[Entry], limits: Thresholds
) -> list[Found]:
    """What the rules find in the windows that these events fall in, as far as it rests on one of them."""
    fresh = {entry.event_id for entry in batch}
    wanted: dict[str, Entry] = {entry.event_id: entry for entry in batch}
    for entry in _history(session, tenant_id, batch, limits):
        wanted[entry.event_id] = entry
    seen = [_seen(services, session, tenant_id, entry) for entry in wanted.values()]
    found = [each for each in detect(seen, limits) if any(event.event_id in fresh for event in each.events)]
    return [*found, *_outside_scope(session, batch)]


def _history(session: Session, tenant_id: str, batch: Sequence[Entry], limits: Thresholds) -> Iterable[Entry]:
    days = {
        (entry.actor, day_of(entry.at)) for entry in batch if entry.actor and entry.action in (*READING, Action.REFUSE)
    }
    for actor, day in days:
        window = start_of(day), start_of(next_day(day))
        yield from _all(session, tenant_id, window, (*READING, Action.REFUSE), actor=actor)
    for entry in batch:
        if entry.action is Action.DISCLOSE and entry.dossier:
            window = entry.at - timedelta(days=max(limits.granted_days, 1)), entry.at + timedelta(seconds=1)
            yield from _all(session, tenant_id, window, (Action.REFUSE,), dossier=entry.dossier)
    failed = [entry.at for entry in batch if entry.action is Action.SIGN_IN_FAILED]
    if failed:
        hour = timedelta(hours=1, seconds=1)
        yield from _all(session, tenant_id, (min(failed) - hour, max(failed) + hour), (Action.SIGN_IN_FAILED,))
    for who, last in {entry.actor: entry.at for entry in batch if entry.action is Action.SIGN_IN}.items():
        yield from _all(session, tenant_id, (last - NETWORK_HISTORY, last), (Action.SIGN_IN,), actor=who)


def _all(
    session: Session,
    tenant_id: str,
    window: tuple[datetime, datetime],
    actions: Collection[Action],
    *,
    actor: str | None = None,
    dossier: str | None = None,
) -> Iterable[Entry]:
    before: str | None = None
    while True:
        page = events(
            session.connection(),
            tenant=tenant_id,
            actor=actor,
            dossier=dossier,
            action=actions,
            since=window[0],
            until=window[1],
            before=before,
            limit=MOST_ROWS,
        )
        yield from page.rows
        before = page.next_cursor
        if before is None:
            return


def _seen(services: Services, session: Session, tenant_id: str, entry: Entry) -> Seen:
    recipient: str | None = None
    if entry.object_type == "verstrekking" and entry.action in _OPENED:
        sealer = LogSealer(session, services.vault, organisation_id=tenant_id, year=entry.at.year)
        try:
            recipient = str(open_payload(entry, sealer).get("recipient") or "") or None
        except (AuditError, CryptoError, LookupError):
            recipient = None  # its dossier is gone: nothing to compare any more
    return Seen(
        event_id=entry.event_id,
        at=entry.at,
        action=entry.action,
        outcome=entry.outcome,
        actor=entry.actor,
        role=entry.role,
        dossier=entry.dossier,
        object_type=entry.object_type,
        object_id=entry.object_id,
        network=entry.network,
        seq=entry.seq,
        recipient=recipient,
    )


def _outside_scope(session: Session, batch: Sequence[Entry]) -> list[Found]:
    """Readings that the access list or the school does not explain: the doors should have refused them."""
    found = []
    for entry in batch:
        seen = Seen(
            event_id=entry.event_id,
            at=entry.at,
            action=entry.action,
            outcome=entry.outcome,
            actor=entry.actor,
            role=entry.role,
            dossier=entry.dossier,
        )
        if is_reading(seen) and not _within(session, entry):
            found.append(
                Found(kind="outside_scope", subject=entry.actor or "", number=1, events=(seen,), dossier=entry.dossier)
            )
    return found


def _within(session: Session, entry: Entry) -> bool:
    dossier = session.get(Dossier, entry.dossier)
    organisation = session.get(Organisation, entry.organisation) if entry.organisation else None
    if dossier is None or organisation is None:
        return True  # gone meanwhile: nothing can be said
    schools = enrolled.schools_between(session, dossier, day_of(entry.at), day_of(entry.at))
    boards = {session.get_one(Organisation, school_id).parent_id for school_id in schools}
    if organisation.id in schools | boards:
        return True
    if organisation.kind not in INSIDE:
        return True  # recipients read what was disclosed to them, through that door
    found = entries_between(session, dossier.tenant_id, entry.at, entry.at, account_id=entry.actor)
    return any(reaches(row, dossier, schools) for row in found)
