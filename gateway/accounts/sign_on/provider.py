"""Speaking with a provider: what it says of itself, its keys, a code for a token. Nothing of it is believed unread.

Source: OpenID Connect Discovery 1.0, RFC 6749, RFC 7636, RFC 9207.
"""

from __future__ import annotations

import base64
import json
import threading
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from gateway.accounts.sign_on import tokens
from gateway.accounts.sign_on.tokens import UnknownKeyError
from gateway.calling import CallError, Reach, Reply, parse_address, send

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from gateway.config import Settings

SECONDS = 5.0
AT_ONCE = 3
"""Most calls to one provider at a time: one that hangs must not hold the threads of everyone."""
SILENT = timedelta(seconds=15)
"""Who just did not answer is not asked again at once."""
MOST_DOCUMENT = 200_000
WELL_KNOWN = "/.well-known/openid-configuration"
KEPT = timedelta(hours=1)
"""How long what a provider says of itself is kept."""
KEYS_AGAIN = timedelta(seconds=30)
"""A key that is not known makes us fetch the keys anew, but not more often than this."""
_MOST_ISSUERS = 500
_OK = 200


class ProviderError(Exception):
    """The provider cannot be used; `code` is one of `rules.TROUBLE`."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """What a provider says of itself; addresses were judged for their form, and are judged again when called."""

    issuer: str
    authorize: str
    token: str
    keys: str
    userinfo: str
    end_session: str
    names_itself: bool
    by_basic: bool
    pkce: bool
    back_channel: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """Who we are to a provider."""

    issuer: str
    client: str
    secret: str = field(repr=False)


@dataclass(slots=True)
class _Kept:
    provider: Provider
    at: datetime
    keys: list[dict[str, Any]] | None = None
    keys_at: datetime | None = None


def reach_of(settings: Settings) -> Reach:
    """Whom this installation calls: in a demo also this machine without TLS, so that it can be tried."""
    return Reach(
        ca_bundle=settings.sign_on_ca_bundle, private=settings.sign_on_private_networks, loopback=settings.demo
    )


class Providers:
    """Providers that were asked before, kept for a while by this process."""

    def __init__(self) -> None:
        self._kept: dict[str, _Kept] = {}
        self._failed: dict[str, tuple[datetime, str]] = {}
        self._lock = threading.Lock()

    def about(self, reach: Reach, issuer: str, now: datetime, *, anew: bool = False) -> Provider:
        """What a provider says of itself.

        Raises:
            ProviderError: it does not answer, or says something else than its issuer.
        """
        kept = self._kept.get(issuer)
        if kept is None or anew or not timedelta(0) <= now - kept.at <= KEPT:
            found = self._ask(reach, issuer, now, anew=anew)
            with self._lock:
                if len(self._kept) >= _MOST_ISSUERS:
                    self._kept.clear()
                kept = self._kept[issuer] = _Kept(provider=found, at=now)
        return kept.provider

    def _ask(self, reach: Reach, issuer: str, now: datetime, *, anew: bool) -> Provider:
        at, code = self._failed.get(issuer, (now - 2 * SILENT, ""))
        if not anew and timedelta(0) <= now - at < SILENT:
            raise ProviderError(code)
        try:
            return read(_json(_get(reach, issuer.rstrip("/") + WELL_KNOWN)), issuer, reach)
        except ProviderError as error:
            with self._lock:
                if len(self._failed) >= _MOST_ISSUERS:
                    self._failed.clear()
                self._failed[issuer] = (now, error.code)
            raise

    def keys(self, reach: Reach, provider: Provider, now: datetime, *, unknown: bool = False) -> list[dict[str, Any]]:
        """The keys of a provider; `unknown`: a token came with another key than these, so look whether they changed.

        Raises:
            ProviderError: there are none that can be used.
        """
        kept = self._kept.get(provider.issuer)
        if kept is None or kept.provider is not provider:
            kept = _Kept(provider=provider, at=now)
        age = now - kept.keys_at if kept.keys_at is not None else None
        due = age is None or not timedelta(0) <= age <= KEPT or ((unknown or not kept.keys) and age >= KEYS_AGAIN)
        if due:
            kept.keys_at = now  # also when it fails: who sends tokens with odd keys must not make us call for ever
            kept.keys = tokens.usable(_json(_get(reach, provider.keys))) or kept.keys
        if not kept.keys:
            raise ProviderError("keys")
        return kept.keys

    def believed(
        self,
        reach: Reach,
        provider: Provider,
        now: datetime,
        judge: Callable[[list[dict[str, Any]]], dict[str, Any]],
    ) -> dict[str, Any]:
        """What a token says, when it is signed by a key of the provider; a new key is looked for once.

        Raises:
            TokenError, ProviderError
        """
        try:
            return judge(self.keys(reach, provider, now))
        except UnknownKeyError:
            return judge(self.keys(reach, provider, now, unknown=True))


def read(document: Any, issuer: str, reach: Reach) -> Provider:
    """What a discovery document says.

    Raises:
        ProviderError: it is another issuer's, or misses what we need.
    """
    if not isinstance(document, dict):
        raise ProviderError("answer")
    if document.get("issuer") != issuer:
        raise ProviderError("issuer")
    if "code" not in _listed(document, "response_types_supported", ["code"]):
        raise ProviderError("incomplete")
    if not set(_listed(document, "id_token_signing_alg_values_supported", ["RS256"])) & set(tokens.ALGORITHMS):
        raise ProviderError("algorithms")
    by = _listed(document, "token_endpoint_auth_methods_supported", ["client_secret_basic"])
    return Provider(
        issuer=issuer,
        authorize=_address(document, "authorization_endpoint", reach),
        token=_address(document, "token_endpoint", reach),
        keys=_address(document, "jwks_uri", reach),
        userinfo=_address(document, "userinfo_endpoint", reach, needed=False),
        end_session=_address(document, "end_session_endpoint", reach, needed=False),
        names_itself=document.get("authorization_response_iss_parameter_supported") is True,
        by_basic="client_secret_basic" in by or "client_secret_post" not in by,
        pkce="S256" in _listed(document, "code_challenge_methods_supported", []),
        back_channel=document.get("backchannel_logout_supported") is True,
    )


def exchange(
    reach: Reach, provider: Provider, client: Client, *, code: str, verifier: str, redirect: str
) -> tuple[str, str]:
    """Give the code for an ID token and an access token.

    Raises:
        ProviderError: `client` when it does not know us, `code` when it does not take the code.
    """
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect, "code_verifier": verifier}
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
    if provider.by_basic:
        pair = f"{quote(client.client, safe='')}:{quote(client.secret, safe='')}".encode()
        headers["Authorization"] = "Basic " + base64.b64encode(pair).decode()
    else:
        form |= {"client_id": client.client, "client_secret": client.secret}
    reply = _call(reach, provider.token, "POST", body=urlencode(form).encode(), headers=headers)
    said = _json(reply)
    if reply.status != _OK:
        wrong = said.get("error") in {"invalid_client", "unauthorized_client"} if isinstance(said, dict) else False
        raise ProviderError("client" if wrong or reply.status == 401 else "code")  # noqa: PLR2004 - HTTP
    if not isinstance(said, dict) or not isinstance(said.get("id_token"), str):
        raise ProviderError("token")
    access = said.get("access_token")
    return said["id_token"], access if isinstance(access, str) else ""


def more_claims(reach: Reach, provider: Provider, access: str, subject: str) -> dict[str, Any]:
    """What the provider says of the same person at its userinfo address; nothing when it has none.

    Raises:
        ProviderError: it speaks of someone else, or does not answer.
    """
    if not provider.userinfo or not access or not access.isascii() or not access.isprintable():
        return {}
    headers = {"Authorization": f"Bearer {access}", "Accept": "application/json"}
    reply = _call(reach, provider.userinfo, "GET", headers=headers)
    said = _json(reply)
    if reply.status != _OK or not isinstance(said, dict) or said.get("sub") != subject:
        raise ProviderError("answer")
    return said


def _get(reach: Reach, url: str) -> Reply:
    reply = _call(reach, url, "GET", headers={"Accept": "application/json"})
    if reply.status != _OK:
        raise ProviderError("answer")
    return reply


def _call(reach: Reach, url: str, method: str, *, headers: dict[str, str], body: bytes | None = None) -> Reply:
    try:
        address = parse_address(url, query=True, loopback=reach.loopback)
    except CallError as error:
        raise ProviderError(error.code) from error
    slots = _slots_of(address.host)
    if not slots.acquire(timeout=1):
        raise ProviderError("silent")
    try:
        return send(address, reach, method=method, body=body, headers=headers, most=MOST_DOCUMENT, seconds=SECONDS)
    except CallError as error:
        raise ProviderError(error.code) from error
    finally:
        slots.release()


def _slots_of(host: str) -> threading.BoundedSemaphore:
    if len(_SLOTS) >= _MOST_ISSUERS:
        _SLOTS.clear()
    return _SLOTS.setdefault(host, threading.BoundedSemaphore(AT_ONCE))


_SLOTS: dict[str, threading.BoundedSemaphore] = {}


def _json(reply: Reply) -> Any:
    try:
        return json.loads(reply.text)
    except (ValueError, RecursionError) as error:
        raise ProviderError("answer") from error


def _listed(document: dict[str, Any], name: str, default: list[str]) -> list[str]:
    value = document.get(name, default)
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []


def _address(document: dict[str, Any], name: str, reach: Reach, *, needed: bool = True) -> str:
    value = document.get(name)
    if value is None and not needed:
        return ""
    if not isinstance(value, str):
        raise ProviderError("incomplete")
    try:
        parse_address(value, query=True, loopback=reach.loopback)
    except CallError as error:
        raise ProviderError("address") from error
    return value
