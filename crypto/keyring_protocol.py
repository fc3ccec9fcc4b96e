"""What every keyring can do, whatever holds the keys."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal, Protocol

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from crypto.context import SealContext
from crypto.signing import PublicKey

Destruction = Literal["final", "provisional"]


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyInfo:
    """What may be told about a period key: everything but the key; `live` means that new wraps use it."""

    id: str
    organisation: str
    period: str
    version: int
    live: bool


class Keyring(Protocol):
    """Holds one random key per organisation and period; a period is a name such as "2026Q4".

    Source: issue 3, Keys.
    """

    def ensure_period_key(self, organisation: str, period: str) -> str:
        """Give the id of the live key of this organisation and period, made and durable before this returns."""
        ...

    def wrap(self, key_id: str, key: bytes, context: SealContext) -> bytes:
        """Wrap a key of 32 bytes under a live period key."""
        ...

    def unwrap(self, wrapped: bytes, context: SealContext) -> bytes:
        """Give a wrapped key back; `KeyDestroyed` when its period key is gone, `DecryptError` when it does not open."""
        ...

    def unwrap_many(self, wraps: Iterable[tuple[bytes, SealContext]]) -> list[bytes]:
        """Give many wrapped keys back, in their order."""
        ...

    def wrap_many(self, key_id: str, keys: Iterable[tuple[bytes, SealContext]]) -> list[bytes]:
        """Wrap many keys under a live period key, in their order."""
        ...

    def token_many(self, key_id: str, purpose: str, values: Iterable[bytes]) -> list[bytes]:
        """Give the search tokens of many values, in their order."""
        ...

    def token(self, key_id: str, purpose: str, value: bytes) -> bytes:
        """Give the search token (32 bytes) of a value under this period key, for one named purpose."""
        ...

    def live_key_ids(self, organisation: str) -> Sequence[str]:
        """Name every key of the organisation that is not destroyed, newest first; a look-up makes a token with each.

        Superseded keys are among them until they are destroyed: what was not yet moved to the new key is found too.
        """
        ...

    def describe(self, key_id: str) -> KeyInfo:
        """Tell what may be told about a key; `KeyDestroyed` when it is gone."""
        ...

    def period_keys(self) -> Sequence[KeyInfo]:
        """Tell about every period key that is not destroyed."""
        ...

    def supersede(self, key_id: str) -> str:
        """Make a new live key for the same organisation and period; the old one only opens, until it is destroyed."""
        ...

    def destroy(self, key_id: str) -> None:
        """Destroy a key, durable before this returns; what it wrapped raises `KeyDestroyed` ever after."""
        ...

    def destruction(self, key_id: str, on: date) -> Destruction:
        """Tell whether a destruction is "final", or "provisional" because the key can still come back."""
        ...

    def installation_token(self, purpose: str, value: bytes) -> bytes:
        """Give the look-up token (32 bytes) of a value that belongs to no dossier."""
        ...

    def installation_key(self, purpose: str) -> bytes:
        """Give the key (32 bytes) that seals what belongs to no organisation, for one named purpose."""
        ...

    def signing_key(self, purpose: str) -> Ed25519PrivateKey:
        """Give the signing key of this purpose, made once."""
        ...

    def rotate_signing_key(self, purpose: str) -> Ed25519PrivateKey:
        """Make a new signing key; of the old one the public half stays, so that what it signed still verifies."""

    def public_keys(self) -> Sequence[PublicKey]:
        """Give the public half of every signing key there is or was."""
        ...
