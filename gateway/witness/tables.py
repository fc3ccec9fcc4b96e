"""Partners in witnessing. What is signed stands in the log's own tables; here stands whom we trust, and how it goes."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from gateway.db import Base, Id, Instant
from gateway.ids import new_id


class WitnessParty(Base):
    """A partner with its key: `registered` by one, `confirmed` by another who heard the key's fingerprint, `ended`.

    `side` is `witness` (confirms our log; has an address) or `log` (is confirmed by us; has none). `registered_by` is
    None when it came from the command line. `trouble` is the code of what went wrong at the last asking, or empty.
    """

    __tablename__ = "witness_party"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    tenant_id: Mapped[str] = mapped_column(Id, ForeignKey("tenant.id"), index=True)
    side: Mapped[str] = mapped_column(String(8))
    name: Mapped[str] = mapped_column(String(200))
    url: Mapped[str] = mapped_column(String(300), default="")
    key: Mapped[str] = mapped_column(String(300))
    state: Mapped[str] = mapped_column(String(12), default="registered")
    registered_by: Mapped[str | None] = mapped_column(Id)
    registered_at: Mapped[datetime] = mapped_column(Instant)
    confirmed_by: Mapped[str | None] = mapped_column(Id)
    confirmed_at: Mapped[datetime | None] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    asked_at: Mapped[datetime | None] = mapped_column(Instant)
    answered_at: Mapped[datetime | None] = mapped_column(Instant)
    trouble: Mapped[str] = mapped_column(String(24), default="")
    failures: Mapped[int] = mapped_column(Integer, default=0)
