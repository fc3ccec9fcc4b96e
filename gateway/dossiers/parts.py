"""What of a dossier goes with one set of categories while the rest lives on, and what of that set must stay, and why.

What is not known to lie wholly in the set stays. Who the pupil is, where they live and who their parents are stay until
nothing of the dossier is left: without those nobody knows whose it is, and nobody could be told or have a right to it.
Source: PR12.1, D-PR 7; judgement.md, "destroy" (a mixed set only when every category is past its own term).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from sqlalchemy import select

from gateway.consent import orders
from gateway.consent import usecases as consents
from gateway.dossiers.tables import Document, DocumentVersion

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from sqlalchemy.orm import Session

    from gateway.dossiers.rules import Pupil

FIELDS: Final[Mapping[str, str]] = {"b": "bsn", "j": "reason"}
"""The fields of the dossier's record that go with their category (PR7)."""
WHO_IT_IS: Final = frozenset("ad")
"""Of these the record keeps who it is about and who may be told, as long as anything of the dossier stays."""
OF_A_BESLUIT: Final = frozenset({"expert_opinion"})
"""The kinds of document that a besluit rests on by law (TL3): as long as it is kept, they are."""


class Stays(StrEnum):
    """Why a document that holds something of a set does not go with it."""

    MIXED = "mixed"
    UNKNOWN = "unknown"
    EVIDENCE = "evidence"
    BESLUIT = "besluit"


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """The documents of a dossier that go with a set, by their ids; how many of its documents stay, by the reason."""

    documents: Sequence[str] = ()
    stays: Mapping[Stays, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """One document: the letters of all its versions, whether they are all known, its kinds, and what rests on it."""

    letters: frozenset[str]
    known: bool
    kinds: frozenset[str]
    evidence: bool


def fate(held: Held, letters: Collection[str], *, besluit_kept: bool) -> Stays | bool:
    """Whether a document goes with this set; why it stays though it holds something of it; or False: it holds nothing.

    Fail closed: what is not described, by all its versions, stays.
    """
    wanted = frozenset(letters)
    if held.letters and not held.letters & wanted:
        return False
    if not held.known:
        return Stays.UNKNOWN
    if not held.letters <= wanted:
        return Stays.MIXED
    if held.evidence:
        return Stays.EVIDENCE
    return Stays.BESLUIT if besluit_kept and held.kinds & OF_A_BESLUIT else True


def parts_of(session: Session, dossier_id: str, letters: Collection[str], *, besluit_kept: bool) -> Parts:
    """What goes of a dossier with this set of categories, and what stays of it."""
    going, stays = [], dict.fromkeys(Stays, 0)
    for document_id, held in _held(session, dossier_id).items():
        found = fate(held, letters, besluit_kept=besluit_kept)
        if isinstance(found, Stays):
            stays[found] += 1
        elif found:
            going.append(document_id)
    return Parts(documents=going, stays={why: count for why, count in stays.items() if count})


def fields_of(pupil: Pupil, letters: Collection[str]) -> tuple[str, ...]:
    """The fields of the record that hold something of these categories, and go with them."""
    return tuple(name for letter, name in FIELDS.items() if letter in letters and getattr(pupil, name))


def without(pupil: Pupil, fields: Collection[str]) -> Pupil:
    """The record with these fields empty."""
    return replace(pupil, **dict.fromkeys((name for name in FIELDS.values() if name in fields), ""))  # type: ignore[arg-type]  # texts, all of them


def _held(session: Session, dossier_id: str) -> dict[str, Held]:
    proof = {each.evidence_document_id for each in consents.of_dossier(session, dossier_id)}
    proof |= {each.document_id for each in orders.of_dossier(session, dossier_id)}
    versions: dict[str, list[tuple[str | None, str | None, str]]] = {}
    query = (
        select(Document.id, DocumentVersion.categories, DocumentVersion.kind, DocumentVersion.state)
        .outerjoin(DocumentVersion, DocumentVersion.document_id == Document.id)
        .where(Document.dossier_id == dossier_id)
        .order_by(Document.made_at, Document.id)
    )
    for document_id, categories, kind, state in session.execute(query):
        versions.setdefault(document_id, []).append((categories, kind, state or ""))
    return {
        document_id: Held(
            letters=frozenset(each[0] for categories, _, _ in rows for each in (categories or "").split()),
            # What was rejected was never described and shown to nobody; what is not described otherwise is not known.
            known=any(categories for categories, _, _ in rows)
            and all(categories or state == "rejected" for categories, _, state in rows),
            kinds=frozenset(kind for _, kind, _ in rows if kind),
            evidence=document_id in proof,
        )
        for document_id, rows in versions.items()
    }
