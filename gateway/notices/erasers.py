"""The notices about a dossier go with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.notices import outbox
from retention.erasers import Share

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from gateway.context import Context
    from gateway.services import Services


def erase(_services: Services, session: Session, _context: Context, dossier_id: str) -> dict[str, int]:
    """Remove the notices about this dossier, read or not."""
    outbox.forget_dossier(session, dossier_id)
    return {}


SHARE = Share(slice="notices", erased=("notice",), erase=erase)
