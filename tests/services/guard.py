"""Waits until a test run has ended, then stops the services it left behind."""

import sys
import time
from pathlib import Path

import psutil


def main(directory: Path, owner: int) -> None:
    """Look once a second whether the run has ended or has cleaned up itself; a run that is gone is cleaned up for."""
    try:
        process = psutil.Process(owner)
        while directory.exists() and process.is_running() and process.status() != psutil.STATUS_ZOMBIE:
            time.sleep(1)
    except psutil.NoSuchProcess:
        pass
    if directory.exists():
        from tests.services import shared

        shared.stop_all(directory)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
