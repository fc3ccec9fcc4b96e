"""What a partner asks us to destroy over the line: taken in, held while it must be kept, destroyed by itself, answered.

Through the machinery of every destruction: keys, objects and rows in one transaction with the event, the journal, the
objects, the certificate. Only what came from that partner; our own files are our own. Source: issue 10 (Partners too).
"""

from __future__ import annotations

import json
from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from crypto.openpgp import sign_detached
from gateway.accounts import people
from gateway.accounts.tables import Tenant
from gateway.context import Role
from gateway.destruction import line_rules
from gateway.destruction.line_rules import ANSWER, DESTROYED, FINAL, KEPT, NOTHING, Kept, Statement
from gateway.destruction.tables import CopyHold, LineAsked
from gateway.dossiers import objects
from gateway.erasure.tables import Destruction
from gateway.ids import new_id
from gateway.notices import outbox
from gateway.partner_keys import usecases as partner_keys
from gateway.peers import erasing
from gateway.peers import usecases as peers
from gateway.peers.tables import PeerThread
from gateway.recording import Action, record
from gateway.reglement.versions import in_force
from gateway.rights import erasers as rights
from gateway.second_opinion import erasers as second_opinion
from gateway.vault.tables import SubjectKey

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from sqlalchemy.orm import Session

    from gateway.context import Context
    from gateway.peers.handlers import Incoming
    from gateway.services import Services

CERTIFIED = ("certified", "final")
COPY = "peer_copy"
ENDED = (FINAL, NOTHING)
"""After these there is nothing more to say."""


def take_in(services: Services, session: Session, context: Context, incoming: Incoming) -> None:
    """A partner asks us to destroy: written down, and our contact persons hear of it. The same once more: once.

    Raises:
        InvalidInputError: it is no request as the format says.
    """
    ask = line_rules.parse_ask(incoming.body)
    query = select(LineAsked).where(
        LineAsked.organisation_id == incoming.organisation_id, LineAsked.request == ask.request
    )
    row = session.scalars(query.with_for_update()).first()
    if row is not None:
        row.thread = incoming.thread
        if row.declaration is not None:  # the answer was lost there, or crossed this: the same one goes again
            _lay_out(services, session, context, row)
    else:
        row = LineAsked(
            id=new_id(),
            tenant_id=incoming.tenant_id,
            organisation_id=incoming.organisation_id,
            request=ask.request,
            thread=incoming.thread,
            items=[{"kind": each.kind, "thread": each.thread} for each in ask.items],
            verstrekkingen=list(ask.verstrekkingen),
            article=ask.article,
            destroy_by=ask.destroy_by,
            due_on=line_rules.due_on(context.today, ask.destroy_by),
            received_at=context.now,
        )
        session.add(row)
        session.flush()
    if row.declaration is None:
        _tell(services, session, context, row)
    _record(
        services, session, context, row, Action.NOTIFY, {"reminder": ask.reminder, "due_on": row.due_on.isoformat()}
    )


def open_asks(session: Session) -> Sequence[str]:
    """The requests that are not answered to their end."""
    query = select(LineAsked.id).where(LineAsked.told.not_in(ENDED))
    return session.scalars(query.order_by(LineAsked.received_at, LineAsked.id)).all()


def copies(session: Session, row: LineAsked) -> Sequence[PeerThread]:
    """The threads of this request that are known here, those that are gone too."""
    names = [each.thread for each in line_rules.items_of(row.items)]
    query = select(PeerThread).where(PeerThread.organisation_id == row.organisation_id, PeerThread.name.in_(names))
    return session.scalars(query.order_by(PeerThread.id)).all()


def holds(session: Session, row: LineAsked, on: date) -> Sequence[CopyHold]:
    """Why something of it is kept on this day, what lasts longest first."""
    ids = [each.id for each in copies(session, row) if each.erased_at is None]
    query = select(CopyHold).where(CopyHold.thread_id.in_(ids), CopyHold.ended_at.is_(None), CopyHold.until >= on)
    return session.scalars(query.order_by(CopyHold.until.desc(), CopyHold.id)).all()


def due(services: Services, context: Context, asked_id: str) -> list[str]:
    """The copies of a request of which the day has come, and that are there."""
    with services.db.reading() as session:
        row = session.get_one(LineAsked, asked_id)
        found = copies(session, row) if row.due_on <= context.today else []
        return [each.id for each in found if each.erased_at is None]


def erase_one(services: Services, context: Context, asked_id: str, thread_id: str) -> str | None:
    """Destroy one copy that is due, unless it is held; returns the id of its destruction, or None."""
    with services.db.writing() as session:
        row = session.get_one(LineAsked, asked_id, with_for_update=True)
        thread = session.get_one(PeerThread, thread_id)
        held = {each.thread_id for each in holds(session, row, context.today)}
        if thread.erased_at is not None or thread_id in held:
            return None
        tenant = session.get_one(Tenant, row.tenant_id)
        profile = in_force(session, tenant.id, tenant.profile_id, context.today)
        destruction = Destruction(
            id=new_id(),
            tenant_id=row.tenant_id,
            dossier_id=thread.id,
            article=row.article,
            profile=f"{profile.id}@{profile.version}",
            kept_until=row.due_on - timedelta(days=1),
            due_on=row.due_on,
            announced_at=row.received_at,
        )
        session.add(destruction)
        session.flush()
        erase_in(services, session, context, destruction)
        return destruction.id


def erase_in(services: Services, session: Session, context: Context, row: Destruction) -> None:
    """Erase the copy that this destruction is of, in the caller's transaction: rows, keys, objects and the event."""
    thread = session.get_one(PeerThread, row.dossier_id)
    counts: Counter[str] = Counter()
    hung = session.get(SubjectKey, thread.id)
    row.key_id = hung.period_key_id if hung else None
    keys = erasing.objects_of(session, thread.organisation_id, thread.name)
    counts["objects"] = objects.ask_erasure(session, keys, thread.id, context.now)
    counts["documents"] = len(keys)
    counts.update(second_opinion.erase_copy(services, session, context, thread.organisation_id, thread.name))
    counts.update(rights.erase_notice(session, thread.organisation_id, thread.name))
    counts["messages"] = erasing.erase_thread(services, session, thread.organisation_id, thread.name, now=context.now)
    counts["keys"] += 1
    gone = {kind: count for kind, count in sorted(counts.items()) if count}
    row.event_id = record(
        session,
        services.vault,
        context,
        Action.DESTROY,
        tenant_id=row.tenant_id,
        object_type=COPY,
        object_id=thread.id,
        article=row.article,
        profile=row.profile,
        payload={"destruction": row.id, "counts": gone, "approved_by": [], "key": row.key_id or ""},
    )
    row.state, row.erased_at, row.counts = "erased", context.now, gone


def is_living_copy(session: Session, subject_id: str) -> bool:
    """Whether this is a thread of a partner that still holds something."""
    thread = session.get(PeerThread, subject_id, populate_existing=True)
    return thread is not None and thread.erased_at is None


def living_copies(session: Session, ids: Sequence[str]) -> set[str]:
    """Which of these are."""
    query = select(PeerThread.id).where(PeerThread.id.in_(ids), PeerThread.erased_at.is_(None))
    return set(session.scalars(query))


def answer(services: Services, context: Context, asked_id: str) -> bool:
    """Tell the partner, signed, what became of it, when that is something new; returns whether it was."""
    with services.db.reading() as session:
        row = session.get_one(LineAsked, asked_id)
        said = _said(session, context, row)
    if said is None:
        return False
    text = said.text()
    secret = partner_keys.own_secret(services, context, row.tenant_id)
    with services.scratch.directory() as scratch:
        signature = sign_detached(text.encode(), secret_key=secret, scratch=scratch)
    with services.db.writing() as session:
        locked = session.get_one(LineAsked, asked_id, with_for_update=True)
        now = _said(session, context, locked)
        if now is None or now.text() != text:
            return False  # it changed meanwhile: the next turn tells it
        locked.declaration = json.dumps({"statement": text, "signature": signature})
        if not _lay_out(services, session, context, locked):
            return False
        locked.told = FINAL if said.final else said.state
        locked.told_at = context.now
        _record(services, session, context, locked, Action.SIGN, {"state": said.state, "final": said.final})
    return True


def _said(session: Session, context: Context, row: LineAsked) -> Statement | None:
    """What can be said now and was not said yet; None: nothing new."""
    threads = copies(session, row)
    about: dict[str, Any] = {
        "request": row.request,
        "items": line_rules.items_of(row.items),
        "verstrekkingen": tuple(row.verstrekkingen),
        "made_at": _moment(context, row),
    }
    held = holds(session, row, context.today)
    if held:
        longest = held[0]
        kept = Kept(until=longest.until, kind=longest.kind, article=line_rules.KEPT_BECAUSE[longest.kind])
        return None if _told_kept(row) == kept else Statement(state=KEPT, kept=kept, **about)
    if any(each.erased_at is None for each in threads):
        return None
    query = select(Destruction).where(Destruction.dossier_id.in_([each.id for each in threads]))
    gone = session.scalars(query.order_by(Destruction.erased_at, Destruction.id)).all()
    if not gone:
        return Statement(state=NOTHING, **about)
    if any(each.state not in CERTIFIED for each in gone):
        return None
    final = all(each.state == "final" for each in gone)
    if row.told == DESTROYED and not final:
        return None
    counts: Counter[str] = Counter()
    for each in gone:
        counts.update(each.counts)
    return Statement(
        state=DESTROYED,
        final=final,
        destroyed_at=max(each.erased_at for each in gone if each.erased_at is not None),
        counts=counts,
        certificates=tuple(each.certificate for each in gone if each.certificate),
        **about,
    )


def _moment(context: Context, row: LineAsked) -> datetime:
    """Now, and after the last statement also when the clock was put back: the partner takes none that is older."""
    if row.declaration is None:
        return context.now
    last = line_rules.parse_statement(json.loads(row.declaration)["statement"]).made_at
    return max(context.now, last + timedelta(microseconds=1))


def _told_kept(row: LineAsked) -> Kept | None:
    if row.told != KEPT or row.declaration is None:
        return None
    return line_rules.parse_statement(json.loads(row.declaration)["statement"]).kept


def _lay_out(services: Services, session: Session, context: Context, row: LineAsked) -> bool:
    """Put the statement that stands in the row in the out-tray; without a line it waits for one."""
    made = json.loads(row.declaration or "{}")
    body = {"version": line_rules.VERSION, "request": row.request, **made}
    sent = peers.send(services, session, context, row.organisation_id, kind=ANSWER, thread=row.thread, body=body)
    return sent is not None


def _tell(services: Services, session: Session, context: Context, row: LineAsked) -> None:
    swv = session.get_one(Tenant, row.tenant_id).swv_id
    for account_id in people.of_organisation(session, swv, Role.CONTACT_PERSON):
        outbox.queue(
            session,
            services.vault,
            context,
            account_id=account_id,
            kind="destroy_line",
            link="/ontvangen/vernietigen",
            tenant_id=row.tenant_id,
        )


def _record(
    services: Services, session: Session, context: Context, row: LineAsked, action: Action, payload: dict[str, Any]
) -> None:
    record(
        session,
        services.vault,
        context,
        action,
        tenant_id=row.tenant_id,
        object_type="line_asked",
        object_id=row.id,
        article="CV4.8",
        payload=payload,
    )
