"""Keeping counts of a dossier that is destroyed, in the transaction that destroys it. Source: PR4.2, ADR 20."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from sqlalchemy.exc import IntegrityError

from gateway.accounts.tables import Tenant
from gateway.monitor import rules
from gateway.monitor.counting import Of, counted
from gateway.monitor.tables import AfterlifeYear
from gateway.reglement.versions import in_force

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from sqlalchemy.orm import Session

    from gateway.reglement.afterlife import AfterlifeRules


def keep_counts(session: Session, tenant_id: str, dossier_id: str, on: date) -> bool:
    """Count a dossier among the destroyed ones, before its rows go, where the reglement has counts stay.

    Returns whether the reglement does. Counts and dossier stand in one database and change in one transaction: a backup
    that is put back holds the dossier, or has counted it, and never both.
    """
    tenant = session.get_one(Tenant, tenant_id)
    says = in_force(session, tenant.id, tenant.profile_id, on).afterlife
    for year, added in sorted(counted(session, Of(tenant_id=tenant_id, dossier_id=dossier_id)).items()):
        row = _held(session, tenant_id, year)
        kept = _kept(session, row, added, says)
        row.counts, row.whole = dict(kept.counts), kept.whole
    session.flush()
    return says.on


def _kept(session: Session, row: AfterlifeYear, added: Mapping[str, int], says: AfterlifeRules) -> rules.Kept:
    before = rules.Kept(counts=row.counts, whole=row.whole)
    if not says.on:
        return rules.Kept(counts=row.counts, whole=False)
    if rules.enough(row.counts, added, says.k):
        return rules.with_added(before, added)
    # The dossier itself still lives: it is taken off, for it is among those that are added.
    year = row.school_year
    living = counted(session, Of(tenant_id=row.tenant_id, first=year, last=year)).get(year, Counter())
    others = {path: count - added.get(path, 0) for path, count in living.items()}
    return rules.settled(before, added, others, says.k)


def _held(session: Session, tenant_id: str, year: int) -> AfterlifeYear:
    """The row of a school year, locked: of two destructions at once the second adds to what the first one wrote."""
    key = (tenant_id, year)
    row = session.get(AfterlifeYear, key, with_for_update=True, populate_existing=True)
    if row is not None:
        return row
    try:
        with session.begin_nested():
            row = AfterlifeYear(tenant_id=tenant_id, school_year=year, counts={}, whole=True)
            session.add(row)
            session.flush()
    except IntegrityError:  # another began the year in this moment
        return session.get_one(AfterlifeYear, key, with_for_update=True, populate_existing=True)
    return row
