"""The officer's first page: what waits, most urgent first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from audit import checkpoint
from gateway.logbook import LOG_ID
from gateway.oversight import breach_views, queue
from gateway.oversight.signals import KINDS
from gateway.witness import queries as witnesses

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from gateway.context import Context
    from gateway.oversight.breach_views import BreachLine
    from gateway.oversight.queue import SignalLine
    from gateway.services import Services

SHOWN = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class LogState:
    """How the log stands: when it was last signed, and what its witnesses (partners that confirm it) say."""

    signed_at: datetime | None
    witnesses: Sequence[tuple[str, datetime | None, bool]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """The first page."""

    urgent: Sequence[SignalLine]
    newest: Sequence[SignalLine]
    open_signals: int
    breaches: Sequence[BreachLine]
    log: LogState


def overview(services: Services, context: Context) -> Overview:
    """What needs the officer first. Every figure is of this moment."""
    found = queue.queue(services, context, state="open", limit=4 * SHOWN)
    urgent = [line for line in found.lines if line.urgent]
    others = [line for line in found.lines if not line.urgent]
    others.sort(key=lambda line: KINDS.index(line.kind))
    return Overview(
        urgent=urgent,
        newest=others[:SHOWN],
        open_signals=sum(found.counts.values()),
        breaches=[line for line in breach_views.listed(services, context) if line.row.closed_at is None],
        log=_log(services),
    )


def _log(services: Services) -> LogState:
    with services.db.reading() as session:
        newest = checkpoint.latest(session.connection(), LOG_ID)
        parties = witnesses.confirmed(session, witnesses.WITNESS)
        told = [(party.name, party.answered_at, bool(party.trouble)) for party in parties]
    return LogState(signed_at=newest.made_at if newest else None, witnesses=told)
