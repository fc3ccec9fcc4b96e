"""Nothing is written without the token of one's own page, and a refused upload leaves nothing behind (issue 2)."""

from __future__ import annotations

import re
import socket
import tempfile
import threading
from pathlib import Path

import pytest
from werkzeug.serving import make_server

from tests import personas
from tests.attack.test_attacks import everything_but_the_log
from tests.personas import visitor
from tests.web import matrix, matrix_world
from tests.web.matrix import ANONYMOUS, TABLE, address, content

SIGNED_DOORS = ["/lijn/<slug>"]
"""Open doors where another gateway posts, which has no page of ours and so no token: a package is taken on its OpenPGP
signature and on nothing else. `tests/web/test_peers_door.py` posts there what nobody signed, or another than a partner."""
WRITES = [rule for rule, methods in TABLE.items() if "POST" in methods and rule not in SIGNED_DOORS]
ASKED_FIRST = [
    "/verstrekkingen/<verstrekking_id>/sluiten",  # GET is the page that says what closing stops
    "/dossiers/<dossier_id>/uitstel/<hold_id>/opnieuw",  # GET is the form that asks who looks again, and when
]
UPLOADS = [rule for rule in WRITES if rule.endswith(("/toevoegen", "/nieuwe-versie"))]


@pytest.fixture(scope="module")
def world(services):
    return matrix_world.build_world(services)


@pytest.fixture(scope="module")
def browsers(app, world):
    return {name: matrix.browser(app, name, number) for number, name in enumerate(matrix.PERSONAS, start=1)}


def of_someone_allowed(app, world, rule):
    """A path of this route, and someone who may."""
    thing, who = next((thing, who) for thing, who in TABLE[rule]["POST"].items() if who)
    persona = ANONYMOUS if ANONYMOUS in who else min(who)
    return address(app, rule, world.parameters(rule, thing)), persona


def body_for(rule, token):
    fields = {} if token is None else {"csrf_token": token}
    if rule in UPLOADS:
        import io

        fields["file"] = (io.BytesIO(b"Verzonnen verslag.\n" * 9), "verslag.txt")
        return {"data": fields, "content_type": "multipart/form-data"}
    return {"data": fields}


@pytest.mark.parametrize("rule", WRITES)
def test_without_a_good_token_nothing_changes_whoever_asks(app, services, world, browsers, rule):
    path, persona = of_someone_allowed(app, world, rule)
    someone, stranger = browsers[persona], browsers["t2_school"]
    before, stored = content(services), objects(services)
    for token in (None, "", "x", someone.token[:-3] + "abc", someone.token + "A", stranger.token):
        answer = someone.client.post(path, **body_for(rule, token))
        assert answer.status_code == 400, (rule, persona, token)
    assert content(services) == before
    assert objects(services) == stored


@pytest.mark.parametrize("rule", SIGNED_DOORS)
@pytest.mark.parametrize("persona", matrix.PERSONAS)
def test_at_a_door_for_signed_packages_a_session_with_a_good_token_counts_for_nothing(
    app, services, world, browsers, rule, persona
):
    path = address(app, rule, world.parameters(rule, next(iter(TABLE[rule]["POST"]))))
    before, stored = content(services), objects(services)
    token = browsers[persona].token
    for headers in ({}, {"X-CSRFToken": token}):
        assert browsers[persona].client.post(path, **body_for(rule, token), headers=headers).status_code == 404
    assert content(services) == before
    assert objects(services) == stored


@pytest.mark.parametrize("rule", UPLOADS)
def test_a_bad_token_in_the_header_of_the_script_is_not_mended_by_a_good_one_in_the_form(
    app, services, world, browsers, rule
):
    path, persona = of_someone_allowed(app, world, rule)
    before = content(services)
    answer = browsers[persona].client.post(
        path, **body_for(rule, browsers[persona].token), headers={"X-CSRFToken": "x"}
    )
    assert answer.status_code == 400
    assert content(services) == before


def test_a_token_in_the_address_counts_for_nothing(app, browsers, world):
    path, persona = of_someone_allowed(app, world, "/dossiers/<dossier_id>/indienen")
    assert browsers[persona].client.post(f"{path}?csrf_token={browsers[persona].token}").status_code == 400


def test_an_act_by_get_does_not_exist(app):
    """Links and images send GET with the cookie: it must not act. All acts are POST only."""
    for rule in app.url_map.iter_rules():
        last = rule.rule.rsplit("/", 1)[-1]
        if rule.rule not in ASKED_FIRST and last in {
            "indienen",
            "downloaden",
            "sluiten",
            "bevestigen",
            "afmelden",
            "taal",
            "opnieuw",
            "dubbel-afgehandeld",
        }:
            assert "GET" not in rule.methods, rule.rule


@pytest.mark.parametrize("rule", ASKED_FIRST)
def test_the_page_that_asks_first_changes_nothing(app, services, world, browsers, rule):
    thing, who = next((thing, who) for thing, who in TABLE[rule]["GET"].items() if who)
    path = address(app, rule, world.parameters(rule, thing))
    before = everything_but_the_log(services)
    assert browsers[min(who)].client.get(path).status_code == 200
    assert everything_but_the_log(services) == before


def objects(services):
    root = services.settings.object_dir
    return {path: path.stat().st_size for path in root.rglob("*") if path.is_file()}


# --- a refused upload over a real socket -----------------------------------------------------------------------------


@pytest.fixture
def server(app, tmp_path, monkeypatch):
    """The portal behind a real socket, with a temporary directory of its own on a disk."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)
    running = make_server("localhost", 0, app, threaded=True)
    thread = threading.Thread(target=running.serve_forever)
    thread.start()
    yield running
    running.shutdown()
    thread.join()
    running.server_close()


def temporary(tmp_path):
    """Files in the temporary directory, also those without a name that only a descriptor still holds."""
    held = set()
    for descriptor in Path("/proc/self/fd").iterdir():
        try:
            target = str(descriptor.readlink())
        except OSError:
            continue
        if target.startswith((str(tmp_path), f"{tempfile.gettempdir()}/")):
            held.add(target)
    return held | {str(path) for path in tmp_path.iterdir()}


def post_slowly(server, path, cookie, before, after, size, watch):
    """Send a multipart form with a file of `size` bytes in pieces, and look around between the pieces."""
    line = "----grens"
    file = (
        f'--{line}\r\nContent-Disposition: form-data; name="file"; filename="v.txt"\r\nContent-Type: text/plain\r\n\r\n'
    )
    head = "".join(f'--{line}\r\nContent-Disposition: form-data; name="{k}"\r\n\r\n{v}\r\n' for k, v in before) + file
    tail = "\r\n" + "".join(f'--{line}\r\nContent-Disposition: form-data; name="{k}"\r\n\r\n{v}\r\n' for k, v in after)
    tail += f"--{line}--\r\n"
    request = (
        f"POST {path} HTTP/1.1\r\nHost: localhost\r\nCookie: dossierpoort={cookie}\r\nConnection: close\r\n"
        f"Content-Type: multipart/form-data; boundary={line}\r\nContent-Length: {len(head) + size + len(tail)}\r\n\r\n"
    )
    seen = set()
    with socket.create_connection(("localhost", server.server_port), timeout=3) as link:
        try:
            link.sendall((request + head).encode())
            for _ in range(size // 50_000):
                link.sendall(b"GEHEIM van een kind. "[:20] * 2500)
                seen |= watch()
            link.sendall(tail.encode())
        except (BrokenPipeError, ConnectionResetError, TimeoutError):
            pass  # refused before the end: so much the better
        answer = b""
        try:
            while chunk := link.recv(65536):
                answer += chunk
        except (ConnectionResetError, TimeoutError):
            pass
    return answer, seen | watch()


@pytest.mark.parametrize(
    ("before", "after"),
    [([("csrf_token", "verkeerd")], []), ([], []), ([], [("csrf_token", "GOOD")])],
    ids=["wrong token", "no token", "good token after the file"],
)
def test_an_upload_without_script_and_without_proof_touches_neither_a_file_nor_the_storage(
    services, world, browsers, server, tmp_path, before, after
):
    someone, path = browsers["owner"], f"/dossiers/{world.things['draft']['dossier_id']}/toevoegen"
    cookie = someone.client.get_cookie("dossierpoort").value
    after = [(name, someone.token) for name, _ in after]
    stored, rows = objects(services), content(services)
    answer, seen = post_slowly(server, path, cookie, before, after, 5_000_000, lambda: temporary(tmp_path))
    assert not answer or answer.startswith(b"HTTP/1.1 400"), answer[:200]
    assert seen == set()
    assert objects(services) == stored
    assert content(services) == rows


def test_a_good_upload_without_script_touches_no_temporary_file_either(services, world, browsers, server, tmp_path):
    someone, path = browsers["owner"], f"/dossiers/{world.things['draft']['dossier_id']}/toevoegen"
    cookie = someone.client.get_cookie("dossierpoort").value
    stored = objects(services)
    answer, seen = post_slowly(
        server, path, cookie, [("csrf_token", someone.token)], [], 5_000_000, lambda: temporary(tmp_path)
    )
    assert re.match(rb"HTTP/1.1 303", answer), answer[:300]
    assert seen == set()
    assert len(objects(services)) == len(stored) + 1


@pytest.mark.parametrize("path", ["/dossiers/nieuw", "/aanmelden", "/taal"])
def test_a_file_sent_to_another_form_is_not_spooled_to_a_disk(app, server, tmp_path, path):
    someone = visitor(app, personas.OWNER)
    token, cookie = someone.token(), someone.client.get_cookie("dossierpoort").value
    answer, seen = post_slowly(server, path, cookie, [("csrf_token", token)], [], 900_000, lambda: temporary(tmp_path))
    assert answer.startswith((b"HTTP/1.1 400", b"HTTP/1.1 303")), answer[:200]
    assert seen == set()


def test_someone_elses_dossier_is_refused_before_a_byte_of_the_file_is_read(app, services, world, browsers):
    class Unreadable:
        """A body that may not be read."""

        def read(self, *_):
            raise AssertionError("the body was read")

        readline = readinto = read

    for rule in UPLOADS:
        for persona in ("other_school", "t2_school", "swv", "guardian", "officer", ANONYMOUS):
            answer = browsers[persona].client.open(
                address(app, rule, world.parameters(rule, "submitted")),
                method="POST",
                environ_overrides={
                    "wsgi.input": Unreadable(),
                    "CONTENT_LENGTH": "5000000",
                    "CONTENT_TYPE": "multipart/form-data; boundary=x",
                },
                headers={"X-CSRFToken": browsers[persona].token},
            )
            assert answer.status_code == (303 if persona == ANONYMOUS else 404), (rule, persona)
