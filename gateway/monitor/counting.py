"""Counting: what the dossiers that live now add to each school year, and what one dossier leaves behind.

Dossiers are counted, so that k of them are k children: of more besluiten of one kind in one school year the last one
counts. Read from codes and days that stand in the clear; nothing that is sealed is opened. Source: IN6, PR4.2.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import TYPE_CHECKING

from sqlalchemy import exists, func, select

from gateway.context import AMSTERDAM
from gateway.dossiers.tables import Dossier
from gateway.matters.tables import Besluit, Matter
from gateway.monitor import rules
from gateway.second_opinion.state import REQUESTER
from gateway.second_opinion.tables import SecondOpinionAct, SecondOpinionCase

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import ColumnElement, Select
    from sqlalchemy.orm import InstrumentedAttribute, Session

_RECEIVED, _EXTENDED, _ANSWERED = "receive", "extend", "hand_over"


@dataclass(frozen=True, slots=True, kw_only=True)
class Of:
    """Of which dossiers: all of an SWV in the school years from `first` to `last`, or one dossier in any year."""

    tenant_id: str
    dossier_id: str | None = None
    first: int | None = None
    last: int | None = None

    def within(
        self, column: InstrumentedAttribute[date] | InstrumentedAttribute[date | None]
    ) -> Iterator[ColumnElement[bool]]:
        """That a day lies in these school years."""
        if self.first is not None:
            yield column >= date(self.first, 8, 1)
        if self.last is not None:
            yield column < date(self.last + 1, 8, 1)

    def dossiers(
        self, column: InstrumentedAttribute[str] | InstrumentedAttribute[str | None]
    ) -> Iterator[ColumnElement[bool]]:
        """That a row is of that one dossier."""
        if self.dossier_id is not None:
            yield column == self.dossier_id


def counted(session: Session, of: Of) -> dict[int, Counter[str]]:
    """Counts by school year and path."""
    found: dict[int, Counter[str]] = defaultdict(Counter)
    for day in _notified(session, of):
        found[rules.school_year(day)][rules.DOSSIER] += 1
    for besluit in _decided(session, of):
        found[rules.school_year(besluit.decided_on)].update(rules.paths_of(besluit))
    for year in _ended(session, of):
        found[year][rules.ENDED] += 1
    for day, answer in _second_opinions(session, of):
        found[rules.school_year(day)].update((rules.SECOND_OPINION, f"{rules.SECOND_OPINION}/answer/{answer}"))
    return dict(found)


def first_year(session: Session, tenant_id: str) -> int | None:
    """The first school year of which anything is counted now; None: of none."""
    submitted = session.scalar(select(func.min(Dossier.submitted_at)).where(Dossier.tenant_id == tenant_id))
    decided = session.scalar(select(func.min(Besluit.decided_on)).where(Besluit.tenant_id == tenant_id))
    days = [each for each in (submitted.astimezone(AMSTERDAM).date() if submitted else None, decided) if each]
    return min((rules.school_year(day) for day in days), default=None)


def _notified(session: Session, of: Of) -> Iterator[date]:
    query = select(Dossier.submitted_at).where(
        Dossier.tenant_id == of.tenant_id, Dossier.submitted_at.is_not(None), *of.dossiers(Dossier.id)
    )
    if of.first is not None:
        query = query.where(Dossier.submitted_at >= _midnight(of.first))
    if of.last is not None:
        query = query.where(Dossier.submitted_at < _midnight(of.last + 1))
    return (at.astimezone(AMSTERDAM).date() for at in session.scalars(query) if at is not None)


def _decided(session: Session, of: Of) -> Iterator[rules.Decided]:
    """The besluiten that stand, the last one of a kind of each dossier and school year."""
    query = (
        select(
            Besluit.kind,
            Matter.started_on,
            Besluit.decided_on,
            Besluit.school_type,
            Besluit.funding,
            Besluit.dossier_id,
        )
        .join(Matter, Matter.id == Besluit.matter_id)
        .where(
            Besluit.tenant_id == of.tenant_id,
            Besluit.replaced_at.is_(None),
            *of.dossiers(Besluit.dossier_id),
            *of.within(Besluit.decided_on),
        )
    )
    rows = session.execute(query.order_by(Besluit.decided_on, Besluit.made_at, Besluit.id)).all()
    asked = set(session.scalars(_asked(of).with_only_columns(SecondOpinionCase.dossier_id))) if rows else set()
    return (
        rules.Decided(
            kind=row.kind,
            started_on=row.started_on,
            decided_on=row.decided_on,
            school_type=row.school_type,
            funding=row.funding,
            second_opinion=row.dossier_id in asked,
        )
        for row in {(row.dossier_id, row.kind, rules.school_year(row.decided_on)): row for row in rows}.values()
    )


def _ended(session: Session, of: Of) -> Iterator[int]:
    """The school years in which a matter of a dossier ended without a besluit."""
    standing = exists().where(Besluit.matter_id == Matter.id, Besluit.replaced_at.is_(None))
    query = select(Matter.dossier_id, Matter.ended_on).where(
        Matter.tenant_id == of.tenant_id,
        Matter.replaced_at.is_(None),
        Matter.ended_on.is_not(None),
        ~standing,
        *of.dossiers(Matter.dossier_id),
        *of.within(Matter.ended_on),
    )
    ended = {(row.dossier_id, rules.school_year(row.ended_on)) for row in session.execute(query)}
    return (year for _, year in ended)


def _second_opinions(session: Session, of: Of) -> Iterator[tuple[date, str]]:
    """The last second opinion that was asked for each dossier and school year: the day, and how it was answered."""
    query_cases = _asked(of).where(*of.within(SecondOpinionCase.requested_on))
    rows = session.scalars(query_cases.order_by(SecondOpinionCase.requested_on, SecondOpinionCase.id))
    last = {(row.dossier_id, rules.school_year(row.requested_on)): row for row in rows if row.requested_on is not None}
    cases = list(last.values())
    ids = [case.id for case in cases]
    acts: dict[str, dict[str, date]] = {}
    query = select(SecondOpinionAct.case_id, SecondOpinionAct.kind, SecondOpinionAct.made_on).where(
        SecondOpinionAct.case_id.in_(ids),
        SecondOpinionAct.kind.in_((_RECEIVED, _EXTENDED, _ANSWERED)),
        SecondOpinionAct.overtaken.is_(False),
    )
    for case_id, kind, day in session.execute(query.order_by(SecondOpinionAct.number)) if ids else ():
        acts.setdefault(case_id, {}).setdefault(kind, day)
    for case in cases:
        done = acts.get(case.id, {})
        if case.requested_on is not None:
            yield (
                case.requested_on,
                rules.answer(done.get(_RECEIVED), done.get(_ANSWERED), extended=_EXTENDED in done),
            )


def _asked(of: Of) -> Select[SecondOpinionCase]:
    return select(SecondOpinionCase).where(
        SecondOpinionCase.tenant_id == of.tenant_id,
        SecondOpinionCase.own_side == REQUESTER,
        SecondOpinionCase.dossier_id.is_not(None),
        SecondOpinionCase.requested_on.is_not(None),
        *of.dossiers(SecondOpinionCase.dossier_id),
    )


def _midnight(year: int) -> datetime:
    return datetime.combine(date(year, 8, 1), time.min, AMSTERDAM)
