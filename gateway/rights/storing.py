"""How a step of a request is kept: its event, its line, its hold and its last day, in the caller's transaction."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from gateway.accounts import people
from gateway.context import Role
from gateway.dossiers.tables import Dossier
from gateway.dossiers.telling import tell
from gateway.errors import ConflictError
from gateway.matters import usecases as matters
from gateway.matters.rules import NewHold
from gateway.recording import Action, record
from gateway.rights import effects, queries, rules
from gateway.rights.tables import RightPause, RightRequest, RightStep
from gateway.rights_words import KINDS as WORDS
from gateway.sentences import sentence

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy.orm import Session

    from gateway.context import Context
    from gateway.rights.rules import Standing
    from gateway.services import Services

ACTIONS = {
    "ask_proof": Action.NOTIFY,
    "extend": Action.NOTIFY,
    "remind": Action.NOTIFY,
    "decide": Action.DECIDE,
    "carry_out": Action.DECIDE,
    "close": Action.DECIDE,
    "withdraw": Action.WITHDRAW,
    "look": Action.CONSULT,
}
"""What the log calls a step; what stands not here is a request."""
HELD_FOR = timedelta(days=183)
"""After so long someone looks again whether the hold of a request that still runs is right."""


def note(
    services: Services,
    session: Session,
    context: Context,
    row: RightRequest,
    step: str,
    *,
    note: str = "",
    payload: dict[str, Any] | None = None,
) -> str:
    """Write that a step was taken: its event in the log and its line on the page of the request; the row is held."""
    event_id = write_event(
        services, session, context, row, step, payload={**(payload or {}), **({"note": note} if note else {})}
    )
    last = session.scalar(select(func.max(RightStep.number)).where(RightStep.request_id == row.id)) or 0
    sealed = None
    if note:
        place = f"right-step:{row.id}:{last + 1}"
        sealed = services.vault.seal_json(session, row.dossier_id, place, {"note": note})
    session.add(
        RightStep(
            request_id=row.id,
            number=last + 1,
            kind=step,
            made_by=context.actor.account_id if context.actor else None,
            made_at=context.now,
            body=sealed,
            event_id=event_id,
        )
    )
    row.changed_at = context.now
    row.version += 1
    session.flush()
    return event_id


def write_event(
    services: Services,
    session: Session,
    context: Context,
    row: RightRequest,
    step: str,
    *,
    payload: dict[str, Any] | None = None,
) -> str:
    """Write the event alone: of what changes nothing, such as a look."""
    return record(
        session,
        services.vault,
        context,
        ACTIONS.get(step, Action.REQUEST),
        tenant_id=row.tenant_id,
        dossier_id=row.dossier_id,
        object_type="right_request",
        object_id=row.id,
        purpose="inzage" if row.kind == "inzage" else None,
        article=rules.KINDS[row.kind].rule,
        payload={"step": step, "right": row.kind, **(payload or {})},
    )


def move(session: Session, row: RightRequest, standing: Standing) -> None:
    """The row stands where the rules put it; its last day follows while it is not decided."""
    row.state = standing.state
    row.extension_weeks = standing.extension_weeks
    row.outcome = standing.outcome
    if row.state in rules.UNDECIDED:
        rights = queries.rights_of(session, row.tenant_id, row.received_on)
        row.due = rules.deadline(standing, rights).last_day


def standing(session: Session, row: RightRequest) -> Standing:
    """Where a row stands, with its pauses."""
    return queries.standing_of(row, queries.pauses_of(session, row.id))


def open_pause(session: Session, request_id: str) -> RightPause:
    """The pause that runs."""
    query = select(RightPause).where(RightPause.request_id == request_id, RightPause.until_on.is_(None))
    return session.scalars(query).one()


def hold(services: Services, session: Session, context: Context, row: RightRequest) -> None:
    """Nothing of the dossier is destroyed while this request runs. Source: OB2, PR12.1."""
    owner = next(iter(officers(session, row.tenant_id)), None) or context.person.account_id
    new = NewHold(
        kind="complaint" if row.kind == "klacht" else "right",
        started_on=context.today,
        review_on=context.today + HELD_FOR,
        reason=sentence("Er loopt een verzoek: %(kind)s.", kind=WORDS[row.kind]),
        owner_id=owner,
    )
    row.hold_id = matters.add_hold(session, services.vault, context, row.dossier_id, new)


def finish(services: Services, session: Session, context: Context, row: RightRequest) -> None:
    """The request runs no longer: its hold ends, unless a person ended that before, and its kind is told."""
    if row.hold_id is not None:
        with suppress(ConflictError):  # someone ended it by hand: it holds no longer, which is what is asked here
            matters.end_hold(
                session,
                services.vault,
                context,
                row.dossier_id,
                row.hold_id,
                reason=sentence("Het verzoek is afgelopen."),
                final_decision_on=None,
            )
    if (ended := effects.of(row.kind).ended) is not None:
        ended(services, session, context, row)


def officers(session: Session, tenant_id: str) -> Sequence[str]:
    """The privacy officers of this SWV."""
    return people.of_tenant(session, tenant_id, Role.PRIVACY_OFFICER)


def tell_officers(services: Services, session: Session, context: Context, row: RightRequest, kind: str) -> None:
    """A notice for the officers, but for who acts."""
    put(services, session, context, row, officers(session, row.tenant_id), kind, f"/verzoeken/{row.id}")


def tell_requester(services: Services, session: Session, context: Context, row: RightRequest) -> None:
    """A notice for who asked, when they have an account."""
    if row.asked_by is not None:
        put(services, session, context, row, [row.asked_by], "right_news", f"/rechten/verzoek/{row.id}")


def put(
    services: Services,
    session: Session,
    context: Context,
    row: RightRequest,
    account_ids: Iterable[str],
    kind: str,
    link: str,
) -> None:
    """Put a notice for each of these, once and not for who acts."""
    dossier = session.get_one(Dossier, row.dossier_id)
    for account_id in dict.fromkeys(account_ids):
        if context.actor is None or account_id != context.actor.account_id:
            tell(services, session, context, dossier, account_id, kind, link)
