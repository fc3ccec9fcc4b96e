"""What every slice may ask about destructions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from gateway.erasure.tables import Destruction

if TYPE_CHECKING:
    from datetime import date

    from sqlalchemy.orm import Session


def announced_on(session: Session, dossier_id: str) -> date | None:
    """From which day this dossier may be destroyed, where that was announced."""
    query = select(Destruction.due_on).where(Destruction.dossier_id == dossier_id, Destruction.state == "announced")
    return session.scalar(query)
