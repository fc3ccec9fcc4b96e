"""What other floors ask of matters, besluiten and holds: the history that plan and judge read, and lines to show."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import Date, cast, literal, null, select, union_all

from gateway.matters import rules
from gateway.matters.breach_tables import BreachDocument, DataBreach
from gateway.matters.tables import Besluit, BesluitSeries, Hold, Matter
from retention import plan

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from sqlalchemy import ColumnElement, CompoundSelect
    from sqlalchemy.orm import Session

    from gateway.vault.keys import Vault


@dataclass(frozen=True, slots=True, kw_only=True)
class BesluitLine:
    """A besluit as it is shown, with its sealed part opened. `replaced`: why it was put right, when it was."""

    row: Besluit
    number: str
    signatory: str
    function: str
    gender: str
    other_number: str
    replaced: str
    objection_until: date | None
    reassess_from: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MatterLine:
    """A matter with its besluiten, the one that stands first."""

    row: Matter
    besluiten: Sequence[BesluitLine]
    replaced: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldLine:
    """A hold with its reasons opened."""

    row: Hold
    reason: str
    ended: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BreachHold:
    """A data breach that is not closed and is about a document of this dossier: it ends when the breach is closed."""

    number: int
    since: datetime


def history(session: Session, dossier_id: str, left_school_on: date | None) -> plan.History:
    """What happened to a dossier that decides how long it is kept, in one statement; not what was replaced.

    A data breach about a document of it holds it as long as it is open (AVG 33(5)).
    """
    of_matter = select(
        literal("m").label("what"), Matter.ended_on.label("ended"), cast(null(), Date).label("final")
    ).where(Matter.dossier_id == dossier_id, Matter.replaced_at.is_(None))
    of_hold = select(literal("h"), Hold.ended_on, Hold.final_decision_on).where(Hold.dossier_id == dossier_id)
    of_breach = select(literal("h"), cast(null(), Date), cast(null(), Date)).where(
        BreachDocument.dossier_id == dossier_id, *in_open_breach()
    )
    every: CompoundSelect[Any] = union_all(of_matter, of_hold, of_breach.limit(1).subquery().select())
    rows = session.execute(every).all()
    return plan.History(
        matters=[plan.Matter(ended_on=row.ended) for row in rows if row.what == "m"],
        holds=[plan.Hold(ended_on=row.ended, final_decision_on=row.final) for row in rows if row.what == "h"],
        left_school_on=left_school_on,
    )


def in_open_breach() -> tuple[ColumnElement[bool], ...]:
    """What makes a `BreachDocument` in a query one of a breach that is not closed."""
    return (DataBreach.id == BreachDocument.breach_id, DataBreach.closed_at.is_(None))


def open_breaches(session: Session, dossier_id: str) -> list[BreachHold]:
    """The data breaches that hold this dossier, the oldest first. Source: AVG 33(5), OB2."""
    query = select(DataBreach.number, DataBreach.recorded_at).where(
        BreachDocument.dossier_id == dossier_id, *in_open_breach()
    )
    found = session.execute(query.distinct().order_by(DataBreach.recorded_at, DataBreach.number))
    return [BreachHold(number=row.number, since=row.recorded_at) for row in found]


def state_fact(session: Session, dossier_id: str, on: date, left_school_on: date | None) -> dict[str, Any]:
    """What the judge is told of keeping, as a part of the facts' state. Source: judgement.md, "Facts"."""
    stands = plan.standing(history(session, dossier_id, left_school_on), on)
    return {
        "legal_hold": stands.held,
        "open_matters": stands.open_matters,
        "last_matter_ended_on": _iso(stands.last_ended_on),
        "left_school_on": _iso(stands.left_school_on),
    }


def matters_of(session: Session, vault: Vault, dossier_id: str) -> list[MatterLine]:
    """The matters of a dossier, newest first; what was put right or withdrawn comes last."""
    query = select(Matter).where(Matter.dossier_id == dossier_id).order_by(Matter.started_on.desc(), Matter.id)
    besluiten: dict[str, list[BesluitLine]] = {}
    for line in besluiten_of(session, vault, dossier_id):
        besluiten.setdefault(line.row.matter_id, []).append(line)
    found = [
        MatterLine(row=row, besluiten=besluiten.get(row.id, []), replaced=_replaced(session, vault, row))
        for row in session.scalars(query)
    ]
    return sorted(found, key=lambda line: line.row.replaced_at is not None)


def besluiten_of(session: Session, vault: Vault, dossier_id: str, *, standing: bool = False) -> list[BesluitLine]:
    """The besluiten of a dossier, newest first; those that were put right last, or not at all when only `standing`."""
    query = select(Besluit).where(Besluit.dossier_id == dossier_id)
    if standing:
        query = query.where(Besluit.replaced_at.is_(None))
    found = session.scalars(query.order_by(Besluit.decided_on.desc(), Besluit.made_at.desc(), Besluit.id))
    return sorted(
        (besluit_line(session, vault, row) for row in found), key=lambda line: line.row.replaced_at is not None
    )


def besluit_line(session: Session, vault: Vault, row: Besluit) -> BesluitLine:
    """One besluit, opened."""
    opened = vault.open_json(session, row.dossier_id, f"besluit:{row.id}", row.details)
    return BesluitLine(
        row=row,
        number=rules.number_text(row.prefix, row.year, row.sequence),
        signatory=opened["signatory"],
        function=opened["function"],
        gender=opened["gender"],
        other_number=opened["other_number"],
        replaced=_replaced(session, vault, row),
        objection_until=rules.objection_until(row.kind, row.announced_on),
        reassess_from=rules.reassess_from(row.kind, row.ends_on),
    )


def holds_of(session: Session, vault: Vault, dossier_id: str) -> list[HoldLine]:
    """The holds of a dossier: what runs first, then what ended."""
    query = select(Hold).where(Hold.dossier_id == dossier_id).order_by(Hold.started_on.desc(), Hold.id)
    found = []
    for row in session.scalars(query):
        opened = vault.open_json(session, dossier_id, f"hold:{row.id}", row.details)
        found.append(HoldLine(row=row, reason=opened["reason"], ended=opened["ended"]))
    return sorted(found, key=lambda line: line.row.ended_at is not None)


def swv_number(session: Session, tenant_id: str) -> str:
    """The SWV's own number as it was last used, such as `PO2203`; empty before the first TLV."""
    query = select(BesluitSeries.prefix).where(BesluitSeries.tenant_id == tenant_id)
    return session.scalar(query.order_by(BesluitSeries.year.desc()).limit(1)) or ""


def _replaced(session: Session, vault: Vault, row: Matter | Besluit) -> str:
    if row.replaced_reason is None:
        return ""
    return str(vault.open_json(session, row.dossier_id, f"replaced:{row.id}", row.replaced_reason))


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day is not None else None
