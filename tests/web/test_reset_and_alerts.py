"""A lost second step is taken away by two people; owners hear of what happens to their account; SWVs choose the hours."""

from __future__ import annotations

import hashlib

import pytest
from sqlalchemy import delete, func, select

from gateway.accounts import passkeys, sessions, usecases
from gateway.accounts.breached import is_breached
from gateway.accounts.rules import Person, password_problem
from gateway.accounts.tables import Authenticator, FactorReset, KnownDevice, Throttle
from gateway.context import Context
from gateway.demo import PASSWORD
from gateway.errors import InvalidInputError
from gateway.notices.tables import Notice
from tests import builders, doors, personas
from tests.personas import visitor


@pytest.fixture(autouse=True)
def afresh(services, clock):
    clock.forward(minutes=2)
    with services.db.writing() as session:
        session.execute(delete(Throttle))


def notices(services, email, kind):
    account = builders.account(services, email).id
    with services.db.reading() as session:
        return session.scalar(select(func.count()).where(Notice.account_id == account, Notice.kind == kind))


def has_app(services, email):
    with services.db.reading() as session:
        return sessions.factor_set(session, builders.account(services, email).id)


def ask(app, services, email):
    account = builders.account(services, email).id
    return visitor(app, personas.ADMINISTRATOR).post(
        f"/inrichting/account/{account}/herstel", {"reason": "Ik sprak haar vandaag (verzonnen)."}
    )


def newest_request(services):
    with services.db.reading() as session:
        return session.scalars(select(FactorReset.id).order_by(FactorReset.asked_at.desc())).first()


# --- the reset by two ---------------------------------------------------------------------------------------------------


def test_a_second_step_is_taken_away_by_an_administrator_and_the_officer_and_its_owner_is_told(app, services):
    owner = visitor(app, personas.EXPERT)
    assert ask(app, services, personas.EXPERT).status_code == 303
    assert notices(services, personas.EXPERT, "reset_asked") == 1
    assert notices(services, personas.OFFICER, "reset_waiting") == 1
    assert has_app(services, personas.EXPERT), "one person alone changes nothing"
    officer = visitor(app, personas.OFFICER)
    page = officer.get("/aandacht/herstel").get_data(as_text=True)
    assert "Ik sprak haar vandaag" in page
    request = newest_request(services)
    assert officer.post(f"/aandacht/herstel/{request}/goedkeuren").status_code == 303
    assert not has_app(services, personas.EXPERT)
    assert notices(services, personas.EXPERT, "reset_done") == 1
    assert owner.get("/berichten").status_code == 303, "and is signed out everywhere"
    answer = visitor(app).post("/aanmelden", {"email": personas.EXPERT, "password": PASSWORD})
    assert answer.location.startswith("/mijn-account/app"), "a new one is set up at the next sign-in"


def test_a_rejected_reset_changes_nothing_and_is_decided_once(app, services):
    assert ask(app, services, personas.COLLEAGUE).status_code == 303
    officer, request = visitor(app, personas.OFFICER), newest_request(services)
    assert officer.post(f"/aandacht/herstel/{request}/afwijzen").status_code == 303
    officer.post(f"/aandacht/herstel/{request}/goedkeuren")
    assert has_app(services, personas.COLLEAGUE)
    assert notices(services, personas.COLLEAGUE, "reset_refused") == 1
    assert notices(services, personas.COLLEAGUE, "reset_done") == 0


def test_nobody_asks_or_decides_for_themselves_and_nobody_does_both(app, services):
    assert ask(app, services, personas.ADMINISTRATOR).status_code == 409
    assert ask(app, services, personas.OFFICER).status_code == 303
    officer, request = visitor(app, personas.OFFICER), newest_request(services)
    officer.post(f"/aandacht/herstel/{request}/goedkeuren")
    assert has_app(services, personas.OFFICER)
    administrator = visitor(app, personas.ADMINISTRATOR)
    assert administrator.post(f"/aandacht/herstel/{request}/goedkeuren").status_code == 404


def test_a_request_for_a_reset_is_older_than_a_week_only_once(app, services, clock):
    assert ask(app, services, personas.PARTNER).status_code == 303
    request = newest_request(services)
    clock.forward(days=7, seconds=1)
    visitor(app, personas.OFFICER).post(f"/aandacht/herstel/{request}/goedkeuren")
    assert has_app(services, personas.PARTNER)
    assert ask(app, services, personas.PARTNER).status_code == 303, "it may be asked again"


# --- what owners hear ---------------------------------------------------------------------------------------------------


def walk_in(app, services, email, agent="Firefox/140 Windows", address="10.1.2.3"):
    someone = visitor(app)
    someone.client.environ_base |= {"REMOTE_ADDR": address, "HTTP_USER_AGENT": agent}
    place = someone.post("/aanmelden", {"email": email, "password": PASSWORD}).location
    assert someone.post(place, {"code": doors.fresh_code(services, email)}).status_code == 303


def test_a_device_that_is_new_to_the_account_is_told_and_the_first_and_a_known_one_are_not(app, services):
    walk_in(app, services, personas.SWV)
    walk_in(app, services, personas.SWV)
    assert notices(services, personas.SWV, "new_device") == 0
    walk_in(app, services, personas.SWV, agent="Safari/600 iPhone")
    walk_in(app, services, personas.SWV, address="10.9.9.9")
    assert notices(services, personas.SWV, "new_device") == 2
    with services.db.reading() as session:
        marks = list(session.scalars(select(KnownDevice.mark)))
    assert all(len(mark) == 32 for mark in marks)


def test_too_many_wrong_passwords_are_told_to_the_owner_once_by_the_worker(app, services):
    someone = visitor(app)
    for _ in range(14):
        someone.post("/aanmelden", {"email": personas.OTHER_SCHOOL, "password": "verkeerd wachtwoord"})
        someone.post("/aanmelden", {"email": "niemand@demo.example", "password": "verkeerd wachtwoord"})
    assert notices(services, personas.OTHER_SCHOOL, "failed_tries") == 0
    builders.work(services)
    assert notices(services, personas.OTHER_SCHOOL, "failed_tries") == 1


def test_too_many_wrong_codes_are_told_to_the_owner(app, services):
    someone = visitor(app)
    place = someone.post("/aanmelden", {"email": personas.OTHER_SCHOOL, "password": PASSWORD}).location
    before = notices(services, personas.OTHER_SCHOOL, "failed_tries")
    for number in range(8):
        someone.post(place, {"code": f"00000{number}"})
    assert notices(services, personas.OTHER_SCHOOL, "failed_tries") == before + 1


@pytest.mark.parametrize("wrong", [{}, {"passkey": "geen json"}, {"passkey": "[]"}, {"passkey": '{"id": "AAAA"}'}])
def test_a_passkey_that_is_not_one_gets_one_sentence(app, wrong):
    someone = visitor(app)
    assert someone.post("/aanmelden/passkey/begin").json["ok"]
    answer = someone.post("/aanmelden/passkey", wrong)
    assert answer.status_code == 400
    assert "Dit is niet gelukt met deze passkey" in answer.get_data(as_text=True)


def test_a_challenge_for_signing_in_does_not_count_for_proving_it_again(services):
    anonymous = Context(actor=None, now=services.clock(), request_id="0" * 32)
    _, challenge = passkeys.sign_in_options(services, anonymous)
    someone = builders.context(services, personas.SWV)
    token = doors.session_for(services, personas.SWV)
    with pytest.raises(InvalidInputError):
        passkeys.prove(services, someone, token, answer="{}", challenge=challenge, step="step-up")


# --- how long -----------------------------------------------------------------------------------------------------------


def test_an_swv_chooses_after_how_long_its_people_are_out_within_bounds(app, services, clock):
    boss = visitor(app, personas.ADMINISTRATOR)
    for idle, hours in ((4, 8), (61, 8), (20, 0), (20, 13)):
        assert boss.post("/inrichting/aanmeldtijd", {"idle": idle, "hours": hours}).status_code == 400, (idle, hours)
    assert boss.post("/inrichting/aanmeldtijd", {"idle": 5, "hours": 2}).status_code == 303
    someone = visitor(app, personas.SWV)
    clock.forward(minutes=6)
    assert someone.get("/berichten").status_code == 303
    busy = visitor(app, personas.SWV)
    for _ in range(30):
        clock.forward(minutes=4)
        assert busy.get("/berichten").status_code == 200
    clock.forward(minutes=4)
    assert busy.get("/berichten").status_code == 303
    boss = visitor(app, personas.ADMINISTRATOR)
    assert boss.post("/inrichting/aanmeldtijd", {"idle": 20, "hours": 8}).status_code == 303


# --- the same for everyone ----------------------------------------------------------------------------------------------


def test_a_wrong_password_runs_the_same_statements_for_a_known_and_an_unknown_address(services):
    from sqlalchemy import event

    said: list[str] = []
    event.listen(services.db.engine, "before_cursor_execute", lambda *given: said.append(given[2]))

    def statements(email):
        who = Context(actor=None, now=services.clock(), request_id="0" * 32, network="10.0.0.0/24")
        said.clear()
        with pytest.raises(InvalidInputError):
            usecases.sign_in(services, who, email=email, password="verkeerd wachtwoord")
        return list(said)

    statements("eerste@demo.example")
    assert statements("niemand@demo.example") == statements(personas.OWNER)
    assert len(said) > 4


@pytest.mark.parametrize(
    "password",
    ["Welkom01Welkom01", "wachtwoord2026!", "qwertyuiop1234", "Zomer2026Zomer", "ikhouvanjou123", "geheim!geheim!"],
)
def test_a_password_that_everyone_knows_is_refused_also_with_figures_and_twice(password):
    assert password_problem(password, person=Person(name="Nienke Nieuw", email="n@demo.example"))


def test_a_leaked_password_is_found_in_a_sorted_list_wherever_it_stands(tmp_path):
    words = [f"gelekt wachtwoord {number}" for number in range(200)]
    hashes = sorted(hashlib.sha1(word.encode(), usedforsecurity=False).hexdigest().upper() for word in words)
    place = tmp_path / "leaked"
    place.write_text("".join(f"{one}:{number}\r\n" for number, one in enumerate(hashes)), encoding="ascii")
    assert all(is_breached(str(place), word) for word in words)
    assert not any(is_breached(str(place), f"{word}!") for word in words)
    assert not is_breached("", words[0])
    with pytest.raises(OSError):
        is_breached(str(tmp_path / "gone"), words[0])


def test_the_demo_has_an_app_for_every_account(services):
    from gateway.demo import ACCOUNTS

    with services.db.reading() as session:
        assert session.scalar(select(func.count()).select_from(Authenticator)) >= len(ACCOUNTS) - 2
