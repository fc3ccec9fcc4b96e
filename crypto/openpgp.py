"""OpenPGP by gpg: keys are inspected, messages made and opened, each in a home of its own that ends with the call.

gpg leaves the whole plaintext on disk when a message was tampered with. Therefore plaintext is written only below the
scratch directory the caller names (tmpfs), and everything there is removed unless every check passed.
"""

import io
import logging
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import gnupg
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from crypto.openpgp_rules import REFUSALS, PublicKeyInfo, algorithm, last_day, refused
from crypto.package import PackageContent, PackageFile, pack, unpack
from crypto.signing import PublicKey

__all__ = [
    "REFUSALS",
    "OpenedMessage",
    "PublicKeyInfo",
    "Recipient",
    "encrypt",
    "generate_secret_key",
    "inspect_public_key",
    "make_package",
    "open_message",
    "open_package",
    "public_key_of",
    "sign_detached",
    "verify_detached",
]

# python-gnupg logs the keys it imports and the names in them. None of that may reach a log, whatever level is set.
logging.getLogger("gnupg").addFilter(lambda _: False)

_LONGEST_HOME = 80  # the agent's socket lies in the home, and a socket's path ends at 107 bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """Whom to encrypt to: the registered key and the fingerprint that a second person confirmed."""

    key: bytes = field(repr=False)
    fingerprint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedMessage:
    """A message whose signature was verified; `path` holds the plaintext and lives as long as the `with` block."""

    path: Path
    signed_by: str


def generate_secret_key(name: str, email: str, *, expires_on: date, scratch: Path) -> bytes:
    """Make the gateway's own OpenPGP key (Ed25519 to sign, Curve25519 to decrypt), armored; keep it sealed."""
    with _home(scratch) as gpg:
        made = gpg.gen_key(
            gpg.gen_key_input(
                key_type="EDDSA",
                key_curve="ed25519",
                key_usage="sign",
                subkey_type="ECDH",
                subkey_curve="cv25519",
                subkey_usage="encrypt",
                no_protection=True,
                name_real=name,
                name_email=email,
                expire_date=expires_on.isoformat(),
            )
        )
        secret = gpg.export_keys(made.fingerprint, secret=True, expect_passphrase=False) if made.fingerprint else ""
    if not secret:
        raise refused("not-made")
    return str(secret).encode("ascii")


def public_key_of(secret_key: bytes, *, scratch: Path) -> bytes:
    """Give the armored public half of a secret key, to hand out."""
    with _home(scratch) as gpg:
        fingerprint = _import_secret(gpg, secret_key)
        return str(gpg.export_keys(fingerprint, minimal=True)).encode("ascii")


def inspect_public_key(key: bytes, *, on: date, scratch: Path) -> PublicKeyInfo:
    """Look whether a public key can be registered and used on that day; `OpenPGPError` names the reason if not.

    Source: issue 3, OpenPGP (weak, expired, revoked or encryption-incapable keys are refused with the reason).
    """
    with _home(scratch) as gpg:
        return _import_public(gpg, key, on)


def encrypt(
    chunks: Iterable[bytes],
    output: Path,
    *,
    recipients: Sequence[Recipient],
    secret_key: bytes,
    on: date,
    scratch: Path,
) -> None:
    """Encrypt a stream to every recipient and sign it; `output` appears only when all of it is there and good.

    If any recipient's key is bad nothing is made and `OpenPGPError` tells the reason; errors of `chunks` pass through.

    Source: issue 3, OpenPGP (if any recipient key is bad the whole package fails).
    """
    part = output.with_name(output.name + ".part")
    source = _Source(chunks)
    try:
        with _home(scratch) as gpg:
            signer = _import_secret(gpg, secret_key)
            fingerprints = [_recipient(gpg, recipient, on) for recipient in recipients]
            if not fingerprints:
                raise refused("no-recipient")
            _run_encrypt(gpg, source, part, fingerprints, signer)
        part.replace(output)
    finally:
        part.unlink(missing_ok=True)


@contextmanager
def open_message(
    message: Path, *, secret_key: bytes, senders: Sequence[Recipient], on: date, scratch: Path, largest: int
) -> Iterator[OpenedMessage]:
    """Decrypt a message and verify that one of the senders signed it; the plaintext goes when the block ends.

    `largest` bounds the plaintext in bytes. Raises `OpenPGPError` and leaves nothing behind when it is not for this
    key, tampered with, too large, or not signed by a sender whose key is good on that day.

    Source: issue 3, OpenPGP (plaintext only in scratch, removed on failure).
    """
    with _directory(scratch) as directory:
        path = directory / "plain"
        with _home(scratch) as gpg:
            _import_secret(gpg, secret_key)
            fingerprints = {_recipient(gpg, sender, on) for sender in senders}
            signed_by = _run_decrypt(gpg, message, path, fingerprints, largest)
        yield OpenedMessage(path=path, signed_by=signed_by)


def sign_detached(content: bytes, *, secret_key: bytes, scratch: Path) -> str:
    """Sign a text by itself, armored: whoever keeps text and signature can show later who said it."""
    with _home(scratch) as gpg:
        signer = _import_secret(gpg, secret_key)
        made = gpg.sign(content, keyid=signer, detach=True, clearsign=False, extra_args=["--digest-algo", "SHA512"])
        if not made or made.returncode != 0:
            raise refused("not-made")
        return str(made)


def verify_detached(content: bytes, signature: str, *, senders: Sequence[Recipient], on: date, scratch: Path) -> str:
    """Which of the senders signed exactly this text: the fingerprint. Raises `OpenPGPError` when none of them did."""
    with _directory(scratch) as directory, _home(scratch) as gpg:
        fingerprints = {_recipient(gpg, sender, on) for sender in senders}
        path = directory / "signature"
        path.write_bytes(signature.encode("utf-8"))
        try:
            found = gpg.verify_data(str(path), content)
        except BrokenPipeError:  # gpg knew before it had read the text: this is no signature
            raise refused("not-signed") from None
        one_valid = found.valid and found.returncode == 0 and len(found.sig_info) == 1
        if not one_valid or found.pubkey_fingerprint not in fingerprints:
            raise refused("not-signed")
        return str(found.pubkey_fingerprint)


def make_package(
    files: Iterable[PackageFile],
    manifest: Mapping[str, Any],
    output: Path,
    *,
    recipients: Sequence[Recipient],
    secret_key: bytes,
    manifest_key: Ed25519PrivateKey,
    on: date,
    scratch: Path,
) -> None:
    """Make one OpenPGP message of files and signed manifest, see `pack` and `encrypt`; no plaintext touches a disk."""
    stream = pack(files, manifest, manifest_key)
    encrypt(stream, output, recipients=recipients, secret_key=secret_key, on=on, scratch=scratch)


@contextmanager
def open_package(
    message: Path,
    *,
    secret_key: bytes,
    senders: Sequence[Recipient],
    manifest_keys: Iterable[PublicKey],
    on: date,
    scratch: Path,
    largest: int,
) -> Iterator[PackageContent]:
    """Open a package made by `make_package`: all of it verified first, plaintext only as long as the block."""
    opened = open_message(message, secret_key=secret_key, senders=senders, on=on, scratch=scratch, largest=largest)
    with _directory(scratch) as directory, opened as plain:
        yield unpack(plain.path, directory, manifest_keys)


# -- homes and directories ---------------------------------------------------------------------------------------------


@contextmanager
def _directory(scratch: Path) -> Iterator[Path]:
    found = scratch.stat() if scratch.is_dir() else None
    if found is None or found.st_mode & 0o077 or found.st_uid != os.geteuid():
        raise refused("scratch")
    directory = Path(tempfile.mkdtemp(prefix="pgp-", dir=scratch))
    try:
        yield directory
    finally:
        shutil.rmtree(directory, ignore_errors=True)


@contextmanager
def _home(scratch: Path) -> Iterator[gnupg.GPG]:
    """A fresh GNUPGHOME without any of the caller's environment; its agent is ended and all of it removed."""
    with _directory(scratch) as home:
        if len(os.fsencode(home)) > _LONGEST_HOME:
            raise refused("scratch")
        environment = {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C.UTF-8", "HOME": str(home)}
        options = ["--weak-digest", "SHA1", "--no-auto-key-retrieve", "--no-auto-key-locate"]
        try:
            gpg = gnupg.GPG(gnupghome=str(home), env=environment, options=options)
        except OSError as cause:
            raise refused("no-gpg") from cause
        try:
            yield gpg
        finally:
            subprocess.run(  # noqa: S603  fixed arguments, no shell
                ["gpgconf", "--homedir", str(home), "--kill", "all"],  # noqa: S607  found as gpg itself is, by PATH
                env=environment,
                check=False,
                capture_output=True,
            )


# -- keys --------------------------------------------------------------------------------------------------------------


def _import_secret(gpg: gnupg.GPG, secret_key: bytes) -> str:
    imported = gpg.import_keys(secret_key)
    if not imported.sec_read or len(set(imported.fingerprints)) != 1:
        raise refused("unreadable")
    return str(imported.fingerprints[0])


def _recipient(gpg: gnupg.GPG, recipient: Recipient, on: date) -> str:
    info = _import_public(gpg, recipient.key, on)
    if info.fingerprint != recipient.fingerprint:
        raise refused("other-key")
    return info.fingerprint


def _import_public(gpg: gnupg.GPG, key: bytes, on: date) -> PublicKeyInfo:
    shown = gpg.scan_keys_mem(key)
    if any(entry["type"] == "sec" for entry in shown):
        raise refused("secret")
    if len(shown) > 1:
        raise refused("several")
    imported = gpg.import_keys(key)
    fingerprints = set(imported.fingerprints)
    if len(fingerprints) != 1:
        # gpg takes no key without a good signature by itself; with SHA-1 barred this is what an old key looks like
        raise refused("weak" if shown else "unreadable")
    fingerprint = fingerprints.pop()
    entry = next(entry for entry in gpg.list_keys(keys=fingerprint))
    expires_on = last_day(entry, on)
    return PublicKeyInfo(
        fingerprint=fingerprint,
        algorithm=algorithm(entry),
        user_ids=tuple(entry["uids"]),
        expires_on=expires_on,
        key=str(gpg.export_keys(fingerprint, minimal=True)).encode("ascii"),
    )


# -- running gpg -------------------------------------------------------------------------------------------------------


class _Source(io.RawIOBase):
    """The plaintext as gpg's feeder thread reads it; a failure is kept here, because gpg takes it for the end."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._chunks = iter(chunks)
        self.failure: BaseException | None = None
        self.exhausted = False

    def read(self, _: int = -1) -> bytes:
        try:
            for chunk in self._chunks:
                if chunk:
                    return chunk
        except BaseException as failure:  # noqa: BLE001  kept and raised again by the caller
            self.failure = failure
            # whatever it was, the feeder must get an error it knows: others would leave gpg waiting for ever
            raise OSError("the source failed") from None
        self.exhausted = True
        return b""


def _run_encrypt(gpg: gnupg.GPG, source: _Source, output: Path, fingerprints: list[str], signer: str) -> None:
    result = None
    with suppress(OSError):  # gpg stopped reading, or the source failed: both are looked at below
        result = gpg.encrypt_file(
            source,
            fingerprints,
            sign=signer,
            always_trust=True,
            armor=False,
            output=str(output),
            extra_args=["--compress-algo", "none", "--cipher-algo", "AES256", "--digest-algo", "SHA512"],
        )
    if source.failure:
        raise source.failure
    if result is None or not result.ok or result.returncode != 0 or not source.exhausted:
        raise refused("not-made")


def _run_decrypt(gpg: gnupg.GPG, message: Path, output: Path, fingerprints: set[str], largest: int) -> str:
    result = None
    bound = ["--max-output", str(largest)]
    with message.open("rb") as file, suppress(BrokenPipeError):  # gpg stops reading what is broken or too large
        result = gpg.decrypt_file(file, always_trust=True, output=str(output), extra_args=bound)
    if result is None or not result.ok or not output.is_file():
        raise refused("not-opened")
    # "DECRYPTION_OKAY", and so `ok`, also comes when the output was cut at its bound
    if result.returncode != 0 and "[GNUPG:] NEWSIG" not in result.stderr:
        raise refused("not-opened")
    one_valid = result.valid and result.returncode == 0 and len(result.sig_info) == 1
    if not one_valid or result.pubkey_fingerprint not in fingerprints:
        raise refused("not-signed")
    return str(result.pubkey_fingerprint)
