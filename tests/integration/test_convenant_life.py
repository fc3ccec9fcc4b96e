"""The life of a convenant on both databases: signed by both, changed, noticed, ended; races; who sees what.

Source: CV2–CV10, GR5, GR6.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta

import pytest

from audit.log import events
from gateway.accounts import people
from gateway.accounts.rules import Person
from gateway.accounts.tables import Account, Organisation
from gateway.context import Role
from gateway.convenant import (
    agreeing,
    contacts,
    ending,
    exchange,
    files,
    making,
    proxies,
    queries,
    reach,
    signing,
    views,
)
from gateway.convenant.agreeing import Proposal
from gateway.convenant.contacts import Appointment
from gateway.convenant.making import Draft
from gateway.convenant.proxies import NewProxy
from gateway.convenant.tables import ConvenantAgreement, ConvenantDocument, ConvenantEnding
from gateway.errors import ConflictError, GatewayError, InvalidInputError, NotFoundError
from gateway.notices import outbox
from gateway.recording import Action
from gateway.reglement.facts import parse
from gateway.reglement.rules import convenant_in_force
from tests import builders, convenants, personas
from tests.builders import context

US, THEM = personas.CONTACT_PERSON, personas.PARTNER


def is_in_force(services, convenant_id, on, requested_on=None):
    with services.db.reading() as session:
        ours = queries.in_force(session, convenant_id, on=on, requested_on=requested_on)
        fact = queries.as_fact(session, convenant_id, requested_on or on)
    told = {"profile": "avg-2018", "on": on.isoformat(), "act": "request_second_opinion", "convenant": fact}
    assert convenant_in_force(parse(told)) is ours, "the judge and the gateway must say the same"
    return ours


def colleague(services, kind, email, role=Role.CONTACT_PERSON, function="beleidsmedewerker"):
    """A second person at an organisation of the demo."""
    with services.db.writing() as session:
        place = session.query(Organisation).filter_by(kind=kind).order_by(Organisation.name).first()
        person = Person(name="Tweede Verzinsel", email=email, function=function)
        now = services.clock()
        people.create(session, services.vault, organisation=place, role=role, person=person, now=now)
    return email


def notices(services, email):
    account = builders.account(services, email)
    with services.db.reading() as session:
        return [item.text for item in outbox.inbox(session, services.vault, account.id)]


def test_a_convenant_counts_once_both_sides_signed_and_everyone_is_told(services, clock):
    convenant_id = convenants.made(services)
    today = context(services, US).today
    with pytest.raises(NotFoundError):
        views.show(services, context(services, THEM), convenant_id)  # nothing was offered to them yet
    version_id = convenants.offered(services, convenant_id)
    assert any("wacht op een handtekening" in text for text in notices(services, THEM))
    convenants.sign(services, US, convenant_id, version_id)
    assert not is_in_force(services, convenant_id, today)
    assert views.show(services, context(services, THEM), convenant_id).waits == ("sign",)

    clock.forward(days=3)
    later = context(services, THEM).today
    convenants.sign(services, THEM, convenant_id, version_id, authority="mandate", ground="Besluit 12 (verzonnen)")
    assert is_in_force(services, convenant_id, later)
    assert not is_in_force(services, convenant_id, later, requested_on=today)
    assert not is_in_force(services, convenant_id, later - timedelta(days=1))
    view = views.show(services, context(services, US), convenant_id)
    assert (view.state, view.since, view.last_day, view.current) == ("in_force", later, None, 1)
    signed = {
        line.party: (line.signer["name"], line.row.factor, line.row.authority) for line in view.versions[0].signatures
    }
    assert ("Petra Fictief", "totp", "mandate") in signed.values()
    assert any("geldt" in text for text in notices(services, US))
    with services.db.reading() as session:
        rows = events(session.connection(), action=Action.SIGN, limit=10).rows
        assert len(rows) == 2
        assert {row.article for row in rows} == {"CV10"}
        tenant = builders.account(services, US).tenant_id
        partner = convenants.organisation(services, "partner_swv")
        found = queries.with_partner(session, tenant, partner)
        assert found is not None
        assert found.id == convenant_id
        assert queries.contact_persons(session, convenant_id, "partner", later) == [builders.account(services, THEM).id]
        assert queries.contact_persons(session, convenant_id, "own", later) == [builders.account(services, US).id]


def test_a_convenant_is_signed_by_contact_persons_who_read_this_very_text(services):
    convenant_id = convenants.made(services)
    version_id = convenants.offered(services, convenant_id)
    for email in (personas.ADMINISTRATOR, personas.OFFICER, personas.SWV, personas.EXPERT, personas.OWNER):
        with pytest.raises(NotFoundError):
            convenants.sign(services, email, convenant_id, version_id)
    with pytest.raises(ConflictError, match="een andere"):
        convenants.sign(services, US, convenant_id, version_id, seen="00" * 32)
    for wrong in ({"authority": "friend"}, {"authority": "mandate", "ground": " "}):
        with pytest.raises(InvalidInputError):
            convenants.sign(services, US, convenant_id, version_id, **wrong)
    convenants.sign(services, US, convenant_id, version_id)
    with pytest.raises(ConflictError, match="al getekend"):
        convenants.sign(services, US, convenant_id, version_id)


def test_what_was_offered_never_changes_and_a_change_needs_both_again(services, clock):
    convenant_id = convenants.in_force(services)
    us = context(services, US)
    first = convenants.shown_hash(services, views.show(services, us, convenant_id).versions[0].row.id)
    clock.forward(days=40)
    second = convenants.offered(services, convenant_id, "Een andere tekst (verzonnen).")
    with pytest.raises(ConflictError, match="Trek die eerst in"):
        making.write(services, context(services, US), convenant_id, Draft(text="Nog iets."))
    convenants.sign(services, THEM, convenant_id, second)
    view = views.show(services, context(services, US), convenant_id)
    assert view.current == 1, "the old one counts until both signed the new one"
    assert convenants.shown_hash(services, view.versions[1].row.id) == first
    making.withdraw(services, context(services, US), convenant_id, second)
    with pytest.raises(ConflictError, match="ingetrokken"):
        convenants.sign(services, US, convenant_id, second)
    third = convenants.offered(services, convenant_id, "Weer een andere tekst (verzonnen).")
    convenants.sign(services, THEM, convenant_id, third)
    convenants.sign(services, US, convenant_id, third)
    view = views.show(services, context(services, THEM), convenant_id)
    assert view.current == 3
    assert [line.row.state for line in view.versions] == ["offered", "withdrawn", "offered"]
    first_version = view.versions[2].row.id
    with pytest.raises(ConflictError):
        convenants.sign(services, US, convenant_id, first_version)  # overtaken


def test_a_signature_on_paper_counts_after_a_second_person_looked(services):
    convenant_id = convenants.made(services)
    version_id = convenants.offered(services, convenant_id)
    convenants.sign(services, US, convenant_id, version_id)
    partner = convenants.organisation(services, "partner_swv")
    day = context(services, US).today - timedelta(days=2)
    waiting = convenants.on_paper(services, convenant_id, version_id, partner, day)
    today = context(services, US).today
    assert not is_in_force(services, convenant_id, today)
    with pytest.raises(ConflictError, match="tweede persoon"):
        signing.decide_paper(services, context(services, US), waiting, confirm=True)
    for email in (THEM, personas.OFFICER, personas.SWV):
        with pytest.raises(NotFoundError):
            signing.decide_paper(services, context(services, email), waiting, confirm=True)
    signing.decide_paper(services, context(services, personas.ADMINISTRATOR), waiting, confirm=True)
    assert is_in_force(services, convenant_id, today)
    view = views.show(services, context(services, US), convenant_id)
    paper = next(line for line in view.versions[0].signatures if line.row.way == "paper")
    assert (paper.signer["name"], paper.row.signed_on) == ("Bo Bestuurder (verzonnen)", day)
    opened = files.fetch(services, context(services, THEM), paper.row.document_id)
    assert b"".join(opened.chunks) == convenants.PDF
    with pytest.raises(NotFoundError):
        files.fetch(services, context(services, personas.SWV), paper.row.document_id)


def test_a_paper_that_is_no_document_never_counts(services):
    convenant_id = convenants.made(services)
    version_id = convenants.offered(services, convenant_id)
    us = context(services, US)
    with pytest.raises(InvalidInputError):
        files.receive(services, us, convenant_id, "signed", builders.file_part("x.exe", b"MZ\x90\x00" * 99))
    with pytest.raises(NotFoundError):
        files.receive(services, us, convenant_id, "anything", builders.file_part("x.pdf", convenants.PDF))
    broken = files.receive(services, us, convenant_id, "signed", builders.file_part("x.pdf", b"%PDF-1.4\nkapot"))
    partner = convenants.party(services, convenant_id, convenants.organisation(services, "partner_swv"))
    paper = signing.OnPaper(
        version_id=version_id,
        party_id=partner,
        name="Bo Bestuurder",
        function="voorzitter",
        authority="board",
        signed_on=us.today,
        document_id=broken,
    )
    waiting = signing.record_paper(services, us, convenant_id, paper)
    second = context(services, personas.ADMINISTRATOR)
    with pytest.raises(ConflictError, match="gecontroleerd"):
        signing.decide_paper(services, second, waiting, confirm=True)
    builders.work(services)
    with services.db.reading() as session:
        row = session.get_one(ConvenantDocument, broken)
        assert (row.state, row.sealed_key) == ("rejected", b"")
        assert not services.storage.exists(row.object_key)
    with pytest.raises(ConflictError, match="afgekeurd"):
        signing.decide_paper(services, second, waiting, confirm=True)
    with pytest.raises(NotFoundError):
        files.fetch(services, us, broken)
    for wrong in ({"signed_on": us.today + timedelta(days=1)}, {"signed_on": date(1014, 1, 1)}, {"name": " "}):
        with pytest.raises(InvalidInputError):
            signing.record_paper(services, us, convenant_id, replace(paper, **wrong))
    signing.decide_paper(services, second, waiting, confirm=False)
    assert not is_in_force(services, convenant_id, us.today)


def test_notice_follows_consultation_and_ends_it_exactly_two_months_later(services, clock):
    convenant_id = convenants.in_force(services)
    us = context(services, US)
    with pytest.raises(ConflictError, match="overleg"):
        ending.give_notice(services, us, convenant_id, reason="Wij stoppen (verzonnen).")
    with pytest.raises(InvalidInputError):
        ending.consult(services, us, convenant_id, held_on=us.today + timedelta(days=1), text="Morgen.")
    ending.consult(services, us, convenant_id, held_on=us.today, text="Geen andere oplossing (verzonnen).")
    with pytest.raises(NotFoundError):  # an administrator prepares, and does not end
        ending.give_notice(services, context(services, personas.ADMINISTRATOR), convenant_id, reason="Nee.")
    last = ending.give_notice(services, us, convenant_id, reason="Wij stoppen (verzonnen).")
    assert last == date(2027, 1, 23), "a Saturday: not moved"
    with pytest.raises(ConflictError, match="loopt al af"):
        ending.give_notice(services, context(services, THEM), convenant_id, reason="Wij ook.")
    assert any("einde van een convenant" in text for text in notices(services, THEM))
    assert is_in_force(services, convenant_id, last)
    after = last + timedelta(days=1)
    assert not is_in_force(services, convenant_id, after)
    assert is_in_force(services, convenant_id, after, requested_on=last), "running requests finish"
    view = views.show(services, context(services, THEM), convenant_id)
    assert (view.state, view.last_day) == ("ending", last)
    clock.forward(days=70)
    assert views.show(services, context(services, THEM), convenant_id).state == "ended"
    with pytest.raises(ConflictError):
        convenants.offered(services, convenant_id, "Toch door.")
    with services.db.reading() as session:
        tenant, partner = us.person.tenant_id, convenants.organisation(services, "partner_swv")
        assert queries.with_partner(session, tenant, partner, context(services, US).today) is None
        assert queries.with_partner(session, tenant, partner).id == convenant_id


def test_ending_together_needs_both_and_is_exact(services):
    convenant_id = convenants.in_force(services)
    us, them = context(services, US), context(services, THEM)
    day = us.today + timedelta(days=10)
    with pytest.raises(InvalidInputError):
        ending.propose_end(services, us, convenant_id, last_day=us.today - timedelta(days=1), reason="Klaar.")
    proposal = ending.propose_end(services, us, convenant_id, last_day=day, reason="Klaar (verzonnen).")
    with pytest.raises(ConflictError, match="andere partij"):
        ending.answer_end(services, us, proposal, agree=True)
    assert is_in_force(services, convenant_id, day + timedelta(days=5))
    assert views.show(services, them, convenant_id).waits == ("ending",)
    ending.answer_end(services, them, proposal, agree=True)
    assert is_in_force(services, convenant_id, day)
    assert not is_in_force(services, convenant_id, day + timedelta(days=1))
    assert is_in_force(services, convenant_id, day + timedelta(days=200), requested_on=day)
    with pytest.raises(ConflictError):
        ending.answer_end(services, them, proposal, agree=False)
    with services.db.reading() as session:
        assert session.get_one(ConvenantEnding, proposal).state == "agreed"


def test_developments_are_told_to_the_other_side(services):
    convenant_id = convenants.in_force(services)
    ending.develop(services, context(services, THEM), convenant_id, "Wij krijgen een nieuwe directeur (verzonnen).")
    assert any("ontwikkeling" in text for text in notices(services, US))
    assert not any("ontwikkeling" in text for text in notices(services, THEM))
    newest = views.show(services, context(services, US), convenant_id).steps[0]
    assert newest[0].kind == "development"
    assert newest[2]["text"] == "Wij krijgen een nieuwe directeur (verzonnen)."
    with pytest.raises(InvalidInputError):
        ending.develop(services, context(services, THEM), convenant_id, "  ")


def test_agreements_count_when_the_other_side_accepts_and_are_kept_by_number(services, clock):
    convenant_id = convenants.in_force(services)
    us, them = context(services, US), context(services, THEM)
    proposal = Proposal(manner="portal", term="P2W", definitions="Advies: kort (verzonnen).", quality="Actueel.")
    for wrong in ({"manner": "pigeon"}, {"term": "soon"}, {"quality": "x" * 5000}):
        with pytest.raises(InvalidInputError):
            agreeing.propose(services, us, convenant_id, replace(proposal, **wrong))
    first = agreeing.propose(services, us, convenant_id, proposal)
    with pytest.raises(ConflictError, match="wacht al"):
        agreeing.propose(services, them, convenant_id, proposal)
    with pytest.raises(ConflictError, match="andere partij"):
        agreeing.decide(services, us, first, accept=True)
    with services.db.reading() as session:
        assert queries.agreements(session, convenant_id, us.today) is None
    agreeing.decide(services, them, first, accept=True)
    clock.forward(days=30)
    second = agreeing.propose(services, context(services, THEM), convenant_id, replace(proposal, term="P3W"))
    agreeing.decide(services, context(services, US), second, accept=True)
    with services.db.reading() as session:
        before = queries.agreements(session, convenant_id, us.today)
        after = queries.agreements(session, convenant_id, context(services, US).today)
        assert (before.term, before.number, after.term, after.number) == ("P2W", 1, "P3W", 2)
        assert queries.agreement_words(services.vault, before)["quality"] == "Actueel."
        assert session.get_one(ConvenantAgreement, first).state == "accepted"


def test_contact_persons_are_the_director_until_others_are_appointed_with_their_days(services, clock):
    colleague(services, "partner_swv", "tweede.partner@demo.example")
    convenant_id = convenants.in_force(services)
    today = context(services, THEM).today
    director, other = (builders.account(services, email).id for email in (THEM, "tweede.partner@demo.example"))

    def now(day):
        with services.db.reading() as session:
            return queries.contact_persons(session, convenant_id, "partner", day)

    assert now(today) == [director]
    them = context(services, THEM)
    deputy = Appointment(
        account_id=other, kind="deputy", valid_from=today + timedelta(days=5), valid_until=today + timedelta(days=9)
    )
    ours = builders.account(services, US).id
    wrong = (
        {"account_id": ours},
        {"account_id": "0" * 32},
        {"valid_until": None},
        {"valid_from": today - timedelta(days=1)},
        {"valid_until": today},
    )
    for each in wrong:
        with pytest.raises(InvalidInputError):
            contacts.appoint(services, them, convenant_id, replace(deputy, **each))
    contacts.appoint(services, them, convenant_id, deputy)
    assert now(today + timedelta(days=4)) == [director]
    assert now(today + timedelta(days=5)) == now(today + timedelta(days=9)) == [director, other]
    assert now(today + timedelta(days=10)) == [director]
    contacts.appoint(
        services,
        them,
        convenant_id,
        Appointment(account_id=other, kind="contact", valid_from=today + timedelta(days=20)),
    )
    assert now(today + timedelta(days=19)) == [director]
    assert now(today + timedelta(days=20)) == [other]
    view = views.show(services, context(services, US), convenant_id)
    theirs = next(row for row, _ in view.contacts if row.kind == "deputy")
    with pytest.raises(NotFoundError):
        contacts.end(services, context(services, US), theirs.id)
    contacts.end(services, them, theirs.id)
    assert now(today + timedelta(days=6)) == [director]


def test_outsiders_find_nothing_and_a_guest_only_its_own(services):
    convenant_id = convenants.in_force(services)
    own_only, _ = convenants.regional(services)
    for email in (personas.OWNER, personas.SWV, personas.EXPERT, personas.GUARDIAN, personas.PUPIL):
        with pytest.raises(NotFoundError):
            views.show(services, context(services, email), convenant_id)
    assert [line.row.id for line in views.register(services, context(services, THEM))] == [convenant_id]
    assert len(views.register(services, context(services, personas.OFFICER))) == 2
    with pytest.raises(NotFoundError):
        views.show(services, context(services, THEM), own_only)
    them, officer = context(services, THEM), context(services, personas.OFFICER)
    with services.db.writing() as session:
        for each in (
            lambda: reach.acting(session, officer, convenant_id),
            lambda: reach.making(session, them, convenant_id),
            lambda: reach.acting(session, them, own_only),
        ):
            with pytest.raises(NotFoundError):
                each()


def both(*acts):
    """Do these at once; what each came to: None, or the error."""

    def one(act):
        try:
            act()
        except GatewayError as error:
            return error
        return None

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(one, acts))


def test_of_two_who_sign_for_one_party_at_once_one_signs(services):
    second = colleague(services, "partner_swv", "nog.een@demo.example")
    convenant_id = convenants.made(services)
    version_id = convenants.offered(services, convenant_id)
    found = both(*(lambda e=e: convenants.sign(services, e, convenant_id, version_id) for e in (THEM, second, THEM)))
    assert sorted(type(each).__name__ for each in found) == ["ConflictError", "ConflictError", "NoneType"]
    view = views.show(services, context(services, US), convenant_id)
    assert len(view.versions[0].signatures) == 1


def test_both_sides_signing_at_once_bring_it_into_force_once(services):
    convenant_id = convenants.made(services)
    version_id = convenants.offered(services, convenant_id)
    assert both(*(lambda e=e: convenants.sign(services, e, convenant_id, version_id) for e in (US, THEM))) == [None] * 2
    view = views.show(services, context(services, US), convenant_id)
    assert [step.kind for step, _, _ in view.steps].count("in_force") == 1


def test_signing_while_the_text_is_withdrawn_leaves_one_of_the_two(services):
    convenant_id = convenants.made(services)
    version_id = convenants.offered(services, convenant_id)
    us = context(services, US)
    signed, withdrawn = both(
        lambda: convenants.sign(services, THEM, convenant_id, version_id),
        lambda: making.withdraw(services, us, convenant_id, version_id),
    )
    assert withdrawn is None, "the text can always be taken back before all signed"
    assert signed is None or isinstance(signed, ConflictError)
    assert not is_in_force(services, convenant_id, us.today)
    with pytest.raises(ConflictError):
        convenants.sign(services, US, convenant_id, version_id)


def test_whoever_was_offered_a_text_that_is_taken_back_is_told_so_and_still_finds_the_convenant(services):
    convenant_id = convenants.made(services)
    version_id = convenants.offered(services, convenant_id)
    them = context(services, THEM)
    making.withdraw(services, context(services, US), convenant_id, version_id)
    with pytest.raises(ConflictError, match="ingetrokken"):
        convenants.sign(services, THEM, convenant_id, version_id)
    view = views.show(services, them, convenant_id)
    assert (view.state, view.waits) == ("draft", ())
    assert [line.row.state for line in view.versions] == ["withdrawn"]
    with services.db.reading() as session:
        assert [row.id for row in reach.visible(session, them)] == [convenant_id]
    making.write(services, context(services, US), convenant_id, Draft(text="Een nieuw concept (verzonnen)."))
    assert [line.row.state for line in views.show(services, them, convenant_id).versions] == ["withdrawn"]


# --- the regional convenant ------------------------------------------------------------------------------------------


def problem(services, convenant_id, receiver, *, purpose="case_consultation", categories=("a", "g"), on=None):
    us = context(services, US)
    with services.db.reading() as session:
        return exchange.problem(
            session,
            convenant_id,
            giver_id=us.person.organisation_id,
            receiver_id=receiver,
            purpose=purpose,
            categories=categories,
            on=on or us.today,
        )


def test_only_who_signed_may_receive_and_only_what_the_convenant_says(services):
    municipality = convenants.organisation(services, "municipality")
    convenant_id, version_id = convenants.regional(services)
    assert problem(services, convenant_id, municipality) == "giver"
    convenants.sign(services, US, convenant_id, version_id)
    assert problem(services, convenant_id, municipality) == "giver", "not in force before all founders signed"
    convenants.sign(services, "gemeente@demo.example", convenant_id, version_id)
    assert problem(services, convenant_id, municipality) is None
    assert problem(services, convenant_id, municipality, categories=("e",)) == "categories"
    assert problem(services, convenant_id, municipality, purpose="absence") == "purpose"
    board = convenants.organisation(services, "school_board")
    assert problem(services, convenant_id, board) == "receiver"
    making.add_party(services, context(services, US), convenant_id, board)
    assert problem(services, convenant_id, board) == "receiver", "added is not signed"


def test_a_board_is_bound_by_volmacht_and_leaves_by_its_own_notice(services, clock):
    board = convenants.organisation(services, "school_board")
    convenant_id, version_id = convenants.regional(services)
    us = context(services, US)
    making.add_party(services, us, convenant_id, board)
    own = convenants.party(services, convenant_id, us.person.organisation_id)
    theirs = convenants.party(services, convenant_id, board)
    convenants.sign(services, "gemeente@demo.example", convenant_id, version_id)
    with pytest.raises(InvalidInputError, match="volmacht"):
        convenants.sign(services, US, convenant_id, version_id, also_for=(theirs,))
    new = NewProxy(
        holder=own,
        name="Dirk Denkbeeld",
        parties=(theirs,),
        document_id=convenants.scan(services, convenant_id, "proxy"),
        given_on=us.today,
    )
    with pytest.raises(InvalidInputError):
        proxies.record_proxy(services, us, convenant_id, replace(new, parties=(own,)))
    proxy = proxies.record_proxy(services, us, convenant_id, new)
    with pytest.raises(ConflictError, match="tweede persoon"):
        proxies.decide_proxy(services, us, proxy, confirm=True)
    proxies.decide_proxy(services, context(services, personas.ADMINISTRATOR), proxy, confirm=True)
    assert views.signs_for(services, us, convenant_id) == [(theirs, "Stichting Voorbeeldscholen (demo)")]
    convenants.sign(services, US, convenant_id, version_id, also_for=(theirs,))
    view = views.show(services, us, convenant_id)
    assert view.bound == dict.fromkeys((party.id for party in view.parties), True)
    assert {line.row.way for line in view.versions[0].signatures} == {"portal", "proxy"}
    assert problem(services, convenant_id, board) == "pair", "bound, but no line says that we give to them"
    gemeente = context(services, "gemeente@demo.example")
    ending.consult(services, gemeente, convenant_id, held_on=gemeente.today, text="Overlegd (verzonnen).")
    last = ending.give_notice(services, gemeente, convenant_id, reason="Wij stoppen (verzonnen).")
    municipality = gemeente.person.organisation_id
    assert problem(services, convenant_id, municipality, on=last) is None
    assert problem(services, convenant_id, municipality, on=last + timedelta(days=1)) == "receiver"
    assert is_in_force(services, convenant_id, last + timedelta(days=30)), "the others go on"


def test_an_ended_account_speaks_for_nobody(services):
    convenant_id = convenants.in_force(services)
    today = context(services, US).today
    with services.db.writing() as session:
        session.get_one(Account, builders.account(services, THEM).id).active = False
    with services.db.reading() as session:
        assert queries.contact_persons(session, convenant_id, "partner", today) == []
