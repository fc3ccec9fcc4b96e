"""The anonymised rendition of a document version: where it stands, and what was found and decided, sealed."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Integer, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from gateway.db import Base, Id, Instant
from gateway.ids import new_id

EDITION = 1
"""Raised when rules or model changed so that what was made before must be made, and looked at, anew."""


class AnonymisedRendition(Base):
    """One for each version; it dies with it, and its files are renditions of that version.

    State: `asked` → `working` → `review` (made and proven), `blocked` (the proof found something) or `failed`; from
    `review` to `done`, by way of `second` where the profile asks for a second person. `run` counts how often it was
    made; `turn` every change, so that two people do not decide over each other. `doing`, `at_page` and `of_pages` are
    the progress of the worker. `content_mark` is that of the original that it was made of.
    """

    __tablename__ = "anonymised_rendition"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    tenant_id: Mapped[str] = mapped_column(Id, ForeignKey("tenant.id"), index=True)
    dossier_id: Mapped[str] = mapped_column(Id, ForeignKey("dossier.id", ondelete="CASCADE"), index=True)
    document_id: Mapped[str] = mapped_column(Id, ForeignKey("document.id", ondelete="CASCADE"), index=True)
    version_id: Mapped[str] = mapped_column(Id, ForeignKey("document_version.id", ondelete="CASCADE"), unique=True)
    content_mark: Mapped[bytes] = mapped_column(LargeBinary(32))
    identities_mark: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    state: Mapped[str] = mapped_column(String(12), default="asked")
    code: Mapped[str | None] = mapped_column(String(24))
    categories: Mapped[str | None] = mapped_column(String(60))
    report: Mapped[bytes | None] = mapped_column(LargeBinary)
    finds: Mapped[bytes | None] = mapped_column(LargeBinary)
    decisions: Mapped[bytes | None] = mapped_column(LargeBinary)
    run: Mapped[int] = mapped_column(Integer, default=0)
    turn: Mapped[int] = mapped_column(Integer, default=0)
    pages: Mapped[int | None] = mapped_column(Integer)
    edition: Mapped[int | None] = mapped_column(Integer)
    model: Mapped[str | None] = mapped_column(String(80))
    doing: Mapped[str | None] = mapped_column(String(16))
    at_page: Mapped[int] = mapped_column(Integer, default=0)
    of_pages: Mapped[int] = mapped_column(Integer, default=0)
    asked_by: Mapped[str] = mapped_column(Id)
    asked_at: Mapped[datetime] = mapped_column(Instant)
    made_at: Mapped[datetime | None] = mapped_column(Instant)
    reviewed_by: Mapped[str | None] = mapped_column(Id)
    reviewed_at: Mapped[datetime | None] = mapped_column(Instant)
    second_by: Mapped[str | None] = mapped_column(Id)
    second_at: Mapped[datetime | None] = mapped_column(Instant)

    @property
    def category_list(self) -> list[str]:
        """The categories (PR7) that are left in the rendition, in order; empty until a person finished the review."""
        return self.categories.split(" ") if self.categories else []
