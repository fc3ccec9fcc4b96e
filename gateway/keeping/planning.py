"""The plan of every dossier of an SWV, in the order of their ids: a part at a time, so that memory stays flat.

Source: issue 10 ("plan for 1 000 000 dossiers"), PR12.1, OB2.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import Date, cast, literal, null, select, union_all

from gateway.accounts.tables import Tenant
from gateway.dossiers.enrolment_rules import Stretch, left_on
from gateway.dossiers.keeping import ALWAYS, rule_of
from gateway.dossiers.tables import DocumentVersion, Dossier, Enrolment
from gateway.erasure.queries import gone_sets
from gateway.matters.breach_tables import BreachDocument
from gateway.matters.queries import in_open_breach
from gateway.matters.tables import Hold, Matter
from gateway.reglement.versions import in_force
from retention import plan

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date

    from sqlalchemy import CompoundSelect
    from sqlalchemy.orm import Session

    from gateway.db import Database
    from gateway.erasure.queries import GoneSet
    from retention.plan import Line, Rule

AT_ONCE = 5000


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """One dossier by its id: what is kept until when; `until` None: nothing makes all of it end yet.

    `gone` are the sets of categories that were destroyed already.
    """

    tenant_id: str
    dossier_id: str
    lines: Sequence[Line]
    until: date | None
    gone: Sequence[GoneSet] = ()

    def is_due(self, on: date) -> bool:
        """Whether everything in it is past its last day on this day."""
        return self.until is not None and self.until < on

    def due_lines(self, on: date) -> list[Line]:
        """The sets in it that are past theirs."""
        return [line for line in self.lines if line.keep_until is not None and line.keep_until < on]


def plans(db: Database, on: date, *, slug: str = "") -> Iterator[Planned]:
    """Every submitted dossier with its plan on this day; of one SWV by its short name, or of all.

    Each part is read in a transaction of its own: what changes meanwhile is seen from the next part on.
    """
    with db.reading() as session:
        query = select(Tenant).order_by(Tenant.id)
        tenants = session.scalars(query.where(Tenant.slug == slug) if slug else query).all()
        rules = {each.id: rule_of(in_force(session, each.id, each.profile_id, on)) for each in tenants}
    for tenant_id, rule in rules.items():
        after = ""
        while True:
            with db.reading() as session:
                part = _part(session, tenant_id, rule, on, after)
            yield from part
            if len(part) < AT_ONCE:
                break
            after = part[-1].dossier_id


def _part(session: Session, tenant_id: str, rule: Rule, on: date, after: str) -> list[Planned]:
    query = select(Dossier.id).where(Dossier.tenant_id == tenant_id, Dossier.state != "draft", Dossier.id > after)
    ids = list(session.scalars(query.order_by(Dossier.id).limit(AT_ONCE)))
    if not ids:
        return []
    matters, holds = _events(session, ids[0], ids[-1])
    left, letters = ({}, {}) if rule.after_leaving is None else _of_leaving(session, ids[0], ids[-1], on)
    gone: dict[str, list[GoneSet]] = {}
    for each in gone_sets(session, ids[0], ids[-1]):
        gone.setdefault(each.dossier_id, []).append(each)
    made = []
    for dossier_id in ids:
        history = plan.History(
            matters=matters.get(dossier_id, ()),
            holds=holds.get(dossier_id, ()),
            left_school_on=left.get(dossier_id),
        )
        lines = plan.plan(rule, plan.standing(history, on), ALWAYS | letters.get(dossier_id, frozenset()))
        until, went = plan.until(lines), gone.get(dossier_id, ())
        made.append(Planned(tenant_id=tenant_id, dossier_id=dossier_id, lines=lines, until=until, gone=went))
    return made


def _events(session: Session, first: str, last: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """The matters of these dossiers, which follow each other in the order of ids, and what holds them.

    An open data breach holds the dossiers of its documents too.
    """
    of_matter = select(
        Matter.dossier_id, literal("m").label("what"), Matter.ended_on.label("ended"), cast(null(), Date).label("final")
    ).where(Matter.dossier_id.between(first, last), Matter.replaced_at.is_(None))
    of_hold = select(Hold.dossier_id, literal("h"), Hold.ended_on, Hold.final_decision_on).where(
        Hold.dossier_id.between(first, last)
    )
    of_breach = select(BreachDocument.dossier_id, literal("h"), cast(null(), Date), cast(null(), Date)).where(
        BreachDocument.dossier_id.between(first, last), *in_open_breach()
    )
    every: CompoundSelect[Any] = union_all(of_matter, of_hold, of_breach.distinct())
    matters: dict[str, list[plan.Matter]] = {}
    holds: dict[str, list[plan.Hold]] = {}
    for dossier_id, what, ended, final in session.execute(every):
        if what == "m":
            matters.setdefault(dossier_id, []).append(plan.Matter(ended_on=ended))
        else:
            holds.setdefault(dossier_id, []).append(plan.Hold(ended_on=ended, final_decision_on=final))
    return matters, holds


def _of_leaving(session: Session, first: str, last: str, on: date) -> tuple[dict[str, Any], dict[str, Any]]:
    """The day of leaving school, and the categories of the documents: asked where the profile splits by them."""
    stretches: dict[str, list[Stretch]] = {}
    query = select(Enrolment.dossier_id, Enrolment.school_id, Enrolment.from_day, Enrolment.until_day)
    for dossier_id, school_id, since, until in session.execute(query.where(Enrolment.dossier_id.between(first, last))):
        stretches.setdefault(dossier_id, []).append(Stretch(school_id=school_id, first=since, last=until))
    letters: dict[str, frozenset[str]] = {}
    held = select(DocumentVersion.dossier_id, DocumentVersion.categories).distinct()
    for dossier_id, categories in session.execute(held.where(DocumentVersion.dossier_id.between(first, last))):
        found = frozenset(category[0] for category in (categories or "").split())
        letters[dossier_id] = letters.get(dossier_id, frozenset()) | found
    return {each: left_on(history, on) for each, history in stretches.items()}, letters
