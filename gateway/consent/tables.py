"""Consents as they were given, what was asked and answered, and court orders that limit a guardian."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Boolean, Date, ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from gateway.db import Base, Id, Instant
from gateway.ids import new_id


class Consent(Base):
    """One consent; the giver's name and the evidence are sealed under the dossier's key.

    `giver_account_id` is the account that gave it in the portal, or whose it is; that person can withdraw it there.
    """

    __tablename__ = "consent"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    dossier_id: Mapped[str] = mapped_column(Id, index=True)
    given_by: Mapped[str] = mapped_column(String(12))
    has_authority: Mapped[bool] = mapped_column(Boolean)
    given_on: Mapped[date] = mapped_column(Date)
    valid_until: Mapped[date | None] = mapped_column(Date)
    withdrawn_on: Mapped[date | None] = mapped_column(Date)
    purposes: Mapped[str] = mapped_column(String(200))
    recipients: Mapped[str] = mapped_column(String(200))
    categories: Mapped[str] = mapped_column(String(60))
    details: Mapped[bytes] = mapped_column(LargeBinary)
    giver_account_id: Mapped[str | None] = mapped_column(Id, index=True)
    evidence_document_id: Mapped[str | None] = mapped_column(Id)
    request_id: Mapped[str | None] = mapped_column(Id)
    recorded_by: Mapped[str] = mapped_column(Id)
    recorded_at: Mapped[datetime] = mapped_column(Instant)


class ConsentRequest(Base):
    """The SWV asks those who are entitled; why, in plain words, is sealed under the dossier's key."""

    __tablename__ = "consent_request"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    dossier_id: Mapped[str] = mapped_column(Id, ForeignKey("dossier.id", ondelete="CASCADE"), index=True)
    purposes: Mapped[str] = mapped_column(String(200))
    recipients: Mapped[str] = mapped_column(String(200))
    categories: Mapped[str] = mapped_column(String(60))
    valid_until: Mapped[date | None] = mapped_column(Date)
    explanation: Mapped[bytes] = mapped_column(LargeBinary)
    made_by: Mapped[str] = mapped_column(Id)
    made_at: Mapped[datetime] = mapped_column(Instant)
    closed_at: Mapped[datetime | None] = mapped_column(Instant)


class ConsentAnswer(Base):
    """What one entitled person answered to a request: `given` (with its consent) or `refused`."""

    __tablename__ = "consent_answer"

    request_id: Mapped[str] = mapped_column(Id, ForeignKey("consent_request.id", ondelete="CASCADE"), primary_key=True)
    account_id: Mapped[str] = mapped_column(Id, primary_key=True)
    answer: Mapped[str] = mapped_column(String(8))
    consent_id: Mapped[str | None] = mapped_column(Id)
    answered_at: Mapped[datetime] = mapped_column(Instant)


class CourtOrder(Base):
    """A court order that limits a guardian, both days included; name and note sealed, the order a document.

    On whom: `guardian_id` in the pupil's data, `account_id` that person's account where there is one.
    """

    __tablename__ = "court_order"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    dossier_id: Mapped[str] = mapped_column(Id, ForeignKey("dossier.id", ondelete="CASCADE"), index=True)
    account_id: Mapped[str | None] = mapped_column(Id, index=True)
    guardian_id: Mapped[str | None] = mapped_column(Id)
    details: Mapped[bytes] = mapped_column(LargeBinary)
    from_day: Mapped[date] = mapped_column(Date)
    until_day: Mapped[date | None] = mapped_column(Date)
    document_id: Mapped[str] = mapped_column(Id)
    made_by: Mapped[str] = mapped_column(Id)
    made_at: Mapped[datetime] = mapped_column(Instant)


class SixteenthBirthday(Base):
    """That the sixteenth birthday of a dossier's pupil was dealt with: who must know was told, the pupil asked."""

    __tablename__ = "sixteenth_birthday"

    dossier_id: Mapped[str] = mapped_column(Id, ForeignKey("dossier.id", ondelete="CASCADE"), primary_key=True)
    told_at: Mapped[datetime] = mapped_column(Instant)
