"""Documents that came over the line: sealed under the thread's keys as they stream in, and opened again for reading."""

from __future__ import annotations

import contextlib
import hashlib
from dataclasses import dataclass, field
from itertools import chain
from typing import TYPE_CHECKING

from sqlalchemy import select

from crypto.context import SealContext
from crypto.errors import CryptoError
from crypto.stream import SealingSink, generate_key, open_verified
from gateway.accounts.tables import Organisation
from gateway.errors import NotFoundError, TooLargeError, UnavailableError
from gateway.ids import new_id
from gateway.peers import threads
from gateway.peers.handlers import Arrived
from gateway.peers.tables import PeerAttachment, PeerMessage
from gateway.recording import Action, record
from gateway.storage import StorageError, new_key

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from sqlalchemy.orm import Session

    from gateway.context import Context
    from gateway.services import Services

PURPOSE = "peer-attachment"
VERIFIED_WHOLE = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """An attachment in storage that no row knows yet."""

    id: str
    name: str = field(repr=False)
    size: int
    sha256: str
    object_key: str
    key: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """An attachment on its way to its reader."""

    name: str = field(repr=False)
    size: int
    chunks: Iterator[bytes] = field(repr=False)


def store(services: Services, tenant_id: str, name: str, chunks: Iterable[bytes], *, most: int) -> Stored:
    """Seal one attachment into storage as it streams; object first, row second.

    Raises:
        TooLargeError: it is longer than `most` bytes.
        UnavailableError: storage does not take it now.
    """
    attachment_id, object_key, key = new_id(), new_key(), generate_key()
    digest, size = hashlib.sha256(), 0
    try:
        with services.storage.writer(object_key) as writer:
            sink = SealingSink(key, _context(tenant_id, attachment_id), writer.write)
            for chunk in chunks:
                size += len(chunk)
                if size > most:
                    raise TooLargeError("Dit stuk is te groot.")
                digest.update(chunk)
                sink.update(chunk)
            sink.finish()
            writer.commit()
    except StorageError as error:
        raise UnavailableError("De opslag antwoordt nu niet. Probeer het later opnieuw.") from error
    return Stored(id=attachment_id, name=name, size=size, sha256=digest.hexdigest(), object_key=object_key, key=key)


def keep(services: Services, session: Session, message: PeerMessage, stored: Sequence[Stored]) -> None:
    """Give stored attachments their rows and their keys, in the transaction that takes the message in."""
    for number, each in enumerate(stored, start=1):
        session.add(
            PeerAttachment(id=each.id, message_id=message.id, number=number, size=each.size, object_key=each.object_key)
        )
        services.vault.store_data_key(session, message.thread_id, PURPOSE, each.id, each.key)


def discard(services: Services, stored: Sequence[Stored]) -> None:
    """Remove what no row will know; what storage does not give up now the reconciler takes."""
    for each in stored:
        with contextlib.suppress(StorageError):
            services.storage.delete(each.object_key)


def arrived(services: Services, session: Session, message: PeerMessage) -> tuple[Arrived, ...]:
    """The attachments of a partner's message, in their order."""
    named = {each["id"]: each for each in threads.opened(services, session, message).get("names", [])}
    query = select(PeerAttachment).where(PeerAttachment.message_id == message.id).order_by(PeerAttachment.number)
    return tuple(
        Arrived(id=row.id, name=named[row.id]["name"], size=row.size, sha256=named[row.id]["sha256"])
        for row in session.scalars(query)
    )


def open_attachment(services: Services, context: Context, attachment_id: str, *, purpose: str | None = None) -> Opened:
    """Open a document that a partner sent; the event is written before the first byte is given. The caller judges who.

    Raises:
        NotFoundError: there is none (any more) in the actor's tenant.
        UnavailableError: storage does not answer, or the object is not what was sealed.
    """
    with services.db.reading() as session:
        row, message, partner = _found(session, context, attachment_id)
        key = services.vault.data_key(session, message.thread_id, PURPOSE, row.id)
        name = next(each.name for each in arrived(services, session, message) if each.id == row.id)
    sealing = _context(partner.tenant_id, row.id)
    stream = open_verified(key, sealing, services.storage.read(row.object_key), buffer=VERIFIED_WHOLE)
    try:
        first = next(stream, b"")
    except (StorageError, CryptoError) as error:
        raise UnavailableError("Dit stuk kan nu niet worden geopend. Probeer het later opnieuw.") from error
    with services.db.writing() as session:
        record(
            session,
            services.vault,
            context,
            Action.DOWNLOAD,
            tenant_id=partner.tenant_id,
            object_type="peer_attachment",
            object_id=row.id,
            purpose=purpose,
            article="PR9.3",
            payload={"message": message.message_id},
        )
    return Opened(name=name, size=row.size, chunks=chain([first], stream))


def known_objects(session: Session, keys: Sequence[str]) -> set[str]:
    """Which of these objects in storage belong to an attachment; the reconciler asks."""
    return set(session.scalars(select(PeerAttachment.object_key).where(PeerAttachment.object_key.in_(keys))))


def _found(session: Session, context: Context, attachment_id: str) -> tuple[PeerAttachment, PeerMessage, Organisation]:
    row = session.get(PeerAttachment, attachment_id)
    message = session.get(PeerMessage, row.message_id) if row is not None else None
    partner = session.get(Organisation, message.organisation_id) if message is not None else None
    if row is None or message is None or partner is None or partner.tenant_id != context.person.tenant_id:
        raise NotFoundError
    return row, message, partner


def _context(tenant_id: str, attachment_id: str) -> SealContext:
    return SealContext(purpose=PURPOSE, organisation=tenant_id, document=attachment_id)
