"""A file on its way in: sniffed, sealed, counted as it streams; then a row with its event. Object first, row second."""

from __future__ import annotations

import contextlib
import hmac
from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from crypto.alongside import Alongside
from crypto.stream import SealingSink, generate_key
from gateway.context import Context, Role
from gateway.dossiers import labels, quota
from gateway.dossiers.content import document_context
from gateway.dossiers.describing import write_description
from gateway.dossiers.files.kinds import FileKind, sniff
from gateway.dossiers.inbound import DOUBLE, PGP, is_message
from gateway.dossiers.informing import recorded
from gateway.dossiers.judging import judge_record, refusal
from gateway.dossiers.queries import officer_dossier, pupil_of, school_dossier, swv_dossier
from gateway.dossiers.rules import RIGHT_REQUEST, clean_file_name
from gateway.dossiers.tables import Document, DocumentVersion, Dossier
from gateway.errors import (
    ConflictError,
    GatewayError,
    InvalidInputError,
    NotFoundError,
    TooLargeError,
    UnavailableError,
)
from gateway.ids import new_id
from gateway.jobs import queue as jobs
from gateway.recording import Action, Outcome, record
from gateway.sentences import Sentence, sentence
from gateway.storage import StorageError, StorageFull, new_key

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.orm import Session

    from crypto.stream import Sealed
    from gateway.dossiers.describing import Description
    from gateway.dossiers.multipart_stream import FilePart, Piece
    from gateway.dossiers.quota import Room
    from gateway.services import Services

HEAD = 8192
UNKNOWN_KIND = sentence(
    "Dit soort bestand nemen wij niet aan. Stuur een PDF, Word- of ODT-bestand, Excel-bestand, RTF, tekst of een foto "
    "(JPEG, PNG, TIFF)."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """What became of one file: a document id, or the Dutch sentence that says why not."""

    file_name: str
    document_id: str | None = None
    problem: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stored:
    key: bytes = field(repr=False)
    object_key: str
    sealed: Sealed
    mark: bytes
    kind: FileKind
    document_id: str
    version_id: str


def may_add(services: Services, context: Context, dossier_id: str, *, replaces: str | None = None) -> None:
    """Refuse before a byte is read: another's dossier, or a document (`replaces`) that is not in it or was withdrawn.

    Raises:
        NotFoundError, ConflictError: the file would be refused in the end.
    """
    with services.db.reading() as session:
        dossier = school_dossier(session, context, dossier_id)
        if replaces is not None:
            _own_document(session, dossier, replaces)


def receive(
    services: Services,
    context: Context,
    dossier_id: str,
    part: FilePart,
    *,
    replaces: str | None = None,
    described: Description | None = None,
) -> Received:
    """Take one file into a dossier of the actor's school; what is wrong with this file is told, not raised.

    The caller goes on with the next file. `replaces` names the document that gets a new version. `described` says at
    once what it is; such a file, evidence of a consent or a court order, the SWV's people may add as well.

    Raises:
        NotFoundError: the dossier is not the actor's.
        UnavailableError: storage or database fails; the next file would meet the same, so the caller stops.
    Source: PR6.1, PR10.1.
    """
    shown = clean_file_name(part.file_name)
    with services.db.reading() as session:
        dossier = _within(session, context, dossier_id, described)
        mark_key = services.vault.data_key(session, dossier.id, "duplicate")
        if replaces is not None:
            _own_document(session, dossier, replaces)
    try:
        with services.db.reading() as session:
            room = quota.room(session, services.settings, dossier)
        stored = _store(services, dossier, part, mark_key=mark_key, room=room, document_id=replaces or new_id())
        try:
            return _keep(services, context, dossier_id, shown, stored, replaces=replaces, described=described)
        except BaseException:
            with contextlib.suppress(StorageError):  # the reconciler takes what stays; the first reason is what counts
                services.storage.delete(stored.object_key)
            raise
    except (NotFoundError, UnavailableError):
        raise
    except GatewayError as problem:
        _record_refusal(services, context, dossier_id, problem)
        return Received(file_name=shown, problem=problem.message)


def pupil_to_add_for(services: Services, context: Context, dossier_id: str, described: Description) -> str:
    """The pupil's name of a dossier that this person may add such a file to.

    Raises:
        NotFoundError: they may not.
    """
    with services.db.reading() as session:
        dossier = _within(session, context, dossier_id, described)
        if dossier.state == "draft":
            raise NotFoundError
        return pupil_of(session, services.vault, dossier).name


def _within(
    session: Session, context: Context, dossier_id: str, described: Description | None, *, lock: bool = False
) -> Dossier:
    if described is None or context.person.role is Role.SCHOOL_STAFF:
        return school_dossier(session, context, dossier_id, lock=lock)
    if described.kind == RIGHT_REQUEST and context.person.role is Role.PRIVACY_OFFICER:
        dossier = officer_dossier(session, context, dossier_id)
    else:
        dossier = swv_dossier(session, context, dossier_id)
    return session.get_one(Dossier, dossier.id, with_for_update=True, populate_existing=True) if lock else dossier


def _store(
    services: Services, dossier: Dossier, part: FilePart, *, mark_key: bytes, room: Room, document_id: str
) -> _Stored:
    head, chunks = _with_head(part.chunks)
    if not head:
        raise InvalidInputError("Dit bestand is leeg.")
    kind = PGP if is_message(head) else sniff(head)
    if kind is None:
        raise InvalidInputError(UNKNOWN_KIND)
    version_id, object_key, key = new_id(), new_key(), generate_key()
    sealing = document_context(
        tenant_id=dossier.tenant_id, dossier_id=dossier.id, document_id=document_id, version_id=version_id
    )
    limit = min(services.settings.max_file_bytes, max(room.bytes, 0))
    size = 0
    try:
        with (
            services.storage.writer(object_key) as writer,
            Alongside(hmac.new(mark_key, digestmod=sha256)) as mark,
            Alongside(sha256()) as digest,
        ):
            sink = SealingSink(key, sealing, writer.write, digest=digest)
            for chunk in chunks:
                size += len(chunk)
                if size > limit:
                    raise TooLargeError(_limit_sentence(services, room))
                mark.update(chunk)
                sink.update(chunk)
            sealed = sink.finish()
            content_mark = mark.digest()
            writer.commit()
    except StorageFull as error:
        raise UnavailableError(
            "Er is geen ruimte meer om bestanden op te slaan. De beheerder moet ruimte maken."
        ) from error
    except StorageError as error:
        raise UnavailableError(
            "De opslag antwoordt nu niet. Dit bestand is niet opgeslagen. Probeer het later opnieuw."
        ) from error
    return _Stored(
        key=key,
        object_key=object_key,
        sealed=sealed,
        mark=content_mark,
        kind=kind,
        document_id=document_id,
        version_id=version_id,
    )


def _with_head(chunks: Iterator[Piece]) -> tuple[bytes, Iterator[Piece]]:
    """The first bytes for sniffing, and all chunks including them."""
    head = bytearray()
    for chunk in chunks:
        head += chunk
        if len(head) >= HEAD:
            break

    def everything() -> Iterator[Piece]:
        yield bytes(head)
        yield from chunks

    return bytes(head[:HEAD]), everything()


def _limit_sentence(services: Services, room: Room) -> str:
    if room.bytes < services.settings.max_file_bytes:
        return room.full
    megabytes = services.settings.max_file_bytes // 1_000_000
    return sentence("Dit bestand is groter dan %(megabytes)d MB. Splits het, of maak het kleiner.", megabytes=megabytes)


def _keep(
    services: Services,
    context: Context,
    dossier_id: str,
    shown: str,
    stored: _Stored,
    *,
    replaces: str | None,
    described: Description | None,
) -> Received:
    with services.db.writing() as session:
        dossier = _within(session, context, dossier_id, described, lock=True)
        room = quota.room(session, services.settings, dossier, lock=True)
        if stored.sealed.plain_size > room.bytes:  # another file came in while this one streamed
            raise TooLargeError(_limit_sentence(services, room))
        double = session.scalar(
            select(DocumentVersion).where(
                DocumentVersion.dossier_id == dossier.id,
                DocumentVersion.content_mark == stored.mark,
                DocumentVersion.state.in_(("in_check", "ready")),
            )
        )
        if double is not None:
            name = labels.file_name_of(services.vault, session, double)
            already = sentence(
                "Dit bestand staat al in het dossier, als “%(name)s”. Het is niet nog een keer opgeslagen.", name=name
            )
            raise ConflictError(already)
        if described is not None and dossier.state != "draft":
            decision = judge_record(services, session, context, dossier, described)
            if not decision.allowed:
                raise refusal(decision)
        version = _add_rows(services, session, context, dossier, shown, stored, replaces=replaces)
        if described is not None:
            write_description(services, session, version, described)
        if version.kind is not None:
            recorded(services, session, context, dossier, [version])
        jobs.enqueue(session, kind="check", ref=version.id, now=context.now)
        record(
            session,
            services.vault,
            context,
            Action.RECORD,
            dossier_id=dossier.id,
            object_type="document_version",
            object_id=version.id,
            payload={
                "document": version.document_id,
                "version": version.number,
                "bytes": stored.sealed.plain_size,
            },
        )
    return Received(file_name=shown, document_id=stored.document_id)


def _add_rows(
    services: Services,
    session: Session,
    context: Context,
    dossier: Dossier,
    shown: str,
    stored: _Stored,
    *,
    replaces: str | None,
) -> DocumentVersion:
    actor = context.person
    before: DocumentVersion | None = None
    if replaces is None:
        session.add(
            Document(id=stored.document_id, dossier_id=dossier.id, made_by=actor.account_id, made_at=context.now)
        )
        session.flush()
    else:
        before = _own_document(session, dossier, replaces)
    number = (
        session.scalar(
            select(func.max(DocumentVersion.number)).where(DocumentVersion.document_id == stored.document_id)
        )
        or 0
    ) + 1
    services.vault.store_data_key(session, dossier.id, "document", stored.version_id, stored.key)
    version = DocumentVersion(
        id=stored.version_id,
        document_id=stored.document_id,
        dossier_id=dossier.id,
        number=number,
        object_key=stored.object_key,
        sealed_size=stored.sealed.sealed_size,
        sealed_sha256=stored.sealed.sealed_sha256,
        plain_size=stored.sealed.plain_size,
        content_mark=stored.mark,
        media_kind=stored.kind.name,
        made_by=actor.account_id,
        made_at=context.now,
    )
    version.file_name = labels.seal_file_name(services.vault, session, version, shown)
    if before is not None:
        version.kind, version.categories = before.kind, before.categories
        version.origin, version.purpose = before.origin, before.purpose
        necessity = labels.necessity_of(services.vault, session, before)
        version.necessity = labels.seal_necessity(services.vault, session, version, necessity)
    session.add(version)
    dossier.stored_bytes += stored.sealed.plain_size
    dossier.changed_at = context.now
    session.flush()
    return version


def _own_document(session: Session, dossier: Dossier, document_id: str) -> DocumentVersion:
    document = session.get(Document, document_id)
    if document is None or document.dossier_id != dossier.id:
        raise NotFoundError
    if document.withdrawn_at is not None:
        raise ConflictError("Dit stuk is ingetrokken. Voeg een nieuw stuk toe.")
    query = (
        select(DocumentVersion)
        .where(DocumentVersion.document_id == document_id)
        .order_by(DocumentVersion.number.desc())
    )
    return session.scalars(query).first() or _missing()


def _missing() -> DocumentVersion:
    raise NotFoundError


def _record_refusal(services: Services, context: Context, dossier_id: str, problem: GatewayError) -> None:
    with services.db.writing() as session:
        record(
            session,
            services.vault,
            context,
            Action.RECORD,
            outcome=Outcome.REFUSED,
            dossier_id=dossier_id,
            object_type="upload",
            article="PR10.1",
            payload={"problem": type(problem).__name__, "told": _without_name(problem.message)},
        )


def _without_name(told: str) -> str:
    """The sentence for the log, which keeps no file name: that dies with its document."""
    return DOUBLE if isinstance(told, Sentence) and "name" in told.values else told
