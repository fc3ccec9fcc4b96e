"""One case in two portals: the requester orders, the partner's portal has a copy, and what comes late is told to both.

Here over a line between two tenants; the same messages travel between installations. Source: issue 8 (two gateways).
"""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import delete, select

from audit.log import events
from gateway import lines
from gateway.access.tables import AccessEntry
from gateway.accounts import invitations, people
from gateway.context import Role
from gateway.convenant.tables import Convenant, ConvenantSignature, ConvenantVersion
from gateway.disclosure import approving, closing, over_the_line
from gateway.errors import ConflictError, InvalidInputError, NotFoundError
from gateway.notices.tables import Notice
from gateway.peers import links
from gateway.peers.tables import PeerAttachment, PeerMessage
from gateway.peers.threads import live_link
from gateway.recording import Action
from gateway.second_opinion import acting, advising, delivering, doing, mirror, storing, views
from gateway.second_opinion.storing import StepRefusedError
from gateway.second_opinion.tables import SecondOpinionCase
from tests import builders, peering, personas, reglements, rendered, second_opinions
from tests.second_opinions import EXPERT, TEXT, US


@pytest.fixture
def pair(services):
    """Two tenants with a line, each with its own row of the same convenant."""
    second_opinions.convenant(services)
    here, there = peering.local_pair(services)
    second_opinions.convenant_of(services, there.tenant_id, there.contact, there.partner_id)
    return here, there


@pytest.fixture
def dossier(services, pair):
    return builders.submitted(services)[0]


def work(services):
    for _ in range(3):
        builders.work(services)


def copy_of(services, there):
    """The partner's row of the only case."""
    with services.db.reading() as session:
        query = select(SecondOpinionCase).where(SecondOpinionCase.tenant_id == there.tenant_id)
        return session.scalars(query).one_or_none()


def sequence(services, row_id):
    with services.db.reading() as session:
        row = session.get_one(SecondOpinionCase, row_id)
        return [(each.number, each.side, each.kind, each.overtaken) for each in storing.acts_of(services, session, row)]


def phase(services, row_id):
    with services.db.reading() as session:
        return session.get_one(SecondOpinionCase, row_id).phase


def test_a_whole_case_runs_with_both_sides_in_their_own_portal(services, pair, dossier):
    here, there = pair
    case = second_opinions.case(services, dossier, until="send")
    assert copy_of(services, there) is None
    work(services)
    theirs = copy_of(services, there).id
    them = there.context(there.contact)
    (line,) = views.listed(services, them)
    assert (line.id, line.mine, line.phase) == (theirs, True, "sent")
    seen = views.show(services, them, theirs)
    assert "Past de uitstroombestemming" in seen.request["question"]
    assert "Zwollebol" not in seen.title
    assert seen.can == {"accept", "decline", "say"}
    acting.contact_step(services, them, theirs, "accept", {})
    assert phase(services, theirs) == "sent", "nothing counts here before it was ordered there"
    assert [str(each) for each in views.show(services, them, theirs).travelling] == ["Een stap van u: onderweg"]
    work(services)
    assert (phase(services, case), phase(services, theirs)) == ("accepted", "accepted")
    acting.say(services, them, theirs, "Wij beginnen maandag.")
    day = services.clock().date() + timedelta(days=10)
    acting.propose(
        services, them, theirs, manner="Portaal", deliver_by=day, review="P2W", definitions="", access_days=0
    )
    work(services)
    acting.agree(services, here.context(US), case)
    expert = second_opinions.expert(services)
    acting.assign_named(services, them, theirs, second_opinions.named(services, EXPERT))
    work(services)
    (shown,) = views.show(services, them, theirs).experts
    assert (shown.id, shown.name) == (expert, "Deskundige 1"), "the account that was there, by its own name"
    for step in ("admit", "declare", "deliver"):
        second_opinions.do(services, step, case, dossier, [expert], (EXPERT,))
    work(services)
    delivering.receive(services, them, theirs)
    work(services)
    assert phase(services, case) == phase(services, theirs) == "in_review"
    for step in ("write", "sign"):
        second_opinions.do(services, step, case, dossier, [expert], (EXPERT,))
    work(services)
    assert advising.read(services, them, theirs)[3].parts == TEXT
    acting.contact_step(services, them, theirs, "hand_over", {})
    work(services)
    for step in ("confirm", "parents", "close"):
        second_opinions.do(services, step, case, dossier, [expert], (EXPERT,))
    work(services)
    assert sequence(services, case) == sequence(services, theirs), "one order on both sides"
    assert phase(services, theirs) == "closed"
    with services.db.reading() as session:
        row = session.get_one(SecondOpinionCase, theirs)
        told = storing.last(storing.acts_of(services, session, row), "tell_parents")
        assert row.access_ended_at is not None, "the copies end on the agreed day"
        assert "parts" not in told.data, "the advice with the name in it stays with the requester"
        assert all(b"Zwollebol" not in each.sealed for each in session.scalars(select(PeerMessage)))


def test_what_the_partner_did_before_it_heard_of_a_withdrawal_is_overtaken_on_both_sides(services, pair, dossier):
    here, there = pair
    case = second_opinions.case(services, dossier, until="send")
    work(services)
    theirs = copy_of(services, there).id
    acting.contact_step(services, here.context(US), case, "withdraw", {"reason": "Ouders en school zijn het eens."})
    acting.contact_step(services, there.context(there.contact), theirs, "accept", {})
    work(services)
    assert sequence(services, case)[-2:] == [(5, "requester", "withdraw", False), (6, "partner", "accept", True)]
    assert sequence(services, case) == sequence(services, theirs)
    assert phase(services, theirs) == "withdrawn"
    contact = there.context(there.contact).person.account_id
    with services.db.reading() as session:
        kinds = session.scalars(select(Notice.kind).where(Notice.account_id == contact)).all()
    assert kinds.count("second_opinion") >= 2


def test_experts_and_their_work_stay_in_the_requesters_portal(services, pair, dossier):
    _, there = pair
    second_opinions.case(services, dossier, until="send")
    work(services)
    row = copy_of(services, there)
    them = there.context(there.contact)
    with services.db.writing() as session:
        found = session.get_one(SecondOpinionCase, row.id)
        with pytest.raises(ConflictError, match="portal van de aanvrager"):
            mirror.wish(services, session, them, found, "declare", {})
        with pytest.raises(StepRefusedError):
            mirror.wish(services, session, them, found, "hand_over", {})
    with pytest.raises(NotFoundError):
        mirror.open_document(services, them, row.id, "0" * 32)


def test_a_partner_without_the_convenant_takes_no_case_until_it_has_one(services, pair, dossier):
    here, there = pair
    with services.db.writing() as session:
        theirs = select(ConvenantVersion.id).join(Convenant).where(Convenant.tenant_id == there.tenant_id)
        session.execute(delete(ConvenantSignature).where(ConvenantSignature.version_id.in_(theirs)))
    case = second_opinions.case(services, dossier, until="send")
    work(services)
    assert copy_of(services, there) is None
    shown = views.show(services, here.context(US), case).travelling
    assert [str(each) for each in shown] == ["Bericht aan de partner: geweigerd door de partner"]
    second_opinions.convenant_of(services, there.tenant_id, there.contact, there.partner_id)
    acting.say(services, here.context(US), case, "Kunt u het convenant tekenen?")
    work(services)
    assert sequence(services, case) == sequence(services, copy_of(services, there).id), "the case goes whole again"


def ready_to_deliver(services, pair, dossier):
    """A case in the phase of delivery, on both sides, with one anonymised rendition; gives both ids and the expert."""
    _, there = pair
    expert = second_opinions.expert(services)
    case = second_opinions.case(services, dossier[0], until="declare")
    work(services)
    return case, copy_of(services, there).id, expert


def test_anonymised_documents_come_sealed_into_the_partners_portal_and_end_on_the_agreed_day(services, clock, pair):
    here, there = pair
    dossier = builders.submitted(services)
    rendered.reviewed(services, dossier[1])
    case, theirs, _ = ready_to_deliver(services, pair, dossier)
    delivering.deliver(
        services, here.context(US), case, second_opinions.wanted(services, dossier[0], form="anonymised")
    )
    work(services)
    them = there.context(there.contact)
    (delivered,) = views.show(services, them, theirs).delivered
    (came,) = delivered["came"]
    assert came.name == "01-stuk-01-geanonimiseerd.pdf"
    opened = mirror.open_document(services, them, theirs, came.id)
    content = b"".join(opened.chunks)
    assert content.startswith(b"%PDF")
    assert rendered.MARK.encode() in content
    with services.db.reading() as session:
        left = events(session.connection(), dossier=dossier[0], action=(Action.DOWNLOAD,), limit=50).rows
        read = events(session.connection(), object_id=came.id, action=Action.DOWNLOAD).rows
    assert [row.object_type for row in left if row.object_type == "verstrekking"] == ["verstrekking"]
    assert [row.actor for row in read] == [them.person.account_id]
    acting.contact_step(services, here.context(US), case, "withdraw", {"reason": "Het is niet meer nodig."})
    work(services)
    with pytest.raises(NotFoundError):
        mirror.open_document(services, them, theirs, came.id)
    with services.db.reading() as session:
        assert session.scalars(select(PeerAttachment)).all() == []


def test_a_delivery_that_was_closed_before_the_line_was_up_never_leaves(services, clock, pair):
    here, there = pair
    dossier = builders.submitted(services)
    rendered.reviewed(services, dossier[1])
    case, theirs, _ = ready_to_deliver(services, pair, dossier)
    with services.db.reading() as session:
        link = live_link(session, there.partner_id).id
    links.end(services, there.context(there.administrator), link)
    wanted = second_opinions.wanted(services, dossier[0], form="anonymised")
    delivering.deliver(services, here.context(US), case, wanted)
    builders.work(services)
    with services.db.writing() as session:
        row = session.get_one(SecondOpinionCase, case)
        for made in doing.delivered_by(services, session, row):
            closing.close(services, session, here.context(US), made)
    links.make(services, there.context(there.administrator), there.partner_id, carrier="local", address="demo")
    clock.forward(minutes=2)
    work(services)
    with services.db.reading() as session:
        assert session.scalars(select(PeerAttachment)).all() == []
    told = [str(each) for each in views.show(services, here.context(US), case).travelling]
    assert told == ["Bericht aan de partner: tegengehouden: de stukken mogen niet meer weg"]
    assert sequence(services, case) == sequence(services, theirs), "the delivery itself is told"


def accepted(services, pair, dossier):
    """A case that the partner took up, in both portals; gives both ids."""
    _, there = pair
    case = second_opinions.case(services, dossier, until="accept")
    work(services)
    return case, copy_of(services, there).id


def test_an_expert_whom_the_partner_names_gets_an_account_that_waits_for_a_second_person(services, pair, dossier):
    here, there = pair
    case, theirs = accepted(services, pair, dossier)
    us, them = here.context(US), there.context(there.contact)
    acting.assign_named(services, them, theirs, second_opinions.named(services, "nieuw@praktijk.example"))
    work(services)
    with services.db.reading() as session:
        made = people.by_email(session, services.vault, "nieuw@praktijk.example")
        assert (made.organisation_id, made.tenant_id, made.role) == (here.partner_id, here.tenant_id, "expert")
        wishes = session.scalars(select(PeerMessage)).all()
        assert all(b"praktijk" not in each.sealed for each in wishes), "the address is sealed on its way"
        assert "praktijk" not in str(
            [each.data for each in storing.acts_of(services, session, copy_of(services, there))]
        )
    (waiting,) = invitations.waiting(services, here.context(here.administrator))
    assert (waiting.account_id, waiting.own) == (made.id, False)
    assert waiting.asked_by.name == waiting.organisation, "the partner asked"
    with pytest.raises(ConflictError, match="tweede persoon"):
        acting.admit(services, us, case, made.id)
    invitations.decide(services, here.context(here.administrator), made.id, approve=True)
    acting.admit(services, us, case, made.id)
    acting.release(services, them, theirs, made.id, "Is ziek geworden.")
    work(services)
    assert views.show(services, us, case).experts == []
    with services.db.reading() as session:
        assert [each.state for each in session.scalars(select(AccessEntry).filter_by(account_id=made.id))] == ["ended"]
    assert sequence(services, case) == sequence(services, theirs)


def test_an_address_of_somebody_else_is_refused_and_one_that_came_too_late_makes_no_account(services, pair, dossier):
    here, there = pair
    case, theirs = accepted(services, pair, dossier)
    them = there.context(there.contact)
    acting.assign_named(services, them, theirs, second_opinions.named(services, personas.SWV))
    work(services)
    (told,) = [str(each) for each in views.show(services, them, theirs).travelling]
    assert told.startswith("Een stap van u: geweigerd door de partner (Met dit e-mailadres kan daar geen deskundige")
    own = second_opinions.named(services, peering.OVERKANT[Role.EXPERT])
    with pytest.raises(InvalidInputError, match="uw eigen portaal"):
        acting.assign_named(services, them, theirs, own)
    old = second_opinions.named(services, EXPERT, valid_until=services.clock().date() - timedelta(days=1))
    with pytest.raises(InvalidInputError, match="vandaag niet geldig"):
        acting.assign_named(services, them, theirs, old)
    acting.contact_step(services, here.context(US), case, "withdraw", {"reason": "Niet meer nodig."})
    acting.assign_named(services, them, theirs, second_opinions.named(services, "laat@praktijk.example"))
    work(services)
    assert sequence(services, theirs)[-1][2:] == ("assign", True)
    assert sequence(services, case) == sequence(services, theirs)
    with services.db.reading() as session:
        assert people.by_email(session, services.vault, "laat@praktijk.example") is None


def test_a_delivery_that_a_second_person_approves_later_travels_then_and_not_before(services, clock, pair):
    here, there = pair
    lines.wire()
    reglements.new_version(services, clock, second_person=["partner_swv"])
    dossier = builders.submitted(services)
    rendered.reviewed(services, dossier[1])
    case, theirs, _ = ready_to_deliver(services, pair, dossier)
    wanted = second_opinions.wanted(services, dossier[0], form="anonymised")
    delivering.deliver(services, here.context(US), case, wanted)
    work(services)
    them = there.context(there.contact)
    assert views.show(services, them, theirs).delivered[0]["came"] == ()
    with services.db.writing() as session:
        waiting = doing.delivered_by(services, session, session.get_one(SecondOpinionCase, case))
    for made in waiting:
        approving.approve(services, here.context(personas.SWV), made)
    work(services)
    (came,) = views.show(services, them, theirs).delivered[0]["came"]
    assert b"".join(mirror.open_document(services, them, theirs, came.id).chunks).startswith(b"%PDF")


def test_documents_with_names_are_for_a_named_expert_and_never_travel(services, pair):
    here, there = pair
    dossier = builders.submitted(services)
    case, theirs, _ = ready_to_deliver(services, pair, dossier)
    delivering.deliver(services, here.context(US), case, second_opinions.wanted(services, dossier[0]))
    work(services)
    (delivered,) = views.show(services, there.context(there.contact), theirs).delivered
    assert delivered["came"] == ()
    with services.db.writing() as session:
        (made,) = doing.delivered_by(services, session, session.get_one(SecondOpinionCase, case))
        with pytest.raises(ConflictError, match="één deskundige"):
            over_the_line.LineDoor().check(services, session, here.context(US), made, here.partner_id)
