"""Making receipts: proof, for whoever is entitled to the event, that it stands in the log."""

import base64
import json
from collections.abc import Collection, Mapping

from sqlalchemy import Connection

from audit import cosignatures, tree
from audit.errors import AuditError
from audit.log import Sealer, find, open_plain
from audit.note import Checkpoint, VerifierKey, open_checkpoint
from audit.verify import RECEIPT_FORMAT, verify_receipt


class NotYetError(AuditError):
    """The event is not yet under a signed checkpoint: try again in a minute."""


def make_receipt(
    connection: Connection,
    log_id: str,
    event_id: str,
    *,
    keys: Collection[VerifierKey],
    sealer: Sealer | None,
    witnesses: Collection[VerifierKey] = (),
    former: Mapping[str, Collection[VerifierKey]] | None = None,
) -> str:
    """The receipt of an event as JSON text, under the checkpoint over it that most ``witnesses`` signed.

    ``keys``: the log's own key first, then its second one; they are named in the receipt with those of the witnesses
    that signed, which never makes them trusted. With ``sealer`` the payload is opened for the entitled person; without,
    the receipt proves the event and not its payload. ``former`` are the keys of logs that ended, by their origin: an
    event that has its leaf there is proven there. Raises ``NotYetError`` while no checkpoint covers the event,
    ``AuditError`` when there is no such event in this log. Source: issue 5 (receipts), ``audit/FORMAT.md``.
    """
    entry = find(connection, event_id)
    if entry is None:
        raise AuditError("there is no such event")
    if entry.log_id is not None:
        log_id = entry.log_id
        keys = (former or {}).get(log_id, keys)
    over = None
    if entry.leaf_index is not None:
        over = cosignatures.covering(connection, log_id, entry.leaf_index, expected=witnesses)
    if entry.leaf_index is None or over is None:
        raise NotYetError("no checkpoint covers the event yet")
    named = [*keys, *over.confirmed]
    under = _own(over.note, named)
    plain = None if sealer is None else open_plain(entry, sealer)
    proof = tree.inclusion_proof(connection, log_id, entry.leaf_index, under.size)
    record = {
        "format": RECEIPT_FORMAT,
        "event": entry.canonical.decode(),
        "payload": None if plain is None else plain.decode(),
        "leaf_index": entry.leaf_index,
        "proof": [base64.b64encode(each).decode() for each in proof],
        "checkpoint": over.note,
        "keys": [str(key) for key in named],
    }
    text = json.dumps(record, ensure_ascii=False, indent=1) + "\n"
    verify_receipt(text, named)  # what does not hold never goes out
    return text


def _own(note: str, keys: Collection[VerifierKey]) -> Checkpoint:
    """The checkpoint, held against the log's own key: a receipt never goes out under one that is not ours."""
    own, *others = keys
    return open_checkpoint(note, key=own, others=others)[0]
