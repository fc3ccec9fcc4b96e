"""A dossier of which something went over the line: the partner's gateway destroys by itself and sends its certificate.

Here over a line between two tenants; `test_peers_processes` does it between two installations. Source: issue 10.
"""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import func, select

from audit.log import events
from crypto.openpgp import sign_detached
from gateway import lines
from gateway.destruction import asked, asking, certificate, holding, journal, line_rules, recipients, replaying, run
from gateway.destruction.tables import CopyHold, LineAsk, LineAsked
from gateway.erasure.tables import Destruction
from gateway.errors import InvalidInputError, NotFoundError
from gateway.ids import new_id
from gateway.notices.tables import Notice
from gateway.partner_keys import usecases as partner_keys
from gateway.peers import links
from gateway.peers import usecases as peers
from gateway.peers.handlers import Incoming
from gateway.peers.tables import PeerMessage, PeerThread
from gateway.peers.threads import live_link
from gateway.recording import Action
from gateway.second_opinion.tables import SecondOpinionCase
from gateway.vault.tables import SubjectKey
from tests import builders, peering, second_opinions
from tests.destructions import LAST, announced, ended_matter, go_to, is_there, nobody, on_the_day, standing
from tests.personas import OFFICER


@pytest.fixture
def sqlite(tmp_path, clock, sqlite_model):
    with builders.copy_of(sqlite_model, tmp_path, clock=clock) as built:
        yield built


@pytest.fixture
def pair(services):
    lines.wire()
    second_opinions.convenant(services)
    here, there = peering.local_pair(services)
    second_opinions.convenant_of(services, there.tenant_id, there.contact, there.partner_id)
    return here, there


@pytest.fixture
def gone(services, pair):
    """A dossier with a case that stands in both portals, destroyed here; returns its id."""
    dossier_id, _ = builders.submitted(services)
    second_opinions.case(services, dossier_id, until="send")
    work(services)
    assert copies(services, pair) == 1
    close(services, dossier_id)
    ended_matter(services, dossier_id)
    announced(services, dossier_id)
    on_the_day(services)
    assert run.run(services).erased == 1
    assert not is_there(services, dossier_id)
    return dossier_id


def close(services, dossier_id):
    with services.db.writing() as session:
        query = select(SecondOpinionCase).where(SecondOpinionCase.dossier_id == dossier_id)
        session.scalars(query).one().phase = "closed"


def work(services):
    for _ in range(4):
        builders.work(services)


def copies(services, pair):
    with services.db.reading() as session:
        query = select(func.count()).where(SecondOpinionCase.tenant_id == pair[1].tenant_id)
        return session.scalar(query)


def ask_of(services):
    with services.db.reading() as session:
        return session.scalars(select(LineAsk)).one()


def asked_of(services):
    with services.db.reading() as session:
        return session.scalars(select(LineAsked)).one()


def after_grace(services):
    go_to(services, asked_of(services).due_on)
    run.run(services)
    work(services)
    run.run(services)
    work(services)


def test_the_partner_destroys_by_itself_and_its_signed_statement_stands_in_our_certificate(services, pair, gone):
    here, there = pair
    assert (ask_of(services).state, ask_of(services).asked_on) == ("", LAST + timedelta(days=1))
    work(services)
    row = asked_of(services)
    assert (row.request, row.due_on) == (ask_of(services).id, row.received_at.date() + line_rules.GRACE)
    assert (run.run(services).erased, copies(services, pair)) == (0, 1), "its people get a week"
    with services.db.reading() as session:
        told = session.scalars(select(Notice.kind).where(Notice.tenant_id == there.tenant_id)).all()
        thread = session.scalars(
            select(PeerThread).where(
                PeerThread.organisation_id == there.partner_id, PeerThread.name == row.items[0]["thread"]
            )
        ).one()
        subject = session.scalars(select(SecondOpinionCase.subject_id)).one()
    assert "destroy_line" in told
    after_grace(services)
    assert copies(services, pair) == 0
    with services.db.reading() as session:
        assert session.get(SubjectKey, subject) is None
        assert session.get(SubjectKey, thread.id) is None
        assert session.scalar(select(func.count()).where(PeerMessage.thread_id == thread.id)) == 0
        theirs = session.scalars(select(Destruction).where(Destruction.dossier_id == thread.id)).one()
    assert (theirs.tenant_id, theirs.state) == (there.tenant_id, "final")
    assert theirs.id in {each.destruction for each in journal.entries(services)}
    own = certificate.check(theirs.certificate, *certificate.public_keys(services.vault.keyring))
    assert (own.body["copy_of"], own.body["counts"]["second_opinions"]) == (first_name(services, here), 1)
    ask = ask_of(services)
    assert (ask.state, ask.final) == ("destroyed", True), "and once more when its keys were gone"
    (shown,) = recipients.partners(services, builders.context(services, OFFICER))
    assert (shown.ask.state, shown.late) == ("destroyed", False)
    with services.db.reading() as session:
        text = certificate.make(services, session, standing(services, gone), services.clock())
    (partner,) = certificate.check(text, *certificate.public_keys(services.vault.keyring)).body["partners"]
    said = line_rules.parse_statement(partner["statement"]["statement"])
    assert (partner["answer"], said.request, said.certificates) == ("destroyed", ask.id, (said.certificates[0],))
    done = [each.what for each in events_at(services, there, Action.DESTROY)]
    assert done == [thread.id], "once"


def first_name(services, here):
    with services.db.reading() as session:
        from gateway.accounts.tables import Tenant

        return session.get_one(Tenant, here.tenant_id).name


def events_at(services, side, action):
    with services.db.reading() as session:
        rows = events(session.connection(), action=(action,), limit=200).rows
    return [_Event(each.object_id) for each in rows if each.tenant == side.tenant_id]


class _Event:
    def __init__(self, what):
        self.what = what


def test_what_the_partner_must_keep_stays_until_its_day_and_says_why(services, pair, gone):
    _, there = pair
    work(services)
    row = asked_of(services)
    them = there.context(there.contact)
    until = them.today + timedelta(days=60)
    with pytest.raises(NotFoundError):
        holding.hold(services, builders.context(services, OFFICER), row.id, kind="complaint", until=until, reason="x")
    with pytest.raises(InvalidInputError):
        holding.hold(services, them, row.id, kind="zomaar", until=until, reason="x")
    holding.hold(services, them, row.id, kind="complaint", until=until, reason="Klacht 12 (verzonnen).")
    after_grace(services)
    ask = ask_of(services)
    assert copies(services, pair) == 1
    assert (ask.state, ask.kept_until, ask.kept_kind, ask.kept_article) == ("kept", until, "complaint", "PR13")
    (line,) = holding.listed(services, there.context(there.contact))
    assert (line.state, line.holds[0].reason) == ("held", "Klacht 12 (verzonnen).")
    assert "Klacht 12" not in ask.declaration, "why exactly is not the other side's to read"
    go_to(services, until + timedelta(days=1))
    run.run(services)
    work(services)
    run.run(services)
    work(services)
    assert (copies(services, pair), ask_of(services).state) == (0, "destroyed")
    with services.db.reading() as session:
        assert session.scalars(select(CopyHold)).one().ended_at is None
    # A backup that brings the copy back does not open the portal before it is destroyed again.
    with services.db.writing() as session:
        row = session.scalars(select(Destruction).where(Destruction.tenant_id == there.tenant_id)).one()
        thread = session.get_one(PeerThread, row.dossier_id)
        thread.erased_at = None
        services.vault.create_subject(
            session,
            kind="peer",
            subject_id=thread.id,
            organisation_id=there.tenant_id,
            opened_on=services.clock().date(),
        )
        session.delete(row)
    assert replaying.waiting(services) == 1
    assert replaying.replay(services, nobody(services)).erased == 1
    assert replaying.waiting(services) == 0


def test_a_line_that_is_down_for_days_only_delays_it_and_who_is_late_is_reminded_once(services, pair, gone):
    here, there = pair
    with services.db.reading() as session:
        other = live_link(session, there.partner_id).id
        own = live_link(session, here.partner_id).id
    links.end(services, there.context(there.administrator), other)
    work(services)
    go_to(services, ask_of(services).answer_by + timedelta(days=1))
    run.run(services)
    run.run(services)
    with services.db.reading() as session:
        assert session.scalar(select(func.count()).where(Notice.kind == "destroy_silent")) >= 1
        sent = select(func.count()).where(PeerMessage.kind == line_rules.ASK, PeerMessage.direction == "out")
        assert session.scalar(sent) == 2, "asked, and reminded once"
    (shown,) = recipients.partners(services, builders.context(services, OFFICER))
    assert shown.late
    links.make(services, there.context(there.administrator), there.partner_id, carrier="local", address="demo")
    links.retry(services, here.context(here.contact), own)
    work(services)
    after_grace(services)
    assert (copies(services, pair), ask_of(services).state) == (0, "destroyed")
    with services.db.reading() as session:
        assert len(session.scalars(select(LineAsked)).all()) == 1, "the reminder is the same request"


def test_a_partner_without_a_line_is_asked_once_there_is_one(sqlite):
    lines.wire()
    second_opinions.convenant(sqlite)
    here, _ = peering.local_pair(sqlite)
    dossier_id, _ = builders.submitted(sqlite)
    second_opinions.case(sqlite, dossier_id, until="send")
    close(sqlite, dossier_id)
    with sqlite.db.reading() as session:
        own = live_link(session, here.partner_id).id
    links.end(sqlite, here.context(here.administrator), own)
    ended_matter(sqlite, dossier_id)
    announced(sqlite, dossier_id)
    on_the_day(sqlite)
    run.run(sqlite)
    assert (ask_of(sqlite).asked_on, ask_of(sqlite).thread) == (None, "")
    links.make(sqlite, here.context(here.administrator), here.partner_id, carrier="local", address="overkant")
    assert asking.again(sqlite, nobody(sqlite)) == 1
    assert ask_of(sqlite).asked_on is not None


def incoming(services, here, request, text, signature):
    body = {"version": 1, "request": request, "statement": text, "signature": signature}
    now = services.clock()
    return Incoming(
        id=new_id(),
        tenant_id=here.tenant_id,
        organisation_id=here.partner_id,
        thread=new_id(),
        number=1,
        kind=line_rules.ANSWER,
        body=body,
        made_at=now,
        received_at=now,
    )


def signed(services, tenant_id, text):
    secret = partner_keys.own_secret(services, nobody(services), tenant_id)
    with services.scratch.directory() as scratch:
        return sign_detached(text.encode(), secret_key=secret, scratch=scratch)


def test_a_bad_replayed_foreign_or_forged_statement_changes_nothing(services, pair, gone):
    here, there = pair
    ask = ask_of(services)
    asked_ = asking.standing_of(ask)
    now = services.clock()
    good = line_rules.Statement(
        request=asked_.request,
        items=asked_.items,
        verstrekkingen=asked_.verstrekkingen,
        state="destroyed",
        made_at=now,
        destroyed_at=now,
        counts={"second_opinions": 1},
    )

    def take(said, *, by=there.tenant_id, request=ask.id, spoil=""):
        text = said if isinstance(said, str) else said.text()
        signature = signed(services, by, text)
        message = incoming(services, here, request, text + spoil, signature)
        with services.db.writing() as session:
            asking.take_answer(services, session, nobody(services), message)

    refused = {
        "of another key": lambda: take(good, by=here.tenant_id),
        "changed after it was signed": lambda: take(good, spoil=" "),
        "about another request": lambda: take(replace(good, request=new_id())),
        "for a request that is not ours": lambda: take(good, request=new_id()),
        "about something else": lambda: take(replace(good, items=good.items[:0])),
        "from the future": lambda: take(replace(good, made_at=now + timedelta(days=2))),
        "not in its one spelling": lambda: take(json.dumps(json.loads(good.text()))),
    }
    for why, attempt in refused.items():
        with pytest.raises(InvalidInputError):
            attempt()
        assert (ask_of(services).state, ask_of(services).declaration) == ("", None), why
    take(good)
    assert ask_of(services).state == "destroyed"
    take(good)
    later = replace(good, made_at=now + timedelta(seconds=1), final=True)
    take(later)
    with pytest.raises(InvalidInputError):
        take(good)
    kept = line_rules.Kept(until=date(2031, 1, 1), kind="complaint", article="PR13")
    with pytest.raises(InvalidInputError):
        take(replace(good, state="kept", kept=kept, destroyed_at=None, made_at=now + timedelta(seconds=2)))
    assert (ask_of(services).state, ask_of(services).final) == ("destroyed", True)
    before = len(events_at(services, here, Action.REFUSE))
    body = {"version": 1, "request": ask_of(services).id, "statement": "{}", "signature": "geen"}
    with services.db.writing() as session:
        peers.send(
            services,
            session,
            there.context(there.contact),
            there.partner_id,
            kind=line_rules.ANSWER,
            thread=new_id(),
            body=body,
        )
    work(services)
    assert len(events_at(services, here, Action.REFUSE)) > before, (
        "what came over the line and was refused is in the log"
    )
    assert ask_of(services).state == "destroyed"
    # A partner can only have destroyed what came from itself.
    third = peering.partner_in(services, there.tenant_id, "Samenwerkingsverband Derde (verzonnen)")
    ask = ask_of(services)
    body = line_rules.Ask(
        request=new_id(),
        items=line_rules.items_of(ask.items),
        verstrekkingen=(),
        article="PR12.1",
        destroy_by=services.clock().date(),
    ).body()
    now = services.clock()
    message = Incoming(id=new_id(), tenant_id=there.tenant_id, organisation_id=third, thread=new_id(), number=1,
                       kind=line_rules.ASK, body=body, made_at=now, received_at=now)  # fmt: skip
    with services.db.writing() as session:
        asked.take_in(services, session, nobody(services), message)
    assert (run.run(services).erased, copies(services, pair)) == (0, 1)
