"""The officer looks at each document of an inzage and decides: whole, without other people's data, or not.

Reading is judged as every reading (consult), by the officer's own entry on the access list for this request. What looks
like another person's is marked by the tools of anonymisation and goes out of the file itself, not under a black box.
Source: PR11.3, AVG 15(4), PR8.2.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from sqlalchemy import func, select

from gateway.access.desk import open_desk
from gateway.anonymisation.choices import ADDED_MAX, Added, Choices, key_of
from gateway.disclosure.outgoing import redacted_pages
from gateway.dossiers import derived, reading
from gateway.dossiers.judging import judge_answering, record_refusal, refusal
from gateway.dossiers.tables import Dossier
from gateway.errors import ConflictError, InvalidInputError, NotFoundError
from gateway.ids import new_id
from gateway.jobs import queue as jobs
from gateway.recording import Action, record
from gateway.rights import overview_documents, queries, redaction_own
from gateway.rights.inzage_tables import InzageDocument
from gateway.rights.overview_documents import REDACTED, WHOLE, WITHHELD
from gateway.rights.redaction_kept import (
    choices_of,
    file_of,
    groups_of,
    is_made,
    of_request,
    opened,
    seal,
    tell,
    why_of,
)
from gateway.rights.rules import TREATED

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy.orm import Session

    from gateway.anonymisation.sealed import Group
    from gateway.context import Context
    from gateway.dossiers.tables import DocumentVersion, Rendition
    from gateway.reglement.rules import Decision
    from gateway.rights.overview_documents import Held
    from gateway.rights.tables import RightRequest
    from gateway.services import Services

JOB: Final = "redact"
KINDS: Final = frozenset({"inzage", "overdracht"})
WAITS: Final = frozenset({"asked", "working"})
WHY_MAX: Final = 2000
STATES: Final[dict[str, str]] = {
    "asked": "wordt gemaakt",
    "working": "wordt gemaakt",
    "review": "na te kijken",
    "done": "nagekeken",
    "failed": "niet gelukt",
}


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Look:
    """One document as the officer looks at it; `groups` is what goes unless the officer lets it stay."""

    request: RightRequest
    held: Held
    row: InzageDocument
    pages: Sequence[Rendition]
    redacted: Sequence[Rendition]
    groups: Sequence[Group]
    choices: Choices
    stale: bool
    why: str
    article: str

    @property
    def waits(self) -> bool:
        """Whether the worker is making it."""
        return self.row.state in WAITS


def request_for(session: Session, context: Context, request_id: str, *, lock: bool = False) -> RightRequest:
    """A request of the officer's SWV that this answer is for.

    Raises:
        NotFoundError: another's, or of another kind.
    """
    row = queries.by_id(session, context, request_id, lock=lock)
    if row.kind not in KINDS:
        raise NotFoundError
    return row


def treated(session: Session, context: Context, request_id: str) -> RightRequest:
    """The same, held, while the officer can still decide on its documents.

    Raises:
        ConflictError: it is not being treated (yet), or was decided.
    """
    row = request_for(session, context, request_id, lock=True)
    if row.state != TREATED:
        raise ConflictError("Dit verzoek is nu niet in behandeling. Aan het antwoord kan niets meer veranderen.")
    return row


def begin(services: Services, context: Context, request_id: str) -> None:
    """The officer takes up the answer: an entry on the access list for this dossier, until the request ends (PR8.2)."""
    with services.db.writing() as session:
        row = treated(session, context, request_id)
        open_desk(services, session, context, dossier_id=row.dossier_id, reason="Behandelt een verzoek om inzage.")


def choose(services: Services, context: Context, request_id: str, document_id: str, choice: str, why: str = "") -> None:
    """The document goes whole, or is withheld with a reason that the requester reads.

    Raises:
        InvalidInputError: no such choice, or withheld without a reason.
        ConflictError: the request is not being treated, or the document cannot be given at all.
    """
    why = why.strip()
    if choice not in {WHOLE, WITHHELD}:
        raise InvalidInputError("Kies wat er met dit stuk gebeurt.", field="choice")
    if choice == WITHHELD and not 0 < len(why) <= WHY_MAX:
        raise InvalidInputError("Schrijf waarom de vrager dit stuk niet krijgt. Dat komt in het antwoord.", field="why")
    with services.db.writing() as session:
        request = treated(session, context, request_id)
        held = _held(services, session, request, document_id)
        row = _row(session, request, held)
        _decide(services, session, context, row, choice, why)


def ask(services: Services, context: Context, request_id: str, document_id: str) -> None:
    """Have the data of others taken out of a document; the worker makes it, then a person looks. Also: once more."""
    with services.db.writing() as session:
        request = treated(session, context, request_id)
        held = _held(services, session, request, document_id)
        _judge(services, session, context, request, held.version)
        row = _row(session, request, held)
        if row.state in WAITS:
            return
        row.state, row.code, row.doing, row.at_page, row.of_pages = "asked", None, None, 0, 0
        row.choice = None
        row.asked_by = context.person.account_id
        row.turn += 1
        jobs.enqueue(session, kind=JOB, ref=row.id, now=context.now)
        tell(services, session, context, row, "asked")


def change(
    services: Services, context: Context, request_id: str, document_id: str, what: str, *, key: str = "", text: str = ""
) -> None:
    """One decision of the reviewer: a find stays (`keep`), goes after all (`drop`), or a text goes too (`add`).

    Raises:
        InvalidInputError: no such find, or the text is too short, or there are too many.
    """
    with services.db.writing() as session:
        row = _open_row(session, context, request_id, document_id)
        chosen = choices_of(services, session, row)
        match what:
            case "keep" if any(group.key == key for group in groups_of(services, session, row)):
                chosen = replace(chosen, keep=chosen.keep | {key})
            case "drop":
                chosen = replace(chosen, keep=chosen.keep - {key})
            case "add":
                chosen = _with_text(chosen, text)
            case "forget":
                chosen = replace(chosen, added=tuple(each for each in chosen.added if key_of(each.text) != key))
            case _:
                raise InvalidInputError("Kies wat u met deze vondst wilt doen.")
        row.choices = seal(services, session, row, "choices", chosen.to_json())
        row.turn += 1
        row.choice = None if row.choice == REDACTED else row.choice
        row.state = "review" if row.state == "done" else row.state
        tell(services, session, context, row, "decided", kept=len(chosen.keep), added=len(chosen.added))


def finish(services: Services, context: Context, request_id: str, document_id: str) -> None:
    """The officer looked at the result and it is right: the document goes without other people's data.

    Raises:
        ConflictError: it is not made, or not with what was decided.
    """
    with services.db.writing() as session:
        row = _open_row(session, context, request_id, document_id)
        if row.state != "review" or not is_made(services, session, row):
            raise ConflictError("Uw keuzes staan nog niet in het stuk. Kies eerst Opnieuw maken.")
        row.state = "done"
        _decide(services, session, context, row, REDACTED, "")


def _open_row(session: Session, context: Context, request_id: str, document_id: str) -> InzageDocument:
    request = treated(session, context, request_id)
    row = session.scalar(
        select(InzageDocument)
        .where(InzageDocument.request_id == request.id, InzageDocument.document_id == document_id)
        .with_for_update()
    )
    if row is None or row.state not in {"review", "done", "failed"}:
        raise ConflictError("Dit stuk wordt nog gemaakt. Wacht tot het klaar is.")
    return row


def _with_text(chosen: Choices, text: str) -> Choices:
    plain = " ".join(text.split())
    if len(key_of(plain)) < 2 or len(plain) > 300:  # noqa: PLR2004 - as in an anonymised rendition
        raise InvalidInputError("Schrijf de tekst die weg moet: twee tot driehonderd tekens.", field="text")
    if len(chosen.added) >= ADDED_MAX:
        raise InvalidInputError("U hebt al heel veel toegevoegd. Houd dit stuk liever achter.", field="text")
    key = key_of(plain)
    others = tuple(each for each in chosen.added if key_of(each.text) != key)
    return replace(chosen, added=(*others, Added(text=plain, kind="PERSON_OTHER")), keep=chosen.keep - {key})


def look(services: Services, context: Context, request_id: str, document_id: str) -> Look:
    """Open a document to decide on it: judged each time, and one consultation with its event while a reading lasts.

    Raises:
        RefusedError: the reglement says no; the refusal is in the log.
        ConflictError: it was withdrawn, or is still in check.
    """
    refused = None
    with services.db.writing() as session:
        request = request_for(session, context, request_id)
        held = _held(services, session, request, document_id)
        dossier = session.get_one(Dossier, request.dossier_id)
        decision = _read(services, session, context, request, dossier, held.version)
        if decision.allowed:
            if reading.going_on(session, context, held.version.id) is None:
                reading.begin(session, context, held.version.id)
                _record_read(services, session, context, request, held, decision.article)
            row = of_request(session, request.id).get(document_id) or _unmade(request, held)
            found = _look(services, session, request, held, row, decision.article)
        else:
            record_refusal(services, session, context, dossier, held.version, decision)
            refused = decision
    if refused is not None:
        raise refusal(refused)
    return found


def _look(
    services: Services,
    session: Session,
    request: RightRequest,
    held: Held,
    row: InzageDocument,
    article: str,
) -> Look:
    file = file_of(session, row, held.version)
    chosen = choices_of(services, session, row)
    told = opened(services, session, row, "choices_made", row.report)
    made = Choices.from_json((told or {}).get("made") or {})
    return Look(
        request=request,
        held=held,
        row=row,
        pages=derived.listed(session, held.version, "page"),
        redacted=redacted_pages(session, held.version, file) if file is not None else (),
        groups=redaction_own.proposed(groups_of(services, session, row), made),
        choices=chosen,
        stale=row.run > 0 and not is_made(services, session, row),
        why=why_of(services, session, row),
        article=article,
    )


def picture(
    services: Services, context: Context, request_id: str, document_id: str, number: int, *, redacted: bool
) -> tuple[str, Iterator[bytes]]:
    """One page of the original, or of the redacted file, as a picture of a reading that is going on; judged again.

    Raises:
        NotFoundError: there is no such page, the officer may not read it, or did not open the document first.
    """
    with services.db.reading() as session:
        request = request_for(session, context, request_id)
        held = _held(services, session, request, document_id)
        dossier = session.get_one(Dossier, request.dossier_id)
        if not _read(services, session, context, request, dossier, held.version).allowed:
            raise NotFoundError
        if reading.going_on(session, context, held.version.id) is None:
            raise NotFoundError
        pages: Sequence[Rendition] = derived.listed(session, held.version, "page")
        if redacted:
            row = of_request(session, request.id).get(document_id)
            file = file_of(session, row, held.version) if row is not None else None
            pages = redacted_pages(session, held.version, file) if file is not None else ()
        if not 1 <= number <= len(pages):
            raise NotFoundError
        return pages[number - 1].media_type, derived.opened(services, session, held.version, pages[number - 1])


def _held(services: Services, session: Session, request: RightRequest, document_id: str) -> Held:
    found = next(
        (
            each
            for each in overview_documents.held(services, session, request.dossier_id)
            if each.document.id == document_id
        ),
        None,
    )
    if found is None:
        raise NotFoundError
    if not found.can_leave:
        raise ConflictError("Dit stuk is ingetrokken, afgekeurd of nog in controle. Er valt niets te beslissen.")
    return found


def _unmade(request: RightRequest, held: Held) -> InzageDocument:
    return InzageDocument(
        id="",
        tenant_id=request.tenant_id,
        request_id=request.id,
        dossier_id=request.dossier_id,
        document_id=held.document.id,
        version_id=held.version.id,
        state="",
        run=0,
        turn=0,
        place=0,
    )


def _row(session: Session, request: RightRequest, held: Held) -> InzageDocument:
    """The row of this document, for the newest version: what was decided of an older one counts no more."""
    row = of_request(session, request.id).get(held.document.id)
    if row is not None and row.version_id == held.version.id:
        return row
    last = session.scalar(select(func.max(InzageDocument.place)).where(InzageDocument.document_id == held.document.id))
    if row is None:
        row = _unmade(request, held)
        row.id = new_id()
        session.add(row)
    row.version_id, row.choice, row.state, row.run = held.version.id, None, "", 0
    row.why = row.finds = row.choices = row.report = None
    row.place = (last or 0) + 1
    session.flush()
    return row


def _decide(services: Services, session: Session, context: Context, row: InzageDocument, choice: str, why: str) -> None:
    row.choice, row.decided_by, row.decided_at = choice, context.person.account_id, context.now
    row.why = seal(services, session, row, "why", why) if why else None
    row.turn += 1
    record(
        session,
        services.vault,
        context,
        Action.DECIDE,
        dossier_id=row.dossier_id,
        object_type="inzage_document",
        object_id=row.id,
        purpose="inzage",
        article="PR11.3",
        payload={"document": row.document_id, "choice": choice, "request": row.request_id},
    )


def _read(
    services: Services,
    session: Session,
    context: Context,
    request: RightRequest,
    dossier: Dossier,
    version: DocumentVersion,
) -> Decision:
    """May the officer read this, for whoever asked?"""
    return judge_answering(
        services, session, context, dossier, version, capacity=request.capacity, account_id=request.asked_by
    )


def _judge(
    services: Services, session: Session, context: Context, request: RightRequest, version: DocumentVersion
) -> None:
    dossier = session.get_one(Dossier, request.dossier_id)
    decision = _read(services, session, context, request, dossier, version)
    if not decision.allowed:
        raise refusal(decision)


def _record_read(
    services: Services, session: Session, context: Context, request: RightRequest, held: Held, article: str
) -> None:
    record(
        session,
        services.vault,
        context,
        Action.CONSULT,
        dossier_id=request.dossier_id,
        object_type="document_version",
        object_id=held.version.id,
        purpose="inzage",
        article=article,
        payload={"document": held.document.id, "version": held.version.number, "request": request.id},
    )
