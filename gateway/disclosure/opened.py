"""Who hears that a second person let a verstrekking go: slices above this one register, and act in its transaction."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from gateway.context import Context
    from gateway.disclosure.tables import Verstrekking
    from gateway.services import Services

Listener = Callable[["Services", "Session", "Context", "Verstrekking"], None]
_listeners: list[Listener] = []


def register(listener: Listener) -> None:
    """Call `listener` in the transaction of each approval; registering twice is registering once."""
    if listener not in _listeners:
        _listeners.append(listener)


def tell(services: Services, session: Session, context: Context, row: Verstrekking) -> None:
    """This verstrekking may be fetched from now on."""
    for listener in _listeners:
        listener(services, session, context, row)
