"""A package at our door: who signed it, whether it is for us, what it holds; then it is taken in and answered.

Whoever is not a partner learns nothing: no answer is signed, and the reason stands in our log alone.
"""

from __future__ import annotations

import threading
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select

from gateway.accounts import throttle
from gateway.accounts.tables import Tenant
from gateway.accounts.throttle import Limit
from gateway.errors import GatewayError, NotFoundError, TooLargeError, UnavailableError
from gateway.peers import attachments, parcels, receiving, sealing
from gateway.peers.drafts import CarryError
from gateway.peers.envelope import EnvelopeError
from gateway.peers.sealing import StrangerError
from gateway.peers.tables import PeerLink
from gateway.sentences import sentence

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import IO

    from sqlalchemy.orm import Session

    from gateway.context import Context
    from gateway.peers.attachments import Stored
    from gateway.peers.envelope import Acknowledgement
    from gateway.peers.parcels import Opened
    from gateway.peers.sealing import FromPartner
    from gateway.services import Services

RATE = Limit(purpose="peer-line", tries=600, window=timedelta(minutes=15))
AT_ONCE = 2
AHEAD_OF_TIME = timedelta(hours=1)
_CHUNK = 256 * 1024
_room = threading.BoundedSemaphore(AT_ONCE)


class NotTakenError(GatewayError):
    """The package is refused; outside, nothing more is said."""

    status = 403

    def __init__(self) -> None:
        super().__init__(sentence("Dit pakket is geweigerd."))


def receive(services: Services, context: Context, slug: str, stream: IO[bytes], length: int | None) -> bytes:
    """Take a package that was posted to this SWV's line; gives the sealed answer. What is refused leaves an event.

    Raises:
        NotFoundError: no such SWV, or it has no line.
        ThrottledError, UnavailableError: too much at once; the partner tries again later.
        TooLargeError: larger than a package may be.
        NotTakenError: not a package of a partner.
    """
    with services.db.writing() as session:
        throttle.count_try(session, services.vault, RATE, context.network or "", context.now)
    with services.db.reading() as session:
        tenant = _tenant(session, slug)
    most = services.settings.max_peer_bytes
    if length is not None and length > most:
        refused(services, context, tenant.id, None, "too-large")
        raise TooLargeError("Dit pakket is te groot.")
    with _one_of_few(), services.scratch.directory() as scratch:
        message = scratch / "package"
        if not _written(stream, message, most):
            refused(services, context, tenant.id, None, "too-large")
            raise TooLargeError("Dit pakket is te groot.")
        link, answer = take(services, context, tenant, message, scratch)
        return sealed_answer(services, context, link, answer)


def take(
    services: Services, context: Context, tenant: Tenant, message: Path, scratch: Path, *, link_id: str = ""
) -> tuple[PeerLink, Acknowledgement]:
    """Check one package whole, then take its message in; the plaintext goes when this ends.

    Raises:
        NotTakenError: refused, with its event.
    """
    try:
        with sealing.open_package(services, context, tenant, message, scratch, link_id=link_id) as found:
            try:
                with parcels.opened(found.path) as parcel:
                    return found.link, _taken(services, context, tenant, found, parcel)
            except EnvelopeError as error:
                refused(services, context, tenant.id, found.link, "format")
                raise NotTakenError from error
    except StrangerError as error:
        refused(services, context, tenant.id, None, "stranger")
        raise NotTakenError from error


def refused(services: Services, context: Context, tenant_id: str, link: PeerLink | None, code: str) -> None:
    """Write a refusal, in a transaction of its own."""
    with services.db.writing() as session:
        receiving.refuse(services, session, context, tenant_id, link, code)


def sealed_answer(services: Services, context: Context, link: PeerLink, answer: Acknowledgement) -> bytes:
    """The answer for the partner.

    Raises:
        UnavailableError: a key expired meanwhile; the message was taken, and its answer follows when that is mended.
    """
    try:
        return sealing.seal_answer(services, context, link, answer)
    except CarryError as error:
        raise UnavailableError("Dit kan nu niet worden beantwoord.") from error


def _taken(services: Services, context: Context, tenant: Tenant, found: FromPartner, parcel: Opened) -> Acknowledgement:
    envelope = parcel.envelope
    if envelope.sender != found.signed_by or envelope.receiver not in found.own:
        refused(services, context, tenant.id, found.link, "other-receiver")
        raise NotTakenError
    if envelope.made_at > context.now + AHEAD_OF_TIME:
        refused(services, context, tenant.id, found.link, "time")
        raise NotTakenError
    stored: list[Stored] = []
    kept = False
    try:
        for said, chunks in parcel.documents():
            each = attachments.store(services, tenant.id, said.name, chunks, most=said.size)
            stored.append(each)
            if (each.size, each.sha256) != (said.size, said.sha256):
                raise EnvelopeError
        with services.db.writing() as session:
            link = session.get_one(PeerLink, found.link.id)
            answer, kept = receiving.take(services, session, context, link, envelope, stored)
    finally:
        if not kept:
            attachments.discard(services, stored)
    return answer


def _tenant(session: Session, slug: str) -> Tenant:
    query = (
        select(Tenant)
        .join(PeerLink, PeerLink.tenant_id == Tenant.id)
        .where(Tenant.slug == slug, PeerLink.carrier == "https", PeerLink.ended_at.is_(None))
    )
    tenant = session.scalars(query.limit(1)).first()
    if tenant is None:
        raise NotFoundError
    return tenant


@contextmanager
def _one_of_few() -> Iterator[None]:
    """Opening a package takes memory: few at once, and the others come again."""
    if not _room.acquire(blocking=False):
        raise UnavailableError("Het is nu te druk. Probeer het over een minuut opnieuw.")
    try:
        yield
    finally:
        _room.release()


def _written(stream: IO[bytes], path: Path, most: int) -> bool:
    """Write what comes to scratch (it is sealed, and scratch is memory); false when it is more than may be."""
    size = 0
    with path.open("wb") as file:
        while chunk := stream.read(_CHUNK):
            size += len(chunk)
            if size > most:
                return False
            file.write(chunk)
    return True
