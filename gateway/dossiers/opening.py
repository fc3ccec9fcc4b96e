"""A dossier is started, and its pupil changed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from gateway.accounts.tables import Organisation
from gateway.context import Context, Role
from gateway.dossiers import enrolled
from gateway.dossiers.linking import forget_guardians
from gateway.dossiers.moving import settle
from gateway.dossiers.queries import pupil_of, school_dossier
from gateway.dossiers.rules import Guardian, Pupil, check_bsn, check_pupil, same_name
from gateway.dossiers.search_values import search_values
from gateway.dossiers.submitting import has_double
from gateway.dossiers.tables import Dossier, Enrolment
from gateway.errors import ConflictError, InvalidInputError, NotFoundError
from gateway.ids import new_id
from gateway.recording import Action, record
from gateway.vault.keys import DOSSIER

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import Session

    from gateway.services import Services


def open_dossier(services: Services, context: Context, pupil: Pupil) -> str:
    """Start a draft dossier for a pupil of the actor's school; returns its id. Source: PR3."""
    actor = context.person
    if actor.role is not Role.SCHOOL_STAFF:
        raise NotFoundError
    check_pupil(pupil, context.today)
    pupil = numbered(pupil, ())
    dossier_id = new_id()
    with services.db.writing() as session:
        school = session.get_one(Organisation, actor.organisation_id)
        if school.kind != "school":
            raise InvalidInputError("Een dossier hoort bij een school. Meld u aan met het account van uw school.")
        services.vault.create_subject(
            session, kind=DOSSIER, subject_id=dossier_id, organisation_id=actor.tenant_id, opened_on=context.today
        )
        session.add(
            Dossier(
                id=dossier_id,
                tenant_id=actor.tenant_id,
                school_id=school.id,
                pupil=services.vault.seal_json(session, dossier_id, "pupil", pupil.to_json()),
                made_by=actor.account_id,
                made_at=context.now,
                changed_at=context.now,
            )
        )
        session.flush()
        session.add(
            Enrolment(
                dossier_id=dossier_id,
                school_id=school.id,
                from_day=min(pupil.enrolled_from, context.today),
                made_by=actor.account_id,
                made_at=context.now,
            )
        )
        _index(services, session, dossier_id, pupil)
        record(
            session,
            services.vault,
            context,
            Action.RECORD,
            dossier_id=dossier_id,
            object_type="dossier",
            object_id=dossier_id,
            payload={"opened": True},
        )
    return dossier_id


def change_pupil(services: Services, context: Context, dossier_id: str, pupil: Pupil, *, seen_version: int) -> None:
    """Change the pupil's data.

    Raises:
        ConflictError: someone else changed the dossier since `seen_version` was shown; nothing is overwritten.
    """
    check_pupil(pupil, context.today)
    with services.db.writing() as session:
        dossier = school_dossier(session, context, dossier_id, lock=True)
        if dossier.version != seen_version:
            raise ConflictError(
                "Iemand anders heeft dit dossier intussen gewijzigd. Uw wijziging is niet opgeslagen. "
                "Hieronder staat wat u invulde; bekijk eerst wat er nu staat."
            )
        settle(services, session, context, dossier)
        before = pupil_of(session, services.vault, dossier)
        pupil = numbered(pupil, before.guardians)
        forget_guardians(session, dossier.id, {each.id for each in before.guardians} - {g.id for g in pupil.guardians})
        dossier.pupil = services.vault.seal_json(session, dossier.id, "pupil", pupil.to_json())
        dossier.version += 1
        dossier.changed_at = context.now
        _index(services, session, dossier.id, pupil)
        # What the school corrects is since when: the present stretch begins on that day.
        begun = [
            row for row in enrolled.rows_of(session, dossier.id) if not row.from_day or row.from_day <= context.today
        ]
        begun[-1].from_day = min(pupil.enrolled_from, context.today)
        if dossier.state != "draft" and (not before.bsn or check_bsn(pupil.bsn) != check_bsn(before.bsn)):
            dossier.possible_double = has_double(services, session, dossier, pupil)
        changed = sorted(name for name in pupil.to_json() if pupil.to_json()[name] != before.to_json()[name])
        record(
            session,
            services.vault,
            context,
            Action.CORRECT,
            dossier_id=dossier.id,
            object_type="dossier",
            object_id=dossier.id,
            payload={"fields": changed},
        )


def numbered(pupil: Pupil, before: Sequence[Guardian]) -> Pupil:
    """The pupil whose guardians have an id: their own where it is the same person, else a new one.

    Another name under the same id is taken for another person: a link made for one must not pass to the other.
    """
    names = {each.id: each.name for each in before}
    guardians = tuple(
        each if each.id in names and same_name(names[each.id], each.name) else replace(each, id=new_id())
        for each in pupil.guardians
    )
    return replace(pupil, guardians=guardians)


def _index(services: Services, session: Session, dossier_id: str, pupil: Pupil) -> None:
    for kind, values in search_values(pupil).items():
        services.vault.add_tokens(session, dossier_id, kind, values)
