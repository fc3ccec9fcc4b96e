"""The keyring `aws-kms`: period keys that open only by a key in AWS KMS, one KMS key for each period key.

The file is that of `FileKeyring`, but what it holds of a period key is sealed by KMS. A process opens it there once
and then works as fast as with a file. Destroying disables the KMS key at once and schedules its deletion; until that
date someone with the right to do so could enable it again, so the destruction is final after that date and not before.
Copies of the file hold nothing that opens without KMS, so they hold no destruction back; an export, which opens alone
and is for a rescue without KMS, does.

Source: issue 3, Keys (keyring `aws-kms`).
"""

import base64
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from crypto.errors import KeyDestroyed, KeyringError
from crypto.keyring import FileKeyring
from crypto.keyring_loaded import LoadedKeyring, period_key
from crypto.keyring_protocol import Destruction
from crypto.keyring_state import KeyringCopy, KeyringState, PeriodKey
from crypto.stream import KEY_SIZE, generate_key

if TYPE_CHECKING:
    from types_boto3_kms.client import KMSClient

WINDOW_DAYS = 7  # the shortest that KMS allows
_GONE = {"DisabledException", "KMSInvalidStateException", "NotFoundException"}


def kms_client(
    *, region: str, endpoint_url: str | None = None, access_key: str | None = None, secret_key: str | None = None
) -> "KMSClient":
    """Make a client for KMS; without keys boto3 looks for them in its own places (role, profile)."""
    return boto3.client(
        "kms",
        region_name=region,
        endpoint_url=endpoint_url,
        aws_access_key_id=access_key,
        aws_secret_access_key=secret_key,
    )


class KmsKeyring(FileKeyring):
    """A keyring whose period keys are opened by AWS KMS; safe with many threads and processes, as `FileKeyring` is."""

    def __init__(
        self, path: Path | str, root_secret: bytes, kms: "KMSClient", *, window_days: int = WINDOW_DAYS
    ) -> None:
        self._kms = kms
        self._window_days = window_days
        super().__init__(path, root_secret)

    def destroy(self, key_id: str) -> None:
        """Disable the KMS key and schedule its deletion, then drop what it sealed; doing it again does nothing."""
        state = self._current().state
        if key_id not in state.destroyed:
            kms_id, _ = _taken_apart(period_key(state, key_id).secret)
            self._schedule_deletion(kms_id)
        super().destroy(key_id)

    def destruction(self, key_id: str, on: date) -> Destruction:
        """Tell "final" when KMS no longer has the key or its deletion date has passed and no export holds it."""
        if key_id not in self._current().state.destroyed:
            raise KeyringError("this key is not destroyed")
        if self.copies_holding(key_id, on):
            return "provisional"
        try:
            with _kms_errors():
                deleted = self._kms.describe_key(KeyId=_alias(key_id))["KeyMetadata"].get("DeletionDate")
        except KeyDestroyed:
            return "final"
        return "final" if deleted and on > deleted.astimezone(UTC).date() else "provisional"

    def copies_holding(self, key_id: str, on: date) -> Sequence[KeyringCopy]:
        """Name the exports that hold the key: what another copy holds of it opens by KMS only."""
        return tuple(copy for copy in super().copies_holding(key_id, on) if copy.opens_alone)

    def _load(self, state: KeyringState) -> LoadedKeyring:
        return _LoadedFromKms(state=state, kms=self._kms)

    def _opened(self, state: KeyringState) -> KeyringState:
        loaded = self._load(state)
        keys = {key.id: replace(key, secret=loaded.secret(key)) for key in state.keys.values()}
        return replace(state, keys=keys)

    def _opens_alone(self, state: KeyringState) -> bool:
        return any(len(key.secret) == KEY_SIZE for key in state.keys.values())

    def _new_secret(self, organisation: str, period: str, key_id: str) -> bytes:
        with _kms_errors():
            made = self._kms.create_key(
                Description="Dossierpoort period key",
                KeySpec="SYMMETRIC_DEFAULT",
                KeyUsage="ENCRYPT_DECRYPT",
                Tags=[
                    {"TagKey": "dossierpoort-key", "TagValue": key_id},
                    {"TagKey": "dossierpoort-organisation", "TagValue": organisation},
                    {"TagKey": "dossierpoort-period", "TagValue": period},
                ],
            )
            kms_id = made["KeyMetadata"]["KeyId"]
            self._kms.create_alias(AliasName=_alias(key_id), TargetKeyId=kms_id)
            sealed = self._kms.encrypt(KeyId=kms_id, Plaintext=generate_key(), EncryptionContext={"key": key_id})
        return json.dumps([kms_id, base64.b64encode(sealed["CiphertextBlob"]).decode("ascii")]).encode("ascii")

    def _schedule_deletion(self, kms_id: str) -> None:
        with _kms_errors():
            try:
                self._kms.disable_key(KeyId=kms_id)
                self._kms.schedule_key_deletion(KeyId=kms_id, PendingWindowInDays=self._window_days)
            except ClientError as error:
                if error.response["Error"]["Code"] not in _GONE:  # an earlier try, broken off, had done it already
                    raise


@dataclass(slots=True, kw_only=True)
class _LoadedFromKms(LoadedKeyring):
    kms: Any = field(repr=False)
    _opened: dict[str, bytes] = field(default_factory=dict, repr=False)

    def secret(self, key: PeriodKey) -> bytes:
        found = self._opened.get(key.id)
        if found is None:
            kms_id, sealed = _taken_apart(key.secret)
            with _kms_errors():
                opened = self.kms.decrypt(KeyId=kms_id, CiphertextBlob=sealed, EncryptionContext={"key": key.id})
            found = self._opened[key.id] = bytes(opened["Plaintext"])
        return found


def _alias(key_id: str) -> str:
    return "alias/dossierpoort-" + key_id.replace(".", "-")


def _taken_apart(secret: bytes) -> tuple[str, bytes]:
    kms_id, sealed = json.loads(secret)
    return kms_id, base64.b64decode(sealed, validate=True)


@contextmanager
def _kms_errors() -> Iterator[None]:
    try:
        yield
    except ClientError as cause:
        if cause.response["Error"]["Code"] in _GONE:
            raise KeyDestroyed("KMS does not open this period key any more") from cause
        raise KeyringError("KMS refused; check the rights of this installation's KMS user") from cause
    except BotoCoreError as cause:
        raise KeyringError("KMS does not answer") from cause
