"""Letters and what they are made from. Everything that was written to someone is sealed under the dossier's key."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Date, ForeignKey, Integer, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from gateway.db import Base, Id, Instant
from gateway.ids import new_id


class Letter(Base):
    """One letter, never changed: addressee, text and signatory stand in `details` as they were that day.

    `about` is the opaque id of the request or besluit that it belongs to; `account_id` whose account it is for, None
    for who has none. `handed_on` and `way` say when and how it went out; empty: not yet.
    """

    __tablename__ = "letter"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    tenant_id: Mapped[str] = mapped_column(Id, ForeignKey("tenant.id"), index=True)
    dossier_id: Mapped[str] = mapped_column(Id, ForeignKey("dossier.id", ondelete="CASCADE"), index=True)
    about: Mapped[str] = mapped_column(Id, index=True)
    account_id: Mapped[str | None] = mapped_column(Id, index=True)
    kind: Mapped[str] = mapped_column(String(24))
    language: Mapped[str] = mapped_column(String(2))
    template_version: Mapped[int] = mapped_column(Integer)
    house_id: Mapped[str | None] = mapped_column(Id)
    details: Mapped[bytes] = mapped_column(LargeBinary)
    made_by: Mapped[str | None] = mapped_column(Id)
    made_at: Mapped[datetime] = mapped_column(Instant)
    made_on: Mapped[date] = mapped_column(Date)
    handed_on: Mapped[date | None] = mapped_column(Date)
    way: Mapped[str | None] = mapped_column(String(6))
    handed_by: Mapped[str | None] = mapped_column(Id)


class LetterTemplate(Base):
    """An SWV's own text of one kind of letter: `draft` until a second person takes it into use, never changed then.

    Of a kind the newest `approved` version counts; without one, the text that is shipped.
    """

    __tablename__ = "letter_template"
    __table_args__ = (UniqueConstraint("tenant_id", "kind", "version"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    tenant_id: Mapped[str] = mapped_column(Id, ForeignKey("tenant.id"), index=True)
    kind: Mapped[str] = mapped_column(String(24))
    version: Mapped[int] = mapped_column(Integer)
    state: Mapped[str] = mapped_column(String(10), default="draft")
    details: Mapped[bytes] = mapped_column(LargeBinary)
    made_by: Mapped[str] = mapped_column(Id)
    made_at: Mapped[datetime] = mapped_column(Instant)
    decided_by: Mapped[str | None] = mapped_column(Id)
    decided_at: Mapped[datetime | None] = mapped_column(Instant)


class LetterHouse(Base):
    """A version of an SWV's house style: name, addresses, who signs. The newest counts; older ones stay.

    `logo` is a PNG that we made anew, or None.
    """

    __tablename__ = "letter_house"
    __table_args__ = (UniqueConstraint("tenant_id", "version"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    tenant_id: Mapped[str] = mapped_column(Id, ForeignKey("tenant.id"), index=True)
    version: Mapped[int] = mapped_column(Integer)
    details: Mapped[bytes] = mapped_column(LargeBinary)
    logo: Mapped[bytes | None] = mapped_column(LargeBinary)
    made_by: Mapped[str] = mapped_column(Id)
    made_at: Mapped[datetime] = mapped_column(Instant)
