"""The notices about a dossier go with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete

from gateway.notices import outbox
from gateway.notices.tables import Notice
from retention.erasers import Share

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from gateway.context import Context
    from gateway.services import Services


def erase(_services: Services, session: Session, _context: Context, dossier_id: str) -> dict[str, int]:
    """Remove the notices about this dossier, read or not."""
    outbox.forget_dossier(session, dossier_id)
    return {}


def forget_account(session: Session, account_id: str) -> None:
    """Remove the notices to an account that is gone."""
    session.execute(delete(Notice).where(Notice.account_id == account_id))


SHARE = Share(slice="notices", erased=("notice",), erase=erase)
