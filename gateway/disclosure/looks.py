"""That someone looked at a verstrekking is an event of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.recording import Action, record

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from gateway.context import Context
    from gateway.disclosure.tables import Verstrekking
    from gateway.services import Services


def record_opened(services: Services, session: Session, context: Context, row: Verstrekking) -> None:
    """Write that someone looked at a verstrekking: it names the pupil and what was disclosed (PR9.3)."""
    record(
        session,
        services.vault,
        context,
        Action.CONSULT,
        dossier_id=row.dossier_id,
        object_type="verstrekking",
        object_id=row.id,
        purpose=row.purpose,
        article="PR9.3",
    )
