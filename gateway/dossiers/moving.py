"""A pupil changes school: the old school is out that day, the new one is in, or the enrolment ends.

A change that is recorded ahead counts from its day by the clock alone; until then it can be undone. Who saw what stays
in the log. Source: PR9.2 (only the school of enrolment), issue 4 "Enrolment is a history".
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select

from gateway.accounts.tables import Organisation
from gateway.context import Context, Role
from gateway.dossiers import enrolled
from gateway.dossiers.queries import own_schools, pupil_of, visible_dossier
from gateway.dossiers.rules import NAME_MAX
from gateway.dossiers.tables import Dossier, Enrolment
from gateway.dossiers.telling import school_staff, tell, tell_swv
from gateway.errors import ConflictError, InvalidInputError
from gateway.recording import Action, record
from gateway.references import reference_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from sqlalchemy.orm import Session

    from gateway.services import Services

ELSEWHERE = "elsewhere"
MOST_AHEAD = timedelta(days=366)
"""A change is recorded at most this long ahead: further on nobody knows it, and it would be forgotten."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """From which day the pupil is where: a school of this tenant, or `ELSEWHERE` with a name when it is known."""

    from_day: date
    school_id: str
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StretchLine:
    """A stretch as the page shows it."""

    school_name: str
    in_tenant: bool
    first: date | None
    last: date | None
    planned: bool = False

    def here_on(self, on: date) -> bool:
        """Whether this is where the pupil is on that day."""
        return not self.planned and (self.last is None or self.last >= on)


@dataclass(frozen=True, slots=True, kw_only=True)
class Coming:
    """A pupil who comes to the school on a day ahead: until then it reads nothing, the name included."""

    from_day: date
    from_school: str
    reference: str


def stretches(services: Services, context: Context, dossier_id: str) -> list[StretchLine]:
    """The enrolment history of a dossier within the actor's reach, newest first."""
    with services.db.reading() as session:
        dossier = visible_dossier(session, context, dossier_id)
        since = pupil_of(session, services.vault, dossier).enrolled_from
        rows = enrolled.rows_of(session, dossier.id)
        made = [_line(services, session, row, since if number == 0 else None) for number, row in enumerate(rows)]
    return [replace(line, planned=line.first is not None and line.first > context.today) for line in made][::-1]


def planned(services: Services, context: Context, dossier_id: str) -> StretchLine | None:
    """The change of school that is recorded ahead for a dossier within the actor's reach."""
    return next((line for line in stretches(services, context, dossier_id) if line.planned), None)


def coming(services: Services, context: Context) -> list[Coming]:
    """The pupils who come to the actor's school on a day ahead, without their names; the first to come first."""
    if context.person.role is not Role.SCHOOL_STAFF:
        return []
    with services.db.reading() as session:
        schools = own_schools(session, context.person.organisation_id)
        query = select(Dossier).where(
            Dossier.tenant_id == context.person.tenant_id,
            Dossier.moves_to.in_(schools),
            Dossier.moves_on > context.today,
        )
        return [
            Coming(
                from_day=row.moves_on or context.today,
                from_school=session.get_one(Organisation, row.school_id).name,
                reference=reference_of(row.id),
            )
            for row in session.scalars(query.order_by(Dossier.moves_on, Dossier.id))
        ]


def schools(services: Services, context: Context, dossier_id: str) -> Sequence[Organisation]:
    """The schools of the tenant to which the pupil can go."""
    with services.db.reading() as session:
        dossier = visible_dossier(session, context, dossier_id)
        here = [stretch for stretch in enrolled.history(session, dossier.id) if stretch.covers(context.today)]
        query = select(Organisation).where(
            Organisation.tenant_id == dossier.tenant_id, Organisation.kind == "school", Organisation.active
        )
        found = session.scalars(query.order_by(Organisation.name)).all()
    return [row for row in found if not any(stretch.school_id == row.id for stretch in here)]


def move(services: Services, context: Context, dossier_id: str, new: Move) -> None:
    """Record a change of school, by the school of enrolment or by the SWV; it counts from its day, ahead or not.

    Raises:
        InvalidInputError: the day lies too far ahead or before the present stretch, or no school was chosen.
        ConflictError: a draft: no other school may see what was never submitted (PR3); or a change waits already.
    """
    with services.db.writing() as session:
        dossier = visible_dossier(session, context, dossier_id)
        if dossier.state == "draft":
            raise ConflictError(
                "Een concept gaat niet mee naar een andere school. Dien het dossier eerst in, of gooi het weg."
            )
        settle(services, session, context, dossier)
        rows = enrolled.rows_of(session, dossier.id)
        if coming_of(session, dossier, context.today) is not None:
            raise ConflictError(
                "Er staat al een verandering van school klaar. Maak die eerst ongedaan als die niet klopt."
            )
        present = rows[-1]
        _check(new, context, present)
        school = _school(session, dossier, new)
        left = present.school_id
        if present.from_day == new.from_day:
            session.delete(present)  # put right on the same day: nobody was there for a day; the log keeps it
        else:
            present.until_day = new.from_day - timedelta(days=1)
        session.add(_stretch(services, session, context, dossier, new, school))
        if school is not None and new.from_day > context.today:
            dossier.moves_to, dossier.moves_on = school.id, new.from_day
        elif school is not None:
            pupil = replace(pupil_of(session, services.vault, dossier), enrolled_from=new.from_day)
            dossier.pupil = services.vault.seal_json(session, dossier.id, "pupil", pupil.to_json())
            dossier.school_id = school.id
        dossier.version += 1
        dossier.changed_at = context.now
        _note(services, session, context, dossier, new, school)
        _tell(services, session, context, dossier, left, school, ahead=new.from_day > context.today)


def undo(services: Services, context: Context, dossier_id: str) -> None:
    """Undo a change of school that is recorded ahead, by the school of enrolment or by the SWV, before its day.

    Raises:
        ConflictError: no change waits, or its day has come.
    """
    with services.db.writing() as session:
        dossier = visible_dossier(session, context, dossier_id)
        row = coming_of(session, dossier, context.today)
        if row is None:
            raise ConflictError(
                "Er staat geen verandering van school klaar. Die is al ongedaan gemaakt of al ingegaan."
            )
        line = _line(services, session, row, None)
        before = enrolled.rows_of(session, dossier.id)[-2]
        session.delete(row)
        before.until_day = None
        dossier.moves_to = dossier.moves_on = None
        dossier.version += 1
        dossier.changed_at = context.now
        record(
            session,
            services.vault,
            context,
            Action.CORRECT,
            dossier_id=dossier.id,
            object_type="enrolment",
            object_id=dossier.id,
            article="PR9.2",
            payload={
                "undone": True,
                "from": row.from_day.isoformat() if row.from_day else "",
                "school": row.school_id,
                "school_name": line.school_name,
            },
        )
        for organisation_id in (row.school_id, before.school_id):
            _tell_school(services, session, context, dossier, organisation_id, "move_undone", "/dossiers")
        if context.person.role is Role.SCHOOL_STAFF:
            tell_swv(services, session, context, dossier, "move_undone")


def coming_of(session: Session, dossier: Dossier, on: date) -> Enrolment | None:
    """The stretch of a dossier that is recorded ahead and has not begun on this day."""
    rows = enrolled.rows_of(session, dossier.id)
    return next((row for row in rows if row.from_day is not None and row.from_day > on), None)


def settle(services: Services, session: Session, context: Context, dossier: Dossier) -> None:
    """A change that was recorded ahead and whose day has come is written into the dossier before the next one."""
    if dossier.moves_to is None or dossier.moves_on is None or dossier.moves_on > context.today:
        return
    pupil = replace(pupil_of(session, services.vault, dossier), enrolled_from=dossier.moves_on)
    dossier.pupil = services.vault.seal_json(session, dossier.id, "pupil", pupil.to_json())
    dossier.school_id = dossier.moves_to
    dossier.moves_to = dossier.moves_on = None


def _check(new: Move, context: Context, present: Enrolment) -> None:
    if new.from_day > context.today + MOST_AHEAD:
        raise InvalidInputError("Deze dag ligt meer dan een jaar vooruit.", field="from_day")
    if present.from_day is not None and new.from_day < present.from_day:
        raise InvalidInputError("Deze dag ligt voor het begin van de huidige inschrijving.", field="from_day")
    if len(new.name) > NAME_MAX:
        raise InvalidInputError("Deze naam is te lang (ten hoogste 300 tekens).", field="name")
    if new.school_id == present.school_id:
        raise InvalidInputError("De leerling staat al op deze school ingeschreven.", field="school_id")
    if new.school_id == ELSEWHERE and present.school_id is None:
        raise InvalidInputError("De leerling staat al niet meer op een school hier ingeschreven.", field="school_id")


def _school(session: Session, dossier: Dossier, new: Move) -> Organisation | None:
    if new.school_id == ELSEWHERE:
        return None
    school = session.get(Organisation, new.school_id) if new.school_id else None
    if school is None or school.tenant_id != dossier.tenant_id or school.kind != "school" or not school.active:
        raise InvalidInputError("Kies naar welke school de leerling gaat.", field="school_id")
    return school


def _stretch(
    services: Services,
    session: Session,
    context: Context,
    dossier: Dossier,
    new: Move,
    school: Organisation | None,
) -> Enrolment:
    name = new.name.strip()
    sealed = None
    if school is None and name:
        sealed = services.vault.seal_json(session, dossier.id, "elsewhere", name)
    return Enrolment(
        dossier_id=dossier.id,
        school_id=school.id if school else None,
        from_day=new.from_day,
        elsewhere=sealed,
        made_by=context.person.account_id,
        made_at=context.now,
    )


def _note(
    services: Services,
    session: Session,
    context: Context,
    dossier: Dossier,
    new: Move,
    school: Organisation | None,
) -> None:
    record(
        session,
        services.vault,
        context,
        Action.CORRECT,
        dossier_id=dossier.id,
        object_type="enrolment",
        object_id=dossier.id,
        article="PR9.2",
        payload={
            "from": new.from_day.isoformat(),
            "school": school.id if school else None,
            "school_name": school.name if school else new.name.strip(),
            "ended": school is None,
            "ahead": new.from_day > context.today,
        },
    )


def _tell(
    services: Services,
    session: Session,
    context: Context,
    dossier: Dossier,
    left: str | None,
    school: Organisation | None,
    *,
    ahead: bool,
) -> None:
    """The new school, the old one and the SWV know of it: each is told without personal data."""
    place = f"/dossiers/{dossier.id}"
    arrives = school.id if school else None
    if ahead:
        told = ((arrives, "moves_in", "/dossiers"), (left, "moves_away", f"{place}/school"))
    else:
        told = ((arrives, "moved_in", place), (left, "moved_away", "/dossiers"))
    for organisation_id, kind, link in told:
        _tell_school(services, session, context, dossier, organisation_id, kind, link)
    if context.person.role is Role.SCHOOL_STAFF:
        tell_swv(services, session, context, dossier, "moves" if ahead else "moved")


def _tell_school(
    services: Services,
    session: Session,
    context: Context,
    dossier: Dossier,
    organisation_id: str | None,
    kind: str,
    link: str,
) -> None:
    for account_id in school_staff(session, organisation_id):
        if account_id != context.person.account_id:
            tell(services, session, context, dossier, account_id, kind, link)


def _line(services: Services, session: Session, row: Enrolment, since: date | None) -> StretchLine:
    if row.school_id is not None:
        name = session.get_one(Organisation, row.school_id).name
    elif row.elsewhere is not None:
        name = str(services.vault.open_json(session, row.dossier_id, "elsewhere", row.elsewhere))
    else:
        name = ""
    return StretchLine(
        school_name=name, in_tenant=row.school_id is not None, first=row.from_day or since, last=row.until_day
    )
