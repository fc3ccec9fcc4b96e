"""Who must be told that data they received were corrected, removed or may be used no more (AVG 19)."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Boolean, Date, ForeignKey, Integer, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from gateway.db import Base, Id, Instant
from gateway.ids import new_id


class RightTold(Base):
    """One recipient of what a request changed; `expert_id` is the named expert for whom alone it was.

    State: `to_send` (a letter that did not go out yet) → `told` → `answered`, or `impossible`. `due` is the last day
    for the answer, `reminded_on` the last time that it was asked again. `nameless`: they never knew who it is about.
    Sealed as `told:<id>`: details {changes: [{item, change, on, verstrekkingen: [{id, made_on, places}]}]};
    `told:<id>:answer` {done, text}; `told:<id>:why` {why}.
    """

    __tablename__ = "right_told"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    request_id: Mapped[str] = mapped_column(Id, ForeignKey("right_request.id", ondelete="CASCADE"), index=True)
    tenant_id: Mapped[str] = mapped_column(Id, ForeignKey("tenant.id"), index=True)
    organisation_id: Mapped[str] = mapped_column(Id, ForeignKey("organisation.id"), index=True)
    expert_id: Mapped[str | None] = mapped_column(Id, index=True)
    nameless: Mapped[bool] = mapped_column(Boolean)
    way: Mapped[str] = mapped_column(String(8))
    state: Mapped[str] = mapped_column(String(12))
    letter_id: Mapped[str | None] = mapped_column(Id)
    details: Mapped[bytes] = mapped_column(LargeBinary)
    told_on: Mapped[date | None] = mapped_column(Date)
    due: Mapped[date | None] = mapped_column(Date, index=True)
    reminded_on: Mapped[date | None] = mapped_column(Date)
    reminders: Mapped[int] = mapped_column(Integer, default=0)
    answered_on: Mapped[date | None] = mapped_column(Date)
    answered_by: Mapped[str | None] = mapped_column(Id)
    answer: Mapped[bytes | None] = mapped_column(LargeBinary)
    why: Mapped[bytes | None] = mapped_column(LargeBinary)
    made_at: Mapped[datetime] = mapped_column(Instant)


class CorrectionNotice(Base):
    """A partner told us over the line that what it disclosed to us was corrected; what, stands in the thread.

    `organisation_id` is the organisation that stands for the partner here, `thread` the id of the partner's own row.
    """

    __tablename__ = "correction_notice"
    __table_args__ = (UniqueConstraint("organisation_id", "thread"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    tenant_id: Mapped[str] = mapped_column(Id, ForeignKey("tenant.id"), index=True)
    organisation_id: Mapped[str] = mapped_column(Id, ForeignKey("organisation.id"))
    thread: Mapped[str] = mapped_column(Id)
    received_at: Mapped[datetime] = mapped_column(Instant)
    answered_on: Mapped[date | None] = mapped_column(Date)
    answered_by: Mapped[str | None] = mapped_column(Id)
