"""The second step: nobody gets in with a password alone who holds data of children (issue 6, PR10.1)."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import delete, select

from gateway import demo
from gateway.accounts import invitations, sessions, totp
from gateway.accounts.rules import Person
from gateway.accounts.tables import Authenticator, RecoveryCode, SignedIn, Throttle
from gateway.context import Role
from gateway.demo import PASSWORD
from gateway.errors import ConflictError
from gateway.notices import outbox
from gateway.web import entry_of
from tests import builders, doors, personas
from tests.personas import visitor

GOOD = "vier losse woorden graag 88"
COOKIE = "dossierpoort"


@pytest.fixture(autouse=True)
def afresh(services, clock):
    """Each test starts without counted tries, and in a half minute of its own."""
    clock.forward(minutes=2)
    with services.db.writing() as session:
        session.execute(delete(Throttle))


def with_password(app, email=personas.SWV, password=PASSWORD):
    someone = visitor(app)
    answer = someone.post("/aanmelden", {"email": email, "password": password})
    assert answer.status_code == 303, answer.get_data(as_text=True)[:500]
    return someone, answer.location


def newcomer(app, services, email, role=Role.SWV_STAFF):
    """Someone who used an invitation, and has a password and no more; `email` of the family is a guardian's."""
    with_role = personas.GUARDIAN if role is Role.GUARDIAN else personas.SWV
    token = invitations.invite(
        services,
        builders.context(services, personas.ADMINISTRATOR),
        organisation_id=builders.account(services, with_role).organisation_id,
        role=role,
        person=Person(name="Nienke Nieuw", email=email),
    )
    assert visitor(app).post(f"/uitnodiging/{token}", {"password": GOOD}).status_code == 303
    return with_password(app, email, GOOD)


def secret_on(page):
    return re.search(r'<code class="utrecht-code" tabindex="0">([A-Z2-7 ]+)</code>', page).group(1).replace(" ", "")


def code_of(secret, clock, ahead=0):
    return totp.code_for(secret, totp.counter_at(clock()) + ahead)


def codes_on(page):
    return re.findall(r"<code class=\"utrecht-code\">([a-z0-9-]+)</code>", page)


# --- the password alone -------------------------------------------------------------------------------------------------


def test_a_right_password_alone_opens_nothing_but_the_second_step(app):
    someone, place = with_password(app)
    assert place.startswith("/aanmelden/tweede-stap")
    for rule in app.url_map.iter_rules():
        entry = entry_of(app.view_functions[rule.endpoint])
        if entry.public or "GET" not in rule.methods or rule.arguments or entry.half == "second-step":
            continue
        answer = someone.get(rule.rule)
        assert answer.status_code == 303, rule.rule
        assert answer.location.startswith("/aanmelden/tweede-stap"), rule.rule
    assert "Samira" not in someone.get("/over").get_data(as_text=True), "a name is shown to whom is in only"


def test_with_a_password_alone_nobody_sets_up_an_app_for_an_account_that_has_one(app, services):
    someone, _ = with_password(app)
    assert someone.post("/mijn-account/app", {"code": "123456"}).location == "/aanmelden/tweede-stap"
    with services.db.reading() as session:
        account = builders.account(services, personas.SWV).id
        query = select(Authenticator).where(Authenticator.account_id == account, Authenticator.confirmed_at.is_(None))
        assert session.scalar(query) is None


def test_a_password_waits_twenty_minutes_for_the_second_step(app, clock):
    someone, place = with_password(app)
    clock.forward(minutes=19)
    assert someone.get(place).status_code == 200
    clock.forward(minutes=2)
    assert someone.get(place).location.startswith("/aanmelden?")


def test_the_code_of_the_app_lets_in_and_gives_the_session_a_new_token(app, services, clock):
    someone, place = with_password(app)
    half = someone.client.get_cookie(COOKIE).value
    answer = someone.post(place, {"code": doors.code(personas.SWV, clock()), "next": "/berichten"})
    assert answer.status_code == 303
    assert someone.get("/berichten").status_code == 200
    thief = app.test_client()
    thief.set_cookie(COOKIE, half)
    assert thief.get("/berichten").location.startswith("/aanmelden?")


def test_a_code_with_spaces_counts_and_the_page_asked_for_comes_after_it(app, clock):
    someone, _ = with_password(app)
    code = doors.code(personas.SWV, clock())
    answer = someone.post("/aanmelden/tweede-stap?next=/verstrekkingen", {"code": f"{code[:3]} {code[3:]}"})
    assert answer.location == "/verstrekkingen"


def test_a_code_counts_once_and_an_older_one_never_again(app, services, clock):
    clock.forward(minutes=1)
    now = doors.code(personas.SWV, clock())
    older = totp.code_for(demo.seed_of(personas.SWV), totp.counter_at(clock()) - 1)
    first, place = with_password(app)
    assert first.post(place, {"code": now}).status_code == 303
    for used in (now, older):
        again, place = with_password(app)
        assert again.post(place, {"code": used}).status_code == 400
        assert again.get("/berichten").status_code == 303


@pytest.mark.parametrize("ahead", [-3, 3])
def test_a_clock_that_is_off_by_more_than_half_a_minute_does_not_fit(app, clock, ahead):
    clock.forward(minutes=3)
    someone, place = with_password(app)
    wrong = totp.code_for(demo.seed_of(personas.SWV), totp.counter_at(clock()) + ahead)
    assert someone.post(place, {"code": wrong}).status_code == 400


def test_guessing_codes_ends_after_six_and_with_it_the_right_one(app, services, clock):
    someone, place = with_password(app)
    for number in range(6):
        assert someone.post(place, {"code": f"00000{number}"}).status_code == 400
    answer = someone.post(place, {"code": doors.code(personas.SWV, clock())})
    assert answer.status_code == 429
    assert "Wacht" in answer.get_data(as_text=True)
    other, place = with_password(app)
    assert other.post(place, {"code": doors.code(personas.SWV, clock())}).status_code == 429, "whichever session"


def test_two_at_once_with_one_code_let_one_in(services, clock):
    """The counter is moved by one statement: whoever comes second finds it moved."""
    account = builders.account(services, personas.SWV)
    code = doors.code(personas.SWV, clock())
    with services.db.writing() as session:
        assert totp.fits(session, services.vault, account.id, code, clock())
    with services.db.writing() as session:
        assert not totp.fits(session, services.vault, account.id, code, clock())


# --- setting it up ------------------------------------------------------------------------------------------------------


def test_who_must_have_a_second_step_is_led_to_set_one_up_and_reaches_nothing_before(app, services, clock):
    someone, place = newcomer(app, services, "nieuw@demo.example")
    assert place.startswith("/mijn-account/app")
    assert someone.get("/dossiers").location == "/mijn-account/app?next=/dossiers"
    page = someone.get(place).get_data(as_text=True)
    secret = secret_on(page)
    assert "<svg" in page
    assert secret_on(someone.get(place).get_data(as_text=True)) == secret, "the page may be loaded again"
    assert someone.post("/mijn-account/app", {"code": "000000"}).status_code == 400
    assert someone.get("/mijn-account").status_code == 303
    done = someone.post("/mijn-account/app", {"code": code_of(secret, clock)})
    assert done.status_code == 200
    assert len(set(codes_on(done.get_data(as_text=True)))) == 10
    assert someone.get("/mijn-account").status_code == 200


def test_the_seed_is_sealed_and_recovery_codes_are_kept_as_hashes(app, services, clock):
    someone, place = newcomer(app, services, "zegel@demo.example")
    secret = secret_on(someone.get(place).get_data(as_text=True))
    codes = codes_on(someone.post("/mijn-account/app", {"code": code_of(secret, clock)}).get_data(as_text=True))
    account = builders.account(services, "zegel@demo.example")
    with services.db.reading() as session:
        row = session.scalars(select(Authenticator).where(Authenticator.account_id == account.id)).one()
        kept = list(session.scalars(select(RecoveryCode).where(RecoveryCode.account_id == account.id)))
    assert secret.encode() not in row.seed
    assert len(kept) == 10
    assert not {code.encode() for code in codes} & {one.code_hash for one in kept}


def test_a_guardian_gets_in_without_but_sets_one_up_before_taking_anything_along(app, services):
    someone, place = newcomer(app, services, "gezin@demo.example", Role.GUARDIAN)
    assert place == "/"
    assert "nog geen tweede stap" in someone.get("/mijn-account").get_data(as_text=True)
    answer = someone.post(f"/bewijs/{'0' * 32}/json")
    assert answer.location.startswith("/mijn-account/app?")
    assert "waarom=nodig" in answer.location


def test_a_guardian_who_set_one_up_needs_it_from_then_on(app, services, clock):
    someone, _ = newcomer(app, services, "gezin2@demo.example", Role.GUARDIAN)
    other, _ = with_password(app, "gezin2@demo.example", GOOD)
    secret = secret_on(someone.get("/mijn-account/app").get_data(as_text=True))
    assert someone.post("/mijn-account/app", {"code": code_of(secret, clock)}).status_code == 200
    _, place = with_password(app, "gezin2@demo.example", GOOD)
    assert place.startswith("/aanmelden/tweede-stap")
    assert other.get("/wat-is-bekend").location.startswith("/aanmelden/tweede-stap"), "and in what stood open"


def test_the_last_second_step_of_who_must_have_one_cannot_be_removed(app, services):
    someone = visitor(app, personas.SWV)
    assert someone.post("/mijn-account/app/verwijderen").status_code == 303
    assert "enige tweede stap" in someone.get("/mijn-account").get_data(as_text=True)
    family = visitor(app, personas.PUPIL)
    assert family.post("/mijn-account/app/verwijderen").status_code == 303
    assert "telt niet meer mee" in family.get("/mijn-account").get_data(as_text=True)


def test_another_telephone_takes_the_place_of_the_first_after_its_first_code(app, services, clock):
    someone = visitor(app, personas.COLLEAGUE)
    secret = secret_on(someone.get("/mijn-account/app").get_data(as_text=True))
    half, place = with_password(app, personas.COLLEAGUE)
    assert half.post(place, {"code": code_of(secret, clock)}).status_code == 400, "it does not count yet"
    assert someone.post("/mijn-account/app", {"code": code_of(secret, clock)}).status_code == 200
    clock.forward(minutes=1)
    half, place = with_password(app, personas.COLLEAGUE)
    assert half.post(place, {"code": doors.code(personas.COLLEAGUE, clock())}).status_code == 400, "the first is gone"
    assert half.post(place, {"code": code_of(secret, clock)}).status_code == 303


# --- recovery codes -----------------------------------------------------------------------------------------------------


def test_a_recovery_code_lets_in_once_however_it_is_typed_and_its_owner_is_told(app, services):
    someone = visitor(app, personas.EXPERT)
    codes = codes_on(someone.post("/mijn-account/herstelcodes").get_data(as_text=True))
    lost, place = with_password(app, personas.EXPERT)
    assert lost.post(place, {"code": f" {codes[0].upper().replace('-', ' ')} "}).status_code == 303
    assert lost.get("/berichten").status_code == 200
    again, place = with_password(app, personas.EXPERT)
    assert again.post(place, {"code": codes[0]}).status_code == 400
    assert "nog 9 herstelcodes" in someone.get("/mijn-account").get_data(as_text=True)
    with services.db.reading() as session:
        kinds = [row.kind for row, _ in outbox.everything(session, services.vault)]
    assert "recovery_used" in kinds


def test_fresh_recovery_codes_end_the_old_ones_and_nobody_elses_counts(app, services):
    someone = visitor(app, personas.EXPERT)
    old = codes_on(someone.post("/mijn-account/herstelcodes").get_data(as_text=True))
    new = codes_on(someone.post("/mijn-account/herstelcodes").get_data(as_text=True))
    lost, place = with_password(app, personas.EXPERT)
    assert lost.post(place, {"code": old[0]}).status_code == 400
    stranger, place = with_password(app, personas.PARTNER)
    assert stranger.post(place, {"code": new[0]}).status_code == 400
    assert lost.post(place, {"code": new[0]}).status_code == 303


# --- where one is signed in ---------------------------------------------------------------------------------------------


def test_sessions_are_listed_to_their_owner_in_words_and_end_one_by_one_and_all(app, services):
    here = visitor(app, personas.OFFICER)
    doors.let_in(away := app.test_client(), services, personas.OFFICER, device="firefox.windows", network="9.9.9.0/24")
    doors.let_in(far := app.test_client(), services, personas.OFFICER, device="safari.iphone")
    page = here.get("/aangemeld").get_data(as_text=True)
    assert "Firefox op Windows" in page
    assert "een ander netwerk (9.9.9.0/24)" in page
    assert "Safari op iPhone" in page
    assert "dit apparaat" in page
    with services.db.reading() as session:
        session_id = session.scalars(select(SignedIn.id).where(SignedIn.device == "firefox.windows")).one()
    stranger = visitor(app, personas.OWNER)
    assert stranger.post(f"/aangemeld/{session_id}/beeindigen").status_code == 404
    assert away.get("/berichten").status_code == 200
    assert here.post(f"/aangemeld/{session_id}/beeindigen").status_code == 303
    assert away.get("/berichten").status_code == 303
    assert far.get("/berichten").status_code == 200
    assert here.post("/aangemeld/overal-beeindigen").status_code == 303
    assert far.get("/berichten").status_code == 303
    assert here.get("/berichten").status_code == 200


def test_signing_in_keeps_the_kind_of_browser_and_not_the_text_it_sent(app, services):
    someone = visitor(app)
    agent = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0 secret-mark"
    data = {"email": personas.PARTNER, "password": PASSWORD}
    someone.post("/aanmelden", data, headers={"User-Agent": agent})
    account = builders.account(services, personas.PARTNER)
    with services.db.reading() as session:
        row = session.scalars(
            select(SignedIn).where(SignedIn.account_id == account.id).order_by(SignedIn.started_at.desc())
        ).first()
    assert row.device == "firefox.windows"
    assert row.network == "127.0.0.0/24"


def test_the_cookie_holds_a_token_and_nothing_of_a_person(app, services):
    someone = visitor(app, personas.SWV)
    someone.get("/mijn-account")
    with someone.client.session_transaction() as kept:
        assert set(kept) <= {"_user_id", "_fresh", "csrf_token", "language", "_flashes"}
        assert builders.account(services, personas.SWV).id not in str(dict(kept))


# --- proving it again ---------------------------------------------------------------------------------------------------


def test_after_ten_minutes_an_act_that_matters_asks_the_second_factor_and_goes_on(app, clock):
    someone = visitor(app, personas.SWV)
    assert someone.post("/mijn-account/herstelcodes").status_code == 200
    clock.forward(minutes=11)
    asked = someone.get("/mijn-account/app")
    assert asked.location == "/bevestig-dat-u-het-bent?next=%2Fmijn-account%2Fapp"
    old = someone.client.get_cookie(COOKIE).value
    answer = someone.post(asked.location, {"code": doors.code(personas.SWV, clock())})
    assert answer.location == "/mijn-account/app"
    assert someone.get("/mijn-account/app").status_code == 200
    thief = app.test_client()
    thief.set_cookie(COOKIE, old)
    assert thief.get("/berichten").status_code == 303, "the step up gave the session a new token"


def test_a_form_that_stood_open_too_long_keeps_what_was_typed_and_goes_on_with_the_code(app, clock):
    someone = visitor(app, personas.ADMINISTRATOR)
    clock.forward(minutes=11)
    data = {"notitie": '<b>getypt & "bewaard"</b>', "keuze": ["a", "b"]}
    asked = someone.post("/mijn-account/herstelcodes", data)
    assert asked.status_code == 403
    page = asked.get_data(as_text=True)
    assert "&lt;b&gt;getypt &amp; &#34;bewaard&#34;&lt;/b&gt;" in page
    assert page.count('name="keuze"') == 2
    assert not codes_on(page)
    wrong = someone.post("/mijn-account/herstelcodes", {**data, "bevestig_code": "000000"})
    assert wrong.status_code == 403
    assert "getypt" in wrong.get_data(as_text=True)
    right = someone.post(
        "/mijn-account/herstelcodes", {**data, "bevestig_code": doors.code(personas.ADMINISTRATOR, clock())}
    )
    assert len(codes_on(right.get_data(as_text=True))) == 10


# --- the demo -----------------------------------------------------------------------------------------------------------


def test_the_command_gives_the_code_of_a_demo_account_and_the_next_one_when_that_was_used(app, services, clock):
    someone, place = with_password(app)
    assert someone.post(place, {"code": demo.code_now(services, personas.SWV)}).status_code == 303
    again, place = with_password(app)
    assert again.post(place, {"code": demo.code_now(services, f" {personas.SWV.upper()}")}).status_code == 303


def test_there_are_no_codes_outside_a_demo_or_for_another_account(app, services):
    from dataclasses import replace

    real = replace(services, settings=replace(services.settings, demo=False))
    with pytest.raises(ConflictError, match="geen demo"):
        demo.code_now(real, personas.SWV)
    with pytest.raises(ConflictError, match="geen voorbeeldaccount"):
        demo.code_now(services, "nieuw@demo.example")


def test_resuming_tells_how_surely_someone_is_who_they_are(services, clock):
    token = doors.session_for(services, personas.SWV)
    running = sessions.resume(services, token, clock())
    assert running.complete
    assert running.is_fresh(clock())
    clock.forward(minutes=10, seconds=1)
    assert not sessions.resume(services, token, clock()).is_fresh(clock())
