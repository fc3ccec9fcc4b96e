"""Keyrings: where period keys live, and the only place from which they can be destroyed."""

import hmac
import secrets
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import TypeVar

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from crypto import keyring_file as files
from crypto.context import SealContext
from crypto.errors import CryptoError, KeyringError
from crypto.escrow import Sheet, root_id, split
from crypto.keyring_file import generate_root_secret
from crypto.keyring_loaded import LoadedKeyring, derive, named, period_key
from crypto.keyring_protocol import Destruction, KeyInfo, Keyring
from crypto.keyring_state import Escrow, KeyringCopy, KeyringState, PeriodKey, SigningKey
from crypto.keys import wrapped_by
from crypto.signing import PublicKey, key_id_of
from crypto.stream import generate_key

__all__ = ["Escrow", "FileKeyring", "KeyInfo", "Keyring", "KeyringCopy", "generate_root_secret"]

_Result = TypeVar("_Result")


class FileKeyring:
    """The keyring in one sealed file (0600) in a private directory (0700); safe with many threads and processes.

    Every call looks with one stat whether another process changed the file, and reads it again only then.

    Source: issue 3, Keys (keyring `file`).
    """

    def __init__(self, path: Path | str, root_secret: bytes) -> None:
        self._path = Path(path)
        self._root_secret = files.root_material(root_secret)
        self._guard = threading.Lock()
        self._now: tuple[files.HeldFile, LoadedKeyring] | None = None
        self._current()  # an unsafe or unreadable keyring must stop the start, not the first upload

    @classmethod
    def create(cls, path: Path | str, root_secret: bytes) -> "FileKeyring":
        """Make a new, empty keyring; `KeyringError` when there is one already. Its directory is made if missing."""
        target = Path(path)
        material = files.root_material(root_secret)
        files.make_private_directory(target.parent)
        with files.locked(target, exclusive=True):
            if target.exists():
                raise KeyringError("there is a keyring already; it is never overwritten")
            state = KeyringState(generation=1, installation=generate_key())
            files.replace_file(target, files.seal_state(state, material))
        return cls(target, root_secret)

    @staticmethod
    def check_copy(copy: Path | str, root_secret: bytes) -> None:
        """Open a copy and keep nothing of it, also on a disk that takes no writes; `KeyringError` when it does not."""
        files.open_state(files.HeldFile(Path(copy)).read(), files.root_material(root_secret))

    @staticmethod
    def put_back(path: Path | str, copy: Path | str, root_secret: bytes, *, over: bool = False) -> None:
        """Put a copy in the place of a keyring, whole, when it opens; `over` replaces the one that is there.

        What was destroyed since the copy lives again until it is destroyed again. Raises `KeyringError`.
        """
        raw = files.HeldFile(Path(copy)).read()
        files.open_state(raw, files.root_material(root_secret))
        target = Path(path)
        files.make_private_directory(target.parent)
        with files.locked(target, exclusive=True):
            if target.exists() and not over:
                raise KeyringError("there is a keyring already")
            files.replace_file(target, raw)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self._path)!r})"

    # -- period keys ---------------------------------------------------------------------------------------------------

    def ensure_period_key(self, organisation: str, period: str) -> str:
        """Give the id of the live key of this organisation and period, made and durable before this returns."""
        if not organisation or not period:
            raise CryptoError("a period key needs an organisation and a period")
        found = self._current().state.live(organisation, period)
        if found:
            return found.id

        def add_unless_made_meanwhile(state: KeyringState) -> tuple[KeyringState, str]:
            live = state.live(organisation, period)
            return (state, live.id) if live else self._with_new_key(state, organisation, period)

        return self._change(add_unless_made_meanwhile)

    def wrap(self, key_id: str, key: bytes, context: SealContext) -> bytes:
        """Wrap a key of 32 bytes under a live period key; `KeyringError` when it was superseded meanwhile."""
        return self._current().live_wrapping_key(key_id).wrap(key, context)

    def unwrap(self, wrapped: bytes, context: SealContext) -> bytes:
        """Give a wrapped key back; `KeyDestroyed` when its period key is gone, `DecryptError` when it does not open."""
        return self._current().wrapping_key(wrapped_by(wrapped)).unwrap(wrapped, context)

    def rewrap(self, wraps: Iterable[tuple[bytes, SealContext]], key_id: str) -> Iterator[bytes]:
        """Move wraps to another live period key, in their order; one that is there already stays as it is (resumable).

        The keyring is looked at once, when the first is taken: take them in batches, and commit each, so that a
        rotation by another process is noticed.
        """
        loaded = self._current()
        target = loaded.live_wrapping_key(key_id)
        for wrapped, context in wraps:
            by = wrapped_by(wrapped)
            yield wrapped if by == key_id else target.wrap(loaded.wrapping_key(by).unwrap(wrapped, context), context)

    def unwrap_many(self, wraps: Iterable[tuple[bytes, SealContext]]) -> list[bytes]:
        """Give many wrapped keys back, in their order; the keyring is looked at once."""
        loaded = self._current()
        return [loaded.wrapping_key(wrapped_by(wrapped)).unwrap(wrapped, context) for wrapped, context in wraps]

    def wrap_many(self, key_id: str, keys: Iterable[tuple[bytes, SealContext]]) -> list[bytes]:
        """Wrap many keys under a live period key, in their order; the keyring is looked at once."""
        target = self._current().live_wrapping_key(key_id)
        return [target.wrap(key, context) for key, context in keys]

    def token_many(self, key_id: str, purpose: str, values: Iterable[bytes]) -> list[bytes]:
        """Give the search tokens of many values, in their order; the keyring is looked at once."""
        key = self._current().token_key(key_id, purpose)
        return [hmac.digest(key, value, "sha256") for value in values]

    def token(self, key_id: str, purpose: str, value: bytes) -> bytes:
        """Give the search token (32 bytes) of a value under this period key, for one named purpose."""
        return hmac.digest(self._current().token_key(key_id, purpose), value, "sha256")

    def live_key_ids(self, organisation: str) -> Sequence[str]:
        """Name every key of the organisation that is not destroyed, newest first (superseded ones among them)."""
        keys = [key for key in self._current().state.keys.values() if key.organisation == organisation]
        return tuple(key.id for key in sorted(keys, key=lambda key: (key.period, key.version), reverse=True))

    def describe(self, key_id: str) -> KeyInfo:
        """Tell what may be told about a key that is not destroyed."""
        return _info(period_key(self._current().state, key_id))

    def period_keys(self) -> Sequence[KeyInfo]:
        """Tell about every period key that is not destroyed."""
        return tuple(_info(key) for key in self._current().state.keys.values())

    def supersede(self, key_id: str) -> str:
        """Make a new live key for the same organisation and period; the old one only opens, until it is destroyed.

        Superseding a key that was superseded before gives the live key: a rotation that was broken off goes on with it.
        """

        def replace_live(state: KeyringState) -> tuple[KeyringState, str]:
            old = period_key(state, key_id)
            live = state.live(old.organisation, old.period)
            if live and live.id != key_id:
                return state, live.id
            return self._with_new_key(state, old.organisation, old.period)

        return self._change(replace_live)

    def destroy(self, key_id: str) -> None:
        """Destroy a key, durable before this returns; doing it again does nothing (resumable)."""

        def drop(state: KeyringState) -> tuple[KeyringState, None]:
            if key_id in state.destroyed:
                return state, None
            period_key(state, key_id)
            return state.without_key(key_id), None

        self._change(drop)

    # -- what belongs to the installation ------------------------------------------------------------------------------

    def installation_token(self, purpose: str, value: bytes) -> bytes:
        """Give the look-up token (32 bytes) of a value that belongs to no dossier."""
        return hmac.digest(self._current().installation_token_key(purpose), value, "sha256")

    def installation_key(self, purpose: str) -> bytes:
        """Give the key (32 bytes) that seals what belongs to no organisation, for one named purpose.

        It lives as long as the keyring, in every copy of it: under it goes only what is sealed once more inside.
        """
        return derive(self._current().state.installation, "installation-key:" + named(purpose))

    def signing_key(self, purpose: str) -> Ed25519PrivateKey:
        """Give the signing key of this purpose, made once."""
        found = _current_signing_key(self._current().state, named(purpose))
        if not found:

            def add_unless_made_meanwhile(state: KeyringState) -> tuple[KeyringState, SigningKey]:
                made = _current_signing_key(state, purpose)
                return (state, made) if made else _with_new_signing_key(state, purpose)

            found = self._change(add_unless_made_meanwhile)
        return Ed25519PrivateKey.from_private_bytes(found.private or b"")

    def rotate_signing_key(self, purpose: str) -> Ed25519PrivateKey:
        """Make a new signing key; of the old one the public half stays, so that what it signed still verifies."""
        made = self._change(lambda state: _with_new_signing_key(state, named(purpose)))
        return Ed25519PrivateKey.from_private_bytes(made.private or b"")

    def public_keys(self) -> Sequence[PublicKey]:
        """Give the public half of every signing key there is or was."""
        return tuple(
            PublicKey(key_id=key.id, purpose=key.purpose, raw=key.public, current=key.current)
            for key in self._current().state.signing.values()
        )

    def rotate_root(self, new_root_secret: bytes) -> None:
        """Seal the keyring under another root secret; other processes need the new one from then on."""
        self._change(lambda state: (state, None), new_root_secret=files.root_material(new_root_secret))

    # -- copies --------------------------------------------------------------------------------------------------------

    def write_copy(
        self,
        target: Path | str,
        *,
        place: str,
        on: date,
        expires_on: date | None = None,
        opens_alone: bool = False,
    ) -> None:
        """Write a sealed copy (0600, in a private directory) and register it; a copy at that place is replaced.

        `place` says where the copy is kept, in words for people; `expires_on` is the last day on which it can exist.
        `opens_alone` asks for a copy that needs no other service to open; a copy of a keyring in a file never does.

        Source: issue 3, Keys (keyring copies are registered and replaced, not accumulated).
        """
        path = Path(target)
        files.check_private_directory(path.parent)

        def announce(state: KeyringState) -> tuple[KeyringState, None]:
            # Generation 0 counts as holding every key: a copy that a crash left unregistered must not go unseen.
            known = state.copies.get(place)
            announced = known and known.opens_alone >= opens_alone
            return (state if announced else state.with_copy(_copy(place, on, 0, expires_on, opens_alone))), None

        def write(state: KeyringState) -> tuple[KeyringState, None]:
            written = self._opened(state) if opens_alone else state
            files.replace_file(path, files.seal_state(written, self._root_secret))
            alone = self._opens_alone(written)
            return state.with_copy(_copy(place, on, state.generation, expires_on, alone)), None

        self._change(announce)
        self._change(write)

    def register_copy(self, source: Path | str, *, place: str, on: date, expires_on: date | None = None) -> None:
        """Register a copy made by other means; it is opened, so that its age is known and not believed."""
        held = files.HeldFile(Path(source))
        found = files.open_state(held.read(), self._root_secret)
        made = _copy(place, on, found.generation, expires_on, self._opens_alone(found))
        self._change(lambda state: (state.with_copy(made), None))

    def forget_copy(self, place: str) -> None:
        """Strike a copy from the register; only for a copy that somebody has seen destroyed."""
        self._change(lambda state: (state.without_copy(place), None))

    def copies(self) -> Sequence[KeyringCopy]:
        """Tell about every registered copy."""
        return tuple(self._current().state.copies.values())

    def destruction(self, key_id: str, on: date) -> Destruction:
        """Tell whether a destruction is "final", or "provisional" because a registered copy still holds the key."""
        state = self._current().state
        if key_id not in state.destroyed:
            raise KeyringError("this key is not destroyed")
        return "provisional" if state.copies_holding(key_id, on) else "final"

    def copies_holding(self, key_id: str, on: date) -> Sequence[KeyringCopy]:
        """Name the registered copies that must be rewritten before the destruction of this key is final."""
        state = self._current().state
        return state.copies_holding(key_id, on) if key_id in state.destroyed else ()

    # -- escrow --------------------------------------------------------------------------------------------------------

    @property
    def root_id(self) -> str:
        """Name the root secret under which the keyring is sealed now, without telling it."""
        self._current()
        return root_id(self._root_secret)

    def make_escrow(self, *, sheets: int, needed: int, on: date) -> tuple[Escrow, Sequence[Sheet]]:
        """Share the root secret out over sheets for keyholders, and register that they were made.

        Source: issue 3, Keys (escrow holds only what opens the current keyring).
        """

        def register(state: KeyringState) -> tuple[KeyringState, tuple[Escrow, Sequence[Sheet]]]:
            made = split(self._root_secret, sheets=sheets, needed=needed)
            while made[0].name in state.escrows:  # one in 32 768
                made = split(self._root_secret, sheets=sheets, needed=needed)
            escrow = Escrow(
                name=made[0].name, root_id=root_id(self._root_secret), made_on=on, sheets=sheets, needed=needed
            )
            return state.with_escrow(escrow), (escrow, made)

        return self._change(register)

    def escrows(self) -> Sequence[Escrow]:
        """Tell about all sheets that were printed; those whose `root_id` is not ours open nothing any more."""
        return tuple(self._current().state.escrows.values())

    def forget_escrow(self, name: str) -> None:
        """Strike sheets from the register; only for sheets that somebody has seen destroyed."""
        self._change(lambda state: (state.without_escrow(name), None))

    # -- the file ------------------------------------------------------------------------------------------------------

    def _current(self) -> LoadedKeyring:
        now = self._now
        if now and now[0].is_current(self._path):
            return now[1]
        with self._guard, files.locked(self._path, exclusive=False):
            return self._read()

    def _read(self) -> LoadedKeyring:
        """Read the file again if it changed; the caller holds guard and lock."""
        if self._now and self._now[0].is_current(self._path):
            return self._now[1]
        held = files.HeldFile(self._path)
        state = files.open_state(held.read(), self._root_secret)
        if self._now and state.generation < self._now[1].state.generation:
            raise KeyringError("the keyring is older than the one in use; was an old copy put back?")
        loaded = self._load(state)
        self._now = (held, loaded)
        return loaded

    def _load(self, state: KeyringState) -> LoadedKeyring:
        return LoadedKeyring(state=state)

    def _opened(self, state: KeyringState) -> KeyringState:
        """Give the state as it opens without another service."""
        return state

    def _opens_alone(self, state: KeyringState) -> bool:  # noqa: ARG002  for other keyrings
        return True

    def _new_secret(self, organisation: str, period: str, key_id: str) -> bytes:  # noqa: ARG002  for other keyrings
        return generate_key()

    def _with_new_key(self, state: KeyringState, organisation: str, period: str) -> tuple[KeyringState, str]:
        version = state.next_version(organisation, period)
        key_id = f"{secrets.token_hex(8)}.{version}"
        key = PeriodKey(
            id=key_id,
            organisation=organisation,
            period=period,
            version=version,
            live=True,
            secret=self._new_secret(organisation, period, key_id),
        )
        return state.with_key(key), key.id

    def _change(
        self,
        change: Callable[[KeyringState], tuple[KeyringState, _Result]],
        *,
        new_root_secret: bytes | None = None,
    ) -> _Result:
        with self._guard, files.locked(self._path, exclusive=True):
            before = self._read().state
            after, result = change(before)
            if after is not before or new_root_secret:
                root_secret = new_root_secret or self._root_secret
                files.replace_file(self._path, files.seal_state(after, root_secret))
                self._root_secret = root_secret
                self._read()
            return result


def _copy(place: str, made_on: date, generation: int, expires_on: date | None, opens_alone: bool) -> KeyringCopy:
    return KeyringCopy(
        place=place, made_on=made_on, generation=generation, expires_on=expires_on, opens_alone=opens_alone
    )


def _with_new_signing_key(state: KeyringState, purpose: str) -> tuple[KeyringState, SigningKey]:
    private = Ed25519PrivateKey.generate()
    public = private.public_key()
    key = SigningKey(
        id=key_id_of(public),
        purpose=purpose,
        public=public.public_bytes_raw(),
        current=True,
        private=private.private_bytes_raw(),
    )
    return state.with_signing_key(key), key


def _current_signing_key(state: KeyringState, purpose: str) -> SigningKey | None:
    return next((key for key in state.signing.values() if key.purpose == purpose and key.current), None)


def _info(key: PeriodKey) -> KeyInfo:
    return KeyInfo(id=key.id, organisation=key.organisation, period=key.period, version=key.version, live=key.live)
