"""What stands on a dossier, for the judge and for the pages that say it. Source: PR11.4, PR11.8, AVG 18."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from gateway.context import AMSTERDAM
from gateway.restrictions import rules
from gateway.restrictions.tables import Restriction

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from datetime import date, datetime

    from sqlalchemy.orm import Session

    from gateway.restrictions.rules import Standing


def standing(session: Session, dossier_id: str) -> list[Standing]:
    """The restrictions that stand on a dossier now."""
    return [_told(row) for row in rows_of(session, dossier_id) if row.ended_at is None]


def standing_of(session: Session, dossier_ids: Collection[str]) -> dict[str, list[Standing]]:
    """The same for many dossiers in one look; a dossier on which nothing stands is not in it."""
    query = select(Restriction).where(Restriction.ended_at.is_(None), Restriction.dossier_id.in_(dossier_ids))
    found: dict[str, list[Standing]] = {}
    for row in session.scalars(query):
        found.setdefault(row.dossier_id, []).append(_told(row))
    return found


def rows_of(session: Session, dossier_id: str) -> Sequence[Restriction]:
    """Every restriction that a dossier has or had, oldest first."""
    query = select(Restriction).where(Restriction.dossier_id == dossier_id)
    return session.scalars(query.order_by(Restriction.since, Restriction.id)).all()


def verzet_of(session: Session, dossier_id: str) -> str | None:
    """`none`, `pending` or `upheld`; None where it is not known, which the judge refuses."""
    return rules.verzet(standing(session, dossier_id))


def shielded(
    session: Session,
    dossier_id: str,
    categories: Iterable[str],
    *,
    document_id: str | None = None,
    version_id: str | None = None,
    agreed_on: date | None = None,
) -> frozenset[str]:
    """The categories of a version, or of the whole dossier, that nobody may use now; see `rules.shielded`."""
    return rules.shielded(
        standing(session, dossier_id),
        categories,
        document_id=document_id,
        version_id=version_id,
        agreed_on=agreed_on,
    )


def shielded_documents(session: Session, dossier_id: str) -> frozenset[str]:
    """The documents of a dossier that a shield lies on as a whole, so that a list can say so."""
    return frozenset(
        each.document_id
        for each in standing(session, dossier_id)
        if each.kind == rules.SHIELD and each.document_id and not each.version_id and each.categories is None
    )


def begun_since(session: Session, dossier_id: str, moment: datetime) -> bool:
    """Whether a restriction began after this moment: whoever is sending must ask the judge again."""
    query = select(Restriction.id).where(Restriction.dossier_id == dossier_id, Restriction.since >= moment)
    return session.scalars(query.limit(1)).first() is not None


def told(session: Session, dossier_id: str, *, family: bool = False) -> list[str]:
    """What stands on a dossier in sentences, each once, for the head of its page. An unknown kind says so too."""
    words = rules.FOR_FAMILY if family else rules.FOR_STAFF
    kinds = {each.kind for each in standing(session, dossier_id) if each.version_id is None}
    return [words[kind] for kind in rules.KINDS if kind in kinds]


def _told(row: Restriction) -> Standing:
    return rules.Standing(
        kind=row.kind,
        on=row.since.astimezone(AMSTERDAM).date(),
        document_id=row.document_id,
        version_id=row.version_id,
        categories=frozenset(row.categories.split()) if row.categories is not None else None,
    )
