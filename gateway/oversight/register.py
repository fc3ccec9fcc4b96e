"""The register of verstrekkingen: filtered, in pages by key, with its total. Source: PR9.3, issue 5."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from sqlalchemy import and_, func, literal, or_, select

from gateway.accounts import people
from gateway.accounts.tables import Organisation
from gateway.disclosure import queries as verstrekkingen
from gateway.disclosure.tables import Verstrekking
from gateway.dossiers import pages
from gateway.dossiers.rules import CATEGORIES
from gateway.dossiers.tables import Dossier
from gateway.errors import InvalidInputError
from gateway.oversight import months
from gateway.oversight.calendar import next_day, start_of
from gateway.recording import Action, record

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

    from gateway.context import Context
    from gateway.disclosure.queries import Line
    from gateway.services import Services

PAGE = 50
EXPORT_PAGE = 500
EXACT = 10_000
"""Up to here the total is counted row by row; beyond, it comes from what was counted ahead each month."""
_CURSOR = re.compile(r"(?P<at>[0-9]{8}T[0-9]{6}\.[0-9]{6})_(?P<id>[0-9a-f]{32})\Z")
_FORM = "%Y%m%dT%H%M%S.%f"


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """How the register was narrowed. `pupil` is what was searched for; an empty text or None narrows nothing."""

    pupil: str = ""
    school: str = ""
    recipient: str = ""
    basis: str = ""
    purpose: str = ""
    category: str = ""
    form: str = ""
    since: date | None = None
    until: date | None = None

    @property
    def lower(self) -> datetime | None:
        """The first instant of the period."""
        return start_of(self.since) if self.since else None

    @property
    def upper(self) -> datetime | None:
        """The first instant after the period."""
        return start_of(next_day(self.until)) if self.until else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Total:
    """How many there are: `exact`, or at least so many when nobody counted that ahead."""

    number: int
    exact: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterPage:
    """A page of the register, the cursors of the pages beside it, and the total of the whole choice."""

    lines: Sequence[Line]
    total: Total
    next_cursor: str | None
    previous_cursor: str | None


def consult(
    services: Services, context: Context, chosen: Chosen, *, before: str | None, after: str | None
) -> RegisterPage:
    """One page of the register for who reads it. That it was read, and that a pupil was searched, stands in the log."""
    found = page(services, context, chosen, before=before, after=after)
    with services.db.writing() as session:
        action = Action.SEARCH if chosen.pupil else Action.CONSULT
        record(session, services.vault, context, action, object_type="register", article="PR9.3")
    return found


def page(
    services: Services, context: Context, chosen: Chosen, *, before: str | None = None, after: str | None = None
) -> RegisterPage:
    """One page, newest first; the cost of the first page does not grow with the register.

    `before` is the cursor of the last line of the page before this one, `after` that of the first line of the next.

    Raises:
        InvalidInputError: a cursor of another making.
    """
    with services.db.reading() as session:
        where = _where(services, session, context, chosen)
        rows, earlier, later = _rows(session, where, before=before, after=after, limit=PAGE)
        return RegisterPage(
            lines=verstrekkingen.lines_of(services, session, context, rows),
            total=_total(session, context, chosen, where),
            next_cursor=_cursor(rows[-1]) if rows and earlier else None,
            previous_cursor=_cursor(rows[0]) if rows and later else None,
        )


def export(services: Services, context: Context, chosen: Chosen, words: str) -> Iterator[Line]:
    """Every line of the choice, newest first. The export stands in the log with its filter in `words` (no names)."""
    with services.db.writing() as session:
        record(
            session,
            services.vault,
            context,
            Action.EXPORT,
            object_type="register",
            article="PR9.3",
            payload={"filter": words},
        )
    return _exported(services, context, chosen)


def _exported(services: Services, context: Context, chosen: Chosen) -> Iterator[Line]:
    cursor: str | None = None
    while True:
        with services.db.reading() as session:
            where = _where(services, session, context, chosen)
            rows, more, _ = _rows(session, where, before=cursor, after=None, limit=EXPORT_PAGE)
            lines = verstrekkingen.lines_of(services, session, context, rows)
        yield from lines
        if not more:
            return
        cursor = _cursor(rows[-1])


def schools(services: Services, context: Context) -> list[Organisation]:
    """The schools that the filter offers."""
    with services.db.reading() as session:
        return people.organisations(session, context.person.tenant_id, "school")


def recipients(services: Services, context: Context) -> list[Organisation]:
    """The recipients that the filter offers: all organisations but the SWV itself and families."""
    with services.db.reading() as session:
        query = select(Organisation).where(Organisation.tenant_id == context.person.tenant_id)
        found = session.scalars(query.order_by(Organisation.name)).all()
    return [row for row in found if row.kind not in {"swv", "family"}]


def _where(services: Services, session: Session, context: Context, chosen: Chosen) -> list[ColumnElement[bool]]:
    where: list[ColumnElement[bool]] = [
        Verstrekking.tenant_id == context.person.tenant_id,
        Verstrekking.state == "open",  # what a second person did not approve was never disclosed
    ]
    if chosen.pupil:
        where.append(Verstrekking.dossier_id.in_(pages.matching(services, session, context, chosen.pupil)))
    if chosen.school:
        of_school = select(Dossier.id).where(Dossier.school_at(context.today) == chosen.school)
        where.append(Verstrekking.dossier_id.in_(of_school))
    for column, value in (
        (Verstrekking.recipient_id, chosen.recipient),
        (Verstrekking.basis, chosen.basis),
        (Verstrekking.purpose, chosen.purpose),
        (Verstrekking.form, chosen.form),
    ):
        if value:
            where.append(column == value)
    if chosen.category in CATEGORIES:
        # The column is a list with spaces between ("e.1 g k"); a letter is always the first of its word.
        where.append((literal(" ") + Verstrekking.categories).contains(f" {chosen.category}"))
    if chosen.lower is not None:
        where.append(Verstrekking.made_at >= chosen.lower)
    if chosen.upper is not None:
        where.append(Verstrekking.made_at < chosen.upper)
    return where


def _rows(
    session: Session, where: list[ColumnElement[bool]], *, before: str | None, after: str | None, limit: int
) -> tuple[Sequence[Verstrekking], bool, bool]:
    """The rows, newest first, and whether there are earlier and later ones."""
    at, key = Verstrekking.made_at, Verstrekking.id
    query = select(Verstrekking).where(*where)
    if after:
        moment, last = _read_cursor(after)
        query = query.where(at >= moment, or_(at > moment, key > last)).order_by(at, key)
        rows = session.scalars(query.limit(limit + 1)).all()
        return rows[:limit][::-1], True, len(rows) > limit
    if before:
        moment, last = _read_cursor(before)
        query = query.where(at <= moment, or_(at < moment, key < last))
    rows = session.scalars(query.order_by(at.desc(), key.desc()).limit(limit + 1)).all()
    return rows[:limit], len(rows) > limit, bool(before)


def _total(session: Session, context: Context, chosen: Chosen, where: list[ColumnElement[bool]]) -> Total:
    """The total: what was counted ahead when that is much, else counted row by row."""
    ahead = None
    if not (chosen.pupil or chosen.category):  # these were not counted ahead
        ahead = _ahead(session, context, chosen, where)
        if ahead is not None and ahead > EXACT:
            return Total(number=ahead, exact=True)
    counted = _count(session, where, EXACT + 1)
    if counted <= EXACT:
        return Total(number=counted, exact=True)
    return Total(number=EXACT if ahead is None else ahead, exact=ahead is not None)


def _ahead(session: Session, context: Context, chosen: Chosen, where: list[ColumnElement[bool]]) -> int | None:
    """What was counted ahead, with the gaps beside it counted now; None when nothing was counted ahead yet."""
    ahead = months.whole_months(session, context.person.tenant_id, chosen)
    if ahead is None:
        return None
    number, gaps = ahead
    return number + _gaps(session, chosen, where, gaps)


def _gaps(session: Session, chosen: Chosen, where: list[ColumnElement[bool]], gaps: list[months.Gap]) -> int:
    bare = _bare(where, chosen)
    edges = [[at for at in (_since(lower), _until(upper)) if at is not None] for lower, upper in gaps]
    return sum(_count(session, [*bare, *edge], None) for edge in edges)


def _bare(where: list[ColumnElement[bool]], chosen: Chosen) -> list[ColumnElement[bool]]:
    """The conditions without those of the period, which stand at the end."""
    bounds = sum(bound is not None for bound in (chosen.lower, chosen.upper))
    return where[: len(where) - bounds]


def _since(moment: datetime | None) -> ColumnElement[bool] | None:
    return None if moment is None else Verstrekking.made_at >= moment


def _until(moment: datetime | None) -> ColumnElement[bool] | None:
    return None if moment is None else Verstrekking.made_at < moment


def _count(session: Session, where: list[ColumnElement[bool]], limit: int | None) -> int:
    rows = select(literal(1)).select_from(Verstrekking).where(and_(*where)).limit(limit).subquery()
    return session.scalar(select(func.count()).select_from(rows)) or 0


def _cursor(row: Verstrekking) -> str:
    return f"{row.made_at.astimezone(UTC).strftime(_FORM)}_{row.id}"


def _read_cursor(text: str) -> tuple[datetime, str]:
    match = _CURSOR.match(text)
    wrong = InvalidInputError("Dit adres klopt niet meer. Begin opnieuw bij het register.")
    if match is None:
        raise wrong
    try:
        return datetime.strptime(match["at"], _FORM).replace(tzinfo=UTC), match["id"]
    except ValueError as error:
        raise wrong from error
