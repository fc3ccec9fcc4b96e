"""The coverage gates, in one table: how much of each part the tests must run through, lines and branches together.

`python -m tests.coverage_gates [--enforce]` reads the data of the last run (COVERAGE_FILE), prints the table and, when
asked to, exits 1 when a part lies below its gate. `aim` is what CONTRIBUTING asks; where `gate` is lower it says what
holds today and may only go up.
"""

import json
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """A part of the code and its gate in per cent; the first pattern that fits a file decides where it counts."""

    part: str
    patterns: tuple[str, ...]
    gate: float
    aim: float


PURE = (
    "gateway/*/rules.py",
    "gateway/*/*_rules.py",
    "gateway/reglement/facts.py",
    "gateway/reglement/profiles.py",
    "gateway/reglement/reasons.py",
)
GATES = (
    Gate(part="reglement/rules.py", patterns=("gateway/reglement/rules.py",), gate=100, aim=100),
    Gate(part="crypto", patterns=("crypto/*",), gate=100, aim=100),
    Gate(part="audit", patterns=("audit/*",), gate=100, aim=100),
    Gate(part="retention", patterns=("retention/*",), gate=100, aim=100),
    Gate(part="gateway: pure rules", patterns=PURE, gate=100, aim=100),
    Gate(part="gateway: the rest", patterns=("gateway/*",), gate=90, aim=90),
)
MOST_FILES = 30  # shown of a part that lies below its gate
# Not Python that a test can follow: the process in the sandbox is measured by no one, it may write nothing.
NOT_MEASURED = ("gateway/dossiers/files/child.py", "gateway/dossiers/files/confine.py")


@dataclass(slots=True)
class Tally:
    """What was run through of a part, out of what there is."""

    done: int = 0
    there: int = 0
    worst: tuple[float, str] = (101.0, "")

    def add(self, path: str, summary: dict[str, int]) -> None:
        done = summary["covered_lines"] + summary.get("covered_branches", 0)
        there = summary["num_statements"] + summary.get("num_branches", 0)
        self.done += done
        self.there += there
        if there:
            self.worst = min(self.worst, (100 * done / there, path))

    @property
    def share(self) -> float:
        return 100 * self.done / self.there if self.there else 100.0


def measured() -> dict[str, Any]:
    """What the data of the last run say of each file."""
    with tempfile.TemporaryDirectory() as place:
        target = Path(place) / "coverage.json"
        subprocess.run([sys.executable, "-m", "coverage", "json", "--quiet", "-o", str(target)], check=True)
        files: dict[str, Any] = json.loads(target.read_text())["files"]
        return files


def part_of(path: str) -> str:
    """The part a file counts in; a file that fits none is an error in the table above."""
    return next(gate.part for gate in GATES if any(fnmatch(path, pattern) for pattern in gate.patterns))


def tallies(files: dict[str, Any]) -> dict[str, Tally]:
    """Each part's tally."""
    found = {gate.part: Tally() for gate in GATES}
    for path, told in files.items():
        if path not in NOT_MEASURED:
            found[part_of(path)].add(path, told["summary"])
    return found


def missing(files: dict[str, Any], part: str) -> list[str]:
    """Per file of a part: the lines and branches that no test ran through."""
    lines = []
    for path, told in files.items():
        gaps = [*told["missing_lines"], *(f"{start}->{end}" for start, end in told.get("missing_branches", []))]
        if gaps and path not in NOT_MEASURED and part_of(path) == part:
            lines.append(f"  {path}: {', '.join(str(gap) for gap in gaps[:20])}{' …' if len(gaps) > 20 else ''}")
    return lines


def main(arguments: list[str]) -> int:
    files = measured()
    found = tallies(files)
    short = []
    print(f"{'part':22} {'covered':>8} {'gate':>6} {'aim':>6}   least covered file")
    for gate in GATES:
        tally = found[gate.part]
        fails = tally.share < gate.gate
        if fails:
            short.append(gate.part)
        share, path = tally.worst
        print(
            f"{gate.part:22} {tally.share:7.1f}% {gate.gate:5g}% {gate.aim:5g}%   {path} ({share:.0f}%)"
            f"{'   BELOW ITS GATE' if fails else ''}"
        )
    for part in short:
        print(f"not run through in {part}:", *missing(files, part)[:MOST_FILES], sep="\n")
    return 1 if short and "--enforce" in arguments else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
