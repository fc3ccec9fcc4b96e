"""What the desk keeps for itself: totals a month, signals with the events they rest on, data breaches."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Date,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    UniqueConstraint,
)
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


class Signal(Base):
    """Something that a person should look at: one for each kind and subject, reopened when it happens again.

    `number` is the figure that its sentence tells, `day` the last day it happened. `holds` is for what is a state (a
    key that expires): whether it is still so.
    """

    __tablename__ = "signal"
    __table_args__ = (
        UniqueConstraint("tenant_id", "kind", "subject_id"),
        Index("ix_signal_queue", "tenant_id", "state", "last_at", "id"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    tenant_id: Mapped[str] = mapped_column(Id, ForeignKey("tenant.id"))
    kind: Mapped[str] = mapped_column(String(24))
    subject_id: Mapped[str] = mapped_column(Id)
    dossier_id: Mapped[str | None] = mapped_column(Id)
    state: Mapped[str] = mapped_column(String(8), default="open")
    holds: Mapped[bool] = mapped_column(Boolean, default=True)
    number: Mapped[int] = mapped_column(Integer, default=0)
    day: Mapped[date] = mapped_column(Date)
    first_at: Mapped[datetime] = mapped_column(Instant)
    last_at: Mapped[datetime] = mapped_column(Instant)
    reopened: Mapped[int] = mapped_column(Integer, default=0)
    closed_at: Mapped[datetime | None] = mapped_column(Instant)
    closed_by: Mapped[str | None] = mapped_column(Id)
    reason: Mapped[bytes | None] = mapped_column(LargeBinary)


class SignalEvent(Base):
    """An event of the log that a signal rests on."""

    __tablename__ = "signal_event"

    signal_id: Mapped[str] = mapped_column(Id, ForeignKey("signal.id", ondelete="CASCADE"), primary_key=True)
    event_id: Mapped[str] = mapped_column(Id, primary_key=True)
    at: Mapped[datetime] = mapped_column(Instant)


class SignalThreshold(Base):
    """From where on a tenant wants to be told; what is not in `chosen` has the default of `signals.Thresholds`."""

    __tablename__ = "signal_threshold"

    tenant_id: Mapped[str] = mapped_column(Id, ForeignKey("tenant.id"), primary_key=True)
    chosen: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    changed_at: Mapped[datetime] = mapped_column(Instant)
    changed_by: Mapped[str] = mapped_column(Id)


class BreachStep(Base):
    """A decision or act on a breach, with its reason; never changed. A later one of the same kind replaces it."""

    __tablename__ = "breach_step"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    breach_id: Mapped[str] = mapped_column(Id, ForeignKey("data_breach.id", ondelete="CASCADE"), index=True)
    kind: Mapped[str] = mapped_column(String(16))
    verdict: Mapped[str] = mapped_column(String(8))
    reason: Mapped[bytes] = mapped_column(LargeBinary)
    made_at: Mapped[datetime] = mapped_column(Instant)
    made_by: Mapped[str] = mapped_column(Id)
