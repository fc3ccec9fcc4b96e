"""The parts that use cases work with, made once at the start and handed in: database, keys, storage, scanner."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from crypto.keyring import FileKeyring
from gateway.accounts.sign_on.provider import Providers
from gateway.db import Database
from gateway.dossiers.files.scan import ClamdScanner, NoScanner, Scanner
from gateway.dossiers.files.scratch import Scratch
from gateway.dossiers.search_values import tell_again
from gateway.storage import LocalStorage, S3Storage, Storage
from gateway.vault.keys import DOSSIER, Vault

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.config import Settings


def utc_now() -> datetime:
    """The system clock, aware UTC; only `web.py`, the worker and the CLI read it."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """What an installation is made of at run time."""

    settings: Settings
    db: Database
    vault: Vault
    storage: Storage
    scratch: Scratch
    scanner: Scanner
    clock: Callable[[], datetime] = utc_now
    providers: Providers = field(default_factory=Providers)


def build(settings: Settings) -> Services:
    """Open everything that the settings name. Nothing is created but empty directories.

    Raises:
        crypto.errors.KeyringError: there is no keyring, or it may not be used.
    """
    settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    return Services(
        settings=settings,
        db=Database(settings.database),
        vault=Vault(open_keyring(settings), {DOSSIER: tell_again}),
        storage=open_storage(settings),
        scratch=Scratch(settings.scratch, limit=settings.scratch_limit),
        scanner=ClamdScanner(settings.clamd) if settings.clamd else NoScanner(),
    )


def open_keyring(settings: Settings) -> FileKeyring:
    """The keyring that the settings name."""
    secret = settings.root_secret.encode()
    if settings.keyring_kind == "file":
        return FileKeyring(settings.keyring, secret)
    from crypto.keyring_kms import KmsKeyring, kms_client  # noqa: PLC0415 - boto3 loads slowly; only who asked waits

    kms = kms_client(
        region=settings.kms_region,
        endpoint_url=settings.kms_endpoint or None,
        access_key=settings.kms_access_key or None,
        secret_key=settings.kms_secret_key or None,
    )
    return KmsKeyring(settings.keyring, secret, kms)


def open_storage(settings: Settings) -> Storage:
    """The storage that the settings name."""
    if settings.storage == "local":
        return LocalStorage(settings.object_dir)
    return S3Storage(
        bucket=settings.s3_bucket,
        endpoint_url=settings.s3_endpoint or None,
        region=settings.s3_region,
        access_key=settings.s3_access_key,
        secret_key=settings.s3_secret_key,
        ca_bundle=Path(settings.s3_ca_bundle) if settings.s3_ca_bundle else None,
    )
