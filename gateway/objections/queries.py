"""Objections and appeals, opened to be shown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from gateway.errors import ConflictError, NotFoundError
from gateway.objections import rules
from gateway.objections.tables import Objection

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy.orm import Session

    from gateway.objections.rules import Term
    from gateway.vault.keys import Vault


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectionLine:
    """One of them with its sealed part opened; `term` is by when to decide, of an objection that runs."""

    row: Objection
    details: Mapping[str, str]
    term: Term | None


def of_besluit(session: Session, vault: Vault, dossier_id: str, besluit_ids: Sequence[str]) -> list[ObjectionLine]:
    """What came in against this besluit and what it was put right from, newest first."""
    query = select(Objection).where(Objection.dossier_id == dossier_id, Objection.besluit_id.in_(besluit_ids))
    rows = session.scalars(query.order_by(Objection.made_at.desc(), Objection.id.desc()))
    return [line(session, vault, row) for row in rows]


def line(session: Session, vault: Vault, row: Objection) -> ObjectionLine:
    """One of them, opened."""
    return ObjectionLine(row=row, details=details(session, vault, row), term=term(row))


def term(row: Objection) -> Term | None:
    """By when the SWV decides; None for an appeal, on which the court decides."""
    if row.kind != "bezwaar":
        return None
    return rules.decide_by(
        until=row.until, received_on=row.received_on, committee=row.committee, extended=row.extended_on is not None
    )


def details(session: Session, vault: Vault, row: Objection) -> dict[str, str]:
    """What people wrote."""
    return dict(vault.open_json(session, row.dossier_id, f"objection:{row.id}", row.details))


def get(session: Session, dossier_id: str, objection_id: str, *, running: bool = False) -> Objection:
    """One of this dossier; `running`: locked, to be changed.

    Raises:
        NotFoundError: it is of another, or does not exist.
        ConflictError: it was to be running, and is over.
    """
    row = session.get(Objection, objection_id, with_for_update=running, populate_existing=running)
    if row is None or row.dossier_id != dossier_id:
        raise NotFoundError
    if running and row.state != "running":
        raise ConflictError("Dit is al beslist of ingetrokken.")
    return row
