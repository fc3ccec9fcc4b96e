"""One call to a witness: over TLS to the address that was judged, within a time, for a small answer."""

from __future__ import annotations

import contextlib
import ipaddress
import socket
import ssl
import threading
from dataclasses import dataclass
from http.client import HTTPException, HTTPSConnection
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from gateway.errors import GatewayError

if TYPE_CHECKING:
    from collections.abc import Iterator

SECONDS = 15.0
CONNECT_SECONDS = 5.0
MOST_ANSWER = 20_000
HTTPS_PORT = 443


class CallError(GatewayError):
    """The witness could not be asked; `code` says why: address, certificate or silent."""

    def __init__(self, code: str) -> None:
        super().__init__()
        self.code = code


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What came back."""

    status: int
    media_type: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where a witness is, taken apart."""

    host: str
    port: int
    path: str


def parse_address(url: str) -> Address:
    """The parts of a witness's address.

    Raises:
        CallError: not https, or with a user, a query or a fragment.
    """
    try:
        parts = urlsplit(url)
        port = parts.port or HTTPS_PORT
    except ValueError as error:
        raise CallError("address") from error
    odd = (
        parts.username or parts.password or parts.query or parts.fragment or not url.isascii() or not url.isprintable()
    )
    if parts.scheme != "https" or not parts.hostname or odd or " " in url:
        raise CallError("address")
    return Address(host=parts.hostname, port=port, path=parts.path.rstrip("/"))


def post(url: str, body: bytes, *, ca_bundle: str, private: bool, seconds: float = SECONDS) -> Reply:
    """Send a body and take the answer; no redirect is followed and no proxy is used.

    The name is resolved once, each address it stands for is judged, and the call goes to an address that was judged: a
    name that points elsewhere a moment later changes nothing. `private` allows addresses of one's own network.

    Raises:
        CallError: the address may not be called, the certificate is not trusted, or no answer came in time.
    """
    address = parse_address(url)
    try:
        tls = ssl.create_default_context(cafile=ca_bundle or None)
    except (OSError, ssl.SSLError) as error:
        raise CallError("certificate") from error
    line = _Line(address, _allowed(address, private=private), tls)
    with _cut_after(line, seconds):
        try:
            headers = {"Content-Type": "text/plain; charset=utf-8", "Connection": "close"}
            line.request("POST", f"{address.path}/add-checkpoint", body=body, headers=headers)
            response = line.getresponse()
            content = response.read(MOST_ANSWER + 1)
        except ssl.SSLCertVerificationError as error:
            raise CallError("certificate") from error
        except (OSError, HTTPException, ValueError) as error:
            raise CallError("silent") from error
    if line.was_cut or len(content) > MOST_ANSWER:  # what was cut off can look like a short answer
        raise CallError("silent")
    media_type = (response.getheader("Content-Type") or "").partition(";")[0].strip().lower()
    return Reply(status=response.status, media_type=media_type, text=content.decode("utf-8", "replace"))


def may_be_called(address: str, *, private: bool) -> bool:
    """Whether an IP address may be called: public ones; with `private` those of one's own network too.

    Never one that leads to the machine's own surroundings (link-local, where clouds keep secrets), nor to many.
    """
    ip = ipaddress.ip_address(address.partition("%")[0])
    ip = getattr(ip, "ipv4_mapped", None) or ip
    if ip.is_link_local or ip.is_multicast or ip.is_unspecified or ip.is_reserved:
        return ip.is_loopback and private  # ::1 counts as reserved
    return ip.is_global or (private and ip.is_private)


def _allowed(address: Address, *, private: bool) -> str:
    try:
        found = socket.getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise CallError("silent") from error
    numbers = [str(entry[4][0]) for entry in found]
    if not numbers or not all(may_be_called(number, private=private) for number in numbers):
        raise CallError("address")
    return numbers[0]


class _Line(HTTPSConnection):
    """A connection to an address that was judged, on which the certificate must be that of the name."""

    def __init__(self, address: Address, number: str, tls: ssl.SSLContext) -> None:
        super().__init__(address.host, address.port, timeout=CONNECT_SECONDS, context=tls)
        self._number = number
        self._tls = tls
        self.was_cut = False

    def connect(self) -> None:
        """Connect, and shake hands where the clock can cut it off."""
        plain = socket.create_connection((self._number, self.port), CONNECT_SECONDS)
        secure = self._tls.wrap_socket(plain, server_hostname=self.host, do_handshake_on_connect=False)
        self.sock = secure
        secure.do_handshake()

    def cut(self) -> None:
        """End what hangs."""
        self.was_cut = True
        with contextlib.suppress(OSError, AttributeError):
            socket.socket.shutdown(self.sock, socket.SHUT_RDWR)


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
