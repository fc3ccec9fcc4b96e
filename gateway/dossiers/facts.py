"""What the judge is told of a dossier and of one set of data in it: one place for recording, reading and disclosing.

A restriction that the gateway comes to know (verzet, a shield, a hold) is told in `_state`, and so to every act. A
restriction of AVG 18 is told as a shield: the data stay, and go to nobody but the entitled, a court or the supervisor.
Source: judgement.md, "Facts"; issue 4 ("Facts are built per document version").
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gateway.access.facts import RECIPIENT_OF_KIND
from gateway.context import Role
from gateway.dossiers.enrolled import enrolled_here, left_school_on
from gateway.dossiers.queries import pupil_of
from gateway.dossiers.tables import Document
from gateway.matters import queries as matters
from gateway.restrictions import queries as restrictions

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from sqlalchemy.orm import Session

    from gateway.accounts.tables import Organisation
    from gateway.context import Context
    from gateway.dossiers.describing import Description
    from gateway.dossiers.tables import DocumentVersion, Dossier
    from gateway.services import Services


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What someone would do, with the data and the parties in the judge's shape; `recipient` where there is one.

    `shielded` names the categories of this very set that nobody may use; `convenant` is the one it falls under.
    """

    act: str
    purpose: str
    data: dict[str, Any]
    actor: dict[str, Any]
    recipient: dict[str, Any] | None = None
    basis: dict[str, Any] | None = None
    shielded: tuple[str, ...] = ()
    convenant: dict[str, Any] | None = None


def facts_of(services: Services, session: Session, dossier: Dossier, on: date, question: Question) -> dict[str, Any]:
    """The facts of one question about this dossier on this day; `access.facts.ask` adds the profile and the day."""
    pupil = pupil_of(session, services.vault, dossier)
    # A draft is the school's own: what goes into it is judged as it will be from the notification on (PR3).
    notified = dossier.state != "draft" or question.act == "record"
    facts = {
        "act": question.act,
        "purpose": question.purpose,
        "pupil": {"born": pupil.born.isoformat(), "notified_to_swv": notified, "represented": False},
        "data": question.data,
        "actor": question.actor,
        "legal_basis": question.basis or basis("public_task"),
        "state": _state(session, dossier, on, question.shielded),
    }
    more = {"recipient": question.recipient, "convenant": question.convenant}
    return {**facts, **{key: told for key, told in more.items() if told is not None}}


def _state(session: Session, dossier: Dossier, on: date, shielded: Iterable[str]) -> dict[str, Any]:
    return {
        "verzet": restrictions.verzet_of(session, dossier.id),
        "shielded": sorted({category[0] for category in shielded}),
        **matters.state_fact(session, dossier.id, on, left_school_on(session, dossier.id, on)),
    }


def data_of(version: DocumentVersion) -> dict[str, Any]:
    """A kept version as the set of data; its necessity was judged when it was recorded."""
    return _data(version.category_list, origin=version.origin, necessity=None)


def data_of_rendition(version: DocumentVersion, categories: Iterable[str]) -> dict[str, Any]:
    """A reviewed anonymised rendition of a version as the set of data: with the categories that are left in it."""
    return {**_data(categories, origin=version.origin, necessity=None), "anonymised": True}


def data_to_record(description: Description) -> dict[str, Any]:
    """What is about to be recorded, with what was said on why it is needed."""
    return _data(description.categories, origin=description.origin, necessity=description.necessity.strip() or None)


def shielded_of(
    session: Session, version: DocumentVersion, *, categories: Iterable[str] = (), agreed_on: date | None = None
) -> tuple[str, ...]:
    """The categories of this version that nobody may use: all of them once its document is withdrawn.

    `categories` are those that the asker reads beside its own (a rendition, or what was not described yet).
    `agreed_on`: see `restrictions.rules.shielded`.
    Source: PR11.4, AVG 18.
    """
    letters = {*version.category_list, *categories}
    if session.get_one(Document, version.document_id).withdrawn_at is not None:
        return tuple(sorted(letters))
    found = restrictions.shielded(
        session,
        version.dossier_id,
        letters,
        document_id=version.document_id,
        version_id=version.id,
        agreed_on=agreed_on,
    )
    return tuple(sorted(found))


def shielded_in(session: Session, dossier: Dossier, categories: Iterable[str]) -> tuple[str, ...]:
    """The categories that nobody may use anywhere in this dossier, for a set that is no document (a coded row)."""
    return tuple(sorted(restrictions.shielded(session, dossier.id, categories)))


def actor(context: Context, *, kind: str = "", access: dict[str, Any] | None = None) -> dict[str, Any]:
    """Who does the act: a school for its own pupils, and everyone else by their access entry."""
    own = "school_board" if context.person.role is Role.SCHOOL_STAFF else "swv_staff"
    return {"kind": kind or own, "has_authority": None, "access": access}


def recipient(session: Session, dossier: Dossier, organisation: Organisation, on: date) -> dict[str, Any]:
    """An organisation that would come to know the data; whether the pupil is enrolled there, the history says."""
    return {
        "kind": kind_of(organisation),
        "has_authority": None,
        "access": None,
        "enrolled_here": enrolled_here(session, dossier.id, organisation, on),
    }


def kind_of(organisation: Organisation) -> str:
    """The kind of recipient as the judge knows it."""
    return RECIPIENT_OF_KIND.get(organisation.kind, organisation.kind)


def basis(kind: str, *, law: str | None = None, consent: dict[str, Any] | None = None) -> dict[str, Any]:
    """What the act rests on."""
    return {"kind": kind, "law": law, "consent": consent}


def _data(categories: Iterable[str], *, origin: str | None, necessity: str | None) -> dict[str, Any]:
    return {"categories": list(categories), "anonymised": False, "necessity": necessity, "origin": origin}
