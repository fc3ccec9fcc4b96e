"""Matters, besluiten and holds of a dossier. Who signed, what a school is called elsewhere and every reason is sealed.

What was entered wrongly stays: its row is `replaced_at` that moment, and a new row stands in its place.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Date, ForeignKey, Index, Integer, LargeBinary, String, text
from sqlalchemy.orm import Mapped, mapped_column

from gateway.db import Base, Id, Instant
from gateway.ids import new_id

_STANDS = text("replaced_at IS NULL AND sequence IS NOT NULL")


class Matter(Base):
    """One matter: admissibility, advice on support, allocation or second opinion. Without `ended_on` it is open.

    `withdrawn`: it was entered in the wrong dossier, or never was one; then nothing takes its place.
    """

    __tablename__ = "matter"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    tenant_id: Mapped[str] = mapped_column(Id, ForeignKey("tenant.id"), index=True)
    dossier_id: Mapped[str] = mapped_column(Id, ForeignKey("dossier.id", ondelete="CASCADE"), index=True)
    kind: Mapped[str] = mapped_column(String(16))
    started_on: Mapped[date] = mapped_column(Date)
    ended_on: Mapped[date | None] = mapped_column(Date)
    made_by: Mapped[str] = mapped_column(Id)
    made_at: Mapped[datetime] = mapped_column(Instant)
    replaces_id: Mapped[str | None] = mapped_column(Id)
    replaced_at: Mapped[datetime | None] = mapped_column(Instant)
    replaced_reason: Mapped[bytes | None] = mapped_column(LargeBinary)


class Besluit(Base):
    """The decision in a matter. `year` and `sequence` are the number of a TLV, `prefix` the number of the SWV.

    `announced_on` is the day it was made known: the term for objection counts from the day after.
    """

    __tablename__ = "besluit"
    __table_args__ = (
        Index(
            "ix_besluit_number",
            "tenant_id",
            "year",
            "sequence",
            unique=True,
            sqlite_where=_STANDS,
            postgresql_where=_STANDS,
        ),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    tenant_id: Mapped[str] = mapped_column(Id, ForeignKey("tenant.id"), index=True)
    dossier_id: Mapped[str] = mapped_column(Id, ForeignKey("dossier.id", ondelete="CASCADE"), index=True)
    matter_id: Mapped[str] = mapped_column(Id, ForeignKey("matter.id", ondelete="CASCADE"), index=True)
    kind: Mapped[str] = mapped_column(String(20))
    decided_on: Mapped[date] = mapped_column(Date)
    announced_on: Mapped[date] = mapped_column(Date)
    starts_on: Mapped[date | None] = mapped_column(Date)
    ends_on: Mapped[date | None] = mapped_column(Date, index=True)
    school_type: Mapped[str | None] = mapped_column(String(4))
    funding: Mapped[str | None] = mapped_column(String(8))
    prefix: Mapped[str | None] = mapped_column(String(8))
    year: Mapped[int | None] = mapped_column(Integer)
    sequence: Mapped[int | None] = mapped_column(Integer)
    details: Mapped[bytes] = mapped_column(LargeBinary)
    made_by: Mapped[str] = mapped_column(Id)
    made_at: Mapped[datetime] = mapped_column(Instant)
    replaces_id: Mapped[str | None] = mapped_column(Id)
    replaced_at: Mapped[datetime | None] = mapped_column(Instant)
    replaced_reason: Mapped[bytes | None] = mapped_column(LargeBinary)


class BesluitSeries(Base):
    """The numbers that one SWV gave in one year: the last one, and its own number as it was last used."""

    __tablename__ = "besluit_series"

    tenant_id: Mapped[str] = mapped_column(Id, ForeignKey("tenant.id"), primary_key=True)
    year: Mapped[int] = mapped_column(Integer, primary_key=True)
    prefix: Mapped[str] = mapped_column(String(8))
    last: Mapped[int] = mapped_column(Integer)


class Hold(Base):
    """Something that forbids destruction, until a person ends it; its reason, and why it ended, are sealed.

    `owner_id` looks again on `review_on`; `final_decision_on` is that of an objection or appeal (OB2).
    """

    __tablename__ = "legal_hold"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    tenant_id: Mapped[str] = mapped_column(Id, ForeignKey("tenant.id"), index=True)
    dossier_id: Mapped[str] = mapped_column(Id, ForeignKey("dossier.id", ondelete="CASCADE"), index=True)
    kind: Mapped[str] = mapped_column(String(16))
    owner_id: Mapped[str] = mapped_column(Id, index=True)
    started_on: Mapped[date] = mapped_column(Date)
    review_on: Mapped[date] = mapped_column(Date, index=True)
    reminded_on: Mapped[date | None] = mapped_column(Date)
    details: Mapped[bytes] = mapped_column(LargeBinary)
    made_by: Mapped[str] = mapped_column(Id)
    made_at: Mapped[datetime] = mapped_column(Instant)
    ended_on: Mapped[date | None] = mapped_column(Date)
    final_decision_on: Mapped[date | None] = mapped_column(Date)
    ended_by: Mapped[str | None] = mapped_column(Id)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
