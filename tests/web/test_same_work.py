"""Who has an account shows in no answer, because both roads do the same work: hashings, statements, jobs, notices (issue 6).

`benchmarks/bench_timing.py` measures the time itself.
"""

from __future__ import annotations

import re

import pytest
from argon2 import PasswordHasher
from sqlalchemy import delete, event, func, select, update

from gateway.accounts import people
from gateway.accounts.rules import Person
from gateway.accounts.setup import make_tenant
from gateway.accounts.tables import Account, Authenticator, Throttle
from gateway.context import Role
from gateway.jobs.tables import Job
from gateway.notices.tables import Notice
from tests import builders, personas
from tests.personas import visitor

WRONG = "een verkeerd wachtwoord dat lang genoeg is"
CHANCE = re.compile(r'(value|nonce)="[^"]*"|[\w-]{32,}')  # tokens and ids
NOBODY = "bestaat.niet@demo.example"


@pytest.fixture
def work(services, monkeypatch):
    """What an act does: statements, hashings of passwords, jobs promised, notices queued."""
    done = {"statements": [], "hashings": 0}
    verify = PasswordHasher.verify
    monkeypatch.setattr(
        PasswordHasher,
        "verify",
        lambda *given: (done.update(hashings=done["hashings"] + 1), verify(*given))[1],
    )

    def listen(*given):
        done["statements"].append(given[2])

    event.listen(services.db.engine, "before_cursor_execute", listen)

    def amounts():
        with services.db.reading() as session:
            return [session.scalar(select(func.count()).select_from(table)) for table in (Job, Notice)]

    def of(act):
        before = amounts()
        done.update(statements=[], hashings=0)
        answer = act()
        kept = list(done["statements"])
        grown = [after - earlier for after, earlier in zip(amounts(), before, strict=True)]
        return (
            (answer.status_code, CHANCE.sub("", answer.get_data(as_text=True))),
            kept,
            done["hashings"],
            grown,
        )

    yield of
    event.remove(services.db.engine, "before_cursor_execute", listen)


def fresh(services):
    with services.db.writing() as session:
        session.execute(delete(Throttle))
        session.execute(delete(Job))


KINDS = {
    "with a second step": personas.OWNER,
    "of a guardian": personas.GUARDIAN,
    "without a second step": personas.PUPIL,
    "that ended": personas.COLLEAGUE,
    "whose invitation waits": personas.PARTNER,
}


@pytest.fixture(scope="module", autouse=True)
def kinds(services):
    """One account of each kind."""
    with services.db.writing() as session:
        for email, change in ((personas.COLLEAGUE, {"active": False}), (personas.PARTNER, {"password_hash": None})):
            session.execute(update(Account).where(Account.id == builders.account(services, email).id).values(**change))
        pupil = builders.account(services, personas.PUPIL).id
        session.execute(delete(Authenticator).where(Authenticator.account_id == pupil))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("tries", [0, 10, 11], ids=["first try", "first too many", "shut out"])
def test_a_wrong_password_is_the_same_work_for_an_account_and_for_none(app, services, work, kind, tries):
    someone = visitor(app)
    token = someone.token()

    def sign_in(email):
        return someone.client.post("/aanmelden", data={"csrf_token": token, "email": email, "password": WRONG})

    found = []
    for email in (KINDS[kind], NOBODY):
        fresh(services)
        for _ in range(tries):
            sign_in(email)
        with services.db.writing() as session:  # the first notice of this window, for both
            session.execute(delete(Job))
        answer, statements, hashings, grown = work(lambda email=email: sign_in(email))
        found.append((answer[0], statements, hashings, grown))
        assert hashings == (1 if tries < 10 else 0)
    assert found[0] == found[1]
    assert len(found[0][1]) > 3


def test_a_forgotten_password_is_the_same_work_and_mails_nobody_in_the_request(app, services, work):
    someone, found = visitor(app), []
    token = someone.token()
    for email in (personas.OWNER, personas.COLLEAGUE, NOBODY):
        fresh(services)
        found.append(
            work(
                lambda email=email: someone.client.post(
                    "/wachtwoord-vergeten", data={"csrf_token": token, "email": email}
                )
            )
        )
    assert found[0] == found[1] == found[2]
    assert found[0][3] == [1, 0], "one job for the worker, and no notice"


def test_nobody_fills_a_mailbox_wherever_they_ask(app, services, work):
    fresh(services)
    grown = {personas.OWNER: [], NOBODY: []}
    for number in range(5):
        someone = visitor(app)
        token, place = someone.token(), {"REMOTE_ADDR": f"198.51.{number}.7"}
        for email, jobs in grown.items():
            with services.db.writing() as session:
                session.execute(delete(Job))
            sent = {"csrf_token": token, "email": email}
            jobs.append(work(lambda: someone.client.post("/wachtwoord-vergeten", data=sent, environ_base=place))[3][0])  # noqa: B023 - called at once
    assert grown[personas.OWNER] == grown[NOBODY] == [1, 1, 1, 0, 0]


def test_an_invitation_is_the_same_work_for_an_address_that_is_known_at_another_swv(app, services, work):
    now = services.clock()
    with services.db.writing() as session:
        _, swv = make_tenant(session, swv="SWV Overkant (verzonnen)", slug="overkant", profile="po-raad-2014", now=now)
        person = Person(name="Ver Weg", email="elders@demo.example")
        people.create(session, services.vault, organisation=swv, role=Role.SWV_STAFF, person=person, now=now)
    boss = visitor(app, personas.ADMINISTRATOR)
    token, where = boss.token(), builders.account(services, personas.SWV).organisation_id
    fields = {"csrf_token": token, "organisation_id": where, "role": "swv_staff", "name": "Iemand Nieuw"}

    def invite(email):
        return boss.client.post("/inrichting/uitnodigen", data={**fields, "email": email})

    invite("eerste@demo.example")  # the keys of this quarter are made once
    known, unknown = work(lambda: invite("elders@demo.example")), work(lambda: invite("nergens@demo.example"))
    assert known == unknown
    assert known[3] == [1, 1]


def test_a_bsn_of_another_school_is_searched_with_the_same_work_as_one_of_nobody(app, services, work):
    builders.submitted(services, bsn="100000009")
    other = visitor(app, personas.OTHER_SCHOOL)
    token = other.token()

    def search(bsn):
        answer = other.client.post("/dossiers", data={"csrf_token": token, "zoek": bsn})
        return other.client.get(answer.location)

    search("123456782")
    theirs, nobodys = work(lambda: search("100000009")), work(lambda: search("123456782"))
    assert theirs[1:] == nobodys[1:]
    assert theirs[0][1].replace("100000009", "") == nobodys[0][1].replace("123456782", "")


@pytest.mark.parametrize("kind", ["uitnodiging", "nieuw-wachtwoord"])
def test_a_guessed_link_is_the_same_work_whatever_was_guessed(app, services, work, kind):
    someone = visitor(app)
    fresh(services)
    assert work(lambda: someone.get(f"/{kind}/{'x' * 43}")) == work(lambda: someone.get(f"/{kind}/{'y' * 43}"))
