"""Wrapped keys and search tokens. A row here opens nothing without the keyring."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Boolean, ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from gateway.db import Base, Id, Instant
from gateway.ids import new_id


class SubjectKey(Base):
    """The key of one dossier or one account, wrapped by the period key of its organisation."""

    __tablename__ = "subject_key"
    __table_args__ = (Index("ix_subject_key_period", "period_key_id", "subject_id"),)

    subject_id: Mapped[str] = mapped_column(Id, primary_key=True)
    kind: Mapped[str] = mapped_column(String(16))
    organisation_id: Mapped[str] = mapped_column(Id, index=True)
    period_key_id: Mapped[str] = mapped_column(String(120))
    wrapped: Mapped[bytes] = mapped_column(LargeBinary)


class DataKey(Base):
    """A key with one purpose, wrapped by its subject's key; for files `ref` is the document version."""

    __tablename__ = "data_key"

    subject_id: Mapped[str] = mapped_column(
        Id, ForeignKey("subject_key.subject_id", ondelete="CASCADE"), primary_key=True
    )
    purpose: Mapped[str] = mapped_column(String(24), primary_key=True)
    ref: Mapped[str] = mapped_column(String(32), primary_key=True, default="")
    wrapped: Mapped[bytes] = mapped_column(LargeBinary)


class SearchToken(Base):
    """A keyed token of a name part or a number: it finds a dossier, and tells nothing once its period key is gone."""

    __tablename__ = "search_token"
    __table_args__ = (Index("ix_search_token_lookup", "kind", "token"),)

    subject_id: Mapped[str] = mapped_column(
        Id, ForeignKey("subject_key.subject_id", ondelete="CASCADE"), primary_key=True
    )
    kind: Mapped[str] = mapped_column(String(16), primary_key=True)
    token: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    period_key_id: Mapped[str] = mapped_column(String(120), index=True)


class KeyRenewal(Base):
    """Something was erased (or a rotation asked for); until its old period key is gone everywhere, it is *voorlopig*.

    asked → renewed (the subject has a new key; only where a part of it was erased) → destroyed (the period key is gone
    from the keyring) → final (no registered copy of the keyring holds it either: *definitief*).
    """

    __tablename__ = "key_renewal"
    __table_args__ = (Index("ix_key_renewal_period", "organisation_id", "period"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    organisation_id: Mapped[str] = mapped_column(Id)
    period: Mapped[str] = mapped_column(String(40))
    period_key_id: Mapped[str] = mapped_column(String(120))
    subject_id: Mapped[str | None] = mapped_column(Id, index=True)
    object_id: Mapped[str | None] = mapped_column(String(32))
    part: Mapped[bool] = mapped_column(Boolean)
    asked_at: Mapped[datetime] = mapped_column(Instant)
    renewed_at: Mapped[datetime | None] = mapped_column(Instant)
    destroyed_at: Mapped[datetime | None] = mapped_column(Instant, index=True)
    final_at: Mapped[datetime | None] = mapped_column(Instant, index=True)

    @property
    def state(self) -> str:
        """The word for people: `voorlopig` until nothing anywhere can open it, then `definitief`."""
        return "voorlopig" if self.final_at is None else "definitief"
