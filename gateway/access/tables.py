"""The access list (PR8.2, appendix 1): who may reach which categories, why, since when, and everything that changed."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Date, ForeignKey, Integer, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from gateway.db import Base, Id, Instant
from gateway.ids import new_id


class AccessEntry(Base):
    """One line of the access list, of kind `listed`, `break_glass` or `desk`.

    State: `proposed` → `approved` (by another person) or `declined`; later `replaced` or `ended`. What is approved is
    not rewritten: a change is a new row that names the one it `replaces_id`. `version` counts what was written, so that
    nobody decides on what they did not see. Why someone needs access, and the number in a register, are sealed under
    the account's key.
    """

    __tablename__ = "access_entry"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    tenant_id: Mapped[str] = mapped_column(Id, ForeignKey("tenant.id"), index=True)
    account_id: Mapped[str] = mapped_column(Id, ForeignKey("account.id"), index=True)
    kind: Mapped[str] = mapped_column(String(12), default="listed", server_default="listed")
    state: Mapped[str] = mapped_column(String(10), default="proposed", server_default="proposed")
    version: Mapped[int] = mapped_column(Integer, default=1, server_default="1")
    replaces_id: Mapped[str | None] = mapped_column(Id, index=True)
    valid_from: Mapped[date] = mapped_column(Date)
    valid_until: Mapped[date | None] = mapped_column(Date)
    categories: Mapped[str] = mapped_column(String(26))
    scope: Mapped[str] = mapped_column(String(8))
    scope_ids: Mapped[list[Any]] = mapped_column(JSON, default=list)
    motivation: Mapped[bytes] = mapped_column(LargeBinary)
    profession: Mapped[str | None] = mapped_column(String(60))
    register: Mapped[str | None] = mapped_column(String(8))
    register_number: Mapped[bytes | None] = mapped_column(LargeBinary)
    register_from: Mapped[date | None] = mapped_column(Date)
    register_until: Mapped[date | None] = mapped_column(Date)
    made_by: Mapped[str] = mapped_column(Id)
    made_at: Mapped[datetime] = mapped_column(Instant)
    decided_by: Mapped[str | None] = mapped_column(Id)
    decided_at: Mapped[datetime | None] = mapped_column(Instant)
    reviewed_by: Mapped[str | None] = mapped_column(Id)
    reviewed_at: Mapped[datetime | None] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    warned_at: Mapped[datetime | None] = mapped_column(Instant)
    closes_at: Mapped[datetime | None] = mapped_column(Instant)
    guardians_due: Mapped[date | None] = mapped_column(Date, index=True)
    guardians_told_at: Mapped[datetime | None] = mapped_column(Instant)


class AccessChange(Base):
    """One thing that happened to an entry: who, when, what; the fields and the reason are sealed as the entry is."""

    __tablename__ = "access_change"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    tenant_id: Mapped[str] = mapped_column(Id, ForeignKey("tenant.id"), index=True)
    entry_id: Mapped[str] = mapped_column(Id, ForeignKey("access_entry.id", ondelete="CASCADE"), index=True)
    account_id: Mapped[str] = mapped_column(Id)
    what: Mapped[str] = mapped_column(String(12))
    made_by: Mapped[str | None] = mapped_column(Id)
    made_at: Mapped[datetime] = mapped_column(Instant, index=True)
    details: Mapped[bytes] = mapped_column(LargeBinary)


class Confidentiality(Base):
    """Someone accepted confidentiality (PR10.3): when, and which version of the text."""

    __tablename__ = "confidentiality"

    account_id: Mapped[str] = mapped_column(Id, ForeignKey("account.id"), primary_key=True)
    text_version: Mapped[str] = mapped_column(String(12))
    accepted_on: Mapped[date] = mapped_column(Date)
