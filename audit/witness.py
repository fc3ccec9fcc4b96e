"""Witnessing after C2SP tlog-witness: the request of a log, and the answer of a witness. HTTP is the caller's.

A witness signs a checkpoint only when it extends the last one that it signed for that log; what it signed and that it
signed are one row, written before the signature leaves. Source: c2sp.org/tlog-witness, issue 5.
"""

import base64
import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, and_, insert, or_, select, update

from audit import merkle, tree
from audit.errors import AuditError, NoteError, ProofError
from audit.events import instant_text
from audit.note import COSIGNATURE, Checkpoint, Signer, VerifierKey, decode_base64, only_signed_by, open_checkpoint
from audit.tables import witnessed as witnessed_table

MOST_BYTES: Final = 20_000
MOST_HASHES: Final = 63
SIZE_TYPE: Final = "text/x.tlog.size"

OK, BAD, FORBIDDEN, UNKNOWN, CONFLICT, UNPROVEN = 200, 400, 403, 404, 409, 422

_OLD: Final = re.compile(r"old (0|[1-9][0-9]{0,17})\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What a log asks: sign ``note``, which extends the tree of ``old`` leaves by ``proof``."""

    old: int
    proof: tuple[bytes, ...]
    note: str

    @property
    def body(self) -> bytes:
        """The request as it goes over the line."""
        lines = [f"old {self.old}", *(base64.b64encode(each).decode() for each in self.proof), "", self.note]
        return "\n".join(lines).encode()


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a witness answers: status, type and body of the HTTP response. ``refused`` is empty when it signed."""

    status: int
    body: str = ""
    media_type: str = "text/plain; charset=utf-8"
    refused: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Witnessed:
    """A log that we witness: how far, since when, and what we refused last (``proof``, ``fork``) with its note."""

    origin: str
    size: int
    note: str | None
    cosigned_at: str | None
    refused: str | None
    refused_at: str | None
    refused_note: str | None


def make_request(connection: Connection, log_id: str, note: str, size: int, old: int) -> Request:
    """The request to sign the checkpoint ``note`` of ``size`` leaves, for a witness that holds one of ``old`` leaves.

    Raises ``ProofError`` when ``old`` lies beyond the checkpoint: then the witness knows more than this log does.
    """
    proof = tree.consistency_proof(connection, log_id, old, size) if 0 < old < size else ()
    if old > size:
        raise ProofError(f"the witness holds {old} leaves, the checkpoint {size}")
    return Request(old=old, proof=proof, note=note)


def parse_request(body: bytes) -> Request:
    """Read a request; anything else than the form of the protocol raises ``NoteError``."""
    if len(body) > MOST_BYTES:
        raise NoteError("the request is too long")
    try:
        head, separator, note = body.decode().partition("\n\n")
    except UnicodeDecodeError as error:
        raise NoteError("the request is not text") from error
    first, *hashes = head.split("\n")
    match = _OLD.match(first)
    if match is None or not separator or len(hashes) > MOST_HASHES:
        raise NoteError("the request has another form")
    return Request(old=int(match[1]), proof=tuple(decode_base64(each) for each in hashes), note=note)


def enrol(connection: Connection, origin: str) -> None:
    """Make room for a log that will be witnessed; what is already held of it stays."""
    if witnessed(connection, origin) is None:
        connection.execute(insert(witnessed_table), {"origin": origin, "size": 0})


def witnessed(connection: Connection, origin: str) -> Witnessed | None:
    """What this witness holds of a log, or None."""
    query = select(*witnessed_table.c).where(witnessed_table.c.origin == origin)
    row = connection.execute(query).mappings().one_or_none()
    return None if row is None else Witnessed(**row)


def cosign(
    connection: Connection,
    body: bytes,
    *,
    keys_of: Callable[[str], Collection[VerifierKey]],
    signer: Signer,
    now: datetime,
) -> Answer:
    """Judge a request and answer it; the caller commits before the answer leaves, also when it is a refusal.

    ``keys_of`` gives the trusted keys of an origin (none: we do not know that log). ``signer`` is the witness's own
    cosigning key, which signs nothing else. Requests for one log wait for each other: its row is locked
    (PostgreSQL), or the caller's BEGIN IMMEDIATE shuts others out (SQLite).
    """
    if signer.kind != COSIGNATURE:
        raise AuditError("a witness signs with a cosignature key")
    try:
        request = parse_request(body)
        origin = request.note.partition("\n")[0]
    except NoteError:
        return Answer(status=BAD, body="this is not an add-checkpoint request\n", refused="form")
    keys = keys_of(origin)
    held = None if not keys else _locked(connection, origin)
    if held is None:
        return Answer(status=UNKNOWN, body="this witness does not know that log\n", refused="unknown")
    signed = _signed(request.note, keys)
    if signed is None:
        return Answer(status=FORBIDDEN, body="no signature of a trusted key of that log\n", refused="key")
    checkpoint, note = signed
    if request.old > checkpoint.size:
        return Answer(status=BAD, body="the old size is larger than that of the checkpoint\n", refused="form")
    refused = _refusal(request, checkpoint, held, keys)
    if refused is not None:
        _remember(connection, origin, refused.refused, note, now)
        return refused
    values = {"size": checkpoint.size, "note": note, "cosigned_at": instant_text(now)}
    connection.execute(update(witnessed_table).where(witnessed_table.c.origin == origin).values(**values))
    return Answer(status=OK, body=signer.line(checkpoint.text, now))


def _refusal(request: Request, checkpoint: Checkpoint, held: Witnessed, keys: Collection[VerifierKey]) -> Answer | None:
    """Why this checkpoint is not signed, or None: then it extends what was signed before."""
    if request.old != held.size:
        return Answer(status=CONFLICT, body=f"{held.size}\n", media_type=SIZE_TYPE, refused="stale")
    root = merkle.EMPTY_ROOT
    if held.note is not None:
        last = _signed(held.note, keys)
        if last is None:  # the log's key was replaced: whoever trusts the new one starts with a new origin
            return Answer(status=FORBIDDEN, body="the last checkpoint was signed by another key\n", refused="key")
        root = last[0].root
    if checkpoint.size == held.size:
        if checkpoint.root != root:
            return Answer(status=CONFLICT, body=f"{held.size}\n", media_type=SIZE_TYPE, refused="fork")
        return None if not request.proof else _unproven()
    if held.size == 0:
        return None if not request.proof else _unproven()
    try:
        merkle.verify_consistency(
            old=held.size, new=checkpoint.size, old_root=root, new_root=checkpoint.root, proof=request.proof
        )
    except ProofError:
        return _unproven()
    return None


def _unproven() -> Answer:
    return Answer(status=UNPROVEN, body="the proof does not show that the log only grew\n", refused="proof")


def _signed(note: str, keys: Collection[VerifierKey]) -> tuple[Checkpoint, str] | None:
    """The checkpoint that one of the keys signed, and its note with that signature only: strangers store nothing."""
    for key in keys:
        try:
            checkpoint, _ = open_checkpoint(note, key=key)
            return checkpoint, only_signed_by(note, key)
        except NoteError:
            continue
    return None


def _locked(connection: Connection, origin: str) -> Witnessed | None:
    query = select(*witnessed_table.c).where(witnessed_table.c.origin == origin).with_for_update()
    row = connection.execute(query).mappings().one_or_none()
    return None if row is None else Witnessed(**row)


def _remember(connection: Connection, origin: str, refused: str, note: str, now: datetime) -> None:
    """Keep what may be evidence. A stale size is none: anyone can send an old checkpoint again.

    The proof of a fork, two notes of one size that the log signed, is never replaced by a refusal that proves less.
    """
    if refused not in {"fork", "proof"}:
        return
    table = witnessed_table.c
    values = {"refused": refused, "refused_at": instant_text(now), "refused_note": note}
    news = or_(table.refused.is_(None), and_(table.refused != "fork", table.refused_note != note))
    connection.execute(update(witnessed_table).where(table.origin == origin, news).values(**values))
