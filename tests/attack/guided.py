"""Guided by coverage: `python -m tests.attack.guided "receipt" 60 CORPUS` fuzzes one target for so many seconds."""

from __future__ import annotations

import sys
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["audit", "crypto", "gateway", "multipart"]):
    from tests.attack.targets import TARGETS, one_input


def main() -> None:
    """Run until the time is up, or to the first input that raises what it must not; that one is left in the corpus."""
    name, seconds, corpus = sys.argv[1], sys.argv[2], Path(sys.argv[3])
    target = TARGETS[name]
    corpus.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(target.seeds):
        (corpus / f"seed-{number}").write_bytes(seed)
    options = [
        f"-max_total_time={seconds}",
        "-max_len=20000",
        "-timeout=10",
        "-rss_limit_mb=2048",
        f"-artifact_prefix={corpus}/",
    ]
    atheris.Setup([sys.argv[0], *options, str(corpus)], lambda data: one_input(target, data))
    atheris.Fuzz()


if __name__ == "__main__":
    main()
