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
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import gnupg
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from crypto.errors import OpenPGPError
from crypto.package import PackageContent, PackageFile, pack, unpack
from crypto.signing import PublicKey

# python-gnupg logs the keys it imports and the names in them. None of that may reach a log, whatever level is set.
logging.getLogger("gnupg").addFilter(lambda _: False)

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
    "scratch": "De werkmap is niet afgeschermd, of haar pad is te lang voor gpg.",
}
_RSA = {"1", "2", "3"}
_CURVES = {
    *("ed25519", "cv25519", "ed448", "cv448", "nistp256", "nistp384", "nistp521"),
    *("brainpoolP256r1", "brainpoolP384r1", "brainpoolP512r1"),
}
_SHORTEST_RSA = 3072
_LONGEST_HOME = 80  # the agent's socket lies in the home, and a socket's path ends at 107 bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicKeyInfo:
    """An inspected public key; `key` is its cleaned, armored form, `expires_on` the last day it can be used, if any."""

    fingerprint: str
    algorithm: str
    user_ids: tuple[str, ...] = field(repr=False)
    expires_on: date | None
    key: bytes = field(repr=False)


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
        raise _refused("not-made")
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
                raise _refused("no-recipient")
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
        raise _refused("scratch")
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
            raise _refused("scratch")
        environment = {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C.UTF-8", "HOME": str(home)}
        try:
            yield gnupg.GPG(
                gnupghome=str(home),
                env=environment,
                options=["--weak-digest", "SHA1", "--no-auto-key-retrieve", "--no-auto-key-locate"],
            )
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
        raise _refused("unreadable")
    return str(imported.fingerprints[0])


def _recipient(gpg: gnupg.GPG, recipient: Recipient, on: date) -> str:
    info = _import_public(gpg, recipient.key, on)
    if info.fingerprint != recipient.fingerprint:
        raise _refused("other-key")
    return info.fingerprint


def _import_public(gpg: gnupg.GPG, key: bytes, on: date) -> PublicKeyInfo:
    shown = gpg.scan_keys_mem(key)
    if any(entry["type"] == "sec" for entry in shown):
        raise _refused("secret")
    if len(shown) > 1:
        raise _refused("several")
    imported = gpg.import_keys(key)
    fingerprints = set(imported.fingerprints)
    if len(fingerprints) != 1:
        # gpg takes no key without a good signature by itself; with SHA-1 barred this is what an old key looks like
        raise _refused("weak" if shown else "unreadable")
    fingerprint = fingerprints.pop()
    entry = next(entry for entry in gpg.list_keys(keys=fingerprint))
    expires_on = _checked(entry, on)
    return PublicKeyInfo(
        fingerprint=fingerprint,
        algorithm=_algorithm(entry),
        user_ids=tuple(entry["uids"]),
        expires_on=expires_on,
        key=str(gpg.export_keys(fingerprint, minimal=True)).encode("ascii"),
    )


def _checked(entry: Mapping[str, Any], on: date) -> date | None:
    """Judge a key as gpg lists it; give the last day on which it can be encrypted to."""
    if entry["trust"] == "r":
        raise _refused("revoked")
    if not _is_alive(entry, on):
        raise _refused("expired")
    if _is_weak(entry):
        raise _refused("weak")
    encrypting = [part for part in (entry, *entry.get("subkey_info", {}).values()) if "e" in part["cap"]]
    alive = [part for part in encrypting if part["trust"] not in ("r", "i") and _is_alive(part, on)]
    if not alive:
        if any(part["trust"] != "r" for part in encrypting):
            raise _refused("expired")
        raise _refused("revoked" if encrypting else "no-encryption")
    if any(_is_weak(part) for part in alive):
        # any of them, not the best one: which of them gpg takes is not ours to say
        raise _refused("weak")
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


def _algorithm(part: Mapping[str, Any]) -> str:
    return f"RSA {part['length']}" if part["algo"] in _RSA else str(part["curve"])


# -- running gpg -------------------------------------------------------------------------------------------------------


class _Source(io.RawIOBase):
    """The plaintext as gpg's feeder reads it. A failure is remembered: gpg would take it for the end and sign it."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._chunks = iter(chunks)
        self.failure: BaseException | None = None
        self.exhausted = False

    def read(self, _: int = -1) -> bytes:
        try:
            for chunk in self._chunks:
                if chunk:
                    return chunk
        except BaseException as failure:
            self.failure = failure
            raise
        self.exhausted = True
        return b""


def _run_encrypt(gpg: gnupg.GPG, source: _Source, output: Path, fingerprints: list[str], signer: str) -> None:
    try:
        result = gpg.encrypt_file(
            source,
            fingerprints,
            sign=signer,
            always_trust=True,
            armor=False,
            output=str(output),
            extra_args=["--compress-algo", "none", "--cipher-algo", "AES256", "--digest-algo", "SHA512"],
        )
    except Exception as cause:
        if source.failure:
            raise source.failure from None
        raise _refused("not-made") from cause
    if not result.ok or result.returncode != 0 or not source.exhausted:
        raise _refused("not-made")


def _run_decrypt(gpg: gnupg.GPG, message: Path, output: Path, fingerprints: set[str], largest: int) -> str:
    try:
        result = gpg.decrypt_file(
            str(message), always_trust=True, output=str(output), extra_args=["--max-output", str(largest)]
        )
    except OSError as cause:  # gpg stopped reading: the message is too large or broken early
        raise _refused("not-opened") from cause
    # "DECRYPTION_OKAY" also comes when the output was cut at its bound, so `ok` alone says little
    signed = "[GNUPG:] NEWSIG" in result.stderr
    if not result.ok or not output.is_file() or (result.returncode != 0 and not signed):
        raise _refused("not-opened")
    signatures = getattr(result, "sig_info", {}) or {}
    one_valid = result.valid and result.returncode == 0 and len(signatures) == 1
    if not one_valid or result.pubkey_fingerprint not in fingerprints:
        raise _refused("not-signed")
    return str(result.pubkey_fingerprint)


def _refused(reason: str) -> OpenPGPError:
    return OpenPGPError(reason, REFUSALS[reason])
