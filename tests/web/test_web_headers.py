"""What every answer carries, whoever asks for whatever, and what no page contains (issue 2, Web hardening)."""

from __future__ import annotations

import re

import pytest

from gateway.app import create_app
from tests import personas
from tests.builders import demo_installation
from tests.personas import visitor
from tests.web import matrix, matrix_world

EXTERNAL = re.compile(
    r"""(?:href|src|action|srcset|poster|data|content)\s*=\s*["']?\s*(?:[a-z]+:)?//|url\(\s*["']?(?:https?:)?//""",
    re.IGNORECASE,
)
INLINE = re.compile(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son[a-z]+=|javascript:", re.IGNORECASE)
WHOLE = "/controle"  # saved to disk it works offline: it holds its own script and style, let in by their hashes alone


@pytest.fixture(scope="module")
def world(services):
    return matrix_world.build_world(services)


@pytest.fixture(scope="module")
def browsers(app, world):
    names = ("owner", "swv", "partner", "guardian", "officer", "admin", "expert", "anonymous")
    return {name: matrix.browser(app, name, number) for number, name in enumerate(names, start=1)}


@pytest.fixture(scope="module")
def answers(app, world, browsers):
    """One answer of each route that can be read, by each kind of person: pages, refusals and errors alike."""
    found = {}
    for rule in app.url_map.iter_rules():
        for thing in matrix.TABLE.get(rule.rule, {}).get("GET", {}) if "GET" in rule.methods else ():
            if rule.endpoint == "static":
                continue
            parameters = world.parameters(rule.rule, thing)
            path = rule.build({name: parameters[name] for name in rule.arguments})[1]
            for name, someone in browsers.items():
                found[name, path] = someone.ask("GET", path)
                found[name, path].get_data()  # a streamed list lets go of its request at its end
    for name, someone in browsers.items():
        found[name, "POST without token"] = someone.client.post("/taal")
        found[name, "unknown method"] = someone.ask("DELETE", "/over")
    return found


def test_every_answer_carries_the_same_strict_headers(answers):
    for case, answer in answers.items():
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy, case
        assert "unsafe" not in policy, case
        assert "frame-ancestors 'none'" in policy or "sandbox" in policy, case
        assert answer.headers["X-Content-Type-Options"] == "nosniff", case
        assert answer.headers["X-Frame-Options"] == "DENY", case
        assert answer.headers["Referrer-Policy"] == "same-origin", case
        assert answer.headers["Cache-Control"] == "no-store", case
        assert answer.headers["Cross-Origin-Opener-Policy"] == "same-origin", case
        assert "camera=()" in answer.headers["Permissions-Policy"], case
        assert "Server" not in answer.headers or "Python" not in answer.headers["Server"], case


def test_no_answer_is_an_error_of_ours(answers):
    assert {case: answer.status_code for case, answer in answers.items() if answer.status_code >= 500} == {}


def test_no_page_refers_to_another_place_or_carries_code_or_style_of_its_own(answers):
    for case, answer in answers.items():
        if answer.mimetype == "text/html":
            page = answer.get_data(as_text=True).replace(
                '"http://localhost/', '"/'
            )  # our own address, for what is kept
            assert not EXTERNAL.search(page), (case, EXTERNAL.search(page))
            if case[1].partition("?")[0] == WHOLE:
                policy = answer.headers["Content-Security-Policy"]
                assert re.search(r"script-src 'sha256-[^' ]+'; style-src 'sha256-[^' ]+';", policy), case
            else:
                assert not INLINE.search(page), (case, INLINE.search(page))


def test_the_build_refers_to_nothing_outside_itself(app):
    client = app.test_client()
    for name in ("dossierpoort.css", "dossierpoort.js"):
        answer = client.get(f"/static/build/{name}")
        text = answer.get_data(as_text=True)
        assert not re.search(
            r"url\(\s*[\"']?(?:https?:)?//|@import|import\s*\(?[\"']https?:|fetch\([\"']https?:", text
        ), name


def test_every_form_that_writes_carries_a_token(answers):
    for case, answer in answers.items():
        if answer.mimetype == "text/html":
            for form in re.findall(r"<form\b.*?</form>", answer.get_data(as_text=True), re.DOTALL | re.IGNORECASE):
                if re.search(r'method="?post', form, re.IGNORECASE):
                    assert 'name="csrf_token"' in form, (case, form[:200])


@pytest.mark.parametrize(
    "host", ["evil.example", "localhost.evil.example", "evil.example:80", "localhost@evil.example"]
)
@pytest.mark.parametrize(
    "path", ["/aanmelden", "/wachtwoord-vergeten", "/over", "/static/build/dossierpoort.css", "/bestaat-niet"]
)
def test_a_host_that_is_not_ours_gets_no_page(app, host, path):
    answer = app.test_client().get(path, headers={"Host": host})
    assert answer.status_code == 400
    assert "evil.example" not in answer.get_data(as_text=True)
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_forwarded_headers_are_believed_only_behind_a_known_proxy(app):
    someone = visitor(app)
    answer = someone.get("/aanmelden", headers={"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https"})
    assert answer.status_code == 200
    assert "evil.example" not in answer.get_data(as_text=True)


def test_an_invitation_link_is_made_of_our_address_and_not_of_what_the_request_says(app):
    boss = visitor(app, personas.ADMINISTRATOR)
    page = boss.get("/inrichting/uitnodigen").get_data(as_text=True)
    organisation = re.search(
        r'<option[^>]*value="([0-9a-f]{32})"[^>]*>Samenwerkingsverband Voorbeeldstreek', page
    ).group(1)
    token = boss.token()
    boss.client.set_cookie("dossierpoort", boss.client.get_cookie("dossierpoort").value, domain="127.0.0.1")
    answer = boss.client.post(
        "/inrichting/uitnodigen",
        data={
            "csrf_token": token,
            "organisation_id": organisation,
            "role": "swv_staff",
            "name": "Lies Link",
            "email": "lies@demo.example",
        },
        headers={"Host": "127.0.0.1"},
    )
    assert answer.status_code == 303
    mailed = app.test_client().get("/demo/postvak-uit").get_data(as_text=True)
    assert 'href="/uitnodiging/' in mailed, "the address before it is that of the settings, never of the request"
    assert "127.0.0.1" not in mailed


def test_over_tls_the_browser_is_told_to_stay_there(tmp_path):
    with demo_installation(tmp_path, base_url="https://poort.example") as services:
        client = create_app(services).test_client()
        for path in ("/over", "/bestaat-niet", "/static/build/favicon.svg"):
            answer = client.get(path, base_url="https://poort.example")
            assert "max-age=63072000" in answer.headers["Strict-Transport-Security"], path
            answer.close()


def test_a_refusal_for_a_script_tells_no_more_than_the_page(app, world, browsers):
    wants = {"Accept": "application/json", "X-Requested-With": "XMLHttpRequest"}
    mine = world.things["submitted"]["dossier_id"]
    theirs = browsers["guardian"].client.get(f"/dossiers/{mine}", headers=wants)
    nothing = browsers["guardian"].client.get(f"/dossiers/{'0' * 32}", headers=wants)
    assert theirs.status_code == nothing.status_code == 404
    assert theirs.get_data() == nothing.get_data()


@pytest.mark.parametrize(
    "path",
    ["/lezing/{reading}/99999999999999999999999", "/lezing/{reading}/999", "/dossiers?pagina=99999999999999999999", "/dossiers?pagina=-1",
     "/dossiers?pagina=x", "/dossiers?zoek=%00", "/dossiers?zoek=" + "x" * 5000, "/dossiers?staat=%F0%9F%98%80", "/dossiers/%00", "/dossiers/" + "a" * 5000],
)  # fmt: skip
def test_an_odd_address_of_a_reader_is_no_error_of_ours(browsers, world, path):
    answer = browsers["swv"].client.get(path.format(reading=world.things["reading_of_swv"]["reading_id"]))
    assert answer.status_code in {200, 400, 404}, answer.status_code


@pytest.mark.parametrize(
    "query",
    [
        "voor=x",
        "voor=%00",
        "van=gisteren",
        "van=0001-01-01",
        "tot=9999-12-31",
        "dossier=%00",
        "wie=" + "x" * 500,
        "wat=bestaat-niet",
        "van=2026-02-30",
    ],
)
def test_an_odd_filter_of_the_officer_is_no_error_of_ours(browsers, query):
    for route in ("/logboek", "/logboek/lijst.csv"):
        answer = browsers["officer"].client.get(f"{route}?{query}")
        assert answer.status_code in {200, 400, 404}, (route, answer.status_code)
        answer.get_data()


@pytest.mark.parametrize("event", ["x", "0" * 32, "%00", "lijst.csv%00", "a" * 3000])
def test_an_odd_event_does_not_exist(browsers, event):
    assert browsers["officer"].client.get(f"/logboek/{event}").status_code == 404
