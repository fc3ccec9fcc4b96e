"""Check, then render: what the child process does with its one file."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

from gateway.dossiers.files.checks import check
from gateway.dossiers.files.errors import RefusedError, SandboxUnavailableError
from gateway.dossiers.files.limits import Limits
from gateway.dossiers.files.renditions import render


def look(path: Path, into: Path, limits: Limits, extension: str | None) -> dict[str, Any]:
    """What the child tells its parent about the file: a code, the kind, and the size of each page."""
    verdict = check(path, limits, extension=extension)
    kind = verdict.kind.name if verdict.kind else None
    if not verdict.ok or verdict.kind is None:
        return {"code": verdict.code, "kind": kind, "pages": []}
    try:
        rendered = render(path, verdict.kind, into, limits)
    except RefusedError as refusal:
        return {"code": refusal.code, "kind": kind, "pages": []}
    except SandboxUnavailableError:
        return {"unavailable": "converter"}
    pages = []
    for page in rendered.pages:
        details = asdict(page)
        (into / f"page-{page.number:04d}.txt").write_text(details.pop("text"), encoding="utf-8")
        pages.append({"width": page.width, "height": page.height})
    return {"code": verdict.code, "kind": kind, "pages": pages}
