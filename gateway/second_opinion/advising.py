"""The advice: written in parts, sealed as a draft, signed by every expert over one hash, and then frozen.

Source: CV2.2, CV5, SO2; WPO 18a(14).
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.disclosure import mapping
from gateway.errors import ConflictError, GatewayError, InvalidInputError, NotFoundError
from gateway.recording import Action
from gateway.second_opinion import doing, reach, storing
from gateway.second_opinion.doing import step
from gateway.second_opinion.drafts import ref_of
from gateway.second_opinion.requesting import MEANWHILE
from gateway.second_opinion.state import PARTNER
from gateway.second_opinion.tables import SecondOpinionAdvice
from gateway.second_opinion_words import ADVICE
from gateway.sentences import sentence

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy.orm import Session

    from gateway.context import Context
    from gateway.second_opinion.reach import Seat
    from gateway.second_opinion.state import State
    from gateway.second_opinion.tables import SecondOpinionCase
    from gateway.services import Services

PART_MAX = 8000
AFTER_SIGNING = frozenset({"signed", "delivered", "closed"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """The text as it stands, by part; `hash` is what a signature is set under."""

    parts: Mapping[str, str]
    version: int
    changed_by: str
    changed_at: datetime
    hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """A signed advice as its reader gets it; `mapped` says that names stand where the experts wrote pseudonyms."""

    parts: Mapping[str, str]
    hash: str
    mapped: bool


def draft_of(services: Services, session: Session, row: SecondOpinionCase) -> Draft | None:
    """The text of a case, opened; None while nobody wrote any."""
    found = session.get(SecondOpinionAdvice, row.id)
    if found is None:
        return None
    parts = services.vault.open_json(session, row.subject_id, ref_of(row.id), found.text)
    return Draft(
        parts=parts,
        version=found.version,
        changed_by=found.changed_by,
        changed_at=found.changed_at,
        hash=hash_of(row.thread, parts),
    )


def hash_of(thread: str, parts: Mapping[str, str]) -> str:
    """SHA-256 of the text and the case it belongs to, as hexadecimal: the same text on both sides, the same hash."""
    plain = json.dumps(
        {"thread": thread, "parts": {name: parts.get(name, "") for name in ADVICE}}, ensure_ascii=False, sort_keys=True
    )
    return hashlib.sha256(plain.encode()).hexdigest()


def save(services: Services, context: Context, case_id: str, parts: Mapping[str, str], *, seen: int) -> None:
    """An expert saves the draft; the other expert and nobody else sees it.

    Raises:
        ConflictError: somebody signed, or the other expert saved since `seen`.
    """
    text = {name: parts.get(name, "").strip() for name in ADVICE}
    for name, value in text.items():
        if len(value) > PART_MAX:
            raise InvalidInputError(sentence("Schrijf ten hoogste %(count)d tekens.", count=PART_MAX), field=name)
    with services.db.writing() as session:
        row = storing.held(session, reach.expert(services, session, context, case_id))
        state = storing.state_of(storing.acts_of(services, session, row))
        if state.phase != "in_review" or any(each.signed for each in state.experts):
            raise ConflictError("Het advies is ondertekend of nog niet aan de beurt. De tekst ligt vast.")
        found = session.get(SecondOpinionAdvice, row.id)
        if (found.version if found else 0) != seen:
            raise ConflictError(MEANWHILE)
        sealed = services.vault.seal_json(session, row.subject_id, ref_of(row.id), text)
        if found is None:
            session.add(
                SecondOpinionAdvice(
                    case_id=row.id, text=sealed, changed_by=context.person.account_id, changed_at=context.now
                )
            )
        else:
            found.text, found.version = sealed, found.version + 1
            found.changed_by, found.changed_at = context.person.account_id, context.now
        storing.note(services, session, context, row, "written", Action.RECORD, article="CV2.2")


def sign(services: Services, context: Context, case_id: str, seen_hash: str) -> None:
    """An expert signs the text as they saw it; with the last signature the advice is signed.

    Raises:
        ConflictError: the text is another than was seen, or a part is empty.
        StepRefusedError: not declared, signed before, or too few experts.
    """
    with services.db.writing() as session:
        row = storing.held(session, reach.expert(services, session, context, case_id))
        draft = draft_of(services, session, row)
        if draft is None or not all(draft.parts.get(name) for name in ADVICE):
            raise ConflictError("Vul eerst elk deel van het advies in.")
        if draft.hash != seen_hash:
            raise ConflictError("De tekst is intussen gewijzigd. Lees die eerst, en onderteken dan.")
        data = {"expert": context.person.account_id, "hash": draft.hash}
        step(services, session, context, row, "sign", PARTNER, data)


def read(services: Services, context: Context, case_id: str) -> tuple[SecondOpinionCase, Seat, State, Advice]:
    """The signed advice for this reader, written in the log; pseudonyms become names on the requester's side only.

    Raises:
        NotFoundError: there is none for this reader: not delivered yet, or not given to the parents.
    """
    with services.db.writing() as session:
        row, seat = reach.case_(services, session, context, case_id)
        kept = storing.acts_of(services, session, row)
        state = storing.state_of(kept)
        draft = draft_of(services, session, row)
        if draft is None or not may_read(state, seat):
            raise NotFoundError
        parts, was_mapped = dict(draft.parts), False
        if seat.kind == "own":
            parts, was_mapped = with_names(services, session, context, row, parts)
        told = storing.last(kept, "tell_parents") if seat.kind == "family" else None
        if told is not None:
            parts, was_mapped = dict(told.data["parts"]), bool(told.data["mapped"])
        storing.note(services, session, context, row, "read", Action.CONSULT, article="CV2.2")
        return row, seat, state, Advice(parts=parts, hash=draft.hash, mapped=was_mapped)


def may_read(state: State, seat: Seat) -> bool:
    """Whether the signed text is there for this seat: the partner once signed, the requester once delivered."""
    if seat.kind == "family":
        return state.phase in {"delivered", "closed"} and state.parents == "told"
    if seat.kind == "officer" or not seat.content or state.phase not in AFTER_SIGNING:
        return False
    return seat.side == PARTNER or state.phase != "signed"


def with_names(
    services: Services, session: Session, context: Context, row: SecondOpinionCase, parts: dict[str, str]
) -> tuple[dict[str, str], bool]:
    """The parts with names in the place of pseudonyms, by the sealed mappings of this case's deliveries."""
    was_mapped = False
    for verstrekking_id in doing.delivered_by(services, session, row):
        try:
            mapped = {
                name: mapping.map_back(services, session, context, verstrekking_id, text).text if text else ""
                for name, text in parts.items()
            }
        except GatewayError:
            continue  # nothing of this delivery left anonymised, or it is not for this reader
        parts, was_mapped = mapped, was_mapped or mapped != parts
    return parts, was_mapped
