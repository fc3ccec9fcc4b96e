"""One step of a case: the act, its notices, and the message to the other portal, in the caller's transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gateway.disclosure import closing, typed
from gateway.dossiers.tables import Dossier
from gateway.second_opinion import experts, mirror, storing, telling
from gateway.second_opinion.state import OVER, PARTNER

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy.orm import Session

    from gateway.context import Context
    from gateway.second_opinion.state import State
    from gateway.second_opinion.tables import SecondOpinionCase
    from gateway.services import Services

TYPED = frozenset(
    {"question", "task", "necessity", "proportionality", "parents_how", "expertise", "note", "text", "reason"}
    | {"manner", "definitions"}
)
"""Fields of acts in which people of the dossier's own side type what the other side reads."""
INTERNAL = frozenset({"tell_parents", "withhold"})
"""Acts of which the other side learns that they were done, and not what was said."""


def step(
    services: Services,
    session: Session,
    context: Context,
    row: SecondOpinionCase,
    kind: str,
    side: str,
    data: Mapping[str, Any] | None = None,
) -> State:
    """Do one step: judged by the machine, written in the log, told to whom it concerns.

    Where the case ends by it, the other side's access ends on the agreed day: for a withdrawal that is now.

    Raises:
        InvalidInputError: a text that the other side will read names the pupil or someone of the dossier.
        StepRefusedError: it cannot be done now.
    """
    if row.own_side == PARTNER:
        return mirror.wish(services, session, context, row, kind, data or {})
    if side == row.own_side and kind not in INTERNAL:
        check_nameless(services, session, row, data or {})
    state, kept = storing.do(services, session, context, row, kind, side, data or {})
    telling.tell(services, session, context, row, kept)
    mirror.tell(services, session, context, row, kept)
    if state.phase in OVER and state.access_until is not None and state.access_until <= context.today:
        end_access(services, session, context, row, reason=str((data or {}).get("reason", "")))
    return state


def check_nameless(services: Services, session: Session, row: SecondOpinionCase, data: Mapping[str, Any]) -> None:
    """Whether what people typed for the other side to read points to nobody of the dossier (CV4.6).

    Raises:
        InvalidInputError: one does; its field is named, and not what was found.
    """
    texts = {name: value for name, value in data.items() if name in TYPED and isinstance(value, str) and value}
    for part, said in (data.get("parts") or {}).items():
        texts[f"missing_{part}"] = str(said.get("reason", ""))
    for document, said in (data.get("documents") or {}).items():
        texts[f"said_{document}"] = str(said.get("statement", ""))
    if row.dossier_id is not None and any(texts.values()):
        typed.check_nameless(services, session, session.get_one(Dossier, row.dossier_id), texts)


def end_access(
    services: Services, session: Session, context: Context, row: SecondOpinionCase, *, reason: str = ""
) -> None:
    """End what the other side can reach: its experts' access entries, and what still could be fetched."""
    if row.access_ended_at is not None:
        return
    if row.own_side == PARTNER:
        mirror.end_copies(services, session, context, row)
        return
    experts.end_all(services, session, context, row, reason=reason)
    for verstrekking_id in delivered_by(services, session, row):
        closing.close(services, session, context, verstrekking_id)
    row.access_ended_at = context.now
    storing.note(services, session, context, row, "ended")


def delivered_by(services: Services, session: Session, row: SecondOpinionCase) -> list[str]:
    """The verstrekkingen that this case's deliveries made."""
    return [
        verstrekking_id
        for each in storing.acts_of(services, session, row)
        if each.kind in {"deliver", "supplement"} and not each.overtaken
        for verstrekking_id in each.data.get("verstrekkingen") or ()
    ]
