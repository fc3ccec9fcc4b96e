"""What the desk keeps for itself: totals a month, and how far the worker came."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from gateway.db import Base, Id, Instant
from gateway.ids import new_id


class RegisterMonth(Base):
    """How many verstrekkingen a month (Europe/Amsterdam) had, counted ahead. Made anew by the worker, never edited.

    Grain `month` has basis and form only (the others are empty); grain `full` has every dimension of the filter.
    """

    __tablename__ = "register_month"
    __table_args__ = (Index("ix_register_month_place", "tenant_id", "grain", "month"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    tenant_id: Mapped[str] = mapped_column(Id, ForeignKey("tenant.id"))
    grain: Mapped[str] = mapped_column(String(5))
    month: Mapped[str] = mapped_column(String(7))
    basis: Mapped[str] = mapped_column(String(24))
    form: Mapped[str] = mapped_column(String(12))
    purpose: Mapped[str] = mapped_column(String(24), default="")
    school_id: Mapped[str] = mapped_column(Id, default="")
    recipient_id: Mapped[str] = mapped_column(Id, default="")
    count: Mapped[int] = mapped_column(Integer)


class Progress(Base):
    """How far a duty of the worker came: the next leaf of the log to look at, or the instant up to which it counted."""

    __tablename__ = "oversight_progress"

    name: Mapped[str] = mapped_column(String(24), primary_key=True)
    leaf: Mapped[int] = mapped_column(BigInteger, default=0)
    at: Mapped[datetime | None] = mapped_column(Instant)
