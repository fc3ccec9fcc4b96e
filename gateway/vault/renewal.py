"""Renewal after erasure: a new period key, every survivor moved to it, the old one destroyed in the keyring.

Killed at any point nothing is lost: until the old key is destroyed both keys open, and it is destroyed only when, with
everyone who could still wrap under it shut out, no row in the database names it any more. A run that was broken off is
gone on with by the next one; two runs at a time get in each other's way and do no harm.

Source: issue 3, Keys; `crypto/FORMAT.md`, Destroying.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select, update

from crypto.errors import KeyDestroyed
from gateway.context import AMSTERDAM
from gateway.recording import Action, record
from gateway.vault import locks
from gateway.vault.keys import is_quarter
from gateway.vault.rewrapping import RenewalError, rewrap_batch
from gateway.vault.tables import KeyRenewal, SearchToken, SubjectKey

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from sqlalchemy.orm import Session

    from gateway.context import Context
    from gateway.db import Database
    from gateway.vault.keys import Vault

    Tell = Callable[["Progress"], None]

__all__ = ["RenewalError", "ask_rotation", "is_due", "pending", "renew", "settle", "standing"]

BATCH = 5000
NIGHT = time(2, 0)


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Period:
    """One organisation (its id) and one period, such as `2026Q4`."""

    organisation_id: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far the renewal of one period is: `done` of `total` surviving subjects were moved in this run."""

    period: Period
    done: int
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How the erasures of a period stand: `waiting` for the night, `provisional` by a keyring copy, `final`."""

    period: Period
    waiting: int
    provisional: int
    final: int
    oldest: datetime


def ask_rotation(session: Session, vault: Vault, period: Period, *, now: datetime) -> str:
    """Ask that the live key of a period be replaced; returns the id of the key that will go.

    Raises:
        RenewalError: there is no such key, or it is not one that subjects hang under (a log key).
    """
    locks.may_destroy(session, period.organisation_id, period.name)
    live = _live_key(vault, period)
    if live is None:
        raise RenewalError("this organisation has no live key of that period; see `dossierpoort keys list`")
    if not is_quarter(period.name):
        # Under a log key hang payloads of the log that are never written again, under the standing key OpenPGP keys.
        raise RenewalError("only the key of a quarter is rotated, such as 2026Q4: nothing else hangs under it")
    session.add(
        KeyRenewal(
            organisation_id=period.organisation_id, period=period.name, period_key_id=live, part=False, asked_at=now
        )
    )
    return live


def ask_again(session: Session, vault: Vault, *, key_id: str, subject_id: str, now: datetime) -> None:
    """Ask once more that the key of something erased goes: an old copy of the keyring brought it back."""
    info = vault.keyring.describe(key_id)
    session.add(
        KeyRenewal(
            organisation_id=info.organisation,
            period=info.period,
            period_key_id=info.id,
            subject_id=subject_id,
            part=False,
            asked_at=now,
        )
    )


def pending(session: Session) -> list[Period]:
    """The periods in which something was erased whose period key still lives."""
    query = select(KeyRenewal.organisation_id, KeyRenewal.period).where(KeyRenewal.destroyed_at.is_(None)).distinct()
    return sorted(Period(organisation_id=organisation, name=name) for organisation, name in session.execute(query))


def is_due(session: Session, now: datetime) -> bool:
    """Whether the night has come (02:00 in Amsterdam) since the oldest erasure that waits, also when it was missed."""
    oldest = session.scalar(select(func.min(KeyRenewal.asked_at)).where(KeyRenewal.destroyed_at.is_(None)))
    if oldest is None:
        return False
    here = now.astimezone(AMSTERDAM)
    night = datetime.combine(here.date(), NIGHT, AMSTERDAM)
    return oldest < (night if here >= night else night - timedelta(days=1))


def standing(session: Session) -> list[Standing]:
    """How the erasures stand, for each period."""
    query = select(
        KeyRenewal.organisation_id,
        KeyRenewal.period,
        func.count().filter(KeyRenewal.destroyed_at.is_(None)),
        func.count().filter(KeyRenewal.destroyed_at.is_not(None), KeyRenewal.final_at.is_(None)),
        func.count().filter(KeyRenewal.final_at.is_not(None)),
        func.min(KeyRenewal.asked_at),
    ).group_by(KeyRenewal.organisation_id, KeyRenewal.period)
    query = query.order_by(KeyRenewal.organisation_id, KeyRenewal.period)
    return [
        Standing(
            period=Period(organisation_id=organisation, name=name),
            waiting=waiting,
            provisional=provisional,
            final=final,
            oldest=oldest,
        )
        for organisation, name, waiting, provisional, final, oldest in session.execute(query)
    ]


def renew(
    db: Database, vault: Vault, context: Context, *, tell: Tell | None = None, batch: int = BATCH
) -> Sequence[Progress]:
    """Renew the keys of every period in which something was erased; returns what was done in each.

    Raises:
        RenewalError: a period cannot be renewed; its old key stays, and what was erased stays *voorlopig*.
    """
    with db.reading() as session:
        periods = pending(session)
    done = [_renew_period(db, vault, context, period, tell=tell or _silent, batch=batch) for period in periods]
    if done:
        _forget_old_pages(db)
    settle(db, vault, context)
    return done


def settle(db: Database, vault: Vault, context: Context) -> int:
    """Call final what no registered copy of the keyring can bring back; returns how many erasures that were."""
    open_ends = (KeyRenewal.destroyed_at.is_not(None), KeyRenewal.final_at.is_(None))
    with db.reading() as session:
        query = select(KeyRenewal.period_key_id, KeyRenewal.organisation_id).where(*open_ends).distinct()
        keys = session.execute(query).all()
    final = [(key, owner) for key, owner in keys if vault.keyring.destruction(key, context.today) == "final"]
    settled = 0
    for key_id, organisation_id in final:
        with db.writing() as session:
            result = session.execute(
                update(KeyRenewal).where(*open_ends, KeyRenewal.period_key_id == key_id).values(final_at=context.now)
            )
            count = int(getattr(result, "rowcount", 0))
            if count:
                told = {"act": "destruction-final", "erasures": count}
                _record(session, vault, context, owner=organisation_id, key_id=key_id, told=told)
            settled += count
    return settled


def _silent(_progress: Progress) -> None:
    pass


def _renew_period(db: Database, vault: Vault, context: Context, period: Period, *, tell: Tell, batch: int) -> Progress:
    target, total = _begin(db, vault, context, period)
    done = 0
    while True:
        for old in _old_keys(vault, period):
            while moved := _one_batch(db, vault, context, old=old, target=target, batch=batch):
                done += moved
                tell(Progress(period=period, done=done, total=max(total, done)))
        if _destroy(db, vault, context, period, target=target, survivors=done):
            return Progress(period=period, done=done, total=max(total, done))
        # Someone committed a wrap under the old key after the last batch: move that one too.


def _begin(db: Database, vault: Vault, context: Context, period: Period) -> tuple[str, int]:
    """Supersede the live key when it is one of those to go; returns the key to move to, and how many move."""
    with db.writing() as session:
        locks.may_destroy(session, period.organisation_id, period.name)
        live = _live_key(vault, period)
        if live is None:
            live = vault.keyring.ensure_period_key(period.organisation_id, period.name)
        if live in _asked_keys(session, period):
            live = vault.keyring.supersede(live)
        old = _old_keys(vault, period)
        total = session.scalar(select(func.count()).where(SubjectKey.period_key_id.in_(old))) or 0
        told = {"act": "renewal-begun", "period": period.name, "old": list(old), "survivors": total}
        _record(session, vault, context, owner=period.organisation_id, key_id=live, told=told)
    return live, total


def _one_batch(db: Database, vault: Vault, context: Context, *, old: str, target: str, batch: int) -> int:
    with db.writing() as session:
        locks.durable(session)
        return rewrap_batch(session, vault, old=old, target=target, most=batch, now=context.now)


def _destroy(db: Database, vault: Vault, context: Context, period: Period, *, target: str, survivors: int) -> bool:
    """Destroy the old keys of a period when nothing hangs under them any more; false when something does."""
    with db.writing() as session:
        locks.durable(session)
        locks.may_destroy(session, period.organisation_id, period.name)
        old = _old_keys(vault, period)
        if _hangs(session, old):
            return False
        _refuse_unrenewed(session, old)
        for key_id in old:
            vault.keyring.destroy(key_id)
        gone = [key for key in _asked_keys(session, period) if _is_destroyed(vault, key)]
        waiting = (KeyRenewal.destroyed_at.is_(None), KeyRenewal.period_key_id.in_(gone))
        result = session.execute(update(KeyRenewal).where(*waiting).values(destroyed_at=context.now))
        told = {"act": "destroy", "period": period.name, "survivors": survivors, "new": target}
        told["erasures"] = int(getattr(result, "rowcount", 0))
        for key_id in sorted({*old, *gone}):
            _record(session, vault, context, owner=period.organisation_id, key_id=key_id, told=told)
    return True


def _hangs(session: Session, keys: Iterable[str]) -> bool:
    wrap = select(SubjectKey.subject_id).where(SubjectKey.period_key_id.in_(keys)).limit(1)
    token = select(SearchToken.subject_id).where(SearchToken.period_key_id.in_(keys)).limit(1)
    return session.scalar(wrap) is not None or session.scalar(token) is not None


def _refuse_unrenewed(session: Session, keys: Iterable[str]) -> None:
    query = (
        select(KeyRenewal.id)
        .join(SubjectKey, SubjectKey.subject_id == KeyRenewal.subject_id)
        .where(KeyRenewal.period_key_id.in_(keys), KeyRenewal.part, KeyRenewal.renewed_at.is_(None))
    )
    if session.scalars(query.limit(1)).first() is not None:
        raise RenewalError("a subject of which a part was erased has no new key yet; nothing is destroyed")


def _asked_keys(session: Session, period: Period) -> set[str]:
    query = select(KeyRenewal.period_key_id).where(
        KeyRenewal.organisation_id == period.organisation_id,
        KeyRenewal.period == period.name,
        KeyRenewal.destroyed_at.is_(None),
    )
    return set(session.scalars(query.distinct()))


def _live_key(vault: Vault, period: Period) -> str | None:
    for info in vault.keyring.period_keys():
        if info.live and (info.organisation, info.period) == (period.organisation_id, period.name):
            return info.id
    return None


def _old_keys(vault: Vault, period: Period) -> tuple[str, ...]:
    """The superseded keys of this period that are not destroyed, oldest first."""
    wanted = (period.organisation_id, period.name)
    every = vault.keyring.period_keys()
    keys = [info for info in every if not info.live and (info.organisation, info.period) == wanted]
    return tuple(info.id for info in sorted(keys, key=lambda info: info.version))


def _is_destroyed(vault: Vault, key_id: str) -> bool:
    try:
        vault.keyring.describe(key_id)
    except KeyDestroyed:
        return True
    return False


def _record(session: Session, vault: Vault, context: Context, *, owner: str, key_id: str, told: dict[str, Any]) -> None:
    record(
        session,
        vault,
        context,
        Action.KEY,
        tenant_id=owner,
        object_type="period_key",
        object_id=key_id,
        article="PR11.4",
        payload=told,
    )


def _forget_old_pages(db: Database) -> None:
    """Empty SQLite's write-ahead log: it still holds pages with the old wraps. Useless without the key, and untidy.

    A reader may hold it open; then the next renewal, or the last connection that closes, empties it.
    """
    if db.is_sqlite:
        connection = db.engine.raw_connection()  # outside a transaction, which a checkpoint must be
        try:
            connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)").close()
        finally:
            connection.close()
