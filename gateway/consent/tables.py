"""Consents as they were given."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Boolean, Date, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from gateway.db import Base, Id, Instant
from gateway.ids import new_id


class Consent(Base):
    """One consent; the giver's name and the evidence are sealed under the dossier's key."""

    __tablename__ = "consent"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    dossier_id: Mapped[str] = mapped_column(Id, index=True)
    given_by: Mapped[str] = mapped_column(String(12))
    has_authority: Mapped[bool] = mapped_column(Boolean)
    given_on: Mapped[date] = mapped_column(Date)
    withdrawn_on: Mapped[date | None] = mapped_column(Date)
    purposes: Mapped[str] = mapped_column(String(200))
    recipients: Mapped[str] = mapped_column(String(200))
    details: Mapped[bytes] = mapped_column(LargeBinary)
    recorded_by: Mapped[str] = mapped_column(Id)
    recorded_at: Mapped[datetime] = mapped_column(Instant)
