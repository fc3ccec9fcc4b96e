"""Who may vouch for whom: providers of organisations, accounts joined to them, and sign-ins under way."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, ForeignKey, Index, LargeBinary, String, text
from sqlalchemy.orm import Mapped, mapped_column

from gateway.db import Base, Id, Instant
from gateway.ids import new_id


def _only(condition: str) -> dict[str, Any]:
    return {"sqlite_where": text(condition), "postgresql_where": text(condition)}


PROPOSED, ACTIVE, ENDED, REJECTED = "proposed", "active", "ended", "rejected"


class SignOnConnection(Base):
    """The provider of an organisation: `proposed` by an administrator, `active` once the privacy officer approved it.

    A change is a new row. Lists are kept as texts with a space between. `secret` is sealed.
    """

    __tablename__ = "sign_on_connection"
    __table_args__ = (
        Index("ix_sign_on_one_active", "organisation_id", unique=True, **_only("state = 'active'")),
        Index("ix_sign_on_one_proposed", "organisation_id", unique=True, **_only("state = 'proposed'")),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    tenant_id: Mapped[str] = mapped_column(Id, ForeignKey("tenant.id"), index=True)
    organisation_id: Mapped[str] = mapped_column(Id, ForeignKey("organisation.id"), index=True)
    state: Mapped[str] = mapped_column(String(10), default=PROPOSED)
    issuer: Mapped[str] = mapped_column(String(300))
    client: Mapped[str] = mapped_column(String(200))
    secret: Mapped[bytes] = mapped_column(LargeBinary)
    domains: Mapped[str] = mapped_column(String(1000))
    strong: Mapped[str] = mapped_column(String(1000), default="")
    member_claim: Mapped[str] = mapped_column(String(100), default="")
    member_values: Mapped[str] = mapped_column(String(1000), default="")
    affiliation_claim: Mapped[str] = mapped_column(String(100), default="")
    affiliation_values: Mapped[str] = mapped_column(String(1000), default="")
    required: Mapped[bool] = mapped_column(Boolean, default=False)
    proposed_by: Mapped[str] = mapped_column(Id)
    proposed_at: Mapped[datetime] = mapped_column(Instant)
    decided_by: Mapped[str | None] = mapped_column(Id)
    decided_at: Mapped[datetime | None] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)


class SignOnLink(Base):
    """An account joined to a person at a provider. `subject` is a keyed token of organisation, issuer and subject.

    So who points an organisation at another issuer finds no account joined to it.
    """

    __tablename__ = "sign_on_link"

    subject: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    id: Mapped[str] = mapped_column(Id, unique=True, default=new_id)
    organisation_id: Mapped[str] = mapped_column(Id, ForeignKey("organisation.id"), index=True)
    account_id: Mapped[str] = mapped_column(Id, ForeignKey("account.id", ondelete="CASCADE"), unique=True)
    issuer: Mapped[str] = mapped_column(String(300))
    way: Mapped[str] = mapped_column(String(12))
    made_at: Mapped[datetime] = mapped_column(Instant)
    used_at: Mapped[datetime | None] = mapped_column(Instant)


class SignOnAttempt(Base):
    """Someone is on the way to their provider and back: counts once, for a few minutes, in the browser it began in.

    Only hashes are kept. What the provider must repeat or must not know (nonce, PKCE verifier) is derived from the
    state by a key of the installation, and stands nowhere.
    """

    __tablename__ = "sign_on_attempt"

    state_hash: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    connection_id: Mapped[str] = mapped_column(Id)
    organisation_id: Mapped[str] = mapped_column(Id)
    browser_hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    purpose: Mapped[str] = mapped_column(String(12))
    session_id: Mapped[str | None] = mapped_column(Id)
    account_id: Mapped[str | None] = mapped_column(Id)
    invitation_hash: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    goes_on: Mapped[str] = mapped_column(String(500), default="/")
    expires_at: Mapped[datetime] = mapped_column(Instant)


class SignOnSpent(Base):
    """A logout token that was used: it does nothing a second time."""

    __tablename__ = "sign_on_spent"

    mark: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    expires_at: Mapped[datetime] = mapped_column(Instant)
