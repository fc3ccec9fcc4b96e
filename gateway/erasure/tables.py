"""Destructions, who approved them, and what stays of a verstrekking whose dossier is gone: ids, codes and counts only.

None of these rows has a key to the dossier's: they outlive it. Source: issue 10, PR12.1, PR9.3.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Date, ForeignKey, Index, Integer, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from gateway.db import Base, Id, Instant
from gateway.ids import new_id


class Destruction(Base):
    """The destruction of one dossier, or of a set of categories in it, from its announcement to its certificate.

    State: `announced` → `erased` → `journalled` → `objects_gone` → `certified` → `final`, or from `announced` to
    `taken_back`. `kept_until` is the last day of keeping, `due_on` the first day on which it may go. `counts` says what
    went, by kind. `categories` are the letters of the set (PR7), with spaces; empty: the whole dossier. `parts` names
    what went of a set: `documents` by their opaque ids, and `fields` of the dossier's record. `key_id` is the period
    key under which the dossier hung; `certificate` the last one made, as text.
    """

    __tablename__ = "destruction"
    __table_args__ = (
        Index("ix_destruction_state", "state", "due_on", "id"),
        Index(
            "ix_destruction_standing",
            "dossier_id",
            unique=True,
            sqlite_where=text("state != 'taken_back' AND categories = ''"),
            postgresql_where=text("state != 'taken_back' AND categories = ''"),
        ),
        Index(
            "ix_destruction_set",
            "dossier_id",
            unique=True,
            sqlite_where=text("state = 'announced' AND categories != ''"),
            postgresql_where=text("state = 'announced' AND categories != ''"),
        ),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    tenant_id: Mapped[str] = mapped_column(Id, ForeignKey("tenant.id"), index=True)
    dossier_id: Mapped[str] = mapped_column(Id, index=True)
    categories: Mapped[str] = mapped_column(String(60), default="", server_default="")
    parts: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict, server_default="{}")
    state: Mapped[str] = mapped_column(String(12), default="announced")
    article: Mapped[str] = mapped_column(String(12))
    profile: Mapped[str] = mapped_column(String(60))
    kept_until: Mapped[date] = mapped_column(Date)
    due_on: Mapped[date] = mapped_column(Date)
    announced_at: Mapped[datetime] = mapped_column(Instant)
    taken_back_at: Mapped[datetime | None] = mapped_column(Instant)
    erased_at: Mapped[datetime | None] = mapped_column(Instant)
    key_id: Mapped[str | None] = mapped_column(String(120))
    counts: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    event_id: Mapped[str | None] = mapped_column(Id)
    certificate: Mapped[str | None] = mapped_column(Text)
    certified_at: Mapped[datetime | None] = mapped_column(Instant)


class DestructionApproval(Base):
    """Somebody of the SWV who looked at a destruction and approved it: each person once."""

    __tablename__ = "destruction_approval"

    destruction_id: Mapped[str] = mapped_column(Id, ForeignKey("destruction.id", ondelete="CASCADE"), primary_key=True)
    account_id: Mapped[str] = mapped_column(Id, primary_key=True)
    approved_at: Mapped[datetime] = mapped_column(Instant)


class VerstrekkingGone(Base):
    """What stays in the register of a verstrekking whose dossier was destroyed, and whether its recipient did the same.

    `documents` is how many there were. The recipient is asked to destroy what it received: `asked_on`, `answer_by`,
    `reminded_on`, and then `answer` (`destroyed`, `returned` or `kept`) with who signed it and when. Source: PR9.3.

    With `part_of` the verstrekking of that id lives on: only what went with a set of categories (`destruction_id`) is
    asked, the documents at these `places` in it, from 1.
    """

    __tablename__ = "verstrekking_gone"
    __table_args__ = (
        Index("ix_verstrekking_gone_register", "tenant_id", "made_at", "id"),
        Index("ix_verstrekking_gone_recipient", "recipient_id", "id"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    tenant_id: Mapped[str] = mapped_column(Id, ForeignKey("tenant.id"))
    dossier_id: Mapped[str] = mapped_column(Id, index=True)
    school_id: Mapped[str] = mapped_column(Id)
    recipient_id: Mapped[str] = mapped_column(Id, ForeignKey("organisation.id"))
    purpose: Mapped[str] = mapped_column(String(24))
    basis: Mapped[str] = mapped_column(String(24))
    form: Mapped[str] = mapped_column(String(12))
    article: Mapped[str] = mapped_column(String(12))
    profile: Mapped[str] = mapped_column(String(60))
    made_at: Mapped[datetime] = mapped_column(Instant)
    documents: Mapped[int] = mapped_column(Integer)
    asked_on: Mapped[date | None] = mapped_column(Date)
    answer_by: Mapped[date | None] = mapped_column(Date)
    reminded_on: Mapped[date | None] = mapped_column(Date)
    answer: Mapped[str | None] = mapped_column(String(12))
    answered_by: Mapped[str | None] = mapped_column(Id)
    answered_at: Mapped[datetime | None] = mapped_column(Instant)
    part_of: Mapped[str | None] = mapped_column(Id)
    destruction_id: Mapped[str | None] = mapped_column(Id, index=True)
    places: Mapped[str | None] = mapped_column(String(400))


class DestructionClock(Base):
    """Until when the clock was believed: one row. A run goes on only from there, by not too much at once."""

    __tablename__ = "destruction_clock"

    name: Mapped[str] = mapped_column(String(8), primary_key=True)
    seen_at: Mapped[datetime] = mapped_column(Instant)
