"""Running sessions: starting, going on, proving a second factor, and ending. Source: issue 6, ADR 0010 and 0013."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import delete, select, update

from gateway.accounts import devices, people, totp
from gateway.accounts.rules import FACTOR_FRESH, FACTOR_REQUIRED, SECOND_STEP_WITHIN
from gateway.accounts.sign_on.rules import SIGN_ON
from gateway.accounts.tables import Account, Passkey, SignedIn, Tenant
from gateway.context import Role
from gateway.errors import NotFoundError
from gateway.recording import Action, record

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from gateway.context import Context
    from gateway.services import Services


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """A session that goes on: whose it is and how surely.

    `complete`: it may be used; else only the password was right, and all that is open is the second step. `has_factor`:
    the account has a second factor of ours. `link_id`: it began by single sign-on.
    """

    id: str
    account: Account
    complete: bool
    has_factor: bool
    factor: str | None
    factor_at: datetime | None
    link_id: str | None = None

    def is_fresh(self, now: datetime) -> bool:
        """Whether the second factor was proved so lately that it counts for an act that matters."""
        return self.factor_at is not None and timedelta(0) <= now - self.factor_at <= FACTOR_FRESH


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A session as its owner sees it."""

    id: str
    device: str
    network: str
    started_at: datetime
    seen_at: datetime
    factor: str | None
    here: bool


def hash_of(token: str) -> bytes:
    """What is kept of a token."""
    return hashlib.sha256(token.encode()).digest()


def start(
    session: Session,
    account_id: str,
    *,
    now: datetime,
    network: str | None = None,
    device: str = "",
    factor: str | None = None,
    link_id: str | None = None,
    provider_session: bytes | None = None,
) -> str:
    """Make a session in the caller's transaction; returns its token, which is kept nowhere else.

    A second step at one's own organisation lets in, but is not fresh: for acts that matter it is taken here.
    """
    token = secrets.token_urlsafe(32)
    session.add(
        SignedIn(
            token_hash=hash_of(token),
            account_id=account_id,
            started_at=now,
            seen_at=now,
            factor=factor,
            factor_at=now if factor and factor != SIGN_ON else None,
            device=device,
            network=network,
            link_id=link_id,
            provider_session=provider_session,
        )
    )
    return token


def resume(services: Services, token: str, now: datetime) -> Running | None:
    """The session of this token, or None when it ended: signed out, idle too long, or past its hours."""
    with services.db.reading() as session:
        row = session.get(SignedIn, hash_of(token))
        account = session.get(Account, row.account_id) if row is not None else None
        if row is None or account is None or not account.active:
            return None
        idle, absolute = limits(services, session.get_one(Tenant, account.tenant_id))
        if now - row.seen_at > idle or now - row.started_at > absolute:
            return None
        has_factor = row.factor not in {None, SIGN_ON} or factor_set(session, account.id)
        # A second step elsewhere spares taking ours, not having one: acts that matter ask for it, and whoever holds the
        # provider must not be the one who sets it up.
        proved_enough = row.factor is not None and has_factor
        complete = proved_enough or not (has_factor or Role(account.role) in FACTOR_REQUIRED)
        if not complete and now - row.started_at > SECOND_STEP_WITHIN:
            return None
        stale = now - row.seen_at > timedelta(minutes=1)
    if stale:
        with services.db.writing() as session:
            session.execute(update(SignedIn).where(SignedIn.token_hash == row.token_hash).values(seen_at=now))
    return Running(
        id=row.id,
        account=account,
        complete=complete,
        has_factor=has_factor,
        factor=row.factor,
        factor_at=row.factor_at,
        link_id=row.link_id,
    )


def limits(services: Services, tenant: Tenant) -> tuple[timedelta, timedelta]:
    """How long a session of this tenant may stand idle, and last at all: its choice, or that of the installation."""
    idle = tenant.session_idle_minutes or services.settings.session_idle_minutes
    hours = tenant.session_hours or services.settings.session_hours
    return timedelta(minutes=idle), timedelta(hours=hours)


def waits(session: Session, account: Account) -> bool:
    """Whether a right password, or a sign-in elsewhere, is not enough for this account."""
    return factor_set(session, account.id) or Role(account.role) in FACTOR_REQUIRED


def factor_set(session: Session, account_id: str) -> bool:
    """Whether the account has a second factor that counts."""
    passkey = select(Passkey.id).where(Passkey.account_id == account_id).limit(1)
    return totp.has_app(session, account_id) or session.scalar(passkey) is not None


def proved(session: Session, token: str, *, factor: str, now: datetime) -> str:
    """The second factor was right: the session gets a new token, and the old one is worth nothing."""
    fresh = secrets.token_urlsafe(32)
    changed = {"token_hash": hash_of(fresh), "factor": factor, "factor_at": now, "seen_at": now}
    session.execute(update(SignedIn).where(SignedIn.token_hash == hash_of(token)).values(**changed))
    return fresh


def places(services: Services, context: Context, own_id: str) -> list[Place]:
    """Where this person is signed in now, the newest act first."""
    with services.db.reading() as session:
        idle, _ = limits(services, session.get_one(Tenant, context.person.tenant_id))
        query = select(SignedIn).where(
            SignedIn.account_id == context.person.account_id, SignedIn.seen_at >= context.now - idle
        )
        rows = list(session.scalars(query.order_by(SignedIn.seen_at.desc(), SignedIn.id)))
    return [
        Place(
            id=row.id,
            device=devices.device_words(row.device),
            network=devices.network_words(row.network, context.network),
            started_at=row.started_at,
            seen_at=row.seen_at,
            factor=row.factor,
            here=row.id == own_id,
        )
        for row in rows
    ]


def revoke(services: Services, context: Context, session_id: str) -> None:
    """End one of one's own sessions.

    Raises:
        NotFoundError: it is not there, or another's.
    """
    with services.db.writing() as session:
        row = session.scalar(
            select(SignedIn).where(SignedIn.id == session_id, SignedIn.account_id == context.person.account_id)
        )
        if row is None:
            raise NotFoundError
        session.delete(row)
        _tell(session, services, context, session_id)


def revoke_others(services: Services, context: Context, own_id: str) -> None:
    """End all of one's own sessions but this one."""
    with services.db.writing() as session:
        others = SignedIn.account_id == context.person.account_id, SignedIn.id != own_id
        session.execute(delete(SignedIn).where(*others))
        _tell(session, services, context, "all-others")


def end_all(session: Session, account_id: str) -> None:
    """End every session of an account, in the transaction of what was done to it."""
    session.execute(delete(SignedIn).where(SignedIn.account_id == account_id))


def _tell(session: Session, services: Services, context: Context, what: str) -> None:
    record(
        session,
        services.vault,
        context,
        Action.SIGN_OUT,
        object_type="session",
        object_id=what,
        payload={"revoked": True},
    )


def acting(context: Context, account: Account) -> Context:
    """The same request, by this person: who they are was only just found out."""
    return type(context)(
        actor=people.actor_of(account), now=context.now, request_id=context.request_id, network=context.network
    )
