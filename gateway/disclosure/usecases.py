"""Prepare, judge, commit, confirm, close. The verstrekking and its event are written before the first byte leaves.

Source: PR9.1, PR9.2, PR9.3, CV4.3, CV4.6.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy.exc import IntegrityError

from gateway.accounts import people
from gateway.disclosure import mapping, noting, outgoing
from gateway.disclosure.asking import as_asked
from gateway.disclosure.consenting import record_consent as add_consent
from gateway.disclosure.consenting import withdraw_on_request as withdraw_consent
from gateway.disclosure.judging import OPEN_DAYS, Judged, Request, judge_request, refused
from gateway.disclosure.reach import received, sent
from gateway.disclosure.tables import Verstrekking, VerstrekkingDocument
from gateway.errors import ConflictError, NotFoundError
from gateway.ids import new_id
from gateway.notices import outbox
from gateway.recording import Action, record

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from gateway.context import Context
    from gateway.reglement.rules import Decision
    from gateway.services import Services

__all__ = ["OPEN_DAYS", "add_consent", "close", "confirm", "disclose", "prepare", "withdraw_consent"]


def prepare(services: Services, context: Context, request: Request) -> Judged:
    """Judge a request without doing it: what the sender sees before confirming. A refusal is logged (PR9.3).

    Raises:
        InvalidInputError: something was not chosen.
        NotFoundError: the dossier, a document or the recipient is not within reach.
        RefusedError: the reglement says no.
    """
    with services.db.reading() as session:
        judged = judge_request(services, session, context, request)
    if judged.refusal is not None:
        with services.db.writing() as session:
            noting.record_refusal(services, session, context, judged)
        raise refused(judged.refusal)
    return judged


def disclose(services: Services, context: Context, request: Request) -> str:
    """Judge again and commit the verstrekking with its event; from then on the recipient can fetch it. Gives its id.

    Where the reglement asks a second person, it is only asked: nothing can be fetched before someone else approves.
    """
    made = _made_before(services, context, request)
    if made is not None:
        return made
    digests = _digests(services, context, request)
    try:
        return _disclose(services, context, request, digests)
    except IntegrityError:
        made = _made_before(services, context, request)  # the same form, sent twice in one moment
        if made is None:
            raise
        return made


def _made_before(services: Services, context: Context, request: Request) -> str | None:
    """What the same form made already: pressed twice is disclosed once."""
    with services.db.reading() as session:
        row = session.get(Verstrekking, request.once) if request.once else None
        if row is None:
            return None
        if (row.made_by, row.dossier_id) != (context.person.account_id, request.dossier_id):
            raise NotFoundError
        return row.id


def _digests(services: Services, context: Context, request: Request) -> dict[bytes, str]:
    """The digest of each rendition that would leave, by its mark: read before the writers of the database wait."""
    with services.db.reading() as session:
        leaving = judge_request(services, session, context, request).leaving
        found = [(each.mark, outgoing.digest(services, session, each)) for each in leaving]
    return {mark: digest for mark, digest in found if mark is not None and digest is not None}


def _disclose(services: Services, context: Context, request: Request, digests: dict[bytes, str]) -> str:
    refusal: Decision | None = None
    with services.db.writing() as session:
        judged = judge_request(services, session, context, request)
        refusal = judged.refusal
        if refusal is not None:
            noting.record_refusal(services, session, context, judged)
            made = ""
        else:
            made = _commit(services, session, context, judged, digests)
    if refusal is not None:
        raise refused(refusal)
    return made


def _commit(services: Services, session: Session, context: Context, judged: Judged, digests: dict[bytes, str]) -> str:
    row = _row(services, session, context, judged)
    for each, facts, decision in zip(judged.leaving, judged.facts, judged.decisions, strict=True):
        asked = as_asked(facts, decision, context.today)
        if each.mark is not None and each.mark not in digests:
            raise ConflictError(outgoing.REPLACED)
        session.add(
            VerstrekkingDocument(
                verstrekking_id=row.id,
                version_id=each.version.id,
                categories=" ".join(each.categories),
                article=decision.article,
                facts=services.vault.seal_json(session, row.dossier_id, f"facts:{row.id}:{each.version.id}", asked),
                form=each.form,
                rendition_id=each.rendition.id if each.rendition is not None else None,
                mark=each.mark,
                sha256=digests[each.mark] if each.mark is not None else None,
            )
        )
    row.mapping = mapping.seal(services, session, row, judged.leaving)
    session.flush()
    if row.state == "asked":
        noting.record_asked(services, session, context, row)
        noting.tell_approvers(services, session, context, row)
    else:
        noting.record_disclosed(services, session, context, row)
        noting.tell_recipients(services, session, context, row)
    return row.id


def _row(services: Services, session: Session, context: Context, judged: Judged) -> Verstrekking:
    request, decision = judged.request, judged.decision
    row = Verstrekking(
        id=request.once or new_id(),
        tenant_id=context.person.tenant_id,
        dossier_id=request.dossier_id,
        recipient_id=judged.recipient.id,
        purpose=request.purpose,
        basis=request.basis,
        law=request.law,
        consent_id=request.consent_id,
        categories=" ".join(judged.categories),
        form=judged.form,
        article=decision.article,
        profile=f"{decision.profile_id}@{decision.profile_version}",
        statement=services.vault.seal_json(session, request.dossier_id, "statement", request.statement.strip()),
        details=services.vault.seal_json(
            session,
            request.dossier_id,
            "verstrekking",
            {
                "recipient_person": request.recipient_person.strip(),
                "evidence": request.evidence.strip(),
                "why_identifiable": request.why_identifiable.strip() if request.identifiable else "",
            },
        ),
        state="asked" if judged.second_person else "open",
        made_by=context.person.account_id,
        made_at=context.now,
        open_until=judged.open_until,
        expert_id=request.expert_id,
        convenant_id=judged.convenant_id,
        requested_on=(request.requested_on or context.today) if judged.convenant_id else None,
    )
    session.add(row)
    session.flush()
    return row


def confirm(services: Services, context: Context, verstrekking_id: str) -> None:
    """The recipient confirms receipt; the sender is told."""
    with services.db.writing() as session:
        row = received(session, context, verstrekking_id)
        session.refresh(row, with_for_update=True)  # of two at once, one finds it done
        if row.confirmed_at is not None:
            raise ConflictError("De ontvangst is al bevestigd.")
        row.confirmed_at, row.confirmed_by = context.now, context.person.account_id
        record(
            session,
            services.vault,
            context,
            Action.CONFIRM_RECEIPT,
            dossier_id=row.dossier_id,
            object_type="verstrekking",
            object_id=row.id,
            purpose=row.purpose,
            article="PR9.3",
        )
        outbox.queue(
            session,
            services.vault,
            context,
            account_id=people.acting_for(session, row.made_by),
            kind="received",
            link=f"/verstrekkingen/{row.id}",
            dossier_id=row.dossier_id,
        )


def close(services: Services, context: Context, verstrekking_id: str) -> None:
    """The sender closes a verstrekking: nothing can be fetched from now on; what was fetched stays named."""
    with services.db.writing() as session:
        row = sent(session, context, verstrekking_id)
        session.refresh(row, with_for_update=True)
        if row.closed_at is not None:
            raise ConflictError("Deze verstrekking is al gesloten.")
        row.closed_at = context.now
        record(
            session,
            services.vault,
            context,
            Action.WITHDRAW,
            dossier_id=row.dossier_id,
            object_type="verstrekking",
            object_id=row.id,
            purpose=row.purpose,
            article=row.article,
        )
