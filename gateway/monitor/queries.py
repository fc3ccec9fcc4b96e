"""The monitor as it may be shown: living and destroyed dossiers counted together. Source: IN6."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from gateway.accounts.tables import Tenant
from gateway.context import Role
from gateway.errors import NotFoundError
from gateway.monitor import rules
from gateway.monitor.counting import Of, counted, first_year
from gateway.monitor.tables import AfterlifeYear
from gateway.recording import Action, record
from gateway.reglement.versions import in_force

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date

    from sqlalchemy.orm import Session

    from gateway.context import Context
    from gateway.monitor.rules import Figure, Split
    from gateway.services import Services

SHOWN_YEARS = 5
NOT_APART = "niet apart geteld"
COLUMNS = ("schooljaar", "wat", "onderverdeling", "waarde", "aantal")


@dataclass(frozen=True, slots=True, kw_only=True)
class Year:
    """The figures of one school year. `whole`: no destroyed dossier is missing in them."""

    year: int
    figures: Sequence[Figure]
    whole: bool

    @property
    def name(self) -> str:
        """`2026/2027`."""
        return rules.year_name(self.year)


@dataclass(frozen=True, slots=True, kw_only=True)
class Monitor:
    """What the page shows: the chosen year, it with the years before it, and which years there are.

    `k` is the smallest number that is shown; `stays` whether counts stay of what is destroyed.
    """

    chosen: Year
    years: Sequence[Year]
    choices: Sequence[int]
    k: int
    stays: bool

    @property
    def empty(self) -> bool:
        """Whether there is nothing in all the years shown."""
        return all(figure.number == 0 for year in self.years for figure in year.figures)


def of_year(services: Services, context: Context, year: int | None = None) -> Monitor:
    """The monitor of the actor's SWV up to a school year.

    Raises:
        NotFoundError: the actor is not of the SWV itself.
    """
    with services.db.reading() as session:
        return read(session, _swv(session, context), context.today, year)


def read(session: Session, tenant_id: str, today: date, year: int | None = None) -> Monitor:
    """The monitor of an SWV up to a school year: this one where it is not one that can be chosen."""
    tenant = session.get_one(Tenant, tenant_id)
    says = in_force(session, tenant.id, tenant.profile_id, today).afterlife
    rows = {row.school_year: row for row in session.scalars(select(AfterlifeYear).filter_by(tenant_id=tenant_id))}
    this = rules.school_year(today)
    first = min((*rows, first_year(session, tenant_id) or this, this))
    choices = range(this, first - 1, -1)
    last = year if year is not None and year in choices else this
    shown = [each for each in range(last, last - SHOWN_YEARS, -1) if each in choices]
    living = counted(session, Of(tenant_id=tenant_id, first=shown[-1], last=shown[0]))
    years = []
    for each in shown:
        kept = rules.Kept(counts=rows[each].counts, whole=rows[each].whole) if each in rows else rules.NOTHING
        counts = rules.with_added(kept, living.get(each, {})).counts
        years.append(Year(year=each, figures=rules.figures(counts, says.k, whole=kept.whole), whole=kept.whole))
    return Monitor(chosen=years[0], years=years, choices=list(choices), k=says.k, stays=says.on)


def lines(year: Year, k: int) -> Iterator[tuple[str, str, str, str, str]]:
    """The figures of a year as lines of a list: year, what, split, value, number."""
    for figure in year.figures:
        number = f"minder dan {k}" if figure.number is None else str(figure.number)
        what = rules.SUBJECTS[figure.subject]
        yield (year.name, what, "", "", number)
        for names, value, count in flat(figure.splits):
            yield (year.name, what, names, value, str(count))


def flat(splits: Sequence[Split], before: str = "") -> Iterator[tuple[str, str, int]]:
    """Splits and what is below them as (name, value, number); the values that do not stand apart as one."""
    for split in splits:
        name = f"{before}{rules.SPLITS[split.name]}"
        for value, number in split.apart:
            yield (name, rules.VALUES[value], number)
        if split.together:
            yield (name, together(split), split.together)
        for value, below in split.below:
            yield from flat([below], f"{rules.VALUES[value]}: ")


def together(split: Split) -> str:
    """What the values that do not stand apart are called; one alone holds what was not kept apart as well."""
    names = [rules.VALUES[value] for value in split.others]
    return " / ".join(names if len(names) > 1 else [*names, NOT_APART])


def export(services: Services, context: Context, year: int | None) -> list[tuple[str, ...]]:
    """The same figures as rows of a table; that they left stands in the log.

    Raises:
        NotFoundError: the actor is not of the SWV itself.
    """
    found = of_year(services, context, year)
    with services.db.writing() as session:
        record(session, services.vault, context, Action.EXPORT, object_type="monitor", article="PR4.2")
    return [COLUMNS, *(line for each in found.years for line in lines(each, found.k))]


def _swv(session: Session, context: Context) -> str:
    """The tenant of its privacy officer, or of who works for the SWV itself: not for a partner or recipient of it."""
    tenant = session.get_one(Tenant, context.person.tenant_id)
    if context.person.role is not Role.PRIVACY_OFFICER and context.person.organisation_id != tenant.swv_id:
        raise NotFoundError
    return tenant.id
