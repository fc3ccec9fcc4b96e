"""A partner's package at the door: taken once and in order, and everything else refused with its event.

Two installations with keys of their own; packages are posted as the partner's gateway posts them. Source: issue 8.
"""

from __future__ import annotations

import base64
import hashlib
import io
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from audit.log import events
from crypto.openpgp import Recipient, encrypt
from gateway.app import create_app
from gateway.ids import new_id
from gateway.partner_keys import usecases as partner_keys
from gateway.peers import arriving, files, handlers, sealing, usecases
from gateway.peers.drafts import CarryError, Draft
from gateway.peers.handlers import Leaving
from gateway.peers.parcels import Parcel
from gateway.peers.tables import PeerAttachment, PeerLink, PeerMessage, PeerRefusal
from gateway.recording import Action
from tests import builders, peering, personas
from tests.builders import demo_installation
from tests.personas import visitor


@pytest.fixture(scope="module")
def other(tmp_path_factory, clock):
    with demo_installation(tmp_path_factory.mktemp("other"), clock=clock) as built:
        yield built


@pytest.fixture(scope="module")
def here(services):
    return peering.side_of(services)


@pytest.fixture(scope="module")
def there(other):
    return peering.side_of(other)


@pytest.fixture(scope="module")
def links(here, there):
    """The ids of the link at the partner that sends (`there`) and at the door (`here`)."""
    return (
        peering.acquaint(there, here, carrier="https", address="https://hier.example/lijn/demo"),
        peering.acquaint(here, there, carrier="https", address="https://daar.example/lijn/demo"),
    )


@pytest.fixture(scope="module")
def keys(there, links):
    with there.services.db.reading() as session:
        link = session.get_one(PeerLink, links[0])
    return sealing.keys_of(there.services, there.context(there.administrator), link)


@pytest.fixture(autouse=True)
def applied(clock):
    clock.forward(seconds=1)  # what is refused in one test comes after what was refused in the one before
    seen = []
    handlers.register("test.", lambda _services, _session, _context, incoming: seen.append(incoming))
    yield seen
    handlers._handlers.pop("test.")


@pytest.fixture
def line(there, keys, clock):
    return Line(there, keys, clock)


class Line:
    """The partner's end: makes packages of a thread of its own."""

    def __init__(self, there, keys, clock):
        self.there, self.keys, self.clock = there, keys, clock
        self.thread = f"zaak-{new_id()[:8]}"

    def draft(self, number=1, leaving=(), **changes):
        values = {
            "row_id": "",
            "message_id": hashlib.md5(f"{self.thread}{number}".encode()).hexdigest(),
            "thread": self.thread,
            "number": number,
            "kind": "test.act",
            "made_at": self.clock.now,
            "body": {"naam": "Jip", "nummer": number},
        }
        return Draft(**{**values, **changes}, leaving=leaving)

    def package(self, draft=None, keys=None, sender="", receiver="", chunks=None):
        keys = keys or self.keys
        context = self.there.context(self.there.administrator)
        with self.there.services.scratch.directory() as scratch:
            output = scratch / "package"
            parcel = Parcel(draft=draft or self.draft(), sender=sender or keys.own, receiver=receiver or keys.theirs)
            encrypt(
                chunks or parcel.chunks(),
                output,
                recipients=keys.partner,
                secret_key=keys.secret,
                on=context.today,
                scratch=scratch,
            )
            return output.read_bytes()

    def opened(self, answer):
        return sealing.open_answer(
            self.there.services,
            self.there.context(self.there.administrator),
            self.keys,
            base64.b64decode(answer.get_data()),
        )


def post(app, body, path="/lijn/demo"):
    return app.test_client().post(path, data=body, headers={"Content-Type": "application/pgp-encrypted"})


def refusals(services):
    """How many refusals stand in the log, and the codes that the page shows."""
    with services.db.reading() as session:
        rows = events(session.connection(), action=(Action.REFUSE,), limit=500).rows
        codes = session.scalars(select(PeerRefusal.code).order_by(PeerRefusal.at, PeerRefusal.id)).all()
        return sum(row.object_type == "peer_package" for row in rows), list(codes)


def taken(services):
    with services.db.reading() as session:
        return session.scalar(select(func.count()).select_from(PeerMessage))


def test_a_package_is_taken_sealed_answered_and_applied_once(app, services, here, line, links, applied):
    content = b"Een verslag over Jip.\n" * 5000
    leaving = [Leaving(name="01-verslag.txt", size=len(content), chunks=iter([content[:70], content[70:]]))]
    package = line.package(line.draft(leaving=leaving))
    assert b"Jip" not in package
    first = post(app, package)
    assert first.status_code == 200, first.get_data(as_text=True)
    answer = line.opened(first)
    assert (answer.state, answer.code) == ("waiting", "")
    builders.work(services)
    assert [(each.number, each.body["naam"]) for each in applied] == [(1, "Jip")]
    assert [(each.name, each.size) for each in applied[0].attachments] == [("01-verslag.txt", len(content))]
    before = refusals(services)[0]
    again = line.opened(post(app, package))
    assert (again.state, again.digest) == ("applied", answer.digest), "a replay tells the partner what it knows"
    assert refusals(services)[0] == before + 1, "and leaves an event"
    builders.work(services)
    assert len(applied) == 1
    with services.db.reading() as session:
        assert session.scalar(select(func.count()).select_from(PeerAttachment)) == 1, "the second copy is gone"
    assert services.scratch.used_bytes() == 0


def test_a_hole_waits_and_what_came_early_is_applied_in_its_turn(app, services, line, links, applied):
    for number in (3, 2):
        assert line.opened(post(app, line.package(line.draft(number)))).state == "waiting"
    builders.work(services)
    assert applied == []
    page = visitor(app, personas.ADMINISTRATOR).get("/inrichting/lijnen").get_data(as_text=True)
    assert "2 berichten van de partner wachten op een eerder bericht" in page
    post(app, line.package(line.draft(1)))
    builders.work(services)
    assert [each.number for each in applied] == [1, 2, 3]


def test_another_content_under_a_number_that_is_there_is_refused_and_the_first_stays(app, services, line, links):
    first = line.opened(post(app, line.package()))
    other = line.opened(post(app, line.package(line.draft(body={"naam": "Iemand anders"}))))
    assert (other.state, other.code, other.digest) == ("refused", "conflict", first.digest)
    assert refusals(services)[1][-1] == "conflict"


def test_a_number_far_ahead_is_refused(app, line, links):
    assert line.opened(post(app, line.package(line.draft(500)))).code == "ahead"


def stranger_keys(there, keys):
    from crypto.openpgp import generate_secret_key

    with there.services.scratch.directory() as scratch:
        day = there.services.clock().date() + timedelta(days=90)
        secret = generate_secret_key("Vreemde", "vreemde@voorbeeld.example", expires_on=day, scratch=scratch)
    return replace(keys, secret=secret)


def broken(package, line, there, keys, kind):
    match kind:
        case "cut off":
            return package[: len(package) // 2]
        case "changed":
            return package[:-40] + bytes(each ^ 1 for each in package[-40:])
        case "rubbish":
            return b"dit is geen pakket"
        case "empty":
            return b""
        case "foreign key":
            return line.package(keys=stranger_keys(there, keys))
        case "for another":
            own = Recipient(key=_public(there), fingerprint=keys.own)
            return line.package(keys=replace(keys, partner=(own,)))
    raise AssertionError(kind)


def _public(there):
    with there.services.db.reading() as session:
        return partner_keys.own_public(session, there.tenant_id, there.services.clock().date()).public


@pytest.mark.parametrize("kind", ["cut off", "changed", "rubbish", "empty", "foreign key", "for another"])
def test_what_no_partner_signed_for_us_is_refused_and_tells_the_sender_nothing(
    app, services, there, line, links, keys, kind
):
    package = broken(line.package(), line, there, keys, kind)
    before, count = taken(services), refusals(services)[0]
    answer = post(app, package)
    assert answer.status_code == 403
    assert "pakket is geweigerd" in answer.get_data(as_text=True)
    assert (taken(services), refusals(services)[0], refusals(services)[1][-1]) == (before, count + 1, "stranger")
    assert services.scratch.used_bytes() == 0


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"receiver": "A" * 40}, "other-receiver"),
        ({"sender": "A" * 40}, "other-receiver"),
        ({"chunks": [b"geen tar"]}, "format"),
    ],
)
def test_what_a_partner_signed_but_not_so_is_refused_with_the_partners_name(app, services, line, links, change, code):
    answer = post(app, line.package(**change))
    assert (answer.status_code, refusals(services)[1][-1]) == (403, code)
    assert "Buurtland" in visitor(app, personas.OFFICER).get("/inrichting/lijnen").get_data(as_text=True)


def test_a_document_that_is_not_what_the_envelope_says_is_refused_and_leaves_nothing(app, services, line, links):
    content = b"Een verslag.\n"
    draft = line.draft(leaving=[Leaving(name="a.txt", size=len(content), chunks=iter([content]))])
    parcel = Parcel(draft=draft, sender=line.keys.own, receiver=line.keys.theirs)
    inside = b"".join(parcel.chunks()).replace(b"Een verslag.", b"Een ander!!!", 1)
    before = taken(services)
    objects = len(list(services.storage.keys(services.clock() + timedelta(days=999))))
    assert post(app, line.package(chunks=[inside])).status_code == 403
    assert (taken(services), refusals(services)[1][-1]) == (before, "format")
    assert len(list(services.storage.keys(services.clock() + timedelta(days=999)))) == objects


def test_a_message_from_the_future_is_refused(app, services, clock, line, links):
    assert post(app, line.package(line.draft(made_at=clock.now + timedelta(hours=2)))).status_code == 403
    assert refusals(services)[1][-1] == "time"


def test_a_package_that_is_too_large_is_refused_before_and_while_it_is_read(services, line, links):
    small = create_app(replace(services, settings=replace(services.settings, max_peer_bytes=300)))
    package = line.package()
    assert post(small, package).status_code == 413
    endless = small.test_client().post("/lijn/demo", input_stream=io.BytesIO(package), headers={"Transfer-Encoding": "chunked"},
                                       environ_overrides={"wsgi.input_terminated": True})  # fmt: skip
    assert endless.status_code == 413
    assert refusals(services)[1][-2:] == ["too-large", "too-large"]


def test_who_has_no_line_does_not_exist(app, other, links):
    assert post(app, b"x", "/lijn/bestaat-niet").status_code == 404
    assert app.test_client().get("/lijn/demo").status_code == 405


def test_too_many_packages_from_one_network_have_to_wait(services, line, links, monkeypatch):
    monkeypatch.setattr(arriving, "RATE", replace(arriving.RATE, purpose="peer-test", tries=1))
    app = create_app(services)
    assert post(app, b"x").status_code == 403
    later = post(app, b"x")
    assert (later.status_code, int(later.headers["Retry-After"]) > 0) == (429, True)


def test_while_as_many_as_fit_are_being_opened_the_next_comes_later(app, links):
    for _ in range(arriving.AT_ONCE):
        arriving._room.acquire()
    try:
        assert post(app, b"x").status_code == 503
    finally:
        for _ in range(arriving.AT_ONCE):
            arriving._room.release()


def test_an_answer_that_another_signed_counts_for_nothing(app, there, line, links, keys):
    answer = base64.b64decode(post(app, line.package()).get_data())
    mine = sealing.open_answer(there.services, there.context(there.administrator), keys, answer)
    assert mine.message_id == line.draft().message_id
    for spoiled in (answer[:-9], b"", b"rubbish", line.package()):
        with pytest.raises(CarryError):
            sealing.open_answer(there.services, there.context(there.administrator), keys, spoiled)


def send(side, **changes):
    with side.services.db.writing() as session:
        values = {"kind": "test.act", "thread": "met-de-hand", "body": {"naam": "Jip"}, **changes}
        return usecases.send(side.services, session, side.context(side.contact), side.partner_id, **values)


def link_at(side, link_id):
    with side.services.db.reading() as session:
        return session.get_one(PeerLink, link_id)


def delivery(side, message_id):
    with side.services.db.reading() as session:
        return usecases.delivery(side.services, session, message_id)


def test_files_carry_messages_and_answers_by_hand(app, services, here, there, links, applied):
    """The partner exports, we import on the screen; what comes back as a file is imported there."""
    sent = [send(there), send(there, body={"nummer": 2})]
    context = there.context(there.contact)
    with files.export(there.services, context, link_at(there, links[0])) as made:
        exported = made.path.read_bytes()
    assert made.count == 2
    assert b"Jip" not in exported
    contact = visitor(app, personas.CONTACT_PERSON)
    page = f"/inrichting/lijnen/{links[1]}/inlezen"
    assert contact.get(page).status_code == 200
    for _ in range(2):  # twice the same file does no harm
        answer = contact.post(page, {"file": (io.BytesIO(exported), "x.dpl")}, content_type="multipart/form-data")
        assert answer.status_code == 200, answer.get_data(as_text=True)[-800:]
        back = answer.get_data()
    builders.work(services)
    assert [each.number for each in applied if each.thread == "met-de-hand"] == [1, 2]
    found = files.take_in(there.services, context, link_at(there, links[0]), io.BytesIO(back))
    assert (found.taken, found.answered, found.refused) == (0, 2, 0)
    assert {delivery(there, each).state for each in sent} == {"arrived"}
    receipts = contact.post(f"/inrichting/lijnen/{links[1]}/bestand")
    assert receipts.status_code == 200
    files.take_in(there.services, context, link_at(there, links[0]), io.BytesIO(receipts.get_data()))
    builders.work(there.services)
    assert {delivery(there, each).state for each in sent} == {"applied"}
    with services.db.reading() as session:
        rows = events(session.connection(), action=(Action.EXPORT, Action.RECORD), limit=500).rows
    noted = [row for row in rows if row.object_type == "peer_file" and row.object_id == links[1]]
    assert [row.action for row in noted].count(Action.EXPORT) == 1, "each file that was carried is in the log"
    assert [row.action for row in noted].count(Action.RECORD) == 2


@pytest.mark.parametrize("content", [b"", b"geen bestand van ons", b"x" * 2000])
def test_a_file_that_is_none_is_refused_on_the_screen(app, links, content):
    contact = visitor(app, personas.CONTACT_PERSON)
    answer = contact.post(
        f"/inrichting/lijnen/{links[1]}/inlezen",
        {"file": (io.BytesIO(content), "x.dpl")},
        content_type="multipart/form-data",
    )
    assert answer.status_code == 400
    assert "geen bestand met berichten" in answer.get_data(as_text=True)


def test_a_key_that_was_ended_is_no_key_any_more(app, services, here, line, links):
    """Last in this module: the partner's key is gone after it."""
    package = line.package()
    with services.db.reading() as session:
        (key,) = [each.id for each in partner_keys.usable(session, here.partner_id, services.clock().date())]
    partner_keys.end(services, here.context(here.administrator), key)
    assert post(app, package).status_code == 403
    assert refusals(services)[1][-1] == "stranger"
