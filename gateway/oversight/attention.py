"""The officer's first page: what waits, most urgent first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from audit import checkpoint
from gateway.logbook import LOG_ID
from gateway.oversight import breach_views, queue
from gateway.oversight.signals import KINDS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from gateway.context import Context
    from gateway.oversight.breach_views import BreachLine
    from gateway.oversight.queue import SignalLine
    from gateway.services import Services

SHOWN = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """The first page."""

    urgent: Sequence[SignalLine]
    newest: Sequence[SignalLine]
    open_signals: int
    breaches: Sequence[BreachLine]
    signed_at: datetime | None


def overview(services: Services, context: Context) -> Overview:
    """What needs the officer first. Every figure is of this moment; that they looked stands in the log."""
    _ = context.officer
    found = queue.queue(services, context, state="open", limit=4 * SHOWN)
    urgent = [line for line in found.lines if line.urgent]
    others = [line for line in found.lines if not line.urgent]
    others.sort(key=lambda line: KINDS.index(line.kind))
    queue.note_look(services, context, [*urgent, *others[:SHOWN]])
    return Overview(
        urgent=urgent,
        newest=others[:SHOWN],
        open_signals=sum(found.counts.values()),
        breaches=[line for line in breach_views.listed(services, context) if line.row.closed_at is None],
        signed_at=_signed_at(services),
    )


def _signed_at(services: Services) -> datetime | None:
    """When the log was last signed."""
    with services.db.reading() as session:
        newest = checkpoint.latest(session.connection(), LOG_ID)
    return newest.made_at if newest else None
