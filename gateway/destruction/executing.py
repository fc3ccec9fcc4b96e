"""One destruction, step by step; whoever is killed goes on where the row stands.

Each step is a transaction of its own, ends by writing the next state, and does the same when it is done twice.

announced → erased (the judge asked again, keys, rows and event in one transaction: a dossier that is half gone does not
exist) → journalled → objects_gone → certified → final. Source: issue 10, ADR 17; judgement.md, "destroy".
"""

from __future__ import annotations

import contextlib
from datetime import datetime, time
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, func, or_, select

from gateway.access.facts import ask
from gateway.accounts import people
from gateway.accounts.tables import Organisation, Tenant
from gateway.context import AMSTERDAM, Role
from gateway.destruction import asking, certificate, journal, proving, sets
from gateway.destruction.announcing import BEFORE, TAKEN_BACK, take_back_in
from gateway.destruction.part_recipients import asked_for
from gateway.destruction.rules import FAMILY, NAMELESS, approvals_needed
from gateway.destruction.shares import SHARES
from gateway.destruction.tables import LineAsk
from gateway.dossiers import checking, facts, keeping, objects
from gateway.dossiers.tables import Dossier
from gateway.erasure.tables import Destruction, DestructionApproval, VerstrekkingGone
from gateway.monitor.usecases import keep_counts
from gateway.notices import outbox
from gateway.oversight import breaches
from gateway.recording import Action, Outcome, record
from gateway.reglement.versions import in_force
from gateway.storage import StorageRefused
from gateway.vault.tables import SubjectKey
from retention.erasers import erase_all

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from sqlalchemy.orm import Session

    from gateway.context import Context
    from gateway.reglement.rules import Decision
    from gateway.services import Services

STATES = ("announced", "erased", "journalled", "objects_gone", "certified", "final")
"""In the order in which they follow each other; never back, and never past one."""


def judge_destroy(
    services: Services, session: Session, dossier: Dossier, on: date, only: Sequence[str] = ()
) -> Decision:
    """Ask the judge whether this dossier may be destroyed on this day: all of it, or `only` these categories.

    Source: judgement.md, "destroy".
    """
    letters = sorted(only or keeping.ALWAYS | keeping.letters_of(session, dossier.id))
    data = {"categories": letters, "anonymised": False, "necessity": None, "origin": None}
    question = facts.Question(act="destroy", purpose="", data=data, actor={"kind": "swv_staff"})
    asked = facts.facts_of(services, session, dossier, on, question)
    asked.pop("purpose")
    if breaches.under_investigation(session, dossier.id):
        asked["state"]["legal_hold"] = True  # the account of a breach needs what it is about (AVG 33(5))
    return ask(session, dossier.tenant_id, asked, on)


def due_number(session: Session, row: Destruction, on: date) -> int:
    """How many of this SWV go on the day of this row: above the reglement's number a person must have looked at each.

    What went already counts: the approval of one does not let the others go without.
    """
    of_swv = select(func.count()).where(Destruction.tenant_id == row.tenant_id)
    of_its_day = session.scalar(of_swv.where(Destruction.due_on == row.due_on, Destruction.state.in_(STATES))) or 0
    if row.due_on > on:
        return of_its_day
    midnight = datetime.combine(on, time.min, AMSTERDAM)
    today = or_(
        and_(Destruction.state == BEFORE, Destruction.due_on <= on),
        and_(Destruction.state.in_(STATES[1:]), Destruction.erased_at >= midnight),
    )
    return max(of_its_day, session.scalar(of_swv.where(today)) or 0)


def approvals_of(session: Session, destruction_id: str) -> list[str]:
    """The accounts that approved, in the order in which they did."""
    query = select(DestructionApproval).where(DestructionApproval.destruction_id == destruction_id)
    rows = session.scalars(query.order_by(DestructionApproval.approved_at, DestructionApproval.account_id))
    return [row.account_id for row in rows]


def unanswered(session: Session, row: Destruction) -> int:
    """How many recipients were asked to destroy what they received of it, and did not say that they did."""
    query = select(func.count()).where(
        asked_for(row),
        VerstrekkingGone.asked_on.is_not(None),
        or_(VerstrekkingGone.answer.is_(None), VerstrekkingGone.answer == "kept"),
    )
    line = select(func.count()).where(LineAsk.destruction_id == row.id, LineAsk.state.in_(("", "kept")))
    return (session.scalar(query) or 0) + (session.scalar(line) or 0)


def needed_of(session: Session, row: Destruction, on: date) -> int:
    """How many people must approve this destruction, by how many would go on its day."""
    tenant = session.get_one(Tenant, row.tenant_id)
    return approvals_needed(in_force(session, tenant.id, tenant.profile_id, on).destroy, due_number(session, row, on))


def erase(services: Services, context: Context, destruction_id: str) -> str:
    """Destroy what may go: `erased`; else `waiting` (for people, or its day) or `taken_back` (the judge says no).

    Whoever finds the step done answers `erased`.
    """
    with services.db.writing() as session:
        row = session.get(Destruction, destruction_id, with_for_update=True)
        if row is None or row.state != BEFORE:
            return "erased" if row is not None and row.state in STATES else "waiting"
        dossier = session.get(Dossier, row.dossier_id, with_for_update=True, populate_existing=True)
        if row.due_on > context.today or dossier is None:
            return "waiting"
        approved = approvals_of(session, row.id)
        if len(approved) < needed_of(session, row, context.today):
            return "waiting"
        only = sets.letters_of(row)
        decision = judge_destroy(services, session, dossier, context.today, only)
        if not decision.allowed:
            note_refused(services, session, context, row, decision)
            take_back_in(services, session, context, row)
            return "taken_back"
        if only:
            what = sets.going(services, session, dossier, only, context.today)
            article = decision.article
            sets.erase_in(services, session, context, row, dossier, what, article=article, approved=approved)
            return "erased"
        erase_in(services, session, context, row.id, decision.article, approved)
    return "erased"


def erase_in(
    services: Services,
    session: Session,
    context: Context,
    destruction_id: str,
    article: str,
    approved: list[str],
    *,
    counted: bool = False,
) -> None:
    """Erase a dossier in the caller's transaction, which asked whether it may: every slice's part, keys and event.

    Its counts stay where the reglement has them stay (PR4.2), once: not when this database has `counted` it before.
    """
    row = session.get_one(Destruction, destruction_id)
    dossier_id, tenant_id = row.dossier_id, row.tenant_id
    parts = select(Destruction).where(Destruction.dossier_id == dossier_id, Destruction.state == BEFORE)
    for part in session.scalars(parts.where(Destruction.id != row.id)).all():
        part.state, part.taken_back_at = TAKEN_BACK, context.now  # it goes with the whole
    session.flush()
    hung = session.get(SubjectKey, dossier_id)
    key_id = hung.period_key_id if hung else None
    stays = not counted and keep_counts(session, tenant_id, dossier_id, context.today)
    over_the_line = asking.went_over(session, dossier_id)
    counts = erase_all(SHARES, services, session, context, dossier_id)
    row = session.get_one(Destruction, destruction_id, populate_existing=True)
    asking.keep_what_went(session, row, over_the_line)
    row.event_id = record(
        session,
        services.vault,
        context,
        Action.DESTROY,
        tenant_id=tenant_id,
        object_type="dossier",
        object_id=dossier_id,
        article=article,
        profile=row.profile,
        payload={
            "destruction": row.id,
            "counts": counts,
            "approved_by": approved,
            "key": key_id or "",
            "statistics": stays,
        },
    )
    row.state, row.erased_at, row.key_id, row.counts, row.article = "erased", context.now, key_id, counts, article


def go_on(services: Services, context: Context, destruction_id: str) -> str:
    """Do the next step after the erasure; returns the state it is in then: the same when it must wait."""
    with services.db.reading() as session:
        row = session.get_one(Destruction, destruction_id)
    steps: dict[str, Any] = {
        "erased": _journal,
        "journalled": _objects,
        "objects_gone": certificate.certify,
        "certified": certificate.settle,
    }
    if row.state in steps:
        steps[row.state](services, context, row)
    with services.db.reading() as session:
        return session.get_one(Destruction, destruction_id).state


def _journal(services: Services, context: Context, row: Destruction) -> None:
    """Write it where a restored backup will find it, and ask the recipients to do the same."""
    with services.db.writing() as session:
        found = proving.locked(services, session, row.id, "erased")
    if found is None:
        return
    journal.write(services, found)
    with services.db.writing() as session:
        found = proving.locked(services, session, row.id, "erased")
        if found is not None:
            _ask_recipients(services, session, context, found)
            asking.ask_all(services, session, context, found.id)
            found.state = "journalled"


def _objects(services: Services, context: Context, row: Destruction) -> None:
    """Remove its objects; and once more the rows that somebody wrote while it went."""
    with services.db.writing() as session:
        found = proving.locked(services, session, row.id, "journalled")
        waits = found is not None and objects.waiting_of(session, found.dossier_id)
    with contextlib.suppress(StorageRefused):  # what is refused may be another's: its own are counted below
        while waits and checking.erase_asked(services):
            pass
    with services.db.writing() as session:
        found = proving.locked(services, session, row.id, "journalled")
        if found is None or objects.waiting_of(session, found.dossier_id):
            return
        if not found.categories:
            erase_all(SHARES, services, session, context, found.dossier_id)  # after which the session knows no rows
        session.get_one(Destruction, row.id, populate_existing=True).state = "objects_gone"


def _ask_recipients(services: Services, session: Session, context: Context, row: Destruction) -> None:
    """Whoever received something that names the pupil is asked to destroy it, with a term (CV2.4, PR9.3)."""
    tenant = session.get_one(Tenant, row.tenant_id)
    days = in_force(session, tenant.id, tenant.profile_id, context.today).destroy.answer_days
    query = (
        select(VerstrekkingGone)
        .join(Organisation, Organisation.id == VerstrekkingGone.recipient_id)
        .where(
            asked_for(row),
            VerstrekkingGone.asked_on.is_(None),
            VerstrekkingGone.documents > 0,  # of what was removed before, they were told then
            VerstrekkingGone.form.not_in(NAMELESS),
            Organisation.kind != FAMILY,
        )
    )
    for gone in session.scalars(query).all():
        gone.asked_on, gone.answer_by = context.today, certificate.later(context.today, days)
        tell_recipient(services, session, context, gone, "destroy_asked")


def tell_recipient(services: Services, session: Session, context: Context, gone: VerstrekkingGone, kind: str) -> None:
    """Put a notice for the contact persons of who received it."""
    for account_id in people.of_organisation(session, gone.recipient_id, Role.CONTACT_PERSON):
        outbox.queue(
            session,
            services.vault,
            context,
            account_id=account_id,
            kind=kind,
            link="/ontvangen/vernietigen",
            tenant_id=session.get_one(Organisation, gone.recipient_id).tenant_id,
        )


def note_refused(services: Services, session: Session, context: Context, row: Destruction, decision: Decision) -> None:
    """Write that the judge did not let a dossier go, with the article that decided."""
    record(
        session,
        services.vault,
        context,
        Action.REFUSE,
        outcome=Outcome.REFUSED,
        tenant_id=row.tenant_id,
        dossier_id=row.dossier_id,
        object_type="destruction",
        object_id=row.id,
        article=decision.article,
        profile=f"{decision.profile_id}@{decision.profile_version}",
        payload={"reason": decision.reason},
    )
