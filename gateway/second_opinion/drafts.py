"""The text of an advice under its case's key: for who writes it, and for the portal that it is sent to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.second_opinion.tables import SecondOpinionAdvice

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy.orm import Session

    from gateway.second_opinion.tables import SecondOpinionCase
    from gateway.services import Services


def ref_of(case_id: str) -> str:
    """The place of an advice under its case's key."""
    return f"second-opinion-advice:{case_id}"


def parts_of(services: Services, session: Session, row: SecondOpinionCase) -> dict[str, str] | None:
    """The text by part, as the experts wrote it; None while nobody wrote any."""
    found = session.get(SecondOpinionAdvice, row.id)
    if found is None:
        return None
    parts: dict[str, str] = services.vault.open_json(session, row.subject_id, ref_of(row.id), found.text)
    return parts


def keep(
    services: Services, session: Session, row: SecondOpinionCase, parts: Mapping[str, str], *, by: str, now: datetime
) -> None:
    """Keep a text that came from the other portal, signed there, in the place of any that was here."""
    sealed = services.vault.seal_json(session, row.subject_id, ref_of(row.id), dict(parts))
    session.merge(SecondOpinionAdvice(case_id=row.id, text=sealed, version=1, changed_by=by, changed_at=now))
