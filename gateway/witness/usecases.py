"""Who witnesses whom: registered by one, confirmed by another who heard the fingerprint. Source: issue 5."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from audit import witness
from audit.errors import NoteError
from audit.note import COSIGNATURE, ED25519, VerifierKey
from gateway.accounts.tables import Organisation
from gateway.context import Role
from gateway.errors import ConflictError, InvalidInputError, NotFoundError
from gateway.ids import new_id
from gateway.logbook import own_keys, witness_signer
from gateway.recording import Action, record
from gateway.witness.calling import CallError, parse_address
from gateway.witness.queries import LOG, WITNESS, confirmed
from gateway.witness.tables import WitnessParty

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from audit.witness import Answer
    from gateway.context import Context
    from gateway.services import Services

CONFIRMERS = (Role.ADMINISTRATOR, Role.CONTACT_PERSON)
READERS = (*CONFIRMERS, Role.PRIVACY_OFFICER)
NAME_MAX = 200
TEXT_MAX = 300


def register(services: Services, context: Context, *, tenant_id: str, side: str, name: str, url: str, key: str) -> str:
    """Register a witness of our log, or a log that we shall witness; not used before a second person confirms it.

    `key` is the partner's public key as text (`name+id+key`). Returns the id. From the command line `context.actor` is
    None; on the screen the actor is an administrator of the SWV.

    Raises:
        InvalidInputError: the key or the address cannot be used; the sentence says why.
        ConflictError: it is there already.
    """
    parsed = _parsed(services, side, key)
    if not 0 < len(name.strip()) <= NAME_MAX:
        raise InvalidInputError("Vul de naam van de partner in.", field="name")
    address = _address(url) if side == WITNESS else ""
    with services.db.writing() as session:
        require_swv(session, context, (Role.ADMINISTRATOR,))
        live = select(WitnessParty).where(WitnessParty.side == side, WitnessParty.state != "ended")
        known = [VerifierKey.parse(row.key) for row in session.scalars(live)]
        if parsed in known:
            raise ConflictError("Deze sleutel is al geregistreerd.")
        if parsed.name in {other.name for other in known}:
            raise ConflictError("Van deze partner is al een andere sleutel geregistreerd. Stop die eerst.")
        row = WitnessParty(
            id=new_id(),
            tenant_id=tenant_id,
            side=side,
            name=name.strip(),
            url=address,
            key=str(parsed),
            registered_by=context.actor.account_id if context.actor else None,
            registered_at=context.now,
        )
        session.add(row)
        session.flush()
        _record(services, session, context, row, "registered")
        return row.id


def confirm(services: Services, context: Context, party_id: str, typed: str) -> None:
    """A second person types the fingerprint as the partner read it out; only when it is the same is the key used.

    Raises:
        ConflictError: the one who registered it tries, or it does not wait.
        InvalidInputError: what was typed is another fingerprint.
    """
    with services.db.writing() as session:
        require_swv(session, context, CONFIRMERS)
        row = _own(session, context, party_id)
        session.refresh(row, with_for_update=True)  # of two at once, one finds it done
        if row.state != "registered":
            raise ConflictError("Deze sleutel wacht niet op bevestiging.")
        who = context.actor.account_id if context.actor else None
        if row.registered_by == who:
            raise ConflictError("Een tweede persoon moet deze sleutel bevestigen. U hebt hem zelf geregistreerd.")
        key = VerifierKey.parse(row.key)
        if "".join(typed.split()).upper() != "".join(key.fingerprint.split()):
            raise InvalidInputError(
                "Dit is een andere vingerafdruk. Bel de partner opnieuw. "
                "Klopt het weer niet, gebruik deze sleutel dan niet.",
                field="fingerprint",
            )
        row.state, row.confirmed_by, row.confirmed_at = "confirmed", who, context.now
        if row.side == LOG:
            witness.enrol(session.connection(), key.name)
        _record(services, session, context, row, "confirmed")


def end(services: Services, context: Context, party_id: str) -> None:
    """Stop witnessing at once. What was signed stays; a log that is enrolled again goes on where it was."""
    with services.db.writing() as session:
        require_swv(session, context, (Role.ADMINISTRATOR,))
        row = _own(session, context, party_id)
        session.refresh(row, with_for_update=True)
        if row.state == "ended":
            raise ConflictError("Deze partner is al gestopt.")
        row.state, row.ended_at = "ended", context.now
        _record(services, session, context, row, "ended")


def party_of(services: Services, context: Context, party_id: str, roles: tuple[Role, ...]) -> WitnessParty:
    """A partner of one's own SWV that is not ended, for someone with one of these roles."""
    with services.db.reading() as session:
        require_swv(session, context, roles)
        row = _own(session, context, party_id)
        if row.state == "ended":
            raise NotFoundError
        return row


def answer(services: Services, body: bytes) -> Answer:
    """Judge what a log asks us to sign, and answer it: what we sign is committed before the answer leaves.

    Source: c2sp.org/tlog-witness.
    """
    signer = witness_signer(services.vault.keyring)
    with services.db.writing() as session:
        keys = [VerifierKey.parse(row.key) for row in confirmed(session, LOG)]
        return witness.cosign(
            session.connection(),
            body,
            keys_of=lambda origin: [key for key in keys if key.name == origin],
            signer=signer,
            now=services.clock(),
        )


def _parsed(services: Services, side: str, text: str) -> VerifierKey:
    if len(text) > TEXT_MAX:
        raise InvalidInputError("Dit is geen sleutel van een logboek of getuige.", field="key")
    try:
        key = VerifierKey.parse(text.strip())
    except NoteError as error:
        raise InvalidInputError(
            "Dit is geen sleutel van een logboek of getuige (naam+id+sleutel). Kopieer de hele regel.", field="key"
        ) from error
    own = {*own_keys(services.vault.keyring), witness_signer(services.vault.keyring).key}
    if key in own:
        raise InvalidInputError("Dit is uw eigen sleutel. Vraag de partner om de zijne.", field="key")
    if side == WITNESS and key.kind != COSIGNATURE:
        raise InvalidInputError(
            "Dit is de sleutel van een logboek. Vraag de partner om de getuigesleutel.", field="key"
        )
    if side == LOG and key.kind != ED25519:
        raise InvalidInputError(
            "Dit is de sleutel van een getuige. Vraag de partner om de sleutel van het logboek.", field="key"
        )
    return key


def _address(url: str) -> str:
    if len(url) > TEXT_MAX:
        raise InvalidInputError("Dit adres is te lang.", field="url")
    try:
        parse_address(url.strip())
    except CallError as error:
        raise InvalidInputError(
            "Vul het adres van de getuige in, zoals https://dossierpoort.voorbeeld.nl/getuige.", field="url"
        ) from error
    return url.strip().rstrip("/")


def _own(session: Session, context: Context, party_id: str) -> WitnessParty:
    row = session.get(WitnessParty, party_id)
    if row is None or (context.actor is not None and row.tenant_id != context.actor.tenant_id):
        raise NotFoundError
    return row


def require_swv(session: Session, context: Context, roles: tuple[Role, ...]) -> None:
    """Only people of the SWV itself; whoever runs the commands of the installation is no account."""
    if context.actor is None:
        return
    own = session.get_one(Organisation, context.actor.organisation_id)
    if own.kind != "swv" or context.actor.role not in roles:
        raise NotFoundError


STEPS: dict[str, list[str | None]] = {
    "registered": [None, "registered"],
    "confirmed": ["registered", "confirmed"],
    "ended": ["confirmed", "ended"],
}
"""From where to where each act brings a witness."""


def _record(services: Services, session: Session, context: Context, row: WitnessParty, what: str) -> None:
    key = VerifierKey.parse(row.key)
    record(
        session,
        services.vault,
        context,
        Action.CONFIGURE,
        tenant_id=row.tenant_id,
        object_type=f"witness_{row.side}",
        object_id=row.id,
        payload={"changed": {"state": STEPS[what], "key": [None, key.fingerprint]}, "name": row.name, "url": row.url},
    )
