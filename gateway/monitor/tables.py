"""What stays of destroyed dossiers in the statistics: one row a school year, and nothing that leads to a dossier."""

from __future__ import annotations

from sqlalchemy import JSON, Boolean, ForeignKey, Integer
from sqlalchemy.orm import Mapped, mapped_column

from gateway.db import Base, Id


class AfterlifeYear(Base):
    """Counts of one school year of an SWV, of dossiers that were destroyed.

    `counts` is one object for the whole year on purpose: no row, order, id or moment of its own for what a destruction
    added, so that nothing in it can be laid beside the log. `whole`: nothing of a destroyed dossier is missing in it
    because too few were alike, or because the reglement keeps none. Source: PR4.2, ADR 20.
    """

    __tablename__ = "afterlife_year"

    tenant_id: Mapped[str] = mapped_column(Id, ForeignKey("tenant.id"), primary_key=True)
    school_year: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    counts: Mapped[dict[str, int]] = mapped_column(JSON, default=dict)
    whole: Mapped[bool] = mapped_column(Boolean, default=True)
