"""Whom we trust in witnessing, for whoever makes a receipt, checks the log or shows how it stands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from audit.note import VerifierKey
from gateway.witness.tables import WitnessParty

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import Session

WITNESS, LOG = "witness", "log"


def confirmed(session: Session, side: str) -> Sequence[WitnessParty]:
    """The partners of this side that a second person confirmed and that were not ended, the oldest first."""
    query = select(WitnessParty).where(WitnessParty.side == side, WitnessParty.state == "confirmed")
    return session.scalars(query.order_by(WitnessParty.registered_at, WitnessParty.id)).all()


def witness_keys(session: Session) -> tuple[VerifierKey, ...]:
    """The keys of our witnesses: `expected` of `audit.cosignatures.covering`, and cosigners' keys of a receipt."""
    return tuple(VerifierKey.parse(row.key) for row in confirmed(session, WITNESS))
