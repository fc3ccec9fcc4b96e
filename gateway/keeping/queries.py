"""What waits: dossiers that lie still without a besluit, holds to look at again, a TLV that ends, and what ends soon.

Source: PR12.1, OB2, TL10; issue 10 ("a warning when a dossier lies still").
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import aliased

from gateway.accounts.tables import Organisation, Tenant
from gateway.dossiers import keeping
from gateway.dossiers.queries import SWV_READERS, in_scope, pupil_of
from gateway.dossiers.tables import Dossier, Enrolment
from gateway.errors import NotFoundError
from gateway.matters import rules
from gateway.matters.breach_tables import BreachDocument
from gateway.matters.queries import in_open_breach
from gateway.matters.tables import Besluit, Hold, Matter
from gateway.reglement.versions import in_force
from retention.terms import add_months

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

    from gateway.context import Context
    from gateway.services import Services

    _Found = tuple[Dossier, date | None, str, bool]

MOST = 200
SOON_MONTHS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingLine:
    """A dossier that waits for someone: since or until which day; None: until a data breach in it is closed."""

    dossier_id: str
    pupil_name: str
    school_name: str
    day: date | None
    kind: str = ""
    late: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """What waits for the SWV's people in keeping; each list at most `MOST`, the oldest first."""

    still: Sequence[WaitingLine]
    holds: Sequence[WaitingLine]
    ending: Sequence[WaitingLine]
    kept_until: Sequence[WaitingLine]
    still_months: int
    soon_months: int


def waiting(services: Services, context: Context) -> Waiting:
    """What waits in the dossiers that this person of the SWV works on."""
    if context.person.role not in SWV_READERS:
        raise NotFoundError
    today = context.today
    with services.db.reading() as session:
        tenant = session.get_one(Tenant, context.person.tenant_id)
        months = in_force(session, tenant.id, tenant.profile_id, today).still_months
        scope = in_scope(session, context, today)
        return Waiting(
            still=_still(services, session, context, scope, add_months(today, -months)),
            holds=_holds(services, session, context, scope),
            ending=_ending(services, session, context, scope),
            kept_until=_kept_until(services, session, context, scope),
            still_months=months,
            soon_months=SOON_MONTHS,
        )


def _still(
    services: Services, session: Session, context: Context, scope: ColumnElement[bool], before: date
) -> list[WaitingLine]:
    """Submitted, without a matter that ended, and nothing happened since that day: nothing ever makes it end."""
    ended = exists().where(Matter.dossier_id == Dossier.id, Matter.replaced_at.is_(None), Matter.ended_on.is_not(None))
    moment = context.now - timedelta(days=(context.today - before).days)
    query = select(Dossier).where(scope, ~ended, Dossier.changed_at < moment)
    rows = session.scalars(query.order_by(Dossier.changed_at, Dossier.id).limit(MOST)).all()
    return _lines(services, session, context, [(row, row.changed_at.date(), "", False) for row in rows])


def _holds(services: Services, session: Session, context: Context, scope: ColumnElement[bool]) -> list[WaitingLine]:
    """What people look after, by the day on which they look again; then what an open data breach holds (AVG 33(5))."""
    query = (
        select(Hold, Dossier)
        .join(Dossier, Dossier.id == Hold.dossier_id)
        .where(scope, Hold.ended_at.is_(None))
        .order_by(Hold.review_on, Hold.id)
        .limit(MOST)
    )
    found: list[_Found] = [
        (row, hold.review_on, hold.kind, hold.review_on <= context.today) for hold, row in session.execute(query)
    ]
    held = exists().where(BreachDocument.dossier_id == Dossier.id, *in_open_breach())
    rows = session.scalars(select(Dossier).where(scope, held).order_by(Dossier.id).limit(MOST)).all()
    return _lines(services, session, context, [*found, *((row, None, "breach", False) for row in rows)])


def _ending(services: Services, session: Session, context: Context, scope: ColumnElement[bool]) -> list[WaitingLine]:
    """A TLV that ends within half a year, and no later one stands beside it (TL10)."""
    later = aliased(Besluit)
    query = (
        select(Besluit, Dossier)
        .join(Dossier, Dossier.id == Besluit.dossier_id)
        .where(
            scope,
            Besluit.kind == "tlv",
            Besluit.replaced_at.is_(None),
            Besluit.ends_on >= context.today,
            Besluit.ends_on <= add_months(context.today, rules.REASSESS_MONTHS),
            ~exists().where(
                later.dossier_id == Besluit.dossier_id,
                later.kind == "tlv",
                later.replaced_at.is_(None),
                later.ends_on > Besluit.ends_on,
            ),
        )
        .order_by(Besluit.ends_on, Besluit.id)
        .limit(MOST)
    )
    found = [(row, besluit.ends_on or context.today, "tlv", False) for besluit, row in session.execute(query)]
    return _lines(services, session, context, found)


def _kept_until(
    services: Services, session: Session, context: Context, scope: ColumnElement[bool]
) -> list[WaitingLine]:
    """Dossiers of which the last day of keeping comes soon, or went by."""
    tenant = session.get_one(Tenant, context.person.tenant_id)
    rule = keeping.rule_of(in_force(session, tenant.id, tenant.profile_id, context.today))
    limit = add_months(context.today, SOON_MONTHS)
    candidates: ColumnElement[bool] = exists().where(
        Matter.dossier_id == Dossier.id, Matter.ended_on <= _latest(limit, rule.years)
    )
    if rule.after_leaving is not None:
        left = exists().where(
            Enrolment.dossier_id == Dossier.id, Enrolment.until_day <= _latest(limit, rule.after_leaving)
        )
        candidates = or_(candidates, left)
    rows = session.scalars(select(Dossier).where(scope, candidates).order_by(Dossier.id).limit(MOST * 5)).all()
    found = []
    for row in rows:
        kept = keeping.kept_of(session, row, context.today)
        if kept is not None and kept.until is not None and kept.until <= limit:
            found.append((row, kept.until, "", kept.until < context.today))
    return _lines(services, session, context, sorted(found, key=lambda each: each[1])[:MOST])


def _latest(limit: date, years: int) -> date:
    """The latest day from which a term of so many years ends by `limit`: 29 February ends on the 28th."""
    return add_months(limit, -12 * years) + timedelta(days=1)


def _lines(
    services: Services,
    session: Session,
    context: Context,
    found: Sequence[_Found],
) -> list[WaitingLine]:
    services.vault.preload(session, [row.id for row, *_ in found], purposes=("fields",))
    schools = {row.school_on(context.today) for row, *_ in found}
    query = select(Organisation.id, Organisation.name).where(Organisation.id.in_(schools))
    names = {row.id: row.name for row in session.execute(query)}
    return [
        WaitingLine(
            dossier_id=row.id,
            pupil_name=pupil_of(session, services.vault, row).name,
            school_name=names[row.school_on(context.today)],
            day=day,
            kind=kind,
            late=late,
        )
        for row, day, kind, late in found
    ]
