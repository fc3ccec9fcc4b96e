"""Sessions, sign-in, invitations and passwords, as a browser and a burglar meet them (PR10.2)."""

from __future__ import annotations

import threading
from base64 import urlsafe_b64decode

import pytest
from sqlalchemy import delete, func, select

from crypto.signing import PublicKey, sign, verify
from gateway.accounts import invitations
from gateway.accounts import usecases as accounts
from gateway.accounts.rules import Person
from gateway.accounts.tables import SignedIn, SingleUseLink, Throttle
from gateway.app import create_app
from gateway.context import Context, Role
from gateway.demo import PASSWORD
from gateway.errors import ConflictError, InvalidInputError, ThrottledError
from gateway.jobs.tables import Job
from gateway.notices import outbox
from gateway.services import build
from gateway.vault.tables import SubjectKey
from tests import builders, doors, personas
from tests.builders import demo_installation
from tests.personas import Visitor, visitor

GOOD = "vier losse woorden graag 88"
COOKIE = "dossierpoort"


@pytest.fixture(autouse=True)
def afresh(services):
    """Each test starts without counted tries."""
    with services.db.writing() as session:
        session.execute(delete(Throttle))


def sign_in(someone, email=personas.OWNER, password=PASSWORD, **more):
    """Both steps, when the password is right: gives the last answer."""
    answer = someone.post("/aanmelden", {"email": email, "password": password, **more})
    if not (answer.location or "").startswith("/aanmelden/tweede-stap"):
        return answer
    code = doors.fresh_code(someone.client.application.extensions["dossierpoort"], email.strip().lower())
    return someone.post(answer.location, {"code": code})


def cookie_of(someone, name=COOKIE):
    return someone.client.get_cookie(name).value


def signed_in(someone):
    return someone.get("/berichten").status_code == 200


def sessions(services):
    with services.db.reading() as session:
        return session.scalar(select(func.count()).select_from(SignedIn))


# --- the cookie ---------------------------------------------------------------------------------------------------------


def test_the_cookie_is_for_the_browser_only_and_for_this_site_only(app):
    someone = visitor(app)
    header = sign_in(someone).headers["Set-Cookie"]
    assert "HttpOnly" in header
    assert "SameSite=Lax" in header
    assert "Path=/" in header
    assert "Domain" not in header
    assert "Expires" not in header, "the cookie goes when the browser closes"


def test_over_tls_the_cookie_is_secure_and_bound_to_this_host(tmp_path):
    with demo_installation(tmp_path, base_url="https://poort.example") as services:
        client = create_app(services).test_client()
        answer = client.get("/aanmelden", base_url="https://poort.example")
        header = answer.headers["Set-Cookie"]
        assert header.startswith("__Host-dossierpoort=")
        assert "Secure" in header
        assert "HttpOnly" in header
        assert "Domain" not in header
        assert answer.headers["Strict-Transport-Security"].startswith("max-age=63072000")


def test_a_forged_or_altered_cookie_is_nobody(app):
    real = visitor(app, personas.OWNER)
    value = cookie_of(real)
    content, _, signature = value.rpartition(".")
    # The first character: the last one holds bits that base64 leaves unused.
    altered = f"{content}.{'A' if signature[0] != 'A' else 'B'}{signature[1:]}"
    for forged in (altered, value[1:], "x", ""):
        thief = app.test_client()
        thief.set_cookie(COOKIE, forged)
        assert thief.get("/berichten").status_code == 303


# --- rotation and ends --------------------------------------------------------------------------------------------------


def test_a_cookie_planted_before_the_sign_in_is_worth_nothing_after_it(app):
    victim = visitor(app)
    victim.get("/aanmelden")
    planted = cookie_of(victim)
    sign_in(victim)
    assert signed_in(victim)
    thief = app.test_client()
    thief.set_cookie(COOKIE, planted)
    assert thief.get("/berichten").status_code == 303
    assert cookie_of(victim) != planted


def test_each_sign_in_gets_a_token_of_its_own_and_a_fresh_csrf_token(app):
    someone = visitor(app)
    before = someone.token()
    sign_in(someone)
    first = cookie_of(someone)
    assert someone.client.post("/taal", data={"csrf_token": before, "lang": "nl"}).status_code == 400
    someone.post("/afmelden")
    sign_in(someone)
    assert cookie_of(someone) != first


def test_signing_in_as_someone_else_in_the_same_browser_ends_the_first_session(app, services):
    someone = visitor(app, personas.OWNER)
    old, count = cookie_of(someone), sessions(services)
    assert sign_in(someone, personas.COLLEAGUE).status_code == 303
    assert "Tom Bedachtema" in someone.get("/over").get_data(as_text=True)
    thief = app.test_client()
    thief.set_cookie(COOKIE, old)
    assert thief.get("/berichten").status_code == 303
    assert sessions(services) == count


def test_after_twenty_idle_minutes_the_session_is_over(app, clock):
    someone = visitor(app, personas.OWNER)
    clock.forward(minutes=19)
    assert signed_in(someone)
    clock.forward(minutes=19)
    assert signed_in(someone), "an act starts the twenty minutes again"
    clock.forward(minutes=21)
    assert not signed_in(someone)


def test_after_eight_hours_the_session_is_over_however_busy(app, clock):
    someone = visitor(app, personas.OWNER)
    for _ in range(8 * 4):
        clock.forward(minutes=15)
        assert signed_in(someone)
    clock.forward(minutes=1)
    assert not signed_in(someone)


def test_an_ended_account_is_out_at_once_and_stays_out(app, services):
    administrator = builders.context(services, personas.ADMINISTRATOR)
    token = invitations.invite(
        services,
        administrator,
        organisation_id=builders.account(services, personas.SWV).organisation_id,
        role=Role.SWV_STAFF,
        person=Person(name="Vera Vertrek", email="vertrek@demo.example"),
    )
    someone = visitor(app)
    assert someone.post(f"/uitnodiging/{token}", {"password": GOOD}).status_code == 303
    assert sign_in(someone, "vertrek@demo.example", GOOD).status_code == 303
    doors.let_in(someone.client, services, "vertrek@demo.example")
    assert signed_in(someone)
    boss = visitor(app, personas.ADMINISTRATOR)
    account_id = builders.account(services, "vertrek@demo.example").id
    assert boss.post(f"/inrichting/account/{account_id}/beeindigen").status_code == 303
    assert not signed_in(someone)
    answer = sign_in(someone, "vertrek@demo.example", GOOD)
    assert answer.status_code == 400
    assert "klopt niet" in answer.get_data(as_text=True)


def test_signing_out_tells_the_browser_to_forget(app):
    someone = visitor(app, personas.OWNER)
    answer = someone.post("/afmelden")
    assert '"cache"' in answer.headers["Clear-Site-Data"]
    assert not signed_in(someone)


# --- throttling ---------------------------------------------------------------------------------------------------------


def test_the_eleventh_wrong_password_is_not_even_looked_at(app):
    someone = visitor(app)
    for _ in range(10):
        assert sign_in(someone, password="verkeerd wachtwoord").status_code == 400
    answer = sign_in(someone)  # the right one
    assert answer.status_code == 429
    assert "Wacht" in answer.get_data(as_text=True)
    assert int(answer.headers["Retry-After"]) > 0


def test_the_limit_counts_an_account_however_its_address_is_spelt_and_from_wherever(app):
    for number in range(10):
        someone = visitor(app)
        someone.client.environ_base["REMOTE_ADDR"] = f"10.{number}.0.1"
        spelt = personas.OWNER.upper() if number % 2 else f"  {personas.OWNER} "
        assert sign_in(someone, spelt, "verkeerd wachtwoord").status_code == 400
    someone = visitor(app)
    someone.client.environ_base["REMOTE_ADDR"] = "10.77.0.1"
    assert sign_in(someone).status_code == 429


def test_an_unknown_address_is_throttled_like_a_known_one(app):
    someone = visitor(app)
    answers = [sign_in(someone, "niemand@demo.example", "x").status_code for _ in range(11)]
    assert answers == [400] * 10 + [429]


def test_one_network_gets_sixty_tries_over_all_accounts(app):
    someone = visitor(app)
    answers = [sign_in(someone, f"niemand{number}@demo.example", "x").status_code for number in range(61)]
    assert answers == [400] * 60 + [429]
    elsewhere = visitor(app)
    elsewhere.client.environ_base["REMOTE_ADDR"] = "10.88.0.1"
    assert sign_in(elsewhere).status_code == 303


def test_a_right_password_starts_the_count_of_its_account_afresh(app):
    someone = visitor(app)
    for _ in range(9):
        sign_in(someone, password="verkeerd wachtwoord")
    assert sign_in(someone).status_code == 303
    another = visitor(app)
    assert sign_in(another, password="verkeerd wachtwoord").status_code == 400


def test_after_the_window_one_may_try_again(app, clock):
    someone = visitor(app)
    for _ in range(11):
        answer = sign_in(someone, password="verkeerd wachtwoord")
    assert answer.status_code == 429
    clock.forward(seconds=int(answer.headers["Retry-After"]))
    assert sign_in(someone).status_code == 303


def test_two_processes_share_one_limit(services):
    """Two sets of services on one database, trying at the same time, get ten tries together and not twenty."""
    from dataclasses import replace

    others = replace(build(services.settings), clock=services.clock)
    outcomes: list[str] = []

    def try_often(chosen):
        for number in range(10):
            who = Context(actor=None, now=chosen.clock(), request_id=f"{number}", network=None)
            try:
                accounts.sign_in(chosen, who, email=personas.SWV, password="verkeerd wachtwoord")
            except ThrottledError:
                outcomes.append("throttled")
            except InvalidInputError:
                outcomes.append("looked at")

    threads = [threading.Thread(target=try_often, args=(chosen,)) for chosen in (services, others)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    others.db.dispose()
    assert sorted(outcomes) == ["looked at"] * 10 + ["throttled"] * 10


# --- invitations and forgotten passwords --------------------------------------------------------------------------------


def invitation(services, email):
    administrator = builders.context(services, personas.ADMINISTRATOR)
    organisation = builders.account(services, personas.SWV).organisation_id
    person = Person(name="Nienke Nieuw", email=email)
    return invitations.invite(services, administrator, organisation_id=organisation, role=Role.SWV_STAFF, person=person)


def test_an_invitation_works_once(app, services):
    token = invitation(services, "eenmaal@demo.example")
    someone = visitor(app)
    assert someone.post(f"/uitnodiging/{token}", {"password": GOOD}).status_code == 303
    assert someone.get(f"/uitnodiging/{token}").status_code == 404
    assert someone.post(f"/uitnodiging/{token}", {"password": GOOD + "!"}).status_code == 404
    assert sign_in(someone, "eenmaal@demo.example", GOOD).status_code == 303


def test_an_invitation_ends_after_seven_days(app, services, clock):
    token = invitation(services, "telaat@demo.example")
    someone = visitor(app)
    clock.forward(days=7)
    assert someone.get(f"/uitnodiging/{token}").status_code == 200
    clock.forward(seconds=1)
    assert someone.get(f"/uitnodiging/{token}").status_code == 404
    assert someone.post(f"/uitnodiging/{token}", {"password": GOOD}).status_code == 404


def test_a_fresh_invitation_ends_the_earlier_one(app, services):
    first = invitation(services, "opnieuw@demo.example")
    account_id = builders.account(services, "opnieuw@demo.example").id
    second = invitations.invite_again(services, builders.context(services, personas.ADMINISTRATOR), account_id)
    someone = visitor(app)
    assert someone.get(f"/uitnodiging/{first}").status_code == 404
    assert someone.get(f"/uitnodiging/{second}").status_code == 200


def test_an_account_that_was_ended_gets_no_fresh_invitation(services):
    invitation(services, "nooitgekomen@demo.example")
    account_id = builders.account(services, "nooitgekomen@demo.example").id
    administrator = builders.context(services, personas.ADMINISTRATOR)
    accounts.end_account(services, administrator, account_id)
    with pytest.raises(ConflictError, match="beëindigd"):
        invitations.invite_again(services, administrator, account_id)


def test_an_account_that_did_not_use_its_invitation_cannot_sign_in(app, services):
    invitation(services, "nogniet@demo.example")
    someone = visitor(app)
    for password in ("", " ", GOOD):
        assert sign_in(someone, "nogniet@demo.example", password).status_code == 400


def test_only_the_hash_of_a_link_is_kept(services):
    token = invitation(services, "hash@demo.example")
    with services.db.reading() as session:
        assert all(token.encode() not in row.token_hash for row in session.scalars(select(SingleUseLink)))


def newest_link(services, kind):
    builders.work(services)
    with services.db.reading() as session:
        found = [shown for row, shown in outbox.everything(session, services.vault) if row.kind == kind]
    return [shown.link for shown in found]


def test_a_forgotten_password_gets_the_same_answer_for_a_known_and_an_unknown_address(app, services):
    someone = visitor(app)
    token, before = someone.token(), len(newest_link(services, "password"))
    known, unknown = (
        someone.client.post("/wachtwoord-vergeten", data={"csrf_token": token, "email": email})
        for email in (personas.COLLEAGUE, "niemand@demo.example")
    )
    assert known.status_code == unknown.status_code == 200
    assert strip_tokens(known) == strip_tokens(unknown)
    assert sorted(known.headers.keys()) == sorted(unknown.headers.keys())
    assert len(newest_link(services, "password")) == before + 1


def strip_tokens(answer):
    import re

    return re.sub(r'value="[^"]{40,}"|nonce="[^"]*"|<p [^>]*data-printed>[^<]*', "", answer.get_data(as_text=True))


def test_a_new_password_ends_all_sessions_and_the_link_with_them(app, services, clock):
    inside = visitor(app, personas.COLLEAGUE)
    clock.forward(seconds=1)
    visitor(app).post("/wachtwoord-vergeten", {"email": personas.COLLEAGUE})
    link = newest_link(services, "password")[0]
    outside = visitor(app)
    assert outside.post(link, {"password": GOOD}).status_code == 303
    assert not signed_in(inside)
    assert outside.get(link).status_code == 404
    assert sign_in(visitor(app), personas.COLLEAGUE, PASSWORD).status_code == 400
    assert sign_in(visitor(app), personas.COLLEAGUE, GOOD).status_code == 303


def test_of_two_new_password_links_the_unused_one_dies_with_the_used_one(app, services, clock):
    clock.forward(hours=2)
    links = []
    for _ in range(2):
        clock.forward(seconds=1)
        visitor(app).post("/wachtwoord-vergeten", {"email": personas.GUARDIAN})
        links.append(newest_link(services, "password")[0])
    assert links[0] != links[1]
    assert visitor(app).post(links[1], {"password": GOOD}).status_code == 303
    assert visitor(app).get(links[0]).status_code == 404


def test_a_new_password_link_ends_after_two_hours(app, services, clock):
    clock.forward(hours=2)
    visitor(app).post("/wachtwoord-vergeten", {"email": personas.EXPERT})
    link = newest_link(services, "password")[0]
    clock.forward(hours=2, seconds=1)
    assert visitor(app).get(link).status_code == 404


def test_guessing_links_is_throttled(app):
    someone = visitor(app)
    answers = [someone.get(f"/uitnodiging/{'x' * 43}{number}").status_code for number in range(31)]
    assert answers == [404] * 30 + [429]


@pytest.mark.parametrize(
    ("password", "sentence"),
    [
        ("te kort 1!", "ten minste 12"),
        ("x" * 201, "ten hoogste 200"),
        ("wachtwoord123", "makkelijk te raden"),
        ("aaaaaaaaaaaaaaaaaaaa", "makkelijk te raden"),
        ("nienkenieuw1", "makkelijk te raden"),
        ("dossierpoort1", "makkelijk te raden"),
    ],
)
def test_a_weak_password_is_refused_with_a_reason_and_the_link_stays(app, services, password, sentence):
    token = invitation(services, f"zwak{abs(hash(password))}@demo.example")
    someone = visitor(app)
    answer = someone.post(f"/uitnodiging/{token}", {"password": password})
    assert answer.status_code == 400
    assert sentence in answer.get_data(as_text=True)
    assert password not in answer.get_data(as_text=True)
    assert someone.get(f"/uitnodiging/{token}").status_code == 200


# --- where one goes next ------------------------------------------------------------------------------------------------

ELSEWHERE = [
    "//evil.example",
    "///evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "https://evil.example",
    "https:evil.example",
    "http:/evil.example",
    "javascript:alert(1)",
    "/%09/evil.example/../\t/x",
    "/\t/evil.example",
    "\t//evil.example",
    "/\n/evil.example",
    "evil.example",
    "/x\r\nSet-Cookie: a=b",
    " //evil.example",
    "/.//evil.example",
]


@pytest.mark.parametrize("target", ELSEWHERE)
def test_signing_in_never_leads_out_of_the_portal(app, target):
    answer = sign_in(visitor(app), next=target)
    assert answer.status_code == 303
    assert_inside(answer.location)


@pytest.mark.parametrize("target", ELSEWHERE)
def test_choosing_a_language_never_leads_out_of_the_portal(app, target):
    answer = visitor(app).post("/taal", {"lang": "nl", "next": target})
    assert_inside(answer.location)


def assert_inside(location):
    assert location.startswith("/"), location
    assert not location.startswith(("//", "/\\", "/\t", "/\n")), location
    assert "\n" not in location
    assert "\r" not in location


def test_a_page_asked_for_before_the_sign_in_comes_after_it(app):
    someone = visitor(app)
    asked = someone.get("/dossiers")
    assert asked.location == "/aanmelden?next=/dossiers"
    assert sign_in(someone, next="/dossiers").location == "/dossiers"


@pytest.mark.parametrize(
    "path",
    [
        "/dossiers/%0d%0aX-Evil:%201",
        "/dossiers/a%26next=https:%5C%5Cevil.example",
        "/dossiers/%C3%A9%F0%9F%98%80",
    ],
)
def test_a_strange_address_asked_for_by_a_stranger_leads_to_the_sign_in_and_nowhere_else(app, path):
    someone = Visitor(app.test_client())
    answer = someone.get(path)
    assert answer.status_code == 303
    assert answer.location.startswith("/aanmelden?next=/")
    assert "X-Evil" not in answer.headers
    assert someone.get(answer.location).status_code == 200


def test_an_address_with_a_nul_exists_for_nobody(app):
    assert Visitor(app.test_client()).get("/dossiers/%00").status_code == 404
    assert visitor(app, personas.OWNER).get("/dossiers/%00").status_code == 404


@pytest.mark.parametrize("lost", ["row", "period key"])
def test_an_account_whose_key_was_lost_still_gets_its_pages_and_can_be_ended(tmp_path, lost):
    """Its name cannot be read any more; nobody is shut out of a page, or left unable to end the account, by that."""
    with demo_installation(tmp_path) as services:
        app = create_app(services)
        owner, administrator = visitor(app, personas.OWNER), visitor(app, personas.ADMINISTRATOR)
        account = builders.account(services, personas.OWNER)
        if lost == "row":
            with services.db.writing() as session:
                session.delete(session.get_one(SubjectKey, account.id))
        else:
            keyring = services.vault.keyring
            with services.db.reading() as session:
                keyring.destroy(session.get_one(SubjectKey, account.id).period_key_id)
        for address in ("/berichten", "/over"):
            assert owner.get(address).status_code == 200
        assert "naam niet meer leesbaar" in owner.get("/berichten").get_data(as_text=True)
        assert administrator.get("/inrichting").get_data(as_text=True).count("naam niet meer leesbaar") >= 1
        assert administrator.get("/toegangslijst").status_code == 200
        again = Visitor(app.test_client())
        answer = again.post("/aanmelden", {"email": personas.OWNER, "password": PASSWORD})
        assert answer.status_code == 303, "the password still counts; the sealed app is gone, so a reset is needed"
        assert again.post("/wachtwoord-vergeten", {"email": personas.OWNER}).status_code in {200, 303}
        builders.work(services)
        with services.db.reading() as session:
            assert session.scalar(select(func.count()).select_from(Job).where(Job.state == "failed")) == 0
        accounts.end_account(services, builders.context(services, personas.ADMINISTRATOR), account.id)


def test_the_published_keys_are_those_that_sign(app, services):
    key = services.vault.keyring.signing_key("receipt")
    signature = sign(key, "receipt", b"een bewijs")
    published = Visitor(app.test_client()).get("/.well-known/dossierpoort-keys.json").get_json()["keys"]
    (found,) = [one for one in published if one["kid"] == signature.key_id]
    assert (found["kty"], found["crv"], found["purpose"], found["current"]) == ("OKP", "Ed25519", "receipt", True)
    raw = urlsafe_b64decode(found["x"] + "=")
    verify(
        [PublicKey(key_id=found["kid"], purpose="receipt", raw=raw, current=True)], "receipt", b"een bewijs", signature
    )
    assert not any("d" in one for one in published), "no private half"
