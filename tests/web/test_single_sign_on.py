"""Signing in at one's own organisation, against a real provider (oidc-provider), by the pages as people see them."""

from __future__ import annotations

import html
import re
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import select

from gateway.accounts.sign_on import connections
from gateway.accounts.sign_on.rules import Terms
from gateway.accounts.sign_on.tables import SignOnAttempt, SignOnLink
from gateway.accounts.tables import Account, SignedIn
from gateway.app import create_app
from gateway.demo import PASSWORD
from gateway.services import utc_now
from tests import builders, doors, personas
from tests.builders import context, demo_installation
from tests.personas import visitor
from tests.services import oidc

HERE = "http://localhost"
ADDRESS = "iemand@school.example"


@pytest.fixture(scope="module")
def services(tmp_path_factory):
    with demo_installation(tmp_path_factory.mktemp("sso"), clock=utc_now) as built:
        yield built


@pytest.fixture(scope="module")
def app(services):
    return create_app(services)


@pytest.fixture(scope="module")
def school(services):
    return builders.account(services, personas.OWNER).organisation_id


@pytest.fixture(scope="module")
def provider(tmp_path_factory, school):
    back = f"{HERE}/aanmelden/organisatie/{school}/terug"
    client = oidc.client(back, post_logout_redirect_uris=[f"{HERE}/aanmelden"])
    client |= {"backchannel_logout_uri": back.removesuffix("terug") + "afgemeld"}
    client |= {"backchannel_logout_session_required": True}
    with oidc.running(tmp_path_factory.mktemp("provider") / "oidc", [client]) as started:
        yield started


def terms(provider, **changes):
    values = {"issuer": provider.issuer, "client": "poort", "secret": oidc.SECRET, "domains": ("school.example",)}
    return Terms(**{**values, **changes})


def set_up(services, school, wanted):
    """An administrator proposes, the privacy officer approves."""
    made = connections.propose(services, context(services, personas.ADMINISTRATOR), school, wanted)
    connections.decide(services, context(services, personas.OFFICER), made, approve=True)


@pytest.fixture(autouse=True)
def in_force(services, school, provider):
    """Each test begins with the provider in force, nobody joined and nobody throttled."""
    services.providers.__init__()
    with services.db.writing() as session:
        for table in (SignOnLink, SignedIn, SignOnAttempt):
            session.query(table).delete()
        for row in session.query(connections.SignOnConnection):
            session.delete(row)
    set_up(services, school, terms(provider))


def way_to(answer):
    """The address behind `Verder`, as it stands on the page."""
    found = re.search(r'href="(http://localhost:\d+/auth\?[^"]+)"', answer.get_data(as_text=True))
    assert found, answer.get_data(as_text=True)[-3000:]
    return html.unescape(found.group(1))


def walk(someone, sub, *, person=None, begin=None, **said):
    """From the page to the provider and back; gives the answer to coming back."""
    answer = begin or someone.post("/aanmelden/organisatie", {"email": ADDRESS, **said.pop("fields", {})})
    back = (person or oidc.Person()).sign_in(way_to(answer), sub, back=HERE + "/aanmelden/", **said)
    return someone.get(back.removeprefix(HERE))


def join(app, email, sub, **said):
    """Join the account of someone who is signed in with a fresh second factor."""
    someone = visitor(app, email)
    answer = walk(someone, sub, begin=someone.post("/mijn-account/organisatie"), **said)
    assert answer.location == "/mijn-account", answer.location
    return someone


def trouble(answer):
    assert answer.status_code == 303
    return answer.location.removeprefix("/aanmelden/organisatie?melding=")


def events(services, action):
    from tests.builders import events as all_events

    return [event for event in all_events(services) if event.action == action]


def test_someone_who_joined_their_account_signs_in_and_takes_the_second_step_here(app, services):
    mine = join(app, personas.OWNER, "jan")
    assert "Gekoppeld" in mine.get("/mijn-account").get_data(as_text=True)
    someone = visitor(app)
    with someone.client.session_transaction() as kept:
        kept["fixed"] = "by a stranger"
    answer = walk(someone, "jan", fields={"next": "/berichten"})
    assert answer.location == "/aanmelden/tweede-stap?next=%2Fberichten"
    with someone.client.session_transaction() as kept:
        assert set(kept) <= {"_user_id", "_fresh", "_id", "csrf_token", "language"}
    assert someone.get("/dossiers").status_code == 303
    for place in ("//elders.example", "https://elders.example", "/\\\\elders.example"):
        assert walk(visitor(app), "jan", fields={"next": place}).location == "/aanmelden/tweede-stap?next=%2F"
    code = doors.fresh_code(services, personas.OWNER)
    done = someone.post("/aanmelden/tweede-stap", {"code": code, "next": "/berichten"})
    assert done.location == "/berichten"
    assert someone.get("/dossiers").status_code == 200


def test_what_goes_along_tells_nothing_of_a_person_and_demands_pkce(app, services):
    someone = visitor(app)
    page = someone.post("/aanmelden/organisatie", {"email": personas.OWNER.replace("demo.example", "school.example")})
    asked = {name: value[0] for name, value in parse_qs(urlsplit(way_to(page)).query).items()}
    assert set(asked) == {
        "response_type", "client_id", "redirect_uri", "scope", "state", "nonce", "code_challenge",
        "code_challenge_method",
    }  # fmt: skip
    assert (asked["scope"], asked["code_challenge_method"]) == ("openid", "S256")
    with services.db.reading() as session:
        row = session.scalars(select(SignOnAttempt)).one()
    kept = repr([getattr(row, column.name) for column in SignOnAttempt.__table__.columns])
    assert asked["state"] not in kept
    assert asked["nonce"] not in kept


def test_the_page_answers_alike_whether_an_account_exists_and_knows_domains_only(app):
    pages = []
    for email in (ADDRESS, "niemand@school.example", "SCHOOL.example"):
        answer = visitor(app).post("/aanmelden/organisatie", {"email": email})
        page = re.sub(
            r'(href="http[^"]+"|nonce="[^"]+"|content="[^"]+"|value="[^"]+")', "", answer.get_data(as_text=True)
        )
        pages.append((answer.status_code, re.sub(r"<p [^>]*data-printed>[^<]*", "", page)))
    assert pages[0] == pages[1] == pages[2]
    other = visitor(app).post("/aanmelden/organisatie", {"email": personas.OWNER})
    assert other.status_code == 400
    assert "Meld u aan met uw wachtwoord" in other.get_data(as_text=True)


def test_the_same_address_does_not_make_someone_the_owner_of_an_account(app, services):
    answer = walk(visitor(app), personas.OWNER, claims={"email": personas.OWNER, "email_verified": True})
    assert trouble(answer) == "unknown"
    page = visitor(app).get(answer.location).get_data(as_text=True)
    assert "koppel het bij Mijn account" in page
    with services.db.reading() as session:
        assert session.scalars(select(SignOnLink)).all() == []
        assert session.scalars(select(SignedIn)).all() == []


def test_a_value_that_the_configuration_names_counts_as_the_second_step_and_no_other(app, services, school, provider):
    set_up(services, school, terms(provider, strong=(oidc.STRONG,)))
    join(app, personas.OWNER, "jan")
    weak = walk(visitor(app), "jan")
    assert weak.location.startswith("/aanmelden/tweede-stap")
    someone = visitor(app)
    strong = walk(someone, "jan", acr=oidc.STRONG)
    assert strong.location == "/"
    assert someone.get("/dossiers").status_code == 200
    assert "tweede stap bij de eigen organisatie" in someone.get("/aangemeld").get_data(as_text=True)
    # An act that matters asks our own factor all the same.
    again = someone.post("/mijn-account/herstelcodes")
    assert again.status_code == 403
    assert "Bevestig dat u het bent" in again.get_data(as_text=True)


def test_who_guards_the_portal_always_takes_the_second_step_here(app, services, provider, tmp_path):
    swv = builders.account(services, personas.OFFICER).organisation_id
    back = f"{HERE}/aanmelden/organisatie/{swv}/terug"
    with oidc.running(tmp_path / "swv", [oidc.client(back)]) as own:
        set_up(services, swv, terms(own, domains=("swv.example",), strong=(oidc.STRONG,)))
        someone = visitor(app, personas.OFFICER)
        walk(someone, "p", begin=someone.post("/mijn-account/organisatie"))
        stranger = visitor(app)
        begin = stranger.post("/aanmelden/organisatie", {"email": "swv.example"})
        answer = walk(stranger, "p", begin=begin, acr=oidc.STRONG)
    assert answer.location.startswith("/aanmelden/tweede-stap")


def test_an_answer_counts_once_and_only_in_the_browser_where_it_began(app):
    join(app, personas.OWNER, "jan")
    someone, thief = visitor(app), visitor(app)
    back = (
        oidc.Person()
        .sign_in(way_to(someone.post("/aanmelden/organisatie", {"email": ADDRESS})), "jan", back=HERE + "/aanmelden/")
        .removeprefix(HERE)
    )
    thief.post("/aanmelden/organisatie", {"email": ADDRESS})  # has a browser secret too, of its own
    assert trouble(thief.get(back)) == "again"
    assert trouble(someone.get(back)) == "again"
    first = walk(someone, "jan")
    assert first.location.startswith("/aanmelden/tweede-stap")


def test_an_answer_that_comes_twice_signs_nobody_in_the_second_time(app):
    join(app, personas.OWNER, "jan")
    someone = visitor(app)
    back = (
        oidc.Person()
        .sign_in(way_to(someone.post("/aanmelden/organisatie", {"email": ADDRESS})), "jan", back=HERE + "/aanmelden/")
        .removeprefix(HERE)
    )
    assert someone.get(back).location.startswith("/aanmelden/tweede-stap")
    assert trouble(someone.get(back)) == "again"


def test_the_provider_wants_the_verifier_that_belongs_to_the_challenge(services, school, provider):
    """PKCE is not only sent: a code is worth nothing without what only we can derive."""
    from gateway.accounts.sign_on import attempts
    from gateway.accounts.sign_on import provider as speaking
    from gateway.accounts.sign_on.attempts import SIGN_IN, Purpose

    with services.db.reading() as session:
        connection = connections.active(session, school)
    who = context(services, personas.OWNER)
    way = attempts.begin(services, who, connection, Purpose(kind=SIGN_IN), "browser")
    back = oidc.Person().sign_in(way.url, "jan", back=HERE + "/aanmelden/")
    about = attempts.about(services, connection, utc_now())
    with pytest.raises(speaking.ProviderError) as refused:
        speaking.exchange(
            speaking.reach_of(services.settings), about, connections.client_of(services.vault, connection),
            code=parse_qs(urlsplit(back).query)["code"][0], verifier="x" * 43, redirect=attempts.callback(services, school),
        )  # fmt: skip
    assert refused.value.code == "code"


def test_a_key_that_the_provider_changed_is_found_and_is_looked_for_now_and_then_only(app, services, provider):
    join(app, personas.OWNER, "jan")
    old, provider.keys = provider.keys, [oidc.new_key("tweede")]
    provider.restart()
    try:
        assert trouble(walk(visitor(app), "jan")) == "token"  # looked less than half a minute ago
        for kept in services.providers._kept.values():
            kept.keys_at -= timedelta(minutes=1)
        assert walk(visitor(app), "jan").location.startswith("/aanmelden/tweede-stap")
    finally:
        provider.keys = old
        provider.restart()
        services.providers.__init__()


def test_signing_out_at_the_provider_signs_out_here(app, services, school, provider):
    """The provider posts to the address that it was given, which is this test's own: it carries the token on."""
    import threading
    from http.server import BaseHTTPRequestHandler, HTTPServer

    caught = []

    class Listener(BaseHTTPRequestHandler):
        def do_POST(self):
            caught.append(parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())["logout_token"][0])
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", 0), Listener)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    before = dict(provider.clients[0])
    provider.clients[0]["backchannel_logout_uri"] = f"http://127.0.0.1:{server.server_address[1]}/"
    provider.restart()
    try:
        join(app, personas.OWNER, "jan")
        someone, elsewhere, person = visitor(app), visitor(app), oidc.Person()
        walk(someone, "jan", person=person)
        walk(elsewhere, "jan")
        out = someone.post("/afmelden").get_data(as_text=True)
        there = html.unescape(re.search(r'href="(http://localhost:\d+/session/end[^"]+)"', out).group(1))
        assert "id_token_hint" not in there
        walk(someone, "jan", person=person)
        back = person.sign_out(there)
        assert back.startswith(f"{HERE}/aanmelden")
        assert someone.get("/aanmelden/tweede-stap").status_code == 200
        place = f"/aanmelden/organisatie/{school}/afgemeld"
        told = app.test_client().post(place, data={"logout_token": caught[0]})
        assert (told.status_code, told.get_data()) == (200, b"")
        assert told.headers["Cache-Control"] == "no-store"
        assert someone.get("/aanmelden/tweede-stap").status_code == 303
        assert elsewhere.get("/aanmelden/tweede-stap").status_code == 200  # another session there
        assert app.test_client().post(place, data={"logout_token": caught[0]}).status_code == 400
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
        provider.clients[0] = before
        provider.restart()


def test_only_members_get_in_when_the_configuration_asks_for_it_and_it_is_told_in_the_log(
    app, services, school, provider
):
    wanted = terms(provider, member_claim="brin", affiliation_claim="affiliation", affiliation_values=("employee",))
    set_up(services, school, wanted)
    with services.db.reading() as session:
        brin = session.get_one(connections.Organisation, school).brin
    good = {"brin": brin[:4], "affiliation": ["member", "employee"]}
    join(app, personas.OWNER, "jan", claims=good)
    assert walk(visitor(app), "jan", claims=good).location.startswith("/aanmelden/tweede-stap")
    for claims in ({**good, "brin": "00AA"}, {"affiliation": "employee"}, {**good, "affiliation": ["student"]}, {}):
        assert trouble(walk(visitor(app), "jan", claims=claims)) == "not_member"


def test_an_account_that_ended_does_not_open(app, services):
    join(app, personas.COLLEAGUE, "piet")
    with services.db.writing() as session:
        account = session.get_one(Account, builders.account(services, personas.COLLEAGUE).id)
        account.active = False
    try:
        assert trouble(walk(visitor(app), "piet")) == "ended"
    finally:
        with services.db.writing() as session:
            session.get_one(Account, account.id).active = True


def test_one_person_there_is_one_account_here(app):
    join(app, personas.OWNER, "jan")
    other = visitor(app, personas.COLLEAGUE)
    answer = walk(other, "jan", begin=other.post("/mijn-account/organisatie"))
    assert answer.location == "/mijn-account"
    page = other.get("/mijn-account").get_data(as_text=True)
    assert "al gekoppeld aan een ander account" in page
    assert "Koppelen aan uw organisatie" in page


def test_a_provider_that_is_away_is_told_in_dutch_and_the_password_still_works(app, services, provider):
    provider.stop()
    services.providers.__init__()
    try:
        answer = visitor(app).post("/aanmelden/organisatie", {"email": ADDRESS})
        assert answer.status_code == 400
        assert "antwoordt niet" in answer.get_data(as_text=True)
        someone = visitor(app)
        entered = someone.post("/aanmelden", {"email": personas.OWNER, "password": PASSWORD})
        assert entered.location.startswith("/aanmelden/tweede-stap")
    finally:
        provider.start()


def test_where_it_is_demanded_a_password_opens_nothing_for_who_is_joined_but_for_administrators(
    app, services, school, provider
):
    set_up(services, school, terms(provider, required=True))
    someone = visitor(app)
    entered = someone.post("/aanmelden", {"email": personas.OWNER, "password": PASSWORD})
    assert entered.status_code == 303  # not joined yet: nobody is shut out
    joined = join(app, personas.OWNER, "jan")
    refused = visitor(app).post("/aanmelden", {"email": personas.OWNER, "password": PASSWORD})
    assert refused.status_code == 400
    assert "Uw organisatie vraagt" in refused.get_data(as_text=True)
    wrong = visitor(app).post("/aanmelden", {"email": personas.OWNER, "password": "iets anders"})
    assert "klopt niet" in wrong.get_data(as_text=True)
    joined.post("/mijn-account/organisatie/verwijderen")
    with services.db.reading() as session:
        assert session.scalars(select(SignOnLink)).all() != []  # nobody frees themselves of it
    connections.end(services, context(services, personas.ADMINISTRATOR), school, links=False)
    again = visitor(app).post("/aanmelden", {"email": personas.OWNER, "password": PASSWORD})
    assert again.status_code == 303


def test_an_invitation_is_used_by_signing_in_at_the_organisation_without_a_password(app, services, school, provider):
    set_up(services, school, terms(provider, strong=(oidc.STRONG,)))
    from gateway.accounts import invitations
    from gateway.accounts.rules import Person
    from gateway.context import Role

    person = Person(name="Nieuwe Collega", email="nieuw@demo.example")
    who = context(services, personas.ADMINISTRATOR)
    token = invitations.invite(services, who, organisation_id=school, role=Role.SCHOOL_STAFF, person=person)
    someone = visitor(app)
    assert "Aanmelden met uw organisatie" in someone.get(f"/uitnodiging/{token}").get_data(as_text=True)
    answer = walk(someone, "nieuw", begin=someone.post(f"/uitnodiging/{token}/organisatie"), acr=oidc.STRONG)
    assert answer.location.startswith("/mijn-account/app")  # a second step of one's own is set up first
    assert someone.get(f"/uitnodiging/{token}").status_code == 404
    assert walk(visitor(app), "nieuw").status_code == 303
    for password in ("!", "", "een lang wachtwoord"):
        assert visitor(app).post("/aanmelden", {"email": person.email, "password": password}).status_code == 400


def test_it_is_set_up_by_the_pages_and_tried_in_plain_dutch(app, services, school, provider):
    connections.end(services, context(services, personas.ADMINISTRATOR), school, links=True)
    place = f"/inrichting/organisatie/{school}/aanmelden"
    admin, officer = visitor(app, personas.ADMINISTRATOR), visitor(app, personas.OFFICER)
    form = {
        "issuer": provider.issuer,
        "client": "poort",
        "secret": "fout",
        "domains": "school.example @leerplein.example",
    }
    assert admin.post(f"{place}/voorstel", form).status_code == 303
    tried = admin.post(f"{place}/proberen").get_data(as_text=True)
    assert "antwoordt en noemt hetzelfde adres" in tried
    assert "het geheim klopt niet" in tried
    assert admin.post(f"{place}/intrekken").status_code == 303
    assert admin.post(f"{place}/voorstel", {**form, "secret": oidc.SECRET}).status_code == 303
    tried = admin.post(f"{place}/proberen").get_data(as_text=True)
    for good in ("het geheim klopt.", "kent PKCE", "wordt ook hier afgemeld"):
        assert good in tried
    assert oidc.SECRET not in tried + admin.get(place).get_data(as_text=True)
    assert visitor(app).post("/aanmelden/organisatie", {"email": ADDRESS}).status_code == 400  # not yet
    desk = officer.get("/aandacht/organisatie-aanmelden").get_data(as_text=True)
    assert provider.issuer in desk
    address = re.search(r'action="(/aandacht/organisatie-aanmelden/\w+/goedkeuren)"', desk).group(1)
    assert officer.post(address).status_code == 303
    assert "Verder" in visitor(app).post("/aanmelden/organisatie", {"email": ADDRESS}).get_data(as_text=True)
    assert admin.get(f"{place}/uitzetten").status_code == 200
    assert admin.post(f"{place}/uitzetten").status_code == 303
    assert visitor(app).post("/aanmelden/organisatie", {"email": ADDRESS}).status_code == 400
