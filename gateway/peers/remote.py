"""The line over HTTPS: a package is posted to the partner's gateway, which answers with a signed acknowledgement."""

from __future__ import annotations

import base64
import binascii
from dataclasses import replace
from typing import TYPE_CHECKING

from gateway import calling
from gateway.calling import CallError, Reach, parse_address
from gateway.peers import sealing
from gateway.peers.drafts import Carried, CarryError

if TYPE_CHECKING:
    from gateway.calling import Reply
    from gateway.config import Settings
    from gateway.context import Context
    from gateway.peers.drafts import Draft
    from gateway.peers.envelope import Acknowledgement, Envelope
    from gateway.peers.tables import PeerLink
    from gateway.services import Services

MEDIA_TYPE = "application/pgp-encrypted"
PATIENCE = 60.0
SLOWEST = 100_000
"""A package may take a minute, and a second more for so many bytes."""
_CODES = {403: "refused", 404: "unknown", 413: "too-large", 429: "busy", 503: "busy"}
_OK = 200


def https(services: Services, context: Context, link: PeerLink, draft: Draft) -> Carried:
    """Post one message to the partner, and take its answer.

    Raises:
        CarryError: not arrived as far as we know; it is tried again.
    """
    keys = sealing.keys_of(services, context, link)
    with services.scratch.directory() as scratch:
        package = scratch / "package"
        envelope = sealing.seal(context, keys, draft, scratch, package)
        size = package.stat().st_size
        if size > services.settings.max_peer_bytes:
            raise CarryError("too-large")
        try:
            with package.open("rb") as body:
                reply = calling.send(
                    parse_address(link.address),
                    replace(_reach(services.settings), pin=link.pin),
                    method="POST",
                    body=body,
                    headers={"Content-Type": MEDIA_TYPE, "Content-Length": str(size)},
                    most=sealing.MOST_ACK,
                    seconds=PATIENCE + size / SLOWEST,
                    patience=PATIENCE,
                )
        except CallError as error:
            raise CarryError(error.code) from error
    answer = sealing.open_answer(services, context, keys, _content(reply))
    return Carried(digest=envelope.digest, answer=_about(envelope, answer))


def _reach(settings: Settings) -> Reach:
    return Reach(
        ca_bundle=settings.peer_ca_bundle,
        private=settings.peer_private_networks,
        certificate=settings.peer_client_certificate,
        certificate_key=settings.peer_client_key,
    )


def _content(reply: Reply) -> bytes:
    if reply.status != _OK:
        raise CarryError(_CODES.get(reply.status, "answer"))
    try:
        return base64.b64decode(reply.text.strip().encode("ascii"), validate=True)
    except (UnicodeEncodeError, binascii.Error) as error:
        raise CarryError("answer") from error


def _about(envelope: Envelope, answer: Acknowledgement) -> Acknowledgement:
    """The answer, when it is about this message and what it says: an old one, or another's, counts for nothing."""
    if answer.message_id != envelope.message_id or (answer.digest != envelope.digest and not answer.code):
        raise CarryError("answer")
    return answer
