"""A call to a witness goes where it may, over a trusted line, within its time, for a small answer. Source: issue 5."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
import time
from typing import TYPE_CHECKING

import pytest

from gateway import calling
from gateway.witness.asking import judge
from gateway.witness.calling import CallError, Reply, may_be_called, parse_address, post
from tests.services.s3 import make_certificates

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    "url",
    [
        "http://partner.example/getuige",
        "ftp://partner.example",
        "partner.example",
        "",
        "https://",
        "https://user:secret@partner.example",
        "https://partner.example/?x=1",
        "https://partner.example/#x",
        "https://partner.example:99999/",
        "https://partner.example/a b",
        "https://partner.example/\r\nHost: x",
        "https://pärtner.example/",
        "file:///etc/passwd",
    ],
)
def test_an_address_that_is_not_plain_https_is_refused(url):
    with pytest.raises(CallError) as refused:
        parse_address(url)
    assert refused.value.code == "address"


def test_an_address_is_taken_apart():
    found = parse_address("https://Partner.example:8443/getuige/")
    assert (found.host, found.port, found.path) == ("partner.example", 8443, "/getuige")


@pytest.mark.parametrize(
    ("address", "public", "private"),
    [
        ("8.8.8.8", True, True),
        ("2a00:1450::1", True, True),
        ("10.0.0.1", False, True),
        ("192.168.1.1", False, True),
        ("127.0.0.1", False, True),
        ("::1", False, True),
        ("fd00::1", False, True),
        ("::ffff:10.0.0.1", False, True),
        ("::ffff:169.254.169.254", False, False),
        ("169.254.169.254", False, False),
        ("fe80::1%eth0", False, False),
        ("0.0.0.0", False, False),
        ("::", False, False),
        ("224.0.0.1", False, False),
        ("240.0.0.1", False, False),
        ("100.64.0.1", False, False),
    ],
)
def test_only_public_addresses_are_called_and_private_ones_when_that_is_set(address, public, private):
    assert (may_be_called(address, private=False), may_be_called(address, private=True)) == (public, private)


def test_a_name_that_leads_inside_is_not_called_even_among_others(monkeypatch):
    found = [(0, 0, 0, "", ("8.8.8.8", 443)), (0, 0, 0, "", ("169.254.169.254", 443))]
    monkeypatch.setattr(calling.socket, "getaddrinfo", lambda *_, **__: found)
    with pytest.raises(CallError) as refused:
        post("https://partner.example", b"", ca_bundle="", private=True)
    assert refused.value.code == "address"


class Server:
    """A TLS server in a thread that does one odd thing to each caller."""

    def __init__(self, certificates: Path, act, *, tls: bool = True) -> None:
        self.calls = 0
        self._act, self._stop = act, threading.Event()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificates / "server.pem", certificates / "server.key")
        self._context = context if tls else None
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"https://localhost:{self._listener.getsockname()[1]}"
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(10)

    def _serve(self):
        with contextlib.suppress(OSError):
            while True:
                line = self._listener.accept()[0]
                self.calls += 1
                with contextlib.suppress(OSError, ssl.SSLError), contextlib.closing(line):
                    if self._context is None:
                        self._stop.wait(10)
                        return
                    with self._context.wrap_socket(line, server_side=True) as secure:
                        asked = b""
                        while not asked.endswith(b"\r\n\r\nx"):  # all of it, or closing would reset the line
                            asked += secure.recv(65536)
                        self._act(secure, self._stop)


def drip(line, stop):
    line.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 10000\r\n\r\n")
    while not stop.wait(0.1):
        line.sendall(b"x")


def drip_and_close(line, stop):
    """As a server answers who asks to close: the line is then let go of, and the answer alone still reads from it."""
    line.sendall(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
    while not stop.wait(0.1):
        line.sendall(b"x")


def drip_head(line, stop):
    line.sendall(b"HTTP/1.1 200 OK\r\nX-Slow: ")
    while not stop.wait(0.1):
        line.sendall(b"x")


def flood(line, _stop):
    line.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 900000\r\n\r\n" + b"x" * 900_000)


def nonsense(line, _stop):
    line.sendall(b"\x00\x01 no http\r\n\r\n")


def redirect(line, _stop):
    line.sendall(b"HTTP/1.1 302 Found\r\nLocation: https://localhost/elsewhere\r\nContent-Length: 0\r\n\r\n")


@pytest.fixture(scope="module")
def certificates(tmp_path_factory):
    made = tmp_path_factory.mktemp("tls")
    make_certificates(made)
    return made


@pytest.mark.parametrize("act", [drip, drip_and_close, drip_head, flood, nonsense, None])
def test_a_server_that_hangs_or_floods_is_given_up_in_time(certificates, act):
    with Server(certificates, act, tls=act is not None) as server:
        started = time.monotonic()
        with pytest.raises(CallError) as refused:
            post(server.url, b"x", ca_bundle=str(certificates / "ca.pem"), private=True, seconds=1)
        assert refused.value.code == "silent"
        assert time.monotonic() - started < 6


def test_a_redirect_is_an_answer_and_not_followed(certificates):
    with Server(certificates, redirect) as server:
        reply = post(server.url, b"x", ca_bundle=str(certificates / "ca.pem"), private=True)
        assert (reply.status, server.calls) == (302, 1)
        assert judge(reply, old=0, size=1) == ("answer", None)


def test_a_certificate_authority_that_is_not_there_is_told(certificates):
    with pytest.raises(CallError) as refused:
        post("https://localhost:1", b"", ca_bundle=str(certificates / "none.pem"), private=True)
    assert refused.value.code == "certificate"


@pytest.mark.parametrize(
    ("status", "text", "old", "size", "expected"),
    [
        (200, "line", 3, 5, ("", None)),
        (409, "4\n", 3, 5, ("", 4)),
        (409, "5\n", 5, 5, ("fork", 5)),
        (409, "5\n", 3, 5, ("", 5)),
        (409, "x\n", 3, 5, ("answer", None)),
        (409, "9" * 400, 3, 5, ("answer", None)),
        (409, "-1\n", 3, 5, ("answer", None)),
        (422, "", 3, 5, ("proof", None)),
        (404, "", 3, 5, ("unknown", None)),
        (403, "", 3, 5, ("key", None)),
        (503, "", 3, 5, ("answer", None)),
    ],
)
def test_what_an_answer_means(status, text, old, size, expected):
    media_type = "text/x.tlog.size" if status == 409 else "text/plain"
    assert judge(Reply(status=status, media_type=media_type, text=text), old=old, size=size) == expected
    if status == 409:
        page = Reply(status=409, media_type="text/html", text=text)
        assert judge(page, old=old, size=size) == ("answer", None)
