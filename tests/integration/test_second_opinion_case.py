"""A whole case on both databases: request, check, experts, delivery, advice, closing; and what stops it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from audit.log import events
from gateway.disclosure import fetching
from gateway.disclosure.tables import Verstrekking, VerstrekkingDocument
from gateway.dossiers.tables import Dossier
from gateway.errors import ConflictError, InvalidInputError, NotFoundError, RefusedError
from gateway.notices.tables import Notice
from gateway.recording import Action
from gateway.second_opinion import acting, advising, delivering, duties, reach, requesting, storing, views, wishes
from gateway.second_opinion.state import CHECKS
from gateway.second_opinion.storing import StepRefusedError
from gateway.second_opinion.tables import SecondOpinionCase, SecondOpinionExpert
from tests import builders, personas, reglements, rendered, second_opinions
from tests.builders import context
from tests.second_opinions import EXPERT, SECOND, THEM, US


@pytest.fixture
def dossier(services):
    second_opinions.convenant(services)
    return builders.submitted(services)[0]


def row(services, case_id):
    with services.db.reading() as session:
        return session.get_one(SecondOpinionCase, case_id)


def notices(services, email, kind):
    account_id = builders.account(services, email).id
    with services.db.reading() as session:
        return session.query(Notice).filter_by(account_id=account_id, kind=kind).count()


def test_a_case_runs_from_request_to_signed_advice_and_every_step_has_its_event(services, dossier):
    case = second_opinions.case(services, dossier)
    assert row(services, case).phase == "closed"
    with services.db.reading() as session:
        found = session.get_one(SecondOpinionCase, case)
        kept = storing.acts_of(services, session, found)
        told = {each.event_id for each in kept}
        logged = {each.event_id for each in events(session.connection(), object_id=case, limit=200).rows}
        made = session.query(Verstrekking).filter_by(dossier_id=dossier).one()
    assert told <= logged
    assert [each.kind for each in kept] == [
        "write", "offer", "check", "send", "accept", "propose", "agree", "assign", "admit", "declare", "deliver",
        "receive", "sign", "hand_over", "confirm", "tell_parents", "close",
    ]  # fmt: skip
    assert (made.purpose, made.article) == ("second_opinion", "PR8.1")
    assert views.show(services, context(services, US), case).timeline[0].what == "Zaak afgerond"


def test_without_a_convenant_in_force_nothing_is_sent_and_the_refusal_is_logged(services):
    dossier_id, _ = builders.submitted(services)
    case = second_opinions.case(services, dossier_id, until="start")
    with pytest.raises(RefusedError) as refused:
        second_opinions.do(services, "send", case, dossier_id, [], ())
    assert refused.value.article == "CV10"
    assert row(services, case).phase == "draft"
    with services.db.reading() as session:
        assert events(session.connection(), object_id=case, action=Action.REFUSE).rows


def test_staff_prepare_and_only_the_contact_person_checks_and_sends(services, dossier):
    case = second_opinions.case(services, dossier, until="start")
    staff = context(services, personas.SWV)
    requesting.offer(services, staff, case)
    with pytest.raises(NotFoundError):
        requesting.check_and_send(services, staff, case, dict.fromkeys(CHECKS, True), "", seen=2)
    with pytest.raises(NotFoundError):
        views.show(services, context(services, THEM), case)
    assert requesting.check_and_send(services, context(services, US), case, dict.fromkeys(CHECKS, True), "", seen=2)
    assert notices(services, THEM, "second_opinion") == 1
    assert "Zwollebol" not in views.show(services, context(services, THEM), case).title


def test_a_request_that_fails_the_check_waits_in_consultation_that_both_contact_persons_read(services, dossier):
    case = second_opinions.case(services, dossier, until="start")
    us, them = context(services, US), context(services, THEM)
    items = {**dict.fromkeys(CHECKS, True), "specific": False}
    with pytest.raises(InvalidInputError):
        requesting.check_and_send(services, us, case, items, "", seen=1)
    assert not requesting.check_and_send(services, us, case, items, "De vraag is te breed.", seen=1)
    acting.say(services, them, case, "Bedoelt u het OPP van dit jaar?")
    assert [each.data["text"] for each in views.show(services, us, case).said] == ["Bedoelt u het OPP van dit jaar?"]
    assert not views.show(services, context(services, personas.SWV), case).can & {"say", "check"}
    seen = row(services, case).acts
    requesting.rewrite(services, us, case, second_opinions.written(question="Klopt het OPP van 2026?"), seen=seen)
    assert requesting.check_and_send(services, us, case, dict.fromkeys(CHECKS, True), "", seen=seen + 1)


def test_what_changed_meanwhile_is_not_overwritten(services, dossier):
    case = second_opinions.case(services, dossier, until="start")
    us = context(services, US)
    requesting.rewrite(services, us, case, second_opinions.written(), seen=1)
    with pytest.raises(ConflictError):
        requesting.rewrite(services, us, case, second_opinions.written(), seen=1)


def test_a_registration_that_is_not_valid_today_is_refused(services, dossier):
    case = second_opinions.case(services, dossier, until="agree")
    ended = second_opinions.new_expert(
        services, second_opinions.expert(services), valid_until=services.clock().date() - timedelta(days=1)
    )
    with pytest.raises(InvalidInputError):
        acting.assign(services, context(services, THEM), case, ended)


def test_who_was_involved_in_the_dossier_before_is_known_from_the_log(services, dossier):
    expert = second_opinions.expert(services)
    with services.db.writing() as session:
        storing.record(
            session, services.vault, context(services, EXPERT), Action.CONSULT, dossier_id=dossier,
            object_type="dossier", object_id=dossier,
        )  # fmt: skip
    services.clock.forward(minutes=1)
    case = second_opinions.case(services, dossier, until="agree")
    with pytest.raises(InvalidInputError) as refused:
        acting.assign(services, context(services, THEM), case, second_opinions.new_expert(services, expert))
    assert refused.value.field == "account_id"


def test_when_parents_ask_there_are_two_experts_and_two_signatures(services, dossier):
    both = (EXPERT, SECOND)
    case = second_opinions.case(services, dossier, until="write", experts=both, parents="asked")
    second_opinions.sign(services, EXPERT, case)
    assert row(services, case).phase == "in_review"
    with pytest.raises(ConflictError):
        advising.save(services, context(services, SECOND), case, second_opinions.TEXT, seen=1)
    second_opinions.sign(services, SECOND, case)
    assert row(services, case).phase == "signed"


def test_a_part_that_is_missing_blocks_the_delivery_and_nothing_leaves(services, dossier):
    case = second_opinions.case(services, dossier, until="declare")
    with pytest.raises(StepRefusedError) as refused:
        delivering.deliver(
            services,
            context(services, US),
            case,
            second_opinions.wanted(services, dossier, missing={"b": "Is er niet."}),
        )
    assert refused.value.article == "CV4.5"
    with services.db.reading() as session:
        assert session.query(Verstrekking).filter_by(dossier_id=dossier).count() == 0


def test_a_delivery_pressed_twice_is_disclosed_once(services, dossier):
    case = second_opinions.case(services, dossier, until="declare")
    us, wanted = context(services, US), second_opinions.wanted(services, dossier)
    delivering.deliver(services, us, case, wanted)
    with pytest.raises(StepRefusedError):
        delivering.deliver(services, us, case, wanted)
    with services.db.reading() as session:
        assert session.query(Verstrekking).filter_by(dossier_id=dossier).count() == 1


def test_names_go_only_to_an_expert_who_was_admitted_and_promised_confidentiality(services, dossier):
    case = second_opinions.case(services, dossier, until="admit")
    with pytest.raises(ConflictError):
        delivering.deliver(services, context(services, US), case, second_opinions.wanted(services, dossier))


def test_withdrawing_ends_the_experts_access_and_closes_the_delivery_at_once(services, dossier):
    case = second_opinions.case(services, dossier, until="receive")
    acting.contact_step(services, context(services, US), case, "withdraw", {"reason": "Ouders zijn het eens."})
    with services.db.reading() as session:
        expert = session.query(SecondOpinionExpert).filter_by(case_id=case).one()
        assert expert.ended_at is not None
        assert session.query(Verstrekking).filter_by(dossier_id=dossier).one().closed_at is not None
    with pytest.raises(NotFoundError):
        views.show(services, context(services, EXPERT), case)
    seen = views.show(services, context(services, THEM), case)
    assert (seen.request, seen.can) == ({}, frozenset())


def test_access_ends_on_the_agreed_day_after_closing(services, dossier):
    case = second_opinions.case(services, dossier)
    services.clock.forward(days=14)
    duties.do(services, services.clock())
    assert row(services, case).access_ended_at is None
    services.clock.forward(days=1)
    duties.do(services, services.clock())
    assert row(services, case).access_ended_at is not None


def test_reminders_go_out_at_seven_and_two_days_and_when_it_is_late_the_officer_hears_too(services, dossier):
    case = second_opinions.case(services, dossier, until="receive")
    due = row(services, case).due
    told = []
    for days in (8, 7, 7, 2, -1, -2):
        services.clock.now = services.clock.now + (due - timedelta(days=days) - services.clock.now.date())
        duties.do(services, services.clock())
        told.append((notices(services, EXPERT, "second_opinion_due"), notices(services, THEM, "second_opinion_late")))
    assert told == [(0, 0), (1, 0), (1, 0), (2, 0), (2, 1), (2, 1)]
    assert notices(services, personas.OFFICER, "second_opinion_late") == 1


def test_the_term_is_extended_with_a_reason_and_who_pays(services, dossier):
    case = second_opinions.case(services, dossier, until="receive")
    due = row(services, case).due
    acting.expert_step(services, context(services, EXPERT), case, "ask_more", {"reason": "Een rekenonderzoek."})
    acting.contact_step(services, context(services, US), case, "extend", {"reason": "Dat is nodig.", "payer": "school"})
    assert row(services, case).due >= due + timedelta(weeks=4)


def test_an_experts_question_is_answered_in_the_portal(services, dossier):
    case = second_opinions.case(services, dossier, until="receive")
    acting.expert_step(services, context(services, EXPERT), case, "ask", {"text": "Is er een toets van dit jaar?"})
    acting.contact_step(services, context(services, US), case, "answer", {"question": 1, "text": "Nee."})
    found = views.show(services, context(services, EXPERT), case).questions
    assert [(each.text, each.answer) for each in found] == [("Is er een toets van dit jaar?", "Nee.")]
    assert views.show(services, context(services, EXPERT), case).said == ()


def test_parents_ask_themselves_and_staff_take_it_up(services):
    second_opinions.convenant(services)
    parent = context(services, personas.GUARDIAN)
    mine = views.children(services, parent)[0][0]
    wish = wishes.ask(services, parent, mine, "Wij denken dat de hulp te weinig is (verzonnen).")
    assert notices(services, personas.SWV, "second_opinion_wish") == 1
    case = requesting.start(
        services, context(services, personas.SWV), mine, second_opinions.partner_id(services),
        second_opinions.written(parents="asked"), wish_id=wish,
    )  # fmt: skip
    with pytest.raises(NotFoundError):
        views.show(services, parent, case)
    second_opinions.do(services, "send", case, mine, [], ())
    assert notices(services, personas.GUARDIAN, "second_opinion_family") == 1
    assert views.show(services, parent, case).request == {}
    assert [line.id for line in views.listed(services, parent)] == [case]


@pytest.mark.parametrize("way", ["direct", "school"])
def test_parents_ask_as_the_reglement_says_and_the_other_way_is_refused_in_the_log(services, clock, way):
    roads = {"direct": personas.GUARDIAN, "school": personas.OWNER}
    (other,) = set(roads) - {way}
    parent = context(services, personas.GUARDIAN)
    with services.db.reading() as session:
        children = [session.get_one(Dossier, each) for each, _ in views.children(services, parent)]
        child = next(each.id for each in children if each.state != "draft")
    reglements.new_version(services, clock, rights={"second_opinion_ways": [way]})
    with pytest.raises(RefusedError, match="privacyreglement"):
        wishes.ask(services, context(services, roads[other]), child, "Wij twijfelen (verzonnen).")
    with services.db.reading() as session:
        assert wishes.of_dossier(services, session, child) == []
        rows = events(session.connection(), dossier=child, action=Action.REFUSE, limit=50).rows
    assert [row.object_type for row in rows] == ["second_opinion_wish"]
    wishes.ask(services, context(services, roads[way]), child, "Wij twijfelen (verzonnen).")
    with services.db.reading() as session:
        assert [each.way for each in wishes.of_dossier(services, session, child)] == [way]


def test_parents_read_the_advice_once_it_was_given_to_them(services):
    second_opinions.convenant(services)
    parent = context(services, personas.GUARDIAN)
    mine = views.children(services, parent)[0][0]
    case = second_opinions.case(services, mine, until="confirm")
    with pytest.raises(NotFoundError):
        advising.read(services, parent, case)
    second_opinions.do(services, "parents", case, mine, [], ())
    assert advising.read(services, parent, case)[3].parts == second_opinions.TEXT


def test_anonymised_the_experts_read_pseudonyms_and_only_the_requester_reads_names(services):
    second_opinions.convenant(services)
    dossier, document = builders.submitted(services)
    rendered.reviewed(services, document)
    case = second_opinions.case(services, dossier, until="declare")
    us, expert = context(services, US), context(services, EXPERT)
    delivering.deliver(services, us, case, second_opinions.wanted(services, dossier, form="anonymised"))
    with services.db.reading() as session:
        made = session.query(Verstrekking).filter_by(dossier_id=dossier).one()
    assert (made.form, made.expert_id) == ("anonymised", expert.person.account_id)
    got = fetching.fetch(services, expert, made.id, rendered_version(services, made.id))
    assert got.file_name == "stuk-01-geanonimiseerd.pdf"
    assert rendered.MARK.encode() in b"".join(got.chunks)
    delivering.receive(services, context(services, THEM), case)
    text = {**second_opinions.TEXT, "answer": "Voor [leerling] past het niet."}
    advising.save(services, expert, case, text, seen=0)
    second_opinions.sign(services, EXPERT, case)
    for step in ("hand_over", "confirm"):
        second_opinions.do(services, step, case, dossier, [], (EXPERT,))
    assert advising.read(services, us, case)[3].parts["answer"] == "Voor Jip van Zwollebol past het niet."
    assert advising.read(services, context(services, THEM), case)[3].parts["answer"] == text["answer"]


def rendered_version(services, verstrekking_id):
    with services.db.reading() as session:
        return session.query(VerstrekkingDocument.version_id).filter_by(verstrekking_id=verstrekking_id).one()[0]


def test_a_name_is_refused_in_what_the_other_side_reads(services, dossier):
    case = second_opinions.case(services, dossier, until="start")
    named = second_opinions.written(question="Past het OPP van Jip van Zwollebol?")
    with pytest.raises(InvalidInputError) as refused:
        requesting.rewrite(services, context(services, US), case, named, seen=1)
    assert refused.value.field == "question"


def test_two_who_sign_at_once_leave_one_signature_each(services, dossier):
    both = (EXPERT, SECOND)
    case = second_opinions.case(services, dossier, until="write", experts=both, expertise="Kennis van rekenen.")

    def sign(email):
        try:
            second_opinions.sign(services, email, case)
        except ConflictError:
            return 0
        return 1

    with ThreadPoolExecutor(4) as pool:
        signed = sum(pool.map(sign, (EXPERT, SECOND, EXPERT, SECOND)))
    assert signed == 2
    assert row(services, case).phase == "signed"


def test_reach_knows_no_case_of_another(services, dossier):
    case = second_opinions.case(services, dossier, until="receive")
    for email in (personas.OWNER, personas.GUARDIAN, personas.EXPERT, personas.ADMINISTRATOR):
        with services.db.reading() as session, pytest.raises(NotFoundError):
            reach.case_(services, session, context(services, email), case)
