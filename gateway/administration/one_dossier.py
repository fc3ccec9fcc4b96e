"""The one dossier that an administrator means, who cannot look inside any: by the reference that the school told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.dossiers import by_reference
from gateway.errors import InvalidInputError, ThrottledError
from gateway.references import id_ending, reference_of

if TYPE_CHECKING:
    from gateway.access.queries import EntryView
    from gateway.context import Context
    from gateway.services import Services


def dossier_of(services: Services, context: Context, reference: str, view: EntryView | None) -> str:
    """The id of the dossier with this reference; the one that an entry is about already is not looked up again.

    Raises:
        InvalidInputError: no such submitted dossier, or too many tries.
    """
    ending = id_ending(reference)
    if view is not None and view.written["scope"] == "dossier":
        held = str(view.written["scope_ids"][0])
        if ending is not None and reference_of(held) == reference_of(ending):
            return held
    try:
        by_reference.count_try(services, context)
    except ThrottledError as refused:
        raise InvalidInputError(refused.message, field="reference") from refused
    with services.db.reading() as session:
        found = None
        if ending is not None:
            found = by_reference.submitted_dossier(services, session, context.person.tenant_id, reference)
    if found is None:
        raise InvalidInputError("Dit kenmerk kennen wij niet. Vraag het de school opnieuw.", field="reference")
    return found.id
