"""Two at once, on both databases: of what can be done once, one does it and the other is told (issue 6, races)."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select, text

from gateway.accounts import factors, invitations, reset
from gateway.accounts import usecases as accounts
from gateway.accounts.rules import Person
from gateway.accounts.tables import Organisation
from gateway.context import Context, Role
from gateway.disclosure import approving, consenting, fetching
from gateway.disclosure import usecases as disclosure
from gateway.disclosure.tables import Verstrekking, VerstrekkingDocument
from gateway.dossiers.erasing import withdraw
from gateway.errors import ConflictError, GatewayError, NotFoundError
from gateway.ids import new_id
from gateway.oversight import breaches
from gateway.partner_keys import usecases as partner_keys
from gateway.reglement import versions
from gateway.witness import usecases as witnesses
from tests import builders, doors, personas
from tests.builders import context
from tests.web import matrix_acts, matrix_people

if TYPE_CHECKING:
    from collections.abc import Callable

SECOND = "beheer2@demo.example"
PEOPLE = 4
GOOD = "vier losse woorden fietsbel"


@dataclass(frozen=True)
class Race:
    """What is done once: by these acts at once, with this many events of it in the end."""

    acts: tuple[Callable[[], Any], ...]
    wins: int = 1
    most_events: int = 2


def at_once(acts):
    """Start all acts together; the number that succeeded, and what the others came to."""
    start, won, lost = threading.Barrier(len(acts)), [], []

    def run(act):
        start.wait()
        try:
            act()
            won.append(1)
        except Exception as error:  # noqa: BLE001 - looked at below: a fault of ours is not a refusal
            lost.append(error)

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return len(won), lost


def events_of(services):
    with services.db.reading() as session:
        return session.scalar(text("SELECT count(*) FROM audit_event WHERE outcome = 'success'"))


@pytest.fixture
def things(services):
    made: dict[str, dict[str, Any]] = {}
    dossier, document = builders.submitted(services, bsn="100000022")
    with services.db.writing() as session:
        from gateway.dossiers import pages

        pages.link_family(
            session,
            dossier_id=dossier,
            account_id=builders.account(services, personas.GUARDIAN).id,
            capacity="guardian",
            has_authority=True,
            guardian_id=pages.first_guardian(services, session, dossier),
        )
    made["dossier"] = {"dossier_id": dossier, "document_id": document}
    matrix_acts._make_keys(services, made)
    return made


def races(services, things):
    """Each race with its preparation, one after the other in one installation."""
    boss, second = context(services, personas.ADMINISTRATOR), context(services, SECOND)
    contact, swv = context(services, personas.CONTACT_PERSON), context(services, personas.SWV)
    partner, guardian = context(services, personas.MUNICIPALITY), context(services, personas.GUARDIAN)
    officer = context(services, personas.OFFICER)
    dossier = things["dossier"]
    given = matrix_people.consent(services, dossier["dossier_id"])

    def sent():
        return matrix_people.disclose(services, dossier, given)

    asked = sent()
    with services.db.writing() as session:
        session.get_one(Verstrekking, asked).state = "asked"
    yield "approve and reject", Race((
        lambda: approving.approve(services, contact, asked),
        lambda: approving.reject(services, contact, asked, "Verzonnen."),
        lambda: approving.approve(services, contact, asked),
    ))  # fmt: skip
    wanted = builders.verstrekking(
        services, dossier["dossier_id"], dossier["document_id"], consent_id=given, once=new_id()
    )
    made = set()
    yield "disclose", Race((lambda: made.add(disclosure.disclose(services, swv, wanted)),) * PEOPLE, wins=PEOPLE)
    assert made == {wanted.once}, "the same page sent twice is one verstrekking"
    with pytest.raises(NotFoundError):
        disclosure.disclose(services, contact, wanted)
    one = sent()
    yield "confirm receipt", Race((lambda: disclosure.confirm(services, partner, one),) * PEOPLE)
    two = sent()
    yield "close", Race((lambda: disclosure.close(services, swv, two),) * PEOPLE)
    spare = matrix_people.consent(services, dossier["dossier_id"])
    yield "withdraw a consent", Race((
        lambda: consenting.withdraw_on_request(services, swv, dossier["dossier_id"], spare),
    ) * PEOPLE)  # fmt: skip
    request = ask(services, swv, dossier["dossier_id"])
    yield "give consent", Race((lambda: consenting.answer(services, guardian, request, gives=True),) * PEOPLE)
    again = ask(services, swv, dossier["dossier_id"])
    consenting.answer(services, guardian, again, gives=False)
    yield "give consent after a refusal", Race((
        lambda: consenting.answer(services, guardian, again, gives=True),
    ) * PEOPLE)  # fmt: skip
    with services.db.reading() as session:
        profile = versions.in_force(session, boss.person.tenant_id, "po-raad-2014", boss.today)
    from datetime import timedelta

    draft = versions.draft(
        services, boss, "po-raad-2014", versions.as_json(dict(profile.document)), boss.today + timedelta(days=1)
    )
    yield "decide on a reglement", Race((
        lambda: versions.decide(services, second, draft, approve=True),
        lambda: versions.decide(services, contact, draft, approve=False),
        lambda: versions.decide(services, second, draft, approve=True),
    ))  # fmt: skip
    key = things["partner_key"]["key_id"]
    print_of = fingerprint(services, "organisation_key", key)
    yield "confirm a key", Race((lambda: partner_keys.confirm(services, second, key, print_of),) * PEOPLE)
    yield "stop a key", Race((lambda: partner_keys.end(services, boss, key),) * PEOPLE)
    party = things["witness"]["party_id"]
    with services.db.reading() as session:
        from audit.note import VerifierKey
        from gateway.witness.tables import WitnessParty

        shown = VerifierKey.parse(session.get_one(WitnessParty, party).key).fingerprint
    yield "confirm a witness", Race((lambda: witnesses.confirm(services, second, party, shown),) * PEOPLE)
    yield "stop a witness", Race((lambda: witnesses.end(services, boss, party),) * PEOPLE)
    breach = breaches.record_breach(
        services,
        officer,
        breaches.NewBreach(
            details=breaches.Details(title="Verzonnen", what="Verzonnen.", consequences="", measures=""),
            kinds=("confidentiality",),
            cause="wrong_recipient",
            discovered_at=officer.now,
            began_at=None,
            ended_at=None,
        ),
    )
    for kind in (breaches.AP, breaches.PERSONS):
        breaches.decide(services, officer, breach, kind, breaches.NO, "Verzonnen reden.")
    yield "close a breach", Race((lambda: breaches.close(services, officer, breach, "Klaar (verzonnen)."),) * PEOPLE)


def doors_races(services):
    """What can be done once at the door: each answer, code and link counts for one, whoever comes at the same time."""
    boss, second = context(services, personas.ADMINISTRATOR), context(services, SECOND)
    officer, swv = context(services, personas.OFFICER), context(services, personas.SWV)
    person = Person(name="Nieuw Elders", email="nieuw@elders.example")
    where = swv.person.organisation_id
    invitations.invite(services, boss, organisation_id=where, role=Role.SWV_STAFF, person=person)
    waits = builders.account(services, person.email).id
    yield "confirm and refuse an invitation", Race((
        lambda: invitations.decide(services, second, waits, approve=True, trust=True),
        lambda: invitations.decide(services, officer, waits, approve=False),
        lambda: invitations.decide(services, second, waits, approve=True),
    ))  # fmt: skip
    person = Person(name="Nieuw Hier", email="nieuw@demo.example")
    yield "invite one address twice", Race((
        lambda: invitations.invite(services, boss, organisation_id=where, role=Role.SWV_STAFF, person=person),
    ) * PEOPLE)  # fmt: skip
    link = invitations.invite_again(services, boss, builders.account(services, person.email).id)
    stranger = Context(actor=None, now=services.clock(), request_id=new_id(), network="10.0.0.0/24")
    yield "use a link", Race((
        lambda: accounts.set_password(services, stranger, kind="invitation", token=link, password=GOOD),
    ) * PEOPLE)  # fmt: skip
    wanted = reset.ask(services, boss, builders.account(services, personas.COLLEAGUE).id, "Verzonnen.")
    yield "take a second step away, or not", Race((
        lambda: reset.decide(services, officer, wanted, approve=True),
        lambda: reset.decide(services, officer, wanted, approve=False),
    ))  # fmt: skip
    places = [doors.session_for(services, personas.SWV) for _ in range(PEOPLE)]
    code = doors.fresh_code(services, personas.SWV)
    yield "a code of the app", Race(tuple(
        lambda place=place: factors.prove(services, swv, place, code, step="step-up") for place in places
    ))  # fmt: skip
    (paper, *_) = factors.renew_codes(services, swv)
    places = [doors.session_for(services, personas.SWV) for _ in range(PEOPLE)]
    yield "a code on paper", Race(tuple(
        lambda place=place: factors.prove(services, swv, place, paper, step="step-up") for place in places
    ))  # fmt: skip


def test_what_counts_once_at_the_door_counts_once_for_many_at_once(services):
    wrong = []
    for name, race in doors_races(services):
        won, lost = at_once(race.acts)
        faults = [error for error in lost if not isinstance(error, GatewayError)]
        if won != race.wins or faults:
            wrong.append((name, won, faults))
    assert wrong == []


def test_an_address_that_the_swv_has_by_now_is_not_invited_again_unfindable(services):
    """Between the look of `invite` and its writing another may have invited: the writing looks again."""
    boss = context(services, personas.ADMINISTRATOR)
    person = Person(name="Verzonnen Tweeling", email=personas.SWV)
    with services.db.writing() as session:
        swv = session.get_one(Organisation, boss.person.organisation_id)
        with pytest.raises(ConflictError):
            invitations.invite_into(session, services, boss, organisation=swv, role=Role.SWV_STAFF, person=person)


def test_a_document_that_is_withdrawn_while_many_fetch_it_is_whole_or_breaks_and_never_begins_after(services, things):
    given = matrix_people.consent(services, things["dossier"]["dossier_id"])
    sent = matrix_people.disclose(services, things["dossier"], given)
    partner, owner = context(services, personas.MUNICIPALITY), context(services, personas.OWNER)
    dossier, document = things["dossier"]["dossier_id"], things["dossier"]["document_id"]
    with services.db.reading() as session:
        version = session.scalar(
            select(VerstrekkingDocument.version_id).where(VerstrekkingDocument.verstrekking_id == sent)
        )
    whole = b"".join(fetching.fetch(services, partner, sent, version).chunks)
    got: list[bytes] = []

    def take():
        got.append(b"".join(fetching.fetch(services, partner, sent, version).chunks))

    _, lost = at_once((take, take, take, lambda: withdraw(services, owner, dossier, document, "Verzonnen.")))
    assert all(isinstance(error, GatewayError) for error in lost), lost
    assert set(got) <= {whole}
    with pytest.raises(GatewayError):
        fetching.fetch(services, partner, sent, version)


def fingerprint(services, table, row_id):
    with services.db.reading() as session:
        return session.scalar(text(f"SELECT fingerprint FROM {table} WHERE id = :id"), {"id": row_id})


def ask(services, staff, dossier_id):
    from sqlalchemy import select

    from gateway.consent.requests import NewRequest
    from gateway.consent.tables import ConsentRequest

    before = new_id()
    new = NewRequest(
        purposes=("second_opinion",), recipients=("municipality",), categories=("g",), valid_until=None,
        explanation=f"Verzonnen {before}.",
    )  # fmt: skip
    with services.db.reading() as session:
        had = set(session.scalars(select(ConsentRequest.id)))
    consenting.ask(services, staff, dossier_id, new)
    with services.db.reading() as session:
        (made,) = set(session.scalars(select(ConsentRequest.id))) - had
    return made


def test_what_can_be_done_once_is_done_once_by_many_at_once(services, things):
    wrong = []
    for name, race in races(services, things):
        before = events_of(services)
        won, lost = at_once(race.acts)
        faults = [error for error in lost if not isinstance(error, GatewayError)]
        if won != race.wins or faults or events_of(services) - before > race.most_events:
            wrong.append((name, won, events_of(services) - before, faults))
    assert wrong == []
