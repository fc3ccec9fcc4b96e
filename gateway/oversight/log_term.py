"""The end of the log's term: old rows go, but never before the dossier that they tell of. Source: issue 5, PR12.1."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import ColumnElement, and_, exists, or_, select

from audit.events import instant_text
from audit.expiry import expire
from audit.tables import event
from gateway import __version__
from gateway.accounts.tables import Tenant
from gateway.context import AMSTERDAM
from gateway.dossiers.tables import Dossier
from gateway.logbook import LOG_ID, former_keys, signers
from gateway.recording import LogSealer
from gateway.reglement import versions
from gateway.reglement.profiles import LOG_YEARS

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from gateway.services import Services


def years_of(session: Session, now: datetime) -> dict[str, int]:
    """How many years a row of the log stays, for each tenant, by the reglement that is in force."""
    today = now.astimezone(AMSTERDAM).date()
    return {
        tenant.id: versions.in_force(session, tenant.id, tenant.profile_id, today).log_years
        for tenant in session.scalars(select(Tenant))
    }


def keep_until(services: Services, now: datetime) -> datetime:
    """The day until which a checkpoint made now must be kept: the longest term of this log."""
    with services.db.reading() as session:
        return _later(now, max([LOG_YEARS, *years_of(session, now).values()]))


def expire_due(services: Services, now: datetime) -> int:
    """Remove what is past its term, in batches that each stand on their own; returns how many rows went.

    A row of a dossier that is still there stays, however old: whoever asks who saw it gets the whole answer. A row
    without a tenant stays for the longest term.

    Raises:
        audit.errors.SequenceError: a row is not what its leaf says; nothing more goes before that is looked into.
    """
    gone = 0
    for log_id in (LOG_ID, *former_keys(services.vault.keyring)):  # rows of a log that ended bear its origin
        while count := _expire_batch(services, now, log_id):
            gone += count
    return gone


def _expire_batch(services: Services, now: datetime, log_id: str) -> int:
    keyring = services.vault.keyring
    with services.db.writing() as session:
        years = years_of(session, now)
        longest = max([LOG_YEARS, *years.values()])
        done = expire(
            session.connection(),
            log_id,
            before=_later(now, -min([LOG_YEARS, *years.values()])),
            going=_going(now, years, longest),
            signer=signers(keyring)[0],
            sealer=LogSealer(session, services.vault, organisation_id="installation", year=now.year),
            software=f"dossierpoort {__version__}",
            actor=None,
            now=now,
        )
        return done.count if done else 0


def _going(now: datetime, years: dict[str, int], longest: int) -> ColumnElement[bool]:
    """Past the term of its own tenant, and of no dossier that still lives."""
    of_tenants = [
        and_(event.c.tenant == tenant, event.c.at < instant_text(_later(now, -count)))
        for tenant, count in years.items()
    ]
    of_nobody = and_(
        or_(event.c.tenant.is_(None), event.c.tenant.not_in(sorted(years))),
        event.c.at < instant_text(_later(now, -longest)),
    )
    lives = exists().where(Dossier.id == event.c.dossier)
    return and_(or_(*of_tenants, of_nobody), ~lives)


def _later(moment: datetime, years: int) -> datetime:
    """The same day so many years on; the 29th of February counts as the 28th where there is none."""
    try:
        return moment.replace(year=moment.year + years)
    except ValueError:
        return moment.replace(year=moment.year + years, day=28)
