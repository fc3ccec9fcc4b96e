"""Making a receipt for whoever is entitled to the event: family, sender, recipient and privacy officer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from audit import checkpoint
from audit.errors import AuditError, EventError, SealError
from audit.log import find, open_payload
from audit.merkle import leaf_hash
from audit.receipt import NotYetError, make_receipt
from audit.verify import Verified, verify_receipt
from gateway import logbook
from gateway.context import Role
from gateway.convenant import reach as convenants
from gateway.disclosure import reach
from gateway.dossiers import seen
from gateway.errors import ConflictError, NotFoundError
from gateway.recording import Action, LogSealer, record
from gateway.second_opinion import reach as second_opinions
from gateway.witness.queries import witness_keys

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from audit.log import Entry
    from gateway.context import Context
    from gateway.services import Services

PARTIES = frozenset({Role.SWV_STAFF, Role.CONTACT_PERSON, Role.EXPERT})
OF_A_VERSTREKKING = frozenset({Action.DISCLOSE, Action.CONFIRM_RECEIPT})
"""What sender and recipient of a verstrekking get a receipt of: that it was made, and that it arrived."""
OPENED = frozenset(
    {
        "recipient",
        "recipient_name",
        "document",
        "document_ids",
        "version",
        "categories",
        "consent",
        "verstrekking",
        "form",
        "leaves_as",
        "sha256",
        "pages",
        "keys",
        "stopped",
        "step",
        "hash",
        "way",
        "authority",
        "signature",
        "signed_on",
        "last_day",
        "organisation",
        "agreement",
        "side",
        "number",
        "overtaken",
    }
)
"""What a payload may hold to be opened for others than the privacy officer.

A salted hash opens whole or not at all, so one word more (a file name of an older log, a text that someone typed) and
the receipt proves the event without its particulars."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """An event and how far its proof is. `signed` says that a receipt can be made."""

    event_id: str
    leaf_hash: str
    signed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A receipt: its text, what it proves, and where it came from."""

    event_id: str
    leaf_hash: str
    text: str
    proven: Verified

    @property
    def confirmed(self) -> bool:
        """Whether a witness cosigned; if not: *niet bevestigd*."""
        return bool(self.proven.witnesses)


def look(services: Services, context: Context, event_id: str) -> Waiting:
    """How far the proof of an event is, for whoever is entitled to it.

    Raises:
        NotFoundError: it is not theirs, or it does not exist.
    """
    with services.db.reading() as session:
        entry = entitled(services, session, context, event_id)
        newest = checkpoint.latest(session.connection(), entry.log_id or logbook.LOG_ID)
        signed = entry.leaf_index is not None and newest is not None and newest.size > entry.leaf_index
    return Waiting(event_id=entry.event_id, leaf_hash=leaf_hash(entry.canonical).hex(), signed=signed)


def make(services: Services, context: Context, event_id: str, what: str) -> Made | None:
    """Make the receipt of an event; that it was made is logged. None: the event is not under a checkpoint yet.

    `what` is the form in which it goes out. Source: issue 5 (receipts), PR9.3, PR11.3.

    Raises:
        NotFoundError: it is not theirs, or it does not exist.
    """
    with services.db.writing() as session:
        entry = entitled(services, session, context, event_id)
        sealer = LogSealer(session, services.vault, organisation_id=entry.tenant or "installation", year=entry.at.year)
        keys, witnesses = logbook.own_keys(services.vault.keyring), witness_keys(session)
        former = logbook.former_keys(services.vault.keyring)
        try:
            text = make_receipt(
                session.connection(),
                logbook.LOG_ID,
                event_id,
                keys=keys,
                witnesses=witnesses,
                former=former,
                sealer=sealer if _may_open(entry, sealer, context) else None,
            )
        except NotYetError:
            return None
        except AuditError as error:
            raise ConflictError(
                "Het bewijs kan niet worden gemaakt: het logboek klopt niet. Vraag de systeembeheerder het logboek "
                "te controleren."
            ) from error
        record(
            session,
            services.vault,
            context,
            Action.EXPORT,
            dossier_id=entry.dossier,
            object_type="receipt",
            object_id=entry.event_id,
            article="PR11.3" if context.person.role in seen.FAMILY else "PR9.3",
            payload={"form": what},
        )
    leaf = leaf_hash(entry.canonical).hex()
    return Made(
        event_id=entry.event_id,
        leaf_hash=leaf,
        text=text,
        proven=verify_receipt(text, [*logbook.all_keys(services.vault.keyring), *witnesses]),
    )


def published_keys(services: Services) -> dict[str, list[str]]:
    """The keys by which anyone checks a receipt of this installation: the log's own and its witnesses'."""
    with services.db.reading() as session:
        return logbook.published(services.vault.keyring, witness_keys(session))


def entitled(services: Services, session: Session, context: Context, event_id: str) -> Entry:
    """The event, when this person may have its receipt.

    Raises:
        NotFoundError: it is not theirs, or it does not exist: the same answer for both.
    """
    try:
        entry = find(session.connection(), event_id)
    except EventError as error:
        raise NotFoundError from error  # its bytes were tampered with; `audit verify` names the place
    if entry is None or entry.tenant != context.person.tenant_id:
        raise NotFoundError
    role = context.person.role
    if role is Role.PRIVACY_OFFICER:
        return entry
    if role in seen.FAMILY and entry.dossier is not None and seen.is_shown(entry):
        dossier, _ = seen.family_dossier(services, session, context, entry.dossier)
        if seen.told_by_now(session, dossier, [entry]):
            return entry
    if entry.object_type == "second_opinion" and role in PARTIES:
        second_opinions.case_(services, session, context, entry.object_id or "")
        return entry
    if role in PARTIES and entry.action in OF_A_VERSTREKKING and entry.object_type == "verstrekking":
        _sent_or_received(session, context, entry.object_id or "")
        return entry
    if role is Role.CONTACT_PERSON and entry.object_type == "convenant":
        convenants.seat(session, context, entry.object_id or "")
        return entry
    raise NotFoundError


def _sent_or_received(session: Session, context: Context, verstrekking_id: str) -> None:
    try:
        reach.sent(session, context, verstrekking_id)
    except NotFoundError:
        reach.received(session, context, verstrekking_id)


def _may_open(entry: Entry, sealer: LogSealer, context: Context) -> bool:
    """Whether the receipt opens the particulars: they can still be opened, and hold nothing that is another's."""
    try:
        payload: dict[str, Any] = dict(open_payload(entry, sealer))
    except SealError:
        return False  # the keys went with the dossier; that it happened can still be proven
    if isinstance(payload.get("documents"), int):
        payload.pop("documents")  # how many; as a list they would be file names
    if entry.action is Action.REFUSE:
        payload.pop("reason", None)  # what the reglement says, in its own words: nobody typed it
    return context.person.role is Role.PRIVACY_OFFICER or set(payload) <= OPENED
