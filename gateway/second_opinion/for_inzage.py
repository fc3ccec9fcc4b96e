"""Second opinions on a dossier as an inzage tells them: with whom, where they stand, who advised, and the advice.

A slice above this one asks through `gateway.lines`; what it gets are plain values. Source: PR11.3, WPO 18a(14).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from gateway.accounts import people
from gateway.accounts.tables import Organisation
from gateway.second_opinion import advising, storing
from gateway.second_opinion.tables import SecondOpinionCase
from gateway.second_opinion_words import ADVICE, PHASES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy.orm import Session

    from gateway.second_opinion.storing import Kept
    from gateway.services import Services


def of_dossier(services: Services, session: Session, dossier_id: str) -> list[dict[str, Any]]:
    """The cases of a dossier that were sent; `advice` is (heading, text), empty where it was withheld or is not signed.

    Keys: partner, requested_on, phase, phase_words, experts, advice, withheld.
    """
    query = select(SecondOpinionCase).where(
        SecondOpinionCase.dossier_id == dossier_id, SecondOpinionCase.shown_at.is_not(None)
    )
    rows = session.scalars(query.order_by(SecondOpinionCase.made_at, SecondOpinionCase.id)).all()
    return [_told(services, session, row) for row in rows]


def _told(services: Services, session: Session, row: SecondOpinionCase) -> dict[str, Any]:
    kept = storing.acts_of(services, session, row)
    state = storing.state_of(kept)
    withheld = storing.last(kept, "withhold")
    return {
        "partner": session.get_one(Organisation, row.partner_id).name,
        "requested_on": row.requested_on,
        "phase": state.phase,
        "phase_words": PHASES[state.phase][0],
        "experts": _experts(services, session, kept, [each.id for each in state.experts]),
        "advice": [] if withheld else _advice(services, session, row, kept, state.phase),
        "withheld": str(withheld.data.get("reason") or "") if withheld else "",
    }


def _experts(services: Services, session: Session, kept: Sequence[Kept], ids: Sequence[str]) -> list[str]:
    assigned: dict[str, Mapping[str, Any]] = {
        str(each.data["expert"]): each.data for each in kept if each.kind == "assign" and not each.overtaken
    }
    persons = people.names_of(session, services.vault, ids)
    return [str(assigned.get(each, {}).get("name") or "") or persons.get(each, people.NAMELESS).name for each in ids]


def _advice(
    services: Services, session: Session, row: SecondOpinionCase, kept: Sequence[Kept], phase: str
) -> list[tuple[str, str]]:
    """The advice as the parents were given it; else as it was signed, with the pseudonyms of the experts."""
    told = storing.last(kept, "tell_parents")
    if told is not None:
        parts = told.data.get("parts") or {}
    elif phase in advising.AFTER_SIGNING:
        draft = advising.draft_of(services, session, row)
        parts = draft.parts if draft else {}
    else:
        parts = {}
    return [(heading, str(parts[name])) for name, heading in ADVICE.items() if parts.get(name)]
