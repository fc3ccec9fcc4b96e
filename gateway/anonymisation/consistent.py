"""What the renditions of a dossier gave a number, kept the same over all of them. Source: CV4.6."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from gateway.anonymisation.finds import COUNTED_LABEL
from gateway.anonymisation.numbering import clash
from gateway.anonymisation.rendition_tables import AnonymisedRendition
from gateway.anonymisation.sealed import finds_of
from gateway.dossiers.tables import Dossier

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sqlalchemy.orm import Session

    from gateway.anonymisation.numbering import Meanings
    from gateway.anonymisation.sealed import Group
    from gateway.services import Services

MADE = ("review", "second", "done")


def numbered(services: Services, session: Session, dossier_id: str) -> list[dict[str, str]]:
    """What the renditions that were made gave a number, as `eerder_genummerd` of the dossier record."""
    found: dict[tuple[str, str], str] = {}
    for row in _made(session, dossier_id):
        for group in finds_of(services.vault, session, row):
            label = group.replacement.strip("[]")
            if COUNTED_LABEL.fullmatch(label):
                found.setdefault((group.text, group.kind), label)
    return [{"tekst": text, "soort": kind, "vervanging": label} for (text, kind), label in found.items()]


def clashes(services: Services, session: Session, row: AnonymisedRendition, groups: Iterable[Group]) -> bool:
    """Whether a number in these finds stands for someone else than in another rendition of the dossier.

    It holds the dossier: of two that settle in one moment, one sees the other.
    """
    session.get_one(Dossier, row.dossier_id, with_for_update=True)
    others = [_meanings(finds_of(services.vault, session, each)) for each in _made(session, row.dossier_id, but=row.id)]
    return clash([*others, _meanings(groups)], lambda _text: "") == len(others)


def _meanings(groups: Iterable[Group]) -> Meanings:
    made: dict[str, tuple[str, ...]] = {}
    for group in groups:
        if COUNTED_LABEL.fullmatch(group.replacement.strip("[]")):
            made[group.replacement] = (*made.get(group.replacement, ()), group.text)
    return made


def _made(session: Session, dossier_id: str, *, but: str = "") -> Iterator[AnonymisedRendition]:
    query = select(AnonymisedRendition).where(
        AnonymisedRendition.dossier_id == dossier_id,
        AnonymisedRendition.state.in_(MADE),
        AnonymisedRendition.id != but,
    )
    yield from session.scalars(query.order_by(AnonymisedRendition.made_at, AnonymisedRendition.id)).all()
