"""What tests of a destruction begin with: dossiers past their term, a clock that somebody believes, the day itself."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from sqlalchemy import select

from audit.tables import event
from gateway.accounts.vouching import Voucher
from gateway.consent.usecases import NewConsent
from gateway.context import Context
from gateway.demo import PASSWORD
from gateway.destruction import clock, run
from gateway.disclosure import consenting
from gateway.dossiers.rules import PURPOSES
from gateway.dossiers.tables import Dossier
from gateway.erasure.tables import Destruction
from gateway.ids import new_id
from gateway.matters.rules import NewHold
from gateway.reglement import versions
from tests import builders, doors
from tests.personas import ADMINISTRATOR, CONTACT_PERSON, SWV

LAST = date(2029, 11, 23)


def nobody(services):
    return Context(actor=None, now=services.clock(), request_id=new_id())


def go_to(services, day):
    """The clock goes on with the years, and somebody who looks says that it is right."""
    services.clock.now = datetime(day.year, day.month, day.day, 9, 0, tzinfo=UTC)
    clock.confirm(services, nobody(services))


def ended_matter(services, dossier_id):
    builders.tlv(services, dossier_id, builders.matter(services, dossier_id))


def ended(services, **changes):
    """A submitted dossier with a document and a TLV that ended today: kept until `LAST`."""
    dossier_id, _ = builders.submitted(services, **changes)
    ended_matter(services, dossier_id)
    return dossier_id


def bare(services, **changes):
    """The same without a document: its files decide nothing here."""
    dossier_id = builders.draft(services, **changes)
    with services.db.writing() as session:
        dossier = session.get_one(Dossier, dossier_id)
        dossier.state, dossier.submitted_at = "submitted", services.clock()
    ended_matter(services, dossier_id)
    return dossier_id


def new_hold(services, **changes):
    who = builders.context(services, SWV)
    values = {
        "kind": "bezwaar",
        "started_on": who.today,
        "review_on": who.today + timedelta(days=60),
        "reason": "Bezwaar van de school (verzonnen).",
        "owner_id": who.person.account_id,
    }
    return NewHold(**{**values, **changes})


def standing(services, dossier_id):
    with services.db.reading() as session:
        return session.scalars(
            select(Destruction).where(Destruction.dossier_id == dossier_id).order_by(Destruction.announced_at.desc())
        ).first()


def is_there(services, dossier_id):
    with services.db.reading() as session:
        return session.get(Dossier, dossier_id) is not None


def announced(services, dossier_id):
    go_to(services, date(2029, 10, 24))
    ran = run.run(services)
    assert ran.announced == 1, ran
    return standing(services, dossier_id)


def vouchers(services, *emails):
    """These people with their right password, and the code that their app shows now."""
    now = services.clock()
    return [Voucher(email=each, password=PASSWORD, code=doors.code(each, now)) for each in emails]


def sign_log(services):
    builders.work(services)


def on_the_day(services):
    go_to(services, LAST + timedelta(days=1))


def events_of(services, action):
    with services.db.reading() as session:
        return session.execute(select(event.c.object_id, event.c.article).where(event.c.action == action)).all()


def new_rules(services, profile="po-raad-2014", **destroy):
    """The tenant's reglement says something on destroying from tomorrow; the clock goes there."""
    who = builders.context(services, ADMINISTRATOR)
    tenant = who.person.tenant_id
    with services.db.reading() as session:
        document = versions.as_json(dict(versions.in_force(session, tenant, profile, who.today).document))
    document["keep"]["destroy"] = destroy
    made = versions.draft(services, who, profile, document, who.today + timedelta(days=1))
    versions.decide(services, builders.context(services, CONTACT_PERSON), made, approve=True)


def consent_to_municipality(services, dossier_id):
    """A guardian gave consent on paper to give everything to the municipality."""
    who = builders.context(services, SWV)
    new = NewConsent(
        given_by="guardian",
        giver_name="Iemand Zonderaccount",
        has_authority=True,
        given_on=who.today,
        purposes=tuple(PURPOSES),
        recipients=("municipality",),
        evidence="Getekend formulier (verzonnen).",
    )
    return consenting.record_consent(services, who, dossier_id, new)
