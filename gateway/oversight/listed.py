"""Who stood on the access list in the past: what an entry opened then, whatever became of it since. Source: PR8.2."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from gateway.access.tables import AccessEntry
from gateway.oversight.calendar import next_day, start_of

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from sqlalchemy.orm import Session

    from gateway.dossiers.tables import Dossier

NEVER = ("proposed", "declined")


def entries_between(
    session: Session, tenant_id: str, begin: datetime, end: datetime, *, account_id: str | None = None
) -> list[AccessEntry]:
    """The entries that opened something at a moment between these, both included."""
    query = select(AccessEntry).where(AccessEntry.tenant_id == tenant_id, AccessEntry.state.not_in(NEVER))
    if account_id is not None:
        query = query.where(AccessEntry.account_id == account_id)
    return [row for row in session.scalars(query) if stood(row, begin, end)]


def stood(row: AccessEntry, begin: datetime, end: datetime) -> bool:
    """Whether this entry opened something between these moments: from its approval to its end."""
    opened = max(row.decided_at or row.made_at, start_of(row.valid_from))
    ends = [row.ended_at, row.closes_at, start_of(next_day(row.valid_until)) if row.valid_until else None]
    return opened <= end and all(moment is None or moment >= begin for moment in ends)


def reaches(row: AccessEntry, dossier: Dossier, schools: Collection[str]) -> bool:
    """Whether this dossier, of a pupil at these schools then, lies within the entry's scope."""
    return (
        row.scope == "tenant"
        or (row.scope == "schools" and not set(schools).isdisjoint(row.scope_ids))
        or (row.scope == "dossier" and dossier.id in row.scope_ids)
    )
