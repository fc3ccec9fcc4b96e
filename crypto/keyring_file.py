"""The keyring's one file: sealed under a root secret, private, replaced atomically, locked against other processes."""

import base64
import fcntl
import hashlib
import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from crypto.errors import KeyringError
from crypto.keyring_state import KeyringState, parse, serialise

_MAGIC = b"dossierpoort-keyring-1\n"
_SALT = 32
_NONCE = bytes(12)  # fixed: the key is derived from a fresh salt for each write and is used once
_TEXT_FORM = "dpr1-"
_SECRET_SIZE = 32
_CHECK_SIZE = 3
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def generate_root_secret() -> str:
    """Make a root secret as text, for a file or for typing over: a prefix, 32 random bytes and a check in base32."""
    return root_text(secrets.token_bytes(_SECRET_SIZE))


def root_text(raw: bytes) -> str:
    """Give the text form of 32 secret bytes."""
    return _TEXT_FORM + base64.b32encode(raw + _check(raw)).decode("ascii").rstrip("=").lower()


def root_material(root_secret: bytes) -> bytes:
    """Give the 32 or more secret bytes behind a root secret, in its text form or raw.

    Raises `KeyringError` for a text form with a typing error and for a raw secret under 32 bytes.
    """
    text = root_secret.strip()
    if not text.startswith(_TEXT_FORM.encode("ascii")):
        if len(root_secret) < _SECRET_SIZE:
            raise KeyringError("the root secret is too short; make one with: dossierpoort keys secret")
        return root_secret
    body = text[len(_TEXT_FORM) :].upper()
    try:
        raw = base64.b32decode(body + b"=" * (-len(body) % 8))
    except ValueError:
        raw = b""
    if len(raw) != _SECRET_SIZE + _CHECK_SIZE or _check(raw[:_SECRET_SIZE]) != raw[_SECRET_SIZE:]:
        # no cause chained here: a decoding error's text may quote characters of the secret
        raise KeyringError("the root secret has a typing error in it") from None
    return raw[:_SECRET_SIZE]


def _check(raw: bytes) -> bytes:
    return hashlib.sha256(b"dossierpoort.root-check" + raw).digest()[:_CHECK_SIZE]


def seal_state(state: KeyringState, root_secret: bytes) -> bytes:
    """Seal a whole keyring: magic line, salt, AES-256-GCM under a key derived from the root secret and the salt."""
    salt = secrets.token_bytes(_SALT)
    return _MAGIC + salt + AESGCM(_file_key(root_secret, salt)).encrypt(_NONCE, serialise(state), _MAGIC)


def open_state(raw: bytes, root_secret: bytes) -> KeyringState:
    """Open a sealed keyring; `KeyringError` when it is none, was changed, or belongs to another root secret."""
    if not raw.startswith(_MAGIC):
        raise KeyringError("this file is not a keyring")
    salt, sealed = raw[len(_MAGIC) : len(_MAGIC) + _SALT], raw[len(_MAGIC) + _SALT :]
    try:
        return parse(AESGCM(_file_key(root_secret, salt)).decrypt(_NONCE, sealed, _MAGIC))
    except (InvalidTag, ValueError) as cause:
        raise KeyringError("the keyring does not open: wrong root secret, or the file was changed") from cause


def _file_key(root_secret: bytes, salt: bytes) -> bytes:
    kdf = HKDF(algorithm=SHA256(), length=32, salt=salt, info=b"dossierpoort.keyring-file.v1")
    return kdf.derive(root_material(root_secret))


class HeldFile:
    """The keyring's file as it was found, kept open.

    While the file is held open its inode number cannot be given to another file, so "same inode" means "same file": the
    check for changes made by other processes is one stat call and cannot be fooled by a reused number.
    """

    def __init__(self, path: Path) -> None:
        self._descriptor = open_private(path)
        self._seen = _signature(os.fstat(self._descriptor))

    def read(self) -> bytes:
        """Give the sealed bytes; the caller holds the lock, so that nobody is replacing them."""
        os.lseek(self._descriptor, 0, os.SEEK_SET)
        return _read_all(self._descriptor)

    def is_current(self, path: Path) -> bool:
        """Tell whether the path still leads to this very file, unchanged."""
        try:
            return _signature(os.stat(path)) == self._seen  # noqa: PTH116  on every call, and twice as quick
        except FileNotFoundError:
            return False

    def __del__(self) -> None:
        if hasattr(self, "_descriptor"):
            os.close(self._descriptor)


def _signature(found: os.stat_result) -> tuple[int, int, int, int]:
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns


def open_private(path: Path) -> int:
    """Open the keyring for reading, and refuse when anyone else could read it or its directory."""
    check_private_directory(path.parent)
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError as cause:
        raise KeyringError(
            "the keyring cannot be read; check DOSSIERPOORT_KEYRING, or make one with: dossierpoort keys init"
        ) from cause
    if not _is_private(os.fstat(descriptor)):
        os.close(descriptor)
        raise KeyringError("the keyring is readable by others; make it private with chmod 600, or chown it")
    return descriptor


def make_private_directory(directory: Path) -> None:
    """Make the directory (0700), durable, where it does not exist yet; directories above it are made as usual."""
    if not directory.exists():
        try:
            directory.mkdir(mode=0o700, parents=True)
            sync_directory(directory.parent)
        except OSError as cause:
            raise KeyringError("the directory of the keyring cannot be made") from cause


def check_private_directory(directory: Path) -> None:
    """Raise `KeyringError` unless the directory exists, is ours and is closed to everyone else."""
    try:
        found = directory.stat()
    except OSError as cause:
        raise KeyringError("the directory of the keyring does not exist or cannot be reached") from cause
    if not _is_private(found):
        raise KeyringError("the directory of the keyring is open to others; close it with chmod 700, or chown it")


def _is_private(found: os.stat_result) -> bool:
    return not found.st_mode & _OTHERS and found.st_uid == os.geteuid()


def _read_all(descriptor: int) -> bytes:
    with open(descriptor, "rb", closefd=False) as file:
        return file.read()


@contextmanager
def locked(path: Path, *, exclusive: bool) -> Iterator[None]:
    """Hold the keyring's lock, shared for reading and exclusive for changing; works across threads and processes."""
    check_private_directory(path.parent)
    flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        descriptor = os.open(path.with_name(path.name + ".lock"), flags, 0o600)
    except OSError as cause:
        raise KeyringError("the keyring cannot be locked; is its directory read-only?") from cause
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX if exclusive else fcntl.LOCK_SH)
        yield
    finally:
        os.close(descriptor)  # gives the lock back too


def replace_file(path: Path, raw: bytes) -> None:
    """Put a new keyring in the place of the old one, durable before this returns; the caller holds the exclusive lock.

    A crash leaves the old file or the new one, whole. The temporary file has one fixed name: what a crash left behind
    is overwritten by the next write and cannot keep a destroyed key. The old file's bytes are overwritten where nothing
    else links to them; that is an extra which some file systems and disks do not honour.
    """
    try:
        _replace(path, path.with_name(path.name + ".new"), raw)
    except OSError as cause:
        raise KeyringError("the keyring could not be written; is the disk full or read-only?") from cause


def _replace(path: Path, temporary: Path, raw: bytes) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
    descriptor = os.open(temporary, flags, 0o600)
    try:
        os.fchmod(descriptor, 0o600)
        _overwrite(descriptor)
        os.ftruncate(descriptor, 0)
        _write_all(descriptor, raw)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    with _old_bytes_wiped(path):
        temporary.replace(path)
        sync_directory(path.parent)


@contextmanager
def _old_bytes_wiped(path: Path) -> Iterator[None]:
    try:
        old = os.open(path, os.O_WRONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except FileNotFoundError:
        yield
        return
    try:
        yield
        if os.fstat(old).st_nlink == 0:
            _overwrite(old)
    finally:
        os.close(old)


def _overwrite(descriptor: int) -> None:
    size = os.fstat(descriptor).st_size
    if size:
        os.lseek(descriptor, 0, os.SEEK_SET)
        _write_all(descriptor, bytes(size))
        os.fsync(descriptor)
        os.lseek(descriptor, 0, os.SEEK_SET)


def _write_all(descriptor: int, raw: bytes) -> None:
    view = memoryview(raw)
    while view:
        view = view[os.write(descriptor, view) :]


def sync_directory(directory: Path) -> None:
    """Make the directory's entries durable."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
