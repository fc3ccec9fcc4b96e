"""The messages about destroying that come over the line: `destruction.ask` and `destruction.answer`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.destruction import asked, asking, line_rules
from gateway.errors import InvalidInputError
from gateway.peers import handlers

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from gateway.context import Context
    from gateway.peers.handlers import Incoming
    from gateway.services import Services


def register() -> None:
    """Let the line hand these messages over."""
    handlers.register("destruction.", handle)


def handle(services: Services, session: Session, context: Context, incoming: Incoming) -> None:
    """Apply a partner's message; it destroys nothing by itself: that is for the run, after its look at the clock.

    Raises:
        InvalidInputError: it is no message of this kind, or its statement does not hold.
    """
    if incoming.kind == line_rules.ASK:
        asked.take_in(services, session, context, incoming)
    elif incoming.kind == line_rules.ANSWER:
        asking.take_answer(services, session, context, incoming)
    else:
        raise InvalidInputError("Dit soort bericht kennen wij hier niet.")
