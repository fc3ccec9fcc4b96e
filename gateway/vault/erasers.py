"""The keys and search tokens of a dossier go; the request to renew its period key stays until it is final."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.vault.tables import SubjectKey
from retention.erasers import Share

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from gateway.context import Context
    from gateway.services import Services


def erase(services: Services, session: Session, context: Context, dossier_id: str) -> dict[str, int]:
    """Erase the dossier's keys and tokens; its period key goes in the next renewal."""
    if session.get(SubjectKey, dossier_id) is None:
        return {}
    services.vault.forget_subject(session, dossier_id, now=context.now)
    return {"keys": 1}


SHARE = Share(
    slice="vault",
    erased=("subject_key",),
    follows=("data_key", "search_token"),
    stays=("key_renewal",),
    erase=erase,
)
