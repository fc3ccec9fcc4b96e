"""The edge: whose headers are believed, which hosts are answered, what a browser is told (issue 6, Network edge)."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from gateway.app import create_app
from gateway.config import ConfigurationError, load
from tests import personas
from tests.personas import visitor

TEMPLATES = Path(__file__).resolve().parent.parent.parent / "templates"
REMOTE = "203.0.113.9"
FORGED = {
    "X-Forwarded-For": "198.51.100.1", "X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https",
    "X-Forwarded-Prefix": "/evil", "X-Forwarded-Port": "666", "Forwarded": "for=198.51.100.1;host=evil.example",
    "X-Real-IP": "198.51.100.1", "X-Original-URL": "/logboek", "X-Rewrite-URL": "/logboek", "X-HTTP-Method-Override": "DELETE",
}  # fmt: skip


@pytest.fixture(scope="module")
def portal(services):
    """An application with other settings around the same services."""

    def made(**changes):
        return create_app(replace(services, settings=replace(services.settings, **changes)))

    return made


def seen_by(app, *, remote, headers):
    """The address, host and scheme that the application sees of a request."""
    found = {}

    def look():
        from flask import request

        found.update(address=request.remote_addr, host=request.host, scheme=request.scheme, root=request.script_root)

    app.before_request_funcs.setdefault(None, []).append(look)
    answer = app.test_client().get("/over", headers=headers, environ_base={"REMOTE_ADDR": remote})
    return answer, found


@pytest.mark.parametrize(("proxies", "remote"), [(0, "127.0.0.1"), (0, REMOTE), (1, REMOTE), (1, "rubbish")])
def test_forwarded_headers_of_anyone_but_the_named_proxy_are_not_believed(portal, proxies, remote):
    answer, seen = seen_by(portal(trusted_proxies=proxies), remote=remote, headers=FORGED)
    assert answer.status_code == 200
    assert seen == {"address": remote, "host": "localhost", "scheme": "http", "root": ""}
    assert "evil" not in answer.get_data(as_text=True) + str(answer.headers)


def test_of_the_proxy_only_its_own_word_counts_and_not_what_a_visitor_put_before_it(portal):
    app = portal(trusted_proxies=1, base_url="https://poort.example")
    headers = {
        "X-Forwarded-For": "198.51.100.1, 192.0.2.44",
        "X-Forwarded-Proto": "https",
        "X-Forwarded-Host": "poort.example",
    }
    _, seen = seen_by(app, remote="127.0.0.1", headers={**headers, "Host": "127.0.0.1"})
    assert seen == {"address": "192.0.2.44", "host": "poort.example", "scheme": "https", "root": ""}
    answer, _ = seen_by(app, remote="127.0.0.1", headers={**headers, "X-Forwarded-Host": "evil.example"})
    assert answer.status_code == 400, "the proxy passes on what the visitor typed"


@pytest.mark.parametrize(
    "host", ["evil.example", "poort.example.evil.example", "127.0.0.1", "localhost", "", "poort.example@evil.example"]
)
@pytest.mark.parametrize(
    "path", ["/aanmelden", "/.well-known/security.txt", "/static/build/favicon.svg", "/bestaat-niet"]
)
def test_a_real_portal_answers_to_its_own_name_alone_with_a_dutch_sentence(portal, host, path):
    answer = portal(base_url="https://poort.example").test_client().get(path, headers={"Host": host})
    assert answer.status_code == 400
    assert "kent dit adres niet" in answer.get_data(as_text=True)
    assert "nonce" in answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize("host", ["10.1.2.3", "10.1.2.3:8080", "evil.example", "poort.example"])
def test_a_load_balancer_that_asks_by_address_hears_whether_we_live_and_nothing_else(portal, host):
    client = portal(base_url="https://poort.example").test_client()
    assert client.get("/healthz", headers={"Host": host}).get_json() == {"ok": True}
    ready = client.get("/readyz", headers={"Host": host})
    assert ready.status_code in {200, 503}
    assert set(ready.get_json()) <= {"ok", "database", "worker"}


def test_security_txt_is_there_while_its_contact_holds_and_gone_after(portal, clock, services):
    answer = portal(base_url="https://poort.example").test_client().get(
        "/.well-known/security.txt", base_url="https://poort.example"
    )  # fmt: skip
    assert answer.mimetype == "text/plain"
    assert answer.get_data(as_text=True).splitlines() == [
        "Contact: mailto:melden@demo.example",
        "Expires: 2027-06-30T23:59:59Z",
        "Preferred-Languages: nl, en",
        "Canonical: https://poort.example/.well-known/security.txt",
    ]
    for changes in ({"security_contact": ""}, {"security_expires": "2026-11-22"}):
        assert portal(**changes).test_client().get("/.well-known/security.txt").status_code == 404


@pytest.mark.parametrize("changes", [
    {"PROXY_NETWORKS": "everyone"}, {"TRUSTED_PROXIES": "-1"}, {"SECURITY_CONTACT": "melden@demo.example", "SECURITY_EXPIRES": "2027-01-01"},
    {"SECURITY_CONTACT": "mailto:a@b.example\nContact: mailto:evil@evil.example", "SECURITY_EXPIRES": "2027-01-01"},
    {"SECURITY_CONTACT": "mailto:a@b.example", "SECURITY_EXPIRES": "ooit"}, {"SECURITY_CONTACT": "mailto:a@b.example"},
])  # fmt: skip
def test_a_wrong_setting_of_the_edge_stops_the_start(changes):
    secrets = {"DOSSIERPOORT_ROOT_SECRET": "a" * 64, "DOSSIERPOORT_COOKIE_SECRET": "b" * 64}
    with pytest.raises(ConfigurationError):
        load({**secrets, **{f"DOSSIERPOORT_{name}": value for name, value in changes.items()}})


def test_each_answer_has_a_nonce_of_its_own_and_every_script_carries_it(app):
    someone, nonces = visitor(app, personas.OWNER), set()
    for path in ("/dossiers", "/dossiers", "/over", "/bestaat-niet"):
        answer = someone.get(path)
        nonce = re.search(r"script-src 'nonce-([\w-]{20,})'", answer.headers["Content-Security-Policy"]).group(1)
        assert nonce not in nonces
        nonces.add(nonce)
        scripts = re.findall(r"<script[^>]*>", answer.get_data(as_text=True))
        assert scripts
        assert all(f'nonce="{nonce}"' in script for script in scripts)
        assert "require-trusted-types-for 'script'" in answer.headers["Content-Security-Policy"]


def test_no_template_has_a_script_without_a_nonce():
    """The page that checks receipts is let in by hash instead: saved to a disk it works too."""
    for template in TEMPLATES.rglob("*.html"):
        if template.name != "check.html":
            for script in re.findall(r"<script[^>]*>", template.read_text(encoding="utf-8")):
                assert "csp_nonce" in script, template


@pytest.mark.parametrize("address", [
    "//evil.example", "/\\evil.example", "https://evil.example", "/\tevil", "/%09/evil.example", "\\\\evil.example", "/\n//evil.example",
    "javascript:alert(1)", "/ok\r\nSet-Cookie: a=b", "///evil.example", "http:evil.example", "/.//evil.example", "@evil.example",
])  # fmt: skip
def test_after_signing_in_nobody_is_led_elsewhere(app, address):
    from gateway.demo import PASSWORD

    someone = visitor(app)
    answer = someone.post("/aanmelden", {"email": personas.EXPERT, "password": PASSWORD, "next": address})
    assert answer.status_code == 303
    assert leads_within(answer.headers["Location"]), answer.headers["Location"]
    answer = someone.post("/taal", {"lang": "nl", "next": address})
    assert leads_within(answer.headers["Location"]), answer.headers["Location"]
    assert "Set-Cookie: a=b" not in str(answer.headers)


def leads_within(location):
    """Read as a browser does: tabs and line ends are dropped, a backslash is a slash."""
    read = re.sub(r"[\t\r\n]", "", location).replace("\\", "/")
    return read.startswith("/") and not read.startswith("//")


def test_no_answer_is_kept_by_a_cache_whatever_the_address_looks_like(app):
    someone = visitor(app, personas.OWNER)
    for path in (
        "/dossiers",
        "/dossiers/x.css",
        "/dossiers;a.js",
        "/dossiers/%2e%2e/static/build/a.css",
        "/berichten?a.png",
    ):
        answer = someone.get(path, headers={"X-Forwarded-Host": "evil.example", "X-Original-URL": "/over"})
        assert answer.headers["Cache-Control"] == "no-store", path
        assert "evil.example" not in answer.get_data(as_text=True)
