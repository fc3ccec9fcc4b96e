"""One generation of a keyring in memory, with what is derived from its keys."""

from dataclasses import dataclass, field

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from crypto.errors import CryptoError, KeyDestroyed, KeyringError
from crypto.keyring_state import KeyringState, PeriodKey
from crypto.keys import WrappingKey

_INFO = b"dossierpoort.period-key.v1:"


def derive(secret: bytes, purpose: str) -> bytes:
    """Derive a key of 32 bytes for one named purpose (HKDF-SHA256); no key is used for two things."""
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=_INFO + purpose.encode("utf-8")).derive(secret)


def period_key(state: KeyringState, key_id: str) -> PeriodKey:
    """Find a period key; `KeyDestroyed` when it is gone, `KeyringError` when it was never here."""
    key = state.keys.get(key_id)
    if key is None:
        if key_id in state.destroyed:
            raise KeyDestroyed("the period key was destroyed")
        raise KeyringError("this keyring does not know that period key")
    return key


@dataclass(slots=True, kw_only=True)
class LoadedKeyring:
    """A state and the keys derived from it, each made at its first use; all of it goes when the state goes."""

    state: KeyringState = field(repr=False)
    _wrapping: dict[str, WrappingKey] = field(default_factory=dict, repr=False)
    _hmac: dict[tuple[str, str], bytes] = field(default_factory=dict, repr=False)

    def secret(self, key: PeriodKey) -> bytes:
        """Give the random bytes of a period key; a keyring that seals them elsewhere opens them here."""
        return key.secret

    def wrapping_key(self, key_id: str) -> WrappingKey:
        """Give the wrapping key that belongs to a period key."""
        found = self._wrapping.get(key_id)
        if found is None:
            found = WrappingKey(key_id, derive(self.secret(period_key(self.state, key_id)), "wrap"))
            self._wrapping[key_id] = found
        return found

    def live_wrapping_key(self, key_id: str) -> WrappingKey:
        """Give the wrapping key for a new wrap; `KeyringError` when its period key was superseded meanwhile."""
        if not period_key(self.state, key_id).live:
            raise KeyringError("this period key was superseded; wrap under the live key of its period")
        return self.wrapping_key(key_id)

    def token_key(self, key_id: str, purpose: str) -> bytes:
        """Give the HMAC key for search tokens of one purpose under a period key."""
        found = self._hmac.get((key_id, purpose))
        if found is None:
            found = derive(self.secret(period_key(self.state, key_id)), "token:" + named(purpose))
            self._hmac[key_id, purpose] = found
        return found

    def installation_token_key(self, purpose: str) -> bytes:
        """Give the HMAC key for look-up tokens of one purpose that belong to no dossier."""
        found = self._hmac.get(("", purpose))
        if found is None:
            found = derive(self.state.installation, "installation-token:" + named(purpose))
            self._hmac["", purpose] = found
        return found


def named(purpose: str) -> str:
    """Give the purpose back; a key without one is refused."""
    if not purpose:
        raise CryptoError("a key needs a purpose")
    return purpose
