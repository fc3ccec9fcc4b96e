"""A request for a right, from asking to closing: who may, the term, the letters, the hold, the log. On both databases.

Source: PR11.1 to PR11.5, PR11.10, PR13, PRage; AVG 12.
"""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select

from audit.events import Action
from audit.log import events
from gateway.consent.tables import CourtOrder
from gateway.dossiers.rules import RIGHT_REQUEST
from gateway.dossiers.tables import DocumentVersion, Dossier, DossierPerson
from gateway.errors import ConflictError, InvalidInputError, NotFoundError
from gateway.letters import handing
from gateway.letters import queries as letters
from gateway.letters.tables import Letter
from gateway.matters.tables import Hold
from gateway.rights import asking, effects, treating, views
from gateway.rights import queries as requests
from gateway.rights.rules import NewItem
from gateway.rights.tables import RightPause, RightRequest
from gateway.rights.treating import ItemAnswer
from tests import builders
from tests.personas import GUARDIAN, OFFICER, OWNER, PUPIL, SWV
from tests.right_requests import (
    PARENTS,
    SECOND,
    ask,
    context,
    decision,
    enter,
    family,
    letter,
    letters_of,
    link,
    notices,
    paper,
    row,
    scanned,
    step,
    steps_of,
    with_parents,
)


def test_a_parent_asks_and_everything_of_the_reception_happens_at_once(services):
    dossier_id = family(services)
    request_id = ask(services, dossier_id, assisted="mijn zus")
    found = row(services, request_id)
    assert (found.state, found.kind, found.way, found.capacity) == ("received", "inzage", "portal", "guardian")
    assert found.due == date(2026, 12, 21)  # four weeks after Monday 23 November 2026
    with services.db.reading() as session:
        hold = session.get_one(Hold, found.hold_id)
        assert (hold.kind, hold.ended_on) == ("right", None)
        (event,) = events(session.connection(), dossier=dossier_id, action=(Action.REQUEST,)).rows
        assert (event.object_type, event.object_id, event.article) == ("right_request", request_id, "PR11.1")
    (letter,) = letters_of(services, request_id)
    assert (letter.kind, letter.way, letter.handed_on) == ("receipt", "portal", date(2026, 11, 23))
    assert notices(services, "right_asked") == 1
    mine = views.mine(services, context(services, GUARDIAN), request_id)
    assert (mine.line.assisted, mine.days_left, mine.steps) == ("mijn zus", 28, ["withdraw"])


def test_pressing_twice_is_one_request_and_asking_again_is_linked_to_the_first(services, clock):
    dossier_id = family(services)
    first = ask(services, dossier_id)
    assert ask(services, dossier_id) == first
    clock.forward(days=2)
    again = ask(services, dossier_id)
    assert row(services, again).same_as == first
    (other,) = views.for_officer(services, context(services, OFFICER), first).others
    assert (other.row.id, other.same) == (again, True)
    third = ask(services, dossier_id, text="En graag ook op papier.")
    assert row(services, third).same_as == first


def test_two_parents_who_disagree_each_have_their_own_request(services):
    dossier_id = family(services)
    hers = ask(services, dossier_id, kind="wissing", text="Dit moet weg.")
    his = ask(services, dossier_id, SECOND, kind="beperking", text="Bewaar het, maar gebruik het niet.")
    assert row(services, his).same_as is None
    for email, theirs in ((GUARDIAN, his), (SECOND, hers)):
        with pytest.raises(NotFoundError):
            views.mine(services, context(services, email), theirs)
        with pytest.raises(NotFoundError):
            asking.withdraw(services, context(services, email), theirs)
    (other,) = views.for_officer(services, context(services, OFFICER), hers).others
    assert (other.row.id, other.who, other.same) == (his, "Ko Tweedema", False)


def test_from_the_sixteenth_birthday_the_pupil_asks_and_the_parent_no_longer(services, clock):
    born = date(2010, 11, 24)
    dossier_id = family(services, born=born)
    link(services, dossier_id, PUPIL, capacity="data_subject")
    request_id = ask(services, dossier_id)
    with pytest.raises(NotFoundError):
        ask(services, dossier_id, PUPIL)
    clock.forward(days=1)  # the birthday itself
    assert row(services, ask(services, dossier_id, PUPIL)).capacity == "data_subject"
    with pytest.raises(NotFoundError):
        ask(services, dossier_id)
    with pytest.raises(NotFoundError):
        views.mine(services, context(services, GUARDIAN), request_id)
    assert not views.for_officer(services, context(services, OFFICER), request_id).speaks
    step(services, treating.treat, request_id)
    with pytest.raises(ConflictError):
        step(services, treating.decide, request_id, decision())
    step(services, treating.decide, request_id, decision("refused", reasons="De leerling is 16 en vraagt zelf."))
    refusal = letter(services, request_id, "refusal")
    assert (refusal.account_id, refusal.handed_on) == (None, None)  # by post, then


def test_a_parent_without_authority_or_limited_by_the_court_asks_nothing(services):
    dossier_id = family(services)
    with services.db.writing() as session:
        session.get_one(DossierPerson, (dossier_id, builders.account(services, SECOND).id)).has_authority = False
    with pytest.raises(NotFoundError):
        ask(services, dossier_id, SECOND)
    account = builders.account(services, GUARDIAN)
    with services.db.writing() as session:
        session.add(
            CourtOrder(
                dossier_id=dossier_id,
                account_id=account.id,
                guardian_id=None,
                from_day=services.clock().date(),
                until_day=None,
                document_id="0" * 32,
                details=b"",
                made_by=account.id,
                made_at=services.clock(),
            )
        )
    with pytest.raises(NotFoundError):
        ask(services, dossier_id)


def test_doubt_about_identity_makes_the_term_stand_still_until_the_proof_is_in(services, clock):
    dossier_id = family(services)
    request_id = ask(services, dossier_id)
    clock.forward(days=3)
    step(services, treating.ask_proof, request_id, "Kom langs op school met een identiteitsbewijs.")
    assert (row(services, request_id).state, row(services, request_id).due) == ("proof_asked", None)
    assert letter(services, request_id, "proof_asked")
    clock.forward(days=4)
    asking.answer_proof(services, context(services, GUARDIAN), request_id, "Ik was vandaag op school.")
    assert notices(services, "right_proof") == 1
    clock.forward(days=1)
    arrived = date(2026, 11, 30)
    step(services, treating.proof_in, request_id, arrived, "De school zag een paspoort; geen kopie bewaard.")
    assert (row(services, request_id).state, row(services, request_id).due) == ("treated", date(2026, 12, 28))
    mine = views.mine(services, context(services, GUARDIAN), request_id)
    assert "opschorting" in mine.line.deadline.why
    assert [pause.row.until_on for pause in mine.line.pauses] == [arrived]
    assert steps_of(services, request_id) == ["receive", "ask_proof", "answer_proof", "proof_in"]


def test_without_proof_a_request_is_refused_with_reasons_and_its_term_runs_until_then(services, clock):
    dossier_id = family(services)
    request_id = ask(services, dossier_id)
    step(services, treating.ask_proof, request_id, "Laat zien wie u bent.")
    clock.forward(days=30)
    step(services, treating.decide, request_id, decision("refused", reasons="Wij weten niet wie u bent (PR11.2)."))
    with services.db.reading() as session:
        assert session.scalars(select(RightPause)).one().until_on == date(2026, 12, 23)
    assert row(services, request_id).due == date(2027, 1, 20)


def test_an_extension_goes_to_who_asked_with_its_reasons(services, clock):
    dossier_id = family(services)
    request_id = ask(services, dossier_id)
    step(services, treating.extend, request_id, 4, "Het dossier is groot.")
    assert row(services, request_id).due == date(2027, 1, 18)
    assert letter(services, request_id, "extension")
    assert views.mine(services, context(services, GUARDIAN), request_id).line.extension == "Het dossier is groot."


def test_a_granted_request_is_carried_out_and_closed_with_its_letter_and_the_hold_ends(services):
    dossier_id = family(services)
    request_id = ask(services, dossier_id)
    step(services, treating.treat, request_id)
    step(services, treating.decide, request_id, decision())
    assert letter(services, request_id, "decision")
    with pytest.raises(ConflictError):
        step(services, treating.close, request_id)
    step(services, treating.carry_out, request_id, "Het overzicht staat in het portaal.")
    step(services, treating.close, request_id)
    found = row(services, request_id)
    assert (found.state, found.outcome, found.closed_on) == ("closed", "granted", date(2026, 11, 23))
    with services.db.reading() as session:
        assert session.get_one(Hold, found.hold_id).ended_on == date(2026, 11, 23)
        line = requests.line(session, services.vault, session.get_one(RightRequest, request_id))
    assert (line.reasons, line.article) == ("Zo staat het in het dossier.", "AVG 15")


def test_nothing_is_closed_before_its_letter_went_out(services):
    dossier_id = family(services)
    request_id = enter(services, dossier_id, paper(services, dossier_id, scanned(services, dossier_id, OWNER)))
    assert row(services, request_id).asked_by == builders.account(services, GUARDIAN).id
    step(services, treating.treat, request_id)
    step(services, treating.decide, request_id, decision("refused"))
    with pytest.raises(ConflictError, match="brief"):
        step(services, treating.close, request_id)
    with services.db.writing() as session:
        handing.hand(
            services,
            session,
            context(services, OFFICER),
            dossier=session.get_one(Dossier, dossier_id),
            letter_id=letter(services, request_id, "refusal").id,
            way="post",
            on=services.clock().date(),
        )
    step(services, treating.close, request_id)
    assert row(services, request_id).state == "closed"


def test_a_complaint_is_answered_with_where_it_can_go_on_and_is_a_hold_of_its_own(services):
    dossier_id = family(services)
    with pytest.raises(InvalidInputError):
        ask(services, dossier_id, kind="klacht")
    request_id = ask(services, dossier_id, kind="klacht", text="Ik kreeg geen antwoord.", language="en")
    assert row(services, request_id).due == date(2027, 1, 4)  # six weeks
    with services.db.reading() as session:
        assert session.get_one(Hold, row(services, request_id).hold_id).kind == "complaint"
    step(services, treating.treat, request_id)
    step(services, treating.decide, request_id, decision("partly", reasons="Het antwoord kwam te laat."))
    answer = letter(services, request_id, "complaint_answer")
    with services.db.reading() as session:
        texts = letters.opened(session, services.vault, session.get_one(Letter, answer.id)).texts
    assert "This is what we think: well-founded in part." in texts["en"]["paragraphs"][1]
    assert "deels gegrond" in texts["nl"]["paragraphs"][1]
    staff = views.of_dossier(services, context(services, SWV), dossier_id)
    assert staff.lines == []  # a complaint is between who complains and the officer
    assert len(views.of_dossier(services, context(services, OFFICER), dossier_id).lines) == 1


def test_a_correctie_points_at_documents_and_fields_and_each_is_decided(services):
    dossier_id, document_id = builders.submitted(services, guardians=PARENTS)
    with_parents(services, dossier_id)
    items = (
        NewItem(change="improve", wrong="Het cijfer", should_be="Een zeven", document_id=document_id),
        NewItem(change="remove", wrong="Dit is niet zo", should_be="", field="reason"),
    )
    with pytest.raises(InvalidInputError):
        ask(services, dossier_id, kind="correctie")
    elsewhere = NewItem(change="remove", wrong="Weg", should_be="", document_id="f" * 32)
    with pytest.raises(InvalidInputError):
        ask(services, dossier_id, kind="correctie", items=(elsewhere,))
    request_id = ask(services, dossier_id, kind="correctie", items=items)
    step(services, treating.treat, request_id)
    first, second = views.for_officer(services, context(services, OFFICER), request_id).line.items
    assert (first.wrong, first.should_be, second.row.field) == ("Het cijfer", "Een zeven", "reason")
    with pytest.raises(InvalidInputError):
        step(services, treating.decide, request_id, decision("partly"))
    answers = {
        first.row.id: ItemAnswer(outcome="granted"),
        second.row.id: ItemAnswer(outcome="refused", reasons="Zo zei u het zelf."),
    }
    with pytest.raises(InvalidInputError):
        step(services, treating.decide, request_id, decision(), answers=answers)
    step(services, treating.decide, request_id, decision("partly"), answers=answers)
    done = views.mine(services, context(services, GUARDIAN), request_id).line.items
    assert [(item.row.outcome, item.reasons) for item in done] == [("granted", ""), ("refused", "Zo zei u het zelf.")]


def test_a_parent_can_point_neither_at_a_court_order_nor_at_what_the_other_asked_on_paper_and_hears_of_none(services):
    dossier_id, report = builders.submitted(services, guardians=PARENTS)
    with_parents(services, dossier_id)
    for kind in ("court_order", RIGHT_REQUEST):
        received = builders.upload(services, OWNER, dossier_id, f"{kind}.txt", kind.encode())
        with services.db.writing() as session:
            session.scalars(
                select(DocumentVersion).where(DocumentVersion.document_id == received.document_id)
            ).one().kind = kind
    builders.work(services)
    shown = views.child(services, context(services, GUARDIAN), dossier_id, "correctie").points
    assert [document_id for document_id, _kind, _day in shown] == [report]
    hidden = NewItem(change="remove", wrong="Weg", should_be="", document_id=received.document_id)
    with pytest.raises(InvalidInputError):
        ask(services, dossier_id, kind="correctie", items=(hidden,))
    staff = views.of_dossier(services, context(services, OFFICER), dossier_id).points
    assert {kind for _id, kind, _day in staff} >= {"court_order", RIGHT_REQUEST}


def test_what_was_withdrawn_asks_nothing_more_and_cannot_be_decided(services):
    dossier_id = family(services)
    request_id = ask(services, dossier_id)
    step(services, treating.ask_proof, request_id, "Laat zien wie u bent.")
    asking.withdraw(services, context(services, GUARDIAN), request_id)
    found = row(services, request_id)
    assert (found.state, found.closed_on) == ("withdrawn", date(2026, 11, 23))
    with services.db.reading() as session:
        assert session.get_one(Hold, found.hold_id).ended_on is not None
    with pytest.raises(ConflictError):
        asking.withdraw(services, context(services, GUARDIAN), request_id)
    with pytest.raises(ConflictError):
        step(services, treating.decide, request_id, decision())


def test_of_two_officers_who_act_at_once_one_looks_again(services):
    dossier_id = family(services)
    request_id = ask(services, dossier_id)
    seen = row(services, request_id).version
    treating.treat(services, context(services, OFFICER), request_id, seen=seen)
    with pytest.raises(ConflictError, match="intussen"):
        treating.ask_proof(services, context(services, OFFICER), request_id, "Bewijs?", seen=seen)


def test_what_a_kind_registered_happens_with_the_step_or_not_at_all(services):
    told = []

    def ready(_services, _session, request):
        if request.outcome == "granted" and not told:
            raise ConflictError("Maak eerst het overzicht.")

    def happened(name):
        return lambda *given: told.append((name, given[3].id))

    before = effects.of("overdracht")
    effects.register(
        "overdracht", begun=happened("begun"), ready=ready, decided=happened("decided"), ended=happened("ended")
    )
    try:
        dossier_id = family(services)
        request_id = ask(services, dossier_id, kind="overdracht")
        assert told.pop() == ("begun", request_id)
        step(services, treating.treat, request_id)
        with pytest.raises(ConflictError):
            step(services, treating.decide, request_id, decision())
        assert row(services, request_id).outcome is None
        step(services, treating.decide, request_id, decision("refused"))
        step(services, treating.close, request_id)
        assert told == [("decided", request_id), ("ended", request_id)]
    finally:
        effects.register(
            "overdracht", begun=before.begun, ready=before.ready, decided=before.decided, ended=before.ended
        )


def test_who_asked_does_not_decide_on_it(services):
    dossier_id = family(services)
    request_id = ask(services, dossier_id)
    with services.db.writing() as session:
        session.get_one(RightRequest, request_id).asked_by = builders.account(services, OFFICER).id
    with pytest.raises(ConflictError, match="zelf"):
        step(services, treating.treat, request_id)
