"""The background side of a document: scanned, checked, rendered in a bounded process; what is left over is removed."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import delete, select

from crypto.stream import SealingSink, generate_key
from gateway.convenant import queries as convenants
from gateway.dossiers import inbound, labels
from gateway.dossiers.content import open_content, rendition_context, store_rendition_key
from gateway.dossiers.erasing import erase_objects
from gateway.dossiers.files.limits import Limits
from gateway.dossiers.files.sandbox import run_check
from gateway.dossiers.tables import Document, DocumentVersion, Dossier, Erasure, Rendition
from gateway.notices import outbox
from gateway.peers import attachments as received
from gateway.recording import Action, Outcome, record
from gateway.storage import StorageError, StorageRefused, new_key

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from sqlalchemy.orm import Session

    from gateway.context import Context
    from gateway.dossiers.files.sandbox import Outcome as CheckOutcome
    from gateway.services import Services

NOT_CHECKED = "Wij konden dit bestand niet controleren. Probeer het later opnieuw, of bel het samenwerkingsverband."
ORPHAN_AGE = timedelta(hours=6)
_BLOCK = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class _Made:
    kind: str
    number: int
    object_key: str
    sealed_size: int
    sealed_sha256: bytes
    media_type: str
    width: int | None = None
    height: int | None = None


def check_document(services: Services, context: Context, version_id: str) -> None:
    """Scan, check and render one version; then it is `ready`, or `rejected` with a Dutch sentence.

    Safe to run again after a crash at any point: objects of an unfinished run have no row; the reconciler removes them.

    Raises:
        gateway.dossiers.files.errors.FilesError, UnavailableError: not the file's fault; the job is tried again.
    """
    with services.db.reading() as session:
        version = session.get(DocumentVersion, version_id)
        if version is None or version.state != "in_check":
            return
        dossier = session.get_one(Dossier, version.dossier_id)
        chunks = open_content(services, session, tenant_id=dossier.tenant_id, version=version)
        name = labels.file_name_of(services.vault, session, version)
    if version.media_kind == inbound.PGP.name:
        problem = inbound.unpack(services, context, version_id)
        if problem is not None:
            refuse(services, context, version_id, code="message", message=problem)
        return
    key = generate_key()
    limits = Limits(max_bytes=services.settings.max_file_bytes)
    with run_check(
        services.scratch,
        limits,
        lambda path: _write(path, chunks),
        services.scanner,
        extension=Path(name).suffix.lstrip(".").lower() or None,
    ) as outcome:
        made = _seal_pages(services, version, key, outcome) if outcome.verdict.ok else []
    try:
        _settle(services, context, version, outcome, key, made)
    except BaseException:
        for item in made:
            with contextlib.suppress(StorageError):  # the reconciler takes what stays; the first reason counts
                services.storage.delete(item.object_key)
        raise


def _write(path: Path, chunks: Iterable[bytes]) -> None:
    with path.open("wb") as target:
        for chunk in chunks:
            target.write(chunk)


def _seal_pages(services: Services, version: DocumentVersion, key: bytes, outcome: CheckOutcome) -> list[_Made]:
    made: list[_Made] = []
    for page in outcome.pages:
        made.append(
            _seal(
                services,
                version,
                key,
                "page",
                page.number,
                "image/webp",
                page.path.read_bytes(),
                page.width,
                page.height,
            )
        )
        made.append(_seal(services, version, key, "text", page.number, "text/plain", page.text.encode()))
    return made


def _seal(
    services: Services,
    version: DocumentVersion,
    key: bytes,
    kind: str,
    number: int,
    media_type: str,
    content: bytes,
    width: int | None = None,
    height: int | None = None,
) -> _Made:
    object_key = new_key()
    context = rendition_context(dossier_id=version.dossier_id, version_id=version.id, kind=kind, number=number)
    with services.storage.writer(object_key) as writer:
        sink = SealingSink(key, context, writer.write)
        for start in range(0, len(content), _BLOCK):
            sink.update(content[start : start + _BLOCK])
        sealed = sink.finish()
        writer.commit()
    return _Made(
        kind=kind,
        number=number,
        object_key=object_key,
        sealed_size=sealed.sealed_size,
        sealed_sha256=sealed.sealed_sha256,
        media_type=media_type,
        width=width,
        height=height,
    )


def _settle(
    services: Services,
    context: Context,
    checked: DocumentVersion,
    outcome: CheckOutcome,
    key: bytes,
    made: list[_Made],
) -> None:
    verdict = outcome.verdict
    with services.db.writing() as session:
        version = session.get(DocumentVersion, checked.id, with_for_update=True)
        if version is None or version.state != "in_check":
            raise LookupError("the version was settled or removed meanwhile")
        dossier = session.get_one(Dossier, version.dossier_id)
        version.checked_at = context.now
        version.verdict_code = verdict.code
        if verdict.ok:
            version.state, version.pages = "ready", len(outcome.pages)
            if verdict.kind is not None:
                version.media_kind = verdict.kind.name
            store_rendition_key(services.vault, session, version, key)
            for item in made:
                session.add(_row(version, item))
            _supersede(session, version)
        else:
            _reject(services, session, context, dossier, version, verdict.message)
        record(
            session,
            services.vault,
            context,
            Action.CHECK,
            outcome=Outcome.SUCCESS if verdict.ok else Outcome.REFUSED,
            tenant_id=dossier.tenant_id,
            dossier_id=dossier.id,
            object_type="document_version",
            object_id=version.id,
            on_behalf_of=version.made_by,
            article="PR10.1",
            payload={
                "code": verdict.code,
                "document": version.document_id,
                "scanned": bool(outcome.scan and outcome.scan.scanned),
                "signature": outcome.scan.signature if outcome.scan else None,
            },
        )


def _row(version: DocumentVersion, item: _Made) -> Rendition:
    return Rendition(
        version_id=version.id,
        kind=item.kind,
        number=item.number,
        object_key=item.object_key,
        sealed_size=item.sealed_size,
        sealed_sha256=item.sealed_sha256,
        media_type=item.media_type,
        width=item.width,
        height=item.height,
    )


def _supersede(session: Session, version: DocumentVersion) -> None:
    """Only now that the new version can be read does the one before it step back."""
    query = select(DocumentVersion).where(
        DocumentVersion.document_id == version.document_id,
        DocumentVersion.number < version.number,
        DocumentVersion.state == "ready",
    )
    for older in session.scalars(query).all():
        older.state = "superseded"


def _reject(
    services: Services, session: Session, context: Context, dossier: Dossier, version: DocumentVersion, message: str
) -> None:
    """Nobody may open what was rejected: its key goes at once, its object follows."""
    version.state, version.verdict = "rejected", message
    erase_objects(session, context, version)
    services.vault.forget(session, dossier.id, version.id, now=context.now)
    dossier.stored_bytes -= version.plain_size
    outbox.queue(
        session,
        services.vault,
        context,
        account_id=version.made_by,
        kind="rejected",
        link=f"/dossiers/{dossier.id}",
        tenant_id=dossier.tenant_id,
        dossier_id=dossier.id,
    )


def give_up(services: Services, context: Context, version_id: str) -> None:
    """The check could not be done, time after time: the document is rejected in the open, not left waiting for ever."""
    refuse(services, context, version_id, code="not_checked", message=NOT_CHECKED, outcome=Outcome.FAILED)


def refuse(
    services: Services,
    context: Context,
    version_id: str,
    *,
    code: str,
    message: str,
    outcome: Outcome = Outcome.REFUSED,
) -> None:
    """Reject a version that is still in check, with its sentence, and tell who uploaded it."""
    with services.db.writing() as session:
        version = session.get(DocumentVersion, version_id, with_for_update=True)
        if version is None or version.state != "in_check":
            return
        dossier = session.get_one(Dossier, version.dossier_id)
        version.checked_at, version.verdict_code = context.now, code
        _reject(services, session, context, dossier, version, message)
        record(
            session,
            services.vault,
            context,
            Action.CHECK,
            outcome=outcome,
            tenant_id=dossier.tenant_id,
            dossier_id=dossier.id,
            object_type="document_version",
            object_id=version.id,
            on_behalf_of=version.made_by,
            article="PR10.1",
            payload={"code": code, "document": version.document_id},
        )


def erase_asked(services: Services) -> int:
    """Remove the objects whose erasure was asked; a row goes only when its object is gone. Returns how many.

    Raises:
        StorageError: the storage does not answer, or all that is left are objects that it refuses to delete.
    """
    with services.db.reading() as session:
        keys = session.scalars(select(Erasure.object_key).limit(1000)).all()
    removed: list[str] = []
    refused = None
    try:
        for key in keys:
            try:
                services.storage.delete(key)
            except StorageRefused as error:  # one locked object must not keep the others alive
                refused = error
                continue
            removed.append(key)
    finally:  # also of those that went before the storage stopped answering; one that is gone already is no error
        with services.db.writing() as session:
            session.execute(delete(Erasure).where(Erasure.object_key.in_(removed)))
    if refused is not None and not removed:
        raise refused
    return len(removed)


def reconcile(services: Services, now: datetime) -> int:
    """Remove objects that no row knows (a process died between object and row); returns how many.

    Only objects older than six hours: S3 dates an object from the start of its upload, and no upload lasts that long.
    """
    removed = services.storage.abandoned(now - ORPHAN_AGE)
    batch: list[str] = []
    for key in services.storage.keys(now - ORPHAN_AGE):
        batch.append(key)
        if len(batch) == 500:  # noqa: PLR2004 - a page of keys: memory stays flat
            removed += _remove_orphans(services, batch)
            batch = []
    return removed + _remove_orphans(services, batch)


def _remove_orphans(services: Services, keys: list[str]) -> int:
    with services.db.reading() as session:
        known = set(session.scalars(select(DocumentVersion.object_key).where(DocumentVersion.object_key.in_(keys))))
        known |= set(session.scalars(select(Rendition.object_key).where(Rendition.object_key.in_(keys))))
        known |= convenants.known_objects(session, keys)
        known |= set(session.scalars(select(Erasure.object_key).where(Erasure.object_key.in_(keys))))
        known |= received.known_objects(session, keys)
    orphans = [key for key in keys if key not in known]
    for key in orphans:
        services.storage.delete(key)
    return len(orphans)


def waiting(session: Session, dossier_id: str) -> int:
    """How many versions of this dossier are still in check."""
    query = (
        select(DocumentVersion.id)
        .join(Document, Document.id == DocumentVersion.document_id)
        .where(DocumentVersion.dossier_id == dossier_id, DocumentVersion.state == "in_check")
    )
    return len(session.scalars(query).all())
