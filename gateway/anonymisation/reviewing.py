"""A person looks at what was found and made, decides, and says that it is right. Source: CV4.6; issue 7 (Review)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from gateway.accounts.tables import Tenant
from gateway.anonymisation import asking, renditions
from gateway.anonymisation.looks import DOUBTFUL, Sheet
from gateway.anonymisation.review_rules import categories_left, must_confirm
from gateway.anonymisation.sealed import Decisions, decisions_of, finds_of, report_of, seal_decisions
from gateway.dossiers import derived, queries, reading
from gateway.dossiers.judging import judge_reading, record_refusal, refusal
from gateway.dossiers.tables import Dossier
from gateway.errors import ConflictError, InvalidInputError, NotFoundError
from gateway.recording import Action, record
from gateway.reglement.versions import in_force

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from sqlalchemy.orm import Session

    from gateway.anonymisation.rendition_tables import AnonymisedRendition
    from gateway.anonymisation.sealed import Group
    from gateway.context import Context
    from gateway.dossiers.tables import DocumentVersion, Rendition
    from gateway.services import Services

OPEN: Final = frozenset({"review", "blocked"})
"""States in which a reviewer decides."""
SHOWN: Final = frozenset({"review", "blocked", "second", "done"})
"""States in which there is something to look at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where a rendition stands, without a word of the document: for the page that waits for the worker."""

    row: AnonymisedRendition
    state: str
    file_name: str
    pupil_name: str


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class ReviewView:
    """Everything on the review page. `groups` have the doubtful ones first; `original_pages` are page numbers."""

    row: AnonymisedRendition
    state: str
    stale: str | None
    file_name: str
    pupil_name: str
    reading_id: str
    groups: list[Group]
    sheets: list[Sheet]
    decided: Decisions
    report: dict[str, Any]
    original_pages: Sequence[Rendition]
    pages: Sequence[Rendition]
    second_asked: bool
    confirm: list[str]
    by_me: bool
    reviewers: list[str]

    @property
    def doubtful(self) -> list[Group]:
        """What the detector was not sure of and no person decided."""
        return [each for each in self.groups if is_open_doubt(each, self.decided)]


def is_open_doubt(group: Group, decided: Decisions) -> bool:
    """Whether a person should look at this find first."""
    return group.certainty < DOUBTFUL and not group.locked and group.key not in {*decided.accepted, *decided.rejected}


def standing(services: Services, context: Context, rendition_id: str) -> Standing:
    """Where a rendition stands. Raises NotFoundError: it is not within the actor's reach."""
    with services.db.reading() as session:
        row = asking.mine(services, session, context, rendition_id)
        _dossier, line = asking.line_for(services, session, context, row.dossier_id, row.document_id)
        state = renditions.shown_state(services, session, row, line.version)
        pupil = queries.pupil_of(session, services.vault, session.get_one(Dossier, row.dossier_id))
        return Standing(row=row, state=state, file_name=line.file_name, pupil_name=pupil.name)


def open_review(services: Services, context: Context, rendition_id: str) -> ReviewView:
    """Open the original beside the result, to decide: a consultation with its event.

    Raises:
        NotFoundError: it is not within the actor's reach.
        RefusedError: the reglement says no; the refusal is in the log.
        ConflictError: it is still being made.
    """
    with services.db.reading() as session:
        row = asking.mine(services, session, context, rendition_id)
        if row.state not in SHOWN:
            raise ConflictError("Deze weergave wordt nog gemaakt, of kon niet worden gemaakt.")
    reading_id, line, _decision = reading.open_for_work(services, context, row.dossier_id, row.document_id)
    with services.db.reading() as session:
        row = asking.mine(services, session, context, rendition_id)
        decided = decisions_of(services.vault, session, row)
        groups = finds_of(services.vault, session, row)
        report = report_of(services.vault, session, row) or {}
        return ReviewView(
            row=row,
            state=renditions.shown_state(services, session, row, line.version),
            stale=renditions.stale(services, session, row, line.version),
            file_name=line.file_name,
            pupil_name=queries.pupil_of(session, services.vault, session.get_one(Dossier, row.dossier_id)).name,
            reading_id=reading_id,
            groups=sorted(groups, key=lambda each: (not is_open_doubt(each, decided), each.locked, each.certainty)),
            sheets=_sheets(services, session, line.version),
            decided=decided,
            report=report,
            original_pages=derived.listed(session, line.version, "page"),
            pages=renditions.pages_of(session, line.version),
            second_asked=_second_asked(session, context, row),
            confirm=must_confirm(report),
            by_me=row.reviewed_by == context.person.account_id,
            reviewers=_names(services, session, [row.reviewed_by, row.second_by]),
        )


def _names(services: Services, session: Session, accounts: Sequence[str | None]) -> list[str]:
    ids = [each for each in accounts if each]
    return reading.account_names(services, session, ids) if ids else []


def _sheets(services: Services, session: Session, version: DocumentVersion) -> list[Sheet]:
    found = derived.listed(session, version, renditions.LOOK)
    if not found:
        return []
    told = json.loads(b"".join(derived.opened(services, session, version, found[0])))
    return [Sheet.from_json(each) for each in told]


def decide(
    services: Services,
    context: Context,
    rendition_id: str,
    turn: int,
    change: Callable[[Decisions, list[Group]], Decisions],
) -> int:
    """Take in one decision (see `review_rules`), seen at this turn; gives the new turn. An event, without a value.

    Raises:
        ConflictError: someone else decided meanwhile, or it is not open for decisions.
        InvalidInputError: from `change`.
        RefusedError: the reglement does not let the actor read the document by now.
    """
    _assert_readable(services, context, rendition_id)
    with services.db.writing() as session:
        row = _open_row(services, session, context, rendition_id)
        if row.turn != turn:
            raise ConflictError("Iemand anders besliste intussen ook. Laad de pagina opnieuw en kijk wat er nu staat.")
        before = decisions_of(services.vault, session, row)
        after = change(before, finds_of(services.vault, session, row))
        seal_decisions(services.vault, session, row, after)
        row.turn += 1
        counts = {name: len(getattr(after, name)) for name in ("accepted", "rejected", "added", "areas")}
        asking.tell(services, session, context, row, "decided", counts=counts)
        return row.turn


def _open_row(services: Services, session: Session, context: Context, rendition_id: str) -> AnonymisedRendition:
    row = asking.mine(services, session, context, rendition_id)
    session.refresh(row, with_for_update=True)
    if row.state not in OPEN:
        raise ConflictError("Over deze weergave kan nu niet worden beslist.")
    return row


def remake(services: Services, context: Context, rendition_id: str) -> None:
    """Have it made again with what was decided; the worker does it. Also what was finished or no longer counts.

    Raises:
        RefusedError: the reglement does not let the actor read the document by now.
    """
    _assert_readable(services, context, rendition_id)
    with services.db.writing() as session:
        row = asking.mine(services, session, context, rendition_id)
        session.refresh(row, with_for_update=True)
        if row.state not in {"asked", "working"}:
            asking.queue(services, session, context, row)


def finish(services: Services, context: Context, rendition_id: str, confirmed: Sequence[str] = ()) -> str:
    """Say that the result was looked at and is right; gives the state that follows: `done`, or `second`.

    Raises:
        ConflictError: the output lacks a decision, the proof found something, it no longer counts, or the second
            person is the first.
        InvalidInputError: something that must be looked at was not confirmed.
        RefusedError: the reglement does not let the actor read the document by now.
    Source: CV4.6.
    """
    _assert_readable(services, context, rendition_id)
    with services.db.writing() as session:
        row = asking.mine(services, session, context, rendition_id)
        session.refresh(row, with_for_update=True)
        _dossier, line = asking.line_for(services, session, context, row.dossier_id, row.document_id)
        decided = decisions_of(services.vault, session, row)
        report = report_of(services.vault, session, row) or {}
        _assert_ready(services, session, row, line.version, decided, report)
        if missing := [each for each in must_confirm(report) if each not in confirmed]:
            raise InvalidInputError("Bevestig eerst wat hieronder staat.", field=missing[0])
        me = context.person.account_id
        if row.state == "second":
            if row.reviewed_by == me:
                raise ConflictError("U keek deze weergave zelf al na. Een andere persoon moet dat nu doen.")
            row.second_by, row.second_at, row.state = me, context.now, "done"
        else:
            row.reviewed_by, row.reviewed_at = me, context.now
            row.state = "second" if _second_asked(session, context, row) else "done"
        groups = finds_of(services.vault, session, row)
        row.categories = " ".join(categories_left(line.version.category_list, groups, decided, report))
        row.turn += 1
        step = "reviewed" if row.state == "second" or row.second_by is None else "second"
        asking.tell(services, session, context, row, step, categories=row.category_list, state=row.state)
        return row.state


def _assert_ready(
    services: Services,
    session: Session,
    row: AnonymisedRendition,
    version: DocumentVersion,
    decided: Decisions,
    report: dict[str, Any],
) -> None:
    if row.state not in {"review", "second"}:
        raise ConflictError("Deze weergave kan nu niet worden goedgekeurd.")
    if old := renditions.stale(services, session, row, version):
        raise ConflictError(old)
    if not decided.is_made:
        raise ConflictError("Uw keuzes staan nog niet in de weergave. Kies eerst Opnieuw maken.")
    if (report.get("proof") or {}).get("residue") != "none":
        raise ConflictError("In de weergave is nog iets gevonden dat naar de leerling of het gezin wijst.")


def send_back(services: Services, context: Context, rendition_id: str) -> None:
    """The second person, or who looks again, opens the decisions anew: what was finished counts no more."""
    with services.db.writing() as session:
        row = asking.mine(services, session, context, rendition_id)
        session.refresh(row, with_for_update=True)
        if row.state not in {"second", "done"}:
            raise ConflictError("Deze weergave wacht niet op een tweede persoon en is nog niet nagekeken.")
        row.state, row.categories = "review", None
        row.reviewed_by = row.reviewed_at = row.second_by = row.second_at = None
        row.turn += 1
        asking.tell(services, session, context, row, "returned")


def page_picture(services: Services, context: Context, rendition_id: str, number: int) -> tuple[str, Iterator[bytes]]:
    """One page of the result as a picture; judged each time, as a page of the original is.

    Raises:
        NotFoundError: not this actor's, or there is no such page.
        RefusedError: the reglement says no by now; the refusal is in the log.
    """
    _assert_readable(services, context, rendition_id)
    with services.db.reading() as session:
        row = asking.mine(services, session, context, rendition_id)
        _dossier, line = asking.line_for(services, session, context, row.dossier_id, row.document_id)
        found = [
            each for each in renditions.pages_of(session, line.version) if each.number % renditions.PER_RUN == number
        ]
        if not found or row.state not in SHOWN:
            raise NotFoundError
        return found[0].media_type, derived.opened(services, session, line.version, found[0])


def _assert_readable(services: Services, context: Context, rendition_id: str) -> None:
    """Whether the actor may read the document now: its rendition is made of it, and shows what it says.

    Raises:
        RefusedError: a shield, a restriction or another rule says no; the refusal is in the log.
    """
    with services.db.reading() as session:
        row = asking.mine(services, session, context, rendition_id)
        dossier, line = asking.line_for(services, session, context, row.dossier_id, row.document_id)
        decision = judge_reading(services, session, context, dossier, line.version)
    if decision.allowed:
        return
    with services.db.writing() as session:
        record_refusal(services, session, context, dossier, line.version, decision)
    raise refusal(decision)


def download(services: Services, context: Context, rendition_id: str) -> tuple[str, int, Iterator[bytes]]:
    """Hand out the result as a file to look at: name, size and bytes; its own event, before the first byte.

    Raises:
        NotFoundError: not this actor's, or there is nothing to hand out.
        RefusedError: the reglement says no by now; the refusal is in the log.
    """
    # Judged in the transaction of its event: what is taken back meanwhile does not leave.
    with services.db.writing() as session:
        row = asking.mine(services, session, context, rendition_id)
        dossier, line = asking.line_for(services, session, context, row.dossier_id, row.document_id)
        found = renditions.file_of(session, line.version)
        if found is None or row.state not in SHOWN:
            raise NotFoundError
        decision = judge_reading(services, session, context, dossier, line.version)
        if decision.allowed:
            _note_download(services, session, context, row)
        else:
            record_refusal(services, session, context, dossier, line.version, decision)
    if not decision.allowed:
        raise refusal(decision)
    with services.db.reading() as session:
        content = b"".join(derived.opened(services, session, line.version, found))
    return f"stuk-{row.id[:8]}-geanonimiseerd.pdf", len(content), iter([content])


def _note_download(services: Services, session: Session, context: Context, row: AnonymisedRendition) -> None:
    record(
        session,
        services.vault,
        context,
        Action.DOWNLOAD,
        dossier_id=row.dossier_id,
        object_type="anonymised_rendition",
        object_id=row.id,
        purpose="support_allocation",
        article="PR8.1",
        payload={"document": row.document_id, "form": "anonymised", "state": row.state},
    )


def of_documents(services: Services, context: Context, dossier_id: str) -> dict[str, tuple[str, str]]:
    """For the list of documents: by version, the rendition's id and its state as people see it."""
    with services.db.reading() as session:
        dossier = queries.swv_dossier(session, context, dossier_id)
        rows = renditions.of_dossier(session, dossier.id)
        lines, _hidden = queries.documents_of(services, session, context, dossier)
        shown = {}
        for line in lines:
            if row := rows.get(line.version.id):
                shown[line.version.id] = (row.id, renditions.shown_state(services, session, row, line.version))
        return shown


def _second_asked(session: Session, context: Context, row: AnonymisedRendition) -> bool:
    tenant = session.get_one(Tenant, row.tenant_id)
    return in_force(session, tenant.id, tenant.profile_id, context.today).second_reviewer
