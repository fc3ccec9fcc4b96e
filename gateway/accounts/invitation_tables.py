"""Invitations that a second person looks at first, and the mail domains that someone vouched for."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from gateway.db import Base, Id, Instant


class InvitationCheck(Base):
    """An invitation that waits, or waited, for a second person. No link exists before it is confirmed.

    `asked_by` is empty when the operator of the server asked; `note`, sealed under the account, says who that was.
    It is the organisation itself when a partner named its expert over the line.
    """

    __tablename__ = "invitation_check"

    account_id: Mapped[str] = mapped_column(Id, ForeignKey("account.id", ondelete="CASCADE"), primary_key=True)
    tenant_id: Mapped[str] = mapped_column(Id, index=True)
    asked_by: Mapped[str | None] = mapped_column(Id)
    asked_at: Mapped[datetime] = mapped_column(Instant)
    note: Mapped[bytes | None] = mapped_column(LargeBinary)
    state: Mapped[str] = mapped_column(String(10))
    decided_by: Mapped[str | None] = mapped_column(Id)
    decided_at: Mapped[datetime | None] = mapped_column(Instant)


class MailDomain(Base):
    """A mail domain that belongs to an organisation: a second person said so."""

    __tablename__ = "mail_domain"

    organisation_id: Mapped[str] = mapped_column(
        Id, ForeignKey("organisation.id", ondelete="CASCADE"), primary_key=True
    )
    domain: Mapped[str] = mapped_column(String(253), primary_key=True)
    confirmed_by: Mapped[str | None] = mapped_column(Id)
    confirmed_at: Mapped[datetime] = mapped_column(Instant)
