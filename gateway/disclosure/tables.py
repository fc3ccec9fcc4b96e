"""Verstrekkingen and what of them was fetched."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Date, ForeignKey, Index, Integer, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from gateway.db import Base, Id, Instant
from gateway.ids import new_id


class Verstrekking(Base):
    """A disclosure as it was decided: to whom, for what, on which basis, under which article and profile version.

    State: `asked` (a second person must approve) → `open` or `rejected`. Only what is, or was, open is a verstrekking.
    `form` is that of all its documents. `expert_id` is the named expert for whom alone it is. `requested_on` is the day
    of the request under the convenant `convenant_id`. `mapping` says, sealed, what each replacement in an anonymised
    set stands for: it stays with the sender.
    `details` holds what names people or reasons: the recipient's person, the evidence, why it is not anonymised.
    """

    __tablename__ = "verstrekking"
    __table_args__ = (
        Index("ix_verstrekking_register", "tenant_id", "made_at", "id"),
        Index("ix_verstrekking_recipient", "recipient_id", "made_at", "id"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    tenant_id: Mapped[str] = mapped_column(Id, ForeignKey("tenant.id"), index=True)
    dossier_id: Mapped[str] = mapped_column(Id, ForeignKey("dossier.id"), index=True)
    recipient_id: Mapped[str] = mapped_column(Id, ForeignKey("organisation.id"), index=True)
    purpose: Mapped[str] = mapped_column(String(24))
    basis: Mapped[str] = mapped_column(String(24))
    law: Mapped[str | None] = mapped_column(String(40))
    consent_id: Mapped[str | None] = mapped_column(Id)
    categories: Mapped[str] = mapped_column(String(60))
    form: Mapped[str] = mapped_column(String(12), default="original")
    article: Mapped[str] = mapped_column(String(12))
    profile: Mapped[str] = mapped_column(String(60))
    statement: Mapped[bytes] = mapped_column(LargeBinary)
    details: Mapped[bytes | None] = mapped_column(LargeBinary)
    state: Mapped[str] = mapped_column(String(12), default="open")
    decided_by: Mapped[str | None] = mapped_column(Id)
    decided_at: Mapped[datetime | None] = mapped_column(Instant)
    made_by: Mapped[str] = mapped_column(Id)
    made_at: Mapped[datetime] = mapped_column(Instant, index=True)
    open_until: Mapped[date] = mapped_column(Date)
    closed_at: Mapped[datetime | None] = mapped_column(Instant)
    packaged_at: Mapped[datetime | None] = mapped_column(Instant)
    printed_at: Mapped[datetime | None] = mapped_column(Instant)
    printed_pages: Mapped[int | None] = mapped_column(Integer)
    failed_at: Mapped[datetime | None] = mapped_column(Instant)
    confirmed_at: Mapped[datetime | None] = mapped_column(Instant)
    confirmed_by: Mapped[str | None] = mapped_column(Id)
    expert_id: Mapped[str | None] = mapped_column(Id, index=True)
    convenant_id: Mapped[str | None] = mapped_column(Id)
    requested_on: Mapped[date | None] = mapped_column(Date)
    mapping: Mapped[bytes | None] = mapped_column(LargeBinary)
    export_id: Mapped[str | None] = mapped_column(Id, index=True)


class CodedExport(Base):
    """Dossiers as coded fields, on their way to research or policy (PR4.2); each dossier in it is a verstrekking.

    `content` is what leaves, fixed and sealed when it was made; `k` the least number of dossiers that share each row.
    """

    __tablename__ = "coded_export"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    tenant_id: Mapped[str] = mapped_column(Id, ForeignKey("tenant.id"), index=True)
    recipient_id: Mapped[str] = mapped_column(Id, ForeignKey("organisation.id"))
    purpose: Mapped[str] = mapped_column(String(24))
    k: Mapped[int] = mapped_column(Integer)
    rows: Mapped[int] = mapped_column(Integer)
    left_out: Mapped[int] = mapped_column(Integer)
    content: Mapped[bytes] = mapped_column(LargeBinary)
    sha256: Mapped[str] = mapped_column(String(64))
    made_by: Mapped[str] = mapped_column(Id)
    made_at: Mapped[datetime] = mapped_column(Instant)
    open_until: Mapped[date] = mapped_column(Date)


class VerstrekkingDocument(Base):
    """One document version in a verstrekking, and when the recipient first fetched it.

    `facts` is what the judge was asked about this version, sealed: with the profile's version it replays to the same
    answer. Where `form` is `anonymised`, `rendition_id` and `mark` bind it to one reviewed rendition, and `sha256` is
    the digest of the file that leaves.
    """

    __tablename__ = "verstrekking_document"

    verstrekking_id: Mapped[str] = mapped_column(
        Id, ForeignKey("verstrekking.id", ondelete="CASCADE"), primary_key=True
    )
    version_id: Mapped[str] = mapped_column(Id, ForeignKey("document_version.id"), primary_key=True)
    categories: Mapped[str] = mapped_column(String(60))
    article: Mapped[str | None] = mapped_column(String(12))
    facts: Mapped[bytes | None] = mapped_column(LargeBinary)
    form: Mapped[str] = mapped_column(String(12), default="original")
    rendition_id: Mapped[str | None] = mapped_column(Id)
    mark: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    sha256: Mapped[str | None] = mapped_column(String(64))
    fetched_at: Mapped[datetime | None] = mapped_column(Instant)
    fetched_by: Mapped[str | None] = mapped_column(Id)
