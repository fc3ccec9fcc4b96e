"""Messages between two SWVs of one installation: in order, once, sealed, with their receipts. Source: issue 8."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select, update

from audit.log import events
from gateway.errors import ConflictError, InvalidInputError, NotFoundError, UnavailableError
from gateway.jobs.tables import Job
from gateway.notices.tables import Notice
from gateway.peers import attachments, carrying, erasing, handlers, links, usecases
from gateway.peers.tables import PeerAttachment, PeerMessage, PeerThread
from gateway.peers.threads import live_link
from gateway.recording import Action
from tests import builders, peering, personas

THREAD = "zaak-1"


@pytest.fixture
def applied():
    """What the handler of these tests was given, in order; `second_opinion.fout` is refused, `.storing` fails once."""
    seen = []
    broken = []

    def handler(services, session, context, incoming):
        if incoming.kind == "test.storing" and not broken:
            broken.append(1)
            raise UnavailableError("De database antwoordt nu niet.")
        seen.append(incoming)
        if incoming.kind == "test.fout":
            session.add(Notice(tenant_id="x", account_id="x", kind="x", sealed=b"", made_at=context.now))
            raise ConflictError("De zaak is al gesloten.")

    handlers.register("test.", handler)
    yield seen
    handlers._handlers.pop("test.")


@pytest.fixture
def pair(services):
    return peering.local_pair(services)


def send(side, kind="test.act", thread=THREAD, body=None, attachments=()):
    with side.services.db.writing() as session:
        return usecases.send(
            side.services,
            session,
            side.context(side.contact),
            side.partner_id,
            kind=kind,
            thread=thread,
            body=body or {},
            attachments=attachments,
        )


def how(side, message_id):
    with side.services.db.reading() as session:
        return usecases.delivery(side.services, session, message_id)


def work(services):
    builders.work(services)
    builders.work(services)


def test_a_partner_without_a_link_is_a_guest_and_nothing_is_sent(services):
    partner = builders.account(services, personas.PARTNER).organisation_id
    context = builders.context(services, personas.CONTACT_PERSON)
    with services.db.writing() as session:
        assert usecases.send(services, session, context, partner, kind="test.act", thread="t", body={}) is None


def test_messages_are_applied_in_order_once_and_their_receipts_come_back(services, pair, applied):
    here, there = pair
    sent = [send(here, body={"number": number, "naam": "Jip"}) for number in range(1, 4)]
    assert str(how(here, sent[0]).sentence) == "onderweg"
    work(services)
    assert [each.body["number"] for each in applied] == [1, 2, 3]
    assert {(each.tenant_id, each.organisation_id, each.thread) for each in applied} == {
        (there.tenant_id, there.partner_id, THREAD)
    }
    assert [how(here, each).state for each in sent] == ["applied"] * 3
    back = send(there, body={"number": 4})
    work(services)
    assert applied[-1].organisation_id == here.partner_id
    assert how(there, back).sentence.startswith("verwerkt door de partner op ")
    with services.db.reading() as session:
        assert all(b"Jip" not in row.sealed for row in session.scalars(select(PeerMessage)))
        told = events(session.connection(), action=(Action.RECORD, Action.NOTIFY, Action.CONFIRM_RECEIPT), limit=99)
        tenants = {row.tenant for row in told.rows if row.object_type == "peer_message"}
    assert tenants == {here.tenant_id, there.tenant_id}, "each side writes in its own log"


def test_a_refused_act_is_undone_and_its_sentence_goes_back(services, pair, applied):
    here, _ = pair
    refused = send(here, kind="test.fout")
    after = send(here, body={"n": 2})
    work(services)
    assert [each.kind for each in applied] == ["test.fout", "test.act"], "what is refused holds up nothing"
    found = how(here, refused)
    assert (found.state, found.reason) == ("refused", "De zaak is al gesloten.")
    assert how(here, after).state == "applied"
    with services.db.reading() as session:
        kinds = session.scalars(select(Notice.kind)).all()
    assert "x" not in kinds
    assert "peer_refused" in kinds


def test_what_nobody_here_knows_is_refused(services, pair):
    here, _ = pair
    unknown = send(here, kind="elders.iets")
    work(services)
    assert how(here, unknown).reason.startswith("Dit soort bericht kennen wij niet")


def test_a_passing_failure_is_tried_again_and_nothing_passes_it(services, clock, pair, applied):
    here, _ = pair
    first, second = send(here, kind="test.storing"), send(here)
    builders.work(services)
    assert applied == []
    clock.forward(seconds=10)
    work(services)
    assert [each.kind for each in applied] == ["test.storing", "test.act"]
    assert {how(here, first).state, how(here, second).state} == {"applied"}


def test_messages_wait_until_the_other_side_has_made_the_link_too(services, clock, pair, applied):
    here, there = pair
    with services.db.reading() as session:
        other = live_link(session, there.partner_id).id
        own = live_link(session, here.partner_id).id
    links.end(services, there.context(there.administrator), other)
    sent = send(here)
    builders.work(services)
    assert applied == []
    assert str(how(here, sent).sentence) == "nog niet aangekomen, wordt opnieuw geprobeerd"
    links.make(services, there.context(there.administrator), there.partner_id, carrier="local", address="demo")
    builders.work(services)
    assert applied == [], "the line rests after a failure"
    links.retry(services, here.context(here.contact), own)
    work(services)
    assert len(applied) == 1
    clock.forward(hours=1)
    assert how(here, sent).state == "applied"


class OpenDoor:
    """Lets through what it was told to, and counts."""

    def __init__(self):
        self.shut = False
        self.opened = []

    def check(self, services, session, context, verstrekking_id, organisation_id):
        if verstrekking_id == "not-committed":
            raise ConflictError("Dit is geen verstrekking aan deze partner.")

    def open(self, services, context, verstrekking_id, *, first):
        if self.shut:
            raise ConflictError("De toestemming is ingetrokken.")
        self.opened.append((verstrekking_id, context.person.account_id, first))
        content = b"Een verslag over Jip. " * 9000
        return [handlers.Leaving(name="01-verslag.txt", size=len(content), chunks=iter([content]))]


@pytest.fixture
def door():
    before = list(handlers._doors)
    made = OpenDoor()
    handlers.register_door(made)
    yield made
    handlers._doors[:] = before


def test_only_what_the_door_lets_out_is_attached_and_it_lies_sealed_on_the_other_side(services, pair, applied, door):
    here, there = pair
    with pytest.raises(ConflictError, match="geen verstrekking"):
        send(here, attachments=("not-committed",))
    sent = send(here, attachments=("v1",))
    work(services)
    (found,) = applied[0].attachments
    assert (found.name, found.size) == ("01-verslag.txt", 22 * 9000)
    assert door.opened == [("v1", here.context(here.contact).person.account_id, True)]
    opened = attachments.open_attachment(services, there.context(there.contact), found.id, purpose="second_opinion")
    assert b"".join(opened.chunks) == b"Een verslag over Jip. " * 9000
    with services.db.reading() as session:
        row = session.get_one(PeerAttachment, found.id)
        raw = b"".join(services.storage.read(row.object_key))
        assert attachments.known_objects(session, [row.object_key, "0" * 32]) == {row.object_key}
    assert b"Jip" not in raw
    with pytest.raises(NotFoundError):
        attachments.open_attachment(services, here.context(here.contact), found.id)
    assert how(here, sent).state == "applied"


def test_what_the_door_holds_back_travels_as_an_empty_number_and_people_are_told(services, pair, applied, door):
    here, _ = pair
    held, after = send(here, attachments=("v1",)), send(here, body={"n": 2})
    door.shut = True
    work(services)
    assert [each.body for each in applied] == [{"n": 2}], "the act without its documents is never applied"
    found = how(here, held)
    assert (found.held_back, found.reason) == (True, "De toestemming is ingetrokken.")
    assert str(found.sentence).startswith("tegengehouden")
    assert how(here, after).state == "applied"
    with services.db.reading() as session:
        assert "peer_held_back" in session.scalars(select(Notice.kind)).all()


def test_a_body_that_is_too_large_or_a_second_link_is_refused(services, pair):
    here, _ = pair
    with pytest.raises(InvalidInputError, match="te groot"):
        send(here, body={"tekst": "x" * 300_000})
    with pytest.raises(ConflictError, match="al een lijn"):
        links.make(services, here.context(here.administrator), here.partner_id, carrier="local", address="overkant")


def test_an_erased_thread_is_opened_by_nobody_and_takes_nothing_any_more(services, pair, applied):
    here, there = pair
    send(here, body={"naam": "Jip"})
    work(services)
    with services.db.writing() as session:
        assert erasing.erase_thread(services, session, there.partner_id, THREAD, now=services.clock()) == 1
    with services.db.reading() as session:
        thread = session.scalars(
            select(PeerThread).where(PeerThread.organisation_id == there.partner_id, PeerThread.name == THREAD)
        ).one()
        with pytest.raises(LookupError):
            services.vault.data_key(session, thread.id, "fields")
    late = send(here, body={"naam": "Jip"})
    work(services)
    assert len(applied) == 1
    assert how(here, late).reason.startswith("De partner heeft deze berichten vernietigd")
    with pytest.raises(ConflictError, match="vernietigd"):
        send(there)


def test_who_sends_while_a_message_of_the_same_thread_is_applied_waits_for_nobody_for_ever(services, pair, applied):
    """Both take the line and the thread: in another order on each side, PostgreSQL stopped one of the two."""
    here, there = pair
    inside, sent_back = threading.Event(), []

    def slow(services, session, context, incoming):
        inside.set()
        time.sleep(0.5)  # the sender below has the line by now
        applied.append(incoming)

    def send_meanwhile():
        inside.wait(10)
        sent_back.append(send(there))

    handlers.register("test.traag", slow)
    try:
        first = send(here, kind="test.traag")
        with ThreadPoolExecutor() as pool:
            meanwhile = pool.submit(send_meanwhile)
            work(services)
            meanwhile.result(30)
    finally:
        handlers._handlers.pop("test.traag")
    assert [each.kind for each in applied].count("test.traag") == 1, "its work was undone, and done again"
    work(services)
    assert how(here, first).state == "applied"
    assert how(there, sent_back[0]).state == "applied"
    with services.db.reading() as session:
        assert session.scalars(select(Job.state).where(Job.trouble.is_not(None), Job.trouble != "")).all() == []


def test_a_line_whose_job_was_given_up_is_carried_again(services, clock, pair, applied):
    here, _ = pair
    sent = send(here)
    with services.db.writing() as session:
        link = live_link(session, here.partner_id)
        session.execute(update(Job).where(Job.ref == link.id).values(state="failed", attempts=5))
    carrying.keep_up(services, clock())
    work(services)
    assert how(here, sent).state == "applied"
