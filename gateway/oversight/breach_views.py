"""Breaches as their pages show them: the list with its clocks, one breach, the letters, the register."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from gateway.accounts import people
from gateway.accounts.tables import Tenant
from gateway.dossiers import pages
from gateway.dossiers.labels import file_name_of
from gateway.dossiers.queries import kept_versions, pupil_of
from gateway.dossiers.tables import Document, Dossier
from gateway.matters.breach_tables import BreachDocument, DataBreach
from gateway.oversight import breaches
from gateway.oversight.breach_rules import AP, CAUSES, KINDS, PERSONS, Clock, clock
from gateway.oversight.exposure import Exposed, exposed
from gateway.oversight.queries import note_reading
from gateway.oversight.tables import BreachStep
from gateway.recording import Action, record

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from gateway.context import Context
    from gateway.oversight.breaches import Details
    from gateway.services import Services

MOST_FOUND = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class BreachLine:
    """A breach in the list."""

    row: DataBreach
    title: str
    clock: Clock


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A decision, measure or conclusion."""

    kind: str
    verdict: str
    reason: str
    made_at: datetime
    made_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A document that a search for a pupil offers."""

    document_id: str
    file_name: str
    pupil: str
    made_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class BreachView:
    """One breach with everything on its page."""

    row: DataBreach
    details: Details
    kinds: Sequence[str]
    cause: str
    clock: Clock
    ap: str | None
    persons: str | None
    steps: Sequence[Step]
    documents: Sequence[Exposed]
    pupils: Sequence[tuple[str, Sequence[str]]]
    candidates: Sequence[Candidate]


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A letter to the people about whom a breached document speaks."""

    pupil: str
    addressed_to: Sequence[str]
    files: Sequence[str]


def listed(services: Services, context: Context) -> list[BreachLine]:
    """The breaches of the tenant: open ones first, by their clock; then the closed ones."""
    with services.db.reading() as session:
        rows = session.scalars(select(DataBreach).where(DataBreach.tenant_id == context.officer.tenant_id)).all()
        lines = [
            BreachLine(
                row=row,
                title=breaches.details_of(services.vault, row).title,
                clock=_clock(session, row, context.now),
            )
            for row in rows
        ]
    return sorted(lines, key=lambda line: (line.row.closed_at is not None, not line.clock.running, -line.row.number))


def consult(services: Services, context: Context) -> list[BreachLine]:
    """The same list for who reads it: what an officer wrote of a breach may name people, so a look is logged."""
    found = listed(services, context)  # which refuses whoever is no officer, before anything is written
    note_reading(services, context, "data_breach")
    return found


def view(services: Services, context: Context, breach_id: str, search: str = "") -> BreachView:
    """One breach; whom it concerns is computed anew. That the officer looked, and searched, stands in the log."""
    with services.db.writing() as session:
        row = breaches.own(session, context, breach_id)
        action = Action.SEARCH if search else Action.CONSULT
        object_id = None if search else row.id
        record(session, services.vault, context, action, object_type="data_breach", object_id=object_id)
    with services.db.reading() as session:
        row = breaches.own(session, context, breach_id)
        shown = _exposed(services, session, row, context.now)
        steps = _steps(services, session, row)
        return BreachView(
            row=row,
            details=breaches.details_of(services.vault, row),
            kinds=[KINDS[kind] for kind in row.kinds.split()],
            cause=CAUSES[row.cause],
            clock=_clock(session, row, context.now),
            ap=breaches.verdict_of(session, row.id, AP),
            persons=breaches.verdict_of(session, row.id, PERSONS),
            steps=steps,
            documents=shown,
            pupils=_pupils(shown),
            candidates=_candidates(services, session, context, search, {one.document_id for one in shown}),
        )


def letters(services: Services, context: Context, breach_id: str) -> tuple[BreachView, str, list[Letter]]:
    """The letters of a breach, one for each pupil, with the tenant's name. Printing them stands in the log."""
    shown = view(services, context, breach_id)
    made: dict[str, tuple[str, Sequence[str], list[str]]] = {}
    for one in shown.documents:
        made.setdefault(one.dossier_id, (one.pupil, one.guardians, []))[2].append(one.file_name)
    with services.db.writing() as session:
        for dossier_id in made:
            record(
                session,
                services.vault,
                context,
                Action.PRINT,
                dossier_id=dossier_id,
                object_type="breach_letter",
                object_id=shown.row.id,
                article="AVG 34",
            )
        name = session.get_one(Tenant, shown.row.tenant_id).name
    found = [Letter(pupil=pupil, addressed_to=to, files=files) for pupil, to, files in made.values()]
    return shown, name, found


def register(services: Services, context: Context) -> Iterator[dict[str, str]]:
    """The register of breaches (AVG 33(5)), one row each; the export stands in the log."""
    with services.db.writing() as session:
        _ = context.officer
        record(session, services.vault, context, Action.EXPORT, object_type="data_breach", article="AVG 33")
    for line in reversed(listed(services, context)):
        with services.db.reading() as session:
            row = line.row
            details = breaches.details_of(services.vault, row)
            steps = {step.kind: step for step in _steps(services, session, row)}
            dossiers = select(BreachDocument.dossier_id).where(BreachDocument.breach_id == row.id)
            yield {
                "nummer": str(row.number),
                "ontdekt": row.discovered_at.isoformat(timespec="minutes"),
                "begon": _moment(row.began_at),
                "eindigde": _moment(row.ended_at),
                "titel": details.title,
                "wat er gebeurde": details.what,
                "soort": "; ".join(KINDS[kind] for kind in row.kinds.split()),
                "oorzaak": CAUSES[row.cause],
                "gevolgen": details.consequences,
                "maatregelen": "; ".join(
                    [details.measures, *(s.reason for s in _steps(services, session, row) if s.kind == "measure")]
                ).strip("; "),
                "leerlingen": str(len(set(session.scalars(dossiers)))),
                "besluit AP": _verdict(steps.get(AP)),
                "gemeld aan AP": _moment(row.reported_at),
                "besluit betrokkenen": _verdict(steps.get(PERSONS)),
                "betrokkenen ingelicht": _moment(row.told_at),
                "afgesloten": _moment(row.closed_at),
            }


def _moment(at: datetime | None) -> str:
    return at.isoformat(timespec="minutes") if at else ""


def _verdict(step: Step | None) -> str:
    return "" if step is None else f"{'ja' if step.verdict == 'yes' else 'nee'}: {step.reason}"


def _clock(session: Session, row: DataBreach, now: datetime) -> Clock:
    verdict = breaches.verdict_of(session, row.id, AP)
    return clock(row.discovered_at, now, reported_at=row.reported_at, verdict=verdict)


def _exposed(services: Services, session: Session, row: DataBreach, now: datetime) -> list[Exposed]:
    kept = select(BreachDocument.document_id).where(BreachDocument.breach_id == row.id)
    documents = session.scalars(select(Document).where(Document.id.in_(kept)).order_by(Document.made_at)).all()
    return [exposed(services, session, one, row.began_at, row.ended_at or now) for one in documents]


def _steps(services: Services, session: Session, row: DataBreach) -> list[Step]:
    query = select(BreachStep).where(BreachStep.breach_id == row.id).order_by(BreachStep.made_at, BreachStep.id)
    rows = session.scalars(query).all()
    names = people.names_of(session, services.vault, [step.made_by for step in rows])
    return [
        Step(
            kind=step.kind,
            verdict=step.verdict,
            reason=breaches.reason_of(services.vault, step),
            made_at=step.made_at,
            made_by=names[step.made_by].name if step.made_by in names else "",
        )
        for step in rows
    ]


def _pupils(shown: Sequence[Exposed]) -> list[tuple[str, Sequence[str]]]:
    return list({one.dossier_id: (one.pupil, one.guardians) for one in shown}.values())


def _candidates(
    services: Services, session: Session, context: Context, search: str, taken: set[str]
) -> list[Candidate]:
    if not search:
        return []
    found = []
    for dossier_id in sorted(pages.matching(services, session, context, search))[:MOST_FOUND]:
        dossier = session.get(Dossier, dossier_id)
        if dossier is None:
            continue
        pupil = pupil_of(session, services.vault, dossier).name
        for version in kept_versions(session, dossier_id):
            if version.document_id not in taken:
                name = file_name_of(services.vault, session, version)
                found.append(
                    Candidate(document_id=version.document_id, file_name=name, pupil=pupil, made_at=version.made_at)
                )
    return found
