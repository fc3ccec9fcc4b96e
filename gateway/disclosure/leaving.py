"""What the sender gives along outside the portal: each document judged again, its event written before it is made."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

from gateway.disclosure import outgoing
from gateway.disclosure.asking import judge_again
from gateway.disclosure.judging import check_leaves, check_open, refused
from gateway.disclosure.noting import record_failed, record_fetch, versions_of
from gateway.disclosure.reach import sent
from gateway.dossiers.queries import covered
from gateway.dossiers.tables import Dossier
from gateway.errors import ConflictError
from gateway.recording import Action
from gateway.sentences import counted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy.orm import Session

    from gateway.context import Context
    from gateway.disclosure.outgoing import Outgoing
    from gateway.disclosure.tables import Verstrekking
    from gateway.reglement.rules import Decision
    from gateway.services import Services

T = TypeVar("T")


def allowed_now(
    services: Services, session: Session, context: Context, verstrekking_id: str
) -> tuple[Verstrekking, list[Outgoing]]:
    """The verstrekking, with its documents up to the first that the judge refuses now: that one `leave` notes.

    Raises:
        NotFoundError: not within the actor's reach.
        ConflictError: not approved, closed, past its last day, a document was withdrawn, or a rendition replaced.
    """
    row = sent(session, context, verstrekking_id)
    _check_given_along(row)
    _sees_all(session, context, row)
    allowed: list[Outgoing] = []
    for each in outgoing.listed(services, session, row):
        check_open(session, context, row, each)
        if not judge_again(services, session, context, row, each).allowed:
            break
        allowed.append(each)
    return row, allowed


def leave(
    services: Services,
    context: Context,
    verstrekking_id: str,
    *,
    action: Action,
    opened: int,
    note: Callable[[Session, Verstrekking, list[Outgoing]], T],
) -> T:
    """Judge every document once more and write that all of them leave; `note` writes the event of the whole.

    One event a document too: who takes a document back must see that it went out.

    Raises:
        RefusedError: the reglement says no to one of the documents by now; the refusal is in the log, nothing leaves.
        ConflictError: as `allowed_now`, or the answer changed since the documents were opened.
    """
    refusal: Decision | None = None
    with services.db.writing() as session:
        row = sent(session, context, verstrekking_id)
        _check_given_along(row)
        _sees_all(session, context, row)
        leaving: list[tuple[Outgoing, Decision]] = []
        for each in outgoing.listed(services, session, row):
            check_open(session, context, row, each)
            decision = judge_again(services, session, context, row, each)
            if not decision.allowed:
                record_fetch(services, session, context, row, each, decision, Action.REFUSE)
                refusal = decision
                break
            leaving.append((each, decision))
        if refusal is None and opened != len(leaving):
            raise ConflictError("De toestemming veranderde juist nu. Probeer het opnieuw.")
        if refusal is None:
            for each, decision in leaving:
                record_fetch(services, session, context, row, each, decision, action)
            row.failed_at = None
            made = note(session, row, [each for each, _ in leaving])
    if refusal is not None:
        raise refused(refusal)
    return made


def _check_given_along(row: Verstrekking) -> None:
    """What is for one named expert goes to nobody else of the organisation: no package, no paper (step 5)."""
    check_leaves(row)
    if row.expert_id is not None:
        raise ConflictError("Deze stukken zijn voor één deskundige. Alleen die kan ze ophalen, in de portal.")


def _sees_all(session: Session, context: Context, row: Verstrekking) -> None:
    """Who gives documents along may see them all: what they may not see is not theirs to hand out (PR10.2)."""
    letters = covered(session, context, session.get_one(Dossier, row.dossier_id))
    unseen = sum(not {c[0] for c in version.category_list} <= letters for version in versions_of(session, row))
    if unseen:
        raise ConflictError(
            counted(
                "Hierbij zit %(num)d stuk dat u niet mag inzien. Vraag een collega die het wel mag.",
                "Hierbij zitten %(num)d stukken die u niet mag inzien. Vraag een collega die ze wel mag.",
                unseen,
            )
        )


@contextmanager
def noting_failure(
    services: Services, context: Context, verstrekking_id: str, action: Action, form: str
) -> Iterator[None]:
    """What fails in this block was noted as leaving and did not: that too stands in the log (NEN 7513, outcome)."""
    try:
        yield
    except Exception:
        record_failed(services, context, verstrekking_id, action, form)
        raise
