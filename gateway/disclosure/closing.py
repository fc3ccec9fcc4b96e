"""Closing a verstrekking from within another act, such as the end of a second opinion that it was made for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.disclosure.tables import Verstrekking
from gateway.recording import Action, record

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from gateway.context import Context
    from gateway.services import Services


def close(services: Services, session: Session, context: Context, verstrekking_id: str) -> None:
    """Nothing of it can be fetched from now on; what was fetched stays named. Closed before: nothing happens."""
    row = session.get(Verstrekking, verstrekking_id, with_for_update=True, populate_existing=True)
    if row is None or row.closed_at is not None:
        return
    row.closed_at = context.now
    record(
        session,
        services.vault,
        context,
        Action.WITHDRAW,
        tenant_id=row.tenant_id,
        dossier_id=row.dossier_id,
        object_type="verstrekking",
        object_id=row.id,
        purpose=row.purpose,
        article=row.article,
    )
