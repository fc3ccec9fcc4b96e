"""The background side of a rendition: opened in scratch, made and proven in bounded processes, sealed, ready to review.

Objects first, row second; a run that was killed leaves objects without a row, which the reconciler removes.
"""

from __future__ import annotations

import contextlib
import json
import time
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from gateway.anonymisation import consistent, renditions
from gateway.anonymisation.asking import tell
from gateway.anonymisation.choices import key_of
from gateway.anonymisation.files.sealed_road import Made, Order, made_in
from gateway.anonymisation.looks import Look, arranged
from gateway.anonymisation.record import detail_of, mark_of, record_of
from gateway.anonymisation.rendition_tables import EDITION, AnonymisedRendition
from gateway.anonymisation.sealed import decisions_of, seal_decisions, seal_finds, seal_report
from gateway.dossiers import derived, labels
from gateway.dossiers.tables import Document, DocumentVersion, Dossier
from gateway.recording import Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from sqlalchemy.orm import Session

    from gateway.anonymisation.sealed import Decisions
    from gateway.context import Context
    from gateway.dossiers.derived import Derived
    from gateway.services import Services

_TELL_SECONDS: Final = 2.0
_WAITS: Final = ("asked", "working")
_KEPT: Final = "kept"
_OVER: Final = "over"
_AGAIN: Final = "again"


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class _Begun:
    """What a run works with; `turn` is the row's, so that a run that was overtaken changes nothing."""

    version: DocumentVersion
    turn: int
    run: int
    key: bytes
    order: Order
    decided: Decisions
    mark: bytes
    chunks: Iterator[bytes] = field(default_factory=lambda: iter(()))


def make(services: Services, context: Context, rendition_id: str) -> None:
    """Make and prove one rendition; then it waits for review, or says why not.

    Safe to run again after a crash at any point. Raises what is not the document's fault (scratch full, storage away):
    the job is tried again.
    """
    # Of two documents of a dossier in the same moment, the later may have numbered the same as the first: once more.
    if _make(services, context, rendition_id, last=False) == _AGAIN:
        _make(services, context, rendition_id, last=True)


def _make(services: Services, context: Context, rendition_id: str, *, last: bool) -> str:
    begun = _begin(services, context, rendition_id)
    if begun is None:
        return _OVER
    with made_in(
        services.scratch,
        lambda path: derived.write(path, begun.chunks),
        begun.order,
        _progress(services, rendition_id, begun.turn),
    ) as made:
        look = arranged(made.look, frozenset(key_of(each.text) for each in begun.decided.added))
        files = _seal(services, begun, made, look)
    try:
        settled = _settle(services, context, rendition_id, begun, made, look, files, last=last)
        if settled != _KEPT:
            derived.throw_away(services, files)
    except BaseException:
        derived.throw_away(services, files)
        raise
    return settled


def give_up(services: Services, context: Context, rendition_id: str) -> None:
    """It could not be made, time after time: say so, and do not let it wait for ever."""
    with services.db.writing() as session:
        row = session.get(AnonymisedRendition, rendition_id, with_for_update=True)
        if row is not None and row.state in _WAITS:
            _failed(services, session, context, row, "gave_up")


def _begin(services: Services, context: Context, rendition_id: str) -> _Begun | None:
    with services.db.writing() as session:
        row = session.get(AnonymisedRendition, rendition_id, with_for_update=True)
        if row is None or row.state not in _WAITS:
            return None
        version = session.get_one(DocumentVersion, row.version_id)
        document = session.get_one(Document, row.document_id)
        if version.state != "ready" or document.withdrawn_at is not None:
            _failed(services, session, context, row, "gone")
            return None
        row.state, row.doing, row.at_page, row.of_pages = "working", None, 0, 0
        row.content_mark = version.content_mark
        turn, run = row.turn, row.run + 1
    with services.db.reading() as session:
        row = session.get_one(AnonymisedRendition, rendition_id)
        dossier = session.get_one(Dossier, row.dossier_id)
        version = session.get_one(DocumentVersion, row.version_id)
        decided = decisions_of(services.vault, session, row)
        name = labels.file_name_of(services.vault, session, version)
        order = Order(
            record={
                **record_of(services, session, dossier),
                "vervangen": detail_of(session, dossier, context.today),
            },
            choices=decided.choices,
            extension=Path(name).suffix.lstrip(".").lower() or version.media_kind,
        )
        return _Begun(
            version=version,
            turn=turn,
            run=run,
            key=derived.key_of(services, session, version),
            order=order,
            decided=decided,
            mark=mark_of(services, session, dossier),
            chunks=derived.original(services, session, version),
        )


def _progress(services: Services, rendition_id: str, turn: int) -> Callable[[str, int, int], None]:
    """Tells the row how far it is, now and then; that it cannot is no reason to stop."""
    told_at = 0.0

    def tell_row(doing: str, done: int, of: int) -> None:
        nonlocal told_at
        if time.monotonic() - told_at < _TELL_SECONDS:
            return
        told_at = time.monotonic()
        with contextlib.suppress(Exception), services.db.writing() as session:
            row = session.get(AnonymisedRendition, rendition_id)
            if row is not None and row.turn == turn:
                row.doing, row.at_page, row.of_pages = doing, done, of

    return tell_row


def _seal(services: Services, begun: _Begun, made: Made, look: Look) -> list[Derived]:
    """The PDF, its pages and what the review shows, each an object; they have no row yet."""
    files: list[Derived] = []
    first = begun.run * renditions.PER_RUN

    def seal(content: Iterable[bytes], kind: str, page: int, media: str, size: tuple[int, int] | None = None) -> None:
        files.append(
            derived.seal(
                services,
                begun.version,
                begun.key,
                content,
                kind=kind,
                number=first + page,
                media_type=media,
                size=size,
            )
        )

    try:
        if made.pdf is not None:
            seal(derived.blocks(made.pdf), renditions.PDF, 0, "application/pdf")
            for page, picture in enumerate(made.pictures, start=1):
                size = (picture.width, picture.height)
                seal(derived.blocks(picture.path), renditions.PAGE, page, "image/webp", size)
        if look.sheets:
            told = json.dumps([sheet.to_json() for sheet in look.sheets], ensure_ascii=False).encode()
            parts = (told[at : at + derived.BLOCK] for at in range(0, len(told), derived.BLOCK))
            seal(parts, renditions.LOOK, 0, "application/json")
    except BaseException:
        derived.throw_away(services, files)
        raise
    return files


def _settle(
    services: Services,
    context: Context,
    rendition_id: str,
    begun: _Begun,
    made: Made,
    look: Look,
    files: list[Derived],
    *,
    last: bool,
) -> str:
    """Keep what was made, in one transaction; or it was asked anew, or is gone, and this run counts no more."""
    with services.db.writing() as session:
        row = session.get(AnonymisedRendition, rendition_id, with_for_update=True)
        version = session.get(DocumentVersion, begun.version.id)
        if row is None or version is None or row.turn != begun.turn or row.state != "working":
            return _OVER
        if made.pdf is not None and not last and consistent.clashes(services, session, row, look.groups):
            return _AGAIN
        derived.replace(session, context, version, renditions.KINDS, files)
        report: dict[str, Any] = {**made.written, "other_pupil": list(look.other_pupil), "kept": made.kept}
        seal_report(services.vault, session, row, report)
        row.run, row.made_at, row.doing = begun.run, context.now, None
        row.edition, row.identities_mark = EDITION, begun.mark
        row.model = str(made.written.get("detection", {}).get("model", ""))[:80]
        if look.sheets:
            seal_finds(services.vault, session, row, look.groups)
        if made.pdf is None:
            _failed(services, session, context, row, made.code)
            return _KEPT
        row.state, row.code, row.pages = "review", None, len(made.pictures)
        decided = decisions_of(services.vault, session, row)
        seal_decisions(services.vault, session, row, replace(decided, made=begun.decided.choices.to_json()))
        finds = made.written["finds"]
        tell(services, session, context, row, "made", run=row.run, pages=row.pages, finds=finds["by_kind"])
    return _KEPT


def _failed(services: Services, session: Session, context: Context, row: AnonymisedRendition, code: str) -> None:
    """Blocked where the proof found something, so that the reviewer can act on it; failed for all else."""
    row.state, row.code, row.doing = ("blocked" if code == "residue" else "failed"), code[:24], None
    outcome = Outcome.REFUSED if row.state == "blocked" else Outcome.FAILED
    tell(services, session, context, row, "failed", outcome=outcome, code=code)
