"""Data breaches and the documents they are about: as long as one is open, it holds the dossiers of those documents.

The officer's work on a breach is the slice of oversight; the rows lie here, since the plan of a dossier reads them.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Integer, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from gateway.db import Base, Id, Instant
from gateway.ids import new_id


class DataBreach(Base):
    """A data breach (AVG 33(5)). `details` is sealed: what happened may name people."""

    __tablename__ = "data_breach"
    __table_args__ = (UniqueConstraint("tenant_id", "number"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    tenant_id: Mapped[str] = mapped_column(Id, ForeignKey("tenant.id"))
    number: Mapped[int] = mapped_column(Integer)
    kinds: Mapped[str] = mapped_column(String(60))
    cause: Mapped[str] = mapped_column(String(24))
    discovered_at: Mapped[datetime] = mapped_column(Instant)
    began_at: Mapped[datetime | None] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    details: Mapped[bytes] = mapped_column(LargeBinary)
    recorded_at: Mapped[datetime] = mapped_column(Instant)
    recorded_by: Mapped[str] = mapped_column(Id)
    reported_at: Mapped[datetime | None] = mapped_column(Instant)
    told_at: Mapped[datetime | None] = mapped_column(Instant)
    closed_at: Mapped[datetime | None] = mapped_column(Instant)
    closed_by: Mapped[str | None] = mapped_column(Id)


class BreachDocument(Base):
    """A document that a breach is about."""

    __tablename__ = "breach_document"

    breach_id: Mapped[str] = mapped_column(Id, ForeignKey("data_breach.id", ondelete="CASCADE"), primary_key=True)
    document_id: Mapped[str] = mapped_column(Id, primary_key=True)
    dossier_id: Mapped[str] = mapped_column(Id, index=True)
    added_at: Mapped[datetime] = mapped_column(Instant)
    added_by: Mapped[str] = mapped_column(Id)
