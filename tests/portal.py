"""The portal as it really runs: gunicorn on a free port in processes of its own, and people who speak raw HTTP to it."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, field, fields
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import psutil

from gateway.config import PREFIX, Settings
from gateway.demo import PASSWORD
from gateway.services import build, utc_now
from gateway.serving import arguments
from tests import doors
from tests.services import processes

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from gateway.services import Services

ROOT = Path(__file__).resolve().parent.parent
BOUNDARY = "dossierpoort-test-boundary"
_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


def environment(settings: Settings) -> dict[str, str]:
    """The variables that make a process of its own load these settings."""
    own = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    for item in fields(Settings):
        value = getattr(settings, item.name)
        own[PREFIX + item.name.upper()] = ("1" if value else "0") if isinstance(value, bool) else str(value)
    return own


@dataclass
class Answer:
    """What the portal said."""

    status: int
    text: str
    headers: dict[str, str]


@dataclass
class Person:
    """Someone with a cookie jar of one cookie, over plain sockets."""

    port: int
    cookie: str = ""
    timeout: float = 60

    def ask(
        self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None, **options: Any
    ) -> Answer:
        """One request on a connection of its own."""
        line = HTTPConnection("127.0.0.1", self.port, timeout=self.timeout)
        try:
            line.request(method, path, body=body, headers={**self.headers(), **(headers or {})}, **options)
            return self._read(line.getresponse())
        finally:
            line.close()

    def headers(self) -> dict[str, str]:
        """What each request carries."""
        return {"Cookie": self.cookie} if self.cookie else {}

    def token(self, path: str) -> str:
        """A CSRF token from a form of this page."""
        found = _TOKEN.search(self.ask("GET", path).text)
        assert found, f"no form on {path}"
        return found.group(1)

    def form(self, path: str, values: dict[str, str], *, seen: str | None = None) -> Answer:
        """Post an ordinary form with its token."""
        from urllib.parse import urlencode

        body = urlencode({"csrf_token": self.token(seen or path), **values})
        return self.ask("POST", path, body, {"Content-Type": "application/x-www-form-urlencoded"})

    def sign_in(self, email: str, services: Services) -> Person:
        """Be signed in as this demo account, with a second factor of just now."""
        self.cookie = f"dossierpoort={doors.cookie_for(services, email)}"
        return self

    def walk_in(self, email: str) -> Person:
        """Sign in as this demo account by the forms: the password, then the code of the app."""
        answer = self.form("/aanmelden", {"email": email, "password": PASSWORD})
        assert answer.status == 303, answer.text[:1000]
        answer = self.form("/aanmelden/tweede-stap", {"code": doors.code(email, utc_now())})
        assert answer.status == 303, answer.text[:1000]
        return self

    def upload(self, dossier_id: str, files: Iterable[tuple[str, bytes]], **options: Any) -> Answer:
        """Send files by the plain form, or as the page's script does with `headers`."""
        path = f"/dossiers/{dossier_id}/toevoegen"
        content = multipart([("csrf_token", None, self.token(path).encode()), *(("file", n, c) for n, c in files)])
        headers = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}", **options.pop("headers", {})}
        return self.ask("POST", path, content, headers, **options)

    def _read(self, response: HTTPResponse) -> Answer:
        text = response.read().decode("utf-8", "replace")
        cookie = response.getheader("Set-Cookie")
        if cookie:
            self.cookie = cookie.split(";", 1)[0]
        return Answer(status=response.status, text=text, headers={k.lower(): v for k, v in response.getheaders()})


def part_head(name: str, file_name: str | None) -> bytes:
    """The lines above one part."""
    named = "" if file_name is None else f'; filename="{file_name}"'
    kind = "" if file_name is None else "Content-Type: application/octet-stream\r\n"
    return f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"{named}\r\n{kind}\r\n'.encode()


END = f"--{BOUNDARY}--\r\n".encode()


def multipart(parts: Iterable[tuple[str, str | None, bytes]]) -> bytes:
    """A whole body."""
    return b"".join(part_head(name, file_name) + content + b"\r\n" for name, file_name, content in parts) + END


@dataclass
class Portal:
    """A running gunicorn."""

    port: int
    process: subprocess.Popen[bytes]
    log: Path
    services: Services
    people: list[Person] = field(default_factory=list)

    def person(self, email: str | None = None, timeout: float = 60) -> Person:
        """Someone new, signed in when an address is given."""
        someone = Person(self.port, timeout=timeout)
        return someone.sign_in(email, self.services) if email else someone

    def workers(self) -> list[psutil.Process]:
        """The processes that answer requests."""
        return psutil.Process(self.process.pid).children()

    def memory(self) -> int:
        """The most resident bytes that a worker holds now, without pages shared with files."""
        return max(worker.memory_info().rss for worker in self.workers())

    def raw(self, head: bytes, timeout: float = 30) -> socket.socket:
        """A connection on which these bytes were sent."""
        line = socket.create_connection(("127.0.0.1", self.port), timeout=timeout)
        line.sendall(head)
        return line


def upload_head(person: Person, dossier_id: str, *, token: str, length: int | None) -> bytes:
    """The head of an upload by a script that sends the form; without a length it is chunked."""
    size = "Transfer-Encoding: chunked" if length is None else f"Content-Length: {length}"
    lines = (
        f"POST /dossiers/{dossier_id}/toevoegen HTTP/1.1",
        f"Host: 127.0.0.1:{person.port}",
        f"Cookie: {person.cookie}",
        f"X-CSRFToken: {token}",
        "X-Requested-With: XMLHttpRequest",
        f"Content-Type: multipart/form-data; boundary={BOUNDARY}",
        size,
    )
    return "\r\n".join(lines).encode() + b"\r\n\r\n"


def raw_head(person: Person, dossier_id: str, *, token: str, name: str, length: int | None) -> bytes:
    """The head of an upload by the page's script: the file itself is the body."""
    head = upload_head(person, dossier_id, token=token, length=length).decode()
    multipart_type = f"multipart/form-data; boundary={BOUNDARY}"
    return head.replace(multipart_type, f"application/octet-stream\r\nX-File-Name: {quote(name)}").encode()


def read_answer(line: socket.socket) -> bytes:
    """Everything until the other side closes or falls silent."""
    found = b""
    with contextlib.suppress(OSError):
        while part := line.recv(65536):
            found += part
    return found


@contextlib.contextmanager
def serve(
    settings: Settings, *, workers: int = 1, threads: int = 4, module: str = "gateway.wsgi:application"
) -> Iterator[Portal]:
    """Gunicorn with the options of `dossierpoort serve`, on a free port; stopped at the end."""
    port = processes.free_port()
    log = settings.data_dir / f"gunicorn-{port}.log"
    command = [
        sys.executable,
        "-m",
        *arguments(bind=f"127.0.0.1:{port}", workers=workers, threads=threads, module=module),
    ]
    with log.open("wb") as output:
        process = subprocess.Popen(command, cwd=ROOT, env=environment(settings), stdout=output, stderr=output)
    try:
        _await(process, port, log)
        services = build(settings)
        yield Portal(port=port, process=process, log=log, services=services)
        services.db.dispose()
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
        process.wait()


def _await(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    end = time.monotonic() + 40
    while time.monotonic() < end and process.poll() is None:
        with contextlib.suppress(OSError):
            line = HTTPConnection("127.0.0.1", port, timeout=5)
            with contextlib.closing(line):
                line.request("GET", "/healthz")
                if line.getresponse().status:
                    return
        time.sleep(0.1)
    raise RuntimeError(f"the portal did not come up: {log.read_text()[-2000:]}")
