"""A message as it travels: the envelope that is signed, and the acknowledgement that answers it. Pure.

Written in docs/FORMAT-peer-messages.md, with vectors in tests/vectors/peers. Nothing is taken that is not exactly so.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

MESSAGE = "dossierpoort-peer-message/1"
ACKNOWLEDGEMENT = "dossierpoort-peer-ack/1"
MOST_BODY = 262_144
MOST_ATTACHMENTS = 50
MOST_NUMBER = 10**9
MOST_REASON = 1000
RECEIPT, VOID = "peers.receipt", "peers.void"
RECEIPTS = "peers.receipts"
"""The thread in which each side tells what became of the other's messages."""

_ID = re.compile(r"[0-9a-f]{32}")
_PARTY = re.compile(r"[0-9A-F]{40}|[0-9A-F]{64}|[0-9a-f]{32}")
_THREAD = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_KIND = re.compile(r"[a-z_]{1,20}(\.[a-z_]{1,20}){1,2}")
_HASH = re.compile(r"[0-9a-f]{64}")
_INSTANT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z")
_STATES = frozenset({"waiting", "applied", "refused"})


class EnvelopeError(Exception):
    """What came is not what the format says; nothing of it is used."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attached:
    """A document that goes along: its name, its size in bytes and the SHA-256 of its content (hex)."""

    name: str = field(repr=False)
    size: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """One message. `sender` and `receiver` are fingerprints of OpenPGP keys, or tenants' ids within an installation."""

    sender: str
    receiver: str
    message_id: str
    thread: str
    number: int
    kind: str
    made_at: datetime
    body: Mapping[str, Any] = field(repr=False)
    attachments: tuple[Attached, ...] = ()

    @property
    def digest(self) -> str:
        """SHA-256 of what the message says, whoever carries it and under whichever keys: the same message, the same."""
        said = {key: value for key, value in self.to_json().items() if key not in ("sender", "receiver")}
        return hashlib.sha256(canonical(said)).hexdigest()

    def to_json(self) -> dict[str, Any]:
        """The envelope as the format writes it."""
        return {
            "format": MESSAGE,
            "sender": self.sender,
            "receiver": self.receiver,
            "message": self.message_id,
            "thread": self.thread,
            "number": self.number,
            "kind": self.kind,
            "made_at": spelled(self.made_at),
            "body": dict(self.body),
            "attachments": [{"name": each.name, "size": each.size, "sha256": each.sha256} for each in self.attachments],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledgement:
    """What the partner answers: it has the message `message_id` with this digest, in this state.

    `code` is why it was refused as a package (conflict, ahead), or empty; `reason` the sentence of a refused act.
    """

    sender: str
    receiver: str
    message_id: str
    digest: str
    state: str
    at: datetime
    code: str = ""
    reason: str = field(default="", repr=False)

    def to_json(self) -> dict[str, Any]:
        """The acknowledgement as the format writes it."""
        return {
            "format": ACKNOWLEDGEMENT,
            "sender": self.sender,
            "receiver": self.receiver,
            "message": self.message_id,
            "digest": self.digest,
            "state": self.state,
            "code": self.code,
            "reason": self.reason,
            "at": spelled(self.at),
        }


def canonical(value: Mapping[str, Any]) -> bytes:
    """JSON in its one spelling: sorted keys, no white space, UTF-8.

    Raises:
        EnvelopeError: it holds what JSON has not.
    """
    try:
        return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False).encode(
            "utf-8"
        )
    except (TypeError, ValueError) as error:
        raise EnvelopeError from error


def spelled(at: datetime) -> str:
    """An instant as 27 characters, UTC."""
    return at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def check_body(body: Mapping[str, Any]) -> None:
    """Whether this can be the body of a message.

    Raises:
        EnvelopeError: too large, or not JSON.
    """
    if len(canonical(body)) > MOST_BODY:
        raise EnvelopeError


def is_thread(name: str) -> bool:
    """Whether this can be the name of a thread."""
    return bool(_THREAD.fullmatch(name))


def is_kind(kind: str) -> bool:
    """Whether this can be the kind of a message."""
    return bool(_KIND.fullmatch(kind))


def parse_envelope(raw: bytes) -> Envelope:
    """Read an envelope whose signature was verified.

    Raises:
        EnvelopeError: it is not exactly as the format says.
    """
    found = _read(raw, MESSAGE, {"sender", "receiver", "message", "thread", "number", "kind", "made_at", "body"},
                  "attachments")  # fmt: skip
    body, listed = found["body"], found["attachments"]
    if not isinstance(body, dict) or not isinstance(listed, list) or len(listed) > MOST_ATTACHMENTS:
        raise EnvelopeError
    check_body(body)
    attachments = tuple(_attached(each) for each in listed)
    if len({each.name for each in attachments}) != len(attachments):
        raise EnvelopeError
    return Envelope(
        sender=_text(found["sender"], _PARTY),
        receiver=_text(found["receiver"], _PARTY),
        message_id=_text(found["message"], _ID),
        thread=_text(found["thread"], _THREAD),
        number=_number(found["number"], 1, MOST_NUMBER),
        kind=_text(found["kind"], _KIND),
        made_at=_instant(found["made_at"]),
        body=body,
        attachments=attachments,
    )


def parse_acknowledgement(raw: bytes) -> Acknowledgement:
    """Read an acknowledgement whose signature was verified.

    Raises:
        EnvelopeError: it is not exactly as the format says.
    """
    found = _read(raw, ACKNOWLEDGEMENT, {"sender", "receiver", "message", "digest", "state", "code", "reason"}, "at")
    code, reason = found["code"], found["reason"]
    if not isinstance(code, str) or not re.fullmatch(r"[a-z-]{0,24}", code):
        raise EnvelopeError
    if not isinstance(reason, str) or len(reason) > MOST_REASON or found["state"] not in _STATES:
        raise EnvelopeError
    return Acknowledgement(
        sender=_text(found["sender"], _PARTY),
        receiver=_text(found["receiver"], _PARTY),
        message_id=_text(found["message"], _ID),
        digest=_text(found["digest"], _HASH),
        state=found["state"],
        code=code,
        reason=reason,
        at=_instant(found["at"]),
    )


def _read(raw: bytes, form: str, names: set[str], last: str) -> dict[str, Any]:
    try:
        found = json.loads(raw, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise EnvelopeError from error
    if not isinstance(found, dict) or set(found) != {"format", last, *names} or found["format"] != form:
        raise EnvelopeError
    if canonical(found) != raw:  # one spelling: no key twice, nothing hidden in white space
        raise EnvelopeError
    return found


def _no_constant(_name: str) -> None:
    raise ValueError("no such number in JSON")


def _attached(found: Any) -> Attached:
    if not isinstance(found, dict) or set(found) != {"name", "size", "sha256"}:
        raise EnvelopeError
    name = found["name"]
    if not isinstance(name, str) or not is_name(name):
        raise EnvelopeError
    return Attached(name=name, size=_number(found["size"], 0, 10**12), sha256=_text(found["sha256"], _HASH))


def is_name(name: str) -> bool:
    """Whether this can be the name of an attachment: plain, and no path."""
    short = 0 < len(name.encode("utf-8", "replace")) <= 200  # noqa: PLR2004 - bytes, as in a package
    return short and not name.startswith(".") and name.isprintable() and not set(name) & set("/\\")


def _text(value: Any, form: re.Pattern[str]) -> str:
    if not isinstance(value, str) or not form.fullmatch(value):
        raise EnvelopeError
    return value


def _number(value: Any, least: int, most: int) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise EnvelopeError
    return value


def _instant(value: Any) -> datetime:
    try:
        return datetime.fromisoformat(_text(value, _INSTANT))
    except ValueError as error:
        raise EnvelopeError from error
