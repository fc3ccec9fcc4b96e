"""A pupil changes school: the old school is out that day, the new one is in, or the enrolment ends.

Who saw what stays in the log. Source: PR9.2 (only the school of enrolment), issue 4 "Enrolment is a history".
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select

from gateway.accounts.tables import Organisation
from gateway.context import Context, Role
from gateway.dossiers import enrolled
from gateway.dossiers.queries import pupil_of, visible_dossier
from gateway.dossiers.rules import NAME_MAX
from gateway.dossiers.tables import Dossier, Enrolment
from gateway.dossiers.telling import school_staff, tell, tell_swv
from gateway.errors import ConflictError, InvalidInputError
from gateway.recording import Action, record

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from sqlalchemy.orm import Session

    from gateway.services import Services

ELSEWHERE = "elsewhere"


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


def stretches(services: Services, context: Context, dossier_id: str) -> list[StretchLine]:
    """The enrolment history of a dossier within the actor's reach, newest first."""
    with services.db.reading() as session:
        dossier = visible_dossier(session, context, dossier_id)
        since = pupil_of(session, services.vault, dossier).enrolled_from
        rows = enrolled.rows_of(session, dossier.id)
        lines = [_line(services, session, row, since if len(rows) == 1 else None) for row in rows]
    return lines[::-1]


def schools(services: Services, context: Context, dossier_id: str) -> Sequence[Organisation]:
    """The schools of the tenant to which the pupil can go."""
    with services.db.reading() as session:
        dossier = visible_dossier(session, context, dossier_id)
        here = enrolled.history(session, dossier.id)[-1:]
        query = select(Organisation).where(
            Organisation.tenant_id == dossier.tenant_id, Organisation.kind == "school", Organisation.active
        )
        found = session.scalars(query.order_by(Organisation.name)).all()
    return [row for row in found if not any(stretch.last is None and stretch.school_id == row.id for stretch in here)]


def move(services: Services, context: Context, dossier_id: str, new: Move) -> None:
    """Record a change of school, by the school of enrolment or by the SWV; it counts at once.

    Raises:
        InvalidInputError: the day lies ahead or before the present stretch, or no school was chosen.
        ConflictError: a draft: no other school may see what was never submitted (PR3).
    """
    with services.db.writing() as session:
        dossier = visible_dossier(session, context, dossier_id)
        if dossier.state == "draft":
            raise ConflictError(
                "Een concept gaat niet mee naar een andere school. Dien het dossier eerst in, of gooi het weg."
            )
        rows = enrolled.rows_of(session, dossier.id)
        present = rows[-1]
        _check(new, context, present)
        school = _school(session, dossier, new)
        left = present.school_id
        if present.from_day == new.from_day:
            session.delete(present)  # put right on the same day: nobody was there for a day; the log keeps it
        else:
            present.until_day = new.from_day - timedelta(days=1)
        session.add(_stretch(services, session, context, dossier, new, school))
        if school is not None:
            pupil = replace(pupil_of(session, services.vault, dossier), enrolled_from=new.from_day)
            dossier.pupil = services.vault.seal_json(session, dossier.id, "pupil", pupil.to_json())
            dossier.school_id = school.id
        dossier.version += 1
        dossier.changed_at = context.now
        _note(services, session, context, dossier, new, school)
        _tell(services, session, context, dossier, left, school)


def _check(new: Move, context: Context, present: Enrolment) -> None:
    if new.from_day > context.today:
        raise InvalidInputError(
            "Deze dag ligt in de toekomst. Leg het vast op de dag zelf of daarna.", field="from_day"
        )
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
        },
    )


def _tell(
    services: Services,
    session: Session,
    context: Context,
    dossier: Dossier,
    left: str | None,
    school: Organisation | None,
) -> None:
    """The new school can open it, the old one no longer, and the SWV knows: each is told without personal data."""
    for organisation_id, kind, link in (
        (school.id if school else None, "moved_in", f"/dossiers/{dossier.id}"),
        (left, "moved_away", "/dossiers"),
    ):
        for account_id in school_staff(session, organisation_id):
            if account_id != context.person.account_id:
                tell(services, session, context, dossier, account_id, kind, link)
    if context.person.role is Role.SCHOOL_STAFF:
        tell_swv(services, session, context, dossier, "moved")


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
