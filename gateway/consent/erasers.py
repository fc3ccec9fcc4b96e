"""Consents have no key to the dossier's row and are removed by hand; what was asked for them follows the dossier."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func, select

from gateway.consent import usecases
from gateway.consent.tables import Consent
from retention.erasers import Share

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from gateway.context import Context
    from gateway.services import Services


def erase(_services: Services, session: Session, _context: Context, dossier_id: str) -> dict[str, int]:
    """Remove the consents of this dossier."""
    count = session.scalar(select(func.count()).where(Consent.dossier_id == dossier_id)) or 0
    usecases.forget_dossier(session, dossier_id)
    return {"consents": count}


SHARE = Share(
    slice="consent",
    erased=("consent",),
    follows=("consent_answer", "consent_request", "court_order", "sixteenth_birthday"),
    erase=erase,
)
