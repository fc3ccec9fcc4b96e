"""Where processes count together. Apart from `metrics`: the place must be named before prometheus-client loads."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from gateway.config import Settings

VARIABLE = "PROMETHEUS_MULTIPROC_DIR"


def prepare(settings: Settings) -> Path | None:
    """Make the directory beside scratch, drop what dead processes left in it, and name it in the environment.

    Returns None, and does nothing, when no metrics are asked for or the environment names a place already.
    """
    if not settings.metrics_bind or os.environ.get(VARIABLE):
        return None
    place = settings.scratch.with_name(settings.scratch.name + "-metrics")
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    for path in place.glob("*_*.db"):
        process = path.stem.rpartition("_")[2]
        if process.isdecimal() and not _lives(int(process)):
            path.unlink(missing_ok=True)
    os.environ[VARIABLE] = str(place)
    return place


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
