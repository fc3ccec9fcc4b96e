"""Where a pupil is enrolled, read from the history: who of a school may in, and what the judge is told (PR9.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import or_, select

from gateway.accounts.tables import Organisation
from gateway.dossiers.enrolment_rules import Stretch, left_on, school_on
from gateway.dossiers.tables import Enrolment

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from sqlalchemy import Select
    from sqlalchemy.orm import Session

    from gateway.dossiers.tables import Dossier


def rows_of(session: Session, dossier_id: str) -> Sequence[Enrolment]:
    """The stretches of a dossier, oldest first."""
    query = select(Enrolment).where(Enrolment.dossier_id == dossier_id)
    found = session.scalars(query.order_by(Enrolment.made_at, Enrolment.id)).all()
    return sorted(found, key=lambda row: (row.from_day is not None, row.from_day, row.made_at))


def history(session: Session, dossier_id: str) -> list[Stretch]:
    """The history as the rules read it."""
    return [
        Stretch(school_id=row.school_id, first=row.from_day, last=row.until_day) for row in rows_of(session, dossier_id)
    ]


def at(schools: Sequence[str], on: date) -> Select[str]:
    """The ids of the dossiers whose pupil is enrolled at one of these schools on this day."""
    return select(Enrolment.dossier_id).where(
        Enrolment.school_id.in_(schools),
        or_(Enrolment.from_day.is_(None), Enrolment.from_day <= on),
        or_(Enrolment.until_day.is_(None), Enrolment.until_day >= on),
    )


def is_at(session: Session, dossier_id: str, schools: Sequence[str], on: date) -> bool:
    """Whether the pupil of this dossier is enrolled at one of these schools on this day."""
    return session.scalar(at(schools, on).where(Enrolment.dossier_id == dossier_id).limit(1)) is not None


def enrolled_here(session: Session, dossier_id: str, organisation: Organisation, on: date) -> bool:
    """The judge's `enrolled_here`: the organisation is the school of enrolment on this day, or its board (PR9.2)."""
    school_id = school_on(history(session, dossier_id), on)
    if school_id is None:
        return False
    return organisation.id == school_id or organisation.id == session.get_one(Organisation, school_id).parent_id


def schools_between(session: Session, dossier: Dossier, first: date, last: date) -> set[str]:
    """The schools of the tenant where the pupil was enrolled on any of these days; of a pupil at none, the last one."""
    stretches = history(session, dossier.id)
    found = {each.school_id for each in stretches if each.school_id and each.touches(first, last)}
    return found or {dossier.school_on(last)}


def left_school_on(session: Session, dossier_id: str, on: date) -> date | None:
    """The last day at a school of the tenant, when the pupil is at none on this day; None where it is not known."""
    return left_on(history(session, dossier_id), on)
