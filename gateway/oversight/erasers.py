"""Signals about a dossier go, and what ties it to a data breach; the breach itself is the SWV's account (AVG 33(5))."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete

from gateway.matters.breach_tables import BreachDocument
from gateway.oversight.tables import Signal
from retention.erasers import Share

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from gateway.context import Context
    from gateway.services import Services


def erase(_services: Services, session: Session, _context: Context, dossier_id: str) -> dict[str, int]:
    """Remove the signals about this dossier, and its documents from the data breaches."""
    session.execute(delete(Signal).where(Signal.dossier_id == dossier_id))
    session.execute(delete(BreachDocument).where(BreachDocument.dossier_id == dossier_id))
    return {}


SHARE = Share(
    slice="oversight",
    erased=("breach_document", "signal"),
    follows=("signal_event",),
    stays=("breach_step", "data_breach", "register_month"),
    of_nobody=("oversight_progress", "signal_threshold"),
    erase=erase,
)
