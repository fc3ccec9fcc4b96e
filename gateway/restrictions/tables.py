"""What stands in the way of using a dossier or a part of it, since when, and until when."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from gateway.db import Base, Id, Instant
from gateway.ids import new_id


class Restriction(Base):
    """One restriction; it stands until `ended_at`. It is never written over: another one takes its place.

    Without `document_id` it lies on the whole dossier, without `categories` on every category. `version_id` narrows it
    to one version of the document. `request_id` is the request it came from (`gateway.rights`).
    """

    __tablename__ = "restriction"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    tenant_id: Mapped[str] = mapped_column(Id, ForeignKey("tenant.id"), index=True)
    dossier_id: Mapped[str] = mapped_column(Id, ForeignKey("dossier.id", ondelete="CASCADE"), index=True)
    request_id: Mapped[str] = mapped_column(Id, index=True)
    kind: Mapped[str] = mapped_column(String(16))
    document_id: Mapped[str | None] = mapped_column(Id)
    version_id: Mapped[str | None] = mapped_column(Id)
    categories: Mapped[str | None] = mapped_column(String(60))
    since: Mapped[datetime] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
