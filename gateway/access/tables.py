"""The access list (PR8.2, appendix 1): who may reach which categories, why, since when."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Date, ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from gateway.db import Base, Id, Instant
from gateway.ids import new_id


class AccessEntry(Base):
    """One line of the access list. `motivation` is sealed under the account's key, since it may speak of a person."""

    __tablename__ = "access_entry"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    tenant_id: Mapped[str] = mapped_column(Id, ForeignKey("tenant.id"), index=True)
    account_id: Mapped[str] = mapped_column(Id, ForeignKey("account.id"), index=True)
    valid_from: Mapped[date] = mapped_column(Date)
    valid_until: Mapped[date | None] = mapped_column(Date)
    categories: Mapped[str] = mapped_column(String(26))
    scope: Mapped[str] = mapped_column(String(8))
    scope_ids: Mapped[list[Any]] = mapped_column(JSON, default=list)
    motivation: Mapped[bytes] = mapped_column(LargeBinary)
    profession: Mapped[str | None] = mapped_column(String(60))
    register: Mapped[str | None] = mapped_column(String(8))
    register_number: Mapped[str | None] = mapped_column(String(20))
    register_from: Mapped[date | None] = mapped_column(Date)
    register_until: Mapped[date | None] = mapped_column(Date)
    made_by: Mapped[str] = mapped_column(Id)
    made_at: Mapped[datetime] = mapped_column(Instant)


class Confidentiality(Base):
    """Someone accepted confidentiality (PR10.3): when, and which version of the text."""

    __tablename__ = "confidentiality"

    account_id: Mapped[str] = mapped_column(Id, ForeignKey("account.id"), primary_key=True)
    text_version: Mapped[str] = mapped_column(String(12))
    accepted_on: Mapped[date] = mapped_column(Date)
