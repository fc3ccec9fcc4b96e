"""The door over which documents leave to a partner's gateway: a committed verstrekking, judged again as they leave.

The line between gateways (`gateway.peers`) stands below, and calls what is registered with it. Source: CV4.6, PR9.3.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gateway.disclosure import alongside, outgoing
from gateway.disclosure.leaving import allowed_now, leave
from gateway.disclosure.noting import record_whole, versions_of
from gateway.dossiers.rules import clean_file_name
from gateway.errors import ConflictError
from gateway.peers import handlers
from gateway.peers.handlers import Leaving
from gateway.recording import Action

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import Session

    from gateway.context import Context
    from gateway.disclosure.outgoing import Outgoing
    from gateway.disclosure.tables import Verstrekking
    from gateway.services import Services


class LineDoor:
    """What `gateway.peers.handlers.Door` asks for."""

    def check(
        self, services: Services, session: Session, context: Context, verstrekking_id: str, organisation_id: str
    ) -> None:
        """Refuse what is not for this partner, is for one named expert, or may not leave today.

        Raises:
            NotFoundError: not within the actor's reach.
            ConflictError: the sentence says why.
        """
        row, allowed = allowed_now(services, session, context, verstrekking_id)
        if row.recipient_id != organisation_id or len(allowed) != len(versions_of(session, row)):
            raise ConflictError("Deze stukken mogen niet naar deze partner. Kijk bij de verstrekking waarom.")

    def open(self, services: Services, context: Context, verstrekking_id: str, *, first: bool) -> Sequence[Leaving]:
        """Open every document of a verstrekking; at the first sending its events are written before this returns.

        A message that goes again after a failure is judged again, and noted only when the answer became no.

        Raises:
            RefusedError: the judge says no to one of them by now; the refusal is in the log.
            ConflictError: closed, past its last day, withdrawn, replaced, or for one named expert.
        """
        with services.db.reading() as session:
            row, allowed = allowed_now(services, session, context, verstrekking_id)
            whole = len(allowed) == len(versions_of(session, row))
            leaving = [self._leaving(services, session, row, each) for each in allowed]
            documents = len(leaving)
            leaving += [
                Leaving(name=each.file_name(order), size=len(each.content), chunks=iter([each.content]))
                for order, each in enumerate(alongside.of(services, session, row, allowed), start=1)
            ]
        if first or not whole:
            leave(
                services,
                context,
                verstrekking_id,
                action=Action.DOWNLOAD,
                opened=documents,
                note=_noted(services, context),
            )
        return leaving

    def _leaving(self, services: Services, session: Session, row: Verstrekking, each: Outgoing) -> Leaving:
        name = f"{each.number:02d}-{clean_file_name(outgoing.name_of(services, session, each))}"
        return Leaving(name=name, size=each.size, chunks=outgoing.opened(services, session, row.tenant_id, each))


def _noted(services: Services, context: Context) -> Any:
    def note(session: Session, row: Verstrekking, leaving: list[Outgoing]) -> None:
        told = {"form": "line", "document_ids": [each.version.document_id for each in leaving]}
        record_whole(services, session, context, row, Action.DOWNLOAD, told)

    return note


def register() -> None:
    """Let the line send documents through this door, unless another was registered before (tests)."""
    if not handlers.has_door():
        handlers.register_door(LineDoor())
