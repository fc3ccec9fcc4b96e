"""What tests of requests begin with: a family with two parents, asking, the steps of the officer, the letters."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from gateway.accounts import people
from gateway.accounts.rules import Person
from gateway.accounts.tables import Organisation
from gateway.context import Role
from gateway.dossiers import pages, queries
from gateway.dossiers.describing import Description
from gateway.dossiers.rules import RIGHT_REQUEST, Guardian
from gateway.dossiers.tables import Dossier
from gateway.dossiers.upload import receive
from gateway.letters import queries as letters
from gateway.notices.tables import Notice
from gateway.rights import asking
from gateway.rights import queries as requests
from gateway.rights.asking import NewRequest, OnPaper
from gateway.rights.rules import Decision
from gateway.rights.tables import RightRequest
from tests import builders
from tests.personas import GUARDIAN, OFFICER, SWV

SECOND = "tweede.ouder@demo.example"


PARENTS = (Guardian(name="Maryam Voorbeeld"), Guardian(name="Ko Tweedema"))


SCAN = Description(kind=RIGHT_REQUEST, categories=("a", "d"), origin="guardian", purpose="support_allocation")


def family(services, **changes):
    """A submitted dossier and two parents with authority, each with an account."""
    dossier_id = builders.draft(services, **{"guardians": PARENTS, **changes})
    with services.db.writing() as session:
        dossier = session.get_one(Dossier, dossier_id)  # without a document: what is asked here needs none
        dossier.state, dossier.submitted_at = "submitted", services.clock()
    return with_parents(services, dossier_id)


def with_parents(services, dossier_id):
    with services.db.writing() as session:
        home = session.scalars(select(Organisation).where(Organisation.kind == "family")).one()
        if people.by_email(session, services.vault, SECOND) is None:
            person = Person(name="Ko Tweedema", email=SECOND)
            people.create(
                session, services.vault, organisation=home, role=Role.GUARDIAN, person=person, now=services.clock()
            )
    for email, name in ((GUARDIAN, "Maryam Voorbeeld"), (SECOND, "Ko Tweedema")):
        link(services, dossier_id, email, name)
    return dossier_id


def link(services, dossier_id, email, name="", capacity="guardian", *, has_authority=True):
    account_id = builders.account(services, email).id
    with services.db.writing() as session:
        dossier = session.get_one(Dossier, dossier_id)
        known = {each.name: each.id for each in queries.pupil_of(session, services.vault, dossier).guardians}
        pages.link_family(
            session,
            dossier_id=dossier_id,
            account_id=account_id,
            capacity=capacity,
            has_authority=has_authority,
            guardian_id=known.get(name, ""),
        )


def context(services, email):
    return builders.context(services, email)


def ask(services, dossier_id, email=GUARDIAN, kind="inzage", **changes):
    return asking.ask(services, context(services, email), dossier_id, NewRequest(kind=kind, **changes))


def row(services, request_id):
    with services.db.reading() as session:
        return session.get_one(RightRequest, request_id)


def step(services, act, request_id, *more, email=OFFICER, **named):
    act(services, context(services, email), request_id, *more, seen=row(services, request_id).version, **named)


def decision(outcome="granted", **changes):
    return Decision(**{"outcome": outcome, "reasons": "Zo staat het in het dossier.", "article": "", **changes})


def letters_of(services, request_id):
    with services.db.reading() as session:
        return letters.of(session, services.vault, request_id)


def letter(services, request_id, kind):
    return next(each for each in letters_of(services, request_id) if each.kind == kind)


def steps_of(services, request_id):
    with services.db.reading() as session:
        found = session.get_one(RightRequest, request_id)
        return [each.kind for each in requests.steps_of(session, services.vault, found)]


def notices(services, kind):
    with services.db.reading() as session:
        return len(session.scalars(select(Notice).where(Notice.kind == kind)).all())


def scanned(services, dossier_id, email):
    """The scan of a request, kept by this person."""
    part = builders.file_part("verzoek.txt", b"Ik wil inzage.")
    taken = receive(services, context(services, email), dossier_id, part, described=SCAN)
    assert taken.problem is None
    return taken.document_id


def paper(services, dossier_id, scan, **changes):
    with services.db.reading() as session:
        dossier = session.get_one(Dossier, dossier_id)
        first = asking.askers(services, session, dossier, services.clock().date())[0].key
    values = {
        "asker": first,
        "who": "",
        "received_on": services.clock().date() - timedelta(days=3),
        "identified": "Paspoort gezien aan de balie.",
        "scan_id": scan,
        "street": "Verzonnenstraat 1",
    }
    return OnPaper(**{**values, **changes})


def enter(services, dossier_id, made, email=SWV):
    return asking.enter(services, context(services, email), dossier_id, NewRequest(kind="inzage"), made)
