"""What the worker does for the privacy officer's desk, each minute, each hour and each day."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.oversight import months, standing, watching

if TYPE_CHECKING:
    from datetime import datetime

    from gateway.services import Services


def do(services: Services, now: datetime) -> None:
    """Read the log on, look how things stand, and count the register ahead, each when it is due."""
    watching.watch(services)
    standing.look(services, now)
    months.count_ahead(services, now)
