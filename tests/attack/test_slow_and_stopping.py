"""The portal as a process: slow senders shut nobody out, too much is refused, stopping finishes what runs (issue 6)."""

from __future__ import annotations

import contextlib
import signal
import socket
import subprocess
import sys
import time
from http.client import HTTPConnection
from types import SimpleNamespace

import pytest

from gateway import serving
from tests import builders
from tests.personas import OWNER
from tests.portal import ROOT, Person, environment, raw_head, read_answer, serve

THREADS = 3
SLOW = 30  # ten times as many as there are threads


@pytest.fixture(scope="module")
def services(tmp_path_factory):
    with builders.demo_installation(tmp_path_factory.mktemp("slow"), base_url="http://127.0.0.1") as built:
        yield built


@pytest.fixture(scope="module")
def portal(services):
    with serve(services.settings, threads=THREADS) as running:
        yield running


def answers(portal, path="/healthz"):
    with contextlib.closing(HTTPConnection("127.0.0.1", portal.port, timeout=5)) as line:
        line.request("GET", path)
        answer = line.getresponse()
        answer.read()
        return answer.status


def test_half_heads_and_silent_lines_keep_nobody_out_and_are_ended(portal):
    with contextlib.ExitStack() as lines:
        silent = [lines.enter_context(portal.raw(b"")) for _ in range(SLOW)]
        slow = [
            lines.enter_context(portal.raw(b"GET /over HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: ")) for _ in range(SLOW)
        ]
        for number in range(5):
            for line in slow:
                line.sendall(b"x")
            started = time.monotonic()
            assert answers(portal) == 200, number
            assert time.monotonic() - started < 3
        time.sleep(serving.HEAD_SECONDS)
        for line in (*silent, *slow):
            line.settimeout(5)
            with contextlib.suppress(ConnectionResetError):
                assert line.recv(100) == b"", "a head that never comes is not waited for"
    assert answers(portal) == 200


def test_a_head_that_comes_in_pieces_is_answered(portal):
    with portal.raw(b"GET /healthz HTTP/1.1\r\nHo") as line:
        time.sleep(0.3)
        line.sendall(b"st: 127.0.0.1\r\nConnection: close\r\n")
        time.sleep(0.3)
        line.sendall(b"\r\n")
        assert read_answer(line).startswith(b"HTTP/1.1 200")


def test_two_whole_requests_on_one_line_are_both_answered(portal):
    line = HTTPConnection("127.0.0.1", portal.port, timeout=5)
    for _ in range(2):
        line.request("GET", "/healthz")
        assert line.getresponse().read() == b'{"ok":true}\n'
    line.close()


@pytest.mark.parametrize("head", [
    b"GET /" + b"a" * 9000 + b" HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n" + b"".join(b"X-%d: y\r\n" % n for n in range(500)) + b"\r\n",
    b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX: " + b"z" * 200_000 + b"\r\n\r\n",
])  # fmt: skip
def test_a_head_that_is_too_large_is_refused(portal, head):
    with portal.raw(b"") as line:
        with contextlib.suppress(OSError):
            line.sendall(head)
        answer = read_answer(line)
    assert not answer or answer.startswith(b"HTTP/1.1 4")
    assert answers(portal) == 200


@pytest.mark.parametrize("smuggled", [
    b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /logboek HTTP/1.1\r\n",
    b"Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
    b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    b"Content-Length: +3\r\n\r\nabc",
])  # fmt: skip
def test_a_request_that_can_be_read_in_two_ways_is_not_read(portal, smuggled):
    with portal.raw(b"POST /taal HTTP/1.1\r\nHost: 127.0.0.1\r\n" + smuggled) as line:
        answer = read_answer(line)
    assert answer.startswith((b"HTTP/1.1 400", b"HTTP/1.1 501")), answer[:60]
    assert answer.count(b"HTTP/1.1 ") == 1, "one request, one answer"


def test_a_form_larger_than_a_form_is_refused(portal):
    someone = Person(portal.port)
    token = someone.token("/aanmelden")
    body = f"csrf_token={token}&email={'x' * 2_000_000}"
    answer = someone.ask("POST", "/aanmelden", body, {"Content-Type": "application/x-www-form-urlencoded"})
    assert answer.status == 413


def test_a_body_that_drips_is_given_up():
    """Longer than the test can wait, so the worker's own look is taken with the clock set forward."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        conn = type("Conn", (), {"sock": ours})()
        body = SimpleNamespace(reader=SimpleNamespace(length=10))
        request = SimpleNamespace(body=body, headers=[("CONTENT-LENGTH", "1000")])
        worker = serving.Worker.__new__(serving.Worker)
        worker.pending_conns, worker._dripping, worker._waiting = [], set(), {}
        ours.settimeout(0.2)
        worker._reading = {conn: (request, time.monotonic() - serving.BODY_SECONDS + 5)}
        worker.murder_pending()
        with pytest.raises(TimeoutError):
            ours.recv(1)
        worker._reading = {conn: (request, time.monotonic() - serving.BODY_SECONDS - 5)}
        body.reader.length = 0
        worker.murder_pending()
        with pytest.raises(TimeoutError):
            ours.recv(1)  # the body is there: what takes long is our own work
        body.reader.length = 10
        worker.murder_pending()
        assert ours.recv(1) == b""


def test_a_portal_that_is_stopped_during_an_upload_finishes_it(services):
    dossier = builders.draft(services, bsn="100000009")
    with serve(services.settings, threads=THREADS) as portal:
        owner = portal.person(OWNER)
        token = owner.token(f"/dossiers/{dossier}/toevoegen")
        content = b"Verslag over een stop, half verstuurd.\n" * 20_000
        head = raw_head(owner, dossier, token=token, name="stop.txt", length=len(content))
        with portal.raw(head + content[:400_000]) as line:
            time.sleep(0.5)
            portal.process.send_signal(signal.SIGTERM)
            time.sleep(1.5)
            assert portal.process.poll() is None, "it waits for the upload"
            with pytest.raises(OSError):  # noqa: PT012 - nobody new comes in
                for _ in range(20):
                    answers(portal)
                    time.sleep(0.2)
            line.sendall(content[400_000:])
            assert b'"ok":true' in read_answer(line)
        assert portal.process.wait(20) == 0
    context = builders.context(services, OWNER)
    with services.db.reading() as session:
        from gateway.dossiers.queries import documents_of, school_dossier

        lines, _ = documents_of(services, session, context, school_dossier(session, context, dossier))
    assert [each.file_name for each in lines] == ["stop.txt"]


def test_with_pending_migrations_nothing_starts(tmp_path):
    from crypto.keyring import FileKeyring

    settings = builders.settings(tmp_path)
    FileKeyring.create(settings.keyring, settings.root_secret.encode())
    settings.data_dir.mkdir(parents=True)
    for command in (["serve", "--bind", "127.0.0.1:1"], ["worker", "--once"]):
        run = subprocess.run(
            [sys.executable, "-m", "gateway", *command], cwd=ROOT, env=environment(settings), capture_output=True,
            text=True, timeout=60, check=False,
        )  # fmt: skip
        assert run.returncode != 0, command
        assert "dossierpoort migrate" in run.stderr, command
