"""Typed events: what the log may say in clear, and the bytes that say it."""

import hashlib
import ipaddress
import json
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from enum import StrEnum
from functools import lru_cache
from typing import Any, Final, Self, TypedDict, Unpack

from audit.errors import EventError

FORMAT_VERSION: Final = 1
COMMITMENT_CONTEXT: Final = b"dossierpoort/audit/payload/v1\n"


class Action(StrEnum):
    """What was done. The values stand in the log for good: add, never rename."""

    RECORD = "record"
    CONSULT = "consult"
    PRINT = "print"
    SEARCH = "search"
    DOWNLOAD = "download"
    DISCLOSE = "disclose"
    REFUSE = "refuse"
    SUBMIT = "submit"
    WITHDRAW = "withdraw"
    CORRECT = "correct"
    SHIELD = "shield"
    DESTROY = "destroy"
    CHECK = "check"
    ANONYMISE = "anonymise"
    REQUEST = "request"
    ADVISE = "advise"
    DECIDE = "decide"
    OBJECT = "object"
    HOLD = "hold"
    CONSENT = "consent"
    CONFIRM_RECEIPT = "confirm-receipt"
    NOTIFY = "notify"
    SIGN_IN = "sign-in"
    SIGN_IN_FAILED = "sign-in-failed"
    SIGN_OUT = "sign-out"
    INVITE = "invite"
    PERMISSION = "permission"
    CONFIGURE = "configure"
    BREAK_GLASS = "break-glass"
    KEY = "key"
    EXPORT = "export"
    REVIEW = "review"
    BREACH = "breach"
    EXPIRE = "expire"
    CONTINUE = "continue"
    SIGN = "sign"


class Outcome(StrEnum):
    """How it ended."""

    SUCCESS = "success"
    REFUSED = "refused"
    FAILED = "failed"


_IDS: Final = ("event_id", "actor", "organisation", "tenant", "on_behalf_of", "object_id", "dossier", "request_id")
_CODES: Final = ("role", "purpose", "legal_basis", "article", "profile", "object_type", "software")
_EVENT_ID: Final = re.compile(r"[0-9a-f]{32}\Z")
_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/-]{0,63}\Z")
_BSN_LIKE: Final = re.compile(r"[0-9]{8,9}\Z")
_INSTANT: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z\Z")
_CODE_LENGTH: Final = 200
_PREFIXES: Final = {4: 24, 6: 48}
_MILLISECONDS_LIMIT: Final = 1 << 48


def instant_text(at: datetime) -> str:
    """The instant as 27 characters that sort by time: ``2026-03-01T09:05:00.000000Z``. A naive time raises."""
    if at.utcoffset() is None:
        raise EventError("an instant needs a time zone")
    return at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def parse_instant(text: str) -> datetime:
    """Read what ``instant_text`` wrote; any other form raises ``EventError``."""
    if not _INSTANT.match(text):
        raise EventError("an instant has another form than the log writes")
    try:
        return datetime.fromisoformat(text)
    except ValueError as error:
        raise EventError("an instant names a day or time that does not exist") from error


def truncate_network(ip: str) -> str:
    """The network an address lies in, never the address itself: /24 for IPv4, /48 for IPv6.

    An IPv4 address written as IPv6 counts as IPv4. Something that is no address raises ``EventError``.
    Source: issue 5 (network point truncated).
    """
    try:
        address = ipaddress.ip_address(ip)
    except ValueError as error:
        raise EventError("the network point is not an IP address") from error
    if isinstance(address, ipaddress.IPv6Address):
        address = address.ipv4_mapped or ipaddress.IPv6Address(int(address))  # a zone id names an interface
    return str(ipaddress.ip_network((address, _PREFIXES[address.version]), strict=False))


def new_event_id(at: datetime) -> str:
    """32 hex digits after UUID version 7: milliseconds of ``at``, then 74 random bits.

    Time first, so that a million ids extend an index at its end instead of landing all over it.
    """
    milliseconds = int(at.timestamp() * 1000)
    if not 0 <= milliseconds < _MILLISECONDS_LIMIT:
        raise EventError("an instant before 1970 cannot stand in an event")
    random = secrets.randbits(74)
    value = milliseconds << 80 | 0x7 << 76 | (random >> 62) << 64 | 0b10 << 62 | random & ((1 << 62) - 1)
    return f"{value:032x}"


@dataclass(frozen=True, slots=True, kw_only=True)
class FixedFields:
    """What an event says in clear, after NEN 7513: opaque ids and codes, never names, terms or free text.

    ``actor``, ``organisation``, ``tenant``, ``on_behalf_of``, ``dossier``, ``object_id`` and ``request_id`` are opaque
    ids (no ``@``, no space, not eight or nine digits, which could be a BSN); the others are codes of printable
    characters without quote or backslash. ``network`` comes from ``truncate_network``. Anything else raises
    ``EventError``. Source: issue 5, NEN 7513.
    """

    event_id: str
    action: Action
    outcome: Outcome
    at: datetime
    actor: str | None = None
    role: str | None = None
    organisation: str | None = None
    tenant: str | None = None
    on_behalf_of: str | None = None
    purpose: str | None = None
    legal_basis: str | None = None
    article: str | None = None
    profile: str | None = None
    object_type: str | None = None
    object_id: str | None = None
    dossier: str | None = None
    network: str | None = None
    request_id: str | None = None
    software: str

    def __post_init__(self) -> None:
        """Refuse what the log may not say."""
        if not isinstance(self.action, Action) or not isinstance(self.outcome, Outcome):
            raise EventError("action and outcome are members of their lists")
        instant_text(self.at)
        if not _EVENT_ID.match(self.event_id):
            raise EventError("event_id has 32 lower-case hex digits")
        for name in _IDS:
            _check_id(name, getattr(self, name))
        for name in _CODES:
            _check_code(name, getattr(self, name))
        _check_network(self.network)
        if self.action is Action.SEARCH and self.object_id is not None:
            raise EventError("a search names no object: its terms are never in clear")

    def clear(self) -> dict[str, str | None]:
        """The fixed fields as text, in the order of the format; ``at`` in the form of ``instant_text``."""
        values: dict[str, str | None] = {name: getattr(self, name) for name in FIELD_ORDER}
        values["action"], values["outcome"] = self.action.value, self.outcome.value
        values["at"] = instant_text(self.at)
        return values


class _Optional(TypedDict, total=False):
    actor: str | None
    role: str | None
    organisation: str | None
    tenant: str | None
    on_behalf_of: str | None
    purpose: str | None
    legal_basis: str | None
    article: str | None
    profile: str | None
    object_type: str | None
    object_id: str | None
    dossier: str | None
    network: str | None
    request_id: str | None
    payload: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Event(FixedFields):
    """One act, ready for the log: the fixed fields in clear, ``payload`` (personal details, JSON values) sealed."""

    payload: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @classmethod
    def new(cls, *, action: Action, outcome: Outcome, at: datetime, software: str, **others: Unpack[_Optional]) -> Self:
        """Make an event with an id of its own; ``at`` is an aware instant and comes from the caller."""
        instant_text(at)
        return cls(event_id=new_event_id(at), action=action, outcome=outcome, at=at, software=software, **others)


FIELD_ORDER: Final[tuple[str, ...]] = tuple(entry.name for entry in fields(FixedFields))


def canonical_bytes(event: FixedFields, commitment: str | None) -> bytes:
    """The bytes that stand in the log and are hashed as they stand: see ``FORMAT.md``.

    ``commitment`` is the hex hash of the sealed payload's inside, or None when there is no payload.
    """
    return spelled(event.clear(), commitment)


def spelled(clear: Mapping[str, str | None], commitment: str | None) -> bytes:
    """The same from what ``FixedFields.clear`` gave."""
    record = {"v": FORMAT_VERSION, **clear, "payload": commitment}
    return json.dumps(record, ensure_ascii=False, separators=(",", ":")).encode()


def payload_text(payload: Mapping[str, Any]) -> str:
    """A payload as JSON text with sorted keys; a value that JSON cannot carry raises ``EventError``."""
    try:
        return json.dumps(payload, ensure_ascii=False, separators=(",", ":"), sort_keys=True, allow_nan=False)
    except (TypeError, ValueError) as error:
        # The cause would quote the value; the payload is personal, so it is not chained.
        raise EventError(f"the payload holds a value that JSON cannot carry ({type(error).__name__})") from None


def commitment_of(plain: bytes) -> str:
    """The salted hash of a payload: the salt is inside ``plain``, so whoever lost the payload cannot try values."""
    return hashlib.sha256(COMMITMENT_CONTEXT + plain).hexdigest()


def read_canonical(canonical: bytes) -> tuple[dict[str, Any], str | None]:
    """The typed fixed fields and the commitment that stored bytes spell; bytes of another form raise ``EventError``."""
    try:
        record = json.loads(canonical)
        if record["v"] != FORMAT_VERSION:
            raise EventError("the stored bytes are of another version of the format")
        values = {name: record[name] for name in FIELD_ORDER}
        values["action"], values["outcome"] = Action(values["action"]), Outcome(values["outcome"])
        values["at"] = parse_instant(values["at"])
        commitment = record["payload"]
    except (KeyError, TypeError, ValueError) as error:
        raise EventError("the stored bytes are not an event") from error
    if commitment is not None and not isinstance(commitment, str):
        raise EventError("the stored bytes are not an event")
    return values, commitment


def _check_id(name: str, value: str | None) -> None:
    if value is None:
        return
    if not isinstance(value, str) or not _ID.match(value):
        raise EventError(f"{name} is not an opaque id")
    if _BSN_LIKE.match(value):
        raise EventError(f"{name} could be a BSN: opaque ids only")


def _check_code(name: str, value: str | None) -> None:
    if value is None and name != "software":
        return
    if (
        not isinstance(value, str)
        or not 0 < len(value) <= _CODE_LENGTH
        or not value.isprintable()
        or '"' in value
        or "\\" in value
    ):
        raise EventError(f"{name} is not a code of printable characters")


@lru_cache(maxsize=1024)  # few networks come back often, and reading one is what an event costs most
def _check_network(value: str | None) -> None:
    if value is None:
        return
    try:
        network = ipaddress.ip_network(value)
    except ValueError as error:
        raise EventError("network is not a truncated network") from error
    if network.prefixlen > _PREFIXES[network.version] or str(network) != value:
        raise EventError("network is not truncated: use truncate_network")
