"""Matters, besluiten and holds follow the dossier's row; the count of numbers is of nobody and goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func, select

from gateway.matters.tables import Besluit, Hold, Matter
from retention.erasers import Share

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from gateway.context import Context
    from gateway.services import Services


def count(_services: Services, session: Session, _context: Context, dossier_id: str) -> dict[str, int]:
    """How many there are: they go with the dossier's row."""
    found = (("matters", Matter), ("besluiten", Besluit), ("holds", Hold))
    return {
        kind: session.scalar(select(func.count()).where(table.dossier_id == dossier_id)) or 0 for kind, table in found
    }


SHARE = Share(slice="matters", follows=("besluit", "legal_hold", "matter"), of_nobody=("besluit_series",), erase=count)
