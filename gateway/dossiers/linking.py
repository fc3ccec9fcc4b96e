"""Which account is which guardian of the pupil's data: said by staff after identification, never taken from a name.

Source: PRage, issue 4 ("Guardians").
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from gateway.accounts import people
from gateway.consent import orders
from gateway.consent.tables import CourtOrder
from gateway.context import Context
from gateway.dossiers.guardians import Named, named
from gateway.dossiers.queries import pupil_of, visible_dossier
from gateway.dossiers.rules import same_name
from gateway.dossiers.tables import NOBODY, UNDECIDED, Dossier, DossierPerson
from gateway.errors import ConflictError, InvalidInputError, NotFoundError
from gateway.ids import new_id
from gateway.recording import Action, record

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy.orm import Session

    from gateway.services import Services


def free(services: Services, session: Session, dossier: Dossier, *, beside: str | None = None) -> list[Named]:
    """The guardians of the pupil's data whom no account is, but for that of `beside`."""
    everyone = named(services, session, dossier)
    return [each for each in everyone if each.guardian_id is not None and each.account_id in {None, beside}]


def asked(services: Services, context: Context, dossier_id: str, account_id: str) -> tuple[Named, list[Named]]:
    """An account of the dossier's family, and the guardians who it can be.

    Raises:
        NotFoundError: not within the actor's reach, or no guardian's account of this dossier.
    """
    with services.db.reading() as session:
        dossier = visible_dossier(session, context, dossier_id)
        _row(session, dossier, account_id)
        person = next((each for each in named(services, session, dossier) if each.account_id == account_id), None)
        if person is None:
            raise NotFoundError
        return person, free(services, session, dossier, beside=account_id)


def choices(services: Services, context: Context, dossier_id: str) -> list[Named]:
    """The guardians of the pupil's data who have no account yet."""
    with services.db.reading() as session:
        return free(services, session, visible_dossier(session, context, dossier_id))


def link(services: Services, context: Context, dossier_id: str, account_id: str, guardian_id: str, how: str) -> None:
    """Say which guardian of the pupil's data an account is, or `NOBODY` of them; court orders follow at once.

    Raises:
        InvalidInputError: nobody of this dossier, or it is not said how this was established.
        ConflictError: another account is this guardian.
    """
    if not how.strip():
        raise InvalidInputError("Schrijf hoe u hebt vastgesteld wie dit is.", field="how")
    with services.db.writing() as session:
        dossier = visible_dossier(session, context, dossier_id)
        row = _row(session, dossier, account_id)
        place(services, session, dossier, row, guardian_id)
        record(
            session,
            services.vault,
            context,
            Action.PERMISSION,
            dossier_id=dossier.id,
            object_type="account",
            object_id=account_id,
            article="PRage",
            payload={"guardian": guardian_id, "identified_by": how.strip()},
        )


def place(services: Services, session: Session, dossier: Dossier, row: DossierPerson, guardian_id: str) -> None:
    """Write whose account this is, in the caller's transaction."""
    if guardian_id not in {NOBODY, UNDECIDED}:
        known = {each.guardian_id: each.account_id for each in named(services, session, dossier) if each.guardian_id}
        if guardian_id not in known:
            raise InvalidInputError("Kies wie dit is in het dossier.", field="guardian")
        if known[guardian_id] not in {None, row.account_id}:
            raise ConflictError("Deze ouder heeft al een ander account bij dit dossier.")
    before, row.guardian_id = row.guardian_id, guardian_id
    orders.link_account(session, dossier.id, row.account_id, guardian_id=guardian_id, before=before or UNDECIDED)


def forget_guardians(session: Session, dossier_id: str, gone: Iterable[str]) -> None:
    """Of the accounts and orders of guardians who left the pupil's data somebody must say whose they are."""
    ids = set(gone)
    links = select(DossierPerson).where(DossierPerson.dossier_id == dossier_id, DossierPerson.guardian_id.in_(ids))
    held = select(CourtOrder).where(CourtOrder.dossier_id == dossier_id, CourtOrder.guardian_id.in_(ids))
    for row in (*session.scalars(links), *session.scalars(held)):
        row.guardian_id = UNDECIDED


def adopt_all(services: Services) -> tuple[int, int]:
    """Once, for what was kept before links were: link where one name fits one account; (linked, left to people).

    What is left is never looked at again: people say whose it is. Each dossier is a transaction of its own.
    """
    linked = left = 0
    with services.db.reading() as session:
        wanted = set(session.scalars(select(DossierPerson.dossier_id).where(DossierPerson.guardian_id.is_(None))))
        wanted |= set(session.scalars(select(CourtOrder.dossier_id).where(CourtOrder.guardian_id.is_(None))))
    for dossier_id in sorted(wanted):
        with services.db.writing() as session:
            one, other = _adopt(services, session, session.get_one(Dossier, dossier_id))
        linked, left = linked + one, left + other
    return linked, left


def _adopt(services: Services, session: Session, dossier: Dossier) -> tuple[int, int]:
    guardians = pupil_of(session, services.vault, dossier).guardians
    query = select(DossierPerson).where(
        DossierPerson.dossier_id == dossier.id,
        DossierPerson.capacity == "guardian",
        DossierPerson.guardian_id.is_(None),
    )
    rows = session.scalars(query).all()
    persons = people.names_of(session, services.vault, [row.account_id for row in rows])
    linked = 0
    for row in rows:
        name = persons[row.account_id].name if row.account_id in persons else ""
        fitting = [each.id for each in guardians if same_name(each.name, name)]
        alike = [person for person in persons.values() if same_name(person.name, name)]
        row.guardian_id = fitting[0] if len(fitting) == len(alike) == 1 else UNDECIDED
        linked += row.guardian_id != UNDECIDED
    for line in orders.lines(session, services.vault, dossier.id):
        if line.order.guardian_id is None:
            fitting = [each.id for each in guardians if same_name(each.name, line.name)]
            line.order.guardian_id = fitting[0] if len(fitting) == 1 else UNDECIDED
    for row in session.scalars(
        select(DossierPerson).where(DossierPerson.dossier_id == dossier.id, DossierPerson.capacity != "guardian")
    ):
        row.guardian_id = NOBODY
    record(
        session,
        services.vault,
        Context(actor=None, now=services.clock(), request_id=new_id()),
        Action.PERMISSION,
        tenant_id=dossier.tenant_id,
        dossier_id=dossier.id,
        object_type="guardians",
        object_id=dossier.id,
        article="PRage",
        payload={"linked": linked, "left": len(rows) - linked},
    )
    return linked, len(rows) - linked


def _row(session: Session, dossier: Dossier, account_id: str) -> DossierPerson:
    row = session.get(DossierPerson, (dossier.id, account_id))
    if row is None or row.capacity != "guardian":
        raise NotFoundError
    return row
