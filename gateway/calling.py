"""One call to a server elsewhere: over TLS to the address that was judged, within a time, for a small answer.

Whoever chose the address (a partner, an administrator) may be wrong or mean harm: a call never becomes a way inside.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import ipaddress
import socket
import ssl
import threading
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from typing import IO, TYPE_CHECKING
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from gateway.errors import GatewayError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

SECONDS = 15.0
CONNECT_SECONDS = 5.0
MOST_ANSWER = 20_000
HTTP_PORT, HTTPS_PORT = 80, 443
LOOPBACK = ("localhost", "127.0.0.1", "::1")


class CallError(GatewayError):
    """The server could not be asked; `code` says why: address, certificate or silent."""

    def __init__(self, code: str) -> None:
        super().__init__()
        self.code = code


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What came back."""

    status: int
    media_type: str
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where a server is, taken apart; without `tls` it is on this machine."""

    host: str
    port: int
    path: str
    tls: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """Whom an installation calls: `private` allows its own network, `loopback` this machine without TLS.

    `ca_bundle` is the file of a certificate authority of one's own, or empty. `certificate` and `certificate_key` are
    the files of what we show ourselves (mutual TLS). `pin` is the SHA-256 of the one public key that the server may
    have, in hex, or empty.
    """

    ca_bundle: str = ""
    private: bool = False
    loopback: bool = False
    certificate: str = ""
    certificate_key: str = ""
    pin: str = ""


def parse_address(url: str, *, query: bool = False, loopback: bool = False) -> Address:
    """The parts of an address; `query` allows a part behind a question mark, `loopback` this machine without TLS.

    Raises:
        CallError: not https, or with a user, a fragment, or a query that may not be.
    """
    try:
        parts = urlsplit(url)
        plain = loopback and parts.scheme == "http" and parts.hostname in LOOPBACK
        port = parts.port or (HTTP_PORT if plain else HTTPS_PORT)
    except ValueError as error:
        raise CallError("address") from error
    odd = parts.username or parts.password or (parts.query and not query) or parts.fragment
    spelled = url.isascii() and url.isprintable() and not set(url) & set(' \\"<>')
    if not (parts.scheme == "https" or plain) or not parts.hostname or odd or not spelled:
        raise CallError("address")
    path = parts.path.rstrip("/") if not query else (parts.path or "/")
    return Address(
        host=parts.hostname, port=port, path=path + (f"?{parts.query}" if parts.query else ""), tls=not plain
    )


def send(
    address: Address,
    reach: Reach,
    *,
    method: str,
    body: bytes | IO[bytes] | None = None,
    headers: Mapping[str, str],
    most: int = MOST_ANSWER,
    seconds: float = SECONDS,
    patience: float = CONNECT_SECONDS,
) -> Reply:
    """Send a request and take the answer; no redirect is followed and no proxy is used.

    All of it takes at most `seconds`, and the server may be silent for `patience`.

    The name is resolved once, each address it stands for is judged, and the call goes to an address that was judged: a
    name that points elsewhere a moment later changes nothing.

    Raises:
        CallError: the address may not be called, the certificate is not trusted, or no answer came in time.
    """
    try:
        tls = _tls(reach) if address.tls else None
    except (OSError, ssl.SSLError) as error:
        raise CallError("certificate") from error
    line = _Line(address, _allowed(address, reach), tls, pin=reach.pin, patience=patience)
    with _cut_after(line, seconds):
        try:
            line.request(method, address.path, body=body, headers={**headers, "Connection": "close"})
            response = line.getresponse()
            content = response.read(most + 1)
        except ssl.SSLCertVerificationError as error:
            raise CallError("certificate") from error
        except (OSError, HTTPException, ValueError) as error:
            raise CallError("silent") from error
    if line.was_cut or len(content) > most:  # what was cut off can look like a short answer
        raise CallError("silent")
    media_type = (response.getheader("Content-Type") or "").partition(";")[0].strip().lower()
    return Reply(status=response.status, media_type=media_type, text=content.decode("utf-8", "replace"))


def _tls(reach: Reach) -> ssl.SSLContext:
    tls = ssl.create_default_context(cafile=reach.ca_bundle or None)
    if reach.certificate:
        tls.load_cert_chain(reach.certificate, reach.certificate_key or None)
    return tls


def may_be_called(address: str, *, private: bool) -> bool:
    """Whether an IP address may be called: public ones; with `private` those of one's own network too.

    Never one that leads to the machine's own surroundings (link-local, where clouds keep secrets), nor to many.
    """
    ip = ipaddress.ip_address(address.partition("%")[0])
    ip = getattr(ip, "ipv4_mapped", None) or ip
    if ip.is_link_local or ip.is_multicast or ip.is_unspecified or ip.is_reserved:
        return ip.is_loopback and private  # ::1 counts as reserved
    return ip.is_global or (private and ip.is_private)


def _allowed(address: Address, reach: Reach) -> str:
    try:
        found = socket.getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise CallError("silent") from error
    numbers = [str(entry[4][0]) for entry in found]
    if not address.tls:
        good = all(ipaddress.ip_address(number.partition("%")[0]).is_loopback for number in numbers)
    else:
        good = all(may_be_called(number, private=reach.private) for number in numbers)
    if not numbers or not good:
        raise CallError("address")
    return numbers[0]


class _Line(HTTPConnection):
    """A connection to an address that was judged, on which the certificate must be that of the name."""

    def __init__(
        self, address: Address, number: str, tls: ssl.SSLContext | None, *, pin: str = "", patience: float
    ) -> None:
        self.default_port = HTTPS_PORT if tls else HTTP_PORT
        super().__init__(address.host, address.port, timeout=CONNECT_SECONDS)
        self._number = number
        self._tls = tls
        self._pin = pin
        self._patience = patience
        self._open: socket.socket | None = None
        self.was_cut = False

    def connect(self) -> None:
        """Connect, and shake hands where the clock can cut it off."""
        plain = socket.create_connection((self._number, self.port), CONNECT_SECONDS)
        self.sock = self._open = plain
        if self.was_cut:  # the clock ran out while there was nothing to cut yet
            raise TimeoutError
        if self._tls is not None:
            secure = self._tls.wrap_socket(plain, server_hostname=self.host, do_handshake_on_connect=False)
            self.sock = self._open = secure
            secure.do_handshake()
            if self._pin and not hmac.compare_digest(_public_key(secure), self._pin):
                raise CallError("pin")
        self.sock.settimeout(self._patience)

    def cut(self) -> None:
        """End what hangs, also when http.client has let go of the line and only the answer still reads from it."""
        self.was_cut = True
        if self._open is not None:
            with contextlib.suppress(OSError):
                socket.socket.shutdown(self._open, socket.SHUT_RDWR)


def _public_key(line: ssl.SSLSocket) -> str:
    """The SHA-256 of the server's public key, in hex: it stays when the certificate is renewed with the same key."""
    certificate = x509.load_der_x509_certificate(line.getpeercert(binary_form=True) or b"")
    key = certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return hashlib.sha256(key).hexdigest()


@contextlib.contextmanager
def _cut_after(line: _Line, seconds: float) -> Iterator[None]:
    """A limit over all of the call: a server that sends a byte now and then does not hold us for ever."""
    clock = threading.Timer(seconds, line.cut)
    clock.daemon = True
    clock.start()
    try:
        yield
    finally:
        clock.cancel()
        line.close()
