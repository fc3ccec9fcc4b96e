"""The background side of a redaction: other people's data out of one document, made and proven in bounded processes.

The same road as an anonymised rendition (`gateway.anonymisation.making`), with one difference: the pupil's own data,
and those of the guardian who asks, stay. Objects first, rows second. Source: AVG 15(4); issue 9 (Inzage).
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from gateway.anonymisation.choices import key_of
from gateway.anonymisation.files.sealed_road import Made, Order, made_in
from gateway.anonymisation.looks import Look, arranged
from gateway.disclosure.outgoing import REDACTED_PAGE, REDACTED_PDF
from gateway.dossiers import derived, labels
from gateway.dossiers.tables import Document, DocumentVersion, Dossier
from gateway.recording import Outcome
from gateway.rights import redaction_kept, redaction_own
from gateway.rights.inzage_tables import InzageDocument
from gateway.rights.redaction_kept import RUNS, first_number
from gateway.rights.requesters import requester_of
from gateway.rights.tables import RightRequest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy.orm import Session

    from gateway.anonymisation.choices import Choices
    from gateway.context import Context
    from gateway.dossiers.derived import Derived
    from gateway.services import Services

_WAITS: Final = ("asked", "working")


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class _Begun:
    """What a run works with; `turn` is the row's, so that a run that was overtaken changes nothing."""

    version: DocumentVersion
    turn: int
    first: int
    key: bytes
    order: Order
    choices: Choices
    chunks: Iterator[bytes] = field(default_factory=lambda: iter(()))


def make(services: Services, context: Context, row_id: str) -> None:
    """Make and prove one redacted file; then it waits for a person to look.

    Safe to run again after a crash at any point. Raises what is not the document's fault: the job is tried again.
    """
    begun = _begin(services, context, row_id)
    if begun is None:
        return
    with made_in(
        services.scratch,
        lambda path: derived.write(path, begun.chunks),
        begun.order,
        _progress(services, row_id, begun.turn),
    ) as made:
        look = arranged(made.look, frozenset(key_of(each.text) for each in begun.choices.added))
        files = _seal(services, begun, made)
    try:
        kept = _settle(services, context, row_id, begun, made, look, files)
    except BaseException:
        derived.throw_away(services, files)
        raise
    if not kept:
        derived.throw_away(services, files)


def give_up(services: Services, context: Context, row_id: str) -> None:
    """It could not be made, time after time: say so, and do not let it wait for ever."""
    with services.db.writing() as session:
        row = session.get(InzageDocument, row_id, with_for_update=True)
        if row is not None and row.state in _WAITS:
            _failed(services, session, context, row, "gave_up")


def _begin(services: Services, context: Context, row_id: str) -> _Begun | None:
    with services.db.writing() as session:
        row = session.get(InzageDocument, row_id, with_for_update=True)
        if row is None or row.state not in _WAITS:
            return None
        version = session.get_one(DocumentVersion, row.version_id)
        if version.state != "ready" or session.get_one(Document, row.document_id).withdrawn_at is not None:
            _failed(services, session, context, row, "gone")
            return None
        row.state, row.doing, row.at_page, row.of_pages = "working", None, 0, 0
    with services.db.reading() as session:
        row = session.get_one(InzageDocument, row_id)
        dossier = session.get_one(Dossier, row.dossier_id)
        version = session.get_one(DocumentVersion, row.version_id)
        asked = requester_of(services, session, session.get_one(RightRequest, row.request_id))
        own = redaction_own.own_of(services, session, dossier, asked, context.today)
        choices = replace(redaction_kept.choices_of(services, session, row), own=own)
        name = labels.file_name_of(services.vault, session, version)
        return _Begun(
            version=version,
            turn=row.turn,
            first=first_number(row, row.run + 1),
            key=derived.key_of(services, session, version),
            order=Order(
                record=redaction_own.record_for(services, session, dossier, context.today),
                choices=choices,
                extension=Path(name).suffix.lstrip(".").lower() or version.media_kind,
            ),
            choices=choices,
            chunks=derived.original(services, session, version),
        )


def _progress(services: Services, row_id: str, turn: int) -> Callable[[str, int, int], None]:
    """Tells the row how far it is; that it cannot is no reason to stop."""

    def tell(doing: str, done: int, of: int) -> None:
        with contextlib.suppress(Exception), services.db.writing() as session:
            row = session.get(InzageDocument, row_id)
            if row is not None and row.turn == turn:
                row.doing, row.at_page, row.of_pages = doing, done, of

    return tell


def _seal(services: Services, begun: _Begun, made: Made) -> list[Derived]:
    """The PDF and its pages, each an object; they have no row yet."""
    files: list[Derived] = []
    if made.pdf is None:
        return files
    try:
        files.append(
            derived.seal(
                services,
                begun.version,
                begun.key,
                derived.blocks(made.pdf),
                kind=REDACTED_PDF,
                number=begun.first,
                media_type="application/pdf",
            )
        )
        for page, picture in enumerate(made.pictures, start=1):
            files.append(
                derived.seal(
                    services,
                    begun.version,
                    begun.key,
                    derived.blocks(picture.path),
                    kind=REDACTED_PAGE,
                    number=begun.first + page,
                    media_type="image/webp",
                    size=(picture.width, picture.height),
                )
            )
    except BaseException:
        derived.throw_away(services, files)
        raise
    return files


def _settle(
    services: Services,
    context: Context,
    row_id: str,
    begun: _Begun,
    made: Made,
    look: Look,
    files: list[Derived],
) -> bool:
    """Keep what was made, in one transaction; or it was asked anew, or is gone, and this run counts no more."""
    with services.db.writing() as session:
        row = session.get(InzageDocument, row_id, with_for_update=True)
        version = session.get(DocumentVersion, begun.version.id)
        if row is None or version is None or row.turn != begun.turn or row.state != "working":
            return False
        drop_files(session, context, row)
        derived.add(session, version, files)
        row.run, row.doing, row.code = row.run + 1, None, None
        report: dict[str, Any] = {**made.written, "other_pupil": list(look.other_pupil)}
        redaction_kept.seal_made(services, session, row, look.groups, report, begun.choices)
        if made.pdf is None:
            _failed(services, session, context, row, made.code)
            return True
        row.state = "review"
        redaction_kept.tell(services, session, context, row, "made", pages=len(made.pictures))
    return True


def drop_files(session: Session, context: Context, row: InzageDocument) -> None:
    """The files of earlier runs for this request go; those of other requests stay."""
    version = session.get_one(DocumentVersion, row.version_id)
    numbers = range(first_number(row, 0), first_number(row, RUNS))
    derived.drop(session, context, version, (REDACTED_PDF, REDACTED_PAGE), numbers)


def _failed(services: Services, session: Session, context: Context, row: InzageDocument, code: str) -> None:
    row.state, row.code, row.doing = "failed", code[:24], None
    redaction_kept.tell(services, session, context, row, "failed", outcome=Outcome.FAILED, code=code)
