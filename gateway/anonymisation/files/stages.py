"""What each of the two processes does: first all that is ours and trusted, then a function that touches the file."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PIL import Image

from gateway.anonymisation.choices import OMITTED, Choices
from gateway.anonymisation.detection import Detector
from gateway.anonymisation.files.looking import LOOK, draw_pages, looked
from gateway.anonymisation.files.masker import Masker
from gateway.anonymisation.files.proving import prove
from gateway.anonymisation.files.redacting import Redaction
from gateway.anonymisation.finds import PERSONS
from gateway.anonymisation.identities import KnownIdentities, KnownValue, known_from_record

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.dossiers.files.limits import Limits


def redacting(job: dict[str, Any], limits: Limits) -> Callable[[], dict[str, Any]]:
    """Stage one: the source becomes an output; the answer holds what was found, for the proof alone.

    Where the job says `look`, the texts and finds for the review are written into its directory.
    """
    choices = Choices.from_json(job.get("choices") or {})
    known = _known(job, choices)
    masker = Masker(Detector(known), known, choices)
    masker.mask([])  # the detector reads its own files now
    Image.init()
    work, into = Path(job["work"]), Path(job["into"])

    def run() -> dict[str, Any]:
        redaction = Redaction(masker, into, limits, _progress(work), choices.areas)
        made = redaction.run(Path(job["path"]), job["kind"], Path(job["out"]), as_pdf=job["as_pdf"])
        if job.get("look"):
            (into / LOOK).write_text(json.dumps(looked(masker, known)), encoding="utf-8")
        return {
            "code": "ok",
            "pages": made.pages,
            "layers": dict(made.layers),
            "warnings": [[code, list(pages)] for code, pages in made.warnings],
            "hints": [asdict(hint) for hint in made.hints],
            "finds": {place: dict(counts) for place, counts in masker.places.items()},
            "sources": dict(masker.sources),
            "doubtful": masker.doubtful,
            "pupil_seen": masker.pupil_seen,
            "name_is_clean": masker.name_is_clean(job["stem"]),
            "found": sorted(masker.found),
        }

    return run


def proving(job: dict[str, Any], limits: Limits) -> Callable[[], dict[str, Any]]:
    """Stage two: the output alone, with other readers; where the job says `pages`, each page becomes a picture too."""
    choices = Choices.from_json(job.get("choices") or {})
    known = _known(job, choices)
    Image.init()
    work = Path(job["work"])

    def run() -> dict[str, Any]:
        made, into = Path(job["out"]), Path(job["into"])
        proof = prove(made, job["kind"], known, job["found"], into, limits, _progress(work), choices)
        return {
            "code": "ok" if proof.clean else ("residue" if proof.left else "unproven"),
            "readers": {reader: dict(counts) for reader, counts in proof.readers.items()},
            "left": proof.left,
            "unknown": proof.unknown,
            "kept": dict(proof.kept),
            "pdf_a": proof.pdf_a,
            "pictures": draw_pages(made, into, limits) if proof.clean and job.get("pages") else [],
        }

    return run


def _known(job: dict[str, Any], choices: Choices) -> KnownIdentities:
    """What the dossier knows, and what a reviewer added to it."""
    known = known_from_record(job["record"])
    people = [KnownValue(each.kind, each.text, "") for each in choices.added if each.kind in PERSONS]
    values = [KnownValue(each.kind or "ID", each.text, OMITTED) for each in choices.added if each.kind not in PERSONS]
    return replace(known, values=(*known.values, *values), remembered=(*known.remembered, *people))


def _progress(work: Path) -> Callable[[str, int, int], None]:
    """Leaves one line in scratch for the parent to show: what is being done, and how far it is."""
    place, making = work / "progress", work / "progress.new"

    def tell(doing: str, done: int, of: int) -> None:
        making.write_text(f"{doing} {done} {of}", encoding="ascii")
        making.replace(place)

    return tell
