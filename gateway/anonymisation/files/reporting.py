"""The report of one anonymised file: what was found and cleaned, by kind and place, and never a value.

Its form is described in docs/anonymisation-files.md.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from gateway import __version__
from gateway.anonymisation.files.errors import sentence_for

if TYPE_CHECKING:
    from gateway.dossiers.files.limits import Limits

FORMAT: Final = "dossierpoort-anonymisation-report/1"
_DATA: Final = Path(__file__).resolve().parents[1] / "data"
_MIB: Final = 1024 * 1024

CONTEXT: Final = (
    "Ook zonder namen kan de inhoud zelf naar een kind wijzen: een bijzondere combinatie, een gebeurtenis, een zin die "
    "iemand herkent. Lees het resultaat voordat het weggaat."
)
WARNINGS: Final = {
    "other_pupil": "De leerling van het dossier is in dit document niet gevonden. Gaat het over een andere leerling?",
    "other_pupil_named": (
        "In de kop van dit document staan de naam, de geboortedatum of het BSN van iemand anders dan de leerling van "
        "het dossier. Kijk of dit document in dit dossier hoort."
    ),
    "other_language": (
        "Dit document is voor een deel niet in het Nederlands. Namen die niet in het dossier staan, worden daar minder "
        "goed gevonden: lees het resultaat helemaal na."
    ),
    "no_text": "In dit document is geen tekst gevonden. Kijk of dat klopt.",
    "doubtful_reading": "De tekst is hier slecht te lezen (handschrift of een slechte scan). Kijk deze pagina's na.",
    "other_letters": (
        "Op deze pagina's zegt de tekst in het bestand iets anders dan wat er te zien is. Gelezen is wat er te zien is."
    ),
    "pictures_on_pages": ("Hier staan foto's, tekeningen of handschrift. Gezichten worden niet herkend: kijk deze na."),
    "pictures_in_document": (
        "Er staan afbeeldingen in. Tekst erin is afgedekt; gezichten worden niet herkend: kijk ze na."
    ),
    "pictures_dropped": "Tekeningen, grafieken of afbeeldingen die niet veilig over konden, zijn weggelaten.",
    "formulas": "Formules zijn vervangen door hun uitkomst.",
    "empty_pages": "Op deze pagina's is geen tekst gevonden.",
    "no_network_wall": "Het proces kon op deze machine niet van het netwerk worden afgesloten.",
    "no_file_wall": "De kern van deze machine kent geen Landlock: het proces was alleen begrensd in tijd en geheugen.",
}
_NOT_LAYERS: Final = frozenset({"unknown", "not_counted", ""})


@dataclass(slots=True, kw_only=True)
class Answers:
    """What is known so far of one run."""

    network: bool
    landlock: int
    limits: Limits
    input_kind: str | None = None
    input_bytes: int | None = None
    input_sha256: str | None = None
    output_kind: str | None = None
    output_bytes: int | None = None
    output_sha256: str | None = None
    redacted: dict[str, Any] = field(default_factory=dict, repr=False)
    proven: dict[str, Any] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The outcome: `out` is the file that was made, or None; `code` says why not, `written` is the JSON."""

    out: Path | None
    code: str
    written: dict[str, Any]

    @property
    def sentence(self) -> str:
        """What a person reads first."""
        return str(self.written["reason"])

    @classmethod
    def made(cls, answers: Answers, out: Path) -> Report:
        """A file was made, and proven."""
        return cls(out=out, code="ok", written=_written(answers, "ok", "Het geanonimiseerde bestand is gemaakt."))

    @classmethod
    def refused(cls, answers: Answers, code: str, detail: str = "") -> Report:
        """No file was made."""
        return cls(out=None, code=code, written=_written(answers, code, sentence_for(code, answers.limits, detail)))


def _written(answers: Answers, code: str, reason: str) -> dict[str, Any]:
    redacted, proven = answers.redacted, answers.proven
    finds = {str(place): dict(counts) for place, counts in redacted.get("finds", {}).items()}
    by_kind: Counter[str] = Counter()
    for counts in finds.values():
        by_kind.update(counts)
    layers = {name: count for name, count in sorted(redacted.get("layers", {}).items()) if count}
    return {
        "format": FORMAT,
        "outcome": "anonymised" if code == "ok" else "refused",
        "code": code,
        "reason": reason,
        "input": {"kind": answers.input_kind, "bytes": answers.input_bytes, "sha256": answers.input_sha256},
        "output": {
            "kind": answers.output_kind,
            "bytes": answers.output_bytes,
            "sha256": answers.output_sha256,
            "pages": redacted.get("pages"),
            "pdf_a": _pdf_a(proven.get("pdf_a")),
        }
        if code == "ok"
        else None,
        "finds": {
            "total": sum(by_kind.values()),
            "by_kind": dict(sorted(by_kind.items())),
            "by_source": dict(sorted(redacted.get("sources", {}).items())),
            "by_place": finds,
            "doubtful": redacted.get("doubtful", 0),
        },
        "layers": layers,
        "proof": _proof(proven),
        "detection": _versions(),
        "reviewer": None,
        "sandbox": {
            "network": "none" if answers.network else "not separated",
            "files": f"landlock {answers.landlock}" if answers.landlock else "not confined",
            "memory_mib": answers.limits.memory_bytes // _MIB,
            "cpu_seconds": answers.limits.cpu_seconds,
            "scratch": "memory, removed",
        },
        "warnings": _warnings(answers, code),
        "trouble": redacted.get("trouble") or proven.get("trouble"),
    }


def _pdf_a(checks: dict[str, bool] | None) -> dict[str, Any] | None:
    if checks is None:
        return None
    holds = all(checks.values())
    return {
        "status": "PDF/A-2b requested and checked by our own list, not validated" if holds else "plain PDF",
        "checks": checks,
    }


def _proof(proven: dict[str, Any]) -> dict[str, Any] | None:
    if not proven:
        return None
    left = Counter((reader, part, kind) for reader, part, kind in proven.get("left", []))
    return {
        "residue": "none"
        if proven.get("code") == "ok"
        else [{"reader": r, "part": p, "kind": k, "count": n} for (r, p, k), n in sorted(left.items())],
        "not_read": proven.get("unknown", []),
        "readers": proven.get("readers", {}),
    }


def _versions() -> dict[str, str]:
    """The rules are those of this version of the program; lists and model are known by their digest."""
    digest = hashlib.sha256()
    for path in sorted(_DATA.iterdir()):
        digest.update(path.read_bytes())
    return {"rules": __version__, "model": f"sha256:{digest.hexdigest()}"}


def _warnings(answers: Answers, code: str) -> list[dict[str, Any]]:
    told: list[dict[str, Any]] = []
    if code == "ok":
        told.append({"code": "context", "text": CONTEXT})
        if answers.redacted.get("pupil_seen") is False:
            told.append({"code": "other_pupil", "text": WARNINGS["other_pupil"]})
    for name, pages in answers.redacted.get("warnings", []):
        if name in WARNINGS:
            told.append({"code": name, "text": WARNINGS[name], **({"pages": pages} if pages else {})})
    for hint in answers.redacted.get("hints", []):
        text = f"Restrisico, {hint['kind']}: kan samen met de rest naar een kind wijzen. Beoordeel dit."
        told.append({"code": "residual_risk", "kind": hint["kind"], "text": text, "places": list(hint["places"])})
    if not answers.network:
        told.append({"code": "no_network_wall", "text": WARNINGS["no_network_wall"]})
    if not answers.landlock:
        told.append({"code": "no_file_wall", "text": WARNINGS["no_file_wall"]})
    return told
