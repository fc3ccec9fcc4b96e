"""Files of a convenant: taken in as every upload is, sealed as they stream, checked by the worker, opened by a party.

Object first, row second: a crash leaves unreadable bytes that the reconciler removes.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from crypto.alongside import Alongside
from crypto.errors import CryptoError
from crypto.stream import SealingSink, generate_key, open_verified
from gateway.convenant import reach, sealing
from gateway.convenant.tables import Convenant, ConvenantDocument
from gateway.dossiers.files.kinds import KINDS, sniff
from gateway.dossiers.files.limits import Limits
from gateway.dossiers.files.sandbox import run_check
from gateway.dossiers.rules import clean_file_name
from gateway.dossiers.upload import HEAD, UNKNOWN_KIND
from gateway.errors import InvalidInputError, NotFoundError, TooLargeError, UnavailableError
from gateway.ids import new_id
from gateway.jobs import queue as jobs
from gateway.recording import Action, Outcome, record
from gateway.sentences import sentence
from gateway.storage import StorageError, new_key

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.orm import Session

    from crypto.stream import Sealed
    from gateway.context import Context
    from gateway.dossiers.files.kinds import FileKind
    from gateway.dossiers.files.sandbox import Outcome as CheckOutcome
    from gateway.dossiers.multipart_stream import FilePart, Piece
    from gateway.services import Services

WHAT = ("text", "signed", "proxy")
PAPER_KINDS = frozenset({"pdf", "jpeg", "png", "tiff"})
"""What a scan of something on paper is."""
MAX_BYTES = 25_000_000
VERIFIED_WHOLE = 4 * 1024 * 1024
NOT_CHECKED = "not_checked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A file on its way out."""

    file_name: str
    kind: FileKind
    size: int
    chunks: Iterator[bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stored:
    id: str
    key: bytes = field(repr=False)
    object_key: str
    sealed: Sealed
    content_hash: bytes
    kind: FileKind


def receive(services: Services, context: Context, convenant_id: str, what: str, part: FilePart) -> str:
    """Take a file in; it can be used once it is checked. Returns its id.

    Our own side adds anything, a guest a signed copy of its own. Raises:
        NotFoundError: no party, or not theirs to add.
        InvalidInputError, TooLargeError: the file is empty, too large, or of a kind that is not taken.
    """
    if what not in WHAT:
        raise NotFoundError
    with services.db.reading() as session:
        tenant_id = _may_add(session, context, convenant_id, what).tenant_id
    stored = _store(services, tenant_id, what, part)
    try:
        _keep(services, context, convenant_id, what, part, stored)
    except BaseException:
        with contextlib.suppress(StorageError):  # the reconciler takes what stays; the first reason is what counts
            services.storage.delete(stored.object_key)
        raise
    return stored.id


def _may_add(session: Session, context: Context, convenant_id: str, what: str) -> Convenant:
    at = reach.seat(session, context, convenant_id)
    if context.person.role not in reach.MAKERS or not (at.own or what == "signed"):
        raise NotFoundError
    return at.convenant


def _store(services: Services, tenant_id: str, what: str, part: FilePart) -> _Stored:
    head, chunks = _with_head(part.chunks)
    kind = sniff(head) if head else None
    if not head:
        raise InvalidInputError("Dit bestand is leeg.", field="file")
    if kind is None or (what != "text" and kind.name not in PAPER_KINDS):
        raise InvalidInputError(
            UNKNOWN_KIND if kind is None else "Van iets op papier nemen wij een PDF of een foto (JPEG, PNG, TIFF).",
            field="file",
        )
    document_id, object_key, key = new_id(), new_key(), generate_key()
    size, limit = 0, min(MAX_BYTES, services.settings.max_file_bytes)
    try:
        with (
            services.storage.writer(object_key) as writer,
            Alongside(sha256()) as plain,
            Alongside(sha256()) as digest,
        ):
            sink = SealingSink(key, sealing.file_context(tenant_id, document_id), writer.write, digest=digest)
            for chunk in chunks:
                size += len(chunk)
                if size > limit:
                    raise TooLargeError(
                        sentence("Dit bestand is groter dan %(megabytes)d MB.", megabytes=limit // 1_000_000)
                    )
                plain.update(chunk)
                sink.update(chunk)
            sealed, content_hash = sink.finish(), plain.digest()
            writer.commit()
    except StorageError as error:
        raise UnavailableError(
            "De opslag antwoordt nu niet. Dit bestand is niet opgeslagen. Probeer het later opnieuw."
        ) from error
    return _Stored(id=document_id, key=key, object_key=object_key, sealed=sealed, content_hash=content_hash, kind=kind)


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


def _keep(services: Services, context: Context, convenant_id: str, what: str, part: FilePart, stored: _Stored) -> None:
    with services.db.writing() as session:
        convenant = _may_add(session, context, convenant_id, what)
        tenant_id = convenant.tenant_id
        name = sealing.seal(services.vault, tenant_id, "file", stored.id, clean_file_name(part.file_name))
        row = ConvenantDocument(
            id=stored.id,
            convenant_id=convenant.id,
            kind=what,
            file_name=name,
            media_kind=stored.kind.name,
            object_key=stored.object_key,
            sealed_key=sealing.seal_key(services.vault, tenant_id, stored.id, stored.key),
            sealed_size=stored.sealed.sealed_size,
            sealed_sha256=stored.sealed.sealed_sha256,
            plain_size=stored.sealed.plain_size,
            content_hash=stored.content_hash,
            made_by=context.person.account_id,
            made_at=context.now,
        )
        session.add(row)
        session.flush()
        jobs.enqueue(session, kind="convenant-check", ref=row.id, now=context.now)
        _record(services, session, context, convenant, row, Action.RECORD, {"bytes": row.plain_size})


def check(services: Services, context: Context, document_id: str) -> None:
    """Scan and check one file in a bounded process; then it is `ready`, or `rejected` and gone. The worker calls this.

    Raises:
        gateway.dossiers.files.errors.FilesError, UnavailableError: not the file's fault; the job is tried again.
    """
    with services.db.reading() as session:
        row = session.get(ConvenantDocument, document_id)
        if row is None or row.state != "in_check":
            return
        tenant_id = session.get_one(Convenant, row.convenant_id).tenant_id
    chunks = _chunks(services, tenant_id, row)
    name = str(sealing.opened(services.vault, "file", row.id, row.file_name))

    def write(path: Path) -> None:
        with path.open("wb") as target:
            for chunk in chunks:
                target.write(chunk)

    limits = Limits(max_bytes=services.settings.max_file_bytes)
    extension = Path(name).suffix.lstrip(".").lower() or None
    with run_check(services.scratch, limits, write, services.scanner, extension=extension) as outcome:
        settle(services, context, document_id, outcome)


def settle(services: Services, context: Context, document_id: str, outcome: CheckOutcome | None) -> None:
    """Write what the check found; without an outcome it could not be done, time after time, and the file is refused."""
    good = outcome is not None and outcome.verdict.ok
    with services.db.writing() as session:
        row = session.get(ConvenantDocument, document_id, with_for_update=True)
        if row is None or row.state != "in_check":
            return
        convenant = session.get_one(Convenant, row.convenant_id)
        row.state = "ready" if good else "rejected"
        row.verdict_code = outcome.verdict.code if outcome is not None else NOT_CHECKED
        if not good:
            row.sealed_key = b""
        _record(
            services,
            session,
            context,
            convenant,
            row,
            Action.CHECK,
            {"code": row.verdict_code},
            outcome=Outcome.SUCCESS if good else Outcome.REFUSED,
        )
    if not good:
        with contextlib.suppress(StorageError):  # the reconciler takes what stays
            services.storage.delete(row.object_key)


def give_up(services: Services, context: Context, document_id: str) -> None:
    """The check could not be done, time after time: the file is refused in the open, not left waiting for ever."""
    settle(services, context, document_id, None)


def fetch(services: Services, context: Context, document_id: str) -> Opened:
    """Open a file for a party of its convenant; the event is written before the first byte leaves.

    Raises:
        NotFoundError: it is not theirs, or not checked.
        UnavailableError: storage does not answer, or the object is not what was sealed.
    """
    with services.db.writing() as session:
        row = session.get(ConvenantDocument, document_id)
        if row is None or row.state != "ready":
            raise NotFoundError
        at = reach.seat(session, context, row.convenant_id)
        chunks = _chunks(services, at.convenant.tenant_id, row)
        _record(services, session, context, at.convenant, row, Action.DOWNLOAD, {})
        name = str(sealing.opened(services.vault, "file", row.id, row.file_name))
    return Opened(file_name=name, kind=KINDS[row.media_kind], size=row.plain_size, chunks=chunks)


def _chunks(services: Services, tenant_id: str, row: ConvenantDocument) -> Iterator[bytes]:
    key = sealing.opened_key(services.vault, row.id, row.sealed_key)
    stream = open_verified(
        key,
        sealing.file_context(tenant_id, row.id),
        services.storage.read(row.object_key),
        buffer=VERIFIED_WHOLE,
    )
    try:
        first = next(stream, b"")
    except (StorageError, CryptoError) as error:
        raise UnavailableError(
            "Dit stuk kan nu niet worden geopend. De beheerder is op de hoogte. Probeer het later opnieuw."
        ) from error

    def everything() -> Iterator[bytes]:
        yield first
        yield from stream

    return everything()


def _record(
    services: Services,
    session: Session,
    context: Context,
    convenant: Convenant,
    row: ConvenantDocument,
    action: Action,
    payload: dict[str, int | str | None],
    *,
    outcome: Outcome = Outcome.SUCCESS,
) -> None:
    record(
        session,
        services.vault,
        context,
        action,
        outcome=outcome,
        tenant_id=convenant.tenant_id,
        object_type="convenant_document",
        object_id=row.id,
        on_behalf_of=row.made_by if context.actor is None else None,
        article="PR10.1",
        payload={"convenant": convenant.id, "kind": row.kind, "hash": row.content_hash.hex(), **payload},
    )
