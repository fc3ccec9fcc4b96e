"""What a provider signed: ID tokens and logout tokens, believed only when every part of them fits.

Source: OpenID Connect Core 3.1.3.7, Back-Channel Logout 2.6, RFC 8725.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import json
from typing import TYPE_CHECKING, Any

from joserfc import jwk, jwt
from joserfc.errors import JoseError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512")
"""Signed with a key of the provider's own. Never `none`, and never one that the client secret would make (HS…)."""
SKEW = 60
"""Seconds that clocks may differ."""
MOST_OLD = 600
"""Seconds: an older token was not made for us just now."""
MOST_CHARACTERS = 20_000
MOST_SUBJECT = 255
LOGOUT_EVENT = "http://schemas.openid.net/event/backchannel-logout"
_PARTS = 3
_RSA_BITS = 2048
_MOST_KEYS = 5
_KINDS = {"R": "RSA", "P": "RSA", "E": "EC"}


class TokenError(Exception):
    """The token is not believed; `code` says why, and nothing of what stood in it."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class UnknownKeyError(TokenError):
    """It is signed by a key that we do not know (yet)."""

    def __init__(self) -> None:
        super().__init__("unknown_key")


def id_claims(
    token: str, keys: Sequence[Mapping[str, Any]], *, issuer: str, client: str, nonce: str, now: datetime
) -> dict[str, Any]:
    """The claims of an ID token that was made for us, in answer to our question, just now.

    Raises:
        TokenError: something does not fit; UnknownKeyError: fetch the keys anew, once.
    """
    claims = _opened(token, keys, kinds=("JWT", None))
    _check_parties(claims, issuer=issuer, client=client)
    moment = now.timestamp()
    if _number(claims, "exp") <= moment - SKEW:
        raise TokenError("expired")
    _check_made(claims, moment)
    if "nbf" in claims and _number(claims, "nbf") > moment + SKEW:
        raise TokenError("not_yet")
    said = claims.get("nonce")
    if not isinstance(said, str) or not hmac.compare_digest(said.encode(), nonce.encode()):
        raise TokenError("nonce")
    _check_subject(claims)
    return claims


def logout_claims(
    token: str, keys: Sequence[Mapping[str, Any]], *, issuer: str, client: str, now: datetime
) -> dict[str, Any]:
    """The claims of a logout token: who or which session was signed out at the provider, just now.

    Raises:
        TokenError: something does not fit. That it was not used before is the caller's to see (`jti`).
    """
    claims = _opened(token, keys, kinds=("logout+jwt", "JWT", None))
    _check_parties(claims, issuer=issuer, client=client)
    moment = now.timestamp()
    _check_made(claims, moment)
    if "exp" in claims and _number(claims, "exp") <= moment - SKEW:
        raise TokenError("expired")
    events = claims.get("events")
    if not isinstance(events, dict) or not isinstance(events.get(LOGOUT_EVENT), dict):
        raise TokenError("events")
    if "nonce" in claims:  # so an ID token cannot pass for one
        raise TokenError("nonce")
    if not _text(claims.get("jti")):
        raise TokenError("jti")
    if not _text(claims.get("sub")) and not _text(claims.get("sid")):
        raise TokenError("subject")
    return claims


def _opened(token: str, keys: Sequence[Mapping[str, Any]], *, kinds: tuple[str | None, ...]) -> dict[str, Any]:
    if len(token) > MOST_CHARACTERS or token.count(".") != _PARTS - 1 or not token.isascii():
        raise TokenError("form")
    header = _header(token)
    algorithm = header.get("alg")
    if algorithm not in ALGORITHMS:
        raise TokenError("algorithm")
    if "crit" in header or header.get("typ") not in kinds:
        raise TokenError("form")
    for key in _candidates(keys, algorithm, header.get("kid")):
        try:
            found = jwt.decode(token, jwk.import_key(dict(key)), algorithms=[algorithm])
        except (JoseError, ValueError, TypeError, KeyError):
            continue
        if not isinstance(found.claims, dict):
            raise TokenError("form")
        return found.claims
    raise TokenError("signature")


def _header(token: str) -> dict[str, Any]:
    first = token.split(".", 1)[0]
    try:
        header = json.loads(base64.urlsafe_b64decode(first + "=" * (-len(first) % 4)))
    except (binascii.Error, ValueError, RecursionError) as error:
        raise TokenError("form") from error
    if not isinstance(header, dict):
        raise TokenError("form")
    return header


def _candidates(keys: Sequence[Mapping[str, Any]], algorithm: str, kid: Any) -> list[Mapping[str, Any]]:
    """The keys that may have signed; without a name in the token there must be just one."""
    fitting = [key for key in keys if key["kty"] == _KINDS[algorithm[0]] and key.get("alg") in (None, algorithm)]
    if kid is not None:
        fitting = [key for key in fitting if key.get("kid") == kid]
    elif len(fitting) > 1:
        raise TokenError("key")
    if not fitting:
        raise UnknownKeyError
    return fitting[:_MOST_KEYS]


def usable(document: Any) -> list[dict[str, Any]]:
    """The public keys of a key set with which a token may be signed; weak, secret and other keys are left out."""
    found = document.get("keys") if isinstance(document, dict) else None
    return [_public(key) for key in found if _is_usable(key)] if isinstance(found, list) else []


def _is_usable(key: Any) -> bool:
    if not isinstance(key, dict) or key.get("use", "sig") != "sig" or key.get("kty") not in {"RSA", "EC"}:
        return False
    if key.get("alg") is not None and key.get("alg") not in ALGORITHMS:
        return False
    try:
        return bool(key["kty"] == "EC" or _bits(key["n"]) >= _RSA_BITS) and jwk.import_key(_public(key)) is not None
    except (JoseError, ValueError, TypeError, KeyError):
        return False


def _public(key: Mapping[str, Any]) -> dict[str, Any]:
    return {name: key[name] for name in ("kty", "kid", "use", "alg", "n", "e", "crv", "x", "y") if name in key}


def _bits(modulus: str) -> int:
    return int.from_bytes(base64.urlsafe_b64decode(modulus + "=" * (-len(modulus) % 4)), "big").bit_length()


def _check_parties(claims: Mapping[str, Any], *, issuer: str, client: str) -> None:
    if claims.get("iss") != issuer:
        raise TokenError("issuer")
    said = claims.get("aud")
    meant = [said] if isinstance(said, str) else said
    if not isinstance(meant, list) or client not in meant:
        raise TokenError("audience")
    if (len(meant) > 1 or "azp" in claims) and claims.get("azp") != client:
        raise TokenError("audience")


def _check_made(claims: Mapping[str, Any], moment: float) -> None:
    made = _number(claims, "iat")
    if not moment - MOST_OLD - SKEW <= made <= moment + SKEW:
        raise TokenError("issued")


def _check_subject(claims: Mapping[str, Any]) -> None:
    if not _text(claims.get("sub")):
        raise TokenError("subject")


def _text(value: Any) -> bool:
    return isinstance(value, str) and 0 < len(value) <= MOST_SUBJECT and value.isprintable()


def _number(claims: Mapping[str, Any], name: str) -> float:
    value = claims.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or value != value or abs(value) > 1e12:  # noqa: PLR0124, PLR2004 - not a number, or no time
        raise TokenError(name)
    return float(value)
