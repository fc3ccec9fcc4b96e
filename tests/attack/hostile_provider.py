"""A provider of single sign-on in the hands of an attacker: it signs what it likes with keys of its own."""

from __future__ import annotations

import base64
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

KEY = RSAKey.generate_key(2048, {"kid": "k1", "use": "sig"}, private=True)
OTHER = RSAKey.generate_key(2048, {"kid": "k1", "use": "sig"}, private=True)
CURVE = ECKey.generate_key("P-256", {"kid": "e1", "use": "sig"}, private=True)
SECRET = "geheim-van-de-poort"


def part(value: Any) -> str:
    """A part of a token, without the library: it refuses to make what an attacker makes."""
    text = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(text).rstrip(b"=").decode()


def signed(claims: dict[str, Any], header: dict[str, Any] | None = None, key: Any = KEY) -> str:
    """A token, rightly signed by this key."""
    used = {"alg": "RS256", "kid": "k1", **(header or {})}
    return jwt.encode(used, claims, key, algorithms=[used["alg"]])


class HostileProvider:
    """It listens on loopback; `document`, `keys`, `token` and `person` are what it answers, and `asked` what it heard."""

    def __init__(self) -> None:
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                provider._answer(self, b"")

            def do_POST(self) -> None:
                provider._answer(self, self.rfile.read(int(self.headers.get("Content-Length", 0))))

            def log_message(self, *_: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.issuer = f"http://localhost:{self.server.server_address[1]}"
        self._thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self._thread.start()
        self.reset()

    def reset(self) -> None:
        at = self.issuer
        self.document: dict[str, Any] = {
            "issuer": at,
            "authorization_endpoint": f"{at}/auth",
            "token_endpoint": f"{at}/token",
            "jwks_uri": f"{at}/keys",
            "userinfo_endpoint": f"{at}/me",
            "response_types_supported": ["code"],
            "id_token_signing_alg_values_supported": ["RS256", "none", "HS256"],
            "token_endpoint_auth_methods_supported": ["client_secret_post"],
        }
        self.keys: list[dict[str, Any]] = [KEY.as_dict(private=False)]
        self.token: dict[str, Any] = {}
        self.status = 200
        self.person: dict[str, Any] = {}
        self.odd = ""
        self.asked: list[tuple[str, dict[str, list[str]]]] = []

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self._thread.join(5)

    def heard(self, path: str) -> int:
        return sum(place == path for place, _ in self.asked)

    def _answer(self, handler: BaseHTTPRequestHandler, body: bytes) -> None:
        path = handler.path.split("?")[0]
        self.asked.append((path, parse_qs(body.decode("utf-8", "replace"))))
        if self.odd == "redirect":
            handler.send_response(302)
            handler.send_header("Location", f"{self.issuer}/elsewhere")
            handler.send_header("Content-Length", "0")
            handler.end_headers()
            return
        answers = {
            "/.well-known/openid-configuration": self.document, "/keys": {"keys": self.keys}, "/token": self.token,
            "/me": self.person,
        }  # fmt: skip
        text = json.dumps(answers.get(path, {})).encode()
        if self.odd == "huge":
            text = b'{"issuer": "' + b"x" * 400_000 + b'"}'
        elif self.odd == "deep":
            text = b"[" * 90_000
        elif self.odd == "drip":
            handler.send_response(200)
            handler.end_headers()
            for _ in range(40):
                time.sleep(0.1)
                handler.wfile.write(b" ")
            return
        handler.send_response(self.status if path == "/token" else 200)
        handler.send_header("Content-Type", "application/json")
        handler.send_header("Content-Length", str(len(text)))
        handler.end_headers()
        handler.wfile.write(text)
