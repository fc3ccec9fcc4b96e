"""Packages sealed for a partner and opened from one: whose keys count, and whose they are."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlalchemy import select

from crypto.errors import CryptoError, OpenPGPError
from crypto.openpgp import Recipient, encrypt, open_message
from gateway.errors import ConflictError
from gateway.partner_keys import usecases as partner_keys
from gateway.peers.drafts import CarryError
from gateway.peers.envelope import (
    Acknowledgement,
    Envelope,
    EnvelopeError,
    canonical,
    parse_acknowledgement,
)
from gateway.peers.parcels import Parcel
from gateway.peers.tables import PeerLink

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from sqlalchemy.orm import Session

    from gateway.accounts.tables import Tenant
    from gateway.context import Context
    from gateway.peers.drafts import Draft
    from gateway.services import Services

MOST_ACK = 20_000
_MORE = 1_000_000
"""What an envelope, headers and OpenPGP add to the documents."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """Our own key, and the partner's confirmed ones; `theirs` is the one that is named on the envelope."""

    secret: bytes = field(repr=False)
    own: str
    partner: tuple[Recipient, ...]

    @property
    def theirs(self) -> str:
        """The partner's newest key."""
        return self.partner[-1].fingerprint


def keys_of(services: Services, context: Context, link: PeerLink) -> Keys:
    """The keys of a link today.

    Raises:
        CarryError: the partner has no confirmed key, or one that expired and was not replaced.
    """
    secret = partner_keys.own_secret(services, context, link.tenant_id)
    with services.db.reading() as session:
        own = partner_keys.own_public(session, link.tenant_id, context.today)
        try:
            partner = partner_keys.recipients(services, session, link.organisation_id, context.today)
        except (ConflictError, CryptoError) as error:
            raise CarryError("key") from error
    if not partner or own is None:
        raise CarryError("key")
    return Keys(secret=secret, own=own.fingerprint, partner=tuple(partner))


def seal(context: Context, keys: Keys, draft: Draft, scratch: Path, output: Path) -> Envelope:
    """Make the package of a draft as a file that only the partner opens; returns its envelope.

    Raises:
        CarryError: a key cannot be used, or a document could not be read to its end.
    """
    parcel = Parcel(draft=draft, sender=keys.own, receiver=keys.theirs)
    try:
        encrypt(
            parcel.chunks(),
            output,
            recipients=keys.partner,
            secret_key=keys.secret,
            on=context.today,
            scratch=scratch,
        )
    except OpenPGPError as error:
        raise CarryError("key") from error
    except (CryptoError, EnvelopeError) as error:
        raise CarryError("document") from error
    if parcel.envelope is None:
        raise CarryError("document")
    return parcel.envelope


def seal_answer(services: Services, context: Context, link: PeerLink, answer: Acknowledgement) -> bytes:
    """The answer, signed by us and sealed for the partner.

    Raises:
        CarryError: a key cannot be used by now.
    """
    keys = keys_of(services, context, link)
    with services.scratch.directory() as scratch:
        output = scratch / "answer"
        try:
            encrypt(
                [canonical(answer.to_json())],
                output,
                recipients=keys.partner,
                secret_key=keys.secret,
                on=context.today,
                scratch=scratch,
            )
        except OpenPGPError as error:
            raise CarryError("key") from error
        return output.read_bytes()


def open_answer(services: Services, context: Context, keys: Keys, sealed: bytes) -> Acknowledgement:
    """Open the partner's answer: signed by a confirmed key of the partner, and for us.

    Raises:
        CarryError: it is not.
    """
    with services.scratch.directory() as scratch:
        message = scratch / "answer"
        message.write_bytes(sealed)
        try:
            with open_message(
                message,
                secret_key=keys.secret,
                senders=keys.partner,
                on=context.today,
                scratch=scratch,
                largest=MOST_ACK,
            ) as plain:
                found = parse_acknowledgement(plain.path.read_bytes())
                signed_by = plain.signed_by
        except (OpenPGPError, EnvelopeError) as error:
            raise CarryError("answer") from error
    if found.sender != signed_by or found.receiver != keys.own:
        raise CarryError("answer")
    return found


class StrangerError(Exception):
    """A package that no confirmed key of any partner signed, or that is not for us."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FromPartner:
    """The inside of a package with the link of the partner that signed it."""

    path: Path
    link: PeerLink
    signed_by: str
    own: frozenset[str]


@contextmanager
def open_package(
    services: Services, context: Context, tenant: Tenant, message: Path, scratch: Path, *, link_id: str = ""
) -> Iterator[FromPartner]:
    """Open a package for this tenant; the plaintext goes when the block ends. `link_id`: only of this partner.

    Raises:
        StrangerError: not for us, tampered with, cut off, too large, or not signed by a confirmed key of a partner.
    """
    secret = partner_keys.own_secret(services, context, tenant.id)
    with services.db.reading() as session:
        links = list(_links(session, tenant.id, link_id))
        own = partner_keys.own_public(session, tenant.id, context.today)
        by_key = {
            key.fingerprint: (key, link)
            for link in links
            for key in partner_keys.senders(services, session, link.organisation_id, context.today)
        }
    if not by_key or own is None:
        raise StrangerError
    with ExitStack() as stack:
        try:
            plain = stack.enter_context(
                open_message(
                    message,
                    secret_key=secret,
                    senders=[key for key, _ in by_key.values()],
                    on=context.today,
                    scratch=scratch,
                    largest=services.settings.max_peer_bytes + _MORE,
                )
            )
        except OpenPGPError as error:
            raise StrangerError from error
        link = by_key[plain.signed_by][1]
        yield FromPartner(path=plain.path, link=link, signed_by=plain.signed_by, own=frozenset({own.fingerprint}))


def _links(session: Session, tenant_id: str, link_id: str) -> Iterable[PeerLink]:
    query = select(PeerLink).where(
        PeerLink.tenant_id == tenant_id, PeerLink.ended_at.is_(None), PeerLink.carrier != "local"
    )
    return session.scalars(query.where(PeerLink.id == link_id) if link_id else query)
