"""One log ends and another goes on: after a backup had to be put back, or when the log gets another key.

Two people answer for it, and neither the worker nor one administrator can do it alone. Source: issue 5, ADR 0014.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from audit import checkpoint, closing, tree
from audit.errors import AuditError, NoteError
from audit.events import Action, Event, Outcome, new_event_id
from audit.note import open_checkpoint
from gateway import __version__, log_copies
from gateway.accounts.tables import Account, Organisation
from gateway.context import Role
from gateway.errors import GatewayError
from gateway.log_check import check
from gateway.logbook import LOG_ID, SIGNING, former_keys, make_checkpoint, own_keys, signers
from gateway.oversight import watching
from gateway.oversight.tables import Progress
from gateway.recording import LogSealer
from gateway.storage import StorageError
from gateway.witness import asking
from gateway.witness.asking import CONTRADICTIONS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import Session

    from audit.closing import Closing
    from audit.note import Checkpoint, Signer, VerifierKey
    from gateway.context import Context
    from gateway.services import Services
    from gateway.witness.asking import Asked

ANSWERABLE = (Role.ADMINISTRATOR, Role.CONTACT_PERSON, Role.PRIVACY_OFFICER)
LOST, ROTATED = "lost", "rotated"
REASON_MAX = 2000


class SuccessionError(GatewayError):
    """No log is ended now; the sentence says why, to whoever runs the command."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Loss:
    """What is known of the end of the log: it signed up to ``kept`` here, up to ``seen`` elsewhere."""

    origin: str
    kept: int
    seen: Checkpoint | int

    @property
    def seen_size(self) -> int:
        """How far the log was signed, as far as anyone elsewhere knows."""
        return self.seen if isinstance(self.seen, int) else self.seen.size


def look(services: Services) -> Loss:
    """How far the log goes here, and how far the separate place and the witnesses saw it go.

    Raises:
        SuccessionError: something else is wrong with the log than that its end is gone.
    """
    key = _present(services)
    if key == own_keys(services.vault.keyring)[0]:
        _require_whole(services)
    with services.db.reading() as session:
        connection = session.connection()
        newest = checkpoint.latest(connection, LOG_ID)
        kept = newest.size if newest else 0
        seen: Checkpoint | int = kept
        for place, opened in _copies(services, key):
            if opened.size <= kept and tree.root(connection, LOG_ID, opened.size) != opened.root:
                raise SuccessionError(f"This is no lost tail: the {place} is of another history.")
            if opened.size > _size(seen):
                seen = opened
    held = [_held(each) for each in asking.ask_all(services) if each.trouble in CONTRADICTIONS]
    return Loss(origin=key.name, kept=kept, seen=max([seen, *held], key=_size))


def _require_whole(services: Services) -> None:
    """What stands here must be right by itself, up to its own last signature."""
    settings = replace(services.settings, checkpoint_dir="", checkpoint_s3_bucket="")
    by_itself = replace(services, settings=settings)
    for each in check(by_itself, offline=True).report.findings:
        if each.code != "closing-unfinished":
            raise SuccessionError(f"This is no lost tail: {each}. See docs/operations.md, When the log is not whole.")


def _copies(services: Services, key: VerifierKey) -> list[tuple[str, Checkpoint]]:
    try:
        found = log_copies.trusted(services, key=key)
    except (OSError, StorageError) as error:
        raise SuccessionError(
            f"The separate place must answer, to know what is lost ({type(error).__name__})."
        ) from error
    opened = ((place, _opened(note, key)) for place, note in found.items())
    return [(place, each) for place, each in opened if each is not None]


def _held(asked: Asked) -> int:
    if asked.trouble != "ahead":
        raise SuccessionError(f"This is no lost tail: the witness {asked.name} confirmed another history.")
    return asked.held or 0


def go_on(services: Services, context: Context, *, why: str, reason: str, people: Sequence[Account]) -> Closing:
    """End the log and let another begin, under a new key; the same again finishes what was broken off.

    `why` is LOST or ROTATED. `people` are the two who answer for it; the caller made sure of them.

    Raises:
        SuccessionError: nothing to go on from, something else wrong with the log, not two people, or no reason.
    """
    _require(services, people, reason)
    unfinished = _begun(services)
    loss = look(services)
    if why == LOST and unfinished is None and loss.seen_size <= loss.kept:
        raise SuccessionError("Nothing is lost: the log goes as far as anyone elsewhere saw it go. It simply goes on.")
    if why == ROTATED and loss.seen_size > loss.kept:
        raise SuccessionError("The end of the log is lost: `dossierpoort audit restart` says how to go on.")
    if why == ROTATED and unfinished is None and make_checkpoint(services, context.now) is not None:
        loss = look(services)  # the log ends signed to its last leaf
    watching.watch(services)
    old_key = _present(services)
    with services.db.writing() as session:
        event_id = closing.begin(session.connection(), loss.origin, new_event_id(context.now), context.now)
    new = _new_signers(services, old_key)
    event = _event(context, loss, event_id, why=why, reason=reason, people=people)
    try:
        with services.db.writing() as session:
            return _close(services, session, loss, old_key, new, event)
    except AuditError as error:
        raise SuccessionError(f"The log cannot be ended: {error}.") from error


def _new_signers(services: Services, old_key: VerifierKey) -> list[Signer]:
    """The new log's key, made when it is not there yet, and the old one's while it is at hand."""
    keyring = services.vault.keyring
    present = signers(keyring)[0]
    if present.key != old_key:
        return [present]  # broken off after the key was replaced: the old one is gone
    keyring.rotate_signing_key(SIGNING)
    return [signers(keyring)[0], present]


def _close(
    services: Services, session: Session, loss: Loss, old_key: VerifierKey, new: list[Signer], event: Event
) -> Closing:
    sealer = LogSealer(session, services.vault, organisation_id="installation", year=event.at.year)
    done = closing.close(
        session.connection(),
        LOG_ID,
        old_key=old_key,
        signers=new,
        seen=loss.seen,
        event=event,
        sealer=sealer,
        now=event.at,
    )
    progress = session.get(Progress, watching.NAME)
    if progress is not None:
        progress.leaf = 0  # the review queue reads the new log from its beginning
    return done


def _event(context: Context, loss: Loss, event_id: str, *, why: str, reason: str, people: Sequence[Account]) -> Event:
    return Event(
        event_id=event_id,
        action=Action.CONTINUE,
        outcome=Outcome.SUCCESS,
        at=context.now,
        actor=people[0].id,
        role=people[0].role,
        organisation=people[0].organisation_id,
        tenant=people[0].tenant_id,
        on_behalf_of=people[1].id,
        purpose=why,
        object_type=closing.OBJECT_TYPE,
        object_id=loss.origin,
        request_id=context.request_id,
        software=f"dossierpoort {__version__}",
        payload={"reason": reason.strip(), "kept": loss.kept, "seen": loss.seen_size, "with": people[1].id},
    )


def _require(services: Services, people: Sequence[Account], reason: str) -> None:
    if len({account.id for account in people}) != 2:  # noqa: PLR2004 - two people
        raise SuccessionError("Two people must answer for this.")
    with services.db.reading() as session:
        for account in people:
            own = session.get_one(Organisation, account.organisation_id)
            if not account.active or Role(account.role) not in ANSWERABLE or own.kind != "swv":
                raise SuccessionError("Only administrator, contact person or privacy officer of the SWV.")
    if not 0 < len(reason.strip()) <= REASON_MAX:
        raise SuccessionError("Say what happened.")


def _begun(services: Services) -> str | None:
    with services.db.reading() as session:
        return closing.begun(session.connection())


def _present(services: Services) -> VerifierKey:
    """The key of the log that stands in the database: not the keyring's, when its closing was broken off."""
    unfinished = _begun(services)
    own = own_keys(services.vault.keyring)[0]
    if unfinished is None or unfinished == own.name:
        return own
    former = former_keys(services.vault.keyring).get(unfinished)
    if former is None:
        raise SuccessionError("The keyring does not know the key of the log that was being ended.")
    return former[0]


def _opened(note: str, key: VerifierKey) -> Checkpoint | None:
    try:
        return open_checkpoint(note, key=key)[0]
    except NoteError:
        return None


def _size(seen: Checkpoint | int) -> int:
    return seen if isinstance(seen, int) else seen.size
