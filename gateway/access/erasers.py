"""The access list stays: who had access to what. What was written about one dossier in its entries goes.

An entry for one dossier (break-glass, an expert in a case) bears a motivation, and its history reasons, in which
somebody may have named the pupil. Source: PR8.2, PR12.1.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from crypto.errors import CryptoError
from gateway.access.tables import AccessChange, AccessEntry
from retention.erasers import Share

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from gateway.context import Context
    from gateway.services import Services

GONE = "Vernietigd met het dossier."


def erase(services: Services, session: Session, _context: Context, dossier_id: str) -> dict[str, int]:
    """Empty what people wrote in entries for this dossier alone; the entries stay in the list."""
    entries = session.scalars(select(AccessEntry).where(AccessEntry.scope == "dossier"))
    found = [row for row in entries if list(row.scope_ids) == [dossier_id]]
    for row in found:
        row.motivation = _sealed(services, session, row.account_id, "motivation", GONE)
        for change in session.scalars(select(AccessChange).where(AccessChange.entry_id == row.id)):
            empty = {"fields": [], "reason": GONE}
            change.details = _sealed(services, session, change.account_id, f"change:{change.id}", empty)
    session.flush()
    return {"motivations": len(found)}


def _sealed(services: Services, session: Session, account_id: str, ref: str, value: object) -> bytes:
    try:
        return services.vault.seal_json(session, account_id, ref, value)
    except (LookupError, CryptoError):
        return b""  # the account's own key is gone already, and opens nothing


SHARE = Share(slice="access", erased=("access_change", "access_entry"), of_accounts=("confidentiality",), erase=erase)
