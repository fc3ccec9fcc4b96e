"""What a keyring holds, as frozen values, and its one serialised form. No file, no lock, no clock."""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from crypto.errors import KeyringError

_FORMAT = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class PeriodKey:
    """One random key of one organisation and period; `live` means that new wraps use it."""

    id: str
    organisation: str
    period: str
    version: int
    live: bool
    secret: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class DestroyedKey:
    """What is left of a destroyed key: its name, and the generation of the keyring that no longer held it."""

    id: str
    organisation: str
    period: str
    version: int
    generation: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningKey:
    """An Ed25519 key for one purpose; `private` is the raw 32 bytes, None once only the public half is kept."""

    id: str
    purpose: str
    public: bytes
    current: bool
    private: bytes | None = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyringCopy:
    """A registered copy of the keyring: where, made when, of which generation, and when it ceases to exist.

    `opens_alone` matters where a service seals the period keys: an export opens without that service, a copy does not.
    """

    place: str
    made_on: date
    generation: int
    expires_on: date | None
    opens_alone: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Escrow:
    """Sheets that were printed: of which root secret, when, how many, and how many of them give it back.

    `name` is the two words with which every one of them begins.
    """

    name: str
    root_id: str
    made_on: date
    sheets: int
    needed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyringState:
    """All that a keyring holds at one generation; each change makes a new state with the next generation."""

    generation: int
    installation: bytes = field(repr=False)
    keys: Mapping[str, PeriodKey] = field(default_factory=dict)
    destroyed: Mapping[str, DestroyedKey] = field(default_factory=dict)
    signing: Mapping[str, SigningKey] = field(default_factory=dict)
    copies: Mapping[str, KeyringCopy] = field(default_factory=dict)
    escrows: Mapping[str, Escrow] = field(default_factory=dict)

    def live(self, organisation: str, period: str) -> PeriodKey | None:
        """Find the key that new wraps of this organisation and period use."""
        for key in self.keys.values():
            if key.live and key.organisation == organisation and key.period == period:
                return key
        return None

    def next_version(self, organisation: str, period: str) -> int:
        """Count on from every version there ever was, destroyed ones too: a name is never used twice."""
        every: list[PeriodKey | DestroyedKey] = [*self.keys.values(), *self.destroyed.values()]
        used = [key.version for key in every if (key.organisation, key.period) == (organisation, period)]
        return max(used, default=0) + 1

    def with_key(self, key: PeriodKey) -> "KeyringState":
        """Add a live key; the one that was live for the same organisation and period stays readable only."""
        keys = {
            other.id: replace(other, live=False)
            if (other.organisation, other.period) == (key.organisation, key.period)
            else other
            for other in self.keys.values()
        }
        return replace(self, generation=self.generation + 1, keys={**keys, key.id: key})

    def without_key(self, key_id: str) -> "KeyringState":
        """Drop a key and leave its name behind."""
        gone = self.keys[key_id]
        mark = DestroyedKey(
            id=gone.id,
            organisation=gone.organisation,
            period=gone.period,
            version=gone.version,
            generation=self.generation + 1,
        )
        return replace(
            self,
            generation=self.generation + 1,
            keys={key.id: key for key in self.keys.values() if key.id != key_id},
            destroyed={**self.destroyed, key_id: mark},
        )

    def with_signing_key(self, key: SigningKey) -> "KeyringState":
        """Add the current signing key of a purpose; of the one before it only the public half is kept."""
        others = {
            other.id: replace(other, current=False, private=None) if other.purpose == key.purpose else other
            for other in self.signing.values()
        }
        return replace(self, generation=self.generation + 1, signing={**others, key.id: key})

    def with_copy(self, copy: KeyringCopy) -> "KeyringState":
        """Register a copy; a copy at the same place is replaced, never joined."""
        return replace(self, generation=self.generation + 1, copies={**self.copies, copy.place: copy})

    def without_copy(self, place: str) -> "KeyringState":
        """Strike a copy from the register, because it no longer exists."""
        copies = {copy.place: copy for copy in self.copies.values() if copy.place != place}
        return replace(self, generation=self.generation + 1, copies=copies)

    def with_escrow(self, escrow: Escrow) -> "KeyringState":
        """Register sheets that are about to be printed."""
        return replace(self, generation=self.generation + 1, escrows={**self.escrows, escrow.name: escrow})

    def without_escrow(self, name: str) -> "KeyringState":
        """Strike sheets from the register, because they no longer exist."""
        escrows = {escrow.name: escrow for escrow in self.escrows.values() if escrow.name != name}
        return replace(self, generation=self.generation + 1, escrows=escrows)

    def copies_holding(self, key_id: str, on: date) -> tuple[KeyringCopy, ...]:
        """Name the registered copies that still hold a destroyed key on that day."""
        gone_since = self.destroyed[key_id].generation
        return tuple(
            copy
            for copy in self.copies.values()
            if copy.generation < gone_since and (copy.expires_on is None or on <= copy.expires_on)
        )


def serialise(state: KeyringState) -> bytes:
    """Give the canonical JSON of a state; to be sealed before it goes anywhere."""
    document = {
        "format": _FORMAT,
        "generation": state.generation,
        "installation": _b64(state.installation),
        "keys": [
            [key.id, key.organisation, key.period, key.version, key.live, _b64(key.secret)]
            for key in state.keys.values()
        ],
        "destroyed": [
            [key.id, key.organisation, key.period, key.version, key.generation] for key in state.destroyed.values()
        ],
        "signing": [
            [key.id, key.purpose, _b64(key.public), key.current, _b64(key.private) if key.private else None]
            for key in state.signing.values()
        ],
        "copies": [
            [
                copy.place,
                copy.made_on.isoformat(),
                copy.generation,
                copy.expires_on and copy.expires_on.isoformat(),
                copy.opens_alone,
            ]
            for copy in state.copies.values()
        ],
        "escrows": [
            [escrow.name, escrow.root_id, escrow.made_on.isoformat(), escrow.sheets, escrow.needed]
            for escrow in state.escrows.values()
        ],
    }
    return json.dumps(document, ensure_ascii=True, separators=(",", ":")).encode("ascii")


def parse(raw: bytes) -> KeyringState:
    """Read a state back; `KeyringError` when the format is not this one."""
    document: dict[str, Any] = json.loads(raw)
    if document.get("format") != _FORMAT:
        raise KeyringError("this keyring has a format that this version does not know")
    keys = (
        PeriodKey(id=i, organisation=o, period=p, version=v, live=live, secret=_unb64(s))
        for i, o, p, v, live, s in document["keys"]
    )
    destroyed = (
        DestroyedKey(id=i, organisation=o, period=p, version=v, generation=g) for i, o, p, v, g in document["destroyed"]
    )
    signing = (
        SigningKey(id=i, purpose=p, public=_unb64(pub), current=c, private=_unb64(s) if s else None)
        for i, p, pub, c, s in document["signing"]
    )
    copies = (
        KeyringCopy(
            place=place,
            made_on=date.fromisoformat(made),
            generation=g,
            expires_on=date.fromisoformat(ends) if ends else None,
            opens_alone=bool(alone and alone[0]),
        )
        for place, made, g, ends, *alone in document["copies"]
    )
    escrows = (
        Escrow(name=name, root_id=root, made_on=date.fromisoformat(made), sheets=sheets, needed=needed)
        for name, root, made, sheets, needed in document.get("escrows", ())
    )
    return KeyringState(
        generation=document["generation"],
        installation=_unb64(document["installation"]),
        keys={key.id: key for key in keys},
        destroyed={key.id: key for key in destroyed},
        signing={key.id: key for key in signing},
        copies={copy.place: copy for copy in copies},
        escrows={escrow.name: escrow for escrow in escrows},
    )


def _b64(raw: bytes) -> str:
    return base64.b64encode(raw).decode("ascii")


def _unb64(text: str) -> bytes:
    return base64.b64decode(text, validate=True)
