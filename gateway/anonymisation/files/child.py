"""The two processes around one file: `python -m gateway.anonymisation.files.child`, started by `running` only.

Stage `redact` parses the source and makes the output; stage `prove` sees the output alone. Neither has a network, keys
or a database; both write only in their scratch directory.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from gateway.dossiers.files.child import serve

if TYPE_CHECKING:
    from gateway.dossiers.files.child import Look
    from gateway.dossiers.files.limits import Limits


_DATA: Final = Path(__file__).resolve().parents[1] / "data"
"""The lists and the model of the detector."""


def main() -> int:
    """Run one stage; the exit code is 0 when an answer was written."""
    return serve(load, readable=(_DATA,))


def load(job: dict[str, Any], limits: Limits) -> Look:
    """All code, and the detector with what it knows, before the walls: see `serve`."""
    from gateway.anonymisation.files import stages  # noqa: PLC0415 - within the bounds
    from gateway.anonymisation.files.errors import FileRefusedError  # noqa: PLC0415 - as above
    from gateway.dossiers.files.errors import RefusedError  # noqa: PLC0415 - as above

    stage = stages.proving(job, limits) if job["stage"] == "prove" else stages.redacting(job, limits)

    def run() -> dict[str, Any]:
        try:
            return stage()
        except (FileRefusedError, RefusedError) as refusal:
            return {"code": refusal.code}
        except MemoryError:
            raise
        except Exception as error:  # noqa: BLE001 - parsers of hostile bytes raise what they like
            return {"code": "broken" if job["stage"] == "redact" else "unproven", "trouble": _trouble(error)}

    return run


def _trouble(error: Exception) -> str:
    """Where it went wrong, in our own code: the kind of error, file and line, never its text."""
    frame, place = error.__traceback__, ""
    while frame is not None:
        name = frame.tb_frame.f_code.co_filename
        if "gateway" in name:
            place = f"{Path(name).name}:{frame.tb_lineno}"
        frame = frame.tb_next
    return f"{type(error).__name__} {place}"


if __name__ == "__main__":
    sys.exit(main())
