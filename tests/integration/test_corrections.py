"""A correctie from request to acknowledged, verzet and wissing, and what may not be removed. On both databases.

Source: PR11.4 to PR11.8, AVG 16 to 19, 21.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from audit.log import events
from gateway import lines
from gateway.access.tables import AccessEntry
from gateway.accounts.tables import Account
from gateway.disclosure import fetching, over_the_line, queries, recipients
from gateway.disclosure.recipients import Got
from gateway.disclosure.tables import Verstrekking
from gateway.dossiers import pages, reading, statements
from gateway.dossiers import usecases as dossiers
from gateway.dossiers.family import family_of
from gateway.dossiers.tables import Document, DocumentVersion, Dossier, Statement
from gateway.dossiers.upload import receive
from gateway.errors import ConflictError, InvalidInputError, NotFoundError, RefusedError
from gateway.letters import handing
from gateway.letters.tables import Letter
from gateway.matters.rules import NewHold
from gateway.matters.usecases import add_hold
from gateway.notices.tables import Notice
from gateway.recording import Action
from gateway.restrictions import queries as restrictions
from gateway.rights import asking, chasing, correcting, objecting, propagating, told_views, treating
from gateway.rights.propagating import Change
from gateway.rights.tables import RightItem, RightRequest
from gateway.rights.told_tables import RightTold
from tests import builders, corrections, peering
from tests.builders import context
from tests.corrections import ask, decide, given, item, items, step
from tests.personas import CONTACT_PERSON, EXPERT, GUARDIAN, MUNICIPALITY, OFFICER, OWNER, PARTNER, SWV
from tests.web.matrix_people import version_of


@pytest.fixture
def made(services):
    return corrections.dossier(services)


def told(services, request_id):
    with services.db.reading() as session:
        return list(session.scalars(select(RightTold).where(RightTold.request_id == request_id)))


def notices(services, email, kind):
    account_id = builders.account(services, email).id
    with services.db.reading() as session:
        return session.query(Notice).filter_by(account_id=account_id, kind=kind).count()


def improve(services, clock, dossier_id, document_id):
    clock.forward(hours=1)
    part = builders.file_part("verslag.txt", b"Verbeterd verslag (verzonnen).\n")
    receive(services, context(services, OWNER), dossier_id, part, replaces=document_id)
    builders.describe(services, OWNER, dossier_id, document_id)
    builders.work(services)


def test_an_improved_document_shields_its_old_version_and_who_had_it_acknowledges(services, clock, made):
    dossier_id, document_id = made
    verstrekking = given(services, dossier_id, document_id)
    old = version_of(services, document_id)
    request_id = ask(services, dossier_id, item(document_id, "improve"))
    (one,) = items(services, request_id)
    decide(services, request_id, "granted")
    assert notices(services, OWNER, "correction_asked") == 1
    officer = context(services, OFFICER)
    with pytest.raises(ConflictError, match="verbeterde versie"):
        correcting.do_item(services, officer, request_id, one)
    with pytest.raises(ConflictError, match="uitgevoerd"):
        step(services, treating.carry_out, request_id, "Gedaan.")
    improve(services, clock, dossier_id, document_id)
    assert told_views.panel(services, officer, request_id).items[0].recipients
    correcting.do_item(services, officer, request_id, one)
    with pytest.raises(RefusedError):
        fetching.fetch(services, context(services, MUNICIPALITY), verstrekking, old)
    assert reading.open_reading(services, context(services, SWV), dossier_id, document_id)
    (row,) = told(services, request_id)
    assert (row.way, row.state, notices(services, MUNICIPALITY, "correction")) == ("portal", "told", 1)
    step(services, treating.carry_out, request_id, "De school verbeterde het stuk.")
    receiver = context(services, MUNICIPALITY)
    (line,) = told_views.received(services, receiver)
    shown = told_views.show_received(services, receiver, line.id)
    assert [each.change for each in shown.changes] == ["improve"]
    assert shown.changes[0].verstrekkingen[0]["link"] == f"/ontvangen/{verstrekking}"
    assert "Zwollebol" not in repr(shown)
    for stranger in (PARTNER, EXPERT, CONTACT_PERSON):
        with pytest.raises(NotFoundError):
            told_views.show_received(services, context(services, stranger), line.id)
    told_views.answer(services, receiver, line.id, "adapted", "Vervangen.")
    with pytest.raises(ConflictError):
        told_views.answer(services, receiver, line.id, "adapted", "")
    mine = told_views.mine(services, context(services, GUARDIAN), request_id)
    assert [(each.name, each.row.state, each.done) for each in mine.told] == [
        (mine.told[0].name, "answered", "adapted")
    ]
    assert notices(services, GUARDIAN, "correction_answer") == 1


def test_a_removed_document_is_gone_for_good_and_what_was_disclosed_of_it_stays_known(services, made):
    dossier_id, document_id = made
    verstrekking = given(services, dossier_id, document_id)
    version = version_of(services, document_id)
    request_id = ask(services, dossier_id, item(document_id, "remove", should_be=""))
    (one,) = items(services, request_id)
    decide(services, request_id, "granted")
    officer = context(services, OFFICER)
    with pytest.raises(InvalidInputError):
        correcting.do_item(services, officer, request_id, one, name="ja")
    correcting.do_item(services, officer, request_id, one, name="Verwijderen")
    with services.db.reading() as session:
        assert session.get(Document, document_id) is None
        assert session.get(DocumentVersion, version) is None
        with pytest.raises(LookupError):
            services.vault.data_key(session, dossier_id, "document", version)
        assert events(session.connection(), object_id=document_id, action=Action.DESTROY).rows
        assert session.get_one(RightItem, one).document_id is None
    assert [each.state for each in told(services, request_id)] == ["told"]
    view = queries.show_sent(services, context(services, SWV), verstrekking)
    assert list(view.items) == []
    (line,) = told_views.received(services, context(services, MUNICIPALITY))
    shown = told_views.show_received(services, context(services, MUNICIPALITY), line.id)
    assert shown.changes[0].verstrekkingen[0]["places"] == [1], "it was told from before the removal"
    builders.work(services)


def test_what_is_held_or_rests_under_a_besluit_is_not_removed_but_can_be_shielded(services, made):
    dossier_id, document_id = made
    request_id = ask(services, dossier_id, item(document_id, "remove", should_be=""), item(document_id, "shield"))
    remove, shield = items(services, request_id)
    staff, officer = context(services, SWV), context(services, OFFICER)
    with services.db.writing() as session:
        hold = NewHold(
            kind="bezwaar", started_on=staff.today, review_on=staff.today.replace(year=2027), reason="Bezwaar.",
            owner_id=staff.person.account_id,
        )  # fmt: skip
        add_hold(session, services.vault, staff, dossier_id, hold)
    with pytest.raises(ConflictError, match="OB2"):
        decide(services, request_id, "granted", "granted")
    assert refused_reading(services, dossier_id, document_id) == "", "what cannot be carried out is not decided"
    decide(services, request_id, "refused", "granted")
    assert refused_reading(services, dossier_id, document_id) == "PR11.4", "shielded from the decision on"
    with pytest.raises(ConflictError, match="niet toegewezen"):
        correcting.do_item(services, officer, request_id, remove, name="verwijderen")
    with services.db.reading() as session:
        assert session.get_one(RightItem, shield).done_on == officer.today
        (standing,) = [each for each in restrictions.rows_of(session, dossier_id) if each.ended_at is None]
    with pytest.raises(InvalidInputError):
        objecting.lift(services, officer, request_id, standing.id, " ")
    before = notices(services, GUARDIAN, "right_news")
    objecting.lift(services, officer, request_id, standing.id, "De rechter besliste anders (verzonnen).")
    assert notices(services, GUARDIAN, "right_news") == before + 1
    assert refused_reading(services, dossier_id, document_id) == ""


def refused_reading(services, dossier_id, document_id):
    try:
        reading.open_reading(services, context(services, SWV), dossier_id, document_id)
    except RefusedError as error:
        return error.article
    return ""


def test_an_expert_opinion_under_a_besluit_stays(services, made):
    dossier_id, document_id = made
    builders.describe(services, OWNER, dossier_id, document_id, kind="expert_opinion")
    matter = builders.matter(services, dossier_id)
    builders.tlv(services, dossier_id, matter)
    request_id = ask(services, dossier_id, item(document_id, "remove", should_be=""))
    with pytest.raises(ConflictError, match=r"PR12\.1"):
        decide(services, request_id, "granted")
    with services.db.reading() as session:
        assert session.get_one(RightRequest, request_id).state == "treated"


def test_two_removals_of_one_document_do_not_wait_for_each_other_and_the_second_is_done(services, made):
    dossier_id, document_id = made
    officer = context(services, OFFICER)
    first = ask(services, dossier_id, item(document_id, "remove", should_be=""))
    second = ask(services, dossier_id, kind="wissing", text="Dit is niet meer nodig (verzonnen).")
    objecting.choose(services, officer, second, [document_id])
    decide(services, first, "granted")
    (one,), (other,) = items(services, first), items(services, second)
    with pytest.raises(ConflictError, match="OB2"):
        correcting.do_item(services, officer, first, one, name="verwijderen")
    decide(services, second, "granted")
    correcting.do_item(services, officer, first, one, name="verwijderen")
    (view,) = told_views.panel(services, officer, second).items
    assert (view.document, view.waits) == (None, "")
    correcting.do_item(services, officer, second, other)
    for request_id in (first, second):
        step(services, treating.carry_out, request_id, "Verwijderd.")


def test_what_is_refused_gets_the_parents_own_words_which_go_along(services, clock, made):
    dossier_id, document_id = made
    request_id = ask(services, dossier_id, item(document_id, "improve"), item(document_id, "add"))
    refused, added = items(services, request_id)
    decide(services, request_id, "refused", "granted")
    mine = context(services, GUARDIAN)
    with pytest.raises(InvalidInputError):
        correcting.say(services, mine, request_id, refused, " ")
    with pytest.raises(ConflictError):
        correcting.say(services, mine, request_id, added, "Dit is toegewezen.")
    correcting.say(services, mine, request_id, refused, "Wij zien dit anders (verzonnen).")
    with pytest.raises(ConflictError):
        correcting.say(services, mine, request_id, refused, "Nog een keer.")
    clock.forward(minutes=1)
    other = builders.upload(services, OWNER, dossier_id, "ander.txt", b"Iets anders (verzonnen).\n")
    builders.describe(services, OWNER, dossier_id, other.document_id)  # it is not the addition
    builders.work(services)
    correcting.do_item(services, context(services, OFFICER), request_id, added)
    with services.db.reading() as session:
        texts = [
            (each.kind, each.text)
            for each in statements.beside(session, services.vault, dossier_id, [document_id])[document_id]
        ]
        assert b"anders" not in session.query(Statement).first().text
    assert texts == [("zienswijze", "Wij zien dit anders (verzonnen)."), ("addition", "Zo is het wel (verzonnen).")]
    verstrekking = given(services, dossier_id, document_id)
    view = queries.show_received(services, context(services, MUNICIPALITY), verstrekking)
    assert [each.text for each in view.items[0].statements] == [text for _, text in texts]
    sent = over_the_line.LineDoor().open(services, context(services, SWV), verstrekking, first=False)
    assert b"anders" in b"".join(sent[1].chunks)
    opened = reading.open_reading(services, context(services, SWV), dossier_id, document_id)
    assert [each.text for each in opened.statements] == [text for _, text in texts]


def test_recipients_that_do_not_answer_are_asked_again_and_then_no_more(services, clock, made):
    dossier_id, document_id = made
    given(services, dossier_id, document_id)
    request_id = ask(services, dossier_id, item(document_id, "shield"))
    decide(services, request_id, "granted")
    assert chasing.do(services, clock.now) == 0
    clock.forward(days=15)
    assert (chasing.do(services, clock.now), chasing.do(services, clock.now)) == (1, 0)
    assert notices(services, MUNICIPALITY, "correction_again") == 1
    for _ in range(4):
        clock.forward(days=7)
        chasing.do(services, clock.now)
    assert notices(services, MUNICIPALITY, "correction_again") == 3
    (row,) = told(services, request_id)
    with pytest.raises(InvalidInputError):
        propagating.impossible(services, context(services, OFFICER), request_id, row.id, "")
    propagating.impossible(services, context(services, OFFICER), request_id, row.id, "Bestaat niet meer (verzonnen).")
    assert told_views.panel(services, context(services, OFFICER), request_id).told[0].why


def test_who_has_no_account_is_told_by_letter_and_nothing_closes_before_it_went_out(services, made):
    dossier_id, document_id = made
    with services.db.writing() as session:
        account = session.get_one(type(builders.account(services, MUNICIPALITY)),
                                  builders.account(services, MUNICIPALITY).id)  # fmt: skip
        organisation = account.organisation_id
    given(services, dossier_id, document_id)
    with services.db.writing() as session:
        session.get_one(type(account), account.id).active = False
    request_id = ask(services, dossier_id, item(document_id, "shield"))
    decide(services, request_id, "granted")
    (row,) = told(services, request_id)
    assert (row.organisation_id, row.way, row.state) == (organisation, "letter", "to_send")
    with services.db.reading() as session:
        assert session.get_one(Letter, row.letter_id).kind == "notice_third"
    with pytest.raises(ConflictError, match=r"PR11\.7"):
        step(services, treating.carry_out, request_id, "Afgeschermd.")
    officer = context(services, OFFICER)
    propagating.sent(services, officer, request_id, row.id, officer.today)
    step(services, treating.carry_out, request_id, "Afgeschermd.")
    propagating.answered_on_paper(services, officer, request_id, row.id, "removed", "Brief van vandaag.")
    assert told(services, request_id)[0].state == "answered"


def waiting_letter(services, made):
    dossier_id, document_id = made
    given(services, dossier_id, document_id)
    account_id = builders.account(services, MUNICIPALITY).id
    with services.db.writing() as session:
        session.get_one(Account, account_id).active = False
    request_id = ask(services, dossier_id, item(document_id, "shield"))
    decide(services, request_id, "granted")
    (row,) = told(services, request_id)
    return request_id, row


def test_a_letter_that_names_nobody_also_goes_out_on_a_day_that_can_be(services, made):
    request_id, row = waiting_letter(services, made)
    with services.db.writing() as session:  # as for who got it without a name: the officer writes that letter
        session.get_one(RightTold, row.id).letter_id = None
    officer = context(services, OFFICER)
    for day in (date.max, officer.today + timedelta(days=1), officer.today - timedelta(days=1)):
        with pytest.raises(InvalidInputError) as caught:
            propagating.sent(services, officer, request_id, row.id, day)
        assert caught.value.field == "on"
    propagating.sent(services, officer, request_id, row.id, officer.today)
    assert told(services, request_id)[0].state == "told"


def test_a_look_of_who_asked_is_logged_and_says_nothing_in_their_name(services, made):
    request_id, row = waiting_letter(services, made)
    officer, mine = context(services, OFFICER), context(services, GUARDIAN)
    with services.db.writing() as session:
        dossier = session.get_one(Dossier, made[0])
        handing.hand(services, session, officer, dossier=dossier, letter_id=row.letter_id, way="post", on=officer.today)
    told_views.mine(services, mine, request_id)
    assert told(services, request_id)[0].state == "told"
    with services.db.reading() as session:
        first, *_ = events(session.connection(), object_id=row.id, action=Action.NOTIFY).rows
        looks = events(session.connection(), object_id=request_id, action=Action.CONSULT).rows
    assert first.actor is None, "the gateway counts the letter from the day that the officer said"
    assert [each.actor for each in looks] == [mine.person.account_id]


def test_an_upheld_verzet_ends_access_to_this_dossier_alone_and_leaves_the_desk(services, made):
    dossier_id, _ = made
    staff, officer, other = context(services, SWV), context(services, OFFICER), "e" * 32
    same = {"tenant_id": staff.person.tenant_id, "state": "approved", "valid_from": staff.today, "categories": "g"}
    same |= {"scope": "dossier", "motivation": b"", "made_by": staff.person.account_id, "made_at": staff.now}
    with services.db.writing() as session:
        for id_, reach in (("1" * 32, [dossier_id]), ("2" * 32, [dossier_id, other]), ("3" * 32, [dossier_id])):
            kind = "desk" if id_[0] == "3" else "listed"
            session.add(AccessEntry(id=id_, account_id=staff.person.account_id, kind=kind, scope_ids=reach, **same))
    with services.db.writing() as session:
        assert objecting.end_access(services, session, officer, staff.person.tenant_id, dossier_id) == 2
    with services.db.reading() as session:
        left = [(session.get_one(AccessEntry, each * 32)) for each in "123"]
        assert [(each.state, each.scope_ids) for each in left] == [
            ("ended", [dossier_id]), ("approved", [other]), ("approved", [dossier_id]),
        ]  # fmt: skip


def test_verzet_holds_at_once_and_upheld_ends_access_and_tells_and_rejected_lets_go(services, made):
    dossier_id, document_id = made
    first = given(services, dossier_id, document_id)
    second = given(services, dossier_id, document_id, fetched=False)
    request_id = ask(services, dossier_id, kind="verzet", text="Wij worden bedreigd (verzonnen).")
    version = version_of(services, document_id)
    with pytest.raises(RefusedError) as refused:
        fetching.fetch(services, context(services, MUNICIPALITY), second, version)
    assert refused.value.article == "PR11.8"
    decide(services, request_id, whole="refused")
    assert list(fetching.fetch(services, context(services, MUNICIPALITY), second, version).chunks)
    again = ask(services, dossier_id, kind="verzet", text="Nu met een uitspraak erbij (verzonnen).")
    with pytest.raises(ConflictError, match="terecht of niet"):
        decide(services, again, whole="partly")
    decide(services, again, whole="granted")
    for one in (first, second):
        with pytest.raises((RefusedError, ConflictError, NotFoundError)):
            fetching.fetch(services, context(services, MUNICIPALITY), one, version)
    assert refused_reading(services, dossier_id, document_id) == "PR11.8"
    assert [each.state for each in told(services, again)] == ["told"]
    with services.db.reading() as session:
        assert restrictions.verzet_of(session, dossier_id) == "upheld"
        assert session.get_one(RightRequest, again).state == "decided"
        left = session.scalars(select(AccessEntry).where(AccessEntry.state == "approved"))
        assert not [each for each in left if dossier_id in each.scope_ids]
    assert pages.dossier(services, context(services, SWV), dossier_id).restricted


def test_what_the_family_itself_got_is_no_recipient_that_is_told_or_closed(services, made):
    dossier_id, document_id = made
    verstrekking = given(services, dossier_id, document_id)
    with services.db.writing() as session:  # as `disclosure.to_family` keeps the answer of an inzage
        row = session.get_one(Verstrekking, verstrekking)
        row.recipient_id, row.purpose, row.basis = family_of(session, row.tenant_id).id, "inzage", "law"
    request_id = ask(services, dossier_id, kind="verzet", text="Wij worden bedreigd (verzonnen).")
    decide(services, request_id, whole="granted")
    assert told(services, request_id) == []
    with services.db.reading() as session:
        assert session.get_one(Verstrekking, verstrekking).closed_at is None
        assert recipients.of_document(session, dossier_id, document_id) == []


def test_a_verzet_that_is_taken_back_holds_no_more(services, made):
    dossier_id, _ = made
    request_id = ask(services, dossier_id, kind="verzet", text="Toch niet (verzonnen).")
    asking.withdraw(services, context(services, GUARDIAN), request_id)
    with services.db.reading() as session:
        assert restrictions.verzet_of(session, dossier_id) == "none"


def test_wissing_goes_by_chosen_documents_and_beperking_until_it_is_lifted(services, clock, made):
    dossier_id, document_id = made
    officer = context(services, OFFICER)
    request_id = ask(services, dossier_id, kind="wissing", text="Dit is niet meer nodig (verzonnen).")
    with pytest.raises(ConflictError, match="welke stukken"):
        decide(services, request_id, whole="granted")
    with pytest.raises(InvalidInputError):
        objecting.choose(services, officer, request_id, ["f" * 32])
    objecting.choose(services, officer, request_id, [document_id])
    limited = ask(services, dossier_id, kind="beperking", text="Wij betwisten dit (verzonnen).")
    decide(services, limited, whole="granted")
    assert refused_reading(services, dossier_id, document_id) == "PR11.4"
    (standing,) = told_views.panel(services, officer, limited).standing
    assert not objecting.lift(services, officer, limited, standing.id, "Het is uitgezocht (verzonnen).")
    assert refused_reading(services, dossier_id, document_id) == "PR11.4", "who asked hears it before (AVG 18(3))"
    with pytest.raises(ConflictError, match="vanaf morgen"):
        objecting.lift(services, officer, limited, standing.id, "Het is uitgezocht (verzonnen).")
    clock.forward(days=1)
    officer = context(services, OFFICER)
    assert told_views.panel(services, officer, limited).announced
    assert objecting.lift(services, officer, limited, standing.id, "Het is uitgezocht (verzonnen).")
    assert refused_reading(services, dossier_id, document_id) == ""
    decide(services, request_id, "granted")
    (one,) = items(services, request_id)
    with pytest.raises(ConflictError, match="OB2"):
        correcting.do_item(services, officer, request_id, one, name="verwijderen")
    step(services, treating.carry_out, limited, "Beperkt en weer opgeheven.")
    step(services, treating.close, limited)
    correcting.do_item(services, officer, request_id, one, name="verwijderen")
    step(services, treating.carry_out, request_id, "Gewist.")
    with services.db.reading() as session:
        assert session.get(Document, document_id) is None


def test_a_field_waits_for_the_school_and_tells_only_who_knew_the_name(services, made):
    dossier_id, document_id = made
    given(services, dossier_id, document_id)
    request_id = ask(services, dossier_id, item(None, "improve", field="name"), item(None, "improve", field="address"))
    decide(services, request_id, "granted", "granted")
    one, other = items(services, request_id)
    officer = context(services, OFFICER)
    with pytest.raises(ConflictError, match="school wijzigt"):
        correcting.do_item(services, officer, request_id, one)
    view = pages.dossier(services, context(services, OWNER), dossier_id)
    changed = replace(view.pupil, first_name="Jips")
    dossiers.change_pupil(services, context(services, OWNER), dossier_id, changed, seen_version=view.dossier.version)
    with pytest.raises(ConflictError, match="school wijzigt"):
        correcting.do_item(services, officer, request_id, other)
    correcting.do_item(services, officer, request_id, one)
    (row,) = told(services, request_id)
    assert row.state == "told"


def test_a_partner_with_a_gateway_of_its_own_is_told_over_the_line_and_its_answer_comes_back(services, made):
    lines.wire()
    here, there = peering.local_pair(services)
    dossier_id, document_id = made
    request_id = ask(services, dossier_id, item(document_id, "shield"))
    officer = context(services, OFFICER)
    got = Got(
        verstrekking_id="a" * 32, organisation_id=here.partner_id, expert_id=None, made_at=services.clock(),
        places=(2,), nameless=True,
    )  # fmt: skip
    with services.db.writing() as session:
        row = session.get_one(RightRequest, request_id)
        for code in ("shield", "remove"):
            propagating.spread(services, session, officer, row, Change(code=code), [got])
    (row,) = told(services, request_id)
    assert (row.way, row.state) == ("line", "told")
    for _ in range(3):
        builders.work(services)
    them = there.context(there.contact)
    (line,) = told_views.received(services, them)
    shown = told_views.show_received(services, them, line.id)
    assert (shown.over_the_line, [each.change for each in shown.changes]) == (True, ["shield", "remove"])
    assert shown.changes[0].verstrekkingen[0]["places"] == [2]
    assert "Zwollebol" not in repr(shown)
    with pytest.raises(NotFoundError):
        told_views.show_received(services, context(services, PARTNER), line.id)
    told_views.answer(services, them, line.id, "removed", "Ook uit de kopieën (verzonnen).")
    with pytest.raises(ConflictError):
        told_views.answer(services, them, line.id, "removed", "")
    for _ in range(3):
        builders.work(services)
    (view,) = told_views.mine(services, context(services, GUARDIAN), request_id).told
    assert (view.row.state, view.done, view.text) == ("answered", "removed", "Ook uit de kopieën (verzonnen).")
