"""Asking our witnesses to confirm the newest checkpoint. The log never waits for them: who was away is caught up."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select

from audit import checkpoint, cosignatures, witness
from audit.errors import NoteError, ProofError
from audit.note import VerifierKey
from gateway.accounts.tables import Account
from gateway.context import Context, Role
from gateway.ids import new_id
from gateway.logbook import LOG_ID
from gateway.notices import outbox
from gateway.recording import Action, Outcome, record
from gateway.witness import calling
from gateway.witness.calling import CallError, Reply
from gateway.witness.queries import WITNESS, confirmed
from gateway.witness.tables import WitnessParty

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from audit.checkpoint import StoredCheckpoint
    from gateway.services import Services

CONTRADICTIONS = frozenset({"ahead", "fork", "proof"})
"""What no passing failure explains: the witness signed another history of this log than the database now holds."""
SOONEST, LATEST = timedelta(seconds=55), timedelta(minutes=15)
_TRIES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """How the asking of one witness ended: `trouble` is empty when it confirmed; `held` is the size that it said."""

    party_id: str
    name: str
    size: int
    trouble: str = ""
    held: int | None = None


def ask_due(services: Services, now: datetime) -> list[Asked]:
    """Ask every witness that has not confirmed the newest checkpoint and whose turn it is."""
    with services.db.reading() as session:
        newest = checkpoint.latest(session.connection(), LOG_ID)
        size = newest.size if newest else 0
        due = [row.id for row in confirmed(session, WITNESS) if _is_due(session, row, size, now)]
    return [ask(services, party_id) for party_id in due]


def ask_all(services: Services) -> list[Asked]:
    """Ask every witness now, also who confirmed the newest checkpoint before: it may know better than this database."""
    with services.db.reading() as session:
        parties = [row.id for row in confirmed(session, WITNESS)]
    return [ask(services, party_id) for party_id in parties]


def ask(services: Services, party_id: str) -> Asked:
    """Ask one witness for its signature under the newest checkpoint, and keep the outcome."""
    with services.db.reading() as session:
        row = session.get_one(WitnessParty, party_id)
        key = VerifierKey.parse(row.key)
        old = cosignatures.newest_size(session.connection(), LOG_ID, key)
    trouble, held = "", None
    for _ in range(_TRIES):
        stored, request = _request(services, old)
        if stored is None:
            return Asked(party_id=party_id, name=row.name, size=0)
        if request is None:
            trouble, held = "ahead", old
            break
        try:
            reply = _call(services, row.url, request.body)
        except CallError as error:
            trouble = error.code
            break
        trouble, held = judge(reply, old=old, size=stored.size)
        if not trouble and held is None:
            trouble = _keep(services, stored, key, reply)
            break
        if trouble or held is None:
            break
        old = held  # the witness is at another size than we thought: once more, from there
    else:
        trouble = "answer"
    asked = Asked(party_id=party_id, name=row.name, size=stored.size if stored else 0, trouble=trouble, held=held)
    _settle(services, asked)
    return asked


def judge(reply: Reply, *, old: int, size: int) -> tuple[str, int | None]:
    """What a reply means: (trouble, size that the witness holds). Neither: it signed; only a size: ask from there."""
    if reply.status == witness.OK:
        return "", None
    if reply.status == witness.CONFLICT and reply.media_type == witness.SIZE_TYPE:
        text = reply.text.removesuffix("\n")
        if not text.isascii() or not text.isdecimal() or len(text) > len(str(10**17)):
            return "answer", None
        held = int(text)
        return ("fork" if held == old == size else "", held)
    codes = {witness.UNPROVEN: "proof", witness.UNKNOWN: "unknown", witness.FORBIDDEN: "key"}
    return codes.get(reply.status, "answer"), None


def _request(services: Services, old: int) -> tuple[StoredCheckpoint | None, witness.Request | None]:
    """The newest checkpoint with the request for a witness that holds `old` leaves; no request: it knows more."""
    with services.db.reading() as session:
        stored = checkpoint.latest(session.connection(), LOG_ID)
        if stored is None:
            return None, None
        try:
            return stored, witness.make_request(session.connection(), LOG_ID, stored.note, stored.size, old)
        except ProofError:
            return stored, None


def _call(services: Services, url: str, body: bytes) -> Reply:
    settings = services.settings
    return calling.post(url, body, ca_bundle=settings.witness_ca_bundle, private=settings.witness_private_networks)


def _keep(services: Services, stored: StoredCheckpoint, key: VerifierKey, reply: Reply) -> str:
    try:
        with services.db.writing() as session:
            cosignatures.keep(session.connection(), LOG_ID, stored, key=key, answer=reply.text)
    except NoteError:
        return "answer"
    return ""


def _settle(services: Services, asked: Asked) -> None:
    """Keep how it went; a contradiction is written in the log and told to people, once."""
    now = services.clock()
    with services.db.writing() as session:
        row = session.get_one(WitnessParty, asked.party_id)
        news = asked.trouble in CONTRADICTIONS and row.trouble not in CONTRADICTIONS
        row.asked_at, row.trouble = now, asked.trouble
        row.failures = row.failures + 1 if asked.trouble else 0
        if not asked.trouble:
            row.answered_at = now
        session.flush()
        if news:
            _tell(services, session, row, now)


def _tell(services: Services, session: Session, row: WitnessParty, now: datetime) -> None:
    context = Context(actor=None, now=now, request_id=new_id())
    record(
        session,
        services.vault,
        context,
        Action.CHECK,
        outcome=Outcome.FAILED,
        tenant_id=row.tenant_id,
        object_type="log",
        object_id=row.id,
        payload={"witness": row.name, "trouble": row.trouble},
    )
    tell_contradiction(services, session, context)


def tell_contradiction(services: Services, session: Session, context: Context) -> None:
    """Tell every administrator and privacy officer of the installation that the log was contradicted from elsewhere."""
    roles = (Role.ADMINISTRATOR.value, Role.PRIVACY_OFFICER.value)
    people = select(Account).where(Account.active, Account.role.in_(roles))
    for account in session.scalars(people).all():
        outbox.queue(
            session,
            services.vault,
            context,
            account_id=account.id,
            kind="log_contradicted",
            link="/inrichting/getuigen",
            tenant_id=account.tenant_id,
        )


def _is_due(session: Session, row: WitnessParty, newest: int, now: datetime) -> bool:
    """A witness is asked each minute; one that fails is asked ever less often, until once in a quarter of an hour."""
    key = VerifierKey.parse(row.key)
    if not newest or cosignatures.newest_size(session.connection(), LOG_ID, key) == newest:
        return False
    pause = min(SOONEST * 2 ** min(row.failures, 8) if row.failures else SOONEST, LATEST)
    return row.asked_at is None or now - row.asked_at >= pause or row.asked_at > now
