"""Reading and downloading: judged each time, logged before the first byte. Source: PR8.1, PR8.2, PR10.2, PR10.3."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import delete, select

from audit.log import events
from gateway.accounts.people import names_of
from gateway.accounts.tables import Account
from gateway.context import Context, Role
from gateway.dossiers import statements
from gateway.dossiers.content import open_content, open_rendition
from gateway.dossiers.files.kinds import KINDS, FileKind
from gateway.dossiers.judging import judge_reading, refusal
from gateway.dossiers.queries import document_for, visible_dossier
from gateway.dossiers.tables import Document, DocumentVersion, Dossier, Reading, Rendition
from gateway.errors import ConflictError, NotFoundError, RefusedError
from gateway.ids import new_id
from gateway.recording import Action, Outcome, record
from gateway.sentences import sentence

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from gateway.dossiers.queries import DocumentLine
    from gateway.dossiers.statements import StatementLine
    from gateway.reglement.rules import Decision
    from gateway.services import Services

READING_LASTS = timedelta(minutes=30)
READERS_PAGE = 500
MOST_PAGES = 1_000_000  # far beyond any document; a number that no database column holds does not exist either


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenReading:
    """A document open before its reader: page images by number, and the text for screen readers."""

    reading_id: str
    document_id: str
    file_name: str
    pages: Sequence[Rendition]
    texts: Sequence[str]
    decision_article: str
    statements: Sequence[StatementLine] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Download:
    """An original on its way out."""

    file_name: str
    kind: FileKind
    size: int
    chunks: Iterator[bytes]


def open_reading(services: Services, context: Context, dossier_id: str, document_id: str) -> OpenReading:
    """Open a document for reading in the browser: one consultation, one event.

    Raises:
        RefusedError: the reglement says no; the refusal is in the log.
        ConflictError: it is still in check, was rejected, or was withdrawn.
    """
    # Judged in the transaction of its event: what is taken back meanwhile is not opened.
    with services.db.writing() as session:
        line, decision, dossier = _judged(services, session, context, dossier_id, document_id)
        action = Action.CONSULT if decision.allowed else Action.REFUSE
        _record(services, session, context, action, dossier, line, decision)
        reading_id = begin(session, context, line.version.id) if decision.allowed else ""
    if not decision.allowed:
        raise refusal(decision)
    with services.db.reading() as session:
        renditions = session.scalars(
            select(Rendition).where(Rendition.version_id == line.version.id).order_by(Rendition.kind, Rendition.number)
        ).all()
        texts = [
            b"".join(open_rendition(services, session, item, line.version)).decode()
            for item in renditions
            if item.kind == "text"
        ]
        beside = statements.beside(session, services.vault, dossier_id, [document_id])
    return OpenReading(
        reading_id=reading_id,
        document_id=document_id,
        file_name=line.file_name,
        pages=[item for item in renditions if item.kind == "page"],
        texts=texts,
        decision_article=decision.article,
        statements=beside.get(document_id, ()),
    )


def open_for_work(
    services: Services, context: Context, dossier_id: str, document_id: str
) -> tuple[str, DocumentLine, Decision]:
    """Open a document beside the work on it (its anonymised rendition); gives the reading, for its page images.

    One consultation with its event, however often the page of that work is loaded while the reading lasts. Judged each
    time; raises as `open_reading` does.
    """
    with services.db.writing() as session:
        line, decision, dossier = _judged(services, session, context, dossier_id, document_id)
        current = going_on(session, context, line.version.id)
        if not decision.allowed or current is None:
            action = Action.CONSULT if decision.allowed else Action.REFUSE
            _record(services, session, context, action, dossier, line, decision)
        if decision.allowed and current is None:
            current = begin(session, context, line.version.id)
    if not decision.allowed or current is None:
        raise refusal(decision)
    return current, line, decision


def going_on(session: Session, context: Context, version_id: str) -> str | None:
    """The reading of this version that this actor opened and that still lasts; its event is in the log."""
    return session.scalar(
        select(Reading.id)
        .where(Reading.account_id == context.person.account_id, Reading.version_id == version_id)
        .where(Reading.started_at > context.now - READING_LASTS)
        .order_by(Reading.started_at.desc())
        .limit(1)
    )


def begin(session: Session, context: Context, version_id: str) -> str:
    """A reading begins, in the transaction that writes its event; gives its id."""
    row = Reading(id=new_id(), account_id=context.person.account_id, version_id=version_id, started_at=context.now)
    session.add(row)
    return row.id


def page_image(services: Services, context: Context, reading_id: str, number: int) -> tuple[str, Iterator[bytes]]:
    """One page image of a running reading of this actor; the document is judged again.

    Raises:
        NotFoundError: not this actor's reading, or it is over.
    """
    with services.db.reading() as session:
        reading = session.get(Reading, reading_id)
        if (
            reading is None
            or reading.account_id != context.person.account_id
            or context.now - reading.started_at > READING_LASTS
        ):
            raise NotFoundError
        version = session.get_one(DocumentVersion, reading.version_id)
    _allowed(services, context, version.dossier_id, version.document_id)
    with services.db.reading() as session:
        rendition = session.get(Rendition, (version.id, "page", number)) if number <= MOST_PAGES else None
        if rendition is None:
            raise NotFoundError
        return rendition.media_type, open_rendition(services, session, rendition, version)


def download(services: Services, context: Context, dossier_id: str, document_id: str) -> Download:
    """Hand out the original: its own event, written before the first byte.

    Raises:
        RefusedError: the reglement says no; the refusal is in the log.
        ConflictError: it is still in check, was rejected, or was withdrawn.
        StorageError, DecryptError: it cannot be opened; the log then says that the download failed.
    """
    # Judged in the transaction of its event: what is taken back meanwhile does not leave.
    with services.db.writing() as session:
        line, decision, dossier = _judged(services, session, context, dossier_id, document_id)
        action = Action.DOWNLOAD if decision.allowed else Action.REFUSE
        _record(services, session, context, action, dossier, line, decision)
    if not decision.allowed:
        raise refusal(decision)
    # Opened after it: storage that is slow or away must not keep the writers of the database waiting.
    try:
        with services.db.reading() as session:
            chunks = open_content(services, session, tenant_id=dossier.tenant_id, version=line.version)
    except Exception:
        _failed(services, context, dossier, line, decision)
        raise
    return Download(
        file_name=line.file_name,
        kind=KINDS[line.version.media_kind],
        size=line.version.plain_size,
        chunks=_watched(services, context, dossier, line, decision, chunks),
    )


def _watched(
    services: Services,
    context: Context,
    dossier: Dossier,
    line: DocumentLine,
    decision: Decision,
    chunks: Iterator[bytes],
) -> Iterator[bytes]:
    """The same bytes; when they break off half-way by our doing, the log says that the download failed."""
    try:
        yield from chunks
    except Exception:
        _failed(services, context, dossier, line, decision)
        raise


def _failed(services: Services, context: Context, dossier: Dossier, line: DocumentLine, decision: Decision) -> None:
    with services.db.writing() as session:
        _record(services, session, context, Action.DOWNLOAD, dossier, line, decision, failed=True)


def readers_of(session: Session, dossier: Dossier, document: Document) -> list[str]:
    """The accounts that opened any version of this document, from the log: named when it is withdrawn."""
    versions = set(session.scalars(select(DocumentVersion.id).where(DocumentVersion.document_id == document.id)))
    found: dict[str, None] = {}
    before: str | None = None
    while True:
        page = events(
            session.connection(),
            dossier=dossier.id,
            action=(Action.CONSULT, Action.DOWNLOAD, Action.PRINT),
            before=before,
            limit=READERS_PAGE,
        )
        for row in page.rows:
            if row.object_id in versions and row.actor:
                found[row.actor] = None
        before = page.next_cursor
        if before is None:
            return list(found)


def sweep(services: Services, now: datetime) -> None:
    """Forget readings that are over; the worker calls this."""
    with services.db.writing() as session:
        session.execute(delete(Reading).where(Reading.started_at < now - READING_LASTS))


def _allowed(services: Services, context: Context, dossier_id: str, document_id: str) -> None:
    with services.db.reading() as session:
        line, decision, dossier = _judged(services, session, context, dossier_id, document_id)
    if not decision.allowed:
        raise _refused(services, context, line, decision, dossier)


def _refused(
    services: Services, context: Context, line: DocumentLine, decision: Decision, dossier: Dossier
) -> RefusedError:
    """Write the refusal in the log, and give the error to raise."""
    with services.db.writing() as session:
        _record(services, session, context, Action.REFUSE, dossier, line, decision)
    return refusal(decision)


def _judged(
    services: Services, session: Session, context: Context, dossier_id: str, document_id: str
) -> tuple[DocumentLine, Decision, Dossier]:
    dossier = visible_dossier(session, context, dossier_id, reading=True)
    line = document_for(services, session, context, dossier, document_id)
    if line.document.withdrawn_at is not None:
        raise ConflictError("Dit stuk is ingetrokken. Niemand kan het nog openen.")
    if line.version.state == "in_check":
        raise ConflictError("Dit stuk wordt nog gecontroleerd. Probeer het over een minuut opnieuw.")
    if line.version.state != "ready":
        raise ConflictError("Dit stuk is afgekeurd en kan niet worden geopend.")
    return line, judge_reading(services, session, context, dossier, line.version), dossier


def _record(
    services: Services,
    session: Session,
    context: Context,
    action: Action,
    dossier: Dossier,
    line: DocumentLine,
    decision: Decision,
    *,
    failed: bool = False,
) -> None:
    ended = Outcome.SUCCESS if decision.allowed else Outcome.REFUSED
    record(
        session,
        services.vault,
        context,
        action,
        outcome=Outcome.FAILED if failed else ended,
        dossier_id=dossier.id,
        object_type="document_version",
        object_id=line.version.id,
        purpose="support_allocation",
        article=decision.article,
        profile=f"{decision.profile_id}@{decision.profile_version}",
        payload={"document": line.document.id, "version": line.version.number},
    )


def account_names(services: Services, session: Session, account_ids: Sequence[str]) -> list[str]:
    """Names and functions of accounts, for a list of earlier readers."""
    people = names_of(session, services.vault, account_ids)
    roles = {
        row.id: sentence(Role(row.role).label)
        for row in session.scalars(select(Account).where(Account.id.in_(account_ids)))
    }
    return [
        sentence("%(name)s (%(role)s)", name=people[item].name, role=roles[item])
        for item in account_ids
        if item in people
    ]
