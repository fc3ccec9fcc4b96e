"""Objections and appeals against a besluit. What people wrote is sealed under the dossier's key."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Boolean, Date, ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from gateway.db import Base, Id, Instant
from gateway.ids import new_id


class Objection(Base):
    """One objection or appeal. `besluit_id` is the besluit as it stood; `account_id` whose it is when it came in here.

    `late`: after the last day, with the reason in `details`. `hold_id` keeps the dossier from destruction as long as
    it runs. `answers_id`: the objection whose decision an appeal is against.
    """

    __tablename__ = "objection"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    tenant_id: Mapped[str] = mapped_column(Id, ForeignKey("tenant.id"), index=True)
    dossier_id: Mapped[str] = mapped_column(Id, ForeignKey("dossier.id", ondelete="CASCADE"), index=True)
    besluit_id: Mapped[str] = mapped_column(Id, index=True)
    answers_id: Mapped[str | None] = mapped_column(Id)
    kind: Mapped[str] = mapped_column(String(8))
    by: Mapped[str] = mapped_column(String(10))
    account_id: Mapped[str | None] = mapped_column(Id, index=True)
    state: Mapped[str] = mapped_column(String(10), default="running", index=True)
    received_on: Mapped[date] = mapped_column(Date)
    until: Mapped[date] = mapped_column(Date)
    late: Mapped[bool] = mapped_column(Boolean)
    committee: Mapped[bool] = mapped_column(Boolean)
    advice: Mapped[str | None] = mapped_column(String(20))
    advised_on: Mapped[date | None] = mapped_column(Date)
    extended_on: Mapped[date | None] = mapped_column(Date)
    outcome: Mapped[str | None] = mapped_column(String(20))
    ended_on: Mapped[date | None] = mapped_column(Date)
    new_besluit_id: Mapped[str | None] = mapped_column(Id)
    hold_id: Mapped[str] = mapped_column(Id)
    details: Mapped[bytes] = mapped_column(LargeBinary)
    made_by: Mapped[str] = mapped_column(Id)
    made_at: Mapped[datetime] = mapped_column(Instant)
