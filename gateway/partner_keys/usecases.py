"""Registering, confirming and ending OpenPGP keys: used only after a second person confirmed the fingerprint."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select

from crypto.context import SealContext
from crypto.errors import OpenPGPError
from crypto.openpgp import Recipient, generate_secret_key, inspect_public_key, public_key_of
from gateway.accounts import people
from gateway.accounts.tables import Organisation, Tenant
from gateway.context import Context, Role
from gateway.errors import ConflictError, InvalidInputError, NotFoundError
from gateway.ids import new_id
from gateway.notices import outbox
from gateway.partner_keys.tables import OrganisationKey, OwnKey
from gateway.recording import Action, record
from gateway.sentences import sentence
from gateway.vault.boxes import STANDING, open_box, seal_box

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from gateway.services import Services

KEY_MAX = 200_000
WARN_AHEAD = timedelta(days=30)
OWN_KEY_YEARS = 3
CONFIRMERS = (Role.ADMINISTRATOR, Role.CONTACT_PERSON)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyLine:
    """A key as its page shows it: never the key's bytes."""

    id: str
    fingerprint: str
    algorithm: str
    expires_on: date | None
    state: str
    registered_by: str
    soon: bool


def register(services: Services, context: Context, organisation_id: str, key: bytes) -> str:
    """An administrator registers a public key; it is not used before a second person confirms it. Returns its id.

    Raises:
        InvalidInputError: weak, expired, revoked, unable to encrypt, or no public key: the sentence says which.
    """
    _require(context, (Role.ADMINISTRATOR,))
    if not key or len(key) > KEY_MAX:
        raise InvalidInputError("Kies het bestand met de publieke sleutel.", field="key")
    try:
        with services.scratch.directory() as scratch:
            info = inspect_public_key(key, on=context.today, scratch=scratch)
    except OpenPGPError as error:
        raise InvalidInputError(str(error), field="key") from error
    with services.db.writing() as session:
        organisation = organisation_of(session, context, organisation_id)
        known = session.scalars(
            select(OrganisationKey).where(
                OrganisationKey.organisation_id == organisation.id, OrganisationKey.fingerprint == info.fingerprint
            )
        ).first()
        if known is not None:
            raise ConflictError("Deze sleutel is al geregistreerd.")
        key_id = new_id()
        session.add(
            OrganisationKey(
                id=key_id,
                tenant_id=organisation.tenant_id,
                organisation_id=organisation.id,
                fingerprint=info.fingerprint,
                algorithm=info.algorithm,
                expires_on=info.expires_on,
                sealed=seal_box(
                    services.vault.keyring,
                    organisation.tenant_id,
                    STANDING,
                    _context("organisation-key", key_id),
                    info.key,
                ),
                registered_by=context.person.account_id,
                registered_at=context.now,
            )
        )
        session.flush()
        _record(
            services,
            session,
            context,
            key_id,
            {"key": [None, info.fingerprint], "organisation": [None, organisation.id]},
        )
    return key_id


def confirm(services: Services, context: Context, key_id: str, typed: str) -> None:
    """A second person types the fingerprint as the owner told it; only when it is the same is the key used.

    Raises:
        ConflictError: the one who registered it tries.
        InvalidInputError: what was typed is another fingerprint.
    """
    _require(context, CONFIRMERS)
    with services.db.writing() as session:
        row = _own(session, context, key_id)
        session.refresh(row, with_for_update=True)  # of two at once, one finds it done
        if row.state != "registered":
            raise ConflictError("Deze sleutel wacht niet op bevestiging.")
        if row.registered_by == context.person.account_id:
            raise ConflictError("Een tweede persoon moet deze sleutel bevestigen. U hebt hem zelf geregistreerd.")
        if "".join(typed.split()).upper() != row.fingerprint.upper():
            raise InvalidInputError(
                "Dit is een andere vingerafdruk. Bel de eigenaar opnieuw. "
                "Klopt het weer niet, gebruik deze sleutel dan niet.",
                field="fingerprint",
            )
        row.state, row.confirmed_by, row.confirmed_at = "confirmed", context.person.account_id, context.now
        _record(
            services,
            session,
            context,
            row.id,
            {"state": ["registered", "confirmed"], "key": [row.fingerprint, row.fingerprint]},
        )


def end(services: Services, context: Context, key_id: str) -> None:
    """Stop using a key at once."""
    _require(context, (Role.ADMINISTRATOR,))
    with services.db.writing() as session:
        row = _own(session, context, key_id)
        session.refresh(row, with_for_update=True)  # of two at once, one finds it done
        if row.state == "ended":
            raise ConflictError("Deze sleutel is al gestopt.")
        before, row.state, row.ended_at = row.state, "ended", context.now
        _record(services, session, context, row.id, {"state": [before, "ended"], "key": [row.fingerprint, None]})


def keys_of(session: Session, organisation_id: str, today: date) -> list[KeyLine]:
    """The keys of an organisation, newest first."""
    query = select(OrganisationKey).where(OrganisationKey.organisation_id == organisation_id)
    rows = session.scalars(query.order_by(OrganisationKey.registered_at.desc(), OrganisationKey.id)).all()
    return [
        KeyLine(
            id=row.id,
            fingerprint=row.fingerprint,
            algorithm=row.algorithm,
            expires_on=row.expires_on,
            state="expired" if row.state == "confirmed" and row.expires_on and row.expires_on < today else row.state,
            registered_by=row.registered_by,
            soon=row.expires_on is not None and today <= row.expires_on <= today + WARN_AHEAD,
        )
        for row in rows
    ]


def usable(session: Session, organisation_id: str, today: date) -> Sequence[OrganisationKey]:
    """The confirmed keys of an organisation that have not expired."""
    query = select(OrganisationKey).where(
        OrganisationKey.organisation_id == organisation_id, OrganisationKey.state == "confirmed"
    )
    return [row for row in session.scalars(query) if row.expires_on is None or row.expires_on >= today]


def recipients(services: Services, session: Session, organisation_id: str, today: date) -> list[Recipient]:
    """The keys to encrypt to, opened: every confirmed one.

    Raises:
        ConflictError: one of them expired. It is not left out in silence: somebody must stop or replace it.
    Source: issue 3, OpenPGP (if any recipient key is bad the whole package fails, loudly).
    """
    query = select(OrganisationKey).where(
        OrganisationKey.organisation_id == organisation_id, OrganisationKey.state == "confirmed"
    )
    rows = session.scalars(query.order_by(OrganisationKey.registered_at)).all()
    for row in rows:
        if row.expires_on is not None and row.expires_on < today:
            raise ConflictError(
                sentence(
                    "De sleutel %(key)s van deze ontvanger is verlopen op %(day)s. Er is niets gemaakt. "
                    "Vraag de beheerder om die sleutel te stoppen of te vervangen.",
                    key=row.fingerprint[-16:],
                    day=row.expires_on.strftime("%d-%m-%Y"),
                )
            )
    return [_opened(services, row) for row in rows]


def senders(services: Services, session: Session, organisation_id: str, today: date) -> list[Recipient]:
    """The keys whose signature counts on this day, opened."""
    return [_opened(services, row) for row in usable(session, organisation_id, today)]


def _opened(services: Services, row: OrganisationKey) -> Recipient:
    key = open_box(services.vault.keyring, _context("organisation-key", row.id), row.sealed)
    return Recipient(key=key, fingerprint=row.fingerprint)


def own_secret(services: Services, context: Context, tenant_id: str) -> bytes:
    """The tenant's own signing key, made at its first use and again when it expired."""
    with services.db.reading() as session:
        row = _current_own(session, tenant_id, context.today)
        if row is not None:
            return open_box(services.vault.keyring, _context("own-key", row.id), row.sealed)
        name = session.get_one(Tenant, tenant_id).name
    expires = context.today.replace(year=context.today.year + OWN_KEY_YEARS, day=min(context.today.day, 28))
    with services.scratch.directory() as scratch:
        secret = generate_secret_key(_plain(name), "dossierpoort@invalid.invalid", expires_on=expires, scratch=scratch)
        public = public_key_of(secret, scratch=scratch)
        info = inspect_public_key(public, on=context.today, scratch=scratch)
    with services.db.writing() as session:
        again = _current_own(session, tenant_id, context.today)
        if again is not None:  # another process was first
            return open_box(services.vault.keyring, _context("own-key", again.id), again.sealed)
        key_id = new_id()
        sealed = seal_box(services.vault.keyring, tenant_id, STANDING, _context("own-key", key_id), secret)
        session.add(
            OwnKey(
                id=key_id,
                tenant_id=tenant_id,
                fingerprint=info.fingerprint,
                expires_on=info.expires_on or expires,
                public=public,
                sealed=sealed,
                made_at=context.now,
            )
        )
        session.flush()
        _record(services, session, context, key_id, {"key": [None, info.fingerprint]})
    return secret


def own_public(session: Session, tenant_id: str, today: date) -> OwnKey | None:
    """The tenant's own public key, for publication."""
    return _current_own(session, tenant_id, today)


def warn(services: Services, now: datetime, today: date) -> int:
    """Tell the administrators a month ahead that a confirmed key expires; returns how many keys that were."""
    context = Context(actor=None, now=now, request_id=new_id())
    with services.db.writing() as session:
        query = select(OrganisationKey).where(
            OrganisationKey.state == "confirmed",
            OrganisationKey.warned_at.is_(None),
            OrganisationKey.expires_on <= today + WARN_AHEAD,
        )
        rows = session.scalars(query).all()
        for row in rows:
            row.warned_at = now
            for account_id in people.of_tenant(session, row.tenant_id, Role.ADMINISTRATOR):
                outbox.queue(
                    session,
                    services.vault,
                    context,
                    account_id=account_id,
                    kind="key_expiring",
                    link=f"/inrichting/organisatie/{row.organisation_id}/sleutels",
                    tenant_id=row.tenant_id,
                )
    return len(rows)


def organisation_of(session: Session, context: Context, organisation_id: str) -> Organisation:
    """An organisation of the actor's tenant; only for people of the SWV itself."""
    actor = context.person
    own = session.get_one(Organisation, actor.organisation_id)
    found = session.get(Organisation, organisation_id)
    if own.kind != "swv" or found is None or found.tenant_id != actor.tenant_id:
        raise NotFoundError
    return found


def _current_own(session: Session, tenant_id: str, today: date) -> OwnKey | None:
    query = select(OwnKey).where(OwnKey.tenant_id == tenant_id, OwnKey.expires_on > today)
    return session.scalars(query.order_by(OwnKey.made_at.desc()).limit(1)).first()


def _own(session: Session, context: Context, key_id: str) -> OrganisationKey:
    row = session.get(OrganisationKey, key_id)
    if row is None:
        raise NotFoundError
    organisation_of(session, context, row.organisation_id)
    return row


def _context(purpose: str, key_id: str) -> SealContext:
    return SealContext(purpose=purpose, document=key_id)


def _plain(name: str) -> str:
    """A name that gpg takes as a user id."""
    return "".join(c for c in name if c.isalnum() or c == " ").strip() or "Dossierpoort"


def _record(
    services: Services, session: Session, context: Context, key_id: str, changed: dict[str, list[str | None]]
) -> None:
    record(
        session,
        services.vault,
        context,
        Action.KEY,
        object_type="openpgp_key",
        object_id=key_id,
        article="PR10.1",
        payload={"changed": changed},
    )


def _require(context: Context, roles: tuple[Role, ...]) -> None:
    if context.person.role not in roles:
        raise NotFoundError
