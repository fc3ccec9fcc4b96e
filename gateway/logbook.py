"""The installation's log: who signs its checkpoints. `audit` does the work with our keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

from audit import checkpoint
from audit.carrier import origin_of, published_keys
from audit.note import COSIGNATURE, ED25519, Signer, VerifierKey

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from audit.checkpoint import StoredCheckpoint
    from crypto.keyring import Keyring
    from gateway.services import Services

LOG_ID = "dossierpoort"
SIGNING = "log"
COSIGNING = "log-time"
WITNESSING = "witness"


def signers(keyring: Keyring) -> list[Signer]:
    """The log's own key, and its second key that states the time of a checkpoint."""
    own = keyring.signing_key(SIGNING)
    timing = keyring.signing_key(COSIGNING)
    origin = origin_of(own.public_key().public_bytes_raw())
    return [Signer(name=origin, private=own), Signer(name=f"{origin}/time", private=timing, kind=COSIGNATURE)]


def own_keys(keyring: Keyring) -> list[VerifierKey]:
    """The public halves: the log's own key first."""
    return [signer.key for signer in signers(keyring)]


def former_keys(keyring: Keyring) -> dict[str, list[VerifierKey]]:
    """The public keys of the logs that this one goes on from, by their origin; the oldest log first."""
    timing = own_keys(keyring)[1].raw
    found: dict[str, list[VerifierKey]] = {}
    for key in keyring.public_keys():
        if key.purpose == SIGNING and not key.current:
            origin = origin_of(key.raw)
            own = VerifierKey(name=origin, kind=ED25519, raw=key.raw)
            found[origin] = [own, VerifierKey(name=f"{origin}/time", kind=COSIGNATURE, raw=timing)]
    return found


def all_keys(keyring: Keyring) -> list[VerifierKey]:
    """The public keys of this log and of those that it goes on from, the present ones first."""
    return [*own_keys(keyring), *(key for keys in former_keys(keyring).values() for key in keys)]


def published(keyring: Keyring, witnesses: Sequence[VerifierKey]) -> dict[str, list[str]]:
    """What this installation publishes for whoever checks a receipt: the log's keys, and those of its witnesses."""
    current = [key.raw for key in keyring.public_keys() if key.purpose == SIGNING and key.current]
    former = [key.raw for key in keyring.public_keys() if key.purpose == SIGNING and not key.current]
    timing = [key.raw for key in keyring.public_keys() if key.purpose == COSIGNING and key.current]
    return dict(published_keys([*current, *former], timing[0] if timing else None, list(witnesses)))


def witness_signer(keyring: Keyring) -> Signer:
    """The key with which this installation confirms the checkpoints of others; it signs nothing else.

    Its name is that of our first log: partners know the key by it, and it outlives the key of our own log.
    """
    origin = next(iter(former_keys(keyring)), None) or signers(keyring)[0].name
    return Signer(name=f"{origin}/witness", private=keyring.signing_key(WITNESSING), kind=COSIGNATURE)


def make_checkpoint(services: Services, now: datetime) -> StoredCheckpoint | None:
    """Sign the log as it stands, when there is news."""
    with services.db.writing() as session:
        return checkpoint.make(session.connection(), LOG_ID, signers=signers(services.vault.keyring), now=now)
