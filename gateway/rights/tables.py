"""Requests of pupil and guardians: what sorts and counts in the clear, everything that was said sealed."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Date, ForeignKey, Integer, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from gateway.db import Base, Id, Instant
from gateway.ids import new_id


class RightRequest(Base):
    """One request for a right, or one complaint.

    `asked_by` is the account of who asks; None for someone without one (on paper: who it is stands in `details`).
    `due` is the last day for the decision, None while the term stands still; `same_as` the request that asked the same
    while it ran. `hold_id` keeps the dossier from destruction while this runs. `reminded`: the last reminder.
    Sealed, each for its own column: details {text, who, identified}; assisted {by}; extension {why}; decision
    {reasons, article, excessive}.
    """

    __tablename__ = "right_request"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    tenant_id: Mapped[str] = mapped_column(Id, ForeignKey("tenant.id"), index=True)
    dossier_id: Mapped[str] = mapped_column(Id, ForeignKey("dossier.id", ondelete="CASCADE"), index=True)
    kind: Mapped[str] = mapped_column(String(12))
    state: Mapped[str] = mapped_column(String(12), default="received", index=True)
    asked_by: Mapped[str | None] = mapped_column(Id, index=True)
    capacity: Mapped[str] = mapped_column(String(12))
    way: Mapped[str] = mapped_column(String(8))
    language: Mapped[str] = mapped_column(String(2), default="nl")
    assisted: Mapped[bytes | None] = mapped_column(LargeBinary)
    received_on: Mapped[date] = mapped_column(Date)
    due: Mapped[date | None] = mapped_column(Date, index=True)
    details: Mapped[bytes] = mapped_column(LargeBinary)
    scan_id: Mapped[str | None] = mapped_column(Id)
    treated_by: Mapped[str | None] = mapped_column(Id)
    extended_on: Mapped[date | None] = mapped_column(Date)
    extension_weeks: Mapped[int | None] = mapped_column(Integer)
    extension: Mapped[bytes | None] = mapped_column(LargeBinary)
    decided_on: Mapped[date | None] = mapped_column(Date)
    outcome: Mapped[str | None] = mapped_column(String(8))
    decision: Mapped[bytes | None] = mapped_column(LargeBinary)
    decided_by: Mapped[str | None] = mapped_column(Id)
    carried_out_on: Mapped[date | None] = mapped_column(Date)
    closed_on: Mapped[date | None] = mapped_column(Date)
    same_as: Mapped[str | None] = mapped_column(Id)
    hold_id: Mapped[str | None] = mapped_column(Id)
    reminded: Mapped[str] = mapped_column(String(4), default="")
    made_by: Mapped[str] = mapped_column(Id)
    made_at: Mapped[datetime] = mapped_column(Instant)
    changed_at: Mapped[datetime] = mapped_column(Instant)
    version: Mapped[int] = mapped_column(Integer, default=1)


class RightPause(Base):
    """The term stood still from the day of the letter that asks proof until the day it arrived (PR11.2)."""

    __tablename__ = "right_pause"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    request_id: Mapped[str] = mapped_column(Id, ForeignKey("right_request.id", ondelete="CASCADE"), index=True)
    from_on: Mapped[date] = mapped_column(Date)
    until_on: Mapped[date | None] = mapped_column(Date)
    why: Mapped[bytes] = mapped_column(LargeBinary)


class RightItem(Base):
    """One thing that a correctie points at: a document or a field, what is wrong and what it should be.

    Sealed as `right-item:<id>`: details {wrong, should_be}; `answer` {reasons} where it is decided by itself.
    """

    __tablename__ = "right_item"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    request_id: Mapped[str] = mapped_column(Id, ForeignKey("right_request.id", ondelete="CASCADE"), index=True)
    position: Mapped[int] = mapped_column(Integer)
    document_id: Mapped[str | None] = mapped_column(Id)
    field: Mapped[str | None] = mapped_column(String(24))
    change: Mapped[str] = mapped_column(String(8))
    details: Mapped[bytes] = mapped_column(LargeBinary)
    outcome: Mapped[str | None] = mapped_column(String(8))
    answer: Mapped[bytes | None] = mapped_column(LargeBinary)
    done_on: Mapped[date | None] = mapped_column(Date)


class RightStep(Base):
    """One thing that was done with a request, never changed; `event_id` names the event of the log that proves it."""

    __tablename__ = "right_step"

    request_id: Mapped[str] = mapped_column(Id, ForeignKey("right_request.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(Integer, primary_key=True)
    kind: Mapped[str] = mapped_column(String(16))
    made_by: Mapped[str | None] = mapped_column(Id)
    made_at: Mapped[datetime] = mapped_column(Instant)
    body: Mapped[bytes | None] = mapped_column(LargeBinary)
    event_id: Mapped[str] = mapped_column(Id)
