"""A case as it is kept: acts sealed one by one, folded into a state; one door for acts of both sides.

Source: issue 8 (States; "each step with who and when and its receipt"); PR9.3.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from gateway.context import AMSTERDAM
from gateway.errors import ConflictError
from gateway.recording import Action, Outcome, record
from gateway.second_opinion.rules import advance, begin, due_of
from gateway.second_opinion.state import OVER, Act, Refused, State
from gateway.second_opinion.tables import SecondOpinionAct, SecondOpinionCase
from gateway.sentences import sentence

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from gateway.context import Context
    from gateway.services import Services

ACTIONS: dict[str, Action] = {
    "check": Action.CHECK,
    "accept": Action.DECIDE,
    "decline": Action.DECIDE,
    "agree": Action.DECIDE,
    "admit": Action.PERMISSION,
    "assign": Action.PERMISSION,
    "release": Action.PERMISSION,
    "extend": Action.DECIDE,
    "refuse_more": Action.DECIDE,
    "withhold": Action.DECIDE,
    "receive": Action.CONFIRM_RECEIPT,
    "confirm": Action.CONFIRM_RECEIPT,
    "sign": Action.ADVISE,
    "reopen": Action.ADVISE,
    "hand_over": Action.ADVISE,
    "tell_parents": Action.NOTIFY,
    "withdraw": Action.WITHDRAW,
    "close": Action.DECIDE,
}
"""What an act is called in the log; what is not here is a request."""
ARTICLES: dict[str, str] = {
    "write": "CV3.1",
    "offer": "CV3.4",
    "check": "CV3.5",
    "send": "CV3.1",
    "say": "CV3.6",
    "accept": "CV2.2",
    "decline": "CV2.2",
    "propose": "CV4.2",
    "agree": "CV4.4",
    "assign": "CV2.3",
    "release": "CV2.3",
    "admit": "PR8.2",
    "declare": "PR10.3",
    "deliver": "CV4.5",
    "supplement": "CV4.1",
    "receive": "SO3",
    "ask": "CV4.1",
    "answer": "CV4.1",
    "ask_more": "SO3",
    "extend": "SO3",
    "refuse_more": "SO3",
    "sign": "CV2.2",
    "reopen": "CV2.2",
    "hand_over": "CV2.2",
    "confirm": "CV8.4",
    "tell_parents": "WPO 18a(14)",
    "withhold": "WPO 18a(14)",
    "close": "CV4.8",
    "withdraw": "CV3.4",
}


class StepRefusedError(ConflictError):
    """The machine of the case said no; `article` says by which rule, and the sentence ends with it.

    All that was begun is undone with its transaction: `note_refused` writes it in the log after that.
    """

    def __init__(self, refused: Refused, case_id: str, step: str) -> None:
        super().__init__(sentence("%(why)s Regel: %(article)s.", why=refused.reason, article=refused.article))
        self.article, self.case_id, self.step = refused.article, case_id, step


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """An act as it was kept, opened."""

    number: int
    side: str
    kind: str
    by: str | None
    at: datetime
    act: Act
    overtaken: bool
    event_id: str

    @property
    def data(self) -> Mapping[str, Any]:
        """What was said with it."""
        return self.act.data


def acts_of(services: Services, session: Session, row: SecondOpinionCase) -> list[Kept]:
    """The acts of a case in their order."""
    query = select(SecondOpinionAct).where(SecondOpinionAct.case_id == row.id).order_by(SecondOpinionAct.number)
    return [_kept(services, session, row, each) for each in session.scalars(query)]


def state_of(kept: Sequence[Kept]) -> State:
    """Where a case stands: the fold of the acts that counted."""
    state = begin()
    for each in kept:
        if each.overtaken:
            continue
        after = advance(state, each.act)
        if isinstance(after, Refused):
            raise LookupError("the acts of a case do not follow each other")  # noqa: TRY004 - an order, not a type
        state = after
    return state


def last(kept: Sequence[Kept], *kinds: str) -> Kept | None:
    """The newest act of one of these kinds that counted."""
    return next((each for each in reversed(kept) if each.kind in kinds and not each.overtaken), None)


def held(session: Session, row: SecondOpinionCase) -> SecondOpinionCase:
    """The case, held until this transaction ends: of two acts at once the second sees what the first did."""
    return session.get_one(SecondOpinionCase, row.id, with_for_update=True, populate_existing=True)


def do(
    services: Services,
    session: Session,
    context: Context,
    row: SecondOpinionCase,
    kind: str,
    side: str,
    data: Mapping[str, Any],
) -> tuple[State, Kept]:
    """Add an act that someone does now, with its event, in the caller's transaction.

    Raises:
        StepRefusedError: it cannot follow on what was done.
    """
    row = held(session, row)
    kept = acts_of(services, session, row)
    act = Act(kind=kind, side=side, on=context.today, by=_by(context), data=dict(data))
    after = advance(state_of(kept), act)
    if isinstance(after, Refused):
        raise StepRefusedError(after, row.id, kind)
    return after, keep(services, session, context, row, act, after)


def overtaken(
    services: Services, session: Session, context: Context, row: SecondOpinionCase, act: Act, refused: Refused
) -> Kept:
    """Keep a partner's act that came too late: it changes nothing, and both see that it was overtaken."""
    return keep(services, session, context, held(session, row), act, None, why=refused)


def note(
    services: Services,
    session: Session,
    context: Context,
    row: SecondOpinionCase,
    step: str,
    action: Action = Action.PERMISSION,
    article: str = "CV4.8",
) -> str:
    """Write in the log what is no act of either side but happened to the case: it was read, its access ended."""
    return record(
        session,
        services.vault,
        context,
        action,
        tenant_id=row.tenant_id,
        dossier_id=row.dossier_id,
        object_type="second_opinion",
        object_id=row.id,
        purpose="second_opinion",
        article=article,
        payload={"step": step},
    )


def note_refused(services: Services, context: Context, problem: StepRefusedError) -> None:
    """Write in the log that someone tried a step that the machine refused, and by which rule."""
    with services.db.writing() as session:
        row = session.get_one(SecondOpinionCase, problem.case_id)
        record(
            session,
            services.vault,
            context,
            Action.REFUSE,
            outcome=Outcome.REFUSED,
            tenant_id=row.tenant_id,
            dossier_id=row.dossier_id,
            object_type="second_opinion",
            object_id=row.id,
            purpose="second_opinion",
            article=problem.article,
            payload={"step": problem.step, "reason": problem.message},
        )


def note_download(services: Services, session: Session, context: Context, row: SecondOpinionCase) -> str:
    """Write in the log that the advice leaves as a file, before its first byte does."""
    return note(services, session, context, row, "read", Action.DOWNLOAD, article="CV2.2")


def keep(
    services: Services,
    session: Session,
    context: Context,
    row: SecondOpinionCase,
    act: Act,
    after: State | None,
    *,
    why: Refused | None = None,
) -> Kept:
    """Keep an act that the machine judged, with its event, in the caller's transaction; the case is held."""
    number = row.acts + 1
    event_id = record(
        session,
        services.vault,
        context,
        ACTIONS.get(act.kind, Action.REQUEST),
        tenant_id=row.tenant_id,
        dossier_id=row.dossier_id,
        object_type="second_opinion",
        object_id=row.id,
        purpose="second_opinion",
        article=ARTICLES[act.kind],
        payload={"step": act.kind, "side": act.side, "number": number, "overtaken": why is not None},
    )
    body = services.vault.seal_json(session, row.subject_id, _ref(row.id, number), dict(act.data))
    made = SecondOpinionAct(
        case_id=row.id,
        number=number,
        side=act.side,
        kind=act.kind,
        made_by=act.by or None,
        made_at=context.now,
        made_on=act.on,
        body=body,
        overtaken=why is not None,
        event_id=event_id,
    )
    session.add(made)
    row.acts, row.changed_at = number, context.now
    if after is not None:
        _cache(row, context, after)
    session.flush()
    return _kept(services, session, row, made)


def _cache(row: SecondOpinionCase, context: Context, state: State) -> None:
    """What lists ask, beside the acts that it follows from."""
    due = due_of(state)
    if row.due != due:
        row.reminded = ""
    row.phase, row.due = state.phase, due
    row.access_until = state.access_until if state.phase in OVER else row.access_until
    if state.phase == "sent" and row.requested_on is None:
        row.requested_on = context.now.astimezone(AMSTERDAM).date()
    if row.shown_at is None and state.phase in {"consultation", "sent"}:
        row.shown_at = context.now


def _kept(services: Services, session: Session, case: SecondOpinionCase, row: SecondOpinionAct) -> Kept:
    data = services.vault.open_json(session, case.subject_id, _ref(case.id, row.number), row.body)
    act = Act(kind=row.kind, side=row.side, on=row.made_on, by=row.made_by or "", data=data)
    return Kept(
        number=row.number,
        side=row.side,
        kind=row.kind,
        by=row.made_by,
        at=row.made_at,
        act=act,
        overtaken=row.overtaken,
        event_id=row.event_id,
    )


def _ref(case_id: str, number: int) -> str:
    return f"second-opinion:{case_id}:{number}"


def _by(context: Context) -> str:
    return context.actor.account_id if context.actor else ""
