"""Objects that must go from storage: asked with the rows that name them, gone when the background took them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func, select, update

from gateway.dossiers.tables import Erasure

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from sqlalchemy.orm import Session


def ask_erasure(session: Session, keys: Iterable[str], dossier_id: str, now: datetime) -> int:
    """Ask that these objects of a dossier that is destroyed be removed; returns how many."""
    wanted = sorted(set(keys))
    known = set(session.scalars(select(Erasure.object_key).where(Erasure.object_key.in_(wanted))))
    session.execute(update(Erasure).where(Erasure.object_key.in_(known)).values(dossier_id=dossier_id))
    session.add_all(Erasure(object_key=key, asked_at=now, dossier_id=dossier_id) for key in wanted if key not in known)
    session.flush()
    return len(wanted)


def waiting_of(session: Session, dossier_id: str) -> int:
    """How many objects of a destroyed dossier are still in storage."""
    return session.scalar(select(func.count()).where(Erasure.dossier_id == dossier_id)) or 0
