"""The recipient downloads: judged again for each document, written in the log before the first byte leaves (PR9.3)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.disclosure.judging import check_open, judge_again, refused
from gateway.disclosure.noting import record_fetch, watched
from gateway.disclosure.reach import received
from gateway.disclosure.stopping import guarded
from gateway.disclosure.tables import Verstrekking, VerstrekkingDocument
from gateway.dossiers import labels
from gateway.dossiers.content import open_content
from gateway.dossiers.files.kinds import KINDS, FileKind
from gateway.dossiers.tables import DocumentVersion
from gateway.errors import ConflictError, NotFoundError
from gateway.recording import Action
from gateway.sentences import sentence

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.orm import Session

    from gateway.context import Context
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
        ConflictError: closed, withdrawn or past its last day; the page says which.
        RefusedError: consent was withdrawn, or the rules changed: nothing leaves any more.
    """
    refusal: Decision | None = None
    # Opened before the event is begun: storage that is slow or away must not keep the writers of the database waiting.
    chunks = _opened(services, context, verstrekking_id, version_id)
    with services.db.writing() as session:
        row, item, version = _addressed(session, context, verstrekking_id, version_id)
        decision = judge_again(services, session, context, row, version)
        if decision.allowed and chunks is None:
            raise ConflictError(sentence("De toestemming veranderde juist nu. Probeer het opnieuw."))
        action = Action.DOWNLOAD if decision.allowed else Action.REFUSE
        name = labels.file_name_of(services.vault, session, version)
        record_fetch(services, session, context, row, version, decision, action)
        if not decision.allowed:
            refusal = decision
        elif item.fetched_at is None:
            item.fetched_at, item.fetched_by = context.now, context.person.account_id
    if refusal is not None:
        raise refused(refusal)
    leaving = watched(services, context, verstrekking_id, chunks or iter(()))
    leaving = guarded(services, context, row, version, leaving)
    return Fetched(file_name=name, kind=KINDS[version.media_kind], size=version.plain_size, chunks=leaving)


def _opened(services: Services, context: Context, verstrekking_id: str, version_id: str) -> Iterator[bytes] | None:
    """The content, opened only when the judge allows it now."""
    with services.db.reading() as session:
        row, _, version = _addressed(session, context, verstrekking_id, version_id)
        if not judge_again(services, session, context, row, version).allowed:
            return None
        return open_content(services, session, tenant_id=row.tenant_id, version=version)


def _addressed(
    session: Session, context: Context, verstrekking_id: str, version_id: str
) -> tuple[Verstrekking, VerstrekkingDocument, DocumentVersion]:
    row = received(session, context, verstrekking_id)
    item = session.get(VerstrekkingDocument, (row.id, version_id))
    if item is None:
        raise NotFoundError
    version = session.get_one(DocumentVersion, version_id)
    check_open(session, context, row, version)
    return row, item, version
