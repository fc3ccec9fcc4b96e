"""Wrapped keys and search tokens. A row here opens nothing without the keyring."""

from __future__ import annotations

from sqlalchemy import ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from gateway.db import Base, Id


class SubjectKey(Base):
    """The key of one dossier or one account, wrapped by the period key of its organisation."""

    __tablename__ = "subject_key"

    subject_id: Mapped[str] = mapped_column(Id, primary_key=True)
    kind: Mapped[str] = mapped_column(String(16))
    organisation_id: Mapped[str] = mapped_column(Id, index=True)
    period_key_id: Mapped[str] = mapped_column(String(120), index=True)
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
