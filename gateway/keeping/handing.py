"""A besluit leaves as PDF, or a TLV as the fields of BRON: for SWV and school, and the PDF for the family. Each logged.

Source: TL8, TL10 (a copy goes to the parents), PR11.1.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.accounts.tables import Organisation, Tenant
from gateway.dossiers import keeping, seen
from gateway.dossiers.queries import covered, pupil_of, visible_dossier
from gateway.errors import ConflictError, NotFoundError
from gateway.keeping import tlv
from gateway.keeping.words import in_a_letter
from gateway.matters import queries
from gateway.matters.usecases import standing_besluit
from gateway.recording import Action, record
from gateway.sentences import sentence

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy.orm import Session

    from gateway.context import Context
    from gateway.dossiers.keeping import Kept
    from gateway.dossiers.rules import Pupil
    from gateway.dossiers.tables import Dossier
    from gateway.matters.queries import BesluitLine
    from gateway.services import Services

IN_IT = frozenset("ab")
"""Who a TLV is about stands in it: address and BSN (PR10.2)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """What the PDF of a besluit shows."""

    line: BesluitLine
    pupil: Pupil
    fields: Mapping[str, str]
    school_name: str
    swv_name: str
    sentences: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class OfFamily:
    """The besluiten about one child, and how long the dossier is kept."""

    dossier_id: str
    pupil_name: str
    school_name: str
    besluiten: Sequence[BesluitLine]
    kept: Kept | None


def paper(services: Services, context: Context, dossier_id: str, besluit_id: str) -> Paper:
    """The PDF's values, for who reaches the dossier and may see who it is about; in the log before it leaves."""
    with services.db.writing() as session:
        dossier = visible_dossier(session, context, dossier_id)
        if not covered(session, context, dossier) >= IN_IT:
            raise NotFoundError
        return _paper(services, session, context, dossier, besluit_id)


def for_bron(services: Services, context: Context, dossier_id: str, besluit_id: str) -> dict[str, str]:
    """The fields that BRON asks of a TLV; in the log before they leave.

    Raises:
        ConflictError: this is no TLV, or BRON asks something that is not known: the sentence names it.
    """
    with services.db.writing() as session:
        dossier = visible_dossier(session, context, dossier_id)
        if not covered(session, context, dossier) >= IN_IT:
            raise NotFoundError
        line = queries.besluit_line(session, services.vault, standing_besluit(session, dossier.id, besluit_id))
        if line.row.kind != "tlv":
            raise ConflictError("Alleen een toelaatbaarheidsverklaring gaat naar BRON.")
        found = _fields(services, session, context, dossier, line)
        lacking = tlv.missing(found)
        if lacking:
            raise ConflictError(sentence("BRON vraagt nog: %(fields)s.", fields=", ".join(lacking)))
        _note(services, session, context, dossier, line, Action.EXPORT)
        return found


def of_family(services: Services, context: Context, dossier_id: str) -> OfFamily:
    """The besluiten of a dossier, for the guardian or pupil who may see it; that they looked is logged."""
    with services.db.writing() as session:
        dossier, pupil = seen.family_dossier(services, session, context, dossier_id)
        record(
            session,
            services.vault,
            context,
            Action.CONSULT,
            dossier_id=dossier.id,
            object_type="besluit",
            object_id=dossier.id,
            article="PR11.1",
        )
        return OfFamily(
            dossier_id=dossier.id,
            pupil_name=pupil.name,
            school_name=session.get_one(Organisation, dossier.school_on(context.today)).name,
            besluiten=queries.besluiten_of(session, services.vault, dossier.id, standing=True),
            kept=keeping.kept_of(session, dossier, context.today),
        )


def paper_for_family(services: Services, context: Context, dossier_id: str, besluit_id: str) -> Paper:
    """The same PDF for guardian or pupil (TL10: a copy goes to the parents)."""
    with services.db.writing() as session:
        dossier, _ = seen.family_dossier(services, session, context, dossier_id)
        return _paper(services, session, context, dossier, besluit_id)


def _paper(services: Services, session: Session, context: Context, dossier: Dossier, besluit_id: str) -> Paper:
    line = queries.besluit_line(session, services.vault, standing_besluit(session, dossier.id, besluit_id))
    swv_name = session.get_one(Tenant, dossier.tenant_id).name
    made = Paper(
        line=line,
        pupil=pupil_of(session, services.vault, dossier),
        fields=_fields(services, session, context, dossier, line),
        school_name=session.get_one(Organisation, dossier.school_on(context.today)).name,
        swv_name=swv_name,
        sentences=in_a_letter(line, swv_name),
    )
    _note(services, session, context, dossier, line, Action.PRINT)
    return made


def _fields(
    services: Services, session: Session, context: Context, dossier: Dossier, line: BesluitLine
) -> dict[str, str]:
    brin = session.get_one(Organisation, dossier.school_on(context.today)).brin
    return tlv.fields(line, pupil_of(session, services.vault, dossier), brin)


def _note(
    services: Services, session: Session, context: Context, dossier: Dossier, line: BesluitLine, action: Action
) -> None:
    record(
        session,
        services.vault,
        context,
        action,
        dossier_id=dossier.id,
        object_type="besluit",
        object_id=line.row.id,
        article="TL8",
        payload={"besluit": line.row.kind},
    )
