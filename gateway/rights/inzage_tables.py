"""What the officer decides for the answer of one inzage, and the answer as it was given."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Boolean, Date, ForeignKey, Integer, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from gateway.db import Base, Id, Instant
from gateway.ids import new_id


class InzageDocument(Base):
    """One document in one request: what happens to it (`choice`), and the redacted file where one is made.

    `choice`: None (not decided yet), `whole`, `redacted` or `withheld`; it counts for `version_id` only. `state` is
    that of the redacted file: empty, `asked` → `working` → `review` or `failed`; a person who looked makes it `done`.
    `place` and `run` say where its files stand among the renditions of the version; `turn` counts every change. Sealed
    under the document's own key: `why` it is withheld, `finds`, `choices` and `report` of the redaction.
    """

    __tablename__ = "inzage_document"
    __table_args__ = (UniqueConstraint("request_id", "document_id"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    tenant_id: Mapped[str] = mapped_column(Id, ForeignKey("tenant.id"), index=True)
    request_id: Mapped[str] = mapped_column(Id, ForeignKey("right_request.id", ondelete="CASCADE"), index=True)
    dossier_id: Mapped[str] = mapped_column(Id, ForeignKey("dossier.id", ondelete="CASCADE"), index=True)
    document_id: Mapped[str] = mapped_column(Id, ForeignKey("document.id", ondelete="CASCADE"), index=True)
    version_id: Mapped[str] = mapped_column(Id, ForeignKey("document_version.id", ondelete="CASCADE"), index=True)
    choice: Mapped[str | None] = mapped_column(String(8))
    why: Mapped[bytes | None] = mapped_column(LargeBinary)
    decided_by: Mapped[str | None] = mapped_column(Id)
    decided_at: Mapped[datetime | None] = mapped_column(Instant)
    state: Mapped[str] = mapped_column(String(8), default="")
    code: Mapped[str | None] = mapped_column(String(24))
    place: Mapped[int] = mapped_column(Integer, default=0)
    run: Mapped[int] = mapped_column(Integer, default=0)
    turn: Mapped[int] = mapped_column(Integer, default=0)
    doing: Mapped[str | None] = mapped_column(String(16))
    at_page: Mapped[int] = mapped_column(Integer, default=0)
    of_pages: Mapped[int] = mapped_column(Integer, default=0)
    finds: Mapped[bytes | None] = mapped_column(LargeBinary)
    choices: Mapped[bytes | None] = mapped_column(LargeBinary)
    report: Mapped[bytes | None] = mapped_column(LargeBinary)
    asked_by: Mapped[str | None] = mapped_column(Id)


class InzagePiece(Base):
    """The officer shows or leaves out one item of the overview, against what was proposed; the reason is sealed."""

    __tablename__ = "inzage_piece"

    request_id: Mapped[str] = mapped_column(Id, ForeignKey("right_request.id", ondelete="CASCADE"), primary_key=True)
    key: Mapped[str] = mapped_column(String(60), primary_key=True)
    shown: Mapped[bool] = mapped_column(Boolean)
    reason: Mapped[bytes] = mapped_column(LargeBinary)
    decided_by: Mapped[str] = mapped_column(Id)
    decided_at: Mapped[datetime] = mapped_column(Instant)


class InzageAnswer(Base):
    """The overview as it was given, sealed under the dossier's key; its documents leave by `verstrekking_id`."""

    __tablename__ = "inzage_answer"

    request_id: Mapped[str] = mapped_column(Id, ForeignKey("right_request.id", ondelete="CASCADE"), primary_key=True)
    tenant_id: Mapped[str] = mapped_column(Id, ForeignKey("tenant.id"), index=True)
    dossier_id: Mapped[str] = mapped_column(Id, ForeignKey("dossier.id", ondelete="CASCADE"), index=True)
    verstrekking_id: Mapped[str | None] = mapped_column(Id)
    overview: Mapped[bytes] = mapped_column(LargeBinary)
    made_at: Mapped[datetime] = mapped_column(Instant)
    open_until: Mapped[date] = mapped_column(Date)
