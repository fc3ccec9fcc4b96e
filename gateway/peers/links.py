"""Making, ending and waking a link with a partner. Source: issue 8 (two gateways)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sqlalchemy import select

from gateway.accounts.tables import Organisation, Tenant
from gateway.calling import CallError, parse_address
from gateway.context import Role
from gateway.errors import ConflictError, InvalidInputError, NotFoundError
from gateway.ids import new_id
from gateway.jobs import queue as jobs
from gateway.partner_keys import usecases as partner_keys
from gateway.peers import threads
from gateway.peers.tables import PeerLink
from gateway.recording import Action, record

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from gateway.context import Context
    from gateway.services import Services

CARRIERS = ("https", "file", "local")
READERS = (Role.ADMINISTRATOR, Role.CONTACT_PERSON, Role.PRIVACY_OFFICER)
ADDRESS_MAX = 300
_PIN = re.compile(r"[0-9a-f]{64}")


def make(
    services: Services,
    context: Context,
    organisation_id: str,
    *,
    carrier: str,
    address: str = "",
    pin: str = "",
) -> str:
    """An administrator makes the link with a partner SWV; the partner makes one from its side. Returns its id.

    `address` is the partner's address for `https`, or the short name of the tenant for `local`; `pin` the SHA-256 of
    the public key of the partner's server, or empty.

    Raises:
        ConflictError: there is a link already, or the partner has no confirmed OpenPGP key.
        InvalidInputError: the address or the fingerprint cannot be used.
    """
    with services.db.reading() as session:
        partner = _partner(session, context, organisation_id)
        if carrier not in CARRIERS:
            raise InvalidInputError("Kies hoe de berichten reizen.", field="carrier")
        found = _address(session, context, carrier, address)
        mark = _pin(carrier, pin)
        if carrier != "local" and not partner_keys.usable(session, partner.id, context.today):
            raise ConflictError(
                "Deze partner heeft geen bevestigde OpenPGP-sleutel. Registreer die eerst, en laat een tweede persoon "
                "hem bevestigen."
            )
    if carrier != "local":
        partner_keys.own_secret(
            services, context, context.person.tenant_id
        )  # made now: the partner needs its public half
    with services.db.writing() as session:
        if threads.live_link(session, organisation_id) is not None:
            raise ConflictError("Met deze partner is er al een lijn. Stop die eerst.")
        row = PeerLink(
            id=new_id(),
            tenant_id=context.person.tenant_id,
            organisation_id=organisation_id,
            carrier=carrier,
            address=found,
            pin=mark,
            made_by=context.person.account_id,
            made_at=context.now,
        )
        session.add(row)
        session.flush()
        _record(services, session, context, row, [None, "made"])
        return row.id


def make_own_key(services: Services, context: Context) -> None:
    """Make our own OpenPGP key when there is none that counts today: the partner needs it before any line is made."""
    with services.db.reading() as session:
        require_swv(session, context, (Role.ADMINISTRATOR,))
    partner_keys.own_secret(services, context, context.person.tenant_id)


def end(services: Services, context: Context, link_id: str) -> None:
    """Stop a link at once: nothing leaves any more and nothing is taken. What arrived stays."""
    with services.db.writing() as session:
        row = link_of(session, context, link_id, (Role.ADMINISTRATOR,))
        session.refresh(row, with_for_update=True)
        if row.ended_at is not None:
            raise ConflictError("Deze lijn is al gestopt.")
        row.ended_at = context.now
        _record(services, session, context, row, ["made", "ended"])


def retry(services: Services, context: Context, link_id: str) -> None:
    """Try a line again now that rests after a failure."""
    with services.db.writing() as session:
        row = link_of(session, context, link_id, (Role.ADMINISTRATOR, Role.CONTACT_PERSON))
        if row.ended_at is not None:
            raise ConflictError("Deze lijn is gestopt.")
        row.next_at = None
        jobs.enqueue(session, kind=threads.CARRY, ref=row.id, now=context.now)


def link_of(session: Session, context: Context, link_id: str, roles: tuple[Role, ...]) -> PeerLink:
    """A link of one's own SWV, for someone with one of these roles.

    Raises:
        NotFoundError: there is none, or it is another's.
    """
    require_swv(session, context, roles)
    row = session.get(PeerLink, link_id)
    if row is None or row.tenant_id != context.person.tenant_id:
        raise NotFoundError
    return row


def require_swv(session: Session, context: Context, roles: tuple[Role, ...]) -> None:
    """Only people of the SWV itself."""
    own = session.get_one(Organisation, context.person.organisation_id)
    if own.kind != "swv" or context.person.role not in roles:
        raise NotFoundError


def _partner(session: Session, context: Context, organisation_id: str) -> Organisation:
    require_swv(session, context, (Role.ADMINISTRATOR,))
    partner = session.get(Organisation, organisation_id) if organisation_id else None
    if partner is None or partner.tenant_id != context.person.tenant_id or partner.kind != "partner_swv":
        raise InvalidInputError("Kies een partner: een ander samenwerkingsverband.", field="organisation_id")
    if not partner.active:
        raise ConflictError("Deze organisatie is niet meer in gebruik.")
    return partner


def _address(session: Session, context: Context, carrier: str, address: str) -> str:
    text = address.strip()
    if carrier == "file":
        return ""
    if carrier == "local":
        tenant = session.scalars(select(Tenant).where(Tenant.slug == text.lower())).first()
        if tenant is None or tenant.id == context.person.tenant_id:
            raise InvalidInputError(
                "Vul de korte naam van het andere samenwerkingsverband in dit portaal in.", field="address"
            )
        return tenant.slug
    if len(text) > ADDRESS_MAX:
        raise InvalidInputError("Dit adres is te lang.", field="address")
    try:
        parse_address(text)
    except CallError as error:
        raise InvalidInputError(
            "Vul het adres in dat de partner u gaf, zoals https://dossierpoort.voorbeeld.nl/lijn/voorbeeld.",
            field="address",
        ) from error
    return text.rstrip("/")


def _pin(carrier: str, pin: str) -> str:
    mark = "".join(pin.split()).replace(":", "").lower()
    if carrier != "https" or not mark:
        return ""
    if not _PIN.fullmatch(mark):
        raise InvalidInputError(
            "Een vingerafdruk van een server heeft 64 tekens: cijfers en de letters a tot en met f.", field="pin"
        )
    return mark


def _record(services: Services, session: Session, context: Context, row: PeerLink, state: list[str | None]) -> None:
    record(
        session,
        services.vault,
        context,
        Action.CONFIGURE,
        tenant_id=row.tenant_id,
        object_type="peer_link",
        object_id=row.id,
        payload={
            "changed": {"state": state},
            "organisation": row.organisation_id,
            "carrier": row.carrier,
            "address": row.address,
        },
    )
