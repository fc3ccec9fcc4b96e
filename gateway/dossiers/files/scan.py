"""Malware scanning by clamd over its INSTREAM command."""

import socket
import struct
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Protocol

from gateway.dossiers.files.errors import ScannerUnavailableError

_MAX_REPLY: Final = 4096
_MAX_CHUNK: Final = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanResult:
    """What the scanner found; when `scanned` is False no scanner is set, and `clean` only means "nothing known"."""

    clean: bool
    signature: str | None = None
    scanned: bool = True


class Scanner(Protocol):
    """Something that reads a file's bytes and says whether they are known malware."""

    def scan(self, chunks: Iterable[bytes]) -> ScanResult:
        """Scan the whole stream; raises ScannerUnavailableError when there is no certain answer."""
        ...


class NoScanner:
    """The default of an installation without clamd: nothing is scanned, and the screen says so."""

    def scan(self, chunks: Iterable[bytes]) -> ScanResult:
        """Never reads; `scanned` is False."""
        del chunks
        return ScanResult(clean=True, scanned=False)


class ClamdScanner:
    """A clamd at `address`: "unix:/run/clamav/clamd.ctl", "/run/clamav/clamd.ctl", "tcp://host:3310" or "host:3310".

    clamd must have `StreamMaxLength`, `MaxFileSize` and `MaxScanSize` above the upload limit, `AlertExceedsMax yes`
    (else it calls what it skipped clean) and `TemporaryDirectory` on tmpfs (it spools the stream there in the clear).

    Source: issue 2 (Malware scan by clamd when configured).
    """

    def __init__(self, address: str, *, timeout: float = 120.0) -> None:
        self._address = address
        self._timeout = timeout

    def scan(self, chunks: Iterable[bytes]) -> ScanResult:
        """Stream `chunks` to clamd; anything but a clear OK or FOUND raises ScannerUnavailableError."""
        try:
            with self._connect() as connection:
                reply = self._instream(connection, chunks)
        except OSError as error:
            raise ScannerUnavailableError("clamd is not reachable or broke off; start clamd and try again") from error
        return _read_verdict(reply)

    def ping(self) -> bool:
        """Whether clamd answers; for the doctor."""
        try:
            with self._connect() as connection:
                connection.sendall(b"zPING\0")
                return _receive(connection) == b"PONG"
        except OSError:
            return False

    def _connect(self) -> socket.socket:
        address = self._address.removeprefix("unix:")
        if address.startswith("/"):
            connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            try:
                connection.settimeout(self._timeout)
                connection.connect(address)
            except OSError:
                connection.close()
                raise
            return connection
        host, separator, port = address.removeprefix("tcp://").rpartition(":")
        if not separator or not port.isdigit():
            raise ScannerUnavailableError("the address of clamd must be unix:/path or host:port")
        return socket.create_connection((host.strip("[]"), int(port)), timeout=self._timeout)

    @staticmethod
    def _instream(connection: socket.socket, chunks: Iterable[bytes]) -> bytes:
        try:
            connection.sendall(b"zINSTREAM\0")
            for chunk in chunks:
                for start in range(0, len(chunk), _MAX_CHUNK):
                    part = chunk[start : start + _MAX_CHUNK]
                    connection.sendall(struct.pack("!I", len(part)) + part)
            connection.sendall(struct.pack("!I", 0))
        except (BrokenPipeError, ConnectionResetError):
            # clamd closes early when the stream is too long and has then already said why.
            return _receive(connection)
        return _receive(connection)


def _receive(connection: socket.socket) -> bytes:
    reply = b""
    while not reply.endswith(b"\0") and len(reply) < _MAX_REPLY:
        part = connection.recv(_MAX_REPLY)
        if not part:
            break
        reply += part
    return reply.rstrip(b"\0\n")


def _read_verdict(reply: bytes) -> ScanResult:
    if reply == b"stream: OK":
        return ScanResult(clean=True)
    if reply.startswith(b"stream: ") and reply.endswith(b" FOUND"):
        return ScanResult(clean=False, signature=reply[len(b"stream: ") : -len(b" FOUND")].decode("ascii", "replace"))
    if b"size limit exceeded" in reply:
        raise ScannerUnavailableError(
            "clamd refuses files of this size; raise StreamMaxLength, MaxFileSize, MaxScanSize"
        )
    raise ScannerUnavailableError("clamd gave no verdict")
