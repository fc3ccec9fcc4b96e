"""The answer of an inzage reaches who asked: to read, document by document, as one package, as JSON, or on paper.

One door: every document is judged again and logged before its first byte leaves. In the portal only who asked
gets it, as long as they speak for the pupil; on paper the officer hands it over. Source: PR11.1, PR9.3, PRage.
"""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from gateway.disclosure import noting, outgoing
from gateway.disclosure.fetching import Fetched
from gateway.disclosure.judging import check_open, refused
from gateway.disclosure.stopping import guarded
from gateway.disclosure.tables import Verstrekking, VerstrekkingDocument
from gateway.dossiers.files.paper import as_jpeg
from gateway.dossiers.seen import family_dossier
from gateway.dossiers.tables import DocumentVersion
from gateway.errors import ConflictError, NotFoundError
from gateway.recording import Action, record
from gateway.rights import overview_json
from gateway.rights.answering import answer_place, judge
from gateway.rights.inzage_tables import InzageAnswer
from gateway.rights.overview_documents import released
from gateway.rights.redaction import KINDS, request_for
from gateway.rights.rules import CARRIED_OUT, CLOSED, DECIDED
from gateway.rights.tables import RightRequest
from gateway.sentences import sentence

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import date

    from sqlalchemy.orm import Session

    from gateway.context import Context
    from gateway.disclosure.outgoing import Outgoing
    from gateway.reglement.rules import Decision
    from gateway.rights.overview_values import Overview
    from gateway.services import Services

GIVEN: Final = frozenset({DECIDED, CARRIED_OUT, CLOSED})
_MEANWHILE: Final = sentence("Wie voor de leerling spreekt, veranderde juist nu. Probeer het opnieuw.")
MOST_PAGES: Final = 400
"""More than this is no letter but a box: it goes as a package."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An answer as it was given, and until when it can be fetched."""

    request: RightRequest
    overview: Overview
    verstrekking_id: str | None
    open_until: date


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperDocument:
    """A released document on paper: what it is called and its pages as JPEG."""

    title: str
    pages: Sequence[bytes]


def mine(services: Services, session: Session, context: Context, request_id: str) -> Answer:
    """The answer for who asked, as long as they speak for the pupil (PRage).

    Raises:
        NotFoundError: another's request, refused or withdrawn, not answered yet, or they no longer speak for the pupil.
    """
    row = session.get(RightRequest, request_id)
    if row is None or row.asked_by is None or row.asked_by != context.person.account_id or row.kind not in KINDS:
        raise NotFoundError
    family_dossier(services, session, context, row.dossier_id)
    return _answer(services, session, row)


def handed(services: Services, session: Session, context: Context, request_id: str) -> Answer:
    """The answer for the officer, who hands it over on paper."""
    return _answer(services, session, request_for(session, context, request_id))


def _answer(services: Services, session: Session, row: RightRequest) -> Answer:
    kept = session.get(InzageAnswer, row.id)
    if kept is None or row.state not in GIVEN:
        raise NotFoundError
    told = services.vault.open_json(session, row.dossier_id, answer_place(row.id), kept.overview)
    return Answer(
        request=row,
        overview=overview_json.from_json(told),
        verstrekking_id=kept.verstrekking_id,
        open_until=kept.open_until,
    )


def show(services: Services, context: Context, request_id: str) -> Answer:
    """The answer to read; that it was opened is in the log."""
    with services.db.writing() as session:
        answer = mine(services, session, context, request_id)
        _note(services, session, context, answer, Action.CONSULT, "read")
        return answer


def as_json(services: Services, context: Context, request_id: str) -> bytes:
    """The overview as a file that a program reads (AVG 20)."""
    with services.db.writing() as session:
        answer = mine(services, session, context, request_id)
        _still_open(context, answer)
        _note(services, session, context, answer, Action.DOWNLOAD, "json")
        return overview_json.dumps(answer.overview)


def as_paper(services: Services, context: Context, request_id: str) -> Answer:
    """The overview alone, for a PDF of it."""
    with services.db.writing() as session:
        answer = mine(services, session, context, request_id)
        _still_open(context, answer)
        _note(services, session, context, answer, Action.DOWNLOAD, "pdf")
        return answer


def document(services: Services, context: Context, request_id: str, document_id: str) -> Fetched:
    """One released document: judged again, logged before the first byte.

    Raises:
        NotFoundError: not theirs, or not released.
        RefusedError: the reglement says no by now; the refusal is in the log.
        ConflictError: the days are over, or it was withdrawn meanwhile.
    """
    refusal: Decision | None = None
    with services.db.reading() as session:
        answer = mine(services, session, context, request_id)
        row, leaving = _one(services, session, context, answer, document_id)
        allowed = judge(services, session, context, answer.request, leaving)[1].allowed
        chunks = outgoing.opened(services, session, row.tenant_id, leaving) if allowed else None
    with services.db.writing() as session:
        answer = mine(services, session, context, request_id)
        row, leaving = _one(services, session, context, answer, document_id)
        refusal = _leave(services, session, context, answer, row, leaving, Action.DOWNLOAD)
        name = next(each.file for each in answer.overview.documents if each.id == document_id)
        if refusal is None and chunks is None:
            raise ConflictError(_MEANWHILE)
    if refusal is not None or chunks is None:
        raise refused(refusal) if refusal is not None else ConflictError(_MEANWHILE)
    watching = noting.watched(services, context, row.id, chunks)
    return Fetched(
        file_name=name,
        kind=leaving.kind,
        size=leaving.size,
        chunks=guarded(services, context, row, leaving.version, watching),
    )


def package(
    services: Services, context: Context, request_id: str, first: Callable[[Answer], Sequence[tuple[str, bytes]]]
) -> Iterator[bytes]:
    """Everything in one zip, as a stream: what `first` makes (overview, JSON) and each released document.

    Nothing is gathered before it is sent, so it needs no more memory for a large dossier than for a small one. Judged
    and logged, each document and the whole, before this returns. Raises as `document`.
    """
    with services.db.reading() as session:
        answer, streams = _streams(services, session, context, request_id)
    own = first(answer)
    refusal: Decision | None = None
    with services.db.writing() as session:
        answer = mine(services, session, context, request_id)
        _still_open(context, answer)
        for row, leaving in _all(services, session, answer):
            check_open(session, context, row, leaving)
            refusal = refusal or _leave(services, session, context, answer, row, leaving, Action.DOWNLOAD)
        if refusal is None and len(streams) != len(_all(services, session, answer)):
            raise ConflictError(_MEANWHILE)
        if refusal is None:
            _note(services, session, context, answer, Action.DOWNLOAD, "package")
    if refusal is not None:
        raise refused(refusal)
    made = _zipped([*((name, iter([content])) for name, content in own), *streams], answer)
    if answer.verstrekking_id is None:
        return made
    return noting.watched(services, context, answer.verstrekking_id, made)


def on_paper(services: Services, context: Context, request_id: str) -> tuple[Answer, list[PaperDocument]]:
    """The answer for the officer to print and hand over: the overview, and the pages of each released document.

    Raises:
        ConflictError: more pages than go on paper at once.
        RefusedError: the reglement says no to one of the documents by now; the refusal is in the log.
    """
    with services.db.reading() as session:
        answer = handed(services, session, context, request_id)
        found = _all(services, session, answer)
        if sum(leaving.version.pages or 0 for _row, leaving in found) > MOST_PAGES:
            raise ConflictError(sentence("Dit zijn meer dan %(count)d bladzijden. Geef ze in delen.", count=MOST_PAGES))
        allowed = all(judge(services, session, context, answer.request, each)[1].allowed for _row, each in found)
        titles = {each.id: each.title for each in answer.overview.documents}
        documents = [
            PaperDocument(
                title=titles[each.version.document_id],
                pages=[as_jpeg(page) for page in outgoing.pages(services, session, each)],
            )
            for _row, each in (found if allowed else ())
        ]
    refusal: Decision | None = None
    with services.db.writing() as session:
        answer = handed(services, session, context, request_id)
        for row, leaving in _all(services, session, answer):
            check_open(session, context, row, leaving)
            refusal = refusal or _leave(services, session, context, answer, row, leaving, Action.PRINT)
            row.printed_at = context.now
        if refusal is None and len(documents) != len(found):
            raise ConflictError(_MEANWHILE)
        if refusal is None:
            _note(services, session, context, answer, Action.PRINT, "paper")
    if refusal is not None:
        raise refused(refusal)
    return answer, documents


def _still_open(context: Context, answer: Answer) -> None:
    if answer.open_until < context.today:
        raise ConflictError("De tijd om dit antwoord op te halen is voorbij. Vraag het opnieuw: dat kost niets.")


def _streams(
    services: Services, session: Session, context: Context, request_id: str
) -> tuple[Answer, list[tuple[str, Iterator[bytes]]]]:
    """What leaves, opened before the event is begun: slow storage must not keep the writers waiting."""
    answer = mine(services, session, context, request_id)
    _still_open(context, answer)
    names = {each.id: each.file for each in answer.overview.documents}
    found = []
    for row, leaving in _all(services, session, answer):
        if not judge(services, session, context, answer.request, leaving)[1].allowed:
            break
        check_open(session, context, row, leaving)
        chunks = outgoing.opened(services, session, row.tenant_id, leaving)
        found.append((f"stukken/{names[leaving.version.document_id]}", chunks))
    return answer, found


def _all(services: Services, session: Session, answer: Answer) -> list[tuple[Verstrekking, Outgoing]]:
    if answer.verstrekking_id is None:
        return []
    row = session.get_one(Verstrekking, answer.verstrekking_id)
    return [(row, each) for each in outgoing.listed(services, session, row)]


def _one(
    services: Services, session: Session, context: Context, answer: Answer, document_id: str
) -> tuple[Verstrekking, Outgoing]:
    if answer.verstrekking_id is None or document_id not in {each.id for each in released(answer.overview.documents)}:
        raise NotFoundError
    _still_open(context, answer)
    row = session.get_one(Verstrekking, answer.verstrekking_id)
    for item in noting.items_of(session, row):
        if session.get_one(DocumentVersion, item.version_id).document_id == document_id:
            leaving = outgoing.one(services, session, row, item)
            check_open(session, context, row, leaving)
            return row, leaving
    raise NotFoundError


def _leave(
    services: Services,
    session: Session,
    context: Context,
    answer: Answer,
    row: Verstrekking,
    leaving: Outgoing,
    action: Action,
) -> Decision | None:
    """Judge one document again and write that it leaves, or the refusal; gives the refusal."""
    decision = judge(services, session, context, answer.request, leaving)[1]
    noting.record_fetch(
        services, session, context, row, leaving, decision, action if decision.allowed else Action.REFUSE
    )
    if not decision.allowed:
        return decision
    item = session.get_one(VerstrekkingDocument, (row.id, leaving.version.id))
    if item.fetched_at is None:
        item.fetched_at, item.fetched_by = context.now, context.person.account_id
    return None


def _note(services: Services, session: Session, context: Context, answer: Answer, action: Action, form: str) -> None:
    record(
        session,
        services.vault,
        context,
        action,
        dossier_id=answer.request.dossier_id,
        object_type="inzage",
        object_id=answer.request.id,
        purpose="inzage",
        legal_basis="AVG 15",
        article="PR11.3",
        payload={"form": form, "request": answer.request.id},
    )


class _Pipe(io.RawIOBase):
    """Where the zip is written: what is in it leaves at once, nothing is looked back at."""

    def __init__(self) -> None:
        super().__init__()
        self._held = bytearray()

    def writable(self) -> bool:
        """It only takes in."""
        return True

    def write(self, data: object) -> int:
        """Take in."""
        taken = bytes(data)  # type: ignore[call-overload]  # zipfile gives bytes or a view of them
        self._held += taken
        return len(taken)

    def taken(self) -> bytes:
        """What came in since the last time."""
        held = bytes(self._held)
        self._held.clear()
        return held


def _zipped(files: Sequence[tuple[str, Iterator[bytes]]], answer: Answer) -> Iterator[bytes]:
    """One zip as a stream, without compression: what is in it is compressed already."""
    at = answer.overview.at
    stamp = (at.year, at.month, at.day, at.hour, at.minute, at.second)
    pipe = _Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_STORED) as made:
        for name, chunks in files:
            with made.open(zipfile.ZipInfo(name, date_time=stamp), "w", force_zip64=True) as entry:
                for chunk in chunks:
                    entry.write(chunk)
                    if held := pipe.taken():
                        yield held
    yield pipe.taken()
