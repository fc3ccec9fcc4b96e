"""Tenants, organisations, accounts and what signing in needs. Names and addresses are sealed; ids are opaque."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, Boolean, ForeignKey, Index, Integer, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from gateway.db import Base, Id, Instant
from gateway.ids import new_id


class Tenant(Base):
    """A samenwerkingsverband with its schools: its own people, reglement and log.

    It may choose after how many idle minutes and how many hours its people are signed out.
    """

    __tablename__ = "tenant"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    slug: Mapped[str] = mapped_column(String(40), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    profile_id: Mapped[str] = mapped_column(String(40))
    swv_id: Mapped[str | None] = mapped_column(Id)
    session_idle_minutes: Mapped[int | None] = mapped_column(Integer)
    session_hours: Mapped[int | None] = mapped_column(Integer)
    created_at: Mapped[datetime] = mapped_column(Instant)


class Organisation(Base):
    """A party: school board, school, SWV, partner SWV, body of experts, or one that only receives."""

    __tablename__ = "organisation"
    __table_args__ = (UniqueConstraint("tenant_id", "brin"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    tenant_id: Mapped[str] = mapped_column(Id, ForeignKey("tenant.id"), index=True)
    kind: Mapped[str] = mapped_column(String(20))
    name: Mapped[str] = mapped_column(String(200))
    brin: Mapped[str | None] = mapped_column(String(6))
    parent_id: Mapped[str | None] = mapped_column(Id, ForeignKey("organisation.id"))
    active: Mapped[bool] = mapped_column(Boolean, default=True)


class Account(Base):
    """One person in one role at one organisation. `person` is sealed: name, e-mail address, function.

    `successor_id` names who took over the open work when this one left.
    """

    __tablename__ = "account"
    __table_args__ = (Index("ix_account_email_token", "email_token", unique=True),)

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    tenant_id: Mapped[str] = mapped_column(Id, ForeignKey("tenant.id"), index=True)
    organisation_id: Mapped[str] = mapped_column(Id, ForeignKey("organisation.id"), index=True)
    role: Mapped[str] = mapped_column(String(20))
    person: Mapped[bytes] = mapped_column(LargeBinary)
    email_token: Mapped[bytes] = mapped_column(LargeBinary(32))
    password_hash: Mapped[str | None] = mapped_column(String(200))
    language: Mapped[str] = mapped_column(String(2), default="nl")
    active: Mapped[bool] = mapped_column(Boolean, default=True)
    created_at: Mapped[datetime] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    successor_id: Mapped[str | None] = mapped_column(Id)


class Passkey(Base):
    """A passkey: its public half only. `name` is what its owner calls it, sealed."""

    __tablename__ = "passkey"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    account_id: Mapped[str] = mapped_column(Id, ForeignKey("account.id", ondelete="CASCADE"), index=True)
    credential: Mapped[bytes] = mapped_column(LargeBinary(1023), unique=True)
    public_key: Mapped[bytes] = mapped_column(LargeBinary)
    sign_count: Mapped[int] = mapped_column(BigInteger, default=0)
    name: Mapped[bytes] = mapped_column(LargeBinary)
    made_at: Mapped[datetime] = mapped_column(Instant)
    used_at: Mapped[datetime | None] = mapped_column(Instant)


class PasskeyChallenge(Base):
    """What a passkey has to sign: counts once, for a few minutes; only its hash is kept."""

    __tablename__ = "passkey_challenge"

    challenge_hash: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    purpose: Mapped[str] = mapped_column(String(12))
    account_id: Mapped[str | None] = mapped_column(Id)
    expires_at: Mapped[datetime] = mapped_column(Instant)


class FactorReset(Base):
    """An administrator asked to take someone's second step away; the privacy officer decides. `reason` is sealed."""

    __tablename__ = "factor_reset"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    tenant_id: Mapped[str] = mapped_column(Id, index=True)
    account_id: Mapped[str] = mapped_column(Id, ForeignKey("account.id", ondelete="CASCADE"), index=True)
    asked_by: Mapped[str] = mapped_column(Id)
    asked_at: Mapped[datetime] = mapped_column(Instant)
    reason: Mapped[bytes] = mapped_column(LargeBinary)
    state: Mapped[str] = mapped_column(String(10))
    decided_by: Mapped[str | None] = mapped_column(Id)
    decided_at: Mapped[datetime | None] = mapped_column(Instant)


class KnownDevice(Base):
    """A kind of device on a network that an account used before, as a keyed mark."""

    __tablename__ = "known_device"

    account_id: Mapped[str] = mapped_column(Id, ForeignKey("account.id", ondelete="CASCADE"), primary_key=True)
    mark: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    seen_at: Mapped[datetime] = mapped_column(Instant)


class SingleUseLink(Base):
    """An invitation or a new-password link: works once, until its day; only the hash of its token is kept."""

    __tablename__ = "single_use_link"

    token_hash: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    kind: Mapped[str] = mapped_column(String(16))
    account_id: Mapped[str] = mapped_column(Id, ForeignKey("account.id", ondelete="CASCADE"), index=True)
    made_by: Mapped[str | None] = mapped_column(Id)
    made_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime] = mapped_column(Instant)
    used_at: Mapped[datetime | None] = mapped_column(Instant)


class SignedIn(Base):
    """A session: the cookie holds a token, this row its hash. Deleting the row ends the session at once.

    `id` names it to its owner, who can end it. `factor` is how the second step was taken; empty: only the password was
    right. `device` and `network` are what the owner knows it by: kind of browser, and the truncated network. `link_id`
    and `provider_session` (keyed) say by which single sign-on it began, so that it can end with it.
    """

    __tablename__ = "signed_in"

    token_hash: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    id: Mapped[str] = mapped_column(Id, unique=True, default=new_id)
    account_id: Mapped[str] = mapped_column(Id, ForeignKey("account.id", ondelete="CASCADE"), index=True)
    started_at: Mapped[datetime] = mapped_column(Instant)
    seen_at: Mapped[datetime] = mapped_column(Instant)
    factor: Mapped[str | None] = mapped_column(String(12))
    factor_at: Mapped[datetime | None] = mapped_column(Instant)
    device: Mapped[str] = mapped_column(String(24), default="")
    network: Mapped[str | None] = mapped_column(String(64))
    link_id: Mapped[str | None] = mapped_column(Id, index=True)
    provider_session: Mapped[bytes | None] = mapped_column(LargeBinary(32), index=True)


class Authenticator(Base):
    """An authenticator app (TOTP): opens nothing until confirmed; a code at or before `last_counter` is old."""

    __tablename__ = "authenticator"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    account_id: Mapped[str] = mapped_column(Id, ForeignKey("account.id", ondelete="CASCADE"), index=True)
    seed: Mapped[bytes] = mapped_column(LargeBinary)
    made_at: Mapped[datetime] = mapped_column(Instant)
    confirmed_at: Mapped[datetime | None] = mapped_column(Instant)
    last_counter: Mapped[int] = mapped_column(Integer, default=0)


class RecoveryCode(Base):
    """A code on paper for who lost the app: works once; only its keyed hash is kept."""

    __tablename__ = "recovery_code"

    code_hash: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    account_id: Mapped[str] = mapped_column(Id, ForeignKey("account.id", ondelete="CASCADE"), index=True)
    made_at: Mapped[datetime] = mapped_column(Instant)
    used_at: Mapped[datetime | None] = mapped_column(Instant)


class Throttle(Base):
    """Tries counted per key and window, shared by all processes; the key is a keyed token, not an address."""

    __tablename__ = "throttle"

    key: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    window_start: Mapped[datetime] = mapped_column(Instant, primary_key=True)
    tries: Mapped[int] = mapped_column(Integer, default=0)
