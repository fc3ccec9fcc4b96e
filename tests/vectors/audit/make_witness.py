"""Makes the vectors of witnessing and expiry in audit/FORMAT.md: ``python tests/vectors/audit/make_witness.py``.

The keys are test keys made from constant bytes: they are public and prove nothing.
"""

import base64
import json
import sys
from datetime import UTC, datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from audit import merkle
from audit.expiry import note_text
from audit.note import COSIGNATURE, Checkpoint, Signer, sign_note
from audit.witness import Request

AT = datetime(2026, 3, 1, 9, 5, tzinfo=UTC)
LOG = Signer(name="log.example/vectors", private=Ed25519PrivateKey.from_private_bytes(b"\x11" * 32))
STRANGER = Signer(name=LOG.name, private=Ed25519PrivateKey.from_private_bytes(b"\x33" * 32))
WITNESS = Signer(
    name="witness.example/vectors", private=Ed25519PrivateKey.from_private_bytes(b"\x44" * 32), kind=COSIGNATURE
)
HELD, SIZE = 5, 11
EVENT_ID = "0" * 31 + "7"


def reader(fork=False):
    def read(level, index):
        if level == 0:
            return merkle.leaf_hash(b"another" if fork and index == 2 else b"%d" % index)
        return merkle.node_hash(read(level - 1, 2 * index), read(level - 1, 2 * index + 1))

    return read


def note(size, *, fork=False, origin=LOG.name, by=LOG):
    root = merkle.root_hash(size, reader(fork))
    return sign_note(Checkpoint(origin=origin, size=size, root=root).text, [by], at=AT)


def ask(old, size, *, fork=False, proof=None, **options):
    hashes = merkle.consistency_proof(old, size, reader(fork)) if proof is None and 0 < old < size else proof or ()
    return Request(old=old, proof=tuple(hashes), note=note(size, fork=fork, **options)).body.decode()


def cases():
    """Each request with the status it must get from a witness that holds the checkpoint of five leaves."""
    right = merkle.consistency_proof(HELD, SIZE, reader())
    swapped = (right[1], right[0], *right[2:])
    good = ask(HELD, SIZE)
    return {
        "signed-grown": (good, 200),
        "signed-same-again": (ask(HELD, HELD), 200),
        "signed-stranger-signed-too": (good + STRANGER.line("x", AT), 200),
        "stale-from-nothing": (ask(0, SIZE), 409),
        "stale-from-before": (ask(3, SIZE), 409),
        "stale-from-after": (ask(SIZE, SIZE), 409),
        "fork-of-the-same-size": (ask(HELD, HELD, fork=True), 409),
        "unproven-fork-that-grew": (ask(HELD, SIZE, fork=True), 422),
        "unproven-other-order": (ask(HELD, SIZE, proof=swapped), 422),
        "unproven-too-short": (ask(HELD, SIZE, proof=right[:-1]), 422),
        "unproven-too-long": (ask(HELD, SIZE, proof=(*right, right[0])), 422),
        "unproven-none": (ask(HELD, SIZE, proof=()), 422),
        "unproven-where-none-belongs": (ask(HELD, HELD, proof=right[:1]), 422),
        "key-of-a-stranger": (ask(HELD, SIZE, by=STRANGER), 403),
        "unknown-log": (ask(HELD, SIZE, origin="log.example/other"), 404),
        "form-old-beyond-the-size": (ask(SIZE, HELD), 400),
        "form-no-old-line": (good.partition("\n")[2], 400),
        "form-old-with-a-zero-before": (good.replace("old 5", "old 05", 1), 400),
        "form-no-empty-line": (good.replace("\n\n", "\n", 1).replace("\n\n", "\n", 1), 400),
        "form-proof-not-base64": (good.replace(base64.b64encode(right[0]).decode(), "?", 1), 400),
        "form-sixty-four-hashes": (ask(HELD, SIZE, proof=right[:1] * 64), 400),
    }


def files():
    """Every vector file by its name."""
    requests = {
        "log_key": str(LOG.key),
        "witness_key": str(WITNESS.key),
        "held": note(HELD),
        "now": int(AT.timestamp()),
        "cosignature": WITNESS.line(note(SIZE).rpartition("\n\n")[0] + "\n", AT),
        "cases": {name: {"body": body, "status": status} for name, (body, status) in cases().items()},
    }
    leaves = "0-24,26-99"
    expiry = {
        "log_key": str(LOG.key),
        "leaves": leaves,
        "count": 99,
        "event_id": EVENT_ID,
        "note": sign_note(note_text(LOG.name, leaves, EVENT_ID), [LOG], at=AT),
        "refused_leaves": ["", "all", "5", "24-0", "01-2", "0-24,24-30", "0-24,25-30", "26-99,0-24", "0-24,", " 0-24"],
    }
    return {
        "witness-requests.json": json.dumps(requests, ensure_ascii=False, indent=1) + "\n",
        "expiry.json": json.dumps(expiry, ensure_ascii=False, indent=1) + "\n",
    }


def main():
    """Write the files beside this one."""
    for name, text in files().items():
        (Path(__file__).parent / name).write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
