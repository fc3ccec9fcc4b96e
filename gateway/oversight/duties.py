"""What the worker does for the privacy officer's desk, each minute and each day."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.oversight import months

if TYPE_CHECKING:
    from datetime import datetime

    from gateway.services import Services


def do(services: Services, now: datetime) -> None:
    """Count the register ahead when it is due."""
    months.count_ahead(services, now)
