"""Checking receipts, offline: ``python -m audit.verify FILE --key KEY``. Standard library and ``cryptography`` only.

``verify_log`` checks a whole log and needs its database; it is here by name and loads SQLAlchemy only when called.
The format is in ``FORMAT.md``. What a person reads is Dutch.
"""

import argparse
import json
import sys
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from audit import merkle
from audit.carrier import CarrierError, read_file, read_keys, receipt_text
from audit.errors import AuditError, EventError, NoteError, ProofError
from audit.events import FixedFields, commitment_of, read_canonical
from audit.note import (
    COSIGNATURE,
    ED25519,
    Checkpoint,
    OpenedNote,
    Signature,
    VerifierKey,
    decode_base64,
    open_checkpoint,
)

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from audit.closing import Closing
    from audit.findings import Report
    from audit.log import Sealer

RECEIPT_FORMAT: Final = "dossierpoort-receipt/1"
SENTENCES: Final = {
    "form": "Dit is geen ontvangstbewijs van de vorm dossierpoort-receipt/1.",
    "key": "Er is geen sleutel van het logboek zelf opgegeven.",
    "checkpoint": "Het controlepunt is niet ondertekend met de opgegeven sleutel.",
    "proof": "De gebeurtenis staat niet op de aangegeven plaats in het logboek van dit controlepunt.",
    "event": "De gebeurtenis heeft niet de vorm van een logregel.",
    "payload": "De inhoud is niet de inhoud die in het logboek is vastgelegd.",
    "unreadable": "De inhoud is niet te lezen.",
    "cosignature": "De getuige heeft dit controlepunt niet mede ondertekend.",
}
"""What is wrong, in words; the page that checks in the browser says the same."""

_MEMBERS: Final = {"format", "event", "payload", "leaf_index", "proof", "checkpoint", "keys"}


class ReceiptError(AuditError):
    """A receipt is not valid; the text is Dutch.

    ``code`` is one of form, key, checkpoint, proof, event, payload, or cosignature (a demanded witness did not sign).
    """

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """A receipt as it was read, nothing checked yet."""

    event: str = field(repr=False)
    payload: str | None = field(repr=False)
    leaf_index: int
    proof: tuple[bytes, ...] = field(repr=False)
    checkpoint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """What a valid receipt proves: this event stands at ``leaf_index`` under this checkpoint.

    ``payload`` is None when the event has one that this receipt does not open.
    """

    event: FixedFields
    payload: Mapping[str, Any] | None = field(repr=False)
    leaf_index: int
    leaf: bytes
    checkpoint: Checkpoint
    note: OpenedNote

    @property
    def witnesses(self) -> tuple[Signature, ...]:
        """The signatures of others than the log itself; none means *niet bevestigd*."""
        own = self.checkpoint.origin + "/"
        return tuple(
            each for each in self.note.signatures if each.key.kind == COSIGNATURE and not each.key.name.startswith(own)
        )


def verify_receipt(text: str, keys: Collection[VerifierKey], *, witnesses: Collection[VerifierKey] = ()) -> Verified:
    """Return what the receipt proves under these keys, or raise ``ReceiptError`` that says exactly what is wrong.

    ``keys`` are trusted: the log's own (kind Ed25519) and any cosigner's. ``witnesses`` are trusted too, and each of
    them must have cosigned. Keys named inside the receipt are not used.
    """
    receipt = parse_receipt(text)
    checkpoint, note = _open_checkpoint(receipt.checkpoint, [*keys, *witnesses])
    leaf = merkle.leaf_hash(receipt.event.encode())
    try:
        merkle.verify_inclusion(
            leaf=leaf,
            index=receipt.leaf_index,
            size=checkpoint.size,
            proof=receipt.proof,
            root=checkpoint.root,
        )
    except ProofError as error:
        raise ReceiptError("proof", SENTENCES["proof"]) from error
    try:
        values, commitment = read_canonical(receipt.event.encode())
        event = FixedFields(**values)
    except EventError as error:
        raise ReceiptError("event", SENTENCES["event"]) from error
    payload = _open_payload(receipt.payload, commitment)
    for witness in witnesses:
        if not note.signed_by(witness):
            raise ReceiptError("cosignature", SENTENCES["cosignature"])
    return Verified(
        event=event, payload=payload, leaf_index=receipt.leaf_index, leaf=leaf, checkpoint=checkpoint, note=note
    )


def parse_receipt(text: str) -> Receipt:
    """Read a receipt; any text of another form raises ``ReceiptError`` with code ``form``."""
    try:
        record = json.loads(text, object_pairs_hook=_no_doubles)
        if not isinstance(record, dict) or set(record) != _MEMBERS or record["format"] != RECEIPT_FORMAT:
            raise _bad_form()
        texts = [record["event"], record["checkpoint"]] + ([] if record["payload"] is None else [record["payload"]])
        if not all(isinstance(each, str) and _encodable(each) for each in texts):
            raise _bad_form()
        index = record["leaf_index"]
        if type(index) is not int or not isinstance(record["proof"], list):
            raise _bad_form()
        proof = tuple(decode_base64(each) for each in record["proof"])
    except (ValueError, TypeError, RecursionError, NoteError) as error:
        raise _bad_form() from error
    return Receipt(
        event=record["event"],
        payload=record["payload"],
        leaf_index=index,
        proof=proof,
        checkpoint=record["checkpoint"],
    )


def verify_log(
    connection: "Connection",
    log_id: str,
    *,
    keys: Collection[VerifierKey],
    trusted: Sequence[str] = (),
    copies: Mapping[str, str] | None = None,
    since: str | None = None,
    sealer: "Sealer | None" = None,
    beside: "Connection | None" = None,
    careful: bool = False,
    closing: "Closing | None" = None,
    held_elsewhere: int = 0,
) -> "Report":
    """Check the whole log in the database: see ``audit.logcheck.verify_log``."""
    from audit import logcheck  # noqa: PLC0415 - the offline verifier must run where SQLAlchemy is not installed

    return logcheck.verify_log(
        connection,
        log_id,
        keys=keys,
        trusted=trusted,
        copies=copies,
        since=since,
        sealer=sealer,
        beside=beside,
        careful=careful,
        closing=closing,
        held_elsewhere=held_elsewhere,
    )


_HELP: Final = """\
Controleer een ontvangstbewijs van Dossierpoort, zonder internet en zonder database.

FILE is het bewijs zoals u het kreeg: de JSON of de PDF. Wat op de PDF gedrukt staat telt niet; de bijlage erin telt.
"""
_EXAMPLE: Final = """\
Waar vindt u de sleutel? Haal hem liefst ergens anders vandaan dan het bewijs: van de website van het
samenwerkingsverband (adres/.well-known/dossierpoort-keys.json, bewaar dat bestand), of van de getuige.

Voorbeelden:
  python -m audit.verify ontvangstbewijs.pdf --key dossierpoort-keys.json
  python -m audit.verify ontvangstbewijs.json --key 'dossierpoort/0123456789abcdef+…' --witness getuige.txt

Uitkomst: 0 geldig; 1 niet geldig, met de reden; 2 niet te controleren (bestand of sleutel niet te lezen).
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Check one receipt from the command line: 0 valid, 1 not valid, 2 not to be checked (file or key unreadable)."""
    parser = argparse.ArgumentParser(
        prog="python -m audit.verify",
        description=_HELP,
        epilog=_EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("file", type=Path, metavar="FILE", help="het ontvangstbewijs (JSON of PDF)")
    parser.add_argument(
        "--key",
        action="append",
        required=True,
        metavar="KEY",
        help="de publieke sleutel van het logboek (naam+id+sleutel), een bestand met een sleutel op elke regel, "
        "of het bestand dossierpoort-keys.json; mag vaker",
    )
    parser.add_argument(
        "--witness",
        action="append",
        default=[],
        metavar="KEY",
        help="de publieke sleutel van een getuige die mede ondertekend moet hebben; mag vaker",
    )
    options = parser.parse_args(arguments)
    try:
        keys = [key for each in options.key for key in read_keys(each)]
        witnesses = [key for each in options.witness for key in read_keys(each)]
        data = read_file(options.file)
    except (OSError, UnicodeDecodeError, NoteError) as error:
        sys.stderr.write(f"Niet te controleren: {_unreadable(error)}\n")
        return 2
    try:
        verified = verify_receipt(receipt_text(data), keys, witnesses=witnesses)
    except UnicodeDecodeError as error:
        sys.stderr.write(f"Niet te controleren: {_unreadable(error)}\n")
        return 2
    except (ReceiptError, CarrierError) as error:
        code = error.code if isinstance(error, ReceiptError) else "form"
        sys.stdout.write(f"ONGELDIG ({code}): {error}\n")
        return 1
    sys.stdout.write(describe(verified))
    return 0


def describe(verified: Verified) -> str:
    """What a valid receipt proves, in Dutch lines."""
    lines = [
        "GELDIG: deze gebeurtenis staat in het logboek.",
        f"  logboek: {verified.checkpoint.origin}",
        f"  plaats: {verified.leaf_index} van {verified.checkpoint.size}",
        f"  afdruk van de gebeurtenis: {verified.leaf.hex()}",
    ]
    lines += [f"  {name}: {value}" for name, value in verified.event.clear().items() if value is not None]
    if verified.payload is None:
        lines.append("  inhoud: niet bij dit ontvangstbewijs geopend")
    else:
        lines += [
            f"  inhoud {name}: {json.dumps(value, ensure_ascii=True)}" for name, value in verified.payload.items()
        ]
    for signature in verified.note.signatures:
        time = "" if signature.at is None else f" op {signature.at.isoformat()}"
        lines.append(f"  ondertekend door {signature.key.name}{time}")
    if verified.witnesses:
        lines.append("BEVESTIGD: ook door een getuige ondertekend.")
    else:
        lines.append("NIET BEVESTIGD: geen getuige van wie u de sleutel gaf, heeft mede ondertekend.")
    return "\n".join(lines) + "\n"


def _open_checkpoint(note: str, keys: Collection[VerifierKey]) -> tuple[Checkpoint, OpenedNote]:
    own = [key for key in keys if key.kind == ED25519]
    if not own:
        raise ReceiptError("key", SENTENCES["key"])
    reason: NoteError | None = None
    for key in own:
        try:
            return open_checkpoint(note, key=key, others=[other for other in keys if other != key])
        except NoteError as error:
            reason = reason or error
    raise ReceiptError("checkpoint", SENTENCES["checkpoint"]) from reason


def _open_payload(payload: str | None, commitment: str | None) -> Mapping[str, Any] | None:
    if payload is None:
        return None if commitment is not None else {}
    if commitment is None or commitment_of(payload.encode()) != commitment:
        raise ReceiptError("payload", SENTENCES["payload"])
    try:
        inside = json.loads(payload)["payload"]
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise ReceiptError("payload", SENTENCES["unreadable"]) from error
    if not isinstance(inside, dict):
        raise ReceiptError("payload", SENTENCES["unreadable"])
    return inside


def _no_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a member stands twice")
    return found


def _encodable(text: str) -> bool:
    return not any("\ud800" <= each <= "\udfff" for each in text)


def _bad_form() -> ReceiptError:
    return ReceiptError("form", SENTENCES["form"])


def _unreadable(error: Exception) -> str:
    if isinstance(error, NoteError):
        return "dit is geen publieke sleutel van een logboek (naam+id+sleutel)."
    if isinstance(error, UnicodeDecodeError):
        return "het bestand is geen tekst."
    return f"het bestand is niet te lezen ({type(error).__name__})."


if __name__ == "__main__":
    sys.exit(main())
