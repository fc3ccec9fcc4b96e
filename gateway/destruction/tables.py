"""Destroying over the line: what we asked of partners, what partners asked of us, and what a partner keeps longer.

Opaque ids, codes, days and signed statements without personal data: they outlive what they are about.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Boolean, Date, ForeignKey, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from gateway.db import Base, Id, Instant
from gateway.ids import new_id


class LineAsk(Base):
    """What a partner's gateway is asked to destroy because we destroyed a dossier: one row a partner.

    `id` is the request's id on both sides, the same when a restored database destroys again. `items` are the threads
    {kind, thread}, `verstrekkingen` the ids of what went over the line. `thread` is the one in which it was asked last,
    empty while no line took it. `state` is what the partner's verified `declaration` says: empty, `destroyed`, `kept`
    or `nothing`; `final`: no copy of its keys is left either.
    """

    __tablename__ = "line_ask"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    tenant_id: Mapped[str] = mapped_column(Id, ForeignKey("tenant.id"), index=True)
    destruction_id: Mapped[str] = mapped_column(Id, index=True)
    dossier_id: Mapped[str] = mapped_column(Id, index=True)
    organisation_id: Mapped[str] = mapped_column(Id, ForeignKey("organisation.id"), index=True)
    items: Mapped[list[Any]] = mapped_column(JSON)
    verstrekkingen: Mapped[list[Any]] = mapped_column(JSON)
    article: Mapped[str] = mapped_column(String(12))
    thread: Mapped[str] = mapped_column(Id, default="")
    asked_on: Mapped[date | None] = mapped_column(Date)
    answer_by: Mapped[date | None] = mapped_column(Date)
    reminded_on: Mapped[date | None] = mapped_column(Date)
    state: Mapped[str] = mapped_column(String(12), default="")
    final: Mapped[bool] = mapped_column(Boolean, default=False)
    kept_until: Mapped[date | None] = mapped_column(Date)
    kept_kind: Mapped[str | None] = mapped_column(String(16))
    kept_article: Mapped[str | None] = mapped_column(String(12))
    declaration: Mapped[str | None] = mapped_column(Text)
    answered_at: Mapped[datetime | None] = mapped_column(Instant)


class LineAsked(Base):
    """What a partner's gateway asked us to destroy: what we hold under these threads of what it gave us.

    `thread` is where the answer goes. It goes on or after `due_on`. `told` is what our last statement said: empty,
    `kept`, `destroyed`, `final` or `nothing`.
    """

    __tablename__ = "line_asked"
    __table_args__ = (UniqueConstraint("organisation_id", "request"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    tenant_id: Mapped[str] = mapped_column(Id, ForeignKey("tenant.id"), index=True)
    organisation_id: Mapped[str] = mapped_column(Id, ForeignKey("organisation.id"))
    request: Mapped[str] = mapped_column(Id)
    thread: Mapped[str] = mapped_column(Id)
    items: Mapped[list[Any]] = mapped_column(JSON)
    verstrekkingen: Mapped[list[Any]] = mapped_column(JSON)
    article: Mapped[str] = mapped_column(String(12))
    destroy_by: Mapped[date] = mapped_column(Date)
    due_on: Mapped[date] = mapped_column(Date)
    received_at: Mapped[datetime] = mapped_column(Instant)
    told: Mapped[str] = mapped_column(String(12), default="", index=True)
    declaration: Mapped[str | None] = mapped_column(Text)
    told_at: Mapped[datetime | None] = mapped_column(Instant)


class CopyHold(Base):
    """Why we keep what a partner gave us in one thread, and until when; its reason is sealed under the thread's key."""

    __tablename__ = "copy_hold"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    tenant_id: Mapped[str] = mapped_column(Id, ForeignKey("tenant.id"), index=True)
    thread_id: Mapped[str] = mapped_column(Id, ForeignKey("peer_thread.id", ondelete="CASCADE"), index=True)
    kind: Mapped[str] = mapped_column(String(16))
    until: Mapped[date] = mapped_column(Date)
    reason: Mapped[bytes] = mapped_column(LargeBinary)
    made_by: Mapped[str] = mapped_column(Id)
    made_at: Mapped[datetime] = mapped_column(Instant)
    ended_by: Mapped[str | None] = mapped_column(Id)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
