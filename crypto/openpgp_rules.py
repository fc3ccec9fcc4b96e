"""Which OpenPGP keys are good enough, and what people are told when one is not. Pure; gpg's listing comes in."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from crypto.errors import OpenPGPError

REFUSALS: Mapping[str, str] = {
    "unreadable": "Dit bestand is geen leesbare OpenPGP-sleutel.",
    "several": "Dit bestand bevat meer dan één sleutel. Lever één publieke sleutel aan.",
    "secret": (
        "Dit bestand bevat een geheime sleutel. Lever alleen de publieke sleutel aan; beschouw deze sleutel als "
        "gelekt en maak een nieuwe."
    ),
    "weak": "Deze sleutel is te zwak. Nodig is RSA van minstens 3072 bits of een elliptische kromme, zonder SHA-1.",
    "expired": "Deze sleutel is verlopen.",
    "revoked": "Deze sleutel is ingetrokken.",
    "no-encryption": "Met deze sleutel kan niet worden versleuteld.",
    "other-key": "Deze sleutel heeft een andere vingerafdruk dan is bevestigd.",
    "no-recipient": "Er is geen ontvanger opgegeven.",
    "not-made": "Het versleutelde bericht kon niet worden gemaakt.",
    "not-opened": "Het bericht kon niet worden geopend: het is niet voor deze sleutel, beschadigd of te groot.",
    "not-signed": "Het bericht is niet ondertekend met de geregistreerde sleutel van de afzender.",
    "no-gpg": "Het programma gpg ontbreekt op deze server.",
    "scratch": "De werkmap is niet afgeschermd, of haar pad is te lang voor gpg.",
}
_RSA = {"1", "2", "3"}
_CURVES = {
    *("ed25519", "cv25519", "ed448", "cv448", "nistp256", "nistp384", "nistp521"),
    *("brainpoolP256r1", "brainpoolP384r1", "brainpoolP512r1"),
}
_SHORTEST_RSA = 3072


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicKeyInfo:
    """An inspected public key; `key` is its cleaned, armored form, `expires_on` the last day it can be used, if any."""

    fingerprint: str
    algorithm: str
    user_ids: tuple[str, ...] = field(repr=False)
    expires_on: date | None
    key: bytes = field(repr=False)


def refused(reason: str) -> OpenPGPError:
    """Make the error of one reason, with its sentence."""
    return OpenPGPError(reason, REFUSALS[reason])


def last_day(entry: Mapping[str, Any], on: date) -> date | None:
    """Judge a key as gpg lists it; give the last day on which it can be encrypted to, None for no end.

    Raises `OpenPGPError` with the reason when it cannot be used on that day.
    """
    if entry["trust"] == "r":
        raise refused("revoked")
    if not _is_alive(entry, on):
        raise refused("expired")
    if _is_weak(entry):
        raise refused("weak")
    encrypting = [part for part in (entry, *entry.get("subkey_info", {}).values()) if "e" in part["cap"]]
    alive = [part for part in encrypting if part["trust"] not in ("r", "i") and _is_alive(part, on)]
    if not alive:
        if any(part["trust"] != "r" for part in encrypting):
            raise refused("expired")
        raise refused("revoked" if encrypting else "no-encryption")
    if any(_is_weak(part) for part in alive):
        # any of them, not the best one: which of them gpg takes is not ours to say
        raise refused("weak")
    # None means for ever, and so comes after every date
    last = max((_expiry(part) for part in alive), key=lambda day: day or date.max)
    ends = [day for day in (_expiry(entry), last) if day]
    return min(ends, default=None)


def _expiry(part: Mapping[str, Any]) -> date | None:
    return datetime.fromtimestamp(int(part["expires"]), UTC).date() if part["expires"] else None


def _is_alive(part: Mapping[str, Any], on: date) -> bool:
    expiry = _expiry(part)
    return part["trust"] != "e" and (expiry is None or on <= expiry)


def _is_weak(part: Mapping[str, Any]) -> bool:
    if part["algo"] in _RSA:
        return int(part["length"]) < _SHORTEST_RSA
    return part.get("curve") not in _CURVES


def algorithm(part: Mapping[str, Any]) -> str:
    """Name the kind of key for people."""
    return f"RSA {part['length']}" if part["algo"] in _RSA else str(part["curve"])
