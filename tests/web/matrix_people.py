"""The people of the matrix and their dossiers, and what several parts of its world make."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from gateway.access import usecases as access
from gateway.access.usecases import NewEntry
from gateway.accounts import passwords, people
from gateway.accounts.rules import Person
from gateway.accounts.setup import make_tenant
from gateway.accounts.tables import Account, Organisation, Tenant
from gateway.consent.usecases import NewConsent
from gateway.context import Role
from gateway.demo import PASSWORD
from gateway.disclosure import usecases as disclosure
from gateway.dossiers import pages
from gateway.dossiers.rules import PURPOSES
from gateway.dossiers.tables import DocumentVersion
from gateway.ids import new_id
from tests import builders, personas
from tests.builders import context
from tests.web.matrix import EMAIL, MADE

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from gateway.services import Services


def _add(session: Session, services: Services, organisation: Organisation, role: Role, email: str) -> Account:
    return people.create(
        session,
        services.vault,
        organisation=organisation,
        role=role,
        person=Person(name="Persoon " + email.partition("@")[0], email=email, function="verzonnen"),
        now=services.clock(),
        password_hash=_HASHED,
    )


_HASHED = passwords.hash_password(PASSWORD)


def _make_people(services: Services) -> None:
    now = services.clock()
    with services.db.writing() as session:
        first = session.scalars(select(Tenant)).one()
        by_kind = {row.kind: row for row in people.organisations(session, first.id)}
        second, second_swv = make_tenant(
            session, swv="Samenwerkingsverband Overkant", slug="overkant", profile="po-raad-2014", now=now
        )
        second_school = Organisation(
            id=new_id(), tenant_id=second.id, kind="school", name="De Overkantschool", brin="99ZW00"
        )
        new_partner = Organisation(
            id=new_id(), tenant_id=first.id, kind="partner_swv", name="Samenwerkingsverband Verweg"
        )
        session.add_all([second_school, new_partner])
        session.flush()
        place = {**by_kind, "t2_swv": second_swv, "t2_school": second_school, "other_partner": new_partner}
        for name, (kind, role) in MADE.items():
            if name.startswith("t2_"):
                where = place["t2_school" if kind == "school" else "t2_swv"]
            else:
                where = place.get(name) or place[kind]
            _add(session, services, where, role, EMAIL[name])
    _list(services, personas.ADMINISTRATOR, "swv_not_accepted")
    _list(services, personas.ADMINISTRATOR, "swv_narrow", categories="a")
    school = builders.account(services, personas.OTHER_SCHOOL).organisation_id
    _list(services, personas.ADMINISTRATOR, "swv_elsewhere", scope="schools", school_ids=(school,))
    _list(services, EMAIL["t2_admin"], "t2_swv")
    _list(services, EMAIL["t2_admin"], "t2_contact")
    for name in (*MADE, "partner", "municipality", "expert"):
        role = builders.account(services, EMAIL[name]).role
        if name != "swv_not_accepted" and role in {Role.SWV_STAFF, Role.CONTACT_PERSON, Role.EXPERT}:
            access.accept_confidentiality(services, context(services, EMAIL[name]))


def _list(services: Services, by: str, name: str, **changes: Any) -> str:
    who = context(services, by)
    values: dict[str, Any] = {
        "account_id": builders.account(services, EMAIL[name]).id,
        "valid_from": who.today - timedelta(days=3),
        "valid_until": None,
        "categories": "abcdefghijklmnop",
        "scope": "tenant",
        "school_ids": (),
        "motivation": "Verzonnen reden.",
    }
    return builders.on_the_list(services, who, NewEntry(**{**values, **changes}))


def _make_dossiers(services: Services, things: dict[str, dict[str, Any]]) -> None:
    def made(name: str, email: str, bsn: str, categories: tuple[str, ...], *, submit: bool = True) -> None:
        pupil = {"bsn": bsn, "first_name": f"Kind-{name}"}
        if submit:
            dossier, document = builders.submitted(services, email, categories=categories, **pupil)
        else:
            dossier = builders.draft(services, email, **pupil)
            received = builders.upload(services, email, dossier, "concept.txt", f"Concept {name}.\n".encode())
            document = received.document_id or ""
            builders.describe(services, email, dossier, document, categories=categories)
            builders.work(services)
        things[name] = {"dossier_id": dossier, "document_id": document}

    made("draft", personas.OWNER, "100000009", ("g", "k"), submit=False)
    made("to_submit", personas.OWNER, "100000010", ("g", "k"), submit=False)
    made("submitted", personas.OWNER, "100000022", ("g", "k"))
    made("health", personas.OWNER, "100000034", ("e", "g"))
    made("theirs", personas.OTHER_SCHOOL, "100000046", ("g", "k"))
    made("second", EMAIL["t2_school"], "100000058", ("g", "k"))
    mine, theirs = things["submitted"], things["theirs"]
    things["my_dossier_their_document"] = {"dossier_id": mine["dossier_id"], "document_id": theirs["document_id"]}
    things["their_dossier_my_document"] = {
        "dossier_id": things["second"]["dossier_id"],
        "document_id": mine["document_id"],
    }
    with services.db.writing() as session:
        for name, dossier, capacity in (
            ("guardian", mine, "guardian"), ("pupil", mine, "data_subject"), ("other_guardian", theirs, "guardian"),
        ):  # fmt: skip
            account_id = builders.account(services, EMAIL[name]).id
            pages.link_family(
                session,
                dossier_id=dossier["dossier_id"],
                account_id=account_id,
                capacity=capacity,
                has_authority=True,
                guardian_id="" if name == "pupil" else pages.first_guardian(services, session, dossier["dossier_id"]),
            )
            if name != "other_guardian":
                thing = "relative" if name == "pupil" else "guardian_account"
                things[thing] = {"dossier_id": dossier["dossier_id"], "account_id": account_id}


def version_of(services: Services, document_id: str) -> str:
    """The id of the newest version of a document."""
    with services.db.reading() as session:
        query = select(DocumentVersion.id).where(DocumentVersion.document_id == document_id)
        return session.scalars(query.order_by(DocumentVersion.number.desc())).first() or ""


def consent(services: Services, dossier_id: str) -> str:
    """A consent of a guardian with authority, for everything that the form offers; returns its id."""
    sender = context(services, personas.SWV)
    new = NewConsent(
        given_by="guardian",
        giver_name="Iemand Zonderaccount",
        has_authority=True,
        given_on=sender.today,
        purposes=tuple(PURPOSES),
        recipients=("partner_swv", "school_board", "municipality"),
        evidence="Getekend formulier (verzonnen).",
    )
    return disclosure.add_consent(services, sender, dossier_id, new)


def disclose(services: Services, dossier: dict[str, Any], consent_id: str) -> str:
    """Disclose the dossier's document to the demo's municipality on this consent; returns the verstrekking's id."""
    request = builders.verstrekking(services, dossier["dossier_id"], dossier["document_id"], consent_id=consent_id)
    return disclosure.disclose(services, context(services, personas.SWV), request)
