"""The recipient downloads: judged again for each document, written in the log before the first byte leaves (PR9.3)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.disclosure import outgoing
from gateway.disclosure.asking import judge_again
from gateway.disclosure.judging import check_open, refused
from gateway.disclosure.noting import record_fetch, watched
from gateway.disclosure.reach import received
from gateway.disclosure.stopping import guarded
from gateway.disclosure.tables import Verstrekking, VerstrekkingDocument
from gateway.errors import ConflictError, NotFoundError
from gateway.recording import Action
from gateway.sentences import sentence

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.orm import Session

    from gateway.context import Context
    from gateway.disclosure.outgoing import Outgoing
    from gateway.dossiers.files.kinds import FileKind
    from gateway.reglement.rules import Decision
    from gateway.services import Services


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """A document on its way to the recipient."""

    file_name: str
    kind: FileKind
    size: int
    chunks: Iterator[bytes]


def fetch(services: Services, context: Context, verstrekking_id: str, version_id: str) -> Fetched:
    """The recipient downloads one document: judged again, logged before the first byte.

    Raises:
        NotFoundError: not addressed to the actor's organisation.
        ConflictError: closed, withdrawn or past its last day, or its rendition was replaced; the page says which.
        RefusedError: consent was withdrawn, or the rules changed: nothing leaves any more.
    """
    refusal: Decision | None = None
    # Opened before the event is begun: storage that is slow or away must not keep the writers of the database waiting.
    chunks = _opened(services, context, verstrekking_id, version_id)
    with services.db.writing() as session:
        row, item, leaving = _addressed(services, session, context, verstrekking_id, version_id)
        decision = judge_again(services, session, context, row, leaving)
        if decision.allowed and chunks is None:
            raise ConflictError(sentence("De toestemming veranderde juist nu. Probeer het opnieuw."))
        action = Action.DOWNLOAD if decision.allowed else Action.REFUSE
        name = outgoing.name_of(services, session, leaving)
        record_fetch(services, session, context, row, leaving, decision, action)
        if not decision.allowed:
            refusal = decision
        elif item.fetched_at is None:
            item.fetched_at, item.fetched_by = context.now, context.person.account_id
    if refusal is not None:
        raise refused(refusal)
    watching = watched(services, context, verstrekking_id, chunks or iter(()))
    chunks = guarded(services, context, row, leaving.version, watching)
    return Fetched(file_name=name, kind=leaving.kind, size=leaving.size, chunks=chunks)


def _opened(services: Services, context: Context, verstrekking_id: str, version_id: str) -> Iterator[bytes] | None:
    """The content, opened only when the judge allows it now."""
    with services.db.reading() as session:
        row, _, leaving = _addressed(services, session, context, verstrekking_id, version_id)
        if not judge_again(services, session, context, row, leaving).allowed:
            return None
        return outgoing.opened(services, session, row.tenant_id, leaving)


def _addressed(
    services: Services, session: Session, context: Context, verstrekking_id: str, version_id: str
) -> tuple[Verstrekking, VerstrekkingDocument, Outgoing]:
    row = received(session, context, verstrekking_id)
    item = session.get(VerstrekkingDocument, (row.id, version_id))
    if item is None:
        raise NotFoundError
    leaving = outgoing.one(services, session, row, item)
    check_open(session, context, row, leaving)
    return row, item, leaving
