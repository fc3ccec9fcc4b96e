"""Guardians and pupils of sixteen with an account: let in by the school after identification (PRage)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from gateway.accounts import invitations, people
from gateway.accounts import usecases as accounts
from gateway.accounts.rules import Person
from gateway.accounts.tables import Account, Organisation
from gateway.context import Role
from gateway.dossiers.birthdays import has_open_requests
from gateway.dossiers.linking import place
from gateway.dossiers.queries import decides_alone, pupil_of, school_dossier
from gateway.dossiers.tables import NOBODY, UNDECIDED, DossierPerson
from gateway.errors import ConflictError, InvalidInputError, NotFoundError
from gateway.ids import new_id
from gateway.notices import outbox
from gateway.recording import Action, record

if TYPE_CHECKING:
    from datetime import date

    from sqlalchemy.orm import Session

    from gateway.context import Context
    from gateway.dossiers.tables import Dossier
    from gateway.services import Services

CAPACITIES = {"guardian": Role.GUARDIAN, "data_subject": Role.PUPIL}
FAMILY = frozenset(CAPACITIES.values())
FAMILY_NAME = "Ouders en leerlingen"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRelative:
    """Who is let in, and what the school saw to know who it is (no copy of a document is kept).

    `guardian_id` is the guardian in the pupil's data who this is, or `NOBODY` of them.
    """

    name: str
    email: str
    capacity: str
    has_authority: bool
    identified_by: str
    guardian_id: str = UNDECIDED


@dataclass(frozen=True, slots=True, kw_only=True)
class RelativeLine:
    """An account that can see what is known about the pupil."""

    account_id: str
    name: str
    email: str
    capacity: str
    has_authority: bool
    active: bool
    guardian: str
    decided: bool


def let_in(services: Services, context: Context, dossier_id: str, new: NewRelative) -> str | None:
    """Link a guardian or the pupil to the dossier; returns the invitation's token, or None when the account exists.

    No page shows the token, nor which of the two it was: the address of a parent says nothing of other schools.

    Raises:
        InvalidInputError: at this age the other one speaks (PRage), or nothing was seen to identify by.
        ConflictError: the address belongs to another kind of account, or is linked already.
    """
    with services.db.writing() as session:
        dossier = school_dossier(session, context, dossier_id, lock=True)
        _check(new, _speaks_for_self(services, session, dossier, context.today))
        account, token = _account(services, session, context, dossier, new)
        if session.get(DossierPerson, (dossier.id, account.id)) is not None:
            raise ConflictError("Deze persoon heeft al toegang tot dit dossier.")
        has_authority = new.has_authority or new.capacity == "data_subject"
        row = DossierPerson(
            dossier_id=dossier.id, account_id=account.id, capacity=new.capacity, has_authority=has_authority
        )
        session.add(row)
        session.flush()
        place(services, session, dossier, row, NOBODY if new.capacity == "data_subject" else new.guardian_id)
        if token is None:
            outbox.queue(session, services.vault, context, account_id=account.id, kind="let_in", link="/wat-is-bekend")
        if dossier.state != "draft" and has_open_requests(session, dossier.id):
            outbox.queue(
                session,
                services.vault,
                context,
                account_id=account.id,
                kind="consent_asked",
                link="/toestemmingen",
                dossier_id=dossier.id,
            )
        record(
            session,
            services.vault,
            context,
            Action.PERMISSION,
            dossier_id=dossier.id,
            object_type="account",
            object_id=account.id,
            article="PRage",
            payload={
                "let_in": new.capacity,
                "authority": has_authority,
                "guardian": row.guardian_id,
                "identified_by": new.identified_by.strip(),
            },
        )
    return token


def end(services: Services, context: Context, dossier_id: str, account_id: str) -> None:
    """End the access of a guardian or pupil to this dossier at once."""
    with services.db.writing() as session:
        dossier = school_dossier(session, context, dossier_id, lock=True)
        link = session.get(DossierPerson, (dossier.id, account_id))
        if link is None:
            account = session.get(Account, account_id)
            if account is None or account.tenant_id != dossier.tenant_id or Role(account.role) not in FAMILY:
                raise NotFoundError
            return  # ended already: pressing the button twice is no mistake
        session.delete(link)
        record(
            session,
            services.vault,
            context,
            Action.PERMISSION,
            dossier_id=dossier.id,
            object_type="account",
            object_id=account_id,
            article="PRage",
            payload={"ended": True},
        )


def relatives(services: Services, context: Context, dossier_id: str) -> list[RelativeLine]:
    """Who of the family has access to a dossier of the actor's school."""
    with services.db.reading() as session:
        dossier = school_dossier(session, context, dossier_id)
        links = session.scalars(select(DossierPerson).where(DossierPerson.dossier_id == dossier.id)).all()
        persons = people.names_of(session, services.vault, [link.account_id for link in links])
        names = {each.id: each.name for each in pupil_of(session, services.vault, dossier).guardians}
        active = set(session.scalars(select(Account.id).where(Account.id.in_(persons), Account.active)))
    return [
        RelativeLine(
            account_id=link.account_id,
            name=persons.get(link.account_id, people.NAMELESS).name,
            email=persons.get(link.account_id, people.NAMELESS).email,
            capacity=link.capacity,
            has_authority=link.has_authority,
            active=link.account_id in active,
            guardian=names.get(link.guardian_id or "", ""),
            decided=link.capacity != "guardian" or link.guardian_id not in {None, UNDECIDED},
        )
        for link in links
        if link.account_id in persons
    ]


def _speaks_for_self(services: Services, session: Session, dossier: Dossier, on: date) -> bool:
    return decides_alone(pupil_of(session, services.vault, dossier), on)


def _check(new: NewRelative, speaks: bool) -> None:
    if new.capacity not in CAPACITIES:
        raise InvalidInputError("Kies wie u toegang geeft.", field="capacity")
    if new.capacity == "data_subject" and not speaks:
        raise InvalidInputError("Een leerling krijgt vanaf 16 jaar zelf toegang.", field="capacity")
    if new.capacity == "guardian" and speaks:
        raise InvalidInputError(
            "Deze leerling is 16 jaar of ouder en beslist zelf. Geef de leerling toegang.", field="capacity"
        )
    if not new.identified_by.strip():
        raise InvalidInputError("Schrijf hoe u hebt vastgesteld wie dit is.", field="identified_by")


def _account(
    services: Services, session: Session, context: Context, dossier: Dossier, new: NewRelative
) -> tuple[Account, str | None]:
    person = accounts.checked_person(Person(name=new.name, email=new.email))
    known = people.by_email(session, services.vault, person.email)
    role = CAPACITIES[new.capacity]
    if known is not None and known.tenant_id == dossier.tenant_id:
        if known.role != role.value or not known.active:
            raise ConflictError("Dit e-mailadres kan hier niet worden gebruikt. Vraag een ander e-mailadres.")
        return known, None
    family = family_of(session, dossier.tenant_id)
    return invitations.invite_into(session, services, context, organisation=family, role=role, person=person)


def family_of(session: Session, tenant_id: str) -> Organisation:
    """The organisation that stands for the families of a tenant; made at its first use."""
    query = select(Organisation).where(Organisation.tenant_id == tenant_id, Organisation.kind == "family")
    family = session.scalars(query).first()
    if family is None:
        family = Organisation(id=new_id(), tenant_id=tenant_id, kind="family", name=FAMILY_NAME)
        session.add(family)
        session.flush()
    return family
