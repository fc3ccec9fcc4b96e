"""The inside of a package: a tar of files that ends with a signed manifest, made as a stream. No OpenPGP here."""

import base64
import hashlib
import json
import tarfile
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, cast

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from crypto.errors import CryptoError, PackageError, SignatureError
from crypto.signing import PublicKey, Signature, sign, verify

MANIFEST = "manifest.json"
MANIFEST_SIGNATURE = "manifest.sig.json"
PURPOSE = "package"
_FORMAT = 1
_LONGEST_NAME = 200  # bytes; leaves room in every file system
_LARGEST_MANIFEST = 4 * 1024 * 1024
_READ = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class PackageFile:
    """One file to pack: its name in the package, its exact size in bytes, and its content as a stream."""

    name: str
    size: int
    chunks: Iterable[bytes] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class PackageContent:
    """What a verified package held: the manifest, the key that signed it, and the unpacked files by name."""

    manifest: Mapping[str, Any] = field(repr=False)
    signed_by: PublicKey
    files: Mapping[str, Path] = field(repr=False)


def pack(files: Iterable[PackageFile], manifest: Mapping[str, Any], signing_key: Ed25519PrivateKey) -> Iterator[bytes]:
    """Give the package as a stream: the files, then the manifest over them, then its signature.

    The manifest is `manifest` plus `format` and `files` (name, size, SHA-256 of each). Raises `CryptoError` for an
    unsafe or repeated name and when a content is longer or shorter than was said; errors of the contents pass through.

    Source: issue 3, OpenPGP (one package: documents, accompanying statement, signed JSON manifest).
    """
    listed: list[dict[str, Any]] = []
    for file in files:
        if not _is_safe(file.name) or any(file.name == known["name"] for known in listed):
            raise CryptoError("a file name in a package must be plain and may occur once")
        digest = hashlib.sha256()
        yield _tar_header(file.name, file.size)
        yield from _exactly(file, digest)
        yield bytes(-file.size % tarfile.BLOCKSIZE)
        listed.append({"name": file.name, "size": file.size, "sha256": digest.hexdigest()})
    document = _json({**manifest, "format": _FORMAT, "files": listed})
    signature = sign(signing_key, PURPOSE, document)
    value = base64.b64encode(signature.value).decode("ascii")
    for name, raw in ((MANIFEST, document), (MANIFEST_SIGNATURE, _json({"key_id": signature.key_id, "value": value}))):
        yield _tar_header(name, len(raw)) + raw + bytes(-len(raw) % tarfile.BLOCKSIZE)
    yield bytes(2 * tarfile.BLOCKSIZE)


def unpack(package: Path, directory: Path, keys: Iterable[PublicKey]) -> PackageContent:
    """Unpack into a directory under names of our own, and verify all of it against the signed manifest.

    Raises `PackageError` for anything that is not exactly what the manifest lists, `SignatureError` when the manifest
    is not signed by one of `keys`. On an error the caller removes the directory.
    """
    files: dict[str, Path] = {}
    found: dict[str, tuple[int, str]] = {}
    small: dict[str, bytes] = {}
    try:
        with tarfile.open(package, mode="r:") as tar:
            for member in tar:
                if not member.isreg() or not _is_plain(member.name) or member.name in found or member.name in small:
                    raise PackageError
                if member.name in (MANIFEST, MANIFEST_SIGNATURE):
                    small[member.name] = _small(tar, member)
                else:
                    files[member.name] = directory / f"{len(files):06d}"
                    found[member.name] = _extract(tar, member, files[member.name])
    except tarfile.TarError as cause:
        raise PackageError from cause
    manifest, signed_by = _verified(small, keys)
    try:
        listed = {file["name"]: (file["size"], file["sha256"]) for file in manifest["files"]}
    except (KeyError, TypeError) as cause:
        raise PackageError from cause
    if listed != found or manifest.get("format") != _FORMAT:
        raise PackageError
    return PackageContent(manifest=manifest, signed_by=signed_by, files=files)


def _verified(small: Mapping[str, bytes], keys: Iterable[PublicKey]) -> tuple[dict[str, Any], PublicKey]:
    try:
        document, stated = small[MANIFEST], json.loads(small[MANIFEST_SIGNATURE])
        signature = Signature(key_id=str(stated["key_id"]), value=base64.b64decode(stated["value"], validate=True))
    except (KeyError, TypeError, ValueError) as cause:
        raise SignatureError("the package has no readable manifest and signature") from cause
    signed_by = verify(keys, PURPOSE, document, signature)
    manifest = json.loads(document)  # after verifying: only what a known key signed is parsed
    if not isinstance(manifest, dict):
        raise PackageError
    return manifest, signed_by


def _small(tar: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    if member.size > _LARGEST_MANIFEST:
        raise PackageError
    return _source(tar, member).read()


def _source(tar: tarfile.TarFile, member: tarfile.TarInfo) -> IO[bytes]:
    return cast("IO[bytes]", tar.extractfile(member))  # None comes for links and such, which were refused before


def _extract(tar: tarfile.TarFile, member: tarfile.TarInfo, target: Path) -> tuple[int, str]:
    source = _source(tar, member)
    digest, size = hashlib.sha256(), 0
    with target.open("xb") as out:
        while chunk := source.read(_READ):
            out.write(chunk)
            digest.update(chunk)
            size += len(chunk)
    return size, digest.hexdigest()


def _exactly(file: PackageFile, digest: "hashlib._Hash") -> Iterator[bytes]:
    left = file.size
    for chunk in file.chunks:
        left -= len(chunk)
        if left < 0:
            break
        digest.update(chunk)
        yield chunk
    if left:
        raise CryptoError("a file in a package is not as long as was said")


def _is_safe(name: str) -> bool:
    return _is_plain(name) and name not in (MANIFEST, MANIFEST_SIGNATURE)


def _is_plain(name: str) -> bool:
    return (
        0 < len(name.encode("utf-8", "replace")) <= _LONGEST_NAME
        and not name.startswith(".")
        and not any(letter in "/\\" or unicodedata.category(letter)[0] == "C" for letter in name)
    )


def _tar_header(name: str, size: int) -> bytes:
    # Neither owner nor time of day: the tar tells nothing but what the manifest tells.
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = size, 0o600
    return entry.tobuf(tarfile.PAX_FORMAT, "utf-8", "strict")


def _json(document: Mapping[str, Any]) -> bytes:
    return json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode("utf-8")
