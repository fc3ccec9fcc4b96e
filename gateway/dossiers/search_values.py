"""What a dossier is found by. Its search tokens are made of this, and made again when a period key is renewed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from crypto.tokens import normalise_name, normalise_number
from gateway.dossiers.tables import Dossier

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy.orm import Session

    from gateway.dossiers.rules import Pupil
    from gateway.vault.keys import OpenJson


def search_values(pupil: Pupil) -> dict[str, list[str]]:
    """The values, for each kind of token: the BSN (checked when it was recorded), and the whole parts of the name."""
    return _values(first_name=pupil.first_name, last_name=pupil.last_name, bsn=pupil.bsn)


def tell_again(
    session: Session, dossier_ids: Sequence[str], open_json: OpenJson
) -> Mapping[str, Mapping[str, list[str]]]:
    """The values of many dossiers, out of their sealed pupils (`gateway.vault.keys.TokenSource`)."""
    query = select(Dossier.id, Dossier.pupil).where(Dossier.id.in_(dossier_ids))
    return {
        dossier_id: values_of_json(open_json(dossier_id, "pupil", sealed))
        for dossier_id, sealed in session.execute(query)
    }


def values_of_json(stored: Mapping[str, Any]) -> dict[str, list[str]]:
    """The values of a pupil as stored; the rest of the pupil is not read, for it is asked for everyone at once."""
    return _values(first_name=stored["first_name"], last_name=stored["last_name"], bsn=stored["bsn"])


def _values(*, first_name: str, last_name: str, bsn: str) -> dict[str, list[str]]:
    numbers = [normalise_number(bsn).zfill(9)] if bsn else []  # gone with its set of categories (D-PR 7)
    return {"bsn": numbers, "name": normalise_name(f"{first_name} {last_name}")}
