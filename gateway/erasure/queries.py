"""What every slice may ask about destructions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from gateway.context import AMSTERDAM
from gateway.erasure.tables import Destruction

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from sqlalchemy.orm import Session


@dataclass(frozen=True, slots=True, kw_only=True)
class GoneSet:
    """A set of categories of a dossier that lives on, which was destroyed: on which day, and by which article."""

    dossier_id: str
    categories: Sequence[str]
    on: date
    article: str


def announced_on(session: Session, dossier_id: str) -> date | None:
    """From which day this dossier may be destroyed, where that was announced."""
    query = select(Destruction.due_on).where(
        Destruction.dossier_id == dossier_id, Destruction.state == "announced", Destruction.categories == ""
    )
    return session.scalar(query)


def announced_set(session: Session, dossier_id: str) -> tuple[frozenset[str], date] | None:
    """The set of categories in it that may be destroyed from a day, where that was announced."""
    query = select(Destruction.categories, Destruction.due_on).where(
        Destruction.dossier_id == dossier_id, Destruction.state == "announced", Destruction.categories != ""
    )
    found = session.execute(query).first()
    return None if found is None else (frozenset(found.categories.split()), found.due_on)


def gone_sets(session: Session, first: str, last: str) -> list[GoneSet]:
    """The sets that were destroyed in the dossiers with these ids and all between them, the oldest first."""
    query = select(Destruction.dossier_id, Destruction.categories, Destruction.article, Destruction.erased_at).where(
        Destruction.dossier_id.between(first, last), Destruction.categories != "", Destruction.erased_at.is_not(None)
    )
    return [
        GoneSet(
            dossier_id=row.dossier_id,
            categories=row.categories.split(),
            on=row.erased_at.astimezone(AMSTERDAM).date(),
            article=row.article,
        )
        for row in session.execute(query.order_by(Destruction.erased_at, Destruction.id))
    ]
