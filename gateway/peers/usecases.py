"""Sending over the line, and how it stands with what was sent: for other slices. Source: issue 8 (two gateways)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from gateway.context import AMSTERDAM
from gateway.errors import InvalidInputError
from gateway.peers import envelope, rules, threads
from gateway.peers.attachments import arrived
from gateway.peers.envelope import EnvelopeError
from gateway.peers.handlers import door
from gateway.peers.tables import PeerMessage, PeerThread
from gateway.sentences import sentence

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from gateway.context import Context
    from gateway.peers.handlers import Arrived
    from gateway.peers.tables import PeerLink
    from gateway.sentences import Sentence
    from gateway.services import Services


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """How it stands with one message of ours: the sentence for people, and why when it was refused or held back."""

    message_id: str
    number: int
    kind: str
    state: str
    sent_at: datetime
    arrived_at: datetime | None
    settled_at: datetime | None
    held_back: bool
    sentence: Sentence
    reason: str


def has_link(session: Session, organisation_id: str) -> bool:
    """Whether this partner has a portal of its own that our messages go to; without, its people are guests here."""
    return threads.live_link(session, organisation_id) is not None


def send(
    services: Services,
    session: Session,
    context: Context,
    organisation_id: str,
    *,
    kind: str,
    thread: str,
    body: dict[str, Any],
    attachments: Sequence[str] = (),
) -> str | None:
    """Lay a message for this partner in the out-tray, in the caller's transaction; the worker carries it.

    `thread` is an opaque id that both sides will know it by; messages of one thread are applied in order. `body` is
    JSON. `attachments` are ids of committed verstrekkingen to this partner: nothing else can be attached, and each is
    judged again when it leaves. Returns the message's id, or None when there is no link: the partner is a guest here.

    Raises:
        InvalidInputError: too large for a message.
        GatewayError: the door does not let an attachment out; the sentence says why.
    Source: issue 8 (two gateways), CV8.4.
    """
    link = threads.live_link(session, organisation_id)
    if link is None:
        return None
    if not envelope.is_thread(thread) or not envelope.is_kind(kind) or kind.startswith("peers."):
        raise ValueError("a thread and a kind are plain codes")
    try:
        envelope.check_body(body)
    except EnvelopeError as error:
        raise InvalidInputError("Dit bericht is te groot om te versturen. Maak de tekst korter.") from error
    for verstrekking_id in attachments:
        door().check(services, session, context, verstrekking_id, organisation_id)
    return threads.put(services, session, context, link, kind=kind, thread=thread, body=body, attachments=attachments)


def delivery(services: Services, session: Session, message_id: str) -> Delivery | None:
    """How it stands with a message of ours; None when there is none (any more)."""
    row = session.get(PeerMessage, message_id)
    if row is None or row.direction != threads.OUT:
        return None
    return _delivery(services, session, row, threads.live_link(session, row.organisation_id))


def deliveries(services: Services, session: Session, organisation_id: str, thread: str) -> list[Delivery]:
    """How it stands with all our messages of a thread, in their order."""
    query = (
        select(PeerMessage)
        .join(PeerThread, PeerThread.id == PeerMessage.thread_id)
        .where(
            PeerThread.organisation_id == organisation_id,
            PeerThread.name == thread,
            PeerMessage.direction == threads.OUT,
        )
        .order_by(PeerMessage.number)
    )
    link = threads.live_link(session, organisation_id)
    return [_delivery(services, session, row, link) for row in session.scalars(query).all()]


def received(
    services: Services, session: Session, organisation_id: str, thread: str, kind: str
) -> list[tuple[Mapping[str, Any], Sequence[Arrived]]]:
    """The partner's applied messages of one kind in a thread, with what of their documents is still there."""
    query = (
        select(PeerMessage)
        .join(PeerThread, PeerThread.id == PeerMessage.thread_id)
        .where(
            PeerThread.organisation_id == organisation_id,
            PeerThread.name == thread,
            PeerMessage.direction == threads.IN,
            PeerMessage.kind == kind,
            PeerMessage.state == rules.APPLIED,
        )
        .order_by(PeerMessage.number)
    )
    return [
        (threads.opened(services, session, row)["body"], arrived(services, session, row))
        for row in session.scalars(query).all()
    ]


def _delivery(services: Services, session: Session, row: PeerMessage, link: PeerLink | None) -> Delivery:
    return Delivery(
        message_id=row.id,
        number=row.number,
        kind=row.kind,
        state=row.state,
        sent_at=row.made_at,
        arrived_at=row.arrived_at,
        settled_at=row.settled_at,
        held_back=row.void,
        sentence=told_state(row, link),
        reason=threads.reason_of(services, session, row),
    )


def told_state(row: PeerMessage, link: PeerLink | None) -> Sentence:
    """The state of a message of ours in one sentence."""
    if row.void:
        return sentence("tegengehouden: de stukken mogen niet meer weg")
    if row.state == rules.REFUSED:
        return sentence("geweigerd door de partner")
    if row.state == rules.APPLIED and row.settled_at:
        return sentence("verwerkt door de partner op %(time)s", time=_clock(row.settled_at))
    if row.state == rules.ARRIVED and row.arrived_at:
        return sentence("aangekomen op %(time)s", time=_clock(row.arrived_at))
    if link is None:
        return sentence("niet verstuurd: de lijn is gestopt")
    if link.carrier == "file":
        return sentence("wacht op een bestand voor de partner")
    if link.failures:
        return sentence("nog niet aangekomen, wordt opnieuw geprobeerd")
    return sentence("onderweg")


def _clock(at: datetime) -> str:
    return at.astimezone(AMSTERDAM).strftime("%d-%m-%Y %H:%M")
