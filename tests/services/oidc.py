"""A throw-away OpenID Connect provider (npm's oidc-provider) on a loopback port, and people who visit it."""

from __future__ import annotations

import contextlib
import html
import json
import re
import socket
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass, field
from http.cookiejar import CookieJar
from pathlib import Path
from typing import TYPE_CHECKING, Any

from joserfc.jwk import KeySet, RSAKey

from tests.services import processes

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = Path(__file__).resolve().parent
SECRET = "een geheim: van de aanmelddienst/100%"
STRONG = "urn:example:sterk"


@dataclass
class OidcService:
    """Where the provider is, and what it is told."""

    directory: Path
    clients: list[dict[str, Any]] = field(default_factory=list)
    port: int = field(default_factory=processes.free_port)
    keys: list[RSAKey] = field(default_factory=lambda: [new_key("eerste")])

    @property
    def issuer(self) -> str:
        return f"http://localhost:{self.port}"

    def start(self) -> None:
        """Start it with the clients and keys of now."""
        self.directory.mkdir(parents=True)
        node = processes.program("node", package="nodejs")
        jwks = {"keys": [key.as_dict(private=True) for key in self.keys]}
        chosen = {"port": self.port, "jwks": jwks, "clients": self.clients, "acrValues": [STRONG]}
        (self.directory / "chosen.json").write_text(json.dumps(chosen))
        command = [node, HERE / "oidc_provider.mjs", self.directory / "chosen.json"]
        process = processes.spawn(self.directory, "oidc", command)
        log = self.directory / "oidc.out"
        processes.wait_until(self._answers, process=process, log=log, what="oidc-provider", seconds=30)

    def stop(self) -> None:
        """Stop it; who signed in there is forgotten."""
        processes.stop(self.directory)

    def restart(self) -> None:
        """Start anew with the clients and keys of now."""
        self.stop()
        self.start()

    def _answers(self) -> bool:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
            return True
        return False


def new_key(kid: str) -> RSAKey:
    """A signing key of this name."""
    return RSAKey.generate_key(2048, {"kid": kid, "use": "sig", "alg": "RS256"}, private=True)


def client(redirect: str, *, name: str = "poort", **more: Any) -> dict[str, Any]:
    """A client as the provider registers it."""
    return {
        "client_id": name,
        "client_secret": SECRET,
        "redirect_uris": [redirect],
        "response_types": ["code"],
        "grant_types": ["authorization_code"],
        **more,
    }


@contextlib.contextmanager
def running(directory: Path, clients: list[dict[str, Any]]) -> Iterator[OidcService]:
    """A provider for these clients; it is stopped for certain."""
    service = OidcService(directory=directory, clients=clients)
    try:
        service.start()
        yield service
    finally:
        service.stop()


class Person:
    """Someone at a browser of their own who visits the provider."""

    def __init__(self) -> None:
        self.cookies = CookieJar()
        self._open = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.cookies), _Stay())

    def sign_in(self, url: str, sub: str, *, back: str, **said: Any) -> str:
        """Walk from the authorization address to the address that leads back; `said`: acr, amr, claims, stop."""
        form = {"sub": sub, **said}
        if "claims" in form:
            form["claims"] = json.dumps(form["claims"])
        where, sent = url, None
        for _ in range(12):
            if where.startswith(back):
                return where
            status, location, page = self.ask(where, sent)
            sent = None
            if status == 200 and "/wie/" in where:
                sent = form
            elif location:
                where = urllib.parse.urljoin(where, location)
            else:
                raise AssertionError((status, where.split("?")[0], page[-800:]))
        raise AssertionError("it leads nowhere")

    def sign_out(self, url: str) -> str:
        """Confirm the wish to sign out there."""
        _, _, page = self.ask(url)
        action = html.unescape(re.search(r'action="([^"]+)"', page).group(1))
        secret = re.search(r'name="xsrf" value="([^"]+)"', page).group(1)
        _, location, _ = self.ask(urllib.parse.urljoin(url, action), {"xsrf": secret, "logout": "yes"})
        return location or ""

    def ask(self, url: str, form: dict[str, str] | None = None) -> tuple[int, str | None, str]:
        data = urllib.parse.urlencode(form).encode() if form is not None else None
        try:
            with self._open.open(urllib.request.Request(url, data=data), timeout=10) as answer:
                return answer.status, answer.headers.get("Location"), answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.headers.get("Location"), error.read().decode()


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        return None


def keyset(keys: list[RSAKey]) -> dict[str, Any]:
    """The public half of keys, as a provider shows them."""
    return dict(KeySet(list(keys)).as_dict(private=False))
